"""Which modules a service has loaded when it has started."""

import os
import subprocess
import sys
from pathlib import Path

from tests.running.service import REPOSITORY


def loaded_at_start(folder: Path) -> set[str]:
    """Their full names. The database is in `folder`."""
    printed = subprocess.run(
        [sys.executable, "-c", "import sys; from cds_service.wsgi import app; app(); print(*sys.modules)"],
        cwd=REPOSITORY,
        env={**os.environ, "CDS_DATABASE_URL": f"sqlite:///{folder}/cds.db"},
        capture_output=True,
        encoding="utf-8",
        check=True,
    ).stdout
    return set(printed.split())
