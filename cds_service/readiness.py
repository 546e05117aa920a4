"""Whether orders should be sent here, and what whoever runs the service should look at.

A service that is taken out of use shows no card at all. So only what makes its cards wrong or its answers
fail says `not-ready`; what is late or can be made up for says `degraded`, and the cards go on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from cds_service.core.ruleset import Rule, RuleSet
from cds_service.store.memory import State

REVIEW_AGAIN_AFTER = timedelta(days=365)
# Somewhere it is a day earlier than where the rules were read.
_ELSEWHERE = timedelta(days=1)

READY, DEGRADED, NOT_READY = "ready", "degraded", "not-ready"
_WORST_LAST = (READY, DEGRADED, NOT_READY)

Check = tuple[str, str, str]
"""A part, what it says of itself, and what that means for the whole."""


@dataclass(frozen=True)
class Readiness:
    """What each part says of itself, and the worst of it."""

    status: str
    checks: Mapping[str, str]

    @property
    def http_status(self) -> int:
        return 503 if self.status == NOT_READY else 200


def overdue(rules: RuleSet, today: date) -> list[Rule]:
    """The rules that nobody has held against their sources for a year."""
    return [rule for rule in rules.rules if today - rule.reviewed > REVIEW_AGAIN_AFTER]


def readiness(checks: Sequence[Check]) -> Readiness:
    status = max((means for _, _, means in checks), key=_WORST_LAST.index)
    return Readiness(status, {part: says for part, says, _ in checks})


def clock(rules: RuleSet, today: date) -> Check:
    """A day before somebody read the rules is not today: it would choose the rules of another time."""
    past = max(rule.reviewed for rule in rules.rules)
    return ("clock", "behind", NOT_READY) if today < past - _ELSEWHERE else ("clock", "ok", READY)


def review(rules: RuleSet, today: date) -> Check:
    """A review that is late is said, and stops nothing: rules of last year are better than no card."""
    return ("rules", "review-overdue", DEGRADED) if overdue(rules, today) else ("rules", "ok", READY)


def database(state: State, *, needs_tokens: bool) -> Check:
    """Without it no token can be proven new; where none is asked for, records wait on the disk meanwhile."""
    if state.reachable and state.at_head:
        return "database", "ok", READY
    return "database", "behind" if state.reachable else "down", NOT_READY if needs_tokens else DEGRADED


def memory_of(state: State) -> Check:
    """Of what is decided. Orders can go where it can still be kept; one that was lost stays said, as a number."""
    if not state.keeping:
        return "record", "cannot-be-kept", NOT_READY
    if state.lost:
        return "record", "some-lost", DEGRADED
    return "record", "ok", READY
