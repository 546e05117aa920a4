"""What is known of the patient, from the records that the EHR sent. Each fact is three-valued."""

from collections.abc import Iterable, Mapping
from datetime import date

from cds_service.core import fhir
from cds_service.core.fhir import Resource
from cds_service.core.medication import identify
from cds_service.core.model import Fact, Facts, History, Known, Medicine, ReportedNone, Route, Unknown
from cds_service.core.records import Records
from cds_service.core.terminology import Terminology

# http://terminology.hl7.org/CodeSystem/condition-clinical
_OVER = {"inactive", "remission", "resolved"}
# http://terminology.hl7.org/CodeSystem/condition-ver-status
_NOT_SO = {"refuted", "entered-in-error"}
# http://hl7.org/fhir/CodeSystem/medicationrequest-status: a record of something not taken now.
_NOT_TAKEN = {"completed", "stopped", "cancelled", "entered-in-error", "draft"}
_NOT_MEANT = {"proposal", "plan", "option"}

ADULT_YEARS = 18


def read_facts(
    records: Mapping[str, Records],
    drafts: Iterable[Resource],
    resources: Mapping[str, Resource],
    terminology: Terminology,
    on: date,
) -> Facts:
    """The facts of one patient on one day. `records` holds the keys patient, conditions, medications."""
    histories = _Histories(records["conditions"], terminology, on)
    return Facts(
        alcohol_dependence=histories.of("alcohol-dependence"),
        spasticity=histories.of("spasticity"),
        psychiatric=histories.of("psychiatric-disorder"),
        suicidality=histories.of("suicidality"),
        seizures=histories.of("seizure"),
        febrile_convulsions=histories.of("febrile-convulsion"),
        baclofen_taken_now=_baclofen_taken_now(records["medications"], drafts, resources, terminology, on),
        age_years=_age(records["patient"], on),
    )


class _Histories:
    """The problem list, read once: for each code list, whether it is there and still active."""

    def __init__(self, records: Records, terminology: Terminology, on: date) -> None:
        self._provenance = records.key
        self._gap = records.gap
        self._active: dict[str, bool] = {}
        for condition in records.resources:
            if condition.get("resourceType") == "Condition" and _holds(condition, on):
                self._add(condition, terminology)

    def _add(self, condition: Resource, terminology: Terminology) -> None:
        codings = list(fhir.codings(condition.get("code")))
        if not any(terminology.canonical(system) for system, _ in codings):
            self._gap = self._gap or "uncoded"
        active = not _statuses(condition, "clinicalStatus") & _OVER
        for name in terminology.lists_of(codings):
            self._active[name] = self._active.get(name, False) or active

    def of(self, name: str) -> Fact[History]:
        if name in self._active:
            return Known(History(self._active[name]), self._provenance)
        if self._gap:
            return Unknown(self._gap, self._provenance)
        return ReportedNone(self._provenance)


def _holds(condition: Resource, on: date) -> bool:
    """Whether the record held, on that day, that the patient has or had this condition."""
    since = fhir.day(condition.get("recordedDate")) or fhir.day(condition.get("onsetDateTime"))
    return not _statuses(condition, "verificationStatus") & _NOT_SO and (since is None or since <= on)


def _statuses(condition: Resource, element: str) -> set[str]:
    """The status codes; read as well where they are a bare code, as in DSTU2 and STU3."""
    status = condition.get(element)
    return {status} if isinstance(status, str) else {code for _, code in fhir.codings(status)}


def _baclofen_taken_now(
    records: Records,
    drafts: Iterable[Resource],
    resources: Mapping[str, Resource],
    terminology: Terminology,
    on: date,
) -> Fact[int]:
    drafted = {fhir.local_reference(draft) for draft in drafts}
    taken, gap = 0, records.gap
    for record in records.resources:
        if not _is_taken(record, on) or fhir.local_reference(record) in drafted:
            continue
        medicine = identify(record, resources, terminology)
        if isinstance(medicine, str):
            gap = gap or "uncoded"
        elif medicine is not None and is_oral(medicine):
            taken += 1
    if taken:
        return Known(taken, records.key)
    return Unknown(gap, records.key) if gap else ReportedNone(records.key)


def _is_taken(record: Resource, on: date) -> bool:
    if record.get("resourceType") not in ("MedicationRequest", "MedicationStatement"):
        return False
    written = fhir.day(record.get("authoredOn"))
    counts = record.get("status") not in _NOT_TAKEN and record.get("intent") not in _NOT_MEANT
    return counts and record.get("doNotPerform") is not True and (written is None or written <= on)


def is_oral(medicine: Medicine) -> bool:
    return medicine.product is None or medicine.product.route is Route.ORAL


def _age(records: Records, on: date) -> Fact[int]:
    """Whole years on the day. A birth date of year or month only decides when both its ends do."""
    patient = next((item for item in records.resources if item.get("resourceType") == "Patient"), {})
    written = fhir.text(patient.get("birthDate"))
    earliest, latest = fhir.day(written), fhir.last_day(written)
    if earliest is None or latest is None or latest > on:
        return Unknown(records.gap or "birth-date-missing", records.key)
    oldest, youngest = _years(earliest, on), _years(latest, on)
    if (oldest < ADULT_YEARS) != (youngest < ADULT_YEARS):
        return Unknown("birth-date-partial", records.key)
    return Known(youngest, records.key)


def _years(born: date, on: date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))
