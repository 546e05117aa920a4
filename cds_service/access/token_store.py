"""Stores what all workers share to verify tokens: the ids of used tokens, and fetched key sets.

An INSERT under a unique key decides whether a `jti` is new, without a read before it. Only digests of the ids are
stored.
"""

import hashlib
import threading
from dataclasses import dataclass

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from cds_service.store.database import StoreDown, open_engine, reading, writing
from cds_service.store.tables import KEY_SETS, USED_TOKENS

__all__ = ["KeySet", "StoreDown", "TokenStore"]

PURGE_EVERY_S = 60.0
KEPT_LONGER_S = 86_400.0


@dataclass(frozen=True)
class KeySet:
    """A fetched JWKS document. Times are in seconds since 1970; `fetched` is 0 if it was never fetched."""

    fetched: float
    attempted: float
    document: bytes


class TokenStore:
    """The database shared by all workers. Each process opens its own connections."""

    def __init__(self, url: str) -> None:
        """The tables must exist. Raises StoreDown if the database driver is not installed."""
        # Commits are not flushed: after a power failure a token could be used again until it expires.
        self._engine = open_engine(url, flushed=False)
        self._purge_lock = threading.Lock()
        self._purged = 0.0

    def close(self) -> None:
        self._engine.dispose()

    def use(self, client: str, jti: str, until: float, now: float) -> bool:
        """Marks a token as used; False if it already was. Raises StoreDown, as every method here does."""
        row = {"client": client, "jti": hashlib.sha256(jti.encode()).hexdigest(), "until": until}
        self._purge(now)
        try:
            with writing(self._engine) as connection:
                connection.execute(insert(USED_TOKENS), row)
        except IntegrityError:
            return False
        return True

    def _purge(self, now: float) -> None:
        """Deletes expired ids, at most once a minute in each process.

        They are kept a day longer than needed: if the clock runs ahead and is then corrected, ids of tokens that are
        still valid must not have been deleted.
        """
        with self._purge_lock:
            if now - self._purged < PURGE_EVERY_S:
                return
            self._purged = now
        with writing(self._engine) as connection:
            connection.execute(delete(USED_TOKENS).where(USED_TOKENS.c.until < now - KEPT_LONGER_S))

    def keys(self, client: str) -> KeySet:
        columns = (KEY_SETS.c.fetched, KEY_SETS.c.attempted, KEY_SETS.c.document)
        with reading(self._engine) as connection:
            row = connection.execute(select(*columns).where(KEY_SETS.c.client == client)).one_or_none()
        return KeySet(row.fetched, row.attempted, row.document) if row else KeySet(0, 0, b"")

    def claim_refresh(self, client: str, now: float, every_s: float) -> bool:
        """True if the caller may fetch the client's keys now: one worker in each period of `every_s` seconds."""
        attempted = KEY_SETS.c.attempted
        is_due = or_(attempted <= now - every_s, attempted > now)  # a future time: set by a clock that ran ahead
        due = (KEY_SETS.c.client == client, is_due)
        first = {"client": client, "attempted": now, "fetched": 0.0, "document": b""}
        try:
            with writing(self._engine) as connection:
                if connection.execute(update(KEY_SETS).where(*due).values(attempted=now)).rowcount == 1:
                    return True
                known = connection.execute(select(KEY_SETS.c.client).where(KEY_SETS.c.client == client)).one_or_none()
                if known is None:
                    connection.execute(insert(KEY_SETS), first)
                return known is None
        except IntegrityError:
            return False

    def save_keys(self, client: str, fetched: float, document: bytes) -> None:
        with writing(self._engine) as connection:
            connection.execute(
                update(KEY_SETS).where(KEY_SETS.c.client == client).values(fetched=fetched, document=document)
            )
