"""A case: the orders of one request, what is known of the patient, and the day."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from fractions import Fraction

from cds_service.core.model.dose import Span
from cds_service.core.model.known import Fact, History, Sex
from cds_service.core.model.look_back import LookBack
from cds_service.core.model.order import Order
from cds_service.core.model.taken import TakenNow

# Of one request no more drafts are read.
MOST_ENTRIES = 500


@dataclass(frozen=True, slots=True)
class UnreadEntry:
    """An entry of the drafts that was not judged. `reason` is a key of cards/reasons.toml.

    `place` counts the drafts from 1; 0 is the whole request.
    """

    reference: str
    reason: str
    place: int = 0


@dataclass(frozen=True, slots=True)
class ReadFrom:
    """What a fact is read from: a prefetch key. A history has a code list too, and needs no reader of its own.

    `look_back` is the value of the rule look-back that says how old an entry may be; without it any age counts.
    """

    key: str
    code_list: str = ""
    look_back: str = ""


def _from(key: str, code_list: str = "", look_back: str = "") -> dict[str, ReadFrom]:
    return {"from": ReadFrom(key, code_list, look_back)}


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of the patient, and what each fact is read from. Every fact that a check asks is here.

    Its words are on the card of the rule that asks it, or in cards/facts.toml where several do. `taken_now` is the
    baclofen of the record; `consumption_g_per_day` is an interval where only drinks are known (10 to 14 g each);
    `dependence_refuted`, `sedating_medicine`, `referral` and `goal_not_met` are Known(True) where the record says so.
    """

    alcohol_dependence: Fact[History] = field(metadata=_from("conditions", "alcohol-dependence"))
    dependence_refuted: Fact[bool] = field(metadata=_from("conditions"))
    spasticity: Fact[History] = field(metadata=_from("conditions", "spasticity"))
    psychiatric: Fact[History] = field(metadata=_from("conditions", "psychiatric-disorder"))
    suicidality: Fact[History] = field(metadata=_from("conditions", "suicidality"))
    seizures: Fact[History] = field(metadata=_from("conditions", "seizure"))
    febrile_convulsions: Fact[History] = field(metadata=_from("conditions", "febrile-convulsion"))
    dialysis: Fact[History] = field(metadata=_from("conditions", "dialysis"))
    severe_kidney_failure: Fact[History] = field(metadata=_from("conditions", "severe-kidney-failure"))
    pregnancy: Fact[History] = field(metadata=_from("conditions", "pregnancy", "pregnancy_days"))
    breast_feeding: Fact[History] = field(metadata=_from("conditions", "breast-feeding"))
    taken_now: Fact[TakenNow] = field(metadata=_from("medications"))
    age_years: Fact[int] = field(metadata=_from("patient"))
    sex: Fact[Sex] = field(metadata=_from("patient"))
    consumption_g_per_day: Fact[Span] = field(metadata=_from("observations"))
    prior_medicine: Fact[bool] = field(metadata=_from("medications"))
    sedating_medicine: Fact[bool] = field(metadata=_from("medications"))
    referral: Fact[bool] = field(metadata=_from("referrals"))
    goal_not_met: Fact[bool] = field(metadata=_from("goals"))
    abstinence_goal: Fact[bool] = field(metadata=_from("goals"))


FACTS: Mapping[str, ReadFrom] = {fact.name: fact.metadata["from"] for fact in fields(Facts)}


@dataclass(frozen=True, slots=True)
class Case:
    """One request: the drafts that count, what was not read, and what is known of the patient.

    `strangers` are references to orders, or names of prefetch keys, that belong to another patient.
    `entries` counts all drafts, those of other medicines too; `copies` are references of drafts that say again what
    one of the orders says. `taper_step_mg` is the greatest fall of a taper within two days, `taper_limit_mg` the
    highest dose it may end at. `limits_mg` are all limits of the daily dose in force, `most_mg` is the
    maximum, or what stands in for it.
    """

    on: date
    patient_id: str
    orders: tuple[Order, ...]
    unread: tuple[UnreadEntry, ...]
    strangers: tuple[str, ...]
    facts: Facts
    windows: LookBack
    limits_mg: tuple[Fraction, ...]
    most_mg: Fraction
    entries: int = 0
    copies: tuple[str, ...] = ()
    taper_step_mg: Fraction | None = None
    taper_limit_mg: Fraction | None = None
    repeats_precautions: bool = False  # the client asks for known disorders on each renewal
    signer: str = ""  # the reference to a practitioner; empty if the call names none
    defects: tuple[str, ...] = ()  # of ours, by type and place, for the log; no data of the request
