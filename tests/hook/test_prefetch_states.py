"""Every way in which a prefetch key can arrive or be missing, and what the card then says: PRE-10 to PRE-20.

Each state is tried on each of the six keys. A fact is known, reported none, or unknown with the reason;
`check-incomplete` lists only the unknown ones.
"""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cds_service.core.model.case import FACTS
from tests.hook.card_contract import findings_of
from tests.hook.ehr import Ehr, running
from tests.running.client import Answer, Service
from tests.vignette_cases import encode, request
from tests.vignette_record import KEYS

# A first prescription above 80 mg: its rules need every key.
HOOK = request({"id": "-", "on": date(2026, 11, 22), "orders": ["Baclocur 40, 1 cp TID"], "conditions": ["F10.2"]})

FACTS_OF_KEY = {key: {name for name, source in FACTS.items() if source.key == key} for key in KEYS}

# The words of the card for the facts.
WORDS = {
    "patient": "âge",
    "conditions": "antécédents psychiatriques",
    "medications": "baclofène pris actuellement",
    "observations": "consommation d’alcool",
    "referrals": "orientation en addictologie",
    "goals": "objectif du traitement",
}

# For these two an empty answer is not an answer: everybody has an age, and either drinks or is recorded as not.
NONE_IS_UNKNOWN = {"patient": "birth-date-missing", "observations": "none-on-record"}

Json = Any
State = Callable[[str, Json], Json]


def bundle(*resources: Json, **members: Json) -> Json:
    return {
        "resourceType": "Bundle",
        "type": "searchset",
        **members,
        "entry": [{"resource": item} for item in resources],
    }


def outcome(severity: str, code: str) -> Json:
    return {"resourceType": "OperationOutcome", "issue": [{"severity": severity, "code": code}]}


def resources(value: Json) -> list[Json]:
    entries = value.get("entry", []) if value["resourceType"] == "Bundle" else [{"resource": value}]
    return [entry["resource"] for entry in entries]


def of_another(key: str, value: Json) -> Json:
    found = resources(value) or [{"resourceType": "Goal"}]
    if key == "patient":
        return {**value, "id": "p2"}
    return bundle(*({**item, "subject": {"reference": "Patient/p2"}} for item in found))


def in_small_letters(_: str, value: Json) -> Json:
    found = resources(value) or [{"resourceType": "Goal"}]
    return bundle(*({**item, "resourceType": item["resourceType"].lower()} for item in found))


def of_another_key(key: str, _: Json) -> Json:
    return HOOK["prefetch"]["medications" if key == "conditions" else "conditions"]


UNKNOWN: dict[str, tuple[State, str]] = {
    "PRE-13 error in its place": (lambda _, __: outcome("error", "timeout"), "source-failed"),
    "PRE-13 fatal in its place": (lambda _, __: outcome("fatal", "exception"), "source-failed"),
    "PRE-13 refused": (lambda _, __: outcome("error", "forbidden"), "access-refused"),
    "PRE-14 an entry that is an error": (lambda _, __: bundle(outcome("error", "exception")), "source-failed"),
    "PRE-14 some of it withheld": (lambda _, __: bundle(outcome("warning", "suppressed")), "access-refused"),
    "PRE-15 paged": (lambda _, __: bundle(link=[{"relation": "next", "url": "https://ehr.example/2"}]), "paged"),
    "PRE-15 fewer than the total": (lambda _, __: bundle(total=2), "paged"),
    "HTML": (lambda _, __: "<html>Error 500</html>", "unreadable"),
    "a list": (lambda _, value: [value], "unreadable"),
    "an object without a type": (lambda _, __: {}, "unreadable"),
    "another type": (lambda _, __: {"resourceType": "Binary", "id": "b"}, "unreadable"),
    "an entry without a resource": (lambda _, __: bundle({}), "unreadable"),
    "entries of another key": (of_another_key, "unreadable"),
    "a Bundle in a Bundle": (lambda _, value: bundle(bundle(*resources(value))), "unreadable"),
    "a type in small letters": (in_small_letters, "unreadable"),
    "PRE-17 of another patient": (of_another, "other-patient"),
}

NONE: dict[str, State] = {
    "PRE-11 null": lambda _, __: None,
    "PRE-12 no entry": lambda _, __: {"resourceType": "Bundle", "type": "searchset"},
    "PRE-12 total 0": lambda _, __: bundle(total=0),
    "PRE-14 Epic finds nothing": lambda _, __: bundle(outcome("warning", "processing"), total=0),
    "PRE-14 information": lambda _, __: bundle(outcome("information", "informational"), total=0),
}


def absolute(_: str, value: Json) -> Json:
    """Absolute references, an included resource, a contained resource, unknown members."""
    changed = []
    for item in resources(value):
        subject = {"reference": "https://ehr.example/fhir/Patient/p1"} if "subject" in item else None
        changed.append({**item, "contained": [{"resourceType": "Practitioner", "id": "c"}], "foo": 1})
        if subject:
            changed[-1]["subject"] = subject
    along = {"resource": {"resourceType": "Practitioner", "id": "dr1"}, "search": {"mode": "include"}}
    whole = bundle(*changed, total=len(changed), bar=2)
    return {**whole, "entry": [*whole["entry"], along]}


# Included resources: with the search mode, of any type; without it, of the types to which orders and diagnoses refer.
_INCLUDED = ["Location", "Device", "Medication", "Provenance"]
_COMPANIONS = ["Medication", "Practitioner", "PractitionerRole", "Organization", "Encounter", "Provenance"]


def accompanied(_: str, value: Json) -> Json:
    matches = [{"resource": item, "search": {"mode": "match"}} for item in resources(value)]
    included = [{"resource": {"resourceType": kind, "id": "i"}, "search": {"mode": "include"}} for kind in _INCLUDED]
    bare = [{"resource": {"resourceType": kind, "id": "b"}} for kind in _COMPANIONS]
    said = {"resource": outcome("information", "informational"), "search": {"mode": "outcome"}}
    patient = {"resource": {"resourceType": "Patient", "id": "p1"}}
    return {**bundle(), "entry": [*included, *bare, *matches, said, patient]}


KNOWN: dict[str, State] = {
    "PRE-18 includes, companions and a remark": accompanied,
    "PRE-16 a Bundle, or one resource alone": lambda _, value: (
        resources(value)[0]
        if len(resources(value)) == 1 and value["resourceType"] == "Bundle"
        else bundle(*resources(value))
    ),
    "PRE-18 absolute references and what came along": absolute,
}


def sign(service: Service, hook: Json) -> Answer:
    answer = service.sign(encode(hook))
    assert answer.status == 200, answer
    return answer


def with_key(key: str, state: State) -> Json:
    return {**HOOK, "prefetch": {**HOOK["prefetch"], key: state(key, HOOK["prefetch"][key])}}


def incomplete(answer: Answer) -> tuple[set[str], set[str], str]:
    """The facts that are unknown, the reasons, and the words of the card about them."""
    for card in answer.json["cards"]:
        for finding in card["extension"]["org.baclofen-cds"]["findings"]:
            if finding["id"] == "check-incomplete":
                return set(finding["facts"]["facts"]), set(finding["facts"]["reasons"]), card["detail"]
    return set(), set(), ""


def test_with_every_key_nothing_is_unknown(service: Service) -> None:
    assert incomplete(sign(service, HOOK)) == (set(), set(), "")


@pytest.mark.parametrize("key", KEYS)
def test_pre_10_a_key_left_out_is_unknown(service: Service, key: str) -> None:
    hook = {**HOOK, "prefetch": {name: value for name, value in HOOK["prefetch"].items() if name != key}}

    facts, reasons, said = incomplete(sign(service, hook))

    assert (facts, reasons) == (facts & FACTS_OF_KEY[key], {"not-sent"})
    assert WORDS[key] in said
    assert "non transmis" in said


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("state", UNKNOWN)
def test_a_key_that_did_not_come_whole_is_unknown_with_the_reason(service: Service, key: str, state: str) -> None:
    make, reason = UNKNOWN[state]

    answer = sign(service, with_key(key, make))

    # If the Patient sent is not context.patientId, the whole prefetch is ignored.
    concerned = (
        set().union(*FACTS_OF_KEY.values()) if (key, reason) == ("patient", "other-patient") else FACTS_OF_KEY[key]
    )
    facts, reasons, said = incomplete(answer)
    assert facts
    assert (facts, reasons) == (facts & concerned, {reason})
    assert WORDS[key] in said
    assert ("patient-mismatch" in findings_of(answer.json["cards"])) == (reason == "other-patient")


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("state", NONE)
def test_a_key_that_says_none_is_known(service: Service, key: str, state: str) -> None:
    facts, reasons, _ = incomplete(sign(service, with_key(key, NONE[state])))

    if key in NONE_IS_UNKNOWN:
        assert (facts, reasons) == (facts & FACTS_OF_KEY[key], {NONE_IS_UNKNOWN[key]})
    else:
        assert (facts, reasons) == (set(), set())


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("state", KNOWN)
def test_a_key_in_another_shape_says_the_same(service: Service, key: str, state: str) -> None:
    assert sign(service, with_key(key, KNOWN[state])).body == sign(service, HOOK).body


@pytest.mark.parametrize("prefetch", [{}, None, {"somebody-elses-key": 1}])
def test_pre_19_without_any_prefetch_every_fact_is_unknown(service: Service, prefetch: Json) -> None:
    facts, reasons, said = incomplete(sign(service, {**HOOK, "prefetch": prefetch}))

    assert reasons == {"not-sent"}
    assert facts >= {"age_years", "psychiatric", "taken_now", "consumption_g_per_day", "referral", "abstinence_goal"}
    assert all(word in said for word in WORDS.values())


def test_pre_15_what_a_part_holds_still_counts(service: Service) -> None:
    said = {
        "id": "-",
        "on": date(2026, 11, 22),
        "orders": ["Baclocur 40, 1 cp TID"],
        "conditions": ["F10.2", "G40.9"],
    }
    hook = request({**said, "records": {"conditions": "paged"}})

    answer = sign(service, hook)

    assert "seizure-history" in findings_of(answer.json["cards"])
    assert incomplete(answer)[0] == {"psychiatric", "suicidality"}


def test_pre_20_what_was_not_found_is_said_to_be_not_found_and_not_to_be_absent(service: Service) -> None:
    (card, *_) = sign(service, HOOK).json["cards"]

    assert "pas d’orientation en addictologie retrouvée" in card["detail"].lower()


# --- key names and presence, by client -----------------------------------------------------------


@pytest.fixture(scope="module")
def renaming(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ehr]:
    folder: Path = tmp_path_factory.mktemp("names")
    ehr = Ehr("renaming", 'prefetch = { conditions = "problem-list", goals = "" }')
    with running(folder, ehr):
        yield ehr


def test_a_client_may_have_its_own_name_for_a_key(renaming: Ehr) -> None:
    prefetch = dict(HOOK["prefetch"])
    prefetch["problem-list"] = prefetch.pop("conditions")

    facts, _, _ = incomplete(renaming.sign({**HOOK, "prefetch": prefetch}))

    assert not facts & FACTS_OF_KEY["conditions"]


def test_under_our_own_name_it_is_then_not_read(renaming: Ehr) -> None:
    facts, reasons, _ = incomplete(renaming.sign(HOOK))

    assert facts >= FACTS_OF_KEY["conditions"] & {"psychiatric", "suicidality", "seizures"}
    assert reasons == {"not-sent"}


def test_a_key_that_the_client_never_sends_is_unknown(renaming: Ehr) -> None:
    assert "abstinence_goal" in incomplete(renaming.sign(HOOK))[0] & FACTS_OF_KEY["goals"]
