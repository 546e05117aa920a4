"""What words about a dose are split into: amounts, timings, and where another day begins."""

from dataclasses import dataclass
from enum import Enum, auto
from fractions import Fraction

from cds_service.core.model.dose import Span


class TokenKind(Enum):
    """AMOUNT 2 cp; TIMES 3 fois par jour; A_DAY par jour; SPLIT en 3 prises; MOMENT matin; THEN puis; LASTS pendant 7
    jours; BREAK another day begins, or the same is said again; AN_INTAKE par prise; IGNORED what is read and is no
    dose; END of a sentence."""

    AMOUNT = auto()
    TIMES = auto()
    A_DAY = auto()
    SPLIT = auto()
    MOMENT = auto()
    THEN = auto()
    BREAK = auto()
    LASTS = auto()
    AN_INTAKE = auto()
    IGNORED = auto()
    END = auto()


_NONE = Span(Fraction(0), Fraction(0))


@dataclass(frozen=True, slots=True)
class Token:
    """One token: `mg` of an amount, `number` of times a day or of intakes, `slots` of a moment.

    `names`: a colon follows, and then the amount of this timing. `is_limit`: a maximum. `a_day`: a daily dose.
    `is_added`: joined to the token before it by "+" or "et"; `is_more`: to an amount before it by "+". `parts`: 3 of
    "3 x 20 mg". `at` is where it stands in the words.
    """

    kind: TokenKind
    mg: Span = _NONE
    number: Fraction = Fraction(0)
    slots: frozenset[str] = frozenset()
    names: bool = False
    is_limit: bool = False
    a_day: bool = False
    is_added: bool = False
    is_more: bool = False
    parts: int = 1
    at: tuple[int, int] = (0, 0)
