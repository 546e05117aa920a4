"""The hash chain of the audit record: each link's hash covers its content and the link before it.

    hash = SHA-256 of the canonical JSON [seq, sealed_at, previous, SHA-256 of content]

Canonical JSON: UTF-8, members sorted, no white space. A purge is itself a link: it holds the seq and the hash of the
last link that it removed, so that the rest can still be verified.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from cds_service.store import timestamps

BEFORE_THE_FIRST = "0" * 64
CLOCK_LEEWAY = timedelta(seconds=2)
"""Several machines seal, and their clocks are never quite the same."""


@dataclass(frozen=True)
class Link:
    """One record of the chain. `content` is canonical JSON."""

    seq: int
    sealed_at: str
    previous: str
    content: str
    hash: str


@dataclass(frozen=True)
class Head:
    """The seq and the hash of the last link; seq 0 for an empty chain."""

    seq: int
    hash: str


@dataclass(frozen=True)
class Verdict:
    """The result of a verification. `broken` is the seq and the fault of the first bad link.

    `set_back` lists the links that were sealed earlier than the link before them: a clock was set back.
    """

    links: int
    head: Head
    broken: tuple[int, str] | None = None
    set_back: tuple[int, ...] = ()


def canonical(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def seal(head: Head, sealed_at: str, content: str) -> Link:
    """The next link after `head`."""
    seq = head.seq + 1
    return Link(seq, sealed_at, head.hash, content, _hash(seq, sealed_at, head.hash, content))


def verify(links: Iterable[Link], known: Iterable[Head], stored_head: Head) -> Verdict:
    """Reads the chain from its beginning, in order of seq, and stops at the first link that is broken.

    `known` are heads that were exported before; `stored_head` is the end of the chain that the database states.
    """
    walk = _Verification(known)
    for link in links:
        if reason := walk.step(link):
            return walk.verdict((link.seq, reason))
    return walk.verdict(walk.end(stored_head))


class _Verification:
    """The state of a verification: the previous link, the counts, and the known heads."""

    def __init__(self, known: Iterable[Head]) -> None:
        self._known: dict[int, set[str]] = {}
        for head in known:
            self._known.setdefault(head.seq, set()).add(head.hash)
        self._head = Head(0, BEFORE_THE_FIRST)
        self._last_moment = ""
        self._links = 0
        self._set_back: list[int] = []
        self._shortened_to: Head | None = None
        self._purged = Head(0, BEFORE_THE_FIRST)

    def step(self, link: Link) -> str:
        """Checks the next link. Returns what is wrong with it, or an empty text."""
        if self._links == 0 and link.seq > 1:
            self._head = self._shortened_to = Head(link.seq - 1, link.previous)
        if reason := self._reason(link):
            return reason
        self._links += 1
        self._note_clock(link)
        self._note_purge(link)
        self._head = Head(link.seq, link.hash)
        return ""

    def _reason(self, link: Link) -> str:
        if link.seq != self._head.seq + 1:
            return f"record {self._head.seq + 1} is missing before it"
        if link.hash != _hash(link.seq, link.sealed_at, link.previous, link.content):
            return "its content is not what was sealed"
        if link.previous != self._head.hash:
            return "it does not follow the record before it"
        if self._known.get(link.seq, {link.hash}) != {link.hash}:
            return "it is not the record that was exported as head"
        return ""

    def _note_clock(self, link: Link) -> None:
        if self._last_moment and timestamps.read(link.sealed_at) < timestamps.read(self._last_moment) - CLOCK_LEEWAY:
            self._set_back.append(link.seq)
        self._last_moment = link.sealed_at

    def _note_purge(self, link: Link) -> None:
        if '"kind":"purge"' in link.content:
            content = json.loads(link.content)
            if content.get("kind") == "purge":
                self._purged = Head(content["seq"], content["hash"])

    def end(self, stored: Head) -> tuple[int, str] | None:
        """Checks that the chain is complete. Returns the seq and the fault, or None."""
        if self._shortened_to is not None and self._shortened_to != self._purged:
            return self._shortened_to.seq, "it is missing, and no purge tells of it"
        unseen = [seq for seq in (*self._known, stored.seq) if seq > self._head.seq]
        if unseen:
            return self._head.seq + 1, f"it is missing: the chain went on to record {max(unseen)}"
        if stored != self._head:
            return self._head.seq, "the database itself names another end of the chain"
        return None

    def verdict(self, broken: tuple[int, str] | None) -> Verdict:
        return Verdict(self._links, self._head, broken, tuple(self._set_back))


def _hash(seq: int, sealed_at: str, previous: str, content: str) -> str:
    digest = hashlib.sha256(content.encode()).hexdigest()
    return hashlib.sha256(canonical([seq, sealed_at, previous, digest]).encode()).hexdigest()
