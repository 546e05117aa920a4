"""The patterns of the tokens of words about a dose, in French and English. Their order matters.

Every repetition is bounded or possessive, so that the time to read words grows only with their length.
"""

from cds_service.core.dose.text.plain_words import NUMBER, TABLETS, WHOLE
from cds_service.core.dose.text.vocabulary import LATIN, MOMENTS, PER_DAY

_TO = r" ?(?:à|a|-|ou|to|or) ?"
_FREE = r"(?<![\w.,/])(?<![0-9]-)"  # no number begins within a word, a date or another number
_NOT_A_DOSE = r"(?! ?/ ?(?:kg|m²|d?l\b|[0-9. ]{0,6}ml|bo[iî]te|mois|month))"
_BRAND = r"(?: (?:baclo[a-zè]{2,6}|lior[ée]sal|zentiva))"
_BY = r"[x×*]|fois|times|prises? de|doses? of"
_HALF = rf"(?P<half> et demie?\b| and a half\b|(?:,| et| \+)? ?(?:½|1/2\b)(?! ?(?:{TABLETS}|h\b|heures?|hours?)\b))?"
_AMOUNT = (
    rf"{_FREE}(?:(?P<by>{WHOLE}) ?(?:{_BY}) ?)?(?P<low>{NUMBER})(?:(?: ?mg)?{_TO}(?P<high>{NUMBER}))?(?: an?)?"
    rf" ?(?:(?P<mg>mgs?|milligr(?:am(?:me)?)?s?)\b|(?P<g>gr?|gramm?e?s?)\b|(?P<ug>[µμu]g|mcg|microgramm?e?s?)\b"
    rf"|(?:{TABLETS})\b{_HALF}){_NOT_A_DOSE}\.?"
    rf"(?:(?:{_BRAND}| de| à| of| dosée?s? à){_BRAND}{{0,2}} (?P<each>{NUMBER}) ?mg\b"
    # "2 cp 10 mg", "2 cp (20 mg)": the strength, or the same again
    rf"| ?\(?(?P<beside>{NUMBER}) ?mg\b(?! ?/ ?(?:kg|m²|d?l\b|ml))\)?)?"
)
MOMENT = "|".join(MOMENTS.values())
_AT_A_MOMENT = rf"(?:(?:le|au|à|a|the|in the|at|en|ds|dans) )?(?:(?:la |l['’]))?(?:{MOMENT})\b"
_LENGTH = r"(?:j(?:ours?)?|d(?:ays?)?|sem(?:aines?)?|w(?:ee)?ks?|mois|months?|ans?|years?)\b"
_ORDINAL = (
    r"(?:[0-9]{1,2}(?:e|[eè]me|[eè]re|er|st|nd|rd|th)|premi[eè]re?|(?:deux|trois|quatr)i[eè]me|first|second|next)"
)
_EVERY_DAY = "|".join(name for name, (low, high) in LATIN.items() if low == high)
TIMES = (
    rf"{_FREE}(?:{WHOLE}{_TO})?(?P<n>{WHOLE})(?: ?\({WHOLE}\))? ?(?:fois|f|x|×|times?|prises?|doses?)?"
    rf" ?(?:max(?:imum|i)?\.? ?|au plus )?{PER_DAY}"
    rf"|[x×*] ?(?P<x>{WHOLE})(?! ?(?:mg|{TABLETS})\b)(?: ?{PER_DAY})?|\b(?P<latin>{_EVERY_DAY})\b"
    rf"|\baux (?P<meals>[2-5]) repas\b(?: ?{PER_DAY})?"
)
# One intake of a pattern ("1-0-1", "10-10-20 mg"), and what stands between two. A year of four figures makes a date.
_INTAKE = r"(?:1/2|½|[0-9]{1,3}(?:[.,]5|½)?)"
_WITH_UNIT = rf"{_INTAKE}(?: ?(?:mg|{TABLETS})\b)?"
_PATTERN = (
    rf"{_FREE}{_WITH_UNIT}(?: ?- ?{_WITH_UNIT}){{2,5}}"
    rf"|{_FREE}{_INTAKE}(?:(?: ?\+ ?{_INTAKE}){{2,5}}|(?: ?/ ?{_INTAKE}){{2,5}}"
    rf"|(?: ?; ?{_INTAKE}){{2,5}})"
    # "4, 4 et 4" and "4 4 4" only where it is all that a clause says
    rf"|(?:^|(?<=[:|(] )){_INTAKE}(?:, {_INTAKE}){{1,4}},? (?:et |and )?{_INTAKE}(?=\W*$| ?mg\b)"
    rf"|(?:^|(?<=[:|(] )){_INTAKE}(?: {_INTAKE}){{2,4}}(?=\W*$| ?mg\b)"
)
_CLOCK = (
    r"[0-9]{1,2} ?(?:h(?:[0-5][0-9])?\b|:[0-5][0-9]\b"
    r"|heures?\b(?! (?:avant|apr[eè]s|d['’](?:interv|[ée]cart)|plus|entre|min|max|de |par |aux repas)))"
)
_NEXT_CLOCK = rf"(?: ?[,;/-] ?| (?:et |and )?)(?:à |at |vers )?{_CLOCK}"
# At each position the first pattern that matches counts.
TOKENS = {
    "pattern": rf"(?:{_PATTERN})(?: ?mg\b)?(?![\w/+-])",
    "lasts": rf"(?:pendant|durant|for|[x×]) ?[0-9]{{1,3}} ?{_LENGTH}",
    "split": (
        rf"(?:\b(?:en|in) (?:{WHOLE}{_TO})?|(?<=\()(?=[0-9]{{1,2}} prises\)))(?P<split_in>{WHOLE})"
        rf" (?:prises?|fois|(?:divided )?doses)(?: ?{PER_DAY})?"
    ),
    "hours": (
        r"(?:toutes les|chaque|every|each|q|(?<![0-9h])(?<!h )/(?= ?(?:[468]|12) ?h))"
        rf" ?(?P<each_hours>[1-9][0-9]?)(?:{_TO}[0-9]{{1,2}})? ?h(?:eures?|ours?|rs?)?\b"
    ),
    "times": TIMES,
    "amount": _AMOUNT,
    "bare": (
        rf"{_FREE}{NUMBER}(?= ?\(?{_AT_A_MOMENT}| ?[x×*] ?[0-9](?![0-9]{{0,2}} ?{_LENGTH})"
        rf"| (?:{_EVERY_DAY})\b|,? [0-9]{{1,2}} ?(?:fois|times)\b|,? aux [2-5] repas\b)"
        rf"|(?:(?<=jusqu['’]à )|(?<=jusque )|(?<=jusqu a ))(?=[0-9]{{2,3}}\b){NUMBER}(?= ?(?:$|[,;.)]))"
        rf"|(?:(?<=puis )|(?<=then )|(?<=ensuite )){NUMBER}(?= ?(?:$|[,;.)]|pendant|puis))"
    ),
    "an_intake": r"/ ?prise\b|\b(?:par|à chaque) prise\b|\bper (?:dose|intake)\b|\bà la fois\b|\baux repas\b",
    "a_day": PER_DAY,
    "moment": rf"\b(?:{MOMENT})\b",
    "hour": (
        rf"(?:\b(?:(?<![0-9] )(?<!eur )à|vers|at|et|and)|[,/(-]) ?{_CLOCK}(?:{_NEXT_CLOCK}){{0,9}}"
        rf"|(?<![\w.,:/-]){_CLOCK}(?:(?:{_NEXT_CLOCK}){{1,9}}|(?= ?[:=]))"
        rf"|(?<![\w.,:/-]){_CLOCK}(?= {NUMBER} ?(?:mg|{TABLETS})\b)"
        rf"|(?:(?<=cp )|(?<=mg )){_CLOCK}(?= ?(?:$|[,;+)]|et ))"
    ),
    # The amount of the moment before it ("Matin : 4"), if it is one: see phrases.py.
    "number": rf"{_FREE}{NUMBER}(?![\w%°]| ?(?:heures?|h|hours?|min\w*|ans?|kg)\b)",
    "then": r"\b(?:puis|ensuite|then)\b",
    "break": (
        r"\bsoit\b|\bi\.e\.|(?:semaine|week|day|jour|\bj|\bs) ?[1-9][0-9]?\b|\b(?:apr[eè]s|after) (?=[0-9])"
        rf"|\b{_ORDINAL} (?:semaine|jour|week|day)|\bpass(?:er|ez|age) "
    ),
    "end": r"\.(?![0-9])|[;!?]",
}
