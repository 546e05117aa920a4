"""Row 82: a sealed record that was changed, removed, moved or added is detected, and the first one is named.

Each change is made to a chain of ten decisions directly in the database.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, insert, text

from cds_service.store import timestamps
from cds_service.store.audit import head, purge_chain, verify_chain
from cds_service.store.chain import BEFORE_THE_FIRST, Head, Verdict, seal
from cds_service.store.database import open_engine, writing
from cds_service.store.insert import write
from cds_service.store.kept import Record
from cds_service.store.tables import AUDIT
from tests.store.shown import connected, decisions, execute, sealed

LENGTH = 10
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC).timestamp()


def remember(url: str, records: list[Record], at: float = NOW) -> None:
    engine = open_engine(url)
    with writing(engine) as connection:
        write(connection, records, lambda: at)
    engine.dispose()


def verified(url: str, *known: Head) -> Verdict:
    with connected(url) as connection:
        return verify_chain(connection, known)


def end(url: str) -> Head:
    with connected(url) as connection:
        return head(connection)


@pytest.fixture
def chain(database: str) -> str:
    remember(database, decisions(LENGTH))
    return database


def test_a_chain_that_nobody_touched_holds(chain: str) -> None:
    verdict = verified(chain, end(chain))

    assert verdict == Verdict(LENGTH, end(chain))
    assert [content["kind"] for content in sealed(chain)] == ["decision"] * LENGTH


def test_an_empty_chain_holds(database: str) -> None:
    assert verified(database) == Verdict(0, Head(0, BEFORE_THE_FIRST))


EDITS = {
    "content": "content = replace(content, '\"critical\"', '\"info\"')",
    "a space in the content": "content = content || ' '",
    "time": "sealed_at = '2026-11-22T08:59:59.000000Z'",
    "hash": "hash = lower(replace(hash, substr(hash, 1, 1), 'x'))",
    "link": "previous = lower(replace(previous, substr(previous, 1, 1), 'x'))",
}


@pytest.mark.parametrize("name", list(EDITS))
def test_row_82_a_record_that_was_edited_is_named(chain: str, name: str) -> None:
    execute(chain, f"UPDATE audit SET {EDITS[name]} WHERE seq = 4")  # noqa: S608 - a text of ours

    assert verified(chain).broken == (4, "its content is not what was sealed")


def test_row_82_an_edit_that_was_sealed_again_breaks_at_the_next(chain: str) -> None:
    with connected(chain) as connection:
        old = connection.execute(AUDIT.select().where(AUDIT.c.seq == 4)).one()
        forged = seal(Head(3, old.previous), old.sealed_at, old.content.replace("critical", "info"))
        connection.execute(AUDIT.update().where(AUDIT.c.seq == 4).values(content=forged.content, hash=forged.hash))

    assert verified(chain).broken == (5, "it does not follow the record before it")


@pytest.mark.parametrize("seq", [2, 4, LENGTH - 1])
def test_row_82_a_record_that_was_removed_is_named(chain: str, seq: int) -> None:
    execute(chain, "DELETE FROM audit WHERE seq = :seq", seq=seq)

    assert verified(chain).broken == (seq + 1, f"record {seq} is missing before it")


def test_row_82_a_beginning_that_was_cut_off_is_named(chain: str) -> None:
    execute(chain, "DELETE FROM audit WHERE seq <= 3")

    assert verified(chain).broken == (3, "it is missing, and no purge tells of it")


def test_row_82_records_that_changed_places_are_named(chain: str) -> None:
    for was, becomes in ((4, 100), (5, 4), (100, 5)):
        execute(chain, "UPDATE audit SET seq = :becomes WHERE seq = :was", becomes=becomes, was=was)

    assert verified(chain).broken == (4, "its content is not what was sealed")


def test_row_82_a_record_that_was_put_in_between_is_named(chain: str) -> None:
    execute(chain, "UPDATE audit SET seq = seq + 100 WHERE seq > 4")
    execute(chain, "UPDATE audit SET seq = seq - 99 WHERE seq > 100")
    with connected(chain) as connection:
        fourth = connection.execute(AUDIT.select().where(AUDIT.c.seq == 4)).one()
        add(connection, Head(4, fourth.hash))

    assert verified(chain).broken == (6, "its content is not what was sealed")


def add(connection: Connection, after: Head) -> None:
    forged = seal(after, timestamps.written(datetime.fromtimestamp(NOW, UTC)), '{"kind":"decision"}')
    connection.execute(insert(AUDIT), {**forged.__dict__, "record": "forged"})


def test_row_82_a_record_that_was_added_behind_the_end_is_named(chain: str) -> None:
    with connected(chain) as connection:
        add(connection, head(connection))

    assert verified(chain).broken == (LENGTH + 1, "the database itself names another end of the chain")


def test_row_82_a_tail_that_was_cut_off_is_named(chain: str) -> None:
    execute(chain, "DELETE FROM audit WHERE seq > 7")

    assert verified(chain).broken == (8, f"it is missing: the chain went on to record {LENGTH}")


def cut_with_care(url: str, after: int) -> None:
    """Cut off the last records, and change the stored end of the chain to match."""
    execute(url, "DELETE FROM audit WHERE seq > :after", after=after)
    execute(
        url, "UPDATE audit_head SET seq = :after, hash = (SELECT hash FROM audit WHERE seq = :after)", after=after
    )


def test_row_82_a_tail_that_was_cut_off_with_care_is_named_by_an_exported_head(chain: str) -> None:
    exported = end(chain)
    cut_with_care(chain, 7)

    assert verified(chain).broken is None
    assert verified(chain, exported).broken == (8, f"it is missing: the chain went on to record {LENGTH}")


def test_row_82_a_chain_that_was_written_anew_is_named_by_an_exported_head(chain: str) -> None:
    early, exported = Head(5, hash_of(chain, 5)), end(chain)
    cut_with_care(chain, 7)
    remember(chain, decisions(5))

    assert verified(chain, early).broken is None
    assert verified(chain, early, exported).broken == (LENGTH, "it is not the record that was exported as head")


def hash_of(url: str, seq: int) -> str:
    with connected(url) as connection:
        return str(connection.execute(text("SELECT hash FROM audit WHERE seq = :seq"), {"seq": seq}).scalar_one())


def test_row_82_a_clock_that_was_set_back_is_told_and_breaks_nothing(chain: str) -> None:
    remember(chain, decisions(2), NOW - 3600)
    remember(chain, decisions(1), NOW - 3601)  # clocks of two machines may differ by this second
    remember(chain, decisions(1), NOW)

    verdict = verified(chain)

    assert verdict.broken is None
    assert verdict.set_back == (LENGTH + 1,)


def test_a_record_is_sealed_once_however_often_it_comes(chain: str) -> None:
    records = decisions(3)
    remember(chain, records)
    remember(chain, [records[1], records[1], *decisions(1), records[0]])

    assert verified(chain).links == LENGTH + 4


PURGES: dict[str, Callable[[str], object]] = {
    "nothing": lambda _url: None,
    "more came": lambda url: remember(url, decisions(2)),
    "purged again": lambda url: purge(url, NOW + 7200),
}


def purge(url: str, before: float) -> int:
    engine = open_engine(url)
    with writing(engine) as connection:
        removed = purge_chain(connection, datetime.fromtimestamp(before, UTC))
    engine.dispose()
    return removed


@pytest.mark.parametrize("then", list(PURGES))
def test_a_chain_holds_after_a_purge(chain: str, then: str) -> None:
    remember(chain, decisions(3), NOW + 3600)
    exported = end(chain)

    assert purge(chain, NOW + 60) == LENGTH
    PURGES[then](chain)

    verdict = verified(chain, exported)
    assert verdict.broken is None
    assert verdict.head.seq > exported.seq


def test_a_purge_of_everything_leaves_what_tells_of_it(chain: str) -> None:
    assert purge(chain, NOW + 60) == LENGTH
    remember(chain, decisions(1), NOW + timedelta(days=1).total_seconds())

    assert [content["kind"] for content in sealed(chain)] == ["purge", "decision"]
    assert verified(chain).broken is None


def test_a_purge_that_removes_nothing_seals_nothing(chain: str) -> None:
    assert purge(chain, NOW - 60) == 0
    assert end(chain).seq == LENGTH


def test_after_a_purge_what_is_removed_besides_is_named(chain: str) -> None:
    remember(chain, decisions(3), NOW + 3600)
    purge(chain, NOW + 60)
    execute(chain, "DELETE FROM audit WHERE seq = :seq", seq=LENGTH + 1)

    assert verified(chain).broken == (LENGTH + 1, "it is missing, and no purge tells of it")


def test_a_purge_goes_no_further_than_a_clock_that_was_set_back(database: str) -> None:
    remember(database, decisions(2), NOW)
    remember(database, decisions(2), NOW + 3600)
    remember(database, decisions(2), NOW)

    assert purge(database, NOW + 60) == 2
    assert verified(database).broken is None
