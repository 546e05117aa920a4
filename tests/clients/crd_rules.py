"""The rules that Inferno's Da Vinci CRD test kit holds a server's answers to, as a table of our own.

Read in github.com/inferno-framework/davinci-crd-test-kit at 1d1f2c4 (March 2026), under lib/davinci_crd_test_kit:
`where` is the file. The kit itself needs Ruby 3.3 and a FHIR validator in a container.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

Json = Any


@dataclass(frozen=True)
class Rule:
    id: str
    asks: str
    where: str
    of: Callable[[Json], list[Json]]
    """What the rule looks at, of an answer."""
    holds: Callable[[Json], bool]


def _text(*names: str) -> Callable[[Json], bool]:
    return lambda item: all(isinstance(item.get(name), str) and item[name] for name in names)


def _lists(name: str) -> Callable[[Json], list[Json]]:
    return lambda answer: [item for card in answer["cards"] for item in card.get(name, [])]


def _cards(answer: Json) -> list[Json]:
    return list(answer["cards"])


def _actions(answer: Json) -> list[Json]:
    return [action for suggestion in _lists("suggestions")(answer) for action in suggestion.get("actions", [])]


CARDS, ACTIONS = "cards_validation.rb", "suggestion_actions_validation.rb"
RULES = (
    Rule(
        "CRD-1",
        "The answer has an array `cards`",
        CARDS,
        lambda answer: [answer],
        lambda answer: isinstance(answer.get("cards"), list),
    ),
    Rule(
        "CRD-2",
        "`summary`, `indicator`, `source` of a card",
        CARDS,
        _cards,
        lambda card: _text("summary", "indicator")(card) and isinstance(card.get("source"), dict),
    ),
    Rule("CRD-3", "A summary has fewer than 140 characters", CARDS, _cards, lambda card: len(card["summary"]) < 140),
    Rule(
        "CRD-4",
        "`indicator` is info, warning or critical",
        CARDS,
        _cards,
        lambda card: card["indicator"] in {"info", "warning", "critical"},
    ),
    Rule(
        "CRD-5",
        "`label` and `topic` of a source; `code` and `system` of a topic",
        CARDS,
        _cards,
        lambda card: _text("label")(card["source"]) and _text("code", "system")(card["source"].get("topic", {})),
    ),
    Rule(
        "CRD-6",
        "Optional members of a card have their types",
        CARDS,
        _cards,
        lambda card: all(isinstance(card.get(name, kind()), kind) for name, kind in OPTIONAL.items()),
    ),
    Rule(
        "CRD-7",
        "`selectionBehavior` where there are suggestions",
        CARDS,
        _cards,
        lambda card: not card.get("suggestions") or card.get("selectionBehavior") in {"at-most-one", "any"},
    ),
    Rule(
        "CRD-8",
        "`code`, `system`, `display` of a reason to override",
        CARDS,
        _lists("overrideReasons"),
        _text("code", "system", "display"),
    ),
    Rule("CRD-9", "`label`, `type`, `url` of a link", CARDS, _lists("links"), _text("label", "type", "url")),
    Rule(
        "CRD-10",
        "A link is absolute or smart; `appContext` only of a smart one",
        CARDS,
        _lists("links"),
        lambda link: link["type"] == "smart" or (link["type"] == "absolute" and "appContext" not in link),
    ),
    Rule(
        "CRD-11",
        "`label` of a suggestion; its `actions` are not empty",
        CARDS,
        _lists("suggestions"),
        lambda one: _text("label")(one) and one.get("actions", [0]) != [],
    ),
    Rule(
        "CRD-12",
        "`type` and `description` of an action; a type that exists",
        ACTIONS,
        _actions,
        lambda action: _text("type", "description")(action) and action["type"] in {"create", "update", "delete"},
    ),
    Rule(
        "CRD-13",
        "A FHIR resource where something is created or updated",
        ACTIONS,
        _actions,
        lambda action: action["type"] == "delete" or _text("resourceType")(action.get("resource", {})),
    ),
)
OPTIONAL: dict[str, type] = {"uuid": str, "detail": str, "suggestions": list, "overrideReasons": list, "links": list}


def broken(request: Json, answer: Json) -> Iterator[str]:
    """The ids of the rules that an answer breaks, in their order."""
    for rule in RULES:
        if not all(rule.holds(item) for item in rule.of(answer)):
            yield rule.id
    if not _updated(answer) <= _drafts(request):
        yield "CRD-14"


def _updated(answer: Json) -> set[str]:
    """CRD-14 (suggestion_actions_validation.rb): what is updated or deleted is one of `draftOrders`."""
    resources = [action["resource"] for action in _actions(answer) if action["type"] == "update"]
    deleted = {action["resourceId"] for action in _actions(answer) if action["type"] == "delete"}
    return {f"{resource['resourceType']}/{resource.get('id')}" for resource in resources} | deleted


def _drafts(request: Json) -> set[str]:
    resources = [entry["resource"] for entry in request["context"]["draftOrders"].get("entry", [])]
    return {f"{resource['resourceType']}/{resource.get('id')}" for resource in resources}
