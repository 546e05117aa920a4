"""The token of whoever runs the service: opens /metrics and /insights, and no judgement of an order."""

import base64
import binascii
import hmac


def is_shown(authorization: str | None, token: str) -> bool:
    """As a bearer token, or as the password that a browser asks for, with any name; compared in constant time."""
    scheme, _, credentials = (authorization or "").partition(" ")
    shown = {"bearer": credentials.encode(), "basic": _password(credentials)}.get(scheme.lower(), b"")
    return bool(token) and hmac.compare_digest(shown, token.encode())


def _password(credentials: str) -> bytes:
    try:
        return base64.b64decode(credentials, validate=True).partition(b":")[2]
    except (binascii.Error, ValueError):
        return b""
