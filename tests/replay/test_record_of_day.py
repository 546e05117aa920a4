"""The record as it was that day: record-of-the-day.toml is the specification."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from cds_service.replay.record_of_day import UNDATED, AsItWas, as_it_was

VIGNETTES: list[dict[str, Any]] = tomllib.loads(
    (Path(__file__).parent / "record-of-the-day.toml").read_text(encoding="utf-8")
)["vignette"]


@pytest.mark.parametrize("vignette", VIGNETTES, ids=lambda vignette: vignette["name"])
def test_the_record_of_a_day(vignette: dict[str, Any]) -> None:
    was = as_it_was(vignette["resource"], vignette["on"], lambda _: vignette.get("end"))

    assert was == AsItWas(expected(vignette), vignette.get("undated", ""))


def expected(vignette: dict[str, Any]) -> dict[str, Any] | None:
    today, was = vignette["resource"], vignette["was"]
    if was == "absent":
        return None
    changed = {**today, **({} if was == "as today" else was)}
    return {name: value for name, value in changed.items() if value != ""}


def test_every_reason_why_something_cannot_be_dated_has_a_vignette() -> None:
    assert {vignette["undated"] for vignette in VIGNETTES if "undated" in vignette} == set(UNDATED)


def test_a_goal_without_achievement_is_not_copied_with_one_missing() -> None:
    goal = {"resourceType": "Goal", "lifecycleStatus": "active", "startDate": "2019-01-01"}

    assert as_it_was(goal, VIGNETTES[0]["on"], lambda _: None) == AsItWas(goal)
