"""Names a plan through its changes, so that the calendar of a changed plan replaces the events of the one before.

An address has it as `revision`: the name of the plan, how often it was changed, and how many levels and visits an
earlier form of it had at most; of those that are no more the calendar says that they are cancelled.
"""

import hashlib
import re
from dataclasses import dataclass

from cds_service.core.plans.taper import Plan

_WRITTEN = re.compile(r"([0-9a-f]{12})-([0-9]{1,4})-([0-9]{1,3})-([0-9]{1,3})")


@dataclass(frozen=True, slots=True)
class Revision:
    """The name of a plan, the number of its changes, the most levels and visits that it had."""

    name: str
    changes: int = 0
    levels: int = 0
    visits: int = 0

    @property
    def written(self) -> str:
        return f"{self.name}-{self.changes}-{self.levels}-{self.visits}"

    def next(self, plan: Plan) -> "Revision":
        """That of the plan which takes the place of this one."""
        most = max(self.levels, len(plan.levels)), max(self.visits, len(plan.visits))
        return Revision(self.name, self.changes + 1, *most)


def revision_of(written: str, query: str) -> Revision:
    """The revision in an address; of a plan that was never changed the first, named after its address."""
    found = _WRITTEN.fullmatch(written)
    if found is None:
        return Revision(hashlib.sha256(query.encode()).hexdigest()[:12])
    return Revision(found[1], int(found[2]), int(found[3]), int(found[4]))
