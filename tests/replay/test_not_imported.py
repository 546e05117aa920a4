"""The service, and every command but a replay, runs without DuckDB, pyarrow and Spark."""

import subprocess
import sys

NOT_BROUGHT_ALONG = ("duckdb", "pyarrow", "pandas", "pyspark")


def test_neither_the_command_line_nor_the_service_imports_what_only_a_replay_needs() -> None:
    script = """
import sys, cds_service.wsgi, cds_service.server
from cds_service.cli import commands
for name in commands.list_commands(None):
    assert commands.get_command(None, name)
print(*{name.partition(".")[0] for name in sys.modules})
"""

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert "cds_service" in done.stdout.split()
    assert not set(NOT_BROUGHT_ALONG) & set(done.stdout.split())
