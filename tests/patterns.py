"""Every pattern that the package has compiled, with the ways in which it is used; and texts meant to choke it."""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from re import _constants as tokens  # type: ignore[attr-defined]  # there is no public way to read a pattern
from re import _parser as parser  # type: ignore[attr-defined]  # nor this
from typing import Any

import cds_service
from cds_service.config import client_keys
from tests.known import known

PACKAGE = Path(cds_service.__file__).parent
USES = ("search", "match", "fullmatch", "sub", "finditer", "findall", "split")
# Starting it is what importing it does; tracing needs the extra opentelemetry, and compiles nothing.
NOT_IMPORTED = ("cds_service.__main__", "cds_service.store.migrations.env")

REPEATS = (tokens.MAX_REPEAT, tokens.MIN_REPEAT, tokens.POSSESSIVE_REPEAT)

Parsed = list[tuple[Any, Any]]


@dataclass(frozen=True)
class Used:
    """A compiled pattern, where it is, and the method by which it is asked."""

    place: str
    pattern: re.Pattern[str]
    method: str

    def __str__(self) -> str:
        return f"{self.place}.{self.method}"

    def ask(self, text: str) -> None:
        if self.method == "sub":
            self.pattern.sub("", text)
        elif self.method == "finditer":
            self.pattern.findall(text)  # the same work
        else:
            getattr(self.pattern, self.method)(text)


def used_patterns() -> Iterator[Used]:
    sources = "\n".join(path.read_text("utf-8") for path in PACKAGE.rglob("*.py"))
    called = set(re.findall(rf"\b(\w+)\.({'|'.join(USES)})\b", sources))
    for place, pattern in sorted(compiled().items()):
        name = re.sub(r"\[.*", "", place).rpartition(".")[2]
        for method in [use for use in sorted(USES) if (name, use) in called] or ("search", "sub"):
            yield Used(place, pattern, method)
    yield from in_calls()


def compiled() -> Mapping[str, re.Pattern[str]]:
    """By place: of all modules, and of the code lists, which come from files."""
    found: dict[str, re.Pattern[str]] = {}
    for module in walk_packages([str(PACKAGE)], "cds_service."):
        if module.name not in NOT_IMPORTED:
            for name, value in vars(import_module(module.name)).items():
                found |= _within(f"{module.name.removeprefix('cds_service.')}.{name}", value)
    found |= _within("knowledge.code_lists", known().terminology._lists)
    return {place: pattern for pattern, place in {pattern: place for place, pattern in found.items()}.items()}


def _within(place: str, value: object) -> dict[str, re.Pattern[str]]:
    if isinstance(value, re.Pattern):
        return {place: _of_text(value)}
    if isinstance(value, Mapping):
        members = [*value.items()]
    elif isinstance(value, list | tuple | set | frozenset):
        members = [*enumerate(value)]
    elif is_dataclass(value) and not isinstance(value, type):
        members = [(item.name, getattr(value, item.name)) for item in fields(value)]
    else:
        return {}
    return {at: pattern for key, item in members for at, pattern in _within(f"{place}[{key}]", item).items()}


def _of_text(pattern: re.Pattern[Any]) -> re.Pattern[str]:
    """The pattern; one of bytes as the same of text."""
    if isinstance(pattern.pattern, str):
        return pattern
    return re.compile(pattern.pattern.decode("latin-1"), pattern.flags)


def in_calls() -> Iterator[Used]:
    """Patterns in calls such as `re.sub(…)`. A pattern that is not written there must have its place in BY_NAME."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Call(ast.Attribute(ast.Name("re"), method), [ast.Constant(str() as pattern), *_]):
                    if method in USES:
                        yield Used(f"{path.relative_to(PACKAGE)}:{node.lineno}", re.compile(pattern), method)
                case ast.Call(ast.Attribute(ast.Name("re"), method)) if method in USES:
                    yield from (
                        Used(f"{path.stem}[{name}]", re.compile(one), method) for name, one in BY_NAME.items()
                    )


BY_NAME = {name: getattr(client_keys, name) for name in ("SLUG", "HTTPS", "ORIGIN", "TEXT")}
"""The patterns of the fields of a client's entry."""


# --- texts meant to choke a pattern ---------------------------------------------------------------


def hostile(pattern: re.Pattern[str], length: int) -> Iterator[str]:
    """Texts of this length that repeat what the pattern repeats, with and without what leads to it, and then fail."""
    parsed = list(parser.parse(pattern.pattern, pattern.flags))
    repeated = dict.fromkeys([*_repeated(parsed, ""), *(("", piece) for piece in (" ", "a", "1", "\n", ". "))])
    texts = dict.fromkeys(
        (beginning, piece)
        for before, once in repeated
        for beginning in ("", before)
        for piece in (once, before + once)
    )
    for beginning, piece in texts:
        if piece:
            yield (beginning + piece * (length // len(piece)))[: length - 1] + "\0"


def _repeated(parsed: Parsed, before: str) -> Iterator[tuple[str, str]]:
    """For each repetition, in each branch: a text that leads to it; a text of it, and of it with what follows."""
    for number, (operation, argument) in enumerate(parsed):
        for inner in _inner(operation, argument):
            yield from _repeated(inner, before)
            if operation in REPEATS:
                yield before, _sample(inner)
                yield before, _sample(inner) + _sample(parsed[number + 1 : number + 2])
        before += _sample([(operation, argument)])
    yield "", before


def _inner(operation: Any, argument: Any) -> list[Parsed]:
    if operation is tokens.BRANCH:
        return [list(branch) for branch in argument[1]]
    if operation is tokens.SUBPATTERN:
        return [list(argument[3])]
    if operation is tokens.ATOMIC_GROUP:
        return [list(argument)]
    return [list(argument[2])] if operation in REPEATS else []


def _sample(parsed: Parsed) -> str:
    """The shortest text of one way through a pattern."""
    return "".join(_sample_of(operation, argument) for operation, argument in parsed)


def _sample_of(operation: Any, argument: Any) -> str:
    if operation is tokens.LITERAL:
        return chr(argument)
    if operation is tokens.NOT_LITERAL:
        return "a" if argument != ord("a") else "b"
    if operation is tokens.ANY:
        return "a"
    if operation is tokens.IN:
        return _of_class(argument)
    inner = _inner(operation, argument)  # nothing for a position, or a look ahead or behind
    return _sample(inner[0]) * (max(argument[0], 1) if operation in REPEATS else 1) if inner else ""


def _of_class(members: Parsed) -> str:
    candidates = "a1 .-é\n/_A(," + "".join(chr(code) for code in range(33, 127))
    given = re.compile("[" + "".join(_class_member(*member) for member in members) + "]")
    return next((sign for sign in candidates if given.match(sign)), "x")


def _class_member(operation: Any, argument: Any) -> str:
    if operation is tokens.NEGATE:
        return "^"
    if operation is tokens.RANGE:
        return f"{re.escape(chr(argument[0]))}-{re.escape(chr(argument[1]))}"
    if operation is tokens.CATEGORY:
        return _CATEGORIES[argument]
    return re.escape(chr(argument))


_CATEGORIES = {
    tokens.CATEGORY_DIGIT: r"\d",
    tokens.CATEGORY_NOT_DIGIT: r"\D",
    tokens.CATEGORY_SPACE: r"\s",
    tokens.CATEGORY_NOT_SPACE: r"\S",
    tokens.CATEGORY_WORD: r"\w",
    tokens.CATEGORY_NOT_WORD: r"\W",
}
