"""The files for running the service: image, compose file, systemd unit, lock file, list of dependencies, audit.

No container engine runs in these tests: `make container` is for that. The parts of the Dockerfile that can run
without one are run.
"""

import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy import licences
from deploy.audit import verdict
from tests.process.test_stopping import running
from tests.running.client import Service

ROOT = Path(__file__).parents[2]
UNIT = ROOT / "deploy" / "cds-service.service"
LOCK = ROOT / "deploy" / "requirements.txt"
OPERATION = (ROOT / "docs" / "operation.md").read_text(encoding="utf-8")

Instruction = tuple[str, str]


def stages() -> list[list[Instruction]]:
    """The instructions of the Dockerfile, by stage; continued lines are joined."""
    text = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text(encoding="utf-8"))
    lines = [line.partition(" ") for line in text.splitlines() if line and not line.startswith("#")]
    found: list[list[Instruction]] = []
    for name, _, value in lines:
        if name == "FROM":
            found.append([])
        found[-1].append((name, value.strip()))
    return found


def last(name: str) -> str:
    """The value of this instruction that is in effect in the last stage."""
    return [value for instruction, value in stages()[-1] if instruction == name][-1]


# --- the image -------------------------------------------------------------------------------


def test_the_image_runs_as_nobody_in_particular_and_writes_to_one_folder() -> None:
    user = last("USER")

    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", user)  # a number, so that it can be checked without /etc/passwd
    assert last("VOLUME") == last("WORKDIR") == "/data"
    assert "CDS_DATABASE_URL=sqlite:////data/" in last("ENV")
    assert "CDS_SPOOL=/data/" in last("ENV")
    owner = user.partition(":")[0]
    assert any(
        f"--owner {owner}" in value and value.endswith("/data") for name, value in stages()[-1] if name == "RUN"
    )


def test_the_image_installs_locked_wheels_only_and_leaves_the_tools_behind() -> None:
    build, final = stages()
    runs = [value for name, value in build if name == "RUN"]

    options = "--no-deps --require-hashes --only-binary :all:"
    assert any(f"{options} --requirement deploy/requirements.txt" in run for run in runs)
    assert any("--no-index --no-deps --no-build-isolation ." in run for run in runs)
    assert not [value for name, value in final if name == "RUN" and "pip" in value]
    assert [value for name, value in final if name == "COPY"] == ["--from=build /opt/cds /opt/cds"]
    assert not [name for stage in (build, final) for name, _ in stage if name == "ADD"]


def test_only_what_is_copied_is_sent_to_the_builder() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    sent = {line[1:] for line in lines if line.startswith("!")}
    copied = {path for name, value in stages()[0] if name == "COPY" for path in value.split()[:-1]}

    assert "*" in lines
    assert sent == copied
    assert not {"tests", "bench", ".git", "."} & sent


def test_what_is_copied_is_enough_to_build_the_package(tmp_path: Path) -> None:
    """The COPY instructions and the second pip command of the Dockerfile, run in a separate folder."""
    for name, value in stages()[0]:
        if name == "COPY":
            *paths, target = value.split()
            for path in paths:
                copy(ROOT / path, tmp_path / target)
    command = next(value for name, value in stages()[0] if name == "RUN" and "--no-index" in value)
    arguments = command.replace("/opt/cds/bin/python", sys.executable).split()

    subprocess.run([*arguments, "--quiet", "--target", tmp_path / "opt"], cwd=tmp_path, check=True)

    assert (tmp_path / "opt" / "cds_service" / "cards").is_dir()
    assert (tmp_path / "opt" / "bin" / "cds-service").is_file()


def copy(source: Path, target: Path) -> None:
    to = target / source.name if target.is_dir() and source.is_file() else target
    to.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, to, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(source, to)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The process that the image starts: its entry point and command, on another port."""
    words = [*json.loads(last("ENTRYPOINT")), *json.loads(last("CMD"))]
    assert words[0] == "cds-service"
    arguments = [word.replace("8000", "{port}").replace("0.0.0.0", "127.0.0.1") for word in words[1:]]  # noqa: S104 - the image's
    with running([sys.executable, "-m", "cds_service", *arguments], tmp_path_factory.mktemp("image")) as (_, started):
        yield started


def test_the_health_check_of_the_image_tells_a_service_that_lives_from_one_that_does_not(service: Service) -> None:
    assert last("EXPOSE") == "8000"
    words = json.loads(last("HEALTHCHECK").partition("CMD ")[2])
    assert words[0] == "python"

    def asked(port: int) -> int:
        check = [sys.executable, *(word.replace("8000", str(port)) for word in words[1:])]
        return subprocess.run(check, capture_output=True, timeout=30).returncode

    assert asked(service.port) == 0
    assert asked(9) != 0


# --- the compose file ------------------------------------------------------------------------


def composition() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    return read


def test_the_composition_gives_the_service_as_little_as_it_needs() -> None:
    cds = composition()["services"]["cds"]

    assert cds["read_only"] is True
    assert cds["cap_drop"] == ["ALL"]
    assert cds["security_opt"] == ["no-new-privileges:true"]
    assert cds["tmpfs"] == ["/tmp"]  # noqa: S108 - in the container
    assert [volume.partition(":")[2] for volume in cds["volumes"]] == ["/data", "/etc/cds:ro"]
    assert [port.partition(":")[0] for port in cds["ports"]] == ["127.0.0.1"]


def test_the_composition_passes_every_setting_on() -> None:
    """Or somebody would set CDS_SHADOW, and cards were shown."""
    described = (ROOT / "docs" / "operation.md").read_text("utf-8")
    settings = set(re.findall(r"^\| `(CDS_[A-Z_]+)` \|", described, re.MULTILINE))
    passed = composition()["services"]["cds"]["environment"]

    assert len(settings) >= 16
    assert settings - set(passed) == {"CDS_SPOOL"}  # the image has it
    assert all(passed[name] is None for name in settings & {"CDS_SHADOW", "CDS_PAGE_FORM"})


def test_the_composition_waits_for_its_database_and_gives_both_time_and_no_password() -> None:
    whole = composition()
    cds, database = whole["services"]["cds"], whole["services"]["database"]

    assert cds["depends_on"]["database"]["condition"] == "service_healthy"
    assert "pg_isready" in database["healthcheck"]["test"]
    assert int(cds["stop_grace_period"].removesuffix("s")) > 30  # gunicorn's own graceful timeout
    assert database["environment"]["POSTGRES_PASSWORD"].startswith("${CDS_DATABASE_PASSWORD:?")
    assert "${CDS_DATABASE_PASSWORD:?" in cds["environment"]["CDS_DATABASE_URL"]
    assert {volume.partition(":")[0] for volume in database["volumes"]} <= set(whole["volumes"])


def test_the_composition_asks_after_the_service_as_the_image_does() -> None:
    """An image in the format of OCI keeps no HEALTHCHECK."""
    asked = composition()["services"]["cds"]["healthcheck"]["test"]

    assert asked[0] == "CMD"
    assert asked[1:] == json.loads(last("HEALTHCHECK").partition("CMD ")[2])


# --- the unit --------------------------------------------------------------------------------


def unit() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in UNIT.read_text(encoding="utf-8").splitlines():
        name, is_setting, value = line.partition("=")
        if is_setting and not line.startswith("#"):
            found.setdefault(name, []).append(value)
    return found


def test_the_unit_stops_gracefully_and_migrates_before_it_starts() -> None:
    settings = unit()

    assert settings["ExecStartPre"] == ["/opt/cds/bin/cds-service migrate"]
    assert settings["ExecStart"][0].startswith("/opt/cds/bin/cds-service serve --host 127.0.0.1")
    assert (settings["KillMode"], settings["KillSignal"]) == (["mixed"], ["SIGTERM"])
    assert int(settings["TimeoutStopSec"][0]) > 30
    assert "CDS_MODE=production" in settings["Environment"]


@pytest.mark.parametrize(
    "setting",
    [
        "DynamicUser=yes", "NoNewPrivileges=yes", "CapabilityBoundingSet=", "ProtectSystem=strict", "ProtectHome=yes",
        "PrivateTmp=yes", "PrivateDevices=yes", "MemoryDenyWriteExecute=yes", "SystemCallFilter=@system-service",
        "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX", "UMask=0077", "StateDirectory=cds",
    ],
)  # fmt: skip
def test_the_unit_is_hardened(setting: str) -> None:
    assert setting in UNIT.read_text(encoding="utf-8").splitlines()


def test_systemd_itself_knows_every_line_of_the_unit() -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("this machine has no systemd-analyze")
    said = subprocess.run(["systemd-analyze", "verify", UNIT], capture_output=True, encoding="utf-8", timeout=60)
    rated = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=20", UNIT], capture_output=True, timeout=60
    )

    unknown = [line for line in said.stderr.splitlines() if re.search(r"Unknown|Failed to parse|Invalid", line)]
    assert unknown == []
    assert rated.returncode == 0  # an exposure of at most 2.0 out of 10


# --- dependencies ----------------------------------------------------------------------------


def test_row_87_the_lock_of_the_image_holds_hashes_and_the_versions_of_the_others() -> None:
    lines = [line for line in LOCK.read_text().splitlines() if line and not line.lstrip().startswith("#")]
    entry = r"[a-z0-9.-]+==[0-9a-z.]+ \\|    --hash=sha256:[0-9a-f]{64}( \\)?"
    assert [line for line in lines if not re.fullmatch(entry, line)] == []

    image, base = (pins(path) for path in (LOCK, ROOT / "requirements.txt"))
    assert base.items() <= image.items()
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    for requirement in (*extras["postgresql"], *extras["opentelemetry"]):
        assert re.split(r"[\[>=<]", requirement)[0] in image


def pins(lock: Path) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9.-]+)==(\S+)", lock.read_text(), re.MULTILINE))


def test_the_licences_of_what_is_shipped_are_those_of_the_lock() -> None:
    """If this fails, run `make licences`."""
    assert licences.pins() == pins(LOCK)
    assert licences.PAGE.read_text(encoding="utf-8") == licences.licences_page()


def test_row_87_the_list_of_parts_is_made_of_what_is_deployed() -> None:
    recipe = re.search(r"cyclonedx-py requirements (.*)", (ROOT / "Makefile").read_text().replace("\\\n", ""))

    assert recipe
    assert recipe[1].split()[-1] == str(LOCK.relative_to(ROOT))
    assert "--pyproject pyproject.toml" in recipe[1]


def answer(name: str, **more: Any) -> dict[str, Any]:
    """The output of pip-audit for one package."""
    return {"name": name, "version": "1.0", "vulns": [], **more}


def test_row_87_a_known_hole_fails_the_audit_and_an_audit_that_could_not_ask_does_not() -> None:
    unknown = {"name": "c", "skip_reason": "Dependency not found"}
    hole = answer("b", vulns=[{"id": "PYSEC-2026-1", "fix_versions": ["1.1"], "aliases": [], "description": "x"}])

    assert verdict([answer("a"), hole, unknown]) == ("b 1.0: PYSEC-2026-1", False)
    assert verdict([answer("a"), unknown])[1] is True
    assert verdict([unknown])[0].startswith("audit skipped")
    assert verdict([], "no answer in 60 seconds") == ("audit skipped: no answer in 60 seconds", True)


def test_every_setting_is_in_the_manual() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "cds_service").rglob("*.py"))
    settings = set(re.findall(r'"(CDS_[A-Z_]+)"', source))

    assert len(settings) > 8
    assert {name for name in settings if f"`{name}" not in OPERATION} == set()


def test_every_metric_is_in_the_manual(service: Service) -> None:
    page = service.get("/metrics").body.decode()
    names = set(re.findall(r"^# TYPE (cds_\w+) ", page, re.MULTILINE))
    source = (ROOT / "cds_service" / "telemetry" / "metrics.py").read_text(encoding="utf-8")
    names |= set(re.findall(r'"(cds_\w+)"', source))

    assert len(names) > 10
    assert {name for name in names if f"`{name.removesuffix('_total')}" not in OPERATION} == set()
