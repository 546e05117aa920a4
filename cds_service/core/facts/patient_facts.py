"""What is known of the patient, from the records that the EHR sent. Each fact is three-valued."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any, TypeVar

from cds_service.core.facts.consumption import read_consumption
from cds_service.core.facts.goals import read_goals
from cds_service.core.facts.histories import Histories
from cds_service.core.facts.prior_medicine import read_prior_medicine
from cds_service.core.facts.recorded import RecordedMedicine, recorded_medicines
from cds_service.core.facts.sedating_medicine import read_sedating_medicine
from cds_service.core.facts.taken_now import read_taken
from cds_service.core.model.case import FACTS, Facts, ReadFrom
from cds_service.core.model.defects import INTERNAL_FAULT, where
from cds_service.core.model.known import Fact, Known, Sex, Unknown, not_found
from cds_service.core.model.ruleset import LOOK_BACK_RULE, days
from cds_service.core.orders.order import Context
from cds_service.core.record import fhir
from cds_service.core.record.fhir import Resource
from cds_service.core.record.prefetch import Record, Records
from cds_service.core.record.terminology import ListName, Terminology

T = TypeVar("T")

ADULT_YEARS = 18

# http://hl7.org/fhir/request-status: a referral that was made or is being made.
_REFERRED = {"active", "completed"}
# The status of a referral among the drafts; without one it is a draft.
_BEING_MADE = {"draft", "active", "completed"}
_ABOUT_ADDICTION = re.compile(r"addicto|csapa|addiction", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Patient:
    """What the facts of one patient on one day are read from. What several share has been gone through once."""

    records: Record
    drafts: Sequence[Resource]
    context: Context
    histories: Histories | None
    medicines: Sequence[RecordedMedicine] | None
    goals: tuple[Fact[bool], Fact[bool]]
    both_on_list: bool  # alcohol dependence and a cause of spasticity are on the problem list

    @property
    def terminology(self) -> Terminology:
        return self.context.terminology

    @property
    def on(self) -> date:
        return self.context.on

    def days(self, name: str) -> timedelta:
        return days(self.context.rules.rule(LOOK_BACK_RULE).changes[0].values or {}, name)


_LOST: Fact[Any] = Unknown(INTERNAL_FAULT, "prefetch")

# How each fact is read that is no history, from what is under its key.
READERS: Mapping[str, Callable[[Records, _Patient], Fact[Any]]] = {
    "dependence_refuted": lambda _, of: (
        of.histories.refutes(ListName.ALCOHOL_DEPENDENCE) if of.histories is not None else _LOST
    ),
    "taken_now": lambda records, of: read_taken(records, of.context, of.context.rules.windows, of.both_on_list),
    "age_years": lambda records, of: _age(records, of.on),
    "sex": lambda records, _: _sex(records),
    "consumption_g_per_day": lambda records, of: read_consumption(
        records, of.terminology, of.on, of.days("consumption_days").days
    ),
    "prior_medicine": lambda records, of: (
        read_prior_medicine(records, of.medicines, of.terminology) if of.medicines is not None else _LOST
    ),
    "sedating_medicine": lambda records, of: (
        read_sedating_medicine(records, of.medicines, of.terminology, of.on) if of.medicines is not None else _LOST
    ),
    "referral": lambda records, of: _referral(records, of.drafts, of.terminology, of.on, of.days("referral_days")),
    "goal_not_met": lambda _, of: of.goals[0],
    "abstinence_goal": lambda _, of: of.goals[1],
}


def read_facts(records: Record, drafts: Sequence[Resource], context: Context) -> tuple[Facts, tuple[str, ...]]:
    """The facts of one patient on one day, and the defects of ours that have left some of them unknown."""
    defects: list[str] = []

    def tried(read: Callable[[], T], otherwise: T) -> T:
        try:
            return read()
        except Exception as defect:  # noqa: BLE001 - a defect in reading one fact must hide no other, and no order
            defects.append(where(defect))
            return otherwise

    histories = tried(lambda: Histories(records["conditions"], context.terminology, context.on), None)
    medicines = tried(lambda: recorded_medicines(records["medications"], context), None)
    goals = tried(lambda: read_goals(records["goals"], context), (_LOST, _LOST))
    both_on_list = tried(lambda: _has_both(histories), False)
    patient = _Patient(records, drafts, context, histories, medicines, goals, both_on_list)
    facts: dict[str, Fact[Any]] = {
        name: tried(partial(_read, name, source, patient), _LOST) for name, source in FACTS.items()
    }
    return Facts(**facts), tuple(dict.fromkeys(defects))


def _has_both(histories: Histories | None) -> bool:
    lists = (FACTS["alcohol_dependence"].code_list, FACTS["spasticity"].code_list)
    return histories is not None and all(isinstance(histories.of(name), Known) for name in lists)


def _read(name: str, source: ReadFrom, patient: _Patient) -> Fact[Any]:
    if not source.code_list:
        return READERS[name](patient.records[source.key], patient)
    if patient.histories is None:
        return _LOST
    since = patient.on - patient.days(source.look_back) if source.look_back else None
    return patient.histories.of(source.code_list, since)


def _referral(
    records: Records, drafts: Iterable[Resource], terminology: Terminology, on: date, window: timedelta
) -> Fact[bool]:
    """Whether a referral to addiction care is among the drafts, active, or of the window before the day."""
    if any(_to_addiction_care(draft, terminology) and _is_being_made(draft) for draft in drafts):
        return Known(True, "draftOrders")
    made = any(_to_addiction_care(item, terminology) and _was_made(item, on, window) for item in records.resources)
    return Known(True, records.key) if made else not_found(records.gap, records.key)


def _to_addiction_care(resource: Resource, terminology: Terminology) -> bool:
    if resource.get("resourceType") != "ServiceRequest" or resource.get("doNotPerform") is True:
        return False
    by_code = terminology.has(ListName.ADDICTION_REFERRAL, fhir.codings(resource.get("code")))
    return by_code or bool(_ABOUT_ADDICTION.search(fhir.words(resource.get("code"))))


def _is_being_made(draft: Resource) -> bool:
    return fhir.text(draft.get("status", "draft")) in _BEING_MADE


def _was_made(referral: Resource, on: date, window: timedelta) -> bool:
    written = fhir.day(referral.get("authoredOn")) or fhir.day(referral.get("occurrenceDateTime"))
    status = fhir.text(referral.get("status"))
    if status not in _REFERRED or (written is not None and written > on):
        return False
    return status == "active" or (written is not None and written >= on - window)


def _patient(records: Records) -> Resource:
    return next((item for item in records.resources if item.get("resourceType") == "Patient"), {})


def _sex(records: Records) -> Fact[Sex]:
    """Only male and female have a threshold; other, unknown and absent cannot decide."""
    known = {sex.value: sex for sex in Sex}
    gender = fhir.text(_patient(records).get("gender"))
    if gender in known:
        return Known(known[gender], records.key)
    return Unknown(records.gap or "gender-undecided", records.key)


def _age(records: Records, on: date) -> Fact[int]:
    """Age in whole years. A birth date without its day is used only if it decides whether the patient is adult."""
    written = fhir.text(_patient(records).get("birthDate"))
    earliest, latest = fhir.day(written), fhir.last_day(written)
    if earliest is None or latest is None or earliest > on:
        return Unknown(records.gap or "birth-date-missing", records.key)
    oldest, youngest = _years(earliest, on), _years(latest, on)
    if (oldest < ADULT_YEARS) != (youngest < ADULT_YEARS):
        return Unknown("birth-date-partial", records.key)
    return Known(youngest, records.key)


def _years(born: date, on: date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))
