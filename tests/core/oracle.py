"""A slow and obvious simulator of dosages, to hold the dose engine to.

It is written from the FHIR R4 definition of Dosage and Timing and from the clinical dossier (section E), not
from our code: it puts each intake on a calendar day and adds up the days. Where a dosage leaves something
open (frequency 2 to 4, a period of 6 to 8 hours, "as needed"), it plays both ends and keeps, for each day,
the least and the most.

What a day may hold:

- A day is 24 hours. Periods run on end to end from 00:00 of the first day, intakes at the start of each;
  so "every 5 hours" gives 5, 5, 5, 5, 4 intakes, and again.
- Several intakes in a period longer than a day may all fall on any one of its days: 0 to n (dossier, E16).
- On some days of the week only: in a period longer than a day, on any of those; "5 a week, Monday to
  Friday" is one on each.
- "With meals" is one to three intakes for each code (E19), unless a frequency within these says how many.
- When a dosage without an end is followed by one without a beginning, the change may come on any day (E35),
  up to the day on which a later one is dated to begin.
- After the very end of an order nothing is claimed: the ordinary end of a prescription is not a dose of nothing.
  Nor after the end of steps that begin nobody knows when: their last dose is played on, beside what else there is.
"""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from itertools import product, takewhile
from typing import Any

Json = dict[str, Any]
Dose = tuple[Fraction, Fraction]
Days = dict[date, Dose]

_HOURS = {
    "s": Fraction(1, 3600), "min": Fraction(1, 60), "h": Fraction(1), "d": Fraction(24), "wk": Fraction(168),
    "mo": Fraction(24 * 30), "a": Fraction(24 * 365),
}  # fmt: skip
_MG = {"mg": Decimal(1), "g": Decimal(1000), "ug": Decimal("0.001"), "µg": Decimal("0.001"), "mcg": Decimal("0.001")}
_PER_DAY = {
    "QD": 1, "BID": 2, "TID": 3, "QID": 4, "AM": 1, "PM": 1, "BED": 1,
    "Q1H": 24, "Q2H": 12, "Q3H": 8, "Q4H": 6, "Q6H": 4, "Q8H": 3,
}  # fmt: skip
_ONE_EACH = {"QOD": 48, "WK": 168, "MO": 24 * 30}
_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class _Line:
    """One dosage: the intakes of the day number n since its beginning, in each way of playing it."""

    plays: tuple["_Play", ...]
    mg: Dose
    as_needed: bool
    cap: Fraction | None
    starts: date | None
    ends: date | None
    days: int | None
    months: int
    counts: tuple[int, int] | None


@dataclass(frozen=True)
class _Play:
    """Fewest and most intakes of a day, by its number since the beginning and its date."""

    per_day: Any

    def of(self, number: int, day: date) -> tuple[int, int]:
        least, most = self.per_day(number, day)
        return least, most


_ONCE = _Play(lambda _number, _day: (1, 1))


def simulate(order: Json, tablet_mg: Fraction, on: date, horizon: int) -> Days:
    """The least and the most mg of each day on which the order asks for a dose, from its first day on."""
    dosages = order["dosageInstruction"]
    lines = [(dosage.get("sequence"), _line(dosage, tablet_mg)) for dosage in dosages]
    last = on + timedelta(days=horizon)
    together = [_calendar(line, on, last) for sequence, line in lines if sequence is None]
    numbers = sorted({sequence for sequence, _ in lines if sequence is not None})
    groups = [[line for sequence, line in lines if sequence == number] for number in numbers]
    ways = [_added(together + list(way)) for way in _one_after_another(groups, on, last)] or [_added(together)]
    return _either(ways)


# --- on the calendar -------------------------------------------------------------------------


def _one_after_another(groups: list[list[_Line]], begins: date, last: date) -> Iterator[list[Days]]:
    """Each way in which groups may follow one another."""
    if not groups:
        yield []
        return
    group, following = groups[0], groups[1:]
    next_starts = _first(following[0]) if following else None
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


def _giving_way(groups: list[list[_Line]], begins: date, last: date) -> Iterator[list[Days]]:
    """Groups without dates, up to a day: where one has no end the next is tried on every day."""
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
    """The same days, and the dose of the last of them on each day after it."""
    if not days:
        return days
    end = max(days)
    return days | dict.fromkeys(_all_days(end + timedelta(days=1), last), days[end])


def _first(group: list[_Line]) -> date | None:
    return min((line.starts for line in group if line.starts), default=None)


def _since(group: list[_Line], begins: date) -> date:
    return min(line.starts or begins for line in group)


def _end(line: _Line, since: date, next_starts: date | None) -> date | None:
    """The first day after a line, where that can be told without playing it."""
    if line.counts and not line.ends and line.days is None and not line.months:
        return _exhausted(line, since)
    bounded = _bound(line, since)
    if line.counts:
        ran_out = _exhausted(line, since)
        return min(end for end in (bounded, ran_out) if end) if bounded or ran_out else None
    follows = next_starts if next_starts and next_starts > since else None
    return bounded or follows


def _bound(line: _Line, since: date) -> date | None:
    if line.ends:
        return line.ends
    if line.months:
        month = since.month - 1 + line.months
        year, month = since.year + month // 12, month % 12 + 1
        return date(year, month, min(since.day, monthrange(year, month)[1]))
    return None if line.days is None else since + timedelta(days=line.days)


def _exhausted(line: _Line, since: date) -> date | None:
    """The day after the last of a number of intakes, where every day has the same, or at least one."""
    assert line.counts
    leasts = [play.of(number, since + timedelta(days=number))[0] for play in line.plays for number in range(60)]
    if line.as_needed or min(leasts) == 0:
        return None
    return since + timedelta(days=-(-line.counts[1] // min(leasts)))


@lru_cache(maxsize=4096)
def _calendar(line: _Line, begins: date, last: date, next_starts: date | None = None) -> Days:
    """The doses of a line, day by day; with a number of intakes in all, until these are taken."""
    since = line.starts or begins
    until = _end(line, since, next_starts) if not line.counts else _bound(line, since)
    ways = []
    greed = (False, True) if line.counts else (True,)
    for play, greedy, total in product(line.plays, greed, line.counts or (None,)):
        ways.append(_played(line, play, since, min(last + timedelta(days=1), until or date.max), greedy, total))
    return _either(ways)


def _played(line: _Line, play: _Play, since: date, until: date, greedy: bool, total: int | None) -> Days:
    """One way of playing a line: each day as few intakes as it may have, or as many."""
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
    """Lines that run together: a day holds the sum of them."""
    total: Days = {}
    for calendar in calendars:
        for day, (low, high) in calendar.items():
            before = total.get(day, (Fraction(0), Fraction(0)))
            total[day] = (before[0] + low, before[1] + high)
    return total


def _either(ways: list[Days]) -> Days:
    """Ways of playing the same order: a day holds the least and the most of them, where it is in the order."""
    merged: Days = {}
    for way in ways:
        for day, (low, high) in way.items():
            least, most = merged.get(day, (low, high))
            merged[day] = (min(least, low), max(most, high))
    return merged


# --- one dosage ------------------------------------------------------------------------------


def _line(dosage: Json, tablet_mg: Fraction) -> _Line:
    repeat = dosage.get("timing", {}).get("repeat", {})
    mg, whole_day = _mg(dosage, tablet_mg)
    most_an_intake = dosage.get("maxDosePerAdministration")
    if most_an_intake and not whole_day:
        most = _quantity(most_an_intake, tablet_mg)
        mg = (min(mg[0], most), min(mg[1], most))
    count = repeat.get("count", 1), repeat.get("countMax", repeat.get("count", 1))
    period, length = (
        repeat.get("boundsPeriod", {}),
        repeat.get("boundsDuration") or repeat.get("boundsRange", {}).get("high"),
    )
    as_needed = dosage.get("asNeededBoolean") is True or "asNeededCodeableConcept" in dosage
    cap = _cap(dosage, tablet_mg)
    return _Line(
        plays=(_ONCE,) if whole_day else tuple(_plays(dosage.get("timing", {}), as_needed, cap, mg)),
        mg=mg,
        as_needed=as_needed,
        cap=cap,
        starts=date.fromisoformat(period["start"][:10]) if "start" in period else None,
        ends=_period_end(period["end"]) if "end" in period else None,
        days=_days(length) if length and length["code"] not in ("mo", "a") else None,
        months=int(length["value"]) * (12 if length["code"] == "a" else 1)
        if length and length["code"] in ("mo", "a")
        else 0,
        counts=count if {"count", "countMax"} & set(repeat) else None,
    )


def _period_end(written: str) -> date:
    """An end belongs to its period; at midnight the day that begins there does not."""
    day = date.fromisoformat(written[:10])
    return day if written[10:19] == "T00:00:00" else day + timedelta(days=1)


def _days(length: Json) -> int:
    """Whole days: a part of one counts."""
    hours = Fraction(length["value"]) * _HOURS[length["code"]]
    return -(-hours.numerator // (24 * hours.denominator))


def _mg(dosage: Json, tablet_mg: Fraction) -> tuple[Dose, bool]:
    """mg of one intake, or of a whole day."""
    said = dosage.get("doseAndRate", [dosage])[0]
    if "doseRange" in said:
        written = said["doseRange"]
        low = _quantity(written["low"], tablet_mg) if "low" in written else Fraction(0)
        return (low, _quantity(written["high"], tablet_mg)), False
    if "rateRatio" in said:
        mass, time = said["rateRatio"]["numerator"], said["rateRatio"]["denominator"]
        whole = _quantity(mass, tablet_mg) * 24 / (Fraction(time["value"]) * _HOURS[time["code"]])
        return (whole, whole), True
    if "rateQuantity" in said:
        mass, _, time = said["rateQuantity"]["code"].partition("/")
        whole = Fraction(said["rateQuantity"]["value"]) * Fraction(_MG[mass]) * 24 / _HOURS[time]
        return (whole, whole), True
    written = said.get("doseQuantity", said.get("doseSimpleQuantity"))
    return (_quantity(written, tablet_mg), _quantity(written, tablet_mg)), False


def _quantity(quantity: Json, tablet_mg: Fraction) -> Fraction:
    unit = quantity.get("code", quantity.get("unit"))
    return Fraction(quantity["value"]) * (Fraction(_MG[unit]) if unit in _MG else tablet_mg)


def _cap(dosage: Json, tablet_mg: Fraction) -> Fraction | None:
    """The most of a day. A window shorter than a day may open again within it; a longer one caps no day."""
    if "maxDosePerPeriod" not in dosage:
        return None
    mass, window = dosage["maxDosePerPeriod"]["numerator"], dosage["maxDosePerPeriod"]["denominator"]
    hours = Fraction(window["value"]) * _HOURS[window["code"]]
    windows = [at for at in range(24 * 60) if (Fraction(at, 60) / hours).denominator == 1]
    return _quantity(mass, tablet_mg) * len(windows) if hours <= 24 else None


# --- intakes of a day ------------------------------------------------------------------------


def _plays(timing: Json, as_needed: bool, cap: Fraction | None, mg: Dose) -> list[_Play]:
    repeat = timing.get("repeat", {})
    details, coded = _details(repeat), _coded(timing)
    meals_alone = _are_meals(repeat)
    plays = coded if coded and meals_alone else details + coded
    if not plays and "dayOfWeek" not in repeat and as_needed and cap is not None:
        most = -(-cap // (mg[0] or mg[1]))
        plays = [_Play(lambda _number, _day: (0, int(most)))]
    if not plays:
        plays = [_ONCE]
    wanted = repeat.get("dayOfWeek", _WEEK)
    return [
        _Play(lambda number, day, play=play: play.of(number, day) if _WEEK[day.weekday()] in wanted else (0, 0))
        for play in plays
    ]


def _details(repeat: Json) -> list[_Play]:
    plays = []
    times = len(repeat.get("timeOfDay", []))
    if times:
        plays.append(_Play(lambda _number, _day: (times, times)))
    moments = repeat.get("when", [])
    meals = sum(code in ("C", "AC", "PC") for code in moments)
    fewest, most = len(moments), len(moments) + 2 * meals
    if moments:
        plays.append(_Play(lambda _number, _day: (fewest, most)))
    if "period" in repeat and not (plays and _says_only_daily(repeat)):
        spoken = _frequent(repeat)
        every_day = [play.of(number, date(2026, 1, 1)) for play in spoken for number in range(60)]
        within = all(fewest <= low and high <= most for low, high in every_day)
        plays = spoken if _are_meals(repeat) and within else plays + spoken
    return plays


def _are_meals(repeat: Json) -> bool:
    return set(repeat.get("when", "x")) <= {"C", "AC", "PC"} and "timeOfDay" not in repeat


def _says_only_daily(repeat: Json) -> bool:
    """A period of one day with no frequency, beside moments: they are what happens each day."""
    return (
        repeat["period"] == 1
        and repeat["periodUnit"] == "d"
        and not {"frequency", "frequencyMax", "periodMax"} & set(repeat)
    )


def _frequent(repeat: Json) -> list[_Play]:
    wanted = repeat.get("dayOfWeek")
    fewest, most = repeat.get("frequency", 1), repeat.get("frequencyMax", repeat.get("frequency", 1))
    shortest, longest = repeat["period"], repeat.get("periodMax", repeat["period"])
    hours = _HOURS[repeat["periodUnit"]]
    a_week = repeat["periodUnit"] == "wk" and shortest == longest == 1
    if wanted and a_week and fewest == most == len(wanted):
        return [_ONCE]
    return [
        _each_period(times, Fraction(length) * hours, bool(wanted))
        for times, length in product((fewest, most), (shortest, longest))
    ]


def _each_period(times: int, hours: Fraction, some_days: bool) -> _Play:
    if hours > 24 and (times > 1 or some_days):
        return _Play(lambda _number, _day: (0, times))

    def starts(number: int, _day: date) -> tuple[int, int]:
        begun = -(-Fraction(24 * (number + 1)) // hours) - (-(-Fraction(24 * number) // hours))
        return int(begun) * times, int(begun) * times

    return _Play(starts)


def _coded(timing: Json) -> list[_Play]:
    codes = [coding["code"] for coding in timing.get("code", {}).get("coding", [])]
    regular = [
        _Play(lambda _number, _day, code=code: (_PER_DAY[code], _PER_DAY[code])) for code in codes if code in _PER_DAY
    ]
    return regular + [
        _each_period(1, Fraction(_ONE_EACH[code]), some_days=False) for code in codes if code in _ONE_EACH
    ]
