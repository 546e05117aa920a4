"""Reads the doses that words name. They may raise an alert to be confirmed; they never give a dose or clear one.

Amounts and timings are searched anywhere in the words: a contradiction counts whatever is written around it.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache

from cds_service.core.dose.text.changes import tells_of_change
from cds_service.core.dose.text.counted import holds_a_number
from cds_service.core.dose.text.harmless import without_harmless
from cds_service.core.dose.text.optional import makes_optional
from cds_service.core.dose.text.phrases import tokens_of
from cds_service.core.dose.text.plain_words import plain
from cds_service.core.dose.text.said import Limit, Said
from cds_service.core.dose.text.tokens import Token, TokenKind
from cds_service.core.model.dose import Span
from cds_service.core.model.medicine import Medicine


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of a daily dose: all of it (`total`), at moments (`slots`), or `often`; `bare`: no timing."""

    mg: Span
    slots: frozenset[str] = frozenset()
    total: bool = False
    bare: bool = False
    added: bool = False
    often: Fraction = Fraction(1)


_Item = _Part | TokenKind  # a part, or what stands between parts


def what_is_said(words: str, medicine: Medicine) -> Said:
    """All that words such as "Prendre 1 à 2 cp matin, midi et soir" say of the dose."""
    return _remembered(words, medicine) if len(words) <= _LONGEST_REMEMBERED else _read(words, medicine)


def _read(words: str, medicine: Medicine) -> Said:
    text = without_harmless(plain(words), medicine)
    tokens = list(tokens_of(text, medicine))
    left = _left(text, tokens)
    said = Said(
        left,
        number_left=holds_a_number(left, words),
        changes=tells_of_change(text),
        optional=makes_optional(words) or bool(_ON_CONDITION.search(text)),
        factor=next((times for pattern, times in _MULTIPLIED if pattern.search(text)), 1),
    )
    items = [item for sentence in _sentences(tokens) for item in _items(sentence, said)]
    _chain(items, said)
    said.later = list(_later(items, said))
    return said


_LONGEST_REMEMBERED = 500
# The same words stand in the text, in the instruction for the patient and on record. Bounded in number and length.
_remembered = lru_cache(maxsize=512)(_read)

# A condition of any kind makes an amount without a timing one as needed: "1 cp si envie de boire, max 6 cp/j".
_ON_CONDITION = re.compile(r"\b(?:si|en cas d[e'’]|quand|lors(?:que)?|if|when|in case of)\b")

# Verbs, and neither "en double", "vision double" nor a dose that is not to be doubled.
_MULTIPLIED = tuple(
    (
        re.compile(
            r"(?<!pas )(?<!jamais )(?<!sans )(?<!ni )(?<!interdit de )(?<!inutile de )(?<!viter de )"
            rf"\b{verb}(?:er|ez|ée?s?|ees?)\b(?! (?:pas|jamais)\b)"
        ),
        times,
    )
    for verb, times in (("doubl", 2), ("tripl", 3))
)

_USED = {*TokenKind} - {TokenKind.A_DAY, TokenKind.AN_INTAKE, TokenKind.THEN, TokenKind.BREAK, TokenKind.END}


def _left(text: str, tokens: list[Token]) -> str:
    """The words without the tokens that are read; "par jour" is read behind an amount or a number of times."""
    left, before = list(text), TokenKind.END
    for token in tokens:
        behind = token.kind in (TokenKind.A_DAY, TokenKind.AN_INTAKE)
        if token.kind in _USED or (behind and before in (TokenKind.AMOUNT, TokenKind.SPLIT)):
            left[slice(*token.at)] = "|" * (token.at[1] - token.at[0])
        before = token.kind
    return "".join(left)


def _sentences(tokens: Iterable[Token]) -> Iterator[list[Token]]:
    sentence: list[Token] = []
    for token in tokens:
        if token.kind is TokenKind.END:
            yield sentence
            sentence = []
        elif token.kind is not TokenKind.IGNORED:
            sentence.append(token)
    yield sentence


def _items(sentence: list[Token], said: Said) -> Iterator[_Item]:
    """The amounts, each with its timing, which is written after it or before it ("matin : 2 cp")."""
    moments_first = _has_moments_first(sentence)
    rest, before = list(sentence), frozenset[str]()
    while rest:
        token = rest.pop(0)
        if token.kind is TokenKind.AMOUNT:
            _without_intake(token, rest)
            token = _with_more(token, rest)
            yield from _amount(token, rest, before if moments_first else _slots(rest), said)
            before = frozenset()
        elif token.kind is TokenKind.MOMENT and moments_first:
            before = token.slots | _slots(rest)
        elif token.kind is TokenKind.TIMES:
            yield from _times(token, rest, said)
        elif token.kind in (TokenKind.THEN, TokenKind.BREAK, TokenKind.LASTS):
            yield token.kind
        else:
            said.times.extend(_without_amount(token, rest))
    said.times.extend([Fraction(len(before))] if before else [])


def _with_more(token: Token, rest: list[Token]) -> Token:
    """An amount with those that "+" adds to it, one intake or day: "40 mg + 40 mg + 40 mg par jour"."""
    while rest and rest[0].is_more:
        more = rest.pop(0)
        token = replace(token, mg=token.mg + more.mg, a_day=token.a_day or more.a_day)
    return token


def _without_intake(token: Token, rest: list[Token]) -> None:
    """Removes "aux repas" behind a pattern, "1-1-1", and where the timing follows: "2 cp aux repas, le matin"."""
    kinds = [item.kind for item in rest[:2]]
    timed = token.number or kinds[1:] in ([TokenKind.MOMENT], [TokenKind.TIMES])
    if kinds[:1] == [TokenKind.AN_INTAKE] and timed:
        rest.pop(0)


def _without_amount(token: Token, rest: list[Token]) -> Iterator[Fraction]:
    """The intakes of moments, or of a split, that no amount goes with: a rhythm."""
    if token.kind is TokenKind.MOMENT:
        yield Fraction(len(token.slots | _slots(rest)))
    elif token.kind is TokenKind.SPLIT:
        yield token.number


def _has_moments_first(sentence: list[Token]) -> bool:
    kinds = [token.kind for token in sentence if token.kind in (TokenKind.MOMENT, TokenKind.AMOUNT)]
    return kinds[:1] == [TokenKind.MOMENT] or any(
        token.names and token.kind is TokenKind.MOMENT for token in sentence
    )


def _slots(rest: list[Token]) -> frozenset[str]:
    """Removes the moments at the start of `rest` and returns their slots."""
    slots = frozenset[str]()
    while rest and rest[0].kind is TokenKind.MOMENT:
        slots |= rest.pop(0).slots
    return slots


def _amount(token: Token, rest: list[Token], slots: frozenset[str], said: Said) -> Iterator[_Part]:
    """An amount with its timing: its moments (`slots`), or what follows it in `rest`."""
    following = rest[0].kind if rest else TokenKind.END
    if token.is_limit:
        said.limits.append(Limit(token.mg.high, following is TokenKind.A_DAY, following is TokenKind.AN_INTAKE))
    elif following is TokenKind.AN_INTAKE and not slots:
        said.intakes.append(token.mg)
    elif token.a_day or (following in (TokenKind.A_DAY, TokenKind.SPLIT) and not slots):
        _of_a_whole_day(token, rest, said)
        yield _Part(token.mg, total=True, added=token.is_added, often=max(token.number, Fraction(1)))
    elif following is TokenKind.TIMES:
        times = max(rest.pop(0).number, Fraction(len(slots)))
        yield _Part(token.mg * Span(times, times), added=token.is_added, often=times)
    elif slots:
        count = Fraction(len(slots))
        yield _Part(token.mg * Span(count, count), slots, added=token.is_added, often=count)
    else:
        said.untimed = True
        yield _Part(token.mg, bare=True, added=token.is_added, often=Fraction(token.parts))


def _of_a_whole_day(token: Token, rest: list[Token], said: Said) -> None:
    """How the dose of a whole day is divided: in a pattern, or in the split that follows."""
    if token.number:
        said.rhythms.append(token.number)
    said.splits.extend(item.number for item in rest[:2] if item.kind is TokenKind.SPLIT)
    rest[:2] = [item for item in rest[:2] if item.kind is not TokenKind.SPLIT]


def _times(token: Token, rest: list[Token], said: Said) -> Iterator[_Part]:
    """A number of times a day, with the amount after it ("3 fois par jour : 2 cp") or without one."""
    if rest and rest[0].kind is TokenKind.AMOUNT and token.names:
        yield _Part(rest.pop(0).mg * Span(token.number, token.number))
    elif not token.is_limit:
        said.times.append(token.number)


def _later(items: list[_Item], said: Said) -> Iterator[Fraction]:
    """The daily doses that amounts without a timing give at least: "3 x 20 mg", or where another dose is told of.

    Behind "puis" an amount is taken as often as the one before it, unless it may be left out.
    """
    steps = [item for item in items if item not in (TokenKind.LASTS, TokenKind.BREAK)]
    often = Fraction(1)
    for place, item in enumerate(steps):
        if not isinstance(item, _Part):
            continue
        if item.bare:
            yield from _of_another_day(item, steps[max(place - 1, 0) : place + 2], often, said)
        else:
            often = Fraction(1) if said.optional else item.often


def _of_another_day(part: _Part, beside: Sequence[_Item], often: Fraction, said: Said) -> Iterator[Fraction]:
    """The daily dose of an amount without a timing, between what stands `beside` it."""
    if said.changes or part.often > 1 or TokenKind.THEN in beside:
        yield part.mg.high * (often if beside[0] is TokenKind.THEN else 1)


def _chain(items: list[_Item], said: Said) -> None:
    """Groups the parts of one daily dose and separates successive daily doses."""
    day = _Day(said)
    before: _Item | None = None
    for item in items:
        if isinstance(item, TokenKind):
            day.between(item)
        elif item.added and isinstance(before, _Part) and before.total:
            said.days.append((before.mg + item.mg,))  # "1 cp par jour et 1 cp au coucher"
        elif item.total:
            said.days.append((item.mg,))
        elif item.bare and not (item.added and day.is_begun):
            said.amounts.append(item.mg)
        else:
            day.add(item)
        before = item
    day.close()


class _Day:
    """Collects the parts of one daily dose. A repeated moment, or "puis" after a duration, begins the next one."""

    def __init__(self, said: Said) -> None:
        self._said = said
        self._parts: list[Span] = []
        self._slots: set[str] = set()
        self._then = self._lasts = False

    @property
    def is_begun(self) -> bool:
        return bool(self._parts or self._slots)

    def between(self, kind: TokenKind) -> None:
        self._then = self._then or kind is TokenKind.THEN
        self._lasts = self._lasts or kind is TokenKind.LASTS
        if kind is TokenKind.BREAK:
            self.close()

    def add(self, part: _Part) -> None:
        joined = part.added and not (self._then or self._lasts)
        if not joined and self._is_of_the_next_day(part):
            self.close()
        if part.slots and self._slots:
            self._parts[0] += part.mg  # parts at moments are summed in the first part
        elif joined and self._parts:
            self._parts = [sum(self._parts, part.mg)]  # "1 cp 3 fois par jour et 3 cp au coucher" is one day
        else:
            self._parts.insert(0 if part.slots else len(self._parts), part.mg)
        self._slots |= part.slots

    def _is_of_the_next_day(self, part: _Part) -> bool:
        repeated = bool(part.slots & self._slots)
        return repeated or (self._then and (self._lasts or not part.slots or not self._slots))

    def close(self) -> None:
        if self._parts:
            self._said.days.append(tuple(self._parts))
        self._parts, self._slots = [], set()
        self._then = self._lasts = False
