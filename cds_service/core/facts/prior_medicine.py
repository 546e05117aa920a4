"""Reads whether another medicine for alcohol dependence is on record, however old."""

import re
from collections.abc import Iterator, Mapping

from cds_service.core.model.known import Fact, Known, ReportedNone, Unknown
from cds_service.core.orders.medication import active_ingredients, codes_and_words, medication_of, names_something
from cds_service.core.orders.order import Context, was_ordered
from cds_service.core.record.fhir import Resource
from cds_service.core.record.prefetch import Records
from cds_service.core.record.terminology import ListName

# Words alone make the fact unknown; only a code makes it known.
_NAMES_ONE = re.compile(
    r"acamprosat|aotal|campral|(?<!thyl)naltrexon|revia|nalm[eé]f[eè]ne|selincro|disulfiram|esp[eé]ral|antabuse",
    re.IGNORECASE,
)


def read_prior_medicine(records: Records, context: Context) -> Fact[bool]:
    """Known(True) by its code; unknown if a medicine on record cannot be identified, or only words name one."""
    gap = records.gap
    for record in (record for record in records.resources if was_ordered(record, context.on)):
        codings, written = codings_and_words(record, context)
        if context.terminology.has(ListName.PRIOR_ALCOHOL_MEDICINE, codings):
            return Known(True, records.key)
        if _NAMES_ONE.search(written) or not names_something(codings, written, context.terminology):
            gap = gap or "uncoded"
    return Unknown(gap, records.key) if gap else ReportedNone(records.key)


def codings_and_words(record: Resource, context: Context) -> tuple[list[tuple[str, str]], str]:
    """Each (system, code) of the medicine of a recorded order, and all words that name it."""
    return codes_and_words(record, list(_concepts(record, context.resources)))


def _concepts(record: Resource, resources: Mapping[str, Resource]) -> Iterator[object]:
    """The CodeableConcepts of the medicine; not the ingredients of a combination, which is another medicine."""
    medication = medication_of(record, resources)
    yield record.get("medicationCodeableConcept")
    yield medication.get("code")
    ingredients = list(active_ingredients(medication))
    if len(ingredients) == 1:
        yield ingredients[0].get("itemCodeableConcept")
