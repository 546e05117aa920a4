"""A slow and simple simulator of dosages, against which the dose engine is tested.

It is written from the FHIR R4 definition of Dosage and Timing and from the clinical dossier (section E), not
from our code: it puts each intake on a calendar day and adds up the days. If a dosage leaves something
open (frequency 2 to 4, a period of 6 to 8 hours, "as needed"), it simulates both ends and keeps the lowest
and the highest dose of each day.

How days are counted:

- A day is 24 hours. Periods follow each other from 00:00 of the first day, with the intakes at the start of each;
  so "every 5 hours" gives 5, 5, 5, 5, 4 intakes, and again.
- Several intakes in a period longer than a day may all fall on any one of its days: 0 to n (dossier, E16).
- With some days of the week only: in a period longer than a day, on any of those days; "5 a week, Monday to
  Friday" is one on each.
- "With meals" is one to three intakes for each code (E19), unless a frequency in that range gives the number.
- If a dosage without an end is followed by one without a start, the change may happen on any day (E35),
  until the day on which a later, dated one starts.
- If a dosage of a sequence ends, by the clock, before the next one starts, the whole day belongs to the next one.
- After the end of the whole order the simulator makes no claim: the normal end of a prescription is not a dose of 0.
  The same after the end of steps whose start is unknown: their last dose continues, beside any other dosages.
"""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from functools import lru_cache
from itertools import product, takewhile

from tests.core.dose.oracle_dosage import Dose, Json, Line, Play, line_of

Days = dict[date, Dose]


def simulate(order: Json, tablet_mg: Fraction, on: date, horizon: int) -> Days:
    """The lowest and highest mg of each day on which the order gives a dose, from its first day on."""
    dosages = order["dosageInstruction"]
    lines = [(dosage.get("sequence"), line_of(dosage, tablet_mg)) for dosage in dosages]
    last = on + timedelta(days=horizon)
    together = [_calendar(line, on, last) for sequence, line in lines if sequence is None]
    numbers = sorted({sequence for sequence, _ in lines if sequence is not None})
    groups = [[line for sequence, line in lines if sequence == number] for number in numbers]
    ways = [_added(together + list(way)) for way in _one_after_another(groups, on, last)] or [_added(together)]
    return _either(ways)


def _one_after_another(groups: list[list[Line]], begins: date, last: date) -> Iterator[list[Days]]:
    """Each possible way in which groups follow one another."""
    if not groups:
        yield []
        return
    group, following = groups[0], groups[1:]
    next_starts = _first(following[0]) if following else None
    group = [_giving_its_last_day(line, following[0]) for line in group] if following else group
    ends = [_end(line, line.starts or begins, next_starts) for line in group]
    if None not in ends or not following or next_starts:
        now = [_calendar(line, begins, last, next_starts) for line in group]
        then = max((end for end in ends if end), default=begins)
        yield from (now + rest for rest in _one_after_another(following, then, last))
        return
    undated = list(takewhile(lambda later: not _first(later), following))
    dated = following[len(undated) :]
    date_ahead = _first(dated[0]) if dated else None
    limit = date_ahead if date_ahead and date_ahead > _since(group, begins) else None
    before = min(last, limit - timedelta(days=1)) if limit else last
    for way in _giving_way([group, *undated], begins, before):
        yield from (way + rest for rest in _one_after_another(dated, limit or begins, last))


def _giving_its_last_day(line: Line, following: list[Line]) -> Line:
    """The line without its last day, if the next line starts on that day and this one ends at most a minute later."""
    starts = [later.starts_at for later in following if later.starts_at and later.starts == _first(following)]
    last = line.ends - timedelta(days=1) if line.ends else None
    if not (starts and line.ends_at and line.starts) or min(starts).date() != last or line.starts == last:
        return line
    return replace(line, ends=last) if line.ends_at - min(starts) <= timedelta(minutes=1) else line


def _giving_way(groups: list[list[Line]], begins: date, last: date) -> Iterator[list[Days]]:
    """Groups without dates, until a day: after a group without an end, the next one is tried from every day."""
    group, following = groups[0], groups[1:]
    ends = [_end(line, line.starts or begins, None) for line in group]
    now = [_calendar(line, begins, last) for line in group]
    if not following:
        yield [_held(days, last) for days in now]
    elif None not in ends:
        then = max(end for end in ends if end)
        yield from (now + rest for rest in _giving_way(following, then, last))
    else:
        yield now
        for day in _all_days(_since(group, begins) + timedelta(days=1), last):
            cut = [_calendar(line, begins, day - timedelta(days=1)) for line in group]
            yield from (cut + rest for rest in _giving_way(following, day, last))


def _held(days: Days, last: date) -> Days:
    """The same days, and the dose of the last day repeated on each day after it."""
    if not days:
        return days
    end = max(days)
    return days | dict.fromkeys(_all_days(end + timedelta(days=1), last), days[end])


def _first(group: list[Line]) -> date | None:
    return min((line.starts for line in group if line.starts), default=None)


def _since(group: list[Line], begins: date) -> date:
    return min(line.starts or begins for line in group)


def _end(line: Line, since: date, next_starts: date | None) -> date | None:
    """The first day after a line, if it can be found without a simulation."""
    if line.counts and not line.ends and line.days is None and not line.months:
        return _exhausted(line, since)
    bounded = _bound(line, since)
    if line.counts:
        ran_out = _exhausted(line, since)
        return min(end for end in (bounded, ran_out) if end) if bounded or ran_out else None
    follows = next_starts if next_starts and next_starts > since else None
    return bounded or follows


def _bound(line: Line, since: date) -> date | None:
    if line.ends:
        return line.ends
    if line.months:
        month = since.month - 1 + line.months
        year, month = since.year + month // 12, month % 12 + 1
        return date(year, month, min(since.day, monthrange(year, month)[1]))
    return None if line.days is None else since + timedelta(days=line.days)


def _exhausted(line: Line, since: date) -> date | None:
    """The day after the last of a number of intakes, if every day has the same number, or at least one."""
    assert line.counts
    leasts = [play.of(number, since + timedelta(days=number))[0] for play in line.plays for number in range(60)]
    if line.as_needed or min(leasts) == 0:
        return None
    return since + timedelta(days=-(-line.counts[1] // min(leasts)))


@lru_cache(maxsize=4096)
def _calendar(line: Line, begins: date, last: date, next_starts: date | None = None) -> Days:
    """The doses of a line by day; with a count of intakes, until all are taken."""
    since = line.starts or begins
    until = _end(line, since, next_starts) if not line.counts else _bound(line, since)
    ways = []
    greed = (False, True) if line.counts else (True,)
    for play, greedy, total in product(line.plays, greed, line.counts or (None,)):
        ways.append(_played(line, play, since, min(last + timedelta(days=1), until or date.max), greedy, total))
    return _either(ways)


def _played(line: Line, play: Play, since: date, until: date, greedy: bool, total: int | None) -> Days:
    """One simulation of a line: on each day the fewest intakes allowed, or the most."""
    days: Days = {}
    left = total
    for number, day in enumerate(_all_days(since, until - timedelta(days=1))):
        least, most = play.of(number, day)
        if left is not None:
            taken = min(left, most if greedy else least)
            least = most = taken
            left -= taken
        low, high = least * line.mg[0], most * line.mg[1]
        if line.cap is not None:
            low, high = min(low, line.cap), min(high, line.cap)
        days[day] = (Fraction(0) if line.as_needed else low, high)
    return days


def _all_days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += timedelta(days=1)


def _added(calendars: list[Days]) -> Days:
    """Lines that run together: the dose of a day is their sum."""
    total: Days = {}
    for calendar in calendars:
        for day, (low, high) in calendar.items():
            before = total.get(day, (Fraction(0), Fraction(0)))
            total[day] = (before[0] + low, before[1] + high)
    return total


def _either(ways: list[Days]) -> Days:
    """Alternative simulations of one order: the lowest and highest dose of each day on which any of them has one."""
    merged: Days = {}
    for way in ways:
        for day, (low, high) in way.items():
            least, most = merged.get(day, (low, high))
            merged[day] = (min(least, low), max(most, high))
    return merged
