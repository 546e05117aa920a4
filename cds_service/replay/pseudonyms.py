"""Replaces identifiers by keyed hashes: the same for the same key, and of no use to who does not have it."""

import hashlib
import secrets
from collections.abc import Callable
from pathlib import Path

from cds_service.base.errors import Fault, SettingsError

Naming = Callable[[str], str]

_KEY_BYTES = 32
_NAME_BYTES = 12


def keyed(key: bytes) -> Naming:
    def named(identifier: str) -> str:
        return hashlib.blake2b(identifier.encode(), key=key, digest_size=_NAME_BYTES).hexdigest()

    return named


def as_they_are(identifier: str) -> str:
    return identifier


def digest_of(key: bytes) -> str:
    """Tells one key from another, and nothing else of it."""
    return hashlib.blake2b(key, digest_size=4).hexdigest()


def key_in(folder: Path, given: Path | None) -> bytes:
    """The key of a run: the content of the file given, else that which lies in its folder, made on first use."""
    file = given or folder / "key"
    if given is None and not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        half = folder / "key.half"
        half.touch(mode=0o600)
        half.write_bytes(secrets.token_hex(_KEY_BYTES).encode())
        half.replace(file)
    return read_key(file)


def read_key(file: Path) -> bytes:
    """Raises SettingsError for what is too short to be a secret, or too long for the hash."""
    key = file.read_bytes().strip()
    if not _KEY_BYTES <= len(key) <= hashlib.blake2b.MAX_KEY_SIZE:
        remedy = f"put {_KEY_BYTES} to {hashlib.blake2b.MAX_KEY_SIZE} random bytes into it"
        raise SettingsError(Fault("--key-file", "is no key", remedy))
    return key
