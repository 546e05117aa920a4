"""The facts of findings in words, the label of a source, and which text of a card is said on a day."""

from datetime import date, timedelta
from fractions import Fraction

import pytest

from cds_service.core.model.dose import Span
from cds_service.core.model.findings import READ, FactValue, Source, ToConfirm
from cds_service.core.wording.texts import fact_in_words, unknown_in_words
from cds_service.core.wording.words import uncapitalised
from tests.core.plans.asking import NO_BREAK
from tests.known import known

TEXTS = known().texts
SIXTY = Fraction(60)
RANGE = Span(SIXTY, Fraction(90))
CARE = uncapitalised(TEXTS.topics["specialist-care", "fr"])
SPASTICITY = uncapitalised(TEXTS.facts["spasticity", "fr"])


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("mg_per_day", SIXTY, "60 mg/j"),
        ("mg_per_day", RANGE, "60 à 90 mg/j"),
        ("mg_per_day", ToConfirm(RANGE), "60 à 90 mg/j, à confirmer"),
        ("rise_mg", SIXTY, "60 mg"),
        ("fall_mg", SIXTY, "60 mg"),
        ("step_mg", SIXTY, "60 mg"),
        ("fall_mg", RANGE, "60 à 90 mg/j"),
        ("grams", SIXTY, "60 g/j"),
        ("grams", RANGE, "60 à 90 g/j"),
        ("limit_grams", SIXTY, "60 g/j"),
        ("grams", ToConfirm(RANGE), "60 à 90 mg/j, à confirmer"),
        ("begins", date(2021, 3, 4), "04/03/2021"),
        ("reason", "dosage-missing", TEXTS.reasons["dosage-missing", "fr"]),
        ("product", "baclofène", "Baclofène"),
        ("place", "baclofène", "baclofène"),
        ("days", 9, "9"),
        ("parts", ("specialist-care", "spasticity"), f"{CARE}, {SPASTICITY}"),
        ("facts", ("spasticity", "spasticity"), SPASTICITY),
        ("reasons", ("not-sent",), "non transmis"),
        # a rule bears this name too
        ("reasons", ("dose-not-computable",), uncapitalised(TEXTS.facts["dose-not-computable", "fr"])),
    ],
    ids=str,
)
def test_a_fact_in_words(name: str, value: FactValue, said: str) -> None:
    assert fact_in_words(name, value, TEXTS, "fr") == said


@pytest.mark.parametrize(
    ("facts", "reasons", "said"),
    [
        (("spasticity",), ("not-sent",), "{spasticity} ({not-sent})"),
        (("spasticity", "taken_now"), ("not-sent", "not-sent"), "{spasticity}, {taken_now} ({not-sent})"),
        (("spasticity", "taken_now", "spasticity"), ("not-sent", "source-failed", "not-sent"),
         "{spasticity} ({not-sent})~; {taken_now} ({source-failed})"),
        (None, ("not-sent",), ""),
        (("spasticity",), None, ""),
        (None, None, ""),
    ],
)  # fmt: skip
def test_what_is_unknown_stands_under_its_reason(
    facts: tuple[str, ...] | None, reasons: tuple[str, ...] | None, said: str
) -> None:
    given = {name: value for name, value in (("facts", facts), ("reasons", reasons)) if value is not None}
    for key in ("spasticity", "taken_now", "not-sent", "source-failed"):
        said = said.replace(f"{{{key}}}", TEXTS.facts[key, "fr"])

    assert unknown_in_words(given, TEXTS, "fr") == said.replace("~", NO_BREAK)


def test_a_fact_without_a_reason_is_not_lost_in_silence() -> None:
    with pytest.raises(ValueError, match="shorter"):
        unknown_in_words({"facts": ("spasticity", "taken_now"), "reasons": ("not-sent",)}, TEXTS, "fr")


def source(link: str = READ, where: str = "page 2", dating: str = "dated") -> Source:
    return Source("Lettre", "https://ansm.sante.fr", date(2017, 7, 24), dating, where, link)


def test_the_label_of_a_link_says_what_it_reaches() -> None:
    front = source("front-page")

    assert TEXTS.labelled(source(), "fr") == "Lettre"
    assert TEXTS.labelled(front, "fr") == f"Lettre{NO_BREAK}; le lien ne mène qu’à la page d’accueil"
    assert TEXTS.labelled(front, "en", "Letter") == "Letter; the link only reaches the front page"
    assert TEXTS.reached(source("given"), "en") == "link given by the source, not read"


def test_a_source_is_cited_by_paragraph_and_date() -> None:
    assert TEXTS.cited(source(), "fr") == f"page 2{NO_BREAK}; 24/07/2017"
    assert TEXTS.cited(source(where=""), "en") == "24 July 2017"
    assert TEXTS.cited(source("given", dating="not-before"), "en") == (
        "page 2; undated document, not before 24 July 2017; link given by the source, not read"
    )


def test_a_text_is_said_from_its_day_on_and_before_the_first_the_first() -> None:
    (name, versions) = next((key, said) for key, said in TEXTS.cards.items() if len(said) > 1)
    (_, first), (since, second) = versions

    assert TEXTS.card(*name, on=since - timedelta(days=1)) is first
    assert TEXTS.card(*name, on=since) is second
    assert TEXTS.card(*name, on=date.max) is second


def test_a_reason_is_about_the_rules_that_offer_it() -> None:
    rules = TEXTS.rules_by_reason()

    assert set(rules) == {reason.code for reason in TEXTS.override_reasons}
    for rule, offered in TEXTS.offered_reasons.items():
        assert {code for code, named in rules.items() if rule in named} == {reason.code for reason in offered}
