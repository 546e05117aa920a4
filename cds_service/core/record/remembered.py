"""Remembers how small elements of FHIR were read: the same codes and dosages come with nearly every call.

Only for functions whose result depends on nothing else, and is never changed. No request can fill the memory: a long
element is read each time, and all is forgotten when it becomes too much.
"""

import marshal
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, TypeVarTuple, cast

E = TypeVar("E")
Others = TypeVarTuple("Others")
T = TypeVar("T")

LONGEST = 1000
MOST = 5000
_WITHOUT_REFERENCES = 2
"""The version of marshal's format in which the same element is always written the same."""


def remembered(read: Callable[[E, *Others], T]) -> Callable[[E, *Others], T]:
    """Decorator: `read` is called once for the same element and the same other arguments, which must be hashable.

    An element is the same if Python writes it the same: this tells 1 from 1.0, from "1" and from true. marshal takes
    a third of the time of repr.
    """
    known: dict[tuple[object, ...], T] = {}

    @wraps(read)
    def reading(element: E, *others: *Others) -> T:
        try:
            written: bytes | str = marshal.dumps(cast("Any", element), _WITHOUT_REFERENCES)
        except ValueError:
            written = _in_words(element)
        if not 0 < len(written) <= LONGEST:
            return read(element, *others)
        key = (written, *others)
        try:
            return known[key]  # not first `in`: another thread may forget it in between
        except KeyError:
            found = read(element, *others)
        if len(known) >= MOST:
            known.clear()
        known[key] = found
        return found

    return reading


def _in_words(element: object) -> str:
    """How Python writes an element with a Decimal, which marshal does not know; empty if nothing can write it."""
    try:
        return repr(element)
    except ValueError:  # an integer of more than 4,300 digits
        return ""
