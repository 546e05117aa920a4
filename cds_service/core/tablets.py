"""Which tablets make a daily dose, and how they are shared out over the day.

Only whole tablets and halves of tablets that can be halved. Fewest tablets first; then the intakes as
even as these tablets allow; then the fewest pieces.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

# In the order in which they are used: two intakes are morning and evening, three add noon.
MOMENTS = ("morning", "evening", "noon", "bedtime")
IN_TIME_ORDER = ("morning", "noon", "evening", "bedtime")
_FEWEST_INTAKES, _MOST_INTAKES = 2, 4
_LIKED_INTAKES = (3, 2, 4)

_HALF = Fraction(1, 2)


@dataclass(frozen=True, slots=True, order=True)
class Tablet:
    """A tablet that a plan may use. `product` is its code in baclofen-products."""

    strength_mg: Fraction
    divisible: bool
    product: str


@dataclass(frozen=True, slots=True)
class Count:
    """So many tablets of one kind; halves count a half."""

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


Piece = tuple[Fraction, Tablet, Fraction]
"""mg, the tablet it is of, and 1 or a half."""


def grain_mg(tablets: Sequence[Tablet]) -> Fraction:
    """The smallest piece; every dose that the tablets make is a multiple of it when strengths are."""
    return min(tablet.strength_mg * (_HALF if tablet.divisible else 1) for tablet in tablets)


@lru_cache(maxsize=4096)
def can_make(mg: Fraction, tablets: tuple[Tablet, ...]) -> bool:
    return mg == 0 or _fewest(mg, tablets) is not None


@lru_cache(maxsize=4096)
def intakes_of(mg: Fraction, tablets: tuple[Tablet, ...]) -> tuple[Intake, ...]:
    """The intakes of a day for a dose that the tablets can make; none for no dose."""
    pieces = _fewest(mg, tablets)
    if not pieces:
        return ()
    choices = [_share(split, count) for split in _splits(pieces) for count in _counts_for(split)]
    best = min(choices, key=_liking)
    named = zip(sorted(MOMENTS[: len(best)], key=IN_TIME_ORDER.index), best, strict=True)
    return tuple(Intake(moment, _counted(share)) for moment, share in named)


def _liking(shares: list[list[Piece]]) -> tuple[Fraction, int, int]:
    """Even first, then few pieces, then three intakes rather than two or four."""
    totals = [_mg(share) for share in shares]
    pieces = sum(len(share) for share in shares)
    liked = _LIKED_INTAKES.index(len(shares)) if len(shares) in _LIKED_INTAKES else 0
    return max(totals) - min(totals), pieces, liked


def _counts_for(pieces: Sequence[Piece]) -> Iterator[int]:
    """Two to four intakes; one where there is only one piece."""
    if len(pieces) < _FEWEST_INTAKES:
        yield 1
    yield from range(_FEWEST_INTAKES, min(len(pieces), _MOST_INTAKES) + 1)


def _share(pieces: Sequence[Piece], count: int) -> list[list[Piece]]:
    """The pieces over so many intakes: the largest first, each to the intake that has least."""
    shares: list[list[Piece]] = [[] for _ in range(count)]
    for piece in sorted(pieces, key=lambda piece: piece[0], reverse=True):
        min(shares, key=_mg).append(piece)
    return sorted(shares, key=_mg, reverse=True)


def _mg(share: Sequence[Piece]) -> Fraction:
    return sum((piece[0] for piece in share), Fraction(0))


def _splits(pieces: tuple[Piece, ...]) -> Iterator[tuple[Piece, ...]]:
    """The same tablets with none, one, two or three of them halved."""
    yield pieces
    whole = [piece for piece in pieces if piece[2] == 1 and piece[1].divisible]
    for number in range(1, min(len(whole), 3) + 1):
        kept = list(pieces)
        for piece in sorted(whole, key=lambda piece: piece[0], reverse=True)[:number]:
            kept.remove(piece)
            half = (piece[0] * _HALF, piece[1], _HALF)
            kept += [half, half]
        yield tuple(kept)


def _counted(share: Sequence[Piece]) -> tuple[Count, ...]:
    totals: dict[Tablet, Fraction] = {}
    for _, tablet, number in share:
        totals[tablet] = totals.get(tablet, Fraction(0)) + number
    return tuple(Count(tablet, totals[tablet]) for tablet in sorted(totals, reverse=True))


@lru_cache(maxsize=4096)
def _fewest(mg: Fraction, tablets: tuple[Tablet, ...]) -> tuple[Piece, ...] | None:
    """The pieces of the fewest tablets that make a dose; None where none do.

    A dose is reached with whole tablets and at most one half of each kind: two halves are a tablet.
    """
    best: tuple[Fraction, int, tuple[Piece, ...]] | None = None
    for halves in _halves(tablets):
        rest = mg - _mg(halves)
        wholes = _wholes(rest, tuple(sorted(tablets, reverse=True))) if rest >= 0 else None
        if wholes is None:
            continue
        pieces = (*wholes, *halves)
        cost = (sum((piece[2] for piece in pieces), Fraction(0)), len(pieces), pieces)
        if best is None or cost[:2] < best[:2]:
            best = cost
    return best[2] if best else None


def _halves(tablets: tuple[Tablet, ...]) -> Iterator[tuple[Piece, ...]]:
    """Every choice of at most one half of each kind of tablet."""
    chosen: list[tuple[Piece, ...]] = [()]
    for tablet in tablets:
        if tablet.divisible:
            chosen += [(*some, (tablet.strength_mg * _HALF, tablet, _HALF)) for some in chosen]
    yield from chosen


def _wholes(mg: Fraction, tablets: tuple[Tablet, ...]) -> tuple[Piece, ...] | None:
    """Whole tablets that make a dose exactly, as few as can be: of the strongest as many as fit, then fewer."""
    if mg == 0:
        return ()
    if not tablets:
        return None
    strongest, others = tablets[0], tablets[1:]
    for number in range(mg // strongest.strength_mg, -1, -1):
        rest = _wholes(mg - number * strongest.strength_mg, others)
        if rest is not None:
            return ((strongest.strength_mg, strongest, Fraction(1)),) * number + rest
    return None
