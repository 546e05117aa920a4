"""Python reads it at its start: a process that a test starts has the change of the one that runs the test."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

from tests.mutation.killing import CHANGED, change

change(os.environ[CHANGED])
