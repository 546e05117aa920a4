"""What a prescriber would sign: each suggestion on the cards, read from its FHIR in a pharmacist's terms.

It is read here in plain words and not by the service: moments of the day, milligrams and tablets at each, day by day.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from cds_service.config.clients import ANONYMOUS, Client
from cds_service.core.model import known
from cds_service.core.model.dose import NotComputable, Step
from cds_service.core.model.findings import Decision
from cds_service.core.model.order import Order
from tests.core.plans.plan_requests import Json, knowledge
from tests.core.plans.signing import ask, decided
from tests.vignette_cases import request

_DAY = timedelta(days=1)
_WHY = re.compile(r"Pas de plan : ([^.]*)\.")
_LONG_GAP = 7  # days without: after them a treatment begins again


@dataclass(frozen=True)
class Intake:
    """What is taken at one moment of the day; None is a moment that nobody named."""

    moment: str | None
    mg: Fraction


@dataclass(frozen=True)
class Level:
    """The intakes of each day of [since, until), and the tablets of the day by their strength in mg.

    `cut` are the strengths of which an intake has a part of a tablet.
    """

    since: date
    until: date | None
    intakes: tuple[Intake, ...]
    tablets: dict[Fraction, Fraction]
    cut: frozenset[Fraction] = frozenset()

    @property
    def mg(self) -> Fraction:
        return sum((intake.mg for intake in self.intakes), Fraction(0))

    @property
    def most_tablets_an_intake(self) -> Fraction:
        least = min(self.tablets, default=Fraction(1))
        return max((intake.mg / least for intake in self.intakes), default=Fraction(0))


@dataclass(frozen=True)
class Click:
    """One suggestion. `levels` are those of its plan, to the last one that has a dose; empty if it has no plan."""

    card: int
    label: str
    recommended: bool
    answers: tuple[str, ...]
    orders: tuple[Json, ...]
    updates: tuple[str, ...]
    levels: tuple[Level, ...]
    refers: bool = False


@dataclass(frozen=True)
class Known:
    """The intakes from which a situation was written; none where nothing is taken."""

    taken: tuple[Intake, ...]
    ordered: tuple[Intake, ...]


@dataclass(frozen=True)
class Situation:
    """A request in the notation of vignettes, the client that makes it, and its intakes where they are known."""

    said: Json
    client: Client = ANONYMOUS
    known: Known | None = None


@dataclass(frozen=True)
class Signing:
    """A request, what was found, and what can be clicked. `taken` is None unless it is known, exact and of today."""

    on: date
    decision: Decision
    clicks: tuple[Click, ...]
    taken: tuple[Intake, ...] | None
    ordered: tuple[Intake, ...]
    strengths_taken: frozenset[Fraction]
    lines_taken: int
    takes_actions: bool = True
    why: tuple[str, ...] = ()  # what cards say where there is no plan

    @property
    def taken_mg(self) -> Fraction | None:
        return None if self.taken is None else sum((intake.mg for intake in self.taken), Fraction(0))

    @property
    def stops(self) -> bool:
        """Whether all drafts are stops."""
        return all(order.stops for order in self.decision.case.orders)

    @property
    def ordered_mg(self) -> Fraction:
        """The highest daily dose of the drafts by themselves."""
        doses = [order.dose for order in self.decision.case.orders if not order.stops]
        return sum((_most(dose) for dose in doses if not isinstance(dose, NotComputable)), Fraction(0))

    def worst(self, rule: str) -> int:
        """How urgent a finding is: 0 is none, 1 info."""
        return max((int(found.indicator) for found in self.decision.findings if found.rule == rule), default=0)


def _most(dose: Iterable[Step]) -> Fraction:
    return max((step.mg_per_day.high for step in dose), default=Fraction(0))


def signing_in(situation: Situation) -> Signing:
    """Where the intakes are known, they are those that were drawn, and not those that are read."""
    said, drawn = situation.said, situation.known
    read = signing_of(request(said), said["on"], situation.client)
    return read if drawn is None else replace(read, taken=drawn.taken, ordered=drawn.ordered)


def signing_of(hook: Json, on: date, client: Client = ANONYMOUS) -> Signing:
    cards, offered = ask(hook, on, client)
    places = {sent["uuid"]: place for place, card in enumerate(cards) for sent in card.get("suggestions", [])}
    decision = decided(hook, on)
    taken = decision.case.facts.taken_now
    lines = taken.value.lines if isinstance(taken, known.Known) else ()
    return Signing(
        on=on,
        decision=decision,
        clicks=tuple(_click(sent, places[sent["uuid"]]) for sent, _ in offered),
        taken=_taken(decision),
        ordered=tuple(intake for order in decision.case.orders for intake in intakes_of(order, on) or ()),
        strengths_taken=frozenset(line.medicine.strength_mg for line in lines if line.medicine.strength_mg),
        lines_taken=len(lines),
        takes_actions=client.suggestions != "off",
        why=tuple(why for card in cards for why in _WHY.findall(card["detail"].replace("\u00a0", " "))),
    )


def _taken(decision: Decision) -> tuple[Intake, ...] | None:
    fact, on = decision.case.facts.taken_now, decision.case.on
    if isinstance(fact, known.ReportedNone):
        return ()
    if not isinstance(fact, known.Known) or fact.gap:
        return None
    if fact.value.ended and (on - fact.value.ended).days > _LONG_GAP:
        return ()  # it begins again
    read = [intakes_of(order, on) for order in fact.value.lines]
    return None if None in read else tuple(intake for intakes in read for intake in intakes or ())


# --- intakes of a client's order -----------------------------------------------------------------


def intakes_of(order: Order, on: date) -> tuple[Intake, ...] | None:
    """The intakes of an order on the day, with their moments where its dosages name them; None if not exact."""
    if isinstance(order.dose, NotComputable):
        return None
    step = [step for step in order.dose if step.since <= on][-1:] or order.dose[:1]
    terms = step[0].terms if step else ()
    if any(span.low != span.high for term in terms for span in (term.mg_per_intake, term.mg_per_day)):
        return None
    written = order.resource.get("dosageInstruction") or order.resource.get("dosage")
    moments = [list(_moments(dosage)) for dosage in written] if isinstance(written, list) else []
    named = moments if len(moments) == len(terms) else [[] for _ in terms]
    return tuple(
        Intake(moment, term.mg_per_intake.high)
        for term, moments_of in zip(terms, named, strict=True)
        for moment in _as_many(moments_of, int(term.intakes_per_day.high))
    )


def _moments(dosage: Any) -> Iterator[str]:
    repeat = dosage.get("timing", {}).get("repeat", {}) if isinstance(dosage, dict) else {}
    yield from repeat.get("when", [])


def _as_many(moments: list[str], number: int) -> list[str | None]:
    return [*moments] if len(moments) == number else [None] * number


# --- intakes of a suggestion ---------------------------------------------------------------------


def _click(sent: Json, card: int) -> Click:
    actions = sent["actions"]
    orders = [action["resource"] for action in actions if action["resource"]["resourceType"] == "MedicationRequest"]
    return Click(
        card=card,
        label=sent["label"],
        recommended=sent.get("isRecommended", False),
        answers=tuple(sent["extension"]["org.baclofen-cds"]["answers"]),
        orders=tuple(orders),
        updates=tuple(action["resource"]["id"] for action in actions if action["type"] == "update"),
        levels=tuple(_levels(orders)),
        refers=any(action["resource"]["resourceType"] == "ServiceRequest" for action in actions),
    )


def _levels(orders: list[Json]) -> Iterator[Level]:
    dated = [dosage for order in orders for dosage in _dosages(order)]
    edges = sorted({since for since, *_ in dated} | {until for _, until, *_ in dated if until})
    for since in edges:
        running = [dosage for dosage in dated if dosage[0] <= since and (dosage[1] is None or since < dosage[1])]
        if running:
            later = [edge for edge in edges if edge > since]
            yield _level(since, later[0] if later else None, running)


_Dosage = tuple[date, date | None, list[str], Fraction, Fraction]


def _dosages(order: Json) -> Iterator[_Dosage]:
    """First day, day after the last, moments, tablets and their strength, of each dated dosage."""
    codings = order.get("medicationCodeableConcept", {}).get("coding", [])
    products = [knowledge().terminology.product_of(coding["system"], coding["code"]) for coding in codings]
    strengths = [product.strength_mg for product in products if product and product.strength_mg]
    for dosage in order["dosageInstruction"] if strengths else []:
        period = dosage.get("timing", {}).get("repeat", {}).get("boundsPeriod", {})
        if "sequence" in dosage and "start" in period:
            end = date.fromisoformat(period["end"]) + _DAY if "end" in period else None
            number = Fraction(dosage["doseAndRate"][0]["doseQuantity"]["value"])
            when = dosage["timing"]["repeat"].get("when", [])
            yield date.fromisoformat(period["start"]), end, when, number, strengths[0]


def _level(since: date, until: date | None, running: list[_Dosage]) -> Level:
    mg: dict[str, Fraction] = {}
    tablets: dict[Fraction, Fraction] = {}
    for _, _, moments, number, strength in running:
        for moment in moments:
            mg[moment] = mg.get(moment, Fraction(0)) + number * strength
            tablets[strength] = tablets.get(strength, Fraction(0)) + number
    cut = frozenset(strength for *_, number, strength in running if number.denominator != 1)
    return Level(since, until, tuple(Intake(moment, dose) for moment, dose in mg.items()), tablets, cut)
