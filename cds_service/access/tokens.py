"""Parses the JWT of a CDS client and checks its header and claims. The signature is verified elsewhere.

Stricter than a library: canonical base64url only, no duplicate members, a bounded lifetime, a usable `jti`.
"""

import base64
import binascii
import json
import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from cds_service.config.clients import Client

LEEWAY_S = 60
LONGEST = 8192
MOST_AUDIENCES = 10

_BEARER = re.compile(r"[Bb][Ee][Aa][Rr][Ee][Rr] (([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+))")
_JTI = re.compile(r"[\x20-\x7e]{1,128}")
_KID = re.compile(r"[\x21-\x7e]{1,256}")


class Refused(Exception):  # noqa: N818 - it is an answer and not an error of ours
    """The token is not accepted. The reason is for our log only."""

    def __init__(self, reason: str) -> None:
        self.reason = reason


@dataclass(frozen=True)
class Token:
    """A parsed token. Nothing in it is verified yet."""

    compact: str
    header: Mapping[str, Any]
    claims: Mapping[str, Any]

    @property
    def issuer(self) -> str:
        return _text(self.claims, "iss")


def _text(members: Mapping[str, Any], name: str) -> str:
    """A member that is a text; empty if it is absent or something else."""
    value = members.get(name)
    return value if isinstance(value, str) else ""


def read_token(authorization: str | None) -> Token:
    """Parses the token of an `Authorization: Bearer …` header. Raises Refused."""
    if not authorization:
        raise Refused("no-token")
    if len(authorization) > LONGEST:
        raise Refused("token-too-long")
    found = _BEARER.fullmatch(authorization)
    if found is None:
        raise Refused("not-a-bearer-token")
    compact, header, claims, signature = found.groups()
    _decode(signature)
    return Token(compact, _read_object(header), _read_object(claims))


def _read_object(part: str) -> dict[str, Any]:
    try:
        content = json.loads(_decode(part).decode(), object_pairs_hook=_object, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Refused("not-json") from None
    if not isinstance(content, dict):
        raise Refused("not-json")
    return content


def _decode(part: str) -> bytes:
    """Decodes canonical base64url only: otherwise one token would have several spellings."""
    try:
        decoded = base64.urlsafe_b64decode(part + "==")  # what is not needed of it is ignored
    except binascii.Error:
        raise Refused("not-base64url") from None
    if base64.urlsafe_b64encode(decoded).rstrip(b"=") != part.encode():
        raise Refused("not-base64url")
    return decoded


def _object(members: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(members)
    if len(content) != len(members):
        raise Refused("member-twice")
    return content


def _no_constant(_name: str) -> NoReturn:
    raise Refused("not-json")


def check_header(header: Mapping[str, Any], client: Client) -> tuple[str, str]:
    """Checks the header; returns the algorithm and the key id. `jwk`, `x5c`, `x5u` are not used. Raises Refused."""
    algorithm, kid = _text(header, "alg"), _text(header, "kid")
    if algorithm not in client.algorithms:
        raise Refused("algorithm")
    if _text(header, "typ").upper() != "JWT":
        raise Refused("typ")
    if not _KID.fullmatch(kid):
        raise Refused("kid")
    if "crit" in header or "b64" in header:
        raise Refused("crit")
    if "jku" in header and not _is_key_set_of(client, header["jku"]):
        raise Refused("jku")
    return algorithm, kid


def _is_key_set_of(client: Client, url: object) -> bool:
    """Whether `url` is the address of the keys that we have for this client; there may be none."""
    return bool(client.jwks_url) and url == client.jwks_url


def check_claims(claims: Mapping[str, Any], client: Client, audiences: Collection[str], now: float) -> float:
    """Checks the claims; returns the expiry in seconds since 1970. Raises Refused."""
    expires, issued = _moment(claims, "exp"), _moment(claims, "iat")
    if expires <= now - LEEWAY_S:
        raise Refused("expired")
    if issued > now + LEEWAY_S or ("nbf" in claims and _moment(claims, "nbf") > now + LEEWAY_S):
        raise Refused("not-yet-valid")
    if not 0 < expires - issued <= client.max_lifetime_s:
        raise Refused("lifetime")
    _check_audience(claims.get("aud"), {*audiences, *client.audiences})
    if client.subject and claims.get("sub") != client.subject:
        raise Refused("subject")
    if client.tenants and claims.get("tenant") not in client.tenants:
        raise Refused("tenant")
    return expires


def _moment(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Refused(name)
    try:
        moment = float(value)
    except OverflowError:
        raise Refused(name) from None
    if not math.isfinite(moment):
        raise Refused(name)
    return moment


def _check_audience(named: object, ours: Collection[str]) -> None:
    """`aud` must be the URL called. A list may name no other audience: that one could replay the token here."""
    audiences = named if isinstance(named, list) else [named]
    if not 1 <= len(audiences) <= MOST_AUDIENCES:
        raise Refused("audience")
    if not all(isinstance(one, str) and one in ours for one in audiences):
        raise Refused("audience")


def read_jti(claims: Mapping[str, Any]) -> str:
    jti = claims.get("jti")
    if not isinstance(jti, str) or not _JTI.fullmatch(jti):
        raise Refused("jti")
    return jti
