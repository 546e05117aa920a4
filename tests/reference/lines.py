"""What the reference model speaks of: a line (an order of the record or a draft) and the rules of the day.

Days are whole numbers: 0 is the day judged, -1 the day before. An end is half-open: `end=4` is last taken on day 3.
Sentences in quotation marks are the design's.
"""

from dataclasses import dataclass

REGULAR, AS_NEEDED = "regular", "as needed"
ALCOHOL, SPASTICITY = "alcohol", "spasticity"
STOPS = {"stopped", "cancelled", "completed", "on-hold", "ended", "doNotPerform"}
FOR_ALCOHOL = {"Baclocur", "Zentiva"}  # the brands with an indication for alcohol dependence since March 2021

YEAR = 365
UNDATED = 1 - YEAR  # older than every number of days in the text, but not stale (reading A1)
SPECIALIST, RECOMMENDED = 80, 300


@dataclass(frozen=True)
class Line:
    """An order of the record, or a draft: `began` is then its start, `link` the line that it renews or ends."""

    strength: int | None
    dose: int
    brand: str = "Baclocur"
    kind: str = REGULAR
    moments: frozenset[str] | None = None
    reason: str | None = None
    began: int | None = None
    written: int | None = None
    end: int | None = None
    requester: str | None = "dr-a"
    status: str = "active"
    link: int | None = None

    @property
    def since(self) -> int:
        """ "began on the first day of its dosages' bounds, … else `authoredOn`; without any of these it is old"."""
        return next((day for day in (self.began, self.written) if day is not None), UNDATED)

    @property
    def signed(self) -> int:
        """ "It was written on `authoredOn`, else when it began"."""
        return next((day for day in (self.written, self.began) if day is not None), UNDATED)

    def lasts_beyond(self, day: int) -> bool:
        """Whether it has not ended on this day: "Without any: open"."""
        return self.end is None or self.end > day

    def runs(self, day: int) -> bool:
        return self.since <= day and self.lasts_beyond(day)

    @property
    def indication(self) -> str | None:
        """ "Baclocur names its own indication" (reading A16)."""
        return self.reason or (ALCOHOL if self.brand == "Baclocur" else None)


@dataclass(frozen=True)
class Rules:
    """What is in force on the day judged, as far as this section asks: from July 2017 on."""

    maximum: int | None = None
    since_2021: bool = True  # 80: specialised care; 300: recommended
    since_2023: bool = True  # the starting dose and the pace of the SmPC

    @property
    def limits(self) -> tuple[int, ...]:
        recommended = {SPECIALIST, RECOMMENDED} if self.since_2021 else set()
        return tuple(sorted(recommended | ({self.maximum} if self.maximum else set())))


TODAY = Rules()
IN_2018 = Rules(maximum=80, since_2021=False, since_2023=False)
