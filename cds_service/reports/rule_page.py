"""Writes all of one rule, as Markdown: its values through time, what it says on a card, its vignettes."""

import re
from collections.abc import Iterator
from datetime import date

from cds_service.base.names import LANGUAGES
from cds_service.core.model.ruleset import Rule, RuleChange
from cds_service.core.wording import words
from cds_service.knowledge.loading import Knowledge, data_path
from cds_service.reports.rule_words import RuleWriter, rule_words
from cds_service.reports.sheets.markdown import as_page
from cds_service.reports.sheets.messages import messages


def rule_page(knowledge: Knowledge, rule: Rule, today: date, language: str) -> str:
    """The page of a rule. `today` says whether it was read again within the last year."""
    write = rule_words(knowledge, language)
    lines = [
        f"# {write.texts.topics[rule.id, language]}",
        "",
        f"`{rule.id}`",
        "",
        *_review(knowledge, rule, today, write),
        *_values(rule, write),
        *_cases(knowledge, rule, today, write),
        *_vignettes(rule, write),
    ]
    return as_page(lines, language)


def _review(knowledge: Knowledge, rule: Rule, today: date, write: RuleWriter) -> Iterator[str]:
    yield write.phrase("rule-page-reviewed", write.day(rule.reviewed))
    if rule in knowledge.rules.overdue(today):
        yield f"**{write.phrase('review-overdue')}**"
    yield ""


def _values(rule: Rule, write: RuleWriter) -> Iterator[str]:
    """One row for each change, the newest first: since when, what, and by which text."""
    yield from (f"## {write.phrase('rule-page-values')}", "")
    labels = ("label-since", "label-value", "label-source")
    yield f"| {' | '.join(write.phrase(label) for label in labels)} |"
    yield "|---|---|---|"
    for change in reversed(rule.changes):
        yield f"| {write.day(change.since)} | {_value(rule, change, write)} | {_source(change, write)} |"
    yield ""
    for change in reversed(rule.changes):
        if change.note:
            yield from (f"{write.day(change.since)}, {write.phrase('rule-page-note')} {change.note}", "")


def _value(rule: Rule, change: RuleChange, write: RuleWriter) -> str:
    return write.phrase("rule-page-ended") if change.values is None else write.values(rule, change)


def _source(change: RuleChange, write: RuleWriter) -> str:
    return f"[{change.source.title}]({change.source.url}) ({write.cited(change.source)})"


def _cases(knowledge: Knowledge, rule: Rule, today: date, write: RuleWriter) -> Iterator[str]:
    """What each case puts on a card, in both languages, by the change in force or the last one that was."""
    change = rule.on(today) or next((one for one in reversed(rule.changes) if one.values is not None), None)
    if change is None or not rule.indicators:
        return
    yield from (f"## {write.phrase('rule-page-cases')}", "")
    both = [list(messages(knowledge, rule, change, rule_words(knowledge, language))) for language in LANGUAGES]
    for said in zip(*both, strict=True):
        mine = said[LANGUAGES.index(write.language)]
        yield from (
            f"### `{mine.case}`{words.COLON[write.language]}{mine.severity}",
            "",
            words.capitalised(mine.condition),
            "",
        )
        for message in said:
            summary = f"**{message.summary}** " if message.summary else ""
            yield from (f"> {summary}{message.action}", "")


def _vignettes(rule: Rule, write: RuleWriter) -> Iterator[str]:
    """The lines of the page of all vignettes that stand under this rule."""
    chapters = re.split(
        r"^## .*\n\n`(.+)`\n\n", data_path("docs/vignettes.md").read_text("utf-8"), flags=re.MULTILINE
    )
    lines = dict(zip(chapters[1::2], chapters[2::2], strict=True)).get(rule.id, "").partition("\n## ")[0].strip()
    if lines:
        yield from (f"## {write.phrase('rule-page-vignettes', str(lines.count(chr(10)) + 1))}", "", lines, "")
