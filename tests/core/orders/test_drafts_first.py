"""The record of a call is opened only if a draft is baclofen, or may be: first the drafts are looked at."""

import json
from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cds_service.base.errors import RequestError
from cds_service.base.names import PREFETCH_KEYS
from cds_service.core.case import read_case
from cds_service.core.orders.drafts import may_concern
from cds_service.core.rules.decide import decide
from cds_service.hook.order_sign import Answered, answer
from cds_service.http.json_reader import read_hook
from cds_service.knowledge.loading import Knowledge
from tests.known import known
from tests.vignette_cases import Vignette, encode, read_vignettes, request

Json = dict[str, Any]

ON = date(2026, 11, 22)
ATC = "http://www.whocc.no/atc"
SNOMED = "http://snomed.info/sct"
PARACETAMOL: Json = {"coding": [{"system": ATC, "code": "N02BE01"}], "text": "Paracétamol 1 g"}
BACLOFEN: Json = {"coding": [{"system": ATC, "code": "M03BX01"}], "text": "Baclofène 10 mg"}
UNKNOWN_CODE: Json = {"coding": [{"system": SNOMED, "code": "999999999"}]}
BY_REFERENCE: Json = {"reference": "Medication/m1", "display": "Paracétamol"}


@cache
def knowledge() -> Knowledge:
    return known()


def order(**elements: Any) -> Json:
    return {
        "resourceType": "MedicationRequest",
        "id": "d1",
        "status": "draft",
        "intent": "order",
        "subject": {"reference": "Patient/p1"},
        **elements,
    }


def medication(code: Json) -> Json:
    return {"resourceType": "Medication", "id": "m1", "code": code}


def hook(*drafts: Json, bundle: Json | None = None) -> Json:
    said = request({"id": "-", "on": ON, "orders": ["paracetamol, 1 g TID"], "conditions": ["F10.2", "G40.9"]})
    entries = [{"resource": draft} for draft in drafts]
    said["context"]["draftOrders"] = {"resourceType": "Bundle", "entry": entries, **(bundle or {})}
    return said


def body(sent: Json, record: bytes) -> bytes:
    """The call with these bytes as its prefetch."""
    return encode({**sent, "prefetch": {"PLACE": 1}}).replace(b'{"PLACE":1}', record)


def ask(sent: bytes) -> Answered:
    return answer(sent, knowledge(), on=ON, language="fr")


SURELY_OTHERS: dict[str, list[Json]] = {
    "no draft": [],
    "another medicine by code": [order(medicationCodeableConcept={"coding": PARACETAMOL["coding"]})],
    "another medicine in words": [order(medicationCodeableConcept={"text": "paracétamol"})],
    "another medicine, of another patient": [
        order(medicationCodeableConcept=PARACETAMOL, subject={"reference": "Patient/p2"})
    ],
    "several": [order(medicationCodeableConcept=PARACETAMOL), {"resourceType": "ServiceRequest", "id": "s"}],
    "a reference in words alone": [order(medicationReference={"display": "Doliprane"})],
    "baclofen that is only planned": [order(medicationCodeableConcept=BACLOFEN, intent="plan")],
    "a group of other orders": [
        {"resourceType": "RequestGroup", "contained": [order(medicationCodeableConcept=PARACETAMOL)]}
    ],
    "an entry that holds nothing to prescribe": [{"resourceType": "NutritionOrder", "id": "n"}],
}

TO_BE_OPENED: dict[str, Json] = {
    "baclofen": hook(order(medicationCodeableConcept=BACLOFEN)),
    "baclofen beside another medicine": hook(
        order(medicationCodeableConcept=PARACETAMOL), order(id="d2", medicationCodeableConcept=BACLOFEN)
    ),
    "a reference that is not sent": hook(order(medicationReference=BY_REFERENCE)),
    "a contained medicine": hook(
        order(medicationReference={"reference": "#m1"}, contained=[medication(PARACETAMOL)])
    ),
    "a medicine in an entry beside it": hook(order(medicationReference=BY_REFERENCE), medication(PARACETAMOL)),
    "a code and a reference": hook(order(medicationCodeableConcept=PARACETAMOL, medicationReference=BY_REFERENCE)),
    "no medicine at all": hook(order()),
    "a code that nobody knows": hook(order(medicationCodeableConcept=UNKNOWN_CODE)),
    "an order of DSTU2": hook(
        {"resourceType": "MedicationOrder", "id": "old", "medicationCodeableConcept": BACLOFEN}
    ),
    "an order before DSTU2": hook({"resourceType": "MedicationPrescription", "id": "old"}),
    "an entry that is no resource": hook({"id": "x"}),
    "a group that holds baclofen": hook(
        {"resourceType": "RequestGroup", "contained": [order(medicationCodeableConcept=BACLOFEN)]}
    ),
    "more drafts than are looked at": hook(*[order(medicationCodeableConcept=PARACETAMOL)] * 501),
    "the first page of drafts": hook(bundle={"link": [{"relation": "next", "url": "x"}]}),
}

BROKEN = {
    "no number": b'{"conditions":{"resourceType":"Bundle","total":NaN}}',
    "infinity": b'{"unwanted":[-Infinity]}',
    "a number too large to compute with": b'{"medications":{"resourceType":"Bundle","total":1e999}}',
    "a number that JSON does not have": b'{"goals":[01]}',
    "half a character": b'{"goals":"\\ud800"}',
    "a line break in a string": b'{"goals":"a\nb"}',
    "a key twice": b'{"goals":null,"goals":null}',
    "deep nesting": b'{"goals":' + b"[" * 5_000 + b"]" * 5_000 + b"}",
    "words in place of JSON": b'{"goals": see the server log, {dump: "1"}}',
}


# --- what is not opened ----------------------------------------------------------------------


@pytest.mark.parametrize("broken", BROKEN)
@pytest.mark.parametrize("drafts", SURELY_OTHERS)
def test_what_is_broken_in_a_record_that_nobody_needs_is_no_fault(drafts: str, broken: str) -> None:
    answered = ask(body(hook(*SURELY_OTHERS[drafts]), BROKEN[broken]))

    assert answered.body == b'{"cards":[]}'
    assert {fact.reason for fact in _facts(answered)} == {"not-opened"}


@pytest.mark.parametrize("broken", BROKEN)
@pytest.mark.parametrize("drafts", TO_BE_OPENED)
def test_what_is_broken_in_a_record_that_is_opened_is_a_fault(drafts: str, broken: str) -> None:
    with pytest.raises(RequestError) as refused:
        ask(body(TO_BE_OPENED[drafts], BROKEN[broken]))

    assert refused.value.status == 400


def test_a_record_is_an_object_even_where_nobody_opens_it() -> None:
    for wrong in (b"5", b"[1]", b'"x"'):
        with pytest.raises(RequestError):
            ask(body(hook(), wrong))


def test_what_is_broken_around_the_record_is_a_fault() -> None:
    for broken in BROKEN.values():
        with pytest.raises(RequestError):
            ask(body(hook(), broken).replace(b'"hook":', b'"x":NaN,"hook":'))


RECORDS = st.sampled_from([vignette.body().partition(b'"prefetch":')[2][:-1] for vignette in read_vignettes()])


@given(record=RECORDS | st.sampled_from(list(BROKEN.values())), drafts=st.sampled_from(list(SURELY_OTHERS.values())))
def test_without_baclofen_the_answer_is_the_same_whatever_stands_in_the_record(
    record: bytes, drafts: list[Json]
) -> None:
    assert ask(body(hook(*drafts), record)).body == ask(body(hook(*drafts), b"{}")).body == b'{"cards":[]}'


def _facts(answered: Answered) -> Iterator[Any]:
    facts = answered.decision.case.facts
    return (getattr(facts, name) for name in facts.__slots__)


# --- nothing is lost by it -------------------------------------------------------------------

CONCEPTS = st.sampled_from(
    [PARACETAMOL, BACLOFEN, UNKNOWN_CODE, {"text": "Lioresal"}, {}, None, "baclofen", [BACLOFEN]]
)
REFERENCES = st.sampled_from([BY_REFERENCE, {"reference": "#m1"}, {"display": "Baclofène"}, {"reference": 5}, None])
ORDERS = st.fixed_dictionaries(
    {
        "resourceType": st.sampled_from(
            ["MedicationRequest", "medicationrequest", "MedicationOrder", "ServiceRequest"]
        )
    },
    optional={
        "medicationCodeableConcept": CONCEPTS,
        "medicationReference": REFERENCES,
        "contained": st.sampled_from([[medication(BACLOFEN)], [medication(PARACETAMOL)], [5], medication(BACLOFEN)]),
        "status": st.sampled_from(["draft", "active", "completed", "stopped", 5]),
        "intent": st.sampled_from(["order", "plan", None]),
        "subject": st.sampled_from([{"reference": "Patient/p1"}, {"reference": "Patient/p2"}]),
        "dosageInstruction": st.sampled_from([[{"route": {"text": "IT"}}], [{"text": "1 cp"}]]),
        "modifierExtension": st.just([]),
    },
)
GROUPS = ORDERS.map(lambda inside: {"resourceType": "CarePlan", "contained": [inside, medication(BACLOFEN)]})
DRAFTS = st.lists(
    ORDERS | GROUPS | st.sampled_from([medication(BACLOFEN), {}, {"resourceType": "Bundle"}]), max_size=4
)


@given(drafts=DRAFTS, vignette=st.sampled_from(read_vignettes()))
def test_where_the_record_is_not_opened_it_could_have_changed_nothing(drafts: list[Json], vignette: Vignette) -> None:
    sent = hook(*drafts) | {"prefetch": json.loads(vignette.body())["prefetch"]}
    sent["prefetch"]["medications"] = {"resourceType": "Bundle", "entry": [{"resource": medication(BACLOFEN)}]}
    assume(not may_concern(sent["context"]["draftOrders"], knowledge().terminology))

    read = read_hook(json.dumps(sent).encode(), PREFETCH_KEYS)
    case = read_case(read, knowledge().terminology, knowledge().rules, vignette.on)
    assert (case.orders, case.unread, case.strangers) == ((), (), ())
    assert not decide(case, knowledge().rules).findings


@pytest.mark.parametrize("kind", [None, 5, ["CarePlan"], {"code": "CarePlan"}])
def test_an_entry_whose_type_is_no_name_is_unreadable(kind: Any) -> None:
    sent = hook({"resourceType": kind, "id": "x"}, order(id="d2", medicationCodeableConcept=BACLOFEN))
    case = read_case(sent, knowledge().terminology, knowledge().rules, ON)

    assert [entry.reason for entry in case.unread] == ["entry-unreadable"]
    assert len(case.orders) == 1
