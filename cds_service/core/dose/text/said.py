"""What words say of a dose, as it was read: doses, rhythms, limits, and what was left."""

from dataclasses import dataclass, field
from fractions import Fraction

from cds_service.core.model.dose import Span


@dataclass(frozen=True, slots=True)
class Limit:
    """A maximum that words give, in mg: a day, an intake, or (neither is said) an intake or a day."""

    mg: Fraction
    a_day: bool
    an_intake: bool


@dataclass(slots=True)
class Said:
    """The doses that words name, in mg and in times a day.

    Each item of `days` is one daily dose as its parts: they add up, or they repeat the same dose. `amounts` have
    no timing, `times` no amount. `rhythms` are the intakes of a pattern ("1-0-1"), `intakes` amounts "par prise",
    `splits` the numbers of intakes that a daily dose is divided into. `left` is what none of these used up;
    `number_left`: with a number that may be a dose. `changes`: the words tell of another dose to come; `optional`:
    that one may be left out; `untimed`: an amount has no timing, also where it is added to others.
    `later`: daily doses that amounts without a timing give at least, since they follow others; `factor`: 2 where
    the dose may be doubled.
    """

    left: str
    number_left: bool
    changes: bool
    optional: bool
    factor: int
    untimed: bool = False
    days: list[tuple[Span, ...]] = field(default_factory=list)
    amounts: list[Span] = field(default_factory=list)
    times: list[Fraction] = field(default_factory=list)
    splits: list[Fraction] = field(default_factory=list)
    limits: list[Limit] = field(default_factory=list)
    rhythms: list[Fraction] = field(default_factory=list)
    intakes: list[Span] = field(default_factory=list)
    later: list[Fraction] = field(default_factory=list)

    @property
    def is_up_to_limit(self) -> bool:
        """Whether an amount is taken as often as is wished, up to a limit; a limit alone is one of such an amount."""
        is_free = self.untimed or not self.days
        return self.optional and is_free and not self.times

    @property
    def most_a_day(self) -> Fraction | None:
        """The highest daily dose; None if the words give none. Where they say of none how often, it is the limit."""
        whole = [sum((part.high for part in parts), Fraction(0)) for parts in self.days]
        doubled = [mg * self.factor for mg in whole] if len(set(whole)) == 1 else []
        return max((*self._up_to(), *whole, *doubled, *self.later), default=None)

    def _up_to(self) -> list[Fraction]:
        """The limits up to which an amount is taken, or rises."""
        up_to = self.is_up_to_limit or self.changes or not (self.days or self.times)
        return [limit.mg for limit in self.limits if up_to and not limit.an_intake]
