"""A seeded generator of compliant French months of baclofen: what an ordinary prescriber signs, as an EHR sends it.

It was written without having seen how the service reads an order. Compliant: at or under 80 mg a day, or with a
referral to addiction care on record; an authorised product; rises of 10 mg, falls of at most 15. The mix is that
of `MIX`; a quarter of the patients take more than 80 mg, four lists in ten bear an F3 or F4, one in twenty a G40.
All is signed on one day, so that one service answers for all; the days of the record count back from it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from bench.orders import Order, Record, Resource, condition, referral, request

SEED = 2024
ON = date(2024, 9, 3)

MIX = {"renewal": 60, "rise": 15, "lowering": 10, "swap": 10, "spasticity": 5}

# mg a day → (brand, strength, tablets morning, noon, evening) that French prescribers write
SCHEMES: dict[int, list[tuple[str, float, tuple[float, float, float]]]] = {
    20: [("Baclocur", 10, (1, 0, 1)), ("Zentiva", 10, (1, 0, 1))],
    30: [("Baclocur", 10, (1, 1, 1)), ("Zentiva", 10, (1, 1, 1))],
    40: [("Baclocur", 10, (1, 1, 2)), ("Zentiva", 10, (1, 1, 2)), ("Baclocur", 20, (1, 0, 1))],
    50: [("Baclocur", 10, (2, 1, 2)), ("Zentiva", 10, (2, 1, 2))],
    60: [("Baclocur", 20, (1, 1, 1)), ("Zentiva", 10, (2, 2, 2)), ("Baclocur", 30, (1, 0, 1))],
    70: [("Baclocur", 10, (2, 2, 3)), ("Zentiva", 10, (2, 2, 3))],
    80: [("Baclocur", 40, (1, 0, 1)), ("Baclocur", 20, (1, 1, 2)), ("Zentiva", 10, (3, 2, 3))],
    90: [("Baclocur", 30, (1, 1, 1)), ("Zentiva", 10, (3, 3, 3))],
    100: [("Baclocur", 20, (2, 1, 2)), ("Zentiva", 10, (3, 3, 4))],
    110: [("Baclocur", 10, (4, 3, 4)), ("Zentiva", 10, (4, 3, 4))],
    120: [("Baclocur", 40, (1, 1, 1)), ("Baclocur", 20, (2, 2, 2))],
    150: [("Baclocur", 30, (2, 1, 2))],
    160: [("Baclocur", 40, (1, 1, 2))],
    180: [("Baclocur", 30, (2, 2, 2))],
}
LOW = [30, 40, 50, 60, 70, 80]
HIGH = [90, 100, 110, 120, 120, 150, 160, 180]


@dataclass(frozen=True)
class Way:
    """A way of sending: how the last order of the record ends, seen from today, and whether the draft names it."""

    days_left: tuple[int, int] | None  # from, to; None: no end on record
    linked: bool = False
    length: int = 28
    end_in: str = "bounds"  # "bounds", "supply", "validity"
    requester: bool = True


WAYS = {
    "linked, early": Way((1, 7), linked=True),
    "unlinked, early": Way((1, 7)),
    "unlinked, on the day": Way((0, 0)),
    "unlinked, late": Way((-3, -1)),
    "no end on record": Way(None),
    "end by the supply": Way((1, 7), end_in="supply"),
    "end by the validity": Way((1, 7), end_in="validity"),
    "three months": Way((1, 7), length=84),
    "no requester": Way((1, 7), requester=False),
    "no requester, no end": Way(None, requester=False),
}


@dataclass(frozen=True)
class Month:
    """One signing: what it is, the request, and the greatest dose that a suggestion may write."""

    kind: str
    body: Resource
    greatest_mg: float


def months(way: Way, words: bool, count: int, seed: int = SEED) -> Iterator[Month]:
    dice = Random(seed)  # noqa: S311  a seed, no secret
    for _ in range(count):
        kind = dice.choices(list(MIX), list(MIX.values()))[0]
        yield _month(kind, way, words, dice)


def _month(kind: str, way: Way, words: bool, dice: Random) -> Month:
    if kind == "spasticity":
        return _spasticity(way, words, dice)
    dose = dice.choice(HIGH if dice.random() < 0.25 else LOW)
    last = ordered(dice, dose, way, words, changes=kind in CHANGES)
    draft = CHANGES.get(kind, _again)(dice, last)
    draft = replace(draft, replaces=last.identity if way.linked else None)
    record = Record(
        orders=[*history(dice, last), last],
        conditions=[condition("F10.2", ON - timedelta(days=900)), *other_conditions(dice)],
        referrals=[referral(ON - timedelta(days=dice.randint(20, 330)))] if max(dose, draft.mg) > 80 else [],
        prior=dice.choice(["N07BB03", "N07BB05", "N07BB04"]),
        born=date(dice.randint(1955, 1995), 5, 4),
        grams=dice.choice([70, 80, 90, 120, 150]),
        on=ON,
    )
    return Month(kind, request([draft], record), max(last.mg, draft.mg))


def scheme(dice: Random, mg: int) -> Order:
    brand, strength, tablets = dice.choice(SCHEMES[mg])
    return Order(brand, strength, tablets)


def ordered(dice: Random, mg: int, way: Way, words: bool, changes: bool) -> Order:
    """The last order of the record. A three-month prescription is changed in its middle and renewed at its end."""
    left = None if way.days_left is None else dice.randint(*way.days_left)
    if left is not None and way.length > 28 and changes:
        left = way.length - dice.choice([28, 35, 42, 56])
    age = dice.choice([24, 26, 28, 28, 30, 33]) if left is None else way.length - left
    since = ON - timedelta(days=age)
    said = dice.choice(WORDS)  # drawn with words or without, so that both are the same orders
    return replace(
        scheme(dice, mg),
        identity="last",
        status="active" if left is None or left > 0 else dice.choice(["active", "completed"]),
        written=since,
        days=None if left is None else way.length,
        end_in=way.end_in,
        requester="Practitioner/dr-a" if way.requester else None,
        words=said if words else "",
        timed=dice.random() < 0.5,
    )


def history(dice: Random, last: Order) -> Iterator[Order]:
    """What came before, newest first: renewals back to the titration, each completed at its end."""
    end = last.written or ON
    for number in range(dice.randint(1, 8)):
        mg = max(20, int(last.mg) - 10 * number)
        before = scheme(dice, mg) if number and mg in SCHEMES else last
        end -= timedelta(days=28)
        days = last.days and 28
        yield replace(before, identity=f"old-{number}", status="completed", written=end, days=days, words="")


# --- what is signed today ---------------------------------------------------------------------


def signed(order: Order) -> Order:
    return replace(order, identity="draft", status="draft", written=ON)


def _again(_dice: Random, last: Order) -> Order:
    return signed(last)


def _rise(dice: Random, last: Order) -> Order:
    return _to(dice, last, int(last.mg) + 10)


def _lowering(dice: Random, last: Order) -> Order:
    return _to(dice, last, int(last.mg) - 10)


def _to(dice: Random, last: Order, mg: int) -> Order:
    """The dose, by the tablets of before if they make it and the dice agree; unchanged if no tablets make it."""
    if mg not in SCHEMES:
        return signed(last)
    same = [each for each in SCHEMES[mg] if each[:2] == (last.brand, last.strength)]
    brand, strength, tablets = same[0] if same and dice.random() < 0.7 else dice.choice(SCHEMES[mg])
    return signed(replace(last, brand=brand, strength=strength, tablets=tablets))


def _swap(dice: Random, last: Order) -> Order:
    others = [other for other in SCHEMES[int(last.mg)] if other[:2] != (last.brand, last.strength)]
    if not others:
        return signed(last)
    brand, strength, tablets = dice.choice(others)
    return signed(replace(last, brand=brand, strength=strength, tablets=tablets))


Change = Callable[[Random, Order], Order]
CHANGES: dict[str, Change] = {"rise": _rise, "lowering": _lowering, "swap": _swap}


def _spasticity(way: Way, words: bool, dice: Random) -> Month:
    """Liorésal for multiple sclerosis, of a patient without alcohol dependence: not our business."""
    last = replace(ordered(dice, 30, way, words, changes=False), brand="Liorésal", strength=10, reason="G35")
    last = replace(last, tablets=dice.choice([(1, 1, 1), (2, 2, 2), (3, 2, 3)]))
    record = Record(orders=[last], conditions=[condition("G35", ON - timedelta(days=2000))], on=ON)
    draft = replace(signed(last), replaces="last" if way.linked else None)
    return Month("spasticity", request([draft], record), last.mg)


def other_conditions(dice: Random) -> Iterator[Resource]:
    yield condition("I10", ON - timedelta(days=1500))
    recorded = None if dice.random() < 0.1 else ON - timedelta(days=dice.randint(200, 2500))
    if dice.random() < 0.4:
        yield condition(dice.choice(["F32.1", "F33.1", "F41.1", "F41.2", "F43.1"]), recorded)
    if dice.random() < 0.05:
        yield condition("G40.9", recorded)


# {tablets}: the intakes; {days}: the length. All say the same as the structure.
WORDS = [
    "{tablets}",
    "{tablets} pendant {days} jours",
    "{tablets}, à prendre au cours des repas",
    "{tablets}. Ne pas arrêter brutalement.",
    "{tablets}, avec un grand verre d'eau, QSP {days} jours",
    "{mg} mg par jour : {tablets}",
    "{tablets}, à renouveler 2 fois",
    "{tablets}. Ne pas conduire en cas de somnolence.",
    "{tablets}, prochain rendez-vous dans {days} jours",
    "{tablets}, QSP 1 mois. Éviter l'alcool.",
    "{tablets}. En cas d'oubli, ne pas doubler la prise suivante.",
    "{tablets}. Surveillance de la somnolence, revoir dans 4 semaines.",
    "{tablets} (soit {mg} mg/j), boîtes de 30",
]
