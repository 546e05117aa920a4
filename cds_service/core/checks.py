"""The questions that a rule file may ask about a case.

A check is given the case and the values in force on the day. It yields an Answer for each thing that
the rule has to say, and Unjudged where a fact that it needs is unknown. The list at the end is closed
on purpose: a rule file chooses a check and its values; it does not program.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeVar

from cds_service.core.facts import ADULT_YEARS
from cds_service.core.model import (
    Answer,
    Case,
    Fact,
    Framework,
    Indication,
    Known,
    NotComputable,
    Order,
    Scope,
    Unjudged,
    Unknown,
)
from cds_service.core.ruleset import Values, milligrams, names
from cds_service.core.total import certain, possible, references, total_above, total_at

T = TypeVar("T")
Verdict = Iterator[Answer | Unjudged]
Ask = Callable[[Case, Values], Verdict]


# --- dose ------------------------------------------------------------------------------------


def daily_dose_above(case: Case, values: Values) -> Verdict:
    """Whether what will be taken goes above `mg_per_day`."""
    limit = milligrams(values, "mg_per_day")
    total = total_above(case, limit)
    if total is not None:
        yield Answer("found", total.orders, {"mg_per_day": total.fact, "limit_mg_per_day": limit}, total.if_alcohol)


def specialist_care(case: Case, values: Values) -> Verdict:
    """Whether what will be taken goes above `mg_per_day`, or is exactly that."""
    limit = milligrams(values, "mg_per_day")
    for name, total in (("above", total_above(case, limit)), ("reached", total_at(case, limit))):
        if total is not None:
            yield Answer(name, total.orders, {"mg_per_day": total.fact, "limit_mg_per_day": limit}, total.if_alcohol)
            return


# --- prescription ----------------------------------------------------------------------------


def product_not_authorised(case: Case, values: Values) -> Verdict:
    """Orders for alcohol dependence of a product that is not authorised for it that day."""
    for order in certain(case):
        product = order.medicine.product
        if product is not None and not order.authorised:
            suspended = product.code in names(values, "suspended")
            name = "suspended" if suspended else "not-authorised"
            yield Answer(name, (order.reference,), {"product": product.name})


def product_not_named(case: Case, values: Values) -> Verdict:
    """Orders for alcohol dependence that name the ingredient and no product."""
    del values
    unnamed = [order for order in certain(case) if order.medicine.product is None and not order.medicine.by_text]
    if unnamed:
        yield Answer("found", references(unnamed), {})


def indication_not_documented(case: Case, values: Values) -> Verdict:
    """Orders that may or may not be for alcohol dependence."""
    del values
    cases = {
        Indication.BOTH: "two-indications",
        Indication.NEITHER: "none-on-record",
        Indication.UNKNOWN: "unknown",
    }
    for indication, name in cases.items():
        found = [order for order in case.orders if order.indication is indication]
        if found:
            yield Answer(name, references(found), {})


def not_adult(case: Case, values: Values) -> Verdict:
    """Whether the patient is under 18; the authorisations for alcohol dependence are for adults."""
    del values
    concerned = references(order for order in certain(case) if order.framework is Framework.AMM)
    age = case.facts.age_years
    if concerned and isinstance(age, Known) and age.value < ADULT_YEARS:
        yield Answer("found", concerned, {"age": age.value})
    elif concerned:
        yield from _unjudged(age, "age_years")


# --- precautions -----------------------------------------------------------------------------


def psychiatric_history(case: Case, values: Values) -> Verdict:
    """A psychiatric disorder or suicidality on the problem list."""
    del values
    orders, facts = references(possible(case)), case.facts
    if orders and isinstance(facts.suicidality, Known):
        yield Answer("suicidality", orders, {})
    elif orders and isinstance(facts.psychiatric, Known):
        yield Answer("disorder" if facts.psychiatric.value.active else "resolved", orders, {})
    if orders:
        yield from _unjudged(facts.suicidality, "suicidality")
        yield from _unjudged(facts.psychiatric, "psychiatric")


def seizure_history(case: Case, values: Values) -> Verdict:
    """Epilepsy or seizures on the problem list, however old."""
    del values
    orders, facts = references(possible(case)), case.facts
    if orders and isinstance(facts.seizures, Known):
        yield Answer("seizures", orders, {})
    elif orders and isinstance(facts.febrile_convulsions, Known):
        yield Answer("febrile", orders, {})
    if orders:
        yield from _unjudged(facts.seizures, "seizures")


def experienced_prescriber(case: Case, values: Values) -> Verdict:
    """Every order for alcohol dependence, while the use was off-label and left to experienced physicians."""
    del values
    concerned = references(certain(case))
    if concerned:
        yield Answer("found", concerned, {})


def _unjudged(fact: Fact[T], name: str) -> Verdict:
    if isinstance(fact, Unknown):
        yield Unjudged((name,))


def adverse_effect_report(case: Case, values: Values) -> Verdict:
    """To whom a suspected adverse effect is reported, wherever an order is judged."""
    concerned = references(possible(case))
    if concerned:
        yield Answer(str(values["report_to"]), concerned, {})


# --- what could not be checked ---------------------------------------------------------------


def dose_not_computable(case: Case, values: Values) -> Verdict:
    """Orders whose daily dose cannot be worked out. One answer a reason and element."""
    del values
    found: dict[tuple[str, str], list[Order]] = {}
    for order in case.orders:
        if order.scope is not Scope.OUT and isinstance(order.dose, NotComputable):
            found.setdefault((order.dose.reason, order.dose.element), []).append(order)
    for (reason, element), orders in found.items():
        yield Answer("found", references(orders), {"reason": reason, "element": element})


def check_incomplete(case: Case, values: Values) -> Verdict:
    """Answered by `decide`, which alone sees what the other checks could not judge."""
    del case, values
    yield from ()


def check_not_done(case: Case, values: Values) -> Verdict:
    """Entries that were not judged at all, and products that only words name."""
    del values
    found: dict[str, list[str]] = {}
    for unread in case.unread:
        found.setdefault(unread.reason, []).append(unread.reference)
    for order in case.orders:
        if order.scope is not Scope.OUT and order.medicine.by_text:
            found.setdefault("product-by-text", []).append(order.reference)
    for reason, orders in found.items():
        yield Answer("found", tuple(orders), {"reason": reason})


def patient_mismatch(case: Case, values: Values) -> Verdict:
    """Orders or data of another patient."""
    del values
    if case.strangers:
        yield Answer("found", case.strangers, {})


# --- the closed list -------------------------------------------------------------------------


@dataclass(frozen=True)
class Check:
    """A question, the values that its rule file must give, and the facts that each of its cases has."""

    ask: Ask
    cases: Mapping[str, tuple[str, ...]]
    values: Mapping[str, type] = field(default_factory=dict)


_MG_PER_DAY = {"mg_per_day": Fraction}
_DOSE = ("mg_per_day", "limit_mg_per_day")

CHECKS: Mapping[str, Check] = {
    "daily-dose-above": Check(daily_dose_above, {"found": _DOSE}, _MG_PER_DAY),
    "specialist-care": Check(specialist_care, {"above": _DOSE, "reached": _DOSE}, _MG_PER_DAY),
    "product-not-authorised": Check(
        product_not_authorised,
        {"not-authorised": ("product",), "suspended": ("product",)},
        {"rtu": tuple, "amm": tuple, "suspended": tuple, "framework": str},
    ),
    "product-not-named": Check(product_not_named, {"found": ()}),
    "indication-not-documented": Check(
        indication_not_documented, {"two-indications": (), "none-on-record": (), "unknown": ()}
    ),
    "not-adult": Check(not_adult, {"found": ("age",)}),
    "psychiatric-history": Check(psychiatric_history, {"suicidality": (), "disorder": (), "resolved": ()}),
    "seizure-history": Check(seizure_history, {"seizures": (), "febrile": ()}),
    "experienced-prescriber": Check(experienced_prescriber, {"found": ()}),
    "adverse-effect-report": Check(adverse_effect_report, {"rtu": (), "crpv": ()}, {"report_to": str}),
    "dose-not-computable": Check(dose_not_computable, {"found": ("reason", "element")}),
    "check-not-done": Check(check_not_done, {"found": ("reason",)}),
    "check-incomplete": Check(check_incomplete, {"found": ("facts", "rules")}),
    "patient-mismatch": Check(patient_mismatch, {"found": ()}),
}
