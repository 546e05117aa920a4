"""The closed list of what words beside a dose may say without saying a dose: it is taken out before they are read.

Phrases are taken out wherever they stand (a duration, a date, a supply, the name of the product). A clause is taken out
whole by what it is about (alcohol, appointments, driving), unless it names an amount.
"""

import re

from cds_service.core.dose.text.plain_words import NUMBER, TABLETS, number_of
from cds_service.core.model.medicine import Medicine

_UNIT_OF_TIME = (
    r"(?:j(?:ours?)?|d(?:ays?)?|sem(?:aines?)?|w(?:ee)?ks?|mois|months?|ans?|years?|h(?:eures?)?|hours?)\b"
)
_MONTH = (
    r"(?:janvier|f[ée]vrier|mars|avril|mai|juin|juillet|ao[uû]t|septembre|octobre|novembre|d[ée]cembre|january|february"
    r"|march|april|may|june|july|august|september|october|november|december)"
)
_DATE = (
    rf"(?:[0-9]{{1,2}}[/.-][0-9]{{1,2}}[/.-](?:[0-9]{{4}}|[0-9]{{2}})\b(?! ?(?:mg|{TABLETS}))|[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}"
    rf"|\b[0-9]{{2}}/[0-9]{{2}}\b(?! ?(?:{TABLETS}))|[0-9]{{1,2}}(?:er)? {_MONTH}(?: [0-9]{{4}})?)"
)
_AT = r"(?: ?,? ?(?:à |at |vers )?[0-9]{1,2} ?(?:h(?:eures?)? ?(?:[0-5][0-9])?|:[0-5][0-9](?::[0-5][0-9])?)\b)?"
_OUR_NAME = r"(?:baclo[a-zè]{2,6}|lior[ée]sal)(?: zentiva)?"
_FORM = rf"(?:{TABLETS})(?:,? (?:pellicul[ée]s?|s[ée]cables?|pellic|s[ée]c|oraux|oral)\b\.?|,? ?\(s[ée]cables?\))*"

# Taken out wherever they stand. A number of tablets in them is a supply.
_PHRASES = (
    rf"^(?:dosage|strength|force) ?: ?{NUMBER} ?mg$",
    r"^(?:forme|form) ?: ?[^0-9]{3,60}$",
    # dates, and hours of a beginning or an end
    rf"(?:\b(?:[àa] (?:partir|compter|d[ée]buter)|d[ée]but\w*|commenc\w+|d[èe]s|du|le|jusqu(?:['’]| )?(?:au|à)?|fin\w*|au|from"
    rf"|until|to|starting|valable|avant|before|on|since|depuis)(?: (?:le|du|de traitement|au|on))*[ :]*){_DATE}{_AT}(?: inclus)?",
    rf"\b{_DATE}{_AT}",
    # supply, boxes and renewals
    rf"\bq\.?s\.?p\.? ?:? ?(?:(?:pour )?{NUMBER} ?{_UNIT_OF_TIME})?",
    rf"\b(?:[àa] renouveler|renouvel\w*|ar|oad|oar|repeat|refills?)\b(?: ?:? ?[x×]? ?{NUMBER} ?(?:fois|x|times)?)?"
    rf"(?: par p[ée]riodes? de {NUMBER} ?{_UNIT_OF_TIME}| pendant {NUMBER} ?{_UNIT_OF_TIME}| tous les (?:{NUMBER} )?mois)*",
    rf"(?:{NUMBER} ?)?\b(?:bo[iî]tes?|bo?tes?|bt|btes?|plaquettes?|blisters?|flacons?|boxe?s?|packs?|bottles?)\b(?:\(s\))?"
    rf"(?: (?:de|of) {NUMBER}(?: ?(?:{TABLETS}))?)?",
    rf"(?:quantit[ée]|qt[ée]|nombre|total|qty|quantity)(?: [àa] d[ée]livrer)? ?:? ?{NUMBER} ?(?:{TABLETS}|bo[iî]tes?)?",
    rf"(?:d[ée]livr\w+|dispens\w+|fournir|supply)(?: en [^,;.0-9]{{1,20}},?)? ?{NUMBER} ?(?:{TABLETS})\b",
    rf"\bsoit {NUMBER} ?(?:{TABLETS}) (?:au total|pour {NUMBER} ?{_UNIT_OF_TIME}|en tout)",
    rf",? {NUMBER} ?(?:{TABLETS})$(?<=0 cp)",
    # what is written behind a dose: the end of a treatment, an hour before or behind
    r"\b(?:puis|then|et) (?:arr[êe]t|stop|consultation|r[ée][ée]valuation)\b(?! (?:progressi|en))",
    rf"(?:à prendre )?{NUMBER} ?(?:minutes?|min|heures?|h|hours?) (?:avant|apr[eè]s|before|after) (?:le |la |les )?[^,;.0-9]{{1,60}}$",
    r"(?:au cours|au milieu|au d[ée]but|[àa] la fin|pendant|en dehors|durant|avec|lors) (?:du|des|de|d['’]1|d['’]un|le|les|un)? ?(?:\w+ )?repas",
    r"(?:with|during|after|before) (?:food|meals?)",
    rf"(?:avec|with|dans) (?:{NUMBER} |un |a )?(?:grand |full )?(?:verres?|glass(?:es)?)(?: d['’]eau| of water)?",
    r"(?:avec|dans|with) (?:de l['’]|un peu d['’]|some )?(?:eau|water)\b",
    r"[àa] la m[êe]me heure(?: (?:chaque jour|tous les jours))?|\btous les (?=(?:matin|midi|soir)s\b)",
    rf"(?:en respectant |[àa] espacer d['’]|espac[ée]e?s? d['’])?(?:au moins )?(?:{NUMBER} )?(?:h|heures?)(?: minimales?| minimum| au moins)? entre"
    rf" (?:les |chaque |{NUMBER} )?prises?",
    r"en (?:cas|fonction) de (?:la |l['’])?(?:douleur|naus[ée]es?)",
    # a number of halves that a tablet has
    r"(?:coup[ée]\w*|divis[ée]\w*|s[ée]cable) en (?:2|1/2|deux)[^,;.0-9]{0,40}",
)
# The product, with its strength and form.
_PRODUCT = re.compile(
    rf"(?:^(?:m[ée]dicament|dci|sp[ée]cialit[ée]) ?: ?)?\b{_OUR_NAME}\b(?: ?\(dci\))?(?:,? ?(?P<mg>{NUMBER}) ?mg\b)?(?:,? {_FORM})?"
    rf"(?=,? ?(?:[:(|-]|$)|(?<=mg) (?:{NUMBER} )?(?:bo[iî]te|[0-9]))"
)
# A duration is kept as one, since it tells steps apart.
_DURATION = re.compile(
    rf"(?:\b(?:pendant|pdt|durant|pour|for|sur)(?: une)?(?: dur[ée]e(?: de)?| traitement)?|dur[ée]e(?: du traitement)?(?: de)? ?:?"
    rf"|(?:traitement|trt) (?:pour|de)) ?(?:{NUMBER} ?(?:à|-|to) ?)?{NUMBER} ?{_UNIT_OF_TIME}(?: de traitement)?"
    rf"|\b{NUMBER} ?{_UNIT_OF_TIME} de traitement"
)
_LASTS = " pendant 1 jours "
_PHRASE = re.compile("|".join(f"(?:{phrase})" for phrase in _PHRASES))

# What a clause is about. A clause about it says nothing of the dose, unless it names an amount.
_SUBJECTS = (
    r"alcool\w*|\bverres?\b|\bvins?\b|bi[eè]res?|boissons?|\bbuv\w+|\bboit\b|consomm\w+|drink\w*|alcohol|cigarettes?|tabac|fumer"
    r"|patchs?\b|\brdv\b|rendez-vous|consult\w*|\brevoir\b|contr[oô]les?|\bvisites?\b|(?<!sous )suivi|appointment|follow[- ]up"
    r"|t[ée]l[ée]consultation|s[ée]ances?|groupes? de|psycho\w*|r[ée]unions?|passages?|(?<!par )(?<!par l['’])\bide\b"
    r"|(?<!par )(?<!par l['’])infirmi[eè]r\w*|kin[ée]\w*|pilulier|semainier|pharmacie\w*|hdj|addicto\w*|csapa|appel\w*|t[ée]l\b"
    r"|(?<!sous )surveill\w*|bilans?|prises? de sang|\becg\b|\bta\b|tension|pression|glyc[ée]mi\w*|cr[ée]at\w*|clairance|\bdfg\b"
    r"|\bpoids\b|\btaille\b|\bimc\b|\bg?gt\b|alco+l[ée]mi\w*|audit|blood|monitor\w*|condui\w+|volant|v[ée]hicul\w*|machines?"
    r"|\boutils?\b|vigilan\w*|somnolen\w*|s[ée]dati\w*|driv\w+|oubli\w*|missed|forg[eo]t\w*|rattrap\w*|d[ée]livr\w+|dispens\w+"
    r"|substitu\w*|g[ée]n[ée]rique|conserv\w+|port[ée]e des enfants|temp[ée]rature|humidit[ée]|p[ée]rim[ée]\w*|rapporter"
    r"|surdosage|ind[ée]sirable|malaise|vomi\w*|crises?|urgences?|\b15\b|3114|suicid\w*|chute|anesth[ée]si\w*|chirurg\w*"
    r"|contracepti\w*|hydratation|\beau\b|\blitres?\b|\bwater\b|r[ée]gime|activit[ée] physique|protection|alimentation|fonction r[ée]nale|grossesse"
    r"|allaitement|ordonnance|imprim[ée]|\bpage\b|rpps|\bdr\b|duplicata|\bn[ée]e? le\b|\b[âa]g[ée]|entourage|allong\w+|debout"
    r"|\bheures? de prise|horaires?|\bald\b|\bphysical|helps? to"
)
_SUBJECT = re.compile(rf"\b(?:{_SUBJECTS})")
# A warning not to change, to exceed or to stop is no change.
_WARNING = re.compile(
    r"\b(?:ne|n['’]|do|don['’]t|never)\b[^,;.]{0,20}\b(?:pas|jamais|rien|not|never)\b[^.;]{0,40}"
    r"\b(?:arr[êe]t\w*|interromp\w*|modifi\w*|augment\w*|chang\w*|doubl\w*|d[ée]pass\w*|compens\w*|stop\w*|exceed\w*|increas\w*)"
    r"|\bne jamais\b|n['’]interrompez|arr[êe]t\w* (?:brutal|doit)|doit (?:toujours )?[êe]tre progressi"
)
_AMOUNT = re.compile(rf"{NUMBER} ?(?:mg|{TABLETS})\b")
_CLAUSES = re.compile(r"([.;!?\n()]+ ?|, ?| - )")
_MARK = " | "


def without_harmless(text: str, medicine: Medicine) -> str:
    """Normalised words without what is on the closed list. What is taken out leaves a mark, so that nothing joins.

    The name of a product with another strength than that of the medicine stays: it may be another tablet.
    """

    def product(found: re.Match[str]) -> str:
        other = found["mg"] and medicine.strength_mg and number_of(found["mg"]) != medicine.strength_mg
        return found[0] if other else _MARK

    shorter = _DURATION.sub(_LASTS, _PHRASE.sub(_MARK, _PRODUCT.sub(product, text)))
    pieces = _CLAUSES.split(shorter)
    return "".join(_MARK if place % 2 == 0 and _is_harmless(piece) else piece for place, piece in enumerate(pieces))


def _is_harmless(clause: str) -> bool:
    about_else = _SUBJECT.search(clause) or _WARNING.search(clause)
    return bool(about_else) and not _AMOUNT.search(clause)
