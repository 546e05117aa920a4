"""Checks the operator's token, which opens /metrics and /insights but not the CDS service."""

import base64
import binascii
import hmac


def is_shown(authorization: str | None, token: str) -> bool:
    """Whether an Authorization header has the token, as Bearer or as Basic password. Compares in constant time."""
    scheme, _, credentials = (authorization or "").partition(" ")
    shown = {"bearer": credentials.encode(), "basic": _password(credentials)}.get(scheme.lower(), b"")
    return bool(token) and hmac.compare_digest(shown, token.encode())


def _password(credentials: str) -> bytes:
    try:
        return base64.b64decode(credentials, validate=True).partition(b":")[2]
    except (binascii.Error, ValueError):
        return b""
