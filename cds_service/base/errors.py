"""The exceptions that somebody can act on.

    CdsError
    ├── RequestError     400, 401, 408, 412, 413, 415, 429         the caller must change the request; 503: not now
    ├── SettingsError    -    the environment or the command line asks for what cannot be done
    └── KnowledgeError   -    rules, cards or code lists are wrong: the service must not start

An order whose dose cannot be computed raises nothing: it is a finding and gets a card. Any other exception is a
defect of ours; it becomes a 500 without detail.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: where it is, what is wrong with it, and what to do about it.

    Never holds a value taken from a request: a fault may be logged and sent back.
    """

    where: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.where}: {self.problem}. {self.remedy[:1].upper()}{self.remedy[1:]}."


class CdsError(Exception):
    """The base of our exceptions. Holds one or more faults, all found at once."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults: Sequence[Fault] = faults


class RequestError(CdsError):
    """The caller must change the request. `status` is the HTTP status of the answer."""

    def __init__(self, *faults: Fault, status: int = 400) -> None:
        super().__init__(*faults)
        self.status = status


class SettingsError(CdsError):
    """The environment or the command line asks for what this service cannot do."""


class KnowledgeError(CdsError):
    """A rule, a card or a code list is wrong. All faults are reported at once."""
