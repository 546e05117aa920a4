"""Suggestions: what one click may change, and only if it truly answers what was found.

A candidate is another case: the one at hand with its changes made. That case is judged by the same rules, and a
suggestion that leaves what it should answer, or that makes anything else worse, is not made.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from cds_service.core.course.readings import courses, courses_with_stops
from cds_service.core.model.case import Case
from cds_service.core.model.dose import NotComputable, Span
from cds_service.core.model.findings import Decision, Finding, Group, Indicator
from cds_service.core.model.known import Known
from cds_service.core.model.order import Indication, Order, Scope
from cds_service.core.plans.changed_case import changed
from cds_service.core.plans.changes import Action, Change, Changes, Companion, Referral, Update
from cds_service.core.plans.choice import (
    CARE_RULE,
    INCREASE_RULE,
    INITIAL_RULE,
    MAXIMUM_RULE,
    RECOMMENDED_RULE,
    REDUCTION_RULE,
    RESUMPTION_RULE,
    STOP_RULE,
    ProductCatalogue,
    Proposal,
    equivalent_product,
    proposals,
)
from cds_service.core.plans.permission import Permission, permission
from cds_service.core.plans.taper import Kind

_PRODUCT_RULES = ("product-not-authorised", "product-not-named")
INDICATION_RULE = "indication-not-documented"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One click. `text` is a key of cards/suggestions.toml; `answers` are the ids of findings.

    `product` and `dose` (mg a day, of every level) are those of an order of which only the product changes.
    `ends` is the order taken now that a plan replaces, if the draft does not say so.
    `actions` are its changes as FHIR, written once it is offered. One without actions could not be sent: its card
    says so, for the reason `left_out`.
    """

    text: str
    group: Group
    changes: Changes
    proposal: Proposal | None = None
    product: str = ""
    dose: Span | None = None
    ends: Order | None = None
    with_referral: bool = False
    answers: tuple[str, ...] = ()
    may_be_recommended: bool = True
    recommended: bool = False
    actions: tuple[Action, ...] = ()
    left_out: str = "left-out"


Judge = Callable[[Case], Decision]


def suggestions(decision: Decision, catalogue: ProductCatalogue, judge: Judge) -> tuple[Suggestion, ...]:
    """The suggestions that answer a decision, the recommended one first in its group. Nothing is written yet."""
    made = [(item, changed(decision.case, item.changes, catalogue)) for item in candidates(decision, catalogue)]
    answered = [_answering(item, decision, judge(case)) for item, case in made if case is not None]
    return tuple(_with_recommended([item for item in answered if item is not None]))


def _answering(candidate: Suggestion, decision: Decision, judged: Decision) -> Suggestion | None:
    """The candidate with the findings that it answers; None where it answers none or makes anything worse."""
    before, after = _worst(decision), _worst(judged)
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
    MAXIMUM_RULE, RECOMMENDED_RULE, CARE_RULE, REDUCTION_RULE, INCREASE_RULE, INITIAL_RULE, RESUMPTION_RULE,
    STOP_RULE, *_PRODUCT_RULES,
}  # fmt: skip


def _with_recommended(answered: list[Suggestion]) -> Iterator[Suggestion]:
    """In each group the first is recommended; of the dose, the one that the current text puts first."""
    for group in (Group.DOSE, Group.PRESCRIPTION):
        members = [item for item in answered if item.group is group]
        if group is Group.DOSE:
            members.sort(key=_rank)
        first = next((item for item in members if item.may_be_recommended), None)
        for item in members:
            yield replace(item, recommended=item is first)


def _rank(suggestion: Suggestion) -> int:
    """What the text in force puts first (design, section 8); a dose to begin with is never left too high."""
    proposal = suggestion.proposal
    if suggestion.with_referral or (proposal and proposal.plan.kind is Kind.START):
        return 0
    if proposal is None:
        return 1
    return 3 if proposal.greater else 2


# --- candidates ------------------------------------------------------------------------------


def candidates(decision: Decision, catalogue: ProductCatalogue) -> Iterator[Suggestion]:
    """Every change that may answer a decision."""
    case = decision.case
    found = _worst_findings(decision)
    order = _order_to_change(case)
    if order is not None and INDICATION_RULE not in found:
        yield from _of_plans(case, order, found, catalogue)
        yield from _of_product(case, order, found, catalogue)
    outside = any(order.indication is Indication.OUTSIDE for order in case.orders)
    if CARE_RULE in found and not found[CARE_RULE].answer.if_alcohol and not outside and not _is_referred(case):
        yield Suggestion("referral", Group.DOSE, (Referral(),))


def _worst_findings(decision: Decision) -> dict[str, Finding]:
    """The worst finding of each rule; a decision has the worst first."""
    worst: dict[str, Finding] = {}
    for finding in decision.findings:
        worst.setdefault(finding.rule, finding)
    return worst


def _order_to_change(case: Case) -> Order | None:
    """The baclofen order that suggestions may change; None if it is not clear which one.

    It is not clear with several orders, a copy under another id, an unread entry, data of another patient or a
    defect of ours; nor for an order without an id, named only in words, not certainly for alcohol dependence or
    surely for something else.
    """
    if len(case.orders) != 1 or case.copies or case.unread or case.strangers or case.defects:
        return None
    order = case.orders[0]
    sure = order.scope is Scope.CERTAIN and not order.medicine.by_text and order.indication is not Indication.OUTSIDE
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
    permitted = permission(case, course)
    if permitted is Permission.NONE:
        return
    prior = _prior(order, taken)
    ended = _ended(order, taken, permitted)
    for proposal in proposals(case, course, order, found, catalogue):
        changes = _plan_changes(order, proposal, prior)
        name = _name(proposal)
        referred = not catalogue.fine_only and _wants_referral(proposal, found, case)
        text, changes = (f"{name}-with-referral", (*changes, Referral())) if referred else (name, changes)
        yield Suggestion(
            text,
            Group.DOSE,
            changes,
            proposal,
            ends=ended,
            with_referral=referred,
            may_be_recommended=permitted is Permission.RECOMMENDED,
        )


def _is_clear(taken: tuple[Order, ...], case: Case) -> bool:
    """Whether a plan can begin with what is taken now: at most one order, none out of scope, no gap."""
    return len(taken) <= 1 and not _may_take_more(case) and all(it.scope is not Scope.OUT for it in taken)


def _ended(order: Order, taken: tuple[Order, ...], permitted: Permission) -> Order | None:
    """The order taken now that a plan replaces, where the draft does not say so, or it is asked whether it does."""
    unlinked = [line for line in taken if line.reference not in order.replaces]
    return next((line for line in unlinked if permitted is Permission.OFFERED or not _renews(order, line)), None)


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


def _plan_changes(order: Order, proposal: Proposal, prior: str) -> tuple[Change, ...]:
    plan, products = proposal.plan, proposal.products
    update = Update(plan, products.main if products.main != order.medicine.product else None, prior)
    finer = [tablet for tablet in plan.tablets if products.finer and tablet.product == products.finer.code]
    return update, *(Companion(plan, tablet, products.finer, prior) for tablet in finer if products.finer)


def _prior(order: Order, taken: tuple[Order, ...]) -> str:
    """The order taken now, if the draft does not name it and it has a name by which others know it; else empty."""
    named = [it.reference for it in taken if it.reference not in order.replaces and "/" in it.reference]
    return named[0] if named else ""


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
    prior = _prior(order, taken) if taken and _renews(order, taken[0]) else ""
    yield Suggestion(
        "product",
        Group.PRESCRIPTION,
        (Update(product=equivalent, prior=prior),),
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


def _keeps_dose(order: Order, strength_mg: Fraction | None) -> bool:
    """A dose counted in tablets stays the same only with tablets of the same strength."""
    if isinstance(order.dose, NotComputable):
        return False
    terms = [term for step in order.dose for term in step.terms if term.units_per_intake is not None]
    return all(term.strength_mg == strength_mg and not term.in_ml for term in terms)


def _is_referred(case: Case) -> bool:
    return isinstance(case.facts.referral, Known)


def _may_take_more(case: Case) -> bool:
    """Whether the record of what is taken now is incomplete."""
    taken = case.facts.taken_now
    return isinstance(taken, Known) and taken.gap is not None and not taken.value.alone


def _taken(case: Case) -> tuple[Order, ...]:
    taken = case.facts.taken_now
    return taken.value.lines if isinstance(taken, Known) else ()
