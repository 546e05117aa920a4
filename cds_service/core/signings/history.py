"""Reads the record as a history of signings: a later one replaces earlier lines that still run, as a draft does.

Lines that were written on one day are one signing. Where it would be asked whether a later signing was an addition,
both run, and the larger dose is judged; of one strength and without other moments for four weeks, from when on the
later one has replaced the earlier. Without a link this is so among the lines that are taken: what has ended, or is
written and not yet taken, says nothing of a line that still runs.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date
from itertools import groupby

from cds_service.core.dose.sums import truncated
from cds_service.core.model.dose import NotComputable
from cds_service.core.model.look_back import LookBack
from cds_service.core.model.order import Order
from cds_service.core.signings.addition import row, signing
from cds_service.core.signings.levels import runs
from cds_service.core.signings.replacement import Replacement, begins_on, is_again, replacement


def without_replaced(lines: Collection[Order], on: date, windows: LookBack, both_on_list: bool) -> list[Order]:
    """The lines of the record, each cut off on the day on which a later signing replaced it."""
    kept: dict[str, Order] = {}
    taken = {line.reference for line in lines if runs(line, on) and (on - line.began).days >= windows.written_days}
    for written, group in groupby(sorted(lines, key=_written), key=lambda line: line.written):
        signed = list(group)
        earlier = _it_may_replace(signed, kept.values(), taken)
        ends = _ends(signed, written, earlier, on, windows, both_on_list)
        signed = _succeeding(signed, [kept[reference] for reference in ends])
        shortened = [cut(line, ends.get(reference)) for reference, line in kept.items()]
        kept = {line.reference: line for line in shortened if line is not None}
        kept |= {line.reference: line for line in _of_one_day(signed)}
    return list(kept.values())


def _it_may_replace(signed: Sequence[Order], earlier: Iterable[Order], taken: Collection[str]) -> list[Order]:
    """The earlier lines that a signing names, and those that are taken if it is taken itself."""
    is_taken = any(line.reference in taken for line in signed)
    return [line for line in earlier if _is_linked(line, signed) or (is_taken and line.reference in taken)]


def _succeeding(signed: Sequence[Order], replaced: Collection[Order]) -> list[Order]:
    """The lines of a signing with the names of those that they are again: who names these means what came of them."""
    names = [line.prior.union(*(it.replaces for it in replaced if _comes_of(line, it))) for line in signed]
    return [
        line if prior == line.prior else replace(line, prior=prior) for line, prior in zip(signed, names, strict=True)
    ]


def _comes_of(line: Order, earlier: Order) -> bool:
    return _is_linked(earlier, [line]) or is_again(line, earlier)


def _is_linked(line: Order, signed: Iterable[Order]) -> bool:
    return any(line.replaces & order.replaces for order in signed)


def _of_one_day(signed: Sequence[Order]) -> list[Order]:
    """The lines of one signing, each until the one that names it begins; all where they name each other."""
    ends = {
        reference: order.began
        for order in signed
        for reference in order.replaces - {order.reference}
        if not any(order.reference in other.replaces for other in signed if other is not order)
    }
    lines = [cut(line, ends[line.reference]) if line.reference in ends else line for line in signed]
    return [line for line in lines if line is not None]


def _written(line: Order) -> tuple[date, str]:
    return line.written, line.reference


def _ends(
    signed: Sequence[Order],
    written: date,
    earlier: Sequence[Order],
    on: date,
    windows: LookBack,
    both_on_list: bool,
) -> dict[str, date]:
    """The day on which a signing replaced each earlier line that it did replace, as it is known on a day."""
    if not earlier:
        return {}
    begins = min(begins_on(order) for order in signed)
    running = [line for line in earlier if runs(line, begins)]
    replaced = replacement(signed, running, both_on_list=both_on_list)
    asked = _asked(signed, written, running, replaced, windows) - _known(running, signed, on, windows)
    lasting = asked | replaced.asked
    ended = [line for line in running if line.reference in replaced.why and line.reference not in lasting]
    return {line.reference: _taken_over(line, signed, begins) for line in ended}


def _asked(
    signed: Sequence[Order], on: date, running: Sequence[Order], replaced: Replacement, windows: LookBack
) -> frozenset[str]:
    """The lines of which it would have been asked whether the signing was an addition to them."""
    begins = min(begins_on(order) for order in signed)
    begun = [line for line in running if line.began <= begins]
    measured = [line for line in begun if not replaced.measured_from_nothing(line, signed)]
    made = signing(signed, on, measured, replaced, windows)
    rows = {line.reference: row(made, line, windows) for line in running if line.reference in replaced.unlinked}
    return frozenset(line for line, found in rows.items() if found.asks)


def _known(lines: Iterable[Order], signed: Sequence[Order], on: date, windows: LookBack) -> frozenset[str]:
    """The lines so old that a signing of their strength, at no other moments, was no addition to them."""
    old = [line for line in lines if (on - line.written).days >= windows.addition_days]
    return frozenset(line.reference for line in old if any(_may_be_same(line, order) for order in signed))


def _may_be_same(line: Order, order: Order) -> bool:
    """Whether an order may be a line again, with another dose: of its strength, and at no other moments."""
    meet = not (line.moments and order.moments) or bool(line.moments & order.moments)
    return meet and line.medicine.strength_mg == order.medicine.strength_mg


def _taken_over(line: Order, signed: Sequence[Order], begins: date) -> date:
    return min((order.began for order in signed if line.replaces & order.replaces), default=begins)


def cut(order: Order, ended: date | None) -> Order | None:
    """The order truncated at its end date, if there is one; None if that is not after its start."""
    if ended is None or (order.ends is not None and order.ends <= ended):
        return order
    if ended <= order.began:
        return None
    if isinstance(order.dose, NotComputable):
        return replace(order, ends=ended)
    steps = truncated(order.dose, ended)
    return replace(order, dose=steps, ends=ended) if steps else None
