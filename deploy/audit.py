"""`make audit`: looks for known vulnerabilities in our dependencies. It fails on one; offline it says `skipped`.

`make check` prints the same result but does not fail.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

LOCK = "deploy/requirements.txt"  # all that runs in production, with both extras
SECONDS = 60
SECONDS_OF_ONE_ANSWER = 5


def main() -> int:
    said, is_safe = verdict(*_asked())
    print(said)
    return 0 if is_safe else 1


def verdict(packages: Sequence[dict[str, Any]], why_not: str = "") -> tuple[str, bool]:
    """The message for pip-audit's results, one per package, and whether no vulnerability is known.

    pip-audit reports a package that it could not look up as safe. Here it counts as skipped.
    """
    known = [package for package in packages if "vulns" in package]
    holes = [
        f"{package['name']} {package['version']}: {hole['id']}" for package in known for hole in package["vulns"]
    ]
    if not known:
        return f"audit skipped: {why_not or f'no answer about any of {len(packages)} packages'}", True
    if not holes:
        return (
            f"audit: no known hole in {len(known)} of {len(packages)} packages; the others could not be asked",
            True,
        )
    return "\n".join(dict.fromkeys(holes)), False


def _asked() -> tuple[list[dict[str, Any]], str]:
    """pip-audit's result for each package, or the reason why there is none."""
    command = [sys.executable, "-m", "pip_audit", "--requirement", LOCK, "--require-hashes", "--disable-pip"]
    options = ["--timeout", str(SECONDS_OF_ONE_ANSWER), "--format", "json", "--progress-spinner", "off"]
    try:
        done = subprocess.run(  # noqa: S603 - our own words only
            [*command, *options],
            cwd=Path(__file__).parent.parent,
            capture_output=True,
            encoding="utf-8",
            timeout=SECONDS,
        )
        return json.loads(done.stdout)["dependencies"], ""
    except subprocess.TimeoutExpired:
        return [], f"no answer in {SECONDS} seconds"
    except (ValueError, KeyError, TypeError):
        return [], "pip-audit could not ask"


if __name__ == "__main__":
    sys.exit(main())
