"""Makes keys and tokens byte by byte: valid ones, and any that an attacker could send."""

import base64
import hashlib
import hmac
import json
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

Json = dict[str, Any]
Sign = Callable[[bytes], bytes]

HASHES: Mapping[str, type[hashes.HashAlgorithm]] = {"256": hashes.SHA256, "384": hashes.SHA384, "512": hashes.SHA512}
CURVES: Mapping[str, type[ec.EllipticCurve]] = {"256": ec.SECP256R1, "384": ec.SECP384R1, "512": ec.SECP521R1}
CURVE_NAMES = {"256": "P-256", "384": "P-384", "512": "P-521"}


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value: int, length: int = 0) -> str:
    return b64(value.to_bytes(length or (value.bit_length() + 7) // 8 or 1, "big"))


@dataclass(frozen=True)
class Signer:
    """A key pair of a client: its signatures, and its entry in the key set."""

    algorithm: str
    kid: str
    jwk: Json
    sign: Sign
    private: Any


def ecdsa(bits: str = "384", kid: str = "ec", secret: int = 0) -> Signer:
    """A new key, or the one that a secret number gives."""
    curve = CURVES[bits]()
    private = ec.derive_private_key(secret, curve) if secret else ec.generate_private_key(curve)
    size = (private.key_size + 7) // 8
    point = private.public_key().public_numbers()
    jwk = {"kty": "EC", "crv": CURVE_NAMES[bits], "x": number(point.x, size), "y": number(point.y, size)}

    def sign(message: bytes) -> bytes:
        r, s = decode_dss_signature(private.sign(message, ec.ECDSA(HASHES[bits]())))
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")

    return Signer(f"ES{bits}", kid, {**jwk, "kid": kid, "use": "sig", "alg": f"ES{bits}"}, sign, private)


def rsa_key(algorithm: str = "RS384", kid: str = "rsa", size: int = 2048) -> Signer:
    private = rsa.generate_private_key(65537, size)
    numbers = private.public_key().public_numbers()
    jwk = {"kty": "RSA", "n": number(numbers.n), "e": number(numbers.e), "kid": kid}
    digest = HASHES[algorithm[2:]]

    def sign(message: bytes) -> bytes:
        if algorithm.startswith("RS"):
            return private.sign(message, padding.PKCS1v15(), digest())
        return private.sign(message, padding.PSS(padding.MGF1(digest()), digest().digest_size), digest())

    return Signer(algorithm, kid, jwk, sign, private)


def eddsa(kid: str = "ed") -> Signer:
    private = ed25519.Ed25519PrivateKey.generate()
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": b64(private.public_key().public_bytes_raw()), "kid": kid}
    return Signer("EdDSA", kid, jwk, private.sign, private)


def hmac_signer(secret: bytes) -> Sign:
    return lambda message: hmac.new(secret, message, hashlib.sha256).digest()


def key_set(*signers: Signer) -> Json:
    return {"keys": [signer.jwk for signer in signers]}


def compact(header: Json | bytes, claims: Json | bytes, sign: Sign) -> str:
    parts = [part if isinstance(part, bytes) else json.dumps(part).encode() for part in (header, claims)]
    signed = ".".join(b64(part) for part in parts)
    return f"{signed}.{b64(sign(signed.encode()))}"


@dataclass(frozen=True)
class Issuer:
    """The system of a client, which makes tokens for one URL."""

    issuer: str
    signer: Signer
    audience: str
    more: tuple[tuple[str, Any], ...] = ()

    def header(self, **changes: Any) -> Json:
        header = {"alg": self.signer.algorithm, "typ": "JWT", "kid": self.signer.kid}
        return without_none(header | changes)

    def claims(self, **changes: Any) -> Json:
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": self.audience, "iat": now, "exp": now + 300, "jti": str(uuid.uuid4())}
        return without_none(claims | dict(self.more) | changes)

    def token(self, header: Mapping[str, Any] | None = None, /, **claims: Any) -> str:
        return compact(self.header(**(header or {})), self.claims(**claims), self.signer.sign)


def without_none(members: Json) -> Json:
    return {name: value for name, value in members.items() if value is not None}


def signed_part(algorithm: str, kid: str) -> bytes:
    """The part of a token that is signed, without claims."""
    header = {"alg": algorithm, "typ": "JWT", "kid": kid}
    return f"{b64(json.dumps(header).encode())}.{b64(b'{}')}".encode()


@cache
def signer_of(algorithm: str) -> Signer:
    """One signer for each algorithm, always the same; its key id is "key"."""
    if algorithm.startswith("ES"):
        return ecdsa(algorithm[2:], "key")
    return eddsa("key") if algorithm == "EdDSA" else rsa_key(algorithm, "key")
