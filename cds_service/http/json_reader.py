"""Reads the JSON body of a hook call strictly: no duplicate members, exact decimals, limits on depth and numbers.

The prefetch stays bytes until somebody asks for it: it may be large, and most calls do not need it. What is broken
inside it is a fault only then. msgspec splits the document and decodes the prefetch. The standard library decodes the
rest, since only it reports duplicate members (`"value": 40, "value": 400`). A duplicate inside a prefetch key makes
only that key unknown. For speed, no Python code loops over the nodes of a document, unless it is broken.
"""

import json
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import islice
from typing import Any, NoReturn

import msgspec

from cds_service.base.errors import Fault, RequestError

DEPTH_LIMIT = 64
EXPONENT_LIMIT = 400
NUMBER_LENGTH_LIMIT = 10_000
"""Arithmetic on more digits than this would take noticeable time; no dose comes near."""

INT_DIGITS_LIMIT = 4_000
"""Python refuses to make an `int` of more than 4,300 digits."""

_NO_PREFETCH = (b"null", b"[]")
"""An empty array is how PHP writes an object without members."""

MOST_BRACKETS = 500_000
"""How many brackets of a broken body are gone through, in half a second: a FHIR record of 6 MiB has as many."""

# A bracket, with what stands before it. What has no end runs to the end of the body, so that nothing is read twice.
_TO_BRACKET = re.compile(rb'(?:[^][{}"]++|"(?:[^"\\]++|\\.)*+"?)*+([][{}]?)', re.DOTALL)
_PREFETCH = re.compile(rb'"prefetch"\s*+:\s*+[{[]\Z')

_ESCAPE = re.compile(rb'\\["\\]')
_MANY_ESCAPES = 50
"""One escape in so many bytes: up to there it is faster to look for each."""

_AS_NUMBERS = msgspec.json.Encoder(decimal_format="number")
_BYTE = re.compile(r"\(byte (\d+)\)")
_BRACKETS_ALIKE = bytes.maketrans(b"{}", b"[]")
_NOT_STRUCTURE = bytes(set(range(256)) - set(b'[]{}"'))


class _GivenTwiceError(RequestError):
    """An object names the same member twice."""


class _Key(str):
    """A member name. Its own type makes msgspec call `dec_hook` for each name, for duplicates too."""


@dataclass(frozen=True, slots=True)
class HookCall:
    """A hook call: its decoded members, and its prefetch, not decoded and perhaps broken; None if it has none."""

    members: dict[str, Any]
    prefetch: bytes | None


def read_call(body: bytes) -> HookCall:
    """Decodes a hook call except its prefetch. Raises RequestError."""
    _check_encoding(body)
    try:
        members = _split(body, "body")
    except RequestError:
        rest, prefetch = _without_prefetch(body)
        members = _split(rest, "body", is_whole=rest == body)
        members.pop("prefetch", None)
    else:
        prefetch = bytes(members.pop("prefetch", b"null"))
    if prefetch[:1] != b"{" and prefetch not in _NO_PREFETCH:
        _refuse("prefetch", "is not a JSON object", "Send one JSON object")
    decoded = {name: _decode_member(name, bytes(raw)) for name, raw in members.items()}
    return HookCall(decoded, prefetch if prefetch[:1] == b"{" else None)


def _decode_member(name: str, document: bytes) -> Any:
    _check_depth(_structure(document), inside=1)
    return _decode(document.decode(), _where(name))


def read_prefetch(document: bytes, wanted: Collection[str]) -> dict[str, Any]:
    """Decodes the wanted keys of the prefetch of a call. Raises RequestError."""
    members = {key: bytes(raw) for key, raw in _split(document, "prefetch").items()}
    structures = {key: _structure(raw) for key, raw in members.items()}
    for structure in structures.values():
        _check_depth(structure, inside=2)
    return {key: _read_key(members[key], structures[key], f"prefetch.{key}") for key in members if key in wanted}


def read_hook(body: bytes, prefetch_keys: Collection[str]) -> dict[str, Any]:
    """Decodes a hook call as a whole; of its prefetch only the wanted keys. Raises RequestError."""
    call = read_call(body)
    if call.prefetch is None:
        return call.members
    return {**call.members, "prefetch": read_prefetch(call.prefetch, prefetch_keys)}


def read_resource(document: bytes) -> dict[str, Any]:
    """Decodes a FHIR resource. Raises RequestError if it is not a JSON object or has duplicate members."""
    _check_encoding(document)
    _split(document, "resource")
    structure = _structure(document)
    _check_depth(structure)
    resource: dict[str, Any] = _decode_fast(document, structure, "resource")
    return resource


def _check_encoding(body: bytes) -> None:
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        _refuse("body", "is not UTF-8", "Encode the body as UTF-8")
    if text.startswith("\ufeff"):
        _refuse("body", "begins with a byte order mark", "Send UTF-8 without a byte order mark")


def _split(document: bytes, where: str, *, is_whole: bool = True) -> dict[str, msgspec.Raw]:
    """The members of a JSON object, not yet decoded but known to be well-formed.

    `is_whole`: the place of a fault in it is that in what was sent.
    """
    names: list[str] = []

    def take_name(_: type, name: str) -> _Key:
        names.append(name)
        return _Key(name)

    try:
        members = msgspec.json.Decoder(dict[_Key, msgspec.Raw], dec_hook=take_name).decode(document)
    except RecursionError:
        _refuse_depth()
    except msgspec.ValidationError:
        _refuse(where, "is not a JSON object", "Send one JSON object")
    except msgspec.DecodeError as fault:
        place = _place(document, str(fault)) if is_whole else ""
        _refuse(where, f"is not well-formed JSON{place}", "Send exactly one JSON object, as RFC 8259 defines it")
    if len(names) != len(members):
        _refuse_duplicate(where)
    return {str(name): raw for name, raw in members.items()}


def _place(document: bytes, fault: str) -> str:
    """Line and column (in bytes) of a fault, which msgspec gives as a byte; of a document that is cut, its end."""
    given = _BYTE.search(fault)
    before = document[: int(given[1])] if given else document
    return f" at line {before.count(10) + 1}, column {len(before) - before.rfind(10)}"


def _without_prefetch(body: bytes) -> tuple[bytes, bytes]:
    """A broken body without its prefetch, and the prefetch, cut out by its brackets; the same body if there is none.

    A word such as NaN, or bad text, may stand between the brackets: what is around them may be well-formed.
    """
    depth, since = 0, -1
    for part in islice(_TO_BRACKET.finditer(body), MOST_BRACKETS):
        opens = part[1] in (b"{", b"[")
        if opens and depth == 1 and since < 0 and _PREFETCH.search(part[0]):
            since = part.end() - 1
        depth += 1 if opens else -1
        if depth == 1 and since > 0:
            return body[:since] + b"null" + body[part.end() :], body[since : part.end()]
    return body, b"null"


def _structure(document: bytes) -> bytes:
    """Of a well-formed document all brackets, each as [ or ], and the quotes that open or close a string."""
    return _without_escapes(document).translate(_BRACKETS_ALIKE, _NOT_STRUCTURE)


def _without_escapes(document: bytes) -> bytes:
    """Where many bytes are escapes, a pass for each of the two that matter does not depend on their number."""
    escapes = document.count(b"\\")
    if not escapes:
        return document
    if escapes * _MANY_ESCAPES <= len(document):
        return _ESCAPE.sub(b"", document)
    return document.replace(b"\\\\", b"").replace(b'\\"', b"")


def _quotes(structure: bytes) -> int:
    return len(structure) - len(structure.translate(None, b'"'))


def _check_depth(structure: bytes, inside: int = 0) -> None:
    """Removes the innermost brackets, a layer a pass."""
    layers = structure.replace(b'""', b"")  # leaves an even number of quotes before what is outside strings
    if b'"' in layers:  # some string holds a bracket
        layers = b"".join(layers.split(b'"')[::2])  # keeps the parts outside strings
    for _ in range(DEPTH_LIMIT - inside):
        layers = layers.replace(b"[]", b"")
        if not layers:
            return
    _refuse_depth()


def _read_key(document: bytes, structure: bytes, where: str) -> Any:
    try:
        return _decode_fast(document, structure, where)
    except _GivenTwiceError:
        return {}  # not a FHIR resource, so the key reads as unknown


def _decode_fast(document: bytes, structure: bytes, where: str) -> Any:
    decoder = msgspec.json.Decoder(float_hook=_number_reader(where))
    try:
        decoded = decoder.decode(document)
    except msgspec.ValidationError:  # more digits than msgspec reads
        return _decode(document.decode(), where)
    # msgspec keeps the last of duplicate members: then the decoded value has fewer strings than the document.
    if _quotes(_structure(_AS_NUMBERS.encode(decoded))) != _quotes(structure):
        _refuse_duplicate(where)
    return decoded


def _decode(document: str, where: str) -> Any:
    read_number = _number_reader(where)

    def read_integer(digits: str) -> int | Decimal:
        return int(digits) if len(digits) <= INT_DIGITS_LIMIT else read_number(digits)

    def read_object(members: list[tuple[str, Any]]) -> dict[str, Any]:
        content = dict(members)
        if len(content) != len(members):
            _refuse_duplicate(where)
        return content

    return json.loads(document, parse_float=read_number, parse_int=read_integer, object_pairs_hook=read_object)


def _number_reader(where: str) -> Callable[[str], Decimal]:
    """Returns a function that reads a number exactly, and refuses numbers that are too large to compute with."""

    def read(digits: str) -> Decimal:
        if len(digits) > NUMBER_LENGTH_LIMIT:
            _refuse_number(where, f"a number of more than {NUMBER_LENGTH_LIMIT} digits")
        try:
            number = Decimal(digits)
        except InvalidOperation:
            _refuse_exponent(where)
        if abs(number.adjusted()) > EXPONENT_LIMIT and "e" in digits.lower():
            _refuse_exponent(where)
        return number

    return read


def _where(name: str) -> str:
    """The member's name for the error message if CDS Hooks defines it, else "body": other names may hold anything."""
    known = {"hook", "hookInstance", "context", "fhirServer", "fhirAuthorization", "extension"}
    return name if name in known else "body"


def _refuse_depth() -> NoReturn:
    _refuse("body", f"is nested more than {DEPTH_LIMIT} deep", "Send less deeply nested JSON")


def _refuse_duplicate(where: str) -> NoReturn:
    raise _GivenTwiceError(Fault(where, "holds an object that names the same member twice", "Name each member once"))


def _refuse_exponent(where: str) -> NoReturn:
    _refuse_number(where, f"a number with an exponent beyond {EXPONENT_LIMIT}")


def _refuse_number(where: str, what: str) -> NoReturn:
    _refuse(where, f"holds {what}", "Send a number of a size that occurs in care")


def _refuse(where: str, problem: str, remedy: str) -> NoReturn:
    raise RequestError(Fault(where, problem, remedy))
