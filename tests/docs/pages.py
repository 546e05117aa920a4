"""Reads the documents: their prose, their links, their commands."""

import os
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.known import known

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(
    [*ROOT.glob("*.md"), *DOCS.glob("**/*.md"), *ROOT.glob("[!.]*/README.md"), *ROOT.glob("tests/**/README.md")]
)
KNOWLEDGE = known()

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())


@cache
def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def prose(page: Path) -> str:
    """A page without code blocks and without quoted code: the text that may contain links and headings."""
    without_blocks = re.sub(r"^```.*?^```", "", text_of(page), flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"`[^`\n]*`", "``", without_blocks)


def links(page: Path) -> list[str]:
    return re.findall(r"\]\(([^)\s]+)\)", prose(page))


def shell_lines(page: Path) -> Iterator[str]:
    """Each command in the shell blocks of a page, joined with its continuation lines."""
    for block in re.findall(r"^```(?:sh|bash|shell|console)\n(.*?)^```", text_of(page), re.MULTILINE | re.DOTALL):
        for line in block.replace("\\\n", " ").splitlines():
            command = re.sub(r"(^|\s)#.*$", "", line).strip()
            if command:
                yield command


def in_the_copy(copy: Path) -> dict[str, str]:
    """Without what would count the lines of a copy of the tree as lines of ours."""
    return {name: value for name, value in os.environ.items() if not name.startswith("COV")} | {"HERE": str(copy)}


def run(command: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-c", command],
        cwd=environment["HERE"],
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=900,
    )
