"""The wheel contains everything that the service needs and runs from any folder; the lock files are complete."""

import ast
import json
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator, Sequence
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest

from cds_service.pages.documents.routes import DOCUMENTS, IMAGES

ROOT = Path(__file__).parents[2]
SANDBOX_REQUEST = ROOT / "tests" / "data" / "sandbox-order-sign.json"
LOCK_FILES = ["requirements.txt", "requirements-dev.txt"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip("wheel", ".", "--no-deps", "--no-build-isolation", "--wheel-dir", folder)
    return next(folder.glob("baclofen_cds-*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the content of the wheel and none of our sources."""
    folder = tmp_path_factory.mktemp("installed")
    pip("install", wheel, "--no-deps", "--no-index", "--target", folder)
    return folder


@pytest.mark.parametrize(
    "folder",
    [
        "cards",
        "fhir_profiles",
        "cds_service/rules",
        "cds_service/pages/plan",
        "cds_service/pages/demo",
        "cds_service/pages/insights",
        "cds_service/pages/documents",
        "cds_service/definitions",
        "cds_service/store",
    ],
)
def test_the_wheel_carries_every_file_of(folder: str, wheel: Path) -> None:
    inside = folder if folder.startswith("cds_service") else f"cds_service/{folder}"
    ours = {path.relative_to(ROOT / folder).as_posix() for path in files(ROOT / folder)}

    carried = {name.removeprefix(f"{inside}/") for name in contents(wheel) if name.startswith(f"{inside}/")}

    assert ours
    assert carried == ours


def test_the_wheel_carries_the_contract_and_the_licence_and_no_test(wheel: Path) -> None:
    names = contents(wheel)

    assert "cds_service/openapi.yaml" in names
    assert {f"cds_service/docs/{name}.md" for name in DOCUMENTS} <= set(names)
    assert {f"cds_service/docs/images/{name}" for name in IMAGES} <= set(names)
    assert any(name.endswith("/licenses/LICENSE") for name in names)
    assert {name.split("/")[0].partition("-")[0] for name in names} == {"cds_service", "baclofen_cds"}


def test_the_installed_package_is_the_one_that_runs(installed: Path, tmp_path: Path) -> None:
    where = "import cds_service; print(cds_service.__file__)"

    printed = run([sys.executable, "-P", "-c", where], installed, tmp_path)

    assert Path(printed.strip()).is_relative_to(installed)


def test_installed_it_finds_its_knowledge_from_another_folder(installed: Path, tmp_path: Path) -> None:
    printed = run([sys.executable, "-P", "-m", "cds_service", "check"], installed, tmp_path)

    assert "no fault" in printed


def test_installed_it_answers_the_sandbox_from_another_folder(installed: Path, tmp_path: Path) -> None:
    evaluate = [installed / "bin" / "cds-service", "evaluate", SANDBOX_REQUEST, "--on", "2026-11-22"]

    printed = run(evaluate, installed, tmp_path)

    assert json.loads(printed)["cards"]


def test_every_library_that_we_import_is_a_declared_dependency() -> None:
    extras = project()["optional-dependencies"]
    declared = {
        distribution(one)
        for one in [*project()["dependencies"], *extras["opentelemetry"], *extras["replay"], *extras["spark"]]
    }
    providers = packages_distributions()

    imported = {name for path in files(ROOT / "cds_service") for name in imports(path)}

    assert imported
    assert not [
        name for name in imported if not declared & {distribution(one) for one in providers.get(name, [name])}
    ]


@pytest.mark.parametrize("name", LOCK_FILES)
def test_a_lock_file_holds_versions_and_hashes_and_no_address(name: str) -> None:
    text = (ROOT / name).read_text()
    lines = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]

    unexpected = [
        line
        for line in lines
        if not re.fullmatch(r"[a-z0-9.-]+==[0-9a-z.]+ \\|    --hash=sha256:[0-9a-f]{64}( \\)?", line)
    ]

    assert lines
    assert not unexpected


def test_tests_run_with_the_versions_that_the_service_runs_with() -> None:
    assert pins("requirements.txt").items() <= pins("requirements-dev.txt").items()


@pytest.mark.parametrize("name", LOCK_FILES)
def test_every_declared_dependency_is_locked(name: str) -> None:
    requirements = [*project()["dependencies"], "hatchling"]
    if name == "requirements-dev.txt":
        requirements += project()["optional-dependencies"]["dev"]

    assert {distribution(requirement) for requirement in requirements} <= pins(name).keys()


def pip(*arguments: str | Path) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", *arguments]
    subprocess.run(command, cwd=ROOT, check=True)


def run(command: Sequence[object], installed: Path, folder: Path) -> str:
    """The output of the command in another folder, where our package is only in `installed`."""
    environment = {**os.environ, "PYTHONPATH": str(installed), "PYTHONIOENCODING": "utf-8"}
    finished = subprocess.run(
        [str(part) for part in command], cwd=folder, env=environment, capture_output=True, encoding="utf-8"
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)


def contents(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


def project() -> dict[str, Any]:
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return project


def distribution(requirement: str) -> str:
    """The normalised name of a requirement: `PyYAML>=6` is `pyyaml`."""
    name = re.match(r"[\w.-]+", requirement)
    assert name
    return re.sub(r"[-_.]+", "-", name[0]).lower()


def pins(lock_file: str) -> dict[str, str]:
    locked = re.findall(r"^([a-z0-9.-]+)==(\S+)", (ROOT / lock_file).read_text(), re.MULTILINE)
    return {distribution(name): version for name, version in locked}


def imports(path: Path) -> Iterator[str]:
    """The libraries that a module imports, by the first part of their names."""
    if path.suffix != ".py":
        return
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Import(names=aliases):
                found = [alias.name for alias in aliases]
            case ast.ImportFrom(module=str(module), level=0):
                found = [module]
            case _:
                continue
        tops = {name.partition(".")[0] for name in found}
        yield from tops - sys.stdlib_module_names - {"cds_service"}
