"""What the sequence numbers of dosages mean: steps in time, the parts of one day, or one cannot tell.

The Swiss guide numbers the parts of one day, the French one numbers steps. Numbers are steps only where each dosage
but the last is bounded and they share a moment of the day. Where nobody can tell, the sum is judged and asked about.
"""

from collections.abc import Sequence
from datetime import date
from enum import Enum, auto
from itertools import combinations, pairwise

from cds_service.core.dose.dosage import Instruction
from cds_service.core.model.dose import Question

UNCLEAR = Question("sequence-unclear", "sequence", contradicts=True)

Groups = Sequence[Sequence[Instruction]]  # the instructions of each sequence number, in its order


class Meaning(Enum):
    """What sequence numbers mean."""

    TOGETHER = auto()
    STEPS = auto()
    UNCLEAR = auto()


def meaning(groups: Groups) -> Meaning:
    """What the numbers of these groups mean."""
    if len(groups) < 2 or _are_dated(groups):
        return Meaning.TOGETHER  # each on its own dates
    if _at_different_moments(groups):
        return Meaning.TOGETHER if _are_of_one_length(groups) else Meaning.UNCLEAR
    return Meaning.STEPS if all(_ends(group, later) for group, later in pairwise(groups)) else Meaning.UNCLEAR


def _are_dated(groups: Groups) -> bool:
    return all(item.bounds.since and item.bounds.until for group in groups for item in group)


def _are_of_one_length(groups: Groups) -> bool:
    """Whether all dosages have the same bounds, or none."""
    items = [item for group in groups for item in group]
    lengths = {(item.bounds.since, item.bounds.until, item.bounds.length, item.count) for item in items}
    return len(lengths) == 1


def first_day(group: Sequence[Instruction]) -> date | None:
    """The first day on which a group is dated."""
    return min((day for item in group if (day := dated_since(item))), default=None)


def dated_since(item: Instruction) -> date | None:
    """The first day of an instruction, if it is dated."""
    return item.days[0][0] if item.days else item.bounds.since


def _at_different_moments(groups: Groups) -> bool:
    """Whether every dosage names its moments, and no two groups share one."""
    named = [[item.moments for item in group] for group in groups]
    if any(moments is None for group in named for moments in group):
        return False
    whole = [frozenset[str]().union(*(moments for moments in group if moments)) for group in named]
    return all(one.isdisjoint(other) for one, other in combinations(whole, 2))


def _ends(group: Sequence[Instruction], later: Sequence[Instruction]) -> bool:
    """Whether each dosage of a group has an end: its own, or the dated beginning of the next group."""
    begins = first_day(later)
    return all(_is_bounded(item) or _is_followed(item, begins) for item in group)


def _is_bounded(item: Instruction) -> bool:
    limits = (item.bounds.until, item.bounds.length, item.count, item.days)
    return any(limit is not None for limit in limits)


def _is_followed(item: Instruction, begins: date | None) -> bool:
    since = dated_since(item)
    return begins is not None and (since is None or since < begins)
