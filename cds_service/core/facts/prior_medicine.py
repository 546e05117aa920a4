"""Reads whether another medicine for alcohol dependence is on record, however old."""

import re
from collections.abc import Iterable

from cds_service.core.facts.recorded import RecordedMedicine
from cds_service.core.model.known import Fact, Known, not_found
from cds_service.core.orders.medication import names_something
from cds_service.core.record.prefetch import Records
from cds_service.core.record.terminology import ListName, Terminology

# Words alone make the fact unknown; only a code makes it known.
_NAMES_ONE = re.compile(
    r"acamprosat|aotal|campral|(?<!thyl)naltrexon|revia|nalm[eé]f[eè]ne|selincro|disulfiram|esp[eé]ral|antabuse",
    re.IGNORECASE,
)


def read_prior_medicine(
    records: Records, medicines: Iterable[RecordedMedicine], terminology: Terminology
) -> Fact[bool]:
    """Known(True) by its code; unknown if a medicine on record cannot be identified, or only words name one."""
    gap = records.gap
    for medicine in medicines:
        if terminology.has(ListName.PRIOR_ALCOHOL_MEDICINE, medicine.codings):
            return Known(True, records.key)
        named = names_something(medicine.codings, medicine.words, terminology)
        if not named or _NAMES_ONE.search(medicine.words):
            gap = gap or "uncoded"
    return not_found(gap, records.key)
