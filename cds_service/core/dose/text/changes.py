"""Whether words tell that more, less or nothing is to be taken: one place for the whole text and for its clauses.

A verb such as "augmenter" counts unless its object is on a closed list of what else grows or stops
(drinks, alcohol, spasms, other medicines), or it is a warning not to change.
"""

import re

from cds_service.core.dose.text.plain_words import NUMBER, OTHER_MEDICINE, TABLETS

_UNIT = rf"(?:{TABLETS}|mg|milligrammes?|g|grammes?|grams?|[µμu]g|mcg|microgrammes?)\b"
_NOT = (
    r"(?<!ne pas )(?<!ne plus )(?<!jamais )(?<!ne rien )(?<!sans )(?<!ni )(?<!pas d['’])(?<!pas de )(?<!sans d['’])"
    r"(?<!aucune )(?<!avant de )(?<!avant d['’])(?<!do not )(?<!not to )(?<!never )(?<!n['’]t )"
)
# Behind a verb: what is not the dose. The list is closed, so that a word that nobody thought of is asked about.
_OF_SOMETHING_ELSE = (
    r"(?: \w{3,12}ment)?(?: (?:(?:de )?(?:fumer|boire|conduire|travailler|consommer)\b|(?:drinking|smoking)\b"
    r"|(?:(?:de la|de|des|du|le|la|les|sa|son|ses|votre|vos|toutes?|the|your) |(?:de )?[dl]['’])?"
    rf"(?:{OTHER_MEDICINE}|alco|consomm|tabac|cannabis|cigarette|verres?\b|boi[rs]|drink|smok|caf[ée]s?\b|coffee"
    r"|apports?\b|activit|hydrat|risque|effets?\b|surveill|travail\b|contracep|aliment|protection|vigilan|somnolen"
    r"|envie|craving|stress|exposition|horaire|suivi|condui|benzo|antihypert|vitamin|compl[ée]ments? à base|spasm"
    r"|raideur|g[êe]ne\b|sel\b|sucre|l[ée]gume|permis|[ée]tirement|escalier|trottoir|kin[ée]|id[ée]es?\b"
    r"|rythme des (?:rdv|consult)|(?:fr[ée]quence|nombre) des visites)))"
)
_CHANGE = re.compile(
    rf"{_NOT}\b(?:(?:augment|r[ée]augment|diminu|major|minor|baiss|abaiss|doubl|tripl|mont|remont|adapt|ajust|titr"
    r"|intensifi|renforc)(?:er|ez|era|ation)\b|diminution\b|r[ée]dui(?:re|sez|ra)\b|r[ée]ductions?\b"
    r"|(?:re)?descen(?:dre|dez|dra)\b|hausse\b|escalad\w++|d[ée]cro[iî]tre\b|relanc(?:er|ez)\b"
    r"|on (?:coupe|divise|double|triple|augmente|diminue|baisse|monte|descend|titre)\b"
    r"|(?:in|de)crease\b|reduce\b|taper\b|double(?= (?:the|your)))"
    rf"(?! (?:pas|jamais)\b)(?!{_OF_SOMETHING_ELSE})"
)
# The treatment is to end, or is not given.
_ENDING = re.compile(
    rf"{_NOT}(?<!pour )(?<!you )(?<!['’])\b(?:arr[êe]t(?:er|ez)|stop(?:per|pez)?|cess(?:er|ez)|suspen(?:dre|dez|dus?)"
    r"|interromp(?:re|ez|us?)|arr[êe]t(?= {1,2}(?:du (?:traitement|ttt|baclo[a-zè]{2,6}) {1,2})?"
    r"(?:ce|le|sur|pendant|demain|aujourd|imm[ée]diat|d[èe]s|\|)))\b"
    rf"(?! (?:pas|jamais)\b)(?!{_OF_SOMETHING_ELSE})"
    r"|\bne (?:pas|plus) (?:donner|administrer|prendre|delivrer)(?= ?(?:$|[,;.|]))|\bne rien prendre\b(?! de plus)"
    r"|\bfen[eê]tre th[ée]rapeutique|\b(?:mettre|mise|mis) en pause|\bpause th[ée]rapeutique"
    rf"|{_NOT}\b(?:saut|omett)(?:er|ez|re) (?:1 |la |le |les )?(?:doses?|prises?|baclo\w*|\|)"
    r"(?! (?:oubli|manqu))"
    r"|\b(?:doses?|prises?) saut[ée]e|\bsans la prise\b|\bz[ée]ro (?:baclo|\|)|\bs['’]en passer\b"
    r"|\bs['’]arr[êe]te\b|\bderni[eè]re prise (?:le|\|)"
    r"|\b(?:uniquement|seulement) (?:si|apr[eè]s|les jours|en cas)\b(?! (?:le |les )?repas)"
)
# Words of a change in any form, which may also stand in a clause about something else.
_CHANGING = re.compile(
    rf"{_NOT}\b(?:(?:augment|diminu|r[ée]dui|r[ée]duct|major(?:er|ez|ation)|minor(?:er|ez|ation)|baiss|descend"
    r"|mont(?:er|ée)|palier|titr(?:er|ez|at)|doubl|tripl|progressi|ajust|d[ée]gress|d[ée]croiss|croissant|sch[ée]ma|sevr"
    r"|increas|decreas|taper|titrat|wean|adjust|reduc|raise|raising)\w*+"
    rf"|adapt(?:er|ez|ation)\b)(?!{_OF_SOMETHING_ELSE})"
    r"|(?:dose|posologie|prise|traitement)s?[^,;.]{0,12}adapt[ée]\w*"
    r"|\b(?:dose|prise)s? plus (?:forte|faible|[ée]lev|haute|basse)"
    # an end that no dosage orders, and that may be abrupt
    r"|\b(?:puis|ensuite|then) (?:on )?(?:arr[êe]t\w*|stop\w*)\b(?! (?:de |du |d['’])(?:l['’]|la )?(?:alcool|tabac))"
    rf"|(?:jusqu['’ ]{{1,2}}à|up to) (?:la dose de )?{NUMBER} ?{_UNIT}"
    r"|jusqu['’ ]{1,2}(?:à|au) (?:la |une )?(?:dose|posologie|max|tol[ée]r|efficac|obten)"
)
# The drinking is to become less, not the dose; and what may become more or less by itself.
_NO_DOSE = re.compile(
    r"(?:diminu|r[ée]dui|aide|help)[^.;,0-9]{0,40}(?:envie|craving|boire|drink)\w*"
    r"|\b(?:somnolences?|fatigue|naus[ée]es|vertiges|bains trop chauds|effets ind[ée]sirables)[^.;0-9]{0,12}"
    r" (?:peut |peuvent )?(?:augment|diminu|baiss)\w+"
)
# More, less, or so many, without the name of a unit ("2 de plus si crise", "double dose avant le rdv").
_MORE_OR_LESS = re.compile(
    r"\bsuppl[ée]mentaires?\b|\b(?:en|de) plus\b|\bdavantage\b|\bplus si\b|\bmoiti[ée]\b|\ble double\b|\bbolus\b"
    r"|\bvolont[ée]\b|\bautant que\b|\b(?:doubles?|triples?|1/2) (?:dose|prise)|\bprise unique\b|\bseule prise\b"
    r"|\b(?:dose|prise)s? (?:doubl|tripl|divis|r[ée]duit|augment|major)\w{1,4}"
    r"|\b(?:divis|rattrap)(?:er|ez) (?:la |les )?(?:dose|prise)|\brepren(?:dre|ez) (?:[1-9] |la )(?:dose|prise)"
    r"|\bpren(?:dre|ez) (?:[2-9] (?:dose|prise)|1 double)"
    r"|\b(?:pass(?:er|ez|age)|mont(?:er|ez)|descend(?:re|ez)|repris\w?|jusqu['’ ]{1,2}) ?à [0-9½]|\bmax\w{0,6} [0-9]"
    r"|^\W*(?:[0-9]{1,2}(?: ?(?:à|-|ou) ?[0-9]{1,2})?|½|1/2) (?:si\b|en cas|apr[eè]s|avant|par)"
)
_NEGATED = re.compile(r"\b(?:pas|jamais|rien|aucune?|sans|not|never|no)\b")
# Of a dose that was forgotten it is right.
_SKIPPED = re.compile(r"\bsaut(?:er|ez) (?:cette |la )?(?:dose|prise)\b")


def tells_of_change(text: str) -> bool:
    """Whether words without their harmless clauses tell of another dose to come, or of an end."""
    text = _NO_DOSE.sub("", _without_skipped(text))
    return any(pattern.search(text) for pattern in (_CHANGING, _CHANGE, _ENDING))


def changes_whatever_else(clause: str) -> bool:
    """Whether a clause, whatever it is about, orders a change ("augmenter si malaise", "2 de plus avant le rdv")."""
    clause = _NO_DOSE.sub("", _without_skipped(clause))
    if _CHANGE.search(clause) or _ENDING.search(clause):
        return True
    return bool(_MORE_OR_LESS.search(clause)) and not _NEGATED.search(clause)


def _without_skipped(text: str) -> str:
    return _SKIPPED.sub("", text) if "oubli" in text else text
