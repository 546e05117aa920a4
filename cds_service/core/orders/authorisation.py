"""Tells whether a product was authorised for alcohol dependence on a day, and under which framework."""

from datetime import date

from cds_service.core.model.medicine import Medicine
from cds_service.core.model.product import Framework
from cds_service.core.model.ruleset import RuleSet, names

# The rule file that says which products were authorised, from when to when.
PRODUCTS_RULE = "product-not-authorised"


def authorisation_of(medicine: Medicine, rules: RuleSet, on: date) -> tuple[Framework, bool]:
    """The framework of a medicine on a day, and whether its product was authorised within it.

    If the product is not authorised that day, or only the ingredient is named, it is the framework of the day.
    """
    change = rules.rule(PRODUCTS_RULE).on(on)
    if change is None or change.values is None:
        return Framework.NONE, False
    code = medicine.product.code if medicine.product else ""
    for framework in (Framework.AMM, Framework.RTU):
        if code in names(change.values, framework.value):
            return framework, True
    return Framework(change.values["framework"]), False


def authorised_products(rules: RuleSet, on: date) -> tuple[str, ...]:
    """Codes of the products that are authorised for alcohol dependence on a day."""
    change = rules.rule(PRODUCTS_RULE).on(on)
    if change is None or change.values is None:
        return ()
    return (*names(change.values, Framework.AMM.value), *names(change.values, Framework.RTU.value))
