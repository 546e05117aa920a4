"""Twenty small defects, drawn by the seed of the whole run: the tests notice them. `make mutation` looks at all."""

import re
import subprocess
import sys

from tests.mutation.draw import FEW
from tests.mutation.killing import ROOT


def test_of_twenty_defects_the_tests_notice_enough() -> None:
    command = [sys.executable, "-m", "tests.mutation", "--twenty", "--jobs", "1"]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8")

    assert sum(int(count) for count in re.findall(r"of +([0-9]+) ", done.stdout)) == FEW, done.stderr
    assert done.returncode == 0, done.stdout
