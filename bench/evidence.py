"""Saves the evidence of a run in docs/evidence/NAME.json: commit, date, seed, counts and figures.

`python -m bench.evidence` says which results are older than the last change of what they measure; it never fails.
`python -m bench.evidence validate` reads the output of the validators from standard input.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
FOLDER = Path("docs") / "evidence"

MEASURED: Mapping[str, tuple[str, ...]] = {
    "bench": (
        "cds_service",
        "cards",
        "fhir_profiles",
        "bench/run.py",
        "bench/load.py",
        "bench/bodies.py",
        "requirements.txt",
    ),
    "bench-replay": ("cds_service/core", "cds_service/replay", "bench/replay.py", "deploy/requirements-replay.txt"),
    "choke": (
        "cds_service",
        "cards",
        "fhir_profiles",
        "bench/choke.py",
        "bench/hostile.py",
        "bench/hostile_request.py",
        "bench/hostile_shared.py",
        "requirements.txt",
    ),
    "container": ("Dockerfile", "deploy", "cds_service", "cards", "fhir_profiles"),
    "fatigue": (
        "cds_service/core",
        "cds_service/rules",
        "cards",
        "fhir_profiles",
        "bench/fatigue.py",
        "bench/months.py",
        "bench/faults.py",
        "bench/orders.py",
    ),
    "spark-test": ("cds_service/core", "cds_service/replay", "deploy/requirements-spark.txt"),
    "unit": ("deploy", "docs/operation.md", "cds_service", "cards", "fhir_profiles"),
    "thorough": ("cds_service", "cards", "fhir_profiles", "tests"),
    "validate": ("fhir_profiles", "tests/validators", "openapi.yaml", "docs/clients", "tests/clients"),
}
"""By the name of the make target: what its figures depend on."""


def main() -> None:
    if sys.argv[1:] == ["validate"]:
        said = sys.stdin.read()
        faults = sum(int(count) for count in re.findall(r"([0-9]+) faults", said))
        keep("validate", counts={"faults": faults}, figures={"said": said.splitlines()})
    else:
        print("\n".join(states()))


def keep(name: str, *, counts: Mapping[str, Any], figures: Mapping[str, Any], seed: int | None = None) -> None:
    """Saves a result. `committed` is false if a measured file had uncommitted changes."""
    commit, changed = _git("rev-parse", "HEAD"), _git("status", "--porcelain", "--", *MEASURED[name])
    content = {
        "commit": commit or "unknown",
        "committed": changed == "",
        "date": datetime.now(UTC).date().isoformat(),
        "seed": seed,
        "counts": counts,
        "figures": figures,
    }
    folder = ROOT / FOLDER
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", "utf-8")


def read(name: str, root: Path = ROOT) -> Any:
    """The saved result; None if there is none."""
    file = root / FOLDER / f"{name}.json"
    return json.loads(file.read_text("utf-8")) if file.exists() else None


def states(root: Path = ROOT) -> Iterator[str]:
    """One line for each result: its date, and whether what it measures has changed since."""
    for name, paths in MEASURED.items():
        kept = read(name, root)
        yield f"evidence of make {name}: {_state(kept, paths, root) if kept else 'none'}"


def _state(kept: Mapping[str, Any], paths: tuple[str, ...], root: Path) -> str:
    """The state of one result. Without the git history it is unknown."""
    since = _git("rev-list", "--count", f"{kept['commit']}..HEAD", "--", *paths, root=root)
    if since is None:
        return f"of {kept['date']}; whether it is older than what it measures is unknown"
    changed = f"changes of what it measures since: {since}" if int(since) else "nothing that it measures has changed"
    return f"of {kept['date']}; {changed}" + ("" if kept["committed"] else "; run with changes that no commit has")


def _git(*arguments: str, root: Path = ROOT) -> str | None:
    try:
        command = ["git", "-C", str(root), *arguments]
        done = subprocess.run(
            command, capture_output=True, encoding="utf-8"
        )  # without git on the PATH the state is unknown
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


if __name__ == "__main__":
    main()
