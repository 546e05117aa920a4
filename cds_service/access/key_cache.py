"""Caches the public keys of one client: refreshed after 10 minutes, at most once a minute, used for up to 12 hours.

Workers share fetched keys through the store. If the client's entry contains its keys, nothing is fetched.
"""

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

Fetch = Callable[[str], bytes]


class KeysUnavailable(Exception):  # noqa: N818 - the name says what happened
    """The client's keys are not available, so a token can be neither accepted nor refused."""


class KeyCache:
    """Finds a key of a client by its `kid`."""

    def __init__(self, client: Client, store: TokenStore, fetch: Fetch, *, test_keys: bool) -> None:
        self._client = client
        self._store = store
        self._fetch = fetch
        self._test_keys = test_keys
        self._lock = threading.Lock()
        self._fetched = 0.0
        self._keys: Mapping[str, Key] = self._fit(read_keys(client.jwks)) if client.jwks else {}

    def find(self, kid: str, now: float) -> Key | None:
        """The key with this id, or None. Raises NoKeys if the known keys are too old, or StoreDown."""
        if self._client.jwks:
            return self._keys.get(kid)
        if kid not in self._keys or now - self._fetched > STALE_S:
            with self._lock:
                self._renew(kid, now)
        elif now - self._fetched > FRESH_S and self._lock.acquire(blocking=False):
            try:  # meanwhile other threads use the known keys
                self._renew(kid, now)
            finally:
                self._lock.release()
        if now - self._fetched > STALE_S:
            raise KeysUnavailable
        return self._keys.get(kid)

    def _renew(self, kid: str, now: float) -> None:
        """Loads keys that another worker has fetched, or fetches them if this worker may."""
        self._load()
        if kid in self._keys and now - self._fetched <= FRESH_S:
            return
        if self._store.claim_refresh(self._client.id, now, REFRESH_EVERY_S):
            self._refresh(now)
        elif not self._fetched:
            self._wait()

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

    def _load(self) -> None:
        stored = self._store.keys(self._client.id)
        if stored.fetched > self._fetched:
            self._keys, self._fetched = self._fit(read_document(stored.document)), stored.fetched

    def _wait(self) -> None:
        """Waits while another worker fetches the first keys."""
        until = time.monotonic() + SECONDS
        while not self._fetched and time.monotonic() < until:
            time.sleep(LOOK_AGAIN_S)
            self._load()

    def _fit(self, keys: Mapping[str, Key]) -> Mapping[str, Key]:
        return {kid: key for kid, key in keys.items() if self._test_keys or not is_public_test_key(key)}
