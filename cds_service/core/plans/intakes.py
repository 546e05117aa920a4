"""Divides the dose of a level into intakes, from those of the level before.

Their number is kept. On the way down none is greater than it was; on the way up none rises by more than the step of
a day. Of all ways to do that the best is searched: on the way up first none above what is ordered at its moment; then
none far above another, then few pieces to swallow, then even intakes, then the greater ones earlier in the day.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from math import ceil
from types import MappingProxyType
from typing import NamedTuple

from cds_service.core.plans.tablets import UNIT_MG, Tablets, pieces_of

# Intakes of a day may differ by so much without being uneven.
_TOLERATED_MG = Fraction(10)
# More units than this are never distributed in one step: a step and the rounding of four intakes make less.
_MOST_UNITS = 16


class Share(NamedTuple):
    """What is taken at one moment of the day."""

    moment: str
    mg: Fraction


Shares = tuple[Share, ...]


def total_mg(shares: Shares) -> Fraction:
    return sum((share.mg for share in shares), Fraction(0))


@lru_cache(maxsize=4096)
def lowered(before: Shares, to_mg: Fraction, tablets: Tablets) -> Shares | None:
    """The intakes of a lower dose; None if there is no way."""
    held = [Share(moment, ceil(mg / UNIT_MG) * UNIT_MG) for moment, mg in before]
    less = (total_mg(tuple(held)) - to_mg) / UNIT_MG
    kept = min(len([share for share in held if share.mg]), int(to_mg / UNIT_MG))

    def taken_off(units: Sequence[int]) -> Shares:
        return tuple(Share(moment, mg - number * UNIT_MG) for (moment, mg), number in zip(held, units, strict=True))

    most = [int(mg / UNIT_MG) for _, mg in held]
    return _best(taken_off, less, most, kept, tablets)


def raised(
    before: Shares, to_mg: Fraction, step_mg: Fraction, tablets: Tablets, ordered: Shares = ()
) -> Shares | None:
    """The intakes of a higher dose, towards those that are ordered at the same moments; None if there is no way."""
    at = dict(ordered)
    wanted = at if at.keys() == dict(before).keys() else {}
    held = [Share(moment, mg // UNIT_MG * UNIT_MG) for moment, mg in before]
    more = (to_mg - total_mg(tuple(held))) / UNIT_MG

    def put_on(units: Sequence[int]) -> Shares:
        return tuple(Share(moment, mg + number * UNIT_MG) for (moment, mg), number in zip(held, units, strict=True))

    most = [int((mg + step_mg - low.mg) / UNIT_MG) for (_, mg), low in zip(before, held, strict=True)]
    return _best(put_on, more, most, min(len(held), int(to_mg / UNIT_MG)), tablets, wanted)


def _best(
    changed: Callable[[Sequence[int]], Shares],
    units: Fraction,
    most: Sequence[int],
    kept: int,
    tablets: Tablets,
    wanted: Mapping[str, Fraction] = MappingProxyType({}),
) -> Shares | None:
    if units.denominator != 1 or not 0 <= units <= _MOST_UNITS:
        return None
    ways = (changed(way) for way in _distributed(int(units), most))
    several = (way for way in ways if sum(share.mg > 0 for share in way) >= kept)
    return min(several, key=lambda way: (_above(way, wanted), *_dislike(way, tablets)), default=None)


def _above(shares: Shares, wanted: Mapping[str, Fraction]) -> Fraction:
    """By how much intakes are above those that are wanted, in all."""
    return sum((max(mg - wanted.get(moment, mg), Fraction(0)) for moment, mg in shares), Fraction(0))


def _distributed(units: int, most: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Every way to distribute the units, with at most so many at each place."""
    if not most:
        if units == 0:
            yield ()
        return
    for first in range(min(units, most[0]) + 1):
        for rest in _distributed(units - first, most[1:]):
            yield (first, *rest)


def _dislike(shares: Shares, tablets: Tablets) -> tuple[Fraction, int, Fraction, tuple[Fraction, ...]]:
    taken = [share.mg for share in shares if share.mg]
    uneven = max(taken, default=Fraction(0)) - min(taken, default=Fraction(0))
    pieces = sum(pieces_of(mg, tablets) for mg in taken)
    return max(uneven - _TOLERATED_MG, Fraction(0)), pieces, uneven, tuple(-share.mg for share in shares)
