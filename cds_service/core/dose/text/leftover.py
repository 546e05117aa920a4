"""Whether words hold a dose, a rhythm or a change that nothing has used up: it is then asked, and never silent."""

import re

from cds_service.core.dose.text.changes import tells_of_change
from cds_service.core.dose.text.plain_words import NUMBER, TABLETS

_UNIT = (
    rf"(?:{TABLETS}|mg|milligrammes?|g|grammes?|grams?|[µμu]g|mcg|microgrammes?|ml|sachets?|gouttes?|drops?"
    r"|ampoules?|baclo[a-zè]{2,6})\b(?! ?/ ?d?l\b)"
)
_DAYS = (
    r"\b(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|(?:mon|tues|wednes|thurs|fri|satur|sun)day|week-?ends?"
    r"|weekdays?)|jours? (?:sur|pairs?|impairs?)|\bj(?:ours?)? ?/ ?[0-9]|semaine sur|other day|alternate"
    r"|\b(?:lun|mar|mer|jeu|ven|sam|dim)[ ,./-]{1,3}(?:lun|mar|mer|jeu|ven|sam|dim)\b"
    r"|\b(?:mon|tue|wed|thu|fri|sat|sun)[ ,./-]{1,3}(?:mon|tue|wed|thu|fri|sat|sun)\b"
)
_HELD = {
    "an amount": (
        rf"{NUMBER} ?{_UNIT}|(?:dose|posologie)s? (?:de charge|cible|unitaire)"
        r"|\b1/2\b|\bmoiti[ée]s?\b|\btiers\b|\bminimum\b|^\W*\+ ?\|"
        # shorthand for tablets and moments: "2 c", "2M 2Mi 2S", "M : 1"
        r"|\b[0-9]{1,2} ?(?:c|co|m|mi|s)\b|\b(?:c|co|m|mi|s) ?[:=] ?[0-9]{1,2}\b"
        r"|\b(?:dizaine|quarts?|demi\w*|double|triple|half|quarter|quelques|plusieurs) ?(?:de |d['’]|of )?"
        rf"(?:la |l['’]|the )?(?:{_UNIT}|dose|prise)|(?:prendre|take) {NUMBER} ?\|"
    ),
    "days": _DAYS,
    "a number of times": (
        rf"\bfois\b|\btimes\b|{NUMBER} ?prises?\b|prises? (?:unique|de plus)|\bonce\b|\b[0-9]x\b|[x×] ?[/0-9]"
    ),
    "a rhythm": (
        r"\b(?:[01]?[0-9]|2[0-3]) ?h(?:[0-5][0-9])?\b|"
        r"\b(?:tous|toutes|ttes|ts) les\b|\bchaque\b|\bevery\b|\beach\b|\bhourly\b|\bq ?[0-9]"
        r"|par (?:jour|semaine|mois|heure|prise)\b|\b(?:per|a) (?:day|week|hour|dose)\b"
        r"|/ ?(?:j|jour|sem|semaine|h|prise|week)\b|hebdo\w*|weekly|\bdaily\b"
        r"|(?:quotidien|journali[eè]r)\w*(?![^.;0-9|]{0,14}\|)|\b[0-9]{1,2} ?/ ?[0-9]{1,2} ?/ ?[0-9]"
    ),
    "more": (
        r"\bcompl[ée]t(?:er|ez) par \||"
        r"suppl[ée]mentaires?|(?<!ne )\ben plus\b|\bde plus\b|\badditional\b|\bextra\b|\bajout\w*|\brajout\w*"
        r"|\brepren\w+|\brepeat\b|de secours"
        # no upper end
        r"|\b(?:et|ou|voire|and|or) (?:plus|more|davantage)\b(?! tard)|\b(?:plus|davantage|more) (?:si|if|en cas)\b"
        r"|\bau moins ?\||\bat least ?\||\bdoses? libres?\b|\bà volont[ée]|\bad lib\w*"
        r"|\bautant (?:que|de fois)\b|\bas much as\b"
        r"|\bsans (?:limite|maximum|plafond)\b|\billimit[ée]\w*|\bno (?:limit|maximum)\b"
    ),
}
_SUSPICIOUS = re.compile("|".join(_HELD.values()))
# Another dose on another day. Of several steps the words may speak in this way.
_LATER_DOSE = re.compile(
    r"\b(?:semaine|week|day|jour|j|s) ?[1-9][0-9]?\b|\b(?:apr[eè]s|after) [0-9]|au bout d|\bpass(?:er|ez|age) "
    r"|par la suite|\b(?:premi[eè]re?|1ere?|deuxi[eè]me|2e|2[èe]me|seconde?|troisi[eè]me|3e|first|next)"
    r" (?:semaine|jour|week|day)"
)
# How an order of some days says its days: it is the daily dose that is judged, not the week.
_ITS_DAYS = re.compile(
    rf"{_DAYS}|(?:[0-9]{{1,2}} ?(?:fois|times) |once |twice )?(?:par|a|per|/) ?(?:semaine|week|mois|month)\b|\bweekly"
    r"|(?:[0-9]{1,2} ?fois |once )?(?:tous les|every) [0-9]{1,2} (?:jours|days)"
)
# What says again that a dose of a day is for each day, or keeps its intakes apart.
_SAID_AGAIN = re.compile(
    rf"\b(?:tous les jours|chaque (?:jour|fois)|every day)\b(?! ?[0-9])"
    rf"|\bprises espac[ée]es d(?:e |['’])(?:au moins )?{NUMBER} ?h\w*"
)


def holds_more(left: str, *, is_step: bool, some_days: bool, has_day: bool) -> bool:
    """Whether what is left of words, without all that was read of them, still holds a dose or a rhythm.

    Of several steps words may speak of another day, of an order of some days they may name them. Words that give
    the dose of a day (`has_day`) may say that it is for every day.
    """
    left = _SAID_AGAIN.sub("", left) if has_day and not some_days else left
    left = _ITS_DAYS.sub("", left) if some_days else left
    return bool(_SUSPICIOUS.search(left)) or (not is_step and bool(_LATER_DOSE.search(left)))


# Of a treatment, and not of drinking, smoking or work.
_OF_A_DOSE = re.compile(
    r"\b(?:doses?|posologies?|derni[eè]re prise)\b|\b(?:arr[êe]t\w*|stop\w*|interromp\w*|interruption|suspen\w*)\b"
    r"(?! (?:de |du |d['’])?(?:l['’]|la |le )?(?:alcool|tabac|travail|cannabis|boire|fumer|drinking|smoking))"
)


def speaks_of_a_dose(text: str) -> bool:
    """Whether plain words speak of a dose, or of the end of a treatment, even without a number."""
    return bool(_OF_A_DOSE.search(text)) or tells_of_change(text)
