"""Normalises the words of a dosage: lower case, numbers in figures, the dosages of other medicines removed."""

import re
from fractions import Fraction
from html import unescape

from cds_service.core.dose.text.initials import written_out
from cds_service.core.dose.text.vocabulary import NUMBERS, PER_DAY

WHOLE = r"[0-9]{1,6}+"
NUMBER = rf"(?:{WHOLE}(?: ?½| [1-9]/[1-9](?![0-9])|[.,][0-9]{{1,6}}+|/[1-9][0-9]?(?![0-9]))?|½)"
# With the shorthand and the slips of the pen that are written most.
TABLETS = (
    r"comprim(?:[ée]{1,2}s?|ers?)|c[omprim]{6,7}[ée]{1,2}s?|com?r?pi?m[ée]{0,2}s?|compri?m?s?|comps?|cpp?r?s?|cp?ms?"
    r"|cmps?|cachets?|drag[ée]es?|pilules?|g[ée]l(?:ules?|s)?|caps(?:ules?)?|unit[ée]s?(?! d['’]alcool)"
    r"|tablets?|tabs?|pills?"
)
MOST_CHARACTERS = 5000

_IN_DIE = {"bis": 2, "ter": 3, "quater": 4}
_IN_WORDS = re.compile(rf"\b(?:{'|'.join(sorted(NUMBERS, key=len, reverse=True))})\b")
_OUR_NAME = r"(?:baclo|lior[ée]sal)"
OTHER_MEDICINE = (
    r"\b(?:[a-zé]{2,14}(?:z[ée]pam|zolam|oxetine|ox[ée]tine|traline|pramine?|tript[iy]line?|prazole?|[aio]pril|sartan"
    r"|statine?|olol|dipine?|apine?|azine|xyzine?|idone|zodone|gabaline?|pentine?|prof[eè]ne?|mycine?|cilline?|th?iazide"
    r"|alopram|parine?|gliptine?)|seresta|valium|xanax|lexomil|tranx[eè]ne|lysanxia|t[ée]mesta|imovane|stilnox|zopiclone"
    r"|zolpidem|atarax|tercian|thiamine?|b[ée]vitine|vitamine?s?|folique|folic acid|magn[ée]sium|potassium|fer|iron"
    r"|acamprosate|aotal|naltrexone|revia|nalm[ée]f[eè]ne|selincro|disulfirame?|esp[ée]ral|antabuse|nicotine|nicopatch"
    r"|champix|var[ée]nicline|bupropion|m[ée]thadone|bupr[ée]norphine|subutex|parac[ée]tamol|acetaminophen|doliprane"
    r"|tramadol|aspirine?|seroplex|venlafaxine|zoloft|prozac|lyrica|topiramate|lamotrigine|depakote|valpro\w{2,6}|lithium"
    r"|furos[ée]mide|metformine?|l[ée]vothyrox|spasfon|dafalgan|efferalgan|imodium|smecta|lamaline|ixprim|cod[ée]ine|primp[ée]ran)"
)
# The dosage of another medicine ("Thiamine 500 mg/j"), up to the end of the sentence or to the name of baclofen.
_OF_ANOTHER_MEDICINE = re.compile(
    r"(?<!(?:place|elais| lieu|ement|stead) (?:d[eu]|of) )(?<!(?:place|elais| lieu|ement) d['’])(?<!emplace )"
    rf"{OTHER_MEDICINE}(?: b ?[0-9]{{1,2}})?(?: (?:patchs?|lp|{TABLETS}))? (?={NUMBER})[^+;!?\n]*?"
    rf"(?=[+;!?\n]|\.(?![0-9])|$|(?:{NUMBER} ?(?:mg|{TABLETS}) (?:de |of )?)?{_OUR_NAME}"
    rf"|(?:,| et | and | puis | then )[^+;\n,]{{0,60}}?{_OUR_NAME})"
)


def _on_24_hours(found: re.Match[str]) -> str:
    """ "8 am" as "8h", "4 pm" as "16h"."""
    hour = int(found[1]) % 12 + (12 if found[3] == "p" else 0)
    return f"{hour}h{found[2] or ''}"


_QUOTIDIEN = {"bi": 2, "tri": 3, "quadri": 4}
# Hours of which only the last is called one: "à 8, 12 et 20h".
_HOUR = r"(?:[01]?[0-9]|2[0-3])"
_HOURS = (
    r"(?:(?<=\bà )|(?<=\bat )|(?<=\bvers )|(?<=cp )|(?<=mg ))"
    rf"{_HOUR}(?:(?: ?[,/-] ?| (?:et |and )?){_HOUR}){{0,5}}(?: ?[,/-] ?|,? (?:et |and )?){_HOUR} ?h(?![a-z])"
)
# The words for each meal and for meals, which are read as three intakes and as an intake.
_AROUND = (
    r"(?:(?:[àa]|au (?:cours|milieu|d[ée]but) de|[àa] la fin de|avant|apr[eè]s|pendant|durant|avec|lors de)"
    r" (?:chaque|chacun des (?P<of>[2-5] )?|les (?P<the>[2-5] )|1 des (?P<one>[2-5] ))"
    r"|(?:au (?:cours|milieu|d[ée]but)|[àa] la fin|lors) des (?P<des>[2-5] )|(?<!\w)aux (?P<aux>[2-5] ))"
)
_EACH_MEAL = rf"{_AROUND} ?(?:principaux )?repas\b(?: principaux)?"
_MEALS = (
    r"(?:(?:au (?:cours|milieu|d[ée]but)|[àa] la fin|lors) des|(?:pendant|durant|avec|avant|apr[eè]s) les|\baux)"
    r" (?:principaux )?repas\b(?: principaux)?"
)


def _each_meal(found: re.Match[str]) -> str:
    """ "à chaque repas" as "aux 3 repas", "avant les 2 repas" as "aux 2 repas"."""
    number = next((part for part in found.groups() if part), "3")
    return f"aux {number.strip()} repas"


def _times_more(found: re.Match[str]) -> str:
    """ "renouveler 2 fois" a day as three intakes."""
    return f"{int(found[1]) + 1} fois "


_PLAINER = (
    (re.compile(r"[^\S\n]+"), " "),
    (re.compile(r"[–—‑]"), "-"),
    (
        re.compile(r"(?:(?<=[0-9])|(?<=cp)|(?<=cps)|(?<=cpr)|(?<=mg)|(?<=comprim[ée]s)) ?\*(?!\*) ?(?=[0-9])"),
        " x ",
    ),  # "4 cp * 3", "3*40 mg"
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
    (re.compile(r"\bet 1 demie?\b"), "et demi"),
    (re.compile(r"\b(?:la )?moiti[ée] (?:d['’] ?|de )(?:1 )?(?=c[op])"), "1/2 "),
    (re.compile(r"\b([2-9]) demi[es]{0,2}[- ](?=c[op])"), r"\1 x 1/2 "),  # "3 demi-comprimés"
    (re.compile(r"([0-9]) (?:et (?:demie?|1/2)|and (?:a |1[- ])half)\b"), r"\1 1/2"),
    (re.compile(r"(?<!et )\b(?:1[- ])?demie?[- ]|(?<!and a )\b(?:1[- ])?half[- ](?:of )?(?:an? )?"), "1/2 "),
    (re.compile(r"(?<![\w.,])([0-9]{1,3}) 000(?= ?(?:mg|[µμu]g|mcg|microg))"), r"\g<1>000"),
    (re.compile(_HOURS), lambda found: re.sub(r"[0-9]{1,2}(?! ?h|[0-9])", r"\g<0>h", found[0])),
    (
        re.compile(r"\b(?:en )?(bi|tri|quadri)-?quotidien\w*"),
        lambda found: f"{_QUOTIDIEN[found[1]]} fois par jour",
    ),
    (re.compile(r"(?<=[0-9]/j)(?=x ?[0-9])|(?<=[0-9]cp)(?=[0-9]{1,2} ?(?:x|fois))"), " "),  # "1cpx3/jx28j", "1cp3x/j"
    # "2/4 cp": 2 to 4, since no tablet is parted so
    (re.compile(rf"(?<![\w/.,-])([1-9])/(?![24](?![0-9]))([1-9])(?= ?(?:{TABLETS})\b)"), r"\1 à \2"),
    (re.compile(rf"(?<![\w/.,-])(2)/(4)(?= ?(?:{TABLETS})\b)"), r"\1 à \2"),
    # the form of a tablet, which parts it from its strength: "4 cp sécables 10 mg"
    (re.compile(rf"(?<=[a-zé]) (?:s[ée]cables?|pellicul[ée]s?|s[ée]c\b\.|pellic\b\.?)(?= {NUMBER}| ?[x×,])"), ""),
    (re.compile(rf"(?<=[0-9]) ?(mg|{TABLETS}) journali(?:er|[eè]re)s?\b"), r" \1/j"),
    (re.compile(r"[↑↗⬆]"), " augmenter de "),
    (re.compile(r"[↓↘⬇]"), " diminuer de "),
    (re.compile(rf"(?<![\w.,/+-])(?<!\+ )([0-9]) ?\+ ?(?=1/2 ?(?:{TABLETS})\b)"), r"\1 "),  # "1 + 1/2 cp"
    (re.compile(r"(?<![\w.,/-])[0-9](?:\.[0-9]){2,3}(?![\w/,-]|\.[0-9])"), lambda found: found[0].replace(".", "-")),
    (re.compile(r"\b(?:tt[es]{0,2}|ts|tous|toute) les (?=[0-9]{1,2} ?h)"), "toutes les "),
    (re.compile(r"(?<=[0-9]) ?(?:fs|foi)\b"), " fois"),
    (re.compile(r"(?<=[0-9]cp)(?=[0-9]{1,2} ?h)|\ba (?=[0-9]{1,2} ?h)"), " à "),  # "2cp8h", "1cp a 20h30"
    (re.compile(r"(?:\.{3}|…)[.…]*+"), " "),  # "matin ..... 1 cp"
    (re.compile(r"((?:matin|midi|soir|coucher) ?[:=]? ?)(?:rien|n[ée]ant)\b"), r"\g<1>0 cp"),
    (re.compile(r"\brien (?=(?:(?:le|au|à) )?(?:matin|midi|soir|coucher)\b)"), "0 cp "),
    (re.compile(rf"\brenouvel(?:er|[ée]e?|able)s? ([1-9]) fois(?: max\w{{0,5}})? ?(?={PER_DAY})"), _times_more),
    # "3 fois jour", "60 mg jour", and not "1 cp jours pairs"
    (
        re.compile(
            r"(?<=[0-9]) ?(fois|f|x|mg|cps?) ?(?:jour|jr|/ ?jrs|/ ?jours|j)s?\b"
            r"(?= ?(?:$|[,;.()+|]|pendant|pdt|en |max|si |puis|soit|et |ou ))"
        ),
        r" \1/j",
    ),
    (re.compile(rf"\bentre ({NUMBER}) (?:mg |cp )?et (?={NUMBER} ?(?:mg|{TABLETS}))"), r"\1 à "),
    (re.compile(r"(?<=[a-zé.])(?=½|1/2\b)"), " "),  # "4 cp½"
    (re.compile(r"(?<=[0-9])o(?= ?(?:mg|cp|comprim|[0-9]))"), "0"),  # the letter for the figure: "4O mg", "O,5 cp"
    (re.compile(r"\bo(?=[,.][0-9])"), "0"),
    (re.compile(r"(?<![\w'’])l(?= ?(?:cp|comprim))"), "1"),
    (re.compile(r"\biv(?= ?(?:cp|comprim))"), "4"),
    (re.compile(_EACH_MEAL), _each_meal),
    (re.compile(_MEALS), "aux repas"),
    (re.compile(r"\b(1[0-2]|0?[1-9])(?::([0-5][0-9]))? ?([ap])\.?m\b\.?"), _on_24_hours),
    (re.compile(r"\baux 3 repas(?:,| et|,? \+| puis)? (?:(?:au|le) )?coucher"), "4 fois par jour"),
    # a year: no unit follows
    (
        re.compile(
            rf"(?<![\w.,/+-])(?:19|20)[0-9]{{2}}(?![\w./-]| ?(?:mg|g|[µμu]g|mcg|[x×*]|milli|micro|{TABLETS})\b)"
        ),
        " ",
    ),
    (re.compile(r"\bmax\."), "max"),
    (re.compile(r" total ?\)"), ")"),  # in "1 tablet (10 mg total)" this is no daily dose
    (re.compile(r"\bsoir,? (?:au|avant le) coucher"), "coucher"),
    (_OF_ANOTHER_MEDICINE, ""),
    (re.compile(r"\s+"), " "),
)


# A letter of UTF-8 that was read as Latin: "Ã©" is "é".
_UTF_8_AS_LATIN = re.compile("[\u00c2\u00c3][\u00a0-\u00bf]")


def _as_utf_8(found: re.Match[str]) -> str:
    return found[0].encode("latin-1").decode("utf-8")


def is_too_long(words: str) -> bool:
    """Whether these words are longer than what is read."""
    return len(words) > MOST_CHARACTERS


def plain(words: str) -> str:
    """The words normalised: lower case, numbers in figures, one kind of space and dash, no other medicines."""
    text = unescape(_UTF_8_AS_LATIN.sub(_as_utf_8, words[:MOST_CHARACTERS])).lower()
    for pattern, instead in _PLAINER:
        text = pattern.sub(instead, text)
    return written_out(text)


def number_of(written: str) -> Fraction:
    """`2`, `1,5`, `1/2`, `½`, `1 1/2` and `1½`."""
    parts = written.replace("½", " 1/2").replace(",", ".").split()
    return sum((Fraction(part) for part in parts), Fraction(0))
