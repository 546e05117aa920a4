"""To which patient a resource belongs, in all the forms in which EHRs write a subject."""

from typing import Any

import pytest

from cds_service.core.record.prefetch import read_record
from cds_service.core.record.subject import Person, is_stranger
from cds_service.core.record.subject import person_of as person_of_call

Json = dict[str, Any]

UUID = "33333333-3333-4333-8333-333333333333"
ADDRESS = f"urn:uuid:{UUID}"
INS = {"system": "urn:oid:1.2.250.1.213.1.4.8", "value": "180017512345654"}


def hook(*beside: Json, identity: str = "p1", **prefetch: Any) -> Json:
    """A call about the patient p1; `beside` are further entries beside the order."""
    context = {"patientId": identity, "draftOrders": {"resourceType": "Bundle", "entry": list(beside)}}
    return {"context": context, "prefetch": prefetch}


def person_of(hook: Json) -> Person:
    context, record = hook["context"], read_record(hook["prefetch"])
    return person_of_call(context["patientId"], [context["draftOrders"], *(key.sent for key in record.values())])


def entry(address: str, **patient: Any) -> Json:
    return {"fullUrl": address, "resource": {"resourceType": "Patient", **patient}}


def order_of(subject: Any) -> Json:
    return {"resourceType": "MedicationRequest", "subject": subject}


OF_THIS_PATIENT = [
    "Patient/p1",
    "https://ehr.example/fhir/r4/Patient/p1",
    "Patient/p1/_history/2",
    "https://ehr.example/fhir/Patient/p1/_history/2",
    "https://ehr.example/fhir/Patient/p1/",
    " Patient/p1 ",
    "patient/p1",
    "p1",
    "urn:uuid:p1",
]
OF_ANOTHER = [
    "Patient/p2",
    "Patient/P1",
    "Patient/p1-2",
    "p2",
    "patient/p2",
    "Patient/p2 ",
    "Group/p1",
    "https://ehr.example/fhir/Patient/p2/_history/1",
    "https://ehr.example/p1/Patient/p2",
    ADDRESS,
]


@pytest.mark.parametrize("reference", OF_THIS_PATIENT)
def test_a_reference_to_this_patient(reference: str) -> None:
    assert not is_stranger(order_of({"reference": reference}), person_of(hook()))
    assert not is_stranger(order_of(reference), person_of(hook()))


@pytest.mark.parametrize("reference", OF_ANOTHER)
def test_a_reference_to_anybody_else(reference: str) -> None:
    assert is_stranger(order_of({"reference": reference}), person_of(hook()))
    assert is_stranger({"resourceType": "NutritionOrder", "patient": {"reference": reference}}, person_of(hook()))


@pytest.mark.parametrize(
    "subject",
    [
        None,
        {},
        [],
        "",
        5,
        {"reference": None},
        {"reference": ["Patient/p2"]},
        {"display": "DUPONT Jeanne"},
        {"type": "Patient", "identifier": INS, "display": "DUPONT Jeanne"},
        {"reference": "Patient?identifier=urn:oid:1.2.250.1.213.1.4.8|180017512345654"},
        {"reference": "#pat"},
    ],
)
def test_a_subject_that_cannot_be_compared_is_nobody_else(subject: Any) -> None:
    contained = [{"resourceType": "Patient", "id": "pat", "identifier": [INS]}]

    assert not is_stranger(order_of(subject), person_of(hook()))
    assert not is_stranger({**order_of(subject), "contained": contained}, person_of(hook()))


def test_what_is_contained_belongs_to_the_same_patient() -> None:
    order = order_of({"reference": "Patient/p1"})
    own, other = ({"resourceType": "Condition", "subject": {"reference": f"Patient/{name}"}} for name in ("p1", "p2"))

    assert not is_stranger({**order, "contained": [own]}, person_of(hook()))
    assert is_stranger({**order, "contained": [own, other]}, person_of(hook()))


@pytest.mark.parametrize(
    ("patient", "mine"),
    [
        ({"id": "p1"}, True),
        ({"id": "p2"}, False),
        # The reference resolves only within the Bundle: the business identifier decides.
        ({"identifier": [INS]}, True),
        ({"id": UUID, "identifier": [INS]}, True),
        ({"identifier": [{**INS, "value": "280017512345654"}]}, False),
        ({"id": UUID, "identifier": [{"value": INS["value"]}]}, False),
        ({"id": UUID}, False),
        # A server id identifies the patient, even if a parent and a child share a business identifier.
        ({"id": "p2", "identifier": [INS]}, False),
    ],
)
@pytest.mark.parametrize("key", ["draftOrders", "conditions"])
def test_a_reference_within_a_bundle(patient: Json, mine: bool, key: str) -> None:
    beside = entry(ADDRESS, **patient)
    record = {"resourceType": "Patient", "id": "p1", "identifier": [INS]}
    bundle = {"resourceType": "Bundle", "entry": [beside]}
    called = hook(beside, patient=record) if key == "draftOrders" else hook(patient=record, conditions=bundle)

    assert is_stranger(order_of({"reference": ADDRESS}), person_of(called)) is not mine


def test_the_patient_of_the_record_may_come_in_a_bundle() -> None:
    bundle = {"resourceType": "Bundle", "entry": [entry(ADDRESS, id="p1")]}

    assert not is_stranger(order_of({"reference": ADDRESS}), person_of(hook(patient=bundle)))


@pytest.mark.parametrize(
    ("identity", "stranger"), [("p1", False), ("p2", True), ("p2 ", True), (UUID, False), ("", False)]
)
def test_a_patient_is_this_one_by_id(identity: str, stranger: bool) -> None:
    record = {"resourceType": "Patient", "id": "p1", "identifier": [INS]}
    person = person_of(hook(entry(ADDRESS, id=UUID, identifier=[INS]), patient=record))

    assert is_stranger({"resourceType": "Patient", "id": identity}, person) is stranger


@pytest.mark.parametrize("value", [None, 5, "text", [], [None], {"entry": 5}, {"entry": [None, {"resource": 1}]}])
def test_a_prefetch_that_is_no_fhir_leaves_the_patient_as_the_context_says(value: Any) -> None:
    assert person_of(hook(patient=value, conditions=value)) == person_of(hook())


def test_the_type_before_the_id_of_the_context() -> None:
    assert person_of(hook(identity="Patient/p1")) == person_of(hook())
