"""The files of a commit, and a Python with its dependencies."""

import subprocess
import sys
import venv
from pathlib import Path

LOCK = "requirements.txt"


def write_tree(commit: str, repository: Path, target: Path) -> None:
    """Write the files of a commit to the folder `target`, without the history."""
    packed = target.with_suffix(".tar")
    target.mkdir()
    if subprocess.run(["git", "archive", f"--output={packed}", commit, "--"], cwd=repository).returncode:
        sys.exit(f"git could not give the files of {commit}")
    subprocess.run(["tar", "--extract", "--file", packed, "--directory", target], check=True)


def python_for(tree: Path, ours: Path, target: Path) -> Path:
    """This Python if `tree` has our lock file; otherwise that of a new environment in `target`, made from its own."""
    if (tree / LOCK).read_bytes() == (ours / LOCK).read_bytes():
        return Path(sys.executable)
    venv.create(target, with_pip=True, clear=True)
    python = target / "bin" / "python"
    install = ["-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-deps", "--requirement"]
    subprocess.run([python, *install, tree / LOCK], check=True)
    return python
