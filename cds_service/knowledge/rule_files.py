"""Reads the dated rules of cds_service/rules and reports what is wrong in them."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cds_service.base.errors import Fault
from cds_service.base.names import PREFETCH_KEYS
from cds_service.config.toml_tables import Table, read_toml
from cds_service.core.model.findings import DATINGS, LINKS, MOST_URGENT, Group, Indicator, Place, Source
from cds_service.core.model.product import Framework
from cds_service.core.model.ruleset import Rule, RuleChange, Value, Values
from cds_service.core.rules.checks import CHECKS
from cds_service.core.rules.gap_checks import nothing
from cds_service.core.rules.verdict import Check

_NOTHING = Check(nothing, {}, {}, (), ())

# No rule, but the order in which rules speak.
ORDER_FILE = "order-of-cards.toml"


def read_rules(folder: Path, faults: list[Fault]) -> tuple[Rule, ...]:
    """Every rule of a folder, by name of file."""
    paths = [path for path in sorted(folder.glob("*.toml")) if path.name != ORDER_FILE]
    rules = [_rule(path, faults) for path in paths]
    if not rules:
        faults.append(Fault(folder.name, "holds no rule", "install the package with its rules"))
    return tuple(_in_order(rules, read_toml(folder / ORDER_FILE, faults)))


def _in_order(rules: list[Rule], table: Table) -> Iterator[Rule]:
    """Each rule with its place; the order has to name every group, and every rule that may speak, once."""
    groups = _each_once(table, "groups", [group.value for group in Group])
    speaking = _each_once(table, "rules", [rule.id for rule in rules if rule.indicators])
    table.finish()
    _check_hosts(rules, table)
    for rule in rules:
        # Behind the groups stand the lines on the cards of several of them, then those on the cards of one.
        section = groups.index(rule.group.value) if rule.group else len(groups) + (len(rule.notice_on) == 1)
        rank = speaking.index(rule.id) if rule.id in speaking else len(speaking)
        yield replace(rule, place=Place(section, rank))


def _each_once(table: Table, key: str, wanted: list[str]) -> list[str]:
    """The names of a list in its order, where it has each that is wanted once; else these as they come."""
    named = table.texts(key)
    for name in sorted({name for name in named if named.count(name) > 1}):
        table.fault(key, f"names {name} twice", "leave it where it belongs")
    for name in sorted(set(named) - set(wanted)):
        table.fault(key, f"names {name}, which is none that speaks", "correct its spelling or delete it")
    for name in sorted(set(wanted) - set(named)):
        table.fault(key, f"lacks {name}", "put it where it belongs in the order")
    return named if sorted(named) == sorted(wanted) else wanted


def _rule(path: Path, faults: list[Fault]) -> Rule:
    table = read_toml(path, faults)
    name = table.text("check")
    check = CHECKS.get(name, _NOTHING)
    if name and check is _NOTHING:
        table.fault("check", "is not a known check", f"choose one of {', '.join(sorted(CHECKS))}")
    group, notice_on = _cards(table)
    rule = Rule(
        id=path.stem,
        check=name,
        group=group,
        notice_on=notice_on,
        indicators=_indicators(table, check),
        reviewed=table.date("reviewed"),
        changes=_changes(table, check),
        place=Place(0, 0),
        leads=_leads(table, check),
        joins=_joins(table, check),
    )
    table.finish()
    return rule


def _cards(table: Table) -> tuple[Group | None, tuple[Group, ...]]:
    """On which cards a rule speaks: on that of its group, or in a line that ends those of `notice_on`."""
    key = "notice_on" if "notice_on" in table.names() else "group"
    written = table.texts(key) if key == "notice_on" else [table.text(key)]
    known = {group.value: group for group in Group}
    if not set(written) <= {*known, ""}:
        table.fault(key, "is not a known group", f"choose one of {', '.join(known)}")
    groups = tuple(known[name] for name in written if name in known) or (Group.CHECK,)
    return (None, groups) if key == "notice_on" else (groups[0], ())


def _leads(table: Table, check: Check) -> tuple[str, ...]:
    """The cases that speak first on their card."""
    written = table.texts("leads") if "leads" in table.names() else []
    for case in sorted(set(written) - check.cases.keys()):
        table.fault(
            "leads", f"names {case}, which is not a case of this check", f"choose of {', '.join(check.cases)}"
        )
    return tuple(written)


def _joins(table: Table, check: Check) -> dict[str, tuple[str, ...]]:
    """Whose card a finding is part of: one list for every case of a check, or a table with one for some of them."""
    written = table.any("joins")
    by_case = written if isinstance(written, dict) else dict.fromkeys(check.cases, written or [])
    for case in by_case.keys() - check.cases.keys():
        table.fault(f"joins.{case}", "is not a case of this check", f"choose of {', '.join(check.cases)}")
    if not all(_is_list_of_texts(hosts) for hosts in by_case.values()):
        table.fault("joins", "has the wrong type", "give a list of texts, or one for each of some cases")
        return {}
    return {case: tuple(hosts) for case, hosts in by_case.items() if hosts}


def _check_hosts(rules: list[Rule], table: Table) -> None:
    """Checks that what a rule joins is a group or a rule with a card: a misspelt one would be joined by nothing."""
    known = {MOST_URGENT, *(group.value for group in Group), *(rule.id for rule in rules if rule.group)}
    for rule in rules:
        for host in sorted({host for hosts in rule.joins.values() for host in hosts} - known):
            where = f"{table.where.partition('/')[0]}/{rule.id}.toml, joins"
            table.faults.append(
                Fault(where, f"names {host}, which has no card", "name a rule, a group or most-urgent")
            )


def _indicators(table: Table, check: Check) -> dict[str, Indicator]:
    """One indicator for the only case of a check, or a table with one for each of its cases."""
    written = table.any("indicator")
    if isinstance(written, str) and check.cases:
        written = dict.fromkeys(check.cases, written)
    given: dict[str, Any] = written if isinstance(written, dict) else {}
    codes = {indicator.code: indicator for indicator in Indicator}
    _check_cases(table, check, given)
    for case, code in given.items():
        if not isinstance(code, str) or code not in codes:
            table.fault(f"indicator.{case}", "is not an indicator", f"choose one of {', '.join(codes)}")
    return {case: codes.get(code, Indicator.INFO) for case, code in given.items() if isinstance(code, str)}


def _check_cases(table: Table, check: Check, given: Mapping[str, Any]) -> None:
    """Checks that each case of the check has an indicator, and nothing else has."""
    for case in check.cases.keys() - given.keys():
        table.fault(f"indicator.{case}", "is missing", f'add indicator.{case} = "info", "warning" or "critical"')
    for case in given.keys() - check.cases.keys():
        table.fault(f"indicator.{case}", "is not a case of this check", f"choose of {', '.join(check.cases)}")


def _changes(table: Table, check: Check) -> tuple[RuleChange, ...]:
    changes = [_change(block, check) for block in table.tables("change")]
    if not changes and "change" not in table.faulty():
        table.fault("change", "is empty", "add one [[change]] or more")
    days = [change.since for change in changes]
    if days != sorted(set(days)):
        table.fault("change", "is out of order", "put the oldest first, each day once")
    if changes and changes[0].values is None:
        table.fault("change 1", "ends a rule that has not begun", "begin with the values in force")
    return tuple(changes)


def _change(table: Table, check: Check) -> RuleChange:
    ended = table.boolean("ended")
    values = _values(table.optional_table("values"), check, ended=ended)
    change = RuleChange(
        since=table.date("since"),
        values=None if ended else values,
        source=_source(table.table("source")),
        note=table.text("note") if "note" in table.names() else "",
    )
    table.finish()
    return change


def _values(table: Table, check: Check, *, ended: bool) -> Values:
    """The values that the check wants; a list may be left out, which reads as empty."""
    values: dict[str, Value] = {}
    for name, kind in {} if ended else check.values.items():
        written = table.any(name)
        value = _value(written, kind)
        if value is not None:
            values[name] = value
            _check_words(table, name, value)
        elif written is not None or not (kind is tuple or name in check.optional):
            table.fault(name, "is missing or of the wrong type", f"give {_WANTED[kind]}")
    table.finish()
    return values


_WANTED = {
    Fraction: "a number greater than 0",
    int: "a whole number greater than 0",
    str: "a text",
    tuple: "a list of texts",
}


def _value(written: Any, kind: type) -> Value | None:
    """A value as the checks use it; None if it is missing or of another kind."""
    if kind is Fraction:
        return Fraction(written) if _is_above_zero(written) else None
    if kind is int:
        return written if isinstance(written, int) and _is_above_zero(written) else None
    if kind is tuple:
        return tuple(written) if _is_list_of_texts(written) else None
    return written if isinstance(written, str) else None


def _is_above_zero(written: Any) -> bool:
    """Whether a value is a number, which `true` is not, and greater than 0."""
    return isinstance(written, int | Decimal) and not isinstance(written, bool) and written > 0


def _is_list_of_texts(written: Any) -> bool:
    return isinstance(written, list) and all(isinstance(item, str) for item in written)


# Values that are words of a closed list; products are held against their own list in loading.py.
_FRAMEWORKS = tuple(framework.value for framework in Framework)
_WORDS = {
    "framework": _FRAMEWORKS,
    "frameworks": _FRAMEWORKS,
    "report_to": ("rtu", "crpv-and-rtu", "crpv"),
    "says_unknown": PREFETCH_KEYS,
}


def _check_words(table: Table, name: str, value: Value) -> None:
    known = _WORDS.get(name)
    written = value if isinstance(value, tuple) else (value,)
    if known is not None and not set(written) <= set(known):
        table.fault(name, "has a word that is not known", f"choose of {', '.join(known)}")


def _chosen(table: Table, key: str, known: tuple[str, ...], what: str) -> str:
    """One of a few words; the first of them if it is left out."""
    chosen = table.text(key) if key in table.names() else known[0]
    if chosen not in known:
        table.fault(key, f"is not a known {what}", f"Choose one of {', '.join(known)}, or leave it out")
    return chosen


def _source(table: Table) -> Source:
    source = Source(
        title=table.text("title"),
        url=table.text("url"),
        published=table.date("published"),
        dating=_chosen(table, "dating", DATINGS, "way of dating"),
        where=table.text("where"),
        link=_chosen(table, "link", LINKS, "kind of link"),
    )
    if source.url and urlsplit(source.url).scheme != "https":
        table.fault("url", "is not an https address", "give the address at which the text can be read")
    table.finish()
    return source
