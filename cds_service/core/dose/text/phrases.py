"""Splits French and English words about a dose into tokens: amounts, timings, and where another day begins.

Every repetition is bounded or possessive, so that the time to read words grows only with their length.
"""

import re
from collections.abc import Iterator, Set
from dataclasses import replace
from fractions import Fraction

from cds_service.core.dose.text.patterns import MOMENT, TIMES, TOKENS
from cds_service.core.dose.text.plain_words import NUMBER, TABLETS, number_of
from cds_service.core.dose.text.tokens import Token, TokenKind
from cds_service.core.dose.text.vocabulary import HOURS, LATIN, MOMENTS, PER_DAY
from cds_service.core.model.dose import Span
from cds_service.core.model.medicine import Medicine

_IGNORED, _AGAIN = Token(TokenKind.IGNORED), Token(TokenKind.IGNORED)

_SLOT_OF = {slot: re.compile(names) for slot, names in MOMENTS.items()}
_TOKEN = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in TOKENS.items()))


_LIMIT_BEFORE = re.compile(
    r"(?:\bmax(?:i\w{1,9})?|d[ée]passer|exc[eé]der|exceed|(?:more|greater) than|plus de|au plus|at most"
    r"|plafond\w{0,3})[^.;,0-9]{0,25}$"
)
# "1 cp max", and not "1 cp si besoin max 6 cp/j", where the number behind is the limit.
_LIMIT_BEHIND = re.compile(
    r"[^.;,0-9]{0,14}?\b(?:max[a-z]{0,9}+\.?|au plus|at most)"
    rf"(?! ?(?:{PER_DAY})? ?:? ?(?:(?:de|à|a|of) )?[0-9½])"
)
_DAY_BEFORE = re.compile(r"(?:journali[eè]re|dose quotidienne|daily (?:dose|amount)|\btotal\w{0,2})[^.;0-9]{0,14}$")
_SUPPLY_BEFORE = re.compile(
    r"(?:\bbo[iî]tes?|\bb/|flacons?|plaquettes?|blisters?|pack|box(?:es)?|bottle|qt[ée]|quantit[eéy]|d[ée]livrer"
    r"|dispens\w{0,4}|qsp|supply|fournir)[^.;0-9]{0,14}$|\bstocks?\b[^.;0-9]{0,30}$"
)
_LEAST_OF_A_SUPPLY = 20  # tablets without a timing; fewer may be a dose
_TIME_BEHIND = re.compile(rf",? ?(?:(?:le|au|à) )?(?:{TIMES}|{PER_DAY}|{MOMENT}|{TOKENS['hours']})")
_UNITS = re.compile(rf" ?(?:mg|{TABLETS})\b")
_TABLETS_BEHIND = re.compile(rf" ?(?:{TABLETS})\b")
_ADDED = re.compile(
    r",? ?(?:\+|(?:plus|et|and)\b)"
    r"(?:[ ,:]{0,2}(?:si (?:besoin|n[ée]cessaire|envie|craving|douleur)|au besoin|[àa] la demande|en plus"
    r"|[ée]ventuellement|prendre|jusqu['’ ]{1,2}à)){0,3} ?:? ?"
)
_NAMES = re.compile(r" ?[:=]")
_NAMES_TIMES = re.compile(rf" ?[:=,]| (?:de |of )?(?={NUMBER} ?(?:mg|{TABLETS})\b)")
_NOT_TAKEN = re.compile(r"(?:ne (?:pas|jamais) prendre|(?:do not|don['’]t|never) take) $")
# Numbers of renewals, and of events that are no intakes.
_RENEWED = re.compile(r"(?:renouvel\w{0,5}|\bar|repeat|refills?)[^.;,0-9]{0,14}$")
_NO_INTAKE = re.compile(
    r"(?:\bta|tension|pression|glyc[ée]mi\w{1,3}|blood (?:pressure|sugar)|(?<!par )(?<!par l')\bide|passages?"
    r"|contr[oô]les?|(?<!sous )surveillance)\b[^.;,0-9]{0,14}$"
)
_LOOK_BACK = 60
# So far from the hours of a moment an hour is still said to be that of the moment ("le soir, 23 h").
_NEAR_HOURS = 2

_AMOUNTS = ("amount", "bare", "pattern", "number")
# A bare number from this on is in mg: nobody takes so many tablets at once.
_LEAST_MG = 10
_MOST_TABLETS = 4  # that are told from mg: nobody takes 4 mg
_IN_MG = {"mg": Fraction(1), "g": Fraction(1000), "ug": Fraction(1, 1000)}
# Grams and micrograms are a slip of the unit; what is more or less than these is of something else, and is not read.
_LEAST_IN_MG, _MOST_IN_MG = 1, 1000
_SEPARATORS = {"-": "-", "+": r"\+", ";": ";", ", ": ", (?:et |and )?| (?:et|and) | ", "/": "/", " ": " "}
# What stands between a moment, or a number of times, and the number that is its amount ("Matin : 4", "matin (4)").
_GIVES = {"moment": (":", "=", "(", ""), "hour": (":", "="), "times": (":", "=")}
_STANDS_ALONE = re.compile(rf" ?(?:$|[,;.|/)+-]|(?:(?:et|puis) )?(?:le |au |à )?(?:{MOMENT})\b)")
_HOUR = re.compile(r"([0-9]{1,2}) ?[h:]")
_KINDS = {name: TokenKind[name.upper()] for name in ("a_day", "an_intake", "then", "break", "lasts", "end")}


def tokens_of(text: str, medicine: Medicine) -> Iterator[Token]:
    """The tokens of normalised words, in their order. Tablets of unknown strength are left out."""
    at, unit, before, last, leads = 0, "", "", _IGNORED, ""
    for found in _TOKEN.finditer(text):
        gap, kind = text[at : found.start()], found.lastgroup or ""
        if kind == "number" and not _is_given(gap, before, found, leads):
            continue
        leads = _leads(leads, kind, _follows(gap, before))
        if kind in _AMOUNTS:
            its_unit = _unit(found, unit)
            token = _behind(last, gap, _amount(found, medicine, its_unit, _is_added(gap, before)))
            unit = unit if token is _AGAIN else _unit_from_here(found, its_unit, unit)
        else:
            token = _time(found, kind, _is_beside(gap, {kind, before}, found, last))
        if token:
            yield replace(token, at=found.span())
        at, before, last = found.end(), kind, token or _IGNORED


def _behind(last: Token, gap: str, token: Token | None) -> Token | None:
    """An amount behind another: in brackets it says the same again ("1 tablet (10 mg)"), behind "+" it is more."""
    if token and gap.strip() == "(" and token.mg == last.mg:
        return _AGAIN
    if token and gap.strip() == "+" and last.kind is TokenKind.AMOUNT:
        return replace(token, is_more=True)
    return token


def _unit(found: re.Match[str], before: str) -> str:
    """The unit written with an amount; a bare number is in the unit of the amount before it."""
    if not found["amount"]:
        return "tablets" if before == "mg" and _are_few(found) else before or _unit_of_bare(found)
    return next((unit for unit in _IN_MG if found[unit]), "tablets")


def _unit_from_here(found: re.Match[str], its_unit: str, before: str) -> str:
    """The unit of the bare numbers that follow: the last one that is written, else that of the first number."""
    return its_unit if found["amount"] or not before else before


def _unit_of_bare(found: re.Match[str]) -> str:
    """The unit of a number that is the first amount and has none."""
    return "mg" if max(_bare_numbers(found)) >= _LEAST_MG else "tablets"


def _are_few(found: re.Match[str]) -> bool:
    """Whether bare numbers are tablets also where mg stand before them ("10 mg, 2 matin, 2 soir"): 1 to 4."""
    numbers = _bare_numbers(found)
    return 0 < max(numbers) <= _MOST_TABLETS and all(number.denominator == 1 for number in numbers)


def _bare_numbers(found: re.Match[str]) -> list[Fraction]:
    return _numbers(found) if found["pattern"] else [number_of(found["bare"] or found["number"])]


def _is_given(gap: str, before: str, found: re.Match[str], leads: str) -> bool:
    """Whether a bare number is the amount of the moment or the number of times before it."""
    between = gap.strip()
    if leads == "list" and _follows(gap, before):
        return True
    if between not in _GIVES.get(before, ()):
        return False
    return bool(between) or bool(_STANDS_ALONE.match(found.string, found.end()))


def _leads(leads: str, kind: str, follows: bool) -> str:
    """What a sentence leads with: "moment", then "list" once a number has followed one ("matin 4 midi 4 …")."""
    if kind == "end":
        return ""
    return "list" if leads == "moment" and follows and kind in ("bare", "number") else leads or kind


def _follows(gap: str, before: str) -> bool:
    """Whether a number stands right behind a moment."""
    return before == "moment" and not gap.strip()


def _is_added(gap: str, before: str) -> bool:
    """Whether "+" or "et" joins an amount to the token before it, which is not an amount of its own."""
    return before not in ("", "amount") and bool(_ADDED.fullmatch(gap))


def _is_beside(gap: str, kinds: set[str], found: re.Match[str], last: Token) -> bool:
    """Whether an hour and a moment stand side by side: they are one time ("le matin à 8 h")."""
    side_by_side = kinds == {"hour", "moment"} and gap.strip() in {"", "(", "le", "du", "vers"}
    return side_by_side and _may_be_at(found, last.slots)


def _may_be_at(found: re.Match[str], slots: Set[str]) -> bool:
    """Whether an hour may be that of the moment before it: "midi, 16 h" are two; in brackets it says them again."""
    hour = _HOUR.search(found["hour"] or "")
    if not hour or found[0].startswith("("):
        return True
    return any(_is_near(int(hour[1]), *HOURS[slot]) for slot in slots & HOURS.keys())


def _is_near(hour: int, first: int, last: int) -> bool:
    return any(first - _NEAR_HOURS <= clock < last + _NEAR_HOURS for clock in (hour, hour + 24))


def _time(found: re.Match[str], kind: str, beside: bool) -> Token:
    """A token of time; an hour `beside` its moment ("le matin à 8 h") and times of no intake are ignored."""
    if kind in _KINDS:
        return Token(_KINDS[kind])
    if kind in ("moment", "hour"):
        slots, names = _slots(found, beside), bool(_NAMES.match(found.string, found.end()))
        return Token(TokenKind.MOMENT, slots=slots, names=names) if slots else _IGNORED
    if kind == "split":
        return Token(TokenKind.SPLIT, number=Fraction(found["split_in"]))
    if _is_no_intake(found):
        return _IGNORED
    names = bool(_NAMES_TIMES.match(found.string, found.end()))
    return Token(TokenKind.TIMES, number=_times(found), names=names, is_limit=_is_limit(found))


def _slots(found: re.Match[str], beside: bool) -> frozenset[str]:
    """The moment, or the hours except those that repeat a moment beside them: the first one, or all in brackets."""
    if found["moment"]:
        slots = [slot for slot, names in _SLOT_OF.items() if names.fullmatch(found["moment"])]
    else:
        slots = [hour.lstrip("0") for hour in _HOUR.findall(found["hour"])]
    known = 0 if not beside else len(slots) if found[0].startswith("(") else 1
    return frozenset(slots[known:])


def _is_no_intake(found: re.Match[str]) -> bool:
    before = _before(found)
    renewed = found["x"] and found[0].endswith(found["x"]) and _RENEWED.search(before)
    return bool(renewed or (_NO_INTAKE.search(before) and "prise" not in found[0]))


def _before(found: re.Match[str]) -> str:
    return found.string[max(0, found.start() - _LOOK_BACK) : found.start()]


def _times(found: re.Match[str]) -> Fraction:
    if found["each_hours"]:
        return Fraction(24, int(found["each_hours"]))
    if found["latin"]:
        return Fraction(LATIN[found["latin"]][1])
    return Fraction(found["n"] or found["x"] or found["meals"])


def _amount(found: re.Match[str], medicine: Medicine, unit: str, added: bool) -> Token | None:
    before, units = _before(found), _units(found)
    strength = _strength(found, medicine, unit)
    if _is_supply(found, units, before) or _NOT_TAKEN.search(before):
        return _IGNORED
    if strength is None or (unit in ("g", "ug") and not _LEAST_IN_MG <= units.high * strength < _MOST_IN_MG):
        return None
    a_day = bool(found["pattern"] or _DAY_BEFORE.search(before))
    mg = _at_least(units * Span(strength, strength), found, medicine)
    token = Token(TokenKind.AMOUNT, mg, _intakes(found), is_limit=_is_limit(found), a_day=a_day, is_added=added)
    return replace(token, parts=int(found["by"] or 1))


def _strength(found: re.Match[str], medicine: Medicine, unit: str) -> Fraction | None:
    """The mg of one unit of an amount; None if it is a tablet of unknown strength."""
    if _is_pattern_in_mg(found) if found["pattern"] else unit in _IN_MG:
        return _IN_MG.get(unit, Fraction(1))
    if found["each"]:
        return number_of(found["each"])
    if found["beside"] and medicine.strength_mg is None:
        return number_of(found["beside"]) / (_units(found).high or 1)
    return medicine.strength_mg


def _at_least(mg: Span, found: re.Match[str], medicine: Medicine) -> Span:
    """An amount beside which mg are written ("2 cp 10 mg"): they are the strength, or else all of it, if more."""
    beside = number_of(found["beside"] or "0")
    return mg if beside in (0, medicine.strength_mg) else Span(mg.low, max(mg.high, beside))


def _numbers(found: re.Match[str]) -> list[Fraction]:
    """The amounts of a pattern: 1, 0 and 1 of "1-0-1"."""
    pattern = _UNITS.sub("", found["pattern"]).strip()
    separator = next(split for mark, split in _SEPARATORS.items() if mark in pattern)
    return [number_of(part) for part in re.split(separator, pattern)]


def _is_pattern_in_mg(found: re.Match[str]) -> bool:
    in_tablets = _UNITS.search(found["pattern"]) or _TABLETS_BEHIND.match(found.string, found.end())
    return "mg" in found["pattern"] or (_unit_of_bare(found) == "mg" and not in_tablets)


def _intakes(found: re.Match[str]) -> Fraction:
    """The intakes of a pattern: two of "1-0-1"."""
    return Fraction(sum(map(bool, _numbers(found)))) if found["pattern"] else Fraction(0)


def _is_supply(found: re.Match[str], units: Span, before: str) -> bool:
    in_mg = any(found[unit] for unit in _IN_MG)
    many = not in_mg and units.low >= _LEAST_OF_A_SUPPLY and not _TIME_BEHIND.match(found.string, found.end())
    return bool(found["amount"]) and (many or bool(_SUPPLY_BEFORE.search(before)))


def _units(found: re.Match[str]) -> Span:
    """The amount, in tablets or in mg. A range written from high to low is read as its higher end."""
    if found["pattern"]:
        whole = sum(_numbers(found), Fraction(0))
        return Span(whole, whole)
    low = number_of(found["low"] or found["bare"] or found["number"])
    high = max(low, number_of(found["high"] or "0"))
    by, half = Fraction(found["by"] or 1), Fraction(1, 2) if found["half"] else Fraction(0)
    return Span((low + half) * by, (high + half) * by)


def _is_limit(found: re.Match[str]) -> bool:
    """Whether a maximum is told of; behind a pattern ("1-1-1 dose maximale 80 mg/j") it is another one."""
    behind = not found["pattern"] and _LIMIT_BEHIND.match(found.string, found.end())
    return bool(_LIMIT_BEFORE.search(_before(found)) or behind)
