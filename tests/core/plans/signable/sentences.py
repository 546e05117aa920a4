"""The nine sentences of what a pharmacist would sign, and that of the visit, each as the breaches that it finds.

A breach is named in a few words, so that breaches can be counted. Nothing here asks the planner.
"""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from math import ceil

from cds_service.core.model.findings import Indicator
from cds_service.core.model.known import ReportedNone
from tests.core.plans.signable.clicks import Click, Intake, Level, Signing

_HALF = Fraction(5)  # mg: half a tablet of 10 mg
_STEP_UP = Fraction(10)  # mg: of the day, as in the rule file start-pace
_RECOMMENDED = date(2021, 3, 4)
_FINE = Fraction(10)
_FIRST = Fraction(20)  # mg: the most that a start begins with
_RISING_DAYS, _ORDER_DAYS = timedelta(days=14), timedelta(days=28)
_STOP_DAYS, _CAREFUL_STOP_DAYS = 7, 14
_STATUSES = {"active", "on-hold", "cancelled", "completed", "entered-in-error", "stopped", "draft", "unknown"}
_DOSE_RULES = (
    "daily-dose-above-maximum", "daily-dose-above-recommended", "specialist-care", "dose-reduction-too-fast",
    "dose-increase-too-fast", "initial-dose-too-high", "abrupt-stop", "resumption",
)  # fmt: skip

Breaches = Iterator[str]


def _plans(signing: Signing) -> Iterator[Click]:
    yield from (click for click in signing.clicks if click.levels)


def _falls(signing: Signing, click: Click) -> bool:
    return signing.taken_mg is not None and click.levels[-1].mg < signing.taken_mg


def _alarming(signing: Signing) -> list[str]:
    return [rule for rule in _DOSE_RULES if signing.worst(rule) > Indicator.INFO]


# --- 1 -------------------------------------------------------------------------------------------


def never_above_both(signing: Signing) -> Breaches:
    """Never ends, nor passes, above the greater of what is taken now and what the draft itself orders."""
    for click in _plans(signing):
        most = max(signing.taken_mg or Fraction(0), signing.ordered_mg)
        if max(level.mg for level in click.levels) > most:
            yield "a plan passes above both doses"


# --- 2 -------------------------------------------------------------------------------------------


def intakes_as_taken(signing: Signing) -> Breaches:
    """Down: no intake above the one before. Up: none rises by more than the step. As many as are taken."""
    for click in _plans(signing):
        taken = [signing.taken] if signing.taken else []
        for before, after in pairwise([*taken, *(level.intakes for level in click.levels)]):
            yield from _rising(before, after)
        yield from _other_number(signing, click)


def _rising(before: tuple[Intake, ...], after: tuple[Intake, ...]) -> Breaches:
    if _sum(after) <= _sum(before):
        if _is_above(after, _rounded_up(before)):
            yield "an intake rises on the way down"
    elif _is_above(after, before, _STEP_UP):
        yield "an intake rises by more than the step"


def _sum(intakes: tuple[Intake, ...]) -> Fraction:
    return sum((intake.mg for intake in intakes), Fraction(0))


def _rounded_up(intakes: tuple[Intake, ...]) -> tuple[Intake, ...]:
    return tuple(Intake(intake.moment, ceil(intake.mg / _HALF) * _HALF) for intake in intakes)


def _is_above(intakes: tuple[Intake, ...], most: tuple[Intake, ...], by: Fraction = Fraction(0)) -> bool:
    """Whether an intake is above the one at its moment; without moments the sorted intakes are compared."""
    if all(intake.moment for intake in most):
        at = _by_moment(most)
        return any(mg > at.get(moment, Fraction(0)) + by for moment, mg in _by_moment(intakes).items())
    allowed = [*sorted((intake.mg for intake in most), reverse=True), *([Fraction(0)] * len(intakes))]
    ordered = sorted((intake.mg for intake in intakes), reverse=True)
    return any(mg > limit + by for mg, limit in zip(ordered, allowed, strict=False))


def _by_moment(intakes: tuple[Intake, ...]) -> dict[str | None, Fraction]:
    at: dict[str | None, Fraction] = {}
    for intake in intakes:
        at[intake.moment] = at.get(intake.moment, Fraction(0)) + intake.mg
    return at


def _other_number(signing: Signing, click: Click) -> Breaches:
    wanted = _number(signing.taken or ()) or max(_number(signing.ordered), 2)
    if any(not _is_as_many(level, wanted) for level in click.levels if level.mg):
        yield "another number of intakes a day"


def _number(intakes: tuple[Intake, ...]) -> int:
    """Of several lines what is taken at one moment is one intake."""
    named = all(intake.moment for intake in intakes)
    return len({intake.moment for intake in intakes}) if named else len(intakes)


def _is_as_many(level: Level, wanted: int) -> bool:
    """Fewer only where halves of 10 mg cannot make so many."""
    possible = min(wanted, int(level.mg / _HALF))
    return len(level.intakes) == max(possible, 1)


# --- 3 -------------------------------------------------------------------------------------------


def one_card_an_order(signing: Signing) -> Breaches:
    """All changes of one order on one card, one recommended; no dose written again while a dose finding alarms."""
    for order in {identity for click in signing.clicks for identity in click.updates}:
        of_it = [click for click in signing.clicks if order in click.updates]
        if len({click.card for click in of_it}) > 1:
            yield "changes of one order on several cards"
        if sum(click.recommended for click in of_it) > 1:
            yield "several changes of one order are recommended"
    for click in signing.clicks:
        if _alarming(signing) and click.updates and not click.levels and not _is_exempt(signing, click):
            yield "the alarming dose is written again"


def _is_exempt(signing: Signing, click: Click) -> bool:
    """An unchanged dose of 81 to 300 mg of a product that is not authorised, with a referral, since 2021."""
    unchanged = signing.taken_mg == signing.ordered_mg and 80 < signing.ordered_mg <= 300
    return click.refers and unchanged and signing.on >= _RECOMMENDED and signing.worst("product-not-authorised") > 0


# --- 4 -------------------------------------------------------------------------------------------


def careful_where_it_must_be(signing: Signing) -> Breaches:
    """A minor, little consumption at first, suicidality at warning: no level rises after the first, none is urged."""
    speaks = any(
        signing.worst(rule) > Indicator.INFO for rule in ("not-adult", "consumption-below-threshold")
    ) or any(
        found.answer.case == "suicidality" and found.indicator > Indicator.INFO for found in signing.decision.findings
    )
    for click in _plans(signing) if speaks else ():
        if any(later.mg > level.mg for level, later in pairwise(click.levels)):
            yield "a level rises where none may"
        if click.levels[0].mg > max(signing.taken_mg or Fraction(0), _FIRST):
            yield "a first level above what is taken and a start"
        if click.recommended and not _falls(signing, click):
            yield "a start or a rise is recommended where none may be"


# --- 5 -------------------------------------------------------------------------------------------


def tablets_of_ten(signing: Signing) -> Breaches:
    """Tablets of 10 mg and halves, or those taken; one strength while they are few; none to three times the dose."""
    for click in _plans(signing):
        strengths = {strength for level in click.levels for strength in level.tablets}
        usual = signing.strengths_taken or {_FINE}
        needed = {Fraction(20), Fraction(40)} if any(map(_is_too_many, click.levels)) else set()
        if not strengths <= usual | {_FINE} | needed:
            yield "tablets that the patient does not take, and not of 10 mg"
        if any(level.cut - {_FINE} for level in click.levels):
            yield "a tablet that is not of 10 mg is cut"
        if len(strengths - usual) > 1 and not any(map(_is_too_many, click.levels)):
            yield "two strengths where one would do"
        if signing.taken_mg and signing.ordered_mg > 3 * signing.taken_mg and not _falls(signing, click):
            yield "a plan towards more than three times what is taken"


def _is_too_many(level: Level) -> bool:
    """Whether tablets of 10 mg alone would be more than 12 a day, or 4 an intake."""
    return level.mg / _FINE > 12 or any(intake.mg / _FINE > 4 for intake in level.intakes)


# --- 6 -------------------------------------------------------------------------------------------


def written_for_people(signing: Signing) -> Breaches:
    """Words with each dosage, links to orders on record, codes of their value sets, whole tablets for its days."""
    for click in signing.clicks:
        for order in click.orders:
            yield from _of_order(order, click)


def _of_order(order: dict[str, object], click: Click) -> Breaches:
    rendered = "renderedDosageInstruction" in repr(order.get("extension"))
    dosages = order["dosageInstruction"]
    assert isinstance(dosages, list)
    if click.levels and not rendered:
        yield from (
            "a dosage without words" for dosage in dosages if not {"text", "patientInstruction"} & set(dosage)
        )
    prior = order.get("priorPrescription")
    if isinstance(prior, dict) and not str(prior.get("reference", "")).startswith("MedicationRequest/"):
        yield "priorPrescription to what is no MedicationRequest"
    if order.get("status") not in _STATUSES:
        yield "a status that R4 does not have"
    yield from _of_supply(order, click)


def _of_supply(order: dict[str, object], click: Click) -> Breaches:
    request = order.get("dispenseRequest")
    quantity = request.get("quantity") if isinstance(request, dict) else None
    if click.levels and isinstance(request, dict) and isinstance(quantity, dict):
        if Fraction(quantity.get("value", 0)).denominator != 1:
            yield "tablets to dispense that are not whole"
        if "numberOfRepeatsAllowed" in request:
            yield "a short order that may be dispensed again"
        if click.levels[-1].until is None:
            yield "a last level without an end, and tablets for some days"


# --- 7, 8, 9 -------------------------------------------------------------------------------------


def a_plan_or_a_reason(signing: Signing) -> Breaches:
    """Where a plan was to be expected and none is offered, the card says why; who takes no action gets none."""
    if not signing.takes_actions:
        yield from ["a suggestion to a client that takes none"] * bool(signing.clicks)
    elif _alarming(signing) and not any(click.orders for click in signing.clicks) and not signing.why:
        yield "no plan, and no reason given"


def made_already(signing: Signing) -> Breaches:
    """Beside a referral for an unchanged dose: that it is made already, to be documented."""
    refers = [click for click in signing.clicks if not click.orders]
    unchanged = bool(signing.taken) and signing.taken_mg == signing.ordered_mg  # an unread dose is none
    leaves_none = signing.lines_taken <= len(signing.decision.case.orders)  # what is left goes on beside the draft
    if refers and unchanged and leaves_none and not any("documenter" in one.label for one in refers):
        yield "no way to document a referral that is made already"


def regimen_of_several_lines(signing: Signing) -> Breaches:
    """Lines of one group are one regimen: a plan updates each to its part, or the card says why there is none."""
    orders = signing.decision.case.orders
    groups = {order.group for order in orders}
    if len(orders) < 2 or len(groups) > 1 or None in groups:
        return
    lines = {order.reference.partition("/")[2] for order in orders}
    if any(click.updates and set(click.updates) != lines for click in _plans(signing)):
        yield "a plan leaves a line of a regimen as it is"
    expected = signing.takes_actions and signing.taken and _alarming(signing)
    if expected and not any(_plans(signing)) and not signing.why:
        yield "lines of one regimen get no plan"


# --- the visit -----------------------------------------------------------------------------------


def ends_at_a_visit(signing: Signing) -> Breaches:
    """A plan ends, after 28 days at the latest; it rises in the first 14 only; a stop takes a week, or two."""
    for click in _plans(signing):
        ends = click.levels[-1].until
        if ends is None:
            yield "a plan runs on without an end"
        elif ends > signing.on + _ORDER_DAYS:
            yield "an order of more than 28 days"
        elif signing.stops and _is_at_its_end(click) and (ends - signing.on).days < _least_days(signing):
            yield "a stop that is too short"
        late = [after for before, after in pairwise(click.levels) if after.mg > before.mg]
        if any(level.since >= signing.on + _RISING_DAYS for level in late):
            yield "a plan rises beyond the visit"


def _is_at_its_end(click: Click) -> bool:
    """Whether the last level is one step from nothing; else the order ends at a visit on the way."""
    return click.levels[-1].mg <= _STEP_UP


def _least_days(signing: Signing) -> int:
    return _STOP_DAYS if isinstance(signing.decision.case.facts.seizures, ReportedNone) else _CAREFUL_STOP_DAYS


_IN_THEIR_ORDER: tuple[Callable[[Signing], Breaches], ...] = (
    never_above_both,
    intakes_as_taken,
    one_card_an_order,
    careful_where_it_must_be,
    tablets_of_ten,
    written_for_people,
    a_plan_or_a_reason,
    made_already,
    regimen_of_several_lines,
    ends_at_a_visit,
)
SENTENCES = dict(enumerate(_IN_THEIR_ORDER, start=1))
