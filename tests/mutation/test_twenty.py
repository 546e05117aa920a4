"""Twenty small defects, drawn by the seed of the whole run: the tests notice them. `make mutation` looks at all."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

from tests.mutation.draw import FEW
from tests.mutation.killing import ROOT


def test_of_twenty_defects_the_tests_notice_enough() -> None:
    command = [sys.executable, "-m", "tests.mutation", "--twenty", "--jobs", "1"]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8")

    assert sum(int(count) for count in re.findall(r"of +([0-9]+) ", done.stdout)) == FEW, done.stderr
    assert done.returncode == 0, done.stdout


def test_a_run_whose_environment_is_made_anew_ends_and_keeps_nothing(tmp_path: Path) -> None:
    """What fails for want of a library has noticed no defect."""
    interpreter, another = tmp_path / "python", tmp_path / "another"
    interpreter.symlink_to(sys.executable)
    command = [str(interpreter), "-m", "tests.mutation", "--twenty", "--jobs", "1"]
    paths = os.pathsep.join(path for path in sys.path if path)

    with subprocess.Popen(
        command, cwd=ROOT, env=os.environ | {"PYTHONPATH": paths}, stderr=subprocess.PIPE, encoding="utf-8"
    ) as run:
        while run.poll() is None:
            another.symlink_to(sys.executable)
            another.replace(interpreter)
            time.sleep(1)
        assert run.stderr
        assert "the environment was made anew" in run.stderr.read()
    assert run.returncode == 1
