"""The case as it would be once the changes of a suggestion are made. Nothing is written, and no request is read."""

from dataclasses import replace
from datetime import date

from cds_service.core.facts.indication import indication_by, own_by
from cds_service.core.model.case import MOST_ENTRIES, Case
from cds_service.core.model.dose import DoseReading, NotComputable, Steps
from cds_service.core.model.known import Known
from cds_service.core.model.medicine import Medicine, medicine_of
from cds_service.core.model.order import Order
from cds_service.core.orders.authorisation import authorisation_of
from cds_service.core.orders.moments import moments_of
from cds_service.core.orders.order import dose_of, first_day, group_name
from cds_service.core.plans.changes import PLANS, Change, Changes, Companion, Update, draft_of, group_of_plan
from cds_service.core.plans.fhir_out import NEW_STATUS, kept_of, status_after, timing_of
from cds_service.core.plans.plan_dosages import plan_dosages, plan_steps
from cds_service.core.plans.products import ProductCatalogue
from cds_service.core.plans.tablets import Tablet
from cds_service.core.plans.taper import Plan


def changed(case: Case, changes: Changes, catalogue: ProductCatalogue) -> Case | None:
    """The case after the changes; None if one of them cannot be written so that others read what is meant."""
    after: Case | None = case
    for change in changes:
        after = after and _changed(after, change, catalogue)
    return after


def _changed(case: Case, change: Change, catalogue: ProductCatalogue) -> Case | None:
    if isinstance(change, Update):
        return _with_update(case, change, catalogue)
    if case.entries >= MOST_ENTRIES:
        return None  # one more draft would not be read
    if isinstance(change, Companion):
        return _with_companion(case, change, catalogue)
    return _with_referral(case)


def _with_update(case: Case, change: Update, catalogue: ProductCatalogue) -> Case | None:
    draft = draft_of(case.orders, change.draft)
    medicine = medicine_of(change.product) if change.product else draft.medicine
    dose = _dose_after(draft, change, medicine, catalogue)
    if dose is None:
        return None
    first = first_day(dose, case.on)
    order = replace(
        _with_medicine(draft, medicine, case, catalogue),
        dose=dose,
        begins=first,
        prior=frozenset({change.prior}) if change.prior else draft.prior,
        stops=False,
        status=status_after(draft),
        ends=_end_of(dose),
        began=first,
        moments=_moments_of(*change.part) if change.part else draft.moments,
        group=_group_after(draft, change, case),
    )
    return replace(case, orders=tuple(order if other is draft else other for other in case.orders))


def _dose_after(
    draft: Order, change: Update, medicine: Medicine, catalogue: ProductCatalogue
) -> Steps | NotComputable | None:
    """The dose of the plan; without one the dose that was ordered, if it reads the same with the other product.

    Words may count tablets, and elements that are empty are not sent back: the client's own dosage may then mean
    another dose.
    """
    if change.part is not None:
        return plan_steps(*change.part, medicine)
    read_again = dose_of(kept_of(draft), medicine, catalogue.terminology, catalogue.on)
    return draft.dose if read_again == DoseReading(draft.dose, draft.questions) else None


def _end_of(dose: Steps | NotComputable) -> date | None:
    return None if isinstance(dose, NotComputable) else dose[-1].until


def _moments_of(plan: Plan, tablet: Tablet) -> frozenset[str]:
    """The moments of the dosages of a plan, as they will be read."""
    return moments_of([timing_of(dosage) for dosage in plan_dosages(plan, tablet)])


def _group_after(draft: Order, change: Update, case: Case) -> str | None:
    if draft.group or change.plan is None or len(change.plan.tablets) == 1:
        return draft.group
    return group_name(PLANS, group_of_plan(draft, case.on))


def _with_medicine(order: Order, medicine: Medicine, case: Case, catalogue: ProductCatalogue) -> Order:
    framework, authorised = authorisation_of(medicine, catalogue.rules, case.on)
    indication = indication_by(order.reason, medicine, case.facts)
    return replace(
        order,
        medicine=medicine,
        framework=framework,
        authorised=authorised,
        indication=indication,
        own=own_by(medicine, order.reason),
    )


def _with_companion(case: Case, change: Companion, catalogue: ProductCatalogue) -> Case | None:
    """Beside the updated draft, whose reason, link and group it shares. It has no id yet: its place is its name."""
    medicine = medicine_of(change.product)
    dose = plan_steps(change.plan, change.tablet, medicine)
    if dose is None:
        return None
    first, draft = first_day(dose, case.on), draft_of(case.orders, change.draft)
    order = replace(
        _with_medicine(draft, medicine, case, catalogue),
        reference=f"draftOrders.entry[{case.entries}]",
        place=case.entries + 1,
        dose=dose,
        begins=first,
        status=NEW_STATUS,
        written=case.on if "authoredOn" in kept_of(draft) else draft.written,
        ends=_end_of(dose),
        began=first,
        moments=_moments_of(change.plan, change.tablet),
        based_on=frozenset(),
    )
    return replace(case, orders=(*case.orders, order), entries=case.entries + 1)


def _with_referral(case: Case) -> Case:
    referred = replace(case.facts, referral=Known(True, "draftOrders"))
    return replace(case, facts=referred, entries=case.entries + 1)
