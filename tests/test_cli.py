"""The commands as a person runs them: pages to read, clear lines where something is wrong, never a traceback.

That `evaluate` gives the bytes of the service is tested beside the service, in tests/http.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
SANDBOX_ORDER = ROOT / "tests" / "data" / "sandbox-order-sign.json"


def run(
    *arguments: object, body: bytes = b"", folder: Path = ROOT, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Runs the command in a folder that holds the package; its output must be UTF-8 and hold no traceback."""
    done = subprocess.run(
        [sys.executable, "-m", "cds_service", *(str(argument) for argument in arguments)],
        cwd=folder,
        input=body,
        env={**os.environ, **environment},
        capture_output=True,
        timeout=60,
    )
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


@cache
def page(*arguments: object, **options: Any) -> str:
    """What a command that succeeds prints."""
    done = run(*arguments, **options)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def entry(text: str, rule: str) -> str:
    """What a page says of one rule: from its name to the next empty line, in one line."""
    found = re.search(rf"^ *{rule} — .*?(?=\n\n|\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"{rule} is not on the page"
    return " ".join(found[0].split())


# --- rules -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("on", "rule", "said"),
    [
        ("2013-01-01", "experienced-prescriber", "Depuis 24/04/2012"),
        ("2013-01-01", "daily-dose-above-maximum", "commence le 17/03/2014"),
        ("2014-03-17", "daily-dose-above-maximum", "Valeur 300 mg/j Depuis 17/03/2014"),
        ("2014-03-17", "experienced-prescriber", "a pris fin le 17/03/2014"),
        ("2017-03-17", "initial-dose-too-high", "Valeur sans nombre Depuis 17/03/2017"),
        ("2017-03-17", "adverse-effect-report", "déclarer en précisant la RTU"),
        ("2017-07-24", "daily-dose-above-maximum", "Valeur 80 mg/j Depuis 24/07/2017"),
        ("2017-07-24", "dose-reduction-too-fast", "Valeur 15 mg en 2 jours"),
        ("2020-07-01", "product-not-authorised", "AMM suspendue : Baclocur 10 mg, Baclocur 20 mg, Baclocur 40 mg"),
        ("2021-03-03", "daily-dose-above-maximum", "Valeur 80 mg/j"),
        ("2021-03-04", "daily-dose-above-maximum", "a pris fin le 04/03/2021"),
        ("2021-03-04", "daily-dose-above-recommended", "Valeur 300 mg/j Depuis 04/03/2021"),
        ("2021-03-04", "specialist-care", "page non datée, état du 13/06/2026"),
        ("2026-11-22", "initial-dose-too-high", "Valeur 20 mg/j ; les 3 premiers jours"),
        ("2026-11-22", "consumption-below-threshold", "hommes : plus de 60 g/j d’alcool ; femmes : plus de 40 g/j"),
        ("2026-11-22", "look-back", "Depuis toujours"),
    ],
)
def test_rules_of_a_day_are_those_in_force_then(on: str, rule: str, said: str) -> None:
    assert said in entry(page("rules", "--on", on), rule)


def test_a_rule_comes_with_its_document_its_severity_and_its_note() -> None:
    text = page("rules", "--on", "2017-08-01", "--language", "en")

    assert entry(text, "daily-dose-above-maximum") == (
        "daily-dose-above-maximum — Daily dose above the maximum Value 80 mg/day Since 24 July 2017 "
        "Severity critical (found, first-prescription); warning (decrease-begun) "
        "Source ANSM, lettre aux professionnels de santé de juillet 2017 : RTU baclofène, maximum 80 mg/j "
        "https://ansm.sante.fr undated document, decision of 24 July 2017 "
        "Note The letter bears no date: the day of the decision is given by the Conseil d'État, decision 417607 of "
        "23 May 2018. Also under the authorisation of Baclocur (ANSM, 26 November 2020). Reviewed 22 November 2026"
    )


def test_the_whole_timeline_goes_day_by_day_and_says_what_begins_changes_and_ends() -> None:
    text = page("rules", "--language", "en")

    days = re.findall(r"^([0-9]{1,2} [A-Z]+ [0-9]{4}|ALWAYS)\n=+$", text, re.MULTILINE)
    assert days == [
        "ALWAYS", "24 APRIL 2012", "17 MARCH 2014", "17 MARCH 2017", "24 JULY 2017", "22 OCTOBER 2018",
        "13 DECEMBER 2018", "17 JUNE 2020", "25 NOVEMBER 2020", "1 MARCH 2021", "4 MARCH 2021", "12 MAY 2023",
    ]  # fmt: skip
    of_2014, of_2017, of_2021 = (section(text, day) for day in ("17 MARCH 2014", "24 JULY 2017", "4 MARCH 2021"))
    assert "Begins 300 mg/day" in entry(of_2014, "daily-dose-above-maximum")
    assert "Changes 80 mg/day Before 300 mg/day" in entry(of_2017, "daily-dose-above-maximum")
    assert "Goes on one step: 15 mg" in entry(of_2017, "abrupt-stop")
    assert "Ends 80 mg/day Note The day is that of the judgement" in entry(of_2021, "daily-dose-above-maximum")


def section(text: str, title: str) -> str:
    return re.split(r"\n\n(?=[^\n]+\n=+\n)", text.partition(f"{title}\n=")[2])[0]


@pytest.mark.parametrize("arguments", [["rules"], ["rules", "--on", "2026-11-22"]])
@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_page_of_rules_fits_a_sheet_of_paper(arguments: list[str], language: str) -> None:
    lines = page(*arguments, "--language", language).splitlines()

    assert not [line for line in lines if len(line) > 100 and "https://" not in line]
    assert not [line for line in lines if line != line.rstrip() or "Fraction" in line or "$" in line or "{" in line]


def test_on_a_day_before_all_rules_the_page_says_when_each_begins() -> None:
    text = page("rules", "--on", "2000-01-01")

    assert "commence le 24/04/2012" in entry(text, "experienced-prescriber")


# --- evaluate --explain ----------------------------------------------------------------------


def test_the_reasoning_of_the_sandbox_order_in_french() -> None:
    text = page("evaluate", SANDBOX_ORDER, "--explain", "--on", "2026-11-22")

    assert "Prescription 1 : MedicationRequest/request-123" in text
    assert "5 comprimés de 25 mg × 4 par jour = 500 mg/j" in text
    assert "Âge : 51 ans (patient)" in text
    assert "Consommation d’alcool : inconnu : non transmis (observations)" in text
    assert "Cause de spasticité : non retrouvé dans les données transmises (conditions)" in text
    assert "Réponse first-prescription, critique : Dose de 500 mg/j, au-dessus de 300 mg/j." in entry(
        text, "daily-dose-above-recommended"
    )
    assert "Réponse rien à dire" in entry(text, "taper-in-progress")
    assert "n’a pas pu être jugée : consommation d’alcool" in entry(text, "consumption-below-threshold")
    assert "pas en vigueur ce jour : a pris fin le 04/03/2021" in entry(text, "daily-dose-above-maximum")


def test_the_reasoning_is_of_the_day_asked_and_in_the_language_asked() -> None:
    text = page("evaluate", SANDBOX_ORDER, "--explain", "--on", "2018-01-01", "--language", "en")

    assert text.startswith("Order-sign request judged on 1 January 2018\n")
    assert "Dose of 500 mg/day, above the maximum of 80 mg/day" in entry(text, "daily-dose-above-maximum")
    assert "not in force on this day: begins on 4 March 2021" in entry(text, "daily-dose-above-recommended")


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_reasoning_names_every_rule_and_every_card_of_the_answer(language: str) -> None:
    options = [SANDBOX_ORDER, "--on", "2026-11-22", "--language", language]
    text = " ".join(page("evaluate", "--explain", *options).split())
    answered = json.loads(page("evaluate", *options))

    for path in (ROOT / "cds_service" / "rules").glob("*.toml"):
        assert f"{path.stem} — " in text
    for card in answered["cards"]:
        assert " ".join(card["summary"].split()) in text


def test_the_reasoning_repeats_no_text_of_the_request() -> None:
    order = json.loads(SANDBOX_ORDER.read_bytes())
    told = "<b>Jean Dupont, 12 rue du Port</b>"
    draft = order["context"]["draftOrders"]["entry"][0]["resource"]
    draft["note"] = [{"text": told}]
    draft["medicationCodeableConcept"]["text"] = f"baclofen {told}"
    draft["dosageInstruction"][0] |= {"text": told, "patientInstruction": told}
    for item in order["prefetch"]["conditions"]["entry"]:
        item["resource"]["code"]["text"] = told
    order["prefetch"]["patient"]["name"] = [{"text": told}]

    text = page("evaluate", "-", "--explain", "--on", "2026-11-22", body=json.dumps(order).encode())

    assert "MedicationRequest/request-123" in text
    assert not [word for word in ("Jean", "Dupont", "Port", "<b>") if word in text]


def order_of(*drafts: dict[str, Any], **prefetch: Any) -> bytes:
    """The sandbox's request with other drafts and other data."""
    order = json.loads(SANDBOX_ORDER.read_bytes())
    order["context"]["draftOrders"]["entry"] = [{"resource": {**BACLOCUR, **draft}} for draft in drafts]
    order["prefetch"] |= prefetch
    return json.dumps(order).encode()


SUBJECT = {"reference": "Patient/pat-alcohol-epilepsy"}
BACLOCUR = {
    "resourceType": "MedicationRequest",
    "id": "draft",
    "status": "draft",
    "intent": "order",
    "subject": SUBJECT,
    "medicationCodeableConcept": {
        "coding": [
            {
                "system": "http://data.esante.gouv.fr/ansm/medicament/SpecialitePharmaceutique",
                "code": "66009893",
            }
        ]
    },
    "dosageInstruction": [
        {
            "timing": {"repeat": {"frequency": 3, "period": 1, "periodUnit": "d"}},
            "doseAndRate": [{"doseQuantity": {"value": 10, "unit": "mg", "system": "http://unitsofmeasure.org"}}],
        }
    ],
}
TAKEN = {**BACLOCUR, "id": "taken", "status": "active", "authoredOn": "2026-10-01"}
BUNDLE = {"resourceType": "Bundle", "type": "searchset"}


def explained(body: bytes) -> str:
    return " ".join(page("evaluate", "-", "--explain", "--on", "2026-11-22", "--language", "en", body=body).split())


def test_the_reasoning_tells_renewal_and_addition_apart() -> None:
    text = explained(order_of({}, medications={**BUNDLE, "entry": [{"resource": TAKEN}]}))

    assert "alcohol dependence (this product has no other indication)" in text
    assert "On record: MedicationRequest/taken Product Baclocur 10 mg" in text
    assert "Reading 1: orders that are surely for alcohol dependence Counts MedicationRequest/draft" in text
    assert "Taken before 30 mg/day Highest 30 mg/day Change same dose" in text
    assert "Reading 2: orders that are surely for alcohol dependence, and if it adds to what is taken" in text
    assert "Highest 60 mg/day Change rise" in text


def test_the_reasoning_says_what_could_not_be_read_and_what_was_not_judged() -> None:
    no_timing = {"id": "no-timing", "dosageInstruction": [{"text": "10"}]}
    text = explained(order_of(no_timing, {"id": "stopped", "status": "stopped"}, {"resourceType": "MedicationOrder"}))

    assert "Order 1: MedicationRequest/no-timing" in text
    assert "Dose not computable: " in text
    assert "Order 2: MedicationRequest/stopped" in text
    assert "Dose stop asked for" in text
    assert "with the stops asked for" in text
    assert "Not judged The order is in a version of FHIR that is not supported" in text


def test_the_reasoning_of_a_request_without_baclofen_is_short_and_clear() -> None:
    text = explained(order_of({"medicationCodeableConcept": {"coding": [LEVETIRACETAM]}}))

    assert "No order of oral baclofen that counts." in text
    assert "No dose to judge." in text
    assert "No card: nothing to say." in text


LEVETIRACETAM = {"system": "http://www.whocc.no/atc", "code": "N03AX14"}


# --- check -----------------------------------------------------------------------------------


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A folder with a copy of the package and its data, to be broken."""
    for name in ("cds_service", "cards", "fhir_profiles"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "openapi.yaml", tmp_path)
    return tmp_path


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


WRONG_NUMBER = "is missing or of the wrong type. Give a number greater than 0."


def test_check_names_every_fault_with_its_file_and_what_to_do(copy: Path) -> None:
    replace(copy / "cds_service/rules/specialist-care.toml", "mg_per_day = 80", 'mg_per_day = "80"')
    replace(copy / "cards/specialist-care.toml", "[above.en]", "[above.de]")
    (copy / "fhir_profiles/valuesets/seizure.json").unlink()

    done = run("check", folder=copy)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        f"rules/specialist-care.toml change 1 values, mg_per_day: {WRONG_NUMBER}",
        "valuesets/seizure.json: is missing. Restore the file: the core asks for it.",
        "cards/specialist-care.toml above, en: is missing. Add en = a table.",
        *(
            f"cards/specialist-care.toml above en, {part}: is missing. Add {part} = a text in quotes."
            for part in ("summary", "finding", "rule", "action")
        ),
        "cards/specialist-care.toml above, de: is not a known key. Correct its spelling or delete it.",
    ]


@pytest.mark.parametrize("command", [["serve"], ["rules"], ["evaluate", SANDBOX_ORDER]])
def test_with_a_fault_in_the_knowledge_no_command_starts(command: list[object], copy: Path) -> None:
    replace(copy / "cds_service/rules/specialist-care.toml", "values.mg_per_day", "values.mg_a_day")

    done = run(*command, folder=copy)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("rules/specialist-care.toml change 1 values, mg_per_day: ")


def test_check_tells_which_rules_to_read_again_and_does_not_fail_for_them(copy: Path) -> None:
    replace(copy / "cds_service/rules/specialist-care.toml", "reviewed = 2026", "reviewed = 2020")

    done = run("check", folder=copy)

    assert (done.returncode, done.stderr) == (0, "")
    line = "rules/specialist-care.toml: last reviewed on 2020-11-22. Read it against its source again."
    assert line in done.stdout.splitlines()


# --- wrong calls -----------------------------------------------------------------------------


@pytest.mark.parametrize("command", [["rules"], ["evaluate", SANDBOX_ORDER, "--explain"]])
@pytest.mark.parametrize("day", ["yesterday", "22/11/2026", "2026-02-30", "2026-13-01", ""])
def test_a_day_that_is_none_is_refused(command: list[object], day: str) -> None:
    done = run(*command, "--on", day)

    assert (done.returncode, done.stdout) == (2, "")
    assert "Invalid value for '--on'" in done.stderr


@pytest.mark.parametrize("explained", [[], ["--explain"]])
@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "body"),
        (b"{", "body"),
        (b"[]", "body"),
        (b"\xff", "body: is not UTF-8"),
        (b'{"hook": "patient-view"}', "hook"),
    ],
)
def test_a_body_that_is_no_order_sign_request_is_refused(explained: list[str], body: bytes, said: str) -> None:
    done = run("evaluate", "-", *explained, body=body)

    assert (done.returncode, done.stdout) == (2, "")
    assert [line for line in done.stderr.splitlines() if line.startswith(said)]


def test_a_file_that_is_not_there_is_named() -> None:
    done = run("evaluate", "nowhere.json", "--explain")

    assert (done.returncode, done.stdout) == (2, "")
    assert "nowhere.json" in done.stderr


def test_a_language_that_no_card_speaks_is_refused() -> None:
    done = run("rules", "--language", "de")

    assert (done.returncode, done.stdout) == (2, "")
    assert "'fr', 'en'" in done.stderr


@pytest.mark.parametrize("arguments", [["--help"], ["rules", "--help"], ["evaluate", "--help"], ["check", "--help"]])
def test_every_command_says_what_it_does(arguments: list[str]) -> None:
    assert page(*arguments).startswith("Usage: cds-service")


def test_pages_are_utf_8_whatever_the_terminal_says() -> None:
    text = page("rules", "--on", "2026-11-22", LC_ALL="C", PYTHONIOENCODING="ascii", PYTHONUTF8="0")

    assert "Règles" in text
