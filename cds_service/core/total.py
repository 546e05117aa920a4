"""What will be taken in a day: the sum over the orders that count, and how surely it is ours to judge."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from cds_service.core.model import AtLeast, Case, Dose, NotComputable, Order, Scope, Span

# With no indication on record, and a product that has none for alcohol, an order is most likely for
# spasticity: only a dose that no text supports is worth a card (our choice).
REMOTE_MG_PER_DAY = Fraction(300)


@dataclass(frozen=True, slots=True)
class Total:
    """A sum of daily doses. `complete` is False where a dose in it could not be computed."""

    mg_per_day: Span
    complete: bool
    orders: tuple[str, ...]
    if_alcohol: bool

    @property
    def fact(self) -> Span | AtLeast:
        return self.mg_per_day if self.complete else AtLeast(self.mg_per_day)


def total_above(case: Case, limit_mg: Fraction) -> Total | None:
    """The total that goes above a limit, the surest first; None where none does."""
    for total, lowest in _totals(case):
        if total.mg_per_day.high > max(limit_mg, lowest):
            return total
    return None


def total_at(case: Case, limit_mg: Fraction) -> Total | None:
    """The total whose upper end is exactly at a limit, the surest first."""
    for total, lowest in _totals(case):
        if total.mg_per_day.high == limit_mg >= lowest:
            return total
    return None


def _totals(case: Case) -> Iterator[tuple[Total, Fraction]]:
    """Totals from the surest to the widest, each with the dose under which it is not worth a card.

    Baclofen for another indication counts in the sum as soon as one order is ours: it is taken too.
    """
    for least, lowest in ((Scope.CERTAIN, Fraction(0)), (Scope.POSSIBLE, Fraction(0)), (Scope.REMOTE, REMOTE_MG_PER_DAY)):
        ours = [order for order in case.orders if order.scope >= least]
        if ours:
            others = [order for order in case.orders if order.scope is Scope.OUT]
            yield _sum(ours + others, if_alcohol=least is not Scope.CERTAIN), lowest


def _sum(orders: list[Order], *, if_alcohol: bool) -> Total:
    total, complete = Span(Fraction(0), Fraction(0)), True
    for order in orders:
        complete = complete and isinstance(order.dose, Dose)
        total += order.dose.mg_per_day if isinstance(order.dose, Dose) else _reached(order.dose)
    return Total(total, complete, references(orders), if_alcohol)


def _reached(dose: NotComputable) -> Span:
    reached = dose.at_least_mg or Fraction(0)
    return Span(reached, reached)


def certain(case: Case) -> list[Order]:
    """The orders that are for alcohol dependence."""
    return [order for order in case.orders if order.scope is Scope.CERTAIN]


def possible(case: Case) -> list[Order]:
    """The orders that are, or may well be, for alcohol dependence."""
    return [order for order in case.orders if order.scope >= Scope.POSSIBLE]


def references(orders: Iterable[Order]) -> tuple[str, ...]:
    return tuple(order.reference for order in orders)
