"""`python -m tests.mutation`: how many small defects of ours the tests notice, file by file, and which they do not.

Ends with 1 where a file is below the floor of table.toml.
"""

import argparse
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from bench import evidence
from tests.mutation.draw import Drawn, Table, draw, read_table, twenty
from tests.mutation.killing import Outcome, Running, import_libraries


@dataclass(frozen=True)
class Judged:
    drawn: Drawn
    outcome: Outcome
    equivalent: bool

    @property
    def counts(self) -> bool:
        return bool(self.outcome.by) or not self.equivalent


def main() -> None:
    asked, table = _arguments(), read_table()
    drawn = twenty(table) if asked.twenty else draw(table, asked.files, asked.most)
    import_libraries()
    limits = {} if asked.twenty else _measured(table, drawn)
    judged = []
    for one in _judge(table, drawn, limits, asked.jobs):
        judged.append(one)
        if asked.verbose or not one.outcome.by:
            _tell(one)
    below = _report(table, judged)
    noticed = sum(bool(one.outcome.by) for one in judged)
    enough = noticed >= table.floor_of_twenty if asked.twenty else not below
    if not (asked.twenty or asked.most):
        _keep(table, judged)
    sys.exit(0 if enough else 1)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", help="such as steps.py; all of table.toml without")
    parser.add_argument("--most", type=int, default=0, help="so many of each file, in place of all that are drawn")
    parser.add_argument("--twenty", action="store_true", help="the few of `make test`")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--verbose", action="store_true", help="tell which test has noticed which")
    return parser.parse_args()


# --- judging ---------------------------------------------------------------------------------


def _measured(table: Table, drawn: Sequence[Drawn]) -> dict[tuple[str, ...], float]:
    """The CPU that each list of tests may use: a multiple of what it uses where nothing is changed."""
    limits = {}
    for tests in dict.fromkeys(one.tests for one in drawn):
        outcome = _wait(Running("", tests, 600))
        if outcome.by:
            sys.exit(f"fails where nothing is changed: {outcome.by}")
        print(f"{outcome.cpu_seconds:5.1f} s of CPU where nothing is changed: {', '.join(tests)}", flush=True)
        limits[tests] = outcome.cpu_seconds * table.times_the_unmutated_run
    return limits


def _wait(running: Running) -> Outcome:
    while (outcome := running.outcome()) is None:
        time.sleep(0.01)
    return outcome


def _judge(
    table: Table, drawn: Sequence[Drawn], limits: Mapping[tuple[str, ...], float], jobs: int
) -> Iterator[Judged]:
    """As many at once as there are jobs, in the order in which they end."""
    left, began = iter(drawn), _environment()
    running: dict[Drawn, Running] = {}
    while True:
        while len(running) < jobs and (one := next(left, None)):
            running[one] = _start(one, limits.get(one.tests, table.seconds_of_cpu))
        if not running:
            return
        for one, process in list(running.items()):
            outcome = process.outcome()
            if outcome is not None:
                if _environment() != began:
                    sys.exit("the environment was made anew during the run: what failed has noticed nothing")
                del running[one]
                slow = outcome.out_of_time and one.tests not in limits  # slow tests have noticed nothing
                yield Judged(one, replace(outcome, by="") if slow else outcome, one.name in table.equivalent)
        time.sleep(0.01)


def _environment() -> float:
    """When the interpreter that runs the tests was installed; 0 if it is gone."""
    interpreter = Path(sys.executable)
    return interpreter.lstat().st_ctime if interpreter.exists() else 0


def _start(one: Drawn, seconds: float) -> Running:
    return Running(f"{one.file} {one.mutant.node} {one.mutant.variant}", one.tests, seconds)


# --- the report ------------------------------------------------------------------------------


def _tell(one: Judged) -> None:
    said = one.outcome.by or ("survives, and is equivalent" if one.equivalent else "SURVIVES")
    name = one.drawn.name if len(one.drawn.name) < 160 else f"{one.drawn.name[:160]}…"
    print(f"{one.outcome.cpu_seconds:5.1f} s line {one.drawn.mutant.line:3} {name}: {said}", flush=True)


def _report(table: Table, judged: Sequence[Judged]) -> list[str]:
    """The files below the floor."""
    below = []
    for file in dict.fromkeys(one.drawn.file for one in judged):
        counted = [one for one in judged if one.drawn.file == file and one.counts]
        noticed = sum(bool(one.outcome.by) for one in counted)
        enough = noticed * 100 >= table.floor_percent * len(counted)
        below += [] if enough else [file]
        print(f"{noticed:3} of {len(counted):3} {Path(file).name}{'' if enough else '  below the floor'}")
    print(f"{sum(one.outcome.cpu_seconds for one in judged):.0f} s of CPU")
    return below


def _keep(table: Table, judged: Sequence[Judged]) -> None:
    """As the evidence of `make thorough`. A run of some files renews what is said of these, with its day."""
    before = (evidence.read("thorough") or {}).get("counts", {})
    counts = {file: before[file] for file in table.tests_of if file in before}
    for file in dict.fromkeys(one.drawn.file for one in judged):
        counts[file] = _counted([one for one in judged if one.drawn.file == file])
    files = [file for file in table.tests_of if file not in counts]
    figures = {"floor percent": table.floor_percent, "files that were not judged": files}
    evidence.keep("thorough", seed=table.seed, counts=counts, figures=figures)


def _counted(of_file: Sequence[Judged]) -> dict[str, object]:
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "mutants": len(of_file),
        "noticed": sum(bool(one.outcome.by) for one in of_file),
        "equivalent": sum(not one.counts for one in of_file),
        "survived": [one.drawn.name for one in of_file if one.counts and not one.outcome.by],
    }


if __name__ == "__main__":
    main()
