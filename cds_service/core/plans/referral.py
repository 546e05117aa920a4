"""Writes a referral to specialised addiction care as FHIR R4: one to be made, or one that is made already."""

from datetime import date

from cds_service.core.plans.changes import Json
from cds_service.core.record import fhir

_SNOMED = "http://snomed.info/sct"
# Referral to specialist alcohol treatment service.
_REFERRAL_CODE = "431260004"
_REFERRAL_TEXT = "Évaluation et prise en charge pluridisciplinaire spécialisée en addictologie"
_DECLARED = "Suivi déclaré par le prescripteur"


def as_declared(made: Json, on: date) -> Json:
    """A referral that is made already, as the prescriber declares."""
    return made | {"status": "completed", "authoredOn": on.isoformat(), "note": [{"text": _DECLARED}]}


def referral(patient_id: str, requester: object, encounter: object) -> Json:
    """A draft referral to multidisciplinary specialised addiction care."""
    resource: Json = {
        "resourceType": "ServiceRequest",
        "status": "draft",
        "intent": "order",
        "category": [{"coding": [{"system": _SNOMED, "code": "103696004", "display": "Referral to specialist"}]}],
        "code": {
            "text": _REFERRAL_TEXT,
            "coding": [
                {
                    "system": _SNOMED,
                    "code": _REFERRAL_CODE,
                    "display": "Referral to specialist alcohol treatment service",
                }
            ],
        },
        "subject": {"reference": f"Patient/{patient_id}"},
        "reasonCode": [
            {
                "coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "F10.2"}],
                "text": "Alcoolodépendance traitée par baclofène",
            }
        ],
    }
    for element, known in (("requester", requester), ("encounter", encounter)):
        reference = fhir.text(fhir.as_object(known).get("reference"))
        if reference and not reference.startswith("#"):
            resource[element] = {"reference": reference}
    return resource
