"""What is taken now: the lines of the record that run, that ended lately, or that are written and not yet taken."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from cds_service.core.model.order import Order


@dataclass(frozen=True, slots=True)
class TakenNow:
    """The baclofen of the record, as it stands on the day judged.

    `lines` are taken: those that run, or else those that ended last; `ended` is then the first day without any.
    `earlier` are all lines that have begun, those that have ended or were replaced too. `present` are all that a
    draft may replace or leave: `lines`, what is written and not yet taken, what begins later. `written` began so
    lately that nobody has taken it; `carries` are the older lines that such a line carries on, by its reference.
    `unknown` says why nobody can tell what is taken, a key of cards/facts.toml; `stale` is then the open order after
    which nothing came. `alone`: nothing older was ever on record. `names` are the references of all orders of the
    record, whatever became of them. `both_on_list`: the problem list has alcohol dependence and a cause of
    spasticity.
    """

    lines: tuple[Order, ...] = ()
    ended: date | None = None
    present: tuple[Order, ...] = ()
    written: tuple[Order, ...] = ()
    earlier: tuple[Order, ...] = ()
    carries: Mapping[str, frozenset[str]] = field(default_factory=dict)
    unknown: str = ""
    stale: Order | None = None
    alone: bool = False
    names: frozenset[str] = frozenset()
    both_on_list: bool = False

    @property
    def on_record(self) -> tuple[Order, ...]:
        """Every order of the record that a card may speak of."""
        return (*self.present, self.stale) if self.stale else self.present

    @property
    def last_end(self) -> date | None:
        """The first day on which nothing of it is taken any more; None if that is not known, or if nothing is."""
        if self.ended is not None or not self.lines:
            return self.ended
        ends = [line.ends for line in self.present]
        return None if None in ends else max((end for end in ends if end), default=None)
