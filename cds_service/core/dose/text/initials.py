"""Writes out the initials of the moments of a day: "m/m/s", "M2 Mi1 S2", "2M 1Mi 2S", "1 cp M, 2 cp S".

Of two "m" the second is noon. The words are normalised: lower case, numbers in figures.
"""

import re
from itertools import zip_longest

_MOMENTS = ("matin", "midi", "soir", "coucher")
_MOMENT_OF = {"m": "matin", "mi": "midi", "s": "soir", "c": "coucher"}
_FEW = r"([0-9](?:[.,]5|½)?)"  # so many tablets
_ALONE = r"(?!\w|[.,][0-9])"
_BESIDE = r"[ ,;/|-]{1,3}"

_ALL = re.compile(r"\bm ?[/,-]? ?mi?d? ?[/,-]? ?s(?: ?[/,-] ?(c))?\b")
_LEADING = re.compile(
    rf"\bm ?:? ?{_FEW}{_ALONE}{_BESIDE}mi?d? ?:? ?{_FEW}{_ALONE}{_BESIDE}s ?:? ?{_FEW}{_ALONE}"
    rf"(?:{_BESIDE}c ?:? ?{_FEW}{_ALONE})?"
)
_FOLLOWING = re.compile(rf"(?<![\w.,/-]){_FEW} ?m{_BESIDE}{_FEW} ?mi?d?{_BESIDE}{_FEW} ?s\b(?:{_BESIDE}{_FEW} ?c\b)?")
_INITIAL = r"(?:mi|[msc])"
_ONE = re.compile(rf"\b{_INITIAL}\b")
_BEHIND_AN_AMOUNT = re.compile(
    rf"(?:(?<=[0-9] cp )|(?<=[0-9]cp )|(?<=[0-9] mg )|(?<=[0-9]mg )|(?<=comp )|(?<=cps )|(?<=comprim[ée] ))"
    rf"{_INITIAL}(?:(?: ?[,/+] ?| et ){_INITIAL}){{0,3}}(?=[ ,;/+.)]|$)"
)


def written_out(text: str) -> str:
    """The words with the names of the moments."""
    text = _ALL.sub(lambda found: " ".join(_MOMENTS[: 4 if found[1] else 3]), text)
    for pattern in (_LEADING, _FOLLOWING):
        text = pattern.sub(_each_with_its_number, text)
    return _behind_amounts(text)


def _each_with_its_number(found: re.Match[str]) -> str:
    return " ".join(f"{moment} {number}" for moment, number in zip_longest(_MOMENTS, found.groups()) if number)


def _behind_amounts(text: str) -> str:
    """ "1 cp m, 1 cp m, 2 cp s" as "1 cp matin, 1 cp midi, 2 cp soir"."""
    begun = False

    def name(found: re.Match[str]) -> str:
        nonlocal begun
        moment = "midi" if begun and found[0] == "m" else _MOMENT_OF[found[0]]
        begun = moment == "matin"
        return moment

    return _BEHIND_AN_AMOUNT.sub(lambda found: _ONE.sub(name, found[0]), text)
