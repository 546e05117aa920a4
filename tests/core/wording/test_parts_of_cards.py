"""The parts of a card that are the same for every case: links, indicator, findings; and plans in words."""

from dataclasses import replace

import pytest

from cds_service.core.model.findings import Indicator
from cds_service.core.plans.plan_request import plan_linker
from cds_service.core.wording.cards import PlanUrl, render
from cds_service.core.wording.suggestion_words import as_suggestions, offered_in_words, plan_in_words
from cds_service.hook.order_sign import answer, offer
from tests.core.plans.asking import EXTENSION, NO_BREAK, TODAY, Answered, Json
from tests.vignette_answers import KNOWLEDGE, PUBLIC_URL, told_cards
from tests.vignette_cases import encode, request

LINKER = plan_linker(PUBLIC_URL, KNOWLEDGE.rules, KNOWLEDGE.terminology, TODAY)
RENEWAL = {"order": "Zentiva 10, 60 mg BID", "replaces": "taken-1"}
NO_CODE = {"fhir": {"priority": ["not", "a", "code"]}}


def hook(order: Json, taken: str = "Zentiva 10, 60 mg BID", conditions: tuple[str, ...] = ("F10.2",)) -> Json:
    said = {"id": "parts", "on": TODAY, "orders": [order], "taken": [taken], "conditions": [*conditions]}
    return request(said)


def cards(
    order: Json, taken: str = "Zentiva 10, 60 mg BID", plan_url: PlanUrl | None = LINKER, public_url: str = ""
) -> list[Json]:
    answered = answer(encode(hook(order, taken)), KNOWLEDGE, on=TODAY, language="fr", public_url=PUBLIC_URL)
    return render(answered.decision, answered.offered, KNOWLEDGE.texts, "fr", plan_url, public_url=public_url)


def test_every_link_has_a_label_an_address_and_its_kind() -> None:
    for told in told_cards():
        for link in told.card["links"]:
            assert set(link) == {"label", "url", "type"}
            assert link["label"]
            assert link["url"]
            assert link["type"] == "absolute"


def test_the_plan_that_is_offered_first_has_the_only_link_to_a_page_of_a_plan() -> None:
    """Of a suggestion that cannot be sent there is no page."""
    (card, *_) = cards({"order": "Zentiva 10, 80 mg QID", "replaces": "taken-1"}, "Zentiva 10, 80 mg QID")
    (left_out, *_) = cards(RENEWAL | NO_CODE)
    pages = [link for link in card["links"] if link["url"].startswith(f"{PUBLIC_URL}/taper?")]

    assert [link["label"] for link in pages] == ["Plan imprimable"]
    assert "to=300" in pages[0]["url"]
    assert card["links"][0] == pages[0]
    assert not [link for link in left_out["links"] if "/taper" in link["url"]]


def test_a_referral_that_is_offered_first_has_no_page_and_is_offered() -> None:
    (card, *_) = cards(RENEWAL)

    assert [action["resource"]["resourceType"] for action in card["suggestions"][0]["actions"]] == ["ServiceRequest"]
    assert not [link for link in card["links"] if "/taper" in link["url"]]


def test_the_text_that_gives_the_pace_of_a_plan_is_linked_where_the_plan_is_offered() -> None:
    """Today a finding or a notice cites the same text: here it is another one."""
    answered = answer(encode(hook(RENEWAL)), KNOWLEDGE, on=TODAY, language="fr", public_url=PUBLIC_URL)
    offered = [
        replace(item, proposal=replace(item.proposal, source=replace(item.proposal.source, title="Lettre de demain")))
        for item in answered.offered
        if item.proposal is not None
    ]

    (card, *_) = render(answered.decision, offered, KNOWLEDGE.texts, "fr")
    assert [link for link in card["links"] if link["label"].startswith("Lettre de demain")]


def test_a_card_names_the_text_that_it_speaks_for() -> None:
    for told in told_cards():
        (first, *_) = told.carried
        label = KNOWLEDGE.texts.labelled(first.source, told.language)
        topic = told.card["source"]["topic"]
        assert told.card["source"] == {"label": label, "url": first.source.url, "topic": topic}, told.name


def test_a_plan_that_no_address_can_hold_has_no_link() -> None:
    (card, *_) = cards(
        {"order": "Zentiva 10, 80 mg QID", "replaces": "taken-1"}, "Zentiva 10, 80 mg QID", plan_url=lambda _: None
    )

    assert "Plan imprimable" not in [link["label"] for link in card["links"]]
    assert all(link["url"] for link in card["links"])


def test_where_the_service_has_an_address_a_card_leads_to_the_page_of_its_rule() -> None:
    (card, *_) = cards(RENEWAL, public_url=PUBLIC_URL)
    (without, *_) = cards(RENEWAL)
    url = f"{PUBLIC_URL}/rules/specialist-care?lang=fr"

    assert {"label": "Pourquoi ?", "url": url, "type": "absolute"} in card["links"]
    assert not [link for link in without["links"] if "/rules/" in link["url"]]


def test_a_day_that_nobody_set_by_hand_is_not_named() -> None:
    assert "Règles en vigueur" not in cards(RENEWAL)[0]["detail"].replace(NO_BREAK, " ")


def test_a_card_is_as_urgent_as_the_worst_that_it_carries() -> None:
    order = {indicator.code: indicator for indicator in Indicator}
    for told in told_cards():
        carried = told.card["extension"][EXTENSION]["findings"]
        worst = max(order[finding["indicator"]] for finding in carried)
        assert told.card["indicator"] == worst.code, told.name


def test_a_finding_without_facts_has_no_empty_ones_and_orders_are_named_where_there_are_any() -> None:
    extensions = [told.card["extension"][EXTENSION] for told in told_cards()]
    findings = [finding for extension in extensions for finding in extension["findings"]]

    assert all({"id", "indicator", "source"} <= finding.keys() for finding in findings)
    assert {} not in [finding.get("facts") for finding in findings]
    assert [finding for finding in findings if "facts" in finding]
    assert [finding for finding in findings if "facts" not in finding]
    assert [] not in [extension.get("orders") for extension in extensions]
    assert [extension for extension in extensions if "orders" in extension]


def test_no_more_than_five_reasons_are_offered_and_five_where_there_are_as_many() -> None:
    assert max(len(told.card["overrideReasons"]) for told in told_cards()) == 5


# --- plans in words ------------------------------------------------------------------------------


def words_of(order: Json, taken: str, conditions: tuple[str, ...] = ("F10.2",)) -> list[str]:
    """Each plan that is offered, in words."""
    answered = Answered(hook(order, taken, conditions), KNOWLEDGE, TODAY)
    return [
        plan_in_words(item, answered.texts, "fr").replace(NO_BREAK, " ")
        for item in answered.offered
        if item.proposal is not None
    ]


def test_levels_between_that_are_not_all_held_as_long_are_said_so() -> None:
    """40 mg with seizures: 30, 25, 20 and 15 mg for two days, 10 and 5 for three."""
    stop: Json = {"order": "Zentiva 10, 20 mg BID", "stop": True, "id": "taken-1"}
    (plan,) = words_of(stop, "Zentiva 10, 20 mg BID", ("F10.2", "G40.9"))

    assert "par paliers de 2 jours au moins, 25, 20, 15, 10 et 5 mg/j" in plan


def test_a_rise_that_ends_at_its_visit_far_from_what_was_ordered_says_nothing_of_tablets() -> None:
    seizures = ("F10.2", "G40.9")
    (plan,) = words_of({"order": "Zentiva 10, 79 mg QD", "replaces": "taken-1"}, "Zentiva 10, 30 mg QD", seizures)
    (near,) = words_of({"order": "Zentiva 10, 38.5 mg QD", "replaces": "taken-1"}, "Zentiva 10, 20 mg QD")

    assert "exactement" not in plan
    assert "). (Les comprimés ne font pas exactement 38,5 mg/j" in near


def test_the_last_day_of_the_reserve_is_named() -> None:
    """28 days from 22 November: to 19 December."""
    (plan,) = words_of({"order": "Zentiva 10, 20 mg TID", "replaces": "taken-1"}, "Zentiva 10, 10 mg BID")

    assert "est une réserve jusqu’au 19/12/2026" in plan


def test_of_several_plans_the_first_is_told_and_nothing_empty() -> None:
    answered = Answered(hook(RENEWAL), KNOWLEDGE, TODAY)
    referral, *plans = answered.offered

    assert referral.proposal is None
    assert offered_in_words([referral, *plans], answered.texts, "fr") == []
    assert offered_in_words(plans, answered.texts, "fr") == [plan_in_words(plans[0], answered.texts, "fr")]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_what_takes_the_place_of_two_products_says_that_it_is_one_alone(language: str) -> None:
    coarse: Json = {"order": "Baclocur 40, 2 cp QID", "replaces": "taken-1"}
    decision = Answered(hook(coarse, "Baclocur 40, 2 cp QID"), KNOWLEDGE, TODAY)
    body = encode(decision.hook)
    judged = answer(body, KNOWLEDGE, on=TODAY, language=language).decision
    offered = offer(judged, KNOWLEDGE, one_action=True, language=language)
    labels = [item["label"] for item in as_suggestions(offered, KNOWLEDGE.texts, language)["suggestions"]]
    alone = {"fr": f" (en Baclocur 10{NO_BREAK}mg seulement)", "en": f" (with Baclocur 10{NO_BREAK}mg only)"}

    plans = [label for label in labels if "mg/" in label]
    assert plans
    assert all(label.endswith(alone[language]) for label in plans)
