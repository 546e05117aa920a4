"""Suggestions: what one click may change, and only if it truly answers what was found.

Each candidate is applied to the request as a client would, and the request is judged again: a suggestion
that leaves what it should answer, or that makes anything else worse, is not made.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from cds_service.core.course.readings import courses, courses_with_stops
from cds_service.core.model.case import Case
from cds_service.core.model.dose import NotComputable, Span
from cds_service.core.model.findings import Decision, Finding, Group, Indicator
from cds_service.core.model.known import Known
from cds_service.core.model.order import Order, Scope
from cds_service.core.plans import fhir_out
from cds_service.core.plans.choice import (
    CARE_RULE,
    INCREASE_RULE,
    INITIAL_RULE,
    MAXIMUM_RULE,
    RECOMMENDED_RULE,
    REDUCTION_RULE,
    STOP_RULE,
    ProductCatalogue,
    Proposal,
    equivalent_product,
    proposals,
)
from cds_service.core.plans.taper import Kind

Json = dict[str, Any]

_PRODUCT_RULES = ("product-not-authorised", "product-not-named")
INDICATION_RULE = "indication-not-documented"


@dataclass(frozen=True, slots=True)
class Action:
    """What a client does: `update` a draft, `create` a new one. `text` is a key of cards/suggestions.toml."""

    type: str
    resource: Json
    text: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One click. `text` is a key of cards/suggestions.toml; `answers` are the ids of findings.

    `product` and `dose` (mg a day, of every level) are those of an order of which only the product changes.
    `ends` is the product taken now that a plan replaces, if the draft does not say so.
    A suggestion without actions could not be sent: its card says so.
    """

    text: str
    group: Group
    actions: tuple[Action, ...]
    proposal: Proposal | None = None
    product: str = ""
    dose: Span | None = None
    ends: str = ""
    with_referral: bool = False
    answers: tuple[str, ...] = ()
    recommended: bool = False


# The drafts as they would be, and the decision on them.
Judge = Callable[[Sequence[Action]], Decision]


def suggestions(decision: Decision, catalogue: ProductCatalogue, judge: Judge) -> tuple[Suggestion, ...]:
    """The suggestions that answer a decision, the recommended one first in its group."""
    candidates = list(_candidates(decision, catalogue))
    answered = [kept for candidate in candidates if (kept := _checked(candidate, decision, judge)) is not None]
    return tuple(_with_recommended(answered))


def _checked(candidate: Suggestion, decision: Decision, judge: Judge) -> Suggestion | None:
    """The candidate with the findings that it answers; None where it answers none or makes anything worse."""
    after = _worst(judge(candidate.actions))
    before = _worst(decision)
    if any(indicator > max(before.get(rule, Indicator.INFO), Indicator.INFO) for rule, indicator in after.items()):
        return None
    answers = tuple(
        rule
        for rule, indicator in before.items()
        if rule in _ANSWERABLE
        and after.get(rule, Indicator.INFO) is Indicator.INFO
        and (indicator > Indicator.INFO or rule not in after)
    )
    return replace(candidate, answers=answers) if answers else None


def _worst(decision: Decision) -> dict[str, Indicator]:
    return {rule: finding.indicator for rule, finding in _worst_findings(decision).items()}


_ANSWERABLE = {
    MAXIMUM_RULE, RECOMMENDED_RULE, CARE_RULE, REDUCTION_RULE, INCREASE_RULE, INITIAL_RULE, STOP_RULE,
    *_PRODUCT_RULES,
}  # fmt: skip


def _with_recommended(answered: list[Suggestion]) -> Iterator[Suggestion]:
    """In each group the first is recommended; of the dose, the one that the current text puts first."""
    for group in (Group.DOSE, Group.PRESCRIPTION):
        members = [item for item in answered if item.group is group]
        if group is Group.DOSE:
            members.sort(key=_rank)
        for number, item in enumerate(members):
            yield replace(item, recommended=number == 0)


def _rank(suggestion: Suggestion) -> int:
    """What the text in force puts first (design, section 8); a dose to begin with is never left too high."""
    proposal = suggestion.proposal
    if suggestion.with_referral or (proposal and proposal.plan.kind is Kind.START):
        return 0
    if proposal is None:
        return 1
    return 3 if proposal.greater else 2


# --- candidates ------------------------------------------------------------------------------


def _candidates(decision: Decision, catalogue: ProductCatalogue) -> Iterator[Suggestion]:
    case = decision.case
    found = _worst_findings(decision)
    order = _order_to_change(case)
    if order is not None and INDICATION_RULE not in found:
        yield from _of_plans(case, order, found, catalogue)
        yield from _of_product(case, order, found, catalogue)
    if CARE_RULE in found and not found[CARE_RULE].answer.if_alcohol and not _is_referred(case):
        yield Suggestion("referral", Group.DOSE, (_referral(case),))


def _worst_findings(decision: Decision) -> dict[str, Finding]:
    """The worst finding of each rule; a decision has the worst first."""
    worst: dict[str, Finding] = {}
    for finding in decision.findings:
        worst.setdefault(finding.rule, finding)
    return worst


def _order_to_change(case: Case) -> Order | None:
    """The baclofen order that suggestions may change; None if it is not clear which one.

    It is not clear with several orders, an unread entry, data of another patient or a defect of ours; nor for an
    order without an id, named only in words, or not certainly for alcohol dependence.
    """
    if len(case.orders) != 1 or case.unread or case.strangers or case.defects:
        return None
    order = case.orders[0]
    sure = order.scope is Scope.CERTAIN and not order.medicine.by_text
    return order if sure and order.reference.startswith("MedicationRequest/") else None


def _of_plans(
    case: Case, order: Order, found: dict[str, Finding], catalogue: ProductCatalogue
) -> Iterator[Suggestion]:
    """The plans from what is taken now, if that is at most one order, certainly for alcohol dependence."""
    course = next(courses_with_stops(case) if order.stops else courses(case), None)
    taken = _taken(case)
    if any(known.questions for known in (order, *taken)):
        return  # the dose is to be confirmed first: the card of dosage-to-confirm says so
    if course is None or not _is_clear(taken, case):
        return
    replaces = taken[0].reference if taken else None
    ends = _product_ended(order, taken)
    for proposal in proposals(case, course, order, found, catalogue):
        actions = _plan_actions(order, proposal, replaces, case)
        name = _name(proposal)
        referred = not catalogue.fine_only and _wants_referral(proposal, found, case)
        text, actions = (f"{name}-with-referral", (*actions, _referral(case))) if referred else (name, actions)
        yield Suggestion(text, Group.DOSE, actions, proposal, ends=ends, with_referral=referred)


def _is_clear(taken: tuple[Order, ...], case: Case) -> bool:
    """Whether a plan can begin with what is taken now: at most one order, none out of scope, no gap."""
    return len(taken) <= 1 and not _may_take_more(case) and all(it.scope is not Scope.OUT for it in taken)


def _product_ended(order: Order, taken: tuple[Order, ...]) -> str:
    """The product taken now that a plan replaces, if the draft does not say so; else empty."""
    return next((it.medicine.product.name for it in taken if it.medicine.product and _adds_to(order, it)), "")


def _name(proposal: Proposal) -> str:
    plan = proposal.plan
    if plan.kind is Kind.START:
        return "start"
    if plan.to_mg > plan.from_mg:
        return "rise"
    return "stop" if plan.to_mg == 0 else "taper"


def _wants_referral(proposal: Proposal, found: dict[str, Finding], case: Case) -> bool:
    """A taper to the recommended limit goes with the referral that the dose still asks for."""
    high = found.get(RECOMMENDED_RULE)
    still_high = high is not None and proposal.plan.to_mg == high.answer.facts.get("limit_mg_per_day")
    return still_high and not _is_referred(case) and proposal.plan.kind is Kind.TAPER


def _plan_actions(order: Order, proposal: Proposal, replaces: str | None, case: Case) -> tuple[Action, ...]:
    plan, products = proposal.plan, proposal.products
    changed = products.main if products.main != order.medicine.product else None
    group = f"{order.reference}/{case.on.isoformat()}"
    revised = fhir_out.revised(order, plan=plan, product=changed, replaces=replaces, group=group)
    actions = [Action("update", revised, "update-dosage")]
    if products.finer is not None and _uses(proposal, products.finer.code):
        tablet = next(tablet for tablet in plan.tablets if tablet.product == products.finer.code)
        other = fhir_out.companion(order, plan, products.finer, tablet, replaces, group)
        actions.append(Action("create", other, "create-companion"))
    return tuple(actions)


def _uses(proposal: Proposal, product: str) -> bool:
    counts = (count for level in proposal.plan.levels for intake in level.intakes for count in intake.counts)
    return any(count.tablet.product == product for count in counts)


def _of_product(
    case: Case, order: Order, found: dict[str, Finding], catalogue: ProductCatalogue
) -> Iterator[Suggestion]:
    """The same dose as an authorised product of the same strength, or of any where the dose is in mg."""
    equivalent = (
        equivalent_product(order.medicine, catalogue) if any(rule in found for rule in _PRODUCT_RULES) else None
    )
    taken = _taken(case)
    if equivalent is None or equivalent == order.medicine.product or len(taken) > 1 or order.stops:
        return
    if not _keeps_dose(order, equivalent.strength_mg):
        return
    replaces = taken[0].reference if taken and _renews(order, taken[0]) else None
    revised = fhir_out.revised(order, plan=None, product=equivalent, replaces=replaces, group="")
    yield Suggestion(
        "product",
        Group.PRESCRIPTION,
        (Action("update", revised, "update-product"),),
        product=equivalent.name,
        dose=_dose_of(order),
    )


def _dose_of(order: Order) -> Span | None:
    if isinstance(order.dose, NotComputable):
        return None
    levels = [step.mg_per_day for step in order.dose]
    return Span(min(level.low for level in levels), max(level.high for level in levels))


def _renews(order: Order, taken: Order) -> bool:
    """Whether a draft is of what is taken now, and so takes its place; of another product it adds to it."""
    products = (order.medicine.product, taken.medicine.product)
    return None in products or products[0] == products[1]


def _adds_to(order: Order, taken: Order) -> bool:
    """Whether a draft is of another product and does not name this order: readers take both as ordered."""
    return not _renews(order, taken) and taken.reference not in order.replaces


def _keeps_dose(order: Order, strength_mg: Fraction | None) -> bool:
    """A dose counted in tablets stays the same only with tablets of the same strength."""
    if isinstance(order.dose, NotComputable):
        return False
    terms = [term for step in order.dose for term in step.terms if term.units_per_intake is not None]
    return all(term.strength_mg == strength_mg and not term.in_ml for term in terms)


def _referral(case: Case) -> Action:
    first = case.orders[0].resource if case.orders else {}
    requester = first.get("requester") or {"reference": case.signer}
    resource = fhir_out.referral(case.patient_id, requester, first.get("encounter"))
    return Action("create", resource, "create-referral")


def _is_referred(case: Case) -> bool:
    return isinstance(case.facts.referral, Known)


def _may_take_more(case: Case) -> bool:
    """Whether the record of what is taken now is incomplete."""
    taken = case.facts.taken_now
    return isinstance(taken, Known) and taken.gap is not None


def _taken(case: Case) -> tuple[Order, ...]:
    taken = case.facts.taken_now
    return taken.value.lines if isinstance(taken, Known) else ()
