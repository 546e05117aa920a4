"""Reads the texts of cards/ and checks them against the rules that use them.

A card without one of the languages, with a placeholder that its rule does not fill, or with a summary
that could reach 140 characters (CDS Hooks: fewer than 140) is refused before it can reach a clinician.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from datetime import date
from fractions import Fraction
from pathlib import Path
from string import Template

from cds_service.base.errors import Fault
from cds_service.base.names import LANGUAGES
from cds_service.config.toml_tables import Table, read_toml
from cds_service.core.model.case import FACTS
from cds_service.core.model.dose import Span
from cds_service.core.model.findings import FactValue, Group, ToConfirm
from cds_service.core.model.ruleset import Rule
from cds_service.core.record.terminology import Terminology
from cds_service.core.rules.checks import CHECKS
from cds_service.core.wording.texts import CardText, OverrideReason, Texts, fact_in_words
from cds_service.knowledge.override_reasons import offered_reasons

MOST_SUMMARY = 139

_SHARED = (
    "phrases",
    "reasons",
    "facts",
    "explanation",
    "suggestions",
    "plan",
    "sheets",
    "demo",
    "insights",
    "replay",
)
_LONGEST = Span(Fraction("888.8888"), Fraction("999.9999"))

_OF_CONDITIONS = re.compile(r"if-.*-summary")

Shared = Mapping[tuple[str, str], str]


def read_texts(
    folder: Path,
    rules: Iterable[Rule],
    terminology: Terminology,
    override_reasons: tuple[OverrideReason, ...],
    faults: list[Fault],
) -> Texts:
    """Every text of a folder."""
    by_id = {rule.id: rule for rule in rules}
    shared = [_shared(folder / f"{name}.toml", faults) for name in _SHARED]
    phrases, reasons, words_of_facts, explanation, suggestions, plan, sheets, demo, insights, replay = shared
    facts = dict(words_of_facts)
    product = max(terminology.oral_names(), key=len, default="")
    longest = {language: {**_longest_facts(language), "product": product} for language in LANGUAGES}
    joining = _joining(by_id.values())
    cards: Cards = {}
    topics: dict[tuple[str, str], str] = {}
    overrides: dict[str, list[str]] = {}
    for path in sorted(folder.glob("*.toml")):
        if path.stem in by_id:
            table = read_toml(path, faults)
            _topic(table, by_id[path.stem], topics)
            if _has_card(by_id[path.stem]):
                overrides[path.stem] = table.texts("overrides")
            _facts(table, facts)
            _cases(table, by_id[path.stem], cards, phrases, longest, joining)
        elif path.stem not in _SHARED:
            faults.append(Fault(f"cards/{path.name}", "belongs to no rule", "rename it after its rule or delete it"))
    missing = sorted(by_id.keys() - {path.stem for path in folder.glob("*.toml")})
    faults += [Fault(f"cards/{name}.toml", "is missing", "write what the rule of this name says") for name in missing]
    _check_words_of_the_service(facts, explanation, sheets, faults)
    words = {**explanation, **sheets, **phrases}
    offered = offered_reasons(overrides, override_reasons, faults)
    pages = {**plan, **demo, **insights, **replay}
    return Texts(cards, topics, reasons, facts, words, suggestions, pages, override_reasons, offered)


def _shared(path: Path, faults: list[Fault]) -> Shared:
    """A file of short texts: one table a key, one text a language."""
    return _by_language(read_toml(path, faults))


def _by_language(table: Table) -> Shared:
    texts = {}
    for key in table.names():
        entry = table.table(key)
        for language in LANGUAGES:
            texts[key, language] = entry.text(language)
        _check_places([texts[key, language] for language in LANGUAGES], entry)
        entry.finish()
    return texts


def _facts(table: Table, facts: dict[tuple[str, str], str]) -> None:
    """The words of the facts that this rule alone asks."""
    for (name, language), text in _by_language(table.optional_table("facts")).items():
        if name not in FACTS:
            table.fault(f"facts.{name}", "is not a known fact", "correct its name, or delete it")
        if (name, language) in facts:
            table.fault(
                f"facts.{name}", "is said elsewhere too", "say it once, in facts.toml if several rules ask it"
            )
        facts[name, language] = text


def _check_places(texts: list[str], entry: Table) -> None:
    """Checks that a text has the same placeholders in each language."""
    if len({text.count("{}") for text in texts}) > 1:
        entry.fault("", "has more {} in one language than in another", "give each the same number of {}")
    templates = [Template(text) for text in texts]
    if not all(template.is_valid() for template in templates):
        entry.fault("", "has a $ that names nothing", "write $$ for the sign itself")
    if len({frozenset(template.get_identifiers()) for template in templates if template.is_valid()}) > 1:
        entry.fault("", "has other placeholders in one language than in another", "use the same in each")


def _check_words_of_the_service(facts: Shared, explanation: Shared, sheets: Shared, faults: list[Fault]) -> None:
    """Each fact, each value that a rule may have and each thing that an answer may give needs its words."""
    values = {f"value-{name}" for check in CHECKS.values() for name in check.values}
    given = {f"place-{name}" for check in CHECKS.values() for case in check.cases.values() for name in case}
    faults += _missing_words("cards/explanation.toml", values, explanation)
    faults += _missing_words("cards/sheets.toml", given - _GIVEN_BY_RULES, sheets)
    for name in sorted(FACTS.keys() - {key for key, _ in facts}):
        remedy = f"write [facts.{name}] in each language on the card of the rule that asks it"
        faults.append(Fault(f"fact {name}", "has no words", remedy))


# On the sheets their values are those of the rule file.
_GIVEN_BY_RULES = {"place-limit_mg_per_day", "place-step_mg"}


def _missing_words(file: str, wanted: set[str], known: Shared) -> Iterator[Fault]:
    for key in sorted(wanted - {key for key, _ in known}):
        yield Fault(f"{file}, {key}", "is missing", "add its words in each language")


def _has_card(rule: Rule) -> bool:
    """Whether its findings are on a card: a notice is a line, and some rules only hold values."""
    return rule.group is not None and rule.check in CHECKS and bool(CHECKS[rule.check].cases)


def _topic(table: Table, rule: Rule, topics: dict[tuple[str, str], str]) -> None:
    entry = table.table("topic")
    for language in LANGUAGES:
        topics[rule.id, language] = entry.text(language)
    entry.finish()


def _joining(rules: Iterable[Rule]) -> dict[str, list[str]]:
    """By rule, the rules that are part of its card."""
    joining: dict[str, list[str]] = {}
    for rule in rules:
        for host in {host for hosts in rule.joins.values() for host in hosts}:
            joining.setdefault(host, []).append(rule.id)
    return joining


Cards = dict[tuple[str, str, str], tuple[tuple[date, CardText], ...]]


def _cases(
    table: Table,
    rule: Rule,
    cards: Cards,
    phrases: Shared,
    longest: Mapping[str, Mapping[str, str]],
    joining: Mapping[str, list[str]],
) -> None:
    known = CHECKS[rule.check].cases if rule.check in CHECKS else {}
    later = dict(_later(table, rule))
    for case, facts in known.items():
        blocks = {date.min: _blocks(table, case)}
        blocks |= {day: _later_blocks(words, case) for day, words in sorted(later.items()) if case in words.names()}
        for language in LANGUAGES:
            dated = {day: block[language] for day, block in blocks.items()}
            cards[rule.id, case, language] = tuple(_versions(dated, rule, set(facts)))
            prefix = _longest_prefix(phrases, language) if rule.group is Group.DOSE else ""
            beside = _longest_beside(phrases, language, joining.get(rule.id, ()))
            for day, text in cards[rule.id, case, language]:
                _check_length(dated[day], f"{prefix} {text.summary.template}{beside}", longest[language])
    for words in later.values():
        words.finish()
    table.finish()


def _later(table: Table, rule: Rule) -> Iterator[tuple[date, Table]]:
    """What a card says otherwise from a day on, on which its rule changes: that change gives the source."""
    days = {change.since.isoformat(): change.since for change in rule.changes}
    since = table.optional_table("since")
    for name in since.names():
        if name in days:
            yield days[name], since.table(name)
        else:
            since.fault(name, "is no day on which the rule changes", f"choose one of {', '.join(days)}")
            since.any(name)


def _blocks(table: Table, case: str) -> dict[str, Table]:
    """The texts of a case by language."""
    entry = table.table(case)
    blocks = {language: entry.table(language) for language in LANGUAGES}
    entry.finish()
    return blocks


def _later_blocks(table: Table, case: str) -> dict[str, Table]:
    """Those of a later day, which give the same parts in each language."""
    blocks = _blocks(table, case)
    if len({frozenset(block.names()) for block in blocks.values()} - {frozenset()}) > 1:
        table.fault(case, "has other parts in one language than in another", "give each language the same parts")
    return blocks


def _versions(blocks: Mapping[date, Table], rule: Rule, facts: set[str]) -> Iterator[tuple[date, CardText]]:
    """The texts, oldest first; each has the parts of the one before it that it does not change."""
    said: dict[str, Template] = {}
    for day, block in blocks.items():
        said |= _parts(block, rule, facts, wanted=not said)
        yield day, CardText(*(said.get(part.name, Template("")) for part in fields(CardText)))


def _parts(table: Table, rule: Rule, facts: set[str], *, wanted: bool) -> dict[str, Template]:
    """A notice has no more than what to do. The words of `when` may name the values of the rule file.

    All parts are `wanted`, or those that are there.
    """
    parts = ["action"] if rule.notice_on else ["summary", "finding", "rule", "action"]
    given = dict.fromkeys(parts, facts) | {"when": set(CHECKS[rule.check].values)}
    there = table.names()
    given = {part: names for part, names in given.items() if wanted or part in there}
    given |= {"link": set()} if "link" in there else {}
    given |= {"line": facts} if "line" in there else {}
    written = {part: Template(table.text(part)) for part in given}
    table.finish()
    _check_placeholders(table, written, given)
    return written


def _check_placeholders(table: Table, written: Mapping[str, Template], given: Mapping[str, set[str]]) -> None:
    for part, template in written.items():
        if not template.is_valid():
            table.fault(part, "has a $ that names nothing", "write $$ for the sign itself")
        for name in sorted(set(template.get_identifiers()) - given[part]):
            table.fault(part, f"has the unknown placeholder ${name}", f"use {_listed(given[part])}")


def _listed(facts: set[str]) -> str:
    return ", ".join(f"${name}" for name in sorted(facts)) or "none"


_LONGEST_FACTS: Mapping[str, FactValue] = {
    "mg_per_day": ToConfirm(_LONGEST),
    "before_mg_per_day": _LONGEST,
    "last_mg_per_day": _LONGEST,
    "limit_mg_per_day": Fraction(300),
    "fall_mg": Fraction("999.9999"),
    "rise_mg": Fraction("999.9999"),
    "step_mg": Fraction(15),
    "grams": Span(Fraction(888), Fraction(999)),
    "limit_grams": Fraction(60),
    "age": 17,
}


def _longest_facts(language: str) -> dict[str, str]:
    return {name: fact_in_words(name, value, _NO_TEXTS, language) for name, value in _LONGEST_FACTS.items()}


_NO_TEXTS = Texts({}, {}, {}, {}, {}, {}, {}, (), {})


def _longest_prefix(phrases: Shared, language: str) -> str:
    """The longest words for conditions under which a finding on a dose may hold."""
    prefixes = [
        words for (key, spoken), words in phrases.items() if spoken == language and _OF_CONDITIONS.fullmatch(key)
    ]
    return max(prefixes, key=len, default="")


def _longest_beside(phrases: Shared, language: str, rules: Iterable[str]) -> str:
    """What findings of these rules, where they join a card, put into its summary."""
    return "".join(f", {text}" for rule in rules if (text := phrases.get((f"beside-{rule}", language))))


def _check_length(table: Table, summary: str, longest: Mapping[str, str]) -> None:
    """Checks the length of a summary with its longest possible values, in UTF-16 units, as browsers count."""
    written = Template(summary).safe_substitute(longest).strip()
    length = len(written.encode("utf-16-le")) // 2
    if length > MOST_SUMMARY:
        table.fault("summary", f"could reach {length} characters", f"shorten it by {length - MOST_SUMMARY}")
