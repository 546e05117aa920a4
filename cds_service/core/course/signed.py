"""One reading of the drafts against the record: how the treatment stands, what they replace, leave and stop."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum, auto
from functools import cached_property

from cds_service.core.model.case import Case
from cds_service.core.model.dose import NOTHING, Span
from cds_service.core.model.known import Known, ReportedNone
from cds_service.core.model.order import Order
from cds_service.core.model.taken import TakenNow
from cds_service.core.signings.addition import Row, row, signing
from cds_service.core.signings.levels import runs, together
from cds_service.core.signings.replacement import Replacement, replacement
from cds_service.core.signings.stops import ends_by_itself, stopped_by

_DAY = timedelta(days=1)


class Standing(Enum):
    """How the treatment stands when the drafts begin, by the time for which nothing was taken."""

    FIRST = auto()
    GOES_ON = auto()
    SHORT_GAP = auto()
    RESUMED = auto()
    WRITTEN_ONLY = auto()  # nothing older than a line that nobody has taken yet was ever on record
    UNKNOWN = auto()


@dataclass(frozen=True)
class Signed:
    """The drafts that count in one reading, and what they do to the lines of the record.

    `ends` is the day on which each line ends that a draft replaces or stops, `rows` the row of the table for each
    line that is replaced without being named, `asks` whether it is asked if the drafts are an addition.
    """

    case: Case
    drafts: tuple[Order, ...]
    taken: TakenNow
    replaced: Replacement
    stopped: frozenset[str]
    ends: Mapping[str, date]
    rows: Mapping[str, Row]

    @property
    def ordering(self) -> tuple[Order, ...]:
        return tuple(draft for draft in self.drafts if not draft.stops)

    @property
    def begins(self) -> date:
        return min((draft.begins for draft in self.ordering), default=self.case.on)

    @property
    def asks(self) -> bool:
        return any(each.asks or line in self.replaced.asked for line, each in self.rows.items())

    @property
    def ends_by_itself(self) -> bool:
        """Whether the drafts only complete what would have ended some day."""
        return ends_by_itself([draft for draft in self.drafts if draft.stops], self.taken)

    @cached_property
    def gap_days(self) -> int | None:
        """For how long nothing is taken before the drafts begin; None if nothing was, or if nobody knows."""
        if not self.taken.lines:
            return None
        ended = self.taken.last_end
        return 0 if ended is None else max((self.begins - ended).days, 0)

    @cached_property
    def standing(self) -> Standing:
        windows, gap = self.case.windows, self.gap_days
        if not isinstance(self.case.facts.taken_now, Known) or self.taken.unknown:
            return Standing.FIRST if isinstance(self.case.facts.taken_now, ReportedNone) else Standing.UNKNOWN
        if gap is None or gap > windows.taken_now_days:
            return self._nothing_taken()
        if gap <= windows.no_gap_days:
            return Standing.GOES_ON
        return Standing.SHORT_GAP if gap <= windows.short_gap_days else Standing.RESUMED

    def _nothing_taken(self) -> Standing:
        fact = self.case.facts.taken_now
        if self.taken.alone:
            return Standing.WRITTEN_ONLY
        return Standing.UNKNOWN if isinstance(fact, Known) and fact.gap else Standing.FIRST

    @cached_property
    def before(self) -> Span | None:
        """mg a day taken now; 0 for nothing, None if it is unknown, or too long ago to be compared with."""
        if self.standing is Standing.FIRST:
            return NOTHING
        if self.standing in (Standing.GOES_ON, Standing.SHORT_GAP):
            return together(self._taken_yesterday, self.case.on - _DAY)
        return self._stopped_dose() if self.standing is Standing.UNKNOWN and not self.taken.unknown else None

    @cached_property
    def surely_before(self) -> Span | None:
        """The same without what is taken as needed and replaced by a regular draft: a fall from it is one from 0."""
        if self.standing not in (Standing.GOES_ON, Standing.SHORT_GAP):
            return self.before
        lines = (line for line in self._taken_yesterday if not self.replaces_as_needed(line))
        return together(lines, self.case.on - _DAY)

    @cached_property
    def _taken_yesterday(self) -> tuple[Order, ...]:
        """The lines taken, and those of one signing with them that ran yesterday too and are signed once more."""
        names = frozenset().union(*(draft.replaces for draft in self.ordering))
        beside = [line for line in _ran_beside(self.taken, self.case.on) if line.reference in names]
        return tuple({line.reference: line for line in (*self.taken.lines, *beside)}.values())

    def replaces_as_needed(self, line: Order) -> bool:
        return self.replaced.measured_from_nothing(line, self.ordering)

    def _stopped_dose(self) -> Span | None:
        """Where the record does not say what is taken, an order that is stopped was taken as ordered."""
        stops = [draft for draft in self.drafts if draft.stops]
        return together(stops, self.case.on) if stops else None


def signed(case: Case, drafts: Sequence[Order]) -> Signed:
    """The reading in which the drafts replace what they can."""
    fact = case.facts.taken_now
    taken = fact.value if isinstance(fact, Known) else TakenNow()
    ordering = [draft for draft in drafts if not draft.stops]
    stops = [draft for draft in drafts if draft.stops]
    stopped = frozenset().union(*(stopped_by(stop, taken) for stop in stops))
    replaced = replacement(
        ordering,
        taken.present,
        names=taken.names,
        written={line.reference for line in taken.written},
        carries=taken.carries,
        stopped=stopped,
        both_on_list=taken.both_on_list,
    )
    ends = _stop_days(stops, ordering, taken, case.on) | _ends(ordering, taken, replaced)
    return Signed(case, tuple(drafts), taken, replaced, stopped, ends, _rows(case, ordering, taken, replaced))


def _ran_beside(taken: TakenNow, on: date) -> list[Order]:
    """The lines of one signing with those that run which ended today, or began some days after the others.

    An order that a plan changed has the day on which it was written first: a part of one begins with the others.
    """
    running = [line for line in taken.lines if runs(line, on)]
    beside = [line for line in taken.earlier if line.ends == on]
    beside += [line for line in taken.written if line.began < on]
    return [line for line in beside if any(_are_of_one_signing(line, other) for other in running)]


def _are_of_one_signing(line: Order, other: Order) -> bool:
    return line.written == other.written or line.began == other.began


def _stop_days(stops: Sequence[Order], ordering: Sequence[Order], taken: TakenNow, on: date) -> dict[str, date]:
    """The day on which each line is stopped: the day judged, or beside a new order that of the stop itself."""
    days = [(line, stop.begins if ordering else on) for stop in stops for line in stopped_by(stop, taken)]
    return dict(sorted(days, key=lambda item: item[1], reverse=True))


def _ends(ordering: Sequence[Order], taken: TakenNow, replaced: Replacement) -> dict[str, date]:
    """The day on which each line is replaced: that on which what names it begins, else what replaces it."""
    ends = {}
    for line in taken.present:
        if line.reference in replaced.why:
            names = line.replaces.union(*_carrying(line, taken))
            named = [draft.begins for draft in ordering if names & draft.replaces]
            ends[line.reference] = min(named or [draft.begins for draft in ordering])
    return ends


def _carrying(line: Order, taken: TakenNow) -> list[frozenset[str]]:
    return [frozenset({later}) for later, carried in taken.carries.items() if line.reference in carried]


def _rows(case: Case, ordering: Sequence[Order], taken: TakenNow, replaced: Replacement) -> dict[str, Row]:
    """The row of the table for each line that is replaced without being named, and still runs when it is."""
    lines = [line for line in taken.present if line.reference in replaced.unlinked]
    if not lines:
        return {}
    made = signing(ordering, case.on, _measured(taken, ordering, replaced, case), replaced, case.windows)
    return {line.reference: row(made, line, case.windows) for line in lines if runs(line, made.begins)}


def _measured(taken: TakenNow, ordering: Sequence[Order], replaced: Replacement, case: Case) -> tuple[Order, ...]:
    """What a fall is measured from: what is taken, unless it ended too long before the drafts begin."""
    ended = taken.last_end
    begins = min(draft.begins for draft in ordering)
    too_long_ago = ended is not None and (begins - ended).days > case.windows.short_gap_days
    lines = [line for line in taken.lines if not replaced.measured_from_nothing(line, ordering)]
    return () if too_long_ago else tuple(lines)
