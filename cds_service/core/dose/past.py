"""Finds the lines of a draft that lie wholly in the past by a slip, and puts them where they are meant.

A running plan that is signed again has past lines too: those lead without a gap into the lines of today.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta

from cds_service.core.dose.dosage import Instruction
from cds_service.core.dose.periods import later
from cds_service.core.model.dose import Question

SLIP = Question("line-in-the-past", "dates", contradicts=True)

# A line that lies so far before all others is one of another year (our choice).
_ABOUT_A_YEAR = timedelta(days=300)
_NO_GAP = timedelta(days=1)


def corrected(
    items: Sequence[Instruction], written: date | None, on: date
) -> tuple[list[Instruction], tuple[Question, ...]]:
    """The instructions of a draft; a past line that is a slip is the step after the last dated one, and is asked."""
    past = [item for item in items if _is_past(item, on)]
    ahead = [item for item in items if item not in past]
    if past and not ahead and _ended_before(past, written):
        return _begun_today(past, on), (SLIP,)
    slips = _slips(past, ahead, written, on)
    return (_behind(items, slips, ahead, on), (SLIP,)) if slips else (list(items), ())


def _behind(
    items: Iterable[Instruction], slips: Iterable[Instruction], ahead: Iterable[Instruction], on: date
) -> list[Instruction]:
    """The instructions with those that are slips behind the last dated one."""
    begins = max(item.bounds.until or on for item in ahead)
    moved = {id(item): _moved(item, begins) for item in slips}
    return [moved.get(id(item), item) for item in items]


def _ended_before(items: Iterable[Instruction], written: date | None) -> bool:
    """Whether all was over when it was written: a year or month is wrong, since nobody orders what is past."""
    return written is not None and all((item.bounds.until or date.max) <= written for item in items)


def _begun_today(items: Sequence[Instruction], on: date) -> list[Instruction]:
    """The lines with their own lengths and distances, the first of them from today on."""
    first = min(item.bounds.since or on for item in items)
    return [_moved(item, on + ((item.bounds.since or on) - first)) for item in items]


def _slips(past: list[Instruction], ahead: list[Instruction], written: date | None, on: date) -> list[Instruction]:
    """The past lines that are no history of the others, and cannot be meant for the past."""
    history = _leading_on(past, ahead, on)
    return [item for item in past if ahead and item not in history and _is_slip(item, ahead, written)]


def _is_past(item: Instruction, on: date) -> bool:
    return bool(item.bounds.since and item.bounds.until and item.bounds.until <= on)


def _leading_on(past: Iterable[Instruction], ahead: Iterable[Instruction], on: date) -> list[Instruction]:
    """The past lines that lead without a gap into the others."""
    begins = [item.bounds.since or on for item in ahead]
    history: list[Instruction] = []
    for item in sorted(past, key=lambda item: item.bounds.until or on, reverse=True):
        ended = item.bounds.until or on
        if any(begin <= ended + _NO_GAP for begin in begins):
            history.append(item)
            begins.append(item.bounds.since or on)
    return history


def _is_slip(item: Instruction, ahead: Iterable[Instruction], written: date | None) -> bool:
    ended = item.bounds.until or date.max
    behind = item.sequence is not None and any(
        other.sequence is not None and other.sequence < item.sequence for other in ahead
    )
    before_it_was_written = written is not None and ended <= written
    of_another_year = all((other.bounds.since or date.max) - ended >= _ABOUT_A_YEAR for other in ahead)
    return behind or before_it_was_written or of_another_year


def _moved(item: Instruction, begins: date) -> Instruction:
    """The line with its own length from another day on."""
    since, until = item.bounds.since or begins, item.bounds.until or begins
    bounds = replace(
        item.bounds, since=begins, until=later(begins, (until - since).days), begins_at=None, ends_at=None
    )
    return replace(item, bounds=bounds, sequence=None)
