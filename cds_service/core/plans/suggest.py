"""Suggestions: what one click may change, and only if it truly answers what was found.

A candidate is another case: the one at hand with its changes made. That case is judged by the same rules, and a
suggestion that leaves what it should answer, or that makes anything else worse, is not made. Where a plan was to be
expected and there is none, an item without changes says why.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from cds_service.core.course.course import DoseTrend
from cds_service.core.model.case import Case
from cds_service.core.model.dose import Span
from cds_service.core.model.findings import Decision, Finding, Group, Indicator
from cds_service.core.model.known import Known
from cds_service.core.model.order import Indication, Order
from cds_service.core.model.product import Product
from cds_service.core.model.ruleset import CARE_RULE, RECOMMENDED_RULE
from cds_service.core.orders.authorisation import PRODUCTS_RULE
from cds_service.core.plans.changed_case import changed
from cds_service.core.plans.changes import Action, Changes, Referral, Update
from cds_service.core.plans.changes_of_plan import changes_of_plan
from cds_service.core.plans.choice import DOSE_RULES, Proposal, Proposals, proposals
from cds_service.core.plans.links import dose_of, ended_by, keeps_dose, not_stopped, prior_of, renews
from cds_service.core.plans.paces import is_at_greater_risk
from cds_service.core.plans.permission import Permission
from cds_service.core.plans.products import ProductCatalogue, equivalent_product
from cds_service.core.plans.regimen import regimen_of
from cds_service.core.plans.subject import (
    INDICATION_RULE,
    NOT_ADULT_RULE,
    Asked,
    Subject,
    asked_of,
    orders_to_change,
    taken_of,
    worst_findings,
)
from cds_service.core.plans.tablets import FINE_STRENGTH_MG
from cds_service.core.plans.taper import Kind

_PRODUCT_RULES = (PRODUCTS_RULE, "product-not-named")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One click. `text` is a key of cards/suggestions.toml; `answers` are the ids of findings.

    `product` is the name of one that the order does not have; of an order that gets no plan, `dose` (mg a day, of
    every level) does not change.
    `ends` is the order taken now that a plan replaces, if the draft does not say so. `ordered_intakes` is the
    number that the order has, 0 if that is not known. `actions` are its changes as FHIR, written once it is offered.
    One without actions could not be sent: its card says so, for the reason `left_out`. One without changes says why
    there is no plan.
    """

    text: str
    group: Group
    changes: Changes
    proposal: Proposal | None = None
    product: str = ""
    dose: Span | None = None
    ends: Order | None = None
    ordered_intakes: int = 0
    with_referral: bool = False
    answers: tuple[str, ...] = ()
    may_be_recommended: bool = True
    recommended: bool = False
    actions: tuple[Action, ...] = ()
    left_out: str = "left-out"


Judge = Callable[[Case], Decision]


def suggestions(decision: Decision, catalogue: ProductCatalogue, judge: Judge) -> tuple[Suggestion, ...]:
    """The suggestions that answer a decision, the recommended one first in its group. Nothing is written yet.

    Software that sends an order as FHIR DSTU2 takes no resource of R4: nothing is suggested.
    """
    answerable = any(finding.rule in _ANSWERABLE for finding in decision.findings)
    if not answerable or any(order.older for order in decision.case.orders):
        return ()
    tried = tried_plans(asked := asked_of(decision, catalogue))
    made = [(item, changed(decision.case, item.changes, catalogue)) for item in candidates(asked, tried)]
    answered = [_answering(item, decision, judge(case)) for item, case in made if case is not None]
    offered = [item for item in answered if item is not None]
    return (*_with_recommended(offered), *_why_no_plan(asked, tried, offered))


def _answering(candidate: Suggestion, decision: Decision, judged: Decision) -> Suggestion | None:
    """The candidate with the findings that it answers; None where it answers none or makes anything worse."""
    before, after = _worst(decision), _worst(judged)
    if _is_worse(before, after, stops=all(order.stops for order in decision.case.orders)):
        return None
    answers = tuple(
        rule
        for rule, indicator in before.items()
        if rule in _ANSWERABLE
        and after.get(rule, Indicator.INFO) is Indicator.INFO
        and (indicator > Indicator.INFO or rule not in after)
    )
    return replace(candidate, answers=answers) if answers else None


def _is_worse(before: dict[str, Indicator], after: dict[str, Indicator], *, stops: bool) -> bool:
    """Whether any finding is new above info, or more urgent."""
    ignored = _OF_WHO_BEGINS if stops else ()
    return any(
        indicator > before.get(rule, Indicator.INFO) for rule, indicator in after.items() if rule not in ignored
    )


def _worst(decision: Decision) -> dict[str, Indicator]:
    return {rule: finding.indicator for rule, finding in worst_findings(decision).items()}


# Said of who takes baclofen, and not of a stop: a plan that comes down instead makes nothing worse by them.
_OF_WHO_BEGINS = (NOT_ADULT_RULE, "consumption-below-threshold")

_ANSWERABLE = {*DOSE_RULES, *_PRODUCT_RULES}


def _with_recommended(answered: list[Suggestion]) -> Iterator[Suggestion]:
    """In each group the first is recommended; of the dose, the one that the current text puts first."""
    for group in (Group.DOSE, Group.PRESCRIPTION):
        members = [item for item in answered if item.group is group]
        if group is Group.DOSE:
            members.sort(key=_rank)
        first = next((item for item in members if _may_be_recommended(item)), None)
        yield from (replace(item, recommended=item is first) for item in members)


def _may_be_recommended(item: Suggestion) -> bool:
    """Not a start that is held at its first dose, nor to stay at what is taken, nor what the record does not say."""
    proposal = item.proposal
    if not item.may_be_recommended or item.text == "referral-made":
        return False
    return proposal is None or not (proposal.is_held or proposal.plan.kind is Kind.STAY)


def _rank(suggestion: Suggestion) -> int:
    """What the text in force puts first; a dose to begin with is never left too high."""
    proposal = suggestion.proposal
    if suggestion.with_referral or (proposal and proposal.plan.kind is Kind.START):
        return 0
    if proposal is None:
        return 4 if suggestion.text == "referral-made" else 1
    return 3 if proposal.greater else 2


def _why_no_plan(asked: Asked, tried: Proposals, offered: list[Suggestion]) -> Iterator[Suggestion]:
    """Why no suggestion changes the dose, where a finding above info speaks of it."""
    if _alarms(asked.found) and not any(isinstance(change, Update) for item in offered for change in item.changes):
        yield Suggestion(f"no-plan-{_reason(asked, tried)}", Group.DOSE, ())


def _reason(asked: Asked, tried: Proposals) -> str:
    if isinstance(asked.subject, str):
        return asked.subject
    if all(finding.answer.if_addition for finding in _alarms(asked.found)):
        return "question"
    if tried.refused:
        return tried.refused[0]
    return "no-answer" if tried.made or _is_referred(asked.case) or CARE_RULE not in asked.found else "referral"


def _alarms(found: dict[str, Finding]) -> list[Finding]:
    """The findings above info that speak of a dose."""
    return [finding for rule, finding in found.items() if rule in DOSE_RULES and finding.indicator > Indicator.INFO]


def candidates(asked: Asked, tried: Proposals) -> Iterator[Suggestion]:
    """Every change that may answer a decision."""
    found, orders = asked.found, orders_to_change(asked.case)
    if isinstance(asked.subject, Subject):
        yield from _of_plans(asked, asked.subject, tried)
    if not isinstance(orders, str) and len(orders) == 1 and INDICATION_RULE not in found:
        yield from _of_product(asked, orders[0])
    if CARE_RULE in found and not found[CARE_RULE].answer.if_alcohol:
        yield from _of_referral(asked)


def tried_plans(asked: Asked) -> Proposals:
    """The plans that were tried; none without a subject."""
    if isinstance(asked.subject, str):
        return Proposals()
    return proposals(asked.case, asked.subject, asked.found, asked.catalogue, may_rise=asked.may_rise)


def _of_referral(asked: Asked) -> Iterator[Suggestion]:
    outside = any(order.indication is Indication.OUTSIDE for order in asked.case.orders)
    if not outside and not _is_referred(asked.case):
        yield Suggestion("referral", Group.DOSE, (Referral(),))
        if _is_unchanged(asked):
            yield Suggestion("referral-made", Group.DOSE, (Referral(is_made=True),))


def _of_plans(asked: Asked, subject: Subject, tried: Proposals) -> Iterator[Suggestion]:
    """The plans from what is taken now."""
    orders, on, found = subject.orders, asked.case.on, asked.found
    going_on = not_stopped(subject.taken, asked.case.orders)
    ends = ended_by(orders, going_on, is_asked=subject.permitted is Permission.OFFERED)
    ordered = len((not orders[0].stops and regimen_of(orders, on)) or ())
    for proposal in tried.made:
        changes = tuple(changes_of_plan(orders, proposal, going_on))
        name = _name(proposal)
        referred = not asked.catalogue.fine_only and _wants_referral(proposal, found, asked.case)
        text, changes = (f"{name}-with-referral", (*changes, Referral())) if referred else (name, changes)
        yield Suggestion(
            text,
            Group.DOSE,
            changes,
            proposal,
            product=proposal.products.new_for(orders),
            ends=ends,
            ordered_intakes=ordered,
            with_referral=referred,
            may_be_recommended=subject.permitted is Permission.RECOMMENDED
            and bool(_alarms(found))
            and not (proposal.goes_up and (_is_in_one_intake(proposal) or is_at_greater_risk(asked.case.facts))),
        )


def _is_in_one_intake(proposal: Proposal) -> bool:
    """Whether more than a tablet of 10 mg is to be taken at once: the SmPC has two to four intakes a day."""
    return len(proposal.before) == 1 and proposal.plan.to_mg > FINE_STRENGTH_MG


def _name(proposal: Proposal) -> str:
    plan = proposal.plan
    if plan.kind is Kind.STAY:
        return "stay"
    if plan.kind is Kind.START:
        return "start"
    if plan.to_mg > plan.from_mg:
        return "rise"
    return "stop" if plan.to_mg == 0 else "taper"


def _wants_referral(proposal: Proposal, found: dict[str, Finding], case: Case) -> bool:
    """A taper to the recommended limit goes with the referral that the dose still asks for, and so does staying."""
    high, plan = found.get(RECOMMENDED_RULE), proposal.plan
    if high is None or _is_referred(case):
        return False
    return plan.kind is Kind.STAY or (
        plan.kind is Kind.TAPER and plan.to_mg == high.answer.facts.get("limit_mg_per_day")
    )


def _of_product(asked: Asked, order: Order) -> Iterator[Suggestion]:
    """The same dose as an authorised product of the same strength, or of any where the dose is in mg.

    While a finding above info speaks of the dose it is not written again; but of an unchanged one that asks for no
    more than a referral, product and referral are one suggestion.
    """
    case, found, catalogue = asked.case, asked.found, asked.catalogue
    taken, equivalent = taken_of(case), _other_product(order, catalogue)
    if equivalent is None or len(taken) > 1 or order.stops:
        return
    renewed = [line for line in not_stopped(taken, case.orders) if renews(order, line)]
    changes: Changes = (Update(order.reference, product=equivalent, prior=prior_of(order, renewed)),)
    item = Suggestion(
        "product",
        Group.PRESCRIPTION,
        changes,
        product=equivalent.name,
        dose=dose_of(order),
        may_be_recommended=NOT_ADULT_RULE not in found,
    )
    if not _alarms(found):
        yield item
    elif _asks_for_referral_alone(asked) and PRODUCTS_RULE in found and not catalogue.fine_only:
        both = (*changes, Referral())
        yield replace(item, text="product-with-referral", group=Group.DOSE, changes=both)


def _other_product(order: Order, catalogue: ProductCatalogue) -> Product | None:
    """The authorised product that takes the place of the one ordered; None if that is one itself."""
    equivalent = equivalent_product(order.medicine, catalogue)
    if equivalent is None or equivalent == order.medicine.product:
        return None
    return equivalent if keeps_dose(order, equivalent.strength_mg) else None


def _asks_for_referral_alone(asked: Asked) -> bool:
    """Whether the dose is unchanged, and a missing referral is all that is above info about it."""
    alarming = {rule for rule, finding in asked.found.items() if finding.indicator > Indicator.INFO} & DOSE_RULES
    return alarming == {CARE_RULE} and _is_unchanged(asked)


def _is_unchanged(asked: Asked) -> bool:
    course = next(iter(asked.readings), None)
    return course is not None and course.trend is DoseTrend.SAME


def _is_referred(case: Case) -> bool:
    return isinstance(case.facts.referral, Known)
