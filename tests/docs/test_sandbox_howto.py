"""The how-to of the CDS Hooks sandbox: its FHIR server, and the cards that it describes.

The tests do not run the sandbox; their requests have the form of its requests (tests/data/sandbox-order-sign.json).
"""

import json
import re
import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import requests

from cds_service.base.names import PREFETCH
from cds_service.hook.order_sign import answer
from docs.sandbox_fhir import server
from tests.hook.card_contract import findings_of
from tests.known import known
from tests.running.client import sandbox_order

PAGE = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text("utf-8")
KNOWLEDGE = known()
TODAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def fhir() -> Iterator[str]:
    with server(0, "4.0.1") as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_address[1]}/fhir"
        running.shutdown()
        thread.join()


def read(url: str) -> Any:
    return requests.get(url, timeout=5).json()


def as_the_sandbox_asks(fhir: str) -> dict[str, Any]:
    """The prefetch as the sandbox gets it: a read by GET, a search by POST of its parameters."""
    prefetch = {}
    for key, template in PREFETCH.items():
        path, _, query = template.replace("{{context.patientId}}", "pat-alcohol-epilepsy").partition("?")
        form = dict(pair.split("=", 1) for pair in query.split("&")) if query else {}
        search = requests.post(f"{fhir}/{path}/_search", data=form, timeout=5) if form else None
        prefetch[key] = search.json() if search is not None else read(f"{fhir}/{path}")
    return prefetch


def signed(fhir: str, **order: Any) -> list[dict[str, Any]]:
    hook = sandbox_order() | {"prefetch": as_the_sandbox_asks(fhir)}
    hook.pop("fhirServer")
    resource = hook["context"]["draftOrders"]["entry"][0]["resource"]
    resource |= order
    return answer(json.dumps(hook).encode(), KNOWLEDGE, on=TODAY, language="en").cards


def promised(start: str) -> str:
    found = re.search(rf'"({re.escape(start)}[^"]+)"', PAGE)
    assert found
    return re.sub(r"\s+", " ", found[1])


def plain(card: dict[str, Any]) -> str:
    return f"{card['summary']} {card['detail']}".replace("\u00a0", " ")


def test_the_fhir_server_has_what_the_sandbox_asks_for_at_its_start(fhir: str) -> None:
    assert read(f"{fhir}/metadata")["fhirVersion"] == "4.0.1"
    (patient,) = [entry["resource"] for entry in read(f"{fhir}/Patient")["entry"]]
    assert isinstance(patient["name"][0]["given"], list)
    assert " ".join([*patient["name"][0]["given"], patient["name"][0]["family"]]) in PAGE
    assert read(f"{fhir}/Condition?patient={patient['id']}")["total"] == 2
    assert requests.get(f"{fhir}/Patient/nobody", timeout=5).status_code == 404


def test_a_page_of_another_origin_may_read_it(fhir: str) -> None:
    preflight = requests.options(f"{fhir}/Condition/_search", timeout=5)

    assert preflight.status_code == 204
    assert preflight.headers["Access-Control-Allow-Origin"] == "*"
    assert "POST" in preflight.headers["Access-Control-Allow-Methods"]


def test_four_tablets_of_10_mg_three_times_a_day_give_the_card_that_is_promised(fhir: str) -> None:
    dosage = {
        "timing": {"repeat": {"frequency": 3, "period": 1, "periodUnit": "d"}},
        "doseAndRate": [{"doseQuantity": {"value": 4, "system": "http://unitsofmeasure.org", "code": "{pill}"}}],
    }
    rxnorm = {"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "197391"}
    medicine = {"text": "Baclofen 10 MG Oral Tablet", "coding": [rxnorm]}

    cards = signed(fhir, dosageInstruction=[dosage], medicationCodeableConcept=medicine)

    assert plain(cards[0]).startswith(promised("Baclofen 120 mg/day"))
    found = findings_of(cards)
    assert {"product-not-authorised", "seizure-history", "check-incomplete"} <= found.keys()


def of_dstu2() -> dict[str, Any]:
    """The sandbox's first state: its MedicationOrder (medication-reducers.js), and a problem list of DSTU2."""
    hook = sandbox_order()
    order = hook["context"]["draftOrders"]["entry"][0]["resource"]
    (dosage,) = order["dosageInstruction"]
    repeat = {"frequency": 4, "period": 1, "periodUnits": "d"}
    older: dict[str, Any] = {
        "resourceType": "MedicationOrder",
        "id": "order-123",
        "status": "draft",
        "intent": "order",
    }
    older |= {"patient": order["subject"], "dateWritten": order["authoredOn"]}
    older |= {name: order[name] for name in ("dispenseRequest", "category", "medicationCodeableConcept")}
    older["dosageInstruction"] = [{"timing": {"repeat": repeat}, **dosage["doseAndRate"][0]}]
    hook["context"]["draftOrders"]["entry"] = [{"resource": older}]
    for entry in hook["prefetch"]["conditions"]["entry"]:
        condition = entry["resource"]
        condition |= {"patient": condition.pop("subject"), "dateRecorded": "2026-11-20"}
        condition |= {"clinicalStatus": "active", "verificationStatus": "confirmed"}
    return hook


def test_the_order_of_a_dstu2_server_gets_the_card_that_is_promised() -> None:
    answered = answer(json.dumps(of_dstu2()).encode(), KNOWLEDGE, on=TODAY, language="en")

    assert promised("FHIR DSTU2, read") in plain(answered.cards[0])
    assert "500 mg/day" in plain(answered.cards[0])
    assert findings_of(answered.cards)["seizure-history"]
    assert not any("suggestions" in card for card in answered.cards)
    (entry,) = {reference for card in answered.cards for reference in card["extension"]["org.baclofen-cds"]["orders"]}
    assert entry == "MedicationOrder/order-123"


def test_a_problem_list_of_dstu2_says_when_a_disorder_was_recorded() -> None:
    hook = of_dstu2()
    hook["prefetch"]["conditions"]["entry"][1]["resource"]["dateRecorded"] = "2026-11-23"

    later = answer(json.dumps(hook).encode(), KNOWLEDGE, on=TODAY, language="en")

    assert "seizure-history" not in findings_of(later.cards)


def test_a_french_code_under_rxnorm_gets_the_card_that_is_promised(fhir: str) -> None:
    coding = {"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "64073783"}

    cards = signed(fhir, medicationCodeableConcept={"text": "Baclofène Zentiva 10 mg", "coding": [coding]})

    assert any(plain(card).startswith(promised("Baclofen 200 mg/day, first")) for card in cards)


def test_the_pictures_are_there_and_small() -> None:
    named = re.findall(r"!\[([^\]]+)\]\(([^)]+)\)", PAGE)

    assert len(named) == 3
    for words, path in named:
        assert len(words) > 20
        assert 1000 < (Path(__file__).parents[2] / "docs" / path).stat().st_size < 200_000
