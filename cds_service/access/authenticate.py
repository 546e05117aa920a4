"""Authenticates a client by its token, step by step, and stops at the first step that fails.

The order: form, issuer, header, key, signature, claims, rate limit; only then is the `jti` marked as used. All
failures look the same to the caller; the reason is only in our log.
"""

import threading
import time
from collections.abc import Callable, Sequence

from cds_service.access.key_cache import MOST_WAITING, Fetch, KeyCache, KeysUnavailable
from cds_service.access.key_fetch import fetch
from cds_service.access.token_store import StoreDown, TokenStore
from cds_service.access.tokens import LEEWAY_S, Refused, check_claims, check_header, read_jti, read_token
from cds_service.config.clients import ANONYMOUS, Client
from cds_service.http.addresses import comparable


class CannotVerify(Exception):  # noqa: N818 - the name says what happened
    """The token cannot be verified now: the store or the client's keys are not available."""

    def __init__(self, reason: str) -> None:
        self.reason = reason


class RateLimited(Exception):  # noqa: N818 - the name says what happened
    """The client exceeds its rate limit. `seconds` is the time to wait."""

    def __init__(self, client: Client, seconds: float) -> None:
        self.client = client
        self.seconds = seconds


class TokenGate:
    """Admits clients with a valid token; with `anonymous`, also callers without a token of a known issuer."""

    def __init__(
        self,
        clients: Sequence[Client],
        store: TokenStore,
        *,
        anonymous: bool,
        wait: Callable[[Client], float] = lambda _client: 0.0,
        fetch: Fetch = fetch,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._clients = {client.issuer: client for client in clients}
        waiting = threading.Semaphore(MOST_WAITING)
        self._rings = {client.id: KeyCache(client, store, fetch, waiting, test_keys=anonymous) for client in clients}
        self._store = store
        self._anonymous = anonymous
        self._wait = wait
        self._now = now

    def admit(self, authorization: str | None, *audiences: str) -> Client:
        """The client whose token is valid for one of these audiences. Raises Refused, RateLimited or CannotVerify."""
        try:
            token = read_token(authorization)
            client = self._clients.get(token.issuer)
            if client is None:
                raise Refused("unknown-issuer")
        except Refused:
            if self._anonymous:
                return ANONYMOUS
            raise
        now = self._now()
        algorithm, kid = check_header(token.header, client)
        self._check_signature(client, token.compact, algorithm, kid, now)
        expires = check_claims(token.claims, client, audiences, now)
        jti = read_jti(token.claims)
        if (seconds := self._wait(client)) > 0:
            raise RateLimited(client, seconds)
        self._use(client, jti, expires, now)
        return client

    def _check_signature(self, client: Client, compact: str, algorithm: str, kid: str, now: float) -> None:
        try:
            key = self._rings[client.id].find(kid, now)
        except KeysUnavailable:
            raise CannotVerify("no-keys") from None
        except StoreDown:
            raise CannotVerify("store-down") from None
        if key is None:
            raise Refused("unknown-key")
        if not key.verifies(compact, algorithm):
            raise Refused("signature")

    def _use(self, client: Client, jti: str, expires: float, now: float) -> None:
        try:
            first = self._store.use(client.id, jti, expires + LEEWAY_S, now)
        except StoreDown:
            raise CannotVerify("store-down") from None
        if not first:
            raise Refused("replay")

    def check_server(self, client: Client, base: str) -> None:
        """Raises Refused if the FHIR base URL belongs to another client and not to this one."""
        wanted = comparable(base)
        mine = {comparable(server.base) for server in client.fhir_servers}
        others = {comparable(server.base) for other in self._clients.values() for server in other.fhir_servers}
        if wanted in others - mine:
            raise Refused("fhir-server-of-another")
