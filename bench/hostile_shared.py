"""Hostile requests in which many things refer to one, or in which nothing has a dose; a stranger thought of them.

He had read the contract and not the limits. Each had cost more than twelve times a calm request of its size.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from bench import bodies
from bench.bodies import Resource
from bench.hostile_request import Kind, dosage, draft, request

BACLOFEN = {"text": "baclofène"}
MEDICATION = {"medicationReference": {"reference": "Medication/shared"}}


def bare(number: int, **more: Any) -> Resource:
    """An order of baclofen without a dose, of one of 28 days."""
    day = f"2025-05-{1 + number % 28:02}"
    order = {"resourceType": "MedicationRequest", "id": f"bare-{number}", "status": "active", "authoredOn": day}
    return {
        **order,
        "subject": {"reference": f"Patient/{bodies.PATIENT}"},
        "medicationCodeableConcept": BACLOFEN,
    } | more


def referring(number: int) -> Resource:
    order = {**bare(number), **MEDICATION}
    return {name: value for name, value in order.items() if name != "medicationCodeableConcept"}


def shared_on_record(**medication: Sequence[Any]) -> Kind:
    """As many orders on record as the Medication has parts to which all of them refer."""

    def make(count: int) -> bytes:
        return request(
            [draft(0, [dosage()])], medications=[*map(referring, range(count)), _medication(count, medication)]
        )

    return make


def shared_by_drafts(**medication: Sequence[Any]) -> Kind:
    def make(count: int) -> bytes:
        return request([draft(0, [dosage()]), *map(referring, range(count)), _medication(count, medication)])

    return make


def _medication(count: int, parts: Mapping[str, Sequence[Any]]) -> Resource:
    many = {name: list(part) * count if not isinstance(part, str) else part * count for name, part in parts.items()}
    return {"resourceType": "Medication", "id": "shared"} | (
        {"code": many} if "text" in many or "coding" in many else many
    )


def ingredients_of_long_names(count: int) -> bytes:
    """A contained Medication that names another one as its ingredient again and again."""
    parts = [
        {"resourceType": "Medication", "id": "m", "ingredient": [{"itemReference": {"reference": "#k"}}] * count},
        {"resourceType": "Medication", "id": "k", "code": {"text": "baclofène " + "10 mg " * 4 * count}},
    ]
    named = {**draft(0, [dosage()]), "contained": parts, "medicationReference": {"reference": "#m"}}
    return request([{name: value for name, value in named.items() if name != "medicationCodeableConcept"}])


def _reason(count: int) -> Resource:
    codings = [{"system": bodies.ICD10, "code": "F10.2"}] * count
    return {"resourceType": "Condition", "id": "shared", "code": {"coding": codings}}


def one_reason_of_drafts(count: int) -> bytes:
    reasons = [{"reference": "Condition/shared"}]
    return request([bare(number, reasonReference=reasons) for number in range(count)], conditions=[_reason(count)])


def one_reason_again_and_again(count: int) -> bytes:
    reasons = [{"reference": "Condition/shared"}] * count
    return request([draft(0, [dosage()], reasonReference=reasons)], conditions=[_reason(count)])


def without_a_dose(**more: Any) -> Kind:
    return lambda count: request(
        [draft(0, [dosage()])], medications=[bare(number, **more) for number in range(count)]
    )


def drafts_without_a_dose(count: int) -> bytes:
    return request([bare(number) for number in range(count)])


def long_name(text: str) -> Kind:
    return lambda count: request(
        [draft(0, [dosage()], medicationCodeableConcept={"text": "baclofène " + text * count})]
    )


KINDS: Mapping[str, Kind] = {
    "one Medication on record: ingredients": shared_on_record(ingredient=[{"itemCodeableConcept": BACLOFEN}]),
    "one Medication on record: a long name": shared_on_record(text="baclofène 10 mg "),
    "one Medication of drafts: codings": shared_by_drafts(coding=[{"display": "baclofène"}]),
    "one ingredient, named again and again": ingredients_of_long_names,
    "one reason of many drafts": one_reason_of_drafts,
    "one reason, named again and again": one_reason_again_and_again,
    "no dose on record": without_a_dose(),
    "no dose on record, one order before": without_a_dose(
        priorPrescription={"reference": "MedicationRequest/before"}
    ),
    "no dose on record, one plan": without_a_dose(basedOn=[{"reference": "CarePlan/plan"}]),
    "drafts without a dose": drafts_without_a_dose,
    "name of a medicine: 10 mg": long_name("10 mg "),
    "name of a medicine: lines": long_name("1mg\n"),
}
