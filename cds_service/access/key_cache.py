"""Caches the public keys of one client: refreshed after 10 minutes, at most once a minute, used for up to 12 hours.

Workers share fetched keys through the store. If the client's entry contains its keys, nothing is fetched.

Anybody can send a token with an unknown `kid`. So one thread looks for new keys, at most once a second; the others
wait for it without a lock that would line them up, and only as many as a process can spare.
"""

import math
import threading
import time
from collections.abc import Callable, Mapping

from cds_service.access.key_fetch import SECONDS, FetchFailed
from cds_service.access.token_store import TokenStore
from cds_service.config.clients import Client
from cds_service.config.keys import Key, is_public_test_key, read_document, read_keys
from cds_service.telemetry.logs import log_alarm

FRESH_S = 600.0
REFRESH_EVERY_S = 60.0
STALE_S = 12 * 3600.0
LOOK_AGAIN_S = 0.05
LOOK_EVERY_S = 1.0
PATIENCE_S = SECONDS + 0.5

MOST_WAITING = 8
"""Threads of a process that may look for keys or wait for them, of all clients: half of its threads."""

Fetch = Callable[[str], bytes]


class KeysUnavailable(Exception):  # noqa: N818 - the name says what happened
    """The client's keys are not available, so a token can be neither accepted nor refused."""


class KeyCache:
    """Finds a key of a client by its `kid`."""

    def __init__(
        self, client: Client, store: TokenStore, fetch: Fetch, waiting: threading.Semaphore, *, test_keys: bool
    ) -> None:
        """`waiting` has a place for each thread that may wait; the caches of a process share it."""
        self._client = client
        self._store = store
        self._fetch = fetch
        self._waiting = waiting
        self._test_keys = test_keys
        self._renewing = threading.Lock()
        self._looked = -math.inf
        self._fetched = 0.0
        self._keys: Mapping[str, Key] = self._fit(read_keys(client.jwks)) if client.jwks else {}

    def find(self, kid: str, now: float) -> Key | None:
        """The key with this id, or None. Raises KeysUnavailable if the known keys are too old, or StoreDown."""
        if self._client.jwks:
            return self._keys.get(kid)
        if kid not in self._keys or now - self._fetched > STALE_S:
            self._look(kid, now, PATIENCE_S)
        elif now - self._fetched > FRESH_S:
            self._look(kid, now, 0)  # meanwhile other threads use the known keys
        if now - self._fetched > STALE_S:
            raise KeysUnavailable
        return self._keys.get(kid)

    def _look(self, kid: str, now: float, patience_s: float) -> None:
        """Renews the keys, or waits until another thread has, unless that was done just now or too many wait."""
        if self._has_looked(now) or not self._waiting.acquire(blocking=False):
            return
        try:
            if self._renewing.acquire(timeout=patience_s):
                try:
                    self._renew(kid, now)
                finally:
                    self._renewing.release()
        finally:
            self._waiting.release()

    def _has_looked(self, now: float) -> bool:
        return 0 <= now - self._looked < LOOK_EVERY_S

    def _renew(self, kid: str, now: float) -> None:
        """Loads keys that another worker has fetched, or fetches them if this worker may."""
        if self._has_looked(now):
            return
        self._load()
        if kid not in self._keys or now - self._fetched > FRESH_S:
            if self._store.claim_refresh(self._client.id, now, REFRESH_EVERY_S):
                self._refresh(now)
            elif not self._fetched:
                self._wait(self._load() + PATIENCE_S - now)
        self._looked = now

    def _refresh(self, now: float) -> None:
        try:
            document = self._fetch(self._client.jwks_url)
        except FetchFailed as failure:
            log_alarm("keys-not-fetched", client=self._client.id, reason=str(failure))
            return
        keys = self._fit(read_document(document))
        if not keys:  # an error page or a mistake: the known keys stay in use for a while
            log_alarm("keys-not-fetched", client=self._client.id, reason="no-usable-key")
            return
        self._store.save_keys(self._client.id, now, document)
        self._keys, self._fetched = keys, now

    def _load(self) -> float:
        """Takes the keys that the store has, if they are newer. Returns when a fetch was last begun."""
        stored = self._store.keys(self._client.id)
        if stored.fetched > self._fetched:
            self._keys, self._fetched = self._fit(read_document(stored.document)), stored.fetched
        return stored.attempted

    def _wait(self, seconds: float) -> None:
        """Waits while another worker fetches the first keys. A fetch that has had its second has failed."""
        until = time.monotonic() + min(seconds, PATIENCE_S)
        while not self._fetched and time.monotonic() < until:
            time.sleep(LOOK_AGAIN_S)
            self._load()

    def _fit(self, keys: Mapping[str, Key]) -> Mapping[str, Key]:
        return {kid: key for kid, key in keys.items() if self._test_keys or not is_public_test_key(key)}
