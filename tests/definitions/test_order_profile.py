"""The profile of baclofen orders: example orders meet or break it, and it agrees with the service."""

import json
import tomllib
from collections.abc import Callable
from datetime import date
from functools import cache
from typing import Any

import fhirkit
import fhirpathpy
import pytest
from fhirpathpy.models import models

from cds_service.core.dose.order_dose import read_dose
from cds_service.core.model.dose import NotComputable
from cds_service.definitions.snapshot import snapshot
from cds_service.hook.order_sign import answer
from tests.builders import MEDICINES, TERMINOLOGY, Json, order_of
from tests.definitions.definitions import EXAMPLES, KNOWLEDGE, ON, PROFILE, ROOT

FAULTS = sorted(name for name in EXAMPLES if name.startswith("fault-"))
DOSAGES = tomllib.loads((ROOT / "tests" / "dosages.toml").read_text("utf-8"))["dosages"]


def broken(order: Json) -> set[str]:
    """The constraints of the profile that an order breaks: their keys, or `path min` and `path max`."""
    found = set()
    for element in PROFILE["differential"]["element"]:
        inside = element["path"].removeprefix("MedicationRequest").removeprefix(".")
        there = holds(order, f"{inside}.exists()") if inside else True
        if (element.get("min") and not there) or (element.get("max") == "0" and there):
            found.add(f"{inside} {'max' if there else 'min'}")
        for rule in element.get("constraint", []):
            if there and not holds(order, f"{inside}.all({rule['expression']})" if inside else rule["expression"]):
                found.add(rule["key"])
    return found


def holds(order: Json, expression: str) -> bool:
    return compiled(expression)(order, {}) == [True]


@cache
def compiled(expression: str) -> Callable[[Json, Json], list[Any]]:
    return fhirpathpy.compile(expression, models["r4"])


# These are cardinalities and not constraints.
CARDINALITIES = {
    "dosage-missing": "dosageInstruction min",
    "dosage-not-read": "dosageInstruction.modifierExtension max",
    "modifier-extension": "modifierExtension max",
}


@pytest.mark.parametrize("name", sorted(set(EXAMPLES) - set(FAULTS)))
def test_a_conforming_example_breaks_nothing(name: str) -> None:
    assert broken(EXAMPLES[name]) == set()


@pytest.mark.parametrize("name", FAULTS)
def test_a_faulty_example_breaks_the_rule_that_it_is_named_after_and_the_service_says_the_same(name: str) -> None:
    reason = name.removeprefix("fault-")

    assert CARDINALITIES.get(reason, reason) in broken(EXAMPLES[name])
    assert reason in reasons(EXAMPLES[name])


@pytest.mark.parametrize("name", ["order-tablets", "order-mg", "order-taper", "order-as-needed"])
def test_the_dose_of_a_conforming_example_is_worked_out(name: str) -> None:
    assert reasons(EXAMPLES[name]) == set()


def test_what_no_profile_can_say_is_left_to_the_service() -> None:
    assert broken(EXAMPLES["order-strength-unknown"]) == set()
    assert reasons(EXAMPLES["order-strength-unknown"]) == {"strength-unknown"}


def reasons(order: Json) -> set[str]:
    """The reasons on the cards why an order could not be checked."""
    context = {
        "userId": "Practitioner/1",
        "patientId": "example",
        "draftOrders": {"resourceType": "Bundle", "entry": [{"resource": order}]},
    }
    hook = {"hook": "order-sign", "hookInstance": "a7a01b3d-c87b-43eb-b398-46f065d7f9d7", "context": context}
    cards = answer(json.dumps(hook).encode(), KNOWLEDGE, on=ON, language="en").cards
    findings = [finding for card in cards for finding in card["extension"]["org.baclofen-cds"]["findings"]]
    return {finding["facts"]["reason"] for finding in findings if "reason" in finding.get("facts", {})}


def as_r4(row: Json) -> Json:
    """The dosages of a row, in an otherwise valid order."""
    return {**EXAMPLES["order-tablets"], **order_of(*row["fhir"], words=row.get("words", ""))}


# The service also reads the dose elements of STU3, which R4 does not have.
OF_R4 = [row for row in DOSAGES if not fhirkit.validate(as_r4(row))]


@pytest.mark.parametrize("row", OF_R4, ids=lambda row: f"{row['id']}: {' + '.join(row['fhir'])}")
def test_a_dosage_that_is_read_breaks_no_rule_of_the_profile(row: Json) -> None:
    order = as_r4(row)

    read = read_dose(order, MEDICINES[row.get("medicine", "Baclocur 10 mg")], TERMINOLOGY, date(2026, 3, 27)).dose

    assert isinstance(read, NotComputable) or broken(order) == set()


def test_most_dosages_of_the_table_are_r4_and_some_of_them_break_the_profile() -> None:
    assert len(OF_R4) > 0.8 * len(DOSAGES)
    assert {rule for row in OF_R4 for rule in broken(as_r4(row))} >= {
        "dose-missing",
        "timing-missing",
        "rate-with-timing",
    }


def test_the_snapshot_has_every_element_of_r4_with_our_changes() -> None:
    changes = {element["id"]: element for element in PROFILE["differential"]["element"]}
    whole = {element["id"]: element for element in PROFILE["snapshot"]["element"]}
    inherited = {element["id"]: element for element in snapshot([])}

    assert list(whole) == list(inherited)
    assert changes.keys() <= whole.keys()
    for place, element in whole.items():
        change = changes.get(place, {})
        assert {key: element[key] for key in change if key != "constraint"} == {
            key: value for key, value in change.items() if key != "constraint"
        }
        both = inherited[place].get("constraint", []) + change.get("constraint", [])
        assert element.get("constraint", []) == both
        untouched = element.keys() - change.keys() - {"constraint"}
        assert {key: element[key] for key in untouched} == {key: inherited[place][key] for key in untouched}
