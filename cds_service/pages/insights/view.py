"""Writes the figures in words, for the page and for the terminal."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from cds_service.core.wording import words
from cds_service.core.wording.texts import Texts
from cds_service.pages.insights import chart
from cds_service.pages.insights.figures import ENOUGH_ANSWERS, WEEK, Figures, RuleFigures, Tally
from cds_service.pages.sentences import Sentences

NOTHING = "–"


@dataclass(frozen=True, slots=True)
class Cells:
    """A tally as text for the tables. `bar_says` is the text alternative of the bar."""

    shown: str
    accepted: str
    overridden: str
    unanswered: str
    percent: str
    bar: tuple[chart.Box, ...]
    bar_says: str


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A row of the table of rules. `mark` and `mark_says` (the numbers) are set only if it is mostly overridden."""

    finding: str
    name: str
    urgency: str
    cells: Cells
    mark: str
    mark_says: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A label of the x axis: a week whose date is written below its column."""

    x: str
    label: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Plot:
    """The chart of the weeks. `lines` are (y, label); `says` is its text alternative."""

    boxes: tuple[chart.Box, ...]
    lines: tuple[tuple[str, str], ...]
    ticks: tuple[Tick, ...]
    says: str


@dataclass(frozen=True, slots=True)
class View:
    """Everything to show of a period. `totals` are (label, number, share of the answers); `reasons` are by rule."""

    period: str
    is_empty: bool
    totals: tuple[tuple[str, str, str], ...]
    to_look_at: tuple[RuleRow, ...]
    rules: tuple[RuleRow, ...]
    weeks_title: str
    weeks: tuple[tuple[str, Cells], ...]
    plot: Plot
    reasons: tuple[tuple[str, tuple[str, ...]], ...]
    enough: int = ENOUGH_ANSWERS


def view_of(figures: Figures, texts: Texts, language: str, finding: str = "") -> View:
    """Writes the figures in words. `finding` is the rule that the weeks are limited to; empty for all."""
    say = Sentences(texts, language)
    return View(
        period=_period(figures, say),
        is_empty=not figures.total.shown,
        totals=tuple(_totals(figures.total, say)),
        to_look_at=tuple(_rule(rule, texts, say) for rule in figures.mostly_overridden),
        rules=tuple(_rule(rule, texts, say) for rule in figures.rules),
        weeks_title=_weeks_title(finding, texts, say),
        weeks=tuple((words.short_day(week, language), cells_of(tally, say)) for week, tally in figures.weeks),
        plot=_plot(figures, say),
        reasons=tuple(_reasons(figures, finding, texts, say)),
    )


def rule_name(finding: str, texts: Texts, language: str) -> str:
    """The topic of a rule; its id if it no longer has a card."""
    return texts.topics.get((finding, language), finding)


def _period(figures: Figures, say: Sentences) -> str:
    return say("insights-period", since=figures.weeks[0][0], last=_last_day(figures))


def _last_day(figures: Figures) -> date:
    return figures.weeks[-1][0] + WEEK - (WEEK / 7)


def _weeks_title(finding: str, texts: Texts, say: Sentences) -> str:
    if not finding:
        return say("insights-by-week")
    return say("insights-by-week-of", rule=rule_name(finding, texts, say.language))


def _totals(total: Tally, say: Sentences) -> list[tuple[str, str, str]]:
    of_answers = [
        "",
        _of_answers(total.accepted, total, say),
        _of_answers(total.overridden, total, say),
        "",
    ]
    numbers = (total.shown, total.accepted, total.overridden, total.unanswered)
    labels = [say(f"insights-{name}") for name in ("shown", *chart.ENDINGS)]
    return [
        (label, count(number, say), part) for label, number, part in zip(labels, numbers, of_answers, strict=True)
    ]


def _of_answers(number: int, total: Tally, say: Sentences) -> str:
    return say("insights-of-answers", percent=round(number * 100 / total.answered)) if total.answered else ""


def _rule(rule: RuleFigures, texts: Texts, say: Sentences) -> RuleRow:
    urgencies = [
        f"{texts.phrases[f'indicator-{name}', say.language]} {count(number, say)}"
        for name, number in rule.indicators.items()
    ]
    marked = rule.tally.is_mostly_overridden
    return RuleRow(
        finding=rule.finding,
        name=rule_name(rule.finding, texts, say.language),
        urgency=", ".join(urgencies),
        cells=cells_of(rule.tally, say),
        mark=say("insights-mostly") if marked else "",
        mark_says=_why_marked(rule.tally, texts, say) if marked else "",
    )


def _why_marked(tally: Tally, texts: Texts, say: Sentences) -> str:
    return say(
        "insights-mostly-how",
        overridden=count(tally.overridden, say),
        answered=count(tally.answered, say),
        percent=tally.override_percent,
        reason=words.uncapitalised(reason_in_words(next(iter(tally.reasons)), texts, say)),
    )


def cells_of(tally: Tally, say: Sentences) -> Cells:
    numbers = {
        "shown": count(tally.shown, say),
        "accepted": count(tally.accepted, say),
        "overridden": count(tally.overridden, say),
        "unanswered": count(tally.unanswered, say),
    }
    percent = tally.override_percent
    return Cells(
        **numbers,
        percent=NOTHING if percent is None else say("insights-percent-value", percent=percent),
        bar=tuple(chart.bar(tally)) if tally.shown else (),
        bar_says=say("insights-bar", **numbers),
    )


def _plot(figures: Figures, say: Sentences) -> Plot:
    tallies = [tally for _, tally in figures.weeks]
    shown = sum(tally.shown for tally in tallies)
    most = max(tally.shown for tally in tallies)
    known = {"since": figures.weeks[0][0], "last": _last_day(figures)}
    return Plot(
        boxes=tuple(chart.columns(tallies)),
        lines=tuple((line.y, count(line.number, say)) for line in chart.grid(tallies)),
        ticks=tuple(_ticks(figures.weeks, tallies, say)),
        says=say("insights-plot", shown=count(shown, say), most=count(most, say), **known),
    )


def _ticks(weeks: Sequence[tuple[date, Tally]], tallies: Sequence[Tally], say: Sentences) -> list[Tick]:
    """Labels of the first and of the last week; a single week has one label."""
    ends = [(0, "start"), (len(weeks) - 1, "end")][: len(weeks)]
    return [
        Tick(
            chart.middle(number, tallies, -0.5 if anchor == "start" else 0.5),
            words.short_day(weeks[number][0], say.language),
            anchor,
        )
        for number, anchor in ends
    ]


def _reasons(figures: Figures, finding: str, texts: Texts, say: Sentences) -> list[tuple[str, tuple[str, ...]]]:
    """The override reasons of each rule with their counts, the most frequent first."""
    return [
        (
            rule_name(rule.finding, texts, say.language),
            tuple(
                say("insights-reason-times", reason=reason_in_words(reason, texts, say), times=count(times, say))
                for reason, times in rule.tally.reasons.items()
            ),
        )
        for rule in figures.rules
        if rule.tally.reasons and finding in ("", rule.finding)
    ]


def reason_in_words(code: str, texts: Texts, say: Sentences) -> str:
    for reason in texts.override_reasons:
        if reason.code == code:
            return reason.display[say.language]
    return say("insights-reason-none" if code == "none" else "insights-reason-unlisted")


def count(number: int, say: Sentences) -> str:
    return words.number(Fraction(number), say.language)
