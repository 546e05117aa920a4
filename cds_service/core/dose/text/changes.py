"""Whether words tell that more, less or nothing is to be taken: one place for the whole text and for its clauses.

A verb such as "augmenter" counts where its object is the dose, or where it has none; what else grows
or stops (drinks, alcohol, spasms, other medicines) is no change, nor is a warning not to change.
"""

import re

from cds_service.core.dose.text.plain_words import NUMBER, OTHER_MEDICINE, TABLETS

_UNIT = rf"(?:{TABLETS}|mg|milligrammes?|g|grammes?|grams?|[µμu]g|mcg|microgrammes?)\b"
# What may follow a verb, and be the dose or its time or measure.
_DOSE = (
    r"(?:doses?|posologies?|prises?|traitements?|ttt?s?|m[ée]dicaments?|mol[ée]cules?|baclo|lior|quantit|nombre|tout"
    r"|totalit|ensemble|paliers?|matin|midi|soir|coucher|nuit|semaines?|mois|jours?|lendemain|lundi|mardi|mercredi|jeudi"
    r"|vendredi|samedi|dimanche|moiti|tiers|quart|fa[cç]on|mani[eè]re|temps|nouveau|suite|moins|plus"
    rf"|{TABLETS}|[0-9½|])"
)
_NOT = (
    r"(?<!pas )(?<!plus )(?<!jamais )(?<!rien )(?<!sans )(?<!ni )(?<!pas d['’])(?<!pas de )(?<!sans d['’])"
    r"(?<!aucune )(?<!avant de )(?<!avant d['’])(?<!not )(?<!never )(?<!n['’]t )(?<!you )(?<!peut )(?<!peuvent )"
)
# Behind a verb: something that is not the dose.
_OF_SOMETHING_ELSE = (
    r"(?: \w{3,12}ment)?(?: (?:(?:de )?(?:fumer|boire|conduire|travailler|consommer)\b"
    rf"|(?:de |du |le |la |les |[dl]['’])?(?:{OTHER_MEDICINE}|alcool|tabac|cannabis|travail\b|benzo)"
    r"|(?:drinking|smoking|alcohol|coffee)\b"
    r"|(?:(?:le|les|du|des|de|de la|la|sa|son|ses|votre|vos|toutes?|cette|cet?|the|your) |(?:de )?[dl]['’])"
    rf"(?!(?:la |votre |vos )?{_DOSE})))"
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
    rf"{_NOT}(?<!pour )(?<!['’])\b(?:arr[êe]t(?:er|ez)|stop(?:per|pez)?|cess(?:er|ez)|suspen(?:dre|dez|dus?)"
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
    r"|increas|decreas|taper|titrat|wean|adjust|reduc|raise|raising)(?!\w{0,6}ent\b)\w*+"
    rf"|adapt(?:er|ez|ation)\b)(?!{_OF_SOMETHING_ELSE})"
    r"|(?:dose|posologie|prise|traitement)s?[^,;.]{0,12}adapt[ée]\w*"
    r"|\b(?:dose|prise)s? plus (?:forte|faible|[ée]lev|haute|basse)"
    # an end that no dosage orders, and that may be abrupt
    r"|\b(?:puis|ensuite|then) (?:on )?(?:arr[êe]t\w*|stop\w*)\b(?! (?:de |du |d['’])(?:l['’]|la )?(?:alcool|tabac))"
    rf"|(?:jusqu['’ ]{{1,2}}à|up to) (?:la dose de )?{NUMBER} ?{_UNIT}"
    r"|jusqu['’ ]{1,2}(?:à|au) (?:la |une )?(?:dose|posologie|max|tol[ée]r|efficac|obten)"
)
# The drinking is to become less, not the dose.
_NO_DOSE = re.compile(r"(?:diminu|r[ée]dui|aide|help)[^.;,0-9]{0,40}(?:envie|craving|boire|drink)\w*")
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
    text = _without_skipped(text)
    return bool(_CHANGING.search(_NO_DOSE.sub("", text)) or _CHANGE.search(text) or _ENDING.search(text))


def changes_whatever_else(clause: str) -> bool:
    """Whether a clause, whatever it is about, orders a change ("augmenter si malaise", "2 de plus avant le rdv")."""
    clause = _without_skipped(clause)
    if _CHANGE.search(clause) or _ENDING.search(clause):
        return True
    return bool(_MORE_OR_LESS.search(clause)) and not _NEGATED.search(clause)


def _without_skipped(text: str) -> str:
    return _SKIPPED.sub("", text) if "oubli" in text else text
