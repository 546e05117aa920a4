"""Tells which lines a signing replaces (docs/taken-now.md)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum, auto
from types import MappingProxyType

from cds_service.core.model.order import Indication, Order
from cds_service.core.signings.levels import level


class Why(Enum):
    """Why a line is replaced."""

    LINK = auto()
    RENEWED = auto()  # the one line of its own strength and dose, beside the stop of another
    SAME_LINE = auto()  # the one line of its own strength and dose
    SAME_STRENGTH = auto()
    KIND = auto()
    STRENGTH_UNKNOWN = auto()
    WRITTEN = auto()  # a line that nobody has taken yet
    SIGNING = auto()  # several lines of one signing replace all of their kinds


@dataclass(frozen=True, slots=True)
class Replacement:
    """What a signing replaces: the lines that it names, and those that it takes the place of without naming them.

    Of the lines `asked` it is asked, whatever the table says, whether it is an addition. `apart` are the lines of
    another indication, beside which the signing adds up. `left` are all lines that go on. `adding` name no line.
    """

    why: dict[str, Why]
    left: tuple[Order, ...]
    apart: frozenset[str] = frozenset()
    asked: frozenset[str] = frozenset()
    adding: tuple[Order, ...] = ()

    @property
    def unlinked(self) -> frozenset[str]:
        """The lines whose place is taken without a name, and beside which the signing may be an addition."""
        sure = (Why.LINK, Why.RENEWED)
        return frozenset(line for line, why in self.why.items() if why not in sure and self.adding)

    def measured_from_nothing(self, line: Order, signed: Sequence[Order]) -> bool:
        """Whether regular orders replace a line that is taken as needed: a fall is then measured from 0."""
        return line.as_needed and line.reference in self.why and any(not order.as_needed for order in signed)


def replacement(
    signed: Sequence[Order],
    lines: Sequence[Order],
    *,
    names: Iterable[str] = (),
    written: Iterable[str] = (),
    carries: Mapping[str, frozenset[str]] = MappingProxyType({}),
    stopped: Iterable[str] = (),
    both_on_list: bool = False,
) -> Replacement:
    """What the orders of one signing replace among these lines.

    An order that names another one of the record (`names`), even one that has ended, replaces that alone. `written`
    are lines that nobody has taken yet: what is of their kind takes their place. To name one is to name what it
    `carries` on. `stopped` are lines that a stop beside these orders ends.
    """
    known = frozenset(names).union(*(line.replaces for line in lines))
    unlinked = [order for order in signed if not known & (order.replaces - _own_name(order))]
    linked = _linked(signed, lines, carries)
    apart = _apart(signed, _without(lines, linked, stopped), both_on_list)
    free = _without(lines, linked, stopped, apart)
    kinds = _kinds(unlinked) - _kinds(_only(_without(lines, written), stopped))
    found, asked = _unlinked(signed, unlinked, _without(free, written), kinds)
    renewed = _renewed(unlinked, _without(free, written)) if kinds < _kinds(unlinked) else {}
    why = dict.fromkeys(linked, Why.LINK) | _slips(signed, free, frozenset(written)) | renewed | found
    return Replacement(why, tuple(_without(lines, why, stopped)), apart, asked, tuple(unlinked))


def _without(lines: Iterable[Order], *references: Iterable[str]) -> list[Order]:
    left_out = frozenset().union(*references)
    return [line for line in lines if line.reference not in left_out]


def _only(lines: Iterable[Order], references: Iterable[str]) -> list[Order]:
    wanted = frozenset(references)
    return [line for line in lines if line.reference in wanted]


def _slips(signed: Sequence[Order], lines: Iterable[Order], written: frozenset[str]) -> dict[str, Why]:
    """The lines of the same kinds that nobody has taken yet."""
    kinds = _kinds(signed)
    return {line.reference: Why.WRITTEN for line in lines if line.reference in written and line.as_needed in kinds}


def _own_name(order: Order) -> frozenset[str]:
    """The reference of a line of the record, which is no link; that of a draft is one, where the record has it."""
    return frozenset() if order.place else frozenset({order.reference})


def _linked(signed: Sequence[Order], lines: Sequence[Order], carries: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """The lines that the orders name, and what these carry on."""
    named = frozenset(line.reference for line in lines if any(line.replaces & it.replaces for it in signed))
    return named.union(*(carries.get(line, ()) for line in named))


def _apart(signed: Sequence[Order], lines: Sequence[Order], both_on_list: bool) -> frozenset[str]:
    """The lines of another indication than all of the orders."""
    return frozenset(
        line.reference
        for line in lines
        if signed and all(are_two_indications(order, line, both_on_list) for order in signed)
    )


def _kinds(signed: Iterable[Order]) -> set[bool]:
    """Regular, as needed, or both."""
    return {order.as_needed for order in signed}


def _unlinked(
    signed: Sequence[Order], unlinked: Sequence[Order], free: Sequence[Order], kinds: set[bool]
) -> tuple[dict[str, Why], frozenset[str]]:
    """What the orders that name no line replace among the lines that are free; for which it is asked in any case."""
    if not unlinked or not kinds:
        return {}, frozenset()
    instead = kinds == {False} and _kinds(free) == {True}  # regular orders where only as-needed baclofen is taken
    pool = free if instead else [line for line in free if line.as_needed in kinds]
    unknown = _is_a_strength_unknown(unlinked, pool)
    chosen, why = (pool, Why.SIGNING) if len(signed) > 1 else _like(unlinked[0], pool, unknown)
    asked = pool if instead else _never_again(unlinked, pool) if unknown else []
    return _references(chosen, why), frozenset(_references(asked, why))


def _renewed(unlinked: Sequence[Order], free: Sequence[Order]) -> dict[str, Why]:
    """The lines that are ordered again beside a stop: such an order does not take the place of what is stopped."""
    again = [[line for line in free if is_again(order, line)] for order in unlinked]
    return _references((lines[0] for lines in again if len(lines) == 1), Why.RENEWED)


def _references(lines: Iterable[Order], why: Why) -> dict[str, Why]:
    return {line.reference: why for line in lines}


def _is_a_strength_unknown(unlinked: Sequence[Order], pool: Sequence[Order]) -> bool:
    return bool(pool) and None in {order.medicine.strength_mg for order in (*unlinked, *pool)}


def _never_again(unlinked: Sequence[Order], pool: Sequence[Order]) -> list[Order]:
    return [line for line in pool if not any(is_again(order, line) for order in unlinked)]


def _like(order: Order, pool: Sequence[Order], unknown: bool) -> tuple[Sequence[Order], Why]:
    """Like replaces like: the one line of its strength and dose, else those of its strength, else all."""
    if unknown:
        return pool, Why.STRENGTH_UNKNOWN
    alike = [line for line in pool if line.medicine.strength_mg == order.medicine.strength_mg]
    same = [line for line in alike if is_again(order, line)]
    if len(same) == 1:
        return same, Why.SAME_LINE
    return (alike, Why.SAME_STRENGTH) if alike else (pool, Why.KIND)


def is_again(order: Order, line: Order) -> bool:
    """Whether an order is a line again: of its strength and dose, and taken as it is."""
    strengths = (order.medicine.strength_mg, line.medicine.strength_mg)
    alike = None not in strengths and strengths[0] == strengths[1] and order.as_needed == line.as_needed
    return alike and same_dose(order, line)


def same_dose(order: Order, line: Order) -> bool:
    """Whether an order begins with the dose that a line then has."""
    begins = begins_on(order)
    dose = level(order, begins)
    return dose is not None and dose == level(line, begins)


def begins_on(order: Order) -> date:
    """A draft begins on the day judged at the earliest; a line of the record when it began."""
    return order.begins if order.place else order.began


def are_two_indications(order: Order, line: Order, both_on_list: bool) -> bool:
    """Whether an order and a line are for spasticity and for alcohol dependence, and so add up."""
    if {order.own, line.own} == {Indication.ALCOHOL, Indication.OTHER}:
        return True
    one_is_not_for_alcohol = order.authorised != line.authorised
    same_reason = order.own is line.own and order.own is not Indication.UNKNOWN
    return both_on_list and one_is_not_for_alcohol and not same_reason
