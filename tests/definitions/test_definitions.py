"""Every definition is valid in external models, and each of its addresses leads to something."""

import importlib

import fhirkit
import pytest

from tests.definitions.definitions import CANONICAL, DEFINITIONS, EXAMPLES, FILES, texts
from tests.definitions.test_order_profile import FAULTS


@pytest.mark.parametrize("place", sorted(FILES))
def test_each_resource_is_valid_by_two_models_of_others(place: str) -> None:
    resource = FILES[place]
    kind = resource["resourceType"]

    assert [str(issue) for issue in fhirkit.validate(resource)] == []
    model = getattr(importlib.import_module(f"fhir.resources.R4B.{kind.lower()}"), kind)
    model.model_validate(resource)


def test_each_definition_has_its_canonical_url_and_says_what_it_is_worth() -> None:
    urls = [item["url"] for item in DEFINITIONS if "url" in item]

    assert len(urls) == len(set(urls))
    for item in DEFINITIONS:
        if item["resourceType"] != "NamingSystem":
            assert item["url"] == f"{CANONICAL}/{item['resourceType']}/{item['id']}"
            assert {"version", "name", "title", "status", "experimental", "date", "publisher"} <= item.keys()
    generated = [item["experimental"] for place, item in FILES.items() if place.startswith("generated/")]
    assert set(generated) == {True}


def test_each_canonical_url_of_ours_leads_to_a_definition_of_ours() -> None:
    known = {item["url"] for item in DEFINITIONS if "url" in item}
    named = {text for item in FILES.values() for text in texts(item) if text.startswith(f"{CANONICAL}/")}

    assert named - known == set()


def test_the_guide_lists_every_definition_and_example() -> None:
    (guide,) = [item for item in DEFINITIONS if item["resourceType"] == "ImplementationGuide"]
    listed = {entry["reference"]["reference"] for entry in guide["definition"]["resource"]}

    assert listed == {f"{item['resourceType']}/{item['id']}" for item in FILES.values() if item is not guide}
    met = {
        entry["reference"]["reference"] for entry in guide["definition"]["resource"] if "exampleCanonical" in entry
    }
    assert met == {f"MedicationRequest/{name}" for name in set(EXAMPLES) - set(FAULTS)}


def test_lists_with_codes_of_others_name_their_owner() -> None:
    owners = {
        "http://snomed.info/sct": "SNOMED International",
        "http://loinc.org": "Regenstrief",
        "http://hl7.org/fhir/sid/icd-10": "World Health Organization",
    }
    with_codes_of = dict.fromkeys(owners, 0)
    for item in (item for item in DEFINITIONS if item["resourceType"] == "ValueSet"):
        for system in {part.get("system") for part in item["compose"]["include"]} & set(owners):
            assert owners[system] in item["copyright"], item["id"]
            with_codes_of[system] += 1
    assert all(with_codes_of.values()), with_codes_of


# Typed by hand from the clinical dossier, C.7 to C.13, and later public copies: codes seen in secondary copies only.
MEDIUM = {
    "alcohol-consumption": {"897148007"},
    "alcohol-drinks-per-day": {"74013-4"},
    "alcohol-drinks-per-week": {"44940-5"},
    "febrile-convulsion": {"41497008"},
    "prior-alcohol-medicine": {"N07BB01", "N07BB03", "N07BB04", "N07BB05"},
    "seizure": {"91175000", "161480008", "313307000", "703151001"},
    "suicidality": {"82313006", "248062006"},
}


def test_each_code_of_medium_confidence_says_so() -> None:
    found = {
        item["id"]: {
            concept["code"]
            for part in item["compose"]["include"]
            for concept in part.get("concept", [])
            if any("Medium confidence" in extension["valueString"] for extension in concept.get("extension", []))
        }
        for item in DEFINITIONS
        if item["resourceType"] == "ValueSet"
    }

    assert {name: codes for name, codes in found.items() if codes} == MEDIUM
