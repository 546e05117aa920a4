"""The command `rules`: the rules in force on a day, and what starts, changes and ends on which day."""

import re

import pytest

from tests.cli.running import entry, page


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
        "Source Lettre de juillet 2017 de Novartis Pharma et Sanofi-Aventis, en accord avec l’ANSM : RTU "
        "baclofène, maximum 80 mg/j Résumé, 1er point ; Informations complémentaires, 2e paragraphe "
        "https://ansm.sante.fr (the link only reaches the front page) undated document, decision of 24 July 2017 "
        "Note The letter bears no date: the day of the decision is given by the Conseil d'État, decision 417607 of "
        "23 May 2018. The authorisation of Baclocur of October 2018 has the same number (next change); before "
        "December 2020 nothing of it could be bought. Reviewed 22 November 2026"
    )


def test_the_whole_timeline_goes_day_by_day_and_says_what_begins_changes_and_ends() -> None:
    text = page("rules", "--language", "en")

    days = re.findall(r"^([0-9]{1,2} [A-Z]+ [0-9]{4}|ALWAYS)\n=+$", text, re.MULTILINE)
    assert days == [
        "ALWAYS", "24 APRIL 2012", "17 MARCH 2014", "17 MARCH 2017", "24 JULY 2017", "22 OCTOBER 2018",
        "13 DECEMBER 2018", "17 JUNE 2020", "25 NOVEMBER 2020", "26 NOVEMBER 2020", "1 MARCH 2021", "4 MARCH 2021",
        "12 MAY 2023",
    ]  # fmt: skip
    of_2014, of_2017, of_2021 = (section(text, day) for day in ("17 MARCH 2014", "24 JULY 2017", "4 MARCH 2021"))
    assert "Begins 300 mg/day" in entry(of_2014, "daily-dose-above-maximum")
    assert "Changes 80 mg/day Before 300 mg/day" in entry(of_2017, "daily-dose-above-maximum")
    assert "Goes on one step: 10 mg" in entry(of_2017, "abrupt-stop")
    assert "Ends 80 mg/day Where 1er paragraphe Note The day is that of the judgement" in entry(
        of_2021, "daily-dose-above-maximum"
    )


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
