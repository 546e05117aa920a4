"""The page of all cards that the vignettes give, by rule, once each: to be read as a prescriber reads them."""

import re
from collections.abc import Iterable, Iterator, Mapping
from statistics import median
from typing import Any

from cds_service.base.names import EXTENSION
from cds_service.hook.order_sign import answer
from cds_service.knowledge.loading import Knowledge
from tests.vignette_cases import read_vignettes

Card = Mapping[str, Any]

# Each card: the vignette that gives it first, and its wording in each language.
Shown = tuple[str, Card, Card]

_HEAD = """\
# The cards

Made by `python -m docs.render` from [tests/vignettes](../tests/vignettes/README.md) and [cards](../cards).

Each card that the vignettes give, once, in French and in English, under the rule that gives its topic. Dates and
doses are those of the vignette that is named. What a no-break space binds, such as a number and its unit, is one
word; markdown is not counted. {count} cards; words of a detail in French: median {median}, at most {most}.
"""

_EMPHASIS = re.compile(r"\*\*")
_WORD = re.compile(r"[^ \n]*\w[^ \n]*")


def words_in(detail: str) -> int:
    """How many words a detail has, without its markdown."""
    return len(_WORD.findall(_EMPHASIS.sub("", detail)))


def cards_page(knowledge: Knowledge) -> str:
    shown = list(_each_once(_all_cards(knowledge)))
    counts = [words_in(french["detail"]) for _, french, _ in shown]
    lines = [_HEAD.format(count=len(shown), median=round(median(counts)), most=max(counts))]
    for rule in knowledge.rules.rules:
        mine = [item for item in shown if item[1]["source"]["topic"]["code"] == rule.id]
        if mine:
            lines += [f"## {knowledge.texts.topics[rule.id, 'en']}", "", f"`{rule.id}`", ""]
            lines += [line for item in mine for line in _lines(item)]
    return "\n".join(lines).rstrip() + "\n"


def _all_cards(knowledge: Knowledge) -> Iterator[Shown]:
    for vignette in read_vignettes():
        french, english = (
            answer(vignette.body(), knowledge, on=vignette.on, language=language).cards for language in ("fr", "en")
        )
        yield from ((vignette.id, *both) for both in zip(french, english, strict=True))


def _each_once(cards: Iterable[Shown]) -> Iterator[Shown]:
    """Without those that differ from an earlier one in numbers, products and places only."""
    seen = set()
    for name, french, english in cards:
        key = re.sub(r"[\d≈/,.]+", "0", french["summary"]), _findings(french)
        if key not in seen:
            seen.add(key)
            yield name, french, english


def _findings(card: Card) -> tuple[str, ...]:
    return tuple(sorted({finding["id"] for finding in card["extension"][EXTENSION]["findings"]}))


def _lines(item: Shown) -> Iterator[str]:
    name, *both = item
    carried = ", ".join(f"`{finding}`" for finding in _findings(both[0]))
    yield f"### {name}, {both[0]['indicator']}: {carried}"
    yield ""
    for card in both:
        yield f"**{card['summary']}** ({words_in(card['detail'])} words)"
        yield ""
        yield "\n".join(f"> {line}" if line else ">" for line in card["detail"].split("\n"))
        yield ""
        buttons = [f"[{suggestion['label']}]" for suggestion in card.get("suggestions", [])]
        if buttons:
            yield from (" ".join(buttons), "")
