"""Signings of which the intakes are known: they are drawn first and then written in the notation of vignettes.

So a sentence about what is taken need not read it from the order, as the service does.
"""

from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from cds_service.config.clients import ANONYMOUS, Client
from tests.core.plans.signable.clicks import Intake, Known, Situation

Json = dict[str, Any]

CLIENTS = [
    ANONYMOUS,
    ANONYMOUS,
    Client(id="one", one_action=True),
    Client(id="new", suggestions="create"),
    Client(id="new-one", suggestions="create", one_action=True),
    Client(id="off", suggestions="off"),
]

MOMENTS = {
    1: ["EVE"],
    2: ["MORN", "EVE"],
    3: ["MORN", "NOON", "EVE"],
    4: ["MORN", "NOON", "EVE", "HS"],
    5: ["MORN", "NOON", "AFT", "EVE", "HS"],
}
_HOURS = {"MORN": "08:00", "NOON": "12:00", "AFT": "16:00", "EVE": "20:00", "HS": "22:00"}
_TIMES = {1: "QD", 2: "BID", 3: "TID", 4: "QID", 5: "5/d"}
_PRODUCTS = [
    "Baclocur 10", "Baclocur 20", "Baclocur 30", "Baclocur 40", "Zentiva 10", "Liorésal 10", "US tablet 20",
    "Baclofène EG 10", "baclofen",
]  # fmt: skip
_OFTEN = ["Baclocur 10", "Baclocur 40", "Zentiva 10", "Baclocur 20", "Liorésal 10"]


@dataclass(frozen=True)
class Regimen:
    """The intakes of a day, each in mg, in the order of the day; `moments` says whether the order names them.

    `clock`: it names them by their hours.
    """

    product: str
    intakes: tuple[Fraction, ...]
    moments: bool
    clock: bool = False

    @property
    def named(self) -> tuple[Intake, ...]:
        moments = MOMENTS[len(self.intakes)] if self.moments else [None] * len(self.intakes)
        return tuple(map(Intake, moments, self.intakes))

    @property
    def line(self) -> str:
        if not self.moments:
            return f"{self.product}, {_decimal(self.intakes[0])} mg {_TIMES[len(self.intakes)]}"
        parts = zip(self.intakes, MOMENTS[len(self.intakes)], strict=True)
        return f"{self.product}, " + " + ".join(
            f"{_decimal(mg)} mg {_HOURS[moment] if self.clock else moment}" for mg, moment in parts
        )


def _decimal(mg: Fraction) -> str:
    return f"{float(mg):g}"


@st.composite
def regimens(draw: st.DrawFn, product: str) -> Regimen:
    """Equal intakes without moments, or any with them; odd doses are those of scored or crushed tablets."""
    number = draw(st.sampled_from([1, 2, 2, 3, 3, 3, 4, 4, 5]))
    unit = draw(st.sampled_from([Fraction(5), Fraction(10), Fraction(10), Fraction(5, 2)]))
    most = draw(st.sampled_from([4, 6, 12, 24, 48]))
    if draw(st.booleans()):
        each = unit * draw(st.integers(1, max(1, most // number)))
        return Regimen(product, (each,) * number, moments=draw(st.booleans()), clock=draw(st.booleans()))
    intakes = tuple(unit * draw(st.integers(1, max(1, most * 2 // number))) for _ in range(number))
    return Regimen(product, intakes, moments=True, clock=draw(st.booleans()))


_DAYS = [
    date(2018, 6, 12),
    date(2023, 6, 1),
    date(2024, 9, 3),
    date(2025, 10, 7),
    date(2025, 12, 20),
    date(2026, 11, 22),
]
_SUPPLIES: list[Json] = [
    {"quantity": {"value": 90, "unit": "comprimé"}},
    {"quantity": {"value": 90, "unit": "comprimé"}, "numberOfRepeatsAllowed": 5},
]
_LINKS: list[Json] = [{}, {"replaces": "taken-1"}, {"replaces": "taken-1"}, {"id": "taken-1"}]
_CONDITIONS = [["F10.2"], ["F10.2"], ["F10.2", "G40.9"], ["F10.2", "F33.2"], ["F10.2", "Z91.5"]]


@st.composite
def drawn(draw: st.DrawFn) -> Situation:
    """A first order, a renewal, a change of dose or product, or a stop."""
    product = draw(st.sampled_from(_OFTEN + _PRODUCTS))
    before = product if draw(st.integers(0, 3)) else draw(st.sampled_from(_OFTEN))
    taken = draw(regimens(before)) if draw(st.integers(0, 4)) else None
    kind = draw(st.sampled_from(["other", "other", "same", "stop"] if taken else ["other"]))
    ordered = replace(taken, product=product) if taken and kind != "other" else draw(regimens(product))
    order: Json = {"order": ordered.line} | (draw(st.sampled_from(_LINKS)) if taken else {})
    if kind == "stop":
        order |= {"stop": True}
    if draw(st.booleans()):
        order |= {"fhir": {"dispenseRequest": draw(st.sampled_from(_SUPPLIES))}}
    said = {
        "id": "drawn",
        "on": draw(st.sampled_from(_DAYS)),
        "orders": [order],
        "taken": [taken.line] if taken else [],
        "conditions": draw(st.sampled_from(_CONDITIONS)),
        "referrals": draw(st.sampled_from([[], [], ["active"]])),
        "age": draw(st.sampled_from([45, 45, 45, 17])),
        "consumption": draw(st.sampled_from(["80 g/d", "80 g/d", "35 g/d"])),
    }
    return Situation(said, draw(st.sampled_from(CLIENTS)), Known(taken.named if taken else (), ordered.named))
