"""The envelope of the hook: rows 51 to 53, 57 and 59."""

from typing import Any

import pytest

from tests.running.client import Service, assert_refused, sandbox_order


def changed(**context: Any) -> dict[str, Any]:
    order = sandbox_order()
    order["context"] |= context
    return order


def without(*path: str) -> dict[str, Any]:
    order = holder = sandbox_order()
    for step in path[:-1]:
        holder = holder[step]
    del holder[path[-1]]
    return order


@pytest.mark.parametrize(
    "path", [("hook",), ("hookInstance",), ("context",), ("context", "userId"), ("context", "patientId")]
)
def test_row_51_a_missing_member_is_named(service: Service, path: tuple[str, ...]) -> None:
    answer = service.sign_order(without(*path))

    assert_refused(answer, 400)
    assert answer.json["issue"][0]["expression"] == [".".join(path)]


def test_row_51_an_empty_hook_instance_is_refused_but_one_that_is_no_uuid_is_not(service: Service) -> None:
    assert_refused(service.sign_order(sandbox_order() | {"hookInstance": ""}), 400)
    assert service.sign_order(sandbox_order() | {"hookInstance": "not-a-uuid"}).status == 200


@pytest.mark.parametrize("id_", ["a/b", "a?b", "../a", "", "a" * 10_240, "a b", "a\n", "Group/a", 5])
def test_row_52_a_patient_id_that_is_none_is_refused(service: Service, id_: object) -> None:
    answer = service.sign_order(changed(patientId=id_))

    assert_refused(answer, 400)
    assert answer.json["issue"][0]["expression"] == ["context.patientId"]


def test_row_52_a_patient_id_with_its_type_is_tolerated(service: Service) -> None:
    assert service.sign_order(changed(patientId="Patient/pat-alcohol-epilepsy")).status == 200


def test_row_53_missing_draft_orders_point_to_the_registration(service: Service) -> None:
    said = assert_refused(service.sign_order(without("context", "draftOrders")), 400)

    assert "context.draftOrders: is missing" in said
    assert "scope for unsigned orders" in said


@pytest.mark.parametrize("orders", [None, [], "x", {}, {"resourceType": "MedicationRequest"}])
def test_row_53_draft_orders_that_are_no_bundle_are_refused(service: Service, orders: object) -> None:
    answer = service.sign_order(changed(draftOrders=orders))

    assert_refused(answer, 400)
    assert answer.json["issue"][0]["expression"] == ["context.draftOrders"]


@pytest.mark.parametrize("bundle", [{"resourceType": "Bundle"}, {"resourceType": "Bundle", "entry": []}])
def test_row_53_an_empty_bundle_gets_an_empty_list(service: Service, bundle: object) -> None:
    answer = service.sign_order(changed(draftOrders=bundle))

    assert (answer.status, answer.json) == (200, {"cards": []})


def test_row_53_entries_must_be_an_array_but_may_hold_anything(service: Service) -> None:
    assert_refused(service.sign_order(changed(draftOrders={"resourceType": "Bundle", "entry": {}})), 400)
    answer = service.sign_order(changed(draftOrders={"resourceType": "Bundle", "entry": [5, None, "x"]}))
    assert answer.status == 200


def test_row_57_members_that_nobody_knows_change_nothing(service: Service) -> None:
    order = sandbox_order() | {"foo": 1, "extension": {"example.org": {"foo": 1}}}
    order["context"]["foo"] = 1
    order["context"]["draftOrders"]["foo"] = 1
    order["prefetch"]["foo"] = {"foo": 1}

    assert findings(service.sign_order(order).json) == findings(service.sign_order(sandbox_order()).json)


@pytest.mark.parametrize("hook", ["order-select", "medication-prescribe", "patient-view", 5, None])
def test_row_59_another_hook_is_refused_with_a_hint(service: Service, hook: object) -> None:
    said = assert_refused(service.sign_order(sandbox_order() | {"hook": hook}), 400)

    assert "order-sign" in said


def test_a_token_for_the_fhir_server_needs_the_server(service: Service) -> None:
    order = without("fhirServer") | {"fhirAuthorization": {"access_token": "x"}}

    answer = service.sign_order(order)

    assert_refused(answer, 400)
    assert answer.json["issue"][0]["expression"] == ["fhirServer"]


@pytest.mark.parametrize("nothing", [None, []])
def test_prefetch_may_be_absent_or_empty_but_is_an_object(service: Service, nothing: object) -> None:
    assert service.sign_order(without("prefetch")).status == 200
    assert service.sign_order(sandbox_order() | {"prefetch": nothing}).status == 200
    assert_refused(service.sign_order(sandbox_order() | {"prefetch": [5]}), 400)


@pytest.mark.parametrize(
    "change",
    [
        {"extension": None},
        {"extension": []},
        {"fhirServer": None},
        {"fhirServer": ""},
        {"fhirAuthorization": None},
        {"fhirServer": None, "fhirAuthorization": None},
        {"context": changed(encounterId=None)["context"]},
        {"context": changed(encounterId="")["context"]},
        {"context": changed(encounterId=5)["context"]},
    ],
)
def test_a_member_that_nothing_needs_never_hides_an_order(service: Service, change: dict[str, Any]) -> None:
    """A client may show an error as "all clear", so a member that is not read must not cause one."""
    assert findings(service.sign_order(sandbox_order() | change).json) == findings(
        service.sign_order(sandbox_order()).json
    )


def findings(answer: Any) -> list[tuple[str, str]]:
    return [(card["indicator"], card["summary"]) for card in answer["cards"]]
