"""The rules as PlanDefinitions: each has the rules of its period, and includes every finding of its days."""

from datetime import date, timedelta
from itertools import pairwise

from cds_service.base.names import PREFETCH_KEYS
from cds_service.core.case import read_case
from cds_service.core.rules.decide import decide
from cds_service.core.rules.verdict import CaseReadings
from cds_service.hook.order_sign import answer
from cds_service.http.json_reader import read_hook
from tests.builders import TERMINOLOGY, Json
from tests.definitions.definitions import DEFINITIONS, FINDINGS, KNOWLEDGE, ON, PLANS, ROOT, texts
from tests.vignette_cases import read_vignettes


def test_the_periods_follow_each_other_without_a_gap_from_the_first_text_on() -> None:
    periods = [plan["effectivePeriod"] for plan in PLANS]

    assert periods[0]["start"] == "2012-04-24"
    assert "end" not in periods[-1]
    for earlier, later in pairwise(periods):
        assert date.fromisoformat(earlier["end"]) + timedelta(days=1) == date.fromisoformat(later["start"])


def test_on_each_day_of_its_period_a_plan_has_the_rules_in_force() -> None:
    for plan in PLANS:
        begins = date.fromisoformat(plan["effectivePeriod"]["start"])
        ends = date.fromisoformat(plan["effectivePeriod"].get("end", "2030-01-01"))
        for number in range((ends - begins).days + 1):
            day = begins + timedelta(days=number)
            assert asked(plan).keys() == {rule.id for rule, _ in KNOWLEDGE.rules.in_force(day) if rule.indicators}, (
                day
            )


def asked(plan: Json) -> dict[str, str]:
    """Each rule of a plan with its check and values."""
    (hook,) = plan["action"]
    return {
        rule["id"]: rule["condition"][0]["expression"]["expression"]
        for group in hook["action"]
        for rule in group["action"]
    }


# Typed by hand from the clinical dossier, A.1: the dose rules of each period.
DOSES = {
    "2012-04-24": {},
    "2014-03-17": {"daily-dose-above-maximum": 300},
    "2017-03-17": {"daily-dose-above-maximum": 300},
    "2017-07-24": {"daily-dose-above-maximum": 80},
    "2018-10-22": {"daily-dose-above-maximum": 80},
    "2018-12-13": {"daily-dose-above-maximum": 80},
    "2020-06-17": {"daily-dose-above-maximum": 80},
    "2020-11-25": {"daily-dose-above-maximum": 80},
    "2020-11-26": {"daily-dose-above-maximum": 80},
    "2021-03-01": {"daily-dose-above-maximum": 80},
    "2021-03-04": {"daily-dose-above-recommended": 300, "specialist-care": 80},
    "2023-05-12": {"daily-dose-above-recommended": 300, "specialist-care": 80},
}


def test_each_period_has_the_doses_of_the_dossier() -> None:
    found = {plan["effectivePeriod"]["start"]: limits(plan) for plan in PLANS}

    assert found == DOSES


def limits(plan: Json) -> dict[str, int]:
    names = ("daily-dose-above-maximum", "daily-dose-above-recommended", "specialist-care")
    return {
        name: int(question.split("mg_per_day=")[1].rstrip(")"))
        for name, question in asked(plan).items()
        if name in names
    }


def test_each_rule_of_a_plan_cites_its_document_and_has_the_code_of_its_finding() -> None:
    codes = {concept["code"]: concept["display"] for concept in FINDINGS["concept"]}
    for plan in PLANS:
        cited = {item["url"] for item in plan["relatedArtifact"] if item["type"] == "citation"}
        rules = [rule for group in plan["action"][0]["action"] for rule in group["action"]]
        assert rules
        for rule in rules:
            (coding,) = rule["code"][0]["coding"]
            assert (coding["code"], coding["display"]) == (rule["id"], codes[rule["id"]])
            assert rule["documentation"][0]["url"] in cited


def test_what_is_suggested_was_in_force_on_the_first_day_of_the_period() -> None:
    activities = {item["url"]: item for item in DEFINITIONS if item["resourceType"] == "ActivityDefinition"}
    suggested = [(plan, text) for plan in PLANS for text in texts(plan["action"]) if "/ActivityDefinition/" in text]

    assert suggested
    for plan, url in suggested:
        assert activities[url]["effectivePeriod"]["start"] <= plan["effectivePeriod"]["start"]


def test_the_code_of_a_real_card_is_in_the_code_system_with_its_words() -> None:
    codes = {concept["code"]: concept["display"] for concept in FINDINGS["concept"]}
    cards = answer((ROOT / "tests/data/sandbox-order-sign.json").read_bytes(), KNOWLEDGE, on=ON, language="fr").cards

    assert cards
    for card in cards:
        topic = card["source"]["topic"]
        assert (topic["system"], topic["display"]) == (FINDINGS["url"], codes[topic["code"]])


def test_every_finding_of_every_vignette_is_foreseen_by_the_plan_of_its_day() -> None:
    """With its case, and with at least its urgency; a conditional finding may be less urgent than in the plan, and so
    may one about a dose that is ordered outside the indication of its product.
    """
    seen = 0
    for vignette in read_vignettes():
        plan = plan_of(vignette.on)
        if plan is None:
            continue
        foreseen = cases(plan)
        case = read_case(read_hook(vignette.body(), PREFETCH_KEYS), TERMINOLOGY, KNOWLEDGE.rules, vignette.on)
        for finding in decide(case, KNOWLEDGE.rules).findings:
            urgency = foreseen[f"{finding.rule}.{finding.answer.case}"]
            conditional = bool(finding.answer.conditions)
            outside = CaseReadings(case).is_outside(finding.answer) or finding.answer.at_most is not None
            assert finding.indicator.code == urgency or conditional or outside, (vignette.id, finding.rule)
            seen += 1
    assert seen > 300


def plan_of(day: date) -> Json | None:
    """The plan whose period includes a day."""
    periods = [(plan["effectivePeriod"], plan) for plan in PLANS]
    found = [plan for period, plan in periods if period["start"] <= day.isoformat() <= period.get("end", "9999")]
    return next(iter(found), None)


def cases(plan: Json) -> dict[str, str]:
    """Each case of each rule of a plan, with its urgency."""
    rules = [rule for group in plan["action"][0]["action"] for rule in group["action"]]
    return {
        case["id"]: case["code"][0]["coding"][0]["code"]
        for rule in rules
        for case in rule.get("action", [])
        if "code" in case
    }
