"""One dosage for the simulator: its dose, its bounds, and its intakes on each day."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

from tests.core.dose.oracle_moments import at_moments, moments_of

Json = dict[str, Any]
Dose = tuple[Fraction, Fraction]

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
class Line:
    """One dosage: the intakes on day number n since its start, for each way of simulating it."""

    plays: tuple["Play", ...]
    mg: Dose
    as_needed: bool
    cap: Fraction | None
    starts: date | None
    ends: date | None
    starts_at: datetime | None
    ends_at: datetime | None
    days: int | None
    months: int
    counts: tuple[int, int] | None
    moments: frozenset[str] | None


@dataclass(frozen=True)
class Play:
    """Fewest and most intakes of a day, given its number since the start and its date."""

    per_day: Any

    def of(self, number: int, day: date) -> tuple[int, int]:
        least, most = self.per_day(number, day)
        return least, most


_ONCE = Play(lambda _number, _day: (1, 1))

# --- one dosage ------------------------------------------------------------------------------


def line_of(dosage: Json, tablet_mg: Fraction) -> Line:
    timing = dosage.get("timing", {})
    repeat = timing.get("repeat", {})
    as_needed = dosage.get("asNeededBoolean") is True or "asNeededCodeableConcept" in dosage
    cap = _cap(dosage, tablet_mg)
    mg, whole_day = _mg(dosage, tablet_mg)
    plays = [_ONCE] if whole_day else _plays(timing, as_needed or not _has_dose(dosage), cap, mg)
    one, fewest = mg[0] or mg[1], min(_fewest(play) for play in plays)
    if cap is not None and cap < max(one, 0 if as_needed else mg[0] * fewest):
        cap = None  # below what is ordered: a slip, and no cap
    if "maxDosePerAdministration" in dosage and not whole_day:
        mg = _with_most(mg, _quantity(dosage["maxDosePerAdministration"], tablet_mg), as_needed)
    count = repeat.get("count", 1), repeat.get("countMax", repeat.get("count", 1))
    period, length = (
        repeat.get("boundsPeriod", {}),
        repeat.get("boundsDuration") or repeat.get("boundsRange", {}).get("high"),
    )
    wanted = repeat.get("dayOfWeek", _WEEK)
    in_all = count if {"count", "countMax"} & set(repeat) else None
    return Line(
        plays=tuple(_on_its_days(play, wanted) for play in plays),
        mg=mg,
        as_needed=as_needed,
        cap=cap,
        starts=_day(period["start"]) if "start" in period else None,
        ends=_period_end(period.get("start", ""), period["end"]) if "end" in period else None,
        starts_at=_in_paris(period.get("start", "")),
        ends_at=_in_paris(period.get("end", "")),
        days=_days(length) if length and length["code"] not in ("mo", "a") else None,
        months=int(length["value"]) * (12 if length["code"] == "a" else 1)
        if length and length["code"] in ("mo", "a")
        else 0,
        counts=None if in_all and in_all[1] < fewest and len(wanted) == len(_WEEK) else in_all,
        moments=moments_of(repeat),
    )


def _has_dose(dosage: Json) -> bool:
    return bool({"doseAndRate", "doseQuantity", "doseSimpleQuantity"} & set(dosage))


def _fewest(play: "Play") -> int:
    """The fewest intakes of a day, if it is one of its days."""
    return min(play.of(number, date(2026, 1, 1))[0] for number in range(60))


def _with_most(mg: Dose, most: Fraction, as_needed: bool) -> Dose:
    """The dose of an intake under its maximum, which is its top if it is taken as needed; a slip below it is none."""
    if most < (mg[0] or mg[1]):
        return mg
    return (mg[0], most) if as_needed else (mg[0], min(mg[1], most))


def _on_its_days(play: "Play", wanted: Collection[str]) -> "Play":
    return Play(lambda number, day: play.of(number, day) if _WEEK[day.weekday()] in wanted else (0, 0))


def _day(written: str) -> date:
    at = _in_paris(written)
    return at.date() if at else date.fromisoformat(written)


def _in_paris(written: str) -> datetime | None:
    """The clock time in Paris at that instant; None for a date."""
    return datetime.fromisoformat(written).astimezone(ZoneInfo("Europe/Paris")) if "T" in written else None


def _period_end(start: str, end: str) -> date:
    """The day after the end of a period. Whole days of 24 hours, by the clock or in elapsed hours, are counted from
    its start. Otherwise the day of its end is included, unless it ends at midnight.
    """
    first, last = _in_paris(start), _in_paris(end)
    if first and last:
        by_the_clock = last.replace(tzinfo=None) - first.replace(tzinfo=None)
        by_the_hours = last.astimezone(UTC) - first.astimezone(UTC)
        for days in range(1, 400):
            if any(abs(long - timedelta(days=days)) <= timedelta(minutes=1) for long in (by_the_clock, by_the_hours)):
                return first.date() + timedelta(days=days)
    at_midnight = last is not None and last.strftime("%H:%M:%S") == "00:00:00"
    return _day(end) if at_midnight else _day(end) + timedelta(days=1)


def _days(length: Json) -> int:
    """Whole days; a part of a day counts as one."""
    hours = Fraction(length["value"]) * _HOURS[length["code"]]
    return -(-hours.numerator // (24 * hours.denominator))


def _mg(dosage: Json, tablet_mg: Fraction) -> tuple[Dose, bool]:
    """mg per intake, or per day."""
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
    if written is None:  # maxima alone
        most = dosage.get("maxDosePerAdministration") or dosage["maxDosePerPeriod"]["numerator"]
        return (Fraction(0), _quantity(most, tablet_mg)), False
    return (_quantity(written, tablet_mg), _quantity(written, tablet_mg)), False


def _quantity(quantity: Json, tablet_mg: Fraction) -> Fraction:
    unit = quantity.get("code", quantity.get("unit"))
    return Fraction(quantity["value"]) * (Fraction(_MG[unit]) if unit in _MG else tablet_mg)


def _cap(dosage: Json, tablet_mg: Fraction) -> Fraction | None:
    """The cap of a day. If its period is shorter than a day, it may restart that day; if longer, it caps no day."""
    if "maxDosePerPeriod" not in dosage:
        return None
    mass, window = dosage["maxDosePerPeriod"]["numerator"], dosage["maxDosePerPeriod"]["denominator"]
    hours = Fraction(window["value"]) * _HOURS[window["code"]]
    windows = [at for at in range(24 * 60) if (Fraction(at, 60) / hours).denominator == 1]
    return _quantity(mass, tablet_mg) * len(windows) if hours <= 24 else None


# --- intakes of a day ------------------------------------------------------------------------


def _plays(timing: Json, as_needed: bool, cap: Fraction | None, mg: Dose) -> list[Play]:
    repeat = timing.get("repeat", {})
    details, coded = _details(repeat), _coded(timing)
    meals_alone = _are_meals(repeat)
    plays = coded if coded and meals_alone else details + coded
    if not plays and "dayOfWeek" not in repeat and as_needed and cap is not None:
        most = -(-cap // (mg[0] or mg[1]))
        plays = [Play(lambda _number, _day: (0, int(most)))]
    return plays or [_ONCE]


def _details(repeat: Json) -> list[Play]:
    plays = [Play(lambda _number, _day, times=times: times) for times in at_moments(repeat)]
    fewest = len(repeat.get("when", []))
    most = fewest + 2 * sum(code in ("C", "AC", "PC") for code in repeat.get("when", []))
    if "period" in repeat and not (plays and _says_only_daily(repeat)):
        spoken = _frequent(repeat)
        every_day = [play.of(number, date(2026, 1, 1)) for play in spoken for number in range(60)]
        within = all(fewest <= low and high <= most for low, high in every_day)
        plays = spoken if _are_meals(repeat) and within else plays + spoken
    return plays


def _are_meals(repeat: Json) -> bool:
    return set(repeat.get("when", "x")) <= {"C", "AC", "PC"} and "timeOfDay" not in repeat


def _says_only_daily(repeat: Json) -> bool:
    """A period of one day with no frequency, beside moments: these are what happens each day."""
    return (
        repeat["period"] == 1
        and repeat["periodUnit"] == "d"
        and not {"frequency", "frequencyMax", "periodMax"} & set(repeat)
    )


def _frequent(repeat: Json) -> list[Play]:
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


def _each_period(times: int, hours: Fraction, some_days: bool) -> Play:
    if hours > 24 and (times > 1 or some_days):
        return Play(lambda _number, _day: (0, times))

    def starts(number: int, _day: date) -> tuple[int, int]:
        begun = -(-Fraction(24 * (number + 1)) // hours) - (-(-Fraction(24 * number) // hours))
        return int(begun) * times, int(begun) * times

    return Play(starts)


def _coded(timing: Json) -> list[Play]:
    codes = [coding["code"] for coding in timing.get("code", {}).get("coding", [])]
    regular = [
        Play(lambda _number, _day, code=code: (_PER_DAY[code], _PER_DAY[code])) for code in codes if code in _PER_DAY
    ]
    return regular + [
        _each_period(1, Fraction(_ONE_EACH[code]), some_days=False) for code in codes if code in _ONE_EACH
    ]
