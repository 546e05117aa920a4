"""Each folder says at its top what it may import, and imports nothing else of ours."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "cds_service"
ROOMS = sorted(path.parent for folder in (PACKAGE, PACKAGE / "core") for path in folder.glob("*/__init__.py"))
ALL_BELOW = "all below it"  # which the import contracts hold


@pytest.mark.parametrize("room", ROOMS, ids=[str(room.relative_to(PACKAGE)) for room in ROOMS])
def test_a_room_imports_what_it_says(room: Path) -> None:
    said = " ".join((ast.get_docstring(ast.parse((room / "__init__.py").read_text("utf-8"))) or "").split())
    allowed = re.findall(r"May import ([^.;]+)[.;]", said)

    assert len(allowed) == 1
    assert allowed == [ALL_BELOW] or not set(_imported(room)) - set(allowed[0].split(", "))


def _imported(room: Path) -> Iterator[str]:
    """The other rooms whose modules are imported: of a room of the core its neighbours there."""
    own = room.relative_to(PACKAGE.parent).parts
    for file in room.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("cds_service."):
                parts = [*(node.module or "").split("."), *(alias.name for alias in node.names)]
                theirs = tuple(parts[: len(own) if parts[1] == "core" else 2])
                if theirs != own[: len(theirs)]:
                    yield theirs[-1]
