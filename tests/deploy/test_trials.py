"""`make container`, `make unit`: what a machine cannot do is said. They themselves run by hand and leave evidence."""

from pathlib import Path
from types import ModuleType

import pytest

from deploy import container, unit


@pytest.mark.parametrize(("trial", "missing"), [(container, "buildah"), (unit, "systemd-nspawn")])
def test_what_this_machine_cannot_do_is_said_to_be_skipped_and_leaves_no_evidence(
    trial: ModuleType,
    missing: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))  # it has no command
    monkeypatch.setattr(trial, "keep", lambda *_, **__: pytest.fail("it kept evidence of nothing"))

    assert trial.main() == 0
    assert f"skipped: {missing} is not installed" in capsys.readouterr().out


def test_the_unit_is_tried_with_the_commands_that_the_document_gives() -> None:
    commands = unit._commands()

    assert commands[0] == "python3 -m venv /opt/cds"
    assert commands[-1] == "systemctl enable --now cds-service"
