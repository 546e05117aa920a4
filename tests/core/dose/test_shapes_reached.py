"""The generators reach every shape that the simulator knows: how many examples of each a run of a thousand sees."""

from collections import Counter
from collections.abc import Iterator

from hypothesis import HealthCheck, given, settings

from tests.core import strategies as shapes
from tests.core.dose.oracle_dosage import Json

EXAMPLES = 1000
# "python -m pytest -s" prints the figures; with fewer of a shape its properties would hold for want of examples.
FEWEST = 10


def shapes_of(order: Json) -> Iterator[str]:
    dosages = order["dosageInstruction"]
    numbers = {dosage["sequence"] for dosage in dosages if "sequence" in dosage}
    repeats = [dosage.get("timing", {}).get("repeat", {}) for dosage in dosages]
    bounds = [{key: str(value) for key, value in repeat.items() if key.startswith("bounds")} for repeat in repeats]
    if len(numbers) > 1:
        yield "sequence, unbounded" if not any(bounds) else "sequence, bounded in part or in whole"
        yield from ["sequence, equally bounded"] if bounds[0] and all(bound == bounds[0] for bound in bounds) else []
    for dosage, repeat in zip(dosages, repeats, strict=True):
        yield from _of_one(dosage, repeat)
    caps = [str(dosage.get("maxDosePerPeriod")) for dosage in dosages]
    yield from ["one cap on several lines"] if len(caps) > 1 and len({*caps}) == 1 and caps[0] != "None" else []


def _of_one(dosage: Json, repeat: Json) -> Iterator[str]:
    as_needed = dosage.get("asNeededBoolean") is True or "asNeededCodeableConcept" in dosage
    has_dose = bool({"doseAndRate", "doseQuantity", "doseSimpleQuantity"} & set(dosage))
    traits = {
        "when and timeOfDay": {"when", "timeOfDay"} <= set(repeat),
        "a cap of a period": "maxDosePerPeriod" in dosage,
        "a cap of a period, as needed": "maxDosePerPeriod" in dosage and as_needed,
        "a cap of an intake": "maxDosePerAdministration" in dosage,
        "a cap of an intake, as needed": "maxDosePerAdministration" in dosage and as_needed,
        "maxima alone": not has_dose,
        "a count of intakes": bool({"count", "countMax"} & set(repeat)),
    }
    yield from (name for name, holds in traits.items() if holds)


def test_each_shape_is_reached() -> None:
    seen: Counter[str] = Counter()

    @settings(
        max_examples=EXAMPLES, database=None, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck)
    )
    @given(order=shapes.orders())
    def draw(order: Json) -> None:
        seen.update(set(shapes_of(order)))

    draw()
    print("", *(f"{name}: {seen[name]}" for name in sorted(seen)), sep="\n")
    assert len(seen) == 11
    assert min(seen.values()) >= FEWEST, seen
