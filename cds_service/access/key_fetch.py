"""Fetches a JWKS document: https only, no redirects, within one second, at most 64 KiB."""

import http.client
import socket
import ssl
import threading
import time
from contextlib import suppress
from urllib.parse import urlsplit

SECONDS = 1.0
MOST_BYTES = 64 * 1024
_MEDIA_TYPES = ("application/json", "application/jwk-set+json")


class FetchFailed(Exception):  # noqa: N818 - the name says what happened
    """The JWKS could not be fetched. The message is a short reason for the log, without data from the server."""


class _Fetch:
    """One fetch, run in its own thread: a hanging DNS lookup or read cannot block the caller beyond the deadline."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme != "https" or not parts.hostname or parts.username is not None:
            raise FetchFailed("not-https")
        self._path = parts.path or "/"
        self._connection = http.client.HTTPSConnection(
            parts.hostname, parts.port or 443, timeout=SECONDS, context=ssl.create_default_context()
        )
        self.document = b""
        self.failure = "timeout"

    def run(self) -> None:
        try:
            self._connection.request("GET", self._path, headers={"Accept": "application/json"})
            self._read(self._connection.getresponse())
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.failure = type(error).__name__
        finally:
            self._connection.close()

    def _read(self, response: http.client.HTTPResponse) -> None:
        if response.status != 200:
            self.failure = "status"
            return
        if response.getheader("Content-Type", "").partition(";")[0].strip().lower() not in _MEDIA_TYPES:
            self.failure = "content-type"
            return
        document = response.read(MOST_BYTES + 1)
        if len(document) > MOST_BYTES:
            self.failure = "too-large"
            return
        if response.length:  # bytes missing from the announced Content-Length
            self.failure = "cut-short"
            return
        self.document, self.failure = document, ""

    def cut(self) -> None:
        """Shuts the socket down, so that a thread that waits for data ends."""
        sock = self._connection.sock
        if sock is not None:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)


def fetch(url: str) -> bytes:
    """Returns the document at a URL. Raises FetchFailed if it does not arrive within a second."""
    work = _Fetch(url)
    thread = threading.Thread(target=work.run, name="key-fetch", daemon=True)
    deadline = time.monotonic() + SECONDS
    thread.start()
    thread.join(deadline - time.monotonic())
    if thread.is_alive():
        work.cut()
        raise FetchFailed("timeout")
    if work.failure:
        raise FetchFailed(work.failure)
    return work.document
