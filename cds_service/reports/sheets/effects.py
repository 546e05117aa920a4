"""Lists the effects of each change of a rule: which orders, which days, what the clinician reads."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import groupby

from cds_service.core.model.ruleset import Rule, RuleChange
from cds_service.core.wording import words
from cds_service.knowledge.loading import Knowledge
from cds_service.reports.rule_words import ALWAYS, RuleWriter, rule_words
from cds_service.reports.sheets.markdown import as_page
from cds_service.reports.sheets.messages import messages

Event = tuple[Rule, RuleChange | None, RuleChange, date | None]
"""A rule, what held until then (None where it begins), what holds from then on, and the day of its next change."""


def effects(knowledge: Knowledge, language: str) -> str:
    """Markdown, oldest day first. Rules that hold on every day come first."""
    write = rule_words(knowledge, language)
    lines = [f"# {write.phrase('effects-title')}", "", write.phrase("effects-made"), ""]
    for day, events in groupby(sorted(_events(knowledge), key=_when), key=lambda event: event[2].since):
        lines += [f"## {words.capitalised(write.day(day))}", ""]
        lines += [line for event in events for line in _event(knowledge, event, write)]
    return as_page(lines, language)


def _events(knowledge: Knowledge) -> Iterator[Event]:
    for rule in knowledge.rules.rules:
        ends = [change.since for change in rule.changes[1:]]
        earlier: RuleChange | None = None
        for change, end in zip(rule.changes, [*ends, None], strict=True):
            yield rule, earlier, change, end
            earlier = None if change.values is None else change


def _when(event: Event) -> tuple[date, int, str]:
    rule, _, change, _ = event
    return change.since, rule.place.section, rule.id


def _event(knowledge: Knowledge, event: Event, write: RuleWriter) -> Iterator[str]:
    rule, _, change, end = event
    topic = write.texts.topics[rule.id, write.language]
    yield from (f"### {topic}", "", f"`{rule.id}` {_what(event, write)}.", "")
    yield from _effect(knowledge, rule, change, write)
    if change.values is not None:
        yield f"- {_days(change.since, end, write)}."
    source = f"[{change.source.title}]({change.source.url})"
    yield from (f"- {source} ({write.cited(change.source)}). {change.note}".rstrip(), "")


def _what(event: Event, write: RuleWriter) -> str:
    """`begins (300 mg/day)`, `changes. Now: 80 mg/day. Before: 300 mg/day`; no brackets where there is no value."""
    rule, earlier, change, _ = event
    held = change.values if change.values is not None or earlier is None else earlier.values
    known = f" ({write.values(rule, change if change.values else earlier or change)})" if held else ""
    if change.values is None:
        return write.phrase("effects-ends") + known
    if earlier is None:
        return write.phrase("effects-begins") + known
    if earlier.values == change.values:
        return write.phrase("effects-goes-on") + known
    return write.phrase("effects-changes", write.values(rule, change), write.values(rule, earlier))


def _effect(knowledge: Knowledge, rule: Rule, change: RuleChange, write: RuleWriter) -> Iterator[str]:
    said = list(messages(knowledge, rule, change, write))
    for message in said:
        shown = message.summary or message.action
        yield f"- {write.phrase('effects-orders', message.condition)}.  "
        yield f"  {write.phrase('effects-reads', message.severity, shown)}"
    if not said and change.values is not None:
        silent = "effects-silent" if rule.indicators else "effects-parameter"
        yield f"- {words.capitalised(write.phrase(silent))}."


def _days(since: date, end: date | None, write: RuleWriter) -> str:
    if since <= ALWAYS:
        return write.phrase("effects-always")
    if end is None:
        return write.phrase("effects-from", write.day(since))
    return write.phrase("effects-until", write.day(since), write.day(end - timedelta(days=1)))
