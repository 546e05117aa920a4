"""Row 22: many tokens with an unknown `kid` wait for keys that do not come, and hold up nobody else."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cds_service.access.authenticate import CannotVerify
from cds_service.access.key_cache import MOST_WAITING
from cds_service.access.token_store import TokenStore
from cds_service.server import options
from tests.access import key_server as server
from tests.access.deployment import AUDIENCE, as_toml, deployed, production
from tests.access.forge import Issuer, ecdsa
from tests.access.gate import Clock, Fetched, bearer, gate
from tests.access.key_server import KeyServer

MANY = 120


def test_row_22_health_answers_while_many_wait_for_keys_that_were_never_had(
    tmp_path: Path, key_sets: KeyServer, ca_file: Path
) -> None:
    url = key_sets.serve("hanging", server.slow(3))
    issuer = Issuer("https://hanging.example", ecdsa(), AUDIENCE)
    clients = tmp_path / "clients.toml"
    clients.write_text(as_toml({"id": "hanging", "issuer": "https://hanging.example", "jwks_url": url}), "utf-8")
    environment = production(clients, f"sqlite:///{tmp_path}/cds.db", SSL_CERT_FILE=str(ca_file))
    tokens = [issuer.token({"kid": f"unknown-{number}"}) for number in range(MANY)]

    with deployed(tmp_path, environment) as deployment, ThreadPoolExecutor(MANY) as pool:
        begun = time.monotonic()
        answers = [pool.submit(deployment.sign, token) for token in tokens]
        assert deployment.service.get("/healthz").status == 200
        health_after = time.monotonic() - begun
        assert {answer.result().status for answer in answers} == {503}
        all_after = time.monotonic() - begun

    assert key_sets.count("hanging") == 1
    assert health_after < all_after
    assert all_after < MANY / 2  # one after another, they would wait a second each


def test_row_22_no_more_threads_wait_than_the_service_can_spare(store: TokenStore) -> None:
    clock, goes_on, asked = Clock(), threading.Event(), threading.Event()

    def hangs(_url: str) -> bytes:
        asked.set()
        assert goes_on.wait(60)
        return b"{}"

    token_gate = gate(store, clock, hangs)

    def ask() -> None:
        with pytest.raises(CannotVerify):
            token_gate.admit(bearer(ecdsa(), clock), AUDIENCE)

    with ThreadPoolExecutor(MANY) as pool:
        first = pool.submit(ask)
        assert asked.wait(60)
        others = [pool.submit(ask) for _ in range(MANY)]
        for answered in others:
            answered.result(60)  # though the first fetch goes on
        goes_on.set()
        first.result()

    assert options("", workers=1)["threads"] / 2 >= MOST_WAITING


def test_row_22_a_fetch_that_failed_is_remembered_until_the_next_is_due(store: TokenStore) -> None:
    """The others ask the store again after a second at the soonest, and wait for nothing."""
    clock, fetched = Clock(), Fetched()
    fetched.down = True
    token_gate = gate(store, clock, fetched)

    for ahead in (0, 0.5, 2, 30, 59):
        clock.ahead = ahead
        with pytest.raises(CannotVerify):
            token_gate.admit(bearer(ecdsa(), clock), AUDIENCE)
        assert fetched.count == 1

    clock.ahead, fetched.down = 62, False
    fetched.signers = (known := ecdsa(),)
    assert token_gate.admit(bearer(known, clock), AUDIENCE).id == "ehr"
