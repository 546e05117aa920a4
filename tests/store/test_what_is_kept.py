"""What is stored of an answer and of feedback, and what is not."""

from pathlib import Path

from cds_service.store.kept import of_answer
from cds_service.store.recorder import Recorder
from cds_service.store.tables import ANSWERS, AUDIT, CARDS, CHOSEN, FEEDBACK, FINDINGS, SUGGESTIONS
from tests.store.shown import KEY, MOMENT, count, opened, rows, shown, told
from tests.store.waiting import WELL, eventually, fresh_state


def test_an_answer_is_kept_with_its_cards_findings_and_suggestions(memory: Recorder, database: str) -> None:
    one = shown("hospital-a")
    memory.remember_answer(one)
    eventually(lambda: count(database, AUDIT) == 1)

    (answer,) = rows(database, ANSWERS)
    assert answer.client == "hospital-a"
    assert (answer.rules_version, answer.on_day) == (one.decision.rules_version, "2026-11-22")
    cards = {card["uuid"]: card for card in one.cards}
    assert {card.uuid: card.indicator for card in rows(database, CARDS)} == {
        uuid: card["indicator"] for uuid, card in cards.items()
    }
    on_cards = {
        (found["id"], found["indicator"], uuid)
        for uuid, card in cards.items()
        for found in card["extension"]["org.baclofen-cds"]["findings"]
    }
    kept = {(row.finding, row.indicator, row.card) for row in rows(database, FINDINGS)}
    assert {row for row in kept if row[2]} == on_cards
    assert {finding for finding, _, card in kept if card is None} == {
        "adverse-effect-report",
        "risk-reduction-documents",
    }
    offered = {(item["uuid"], uuid) for uuid, card in cards.items() for item in card.get("suggestions", [])}
    assert {(row.uuid, row.card) for row in rows(database, SUGGESTIONS)} == offered
    assert fresh_state(memory) == WELL


def test_nothing_that_names_a_patient_an_order_or_a_prescriber_is_kept(memory: Recorder, database: str) -> None:
    one = shown()
    memory.remember_answer(one)
    eventually(lambda: count(database, AUDIT) == 1)
    everything = str([rows(database, table) for table in (ANSWERS, CARDS, FINDINGS, SUGGESTIONS, AUDIT)])

    assert one.decision.case.patient_id not in everything
    assert [order.reference in everything for order in one.decision.case.orders] == [False]
    assert one.hook_instance not in everything
    assert "Practitioner" not in everything
    assert "500" in everything  # the judged dose is stored


def test_the_same_call_has_the_same_digest_and_another_key_gives_another() -> None:
    one = shown()

    first, again = (of_answer(one, MOMENT, KEY) for _ in range(2))
    other = of_answer(one, MOMENT, b"another key for digests of tests")

    assert first["hook_instance"] == again["hook_instance"] != other["hook_instance"]
    assert first["id"] != again["id"]
    assert first["input"] == again["input"] == other["input"]


def test_the_key_is_kept_beside_the_spool_and_not_in_the_database(database: str, tmp_path: Path) -> None:
    one = shown()
    for _ in range(2):  # the service starts twice
        memory = opened(database, tmp_path)
        memory.remember_answer(one)
        memory.stop()

    assert count(database, ANSWERS) == 2
    assert len({row.hook_instance for row in rows(database, ANSWERS)}) == 1
    key = tmp_path / "spool" / "digest.key"
    assert (len(key.read_bytes()), key.stat().st_mode & 0o077) == (32, 0)


def test_feedback_is_kept_once_with_the_earlier_of_its_moments(memory: Recorder, database: str) -> None:
    card, chosen = "0f8fad5b-d9cb-469f-a165-70867728950e", "7c9e6679-7425-40de-944b-e07fc1f90ae7"
    future = MOMENT.replace(year=2099)
    for _ in range(3):
        memory.remember_feedback([told(card, "accepted", future, suggestions=[chosen, chosen])], "ehr")
    memory.remember_feedback([told("123456", reason="patient-refuses"), told(card, at=MOMENT)], "ehr")
    eventually(lambda: count(database, FEEDBACK) == 3)

    (of_future,) = (row for row in rows(database, FEEDBACK) if row.outcome == "accepted")
    assert of_future.told_at.startswith("2099")
    assert of_future.effective_at == of_future.received_at
    assert [row.suggestion for row in rows(database, CHOSEN)] == [chosen]
    (other,) = (row for row in rows(database, FEEDBACK) if row.reason)
    assert (other.reason, other.effective_at) == ("patient-refuses", other.told_at)
    assert "123456" not in str(other)
    assert len(other.card) == 64
