"""The page /taper: one plan as page, JSON and calendar; what is wrong is said; nothing comes from elsewhere."""

import json
import os
import re
import subprocess
import sys
from datetime import date, timedelta
from fractions import Fraction
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml
from flask.testing import FlaskClient
from icalendar import Calendar
from jsonschema import Draft202012Validator
from werkzeug.test import TestResponse

from cds_service import contract
from cds_service.core.case import CaseReader
from cds_service.core.decide import decide
from cds_service.core.plan_request import NoPlanError, PlanMade, PlanRequest, make_plan, plan_linker, query_of
from cds_service.core.plans import Proposal, Shelf
from cds_service.core.taper import Kind, tablets_needed
from cds_service.core.terminology import Terminology
from cds_service.loading import load_knowledge
from cds_service.order_sign import offer, read_request
from cds_service.plan.query import plan_of
from cds_service.plan.sentences import Sentences
from cds_service.settings import Settings
from cds_service.web import create_app
from tests.http.client import HOOK_PATH
from tests.vignette_cases import Vignette, read_vignettes

ROOT = Path(__file__).parent.parent
TODAY = date(2026, 11, 22)
KNOWLEDGE = load_knowledge()
SHELF = Shelf(KNOWLEDGE.rules, KNOWLEDGE.terminology, TODAY)
PUBLIC_URL = "https://cds.example.org/baclofen"
TAPER = "/taper?from=300&to=80&product=baclocur-40&on=2026-11-22"
START = "/taper?from=0&to=60&on=2026-11-22"
CONTRACT = yaml.safe_load(contract.text())


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    return create_app(KNOWLEDGE, lambda: TODAY, settings=Settings(public_url=PUBLIC_URL)).test_client()


def page(client: FlaskClient, path: str, status: int = 200, **headers: str) -> str:
    """The page as a reader sees it: entities and no-break spaces as they look."""
    answer = client.get(path, headers=headers)
    assert answer.status_code == status
    assert answer.content_type == "text/html; charset=utf-8"
    return unescape(answer.get_data(as_text=True)).replace("\u00a0", " ")


def plan(path: str) -> PlanMade:
    return plan_of(parse_qs(urlsplit(path).query), KNOWLEDGE, TODAY, Sentences(KNOWLEDGE.texts, "en"))


def rows(html: str) -> list[list[str]]:
    table = html.partition("<tbody")[2].partition("</tbody>")[0]
    return [re.findall(r"<t[hd][^>]*>([^<]*)</t[hd]>", row) for row in table.split("<tr")[1:]]


# --- the page --------------------------------------------------------------------------------


def test_the_table_has_the_days_the_doses_and_the_tablets_of_each_intake(client: FlaskClient) -> None:
    found = rows(page(client, TAPER))

    assert len(found) == len(plan(TAPER).plan.levels) == 22
    assert found[0][:3] == ["22/11/2026", "23/11/2026", "290"]
    assert found[0][-1] == "97"
    assert found[-1] == ["03/01/2027", "ensuite", "80", "1 cp de 40 mg", "–", "1 cp de 40 mg", "27"]


@pytest.mark.parametrize("path", [TAPER, START, "/taper?from=145&to=0&product=baclocur-30&step=15"])
def test_the_tablets_of_a_row_make_its_dose(client: FlaskClient, path: str) -> None:
    for row in rows(page(client, path)):
        counted = re.findall(r"(\d*)(½?) cp de (\d+) mg", " ".join(row))
        made = sum(((Fraction(int(whole or 0)) + Fraction(len(half), 2)) * int(mg) for whole, half, mg in counted))

        assert made == Fraction(row[2].replace(",", "."))


def test_the_page_says_product_days_visits_totals_and_source(client: FlaskClient) -> None:
    html = page(client, TAPER)

    for said in (
        "Décroissance du baclofène : de 300 à 80 mg/j",
        "Baclocur 40 mg + Baclocur 10 mg",
        "du 22/11/2026 au 04/01/2027, soit 44 jours et 22 paliers",
        "10 mg de moins tous les 2 jours",
        "20/12/2026",
        "05/01/2027",
        "boîtes de 30",
        "lettre aux professionnels de santé de juillet 2017",
        "Le texte donne ce rythme comme exemple, et non comme limite.",
        "Notre choix",
        "Ne pas arrêter ni modifier le baclofène seul : appeler le prescripteur. En urgence : le 15.",
        "pas un dispositif médical",
    ):
        assert said in html
    needed = tablets_needed(plan(TAPER).plan)
    assert all(f"{number} comprimés de Baclocur {tablet.strength_mg} mg" in html for tablet, number in needed.items())


def test_the_plot_is_told_to_those_who_do_not_see_it(client: FlaskClient) -> None:
    html = page(client, "/taper?from=100&to=80&on=2026-11-22&lang=en")

    assert '<title id="plot-title">Daily dose of baclofen, from 22 November 2026 to 26 November 2026</title>' in html
    assert (
        "Before the plan: 100 mg/day. From 22 November 2026: 90 mg/day. From 24 November 2026: 80 mg/day. "
        "The table has the same values.</desc>"
    ) in html


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/taper?from=120&to=83", "Ces comprimés ne font pas exactement 83 mg/j : le plan va à la dose"),
        ("/taper?from=87,3&to=40", "Ces comprimés ne font pas 87,3 mg/j : vérifier la dose prise"),
        ("/taper?from=400&to=350", "reste au-dessus de 300 mg/j, limite ou recommandation"),
        ("/taper?from=300&to=120", "au-dessus de 80 mg/j : une prise en charge spécialisée"),
        ("/taper?from=150&to=80&product=baclocur-40", "Baclocur 10 mg s’ajoute à Baclocur 40 mg"),
        ("/taper?from=600&to=0", "Plan de 60 paliers : il s’imprime sur plus d’une page"),
        ("/taper?from=120&to=80&step=15", "Le plus grand pas de l’exemple seulement sans antécédent"),
        ("/taper?from=0&to=60", "Première dose et rythme prudents"),
        ("/taper?from=0&to=60&first=20", "Ce rythme seulement s’il est su qu’il n’y a pas d’antécédent de crises"),
        ("/taper?from=20&to=60", "Le même rythme pour une dose déjà prise"),
        ("/taper?from=60&to=0", "Arrêt progressif du baclofène : de 60 à 0 mg/j"),
        ("/taper?from=120&to=80&on=2018-03-05", "Liorésal 10 mg</option>"),
        ("/taper", "Plan de baclofène</h1>"),
    ],
)
def test_what_a_reader_has_to_know_is_said(client: FlaskClient, path: str, said: str) -> None:
    assert said in page(client, path)


def test_a_start_has_no_part_of_a_dose_that_was_nothing(client: FlaskClient) -> None:
    assert "% du départ" not in page(client, START)
    assert plan(START).plan.kind is Kind.START


@pytest.mark.parametrize(
    ("path", "accepted", "language"),
    [
        ("", "", "fr"),
        ("", "en-GB,en;q=0.9", "en"),
        ("", "de", "fr"),
        ("&lang=en", "fr", "en"),
        ("&lang=de", "", "fr"),
    ],
)
def test_the_language_is_asked_for_or_that_of_the_browser(
    client: FlaskClient, path: str, accepted: str, language: str
) -> None:
    answer = client.get(TAPER + path, headers={"Accept-Language": accepted})

    assert f'<html lang="{language}">' in answer.get_data(as_text=True)
    assert answer.headers["Content-Language"] == language
    assert "Accept-Language" in answer.headers["Vary"]


def test_the_switch_of_language_keeps_the_plan(client: FlaskClient) -> None:
    html = page(client, TAPER)
    link = re.search(r'hreflang="en" href="([^"]+)"', html)

    assert link
    assert rows(page(client, f"/{link[1]}"))[5][2] == rows(html)[5][2]
    assert "Baclofen taper" in page(client, f"/{link[1]}")


# --- what is wrong ---------------------------------------------------------------------------

WRONG = [
    ("from=120", "manque. Donner les deux doses"),
    ("to=80", "manque. Donner les deux doses"),
    ("from=-5&to=80", "n’est pas entre 0 et 1000 mg par jour"),
    ("from=1000000000&to=80", "n’est pas entre 0 et 1000 mg par jour"),
    ("from=1000.01&to=80", "n’est pas entre 0 et 1000 mg par jour"),
    ("from=1e3&to=80", "n’est pas une dose. Écrire un nombre"),
    ("from=²&to=80", "n’est pas une dose. Écrire un nombre"),
    ("from=37.125&to=0", "au plus deux décimales"),
    ("from=NaN&to=80", "n’est pas une dose"),
    ("from=120&from=90&to=80", "est donné plusieurs fois"),
    ("from=&from=&to=80", "est donné plusieurs fois"),
    ("from=80&to=80", "est la dose d’aujourd’hui"),
    ("from=120&to=80&on=2026-02-30", "n’est pas une date"),
    ("from=120&to=80&on=22/11/2026", "n’est pas une date"),
    ("from=120&to=80&on=2012-04-23", "n’est pas entre le 24/04/2012 et le 31/12/2100"),
    ("from=120&to=80&on=2101-01-01", "n’est pas entre le 24/04/2012 et le 31/12/2100"),
    ("from=120&to=80&on=2017-07-23", "aucun texte en vigueur le 23/07/2017 ne donne de rythme de décroissance"),
    ("from=0&to=60&on=2023-05-11", "aucun texte en vigueur le 11/05/2023 ne donne de rythme d’augmentation"),
    ("from=120&to=80&product=lioresal-10", "n’est pas un produit autorisé dans l’alcoolodépendance"),
    ("from=120&to=80&product=x", "Choisir parmi : baclocur-10, baclocur-20, baclocur-30, baclocur-40"),
    ("from=120&to=80&step=20", "n’est pas un choix que donne le texte de ce jour. Choisir parmi : 10"),
    ("from=0&to=60&first=40", "n’est pas un choix que donne le texte de ce jour"),
    ("from=0&to=3", "ne peut pas être atteint avec les comprimés"),
    ("from=200&to=301", "dépasse 300 mg/j, limite ou recommandation"),
    ("from=120&to=80&format=pdf", "n’est pas un format de cette page"),
]


@pytest.mark.parametrize(("query", "said"), WRONG)
def test_what_is_wrong_is_said_on_the_page_and_the_form_stays(client: FlaskClient, query: str, said: str) -> None:
    html = page(client, f"/taper?{query}", status=400)

    assert said in html
    assert 'role="alert"' in html
    assert '<form action="taper"' in html
    assert "<svg" not in html


def test_all_faults_of_a_form_come_at_once_and_what_was_typed_stays(client: FlaskClient) -> None:
    html = page(client, "/taper?from=-5&to=abc&on=never", status=400)

    assert [field for field in ("from", "to", "on") if f'id="error-{field}"' in html] == ["from", "to", "on"]
    assert 'value="-5"' in html
    assert 'value="abc"' in html


def test_what_is_typed_is_escaped_and_cut_and_what_is_not_known_is_not_shown(client: FlaskClient) -> None:
    typed = '"><script>alert(1)</script>' + "9" * 500

    html = client.get("/taper", query_string={"from": typed, "to": "80", "patient": "Jeanne Dupont"})

    text = html.get_data(as_text=True)
    assert html.status_code == 400
    assert "<script" not in text
    assert "9" * 50 not in text
    assert "Jeanne" not in text


@pytest.mark.parametrize("output", ["json", "ics"])
def test_other_formats_have_errors_in_json(client: FlaskClient, output: str) -> None:
    answer = client.get(f"/taper?from=-1&to=x&format={output}")

    assert answer.status_code == 400
    assert [issue["diagnostics"] for issue in answer.get_json()["issue"]] == [
        "from: is not between 0 and 1000 mg a day. Check the number and its unit.",
        "to: is not a dose. Write a number of mg a day with at most two decimals, such as 120 or 37.5.",
    ]


# --- safety ----------------------------------------------------------------------------------


def test_the_page_runs_no_script_loads_nothing_from_elsewhere_and_is_not_kept(client: FlaskClient) -> None:
    answer = client.get(TAPER)
    html = answer.get_data(as_text=True)

    assert answer.headers["Content-Security-Policy"] == (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    )
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert "noindex" in answer.headers["X-Robots-Tag"]
    assert "Set-Cookie" not in answer.headers
    assert not re.search(r"<script|<iframe|<img|style=|\son\w+=", html)
    assert re.findall(r'<link rel="stylesheet" href="([^"]+)"', html) == ["taper.css"]


def test_the_style_names_no_other_address(client: FlaskClient) -> None:
    answer = client.get("/taper.css")

    assert answer.content_type == "text/css; charset=utf-8"
    assert not re.search(rb"url\(|@import|//", answer.data)


# --- JSON and calendar -----------------------------------------------------------------------


@pytest.mark.parametrize("path", [TAPER, START, "/taper?from=37.5&to=0", "/taper?from=20&to=57"])
def test_json_is_the_plan_exactly_as_the_contract_says(client: FlaskClient, path: str) -> None:
    answer = client.get(f"{path}&format=json")
    made = plan(path)

    schema = {"$ref": "#/components/schemas/Plan", "components": CONTRACT["components"]}
    Draft202012Validator(schema).validate(answer.get_json())
    exact: Any = json.loads(answer.data, parse_float=Fraction, parse_int=Fraction)
    assert [level["mg_per_day"] for level in exact["levels"]] == [level.mg_per_day for level in made.plan.levels]
    assert [level["since"] for level in exact["levels"]] == [level.since.isoformat() for level in made.plan.levels]
    assert exact["from_mg_per_day"] == made.plan.from_mg
    assert {item["product"]: item["number"] for item in exact["tablets"]} == {
        tablet.product: number for tablet, number in tablets_needed(made.plan).items()
    }


def test_the_calendar_has_a_day_long_event_for_each_level_and_each_visit(client: FlaskClient) -> None:
    answer = client.get(f"{TAPER}&format=ics")
    made = plan(TAPER).plan
    events = Calendar.from_ical(answer.data).walk("VEVENT")

    assert answer.content_type == "text/calendar; charset=utf-8"
    assert [(event.decoded("dtstart"), event.decoded("dtend")) for event in events] == [
        *((level.since, level.until or made.ends) for level in made.levels),
        *((visit, visit + timedelta(days=1)) for visit in made.visits),
    ]
    assert all(type(event.decoded("dtstart")) is date for event in events)
    assert str(events[0]["summary"]).replace("\u00a0", " ") == "Baclofène 290 mg/j"
    assert str(events[-1]["summary"]).replace("\u00a0", " ") == "Visite (baclofène)"
    assert len({str(event["uid"]) for event in events}) == len(events)


def test_the_calendar_names_nobody_and_is_the_same_each_time(client: FlaskClient) -> None:
    first, second = (client.get(f"{TAPER}&format=ics").data for _ in range(2))

    assert first == second
    assert not re.search(rb"^(ORGANIZER|ATTENDEE|CONTACT|LOCATION)", first, re.MULTILINE)
    assert all(len(line) <= 75 for line in first.split(b"\r\n"))


def test_a_stop_is_one_day_of_the_calendar(client: FlaskClient) -> None:
    events = Calendar.from_ical(client.get("/taper?from=20&to=0&on=2026-11-22&format=ics&lang=en").data).walk(
        "VEVENT"
    )

    assert [(str(event["summary"]).replace("\u00a0", " "), event.decoded("dtend")) for event in events] == [
        ("Baclofen 10 mg/day", date(2026, 11, 24)),
        ("Baclofen: stop", date(2026, 11, 25)),
        ("Visit (baclofen)", date(2026, 11, 27)),
    ]


# --- links of cards --------------------------------------------------------------------------


def linked(vignette: Vignette) -> list[tuple[Any, str | None]]:
    """Each plan that is offered, with the address of its page."""
    hook = read_request(vignette.body())
    reader = CaseReader(hook, KNOWLEDGE.terminology, KNOWLEDGE.rules, vignette.on)
    decision = decide(reader.read(hook["context"]["draftOrders"]), KNOWLEDGE.rules)
    address = plan_linker(PUBLIC_URL, KNOWLEDGE.rules, KNOWLEDGE.terminology, vignette.on)
    assert address
    offered = [item.proposal for item in offer(hook, reader, decision, KNOWLEDGE) if item.proposal]
    return [(proposal.plan, address(proposal)) for proposal in offered]


def test_the_page_of_every_plan_that_a_card_offers_has_that_plan() -> None:
    found = [pair for vignette in read_vignettes() for pair in linked(vignette)]

    assert {plan.kind for plan, _ in found} == set(Kind)
    for offered, url in found:
        assert url is not None
        asked = parse_qs(urlsplit(url).query, strict_parsing=True)
        assert plan(url).plan == offered
        assert set(asked) <= {"from", "to", "product", "on", "step", "first"}


def offered_first() -> Vignette:
    """A request to which the first suggestion is a plan."""
    return next(item for item in read_vignettes() if item.on.year == 2018 and linked(item))


def cards_of(vignette: Vignette, **headers: str) -> bytes:
    app = create_app(KNOWLEDGE, lambda: vignette.on, settings=Settings(public_url=PUBLIC_URL))
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
    done = subprocess.run(
        [sys.executable, "-m", "cds_service", "evaluate", "-", "--on", vignette.on.isoformat()],
        cwd=ROOT,
        input=vignette.body(),
        env={**os.environ, "CDS_PUBLIC_URL": PUBLIC_URL},
        capture_output=True,
        timeout=60,
    )

    assert f"{PUBLIC_URL}/taper?".encode() in done.stdout
    assert done.stdout == cards_of(vignette)


def test_without_a_public_address_no_card_has_such_a_link() -> None:
    assert plan_linker("", KNOWLEDGE.rules, KNOWLEDGE.terminology, TODAY) is None


def test_a_plan_that_no_address_can_ask_for_has_no_link() -> None:
    asked = PlanRequest(Fraction(400, 3), Fraction(80), TODAY)
    made = make_plan(asked, SHELF)
    address = plan_linker(PUBLIC_URL, KNOWLEDGE.rules, KNOWLEDGE.terminology, date(2016, 1, 1))

    assert query_of(asked) is None
    assert query_of(PlanRequest(Fraction("37.50"), Fraction("0.05"), TODAY)) == "from=37.5&to=0.05&on=2026-11-22"
    assert address
    assert address(Proposal(made.plan, made.products)) is None
    made = make_plan(PlanRequest(Fraction(120), Fraction(80), TODAY), SHELF)
    assert address(Proposal(made.plan, made.products)) is None


def test_a_day_without_a_product_has_no_plan() -> None:
    nothing_on_sale = Shelf(KNOWLEDGE.rules, Terminology([], {}, {}), TODAY)

    with pytest.raises(NoPlanError) as caught:
        make_plan(PlanRequest(Fraction(120), Fraction(80), TODAY), nothing_on_sale)

    assert caught.value.reason == "no-product"


def test_every_answer_of_the_page_is_one_that_the_contract_names(client: FlaskClient) -> None:
    answers: list[TestResponse] = [client.get(path) for path in (TAPER, f"{TAPER}&format=json", "/taper?from=1")]

    named = CONTRACT["paths"]["/taper"]["get"]["responses"]
    for answer in answers:
        assert answer.mimetype in named[str(answer.status_code)]["content"]
