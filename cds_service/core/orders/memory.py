"""Remembers what was read of one patient's recorded orders: it is the same on each day that is judged."""

from dataclasses import dataclass, field, replace

from cds_service.core.dose.dosage import Instruction, read_instruction
from cds_service.core.dose.periods import Bounds, read_bounds
from cds_service.core.model.dose import DoseReading, NotComputable
from cds_service.core.model.medicine import Medicine
from cds_service.core.orders.medicines import Medicines
from cds_service.core.record import fhir
from cds_service.core.record.fhir import Resource
from cds_service.core.record.terminology import Terminology

Dosages = dict[tuple[str, Medicine], Instruction | NotComputable]

# More different dosages are not worth their memory: they are forgotten, and read again.
_MOST_DOSAGES = 10_000


@dataclass(frozen=True, slots=True)
class Memory:
    """For who judges many days of one record with one terminology.

    `doses` are those of orders, by reference and the day on which undated doses begin: no two orders may have one
    reference. No Medication may change from day to day. `dosages` may be shared by all patients.
    """

    terminology: Terminology
    dosages: Dosages = field(default_factory=dict)
    doses: dict[tuple[str, object], DoseReading] = field(default_factory=dict)
    _medicines: dict[str, Medicine | str | None] = field(default_factory=dict)

    def medicine(self, reference: str, order: Resource, medicines: Medicines) -> Medicine | str | None:
        if reference not in self._medicines:
            self._medicines[reference] = medicines.identify(order)
        return self._medicines[reference]

    def instruction(
        self, dosage: Resource, medicine: Medicine, terminology: Terminology
    ) -> Instruction | NotComputable:
        """As `read_instruction`. A renewal often differs from what it renews by its days alone."""
        bare, bounds = _without_period(dosage)
        key = repr(bare), medicine
        if key not in self.dosages:
            if len(self.dosages) >= _MOST_DOSAGES:
                self.dosages.clear()
            self.dosages[key] = read_instruction(bare, medicine, terminology)
        read = self.dosages[key]
        return read if bounds is None or isinstance(read, NotComputable) else replace(read, bounds=bounds)


def _without_period(dosage: Resource) -> tuple[Resource, Bounds | None]:
    """The dosage without its boundsPeriod, and these bounds; as it is where they are not read."""
    timing = fhir.as_object(dosage.get("timing"))
    repeat = fhir.as_object(timing.get("repeat"))
    bounds = read_bounds(repeat) if "boundsPeriod" in repeat and "event" not in timing else None
    if bounds is None:
        return dosage, None
    bare = {name: value for name, value in repeat.items() if name != "boundsPeriod"}
    return {**dosage, "timing": {**timing, "repeat": bare}}, bounds
