"""Which notes speak of a dose: beside another dose they would mislead, and a plan does not keep them."""

import pytest

from cds_service.core.dose.text.notes import is_dosage_in_words, is_of_a_dose


@pytest.mark.parametrize(
    "note",
    [
        "120 mg par jour depuis 2 mois",
        "A reçu 2 comprimés auparavant",
        "Prescription textuelle: voir protocole",
        "60 mg matin et soir",
        "Arrêt du baclofène ce soir",
        "Dose habituelle inchangée",
        "à diminuer dans 10 jours",
        "dernière prise le 3 mars",
        "Stop after the weekend",
    ],
)
def test_a_note_that_speaks_of_a_dose_or_of_an_end(note: str) -> None:
    assert is_of_a_dose(note)


@pytest.mark.parametrize(
    "note", ["à jeun", "Arrêt de l’alcool depuis le 3 mars", "Arrêt de travail", "patient connu du service", "J-12"]
)
def test_a_note_that_does_not(note: str) -> None:
    assert not is_of_a_dose(note)


def test_an_amount_that_nothing_changes_is_no_dosage_in_words() -> None:
    """It is taken off a plan, and is not read as the dose of an order that has none."""
    note = "Reste 12 comprimés"

    assert not is_dosage_in_words(note)
    assert is_of_a_dose(note)
