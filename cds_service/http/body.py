"""Reads the body of a request. Flask itself would silently truncate a chunked body at its limit."""

from flask import request
from gunicorn.http.errors import ParseException

from cds_service.base.errors import Fault, RequestError

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
    return bytes(body)
