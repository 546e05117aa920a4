"""The questions about the prescription (product, indication, patient)."""

from collections.abc import Iterable
from datetime import date
from fractions import Fraction

from cds_service.core.facts.patient_facts import ADULT_YEARS
from cds_service.core.model.dose import Span
from cds_service.core.model.findings import Answer
from cds_service.core.model.known import Known, ReportedNone, Sex, Unknown
from cds_service.core.model.order import Indication, Order
from cds_service.core.model.product import Framework, Product
from cds_service.core.model.ruleset import Values, milligrams, names
from cds_service.core.rules.verdict import (
    CaseReadings,
    Verdict,
    certain,
    check,
    is_first_prescription,
    may_be_first,
    missing,
    references,
    says_yes,
)

# --- prescription ----------------------------------------------------------------------------


@check(
    "product-not-authorised",
    {
        "not-authorised": ("product",),
        "outside-rtu": ("product",),
        "suspended": ("product",),
        "not-on-sale": ("product",),
    },
    values={"rtu": tuple, "amm": tuple, "suspended": tuple, "framework": str},
)
def product_not_authorised(readings: CaseReadings, values: Values) -> Verdict:
    """Orders for alcohol dependence of a product that is not authorised for it that day, or not sold yet."""
    for order in certain(readings):
        product = order.medicine.product
        name = "" if product is None else _product_case(order, product, values, readings.case.on)
        if product is not None and name:
            yield Answer(name, (order.reference,), {"product": product.name})


def _product_case(order: Order, product: Product, values: Values, on: date) -> str:
    """What is wrong with a product on a day; nothing if it was authorised and on sale."""
    if order.authorised:
        return "not-on-sale" if product.on_sale_since is not None and on < product.on_sale_since else ""
    if product.code in names(values, "suspended"):
        return "suspended"
    return "outside-rtu" if order.framework is Framework.RTU else "not-authorised"


@check("product-not-named", {"found": ()})
def product_not_named(readings: CaseReadings, values: Values) -> Verdict:
    """Orders for alcohol dependence that name the ingredient and no product."""
    del values
    unnamed = [order for order in certain(readings) if order.medicine.product is None and not order.medicine.by_text]
    if unnamed:
        yield Answer("found", references(unnamed), {})


@check(
    "indication-not-documented",
    {"two-indications": (), "another-reason": (), "none-on-record": (), "unknown": ()},
    asks=("alcohol_dependence",),
)
def indication_not_documented(readings: CaseReadings, values: Values) -> Verdict:
    """Orders that may or may not be for alcohol dependence."""
    del values
    cases = {
        Indication.BOTH: "two-indications",
        Indication.ANOTHER: "another-reason",
        Indication.NEITHER: "none-on-record",
        Indication.UNKNOWN: "unknown",
    }
    for indication, name in cases.items():
        found = [order for order in readings.orders if order.indication is indication and not order.stops]
        if found:
            yield Answer(name, references(found), {})
            yield from missing(readings.facts.alcohol_dependence, "alcohol_dependence")


@check(
    "outside-indication",
    {"no-indication": (), "other-reason": (), "refuted": (), "abstinence": ()},
    values={"frameworks": tuple},
    asks=("abstinence_goal", "dependence_refuted"),
)
def outside_indication(readings: CaseReadings, values: Values) -> Verdict:
    """Orders of a product for alcohol dependence alone that are for something else; orders with abstinence as the aim
    under an AMM; any order while there was no indication.
    """
    orders = certain(readings)
    if not names(values, "frameworks"):
        if orders:
            yield Answer("no-indication", references(orders), {})
        return
    outside = [order for order in orders if order.indication is Indication.OUTSIDE]
    if outside:
        refuted = says_yes(readings.facts.dependence_refuted)
        yield Answer("refuted" if refuted else "other-reason", references(outside), {})
    yield from _of_abstinence(readings, _for_alcohol(orders), values)


def _for_alcohol(orders: Iterable[Order]) -> list[Order]:
    return [order for order in orders if order.indication is not Indication.OUTSIDE]


def _of_abstinence(readings: CaseReadings, orders: Iterable[Order], values: Values) -> Verdict:
    within = [order for order in orders if order.framework.value in names(values, "frameworks")]
    aimed = [order for order in within if order.abstinence or says_yes(readings.facts.abstinence_goal)]
    if aimed:
        yield Answer("abstinence", references(aimed), {})
    if within:
        yield from missing(readings.facts.abstinence_goal, "abstinence_goal")


@check("not-adult", {"found": ("age",)}, asks=("age_years",))
def not_adult(readings: CaseReadings, values: Values) -> Verdict:
    """Whether the patient is under 18; the authorisations for alcohol dependence are for adults."""
    del values
    concerned, age = _under_amm(readings), readings.facts.age_years
    if concerned and isinstance(age, Known) and age.value < ADULT_YEARS:
        yield Answer("found", references(concerned), {"age": age.value})
    elif concerned:
        yield from missing(age, "age_years")


@check(
    "consumption-below-threshold",
    {"found": ("grams", "limit_grams")},
    values={"male": Fraction, "female": Fraction},
    asks=("taken_now", "consumption_g_per_day", "sex"),
)
def consumption_below_threshold(readings: CaseReadings, values: Values) -> Verdict:
    """Whether a first prescription is for a patient who does not drink above the threshold of the AMM."""
    concerned, facts = _for_alcohol(_under_amm(readings)), readings.facts
    if not concerned or not may_be_first(readings):
        return
    yield from missing(facts.taken_now, "taken_now")
    yield from missing(facts.consumption_g_per_day, "consumption_g_per_day")
    if isinstance(facts.consumption_g_per_day, Known):
        consumption = facts.consumption_g_per_day.value
        if isinstance(facts.sex, Known):
            yield from _by_sex(readings, concerned, milligrams(values, facts.sex.value.value), consumption)
        elif consumption.low <= max(milligrams(values, sex.value) for sex in Sex):
            yield from missing(facts.sex, "sex")


def _by_sex(readings: CaseReadings, orders: list[Order], limit: Fraction, consumption: Span) -> Verdict:
    """Judged only if the whole interval of the consumption is on one side of the threshold."""
    if is_first_prescription(readings):
        if consumption.high <= limit:
            yield Answer("found", references(orders), {"grams": consumption, "limit_grams": limit})
        elif consumption.low <= limit:
            yield from missing(Unknown("drinks-undecided", "observations"), "consumption_g_per_day")


@check(
    "prior-treatment-not-documented",
    {"found": (), "under-rtu": ()},
    values={"frameworks": tuple},
    asks=("taken_now", "prior_medicine"),
)
def prior_treatment_not_documented(readings: CaseReadings, values: Values) -> Verdict:
    """First prescriptions with no other medicine for alcohol dependence on record, however old."""
    orders = _for_alcohol(certain(readings))
    concerned = [order for order in orders if order.framework.value in names(values, "frameworks")]
    if not concerned or not may_be_first(readings) or says_yes(readings.facts.prior_medicine):
        return
    yield from missing(readings.facts.taken_now, "taken_now")
    yield from missing(readings.facts.prior_medicine, "prior_medicine")
    if is_first_prescription(readings) and isinstance(readings.facts.prior_medicine, ReportedNone):
        under_rtu = concerned[0].framework is Framework.RTU
        yield Answer("under-rtu" if under_rtu else "found", references(concerned), {})


def _under_amm(readings: CaseReadings) -> list[Order]:
    return [order for order in certain(readings) if order.framework is Framework.AMM]
