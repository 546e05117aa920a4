"""The page /taper: one plan with its days, doses and tablets; nothing is loaded from other hosts."""

import re
from fractions import Fraction

import pytest
from flask.testing import FlaskClient

from cds_service.core.plans.supply import tablets_needed
from cds_service.core.plans.taper import Kind
from tests.pages.plan.plan_page import START, TAPER, page, plan, rows

# --- the page --------------------------------------------------------------------------------


def test_the_table_has_the_days_the_doses_and_the_tablets_of_each_intake(client: FlaskClient) -> None:
    found = rows(page(client, TAPER))

    assert len(found) == len(plan(TAPER).plan.levels) == 22
    assert found[0][:3] == ["dim. 22/11/2026", "lun. 23/11/2026", "290"]
    assert found[0][-1] == "97"
    to_the_visit = "jusqu’à la consultation du ven. 15/01/2027"
    assert found[-1] == [
        "dim. 03/01/2027",
        to_the_visit,
        "80",
        "3 cp de 10 mg",
        "3 cp de 10 mg",
        "2 cp de 10 mg",
        "27",
    ]


@pytest.mark.parametrize("path", [TAPER, START, "/taper?from=145&to=0&product=baclocur-30&step=15"])
def test_the_tablets_of_a_row_make_its_dose(client: FlaskClient, path: str) -> None:
    found = rows(page(client, path))
    assert len(found) > 1
    for row in found:
        counted = re.findall(r"(\d*)(½?) cp de (\d+) mg", " ".join(row))
        made = sum(((Fraction(int(whole or 0)) + Fraction(len(half), 2)) * int(mg) for whole, half, mg in counted))

        assert made == Fraction(row[2].replace(",", "."))


def test_the_page_says_product_days_visits_totals_and_source(client: FlaskClient) -> None:
    html = page(client, TAPER)

    for said in (
        "Décroissance du baclofène : de 300 à 80 mg/j",
        "Baclocur 40 mg + Baclocur 10 mg",
        "du 22/11/2026 au 14/01/2027, soit 54 jours et 22 paliers",
        "10 mg de moins tous les 2 jours",
        "18/12/2026",
        "15/01/2027",
        "La dernière dose continue jusqu’à la consultation du 15/01/2027.",
        "boîtes de 30",
        "Lettre de juillet 2017 de Novartis Pharma et Sanofi-Aventis, en accord avec l’ANSM",
        "Résumé, second point, 1er tiret",
        "le lien ne mène qu’à la page d’accueil",
        "Le texte donne ce rythme comme exemple, et non comme limite.",
        "Notre choix",
        "Ne pas arrêter ni modifier le baclofène de soi-même : appeler le prescripteur. En urgence : le 15.",
        "pas un dispositif médical",
    ):
        assert said in html
    needed = tablets_needed(plan(TAPER).plan)
    assert {tablet.strength_mg for tablet in needed} == {40, 10}
    for tablet, number in needed.items():
        assert f"{number} comprimés de Baclocur {tablet.strength_mg} mg" in html


def test_the_plot_is_told_to_those_who_do_not_see_it(client: FlaskClient) -> None:
    html = page(client, "/taper?from=100&to=80&on=2026-11-22&lang=en")

    assert '<title id="plot-title">Daily dose of baclofen, from 22 November 2026 to 18 December 2026</title>' in html
    assert (
        "Before the plan: 100 mg/day. From 22 November 2026: 90 mg/day. From 24 November 2026: 80 mg/day. "
        "The table has the same values.</desc>"
    ) in html


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (
            "/taper?from=120&to=83",
            "ne font pas exactement 83 mg/j : le plan va à la dose la plus proche au-dessus",
        ),
        ("/taper?from=87,3&to=40", "Ces comprimés ne font pas 87,3 mg/j : vérifier la dose prise"),
        ("/taper?from=400&to=350", "reste au-dessus de 300 mg/j, limite ou recommandation"),
        ("/taper?from=300&to=120", "au-dessus de 80 mg/j : une prise en charge spécialisée"),
        ("/taper?from=150&to=80&product=baclocur-40", "Baclocur 10 mg s’ajoute à Baclocur 40 mg"),
        ("/taper?from=600&to=0", "Plan de 63 paliers : il s’imprime sur plus d’une page"),
        ("/taper?from=120&to=80&step=15", "Le plus grand palier de l’exemple seulement si l’absence"),
        ("/taper?from=0&to=60", "15 mg/j pour commencer (20 en quatre prises), et 4 jours par palier"),
        (
            "/taper?from=0&to=60&careful=no",
            "3 jours par palier seulement si l’absence",
        ),
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
    ],
)
def test_the_language_is_asked_for_or_that_of_the_browser(
    client: FlaskClient, path: str, accepted: str, language: str
) -> None:
    answer = client.get(TAPER + path, headers={"Accept-Language": accepted})

    assert f'<html lang="{language}">' in answer.get_data(as_text=True)
    assert answer.headers["Content-Language"] == language
    assert "Accept-Language" in answer.headers["Vary"]


@pytest.mark.parametrize("form", ["", "&format=json", "&format=ics"])
def test_a_language_that_the_page_has_not_is_said_and_not_replaced(client: FlaskClient, form: str) -> None:
    answer = client.get(f"{TAPER}{form}&lang=de", headers={"Accept-Language": "en"})

    assert answer.status_code == 400
    assert "is not a language of this page" in answer.get_data(as_text=True)
    assert not re.search('class="plan"|VEVENT|"levels"', answer.get_data(as_text=True))


def test_the_switch_of_language_keeps_the_plan(client: FlaskClient) -> None:
    html = page(client, TAPER)
    link = re.search(r'hreflang="en" href="([^"]+)"', html)

    assert link
    assert rows(page(client, f"/{link[1]}"))[5][2] == rows(html)[5][2]
    assert "Baclofen taper" in page(client, f"/{link[1]}")


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
