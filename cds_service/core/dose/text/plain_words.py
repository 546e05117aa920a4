"""Normalises the words of a dosage: lower case, numbers in figures, the dosages of other medicines removed."""

import re
from fractions import Fraction

WHOLE = r"[0-9]{1,6}+"
NUMBER = rf"(?:{WHOLE}(?: ?½| [1-9]/[1-9]\b|[.,][0-9]{{1,6}}+|/[1-9][0-9]?\b)?|½)"
TABLETS = r"comprim[ée]s?|comps?|cps?|cpr?s?|drag[ée]es?|pilules?|g[ée]lules?|capsules?|tablets?|tabs?|pills?"
_MOST_CHARACTERS = 5000

_WORDS = {
    "un": "1", "une": "1", "deux": "2", "trois": "3", "quatre": "4", "cinq": "5", "six": "6", "sept": "7",
    "huit": "8", "neuf": "9", "dix": "10", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5",
    "seven": "7", "eight": "8", "nine": "9", "ten": "10", "once": "1 times", "twice": "2 times", "thrice": "3 times",
    "onze": "11", "douze": "12", "quinze": "15", "vingt": "20", "vingt-cinq": "25", "trente": "30", "quarante": "40",
    "cinquante": "50", "soixante": "60", "soixante-dix": "70", "quatre-vingt": "80", "quatre-vingts": "80",
    "quatre-vingt-dix": "90", "eleven": "11", "twelve": "12", "fifteen": "15", "twenty": "20", "twenty-five": "25",
    "thirty": "30", "forty": "40", "fifty": "50", "sixty": "60", "seventy": "70", "eighty": "80", "ninety": "90",
}  # fmt: skip
_IN_WORDS = re.compile(rf"\b(?:{'|'.join(sorted(_WORDS, key=len, reverse=True))})\b")
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
_PLAINER = (
    (re.compile(r"[^\S\n]+"), " "),
    (re.compile(r"[–—‑]"), "-"),
    (re.compile(r"(?<![0-9])\*+|\*+(?![0-9 ])|[_#`]"), " "),
    (re.compile(r"\b([btq])\. ?i\. ?d\b\.?"), r"\1id"),
    (_IN_WORDS, lambda found: _WORDS[found[0]]),
    (re.compile(r"([0-9]) (?:et demie?|and (?:a |1[- ])half)\b"), r"\1 1/2"),
    (re.compile(r"(?<!et )\b(?:1[- ])?demie?[- ]|(?<!and a )\b(?:1[- ])?half[- ](?:of )?(?:an? )?"), "1/2 "),
    (re.compile(r"\bmax\."), "max"),
    (re.compile(r" total ?\)"), ")"),  # in "1 tablet (10 mg total)" this is no daily dose
    (re.compile(r"\bsoir,? (?:au|avant le) coucher"), "coucher"),
    (_OF_ANOTHER_MEDICINE, ""),
    (re.compile(r"\s+"), " "),
)


def is_too_long(words: str) -> bool:
    """Whether these words are longer than what is read."""
    return len(words) > _MOST_CHARACTERS


def plain(words: str) -> str:
    """The words normalised: lower case, numbers in figures, one kind of space and dash, no other medicines."""
    text = words[:_MOST_CHARACTERS].lower()
    for pattern, instead in _PLAINER:
        text = pattern.sub(instead, text)
    return text


def number_of(written: str) -> Fraction:
    """`2`, `1,5`, `1/2`, `½`, `1 1/2` and `1½`."""
    parts = written.replace("½", " 1/2").replace(",", ".").split()
    return sum((Fraction(part) for part in parts), Fraction(0))
