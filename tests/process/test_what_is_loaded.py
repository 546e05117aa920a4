"""A service that starts loads nothing that only a replay or a plan needs: it starts fast and stays small."""

from pathlib import Path

from tests.running.loaded import loaded_at_start

NOT_BEFORE_THEY_ARE_NEEDED = ("duckdb", "pyarrow", "pyspark", "numpy", "pandas", "holidays")


def test_a_service_that_starts_loads_no_engine(tmp_path: Path) -> None:
    loaded = {name.partition(".")[0] for name in loaded_at_start(tmp_path)}

    assert "cds_service" in loaded
    assert not loaded.intersection(NOT_BEFORE_THEY_ARE_NEEDED)
