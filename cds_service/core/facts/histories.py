"""The problem list, read once: which disorders it names, and whether any entry of each is still active."""

from collections.abc import Set
from datetime import date

from cds_service.core.facts.condition_words import spoken_of
from cds_service.core.model.known import Fact, History, Known, ReportedNone, Unknown
from cds_service.core.record import fhir
from cds_service.core.record.fhir import Resource
from cds_service.core.record.prefetch import Records
from cds_service.core.record.terminology import Terminology

# http://terminology.hl7.org/CodeSystem/condition-clinical
_OVER = {"inactive", "remission", "resolved"}
# http://terminology.hl7.org/CodeSystem/condition-ver-status
NOT_SO = {"refuted", "entered-in-error"}

# The ICD lists are whole families of codes; those of SNOMED CT name their codes one by one, and never all.
_LISTED_ONE_BY_ONE = "http://snomed.info/sct"


class Histories:
    """What the conditions of a patient say on a day. Asked by the name of a code list."""

    def __init__(self, records: Records, terminology: Terminology, on: date) -> None:
        self._terminology = terminology
        self._provenance = records.key
        self._gap = records.gap
        self._active: dict[str, bool] = {}
        self._unlisted: set[str] = set()
        for condition in records.resources:
            if condition.get("resourceType") == "Condition":
                self._add(condition, on)

    def _add(self, condition: Resource, on: date) -> None:
        names, known = self._terminology.lookup(condition.get("code"))
        unlisted = _unlisted(condition, self._terminology) - names if known else set()
        if (names or unlisted or not known) and _holds(condition, on):
            if not known:
                self._gap = self._gap or "uncoded"
            self._unlisted |= unlisted
            active = not statuses(condition, "clinicalStatus") & _OVER
            for name in names:
                self._active[name] = self._active.get(name, False) or active

    def of(self, name: str) -> Fact[History]:
        """What the problem list says of the disorders of a code list."""
        self._terminology.require(name)
        if name in self._active:
            return Known(History(self._active[name]), self._provenance)
        gap = self._gap or ("unlisted" if name in self._unlisted else None)
        return Unknown(gap, self._provenance) if gap else ReportedNone(self._provenance)


def _unlisted(condition: Resource, terminology: Terminology) -> Set[str]:
    """What the words of a condition speak of, where it has a code of the system whose lists cannot be whole."""
    systems = {terminology.canonical(system) for system, _ in fhir.codings(condition.get("code"))}
    return spoken_of(fhir.words(condition.get("code"))) if _LISTED_ONE_BY_ONE in systems else set()


def _holds(condition: Resource, on: date) -> bool:
    """Whether the record held, on that day, that the patient has or had this condition."""
    since = fhir.day(condition.get("recordedDate")) or fhir.day(condition.get("onsetDateTime"))
    return not statuses(condition, "verificationStatus") & NOT_SO and (since is None or since <= on)


def statuses(resource: Resource, element: str) -> set[str]:
    """The status codes; read as well where they are a bare code, as in DSTU2 and STU3."""
    status = resource.get(element)
    return {status} if isinstance(status, str) else {code for _, code in fhir.codings(status)}
