"""What is taken now: the lines that run, else those that ended last; or why nobody can tell (design, section 5)."""

from datetime import date, timedelta
from typing import Any

import pytest

from cds_service.base.names import PREFETCH_KEYS
from cds_service.core.case import read_case
from cds_service.core.model.known import Known
from cds_service.core.model.taken import TakenNow
from cds_service.http.json_reader import read_hook
from tests.known import known
from tests.vignette_cases import encode, request

TODAY = date(2026, 11, 22)


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def taken(*lines: Any) -> TakenNow:
    """What the record says on the day, whatever is ordered."""
    hook = request({"id": "taken", "on": TODAY, "orders": ["Baclocur 10, 10 mg TID"], "taken": list(lines)})
    read = read_hook(encode(hook), PREFETCH_KEYS)
    fact = read_case(read, known().terminology, known().rules, TODAY).facts.taken_now
    assert isinstance(fact, Known)
    return fact.value


def names(now: TakenNow) -> set[str]:
    return {line.reference.removeprefix("MedicationRequest/") for line in now.lines}


def from_to(dose: str, begins: int, ends: int, **more: Any) -> dict[str, Any]:
    """A line that was taken from so many days ago to so many days ago, the last of them included."""
    return {"order": f"Baclocur {dose} from {ago(begins)} until {ago(ends)}", "written": ago(begins)} | more


def coarse_part(begins: int) -> dict[str, Any]:
    """The tablets of 40 mg of a taper that has fewer and fewer of them."""
    two, one = f"2 cp QD from {ago(begins)} until {ago(9)}", f"1 cp QD from {ago(8)} until {ago(7)}"
    return {"order": f"Baclocur 40, {two}, then {one}", "written": ago(begins)}


STOPPED = {"order": "Baclocur 10, 20 mg QD", "written": ago(40), "status": "stopped"}


def test_where_a_line_ended_and_another_was_stopped_on_a_day_that_nobody_knows_it_is_unknown_what_is_taken() -> None:
    """The one that was stopped may have been the last."""
    ended = from_to("10, 1 cp TID", 50, 5)

    assert names(taken(ended)) == {"taken-1"}
    assert (names(taken(ended, STOPPED)), taken(ended, STOPPED).unknown) == (set(), "end-unknown")


def test_where_a_line_runs_one_that_was_stopped_makes_nothing_unknown() -> None:
    now = taken("Baclocur 10, 1 cp TID", STOPPED)

    assert (names(now), now.unknown) == ({"taken-1"}, "")


@pytest.mark.parametrize(
    ("earlier", "later", "last"),
    [
        (from_to("10, 1 cp TID", 50, 7), from_to("20, 1 cp BID", 50, 5), {"taken-1", "taken-2"}),
        (from_to("10, 1 cp TID", 50, 7), from_to("20, 1 cp BID", 40, 5), {"taken-1", "taken-2"}),
        (from_to("10, 1 cp TID", 50, 7), from_to("20, 1 cp BID", 6, 5), {"taken-2"}),
        (coarse_part(14), from_to("10, 4 cp QD", 14, 5), {"taken-2"}),
        (coarse_part(14), from_to("10, 4 cp QD", 12, 5), {"taken-1", "taken-2"}),
    ],
    ids=["begun together", "begun later", "begun when it ended", "of one plan", "not of one plan"],
)
def test_lines_that_ended_within_three_days_were_taken_together_unless_one_followed_the_other(
    earlier: Any, later: Any, last: set[str]
) -> None:
    """A plan begins in all its tablets at once, and needs some of them no more."""
    assert names(taken(earlier, later)) == last
