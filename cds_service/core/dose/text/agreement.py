"""Compares the dose that the words of an order give with the dose of its structured elements."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeVar

from cds_service.core.dose.text.free_text import what_is_said
from cds_service.core.dose.text.leftover import holds_more
from cds_service.core.dose.text.plain_words import is_too_long
from cds_service.core.dose.text.said import Limit, Said
from cds_service.core.model.dose import EVERY_DAY, NOTHING, Span, Step, Term
from cds_service.core.model.medicine import Medicine

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Ordered:
    """The structured dose as words may repeat it: mg a day, mg an intake, intakes a day, caps, the strength."""

    days: tuple[Span, ...]
    intakes: tuple[Span, ...]
    times: tuple[Span, ...]
    caps: tuple[Fraction, ...]
    strength_mg: Fraction | None

    @property
    def most_a_day(self) -> Fraction:
        return max(day.high for day in self.days)

    @property
    def most_an_intake(self) -> Fraction:
        return max(intake.high for intake in self.intakes)

    @property
    def most_times(self) -> Fraction:
        return max(times.high for times in self.times)


def of_terms(terms: Iterable[Term], medicine: Medicine) -> Ordered:
    """The values of each term by itself. Daily doses are without their cap: words may give the uncapped dose."""
    terms = list(terms)
    return Ordered(
        days=tuple(_uncapped(term) for term in terms),
        intakes=tuple(term.mg_per_intake for term in terms),
        times=tuple(_times(term) for term in terms),
        caps=tuple(term.cap_mg_per_day for term in terms if term.cap_mg_per_day is not None),
        strength_mg=medicine.strength_mg,
    )


def of_steps(steps: Iterable[Step], medicine: Medicine) -> Ordered:
    """The values of a whole order, each once: those of its steps, which are sums of terms, and those of each term."""
    steps = list(steps)
    terms = {id(term): term for step in steps for term in step.terms}  # a term goes on through many steps
    alone = of_terms(terms.values(), medicine)
    whole = tuple(_uncapped_step(step) for step in steps)
    times = tuple(_sum(map(_times, step.terms)) for step in steps)
    return Ordered(
        days=_once(whole + alone.days),
        intakes=_once(alone.intakes),
        times=_once(times + alone.times),
        caps=_once(alone.caps),
        strength_mg=alone.strength_mg,
    )


def _once(values: tuple[T, ...]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(values)) if len(values) > 1 else values


def _uncapped(term: Term) -> Span:
    return Span(term.mg_per_day.low, replace(term, cap_mg_per_day=None).mg_per_day.high)


def _uncapped_step(step: Step) -> Span:
    capped = [_uncapped(term).high - term.mg_per_day.high for term in step.terms]
    return Span(step.mg_per_day.low, step.mg_per_day.high + sum(capped, Fraction(0)))


def _times(term: Term) -> Span:
    some_days = term.as_needed or term.weekdays != EVERY_DAY
    return Span(Fraction(0), term.intakes_per_day.high) if some_days else term.intakes_per_day


def _sum(spans: Iterable[Span]) -> Span:
    return sum(spans, NOTHING)


@dataclass(frozen=True, slots=True)
class Remark:
    """What is to be asked about words: a key of cards/reasons.toml, and the highest daily dose that they may mean.

    `contradicts`: they give another dose; else they were not understood, and mean none.
    """

    reason: str
    contradicts: bool = False
    possible_mg: Fraction = Fraction(0)


def remark_on(words: str, ordered: Ordered, medicine: Medicine, *, is_step: bool) -> Remark | None:
    """What is to be asked about words beside this dose; None if they say the same, or nothing of a dose.

    Where the order has several steps (`is_step`), a sentence that gives a daily dose announces no change.
    """
    if is_too_long(words):
        return Remark("words-not-read")
    said = what_is_said(words, medicine)
    possible = list(_contradictions(said, ordered))
    if said.changes and not (is_step and said.days):
        risen = max(said.most_a_day or Fraction(0), ordered.most_a_day * said.factor)
        return Remark("instruction-changes-dose", bool(possible), max((*possible, risen)))
    if possible:
        return Remark("text-disagrees", contradicts=True, possible_mg=max(possible))
    some_days = any(times.low == 0 for times in ordered.times)
    unread = said.number_left or holds_more(said.left, is_step=is_step, some_days=some_days, has_day=bool(said.days))
    return Remark("words-not-read") if unread else None


def _contradictions(said: Said, ordered: Ordered) -> Iterator[Fraction]:
    """For each thing said that the order does not say: the highest daily dose that may be meant."""
    whole = max(ordered.most_a_day, said.most_a_day or ordered.most_a_day)
    yield from (whole for parts in said.days if not _fits_a_day(parts, ordered))
    yield from (whole for number in said.rhythms if not _within(number, ordered.times))
    yield from (max(whole, mg) for mg in _of_amounts(said, ordered))
    yield from (max(whole, mg) for mg in _of_times(said, ordered))
    yield from (max(whole, limit.mg) for limit in said.limits if not _allows(limit, said, ordered))


def _of_amounts(said: Said, ordered: Ordered) -> Iterator[Fraction]:
    """The daily doses of amounts that are not ordered, taken as often as the order says."""
    alone = [mg.high for mg in said.amounts if not _fits_alone(mg.high, said, ordered)]
    an_intake = [mg.high for mg in said.intakes if not _within(mg.high, ordered.intakes)]
    yield from (mg * ordered.most_times for mg in (*alone, *an_intake))


def _of_times(said: Said, ordered: Ordered) -> Iterator[Fraction]:
    """The daily doses of numbers of times that are not ordered, with the greatest intake that is."""
    return (ordered.most_an_intake * times for times in said.times if not _within(times, ordered.times))


def _within(value: Fraction, spans: Iterable[Span]) -> bool:
    return any(span.low <= value <= span.high for span in spans)


def _fits_a_day(parts: tuple[Span, ...], ordered: Ordered) -> bool:
    """Whether the parts add up to an ordered daily dose, or each part is one (if it may be 0: its maximum)."""
    if _within(_sum(parts).high, ordered.days):
        return True
    whole = [day if day.low else Span(day.high, day.high) for day in ordered.days]
    return all(_within(part.high, whole) for part in parts)


def _fits_alone(mg: Fraction, said: Said, ordered: Ordered) -> bool:
    """Whether an amount without a timing is the strength, an intake, a daily dose or a share of one, or a cap."""
    if mg == ordered.strength_mg or mg in ordered.caps or _within(mg, ordered.intakes + ordered.days):
        return True
    return any(_within(mg * number, ordered.days) for number in said.splits)


def _allows(limit: Limit, said: Said, ordered: Ordered) -> bool:
    """Whether a limit in words is a structured cap or an ordered dose; without a cap, whether it allows them all.

    Where it is taken up to the limit ("3 cp si besoin, max 9 cp/j"): whether no more is said than ordered.
    """
    if ordered.caps:
        return limit.mg in ordered.caps or _within(limit.mg, ordered.days + ordered.intakes)
    up_to = said.is_up_to_limit and not limit.an_intake
    if up_to and (limit.mg > ordered.most_a_day or (limit.a_day and said.untimed)):
        return limit.mg <= ordered.most_a_day
    return limit.mg >= max(span.low for span in (ordered.days if limit.a_day else ordered.intakes))
