"""What holds of every decision, whatever the orders, the patient and the day."""

import json
from collections import Counter
from copy import deepcopy
from datetime import date
from decimal import Decimal
from functools import cache
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cds_service.base.names import PREFETCH_KEYS
from cds_service.core.case import read_case
from cds_service.core.model.findings import Decision, Finding, Group, Indicator
from cds_service.core.rules.decide import decide
from cds_service.hook.order_sign import answer
from cds_service.http.json_reader import read_hook
from cds_service.knowledge.loading import Knowledge
from tests.core.plans.plan_kinds import KINDS
from tests.core.plans.traits import TRAITS
from tests.core.situations import UNKNOWN, Situation, doses, products, situations
from tests.hook.card_contract import assert_sound, findings_of
from tests.known import known
from tests.vignette_cases import encode, request
from tests.vignette_orders import Resource
from tests.vignette_record import KEYS

ABOVE = {"daily-dose-above-maximum", "daily-dose-above-recommended", "specialist-care"}


@cache
def knowledge() -> Knowledge:
    return known()


# --- what a decision says --------------------------------------------------------------------


def decided(situation: Situation, hook: Resource | None = None) -> Decision:
    """The decision on a situation, or on its request after it was changed."""
    read = read_hook(encode(hook or request(situation)), PREFETCH_KEYS)
    return decide(read_case(read, knowledge().terminology, knowledge().rules, situation["on"]), knowledge().rules)


def entries(hook: Resource) -> list[Resource]:
    drafts_sent: list[Resource] = hook["context"]["draftOrders"]["entry"]
    return drafts_sent


def said(decision: Decision) -> Counter[tuple[object, ...]]:
    """What a decision says, without the order in which it says it."""
    return Counter(_said(finding) for finding in decision.findings)


def _said(finding: Finding) -> tuple[object, ...]:
    answered = finding.answer
    facts = tuple(sorted((name, _sorted(value)) for name, value in answered.facts.items()))
    marks = (answered.if_alcohol, answered.if_addition)
    return finding.rule, finding.indicator, answered.case, *marks, frozenset(answered.orders), facts


def _sorted(value: object) -> str:
    return str(sorted(value)) if isinstance(value, tuple) else str(value)


def spoken(decision: Decision) -> set[str]:
    return {finding.rule for finding in decision.findings if finding.group is not None}


def worst(decision: Decision, rules: set[str]) -> int:
    return max((finding.indicator for finding in decision.findings if finding.rule in rules), default=0)


# --- silence is a clinical statement ---------------------------------------------------------


@given(situation=situations(), key=st.sampled_from(KEYS), state=st.sampled_from(UNKNOWN))
def test_what_becomes_unknown_never_becomes_silence(situation: Situation, key: str, state: str) -> None:
    states = {key: state if key != "patient" else "not sent"}
    before = spoken(decided(situation))
    after = spoken(decided(situation | {"records": states | situation["records"]}))

    lost = before - after
    assert after or not before
    assert not lost or after - before or "check-incomplete" in after, lost


@given(
    situation=situations(),
    broken=st.sampled_from(["orders", "records"]),
    times_over=st.integers(1, 3),
    chance=st.randoms(use_true_random=False),
)
def test_garbage_in_one_place_is_no_defect_and_hides_no_order(
    situation: Situation, broken: str, times_over: int, chance: Random
) -> None:
    """400 mg of Baclocur for a patient who takes nothing: critical since there is a limit, whatever is beside it."""
    situation |= {"taken": []}
    alone = {"order": "Baclocur 40, 400 mg QD", "id": "sound"}
    hook = request(situation | {"orders": [alone, {"order": "Zentiva 10, 1 cp TID", "reason": "F10.2"}]})
    victim = entries(hook)[1] if broken == "orders" else hook["prefetch"]
    damage(victim, chance, times_over)

    decision = decided(situation, hook)

    assert not decision.case.defects
    sound = decided(situation | {"orders": [alone]})
    assert worst(decision, ABOVE - {"specialist-care"}) >= worst(sound, ABOVE - {"specialist-care"})


JUNK: list[Any] = [
    None,
    [],
    {},
    "",
    "x",
    -1,
    10**30,
    True,
    [[[]]],
    {"a": {"b": [{}]}},
    ["x", None],
    "2022-99-99",
    "é" * 300,
]


def damage(value: Any, chance: Random, times_over: int) -> None:
    """Puts junk in the place of something, somewhere within."""
    for _ in range(times_over):
        places = list(_places(value))
        if places:
            holder, key = chance.choice(places)
            holder[key] = deepcopy(chance.choice(JUNK))


def _places(value: Any) -> list[tuple[Any, Any]]:
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else []
    return [place for key in keys for place in ((value, key), *_places(value[key]))]


# --- doses -----------------------------------------------------------------------------------


@given(situation=situations(), dose=doses())
def test_another_order_beside_it_never_lowers_what_is_above(situation: Situation, dose: str) -> None:
    """Where nothing is taken: else two lines of one signing together take the place of more than one of them does."""
    situation |= {"taken": []}
    more = situation | {"orders": [*situation["orders"], f"Baclocur 30, {dose}"]}

    assert worst(decided(more), ABOVE) >= worst(decided(situation), ABOVE)


@given(
    situation=situations(), product=products, less=st.decimals(1, 990, places=2), more=st.decimals(1, 1200, places=2)
)
def test_more_milligrams_never_lower_the_alarm_of_a_first_prescription(
    situation: Situation, product: str, less: Decimal, more: Decimal
) -> None:
    less, more = sorted([less, more])
    first = situation | {"taken": [], "records": {}}
    low, high = (decided(first | {"orders": [f"{product}, {mg} mg QD"]}) for mg in (less, more))

    assert worst(high, DOSE) >= worst(low, DOSE)


DOSE = {rule.id for rule in known().rules.rules if rule.group in (Group.DOSE, Group.CHECK)}

# --- what is drawn ---------------------------------------------------------------------------


def test_what_is_drawn_has_every_trait_of_real_life() -> None:
    """Else the properties here would speak of plain records alone."""
    seen: set[str] = set()

    @settings(max_examples=max(300, settings().max_examples))
    @given(situation=situations())
    def has(situation: Situation) -> None:
        decision = decided(situation)
        seen.update(name for name, trait in TRAITS.items() if trait.seen(decision))

    has()

    assert set(TRAITS) - seen == set()


# --- what changes nothing --------------------------------------------------------------------


@given(situation=situations(), chance=st.randoms(use_true_random=False))
def test_the_order_of_entries_changes_nothing(situation: Situation, chance: Random) -> None:
    hook = request(situation)
    shuffled = deepcopy(hook)
    for bundle in (shuffled["context"]["draftOrders"], *shuffled["prefetch"].values()):
        if isinstance(bundle, dict) and "entry" in bundle:
            chance.shuffle(bundle["entry"])

    assert said(decided(situation, shuffled)) == said(decided(situation, hook))


@given(situation=situations(), place=st.integers(0, 3))
def test_an_unrelated_drug_changes_nothing(situation: Situation, place: int) -> None:
    hook = request(situation)
    other = request(situation | {"orders": ["paracetamol, 500 mg TID"]})
    with_other = deepcopy(hook)
    entries(other)[0]["resource"]["id"] = "paracetamol"
    entries(with_other).insert(place, entries(other)[0])

    assert said(decided(situation, with_other)) == said(decided(situation, hook))


@given(situation=situations(), unrelated=st.sampled_from(["M54.5", "I10", "E11.9", "38341003", "F17.2"]))
def test_an_unrelated_condition_changes_nothing(situation: Situation, unrelated: str) -> None:
    more = situation | {"conditions": [*situation["conditions"], unrelated]}

    assert said(decided(more)) == said(decided(situation))


# --- what is answered ------------------------------------------------------------------------


def test_every_answer_is_sound_and_the_same_each_time() -> None:
    """Two in three of the requests ask for a suggestion; more than half of the answers have a card with a plan."""
    examples: list[bool] = []

    @given(situation=st.one_of(situations(), *KINDS.values()), language=st.sampled_from(["fr", "en"]))
    def is_sound(situation: Situation, language: str) -> None:
        body = encode(request(situation))
        first, second = (answer(body, knowledge(), on=situation["on"], language=language) for _ in range(2))
        cards = json.loads(first.body)["cards"]
        examples.append(any(item.proposal and item.actions for item in first.offered))

        assert first.body == second.body
        assert_sound(cards, situation["on"], {rule.id: rule.group for rule in knowledge().rules.rules})
        assert findings_of(cards).keys() == spoken(decided(situation))

    is_sound()

    assert sum(examples) * 2 > len(examples)


def test_every_case_of_every_rule_has_its_words_in_both_languages() -> None:
    cases = {(rule.id, case) for rule in knowledge().rules.rules for case in rule.indicators}
    written = knowledge().texts.cards

    assert all((rule, case, language) in written for rule, case in cases for language in ("fr", "en"))
    assert all(
        isinstance(indicator, Indicator) for rule in knowledge().rules.rules for indicator in rule.indicators.values()
    )


def test_that_the_goal_is_not_met_is_said_beside_a_dose_that_goes_above_only_if_it_is_for_alcohol() -> None:
    """What is sure is said, and what is advised above the dose too: neither holds for the other."""
    generic = {
        "id": "drawn",
        "on": date(2026, 10, 5),
        "records": {"conditions": "not sent"},
        "goals": ["reduce alcohol: not-achieved"],
        "taken": ["Baclocur 10, 7 cp QD"],
        "orders": [{"order": "Baclocur 10, 8 cp QD", "replaces": "taken-1"}, "Zentiva 10, 1 cp QD"],
    }
    said = [found.answer for found in decided(generic).findings if found.rule == "specialist-care"]

    assert sorted((it.case, it.if_alcohol) for it in said) == [("above", True), ("reached-goal-not-met", False)]
