"""A wrong request to /taper gets an explanation, and the form keeps what was typed."""

import pytest
from flask.testing import FlaskClient

from tests.pages.plan.plan_page import page

HELD = "from=120&to=80&on=2026-11-22&product=baclofene-zentiva-10&intakes=40-40-40"
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
    ("from=120&to=80&on=2017-03-16", "aucun texte en vigueur le 16/03/2017 ne donne de rythme de décroissance"),
    ("from=0&to=60&on=2023-05-11", "aucun texte en vigueur le 11/05/2023 ne donne de rythme d’augmentation"),
    ("from=120&to=80&product=lioresal-10", "n’est pas un produit autorisé dans l’alcoolodépendance"),
    ("from=120&to=80&product=x", "Choisir parmi : baclocur-10, baclocur-20, baclocur-30, baclocur-40"),
    ("from=120&to=80&step=20", "n’est pas un choix que donne le texte de ce jour. Choisir parmi : 10"),
    ("from=0&to=60&careful=maybe", "n’est ni yes ni no"),
    ("from=120&to=80&intakes=40-40", "font 80 mg/j"),
    ("from=120&to=80&intakes=30-30-20-20-20", "sont plus de quatre prises"),
    ("from=120&to=80&intakes=evening:60-morning:60", "ne sont pas les prises d’un jour"),
    ("from=0&to=3", "ne peut pas être atteint avec les comprimés de Baclofène Zentiva 10 mg"),
    ("from=3&to=0", "est moins d’un demi-comprimé de 10 mg"),
    ("from=0&to=0", "est la dose d’aujourd’hui"),
    (f"{HELD}&levels=30-30x9&visits=2026-12-18", "ne sont pas les paliers d’un plan"),
    (f"{HELD}&levels=30-30-20x9_0_30-30-10x9&visits=2026-12-18", "ne sont pas les paliers d’un plan"),
    (f"{HELD}&levels=30-30-22x9&visits=2026-12-18", "ne sont pas les paliers d’un plan"),
    (f"{HELD}&levels=410-410-410x7&visits=2026-12-18", "ne sont pas les paliers d’un plan"),
    (f"{HELD}&levels=400-400-400x7_30-30-20x9&visits=2026-12-18", "ne sont pas les paliers d’un plan"),
    (f"{HELD}&levels=40-40-30x9_40-40-40x9_40-20-20x9&visits=2026-12-18", "ne sont pas les paliers d’un plan"),
    (f"{HELD}&levels=30-30-20x0&visits=2026-12-18", "ne sont pas les paliers d’un plan"),
    (f"{HELD}&levels=30-30-20x9", "ne sont pas des jours de consultation"),
    (f"{HELD}&levels=30-30-20x9&visits=2026-12-18_2026-12-01", "ne sont pas des jours de consultation"),
    (f"{HELD}&levels=30-30-20x9&visits=2026-11-22", "ne sont pas des jours de consultation"),
    (f"{HELD}&levels=30-30-20x9&visits=2026-12-18&reserve=x", "n’est pas un nombre de jours"),
    (f"{HELD}&levels=30-30-20x9&visits=2026-12-18&finer=x", "n’est pas un produit connu"),
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
