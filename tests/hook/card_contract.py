"""What CDS Hooks 2.0.1 and the design require of the cards of every answer."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from cds_service.core.model.findings import Group

EXTENSION = "org.baclofen-cds"
INDICATORS = ("info", "warning", "critical")

Card = dict[str, Any]


def findings_of(cards: list[Card]) -> dict[str, str]:
    """The most urgent indicator of each finding on the cards."""
    worst: dict[str, str] = {}
    for card in cards:
        for finding in card["extension"][EXTENSION]["findings"]:
            known = worst.get(finding["id"], finding["indicator"])
            worst[finding["id"]] = max(known, finding["indicator"], key=INDICATORS.index)
    return worst


def findings_on(card: Card) -> list[Any]:
    found: list[Any] = card["extension"][EXTENSION]["findings"]
    return found


def _owner(card: Card, groups: Mapping[str, Group | None]) -> Group | None:
    """Whose card it is: of a finding that joins no other; its own where all do."""
    return groups[card["source"]["topic"]["code"]] if Group.DOSE not in _groups(card, groups) else Group.DOSE


def _groups(card: Card, groups: Mapping[str, Group | None]) -> set[Group | None]:
    return {groups[finding["id"]] for finding in findings_on(card)}


def assert_sound(cards: list[Card], on: date, groups: Mapping[str, Group | None]) -> None:
    """`groups` tells the group of each finding; a notice has none."""
    for card in cards:
        _assert_sound_card(card, on, groups)
    urgency = [INDICATORS.index(card["indicator"]) for card in cards]
    assert urgency == sorted(urgency, reverse=True)
    owners = [_owner(card, groups) for card in cards]
    assert len(set(owners)) == len(cards)
    carried = [{(item["id"], str(item.get("facts"))) for item in findings_on(card)} for card in cards]
    assert len(set().union(*carried)) == sum(map(len, carried)), "a finding on two cards"
    assert len({card["uuid"] for card in cards}) == len(cards)
    assert_nothing_empty(cards)


def _assert_sound_card(card: Card, on: date, groups: Mapping[str, Group | None]) -> None:
    extension = card["extension"][EXTENSION]
    findings = extension["findings"]
    assert card["indicator"] == max((finding["indicator"] for finding in findings), key=INDICATORS.index)
    assert card["source"]["topic"]["code"] == findings[0]["id"]
    assert all(groups[finding["id"]] is not None for finding in findings)
    assert not [finding for finding in findings if "parts" in finding.get("facts", {})], "a defect of ours"
    assert extension["on"] == on.isoformat()
    assert 0 < len(card["summary"]) < 140
    assert "$" not in card["summary"] + card["detail"]
    assert card["links"]
    assert all(link["type"] == "absolute" and link["url"].startswith("https://") for link in card["links"])
    _assert_sound_suggestions(card)


def _assert_sound_suggestions(card: Card) -> None:
    """Each is one choice of the card, says which findings it answers, and says what every action of it does."""
    suggestions = card.get("suggestions", [])
    assert ("selectionBehavior" in card) == bool(suggestions)
    assert card.get("selectionBehavior", "at-most-one") == "at-most-one"
    assert len({item["uuid"] for item in suggestions}) == len(suggestions)
    assert len({item["label"] for item in suggestions}) == len(suggestions)
    assert sum(item.get("isRecommended", False) for item in suggestions) <= 1
    for item in suggestions:
        assert item["extension"][EXTENSION]["answers"]
        assert item["actions"]
        for action in item["actions"]:
            assert action["type"] in ("create", "update")
            assert ("id" in action["resource"]) == (action["type"] == "update")
            assert action["description"]
            assert "$" not in item["label"] + action["description"]


def assert_nothing_empty(value: Any) -> None:
    """FHIR and CDS Hooks omit empty members; only the list of cards may be empty."""
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    for part in parts:
        assert part not in (None, "", [], {})
        assert_nothing_empty(part)
