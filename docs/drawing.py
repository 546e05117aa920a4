"""The drawing of the architecture, made from the import contracts and from what each folder says of itself."""

import ast
import textwrap
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

REPOSITORY = Path(__file__).parent.parent

WIDTH, MARGIN, GAP, INSET = 960, 16, 10, 14
TITLE_HEIGHT, LINE_HEIGHT, CHARACTER_WIDTH = 22, 16, 6.2

_HEAD = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-labelledby="title desc" \
font-family="system-ui, 'Segoe UI', Helvetica, Arial, sans-serif" font-size="14">
  <title id="title">The folders, from the top floor down</title>
  <desc id="desc">Each folder imports only from the floors below its own. {described}</desc>
  <style>
    .page {{ fill: #ffffff }} .core {{ fill: #eef4fb; stroke: #4a78a8 }} .box {{ fill: #ffffff; stroke: #445566 }}
    text {{ fill: #1b2733 }} .job {{ font-size: 12px; fill: #3c4a58 }} .name {{ font-weight: 600 }}
    @media (prefers-color-scheme: dark) {{
      .page {{ fill: #12181f }} .core {{ fill: #1a2938; stroke: #7ba7d4 }} .box {{ fill: #202b36; stroke: #9fb2c4 }}
      text {{ fill: #edf2f7 }} .job {{ fill: #c4d0db }}
    }}
  </style>
  <rect class="page" width="{width}" height="{height}"/>
"""


@dataclass(frozen=True)
class Room:
    """A folder or a module: its name, its one job, and the floors inside it."""

    name: str
    job: str
    floors: tuple[tuple["Room", ...], ...] = ()


def drawing() -> str:
    """The drawing as SVG."""
    floors = _floors("cds_service", Path("cds_service"))
    height = 2 * MARGIN + _height_of(floors, WIDTH - 2 * MARGIN)
    described = " ".join(f"{room.name}: {room.job}" for floor in floors for room in floor)
    drawn = "\n".join(_drawn(floors, MARGIN, MARGIN, WIDTH - 2 * MARGIN))
    return f"{_HEAD.format(width=WIDTH, height=height, described=escape(described))}{drawn}\n</svg>\n"


def _floors(container: str, folder: Path) -> tuple[tuple[Room, ...], ...]:
    """The layers of the contract of a container, with what each of their members says of itself."""
    contracts = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    layers: list[str] = next(
        item["layers"] for item in contracts["contracts"] if item.get("containers") == [container]
    )
    return tuple(tuple(_room(name, container, folder) for name in layer.split(" | ")) for layer in layers)


def _room(name: str, container: str, folder: Path) -> Room:
    place = folder / name
    if not (REPOSITORY / place).is_dir():
        return Room(f"{name}.py", _job(place.with_suffix(".py")))
    inside = _floors(f"{container}.{name}", place) if name == "core" else ()
    return Room(f"{name}/", _job(place / "__init__.py"), inside)


def _job(file: Path) -> str:
    """The first sentence of a docstring."""
    said = ast.get_docstring(ast.parse((REPOSITORY / file).read_text(encoding="utf-8"))) or ""
    return " ".join(said.partition(".\n")[0].partition(". ")[0].split()).rstrip(".")


def _lines(room: Room, width: float) -> list[str]:
    return textwrap.wrap(room.job, int((width - 2 * INSET) / CHARACTER_WIDTH))


def _room_width(floor: Sequence[Room], width: float) -> float:
    return (width - GAP * (len(floor) - 1)) / len(floor)


def _height(room: Room, width: float) -> int:
    inside = GAP + _height_of(room.floors, width - 2 * INSET) if room.floors else 0
    return TITLE_HEIGHT + LINE_HEIGHT * len(_lines(room, width)) + inside + GAP


def _height_of(floors: Sequence[Sequence[Room]], width: float) -> int:
    return sum(_floor_height(floor, width) + GAP for floor in floors) - GAP


def _floor_height(floor: Sequence[Room], width: float) -> int:
    return max(_height(room, _room_width(floor, width)) for room in floor)


def _drawn(floors: Sequence[Sequence[Room]], left: float, top: float, width: float) -> Iterator[str]:
    for floor in floors:
        each, height = _room_width(floor, width), _floor_height(floor, width)
        for place, room in enumerate(floor):
            yield from _box(room, left + place * (each + GAP), top, each, height)
        top += height + GAP


def _box(room: Room, left: float, top: float, width: float, height: int) -> Iterator[str]:
    kind, inner = ("core", left + INSET) if room.floors else ("box", left + INSET)
    yield f'  <rect class="{kind}" x="{left:g}" y="{top:g}" width="{width:g}" height="{height}" rx="6"/>'
    yield f'  <text class="name" x="{inner:g}" y="{top + 18:g}">{escape(room.name)}</text>'
    written = _lines(room, width)
    for number, line in enumerate(written):
        below = top + TITLE_HEIGHT + LINE_HEIGHT * (number + 1) - 4
        yield f'  <text class="job" x="{inner:g}" y="{below:g}">{escape(line)}</text>'
    yield from _drawn(room.floors, inner, top + TITLE_HEIGHT + LINE_HEIGHT * len(written) + GAP, width - 2 * INSET)
