"""The tablets of a dose: whole and half tablets of 10 mg, and whole coarser ones where these would be too many."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

# The moments of a day in their order, and those at which so many intakes are taken if nobody says when.
IN_TIME_ORDER = ("morning", "noon", "afternoon", "evening", "bedtime")
MOMENTS = {
    1: ("morning",),
    2: ("morning", "evening"),
    3: ("morning", "noon", "evening"),
    4: ("morning", "noon", "evening", "bedtime"),
}
MOST_INTAKES = max(MOMENTS)

# The tablet of which halves make every level of a plan, and its half.
FINE_STRENGTH_MG = Fraction(10)
UNIT_MG = FINE_STRENGTH_MG / 2


@dataclass(frozen=True, slots=True, order=True)
class Tablet:
    """A tablet that a plan may use. `product` is its code in baclofen-products."""

    strength_mg: Fraction
    divisible: bool
    product: str


Tablets = tuple[Tablet, ...]  # one coarser tablet or none, then that of 10 mg


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


@lru_cache(maxsize=4096)
def intake_of(moment: str, mg: Fraction, tablets: Tablets) -> Intake:
    """An intake of a multiple of 5 mg: as many whole coarser tablets as fit, then tablets of 10 mg and a half."""
    return Intake(moment, tuple(_counts(mg, tablets)))


def _counts(mg: Fraction, tablets: Tablets) -> Iterator[Count]:
    *coarser, fine = tablets
    for tablet in coarser:
        whole, mg = divmod(mg, tablet.strength_mg)
        if whole:
            yield Count(tablet, Fraction(whole))
    if mg:
        yield Count(fine, mg / fine.strength_mg)


@lru_cache(maxsize=4096)
def pieces_of(mg: Fraction, tablets: Tablets) -> int:
    """How many pieces are swallowed for an intake; a half counts as one."""
    return sum(-(-count.number.numerator // count.number.denominator) for count in _counts(mg, tablets))


def are_too_many(intakes_mg: Sequence[Fraction], tablets: Tablets, most_a_day: int, most_an_intake: int) -> bool:
    """Whether a day has more tablets, or an intake, than anybody should swallow."""
    numbers = [sum((count.number for count in _counts(mg, tablets)), Fraction(0)) for mg in intakes_mg]
    return sum(numbers) > most_a_day or max(numbers) > most_an_intake
