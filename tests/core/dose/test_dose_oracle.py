"""The dose engine compared with a simulator of every intake, and properties that must always hold."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import assume, given
from hypothesis import strategies as st

from cds_service.core.dose.order_dose import read_dose
from cds_service.core.model.dose import NotComputable, Span, Step, Steps
from cds_service.core.model.medicine import Medicine
from tests.builders import TABLET_OF_10_MG, TERMINOLOGY
from tests.core import strategies as shapes
from tests.core.dose.oracle import Days, simulate
from tests.core.strategies import ON, Json

HORIZON = 40
SHORTER_HORIZON = 21  # with several dosages: every day on which one may replace the next is simulated


def read(order: Json, medicine: Medicine = TABLET_OF_10_MG, on: date = ON) -> Steps | NotComputable:
    return read_dose(order, medicine, TERMINOLOGY, on).dose


def order_of(*dosages: Json) -> Json:
    return {"resourceType": "MedicationRequest", "dosageInstruction": list(dosages)}


# --- agreement with the simulator --------------------------------------------------------------


@given(dosage=shapes.dosages())
def test_one_dosage_never_asks_for_less_or_more_than_its_step_says(dosage: Json) -> None:
    steps = read(order_of(dosage))
    played = simulate(order_of(dosage), Fraction(10), ON, HORIZON)

    if isinstance(steps, NotComputable) and steps.reason == "bounds-not-read":
        assert not any(high for _, high in played.values()), "no day of the week within the bounds"
    elif isinstance(steps, NotComputable):
        endless = simulate(order_of(without_limits(dosage)), Fraction(10), ON, HORIZON)
        assert steps.reason == "dose-implausible"
        assert max(high for _, high in endless.values()) > 1000
    else:
        assert not list(outside(steps, played))


@given(order=shapes.orders())
def test_several_dosages_never_ask_for_less_or_more_than_their_steps_say(order: Json) -> None:
    steps = read(order)
    played = simulate(order, Fraction(10), ON, SHORTER_HORIZON)

    if isinstance(steps, NotComputable):
        assert steps.reason in {"dose-implausible", "bounds-not-read"}
    else:
        assert not list(outside(steps, played))


@given(dosage=shapes.dosages())
def test_a_dose_that_is_the_same_each_day_is_exact(dosage: Json) -> None:
    endless = simulate(order_of(without_limits(dosage)), Fraction(10), ON, HORIZON)
    assume(len(set(endless.values())) == 1 and not is_counted(dosage))
    steps = read(order_of(dosage))
    assume(not isinstance(steps, NotComputable))

    assert [step.mg_per_day for step in steps_of(steps)] == [Span(*next(iter(endless.values())))]


@given(dosage=shapes.dosages())
def test_a_dose_that_varies_is_the_least_and_the_most_of_its_days(dosage: Json) -> None:
    """Not for days of the week with a period: every 23 hours on Mondays reaches its maximum only after 161 days."""
    repeat = dosage.get("timing", {}).get("repeat", {})
    assume(not is_counted(dosage) and not {"dayOfWeek", "period"} <= set(repeat))
    steps = read(order_of(without_limits(dosage)))
    assume(not isinstance(steps, NotComputable))
    played = simulate(order_of(without_limits(dosage)), Fraction(10), ON, HORIZON)

    lows, highs = zip(*played.values(), strict=True)

    assert [step.mg_per_day for step in steps_of(steps)] == [Span(min(lows), max(highs))]


def outside(steps: Steps, played: Days) -> Iterator[tuple[date, object, object]]:
    """The days on which the simulated dose is outside the computed range."""
    for day, (low, high) in played.items():
        said = dose_on(steps, day)
        if not (said.low <= low and high <= said.high):
            yield day, said, (low, high)


def dose_on(steps: Steps, day: date) -> Span:
    running = [step for step in steps if step.since <= day and (step.until is None or day < step.until)]
    assert len(running) <= 1, "steps overlap"
    return running[0].mg_per_day if running else Span(Fraction(0), Fraction(0))


def steps_of(steps: Steps | NotComputable) -> list[Step]:
    assert not isinstance(steps, NotComputable)
    return list(steps)


def is_counted(dosage: Json) -> bool:
    return bool({"count", "countMax"} & set(dosage.get("timing", {}).get("repeat", {})))


def without_limits(dosage: Json) -> Json:
    """The same dosage without bounds."""
    return with_repeat(dosage, lambda key: not key.startswith("bounds"))


def without_dates(dosage: Json) -> Json:
    """The same dosage without dates, and without months, whose length depends on the date."""
    months = "'mo'" in str(dosage.get("timing", {}).get("repeat", {}).get("boundsDuration"))
    months = months or "'mo'" in str(dosage.get("timing", {}).get("repeat", {}).get("boundsRange"))
    return with_repeat(dosage, lambda key: key != "boundsPeriod" and not (months and key.startswith("bounds")))


def with_repeat(dosage: Json, wanted: Callable[[str], bool]) -> Json:
    timing = dosage.get("timing", {})
    repeat = {key: value for key, value in timing.get("repeat", {}).items() if wanted(key)}
    return {**dosage, "timing": {**timing, "repeat": repeat}}


def left_out(dosage: Json, element: str) -> Json:
    return {key: value for key, value in dosage.items() if key != element}


def later(step: Step, days: int) -> Step:
    moved = timedelta(days=days)
    return replace(step, since=step.since + moved, until=step.until and step.until + moved)


# --- the engine against itself -----------------------------------------------------------------


@given(order=shapes.orders(), data=st.data())
def test_the_order_in_which_dosages_are_written_does_not_matter(order: Json, data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(order["dosageInstruction"]))

    assert days_of(read(order_of(*shuffled))) == days_of(read(order))


@given(mg=shapes.masses, timing=shapes.timings())
def test_the_same_mass_in_g_mg_or_µg_is_the_same_dose(mg: Decimal, timing: Json) -> None:
    written = [(mg, "mg"), (mg / 1000, "g"), (mg * 1000, "ug")]
    doses = [read(order_of({**dose(value, {"code": unit}), "timing": timing})) for value, unit in written]

    assert doses[0] == doses[1] == doses[2]


@given(count=shapes.tablet_counts, timing=shapes.timings())
def test_tablets_and_their_mass_are_the_same_dose(count: Decimal, timing: Json) -> None:
    in_tablets = order_of({**dose(count, {"unit": "cp"}), "timing": timing})
    in_mg = order_of({**dose(count * 10, {"code": "mg"}), "timing": timing})

    assert days_of(read(in_tablets)) == days_of(read(in_mg))


@given(dosage=shapes.dosages(), sequence=st.sampled_from([None, 1]))
def test_a_dosage_written_twice_that_runs_together_is_twice_the_dose(dosage: Json, sequence: int | None) -> None:
    assume("maxDosePerPeriod" not in dosage)  # what each line repeats is the cap of the order
    numbered = {**dosage, "sequence": sequence} if sequence else dosage
    once, twice = read(order_of(numbered)), read(order_of(numbered, numbered))
    assume(not isinstance(twice, NotComputable))

    assert days_of(twice) == [(since, until, span + span) for since, until, span in days_of(once)]


@given(quantity=shapes.quantities(), limits=shapes.bounds())
def test_three_times_a_day_is_every_eight_hours(quantity: Json, limits: Json) -> None:
    ways: list[Json] = [
        {"repeat": {**limits, "frequency": 3, "period": 1, "periodUnit": "d"}},
        {"repeat": {**limits, "frequency": 1, "period": 8, "periodUnit": "h"}},
        {"repeat": {**limits, "timeOfDay": ["08:00:00", "14:00:00", "20:00:00"]}},
        {"repeat": {**limits, "when": ["MORN", "NOON", "EVE"]}},
        {"repeat": limits, "code": {"coding": [{"system": shapes.GTS, "code": "TID"}]}},
    ]
    doses = [read(order_of({"doseAndRate": [{"doseQuantity": quantity}], "timing": way})) for way in ways]

    assert all(way == doses[0] for way in doses)


@given(order=shapes.orders(), shift=st.integers(-400, 400))
def test_an_undated_order_begins_on_the_day_that_is_given(order: Json, shift: int) -> None:
    undated = order_of(*(without_dates(dosage) for dosage in order["dosageInstruction"]))
    shift = 7 * shift if "dayOfWeek" in str(order) else shift
    first, moved = read(undated), read(undated, on=ON + timedelta(days=shift))
    assume(not isinstance(first, NotComputable))

    assert days_of(moved) == days_of(tuple(later(step, shift) for step in steps_of(first)))


@given(order=shapes.orders(), data=st.data())
def test_an_element_that_nobody_knows_never_leaves_a_dose(order: Json, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(read_objects(order)))
    element = data.draw(st.sampled_from(["modifierExtension", "_value", "duration", "doseOnCall"]))
    spoilt = shapes.changed(order, (*path, element), [{"url": "x", "valueBoolean": True}])

    assert isinstance(read(spoilt), NotComputable)


@given(order=shapes.orders(), data=st.data())
def test_an_id_or_an_extension_says_nothing_of_the_dose(order: Json, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(read_objects(order)))
    added = {"id": "a1", "extension": [{"url": "https://hospital.example/x", "valueBoolean": True}]}
    element = data.draw(st.sampled_from(sorted(added)))

    assert read(shapes.changed(order, (*path, element), added[element])) == read(order)


@given(dosage=shapes.dosages(), data=st.data())
def test_damage_anywhere_never_makes_a_smaller_dose_in_silence(dosage: Json, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(list(shapes.places(dosage))))
    damaged = order_of(shapes.changed(dosage, path, data.draw(shapes.GARBAGE)))
    reading = read_dose(damaged, TABLET_OF_10_MG, TERMINOLOGY, ON)

    is_said = isinstance(reading.dose, NotComputable) or reading.questions
    assert is_said or alert(reading.dose) >= alert(read(order_of(dosage)))


@given(order=shapes.orders(), data=st.data())
def test_damage_anywhere_is_never_an_exception(order: Json, data: st.DataObject) -> None:
    for _ in range(3):
        path = data.draw(st.sampled_from(list(shapes.places(order))))
        order = shapes.changed(order, path, data.draw(shapes.GARBAGE))

    assert isinstance(read(order), NotComputable | tuple)


@given(low=shapes.ranges(), wider=st.sampled_from([Decimal("0.5"), Decimal(7)]), timing=shapes.timings())
def test_a_wider_range_of_doses_never_lowers_what_may_be_taken(low: Json, wider: Decimal, timing: Json) -> None:
    widened = {**low, "high": {**low["high"], "value": low["high"]["value"] + wider}}
    narrow, wide = (order_of({"doseAndRate": [{"doseRange": span}], "timing": timing}) for span in (low, widened))

    assert alert(read(wide)) >= alert(read(narrow))


@given(dosage=shapes.dosages(), limits=shapes.limits_of_dose(), data=st.data())
def test_a_limit_that_is_left_out_never_lowers_the_alert(dosage: Json, limits: Json, data: st.DataObject) -> None:
    limited = {**dosage, **limits}
    limited = {**limited, "maxDosePerAdministration": data.draw(shapes.quantities())}
    removed = data.draw(st.sampled_from(["maxDosePerPeriod", "maxDosePerAdministration", "bounds"]))
    is_top = removed == "maxDosePerAdministration" and (
        limited.get("asNeededBoolean") or "asNeededCodeableConcept" in limited
    )
    assume(not is_top)  # as needed, the maximum of an intake is the top of it
    without = read(order_of(without_limits(limited) if removed == "bounds" else left_out(limited, removed)))

    assert isinstance(without, NotComputable) or alert(without) >= alert(read(order_of(limited)))


@given(range_=shapes.ranges(), timing=shapes.timings())
def test_a_range_without_its_upper_end_is_not_computable(range_: Json, timing: Json) -> None:
    endless = {"low": range_["high"]}
    read_again = read(order_of({"doseAndRate": [{"doseRange": endless}], "timing": timing}))

    assert isinstance(read_again, NotComputable)
    assert read_again.reason == "dose-without-upper-end"
    assert alert(read_again) > 0


def dose(value: Decimal, unit: Json) -> Json:
    return {"doseAndRate": [{"doseQuantity": {"value": value, **unit}}]}


def days_of(steps: Steps | NotComputable) -> list[tuple[object, object, Span]]:
    """The dose as a function of the day: neighbouring steps with the same dose are joined."""
    if isinstance(steps, NotComputable):
        high = Fraction(steps.possible_mg_per_day or 0)
        return [(steps.reason, steps.element, Span(high, high))]
    joined: list[tuple[object, object, Span]] = []
    for step in steps:
        if joined and (joined[-1][1], joined[-1][2]) == (step.since, step.mg_per_day):
            joined[-1] = (joined[-1][0], step.until, step.mg_per_day)
        else:
            joined.append((step.since, step.until, step.mg_per_day))
    return joined


def alert(steps: Steps | NotComputable) -> Fraction:
    """The dose that is compared with a threshold."""
    if isinstance(steps, NotComputable):
        return steps.possible_mg_per_day or Fraction(0)
    return max(step.mg_per_day.high for step in steps)


def read_objects(order: Json) -> list[shapes.Path]:
    """The objects in which an unknown element could change the dose: all except codings and concepts."""
    return [
        path
        for path in shapes.objects(order)
        if path and not {"asNeededCodeableConcept", "code", "type", "coding"} & {str(key) for key in path}
    ]
