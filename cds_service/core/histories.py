"""The problem list, read once: which disorders it names, and whether any entry of each is still active."""

from datetime import date

from cds_service.core import fhir
from cds_service.core.fhir import Resource
from cds_service.core.model import Fact, History, Known, ReportedNone, Unknown
from cds_service.core.records import Records
from cds_service.core.terminology import Terminology

# http://terminology.hl7.org/CodeSystem/condition-clinical
_OVER = {"inactive", "remission", "resolved"}
# http://terminology.hl7.org/CodeSystem/condition-ver-status
_NOT_SO = {"refuted", "entered-in-error"}


class Histories:
    """What the conditions of a patient say on a day. Asked by the name of a code list."""

    def __init__(self, records: Records, terminology: Terminology, on: date) -> None:
        self._provenance = records.key
        self._gap = records.gap
        self._active: dict[str, bool] = {}
        for condition in records.resources:
            if condition.get("resourceType") == "Condition":
                self._add(condition, terminology, on)

    def _add(self, condition: Resource, terminology: Terminology, on: date) -> None:
        names, known = terminology.lookup(condition.get("code"))
        if (names or not known) and _holds(condition, on):
            if not known:
                self._gap = self._gap or "uncoded"
            active = not statuses(condition, "clinicalStatus") & _OVER
            for name in names:
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
    return not statuses(condition, "verificationStatus") & _NOT_SO and (since is None or since <= on)


def statuses(resource: Resource, element: str) -> set[str]:
    """The status codes; read as well where they are a bare code, as in DSTU2 and STU3."""
    status = resource.get(element)
    return {status} if isinstance(status, str) else {code for _, code in fhir.codings(status)}
