"""schemathesis, all phases, on openapi.yaml: requests that the contract allows are answered, others refused.

It runs against a running service, with the contract's own examples and a real request of the sandbox as seeds.
"""

import json
import re
import subprocess
import sys
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from tests.known import openapi
from tests.running.client import HOOK_PATH, SANDBOX_ORDER
from tests.running.service import demo
from tests.sampling import THOROUGH

# OpenAPI cannot say that two parameters are given together or not at all, nor that a day is in the past;
# and pages say in words what is wrong with a parameter, so that the contract leaves it open.
CONFIGURATION = """
[[operations]]
include-path = "/taper"
checks.positive_data_acceptance.enabled = false
warnings = false

[[operations]]
include-path-regex = "^/(break|connect|docs|rules|rules/.*|insights.csv)?$"
checks.positive_data_acceptance.enabled = false
warnings = false

[[operations]]
include-path = "/insights"
checks.positive_data_acceptance.enabled = false
warnings = false
"""
# As in the loops of the properties; never a limit of time, by which a busy machine would ask less.
EXAMPLES_EACH = 400 if THOROUGH else 15


def seeded() -> dict[str, Any]:
    """The contract, with the sandbox's request added to its examples."""
    document = deepcopy(openapi())
    content = document["paths"][HOOK_PATH]["post"]["requestBody"]["content"]
    content["application/json"]["examples"]["sandbox"] = {"value": json.loads(SANDBOX_ORDER.read_bytes())}
    return document


@pytest.mark.hypothesis  # `make properties` runs it too
def test_row_42_46_51_57_schemathesis_finds_nothing(tmp_path: Path) -> None:
    schema, configuration = tmp_path / "openapi.json", tmp_path / "schemathesis.toml"
    schema.write_text(json.dumps(seeded()), "utf-8")
    configuration.write_text(CONFIGURATION, "utf-8")
    with demo(CDS_ANONYMOUS_PER_MINUTE="0") as (service, _):
        command = [
            *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(configuration), "run", str(schema)),
            *("--url", f"http://127.0.0.1:{service.port}", "--phases", "examples,coverage,fuzzing,stateful"),
            *("--max-examples", str(EXAMPLES_EACH), "--seed", "1", "--no-color"),
        ]
        done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)

        assert service.get("/healthz").status == 200
    assert done.returncode == 0, done.stdout + done.stderr
    counted = re.search(r"([0-9]+) generated, ([0-9]+) passed", done.stdout)
    assert counted, done.stdout
    assert counted[1] == counted[2], done.stdout
