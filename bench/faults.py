"""One planted fault each: orders that must not pass, with the finding and the least indicator that must come.

The patient is otherwise that of an ordinary month. What must come is the design's, and stands in `FAULTS`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random

from bench.months import ON, SCHEMES, SEED, other_conditions
from bench.orders import Order, Record, Resource, condition, referral, request

Case = tuple[list[Order], Record]


@dataclass(frozen=True)
class Fault:
    kind: str
    finding: str
    least: str
    make: Callable[[Random], Case]


def planted(count: int, words: bool, seed: int = SEED) -> Iterator[tuple[Fault, Resource]]:
    """`count` orders, the kinds in turn."""
    dice = Random(seed)  # noqa: S311  a seed, no secret
    for number in range(count):
        fault = FAULTS[number % len(FAULTS)]
        drafts, record = fault.make(dice)
        said = "{tablets}" if words else ""
        yield fault, request([replace(draft, words=said) for draft in drafts], record)


def _of(mg: int, dice: Random) -> Order:
    brand, strength, tablets = dice.choice(SCHEMES[mg])
    return Order(brand, strength, tablets, written=ON, timed=dice.random() < 0.5)


def _line(order: Order, days_ago: int, days: int | None, identity: str = "last") -> Order:
    since = ON - timedelta(days=days_ago)
    return replace(order, identity=identity, status="active", written=since, days=days)


def _record(dice: Random, *orders: Order, followed: bool = False) -> Record:
    return Record(
        orders=orders,
        conditions=[condition("F10.2", ON - timedelta(days=900)), *other_conditions(dice)],
        referrals=[referral(ON - timedelta(days=60))] if followed else [],
        prior="N07BB03",
        grams=90,
    )


def _running(order: Order, dice: Random) -> Order:
    """As it stands on record at an ordinary visit: with an end in some days, or without any."""
    return dice.choice([_line(order, 28 - dice.randint(0, 6), 28), _line(order, dice.randint(24, 33), None)])


def _slip_of_10(dice: Random) -> Case:
    slip = Order("Baclocur", 10, (0.5, 0, 0.5))
    return [_of(120, dice)], _record(dice, _line(slip, dice.choice([1, 2]), None, "slip"), followed=True)


def _slip_again(dice: Random) -> Case:
    older = _line(_of(30, dice), 29, 28)
    return [_of(120, dice)], _record(dice, older, _line(_of(120, dice), 1, None, "slip"), followed=True)


def _fall(dice: Random) -> Case:
    before, strengths = dice.choice([(120, {30, 20}), (80, {10, 30}), (60, {10, 30})])
    last = next(Order(*each) for each in SCHEMES[before] if each[1] not in strengths)
    new = dice.choice(
        [Order(*each) for mg in SCHEMES if 30 <= mg <= before - 20 for each in SCHEMES[mg] if each[1] in strengths]
    )
    return [replace(new, written=ON)], _record(dice, _running(last, dice), followed=before > 80)


def _companion(dice: Random) -> Case:
    last = _line(Order("Baclocur", 40, (1, 0, 1)), dice.randint(30, 200), None)
    tablets = dice.choice([(0, 1, 0), (1, 0, 1), (1, 1, 1)])
    return [Order(dice.choice(["Baclocur", "Zentiva"]), 10, tablets, written=ON)], _record(dice, last)


def _two_prescribers(dice: Random) -> Case:
    mg = dice.choice([50, 60, 70, 80])
    last = replace(_line(_of(mg, dice), dice.randint(4, 24), 28), requester="Practitioner/dr-b")
    return [_of(mg, dice)], _record(dice, last)


def _forgotten_stop(dice: Random) -> Case:
    last = replace(_line(Order("Baclocur", 20, (1, 1, 1)), dice.randint(20, 40), 84), requester=None)
    return [Order("Zentiva", 10, (2, 2, 2), written=ON)], _record(dice, last)


def _resumption(dice: Random) -> Case:
    mg = dice.choice([60, 80, 120])
    return [_of(mg, dice)], _record(dice, _line(_of(mg, dice), 28 + dice.randint(8, 30), 28), followed=mg > 80)


def _rise(dice: Random) -> Case:
    mg = dice.choice([20, 30, 40, 50])
    return [_of(mg + 30, dice)], _record(dice, _running(_of(mg, dice), dice))


def _first(dice: Random) -> Case:
    return [_of(60, dice)], _record(dice)


def _first_after_all(dice: Random) -> Case:
    return [_of(60, dice)], _record(dice, _line(_of(60, dice), 28 + dice.randint(31, 300), 28))


def _320(dice: Random) -> Case:
    order = Order("Baclocur", 40, (3, 2, 3), written=ON)
    return [order], _record(dice, _running(order, dice), followed=True)


def _not_referred(dice: Random) -> Case:
    return [_of(90, dice)], _record(dice, _running(_of(90, dice), dice))


def _not_authorised(dice: Random) -> Case:
    order = Order(dice.choice(["EG", "Liorésal"]), 10, dice.choice([(1, 1, 1), (2, 2, 2)]), written=ON)
    return [order], _record(dice, _running(order, dice))


def _with_condition(mg: int, new_mg: int, code: str, days_ago: int, dice: Random) -> Case:
    record = _record(dice, _running(_of(mg, dice), dice))
    recorded = condition(code, ON - timedelta(days=days_ago))
    return [_of(new_mg, dice)], replace(record, conditions=[*record.conditions, recorded])


def _attempt(dice: Random) -> Case:
    mg = dice.choice([30, 40, 50, 60])
    return _with_condition(mg, mg, dice.choice(["X61", "X64", "X78"]), dice.randint(5, 30), dice)


def _epilepsy(dice: Random) -> Case:
    mg = dice.choice([30, 40, 50, 60])
    return _with_condition(mg, mg + 10, dice.choice(["G40.3", "G40.9"]), 800, dice)


def _two_indications(dice: Random) -> Case:
    ours, other = replace(_of(40, dice), reason="F10.2"), Order("Liorésal", 10, (2, 2, 2), written=ON, reason="G35")
    signed, taken = dice.sample([ours, other], 2)
    record = _record(dice, _line(taken, dice.randint(10, 60), None))
    return [signed], replace(record, conditions=[*record.conditions, condition("G35", ON - timedelta(days=2000))])


def _grams(dice: Random) -> Case:
    return [replace(_of(30, dice), unit="g")], _record(dice, _running(_of(30, dice), dice))


FAULTS = [
    Fault("120 corrected from a slip of 10, nothing older", "initial-dose-too-high", "warning", _slip_of_10),
    Fault("120 signed again after a slip, 30 is taken", "dose-increase-too-fast", "warning", _slip_again),
    Fault("a fall by change of strength", "dose-reduction-too-fast", "warning", _fall),
    Fault("a companion that passes 80", "specialist-care", "info", _companion),
    Fault("two prescribers", "specialist-care", "info", _two_prescribers),
    Fault("a forgotten stop, requester unknown", "specialist-care", "info", _forgotten_stop),
    Fault("resumption at full dose", "resumption", "warning", _resumption),
    Fault("a rise of 30 in 3 days", "dose-increase-too-fast", "warning", _rise),
    Fault("first prescription of 60", "initial-dose-too-high", "warning", _first),
    Fault("60 again after more than 30 days", "initial-dose-too-high", "warning", _first_after_all),
    Fault("320 mg", "daily-dose-above-recommended", "critical", _320),
    Fault("90 mg without referral", "specialist-care", "warning", _not_referred),
    Fault("product without authorisation", "product-not-authorised", "warning", _not_authorised),
    Fault("suicide attempt of last month", "psychiatric-history", "warning", _attempt),
    Fault("epilepsy on a rise", "seizure-history", "warning", _epilepsy),
    Fault("two indications", "specialist-care", "warning", _two_indications),
    Fault("grams for milligrams", "daily-dose-above-recommended", "warning", _grams),
]
