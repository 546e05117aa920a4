"""The names by which others know us, each stated once: service, addresses, languages, prefetch keys."""

from collections.abc import Mapping

SERVICE_ID = "baclofen-order-sign"
CANONICAL = "https://baclofen-cds.example/fhir"  # of everything we define, until the owner has a domain
EXTENSION = "org.baclofen-cds"  # of cards and suggestions
LANGUAGES = ("fr", "en")  # the default first

_PATIENT = "{{context.patientId}}"
# A server that sends pages of twenty would make every check partial. Five pages of this size fit into a body.
_PAGE = "&_count=1000"

# Each prefetch key: its template, within the grammar of CDS Hooks 2.0.1, and the types of resources that answer it.
# Any key may be missing: then its facts are unknown, and a card says so.
_PREFETCH: Mapping[str, tuple[str, frozenset[str]]] = {
    "patient": (f"Patient/{_PATIENT}", frozenset({"Patient"})),
    "conditions": (f"Condition?patient={_PATIENT}{_PAGE}", frozenset({"Condition"})),
    "medications": (
        f"MedicationRequest?patient={_PATIENT}{_PAGE}",
        frozenset({"MedicationRequest", "MedicationStatement"}),
    ),
    "observations": (
        (
            f"Observation?patient={_PATIENT}"
            "&code=http://loinc.org|74013-4,http://loinc.org|11287-0,http://loinc.org|44940-5,http://loinc.org|11331-6,"
            f"http://snomed.info/sct|897148007{_PAGE}"
        ),
        frozenset({"Observation"}),
    ),
    "referrals": (f"ServiceRequest?patient={_PATIENT}{_PAGE}", frozenset({"ServiceRequest"})),
    "goals": (f"Goal?patient={_PATIENT}{_PAGE}", frozenset({"Goal"})),
}
PREFETCH: Mapping[str, str] = {key: template for key, (template, _) in _PREFETCH.items()}
PREFETCH_KEYS = tuple(PREFETCH)
PREFETCH_TYPES: Mapping[str, frozenset[str]] = {key: types for key, (_, types) in _PREFETCH.items()}
