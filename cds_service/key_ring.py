"""The keys of one client, kept: fetched again after ten minutes, at most once a minute, usable for half a day.

All workers share one fetch through the store. A client whose keys are written in its entry is never asked.
"""

import threading
import time
from collections.abc import Callable, Mapping

from cds_service.clients import Client
from cds_service.key_fetch import SECONDS, FetchFailed
from cds_service.keys import Key, is_public_test_key, read_document, read_keys
from cds_service.logs import alarm
from cds_service.trust_store import TrustStore

FRESH_S = 600.0
REFRESH_EVERY_S = 60.0
STALE_S = 12 * 3600.0
LOOK_AGAIN_S = 0.05

Fetch = Callable[[str], bytes]


class NoKeys(Exception):  # noqa: N818 - named for what the reader must know
    """The client's keys cannot be had, so nothing can be proven or refuted."""


class KeyRing:
    """Finds a key of a client by its id."""

    def __init__(self, client: Client, store: TrustStore, fetch: Fetch, *, test_keys: bool) -> None:
        self._client = client
        self._store = store
        self._fetch = fetch
        self._test_keys = test_keys
        self._lock = threading.Lock()
        self._fetched = 0.0
        self._keys: Mapping[str, Key] = self._fit(read_keys(client.jwks)) if client.jwks else {}

    def find(self, kid: str, now: float) -> Key | None:
        """The key, or None where the client has none of that id. Raises NoKeys where its keys are too old."""
        if self._client.jwks:
            return self._keys.get(kid)
        if kid not in self._keys or now - self._fetched > STALE_S:
            with self._lock:
                self._renew(kid, now)
        elif now - self._fetched > FRESH_S and self._lock.acquire(blocking=False):
            try:  # whoever comes meanwhile is served with what is known
                self._renew(kid, now)
            finally:
                self._lock.release()
        if now - self._fetched > STALE_S:
            raise NoKeys
        return self._keys.get(kid)

    def _renew(self, kid: str, now: float) -> None:
        """What another worker has fetched, or what may be fetched now."""
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
            alarm("keys-not-fetched", client=self._client.id, reason=str(failure))
            return
        keys = self._fit(read_document(document))
        if not keys:  # an error page, or a mistake: what was known before still holds, for a while
            alarm("keys-not-fetched", client=self._client.id, reason="no-usable-key")
            return
        self._store.save_keys(self._client.id, now, document)
        self._keys, self._fetched = keys, now

    def _load(self) -> None:
        stored = self._store.keys(self._client.id)
        if stored.fetched > self._fetched:
            self._keys, self._fetched = self._fit(read_document(stored.document)), stored.fetched

    def _wait(self) -> None:
        """Another worker fetches the first keys at this moment."""
        until = time.monotonic() + SECONDS
        while not self._fetched and time.monotonic() < until:
            time.sleep(LOOK_AGAIN_S)
            self._load()

    def _fit(self, keys: Mapping[str, Key]) -> Mapping[str, Key]:
        return {kid: key for kid, key in keys.items() if self._test_keys or not is_public_test_key(key)}
