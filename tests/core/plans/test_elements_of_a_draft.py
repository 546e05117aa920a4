"""What becomes of the elements of a draft that a plan changes, and of its companion: kept, mended or left out."""

from typing import Any

import pytest

from cds_service.core.plans.fhir_out import status_after
from cds_service.hook.order_sign import answer
from cds_service.knowledge.loading import Knowledge
from tests.core.plans.asking import TODAY, Answered, Json, ask
from tests.vignette_cases import encode

LINE = "Zentiva 10, 40 mg TID"
COARSE = "Baclocur 40, 1.5 cp BID"
OTHER: Json = {"resourceType": "Practitioner", "id": "r", "gender": "male"}
MEDICATION: Json = {"resourceType": "Medication", "id": "m", "status": "active"}
WHY: Json = {"extension": [{"url": "https://hospital.example/why", "valueString": "because"}]}


def taper(knowledge: Knowledge, line: str, **fhir: Any) -> tuple[Answered, list[Json]]:
    """What the first taper of a renewal writes: the changed draft, and its companion where there is one."""
    answered = ask(knowledge, {"order": line, "fhir": fhir}, line)
    item = next(item for item in answered.suggestions if item["label"].startswith("Décroissance"))
    return answered, [action["resource"] for action in item["actions"]]


@pytest.mark.parametrize("priority", ["urgent", "stat", None])
def test_a_priority_that_is_a_code_is_kept_and_nothing_is_said_of_it(
    priority: str | None, knowledge: Knowledge
) -> None:
    answered, (changed,) = taper(knowledge, LINE, **({"priority": priority} if priority else {}))

    assert changed.get("priority") == priority
    assert not any("priorité" in action["description"] for action in answered.actions)


@pytest.mark.parametrize(("written", "said"), [("Draft", "draft"), ("ACTIVE", "active"), ("recorded", "draft")])
def test_a_status_is_one_of_the_codes_of_r4(written: str, said: str, knowledge: Knowledge) -> None:
    answered, (changed,) = taper(knowledge, LINE, status=written, intent="ORDER" if written == "Draft" else "wish")
    judged = answer(encode(answered.hook), knowledge, on=TODAY, language="fr").decision.case.orders[0]

    assert (changed["status"], changed["intent"]) == (said, "order")
    assert status_after(judged) == said  # what is judged is what is written


def test_a_status_that_a_draft_lacks_is_not_made_up_so_that_no_draft_is_changed(knowledge: Knowledge) -> None:
    """R4 requires one: what is sent without it would be refused."""
    answered = ask(knowledge, {"order": LINE, "fhir": {"status": None}}, LINE)
    judged = answer(encode(answered.hook), knowledge, on=TODAY, language="fr").decision.case.orders[0]

    assert {action["type"] for action in answered.actions} == {"create"}
    assert status_after(judged) == ""


def test_a_null_that_holds_the_place_of_an_extension_is_kept(knowledge: Knowledge) -> None:
    uris: Json = {"instantiatesUri": ["urn:protocol", None], "_instantiatesUri": [None, WHY]}
    _, (changed,) = taper(knowledge, LINE, **uris)

    assert {name: changed[name] for name in uris} == uris


@pytest.mark.parametrize(
    ("supply", "said"),
    [
        ({"quantity": {"value": 360}}, {"quantity"}),
        ({"expectedSupplyDuration": {"value": 30, "unit": "d"}}, {"expectedSupplyDuration"}),
        ({"numberOfRepeatsAllowed": 5, "_numberOfRepeatsAllowed": WHY}, None),
    ],
    ids=lambda supply: "-".join(supply or ()),
)
def test_of_what_is_dispensed_no_more_is_said_than_the_draft_says(
    supply: Json, said: set[str] | None, knowledge: Knowledge
) -> None:
    _, (changed,) = taper(knowledge, LINE, dispenseRequest=supply)

    assert (set(changed["dispenseRequest"]) if said else changed.get("dispenseRequest")) == said


TO_PATIENT: Json = {"patientInstruction": "au repas"}
TEXT: Json = {"text": "40 mg trois fois par jour"}


@pytest.mark.parametrize(
    ("dosages", "element"),
    [
        ([{}], "text"),
        ([TEXT], "text"),
        ([TO_PATIENT], "patientInstruction"),
        ([TO_PATIENT | TEXT], "text"),
        ([TO_PATIENT, {}], "patientInstruction"),
        ([TO_PATIENT, TEXT], "text"),
    ],
    ids=lambda said: "+".join("-".join(each) or "nothing" for each in said) if isinstance(said, list) else said,
)
def test_words_stand_where_the_draft_has_its_own(dosages: list[Json], element: str, knowledge: Knowledge) -> None:
    """Each dosage is half of 120 mg, or all of it."""
    dose = {"doseAndRate": [{"doseQuantity": {"value": 120 // len(dosages), "unit": "mg"}}]}
    moments = [{"timing": {"repeat": {"when": [moment]}}} for moment in ("MORN", "EVE")]
    written = [dose | moment | each for moment, each in zip(moments, dosages, strict=False)]
    _, (changed, *_) = taper(knowledge, "Zentiva 10, 60 mg MORN&EVE", dosageInstruction=written)

    assert {frozenset({"text", "patientInstruction"} & each.keys()) for each in changed["dosageInstruction"]} == {
        frozenset({element})
    }


def test_a_companion_shares_who_asks_what_is_renewed_and_what_is_contained_but_no_medicine(
    knowledge: Knowledge,
) -> None:
    asked_by = {"requester": {"reference": "#r"}, "contained": [OTHER, MEDICATION]}
    _, (coarse, fine) = taper(knowledge, COARSE, **asked_by)

    assert fine["requester"] == {"reference": "#r"}
    assert fine["contained"] == [OTHER]
    assert coarse["priorPrescription"] == fine["priorPrescription"] == {"reference": "MedicationRequest/taken-1"}


def test_both_orders_of_a_plan_are_of_the_group_of_the_draft_or_of_one_of_ours(knowledge: Knowledge) -> None:
    theirs: Json = {"system": "urn:ward", "value": "g1"}
    _, grouped = taper(knowledge, COARSE, groupIdentifier=theirs)
    _, (coarse, fine) = taper(knowledge, COARSE)
    _, (alone,) = taper(knowledge, LINE)

    assert [order["groupIdentifier"] for order in grouped] == [theirs, theirs]
    assert coarse["groupIdentifier"] == fine["groupIdentifier"] != theirs
    assert "groupIdentifier" not in alone
