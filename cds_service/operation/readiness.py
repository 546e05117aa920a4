"""Decides whether the service is ready for orders, and names what the operator should look at.

A service that is out of use shows no cards at all. So `not-ready` is only for what makes cards wrong or answers fail;
what is late or can be repaired is `degraded`, and the service goes on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from cds_service.core.model.ruleset import RuleSet
from cds_service.store.recorder import State

# In some time zones it is a day earlier than where the rules were reviewed.
_ELSEWHERE = timedelta(days=1)

READY, DEGRADED, NOT_READY = "ready", "degraded", "not-ready"
_WORST_LAST = (READY, DEGRADED, NOT_READY)

Check = tuple[str, str, str]
"""A part, what it says of itself, and what that means for the whole."""


@dataclass(frozen=True)
class Readiness:
    """The worst status of all checks, and what each check says by name."""

    status: str
    checks: Mapping[str, str]

    @property
    def http_status(self) -> int:
        return 503 if self.status == NOT_READY else 200


def readiness(checks: Sequence[Check]) -> Readiness:
    status = max((means for _, _, means in checks), key=_WORST_LAST.index)
    return Readiness(status, {part: says for part, says, _ in checks})


def clock(rules: RuleSet, today: date) -> Check:
    """Checks the clock: a date before the last review of the rules is wrong and would select other rules."""
    past = max(rule.reviewed for rule in rules.rules)
    return ("clock", "behind", NOT_READY) if today < past - _ELSEWHERE else ("clock", "ok", READY)


def review(rules: RuleSet, today: date) -> Check:
    """An overdue review is said, and the status stays: last year's rules are better than no cards."""
    return "rules", "review-overdue" if rules.overdue(today) else "ok", READY


def database(state: State, *, needs_tokens: bool) -> Check:
    """With tokens the database is needed to detect replays. Without, records wait on the disk until it is back."""
    if state.reachable and state.at_head:
        return "database", "ok", READY
    return "database", "behind" if state.reachable else "down", NOT_READY if needs_tokens else DEGRADED


def memory_of(state: State) -> Check:
    """Whether decisions can be stored: `not-ready` if they cannot, `degraded` if some were lost or must wait."""
    if not state.keeping:
        return "record", "cannot-be-kept", NOT_READY
    if not state.writing:
        return "record", "not-written", DEGRADED
    if state.lost:
        return "record", "some-lost", DEGRADED
    return "record", "ok", READY
