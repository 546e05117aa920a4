"""The pages of docs/clients: the program that needs nothing but Python runs; both stay in step with the contract.

`make validate` makes the clients of both pages and runs all their programs.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

from jsonschema import Draft202012Validator

from tests.clients.__main__ import programs
from tests.known import openapi
from tests.running.client import HOOK_PATH
from tests.running.service import demo


def test_twenty_lines_of_python_send_an_order_and_show_a_card(tmp_path: Path) -> None:
    program = programs("python.md", "python")[0]
    assert len(program.splitlines()) <= 25

    with demo() as (service, _):
        file = tmp_path / "page.py"
        file.write_text(program.replace(":8000", f":{service.port}"), "utf-8")
        done = subprocess.run([sys.executable, "-P", file], capture_output=True, encoding="utf-8")

    assert (done.returncode, done.stderr) == (0, "")
    assert re.match(r"\[(warning|critical)\] .*120.mg", done.stdout), done.stdout


def test_the_order_of_the_other_page_is_as_the_contract_says() -> None:
    """It is read as JSON: names of members are quoted, and the last commas of TypeScript go."""
    (program,) = programs("typescript.md", "ts")
    constants = dict(re.findall(r"^const (\w+) = (\{.*?\});$", program, re.MULTILINE | re.DOTALL))
    (body,) = re.findall(r"^  body: (\{.*?^  \}),$", program, re.MULTILINE | re.DOTALL)
    for name, value in reversed(constants.items()):
        body = re.sub(rf": {name}\b", f": {value.replace(chr(92), '')}", body)
    body = body.replace("crypto.randomUUID()", "'a'").replace("'", '"')
    body = re.sub(r"([{,]\s*)(\w+):", r'\1"\2":', body)
    call = json.loads(re.sub(r",(\s*[}\]])", r"\1", body))

    schema = {"$ref": "#/components/schemas/OrderSignRequest", "components": openapi()["components"]}
    Draft202012Validator(schema).validate(call)
    assert HOOK_PATH in program
    assert call["context"]["draftOrders"]["entry"][0]["resource"]["dosageInstruction"]
