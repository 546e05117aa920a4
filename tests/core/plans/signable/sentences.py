"""The nine sentences of what a pharmacist would sign (design, section 8), each as the breaches that it finds.

A breach is named in a few words, so that breaches can be counted. Nothing here asks the planner.
"""

from collections.abc import Callable, Iterator
from datetime import date
from fractions import Fraction
from math import ceil

from cds_service.core.model.findings import Indicator
from tests.core.plans.signable.clicks import Click, Intake, Level, Signing

_HALF = Fraction(5)  # mg: half a tablet of 10 mg
_STEP_UP = Fraction(10)  # mg: of the day, as in the rule file start-pace
_RECOMMENDED = date(2021, 3, 4)
_FINE = Fraction(10)
_STATUSES = {"active", "on-hold", "cancelled", "completed", "entered-in-error", "stopped", "draft", "unknown"}
_DOSE_RULES = (
    "daily-dose-above-maximum", "daily-dose-above-recommended", "specialist-care", "dose-reduction-too-fast",
    "dose-increase-too-fast", "initial-dose-too-high", "abrupt-stop",
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
    """Down: no intake above the one taken there now. Up: none rises by more than the step. As many as are taken."""
    for click in _plans(signing):
        if signing.taken and _falls(signing, click):
            yield from _rising_on_the_way_down(signing.taken, click)
        elif signing.taken is not None:
            yield from _rising_by_more_than_a_step(signing.taken, click)
        yield from _other_number(signing, click)


def _rising_on_the_way_down(taken: tuple[Intake, ...], click: Click) -> Breaches:
    if any(_is_above(level.intakes, _rounded_up(taken)) for level in click.levels):
        yield "an intake rises on the way down"


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


def _rising_by_more_than_a_step(taken: tuple[Intake, ...], click: Click) -> Breaches:
    before = [taken, *(level.intakes for level in click.levels)]
    pairs = list(zip(before, click.levels, strict=False))
    if any(_is_above(level.intakes, earlier, _STEP_UP) for earlier, level in pairs if earlier):
        yield "an intake rises by more than the step"


def _other_number(signing: Signing, click: Click) -> Breaches:
    wanted = len(signing.taken or ()) or max(len(signing.ordered), 2)
    if any(not _is_as_many(level, wanted) for level in click.levels if level.mg):
        yield "another number of intakes a day"


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
        if any(later.mg > level.mg for level, later in zip(click.levels, click.levels[1:], strict=False)):
            yield "a level rises where none may"
        if click.recommended and not _falls(signing, click):
            yield "a start or a rise is recommended where none may be"


# --- 5 -------------------------------------------------------------------------------------------


def tablets_of_ten(signing: Signing) -> Breaches:
    """Tablets of 10 mg, or those that are taken; one strength while they are few; no plan to three times the dose."""
    for click in _plans(signing):
        strengths = {strength for level in click.levels for strength in level.tablets}
        usual = signing.strengths_taken or {_FINE}
        needed = {Fraction(20), Fraction(40)} if any(map(_is_too_many, click.levels)) else set()
        if not strengths <= usual | {_FINE} | needed:
            yield "tablets that the patient does not take, and not of 10 mg"
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
    if click.levels and isinstance(quantity, dict):
        if Fraction(quantity.get("value", 0)).denominator != 1:
            yield "tablets to dispense that are not whole"
        if click.levels[-1].until is None:
            yield "a last level without an end, and tablets for some days"


# --- 7, 8, 9 -------------------------------------------------------------------------------------


def a_plan_or_a_reason(signing: Signing) -> Breaches:
    """Where a plan was to be expected and none is offered, the card says why."""
    case = signing.decision.case
    clear = len(case.orders) == 1 and not case.unread and not case.strangers
    known = signing.taken is not None and not any(found.answer.if_alcohol for found in signing.decision.findings)
    if clear and known and _alarming(signing) and not any(_plans(signing)) and not signing.says_why:
        yield "no plan, and no reason given"


def made_already(signing: Signing) -> Breaches:
    """Beside a referral for an unchanged dose: that it is made already, to be documented."""
    refers = [click for click in signing.clicks if not click.orders]
    unchanged = bool(signing.taken) and signing.taken_mg == signing.ordered_mg  # an unread dose is none
    if refers and unchanged and not any("documenter" in one.label for one in refers):
        yield "no way to document a referral that is made already"


def regimen_of_several_lines(signing: Signing) -> Breaches:
    """Lines of one group are one regimen and get the plans of one order, or the card says why not."""
    orders = signing.decision.case.orders
    groups = {order.group for order in orders}
    one = len(orders) > 1 and len(groups) == 1 and None not in groups
    if one and signing.taken and _alarming(signing) and not any(_plans(signing)) and not signing.says_why:
        yield "lines of one regimen get no plan"


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
)
SENTENCES = dict(enumerate(_IN_THEIR_ORDER, start=1))
