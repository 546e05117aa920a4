"""The medicines of the record, of any kind, as they are named: read once for all facts that ask their names."""

from dataclasses import dataclass

from cds_service.core.orders.order import Context, was_ordered
from cds_service.core.record.fhir import Resource
from cds_service.core.record.prefetch import Records
from cds_service.core.record.terminology import Coding


@dataclass(frozen=True, slots=True)
class RecordedMedicine:
    """A recorded order that counts, the codes of its medicine, and all words that name it."""

    record: Resource
    codings: tuple[Coding, ...]
    words: str


def recorded_medicines(records: Records, context: Context) -> tuple[RecordedMedicine, ...]:
    ordered = (record for record in records.resources if was_ordered(record, context.on))
    return tuple(RecordedMedicine(record, *context.recorded.names(record)) for record in ordered)
