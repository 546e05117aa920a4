"""An address holds the plan: what a form makes is the same again, and its own form changes it."""

from datetime import date
from fractions import Fraction
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from cds_service.core.plans.edited_plan import Edit, EditedLevel, edited
from cds_service.core.plans.plan_request import holding, make_plan, query_of
from cds_service.core.plans.products import ProductCatalogue
from cds_service.core.plans.tablets import FINE_STRENGTH_MG, UNIT_MG
from cds_service.core.plans.taper import Kind
from tests.pages.plan.plan_page import KNOWLEDGE, TODAY, page, plan, rows

CATALOGUE = ProductCatalogue(KNOWLEDGE.rules, KNOWLEDGE.terminology, TODAY)
FORM = "/taper?from=120&to=80&on=2026-11-22&make=1"
OLD = "la carte d’alors pouvait différer"


def address(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert (answer.status_code, answer.data) == (303, b"")
    return "/" + answer.headers["Location"]


@pytest.mark.parametrize(
    "asked",
    ["from=120&to=80", "from=300&to=0", "from=0&to=60", "from=20&to=57", "from=15&to=10", "from=87.3&to=40",
     "from=300&to=83&product=baclocur-40&intakes=100-100-100", "from=60&to=0&careful=no", "from=145&to=80&step=15"],
)  # fmt: skip
def test_the_address_of_a_plan_gives_that_plan_whatever_is_planned_later(client: FlaskClient, asked: str) -> None:
    planned = plan(f"/taper?{asked}&on=2026-11-22").plan

    held = plan(address(client, f"/taper?{asked}&on=2026-11-22&make=1"))

    assert (held.plan.levels, held.plan.visits, held.plan.tablets) == (
        planned.levels,
        planned.visits,
        planned.tablets,
    )
    assert (held.plan.kind, held.plan.dispensed_until) == (planned.kind, planned.dispensed_until)
    assert held.request.held is not None


def test_only_an_address_without_the_plan_says_that_the_card_may_have_been_different(client: FlaskClient) -> None:
    assert OLD in page(client, FORM.removesuffix("&make=1"))
    assert OLD not in page(client, address(client, FORM))


def test_a_product_that_is_not_authorised_any_more_is_still_shown(client: FlaskClient) -> None:
    """A card of 2018 had Liorésal; its day does not matter to the plan that it holds."""
    held = "from=120&to=110&product=lioresal-10&intakes=40-40-40&levels=40-40-30x20&visits=2026-12-18"

    assert "Liorésal 10 mg" in page(client, f"/taper?{held}&on=2026-11-22")


@pytest.mark.parametrize(
    ("form", "levels", "visits"),
    [
        ("mg=110&days=5&mg=100&days=2&mg=90&days=2&mg=80&days=2&visit=2026-12-18",
         ["22/11 110", "27/11 100", "29/11 90", "01/12 80"], "2026-12-18"),
        ("mg=110&days=2&mg=100&days=2&mg=90&days=2&mg=80&days=2&halved=0&halved=3&visit=2026-12-18",
         ["22/11 115", "24/11 110", "26/11 100", "28/11 90", "30/11 85", "02/12 80"], "2026-12-18"),
        ("mg=80&days=2&mg=110&days=2&mg=95&days=3&visit=2026-12-18",
         ["22/11 110", "24/11 95", "27/11 80"], "2026-12-18"),
        ("begins=2026-11-30&mg=110&days=2&mg=80&days=2&visit=2026-12-18",
         ["30/11 110", "02/12 80"], "2026-12-24"),
        ("mg=110&days=30&mg=80&days=2&visit=2026-12-18", ["22/11 110", "22/12 80"], "2026-12-18_2027-01-15"),
        ("mg=110&days=2&mg=80&days=2&visit=2026-12-04&visit=2026-12-11",
         ["22/11 110", "24/11 80"], "2026-12-04_2026-12-11"),
        ("mg=110&days=2&mg=80&days=2", ["22/11 110", "24/11 80"], "2026-12-18"),
    ],
    ids=["held longer", "smaller steps", "another dose", "another day", "many days", "another visit", "no visit"],
)  # fmt: skip
def test_a_plan_is_changed_by_its_form(client: FlaskClient, form: str, levels: list[str], visits: str) -> None:
    changed = address(client, f"{address(client, FORM)}&edit=1&{form}")

    made = plan(changed).plan
    assert [f"{level.since:%d/%m} {level.mg_per_day}" for level in made.levels] == levels
    assert parse_qs(urlsplit(changed).query)["visits"] == [visits]
    assert len(rows(page(client, changed))) == len(levels)


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ("mg=x&days=2", "Paliers : n’est pas une dose"),
        ("mg=110&days=0.5", "Paliers : n’est pas un nombre de jours"),
        ("mg=110&days=2&visit=never", "Consultations : n’est pas une date"),
        ("mg=&days=", "Paliers : manquent"),
        ("mg=112&days=2", "ne peut pas être atteint avec les comprimés de Baclofène Zentiva 10 mg"),
        ("mg=130&days=2", "ne peut pas être atteint"),
    ],
)
def test_what_is_wrong_in_the_form_is_said_and_the_plan_stays(client: FlaskClient, form: str, said: str) -> None:
    html = page(client, f"{address(client, FORM)}&edit=1&{form}", status=400)

    assert said in html
    assert "<svg" in html


@pytest.mark.parametrize(
    ("asked", "until_visit"),
    [("from=120&to=80", 1), ("from=300&to=0", 0), ("from=0&to=60", 0), ("from=15&to=10", 1)],
    ids=["taper", "stop", "start", "step"],
)
def test_only_the_last_dose_of_a_taper_has_no_days_in_the_form(
    client: FlaskClient, asked: str, until_visit: int
) -> None:
    html = page(client, address(client, f"/taper?{asked}&on=2026-11-22&make=1"))

    assert html.count("jusqu’à la dernière consultation") == until_visit


def test_a_change_that_is_faster_than_the_text_is_said(client: FlaskClient) -> None:
    fast = address(client, f"{address(client, FORM)}&edit=1&mg=100&days=2&mg=80&days=2")

    assert "plan modifié à la main : de 120 mg/j à 100 mg/j en 2 jours, plus vite que le texte" in page(client, fast)
    assert "modifié à la main" not in page(client, address(client, FORM))


@given(
    doses=st.lists(st.integers(1, 23), min_size=1, max_size=12, unique=True),
    days=st.integers(1, 40),
    halved=st.booleans(),
)
def test_a_changed_plan_is_one_that_can_be_taken(doses: list[int], days: int, halved: bool) -> None:
    made = plan("/taper?from=120&to=0&on=2026-11-22")
    doses = sorted({*doses, 8, 16})  # a fall of more than 80 mg at once is not planned
    levels = tuple(EditedLevel(dose * UNIT_MG, days, halved) for dose in doses)

    changed = edited(made, Edit(levels, (), date(2026, 11, 22)), CATALOGUE)
    again = make_plan(changed, CATALOGUE).plan

    assert again.kind is Kind.TAPER
    mg = [level.mg_per_day for level in again.levels]
    assert mg == sorted(set(mg), reverse=True)
    assert {dose * UNIT_MG for dose in doses} <= set(mg)
    for level in again.levels:
        assert sum((intake.mg for intake in level.intakes), Fraction(0)) == level.mg_per_day
        for count in (count for intake in level.intakes for count in intake.counts):
            assert count.number.denominator == 1 or (count.number * 2).denominator == 1
            assert count.number.denominator == 1 or count.tablet.strength_mg == FINE_STRENGTH_MG
    gaps = [later - earlier for earlier, later in zip((changed.on, *again.visits), again.visits, strict=False)]
    assert max(gap.days for gap in gaps) <= 31
    assert query_of(holding(make_plan(changed, CATALOGUE), CATALOGUE)) == query_of(changed)
