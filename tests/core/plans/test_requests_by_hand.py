"""A plan asked for by hand: its intakes, its choices, why there is none, and the address that asks for it again."""

from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from cds_service.core.model.ruleset import MAXIMUM_RULE
from cds_service.core.plans.intakes import Share
from cds_service.core.plans.plan_request import (
    NoPlanError,
    PlanMade,
    PlanRequest,
    choices,
    evenly,
    holding,
    make_plan,
    query_of,
)
from cds_service.core.plans.products import ProductCatalogue
from cds_service.core.record.terminology import Terminology
from tests.core.plans.asking import TODAY, YEAR_2018
from tests.core.plans.test_intakes import shares
from tests.known import known

KNOWLEDGE = known()
THIRDS = (Share("morning", Fraction(100, 3)), Share("noon", Fraction(100, 3)), Share("evening", Fraction(100, 3)))


def catalogue(on: date = TODAY) -> ProductCatalogue:
    return ProductCatalogue(KNOWLEDGE.rules, KNOWLEDGE.terminology, on)


def asked(from_mg: str | int, to_mg: str | int, on: date = TODAY, **said: Any) -> PlanRequest:
    return PlanRequest(Fraction(from_mg), Fraction(to_mg), on, **said)


def made(from_mg: str | int, to_mg: str | int, on: date = TODAY, **said: Any) -> PlanMade:
    return make_plan(asked(from_mg, to_mg, on, **said), catalogue(on))


@pytest.mark.parametrize(
    ("mg", "number", "said"),
    [
        ("120", 3, [40, 40, 40]),
        ("50", 3, [20, 15, 15]),
        ("55", 3, [20, 20, 15]),
        ("5", 1, [5]),
        ("7.5", 2, [5, "2.5"]),
        ("137.5", 4, [35, 35, 35, "32.5"]),
    ],
)
def test_intakes_that_nobody_names_differ_by_half_a_tablet_and_the_odd_rest_is_in_the_last(
    mg: str, number: int, said: list[int | str]
) -> None:
    assert [share.mg for share in evenly(Fraction(mg), number)] == [Fraction(each) for each in said]


@pytest.mark.parametrize(("from_mg", "number"), [(120, 3), (15, 3), (10, 2), ("7.5", 2), (5, 1), (0, 3)])
def test_a_day_has_three_intakes_or_as_many_as_halves_make(from_mg: str | int, number: int) -> None:
    assert len(asked(from_mg, 30).before) == number


@pytest.mark.parametrize(
    ("doses", "name"),
    [((80, 80), "stay"), ((80, 20), "taper"), ((80, 0), "stop"), ((20, 80), "rise"), ((0, 80), "start")],
)
def test_the_kind_of_a_change_has_a_name(doses: tuple[int, int], name: str) -> None:
    assert asked(*doses).name == name


def test_products_are_by_brand_and_strength_and_the_smaller_step_is_first() -> None:
    chosen = choices(catalogue())

    assert [product.code for product in chosen.products] == [
        "baclocur-10", "baclocur-20", "baclocur-30", "baclocur-40", "baclofene-zentiva-10",
    ]  # fmt: skip
    assert [*chosen.steps_mg] == [10, 15]
    assert [*choices(catalogue(date(2016, 1, 1))).steps_mg] == []


def test_a_product_without_a_strength_is_not_offered() -> None:
    """Nobody knows how many of its tablets make a dose."""
    first, *others = choices(catalogue()).products
    on_sale = {("urn:shelf", product.code): product for product in (replace(first, strength_mg=None), *others)}
    shelf = Terminology([], on_sale, {})

    assert list(choices(ProductCatalogue(KNOWLEDGE.rules, shelf, TODAY)).products) == others


OLD, BEFORE_SMPC = date(2016, 1, 1), date(2022, 1, 1)


@pytest.mark.parametrize(
    ("request_", "field", "reason", "facts"),
    [
        (asked(80, 80), "to", "no-change", {}),
        (asked("2.5", 0), "from", "below-half", {}),
        (asked("0.5", 0), "from", "below-half", {}),
        (asked(120, 80, intakes=shares(50, 50)), "intakes", "other-sum", {"sum": 100}),
        (asked(120, 80, OLD), "on", "no-pace-down", {"since": date(2017, 3, 17), "on": OLD}),
        (asked(80, 80, OLD, held=None), "to", "no-change", {}),
        (asked(0, 30, BEFORE_SMPC), "on", "no-pace-up", {"since": date(2023, 5, 12), "on": BEFORE_SMPC}),
        (asked(120, 80, step_mg=Fraction(12)), "step", "not-offered", {"offered": (10, 15)}),
        (asked(200, 301), "to", "above-limit", {"limit": 300, "on": TODAY}),
        (asked(0, 3), "to", "not-made", {"product": "Baclofène Zentiva 10 mg"}),
    ],
    ids=str,
)
def test_why_there_is_no_plan(request_: PlanRequest, field: str, reason: str, facts: dict[str, object]) -> None:
    with pytest.raises(NoPlanError) as refused:
        make_plan(request_, catalogue(request_.on))

    assert (refused.value.field, refused.value.reason, refused.value.facts) == (field, reason, facts)


def test_of_two_limits_in_force_the_lower_holds() -> None:
    """As it would be if the maximum of 80 mg had not ended when up to 300 mg were recommended."""
    maximum = KNOWLEDGE.rules.rule(MAXIMUM_RULE)
    lasting = replace(maximum, changes=maximum.changes[:-1])
    others = [rule for rule in KNOWLEDGE.rules.rules if rule is not maximum]
    rules = replace(KNOWLEDGE.rules, rules=(lasting, *others))

    with pytest.raises(NoPlanError) as refused:
        make_plan(asked(60, 100), ProductCatalogue(rules, KNOWLEDGE.terminology, TODAY))

    assert refused.value.facts == {"limit": 80, "on": TODAY}


def test_a_product_that_is_not_authorised_is_refused_with_those_that_are() -> None:
    with pytest.raises(NoPlanError) as refused:
        made(120, 80, product="lioresal-10")

    assert refused.value.facts == {"on": TODAY, "codes": tuple(it.code for it in choices(catalogue()).products)}


@pytest.mark.parametrize(
    ("plan", "limit", "care"),
    [
        (made(120, 80), None, None),
        (made(120, 100), None, 80),
        (made(400, 305), 300, 80),
        (made(400, 300), None, 80),
        (made(160, 100, YEAR_2018), 80, None),
    ],
    ids=str,
)
def test_a_plan_that_ends_above_a_limit_names_it(plan: PlanMade, limit: int | None, care: int | None) -> None:
    assert (plan.limit_mg, plan.care_mg) == (limit, care)


def test_the_first_choice_is_the_smaller_step_down_and_caution_up() -> None:
    greater = made(120, 80, step_mg=Fraction(15))

    assert [made(120, 80).first_choice, greater.first_choice] == [True, False]
    assert [made(20, 60).first_choice, made(20, 60, careful=False).first_choice] == [True, False]
    assert [made(20, 60).plan.pace.days, made(20, 60, careful=False).plan.pace.days] == [4, 3]


@pytest.mark.parametrize(
    ("request_", "query"),
    [
        (asked("37.50", "0.05"), "from=37.5&to=0.05&on=2026-11-22"),
        (asked(120, 80, step_mg=Fraction(15), product="baclocur-10"),
         "from=120&to=80&product=baclocur-10&on=2026-11-22&step=15"),
        (asked(20, 60, careful=False), "from=20&to=60&on=2026-11-22&careful=no"),
        (asked(120, 80, intakes=shares(60, 60)), "from=120&to=80&on=2026-11-22&intakes=morning:60-evening:60"),
        (asked("400/3", 80), None),
        (asked(120, "400/3"), None),
        (asked(100, 80, intakes=THIRDS), None),
        (asked(100, 80, intakes=(Share("morning", Fraction(200, 3)), Share("noon", Fraction(100, 3)))), None),
        (asked(100, 80, intakes=(Share("morning", Fraction(80)), *THIRDS[:1])), None),
    ],
    ids=str,
)  # fmt: skip
def test_an_address_holds_what_two_decimals_hold(request_: PlanRequest, query: str | None) -> None:
    assert query_of(request_) == query


def test_the_address_of_a_plan_that_was_made_holds_its_levels_and_makes_it_again() -> None:
    before = made(120, 80, product="baclocur-40")
    request = holding(before, catalogue())
    query = query_of(request)

    assert query is not None
    assert "&levels=" in query
    assert "&visits=2026-12-18" in query
    assert make_plan(request, catalogue()).plan.levels == before.plan.levels
