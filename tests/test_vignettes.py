"""Every vignette of tests/vignettes, decided in process and answered over HTTP."""

import json
from collections.abc import Iterator
from decimal import Decimal

import pytest

from cds_service.base.names import PREFETCH_KEYS
from cds_service.core.case import read_case
from cds_service.core.model.findings import Decision, Finding
from cds_service.core.rules.decide import decide
from cds_service.core.rules.verdict import CaseReadings
from cds_service.http.json_reader import read_hook
from cds_service.knowledge.loading import Knowledge
from tests.dated_service import DatedService, serving
from tests.hook.card_contract import assert_sound, findings_of
from tests.known import known
from tests.vignette_cases import Expected, Vignette, read_vignettes

VIGNETTES = read_vignettes()
every_vignette = pytest.mark.parametrize("vignette", VIGNETTES, ids=lambda vignette: vignette.id)


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return known()


@pytest.fixture(scope="module")
def dated_service(knowledge: Knowledge) -> Iterator[DatedService]:
    with serving(knowledge) as service:
        yield service


def decision_of(vignette: Vignette, knowledge: Knowledge) -> Decision:
    hook = read_hook(vignette.body(), PREFETCH_KEYS)
    return decide(read_case(hook, knowledge.terminology, knowledge.rules, vignette.on), knowledge.rules)


# --- the decision ----------------------------------------------------------------------------


@every_vignette
def test_the_findings_of_a_vignette(vignette: Vignette, knowledge: Knowledge) -> None:
    worst: dict[str, Finding] = {}
    for finding in decision_of(vignette, knowledge).findings:
        if finding.group is not None:
            worst[finding.rule] = max(finding, worst.get(finding.rule, finding), key=lambda found: found.indicator)

    assert {rule: in_words(finding) for rule, finding in worst.items()} == answered(
        vignette.expected, {rule: in_words(finding) for rule, finding in worst.items()}
    )


def in_words(finding: Finding) -> str:
    said = finding.indicator.code
    said += " if for alcohol" if finding.answer.if_alcohol else ""
    said += " if added" if finding.answer.if_addition else ""
    return said + (" if confirmed" if finding.answer.if_confirmed else "")


def answered(expected: dict[str, Expected], got: dict[str, str]) -> dict[str, str]:
    """The expected findings; if a vignette allows several answers, the one that was given."""
    return {
        rule: got[rule] if got.get(rule) in wanted.answers else min(wanted.answers)
        for rule, wanted in expected.items()
        if rule in got or not wanted.may_be_silent
    }


@pytest.mark.parametrize(
    "vignette",
    [vignette for vignette in VIGNETTES if "mg_per_day" in vignette.said],
    ids=lambda vignette: vignette.id,
)
def test_the_daily_dose_of_a_vignette(vignette: Vignette, knowledge: Knowledge) -> None:
    case = read_case(read_hook(vignette.body(), PREFETCH_KEYS), knowledge.terminology, knowledge.rules, vignette.on)
    course = next(iter(CaseReadings(case).of_the_sum), None)

    assert course is not None
    assert course.complete
    assert (course.peak.low, course.peak.high) == vignette.mg_per_day


# --- the answer ------------------------------------------------------------------------------


@every_vignette
@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_cards_of_a_vignette(
    vignette: Vignette, language: str, dated_service: DatedService, knowledge: Knowledge
) -> None:
    cards = dated_service.cards(vignette, language)

    findings = findings_of(cards)
    expected = {
        rule: wanted for rule, wanted in vignette.expected.items() if rule in findings or not wanted.may_be_silent
    }
    assert findings.keys() == expected.keys()
    assert all(findings[rule] in wanted.indicators for rule, wanted in expected.items())
    assert_sound(cards, vignette.on, {rule.id: rule.group for rule in knowledge.rules.rules})


# --- the collection itself -------------------------------------------------------------------


def test_every_vignette_of_the_dossier_is_here() -> None:
    numbers = {vignette.id[:3] for vignette in VIGNETTES}

    assert {f"V{number:02}" for number in range(1, 33)} <= numbers


def test_a_vignette_has_an_id_of_its_own_and_a_name_of_its_own() -> None:
    ids, names = ([str(vignette.said[member]) for vignette in VIGNETTES] for member in ("id", "name"))

    assert len(set(ids)) == len(ids)
    assert len(set(names)) == len(names)


def test_every_finding_that_a_rule_can_make_is_expected_somewhere(knowledge: Knowledge) -> None:
    expected = {rule for vignette in VIGNETTES for rule in vignette.expected}

    said = {rule.id for rule in knowledge.rules.rules if rule.indicators and rule.group is not None}
    assert said <= expected


def test_the_request_of_a_vignette_holds_its_doses_exactly() -> None:
    v05 = next(vignette for vignette in VIGNETTES if vignette.id == "V05")
    order = json.loads(v05.body(), parse_float=Decimal)["context"]["draftOrders"]["entry"][0]["resource"]

    assert order["dosageInstruction"][0]["doseAndRate"][0]["doseQuantity"]["value"] == Decimal("75.0025")
