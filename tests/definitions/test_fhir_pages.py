"""What other systems read under /fhir: each definition equals its file; otherwise a clear answer."""

import json
from pathlib import Path
from urllib.parse import quote

import fhirkit
import pytest

from tests.running.client import Answer, Service

FOLDER = Path(__file__).parents[2] / "fhir_profiles"
PLACES = sorted(
    path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.json") if path.parent.name != "examples"
)
FHIR_JSON = "application/fhir+json; charset=utf-8"


def test_every_definition_is_read_as_it_is_in_its_file(service: Service) -> None:
    for place in PLACES:
        definition = json.loads((FOLDER / place).read_text("utf-8"))
        read = service.get(f"/fhir/{definition['resourceType']}/{definition['id']}")
        assert (read.status, read.headers["Content-Type"]) == (200, FHIR_JSON)
        assert read.json == definition


def test_the_statement_of_the_server_names_the_types_that_are_there(service: Service) -> None:
    statement = service.get("/fhir/metadata").json
    (rest,) = statement["rest"]
    there = {json.loads((FOLDER / place).read_text("utf-8"))["resourceType"] for place in PLACES}

    assert (statement["resourceType"], statement["kind"], statement["fhirVersion"]) == (
        "CapabilityStatement",
        "instance",
        "4.0.1",
    )
    assert fhirkit.validate(statement) == []
    assert {resource["type"] for resource in rest["resource"]} == there
    for resource in rest["resource"]:
        for parameter in resource["searchParam"]:
            asked = service.get(f"/fhir/{resource['type']}?{parameter['name']}=unknown")
            assert (asked.status, asked.json["total"]) == (200, 0)


def test_a_definition_is_found_by_its_canonical_url(service: Service) -> None:
    url = "https://baclofen-cds.example/fhir/StructureDefinition/baclofen-order"

    found = service.get(f"/fhir/StructureDefinition?url={quote(url, safe='')}").json

    assert (found["resourceType"], found["type"], found["total"]) == ("Bundle", "searchset", 1)
    assert [entry["resource"]["url"] for entry in found["entry"]] == [url]


def test_all_of_a_type_are_found_without_a_question(service: Service) -> None:
    found = service.get("/fhir/PlanDefinition").json

    assert fhirkit.validate(found) == []
    ids = [entry["resource"]["id"] for entry in found["entry"]]
    assert found["total"] == len(ids) == len(list((FOLDER / "generated/plandefinitions").glob("*.json")))


@pytest.mark.parametrize(
    "path", ["/fhir/Patient", "/fhir/Patient/1", "/fhir/ValueSet/unknown", "/fhir/MedicationRequest/order-tablets"]
)
def test_what_is_not_there_is_an_operation_outcome(path: str, service: Service) -> None:
    answer = service.get(path)

    assert (answer.status, answer.headers["Content-Type"]) == (404, FHIR_JSON)
    assert code_of(answer) == "not-found"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_nothing_is_written(method: str, service: Service) -> None:
    answer = service.call(method, "/fhir/ValueSet/seizure", b"{}", {"Content-Type": "application/fhir+json"})

    assert (answer.status, code_of(answer)) == (405, "not-supported")


def code_of(answer: Answer) -> object:
    (issue,) = answer.json["issue"]
    return issue["code"]


def test_a_page_of_another_origin_may_read_it(service: Service) -> None:
    answer = service.get("/fhir/metadata", Origin="https://ehr.example")

    assert answer.headers["Access-Control-Allow-Origin"] in ("*", "https://ehr.example")


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/fhir/ValueSet", {"Accept": "application/fhir+json; fhirVersion=4.0"}, 200),
        ("/fhir/ValueSet", {"Accept": "application/fhir+xml, */*;q=0.1"}, 200),
        ("/fhir/ValueSet", {"Accept": "application/fhir+xml"}, 406),
        ("/fhir/metadata", {"Accept": "application/fhir+xml"}, 406),
        ("/fhir/ValueSet/seizure?_format=xml", {}, 406),
        ("/fhir/ValueSet/seizure?_format=application/fhir+json", {}, 200),
        ("/fhir/ValueSet?name=x", {}, 200),
        ("/fhir/ValueSet?name=x", {"Prefer": "handling=lenient"}, 200),
        ("/fhir/ValueSet?name=x", {"Prefer": "handling=strict"}, 400),
        ("/fhir/ValueSet?_id=seizure", {"Prefer": "handling=strict"}, 200),
    ],
)
def test_accept_and_prefer_are_answered_as_fhir_says(
    service: Service, path: str, headers: dict[str, str], status: int
) -> None:
    assert service.get(path, **headers).status == status
