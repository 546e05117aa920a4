"""Normalises the words of a dosage: lower case, numbers in figures, the dosages of other medicines removed."""

import re
from fractions import Fraction

from cds_service.core.dose.text.vocabulary import NUMBERS

WHOLE = r"[0-9]{1,6}+"
NUMBER = rf"(?:{WHOLE}(?: ?½| [1-9]/[1-9]\b|[.,][0-9]{{1,6}}+|/[1-9][0-9]?\b)?|½)"
TABLETS = r"comprim[ée]s?|comps?|cps?|cpr?s?|drag[ée]es?|pilules?|g[ée]lules?|capsules?|tablets?|tabs?|pills?"
MOST_CHARACTERS = 5000

_IN_DIE = {"bis": 2, "ter": 3, "quater": 4}
_IN_WORDS = re.compile(rf"\b(?:{'|'.join(sorted(NUMBERS, key=len, reverse=True))})\b")
_OUR_NAME = r"(?:baclo|lior[ée]sal)"
_OTHER_MEDICINE = (
    r"\b(?:[a-zé]{2,14}(?:z[ée]pam|zolam|oxetine|ox[ée]tine|traline|pramine?|tript[iy]line?|prazole?|[aio]pril|sartan"
    r"|statine?|olol|dipine?|apine?|azine|xyzine?|idone|zodone|gabaline?|pentine?|prof[eè]ne?|mycine?|cilline?|th?iazide"
    r"|alopram|parine?|gliptine?)|seresta|valium|xanax|lexomil|tranx[eè]ne|lysanxia|t[ée]mesta|imovane|stilnox|zopiclone"
    r"|zolpidem|atarax|tercian|thiamine?|b[ée]vitine|vitamine?s?|folique|folic acid|magn[ée]sium|potassium|fer|iron"
    r"|acamprosate|aotal|naltrexone|revia|nalm[ée]f[eè]ne|selincro|disulfirame?|esp[ée]ral|antabuse|nicotine|nicopatch"
    r"|champix|var[ée]nicline|bupropion|m[ée]thadone|bupr[ée]norphine|subutex|parac[ée]tamol|acetaminophen|doliprane"
    r"|tramadol|aspirine?|seroplex|venlafaxine|zoloft|prozac|lyrica|topiramate|lamotrigine|depakote|valpro\w{2,6}|lithium"
    r"|furos[ée]mide|metformine?|levothyrox)"
)
# The dosage of another medicine ("Thiamine 500 mg/j"), up to the end of the sentence or to the name of baclofen.
_OF_ANOTHER_MEDICINE = re.compile(
    r"(?<!(?:place|elais| lieu|ement|stead) (?:d[eu]|of) )(?<!(?:place|elais| lieu|ement) d['’])(?<!emplace )"
    rf"{_OTHER_MEDICINE}(?: b ?[0-9]{{1,2}})?(?: (?:patchs?|lp|{TABLETS}))? (?={NUMBER})[^+;!?\n]*?"
    rf"(?=[+;!?\n]|\.(?![0-9])|$|(?:{NUMBER} ?(?:mg|{TABLETS}) (?:de |of )?)?{_OUR_NAME}"
    rf"|(?:,| et | and | puis | then )[^+;\n,]{{0,60}}?{_OUR_NAME})"
)


def _on_24_hours(found: re.Match[str]) -> str:
    """ "8 am" as "8h", "4 pm" as "16h"."""
    hour = int(found[1]) % 12 + (12 if found[3] == "p" else 0)
    return f"{hour}h{found[2] or ''}"


_PLAINER = (
    (re.compile(r"[^\S\n]+"), " "),
    (re.compile(r"[–—‑]"), "-"),
    (re.compile(r"(?<![0-9])\*+|\*+(?![0-9 ])|[_#`]"), " "),
    (re.compile(r"\b([btq])\. ?i\. ?d\b\.?"), r"\1id"),
    (re.compile(r"\b(bis|ter|quater) in die\b"), lambda found: f"{_IN_DIE[found[1]]} times daily"),
    (_IN_WORDS, lambda found: NUMBERS[found[0]]),
    (re.compile(r"\b([0-9]{1,3}) ?\(\1\)"), r"\1"),  # "4 (quatre)", "EIGHT (8)"
    (
        re.compile(r"(?<![\w.,/-])([0-9]{1,3} ?(?:mg|g|cpr?s?|cps?|comps?|tabs?)) ?[x×*] ?(?=[0-9])"),
        r"\1 x ",
    ),  # "4cpx3/j"
    (re.compile(r"\b(?:(3)[- ]|1[- ])?quarts? (?:de |d['’])"), lambda found: f"{found[1] or 1}/4 "),
    (re.compile(r"([0-9]) (?:et demie?|and (?:a |1[- ])half)\b"), r"\1 1/2"),
    (re.compile(r"(?<!et )\b(?:1[- ])?demie?[- ]|(?<!and a )\b(?:1[- ])?half[- ](?:of )?(?:an? )?"), "1/2 "),
    (re.compile(r"\b(1[0-2]|0?[1-9])(?::([0-5][0-9]))? ?([ap])\.?m\b\.?"), _on_24_hours),
    (re.compile(r"\bmax\."), "max"),
    (re.compile(r" total ?\)"), ")"),  # in "1 tablet (10 mg total)" this is no daily dose
    (re.compile(r"\bsoir,? (?:au|avant le) coucher"), "coucher"),
    (_OF_ANOTHER_MEDICINE, ""),
    (re.compile(r"\s+"), " "),
)


def is_too_long(words: str) -> bool:
    """Whether these words are longer than what is read."""
    return len(words) > MOST_CHARACTERS


def plain(words: str) -> str:
    """The words normalised: lower case, numbers in figures, one kind of space and dash, no other medicines."""
    text = words[:MOST_CHARACTERS].lower()
    for pattern, instead in _PLAINER:
        text = pattern.sub(instead, text)
    return text


def number_of(written: str) -> Fraction:
    """`2`, `1,5`, `1/2`, `½`, `1 1/2` and `1½`."""
    parts = written.replace("½", " 1/2").replace(",", ".").split()
    return sum((Fraction(part) for part in parts), Fraction(0))
