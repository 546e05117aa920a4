"""Reads what is taken now (docs/taken-now.md)."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date

from cds_service.core.facts.record_lines import LONGEST_PRESCRIPTION, RecordLines, read_lines
from cds_service.core.model.dose import NotComputable
from cds_service.core.model.known import Fact, Known, not_found
from cds_service.core.model.look_back import LookBack
from cds_service.core.model.order import Order
from cds_service.core.model.taken import TakenNow
from cds_service.core.orders.order import Context
from cds_service.core.record.prefetch import Records
from cds_service.core.signings.history import without_replaced
from cds_service.core.signings.levels import goes_down, level, runs
from cds_service.core.signings.replacement import is_again


def read_taken(records: Records, context: Context, windows: LookBack, both_on_list: bool) -> Fact[TakenNow]:
    """The baclofen of the record, as it stands on the day."""
    read = read_lines(records, context)
    taken = _taken(read, context.on, windows, both_on_list)
    gap = read.gap or taken.unknown or ("written-only" if taken.alone else None)
    if taken.present or taken.unknown:
        return Known(taken, records.key, gap=gap)
    return not_found(gap, records.key)


def _taken(read: RecordLines, on: date, windows: LookBack, both_on_list: bool) -> TakenNow:
    stale, kept = _by_staleness(read.lines, on, windows)
    lines = without_replaced(kept, on, windows, both_on_list)
    recent, older = _by_age(lines, on, windows)
    if not older and _continues(recent, read.stopped):
        recent, older = [], recent
    carries = _carries(recent, older, windows)
    taken, ended = _lines_taken(older, carries, on, windows)
    unknown = "" if taken and not ended else _unknown(read, stale, lines, on)
    taken, ended = ([], None) if unknown else (taken, ended)
    written = _running(recent, on)
    return TakenNow(
        lines=tuple(taken),
        ended=ended,
        present=tuple({line.reference: line for line in (*taken, *_running(lines, on))}.values()),
        written=written,
        earlier=(*older, *recent),
        carries=carries,
        unknown=unknown,
        stale=_latest(stale, on) if unknown == "stale" else None,
        alone=not read.stopped and 0 < len(written) == len(read.lines),
        names=read.names,
        both_on_list=both_on_list,
    )


def _continues(recent: Sequence[Order], stopped: Sequence[Order]) -> bool:
    """Whether orders of the last days continue what is taken, though nothing older runs on record.

    They renew one that the record tells to be completed, without a day; or they go down, as nobody begins.
    """
    completed = [line for line in stopped if line.status == "completed"]
    if any(line.replaces & done.replaces or is_again(line, done) for line in recent for done in completed):
        return True
    return not stopped and any(map(goes_down, recent))


def _by_staleness(lines: Sequence[Order], on: date, windows: LookBack) -> tuple[list[Order], list[Order]]:
    """The lines that are open and too old, and the others."""
    stale = [line for line in lines if _is_stale(line, on, windows)]
    return stale, [line for line in lines if line not in stale]


def _running(lines: Iterable[Order], on: date) -> tuple[Order, ...]:
    return tuple(line for line in lines if runs(line, on))


def _carries(recent: Sequence[Order], older: Sequence[Order], windows: LookBack) -> dict[str, frozenset[str]]:
    """The older lines that each line carries on, if there are any."""
    carried = {line.reference: _carried_on(line, older, windows) for line in recent}
    return {line: lines for line, lines in carried.items() if lines}


def _by_age(lines: Sequence[Order], on: date, windows: LookBack) -> tuple[list[Order], list[Order]]:
    """The lines that have begun: those that began so lately that nobody has taken them, and the older ones."""
    ages = [(line, (on - line.began).days) for line in lines]
    recent = [line for line, age in ages if 0 <= age < windows.written_days]
    return recent, [line for line, age in ages if age >= windows.written_days]


def _is_stale(line: Order, on: date, windows: LookBack) -> bool:
    """Whether a line is open and too old to be taken still; one without any day is old, and taken."""
    return line.ends is None and line.written != date.min and (on - line.written).days > windows.stale_days


def _carried_on(line: Order, older: Iterable[Order], windows: LookBack) -> frozenset[str]:
    """The older lines of its kind that ran to within some days of the beginning of a line.

    Those that still run then; else those that ended last.
    """
    near = [
        it
        for it in older
        if it.as_needed == line.as_needed
        and (it.ends is None or (line.began - it.ends).days <= windows.carried_on_days)
    ]
    running = [it for it in near if runs(it, line.began)]
    return frozenset(it.reference for it in running or _ended_last(near, windows))


def _lines_taken(
    older: Sequence[Order], carries: dict[str, frozenset[str]], on: date, windows: LookBack
) -> tuple[list[Order], date | None]:
    """The lines that run or are carried on; only where there is none, those that ended last, and when."""
    carried = frozenset().union(*carries.values())
    going_on = [line for line in older if runs(line, on) or line.reference in carried]
    if going_on:
        return going_on, None
    last = _ended_last([line for line in older if not runs(line, on)], windows)
    ended = _last_end(last)
    if ended is None or (on - ended).days > windows.taken_now_days:
        return [], None
    return last, ended


def _ended_last(lines: Collection[Order], windows: LookBack) -> list[Order]:
    """The lines that ended last, or some days before and not to be followed by another."""
    ended = _last_end(lines)
    late = [line for line in lines if ended and line.ends and (ended - line.ends).days <= windows.ended_together_days]
    return [line for line in late if not any(_outlasts(other, line) for other in late)]


def _outlasts(other: Order, line: Order) -> bool:
    """Whether another line follows one, or goes on as a part of one plan: begun together, with doses that change."""
    if other.ends is None or line.ends is None or other.ends <= line.ends:
        return False
    changes = any(len(one.dose) > 1 for one in (other, line) if not isinstance(one.dose, NotComputable))
    return other.began >= line.ends or (changes and other.began == line.began)


def _last_end(lines: Iterable[Order]) -> date | None:
    return max((line.ends for line in lines if line.ends), default=None)


def _unknown(read: RecordLines, stale: Sequence[Order], lines: Sequence[Order], on: date) -> str:
    """Why nobody can tell what is taken where nothing runs: a stop without its day, an open order of long ago."""
    if any(line.written == date.min or on - line.written <= LONGEST_PRESCRIPTION for line in read.stopped):
        return "end-unknown"
    return "stale" if stale and not lines and not read.stopped else ""


def _latest(lines: Sequence[Order], on: date) -> Order:
    """The line written last; of several, that of the lowest dose."""
    written = max(line.written for line in lines)
    doses = {line.reference: level(line, on) for line in lines if line.written == written}
    lowest = min(doses, key=lambda reference: ((dose := doses[reference]) is not None and dose.high, reference))
    return next(line for line in lines if line.reference == lowest)
