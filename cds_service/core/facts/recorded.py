"""The medicines of the record, of any kind, as they are named: read once for all facts that ask their names."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cds_service.core.orders.medication import active_ingredients, codes_and_words, medication_of
from cds_service.core.orders.order import Context, was_ordered
from cds_service.core.record.fhir import Resource
from cds_service.core.record.prefetch import Records
from cds_service.core.record.remembered import remembered
from cds_service.core.record.terminology import Coding


@dataclass(frozen=True, slots=True)
class RecordedMedicine:
    """A recorded order that counts, the codes of its medicine, and all words that name it."""

    record: Resource
    codings: tuple[Coding, ...]
    words: str


def recorded_medicines(records: Records, context: Context) -> tuple[RecordedMedicine, ...]:
    ordered = (record for record in records.resources if was_ordered(record, context.on))
    return tuple(RecordedMedicine(record, *_named(record, context.resources)) for record in ordered)


def _named(record: Resource, resources: Mapping[str, Resource]) -> tuple[tuple[Coding, ...], str]:
    if "medicationReference" not in record:
        return _named_by(record.get("medicationCodeableConcept"))
    return codes_and_words(record, list(_concepts(record, resources)))


@remembered
def _named_by(concept: object) -> tuple[tuple[Coding, ...], str]:
    return codes_and_words({}, [concept])


def _concepts(record: Resource, resources: Mapping[str, Resource]) -> Iterator[object]:
    """The CodeableConcepts of the medicine; not the ingredients of a combination, which is another medicine."""
    medication = medication_of(record, resources)
    yield record.get("medicationCodeableConcept")
    yield medication.get("code")
    ingredients = list(active_ingredients(medication))
    if len(ingredients) == 1:
        yield ingredients[0].get("itemCodeableConcept")
