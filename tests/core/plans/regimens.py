"""Orders of which the intakes are known: what is taken, what is ordered, by whom, of which product, on which day.

The intakes are drawn first and then written in the notation of vignettes, so that a check of the answer need not
read them from there.
"""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

Json = dict[str, Any]

MOMENTS = {
    1: ["EVE"],
    2: ["MORN", "EVE"],
    3: ["MORN", "NOON", "EVE"],
    4: ["MORN", "NOON", "EVE", "HS"],
    5: ["MORN", "NOON", "AFT", "EVE", "HS"],
}
_TIMES = {1: "QD", 2: "BID", 3: "TID", 4: "QID", 5: "5/d"}
STRENGTHS = {
    "Baclocur 10": 10, "Baclocur 20": 20, "Baclocur 30": 30, "Baclocur 40": 40, "Zentiva 10": 10, "Liorésal 10": 10,
    "US tablet 20": 20, "Baclofène EG 10": 10, "baclofen": 0,
}  # fmt: skip
_OFTEN = ["Baclocur 10", "Baclocur 40", "Zentiva 10", "Baclocur 20", "Liorésal 10"]


@dataclass(frozen=True)
class Regimen:
    """The intakes of a day, each in mg, in the order of the day; `moments` says whether the order names them."""

    product: str
    intakes: tuple[Fraction, ...]
    moments: bool

    @property
    def mg(self) -> Fraction:
        return sum(self.intakes, Fraction(0))

    @property
    def named(self) -> dict[str, Fraction]:
        return dict(zip(MOMENTS[len(self.intakes)], self.intakes, strict=True)) if self.moments else {}

    @property
    def line(self) -> str:
        if not self.moments:
            return f"{self.product}, {_decimal(self.intakes[0])} mg {_TIMES[len(self.intakes)]}"
        parts = zip(self.intakes, MOMENTS[len(self.intakes)], strict=True)
        return f"{self.product}, " + " + ".join(f"{_decimal(mg)} mg {moment}" for mg, moment in parts)


def _decimal(mg: Fraction) -> str:
    return f"{float(mg):g}"


@dataclass(frozen=True)
class Signing:
    """A call whose regimens are known: `said` in the notation of vignettes, `taken` None where nothing is taken."""

    said: Json
    taken: Regimen | None
    ordered: Regimen


@st.composite
def regimens(draw: st.DrawFn, product: str) -> Regimen:
    """Equal intakes without moments, or any with them; odd doses are those of scored or crushed tablets."""
    number = draw(st.sampled_from([1, 2, 2, 3, 3, 3, 4, 4, 5]))
    unit = draw(st.sampled_from([Fraction(5), Fraction(10), Fraction(10), Fraction(5, 2)]))
    most = draw(st.sampled_from([4, 6, 12, 24, 48]))
    if draw(st.booleans()):
        each = unit * draw(st.integers(1, max(1, most // number)))
        return Regimen(product, (each,) * number, moments=draw(st.booleans()))
    intakes = tuple(unit * draw(st.integers(1, max(1, most * 2 // number))) for _ in range(number))
    return Regimen(product, intakes, moments=True)


_DAYS = [
    date(2018, 6, 12),
    date(2023, 6, 1),
    date(2024, 9, 3),
    date(2025, 10, 7),
    date(2025, 12, 20),
    date(2026, 11, 22),
]
_LINKS: list[Json] = [{}, {"replaces": "taken-1"}, {"replaces": "taken-1"}, {"id": "taken-1"}]
_CONDITIONS = [["F10.2"], ["F10.2"], ["F10.2", "G40.9"], ["F10.2", "F33.2"], ["F10.2", "Z91.5"]]


@st.composite
def signings(draw: st.DrawFn) -> Signing:
    """A first order, a renewal, a change of dose or product, or a stop."""
    product = draw(st.sampled_from(_OFTEN + list(STRENGTHS)))
    before = product if draw(st.integers(0, 3)) else draw(st.sampled_from(_OFTEN))
    taken = draw(regimens(before)) if draw(st.integers(0, 4)) else None
    kind = draw(st.sampled_from(["other", "other", "same", "stop"] if taken else ["other"]))
    ordered = Regimen(product, taken.intakes, taken.moments) if taken and kind != "other" else draw(regimens(product))
    order: Json = {"order": ordered.line} | (draw(st.sampled_from(_LINKS)) if taken else {})
    if kind == "stop":
        order |= {"stop": True}
    if draw(st.booleans()):
        order |= {"fhir": {"dispenseRequest": {"quantity": {"value": 90, "unit": "comprimé"}}}}
    return Signing(
        {
            "id": "pharmacist",
            "on": draw(st.sampled_from(_DAYS)),
            "orders": [order],
            "taken": [taken.line] if taken else [],
            "conditions": draw(st.sampled_from(_CONDITIONS)),
            "referrals": draw(st.sampled_from([[], [], ["active"]])),
            "age": draw(st.sampled_from([45, 45, 45, 17])),
            "consumption": draw(st.sampled_from(["80 g/d", "80 g/d", "35 g/d"])),
        },
        taken,
        ordered,
    )
