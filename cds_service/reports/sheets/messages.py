"""Describes each case of a rule after a change: its condition, its indicator and its texts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from string import Template
from typing import cast

from cds_service.core.model.ruleset import Rule, RuleChange, Value, names, taper_step_mg
from cds_service.core.rules.checks import CHECKS
from cds_service.core.wording import words
from cds_service.knowledge.loading import Knowledge
from cds_service.reports.rule_words import RuleWriter


@dataclass(frozen=True, slots=True)
class Message:
    """One case of a rule in words. A notice, which is a line on other cards, has an empty `summary`."""

    case: str
    condition: str
    severity: str
    summary: str
    action: str


def messages(knowledge: Knowledge, rule: Rule, change: RuleChange, write: RuleWriter) -> Iterator[Message]:
    """The cases that a rule can give while a change is in force; none if it has ended or only gives values."""
    places = _places(knowledge, change, write)
    for case in cases(rule, change):
        text = knowledge.texts.card(rule.id, case, write.language, change.since)
        when = text.when.substitute(_values(rule, change, write))
        yield Message(
            case,
            words.typeset(when, write.language),
            write.indicator(rule.indicators[case]),
            words.typeset(text.summary.substitute(places), write.language),
            words.typeset(text.action.substitute(places), write.language),
        )


def cases(rule: Rule, change: RuleChange) -> list[str]:
    """The cases of its check that a rule may give with these values."""
    values = change.values
    if values is None:
        return []
    possible = {
        "initial-dose-too-high": {
            "found": "mg_per_day" in values,
            "perhaps-first": "mg_per_day" in values,
            "no-number": "mg_per_day" not in values,
        },
        "resumption": {
            "above-starting-dose": "warning_mg_per_day" in values,
            "above-old-order": "warning_mg_per_day" in values,
        },
        "product-not-authorised": _product_cases(values),
        "outside-indication": {
            case: bool(names(values, "frameworks")) != (case == "no-indication") for case in rule.indicators
        },
        "prior-treatment-not-documented": {
            "found": "amm" in names(values, "frameworks"),
            "under-rtu": "rtu" in names(values, "frameworks"),
        },
        "close-follow-up": {"above": "taken_mg_per_day" in values},
        "adverse-effect-report": {case: case == values.get("report_to") for case in rule.indicators},
    }.get(rule.check, {})
    return [case for case in CHECKS[rule.check].cases if possible.get(case, True)]


def _product_cases(values: Mapping[str, Value]) -> dict[str, bool]:
    under_rtu = values.get("framework") == "rtu"
    return {
        "outside-rtu": under_rtu,
        "not-authorised": not under_rtu,
        "suspended": bool(names(values, "suspended")),
        "not-on-sale": under_rtu and bool(names(values, "amm")),
    }


def _values(rule: Rule, change: RuleChange, write: RuleWriter) -> dict[str, str]:
    """The values of a rule file in words; a list that is left out reads as "none"."""
    left_out = dict.fromkeys(CHECKS[rule.check].values, write.phrase("none"))
    return left_out | {name: write.value(name, value) for name, value in (change.values or {}).items()}


def _places(knowledge: Knowledge, change: RuleChange, write: RuleWriter) -> dict[str, str]:
    """The placeholders of a message: general words for the facts of an order, and the limits of the rule file."""
    language, values = write.language, dict(change.values or {})
    written = {name: write.value(name, value) for name, value in values.items()}
    places = {
        key.removeprefix("place-"): Template(text).safe_substitute(written)
        for (key, written_in), text in knowledge.texts.phrases.items()
        if key.startswith("place-") and written_in == language
    }
    if "mg_per_day" in values:
        places["limit_mg_per_day"] = words.mg_per_day(cast(Fraction, values["mg_per_day"]), language)
    step = values.get("mg_per_2_days") or values.get("mg_per_3_days") or taper_step_mg(knowledge.rules, change.since)
    if step is not None:
        places["step_mg"] = words.milligrams(cast(Fraction, step), language)
    return places
