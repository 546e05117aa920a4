"""Requirements of CDS Hooks 2.0.1 on discovery and cards that no other test covers (docs/conformance.md)."""

import json
import re
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.running.client import Service, sandbox_order

Json = Any

# Search parameters within the subset that every client must support (PRE-6): no chain, no include, no modifier.
PARAMETERS = {"patient", "code", "_count"}


@pytest.fixture(scope="module")
def cards(service: Service) -> list[Json]:
    found: list[Json] = service.sign_order(sandbox_order()).json["cards"]
    assert len(found) > 1
    return found


def test_pre_5_to_7_templates_need_the_patient_alone_and_use_plain_searches(service: Service) -> None:
    (offered,) = service.get("/cds-services").json["services"]

    assert "?code=" in offered["prefetch"]["observations"] or "&code=" in offered["prefetch"]["observations"]
    for template in offered["prefetch"].values():
        assert set(re.findall(r"\{\{(.*?)\}\}", template)) == {"context.patientId"}
        query = template.partition("?")[2]
        assert {pair.partition("=")[0] for pair in query.split("&") if pair} <= PARAMETERS
        codes = [pair.partition("=")[2] for pair in query.split("&") if pair.startswith("code=")]
        assert all("|" in code for codes_of_one in codes for code in codes_of_one.split(","))


def test_dis_12_discovery_is_the_same_whoever_asks(service: Service) -> None:
    asked = [
        service.get("/cds-services"),
        service.get("/cds-services", **{"X-Forwarded-Host": "ehr.example", "Accept-Language": "en"}),
        service.get("/cds-services", Authorization="Bearer x.y.z"),
    ]

    assert len({answer.body for answer in asked}) == 1


def test_gen_1_no_number_is_written_that_json_has_not(service: Service) -> None:
    order = sandbox_order()
    drafts = order["context"]["draftOrders"]["entry"]
    drafts[0]["resource"]["dosageInstruction"][0]["doseQuantity"] = {"value": 1e300}

    answer = service.sign_order(order)

    json.loads(answer.body, parse_constant=pytest.fail)


def test_src_a_source_has_a_label_an_absolute_url_and_a_topic_that_a_client_can_key_on(cards: list[Json]) -> None:
    for card in cards:
        assert card["source"].keys() == {"label", "url", "topic"}
        assert urlsplit(card["source"]["url"]).scheme == "https"
        assert re.fullmatch(r"[A-Za-z0-9-]{1,100}", card["source"]["topic"]["code"])
        assert urlsplit(card["source"]["topic"]["system"]).scheme == "https"


def test_ovr_each_reason_has_its_three_members_and_a_code_of_its_own(cards: list[Json]) -> None:
    for card in cards:
        reasons = card["overrideReasons"]
        assert all(reason.keys() == {"code", "system", "display"} for reason in reasons)
        assert len({reason["code"] for reason in reasons}) == len(reasons) > 1


def test_lnk_links_are_absolute_and_carry_no_context_and_nothing_of_the_patient(cards: list[Json]) -> None:
    patient = sandbox_order()["context"]["patientId"]

    for link in (link for card in cards for link in card["links"]):
        assert link.keys() == {"label", "url", "type"}
        assert link["type"] == "absolute"
        assert patient not in link["url"]


def test_card_4_detail_has_no_html_and_its_links_are_https(cards: list[Json]) -> None:
    for card in cards:
        assert not re.search(r"<[a-z/!]", card["detail"], re.IGNORECASE)
        assert set(re.findall(r"\]\(([^)]{0,8})", card["detail"])) <= {"https://"}
        assert "*" not in card["summary"]


def test_card_1_a_summary_is_shorter_than_140_in_the_units_of_a_browser(cards: list[Json]) -> None:
    assert all(0 < len(card["summary"].encode("utf-16-le")) // 2 < 140 for card in cards)


def test_ext_3_the_keys_of_our_extensions_are_names_of_a_domain(service: Service, cards: list[Json]) -> None:
    (offered,) = service.get("/cds-services").json["services"]
    holders = [offered, *cards, *(item for card in cards for item in card.get("suggestions", []))]

    keys = {key for holder in holders for key in holder.get("extension", {})}
    assert keys == {"org.baclofen-cds"}


def test_sug_6_and_dis_10_no_member_of_a_later_release_is_sent(service: Service, cards: list[Json]) -> None:
    (offered,) = service.get("/cds-services").json["services"]

    assert not {"version", "hookVersion"} & offered.keys()
    assert not [item for card in cards for item in card.get("suggestions", []) if "actionSelectionBehavior" in item]
