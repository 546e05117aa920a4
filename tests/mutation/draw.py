"""Which mutants are judged: of each file the same number, over all kinds of change, the same each time."""

import random
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from pathlib import Path

from tests.mutation.killing import ROOT
from tests.mutation.operators import Mutant, mutants

TABLE = Path(__file__).with_name("table.toml")
SURVIVORS = Path(__file__).with_name("survivors.toml")
FEW = 20


@dataclass(frozen=True)
class Drawn:
    """A mutant of a file, and the tests that are asked."""

    file: str
    tests: tuple[str, ...]
    mutant: Mutant

    @property
    def name(self) -> str:
        """How survivors.toml names it: neither a folder nor a line, for both move."""
        return f"{Path(self.file).name} {self.mutant.function}: {self.mutant.change}"


@dataclass(frozen=True)
class Table:
    seed: int
    mutants_of_a_file: int
    floor_of_twenty: int
    floor_percent: int
    seconds_of_cpu: float
    times_the_unmutated_run: float
    tests_of: dict[str, tuple[str, ...]]  # by file
    equivalent: dict[str, str]  # why no test can notice it, by its name


def read_table() -> Table:
    said = tomllib.loads(TABLE.read_text("utf-8"))
    rooms = said.pop("mutated")
    tests_of = {file: tuple(room["tests"]) for room in rooms for file in room["files"]}
    listed = tomllib.loads(SURVIVORS.read_text("utf-8"))["survivor"]
    return Table(**said, tests_of=tests_of, equivalent={one["mutant"]: one["why"] for one in listed})


def draw(table: Table, files: Sequence[str] = (), most: int = 0) -> list[Drawn]:
    """Of the files named, or of all; fewer of each where `most` says so."""
    chosen = [file for file in table.tests_of if not files or Path(file).name in files]
    return [one for file in chosen for one in _of_file(table, file)[: most or None]]


def twenty(table: Table) -> list[Drawn]:
    return _chance(table, "twenty").sample([one for one in draw(table) if one.name not in table.equivalent], FEW)


def _of_file(table: Table, file: str) -> list[Drawn]:
    """One of each kind of change in turn, as long as there are any."""
    chance = _chance(table, Path(file).name)
    kinds: dict[str, list[Mutant]] = {}
    for mutant in mutants((ROOT / file).read_text("utf-8")):
        kinds.setdefault(mutant.operator, []).append(mutant)
    shuffled = [chance.sample(of_kind, len(of_kind)) for _, of_kind in sorted(kinds.items())]
    in_turn = [mutant for mutant in chain.from_iterable(zip_longest(*shuffled)) if mutant]
    return [Drawn(file, table.tests_of[file], mutant) for mutant in in_turn[: table.mutants_of_a_file]]


def _chance(table: Table, what: str) -> random.Random:
    return random.Random(f"{table.seed} {what}")  # noqa: S311 - the same draw each time
