"""Reads the body of a request. Flask itself would silently truncate a chunked body at its limit."""

from flask import g, request
from gunicorn.http.errors import ParseException

from cds_service.base.errors import Fault, RequestError
from cds_service.http.connection import end_with_answer

CUT_SHORT = Fault("body", "did not arrive whole within 5 seconds", "Send the whole body at once")
BAD_CHUNKS = Fault("body", "is not chunked as HTTP/1.1 asks", "Send it with a Content-Length")


def read_body(limit: int, too_large: Fault) -> bytes:
    """The whole body. Raises RequestError: 413 above `limit` bytes, 408 if incomplete, 400 if badly chunked."""
    announced = request.content_length or 0
    if announced > limit:
        raise RequestError(too_large, status=413)
    try:
        body = request.stream.read(limit + 1)
    except OSError as error:
        raise RequestError(CUT_SHORT, status=408) from error
    except ParseException as error:
        raise RequestError(BAD_CHUNKS) from error
    if len(body) > limit:
        raise RequestError(too_large, status=413)
    if len(body) < announced:
        raise RequestError(CUT_SHORT, status=408)
    g.body_is_read = True
    return bytes(body)


def end_if_unread() -> None:
    """Ends the connection with the answer if a body was not read: what is left would be read as the next request."""
    comes = request.content_length or "Transfer-Encoding" in request.headers
    if comes and not g.get("body_is_read", False):
        end_with_answer()
