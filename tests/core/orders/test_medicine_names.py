"""What identifies a medicine: text in any Unicode form, and only codes of systems in which we know every baclofen."""

from unicodedata import normalize

import pytest

from cds_service.core.model.medicine import Medicine
from cds_service.core.orders.medication import UNREADABLE
from tests.core.orders.medicines import (
    ATC,
    CIP,
    CIS,
    RXNORM,
    SNOMED,
    UCD,
    UNII,
    Json,
    by_concept,
    concept,
    identified,
)

SMS = "http://data.esante.gouv.fr/ansm/medicament/codeSMS"
ANSM_SUBSTANCE = "http://data.esante.gouv.fr/ansm/medicament/substance"
UNKNOWN = [(UCD, "9212345"), (SMS, "100000092345"), (ANSM_SUBSTANCE, "00812"), (SNOMED, "322280009")]


@pytest.mark.parametrize(("system", "code"), UNKNOWN)
def test_a_code_alone_that_may_be_a_baclofen_names_nothing(system: str, code: str) -> None:
    assert by_concept((system, code)) == UNREADABLE


@pytest.mark.parametrize("spelling", ["Paracétamol 1 g cpr", "PARACETAMOL 1 G CPR"])
@pytest.mark.parametrize(("system", "code"), UNKNOWN)
def test_with_the_words_for_another_drug_it_is_another_drug(system: str, code: str, spelling: str) -> None:
    assert by_concept((system, code), text=spelling) is None
    told: Json = {"coding": [{"system": system, "code": code, "display": spelling}]}
    assert identified({"medicationCodeableConcept": told}) is None
    reference = {"reference": "#m", "display": spelling}
    beside = {"resourceType": "Medication", "id": "m", "code": concept((system, code))}
    assert identified({"medicationReference": reference, "contained": [beside]}) is None


@pytest.mark.parametrize(
    ("system", "code"),
    [(CIS, "60000000"), (CIP, "3400900000000"), (ATC, "N02BE01"), (RXNORM, "161"), (UNII, "362O9ITL9D")],
)
def test_a_code_of_a_system_of_which_every_baclofen_is_known_is_another_drug(system: str, code: str) -> None:
    assert by_concept((system, code)) is None
    assert by_concept((system, code), (UCD, "9212345")) is None


@pytest.mark.parametrize(
    "spelling",
    [
        normalize("NFD", "Liorésal 10 mg"),
        normalize("NFD", "BACLOFÈNE"),
        "Lio\N{SOFT HYPHEN}résal",
        "baclo\N{ZERO WIDTH SPACE}fène",
        "ｂａｃｌｏｆｅｎ",
        "baclophène",
        "Baclophen 10",
    ],
)
def test_words_name_it_in_whatever_form_they_are_written(spelling: str) -> None:
    found = by_concept(text=spelling)

    assert isinstance(found, Medicine)
    assert (found.product, found.by_text, found.strength_mg) == (None, True, None)
