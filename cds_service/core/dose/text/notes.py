"""Tells which notes of an order give its dosage, and which speak of a dose at all."""

import re
from fractions import Fraction

from cds_service.core.dose.text.changes import tells_of_change
from cds_service.core.dose.text.free_text import what_is_said
from cds_service.core.dose.text.harmless import without_harmless
from cds_service.core.dose.text.leftover import speaks_of_a_dose
from cds_service.core.dose.text.plain_words import plain
from cds_service.core.model.medicine import Medicine

# A note that is the dosage in words (French ePrescription), and a note about an earlier treatment.
_DOSAGE_IN_NOTE = re.compile(r"\s*(?:prescription textuelle|posologie|dosage|sig)\b", re.IGNORECASE)
_OF_THE_PAST = re.compile(
    r"prenait|ant[ée]rieur|pr[ée]c[ée]dent|ancien|auparavant|jusqu(?:’|')(?:ici|alors)|depuis|trait[ée]e? par"
    r"|previous|formerly|was taking|so far|since",
    re.IGNORECASE,
)


def changes_the_dose(words: str) -> bool:
    """Whether an instruction says that the dose will change."""
    return tells_of_change(without_harmless(plain(words), _ANY_TABLET))


# Any strength will do to find whether a note gives a dose.
_ANY_TABLET = Medicine(None, Fraction(1))


def is_of_a_dose(note: str) -> bool:
    """Whether a note speaks of a dose, of today or before, or of an end: beside another dose it would mislead."""
    said = what_is_said(note, _ANY_TABLET)
    return bool(said.days or said.amounts) or is_dosage_in_words(note) or speaks_of_a_dose(plain(note))


def is_dosage_in_words(note: str) -> bool:
    """Whether a note gives the dosage of its order, not that of an earlier treatment."""
    if _DOSAGE_IN_NOTE.match(note):
        return True
    if _OF_THE_PAST.search(note):
        return False
    said = what_is_said(note, _ANY_TABLET)
    return bool(said.days) or (bool(said.amounts) and changes_the_dose(note))
