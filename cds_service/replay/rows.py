"""What a run writes: a row a signing, and a row a finding of it."""

from dataclasses import dataclass
from datetime import date

from cds_service.core.model.order import Scope


@dataclass(frozen=True, slots=True)
class Doses:
    """The highest daily dose ordered and the dose taken before, in mg a day; None where it is not known."""

    dose_low: float | None
    dose_high: float | None
    before_low: float | None
    before_high: float | None


@dataclass(frozen=True, slots=True)
class FindingRow:
    """One rule that had something to say about a signing."""

    rule: str
    case: str
    indicator: str


@dataclass(frozen=True, slots=True)
class SigningRow:
    """The baclofen orders of one patient and one day. `outcome` is one of OUTCOMES, `indicator` the worst one.

    `standing` is how the treatment stood (first, goes-on, short-gap, resumed, written-only, unknown), `undated` what
    of the record cannot be put back to the day.
    """

    patient: str
    day: date
    orders: tuple[str, ...]
    outcome: str
    indicator: str
    cards: int
    doses: Doses
    standing: str
    product: str
    scope: str
    undated: tuple[str, ...]
    rules_version: str
    findings: tuple[FindingRow, ...]


FINDING, NOT_COMPUTABLE, UNREADABLE = "finding", "not-computable", "unreadable"
NOTHING_TO_SAY, OUT_OF_SCOPE, INTERNAL_FAULT = "nothing-to-say", "out-of-scope", "internal-fault"
OUTCOMES = (FINDING, NOTHING_TO_SAY, OUT_OF_SCOPE, NOT_COMPUTABLE, UNREADABLE, INTERNAL_FAULT)


def not_judged(patient: str, day: date, orders: tuple[str, ...], rules_version: str) -> SigningRow:
    """The row of a signing that the service failed to judge."""
    return SigningRow(
        patient=patient,
        day=day,
        orders=orders,
        outcome=INTERNAL_FAULT,
        indicator="",
        cards=0,
        doses=Doses(None, None, None, None),
        standing="",
        product="",
        scope=Scope.OUT.name.lower(),
        undated=(),
        rules_version=rules_version,
        findings=(),
    )
