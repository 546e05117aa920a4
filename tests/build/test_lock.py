"""The lock files some time later: every package has newer releases, and the locked ones must be installed.

A copy of each lock file (same names, versions, requirements and extras, as empty wheels) is installed with the
commands of the Makefile, the Dockerfile and the manual. For a requirement with an extra, pip up to 23.2 looks for
the newest release, even if an older one is locked. Few packages today have such a requirement without an exact
version, so each copy gets one more that does: later lock files may have some.
"""

import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.process.test_packaging import pins

ROOT = Path(__file__).parents[2]
PIP_22_3 = ROOT / ".venv" / "pip-22.3"  # installed there by make test
EXTRAS = {
    "requirements.txt": (),
    "requirements-dev.txt": ("dev",),
    "deploy/requirements.txt": ("postgresql", "opentelemetry"),
}
ONE_MORE = {
    "asks-with-an-extra": ["Requires-Dist: asked-with-an-extra[extra]>=1"],
    "asked-with-an-extra": ["Provides-Extra: extra"],
}


def install_commands() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each lock file with the pip command that installs it. Those of the Makefile are taken from a dry run."""
    dry_run = ["make", "--dry-run", "--always-make", ".venv/dev.stamp"]
    texts = [subprocess.run(dry_run, cwd=ROOT, env=bare(), check=True, capture_output=True, text=True).stdout]
    texts += [(ROOT / page).read_text(encoding="utf-8") for page in ("Dockerfile", "docs/operation.md")]
    for command in re.findall(r"\bpip (.*\binstall .*)", "\n".join(texts).replace("\\\n", "")):
        words = tuple(shlex.split(command.partition(" || ")[0]))
        yield from ((lock, words) for lock in EXTRAS if lock in words)


def bare(**more: str) -> dict[str, str]:
    """The environment without this machine's pip settings, and without what an outer make passes to an inner one."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PYTHON", "MAKE", "MFLAGS"))
    }
    return {**kept, "PIP_CONFIG_FILE": os.devnull, **more}


COMMANDS = sorted(set(install_commands()))


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package index of empty wheels: every locked release and a newer one of each; beside it the lock files."""
    folder = tmp_path_factory.mktemp("twins")
    for lock in EXTRAS:
        (folder / lock).parent.mkdir(exist_ok=True)
        lines = [
            f"{name}=={version} --hash={published(folder, name, version)}\n" for name, version in twin(lock).items()
        ]
        (folder / lock).write_text("".join(lines))
    return folder


def twin(lock: str) -> dict[str, str]:
    return {**pins(lock), **dict.fromkeys(ONE_MORE, "1.0")}


def published(folder: Path, name: str, version: str) -> str:
    """Put an empty wheel and a newer release of it on the index; return the hash of the first."""
    newer = ".".join(map(str, (*Version(version).release, 1)))
    assert Version(newer) > Version(version)
    page = folder / "index" / name / "index.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    wheels = [empty_wheel(page.parent, name, one) for one in (version, newer)]
    page.write_text("".join(f'<a href="{wheel.name}">{wheel.name}</a>\n' for wheel in wheels))
    return f"sha256:{hashlib.sha256(wheels[0].read_bytes()).hexdigest()}"


def empty_wheel(folder: Path, name: str, version: str) -> Path:
    """A wheel that contains only the metadata of the installed distribution."""
    stem = f"{re.sub('[-.]', '_', name)}-{version}"
    files = {
        "METADATA": "\n".join(["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", *wants(name), ""]),
        "WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "RECORD": "",
    }
    wheel = folder / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for file, text in files.items():
            archive.writestr(zipfile.ZipInfo(f"{stem}.dist-info/{file}"), text)  # no timestamp: always the same bytes
    return wheel


def wants(name: str) -> list[str]:
    """The requirements and extras of a distribution, as lines of its metadata."""
    if name in ONE_MORE:
        return ONE_MORE[name]
    told = metadata.metadata(name)
    return [f"{field}: {value}" for field in ("Provides-Extra", "Requires-Dist") for value in told.get_all(field, [])]


@pytest.fixture(scope="module")
def fresh_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a new virtual environment, with the pip that comes with the interpreter, as in the Makefile."""
    folder = tmp_path_factory.mktemp("fresh")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True, env=bare())
    return folder / "bin" / "python"


@pytest.mark.parametrize("pip", ["of the interpreter", "22.3"])
@pytest.mark.parametrize(("lock", "words"), COMMANDS, ids=[" ".join(words) for _, words in COMMANDS])
def test_what_is_locked_is_installed_while_newer_releases_are_there(
    lock: str, words: tuple[str, ...], pip: str, twins: Path, fresh_python: Path, tmp_path: Path
) -> None:
    if pip == "22.3" and sys.version_info >= (3, 12):
        pytest.skip("pip 22.3 does not run on Python 3.12 or newer")
    environment = bare(PIP_INDEX_URL=(twins / "index").as_uri(), PIP_DISABLE_PIP_VERSION_CHECK="1")
    if pip == "22.3":
        environment["PYTHONPATH"] = str(PIP_22_3)
    report = tmp_path / "report.json"
    # Resolve, download and check the hashes, without installing: pip is locked too, here as an empty wheel.
    only_report = ["--dry-run", "--ignore-installed", "--report", str(report)]

    done = subprocess.run(
        [fresh_python, "-m", "pip", *words, *only_report], cwd=twins, env=environment, capture_output=True, text=True
    )

    assert done.returncode == 0, done.stderr
    told = json.loads(report.read_text())
    assert {one["metadata"]["name"]: one["metadata"]["version"] for one in told["install"]} == twin(lock)
    assert pip in ("of the interpreter", told["pip_version"])


def test_there_is_a_command_for_each_lock_file() -> None:
    assert {lock for lock, _ in COMMANDS} == EXTRAS.keys()


@pytest.mark.parametrize("lock", EXTRAS)
def test_the_twins_tell_what_the_locked_versions_tell(lock: str) -> None:
    """Requirements are read from the installed packages, so these must be the locked versions."""
    assert {name: metadata.version(name) for name in pins(lock)} == pins(lock)


@pytest.mark.parametrize("lock", EXTRAS)
def test_a_lock_file_lacks_nothing_that_its_packages_require(lock: str) -> None:
    """It is installed with --no-deps, so anything missing would not be installed."""
    locked = pins(lock)
    asked = [("baclofen-cds", ""), ("hatchling", ""), *(("baclofen-cds", extra) for extra in EXTRAS[lock])]
    lacking = []
    for name, extra in asked:  # the list grows during the loop
        for requirement in requirements(name, extra):
            required = canonicalize_name(requirement.name)
            asked += [one for each in ("", *requirement.extras) if (one := (required, each)) not in asked]
            if (
                not requirement.specifier.contains(locked.get(required, "0"), prereleases=True)
                or required not in locked
            ):
                lacking.append(f"{name} requires {requirement}")

    assert len(asked) > 40
    assert lacking == []


def requirements(name: str, extra: str) -> Iterator[Requirement]:
    for text in metadata.requires(name) or []:
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
            yield requirement
