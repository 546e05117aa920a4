"""Whether a number is left of words that nothing has read: it may be the dose, however its unit is written.

The closed list of what numbers count instead of a dose is here.
"""

import re

from cds_service.core.dose.text.plain_words import NUMBER, TABLETS

_LENGTH = (
    r"(?:secondes?|minutes?|mins?|heures?|hours?|jours?|days?|semaines?|sem|weeks?|mois|months?|ans?|years?|j|h)\b"
)
_COUNTED = (
    r"(?:%|°c?|€|euros?|kg|cm|m²|m2|ms|mmol|µmol|ui|iu|g/[ld]|mg/[ld]l?|ml/min|bpm|mm|er|[èe]re|e|i?[èe]me|st|nd|rd|th"
    r"|fois|times|prises?|repas|meals?|renouvellements?|refills?|patients?|verres?|bandelettes?|visites?"
    r"|(?:bis |ter )?,? ?(?:rue|avenue|av|bd|boulevard|place|chemin|all[ée]e|route|quai|impasse))"
)
_NAMED = (
    r"(?:niveau|level|palier|stade|stage|grade|classe|type|score|audit(?:-c)?|cage|cudit|bdi|mmse|dfge?|tfg|cl(?:cr)?"
    r"|imc|hb|plaq(?:uettes)?|tp|k\+|na\+|spo2|sat|fr|fc|albu(?:mine)?|qtc?|eva|edss|ashworth|sc|pictogramme"
    r"|clairance|cr[ée]atinine|ggt|gamma ?gt|cdt|vgm|as[ah]?t|ala?t|tsh|inr|hba1c|poids|taille|[âa]ge|weight"
    r"|t[ée]l|fax|portable|n°|no|num[ée]ro|r[ée]f|r[ée]f[ée]rence|code|cip|ucd|lot|rpps|adeli|finess|ald|article|annexe"
    r"|page|p|exp|p[ée]r|niv|chambre|ch|box|poste|lit|service|bp|op|oad|cedex"
    r"|ordonnance|version|ligne|ann[ée]e|covid|samu"
    r"|semaine|week|jour|day|mois|month)"
)
_SUPPLY = "(?:20|28|30|50|60|84|90|100)"
# A number that counts something else, or that another pattern asks about.
_COUNTS_ELSE = re.compile(
    rf"7 ?j? ?/ ?7\b|24 ?h? ?/ ?24\b|{NUMBER}(?: ?(?:à|-|/|ou|to|or) ?{NUMBER})? ?-?{_LENGTH}"
    rf"|\b{_NAMED}(?: de| du| des| of| ?[:=<>≥≤]| aa,?|[.°(])? ?{NUMBER}(?:[ ./-]?{NUMBER}){{0,8}}"
    rf"|{NUMBER} ?{_COUNTED}(?![a-zé])|[0-9]{{4,}}+(?! ?(?:x|[µμu]g|mcg|microg))"
    # the size of a box behind the form or the box; the number of a page
    rf"|\b(?:{TABLETS})(?: {{1,2}}\|)? {{1,2}}{_SUPPLY}\b|\([0-9]/[0-9]\)"
)
_NUMBER = re.compile(r"(?<!\w)[0-9]|½")
# "un peu", "à un excipient": an article, as a figure.
_ARTICLE = re.compile(r"(?<![\w.,/-])1 (?= ?[a-zé|])")
_ARTICLES = re.compile(r"\b(?:une?|one)\b", re.IGNORECASE)


def holds_a_number(left: str, words: str) -> bool:
    """Whether what is left of these words holds a number that counts nothing known."""
    counted = _COUNTS_ELSE.sub(" ", left)
    articles = len(_ARTICLES.findall(words))
    return bool(_NUMBER.search(_ARTICLE.sub("", counted, count=articles) if articles else counted))
