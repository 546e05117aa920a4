"""Which answers differ between two commits, and which of them are listed in docs/differences.toml."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import unified_diff
from itertools import islice
from pathlib import Path

LISTED = Path("docs") / "differences.toml"

Answers = Mapping[str, Mapping[str, str]]
"""By request, then by the way in which it was asked: the text of the answer."""

# Masked: the version of the rules, which is that of the package and a digest of the rule files; and the uuids, which
# are digests of cards that name that version.
_VERSION = re.compile(r"\b\d+\.\d+\.\d+\+[0-9a-f]{8}\b")
_UUID = re.compile(r'(?<="uuid":")[0-9a-f-]{36}(?=")')
# A position between two characters, so that none is lost.
_END_OF_SENTENCE = re.compile(r"(?<=[.;] )|(?<=\\n)")
_LINES_SHOWN = 8
_WIDTH_SHOWN = 200


@dataclass(frozen=True)
class Difference:
    """One request whose answers differ: for which languages, clients and URLs, and the first of the changed lines."""

    request: str
    ways: tuple[str, ...]
    lines: tuple[str, ...]


def differences(old: Answers, new: Answers) -> list[Difference]:
    found = []
    for request in sorted({*old, *new}):
        before, after = masked(old.get(request, {})), masked(new.get(request, {}))
        ways = tuple(way for way in {**before, **after} if before.get(way) != after.get(way))
        if ways:
            lines = tuple(changed_lines(before.get(ways[0], ""), after.get(ways[0], "")))
            everywhere = len(ways) == len({**before, **after})
            found.append(Difference(request, ("however it is asked",) if everywhere else ways, lines))
    return found


def masked(answers: Mapping[str, str]) -> dict[str, str]:
    return {way: _UUID.sub("UUID", _VERSION.sub("VERSION", text)) for way, text in answers.items()}


def changed_lines(old: str, new: str) -> Iterator[str]:
    """The first lines that differ, with a note if only the formatting of the same JSON differs."""
    before, after = laid_out(old), laid_out(new)
    if before == after:
        yield "the same JSON, in other bytes"
    # Without the two lines of file names, and the positions.
    diff = (line for line in islice(unified_diff(before, after, n=0, lineterm=""), 2, None) if line[0] != "@")
    yield from (line[:_WIDTH_SHOWN] for line in islice(diff, _LINES_SHOWN))


def laid_out(answer: str) -> list[str]:
    """One member per line, and long texts one sentence per line, so that only changed ones are shown."""
    try:
        members = json.dumps(json.loads(answer), indent=1, ensure_ascii=False).splitlines()
    except ValueError:
        members = answer.splitlines()
    return [sentence for member in members for sentence in _END_OF_SENTENCE.split(member)]


def meant(tree: Path, base: Path) -> set[str]:
    """The requests listed here and not in `base`: what is already listed there had changed before."""
    listed = [entries(folder / LISTED) for folder in (tree, base)]
    return {request for request, _ in listed[0] - listed[1]}


def entries(file: Path) -> set[tuple[str, str]]:
    """Each request of the list with its reason; empty if a commit has no list."""
    if not file.exists():
        return set()
    changes = tomllib.loads(file.read_text(encoding="utf-8")).get("change", [])
    return {(request, change["why"]) for change in changes for request in change["requests"]}
