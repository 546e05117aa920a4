"""Says what a reading of the drafts does to each line of the record, and why, so that a pharmacist can follow it."""

from collections.abc import Callable, Iterator
from datetime import date

from cds_service.core.course.signed import Signed
from cds_service.core.model.order import Order

Phrase = Callable[..., str]
Day = Callable[[date], str]


def line_words(signed: Signed, phrase: Phrase, day: Day) -> Iterator[str]:
    """One sentence for each line: replaced, stopped or left; then how long nothing was taken, if it was."""
    for line in signed.taken.present:
        yield _line(line, signed, phrase, day)
    yield phrase(f"standing-{signed.standing.name.lower().replace('_', '-')}", str(signed.gap_days or 0))


def _line(line: Order, signed: Signed, phrase: Phrase, day: Day) -> str:
    written = phrase("line-undated") if line.written == date.min else phrase("line-of", day(line.written))
    ends = _end(line, signed, phrase)
    if line.reference in signed.stopped:
        return phrase("line-stopped", written, ends)
    why = signed.replaced.why.get(line.reference)
    if why is None:
        apart = line.reference in signed.replaced.apart
        return phrase("line-apart" if apart else "line-left", written, ends)
    told = phrase("line-replaced", written, ends, phrase(f"line-why-{_key(why.name)}"))
    row = signed.rows.get(line.reference)
    if row is None:
        return told
    asked = row.asks or line.reference in signed.replaced.asked
    return f"{told} {phrase('line-asked' if asked else 'line-not-asked', phrase(f'line-row-{row.key}'))}"


def _end(line: Order, signed: Signed, phrase: Phrase) -> str:
    if line.ends is None:
        return phrase("line-open")
    days = (line.ends - signed.begins).days
    return phrase("line-ends", str(days)) if days > 0 else phrase("line-ended")


def _key(name: str) -> str:
    return name.lower().replace("_", "-")
