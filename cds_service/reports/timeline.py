"""Writes the rules as text: those of one day, or all changes day by day, each with its source."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from itertools import groupby

from cds_service.core.model.findings import Source
from cds_service.core.model.ruleset import Rule, RuleChange, by_section
from cds_service.knowledge.loading import Knowledge
from cds_service.reports import text_layout
from cds_service.reports.rule_words import RuleWriter, rule_words

Event = tuple[Rule, RuleChange | None, RuleChange]
"""A rule, what held until then (None where the rule begins), and what holds from then on."""


def rules_of_day(knowledge: Knowledge, on: date, language: str) -> str:
    """Every rule in force on a day, by group, followed by the rules not in force."""
    write = rule_words(knowledge, language)
    sections = by_section(rule for rule, _ in knowledge.rules.in_force(on)).items()
    return _as_text(
        [
            write.phrase("rules-on", write.day(on)),
            *_imprint(knowledge, write),
            *(line for section in sections for line in _section(*section, on, write)),
            *_not_in_force(knowledge, on, write),
        ]
    )


def whole_timeline(knowledge: Knowledge, language: str) -> str:
    """Each day on which something begins, changes or ends, oldest first."""
    write = rule_words(knowledge, language)
    lines = [write.phrase("rules-all"), *_imprint(knowledge, write)]
    for day, events in groupby(sorted(_events(knowledge), key=_when), key=lambda event: event[2].since):
        lines += text_layout.title(write.day(day))
        for source, same in groupby(events, key=lambda event: replace(event[2].source, where="")):
            lines += _document(source, write)
            lines += [line for event in same for line in _event(event, write)]
    return _as_text(lines)


def _as_text(lines: list[str]) -> str:
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _imprint(knowledge: Knowledge, write: RuleWriter) -> Iterator[str]:
    yield write.phrase("version", knowledge.rules_version)
    yield write.phrase("notes-in-english")


# --- one day ---------------------------------------------------------------------------------


def _section(section: str, rules: Iterable[Rule], on: date, write: RuleWriter) -> Iterator[str]:
    yield from text_layout.title(write.phrase(f"group-{section}"))
    for rule in rules:
        change = rule.on(on)
        if change is not None:
            yield from _in_force(rule, change, write)


def _in_force(rule: Rule, change: RuleChange, write: RuleWriter) -> Iterator[str]:
    yield write.name(rule)
    yield from text_layout.field(write.phrase("label-value"), write.values(rule, change))
    yield from text_layout.field(write.phrase("label-since"), write.day(change.since))
    yield from text_layout.field(write.phrase("label-indicator"), write.indicators(rule))
    yield from write.source(change.source)
    if change.note:
        yield from text_layout.field(write.phrase("label-note"), change.note)
    yield from text_layout.field(write.phrase("label-reviewed"), write.day(rule.reviewed))
    yield ""


def _not_in_force(knowledge: Knowledge, on: date, write: RuleWriter) -> Iterator[str]:
    rules = [rule for rule in knowledge.rules.rules if rule.on(on) is None]
    if rules:
        yield from text_layout.title(write.phrase("not-in-force"))
    for rule in rules:
        yield write.name(rule)
        yield from text_layout.paragraph(write.when_in_force(rule, on), indent=2)


# --- all days --------------------------------------------------------------------------------


def _events(knowledge: Knowledge) -> Iterator[Event]:
    for rule in knowledge.rules.rules:
        earlier: RuleChange | None = None
        for change in rule.changes:
            yield rule, earlier, change
            earlier = None if change.values is None else change


def _when(event: Event) -> tuple[date, str, str, int, str]:
    rule, _, change = event
    return change.since, change.source.title, change.source.url, rule.place.section, rule.id


def _document(source: Source, write: RuleWriter) -> Iterator[str]:
    yield from text_layout.paragraph(source.title)
    yield source.url
    yield from write.reached(source)
    yield write.dated(source)
    yield ""


def _event(event: Event, write: RuleWriter) -> Iterator[str]:
    rule, earlier, change = event
    yield f"  {write.name(rule)}"
    if change.values is None:
        yield from text_layout.field(write.phrase("event-ends"), write.values(rule, earlier or change), indent=4)
    elif earlier is None:
        yield from text_layout.field(write.phrase("event-begins"), write.values(rule, change), indent=4)
    else:
        yield from _changed(rule, earlier, change, write)
    yield from text_layout.field(write.phrase("label-where"), change.source.where, indent=4)
    if change.note:
        yield from text_layout.field(write.phrase("label-note"), change.note, indent=4)
    yield ""


def _changed(rule: Rule, earlier: RuleChange, change: RuleChange, write: RuleWriter) -> Iterator[str]:
    if earlier.values == change.values:
        yield from text_layout.field(write.phrase("event-confirmed"), write.values(rule, change), indent=4)
        return
    yield from text_layout.field(write.phrase("event-changes"), write.values(rule, change), indent=4)
    yield from text_layout.field(write.phrase("label-before"), write.values(rule, earlier), indent=4)
