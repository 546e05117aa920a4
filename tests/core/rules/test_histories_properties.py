"""What holds of histories, whatever the order and the day: what becomes unknown is said, never "none"."""

from datetime import date
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_service.base.names import PREFETCH_KEYS
from cds_service.core.case import read_case
from cds_service.core.model.findings import Decision, Group, Indicator
from cds_service.core.record.terminology import UNDECIDED
from cds_service.core.rules.decide import decide
from cds_service.hook.order_sign import answer
from cds_service.http.json_reader import read_hook
from cds_service.knowledge.code_families import EDITIONS
from cds_service.knowledge.loading import Knowledge
from tests.core.situations import UNKNOWN, Situation, days, doses
from tests.known import known
from tests.vignette_cases import encode, request

TODAY = date(2026, 11, 22)


@cache
def knowledge() -> Knowledge:
    return known()


def decided(situation: Situation) -> Decision:
    hook = read_hook(encode(request(situation)), PREFETCH_KEYS)
    return decide(read_case(hook, knowledge().terminology, knowledge().rules, situation["on"]), knowledge().rules)


def spoken(decision: Decision) -> set[str]:
    return {finding.rule for finding in decision.findings if finding.group is not None}


def worst(decision: Decision, rule: str) -> int:
    return max((finding.indicator for finding in decision.findings if finding.rule == rule), default=0)


@st.composite
def patients(draw: st.DrawFn) -> Situation:
    """A patient with an order for alcohol dependence: a first prescription, a renewal, a change or a stop."""
    dose, before = draw(doses()), draw(st.one_of(st.none(), doses()))
    product = draw(st.sampled_from(["Zentiva 10", "Liorésal 10", "Baclocur 10"]))
    order: Situation = {"order": f"{product}, {dose}", "reason": "F10.2"}
    order |= {"replaces": "taken-1"} if before else {}
    # Who takes nothing has nothing to stop: such a draft says nothing.
    order |= draw(st.sampled_from([{}, {}, {"status": "stopped"}])) if before else {}
    return {
        "id": "drawn",
        "on": draw(days),
        "orders": [order],
        "taken": [f"{product}, {before}"] if before else [],
        "conditions": ["F10.2"],
    }


# --- known, left open, none ------------------------------------------------------------------

# How a record tells a history so that it counts, and so that it does not decide.
HISTORIES = {
    "seizure-history": (
        ["G40.9", "F10.31", "R56", "308742005"],
        ["F10.3", "F10.40", "R56.7", "F10.2 « sevrage avec convulsions »", "uncoded « épilepsie »"],
    ),
    "psychiatric-history": (
        ["R45.8", "R45.81", "Z91.50", "X61", "225444004"],
        ["R45", "R45.88", "Z91.53", "T42.4 « tentative de suicide »", "uncoded « suicide »"],
    ),
    "not-assessed": (
        ["Z99.2", "Z49.1", "N18.5", "N17.9"],
        ["N18.9 « hémodialyse »", "N18.9 « maladie rénale chronique stade 5 »", "uncoded « dialyse »"],
    ),
}


@pytest.mark.parametrize("rule", HISTORIES)
def test_a_history_that_a_record_leaves_open_is_said(rule: str) -> None:
    known, left_open = HISTORIES[rule]

    @given(patients(), st.sampled_from(known), st.sampled_from(left_open))
    def is_said(patient: Situation, surely: str, perhaps: str) -> None:
        before = spoken(decided(patient | {"conditions": ["F10.2", surely]}))
        after = spoken(decided(patient | {"conditions": ["F10.2", perhaps]}))

        assert rule not in before or after & {rule, "check-incomplete"}

    is_said()


@given(patients(), st.sampled_from(["conditions", "medications"]), st.sampled_from(UNKNOWN))
def test_what_is_not_assessed_never_becomes_silence(patient: Situation, key: str, state: str) -> None:
    patient |= {"conditions": ["F10.2", "Z99.2"], "prior": [{"order": "morphine, 10 mg BID", "status": "active"}]}
    before = spoken(decided(patient))
    after = spoken(decided(patient | {"records": {key: state}}))

    assert "not-assessed" in before
    assert after & {"not-assessed", "check-incomplete"}


@given(
    st.sampled_from(EDITIONS),
    st.sampled_from(["F10.31", "R45.8", "Z91.5", "R56", "N18.5", "Z99.2", "G40"]),
    st.data(),
)
def test_a_code_below_one_that_counts_is_never_without_a_rule(edition: str, code: str, data: st.DataObject) -> None:
    """It counts too, leaves the history open, or is excluded by name; so is R45.81 of ICD-10-CM."""
    terminology = knowledge().terminology
    below = f"{code}{'' if '.' in code else '.'}{data.draw(st.integers(0, 9))}"

    def names(of: str) -> set[str]:
        return terminology.lookup({"coding": [{"system": edition, "code": of}]})[0]

    lost = {name for name in names(code) if not {name, f"{name.removesuffix(UNDECIDED)}{UNDECIDED}"} & names(below)}
    assert not lost or below in ("R56.0", "Z91.52") or (edition.endswith("-cm") and below.startswith("R45.8"))


# --- what a renewal repeats ------------------------------------------------------------------


@given(
    st.sampled_from(["F33.2", "F33.2 resolved", "F33.2 relapse", "F33.2 undated", "Z91.5", "Z91.5 undated", "X61"]),
    st.integers(2, 9),
)
def test_a_renewal_never_says_more_than_a_rise(history: str, tablets: int) -> None:
    def of(before: int) -> int:
        patient = {
            "id": "drawn",
            "on": TODAY,
            "conditions": ["F10.2", history],
            "taken": [f"Zentiva 10, {before} cp QD"],
            "orders": [{"order": f"Zentiva 10, {tablets} cp QD", "replaces": "taken-1"}],
        }
        return worst(decided(patient), "psychiatric-history")

    same, fall, rise = of(tablets), of(tablets + 1), of(tablets - 1)
    assert same == fall <= rise
    assert rise >= Indicator.INFO


# --- outside the only indication -------------------------------------------------------------

DOSE_RULES = {rule.id for rule in known().rules.rules if rule.group is Group.DOSE}


@given(st.sampled_from(["M54.5", "R06.6", "F14.2", "G35", "G81.1"]), doses(), st.one_of(st.none(), doses()))
def test_baclocur_for_another_disease_is_a_warning_and_its_dose_is_information(
    reason: str, dose: str, before: str | None
) -> None:
    patient = {
        "id": "drawn",
        "on": TODAY,
        "orders": [{"order": f"Baclocur 10, {dose}", "reason": reason, "replaces": "taken-1"}],
        "taken": [f"Baclocur 10, {before}"] if before else [],
    }
    decision = decided(patient)

    assert worst(decision, "outside-indication") == Indicator.WARNING
    assert all(worst(decision, rule) <= Indicator.INFO for rule in DOSE_RULES)
    assert not answer(encode(request(patient)), knowledge(), on=TODAY, language="fr").offered
