"""Reads the sentences of cards/ and holds them against the rules that will speak them.

A card without one of the languages, with a placeholder that its rule does not fill, or with a summary
that could reach 140 characters (CDS Hooks: fewer than 140) is refused before it can reach a clinician.
"""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from fractions import Fraction
from pathlib import Path
from string import Template

from cds_service.core.checks import CHECKS
from cds_service.core.findings import FactValue, Group, ToConfirm
from cds_service.core.model import Facts, Span
from cds_service.core.ruleset import Rule
from cds_service.core.terminology import Terminology
from cds_service.core.texts import CardText, OverrideReason, Texts, fact_in_words
from cds_service.core.words import LANGUAGES
from cds_service.errors import Fault
from cds_service.tables import Table, read_toml

MOST_SUMMARY = 139

_SHARED = (
    "phrases",
    "reasons",
    "facts",
    "explanation",
    "suggestions",
    "plan",
    "conditions",
    "sheets",
    "door",
    "insights",
)
_LONGEST = Span(Fraction("888.8888"), Fraction("999.9999"))

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
    phrases, reasons, facts, explanation, suggestions, plan, conditions, sheets, door, insights = shared
    _check_words_of_the_service(facts, explanation, faults)
    _check_conditions(conditions, faults)
    product = max(terminology.oral_names(), key=len, default="")
    longest = {language: {**_longest_facts(language), "product": product} for language in LANGUAGES}
    cards: dict[tuple[str, str, str], CardText] = {}
    topics: dict[tuple[str, str], str] = {}
    for path in sorted(folder.glob("*.toml")):
        if path.stem in by_id:
            table = read_toml(path, faults)
            _topic(table, by_id[path.stem], topics)
            _cases(table, by_id[path.stem], cards, phrases, longest)
        elif path.stem not in _SHARED:
            faults.append(Fault(f"cards/{path.name}", "belongs to no rule", "rename it after its rule or delete it"))
    missing = sorted(by_id.keys() - {path.stem for path in folder.glob("*.toml")})
    faults += [Fault(f"cards/{name}.toml", "is missing", "write what the rule of this name says") for name in missing]
    words = {**explanation, **conditions, **sheets, **phrases}
    return Texts(cards, topics, reasons, facts, words, suggestions, {**plan, **door, **insights}, override_reasons)


def _shared(path: Path, faults: list[Fault]) -> Shared:
    """A file of short texts: one table a key, one text a language."""
    table = read_toml(path, faults)
    texts = {}
    for key in table.names():
        entry = table.table(key)
        for language in LANGUAGES:
            texts[key, language] = entry.text(language)
        _check_places([texts[key, language] for language in LANGUAGES], entry)
        entry.finish()
    return texts


def _check_places(texts: list[str], entry: Table) -> None:
    """What is put into a text is put into it in each language."""
    if len({text.count("{}") for text in texts}) > 1:
        entry.fault("", "has more {} in one language than in another", "give each the same number of {}")
    templates = [Template(text) for text in texts]
    if not all(template.is_valid() for template in templates):
        entry.fault("", "has a $ that names nothing", "write $$ for the sign itself")
    if len({frozenset(template.get_identifiers()) for template in templates if template.is_valid()}) > 1:
        entry.fault("", "has other placeholders in one language than in another", "use the same in each")


def _check_words_of_the_service(facts: Shared, explanation: Shared, faults: list[Fault]) -> None:
    """Each fact and each value that a rule may have needs its words."""
    values = {f"value-{name}" for check in CHECKS.values() for name in check.values}
    wanted = {
        "cards/facts.toml": ({fact.name for fact in fields(Facts)}, facts),
        "cards/explanation.toml": (values, explanation),
    }
    for file, (keys, known) in wanted.items():
        missing = sorted(keys - {key for key, _ in known})
        faults += [Fault(f"{file}, {key}", "is missing", "add its words in each language") for key in missing]


def _check_conditions(conditions: Shared, faults: list[Fault]) -> None:
    """When each case of a check speaks, in words; they may name the values of its rule file and no others."""
    for check in sorted(CHECKS):
        for case in CHECKS[check].cases:
            where, text = f"cards/conditions.toml, if-{check}-{case}", conditions.get((f"if-{check}-{case}", "fr"))
            if text is None:
                faults.append(Fault(where, "is missing", "say when this case speaks, in each language"))
            unknown = sorted(set(Template(text or "").get_identifiers()) - set(CHECKS[check].values))
            faults += [
                Fault(where, f"has the unknown placeholder ${name}", "use a value of the rule") for name in unknown
            ]


def _topic(table: Table, rule: Rule, topics: dict[tuple[str, str], str]) -> None:
    entry = table.table("topic")
    for language in LANGUAGES:
        topics[rule.id, language] = entry.text(language)
    entry.finish()


def _cases(
    table: Table,
    rule: Rule,
    cards: dict[tuple[str, str, str], CardText],
    phrases: Shared,
    longest: Mapping[str, Mapping[str, str]],
) -> None:
    known = CHECKS[rule.check].cases if rule.check in CHECKS else {}
    for case, facts in known.items():
        entry = table.table(case)
        for language in LANGUAGES:
            block = entry.table(language)
            text = _card_text(block, rule, set(facts))
            cards[rule.id, case, language] = text
            prefix = _longest_prefix(phrases, language) if rule.group is Group.DOSE else ""
            _check_length(block, f"{prefix} {text.summary.template}", longest[language])
        entry.finish()
    table.finish()


def _card_text(table: Table, rule: Rule, facts: set[str]) -> CardText:
    if rule.group in (Group.NOTICE, Group.DOSE_NOTICE):
        text = CardText(Template(""), Template(""), Template(""), Template(table.text("action")))
    else:
        text = CardText(*(Template(table.text(part)) for part in ("summary", "finding", "rule", "action")))
    table.finish()
    for part in ("summary", "finding", "rule", "action"):
        template: Template = getattr(text, part)
        if not template.is_valid():
            table.fault(part, "has a $ that names nothing", "write $$ for the sign itself")
        for name in sorted(set(template.get_identifiers()) - facts):
            table.fault(part, f"has the unknown placeholder ${name}", f"use {_listed(facts)}")
    return text


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


_NO_TEXTS = Texts({}, {}, {}, {}, {}, {}, {}, ())


def _longest_prefix(phrases: Shared, language: str) -> str:
    keys = ("if-alcohol-summary", "if-addition-summary", "if-alcohol-addition-summary")
    return max((phrases.get((key, language), "") for key in keys), key=len)


def _check_length(table: Table, summary: str, longest: Mapping[str, str]) -> None:
    """The summary with the longest values that it may meet; UTF-16 units, as browsers count."""
    written = Template(summary).safe_substitute(longest).strip()
    length = len(written.encode("utf-16-le")) // 2
    if length > MOST_SUMMARY:
        table.fault("summary", f"could reach {length} characters", f"shorten it by {length - MOST_SUMMARY}")
