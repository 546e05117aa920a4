"""Used tokens and fetched keys, on each kind of database."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from cds_service.access.token_store import KEPT_LONGER_S, TokenStore


@pytest.fixture
def store(database: str) -> Iterator[TokenStore]:
    store = TokenStore(database)
    yield store
    store.close()


def test_row_17_one_of_many_is_first(store: TokenStore) -> None:
    with ThreadPoolExecutor(16) as pool:
        first = list(pool.map(lambda _: store.use("ehr", "once", 1_300.0, 1_000.0), range(64)))

    assert first.count(True) == 1


def test_row_20_what_has_ended_is_forgotten(store: TokenStore) -> None:
    """Not at once: after a clock that was ahead is corrected, used tokens must still be known."""
    forgotten = 2_000.0 + KEPT_LONGER_S + 1
    assert store.use("ehr", "ends", 2_000.0, 1_900.0)
    assert store.use("ehr", "later", 9_000.0, 8_000.0)
    assert not store.use("ehr", "ends", 9_000.0, 8_000.0)

    assert store.use("ehr", "much later", forgotten + 300, forgotten)
    assert store.use("ehr", "ends", forgotten + 300, forgotten)


def test_row_22_one_may_fetch(store: TokenStore, database: str) -> None:
    stores = [store, TokenStore(database)]

    claims = [one.claim_refresh("beta", now, 60.0) for now in (1_000.0, 1_030.0, 1_061.0) for one in stores]

    assert claims == [True, False, False, False, True, False]
    store.save_keys("beta", 1_061.0, b"{}")
    assert stores[1].keys("beta").document == b"{}"
    stores[1].close()
