"""The documents are true: what is made from data is up to date, each test, link and anchor is there, commands run."""

import ast
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from cds_service.loading import load_knowledge
from docs.render import DOCUMENTS, read
from tests.http.client import SANDBOX_ORDER, Service
from tests.http.conftest import free_port, wait_for_health

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = sorted(
    [*ROOT.glob("*.md"), *DOCS.glob("*.md"), *ROOT.glob("[!.]*/README.md"), *ROOT.glob("tests/*/README.md")]
)
KNOWLEDGE = load_knowledge()

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())


@cache
def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def prose(page: Path) -> str:
    """A page without its blocks of code and its quoted words: what may hold links and headings."""
    without_blocks = re.sub(r"^```.*?^```", "", text_of(page), flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"`[^`\n]*`", "``", without_blocks)


# --- what is made from data ------------------------------------------------------------------


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_is_made_from_data_is_what_is_committed(name: str) -> None:
    """Where this fails: `make rules`, or `python -m docs.render`."""
    assert text_of(DOCS / name) == DOCUMENTS[name](KNOWLEDGE)


# --- hazards and requirements, each with its tests -------------------------------------------

HAZARDS = read("hazards.toml")["hazard"]
REQUIREMENTS = [row for part in read("conformance.toml")["part"] for row in part["requirements"]]

# How many requirements each family of the checklist of CDS Hooks has; the tokens' have names, not numbers.
FAMILIES = {
    "GEN": 7, "DIS": 13, "REQ": 13, "PRE": 20, "FHR": 9, "RSP": 8, "CARD": 8, "SRC": 5, "SUG": 7, "ACT": 9,
    "OVR": 6, "LNK": 6, "SYS": 3, "FBK": 8, "EXT": 4, "SEC": 5, "COR": 4,
}  # fmt: skip
STATUSES = {"met", "partly", "otherwise", "not used", "not applicable", "not yet"}


@cache
def functions_of(file: str) -> frozenset[str]:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def missing(names: list[str]) -> list[str]:
    """Those of these tests that are not there. Python keeps a name in the form that Unicode calls NFKC."""
    pairs = [unicodedata.normalize("NFKC", name).split("::") for name in names]
    return [f"{file}::{test}" for file, test in pairs if test not in functions_of(file)]


@pytest.mark.parametrize("hazard", HAZARDS, ids=lambda hazard: hazard["id"])
def test_each_control_of_a_hazard_is_held_by_tests_that_are_there(hazard: dict[str, object]) -> None:
    controls = hazard["controls"]

    assert isinstance(controls, list)
    assert controls or hazard.get("open"), "neither controlled nor said to be open"
    for control in controls:
        assert control["tests"], control["says"]
        assert not missing(control["tests"])


def test_the_hazards_are_numbered_and_rated() -> None:
    assert [hazard["id"] for hazard in HAZARDS] == [f"H{number:02}" for number in range(1, len(HAZARDS) + 1)]
    assert all(hazard["severity"] in range(1, 6) and hazard["probability"] in range(1, 6) for hazard in HAZARDS)


def test_every_requirement_is_in_the_table() -> None:
    listed = [row["id"] for row in REQUIREMENTS]

    assert len(set(listed)) == len(listed)
    for family, count in FAMILIES.items():
        numbers = [int(name.partition("-")[2]) for name in listed if name.startswith(f"{family}-")]
        assert numbers == list(range(1, count + 1)), family


@pytest.mark.parametrize("row", REQUIREMENTS, ids=lambda row: row["id"])
def test_a_requirement_has_its_status_and_its_tests_are_there(row: dict[str, object]) -> None:
    named = row.get("tests", [])

    assert isinstance(named, list)
    assert row["status"] in STATUSES
    assert named or row["status"] not in ("met", "otherwise")
    assert row.get("note") or row["status"] not in ("partly", "otherwise", "not applicable")
    assert not missing(named)


# --- links -----------------------------------------------------------------------------------

# Beside the hosts of the sources that the rules name: the standards, the sandbox and its code, the SAM of the HAS.
HOSTS = {"cds-hooks.hl7.org", "hl7.org", "sandbox.cds-hooks.org", "github.com", "has-sante.fr"}


def links(page: Path) -> list[str]:
    return re.findall(r"\]\(([^)\s]+)\)", prose(page))


def slug(heading: str) -> str:
    """The anchor that a heading gets: small letters, hyphens for spaces, no punctuation."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def anchors(page: Path) -> set[str]:
    without_blocks = re.sub(r"^```.*?^```", "", text_of(page), flags=re.MULTILINE | re.DOTALL)
    return {slug(heading) for heading in re.findall(r"^#+ (.+)$", without_blocks, re.MULTILINE)}


@every_page
def test_every_relative_link_and_its_anchor_are_there(page: Path) -> None:
    for link in links(page):
        path, _, anchor = link.partition("#")
        if not urlsplit(link).scheme:
            target = (page.parent / path).resolve() if path else page
            assert target.exists(), link
            assert target.is_relative_to(ROOT), link
            assert not anchor or anchor in anchors(target), link


@every_page
def test_every_outer_link_is_https_and_leads_to_a_source_or_a_standard(page: Path) -> None:
    sources = {urlsplit(change.source.url).hostname for rule in KNOWLEDGE.rules.rules for change in rule.changes}

    for link in links(page):
        parts = urlsplit(link)
        if parts.scheme:
            assert (parts.scheme, parts.username, parts.port) == ("https", None, None), link
            assert parts.hostname in sources | HOSTS, link


def test_every_page_can_be_reached_from_the_readme() -> None:
    seen: set[Path] = set()
    ahead = [ROOT / "README.md"]
    while ahead:
        page = ahead.pop()
        seen.add(page)
        named = [(page.parent / link.partition("#")[0]).resolve() for link in links(page) if "://" not in link]
        ahead += [path for path in named if path.suffix == ".md" and path.is_file() and path not in seen]

    assert not [page.relative_to(ROOT).as_posix() for page in PAGES if page not in seen]


# --- commands --------------------------------------------------------------------------------

# Commands that need what a machine for tests has not, and the reason. The files of ours that they name must be there.
NOT_RUN_HERE = {
    "docker": "a container engine",
    "systemctl": "root and systemd",
    "install": "root",
    "cp": "root",
    "python3": "a folder that belongs to root",
    "/opt/cds/bin/pip": "a folder that belongs to root",
    "export": "nothing by itself: it is for the command after it",
    "git": "a network",
    "npm": "a network, and Node",
    "python -m http.server": "a folder that the commands before it make",
}

SHIM = '#!/bin/sh\nexec "{python}" -m cds_service "$@"\n'
SUBSTITUTES = {
    "REQUEST.json": "tests/data/sandbox-order-sign.json",
    "DATE": "2026-11-22",
    "DAY": "2026-11-22",
    "COMMAND": "",
}


def shell_lines(page: Path) -> Iterator[str]:
    """Each command of the blocks of a page, with its continuation lines."""
    for block in re.findall(r"^```(?:sh|bash|shell|console)\n(.*?)^```", text_of(page), re.MULTILINE | re.DOTALL):
        for line in block.replace("\\\n", " ").splitlines():
            command = re.sub(r"(^|\s)#.*$", "", line).strip()
            if command:
                yield command


def quoted(page: Path) -> Iterator[str]:
    """Each command of ours that is quoted in a line."""
    for word in re.findall(r"`([^`\n]+)`", text_of(page)):
        if re.match(r"(cds-service|make|python -m docs\.\w+)( |$)", word):
            yield word


COMMANDS = sorted({command for page in PAGES for command in (*shell_lines(page), *quoted(page))})
OURS = [command for command in COMMANDS if command.startswith("cds-service ")]
CURLS = [command for command in COMMANDS if command.startswith("curl ")]
MAKES = [command for command in COMMANDS if command.split()[0] == "make"]
MODULES = [command for command in COMMANDS if command.startswith("python -m docs.")]
GUNICORNS = [command for command in COMMANDS if command.startswith("gunicorn ")]


def test_every_command_is_tried_or_is_of_a_kind_that_cannot_be() -> None:
    tried = {*OURS, *CURLS, *MAKES, *MODULES, *GUNICORNS}
    others = [command for command in COMMANDS if command not in tried]

    assert len(OURS) > 5
    assert CURLS
    assert not [command for command in others if not any(command.startswith(f"{kind} ") for kind in NOT_RUN_HERE)]


def test_the_files_that_commands_name_are_there() -> None:
    named = {
        word for command in COMMANDS for word in re.findall(r"(?<![\w/.:-])(?:deploy|tests|docs)/[\w./-]+", command)
    }

    assert named
    assert not [file for file in named if not (ROOT / file).is_file()]


@pytest.mark.parametrize("command", MAKES)
def test_every_make_target_is_there(command: str) -> None:
    done = subprocess.run(
        [*command.split(), "--dry-run"], cwd=ROOT, capture_output=True, encoding="utf-8", timeout=60
    )

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("command", MODULES)
def test_every_module_of_the_documents_is_there(command: str) -> None:
    """That of this test writes what is held against it above; the others serve until they are stopped, or print."""
    assert importlib.util.find_spec(command.split()[2])


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of somebody who has run `make run` once: the command is on the path, the tables are there."""
    folder = tmp_path_factory.mktemp("bin")
    (folder / "cds-service").write_text(SHIM.format(python=sys.executable), encoding="utf-8")
    (folder / "cds-service").chmod(0o755)
    (folder / "tests").symlink_to(ROOT / "tests")
    environment = {
        **os.environ,
        "PATH": f"{folder}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "CDS_MODE": "demo",
        "CDS_DATABASE_URL": f"sqlite:///{folder}/docs.sqlite3",
    }
    environment["HERE"] = str(folder)  # what a command writes stays out of the repository
    assert run("cds-service migrate && cds-service audit head > heads.jsonl", environment).returncode == 0
    return environment


def run(command: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-c", command],
        cwd=environment["HERE"],
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=900,
    )


def filled(command: str) -> str:
    for place, value in SUBSTITUTES.items():
        command = re.sub(rf"\b{re.escape(place)}", value, command)
    return command


# What runs until it is stopped, what writes into the repository, and what is only named without what it needs.
NOT_ENDING, WRITING, NEEDING_MORE = {"serve"}, {"profiles"}, {"evaluate", "taper", "audit"}


def help_alone(command: str) -> bool:
    """Where only the options of a command are tried: that it is there, and takes those that the page names."""
    name, *others = command.split()[1:]
    return name in NOT_ENDING or (name in WRITING | NEEDING_MORE and not others)


@pytest.mark.usefixtures("remembered")
@pytest.mark.parametrize("command", OURS)
def test_every_command_of_ours_runs(command: str, shell: dict[str, str]) -> None:
    done = run(filled(command) + (" --help" if help_alone(command) else ""), shell)

    assert done.returncode == 0, done.stderr
    assert done.stdout or ">>" in command


@pytest.mark.parametrize("command", GUNICORNS)
def test_gunicorn_takes_the_application_and_the_options_that_are_named(command: str, shell: dict[str, str]) -> None:
    done = run(f"{command} --check-config", shell)

    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def address(shell: dict[str, str]) -> Iterator[str]:
    """A service that runs, as `make run` starts it."""
    port = free_port()
    command = [sys.executable, "-m", "cds_service", "serve", "--port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, env=shell)
    try:
        wait_for_health(process, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=40)


@pytest.fixture(scope="module")
def remembered(shell: dict[str, str], address: str) -> None:
    """The service has answered the order of the sandbox, and its record is in the chain."""
    answer = Service(int(address.rpartition(":")[2])).sign(SANDBOX_ORDER.read_bytes())
    assert answer.status == 200
    deadline = time.monotonic() + 60
    while '"seq": 0' in run("cds-service audit head", shell).stdout:
        assert time.monotonic() < deadline, "the record did not arrive"
        time.sleep(0.5)


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not on this machine")
@pytest.mark.parametrize("command", CURLS)
def test_every_curl_line_gets_an_answer(command: str, shell: dict[str, str], address: str) -> None:
    done = run(command.replace("curl ", "curl --fail --silent ").replace("http://127.0.0.1:8000", address), shell)

    assert done.returncode == 0, done.stderr
    assert done.stdout


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not on this machine")
def test_the_first_card_is_the_one_that_the_readme_promises(shell: dict[str, str], address: str) -> None:
    (command,) = [line for line in shell_lines(ROOT / "README.md") if line.startswith("curl ")]
    (promised,) = re.findall(r'begins with\s+"([^"]+)"', text_of(ROOT / "README.md"))

    answered = json.loads(run(command.replace("http://127.0.0.1:8000", address), shell).stdout)

    assert answered["cards"][0]["summary"].replace("\u00a0", " ") == promised


# --- the worked example ----------------------------------------------------------------------

AUTHORING = DOCS / "rule-authoring.md"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The repository without its data of git and its tools, to be changed."""
    for name in ("cds_service", "cards", "fhir_profiles", "tests", "docs"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "images"))
    for name in ("openapi.yaml", "Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def in_the_copy(copy: Path) -> dict[str, str]:
    """Without what would count the lines of the copy as lines of ours."""
    return {name: value for name, value in os.environ.items() if not name.startswith("COV")} | {"HERE": str(copy)}


def append(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(f"\n{text}")


def command_of_the_example() -> str:
    """`make rules`, with the libraries of these tests in place of those that make would install."""
    (command,) = shell_lines(AUTHORING)
    return f"{command} --old-file=.venv/dev.stamp BIN={Path(sys.executable).parent}"


def test_the_worked_example_works(copy: Path) -> None:
    change, vignette = re.findall(r"^```toml\n(.*?)^```", text_of(AUTHORING), re.MULTILINE | re.DOTALL)
    rule_file, vignette_file = re.findall(r"at the end of `([^`]+\.toml)`", text_of(AUTHORING), re.IGNORECASE)
    environment = in_the_copy(copy)

    identity = tomllib.loads(vignette)["vignette"][0]["id"]
    alone = f'"{sys.executable}" -m pytest --quiet tests/test_vignettes.py -k {identity}'

    append(copy / vignette_file, vignette)
    without_the_rule = run(alone, environment)
    append(copy / rule_file, change)
    with_the_rule = run(command_of_the_example(), environment)

    assert without_the_rule.returncode == 1, without_the_rule.stdout
    assert f"test_the_findings_of_a_vignette[{identity}]" in without_the_rule.stdout
    assert with_the_rule.returncode == 0, with_the_rule.stdout + with_the_rule.stderr
    told = (copy / "docs" / "changelog.md").read_text(encoding="utf-8").replace("\u00a0", " ")
    day = told.partition("## 15 January 2027")[2]
    assert "`daily-dose-above-recommended` changes. Now: 250 mg/day. Before: 300 mg/day." in day
    assert "strongly recommended not to exceed 250 mg/day" in day


def test_the_second_pair_of_eyes_is_asked_for(copy: Path) -> None:
    change, _ = re.findall(r"^```toml\n(.*?)^```", text_of(AUTHORING), re.MULTILINE | re.DOTALL)
    (rule_file, _) = re.findall(r"at the end of `([^`]+\.toml)`", text_of(AUTHORING), re.IGNORECASE)
    append(copy / rule_file, change)

    held = f'"{sys.executable}" -m pytest --quiet -k source_table tests/test_knowledge.py'
    done = run(held, in_the_copy(copy))

    assert done.returncode == 1
    assert "test_every_value_and_its_day_are_those_of_the_source_table" in done.stdout
