"""The page of the five source texts, sentence by sentence: what each says, and where it went."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from cds_service.core.wording.texts import CardText
from cds_service.knowledge.loading import Knowledge

FILE = Path(__file__).parent / "sources.toml"

_HEAD = """\
# The sources, sentence by sentence

Made by `python -m docs.render` from [sources.toml](sources.toml); change that file.

Rules and cards rest on five published texts. Each sentence of a text has a number here, says in our words what it
says, and names where it went: a rule with the day of a change, or `rule/case/part/sentence` for a sentence of its
card; `*` stands for anything. **Binds** is what a prescriber must do or may not do, **advises** what is recommended;
what merely tells something binds nobody. The texts themselves are not in this repository. A test holds that no number
is missing, that each place exists, and that each sentence of a card on what to do, or on what a text says, is named.
"""

_OURS = """\
## What cards say that none of the five texts says

"""

Statement = Mapping[str, Any]

_BETWEEN_SENTENCES = re.compile(r"(?<=[.!?]) ")
_FACTS_OF_PLANS = re.compile(r"source-|ours-|note-above|alone$")


def sources_page(knowledge: Knowledge) -> str:
    del knowledge
    data = read_sources()
    lines = [_HEAD]
    for text in data["text"]:
        lines += [f"## {text['id']}: {text['title']}", "", text["about"], "", *_table(text)]
    lines.append(_OURS)
    lines += [f"- {_places(entry['in'])}. {entry['note']}" for entry in data["ours"]]
    return "\n".join(lines).rstrip() + "\n"


def read_sources() -> Mapping[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def _table(text: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"| {text['id']} | where | what | kind | where it went |", "|---|---|---|---|---|")
    for said in text["statement"]:
        cells = (
            f"{text['id']}.{said['number']}",
            said["place"],
            f"**{said['heading']}.** {said['says']}",
            said["kind"],
            ". ".join(part for part in (_places(said.get("in", [])), said.get("why_not", "")) if part),
        )
        yield f"| {' | '.join(cells)} |"
    yield ""


def _places(patterns: Iterable[str]) -> str:
    return ", ".join(f"`{pattern}`" for pattern in patterns)


# --- what may be named ----------------------------------------------------------------------------


def card_sentences(knowledge: Knowledge) -> dict[str, str]:
    """Each French sentence of a card on what a text says and on what to do, under its place."""
    found: dict[str, str] = {}
    for (rule, case, language), versions in knowledge.texts.cards.items():
        before = None
        for since, text in versions if language == "fr" else ():
            name = rule if before is None else f"{rule}@{since.isoformat()}"
            found |= {f"{name}/{case}/{place}": sentence for place, sentence in _sentences(text, before)}
            before = text
    return found


def _sentences(text: CardText, before: CardText | None) -> Iterator[tuple[str, str]]:
    """The sentences of the parts that are new."""
    for part in ("rule", "action"):
        written = getattr(text, part).template
        if written and (before is None or getattr(before, part).template != written):
            for number, sentence in enumerate(_BETWEEN_SENTENCES.split(written), start=1):
                yield f"{part}/{number}", sentence


def plan_sentences(knowledge: Knowledge) -> dict[str, str]:
    """The words of plans that tell where a pace comes from, or what to heed."""
    said = knowledge.texts.plan.items()
    return {f"plan/{key}": text for (key, language), text in said if language == "fr" and _FACTS_OF_PLANS.match(key)}


def rule_places(knowledge: Knowledge) -> set[str]:
    """Each rule, and each of its changes."""
    rules = knowledge.rules.rules
    return {rule.id for rule in rules} | {_change(rule.id, change.since) for rule in rules for change in rule.changes}


def _change(rule: str, since: date) -> str:
    return f"{rule}@{since.isoformat()}"


def named(patterns: Iterable[str], places: Iterable[str]) -> set[str]:
    """The places that any of the patterns names."""
    known = list(patterns)
    return {place for place in places if any(fnmatchcase(place, pattern) for pattern in known)}
