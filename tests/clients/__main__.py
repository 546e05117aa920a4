"""Makes clients from openapi.yaml with the generators of others, and uses them on a running service.

    python -m tests.clients FOLDER

FOLDER holds the tools (`make validate` installs them there) and gets what they make. Each client sends the order of
the sandbox, or that of its page in docs/clients, and has to show the cards that the service gives.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.clients.crd_rules import RULES, broken
from tests.running.client import HOOK_PATH, SANDBOX_ORDER, Service
from tests.running.service import REPOSITORY, started

CONTRACT = REPOSITORY / "openapi.yaml"
COLLECTION = REPOSITORY / "docs" / "baclofen-cds.postman_collection.json"
PAGES = REPOSITORY / "docs" / "clients"
WEB_SOCKET = "--experimental-websocket"
"""Medplum's client names it when it is loaded; Node has it by itself from version 22 on."""
ORDER_TS = """\
import type { components } from './baclofen-cds.js';

export const order = %s satisfies components['schemas']['OrderSignRequest'];
"""


class Tools:
    """The folder with the tools of others: runs one, and says its version."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.url = f"http://127.0.0.1:{port}"

    def run(self, tool: str, *arguments: str | Path) -> str:
        """What it printed. A tool that fails ends the run."""
        bins = (self.folder / "node_modules" / ".bin", self.folder / "python" / "bin")
        path = os.pathsep.join([*map(str, bins), os.environ["PATH"]])
        command = [next((str(bin / tool) for bin in bins if (bin / tool).exists()), tool), *map(str, arguments)]
        done = subprocess.run(
            command, cwd=self.folder, env={**os.environ, "PATH": path}, capture_output=True, encoding="utf-8"
        )
        if done.returncode:
            raise SystemExit(f"{' '.join(command)}: 1 faults\n{done.stdout}{done.stderr}")
        return done.stdout

    def of_node(self, package: str) -> str:
        about = json.loads((self.folder / "node_modules" / package / "package.json").read_text("utf-8"))
        return f"{package} {about['version']}"

    def of_python(self, package: str) -> str:
        version = f"from importlib.metadata import version; print(version({package!r}))"
        return f"{package} {self.run('python', '-c', version).strip()}"

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text.replace("http://127.0.0.1:8000", self.url), "utf-8")


def programs(page: str, language: str) -> list[str]:
    """The programs of a page in docs/clients, in this language."""
    text = (PAGES / page).read_text("utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def main(folder: Path) -> None:
    settings = {"CDS_MODE": "demo", "CDS_ANONYMOUS_PER_MINUTE": "0"}
    with (
        Path(os.devnull).open("wb") as nowhere,
        started(settings, workers=1, stdout=nowhere, stderr=nowhere) as (service, _),
    ):
        tools = Tools(folder, service.port)
        given = service.sign(SANDBOX_ORDER.read_bytes(), **{"Accept-Language": "en"}).json
        shown = [f"[{card['indicator']}] {card['summary']}" for card in given["cards"]]
        for trial in (_linters, _openapi_generator, _openapi_python_client, _typescript, _newman):
            for line in trial(tools, shown):
                print(line, flush=True)
        print(_crd(service))


def _linters(tools: Tools, _: Sequence[str]) -> Iterator[str]:
    tools.run("spectral", "lint", CONTRACT, "--ruleset", ".spectral.yaml", "--fail-severity", "error", "--quiet")
    yield f"{tools.of_node('@stoplight/spectral-cli')}: the contract has 0 faults"
    tools.run("redocly", "lint", CONTRACT, "--max-problems", "100")
    yield f"{tools.of_node('@redocly/cli')}: the contract has 0 faults"


def _openapi_generator(tools: Tools, shown: Sequence[str]) -> Iterator[str]:
    made = "made_by_openapi_generator"
    tools.run("openapi-generator-cli", "generate", "-i", CONTRACT, "-g", "python", "-o", ".", "--package-name", made)
    said = tools.run("python", "with_openapi_generator.py", tools.url, SANDBOX_ORDER)
    yield _compared(tools.of_python("openapi-generator-cli"), said, shown)


def _openapi_python_client(tools: Tools, shown: Sequence[str]) -> Iterator[str]:
    made = ("--meta", "none", "--output-path", "baclofen_cds", "--overwrite")
    tools.run("openapi-python-client", "generate", "--path", CONTRACT, *made)
    (tools.folder / "order.json").write_bytes(SANDBOX_ORDER.read_bytes())
    plain, generated = programs("python.md", "python")
    tools.write("page.py", plain)
    tools.write("page_generated.py", generated)
    yield _compared(tools.of_python("openapi-python-client"), tools.run("python", "page_generated.py"), shown)
    yield f"docs/clients/python.md: {_some(tools.run('python', 'page.py'))} cards shown, 0 faults"


def _typescript(tools: Tools, shown: Sequence[str]) -> Iterator[str]:
    tools.run("openapi-typescript", CONTRACT, "--output", "baclofen-cds.d.ts")
    (page,) = programs("typescript.md", "ts")
    tools.write("page.ts", page)
    tools.write("order.ts", ORDER_TS % SANDBOX_ORDER.read_text("utf-8").strip())
    tools.run("tsc", "--project", "tsconfig.json")
    yield _compared(
        f"{tools.of_node('openapi-typescript')}, {tools.of_node('openapi-fetch')}, {tools.of_node('typescript')}",
        tools.run("node", "made/with_openapi_typescript.js", tools.url),
        shown,
    )
    yield _compared(
        tools.of_node("@medplum/core"), tools.run("node", WEB_SOCKET, "made/with_medplum.js", tools.url), shown
    )
    yield f"docs/clients/typescript.md: {_some(tools.run('node', 'made/page.js'))} cards shown, 0 faults"


def _newman(tools: Tools, _: Sequence[str]) -> Iterator[str]:
    said = tools.run("newman", "run", COLLECTION, "--env-var", f"base_url={tools.url}", "--color", "off")
    counts = re.search(r"assertions\D+(\d+)\D+(\d+)", said)
    if counts is None:
        raise SystemExit(f"newman: 1 faults\n{said}")
    yield f"{tools.of_node('newman')}: {counts[1]} assertions of the Postman collection, {counts[2]} faults"


def _crd(service: Service) -> str:
    """Inferno's rules on the answers to all orders of the collection."""
    folders = json.loads(COLLECTION.read_text("utf-8"))["item"]
    asked = [item["request"] for folder in folders for item in folder["item"]]
    bodies = [one["body"]["raw"] for one in asked if one["url"]["raw"].endswith(HOOK_PATH)]
    answers = [(body, service.sign(body.encode())) for body in bodies]
    judged = [(json.loads(body), answer.json) for body, answer in answers if answer.status == 200]
    faults = [rule for request, answer in judged for rule in broken(request, answer)]
    line = f"Inferno's CRD rules: {len(RULES) + 1} rules, {len(judged)} answers, {len(faults)} faults"
    if faults:
        raise SystemExit(f"{line}\n{faults}")
    return line


def _compared(tool: str, said: str, shown: Sequence[str]) -> str:
    if said.splitlines() != list(shown):
        raise SystemExit(f"{tool}: 1 faults: it showed\n{said}in place of\n" + "\n".join(shown))
    return f"{tool}: a client made and used, {len(shown)} cards shown, 0 faults"


def _some(said: str) -> int:
    shown = [line for line in said.splitlines() if re.match(r"\[(info|warning|critical)\] \S", line)]
    if not shown:
        raise SystemExit(f"1 faults: a program of docs/clients showed no card\n{said}")
    return len(shown)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
