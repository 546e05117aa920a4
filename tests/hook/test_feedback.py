"""Feedback over HTTP: rows FBK-1 to FBK-8, and row 85, with a database of its own."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from cds_service.hook.feedback import MOST_NAMED
from cds_service.store.tables import AUDIT, CHOSEN, FEEDBACK, FEEDBACK_FINDINGS
from tests.hook.kept_feedback import PATH, Kept, accepted, assert_kept, overridden
from tests.running.client import assert_refused
from tests.running.service import demo
from tests.store.shown import order, rows
from tests.store.waiting import eventually, until_all_is_in_the_database

CANARY = "Canary7f3a"
OURS = "https://baclofen-cds.example/fhir/CodeSystem/override-reasons"


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    folder = tmp_path_factory.mktemp("feedback")
    with demo(CDS_DATABASE_URL=f"sqlite:///{folder}/store.db", CDS_ANONYMOUS_PER_MINUTE="0") as (service, _):
        yield Kept(service, folder)


def test_fbk_1_feedback_is_taken_and_the_answer_is_empty(kept: Kept) -> None:
    item = overridden()

    assert_kept(kept.send(item))

    found = kept.of(item["card"])
    assert (found.client, found.outcome, found.reason, found.comment) == ("anonymous", "overridden", None, None)
    assert found.told_at == "2026-11-22T08:15:30.000000Z"


def test_fbk_2_a_batch_with_duplicates_is_kept_once_each(kept: Kept) -> None:
    items = [overridden() for _ in range(25)]
    card = items[0]["card"]

    assert_kept(kept.send(*items, *items))
    assert_kept(kept.send(*items))

    for item in items:
        kept.of(item["card"])
    kept.send(overridden(card, outcomeTimestamp="2026-11-22T08:15:31Z"), accepted(card))
    kept.of(card, many=3)


BAD: dict[str, dict[str, Any]] = {
    "no card": {"card": None},
    "an empty card": {"card": ""},
    "a card that is a number": {"card": 5},
    "a card without end": {"card": "x" * 201},
    "an outcome with a typo": {"outcome": "overriden"},
    "ignored": {"outcome": "ignored"},
    "no outcome": {"outcome": None},
    "no moment": {"outcomeTimestamp": None},
    "a day without a time": {"outcomeTimestamp": "2026-11-22"},
    "a moment without a zone": {"outcomeTimestamp": "2026-11-22T08:15:30"},
    "a day that does not exist": {"outcomeTimestamp": "2026-02-30T08:15:30Z"},
    "accepted and nothing chosen": {"outcome": "accepted"},
    "accepted and an empty choice": {"outcome": "accepted", "acceptedSuggestions": []},
    "a choice without an id": {"outcome": "accepted", "acceptedSuggestions": [{}]},
    "an empty reason": {"overrideReason": {}},
    "a reason that is a text": {"overrideReason": CANARY},
    "reasons that are texts": {"overrideReasons": [CANARY]},
}


@pytest.mark.parametrize("name", list(BAD))
def test_fbk_3_a_bad_item_alone_is_refused_and_in_a_batch_the_good_ones_are_kept(kept: Kept, name: str) -> None:
    changed = overridden() | BAD[name]
    bad = {member: value for member, value in changed.items() if value is not None}
    good = overridden()

    said = assert_refused(kept.send(bad), 400)
    assert "feedback.0" in said
    assert CANARY not in said
    assert_kept(kept.send(bad, good, "not an item"))

    kept.of(good["card"])
    assert kept.rows(changed["card"] or "") == []


def test_what_is_wrong_with_an_item_is_said_in_words(kept: Kept) -> None:
    said = assert_refused(kept.send(overridden(outcome="ignored", overrideReason="no")), 400)

    assert "feedback.0.outcome: is neither accepted nor overridden." in said
    assert "feedback.0.overrideReason: is not of the type object or null." in said


REASONS: dict[str, tuple[dict[str, Any], str | None]] = {
    "none": ({}, None),
    "null": ({"overrideReason": None}, None),
    "a code of ours": (
        {"overrideReason": {"reason": {"code": "patient-refuses", "system": OURS}}},
        "patient-refuses",
    ),
    "its code alone": ({"overrideReason": {"reason": {"code": "patient-refuses"}}}, "patient-refuses"),
    "with a comment": (
        {"overrideReason": {"reason": {"code": "patient-refuses", "display": "x"}, "userComment": CANARY}},
        "patient-refuses",
    ),
    "a comment alone": ({"overrideReason": {"userComment": CANARY}}, "unlisted"),
    "a code of others": ({"overrideReason": {"reason": {"code": CANARY, "system": "https://x.example"}}}, "unlisted"),
    "our code in another system": (
        {"overrideReason": {"reason": {"code": "patient-refuses", "system": "https://x.example"}}},
        "unlisted",
    ),
    "Epic's plural": (
        {"overrideReasons": {"reason": {"code": "patient-refuses", "system": OURS}}},
        "patient-refuses",
    ),
    "a list": (
        {"overrideReasons": [None, {"userComment": CANARY}, {"reason": {"code": "patient-refuses", "system": OURS}}]},
        "patient-refuses",
    ),
    "an empty list": ({"overrideReasons": []}, None),
    "Epic's extension": (
        {
            "overrideReasons": {
                "extension": {
                    "com.epic.cdshooks.feedback.overrideReason.reasonCategory": "45",
                    "com.epic.cdshooks.feedback.overrideReason.reasonDisplay": CANARY,
                    "com.epic.cdshooks.feedback.overrideReason.reasonTitle": CANARY,
                },
                "userComment": CANARY,
            }
        },
        "unlisted",
    ),
}


@pytest.mark.parametrize("name", list(REASONS))
def test_fbk_4_and_6_a_reason_is_kept_where_it_is_one_of_ours(kept: Kept, name: str) -> None:
    given, reason = REASONS[name]
    item = overridden(**given)

    assert_kept(kept.send(item))

    assert (kept.of(item["card"]).reason, kept.of(item["card"]).comment) == (reason, None)


@pytest.mark.parametrize(
    ("code", "about"),
    [
        ("care-in-place", {"specialist-care"}),
        ("history-not-current", {"psychiatric-history", "seizure-history"}),
        ("patient-refuses", set()),
        ("nobodys", set()),
    ],
    ids=["of one rule", "of two rules", "retired", "unlisted"],
)
def test_an_override_is_about_the_findings_of_its_reason(kept: Kept, code: str, about: set[str]) -> None:
    item = overridden(overrideReason={"reason": {"code": code, "system": OURS}})
    assert_kept(kept.send(item))

    found = kept.of(item["card"])

    assert found.reason == ("unlisted" if code == "nobodys" else code)
    assert {row.finding for row in rows(kept.url, FEEDBACK_FINDINGS) if row.feedback == found.id} == about


def test_fbk_6_a_card_that_is_no_uuid_is_kept_as_a_digest(kept: Kept) -> None:
    before = len(rows(kept.url, FEEDBACK))

    assert_kept(kept.send(overridden(CANARY, outcomeTimestamp="2022-05-19T19:44:04Z")))

    eventually(lambda: len(rows(kept.url, FEEDBACK)) == before + 1)
    (found,) = (row for row in rows(kept.url, FEEDBACK) if row.told_at.startswith("2022-05-19"))
    assert len(found.card) == 64


def test_fbk_3_the_chosen_suggestions_are_kept(kept: Kept) -> None:
    item = accepted(acceptedSuggestions=[{"id": str(uuid4())}, {"id": str(uuid4())}])

    assert_kept(kept.send(item))

    found = kept.of(item["card"])
    chosen = {row.suggestion for row in rows(kept.url, CHOSEN) if row.feedback == found.id}
    assert chosen == {suggestion["id"] for suggestion in item["acceptedSuggestions"]}


def test_fbk_8_feedback_meets_the_card_that_was_given(kept: Kept) -> None:
    answer = kept.service.sign(order(str(uuid4())))
    card = answer.json["cards"][0]

    assert_kept(kept.send(accepted(card["uuid"], acceptedSuggestions=[{"id": card["suggestions"][0]["uuid"]}])))

    assert kept.of(card["uuid"]).outcome == "accepted"
    eventually(lambda: any(card["uuid"] in row.content for row in rows(kept.url, AUDIT, "content")))


def test_row_85_a_moment_in_the_future_is_kept_and_worth_no_more_than_now(kept: Kept) -> None:
    item = overridden(outcomeTimestamp="2099-01-01T00:00:00.5+02:00")

    assert_kept(kept.send(item))

    found = kept.of(item["card"])
    assert found.told_at == "2098-12-31T22:00:00.500000Z"
    assert found.effective_at == found.received_at < found.told_at


def test_row_85_any_number_of_items_is_taken_and_the_good_ones_are_kept(kept: Kept) -> None:
    items = [overridden() for _ in range(500)]

    assert_kept(kept.send())  # an empty list is a list
    assert_kept(kept.send(*[5] * 20_000, *items))

    kept.of(items[-1]["card"])
    said = assert_refused(kept.send(*[5] * (MOST_NAMED + 7)), 400)
    assert f"feedback.{MOST_NAMED - 1}" in said
    assert "has 7 further items" in said


MOMENTS = {
    "2026-11-22t08:15:30z": "2026-11-22T08:15:30.000000Z",
    "2026-11-22T09:15:30+0100": "2026-11-22T08:15:30.000000Z",
    "2026-12-31T23:59:60Z": "2027-01-01T00:00:00.000000Z",
    "2026-11-22T08:15:30.123456789Z": "2026-11-22T08:15:30.123456Z",
}


@pytest.mark.parametrize("written", MOMENTS)
def test_every_spelling_of_a_moment_is_read(kept: Kept, written: str) -> None:
    item = overridden(outcomeTimestamp=written)

    assert_kept(kept.send(item))

    assert kept.of(item["card"]).told_at == MOMENTS[written]


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b"{}", b'{"feedback": null}', b'{"feedback": {}}', b"\xff",
     b'{"feedback": [5]}', b'{"feedback": [{"card": "a", "card": "b"}]}', b'{"feedback": [], "feedback": []}'],
)  # fmt: skip
def test_row_85_what_is_no_feedback_is_refused(kept: Kept, body: bytes) -> None:
    assert_refused(kept.send_body(body), 400)


def test_row_85_bodies_are_held_to_the_same_as_those_of_the_hook(kept: Kept) -> None:
    assert_refused(kept.send_body(b"{}", "text/plain"), 415)
    assert_refused(kept.service.announce(PATH, 8 * 1024 * 1024 + 1), 413)
    refused = kept.service.get(PATH)
    assert_refused(refused, 405)
    assert set(refused.headers["Allow"].split(", ")) == {"POST", "OPTIONS"}
    assert_refused(kept.service.call("POST", "/cds-services/another/feedback", b"{}"), 404)


def test_row_83_85_nothing_that_a_client_wrote_is_kept(kept: Kept) -> None:
    """Comments, reasons, ids and members of all tests above, and some more."""
    kept.send(overridden(CANARY, **{CANARY: CANARY, "overrideReason": {"userComment": CANARY, CANARY: CANARY}}))
    kept.send(accepted(acceptedSuggestions=[{"id": CANARY, CANARY: CANARY}]), **{CANARY: CANARY})
    kept.send({"outcome": CANARY, "outcomeTimestamp": CANARY})

    until_all_is_in_the_database(kept.folder / "store.db")
    assert CANARY.encode() not in kept.everything()


def test_comments_are_kept_where_the_settings_keep_them(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/store.db"
    comment = "Refus du patient.\0 " + "x" * 5000
    with demo(CDS_DATABASE_URL=url, CDS_KEEP_COMMENTS="yes") as (service, _):
        kept = Kept(service, tmp_path)
        item = overridden(overrideReason={"userComment": comment})

        assert_kept(kept.send(item))

        found = kept.of(item["card"])
    assert found.comment.startswith("Refus du patient. xxx")
    assert 1900 < len(found.comment) <= 2000
    assert found.reason == "unlisted"
