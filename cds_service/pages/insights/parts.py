"""Writes in words what stands beside the figures: answers by urgency, one rule by its parts, clients on trial."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cds_service.core.wording import words
from cds_service.core.wording.texts import Texts
from cds_service.knowledge.loading import Knowledge
from cds_service.pages.insights.figures import ENOUGH_ANSWERS, Tally, tally
from cds_service.pages.insights.view import Cells, cells_of, count, rule_name
from cds_service.pages.sentences import Sentences
from cds_service.store.statistics import SILENT, Part, WeekOfFinding


@dataclass(frozen=True, slots=True)
class PartTable:
    """One rule by product, rules version or client: the one that is overridden most first, if any is."""

    id: str
    title: str
    head: str
    rows: tuple[tuple[str, Cells], ...]
    most: str


def answers_in_words(answers: Mapping[str, int], texts: Texts, say: Sentences) -> tuple[tuple[str, str, str], ...]:
    """(label, number, share) of the answers of each urgency; empty without answers."""
    total = sum(answers.values())
    if not total:
        return ()
    return tuple(
        (
            _urgency(name, texts, say),
            count(number, say),
            say("insights-percent-value", percent=round(number * 100 / total)),
        )
        for name, number in answers.items()
    )


def _urgency(name: str, texts: Texts, say: Sentences) -> str:
    if name == SILENT:
        return say("insights-silent")
    return words.capitalised(texts.phrases[f"indicator-{name}", say.language])


def trial_in_words(rows: Iterable[WeekOfFinding], texts: Texts, say: Sentences) -> tuple[tuple[str, str], ...]:
    """What cards would have said to clients on trial: (rule, how often), the most frequent first."""
    shown: Counter[str] = Counter()
    for row in rows:
        shown[row.finding] += row.shown
    return tuple(
        (rule_name(finding, texts, say.language), count(number, say)) for finding, number in shown.most_common()
    )


def parts_in_words(
    parts: Mapping[Part, Mapping[str, WeekOfFinding]], knowledge: Knowledge, say: Sentences
) -> tuple[PartTable, ...]:
    return tuple(_part(part, found, knowledge, say) for part, found in parts.items() if found)


def _part(part: Part, found: Mapping[str, WeekOfFinding], knowledge: Knowledge, say: Sentences) -> PartTable:
    tallies = sorted(((name, tally([row])) for name, row in found.items()), key=lambda named: _first(*named))
    named = [(_name(part, name, knowledge, say), each) for name, each in tallies]
    (first, worst), most = next((pair for pair in named if pair[1].answered >= ENOUGH_ANSWERS), named[0]), ""
    if worst.overridden and worst.answered >= ENOUGH_ANSWERS and len(named) > 1:
        most = say(
            "insights-most-overridden",
            name=first,
            percent=worst.override_percent,
            answered=count(worst.answered, say),
        )
    return PartTable(
        id=f"by-{part.value}",
        title=say(f"insights-by-{part.value}"),
        head=say("insights-version-of-rules" if part is Part.VERSION else f"insights-{part.value}"),
        rows=tuple((name, cells_of(each, say)) for name, each in named),
        most=most,
    )


def _first(name: str, counted: Tally) -> tuple[int, int, str]:
    return -(counted.override_percent or 0), -counted.shown, name


def _name(part: Part, name: str, knowledge: Knowledge, say: Sentences) -> str:
    if part is not Part.PRODUCT:
        return name
    product = knowledge.terminology.product_named(name)
    return product.name if product else name or say("insights-no-product")
