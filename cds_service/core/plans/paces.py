"""How fast a plan goes and how long its order is: values of the rules of the day, by what is known of the patient."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from cds_service.core.model.case import Facts
from cds_service.core.model.known import ReportedNone, is_active
from cds_service.core.model.ruleset import RuleSet, Values, milligrams, whole
from cds_service.core.plans.taper import Pace, Signed

TAPER_PACE_RULE = "taper-pace"
START_PACE_RULE = "start-pace"


@dataclass(frozen=True, slots=True)
class Way:
    """A pace with the length of its orders. `greater` marks the alternative with greater steps."""

    pace: Pace
    signed: Signed
    greater: bool = False


def is_careful(facts: Facts) -> bool:
    """Whether a plan goes slowly: with seizures on record, or where nobody knows."""
    return not isinstance(facts.seizures, ReportedNone)


def is_at_greater_risk(facts: Facts) -> bool:
    """Whether nothing of ours says which dose is right: in pregnancy, and where the kidneys hardly work."""
    return any(map(is_active, (facts.pregnancy, facts.dialysis, facts.severe_kidney_failure)))


def is_without_risk(facts: Facts) -> bool:
    """Whether it is known that there are no seizures, psychiatric disorders or suicidality."""
    return all(isinstance(fact, ReportedNone) for fact in (facts.seizures, facts.psychiatric, facts.suicidality))


def down(values: Values, step: str = "step_mg", *, careful: bool) -> Way:
    """The way down. With caution a stop takes longer."""
    pace = Pace(
        step_mg=milligrams(values, step),
        days=whole(values, "days"),
        last_step_mg=milligrams(values, "last_step_mg"),
        last_from_mg=milligrams(values, "last_from_mg"),
        least_days=whole(values, "careful_stop_days" if careful else "stop_days"),
    )
    visit = whole(values, "visit_days")
    return Way(pace, Signed(visit, visit, whole(values, "reserve_days")), greater=step != "step_mg")


def up(values: Values, *, careful: bool) -> Way:
    """The way up. With caution each dose is held for longer."""
    pace = Pace(milligrams(values, "step_mg"), whole(values, "careful_days" if careful else "days"))
    signed = Signed(*(whole(values, name) for name in ("visit_days", "order_days", "reserve_days")))
    return Way(pace, signed)


def held(values: Values, *, careful: bool) -> Way:
    """A start that stays at its first dose, for the days to an early visit and those of the reserve."""
    days, reserve = whole(values, "held_days"), whole(values, "reserve_days")
    return replace(up(values, careful=careful), signed=Signed(days, days + reserve, reserve))


def first_mg(values: Values, intakes: int) -> Fraction:
    """The first dose of a start, which divides evenly into two to four intakes."""
    return milligrams(values, "first_of_four_mg" if intakes > 3 else "first_mg")


def limits(rules: RuleSet, on: date, *names: str) -> Iterator[Fraction]:
    """The limits of these rules, in mg a day, if they are in force."""
    for name in names:
        values = rules.values(name, on)
        if values is not None:
            yield milligrams(values, "mg_per_day")
