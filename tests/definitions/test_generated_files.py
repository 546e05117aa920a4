"""The committed definitions are those generated from the rules, and the package contains all of them."""

import gzip
import io
import json
import shutil
import tarfile
from pathlib import Path
from typing import Any

from cds_service.base.version import __version__
from cds_service.definitions.archive import archive
from cds_service.definitions.catalogue import as_text, generated
from tests.cli.running import run, start
from tests.definitions.definitions import CANONICAL, FILES, FOLDER, KNOWLEDGE, ROOT

# --- as committed ----------------------------------------------------------------------------


def test_the_committed_files_are_those_that_the_rules_give() -> None:
    made = {path.as_posix(): as_text(item) for path, item in generated(KNOWLEDGE).items()}
    there = {
        path.relative_to(FOLDER).as_posix(): path.read_text("utf-8") for path in (FOLDER / "generated").rglob("*.*")
    }

    assert made.keys() == there.keys(), "run `cds-service profiles`"
    assert [place for place in made if made[place] != there[place]] == [], "run `cds-service profiles`"


def test_the_command_writes_what_a_changed_rule_gives_and_removes_what_none_gives(tmp_path: Path) -> None:
    for name in ("cds_service", "cards", "fhir_profiles"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    rule = tmp_path / "cds_service/rules/specialist-care.toml"
    rule.write_text(rule.read_text("utf-8").replace("2021-03-04", "2021-03-05", 1), "utf-8")
    stale = tmp_path / "fhir_profiles/generated/plandefinitions/baclofen-order-sign-1999-01-01.json"
    stale.write_text("{}", "utf-8")

    printed = start("profiles", folder=tmp_path).stdout

    new = "generated/plandefinitions/baclofen-order-sign-2021-03-05.json"
    assert new in printed
    assert (
        json.loads((tmp_path / "fhir_profiles" / new).read_text("utf-8"))["effectivePeriod"]["start"] == "2021-03-05"
    )
    assert not stale.exists()
    assert start("profiles", folder=tmp_path).stdout == "0 of the files below fhir_profiles/generated changed\n"


# --- the package -----------------------------------------------------------------------------


def test_the_package_is_the_same_each_time_and_holds_everything(tmp_path: Path) -> None:
    path = tmp_path / "dist" / "package.tgz"
    assert run("profiles", "--package", path).returncode == 0

    assert path.read_bytes() == archive(KNOWLEDGE)
    files = contents(path.read_bytes())
    manifest = files.pop("package/package.json")
    assert (manifest["version"], manifest["canonical"], manifest["fhirVersions"]) == (
        __version__,
        CANONICAL,
        ["4.0.1"],
    )
    indexed = {
        f"{folder}/{entry['filename']}": entry["id"]
        for folder in ("package", "package/example")
        for entry in files.pop(f"{folder}/.index.json")["files"]
    }
    assert indexed == {name: item["id"] for name, item in files.items()}
    assert sorted(map(as_text, files.values())) == sorted(map(as_text, FILES.values()))


def contents(package: bytes) -> dict[str, Any]:
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(package))) as tar:
        return {
            member.name: json.loads(read.read()) for member in tar.getmembers() if (read := tar.extractfile(member))
        }
