"""Defines the model of the project: dose, medicine, facts, orders, case. A name means the same everywhere.

order               a MedicationRequest of baclofen that somebody is about to sign
case                the orders of one request, what is known of the patient, and the day
fact                something about the patient: known, reported none, or unknown with the reason
rule                one dated file of cds_service/rules
finding             one rule that has something to say about a case
card                what the clinician reads; it groups findings
taken now           the baclofen that the record shows as active, or as ended within the last 30 days
first prescription  nothing is taken now, and that is known
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from enum import Enum, IntEnum, auto
from fractions import Fraction
from typing import Generic, TypeVar

from cds_service.core.model.product import Framework, Product

T = TypeVar("T")
EVERY_DAY = frozenset(range(7))  # of the week, Monday first

# --- dose ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Span:
    """An exact interval, both ends included: mg for a dose, a number a day for intakes."""

    low: Fraction
    high: Fraction

    def __add__(self, other: "Span") -> "Span":
        return Span(self.low + other.low, self.high + other.high)

    def __mul__(self, other: "Span") -> "Span":
        return Span(self.low * other.low, self.high * other.high)


@dataclass(frozen=True, slots=True)
class NotComputable:
    """Why a daily dose cannot be computed.

    `reason` is a key of cards/reasons.toml, `element` the FHIR path of what could not be read.
    `possible_mg_per_day` is a dose to be confirmed: it may raise an alert, it never clears one.
    """

    reason: str
    element: str
    possible_mg_per_day: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Term:
    """One part of a daily dose, as the clinician wrote it: units x strength x times a day, on some `weekdays`.

    `strength_mg` is mg a tablet, or mg a ml if `in_ml`. A rate is one intake of the whole daily dose. A dose
    `as_needed` is from 0 to its full amount. `cap_mg_per_day` is the maximum of a day.
    """

    mg_per_intake: Span
    intakes_per_day: Span
    units_per_intake: Span | None = None
    strength_mg: Fraction | None = None
    in_ml: bool = False
    as_needed: bool = False
    cap_mg_per_day: Fraction | None = None
    weekdays: frozenset[int] = EVERY_DAY

    @property
    def mg_per_day(self) -> Span:
        whole = self.mg_per_intake * self.intakes_per_day
        high = whole.high if self.cap_mg_per_day is None else min(whole.high, self.cap_mg_per_day)
        some_days = self.as_needed or self.weekdays != EVERY_DAY
        return Span(Fraction(0) if some_days else min(whole.low, high), high)


@dataclass(frozen=True, slots=True)
class Step:
    """The daily dose on each day of [since, until), and the terms that it is the sum of.

    If the days of the step differ (every other day), `mg_per_day` is the interval of their doses. If the dose goes
    by the day of the week, `week` has that of each, Monday first. `until` is None if there is no end.
    """

    since: date
    until: date | None
    mg_per_day: Span
    terms: tuple[Term, ...]
    week: tuple[Span, ...] = ()


Steps = tuple[Step, ...]  # in time order, without overlap; days between two steps have no dose


# --- medicines -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Medicine:
    """The medicine of an order. `product` is None if only the ingredient is named; `by_text`: in words alone."""

    product: Product | None
    strength_mg: Fraction | None = None
    strength_mg_per_ml: Fraction | None = None
    strength_conflict: bool = False
    by_text: bool = False


# --- facts -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Known(Generic[T]):
    """A known fact, read from the prefetch key `provenance`. `gap` says why the data may be incomplete."""

    value: T
    provenance: str
    gap: str | None = None


@dataclass(frozen=True, slots=True)
class ReportedNone:
    """The source was asked and answered that there is nothing."""

    provenance: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """The fact is not known. `reason` is a key of cards/facts.toml."""

    reason: str
    provenance: str


Fact = Known[T] | ReportedNone | Unknown


@dataclass(frozen=True, slots=True)
class History:
    """A disorder on the problem list. `active` is False when every entry of it is resolved."""

    active: bool


class Sex(Enum):
    """The administrative genders that have a threshold of consumption; other and unknown have none."""

    MALE = "male"
    FEMALE = "female"


# --- orders and the case ---------------------------------------------------------------------


class Indication(Enum):
    """What an order is for, as far as the record tells."""

    ALCOHOL = auto()
    OTHER = auto()
    BOTH = auto()
    NEITHER = auto()
    UNKNOWN = auto()


class Scope(IntEnum):
    """How likely an order is for alcohol dependence. UNLIKELY: only a dose that no text supports is worth a card."""

    OUT = 0
    REMOTE = 1
    POSSIBLE = 2
    CERTAIN = 3


@dataclass(frozen=True, slots=True)
class Order:
    """A baclofen order of the drafts or of the record. `reference` is Type/id, or its place in the Bundle.

    `place` counts the drafts from 1; 0 is an order of the record. `authorised`: its product was authorised for
    alcohol dependence on the day; `framework` is then that of the product, else that of the day. `replaces` are
    the references of the orders that it replaces, and its own. `stops`: it ends a treatment and orders no dose.
    `abstinence`: its own reason is to stay abstinent. Orders of one `group` (groupIdentifier) are parts of one
    plan. `resource` is the MedicationRequest, for suggestions.
    """

    reference: str
    place: int
    medicine: Medicine
    indication: Indication
    framework: Framework
    authorised: bool
    dose: Steps | NotComputable
    begins: date
    replaces: frozenset[str] = frozenset()
    stops: bool = False
    abstinence: bool = False
    group: str | None = None
    resource: Mapping[str, object] = field(default_factory=dict, compare=False, repr=False)

    @property
    def scope(self) -> Scope:
        if self.indication is Indication.ALCOHOL:
            return Scope.CERTAIN
        if self.indication is Indication.OTHER:
            return Scope.OUT
        if self.indication is Indication.NEITHER and self.medicine.product and not self.authorised:
            return Scope.REMOTE
        return Scope.POSSIBLE


@dataclass(frozen=True, slots=True)
class Unread:
    """An entry of the drafts that was not judged. `reason` is a key of cards/reasons.toml.

    `place` counts the drafts from 1; 0 is the whole request.
    """

    reference: str
    reason: str
    place: int = 0


@dataclass(frozen=True, slots=True)
class ReadFrom:
    """What a fact is read from: a prefetch key. A history has a code list too, and needs no reader of its own."""

    key: str
    code_list: str = ""


def _from(key: str, code_list: str = "") -> dict[str, ReadFrom]:
    return {"from": ReadFrom(key, code_list)}


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of the patient, and what each fact is read from. Every fact that a check asks is here.

    Its words are on the card of the rule that asks it, or in cards/facts.toml where several do. `taken_now` are
    orders of the record; `consumption_g_per_day` is an interval where only drinks are known (10 to 14 g each);
    `referral` and `goal_not_met` are Known(True) where the record says so.
    """

    alcohol_dependence: Fact[History] = field(metadata=_from("conditions", "alcohol-dependence"))
    spasticity: Fact[History] = field(metadata=_from("conditions", "spasticity"))
    psychiatric: Fact[History] = field(metadata=_from("conditions", "psychiatric-disorder"))
    suicidality: Fact[History] = field(metadata=_from("conditions", "suicidality"))
    seizures: Fact[History] = field(metadata=_from("conditions", "seizure"))
    febrile_convulsions: Fact[History] = field(metadata=_from("conditions", "febrile-convulsion"))
    taken_now: Fact[tuple[Order, ...]] = field(metadata=_from("medications"))
    age_years: Fact[int] = field(metadata=_from("patient"))
    sex: Fact[Sex] = field(metadata=_from("patient"))
    consumption_g_per_day: Fact[Span] = field(metadata=_from("observations"))
    prior_medicine: Fact[bool] = field(metadata=_from("medications"))
    referral: Fact[bool] = field(metadata=_from("referrals"))
    goal_not_met: Fact[bool] = field(metadata=_from("goals"))
    abstinence_goal: Fact[bool] = field(metadata=_from("goals"))


FACTS: Mapping[str, ReadFrom] = {fact.name: fact.metadata["from"] for fact in fields(Facts)}


@dataclass(frozen=True, slots=True)
class Case:
    """One request: the drafts that count, what was not read, and what is known of the patient.

    `strangers` are references to orders, or names of prefetch keys, that belong to another patient.
    `taper_step_mg` is the greatest fall of a taper within two days, `taper_limit_mg` the highest dose it may end at.
    """

    on: date
    patient_id: str
    orders: tuple[Order, ...]
    unread: tuple[Unread, ...]
    strangers: tuple[str, ...]
    facts: Facts
    taper_step_mg: Fraction | None = None
    taper_limit_mg: Fraction | None = None
    signer: str = ""  # the reference to a practitioner; empty if the call names none
    defects: tuple[str, ...] = ()  # of ours, by type and place, for the log; no data of the request
