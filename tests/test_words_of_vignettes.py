"""The words on the cards of every vignette, in both languages: conditions, sums, notices, places, plans.

Vignettes compare findings, but a clinician reads sentences. Each sentence must be in its place and nowhere else.
"""

import json
import re
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from urllib.parse import parse_qs, urlsplit

import pytest

from cds_service.core.model.dose import NotComputable
from cds_service.core.model.findings import Finding, Group
from cds_service.core.model.order import Order
from tests.vignette_answers import LANGUAGES, PUBLIC_URL, ToldCard, by_answer, phrase, plain, texts, told_cards

CONDITIONS = {"if for alcohol": "if-alcohol", "if added": "if-addition", "if confirmed": "if-confirmed"}
IN_SUMMARY = {
    "if for alcohol": "if-alcohol-summary",
    "if added": "if-addition-summary",
    "if for alcohol if added": "if-alcohol-addition-summary",
    "if confirmed": "if-confirmed-summary",
    "if for alcohol if confirmed": "if-alcohol-confirmed-summary",
    "if added if confirmed": "if-addition-confirmed-summary",
    "if for alcohol if added if confirmed": "if-alcohol-addition-confirmed-summary",
}

# Since this day, every answer with a dose or precaution card asks to report adverse effects, and says to whom.
REPORTED_SINCE = date(2017, 3, 17)


# --- conditional findings --------------------------------------------------------------------


@pytest.mark.parametrize("condition", CONDITIONS)
def test_the_card_of_a_finding_under_a_condition_says_the_condition(condition: str) -> None:
    """In the detail; also in the summary, if all that it may be about is under the condition."""
    under = [told for told in told_cards() if any(condition in said for said in expected(told).values())]
    named = [told for told in under if condition in expected(told).get(told.topic, "")]
    headed = [told for told in named if all(holds_if(condition, it) for it in told.findings if it.rule == told.topic)]

    assert {told.language for told in headed} == {*LANGUAGES}
    assert not [told.name for told in under if condition_of(condition, told) not in told.detail.lower()]
    assert not [told.name for told in headed if not told.summary.startswith(in_summary(told))]


def in_summary(told: ToldCard) -> str:
    """The words with which the summary of a card must begin."""
    return phrase(IN_SUMMARY[expected(told)[told.topic]], told.language)


@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_card_without_such_a_finding_does_not_say_the_condition(condition: str) -> None:
    certain = [told for told in told_cards() if not any(holds_if(condition, found) for found in told.findings)]

    assert certain
    assert not [told.name for told in certain if condition_of(condition, told) in told.detail.lower()]


def test_the_summary_of_what_holds_in_any_case_has_no_condition() -> None:
    headed = [told for told in told_cards() if not any(holds_if(it, told.findings[0]) for it in CONDITIONS)]
    phrases = {language: [phrase(key, language) for key in IN_SUMMARY.values()] for language in LANGUAGES}

    assert headed
    assert not [told.name for told in headed if any(it in told.summary for it in phrases[told.language])]


@pytest.mark.parametrize("condition", CONDITIONS)
def test_what_holds_in_any_case_stands_before_a_condition_and_what_holds_under_it_behind(condition: str) -> None:
    under = [told for told in told_cards() if any(holds_if(condition, found) for found in told.findings)]

    assert under
    for told in under:
        before, _, behind = told.block("block-finding").lower().partition(condition_of(condition, told))
        for found in told.findings:
            if holds_if(condition, found):
                assert words_of(found, told.language).lower() in behind, told.name
            elif not any(holds_if(other, found) for other in CONDITIONS):
                assert words_of(found, told.language).lower() in before, told.name


def condition_of(condition: str, told: ToldCard) -> str:
    """In lower case: behind another condition it has no capital."""
    return phrase(CONDITIONS[condition], told.language).lower()


def expected(told: ToldCard) -> dict[str, str]:
    """The condition of each of the card's findings, as written in the vignette."""
    said = {rule: wanted.condition for rule, wanted in told.vignette.expected.items() if rule in told.rules}
    return {rule: condition for rule, condition in said.items() if condition}


def holds_if(condition: str, found: Finding) -> bool:
    return CONDITIONS[condition].removeprefix("if-") in found.answer.conditions


def words_of(found: Finding, language: str) -> str:
    """The longest constant part of a finding's sentence, without its first letter, which may be lower case."""
    written: str = texts(found.rule)[found.answer.case][language]["finding"]
    return max(re.split(r"\$\w+", plain(written)[1:]), key=len).strip()


# --- the sum that gives the dose -------------------------------------------------------------

NUMBER = r"(?:≈ )?\d[\d,.]*"
SPAN = rf"{NUMBER}(?: (?:à|to) {NUMBER})?"
TOTAL = re.compile(rf" = (?P<span>{SPAN}) mg/(?:j|day)")
TERM = re.compile(
    rf"(?:(?P<units>{SPAN}) (?:comprimés?|tablets?) (?:de|of) |(?P<ml>{SPAN}) ml (?:à|of) )?"
    rf"(?P<mg>{SPAN}) mg(?:/ml)? × (?P<times>{SPAN}) (?:par jour|a day)"
)


def test_a_dose_card_gives_the_sum_of_each_of_its_orders_and_no_other_card_gives_one() -> None:
    """Of more than four orders it gives four, and says how many others there are."""
    doses = [told for told in told_cards() if told.group is Group.DOSE]

    assert {told.language for told in doses} == {*LANGUAGES}
    for told in doses:
        assert sums_in(told.block("block-finding")) == [*sums_of(told.orders[:4])], told.name
        counted = phrase("and-others", told.language).format(len(told.orders) - 4)
        assert (counted in told.block("block-finding")) == (len(told.orders) > 4), told.name
    others = [told for told in told_cards() if told.group is not Group.DOSE]
    assert not [told.name for told in others if sums_in(told.detail)]


def sums_in(written: str) -> list[tuple[Fraction, Fraction]]:
    return [span(found["span"]) for found in TOTAL.finditer(written)]


def sums_of(orders: list[Order]) -> Iterator[tuple[Fraction, Fraction]]:
    """The highest daily dose of each order that asks for one."""
    for order in orders:
        if not order.stops and not isinstance(order.dose, NotComputable):
            highest = max(order.dose, key=lambda step: step.mg_per_day.high).mg_per_day
            yield shown(highest.low), shown(highest.high)


def test_a_dose_card_says_of_an_order_that_it_stops_or_has_no_dose() -> None:
    wanted = {"stopped": lambda order: order.stops, "dose-unknown": has_no_dose}
    for key, holds in wanted.items():
        seen = 0
        for told in (told for told in told_cards() if told.group is Group.DOSE):
            said = told.block("block-finding").count(phrase(key, told.language))
            assert said == sum(map(holds, told.orders[:4])), (told.name, key)
            seen += said
        assert seen, key


def has_no_dose(order: Order) -> bool:
    return not order.stops and isinstance(order.dose, NotComputable)


def test_the_terms_of_a_sum_add_up_to_it() -> None:
    """Only doses taken in full every day: left-out or capped days give a range, which is checked elsewhere."""
    seen = 0
    for told in (told for told in told_cards() if told.group is Group.DOSE):
        for sentence in re.split(r"(?<=[^\d])\. |, (?:plus haut|highest)", told.block("block-finding")):
            total = TOTAL.search(sentence)
            if total is None or re.search(r"\(\D{3}|au plus|at most|si besoin|as needed|≈", sentence):
                continue
            terms = [product(term) for term in TERM.finditer(sentence)]
            added = tuple(sum(ends) for ends in zip(*terms, strict=True))
            assert added == span(total["span"]), (told.name, sentence)
            seen += 1
    assert seen >= 100


def product(term: re.Match[str]) -> tuple[Fraction, Fraction]:
    low, high = Fraction(1), Fraction(1)
    for part in ("units", "ml", "mg", "times"):
        if term[part]:
            least, most = span(term[part])
            low, high = low * least, high * most
    return low, high


def span(written: str) -> tuple[Fraction, Fraction]:
    low, _, high = re.sub(" (à|to) ", "-", written).partition("-")
    return number(low), number(high or low)


def number(written: str) -> Fraction:
    """Read a number: French has a comma where English has a point."""
    return Fraction(written.removeprefix("≈ ").rstrip(",.").replace(",", "."))


def shown(mg: Fraction) -> Fraction:
    """A number to four decimals, as on cards."""
    return Fraction(round(mg * 10_000), 10_000)


# --- the lines at the end of a card ----------------------------------------------------------

NOTICES = {
    "adverse-effect-report": {Group.DOSE, Group.PRECAUTIONS},
    "first-line-situations": {Group.DOSE},
    "no-abrupt-stop": {Group.DOSE},
    "risk-reduction-documents": {Group.DOSE},
}


@pytest.mark.parametrize("rule", NOTICES)
def test_a_notice_stands_on_the_cards_that_it_is_for_and_on_no_other(rule: str) -> None:
    """An answer says it once: on the first card that it is for."""
    seen = {True: 0, False: 0}
    for cards in by_answer():
        first = next((told for told in cards if told.group in NOTICES[rule]), None)
        for told in cards:
            actions = actions_of(rule, told)
            said = {case for case, action in actions.items() if action in told.detail.rpartition("\n\n")[2]}
            found = {item.answer.case for item in told.decision.findings if item.rule == rule}
            assert said == (found if told is first else set()), told.name
            seen[bool(said)] += 1
    assert all(seen.values())


def cases_of(rule: str) -> list[tuple[str, dict[str, dict[str, str]]]]:
    return [(case, text) for case, text in texts(rule).items() if case not in ("topic", "since")]


def actions_of(rule: str, told: ToldCard) -> dict[str, str]:
    """What to do in each case of a rule, as said on the day of the card."""
    said = {case: text[told.language]["action"] for case, text in cases_of(rule)}
    for day, later in sorted(texts(rule).get("since", {}).items()):
        if day <= told.vignette.on.isoformat():
            said |= {case: text[told.language]["action"] for case, text in later.items()}
    return said


def test_since_its_day_an_answer_on_a_dose_or_precaution_tells_and_links_once_where_to_report() -> None:
    firsts = [
        next((told for told in cards if told.group in NOTICES["adverse-effect-report"]), None)
        for cards in by_answer()
    ]
    for told in told_cards():
        is_for = told in firsts and told.vignette.on >= REPORTED_SINCE
        labels = {text[told.language]["link"] for _, text in cases_of("adverse-effect-report")}
        links = [link["url"] for link in told.card["links"] if link["label"].startswith(tuple(labels))]
        assert len(links) == is_for, told.name
        assert not is_for or any(
            action in told.detail for action in actions_of("adverse-effect-report", told).values()
        )


# --- which order could not be read ------------------------------------------------------------


def test_the_place_of_an_order_that_was_not_read_is_said_before_the_reason() -> None:
    seen = set()
    for told in told_cards():
        case = told.decision.case
        known = {order.reference for order in case.orders}
        for unread in case.unread if "check-not-done" in told.rules else ():
            reason = texts("reasons")[unread.reason][told.language]
            before, said, _ = told.block("block-finding").partition(reason[1:])
            assert said, (told.name, reason)
            named = f"{phrase('order', told.language)} {place(told, unread.reference)}"
            if unread.place and unread.reference not in known:
                is_named = re.search(rf"(^|[ ,.]){named}(?!\d)[^.]*\S$", before) is not None
                assert is_named == (len(case.orders) + len(case.unread) > 1), (told.name, before)
                seen.add(is_named)
    assert seen == {True, False}


def place(told: ToldCard, reference: str) -> int:
    """The position of the order in the request, counted from 1."""
    entries = json.loads(told.vignette.body())["context"]["draftOrders"]["entry"]
    ids = [f"{entry['resource'].get('resourceType')}/{entry['resource'].get('id')}" for entry in entries]
    return ids.index(reference) + 1 if reference in ids else int(reference.rpartition("[")[2].rstrip("]")) + 1


# --- the page of a plan ----------------------------------------------------------------------


def test_a_card_links_to_the_plan_that_it_offers_first_and_to_no_other() -> None:
    seen = dict.fromkeys([True, False], 0)
    for told in told_cards():
        urls = [
            link["url"] for link in told.card["links"] if link["label"] == phrase("printable-plan", told.language)
        ]
        offered = [item for item in told.offered if item.group is told.group and item.actions]
        proposal = offered[0].proposal if offered else None
        is_a_way = proposal is not None
        assert len(urls) == is_a_way, told.name
        if proposal is not None and is_a_way:
            asked = parse_qs(urlsplit(urls[0]).query, strict_parsing=True)
            assert urls[0].startswith(f"{PUBLIC_URL}/taper?"), told.name
            assert Fraction(asked["from"][0]) == proposal.plan.from_mg
            assert Fraction(asked["to"][0]) == proposal.plan.wanted_mg
            assert asked["on"] == [proposal.plan.levels[0].since.isoformat()]
        seen[bool(urls)] += 1
    assert all(seen.values())
