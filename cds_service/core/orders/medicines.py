"""Identifies the medicines of orders: each Medication is read once, and never more than names of medicines are."""

from collections.abc import Iterable, Iterator, Mapping

from cds_service.core.model.medicine import Medicine
from cds_service.core.orders.medication import (
    UNREADABLE,
    active_ingredients,
    codes_and_words,
    concepts_of,
    identified,
    medication_of,
    modifier_of,
)
from cds_service.core.record import fhir
from cds_service.core.record.fhir import Resource
from cds_service.core.record.remembered import remembered
from cds_service.core.record.terminology import Coding, Terminology

# In units, as counted below. Products have some ten codings, and multivitamins thirty ingredients (our choice).
MOST_OF_A_NAME = 300

# Of all different medicines of one record or of its drafts together: a thousand of ten units each (our choice).
MOST_NAMES = 10_000

_CHARACTERS = 10  # of words, to a unit

Names = tuple[tuple[Coding, ...], str]
_NO_NAMES: Names = ((), "")


class Medicines:
    """The medicines of orders that may refer to the same resources.

    Many orders may name one Medication: it is read once. What is too much to be read cannot be identified.
    """

    def __init__(self, resources: Mapping[str, Resource], terminology: Terminology) -> None:
        self._resources = resources
        self.terminology = terminology
        self._left = MOST_NAMES
        self._identified: dict[tuple[int, str], tuple[Resource, Medicine | str | None]] = {}
        self._named: dict[tuple[int, str], tuple[Resource, Names]] = {}

    def identify(self, order: Resource) -> Medicine | str | None:
        """The medicine of an order; None if it is certainly not oral baclofen; or why it cannot be identified."""
        if "medicationReference" not in order:
            return _by_concept(order.get("medicationCodeableConcept"), self.terminology)
        medication = medication_of(order, self._resources)
        if _names_more(order):
            return self._identify(order, medication)
        key = id(medication), _display(order)
        if key not in self._identified:
            self._identified[key] = medication, self._identify(order, medication)
        return self._identified[key][1]

    def _identify(self, order: Resource, medication: Resource) -> Medicine | str | None:
        concepts = self._within(order, concepts_of(order, medication, self._resources))
        if concepts is None:
            return UNREADABLE
        found = identified(order, medication, concepts, self.terminology)
        parts = [medication, *fhir.objects(medication.get("ingredient"))]
        modifier = next(filter(None, map(modifier_of, parts)), None)
        return modifier if modifier and isinstance(found, Medicine) else found

    def names(self, order: Resource) -> Names:
        """The codes of the medicine of an order, and its words; none of a combination's ingredients."""
        if "medicationReference" not in order:
            return _names_of(order.get("medicationCodeableConcept"))
        medication = medication_of(order, self._resources)
        if _names_more(order):
            return self._names(order, medication)
        key = id(medication), _display(order)
        if key not in self._named:
            self._named[key] = medication, self._names(order, medication)
        return self._named[key][1]

    def _names(self, order: Resource, medication: Resource) -> Names:
        concepts = self._within(order, _without_combined(order, medication))
        return _NO_NAMES if concepts is None else codes_and_words(order, concepts)

    def _within(self, order: Resource, concepts: Iterable[object]) -> list[object] | None:
        """The concepts that name one medicine, if they can be read; they are then paid for."""
        taken, units = [], len(_display(order)) // _CHARACTERS
        most = min(MOST_OF_A_NAME, self._left)
        for concept in concepts if units <= most else ():
            taken.append(concept)
            units += units_of(concept)
            if units > most:
                break
        self._left -= min(units, MOST_OF_A_NAME)
        return taken if units <= most else None


def units_of(concept: object) -> int:
    """How much a CodeableConcept is to read: 1, each coding, and every ten characters of its words."""
    written = fhir.as_object(concept)
    codings = fhir.as_list(written.get("coding"))
    if len(codings) > MOST_OF_A_NAME:
        return len(codings)
    return 1 + len(codings) + len(fhir.words(written)) // _CHARACTERS


def _names_more(order: Resource) -> bool:
    """Whether an order may name its medicine by more than a reference with its display."""
    return "contained" in order or "medicationCodeableConcept" in order


def _display(order: Resource) -> str:
    return fhir.text(fhir.as_object(order.get("medicationReference")).get("display"))


def _without_combined(order: Resource, medication: Resource) -> Iterator[object]:
    """The CodeableConcepts of the medicine; not the ingredients of a combination, which is another medicine."""
    yield order.get("medicationCodeableConcept")
    yield medication.get("code")
    ingredients = list(active_ingredients(medication))
    if len(ingredients) == 1:
        yield ingredients[0].get("itemCodeableConcept")


@remembered
def _by_concept(concept: object, terminology: Terminology) -> Medicine | str | None:
    return UNREADABLE if units_of(concept) > MOST_OF_A_NAME else identified({}, {}, [concept], terminology)


@remembered
def _names_of(concept: object) -> Names:
    return _NO_NAMES if units_of(concept) > MOST_OF_A_NAME else codes_and_words({}, [concept])
