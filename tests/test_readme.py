"""The README is true: its paths exist, its links resolve, its commands and targets are there, its limits hold."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def chapter(title: str) -> str:
    return README.partition(f"## {title}")[2].partition("\n## ")[0]


def quoted(text: str) -> list[str]:
    return re.findall(r"`([^`\n]+)`", text)


def paths(text: str) -> list[str]:
    """What is quoted and looks like a file of ours."""
    return [word for word in quoted(text) if re.fullmatch(r"[\w.-]+(/[\w.-]+)*\.(toml|json|py|md|yaml)", word)]


def commands() -> list[str]:
    """Each command of the README with its options, files and days put in."""
    named = [word for word in quoted(README) if word.startswith("cds-service ") and "COMMAND" not in word]
    order = "tests/data/sandbox-order-sign.json"
    return sorted({word.replace("REQUEST.json", order).replace("DATE", "2026-11-22") for word in named})


def run(command: str) -> subprocess.CompletedProcess[str]:
    arguments = [sys.executable, "-m", "cds_service", *shlex.split(command)[1:]]
    return subprocess.run(arguments, cwd=ROOT, capture_output=True, encoding="utf-8", timeout=60)


@pytest.mark.parametrize("title", ["Where do I change…", "The modules"])
def test_every_path_in_a_table_exists(title: str) -> None:
    named = paths(chapter(title))

    assert len(named) > 10
    assert not [path for path in named if not (ROOT / path).is_file()]


def test_every_path_anywhere_exists() -> None:
    assert not [path for path in paths(README) if path != "REQUEST.json" and not (ROOT / path).is_file()]


def test_every_line_of_where_do_i_change_names_a_file() -> None:
    rows = re.findall(r"^\| (.+) \| (.+) \|$", chapter("Where do I change…"), re.MULTILINE)[1:]

    assert len(rows) > 10
    assert not [question for question, answer in rows if not paths(answer) and "the same file" not in answer]


def test_every_module_of_the_package_that_is_not_of_the_core_is_on_the_map() -> None:
    modules = {path.relative_to(ROOT).as_posix() for path in (ROOT / "cds_service").glob("[!_]*.py")}

    assert modules <= set(paths(chapter("The modules")))


def test_every_relative_link_resolves() -> None:
    links = re.findall(r"\]\(([^)]+)\)", README)

    assert links
    assert not [link for link in links if not link.startswith("https://") and not (ROOT / link).exists()]


def test_every_make_target_exists() -> None:
    named = set(re.findall(r"(?:^|`)make ([a-z]+)", README, re.MULTILINE))

    assert {"run", "test", "check", "bench"} <= named
    assert named <= set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE))


@pytest.mark.parametrize("command", [command for command in commands() if "serve" not in command])
def test_every_command_runs(command: str) -> None:
    done = run(command)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


def test_the_service_has_the_options_that_are_named() -> None:
    assert "--on" in run("cds-service serve --help").stdout


def test_the_first_card_is_the_one_that_is_promised() -> None:
    promised = re.findall(r'begins with\s+"([^"]+)"', README)
    sent = re.findall(r"--data @(\S+)", README)

    answered = run(f"cds-service evaluate {sent[0]} --language en")

    summary = json.loads(answered.stdout)["cards"][0]["summary"]
    assert [summary.replace("\u00a0", " ")] == promised


def test_the_address_of_the_example_is_that_of_the_service() -> None:
    contract = (ROOT / "openapi.yaml").read_text(encoding="utf-8")

    for path in re.findall(r"http://127\.0\.0\.1:8000(/\S+?)[`\s]", README):
        assert f"\n  {path}:" in contract


def test_production_refuses_to_start_without_what_the_readme_names() -> None:
    assert "refuses to start" in chapter("Status and limits")

    done = subprocess.run(
        [sys.executable, "-m", "cds_service", "serve"],
        cwd=ROOT,
        env={"CDS_MODE": "production"},
        capture_output=True,
        timeout=60,
    )

    assert done.returncode == 2


def test_the_court_decision_is_told() -> None:
    assert "21VE00811" in chapter("Before clinical use")
