"""The reference model, first half: what is taken now, what is written only, how long nothing was taken.

Sentences in quotation marks are the design's, section 5, "What is taken now".
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from tests.reference.lines import YEAR, Line


@dataclass(frozen=True)
class Taken:
    lines: frozenset[int] = frozenset()
    gap: int | None = None  # None: nothing is taken, or it is unknown
    written: frozenset[int] = frozenset()  # "written, not taken"
    carries: frozenset[int] = frozenset()  # those written ones that carry on what is taken
    ahead: frozenset[int] = frozenset()  # "begins after the day judged"
    unknown: bool = False
    stale_dose: int | None = None  # of the order of more than 12 months ago after which nothing is on record
    first: str = "no"  # whether the draft is a first prescription: "yes", "no", "unknown"

    @property
    def gap_class(self) -> str:
        """ "up to 3 days: as if it ran. 4 to 7 … 8 to 30 … More than 30: a first prescription"."""
        if self.unknown or self.gap is None or self.gap > 30:
            return "unknown" if self.unknown else "none"
        classes = ((0, "runs"), (3, "as if it ran"), (7, "4-7"), (30, "8-30"))
        return next(name for most, name in classes if self.gap <= most)

    @property
    def is_measured(self) -> bool:
        """Whether falls and rises are measured: "4 to 7: counts", "8 to 30: no fall, rise … is measured"."""
        return self.gap_class in {"runs", "as if it ran", "4-7"}


def stale(line: Line) -> bool:
    """ "Open and written more than 12 months ago: not taken, whatever came since"."""
    return line.status == "active" and line.end is None and line.signed < -YEAR


def slip(line: Line) -> bool:
    """ "A line that began less than 3 days before the day judged is written, not taken"."""
    return line.status == "active" and -3 < line.since <= 0


def running(line: Line) -> bool:
    return line.status == "active" and line.runs(0) and not stale(line) and not slip(line)


def ahead(line: Line) -> bool:
    """ "One that begins after the day judged is neither taken nor written"."""
    return line.status == "active" and line.since > 0


def stop_day_unknown(line: Line) -> bool:
    """ "without the day of the stop: unknown; a bound after the day judged is no such day"."""
    return line.status in {"stopped", "on-hold", "completed"} and line.lasts_beyond(0)


def taken_now(record: Sequence[Line], start: int) -> Taken:
    """What is taken now, for drafts that begin on the day `start`."""
    places = [i for i, line in enumerate(record) if line.status != "cancelled"]  # (reading A5)

    def which(asked: Callable[[Line], bool]) -> frozenset[int]:
        return frozenset(i for i in places if asked(record[i]))

    written, run = which(slip), which(running)
    lines = run or _ended_last(record, places)  # "Only where none runs: those that ended last"
    carries = frozenset(i for i in written if any(precedes(record[old], record[i]) for old in lines))
    stale_dose = _last_word_is_stale(record, places)
    if not run and (which(stop_day_unknown) or stale_dose is not None):  # (reading A6)
        return Taken(written=written, ahead=which(ahead), unknown=True, stale_dose=stale_dose, first="unknown")
    gap = _gap([record[i] for i in lines], min([start, *(record[i].since for i in carries)]))
    first = "no" if gap is not None and gap <= 30 else "yes"
    if not lines and written and len(written) == len(places):
        first = "unknown"  # "With nothing older taken and none on record at any time, it is *unknown*"
    return Taken(lines, gap, written, carries, which(ahead), first=first)


def precedes(older: Line, line: Line) -> bool:
    """ "an older line ran to within 3 days of its beginning", of the same kind (reading A7)."""
    ran_to = line.since - 3
    return older.kind == line.kind and older.since < line.since and (older.end is None or older.end >= ran_to)


def _ended_last(record: Sequence[Line], places: Iterable[int]) -> frozenset[int]:
    """ "those that ended last (within 3 days of each other), at most 30 days ago"."""
    ends = {i: end for i in places if (end := record[i].end) is not None and end <= 0 and not slip(record[i])}
    last = max(ends.values(), default=-31)
    return frozenset(i for i, end in ends.items() if last >= -30 and end >= last - 3)


def _last_word_is_stale(record: Sequence[Line], places: Iterable[int]) -> int | None:
    """ "with nothing since, unknown": the dose of that order; None where something came since, or there is none."""
    # of two of one day the lower dose: the one that warns sooner (reading A6)
    last = max((record[i] for i in places), key=lambda line: (line.signed, stale(line), -line.dose), default=None)
    return last.dose if last and stale(last) else None


def _gap(lines: Iterable[Line], until: int) -> int | None:
    """ "The gap is the time in which none ran": up to the draft's start, or a line that carries on (reading A4)."""
    ends = [until if line.end is None else line.end for line in lines]
    return max(0, until - max(ends)) if ends else None
