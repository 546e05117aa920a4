"""Chooses the tablets of a daily dose and divides them into intakes.

Only whole tablets, and halves of divisible ones. First the fewest pieces to swallow (a half counts as one), then
the fewest halves. Then the intakes: if possible they differ by at most half a tablet (the strongest of the dose);
three a day are preferred to two or four, because a plan that alternates between them makes an intake rise while
the dose falls; then the most even division.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import product
from math import gcd, lcm

# In the order in which they are used: two intakes are morning and evening, three add noon.
MOMENTS = ("morning", "evening", "noon", "bedtime")
IN_TIME_ORDER = ("morning", "noon", "evening", "bedtime")
_LIKED_INTAKES = (3, 2, 4)
# At most so many tablets of a kind are halved to make intakes more even: enough for four intakes.
_MOST_HALVED = 3

_HALF = Fraction(1, 2)


@dataclass(frozen=True, slots=True, order=True)
class Tablet:
    """A tablet that a plan may use. `product` is its code in baclofen-products."""

    strength_mg: Fraction
    divisible: bool
    product: str


@dataclass(frozen=True, slots=True)
class Count:
    """The number of tablets of one kind; a half counts 1/2."""

    tablet: Tablet
    number: Fraction

    @property
    def mg(self) -> Fraction:
        return self.number * self.tablet.strength_mg


@dataclass(frozen=True, slots=True)
class Intake:
    """What is taken at one moment of the day."""

    moment: str
    counts: tuple[Count, ...]

    @property
    def mg(self) -> Fraction:
        return sum((count.mg for count in self.counts), Fraction(0))


@dataclass(frozen=True, slots=True, order=True)
class _Piece:
    """What is swallowed: a tablet, or a half of one."""

    mg: Fraction
    share: Fraction
    tablet: Tablet


_Pieces = Counter[_Piece]


def smallest_part_mg(tablets: Sequence[Tablet]) -> Fraction:
    """The smallest part of a dose, in mg: every dose that the tablets make is a multiple of it."""
    pieces = [piece.mg for piece in _pieces_of(tablets)]
    return Fraction(gcd(*(mg.numerator for mg in pieces)), lcm(*(mg.denominator for mg in pieces)))


def _pieces_of(tablets: Sequence[Tablet]) -> list[_Piece]:
    """All whole tablets and halves, the greatest first."""
    wholes = [_Piece(tablet.strength_mg, Fraction(1), tablet) for tablet in tablets]
    halves = [_half_of(whole) for whole in wholes if whole.tablet.divisible]
    return sorted([*wholes, *halves], reverse=True)


def _half_of(whole: _Piece) -> _Piece:
    return _Piece(whole.mg * _HALF, _HALF, whole.tablet)


@lru_cache(maxsize=4096)
def can_make(mg: Fraction, tablets: tuple[Tablet, ...]) -> bool:
    return _fewest(mg, tablets) is not None


@lru_cache(maxsize=4096)
def intakes_of(
    mg: Fraction, tablets: tuple[Tablet, ...], *, lasting: bool = False, divided: bool = False
) -> tuple[Intake, ...]:
    """The intakes of a day; none for the dose 0 or one that the tablets cannot make.

    `lasting`: two or four intakes are preferred to three that need a tablet cut. `divided`: several intakes even
    if one tablet makes the dose, if the tablets allow it.
    """
    pieces = _fewest(mg, tablets)
    if not pieces:
        return ()
    if divided and pieces.total() == 1:
        pieces = _in_two(mg, tablets) or pieces
    tolerated_mg = min(piece.mg for piece in _pieces_of([max(pieces).tablet]))
    several = pieces.total() >= _LIKED_INTAKES[0]

    def unliked(shares: list[_Pieces]) -> tuple[Fraction, int, int, Fraction, int, int]:
        totals = [_mg(share) for share in shares]
        uneven_mg = max(totals) - min(totals)
        swallowed = sum(share.total() for share in shares)
        rank = _LIKED_INTAKES.index(len(shares)) if len(shares) > 1 else 0
        return (
            max(uneven_mg - tolerated_mg, Fraction(0)),
            swallowed if lasting else 0,
            rank if several else 0,
            uneven_mg,
            swallowed,
            rank,
        )

    best = min((_shared(split, number) for split in _splits(pieces) for number in _numbers(split)), key=unliked)
    named = zip(sorted(MOMENTS[: len(best)], key=IN_TIME_ORDER.index), best, strict=True)
    return tuple(Intake(moment, _counted(share)) for moment, share in named)


def _numbers(pieces: _Pieces) -> Iterator[int]:
    """The possible numbers of intakes: two to four, at most one a piece; one for a single piece."""
    if pieces.total() == 1:
        yield 1
    yield from (number for number in sorted(_LIKED_INTAKES) if number <= pieces.total())


def _shared(pieces: _Pieces, number: int) -> list[_Pieces]:
    """Divides the pieces into `number` intakes: the greatest first, each to the intake that has least."""
    shares = [_Pieces() for _ in range(number)]
    for place, (piece, count) in enumerate(sorted(pieces.items(), reverse=True)):
        each, rest = divmod(count, number) if place == 0 else (0, count)
        for share in shares:
            share[piece] += each
        for _ in range(rest):
            min(shares, key=_mg)[piece] += 1
    return sorted((+share for share in shares), key=_mg, reverse=True)


def _mg(share: _Pieces) -> Fraction:
    return sum((piece.mg * count for piece, count in share.items()), Fraction(0))


def _splits(pieces: _Pieces) -> Iterator[_Pieces]:
    """The same tablets with none to three of each kind halved; a single tablet is not halved."""
    wholes = [piece for piece in pieces if piece.share == 1 and piece.tablet.divisible]
    if pieces.total() == 1:
        wholes = []
    for numbers in product(*(range(min(pieces[whole], _MOST_HALVED) + 1) for whole in wholes)):
        split = pieces.copy()
        for whole, number in zip(wholes, numbers, strict=True):
            split[whole] -= number
            split[_half_of(whole)] += 2 * number
        yield +split


def _counted(share: _Pieces) -> tuple[Count, ...]:
    totals: dict[Tablet, Fraction] = {}
    for piece, count in share.items():
        totals[piece.tablet] = totals.get(piece.tablet, Fraction(0)) + piece.share * count
    return tuple(Count(tablet, totals[tablet]) for tablet in sorted(totals, reverse=True))


# --- fewest to swallow -----------------------------------------------------------------------


def _fewest(mg: Fraction, tablets: tuple[Tablet, ...]) -> _Pieces | None:
    """The fewest pieces that make a dose, empty for 0; None if the tablets cannot make it."""
    grains = mg / smallest_part_mg(tablets)
    if grains.denominator != 1 or grains < 0:
        return None
    last = _last_pieces(tablets, 1 << grains.numerator.bit_length())
    pieces, left = _Pieces(), grains.numerator
    while left:
        piece = last[left]
        if piece is None:
            return None
        pieces[piece] += 1
        left -= (piece.mg / smallest_part_mg(tablets)).numerator
    return pieces


def _in_two(mg: Fraction, tablets: tuple[Tablet, ...]) -> _Pieces | None:
    """The fewest pieces, at least two, that make a dose; None if the tablets cannot make it so."""
    ways = [
        rest + _Pieces([piece])
        for piece in _pieces_of(tablets)
        if piece.mg < mg and (rest := _fewest(mg - piece.mg, tablets)) is not None
    ]
    return min(ways, key=lambda way: (way.total(), sum(way[piece] for piece in way if piece.share < 1)), default=None)


@lru_cache(maxsize=64)
def _last_pieces(tablets: tuple[Tablet, ...], most: int) -> tuple[_Piece | None, ...]:
    """For doses of 0 to `most` smallest parts, the last piece of the best combination; None if there is none.

    The best combination for a dose is one piece and the best combination for the rest.
    """
    smallest_part = smallest_part_mg(tablets)
    sizes = [(piece, (piece.mg / smallest_part).numerator) for piece in _pieces_of(tablets)]
    cost: list[tuple[int, int] | None] = [(0, 0)]
    last: list[_Piece | None] = [None]
    for grains in range(1, most + 1):
        ways = [(before, piece) for piece, size in sizes if size <= grains and (before := cost[grains - size])]
        best = min(
            (((number + 1, cut + (piece.share < 1)), piece) for (number, cut), piece in ways),
            key=lambda way: way[0],
            default=(None, None),
        )
        cost.append(best[0])
        last.append(best[1])
    return tuple(last)
