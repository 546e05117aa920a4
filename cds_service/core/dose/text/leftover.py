"""Whether words hold a dose, a rhythm or a change that nothing has used up: it is then asked, and never silent."""

import re

from cds_service.core.dose.text.plain_words import NUMBER, TABLETS

_UNIT = (
    rf"(?:{TABLETS}|mg|milligrammes?|g|grammes?|grams?|µg|ml|sachets?|gouttes?|drops?|ampoules?|baclo[a-zè]{{2,6}})\b"
)
_AMOUNT = (
    rf"{NUMBER} ?{_UNIT}|\b(?:dizaine|moiti[ée]|quarts?|demi\w*|double|triple|half|quarter|quelques|plusieurs) ?(?:de |d['’]|of )?"
    rf"(?:la |l['’]|the )?(?:{_UNIT}|dose|prise)|(?:dose|posologie)s? (?:de charge|cible|unitaire)"
)
_DAYS = (
    r"\b(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|(?:mon|tues|wednes|thurs|fri|satur|sun)day|week-?ends?|weekdays?)"
    r"|jours? (?:sur|pairs?|impairs?)|\bj ?/ ?[0-9]|semaine sur|other day|alternate"
)
_RHYTHM = (
    rf"\bfois\b|\btimes\b|\b(?:tous|toutes|ttes|ts) les\b|\bchaque\b|\bevery\b|\beach\b|\bhourly\b|par (?:jour|semaine|mois|heure|prise)\b"
    rf"|\b(?:per|a) (?:day|week|hour|dose)\b|/ ?(?:j|jour|sem|semaine|h|prise|week)\b|{NUMBER} ?prises?\b|prises? (?:unique|de plus)"
    r"|(?:quotidien|journali[eè]r)\w*(?![^.;0-9|]{0,14}\|)|hebdo\w*|weekly|\bonce\b|\bdaily\b|\b[0-9]x\b|[x×] ?[0-9]|\b[0-9]{1,2} ?/ ?[0-9]{1,2} ?/ ?[0-9]"
    rf"|(?:prendre|take) {NUMBER} ?\||[x×] ?/|\bq ?[0-9]|\bq[0-9]?h\b"
)
_MORE = (
    r"suppl[ée]mentaires?|(?<!ne )\ben plus\b|\bde plus\b|\badditional\b|\bextra\b|\bajout\w*|\brajout\w*|\brepren\w+|\brepeat\b"
    r"|de secours"
)
_CHANGE = (
    r"\b(?:augment|diminu|r[ée]dui|r[ée]duct|major(?:er|ez|ation)|minor(?:er|ez|ation)|baiss|descend|mont(?:er|ée)|palier"
    r"|titr(?:er|ez|at)|doubl|tripl|progressi|ajust|d[ée]gress|d[ée]croiss|croissant|sch[ée]ma|sevr|increas|decreas|taper"
    r"|titrat|wean|adjust|reduc|raise|raising)\w*"
    r"|\badapt(?:er|ez|ation)\b|(?:dose|posologie|prise|traitement)s?[^,;.]{0,12}adapt[ée]\w*"
    rf"|(?:jusqu['’ ]{{1,2}}à|up to) (?:la dose de )?{NUMBER} ?{_UNIT}"
    r"|jusqu['’ ]{1,2}(?:à|au) (?:la |une )?(?:dose|posologie|max|tol[ée]r|efficac|obten)"
)
# Another dose on another day. Of several steps the words may speak in this way.
_LATER = (
    r"\b(?:semaine|week|day|jour|j|s) ?[1-9][0-9]?\b|\b(?:apr[eè]s|after) [0-9]|au bout de|\bpass(?:er|ez|age) |par la suite"
    r"|\b(?:deuxi[eè]me|2e|2[èe]me|seconde?|premi[eè]re?|1ere?|first|troisi[eè]me|3e|next) (?:semaine|jour|week|day)"
)
# The drinking is to become less, not the dose.
_NO_DOSE = re.compile(r"(?:diminu|r[ée]dui|aide|help)[^.;,0-9]{0,40}(?:envie|craving|boire|drink)\w*")
_SUSPICIOUS = re.compile("|".join((_AMOUNT, _DAYS, _RHYTHM, _MORE)))
# How an order of some days says its days: it is the daily dose that is judged, not the week.
_ITS_DAYS = re.compile(
    rf"{_DAYS}|(?:[0-9]{{1,2}} ?fois |[0-9]{{1,2}} ?times |once |twice )?(?:par|a|per|/) ?(?:semaine|week|mois|month)\b|\bweekly"
    r"|(?:[0-9]{1,2} ?fois |once )?(?:tous les|every) [0-9]{1,2} (?:jours|days)"
)
_LATER_DOSE = re.compile(_LATER)
_CHANGING = re.compile(_CHANGE)


def holds_more(left: str, *, is_step: bool, some_days: bool) -> bool:
    """Whether what is left of words, without all that was read of them, still holds a dose or a rhythm.

    Of several steps words may speak of another day, of an order of some days they may name them.
    """
    left = _ITS_DAYS.sub("", left) if some_days else left
    return bool(_SUSPICIOUS.search(left)) or (not is_step and bool(_LATER_DOSE.search(left)))


def tells_of_change(text: str) -> bool:
    """Whether words without their harmless clauses tell of another dose to come."""
    return bool(_CHANGING.search(_NO_DOSE.sub("", text)))
