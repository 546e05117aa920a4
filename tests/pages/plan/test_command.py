"""`cds-service taper`: prints the plan of the page in the terminal, or a clear line if there is none."""

import json
from datetime import date
from functools import cache

import pytest
from icalendar import Calendar

from cds_service.pages.plan.outputs import output_of
from cds_service.web import create_app
from tests.cli.running import page, run
from tests.known import known

TAPER = ("--from", "120", "--to", "80", "--on", "2026-11-22")

PRINTED = """\
Décroissance du baclofène : de 120 à 80 mg/j
============================================
Démonstration, pas un dispositif médical. Ne pas utiliser pour soigner. Rien
n’est enregistré.

Produit     Baclofène Zentiva 10 mg
Période     du 22/11/2026 au 17/12/2026, soit 26 jours et 4 paliers
Rythme      10 mg de moins tous les 2 jours
Dose visée  80 mg/j, atteinte le sam. 28/11/2026

    ┌ mg par jour
120 │███▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃
    │██████████████████▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅
    │████████████████████████████████████████████████▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃
    │███████████████████████████████████████████████████████████████
    │███████████████████████████████████████████████████████████████
    │███████████████████████████████████████████████████████████████
    │███████████████████████████████████████████████████████████████
  0 │███████████████████████████████████████████████████████████████
    └───┴───────────────────────────────────────────────────────────
        22/11/2026                                        18/12/2026

Du          Au          mg/j  %   Matin      Midi       Soir
----------  ----------  ----  --  ---------  ---------  ---------
22/11/2026  23/11/2026  110   92  4 × 10 mg  4 × 10 mg  3 × 10 mg
24/11/2026  25/11/2026  100   83  4 × 10 mg  3 × 10 mg  3 × 10 mg
26/11/2026  27/11/2026  90    75  3 × 10 mg  3 × 10 mg  3 × 10 mg
28/11/2026  17/12/2026  80    67  3 × 10 mg  3 × 10 mg  2 × 10 mg

× : nombre de comprimés ; ½ : un demi-comprimé (comprimé sécable).
"""


@cache
def printed(*arguments: str) -> str:
    """What the command prints, with plain spaces."""
    return page("taper", *arguments).replace("\u00a0", " ")


def test_the_plan_as_it_is_printed() -> None:
    assert printed(*TAPER).startswith(PRINTED)


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize(
    "options",
    [
        {"from": "300", "to": "83", "product": "baclocur-40"},
        {"from": "1000", "to": "0", "product": "baclocur-30", "step": "15"},
        {"from": "0", "to": "80", "careful": "no", "intakes": "0-0-0-0"},
        {"from": "20", "to": "0"},
        {"from": "7.5", "to": "0"},
        {"from": "999.99", "to": "0"},
    ],
)
def test_it_fits_a_terminal_of_80_columns(options: dict[str, str], language: str) -> None:
    given = {name: [value] for name, value in options.items()}
    lines = output_of(given, known(), date(2026, 9, 22), "text", language).decode().splitlines()

    assert not [line for line in lines if len(line) > 80 and "https://" not in line]
    assert not [line for line in lines if line != line.rstrip() or "Fraction" in line or "$" in line]


@pytest.mark.parametrize("output", ["json", "ics"])
def test_json_and_calendar_are_those_of_the_page(output: str) -> None:
    client = create_app(known(), lambda: date(2026, 11, 22)).test_client()

    answer = client.get(f"/taper?from=120&to=80&on=2026-11-22&format={output}").data.decode()

    assert run("taper", *TAPER, "--format", output).stdout == answer


def test_its_json_and_its_calendar_can_be_read() -> None:
    assert json.loads(printed(*TAPER, "--format", "json"))["levels"][-1]["mg_per_day"] == 80
    assert len(Calendar.from_ical(printed(*TAPER, "--format", "ics")).walk("VEVENT")) == 6


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--from", "-5", "--to", "80"), "from: n’est pas entre 0 et 1000 mg par jour. Vérifier"),
        (("--from", "1000000000", "--to", "80"), "from: n’est pas entre 0 et 1000 mg par jour."),
        (("--from", "", "--to", "80"), "from: manque. Donner les deux doses"),
        (("--from", "0", "--to", "3"), "to: ne peut pas être atteint avec les comprimés"),
        (("--from", "120", "--to", "80", "--on", "yesterday"), "on: n’est pas une date."),
        (("--from", "120", "--to", "80", "--on", "2016-01-01"), "on: aucun texte en vigueur le 01/01/2016"),
        (("--from", "x", "--to", "y", "--language", "en"), "from: is not a dose."),
        (("--to", "80"), "Missing option '--from'"),
    ],
)
def test_what_is_wrong_is_a_line_and_not_a_traceback(options: tuple[str, ...], said: str) -> None:
    done = run("taper", *options)

    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


def test_all_that_is_wrong_is_said_at_once() -> None:
    done = run("taper", "--from", "-5", "--to", "x", "--on", "never")

    assert [line.split(":")[0] for line in done.stderr.splitlines()] == ["from", "to", "on"]
