"""The reference model, second part: what each draft of a signing replaces, what it ends, what is left.

Sentences in quotation marks are the design's, section 5, "What an unlinked draft replaces" and "What ends".
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.reference.lines import AS_NEEDED, FOR_ALCOHOL, REGULAR, STOPS, Line
from tests.reference.taken import Taken, precedes, taken_now


@dataclass(frozen=True)
class Signing:
    """The drafts of one signing, and what they do to the lines of the record (places in it)."""

    record: Sequence[Line]
    taken: Taken
    orders: tuple[Line, ...]  # without the stops
    start: int
    replaces: tuple[frozenset[int], ...]  # by each of the orders
    linked: frozenset[int]
    stopped: frozenset[int]
    stopped_mildly: bool  # "with a later known end a stop, at most at warning"
    passed: frozenset[int]  # written only, and superseded by an order
    two_indications: bool

    @property
    def replaced(self) -> frozenset[int]:
        return frozenset[int]().union(*self.replaces)

    @property
    def left(self) -> frozenset[int]:
        """ "Lines that are left go on and count in full beside the draft" (those written only: reading A9)."""
        known = self.taken.lines | self.taken.ahead | self.taken.written
        return known - self.replaced - self.stopped - self.passed

    def doses(self, places: Iterable[int], kinds: Sequence[str] = (REGULAR, AS_NEEDED)) -> int:
        return sum(self.record[i].dose for i in places if self.record[i].kind in kinds)

    @property
    def unlinked(self) -> tuple[Line, ...]:
        return tuple(order for order in self.orders if order.link is None)

    @property
    def ordered(self) -> int:
        return sum(order.dose for order in self.orders)

    def after(self, day: int, kinds: Sequence[str] = (REGULAR, AS_NEEDED)) -> int:
        ordered = sum(order.dose for order in self.orders if order.kind in kinds and order.runs(day))
        return ordered + self.doses((i for i in self.left if self.record[i].runs(day)), kinds)


def sign(record: Sequence[Line], drafts: Sequence[Line], list_has_both: bool) -> Signing:
    orders = tuple(draft for draft in drafts if draft.status not in STOPS)
    start = min((order.since for order in orders), default=0)
    taken = taken_now(record, start)
    ends = [_ends(draft, record, taken) for draft in drafts if draft.status in STOPS]
    stopped = frozenset[int]().union(*(lines for lines, _ in ends))
    linked = frozenset[int]().union(*(_with_carried(order.link, record, taken) for order in orders))
    lines = taken.lines | taken.ahead

    def of_another_indication(order: Line) -> frozenset[int]:
        return frozenset(i for i in lines | taken.written if apart(order, record[i], list_has_both))

    replaces = tuple(
        _with_carried(order.link, record, taken)
        if order.link is not None
        else _replaces(order, len(orders) > 1, record, lines - of_another_indication(order), linked, stopped)
        for order in orders
    )
    passed = frozenset(
        i
        for i in taken.written - stopped
        if i in linked or any(i not in of_another_indication(o) and o.kind == record[i].kind for o in orders)
    )
    beside = lines - stopped - frozenset[int]().union(*replaces)
    two = any(apart(one, other, list_has_both) for one in orders for other in orders) or any(
        record[i].lasts_beyond(start) and i in of_another_indication(order) for i in beside for order in orders
    )
    mildly = bool(ends) and all(mild for stops, mild in ends if stops)
    return Signing(record, taken, orders, start, replaces, linked, stopped, mildly, passed, two)


def apart(one: Line, other: Line, list_has_both: bool) -> bool:
    """ "Two indications (own reasons, one spasticity and one alcohol; or the list has both and one of the products
    has no indication for alcohol that day)" (reading A17)."""
    if one.indication and other.indication:
        return one.indication != other.indication
    return list_has_both and (one.brand in FOR_ALCOHOL) != (other.brand in FOR_ALCOHOL)


def _with_carried(link: int | None, record: Sequence[Line], taken: Taken) -> frozenset[int]:
    """The line, and if it is written only, what it carries on: "a draft that stops or cancels it stops that dose"."""
    if link is None:
        return frozenset()
    older = {i for i in taken.lines if link in taken.carries and precedes(record[i], record[link])}
    return frozenset({link} | older)


def _replaces(
    order: Line,
    several: bool,
    record: Sequence[Line],
    lines: frozenset[int],
    linked: frozenset[int],
    stopped: frozenset[int],
) -> frozenset[int]:
    """What an unlinked order takes the place of."""
    same_kind = frozenset(i for i in lines if record[i].kind == order.kind)
    if same_kind & stopped:
        return frozenset()  # "A stop beside a new order in one signing is one change" (reading A12)
    # "a regular draft replaces as-needed lines only where there is nothing else"
    pool = (same_kind or (lines if order.kind == REGULAR else frozenset())) - linked - stopped
    # That "lines of one signing … together replace what is taken of their kinds"; "a strength that is unknown: all".
    if several or order.strength is None or any(record[i].strength is None for i in pool):
        return pool
    own = frozenset(i for i in pool if record[i].strength == order.strength)
    again = frozenset(i for i in own if record[i].dose == order.dose)
    # "the one line of its own strength and dose …; else the lines of its own strength; else all of its kind"
    return again if len(again) == 1 else own or pool  # (reading A10)


def _ends(draft: Line, record: Sequence[Line], taken: Taken) -> tuple[frozenset[int], bool]:
    """The lines that a stop takes away, and whether it is "at most at warning"."""
    targets = taken.lines | taken.written if draft.link is None else _with_carried(draft.link, record, taken)  # (A20)
    carried = targets - {draft.link} if draft.link is not None else frozenset[int]()
    # "A stop of what has ended is nothing", unless a written line carries it on
    going = frozenset(i for i in targets if i in carried or record[i].lasts_beyond(0))
    if draft.status != "completed":
        return going, False
    # "`completed` of a line that runs: nearer than 7 days to its known end it is that end; with a later known end a
    # stop, at most at warning; open: a stop"
    ends = [record[i].end for i in going - carried]
    stops = going if all(end is None or end >= 7 for end in ends) else frozenset[int]()
    return stops, bool(stops) and None not in ends
