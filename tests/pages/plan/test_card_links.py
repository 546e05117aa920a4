"""The link from a card to the page of its plan: its address, and when there is none."""

import json
from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient

from cds_service.base.names import PREFETCH_KEYS
from cds_service.config.settings import Settings
from cds_service.core.plans.choice import Proposal
from cds_service.core.plans.plan_request import NoPlanError, PlanMade, PlanRequest, make_plan, plan_linker, query_of
from cds_service.core.plans.products import ProductCatalogue
from cds_service.core.plans.taper import Kind
from cds_service.core.record.terminology import Terminology
from cds_service.hook.order_sign import judge, offer
from cds_service.http.json_reader import read_hook
from cds_service.web import create_app
from tests.cli.running import run
from tests.pages.plan.plan_page import KNOWLEDGE, PUBLIC_URL, TODAY, page, plan, rows
from tests.running.client import HOOK_PATH
from tests.vignette_cases import Vignette, read_vignettes

ROOT = Path(__file__).parents[3]
SHELF = ProductCatalogue(KNOWLEDGE.rules, KNOWLEDGE.terminology, TODAY)


def linked(vignette: Vignette) -> list[tuple[Any, str | None]]:
    """Each suggested plan, with the address of its page."""
    hook = read_hook(vignette.body(), PREFETCH_KEYS)
    decision = judge(hook, KNOWLEDGE, vignette.on)
    address = plan_linker(PUBLIC_URL, KNOWLEDGE.rules, KNOWLEDGE.terminology, vignette.on)
    assert address
    offered = [item.proposal for item in offer(decision, KNOWLEDGE) if item.proposal]
    return [(proposal.plan, address(proposal)) for proposal in offered]


def test_the_page_of_every_plan_that_a_card_offers_has_that_plan() -> None:
    found = [pair for vignette in read_vignettes() for pair in linked(vignette)]

    assert {plan.kind for plan, _ in found} == set(Kind)
    for offered, url in found:
        assert url is not None
        asked = parse_qs(urlsplit(url).query, strict_parsing=True)
        # A step down is held as a taper, and the pace is that of the levels.
        assert replace(plan(url).plan, kind=offered.kind, pace=offered.pace) == offered
        assert set(asked) <= {
            "from",
            "to",
            "product",
            "on",
            "careful",
            "intakes",
            "finer",
            "levels",
            "visits",
            "reserve",
        }


def offered_first() -> Vignette:
    """A request whose first suggestion is a plan."""
    return next(item for item in read_vignettes() if item.on.year == 2018 and linked(item))


def cards_of(vignette: Vignette, **headers: str) -> bytes:
    app = create_app(KNOWLEDGE, lambda: vignette.on, vignette.on, settings=Settings(public_url=PUBLIC_URL))
    answer = app.test_client().post(HOOK_PATH, data=vignette.body(), content_type="application/json", headers=headers)
    body: bytes = answer.data
    return body


def test_a_dose_card_links_to_its_plan_at_the_public_address_whatever_the_caller_says(client: FlaskClient) -> None:
    cards = json.loads(cards_of(offered_first(), Host="evil.example"))["cards"]
    link = next(card for card in cards if "suggestions" in card)["links"][0]

    assert (link["label"], link["type"]) == ("Plan imprimable", "absolute")
    assert link["url"].startswith(f"{PUBLIC_URL}/taper?from=")
    assert rows(page(client, link["url"].removeprefix(PUBLIC_URL)))


def test_evaluate_prints_the_same_link() -> None:
    vignette = offered_first()
    day = vignette.on.isoformat()
    done = run("evaluate", "-", "--on", day, body=vignette.body(), CDS_PUBLIC_URL=PUBLIC_URL)

    assert f"{PUBLIC_URL}/taper?" in done.stdout
    assert done.stdout == cards_of(vignette).decode()


def test_without_a_public_address_no_card_has_such_a_link() -> None:
    assert plan_linker("", KNOWLEDGE.rules, KNOWLEDGE.terminology, TODAY) is None


def test_a_plan_that_no_address_can_ask_for_has_no_link() -> None:
    asked = PlanRequest(Fraction(400, 3), Fraction(80), TODAY)
    made = make_plan(asked, SHELF)
    address = plan_linker(PUBLIC_URL, KNOWLEDGE.rules, KNOWLEDGE.terminology, date(2016, 1, 1))

    assert query_of(asked) is None
    assert query_of(PlanRequest(Fraction("37.50"), Fraction("0.05"), TODAY)) == "from=37.5&to=0.05&on=2026-11-22"
    assert address
    assert address(proposed(made)) is None
    assert address(proposed(make_plan(PlanRequest(Fraction(120), Fraction(80), TODAY), SHELF))) is None


def proposed(made: PlanMade) -> Proposal:
    source = made.change.source
    return Proposal(made.plan, made.products, source, before=(), greater=False, careful=True, is_held=False)


def test_a_day_without_a_product_has_no_plan() -> None:
    nothing_on_sale = ProductCatalogue(KNOWLEDGE.rules, Terminology([], {}, {}), TODAY)

    with pytest.raises(NoPlanError) as caught:
        make_plan(PlanRequest(Fraction(120), Fraction(80), TODAY), nothing_on_sale)

    assert caught.value.reason == "no-product"
