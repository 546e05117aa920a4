"""Rows 22, 23 and 25: keys that are fetched, cached, rotated and withdrawn, and key servers that fail."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest

from cds_service.access.authenticate import CannotVerify
from cds_service.access.key_fetch import FetchFailed, fetch
from cds_service.access.token_store import TokenStore
from cds_service.access.tokens import Refused
from cds_service.store import migrator
from tests.access import key_server as server
from tests.access.deployment import AUDIENCE
from tests.access.forge import ecdsa, key_set
from tests.access.gate import Clock, Fetched, bearer, client, gate, reason
from tests.access.key_server import KeyServer


def test_row_22_who_comes_while_another_worker_fetches_the_first_keys_waits_for_them(tmp_path: Path) -> None:
    signer, clock = ecdsa(), Clock()
    url = f"sqlite:///{tmp_path}/trust.db"
    migrator.migrate(url)

    begun = threading.Event()

    def slowly(_url: str) -> bytes:
        begun.set()
        time.sleep(0.4)
        return json.dumps(key_set(signer)).encode()

    def never(_url: str) -> bytes:
        raise AssertionError("a second fetch")

    first, second = gate(TokenStore(url), clock, slowly), gate(TokenStore(url), clock, never)
    with ThreadPoolExecutor(1) as pool:
        fetching = pool.submit(first.admit, bearer(signer, clock), AUDIENCE)
        assert begun.wait(30)

        assert second.admit(bearer(signer, clock), AUDIENCE).id == "ehr"
        assert fetching.result().id == "ehr"


def test_row_22_one_fetch_a_minute_by_all_workers_together(tmp_path: Path) -> None:
    signer, clock, fetched = ecdsa(kid="unknown"), Clock(), Fetched(ecdsa())
    url = f"sqlite:///{tmp_path}/trust.db"
    migrator.migrate(url)
    workers = [gate(TokenStore(url), clock, fetched) for _ in range(4)]

    def ask_each(minute: int) -> None:
        clock.ahead = 61.0 * minute
        for token_gate in workers * 5:
            with pytest.raises(Refused, match="unknown-key"):
                token_gate.admit(bearer(signer, clock), AUDIENCE)

    for minute in range(3):
        ask_each(minute)
        assert fetched.count == minute + 1


def test_row_23_known_keys_are_used_for_twelve_hours_and_then_no_more(store: TokenStore) -> None:
    signer, clock = ecdsa(), Clock()
    fetched = Fetched(signer)
    token_gate = gate(store, clock, fetched)
    token_gate.admit(bearer(signer, clock), AUDIENCE)
    fetched.down = True

    clock.ahead = 11.9 * 3600
    assert token_gate.admit(bearer(signer, clock), AUDIENCE).id == "ehr"
    clock.ahead = 12.1 * 3600
    with pytest.raises(CannotVerify):
        token_gate.admit(bearer(signer, clock), AUDIENCE)
    fetched.down = False
    clock.ahead += 61
    assert token_gate.admit(bearer(signer, clock), AUDIENCE).id == "ehr"


def test_row_23_keys_are_looked_at_again_after_ten_minutes_so_that_a_withdrawn_one_ends(store: TokenStore) -> None:
    old, new, clock = ecdsa(kid="old"), ecdsa(kid="new"), Clock()
    fetched = Fetched(old)
    token_gate = gate(store, clock, fetched)
    token_gate.admit(bearer(old, clock), AUDIENCE)
    fetched.signers = (new,)

    clock.ahead = 601

    assert reason(lambda: token_gate.admit(bearer(old, clock), AUDIENCE)) == "unknown-key"


def test_row_23_a_key_set_without_a_usable_key_does_not_take_the_place_of_the_known_ones(store: TokenStore) -> None:
    signer, clock = ecdsa(), Clock()
    fetched = Fetched(signer)
    token_gate = gate(store, clock, fetched)
    token_gate.admit(bearer(signer, clock), AUDIENCE)
    fetched.signers = ()

    clock.ahead = 3600

    assert token_gate.admit(bearer(signer, clock), AUDIENCE).id == "ehr"


@pytest.mark.parametrize(
    ("behaviour", "said"),
    [
        (server.status(500), "status"),
        (server.redirect("https://localhost/elsewhere"), "status"),
        (server.body(b"<html>", "text/html"), "content-type"),
        (server.body(b" " * (64 * 1024 + 1)), "too-large"),
        (server.slow(3), "timeout"),
        (server.trickle, "timeout"),
        (server.cut, "cut-short"),
    ],
)
def test_row_23_each_way_to_fail_is_named_within_a_second(
    key_sets: KeyServer, trusted_ca: None, behaviour: server.Behaviour, said: str
) -> None:
    """A server that takes three seconds, or five, has not ended when it is given up after one."""
    del trusted_ca
    name = f"failing-{uuid4()}"

    with pytest.raises(FetchFailed, match=said):
        fetch(key_sets.serve(name, behaviour))

    assert said != "timeout" or not key_sets.has_ended(name)


def test_row_23_a_server_that_no_authority_vouches_for_is_not_believed(key_sets: KeyServer) -> None:
    with pytest.raises(FetchFailed, match="SSLCertVerificationError"):
        fetch(key_sets.serve("good", server.keys(key_set(ecdsa()))))


@pytest.mark.parametrize(
    "url", ["http://localhost/x", "file:///etc/passwd", "ftp://localhost/x", "data:,x", "https:///x"]
)
def test_row_23_only_https_is_fetched(url: str) -> None:
    with pytest.raises(FetchFailed, match="not-https"):
        fetch(url)


def test_row_25_a_rotated_key_works_after_one_fetch(store: TokenStore, key_sets: KeyServer, trusted_ca: None) -> None:
    del trusted_ca
    old, new, clock = ecdsa(kid="old"), ecdsa(kid="new"), Clock()
    url = key_sets.serve("rotated", server.keys(key_set(old)))
    token_gate = gate(store, clock, fetch, client(jwks_url=url))
    token_gate.admit(bearer(old, clock), AUDIENCE)
    key_sets.serve("rotated", server.keys(key_set(new)))

    clock.ahead = 61

    assert token_gate.admit(bearer(new, clock), AUDIENCE).id == "ehr"
    assert reason(lambda: token_gate.admit(bearer(old, clock), AUDIENCE)) == "unknown-key"
    assert key_sets.count("rotated") == 2


def test_row_25_a_key_that_one_worker_has_fetched_serves_the_others_at_once(tmp_path: Path) -> None:
    old, new, clock = ecdsa(kid="old"), ecdsa(kid="new"), Clock()
    url = f"sqlite:///{tmp_path}/trust.db"
    migrator.migrate(url)
    fetched = Fetched(old)
    first, second = gate(TokenStore(url), clock, fetched), gate(TokenStore(url), clock, fetched)
    first.admit(bearer(old, clock), AUDIENCE)
    second.admit(bearer(old, clock), AUDIENCE)
    fetched.signers = (new,)
    clock.ahead = 61
    first.admit(bearer(new, clock), AUDIENCE)

    assert second.admit(bearer(new, clock), AUDIENCE).id == "ehr"
    assert fetched.count == 2
