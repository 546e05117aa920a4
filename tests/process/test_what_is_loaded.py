"""A service that starts loads nothing that only a replay or a plan needs: it starts fast and stays small."""

import os
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
NOT_BEFORE_THEY_ARE_NEEDED = ("duckdb", "pyarrow", "pyspark", "numpy", "pandas")


def test_a_service_that_starts_loads_no_engine(tmp_path: Path) -> None:
    printed = subprocess.run(
        [sys.executable, "-c", "import sys; from cds_service.wsgi import app; app(); print(*sys.modules)"],
        cwd=REPOSITORY,
        env={**os.environ, "CDS_DATABASE_URL": f"sqlite:///{tmp_path}/cds.db"},
        capture_output=True,
        encoding="utf-8",
        check=True,
    ).stdout
    loaded = {name.partition(".")[0] for name in printed.split()}

    assert "cds_service" in loaded
    assert not loaded.intersection(NOT_BEFORE_THEY_ARE_NEEDED)
