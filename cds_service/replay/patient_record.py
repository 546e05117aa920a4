"""One patient's resources of an export, gone through once: what any of their signings may look at."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache

from cds_service.base.names import PREFETCH_TYPES
from cds_service.core.facts.consumption import grams_per_day
from cds_service.core.facts.histories import is_asked_for
from cds_service.core.facts.record_lines import read_lines
from cds_service.core.facts.sedating_medicine import known_end
from cds_service.core.orders.drafts import oral_baclofen
from cds_service.core.orders.medicines import Medicines
from cds_service.core.orders.memory import Dosages, Memory
from cds_service.core.orders.order import Context
from cds_service.core.record import fhir
from cds_service.core.record.fhir import Resource
from cds_service.core.record.prefetch import Records
from cds_service.core.record.terminology import Terminology
from cds_service.knowledge.loading import Knowledge
from cds_service.replay.record_of_day import written_on

# Such an order was never signed.
_NOT_SIGNED = {"draft", "entered-in-error"}

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class PatientRecord:
    """What is known today of one patient. `signings` are the baclofen orders by the day on which they were signed.

    `by_key` has the resources under each prefetch key, `medications` those that orders refer to, `ends` the first day
    after the own end of each order that has one, by its place in memory. What was read of orders is remembered, for
    the codes of each day by itself.
    """

    patient: str
    signings: Mapping[date, list[Resource]]
    undated_signings: tuple[Resource, ...]
    by_key: Mapping[str, list[Resource]]
    medications: tuple[Resource, ...]
    ends: Mapping[int, date]
    memories: dict[Terminology, Memory]

    def own_end(self, order: Resource) -> date | None:
        return self.ends.get(id(order))

    def memory_of(self, terminology: Terminology) -> Memory:
        if terminology not in self.memories:
            self.memories[terminology] = _memory(terminology)
        return self.memories[terminology]


def patient_record(patient: str, resources: Iterable[Resource], knowledge: Knowledge) -> PatientRecord:
    """The record of today, without what nothing asks for."""
    by_type: dict[str, list[Resource]] = {}
    for resource in resources:
        by_type.setdefault(fhir.text(resource.get("resourceType")), []).append(resource)
    index, terms = _index(by_type), knowledge.of_any_day.terminology
    memory = _memory(terms)
    ours = [order for order in by_type.get("MedicationRequest", []) if _may_be_ours(order, index, knowledge)]
    signings: dict[date, list[Resource]] = {}
    for order in ours:
        day = written_on(order)
        if day is not None:
            signings.setdefault(day, []).append(order)
    return PatientRecord(
        patient=patient,
        signings=dict(sorted(signings.items())),
        undated_signings=tuple(order for order in ours if written_on(order) is None),
        by_key=_by_key(by_type, _reasons(ours), knowledge),
        medications=tuple(by_type.get("Medication", ())),
        ends=_ends(by_type, Context(terms, knowledge.rules, date.min, records=index, memory=memory)),
        memories={terms: memory},
    )


def _memory(terminology: Terminology) -> Memory:
    return Memory(terminology, _dosages_of(terminology))


@lru_cache(maxsize=8)
def _dosages_of(_terminology: Terminology) -> Dosages:
    """What was read of dosages in this process: without its days a dosage is that of many orders."""
    return {}


def _index(by_type: Mapping[str, list[Resource]]) -> dict[str, Resource]:
    return {
        fhir.local_reference(item) or "": item
        for kind in ("Medication", "Condition")
        for item in by_type.get(kind, ())
    }


def _may_be_ours(order: Resource, index: Mapping[str, Resource], knowledge: Knowledge) -> bool:
    day = written_on(order)
    terminology = (knowledge.of_day(day) if day else knowledge.of_any_day).terminology
    signed = fhir.text(order.get("status")) not in _NOT_SIGNED
    return signed and oral_baclofen(order, Medicines(index, terminology)) is not None


def _reasons(orders: Iterable[Resource]) -> set[str | None]:
    """What the orders name as their reasons."""
    return {fhir.relative(reason) for order in orders for reason in fhir.objects(order.get("reasonReference"))}


def _by_key(
    by_type: Mapping[str, list[Resource]], reasons: set[str | None], knowledge: Knowledge
) -> dict[str, list[Resource]]:
    """The resources under each prefetch key; of conditions and observations those that anything asks for."""
    found = {key: [item for kind in types for item in by_type.get(kind, ())] for key, types in PREFETCH_TYPES.items()}
    terms = knowledge.terminology
    found["conditions"] = [
        item for item in found["conditions"] if is_asked_for(item, terms) or fhir.local_reference(item) in reasons
    ]
    found["observations"] = [item for item in found["observations"] if grams_per_day(item, terms) is not None]
    return found


def _ends(by_type: Mapping[str, list[Resource]], context: Context) -> dict[int, date]:
    orders = [*by_type.get("MedicationRequest", ()), *by_type.get("MedicationStatement", ())]
    days = (day for order in orders if (day := written_on(order)) and day < date.max)
    latest = max(days, default=date(2000, 1, 1)) + _ONE_DAY
    ends = ((id(order), _own_end(order, replace(context, on=latest))) for order in orders)
    return {place: end for place, end in ends if end is not None}


def _own_end(order: Resource, context: Context) -> date | None:
    """The end of a baclofen order as the core reads it; of one without it, and of another medicine, by its dates."""
    read = read_lines(Records("medications", ({**order, "status": "active"},)), context)
    if read.lines and read.lines[0].ends:
        return read.lines[0].ends
    last = known_end(order)
    return None if last is None or last == date.max else last + _ONE_DAY
