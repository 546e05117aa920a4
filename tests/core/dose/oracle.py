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
- Sequence numbers are steps only where all dosages but the last are bounded and they share a moment of the day.
  Different moments of one length, or of none, are parts of one day. What may be either is simulated both ways.
- If a dosage of a sequence ends, by the clock, before the next one starts, the whole day belongs to the next one.
- After the end of the whole order the simulator makes no claim: the normal end of a prescription is not a dose of 0.
"""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from functools import lru_cache
from itertools import product

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
    return _under_one_cap([line for _, line in lines], _either(_ways(groups, together, on, last)))


def _ways(groups: list[list[Line]], together: list[Days], on: date, last: date) -> list[Days]:
    """Each possible way in which numbered groups are taken, with what is taken beside them."""
    beside = [[_calendar(line, on, last) for line in group] for group in groups]
    at_once = _added(together + [days for group in beside for days in group])
    if len(groups) < 2 or _have_dates(groups) or (_differ_in_moments(groups) and _have_one_length(groups)):
        return [at_once]
    if not _differ_in_moments(groups) and all(map(_is_bounded, groups, groups[1:])):
        return [_added(together + list(way)) for way in _one_after_another(groups, on, last)]
    return [at_once, *(_on_its_own_days(group, together) for group in beside)]


def _on_its_own_days(group: list[Days], together: list[Days]) -> Days:
    """What is taken while one group is, with what is taken beside the numbered ones."""
    its_own = _added(group)
    return {day: dose for day, dose in _added(together + group).items() if day in its_own}


def _have_dates(groups: list[list[Line]]) -> bool:
    return all(line.starts and line.ends for group in groups for line in group)


def _differ_in_moments(groups: list[list[Line]]) -> bool:
    """Whether all lines name moments of the day, and no moment is in two groups."""
    named = [line.moments for group in groups for line in group]
    if None in named:
        return False
    each = [{moment for line in group for moment in line.moments or ()} for group in groups]
    return len(set().union(*each)) == sum(map(len, each))


def _have_one_length(groups: list[list[Line]]) -> bool:
    lengths = [(line.starts, line.ends, line.days, line.months, line.counts) for group in groups for line in group]
    return lengths.count(lengths[0]) == len(lengths)


def _is_bounded(group: list[Line], following: list[Line]) -> bool:
    """Whether each line of a group ends, at the latest where the next group has a later first day."""
    begins = _first(following)
    return all(
        line.ends or line.days is not None or line.months or line.counts
        or (begins and (line.starts is None or line.starts < begins))
        for line in group
    )  # fmt: skip


def _under_one_cap(lines: list[Line], days: Days) -> Days:
    """The doses under a cap that each of several lines repeats, unless they are above it in any case."""
    caps = {line.cap for line in lines}
    cap = next(iter(caps))
    if len(lines) < 2 or len(caps) > 1 or cap is None or any(low > cap for low, _ in days.values()):
        return days
    return {day: (low, min(high, cap)) for day, (low, high) in days.items()}


def _one_after_another(groups: list[list[Line]], begins: date, last: date) -> Iterator[list[Days]]:
    """Groups that follow one another, each from the end of the one before."""
    if not groups:
        yield []
        return
    group, following = groups[0], groups[1:]
    next_starts = _first(following[0]) if following else None
    group = [_giving_its_last_day(line, following[0]) for line in group] if following else group
    ends = [_end(line, line.starts or begins, next_starts) for line in group]
    now = [_calendar(line, begins, last, next_starts) for line in group]
    then = max((end for end in ends if end), default=begins)
    yield from (now + rest for rest in _one_after_another(following, then, last))


def _giving_its_last_day(line: Line, following: list[Line]) -> Line:
    """The line without its last day, if the next line starts on that day and this one ends at most a minute later."""
    starts = [later.starts_at for later in following if later.starts_at and later.starts == _first(following)]
    last = line.ends - timedelta(days=1) if line.ends else None
    if not (starts and line.ends_at and line.starts) or min(starts).date() != last or line.starts == last:
        return line
    return replace(line, ends=last) if line.ends_at - min(starts) <= timedelta(minutes=1) else line


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
