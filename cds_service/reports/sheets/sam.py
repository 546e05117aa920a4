"""Writes the rules of one day in the layout of a SAM sheet of the HAS: conditions, messages, sources."""

from collections.abc import Iterable, Iterator
from datetime import date

from cds_service.core.model.ruleset import Rule, RuleChange, by_section, names
from cds_service.core.wording import words
from cds_service.knowledge.loading import Knowledge
from cds_service.reports.rule_words import RuleWriter, rule_words
from cds_service.reports.sheets.markdown import as_page
from cds_service.reports.sheets.messages import Message, messages

# What the service does not assess, in the order of the sheet.
_LIMITS = ("dialysis", "pregnancy", "medicines", "others", "histories")


def sam_sheet(knowledge: Knowledge, on: date, language: str, today: date) -> str:
    """The sheet as Markdown: a part for each rule that can give a finding, then the rules that only give values."""
    write = rule_words(knowledge, language)
    speaking = by_section(rule for rule, _ in knowledge.rules.in_force(on) if rule.indicators)
    steering = [(rule, change) for rule, change in knowledge.rules.in_force(on) if not rule.indicators]
    lines = [
        *_head(knowledge, on, write),
        *_overdue(knowledge, today, write),
        f"## {write.phrase('sheet-algorithm')}",
        "",
        write.phrase("sheet-common", write.phrase("if-alcohol-summary")),
        "",
        *(line for section in speaking.items() for line in _section(*section, knowledge, on, write)),
        f"## {write.phrase('sheet-limits')}",
        "",
        *(f"- {write.phrase(f'sheet-limits-{limit}')}" for limit in _LIMITS),
        "",
        f"## {write.phrase('sheet-parameters')}",
        "",
        *(line for rule, change in steering for line in _parameter(rule, change, write)),
    ]
    return as_page(lines, language)


def _head(knowledge: Knowledge, on: date, write: RuleWriter) -> Iterator[str]:
    reviewed = max(rule.reviewed for rule in knowledge.rules.rules)
    nil = write.phrase("sheet-nil")
    rows = {
        "sheet-requester": nil,
        "sheet-author": write.phrase("sheet-authors"),
        "sheet-software": write.phrase("sheet-software-names"),
        "sheet-validated": nil,
        "sheet-updated": write.day(reviewed),
        "sheet-version": knowledge.rules_version,
        "sheet-status": write.phrase("sheet-not-listed"),
        "sheet-contact": nil,
    }
    yield from (f"# {write.phrase('sheet-title')}", "", f"**{write.phrase('sheet-warning')}**", "")
    yield from (write.phrase("sheet-layout", write.day(on)), "", f"## {write.phrase('sheet-scope')}", "")
    yield from _table({write.phrase(key): text for key, text in rows.items()})


def _overdue(knowledge: Knowledge, today: date, write: RuleWriter) -> Iterator[str]:
    overdue = knowledge.rules.overdue(today)
    if overdue:
        named = ", ".join(write.texts.topics[rule.id, write.language] for rule in overdue)
        yield from (f"**{write.phrase('review-overdue')}** {named}", "")


def _table(rows: dict[str, str]) -> Iterator[str]:
    yield from ("| | |", "|---|---|")
    yield from (f"| {label} | {text} |" for label, text in rows.items())
    yield ""


def _section(section: str, rules: Iterable[Rule], knowledge: Knowledge, on: date, write: RuleWriter) -> Iterator[str]:
    in_force = [(rule, change) for rule in rules if (change := rule.on(on)) is not None]
    parts = [(rule, change, list(messages(knowledge, rule, change, write))) for rule, change in in_force]
    mine = [part for part in parts if part[2]]
    if mine:
        yield from (f"### {write.phrase(f'group-{section}')}", "")
    for rule, change, said in mine:
        yield from _rule(rule, change, said, write)


def _rule(rule: Rule, change: RuleChange, said: list[Message], write: RuleWriter) -> Iterator[str]:
    topic = write.texts.topics[rule.id, write.language]
    yield from (f"#### {topic}", "")
    yield from _table(
        {
            write.phrase("sheet-id"): f"`{rule.id}`",
            write.phrase("sheet-name"): topic,
            write.phrase("sheet-alternative"): _alternative(change, write),
            write.phrase("sheet-source"): _source(change, write),
        }
    )
    titles = (write.phrase("sheet-if"), write.phrase("sheet-then"), write.phrase("sheet-severity"))
    yield from (f"| {' | '.join(titles)} |", "|---|---|---|")
    for message in said:
        severity = write.phrase("sheet-line") if rule.notice_on else message.severity
        yield f"| {words.capitalised(message.condition)} | {_shown(message)} | {severity} |"
    yield ""


def _shown(message: Message) -> str:
    quoted = f"« {message.summary} » " if message.summary else ""
    return f"{quoted}{message.action}"


def _alternative(change: RuleChange, write: RuleWriter) -> str:
    """The products under an AMM that day, if the rule is about the product."""
    authorised = names(change.values or {}, "amm")
    return write.value("amm", authorised) if authorised else write.phrase("sheet-nil")


def _source(change: RuleChange, write: RuleWriter) -> str:
    return f"[{change.source.title}]({change.source.url}) ({write.cited(change.source)})"


def _parameter(rule: Rule, change: RuleChange, write: RuleWriter) -> Iterator[str]:
    topic = write.texts.topics[rule.id, write.language]
    named = f"{topic} (`{rule.id}`){words.COLON[write.language]}{write.values(rule, change)}"
    yield f"- {named}. {_source(change, write)}"
