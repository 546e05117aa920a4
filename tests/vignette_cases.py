"""Turns a vignette that a pharmacist can read into the order-sign request that an EHR would send.

The notation is described in tests/vignettes/README.md. For what a vignette leaves out, the defaults of its
orders (vignette_orders.py) and its record (vignette_record.py) apply: a man of 45 with alcohol dependence, who
drinks 80 g a day, has had nalmefene and takes no baclofen; the EHR has sent everything.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import msgspec

from tests.vignette_orders import PATIENT, Resource, medication_request, referral
from tests.vignette_record import prefetch

FOLDER = Path(__file__).parent / "vignettes"
CONDITIONS = (
    "if for alcohol if added if confirmed",
    "if for alcohol if confirmed",
    "if added if confirmed",
    "if for alcohol if added",
    "if for alcohol",
    "if added",
    "if confirmed",
)

encode = msgspec.json.Encoder(decimal_format="number").encode


@dataclass(frozen=True)
class Expected:
    """The expectation for one finding: its indicators (more than one if either is allowed) and its condition."""

    indicators: frozenset[str]
    condition: str | None
    may_be_silent: bool

    @property
    def answers(self) -> set[str]:
        """Each allowed answer, in the notation of the vignette."""
        return {f"{indicator} {self.condition or ''}".strip() for indicator in self.indicators}


@dataclass(frozen=True)
class Vignette:
    """One clinical situation, as written in the file."""

    file: str
    said: Mapping[str, Any]

    @property
    def id(self) -> str:
        return str(self.said["id"])

    @property
    def on(self) -> date:
        day: date = self.said["on"]
        return day

    @property
    def mg_per_day(self) -> tuple[Fraction, Fraction]:
        low, _, high = str(self.said["mg_per_day"]).partition("-")
        return Fraction(low), Fraction(high or low)

    @property
    def expected(self) -> dict[str, Expected]:
        return {rule: _expected(said) for rule, said in self.said["expected"].items()}

    @property
    def told(self) -> dict[str, list[str]]:
        """Of some findings, each answer in whole."""
        written = self.said.get("told", {})
        return {rule: [lines] if isinstance(lines, str) else list(lines) for rule, lines in written.items()}

    def body(self) -> bytes:
        """The request as JSON bytes; doses are written as in the file."""
        return encode(request(self.said))


def read_vignettes() -> list[Vignette]:
    return [
        Vignette(path.name, said)
        for path in sorted(FOLDER.glob("*.toml"))
        for said in tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)["vignette"]
    ]


_MEMBERS = {
    "id", "name", "on", "orders", "taken", "expected", "mg_per_day", "sex", "age", "born", "conditions",
    "consumption", "prior", "referrals", "goals", "records", "told", "unknown", "suggested", "recommended", "no_plan",
    "left_out",
}  # fmt: skip


def _expected(said: str) -> Expected:
    condition = next((words for words in CONDITIONS if said.endswith(words)), None)
    indicators = said.removesuffix(condition or "").rstrip().split(" or ")
    assert {*indicators} <= {"info", "warning", "critical", "silent"}, said
    return Expected(frozenset(indicators) - {"silent"}, condition, "silent" in indicators)


def request(said: Mapping[str, Any]) -> Resource:
    unknown = set(said) - _MEMBERS
    assert not unknown, f"{said['id']}: {unknown}"
    entries = [_entry(order, place, said["on"]) for place, order in enumerate(said["orders"], start=1)]
    return {
        "hook": "order-sign",
        "hookInstance": "11111111-2222-3333-4444-555555555555",
        "context": {
            "userId": "Practitioner/dr1",
            "patientId": PATIENT,
            "draftOrders": {"resourceType": "Bundle", "type": "collection", "entry": entries},
        },
        "prefetch": dict(prefetch(said)),
    }


def _entry(order: str | Mapping[str, Any], place: int, on: date) -> Resource:
    if order == "referral to addiction care":
        return {"resource": referral("draft", on) | {"id": f"draft-{place}"}}
    said = {"order": order} if isinstance(order, str) else dict(order)
    if "resource" in said:
        return {"resource": said["resource"]}
    return {"resource": medication_request(said, f"draft-{place}", on, status="draft")}
