"""Reads the public keys of a JWKS and drops those that are unsuitable or too weak."""

import json
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import ECKey, OKPKey, RSAKey

# RFC 9864 renames EdDSA, but clients still send that name. Small RSA keys are dropped below without a warning.
warnings.filterwarnings("ignore", category=SecurityWarning)

MOST_KEYS = 100
RSA_BITS = range(2048, 8193)
RSA_LETTERS = range(342, 1367)  # length of such a modulus in base64url
LEAST_EXPONENT = 65537

RSA_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
ALGORITHMS_OF_CURVE = {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512", "Ed25519": "EdDSA"}
_PUBLIC = ("kty", "crv", "x", "y", "n", "e")
_SECRET = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_KINDS: Mapping[str, type[ECKey | RSAKey | OKPKey]] = {"EC": ECKey, "RSA": RSAKey, "OKP": OKPKey}

PUBLIC_TEST_KEYS = frozenset(
    {
        "s9fOe-KDYD1myZ8YCzleUqJQgrYZL49kVijBxhnZvZc",  # CDS Hooks sandbox, ES384
        "WUEVfFenRfMtdDhwPUzCCfmqEN45h61hdHclwVoqfes",  # CDS Hooks sandbox, ES256, of its earlier releases
        "RBFgQFFUIf4hfG8iUUZrf3vFZ_V2r3YRGPx9nKJXk5M",  # Inferno, Da Vinci CRD test kit, ES384
        "Q7fgcIzqt0bVAKsWaw_FyUFSDDpOTfsGdGtjJmAnzFY",  # Inferno, Da Vinci CRD test kit, RS384
    }
)
"""RFC 7638 thumbprints of keys whose private half anybody can read: they prove nothing about who calls."""


@dataclass(frozen=True)
class Key:
    """A public key that is fit to verify signatures, and the algorithms that it may be used with."""

    kid: str
    algorithms: tuple[str, ...]
    thumbprint: str
    material: ECKey | RSAKey | OKPKey

    def verifies(self, compact: str, algorithm: str) -> bool:
        """Whether this key verifies the signature of a compact JWS with this algorithm."""
        if algorithm not in self.algorithms:
            return False
        try:
            jws.deserialize_compact(compact, self.material, algorithms=[algorithm])
        except (JoseError, ValueError):
            return False
        return True


def read_keys(jwks: object) -> dict[str, Key]:
    """The usable keys of a JWKS by `kid`. Keys that share a `kid` are all dropped, since they are ambiguous."""
    listed = jwks.get("keys") if isinstance(jwks, Mapping) else None
    read = [_key(entry) for entry in listed[:MOST_KEYS]] if isinstance(listed, list) else []
    keys = [key for key in read if key is not None]
    often = Counter(_kids(listed))
    return {key.kid: key for key in keys if often[key.kid] == 1}


def holds_secret(jwks: Mapping[str, Any]) -> bool:
    """Whether an entry of a JWKS is a private or a symmetric key, with which anybody can sign who reads it."""
    listed = jwks.get("keys")
    entries = listed if isinstance(listed, list) else []
    return any(isinstance(entry, dict) and not _SECRET.isdisjoint(entry) for entry in entries)


def _kids(listed: object) -> Iterator[str]:
    for entry in listed if isinstance(listed, list) else []:
        if isinstance(entry, dict) and _is_text(entry.get("kid")):
            yield entry["kid"]


def read_document(document: bytes) -> dict[str, Key]:
    """The usable keys of a JWKS document by `kid`; empty if it is not JSON."""
    try:
        return read_keys(json.loads(document))
    except (ValueError, RecursionError):
        return {}


def _key(entry: object) -> Key | None:
    """The key of an entry of a JWKS; None if it is unsuitable, unreadable or too weak."""
    if not isinstance(entry, dict) or not _is_suitable(entry):
        return None
    kind = _kind(entry)
    if kind is None:
        return None
    try:
        material = kind.import_key({name: entry[name] for name in _PUBLIC if name in entry})
        material.get_op_key("verify")
        fit = _algorithms(material)
        thumbprint = material.thumbprint()
    except (JoseError, ValueError, TypeError, KeyError, OverflowError):
        return None
    meant = tuple(name for name in fit if entry.get("alg", name) == name)
    return Key(entry["kid"], meant, thumbprint, material) if meant else None


def _is_suitable(entry: Mapping[str, Any]) -> bool:
    """Whether an entry has an id and no secret part, and is meant to verify signatures."""
    is_for_signatures = entry.get("use", "sig") == "sig" and _may_verify(entry.get("key_ops"))
    return is_for_signatures and _is_text(entry.get("kid")) and _SECRET.isdisjoint(entry)


def _kind(entry: Mapping[str, Any]) -> type[ECKey | RSAKey | OKPKey] | None:
    """The type of a key; None if it is unknown, or RSA with a modulus too short or too long to be worth reading."""
    kind = _KINDS.get(entry["kty"]) if _is_text(entry.get("kty")) else None
    return None if kind is RSAKey and len(str(entry.get("n"))) not in RSA_LETTERS else kind


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _may_verify(operations: object) -> bool:
    return operations is None or (isinstance(operations, list) and "verify" in operations)


def _algorithms(material: ECKey | RSAKey | OKPKey) -> tuple[str, ...]:
    """The algorithms that the key's type, curve and size allow."""
    if isinstance(material, RSAKey):
        numbers = material.public_key.public_numbers()
        strong = numbers.n.bit_length() in RSA_BITS and numbers.e >= LEAST_EXPONENT and numbers.e % 2
        return RSA_ALGORITHMS if strong else ()
    name = ALGORITHMS_OF_CURVE.get(material.curve_name)
    return (name,) if name else ()


def is_public_test_key(key: Key) -> bool:
    return key.thumbprint in PUBLIC_TEST_KEYS
