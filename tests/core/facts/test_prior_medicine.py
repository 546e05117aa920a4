"""Whether another medicine for alcohol dependence is on record: known by its code; words alone make it unknown."""

import pytest

from cds_service.core.facts.prior_medicine import read_prior_medicine
from cds_service.core.facts.recorded import RecordedMedicine
from cds_service.core.model.known import Fact, Known, ReportedNone, Unknown
from cds_service.core.record.prefetch import Records
from tests.known import known
from tests.vignette_orders import ATC

ACAMPROSATE = RecordedMedicine({}, ((ATC, "N07BB03"),), "")
PARACETAMOL = RecordedMedicine({}, ((ATC, "N02BE01"),), "paracétamol")
IN_WORDS = RecordedMedicine({}, (), "AOTAL 333 mg")
OTHER_IN_WORDS = RecordedMedicine({}, (), "DOLIPRANE 1 g")
NAMELESS = RecordedMedicine({}, (), "")


def read(*medicines: RecordedMedicine, gap: str | None = None) -> Fact[bool]:
    return read_prior_medicine(Records("medications", gap=gap), medicines, known().terminology)


@pytest.mark.parametrize(
    ("medicines", "expected"),
    [
        ((), ReportedNone("medications")),
        ((PARACETAMOL, OTHER_IN_WORDS), ReportedNone("medications")),
        ((PARACETAMOL, ACAMPROSATE), Known(True, "medications")),
        ((IN_WORDS,), Unknown("uncoded", "medications")),
        ((NAMELESS,), Unknown("uncoded", "medications")),
        ((IN_WORDS, ACAMPROSATE), Known(True, "medications")),
    ],
)
def test_a_code_makes_it_known_and_words_alone_unknown(
    medicines: tuple[RecordedMedicine, ...], expected: Fact[bool]
) -> None:
    assert read(*medicines) == expected


def test_a_list_in_part_says_why_it_is() -> None:
    assert read(PARACETAMOL, IN_WORDS, gap="paged") == Unknown("paged", "medications")
    assert read(ACAMPROSATE, gap="paged") == Known(True, "medications")
