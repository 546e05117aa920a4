"""The closed list of what words beside a dose may say without saying a dose: it is taken out before they are read.

Phrases are taken out wherever they stand (a date, a supply, the name of the product). A clause is taken out whole by
what it is about (alcohol, appointments, driving), unless it names an amount or says how to take something.
"""

import re

from cds_service.core.dose.text.changes import changes_whatever_else
from cds_service.core.dose.text.patterns import MOMENT
from cds_service.core.dose.text.plain_words import NUMBER, OTHER_MEDICINE, TABLETS, number_of
from cds_service.core.model.medicine import Medicine

_TIME = r"(?:j(?:ours?)?|d(?:ays?)?|sem(?:aines?)?|w(?:ee)?ks?|mois|months?|ans?|years?|h(?:eures?)?|hours?)\b"
_MONTH = (
    r"(?:janvier|f[ée]vrier|mars|avril|mai|juin|juillet|ao[uû]t|septembre|octobre|novembre|d[ée]cembre|january|february"
    r"|march|april|may|june|july|august|september|october|november|december)"
)
_DAY, _MONTH_NUMBER = r"(?:0?[1-9]|[12][0-9]|3[01])", r"(?:0?[1-9]|1[0-2])"
_INTAKE = r"(?:[0-9]{1,2}|½|1/2)"
# A number before these is a dose: "renouvellement : 4 cp x 3/j", "à renouveler 4-4-4", "renouveler 3 matin".
_NO_INTAKE = rf" ?+(?!mg|g\b|(?:{TABLETS})\b|[-+/,.]? ?[0-9½]|(?:le |au |à )?(?:{MOMENT})\b)"
_NO_AMOUNT = rf"\b(?!/| ?(?:mg|{TABLETS})\b)"
_DAY_MONTH = (
    rf"(?<![0-9]/)\b(?=[0-9]{{2}}/[0-9]{{2}}\b){_DAY}/{_MONTH_NUMBER}{_NO_AMOUNT}"
    rf"|[0-9]{{1,2}}(?:er)? {_MONTH}(?: [0-9]{{4}})?"
)
# Two figures for the year only between strokes, or behind "le", "du", "jusqu'au", or where they can be no dose:
# "20-20-20" may be one, "12-05-22" is none.
_NO_DOSE = r"(?!(?:[0-9]?[05]-){2}[0-9]?[05]\b)"
_DATE = (
    rf"(?:{_DAY}[/.]{_MONTH_NUMBER}[/.][0-9]{{2}}(?:[0-9]{{2}})?{_NO_AMOUNT}"
    r"|[0-9]{1,2}-[0-9]{1,2}-[0-9]{4}\b"
    rf"|{_NO_DOSE}{_DAY}-(?:0[1-9]|1[0-2])-(?:1[2-9]|[2-4][0-9]){_NO_AMOUNT}(?!-)"
    rf"|[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}|{_DAY_MONTH})"
)
_SAID_DATE = rf"(?:{_DATE}|[0-9]{{1,2}}-[0-9]{{1,2}}-[0-9]{{2}}\b)"
_CLOCK = r"[0-9]{1,2} ?(?:h(?:eures?)? ?(?:[0-5][0-9])?|:[0-5][0-9](?::[0-5][0-9])?)\b"
# One hour beside a date is a beginning or an end; several are intakes.
_AT = rf"(?: ?,? ?(?:à |at |vers )?{_CLOCK}(?! ?(?:,|-|/|et|and) ?(?:à |at )?[0-9]{{1,2}} ?[h:]))?"
_FROM_OR_TO = (
    r"\b(?:[àa] (?:partir|compter|d[ée]buter)|date|d[ée]but\w*|commenc\w+|d[èe]s|du|le|jusqu(?:['’]| )?(?:au|à)?"
    r"|fin\w*|au|from|until|to|starting|valable|avant|before|on|since|depuis)"
    r"(?: (?:le|du|de traitement|au|on)){0,2}[ :]{0,3}"
)
_OUR_NAME = r"(?:baclo[a-zè]{2,6}|lior[ée]sal)(?: zentiva)?"
_FORM = rf"(?:{TABLETS})(?:,? (?:pellicul[ée]s?|s[ée]cables?|pellic|s[ée]c|oraux|oral)\b\.?|,? ?\(s[ée]cables?\))*"
_BOX = r"(?:bo[iî]tes?|bts?|btes?|plaquettes?|blisters?|flacons?|boxe?s?|packs?|bottles?)"

# Taken out wherever they stand. A number of tablets in them is a supply.
_PHRASES = {
    "the strength": rf"^(?:dosage|strength|force) ?: ?{NUMBER} ?mg$|^(?:forme|form) ?: ?[^0-9]{{3,60}}$",
    "dates, and hours of a beginning or an end": (
        # "10/10/20" alone is three intakes
        rf"(?:{_FROM_OR_TO}{_SAID_DATE}|(?!(?:\A|(?<=: ))(?:[0-9][05]/){{2}}[0-9][05]\Z)\b{_DATE}){_AT}"
        r"(?: inclus)?"
    ),
    "codes, and places in a text": (
        r"\b[a-z][0-9]{2}[a-z]{2}[0-9]{2}\b|\b(?:n° ?)?am ?:? ?(?=[0-9][0-9 ]{7,12})[0-9 ]+"
        r"|(?:\b(?:rcp|art(?:icle)?\.?|rubrique|section|chapitre)|§)(?: ?§)? ?[0-9]{1,2}(?:[.-][0-9]{1,2}){1,3}"
        rf"(?! ?(?:mg|{TABLETS})\b|[0-9])|\bcf\.? [0-9]\.[0-9]{{1,2}}(?! ?(?:mg|{TABLETS})\b|[.0-9])"
        r"|\bv ?[0-9]{1,2}(?:\.[0-9]{1,3}){1,3}"
    ),
    "telephone numbers": r"(?<![0-9])(?:\+33 ?|0)[1-9](?:[ .-]?[0-9]{2}){4}(?![0-9])",
    "how long the supply lasts": rf"\bq\.?s\.?p\.? ?:? ?(?:(?:pour )?{NUMBER} ?{_TIME})?",
    "renewals": (
        rf"\b(?:[àa] renouveler|renouvel\w*|ar|oad|oar|refills?)\b"
        rf"(?: ?:? ?[x×]? ?{NUMBER}{_NO_INTAKE}(?:fois|x|times)?)?"
        rf"(?: par p[ée]riodes? de {NUMBER} ?{_TIME}| pendant {NUMBER} ?{_TIME}| tous les (?:{NUMBER} )?mois)*"
        rf"|\brepeat ?[x×] ?{NUMBER}"
    ),
    "boxes": (
        rf"(?:{NUMBER} ?)?\b{_BOX}\b(?:\(s\))?(?: (?:de|of) {NUMBER}(?: ?(?:{TABLETS}))?)?"
        r"(?: par (?:semaine|mois))?"
    ),
    "the quantity": (
        rf"(?:quantit[ée]|qt[ée]|qty|quantity)(?: [àa] d[ée]livrer)? ?:? ?{NUMBER} ?(?:{TABLETS}|bo[iî]tes?)?"
        rf"|\b(?:d[ée]livr\w{{1,8}}|dispens\w{{1,8}}|fournir|supply)(?: en 1 fois,?)? ?{NUMBER} ?(?:{TABLETS})\b"
        rf"|\bsoit {NUMBER} ?(?:{TABLETS}) (?:au total(?! ?(?:par|/) ?j)|pour {NUMBER} ?{_TIME})"
    ),
    "the end of the treatment": (
        r"\b(?:(?:puis|then|et) (?:consultation|r[ée][ée]valuation)|et (?:arr[êe]t|stop))\b(?! (?:progressi|en))"
    ),
    "so long before or after something": (
        rf"(?:à prendre )?{NUMBER} ?(?:minutes?|min|heures?|h|hours?) (?:avant|apr[eè]s|before|after)"
        r" (?:le |la |les )?[^,;.0-9]{1,60}$"
    ),
    "meals and water": (
        r"(?:au cours|au milieu|au d[ée]but|[àa] la fin|pendant|en dehors|durant|avec|lors)"
        r" (?:du|des|de|d['’]1|d['’]un|le|les|un)? ?(?:\w+ )?repas"
        r"|(?<!aux )\b[1-5] repas ?(?:par jour|/ ?j(?:our)?)\b"
        r"|(?:with|during|after|before) (?:food|meals?)"
        rf"|(?:avec|with|dans) (?:{NUMBER} |un |a )?(?:grand |full )?(?:verres?|glass(?:es)?)(?: d['’]eau| of water)?"
        r"|(?:avec|dans|with) (?:de l['’]|un peu d['’]|some )?(?:eau|water)\b"
    ),
    "the same hour, the hours between": (
        r"[àa] la m[êe]me heure(?: (?:chaque jour|tous les jours))?|\btous les (?=(?:matin|midi|soir)s\b)"
        rf"|(?:en respectant |(?:[àa] )?espac[ée]\w* d['’])?(?:au moins )?(?:{NUMBER} )?(?:h|heures?)"
        rf"(?: minimales?| minimum| au moins)? entre (?:les |chaque |{NUMBER} )?prises?"
    ),
    "until when in the day": (
        rf"derni[eè]re (?:prise|dose) (?:au plus tard )?(?:à|avant|vers) {_CLOCK}|last dose (?:at|before) {_CLOCK}"
    ),
    "why it is taken": r"en (?:cas|fonction) de (?:la |l['’])?(?:douleur|naus[ée]es?)",
    "no change, and why there is none": (
        r"\b(?:pas|aucune?|sans) (?:d['’]|de )?(?:arr[êe]t|adaptation|modification|changement)\b"
        r"|\b(?:risques?|syndromes?|signes?|sympt[ôo]mes?) d[eu] sevrage\b"
    ),
    "the halves that a tablet has": (
        r"\b(?:coup[ée]\w{0,3}|divis[ée]\w{0,3}|s[ée]cable) en (?:2|1/2|deux)[^,;.0-9]{0,40}"
    ),
}
_PHRASE = re.compile("|".join(f"(?:{phrase})" for phrase in _PHRASES.values()))
# The product, with its strength and form.
_PRODUCT = re.compile(
    rf"(?:^(?:m[ée]dicament|dci|sp[ée]cialit[ée]) ?: ?)?\b{_OUR_NAME}\b(?: ?\(dci\))?"
    rf"(?:,? ?(?P<mg>{NUMBER})(?: ?mg\b|(?= ?:)))?"
    rf"(?:,? {_FORM})?(?=,? ?(?:[:(|-]|$)|(?<=mg) (?:{NUMBER} )?(?:bo[iî]te|[0-9]))"
)
# A duration is kept as one, since it tells steps apart.
_DURATION = re.compile(
    r"(?:\b(?:pendant|pdt|durant|pour|for|sur)(?: une)?(?: dur[ée]e(?: de)?| traitement)?"
    r"|dur[ée]e(?: du traitement)?(?: de)? ?:?|(?:traitement|trt) (?:pour|de))"
    rf" ?(?:{NUMBER} ?(?:à|-|to) ?)?{NUMBER} ?{_TIME}(?: de traitement)?|\b{NUMBER} ?{_TIME} de traitement"
)
_LASTS = " pendant 1 jours "

# What a clause is about. These have a rhythm of their own.
_WITH_RHYTHM = {
    "drinking and smoking": (
        r"alcool\w*|\bverres?\b|\bvins?\b|bi[eè]res?|boissons?|\bbuv\w+|\bboit\b|consomm\w+|drink\w*|alcohol"
        r"|\bbouteilles?\b|cigarettes?|tabac|fumer|patchs?\b|\beau\b|\blitres?\b|\bwater\b|alimentation|r[ée]gime"
    ),
    "visits": (
        r"\brdv\b|rendez-vous|consult\w*|\brevoir\b|contr[oô]les?|\bvisites?\b|(?<!sous )suivi|appointment"
        r"|follow[- ]up"
        r"|t[ée]l[ée]consultation|s[ée]ances?|groupes? de|psycho\w*|r[ée]unions?|passages?|kin[ée]\w*|hdj|addicto\w*"
        r"|csapa|appel\w*|(?<!par )(?<!par l['’])\bide\b|(?<!par )(?<!par l['’])infirmi[eè]r\w*"
    ),
    "monitoring": (
        r"(?<!sous )surveill\w*|bilans?|prises? de sang|\becg\b|\bta\b|tension|pression|glyc[ée]mi\w*|cr[ée]at\w*"
        r"|clairance|\bdfge?\b|[ée]thylom\w*|\bpoids\b|\btaille\b|\bimc\b|alco+l[ée]mi\w*|blood|monitor\w*"
    ),
    "supply": r"pilulier|semainier|pharmacie\w*|d[ée]livr\w+|dispens\w+|substitu\w*|g[ée]n[ée]rique|ordonnance",
}
_WITHOUT_RHYTHM = {
    "driving": r"condui\w+|volant|v[ée]hicul\w*|machines?|\boutils?\b|vigilan\w*|somnolen\w*|s[ée]dati\w*|driv\w+",
    "missed doses": r"oubli\w*|missed|forg[eo]t\w*|rattrap\w*",
    "keeping": r"conserv\w+|port[ée]e des enfants|temp[ée]rature|humidit[ée]|p[ée]rim[ée]\w*|rapporter",
    "emergencies": (
        r"surdosage|ind[ée]sirable|malaise|vomi\w*|crises?|urgences?|\bsamu\b"
        r"|(?:centre|compos\w+|faire) (?:le )?15\b|3114|suicid\w*|chute|anesth[ée]si\w*"
        r"|chirurg\w*"
    ),
    "what may be adapted and is no dose": (
        r"contracepti\w*|hydratation|activit[ée] physique|protection|fonction r[ée]nale|grossesse|allaitement"
    ),
    "who, and when": (
        r"imprim[ée]|\bpage\b|rpps|\bdr\b|t[ée]l\b|duplicata|\bn[ée]e? le\b|\b[âa]g[ée]|entourage|allong\w+|debout"
        r"|\bheures? de prise|horaires?|\bald\b|helps? to"
    ),
}
_SUBJECT_WITH_RHYTHM, _SUBJECT = (
    re.compile("|".join(rf"\b(?:{subject})" for subject in subjects.values()))
    for subjects in (_WITH_RHYTHM, _WITHOUT_RHYTHM)
)
# Of these a clause may be that also names a dose.
NO_DOSE = "(?:" + "|".join([*list(_WITH_RHYTHM.values())[1:], *_WITHOUT_RHYTHM.values()]) + ")"
# A warning not to change, to exceed or to stop is no change.
_WARNING = re.compile(
    r"\b(?:ne|n['’]|do|don['’]t|never)\b[^,;.]{0,20}\b(?:pas|jamais|rien|not|never)\b[^.;]{0,40}\b(?:arr[êe]t\w*"
    r"|interromp\w*|modifi\w*|augment\w*|diminu\w*|r[ée]dui\w*|baiss\w*|adapt\w*|saut\w*|chang\w*|doubl\w*"
    r"|d[ée]pass\w*|compens\w*|repren\w*|stop\w*|exceed\w*|increas\w*)"
    r"|\bne jamais\b|n['’](?:interrompez|arr[êe]tez)|\bne (?:stoppez|suspendez) (?:pas|jamais)"
    r"|\barr[êe]t\w{0,8} (?:brutal|brusque|doit)|doit (?:toujours )?[êe]tre progressi"
)
_AMOUNT = re.compile(
    rf"{NUMBER} ?(?:mg|{TABLETS})\b|(?<![\w/.-]){_INTAKE}(?: ?- ?{_INTAKE}){{2,3}}(?![\w/-])"
    rf"|(?<!le )(?<![\w/.,-]){_INTAKE} (?:le )?(?:{MOMENT})\b|\b(?:{MOMENT}) ?[:=]? ?{_INTAKE}(?=\s|$)"
)
_RHYTHM = re.compile(
    r"[0-9] ?(?:fois|x|times?)\b|[2-9] ?prises\b|par jour|/ ?j\b|\b(?:toutes|tous|every|daily|quotidien)"
)
_BEGINS_WITH_RHYTHM = re.compile(r"\W*(?:[0-9]{1,2} ?(?:fois|x|times?|prises)\b|(?:toutes les|every) [0-9])")
_TAKING = re.compile(r"\b(?:prendre|prenez|prises?(?! de sang)|avaler|administr\w+|take|swallow)\b")
_CLAUSES = re.compile(r"((?:\.(?![0-9])|[;!?\n()])+ ?|,(?![0-9]) ?| - )")
_TAKES_ANOTHER_MEDICINE = re.compile(
    rf"\b(?:prend|sous|trait[ée]e?|aussi|d[ée]j[àa]|takes|taking)\b.{{0,30}}{OTHER_MEDICINE}"
)
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
    """Whether a clause is about something else, with no amount, no change, and not how often to take something."""
    if _AMOUNT.search(clause) or changes_whatever_else(clause):
        return False
    often = _RHYTHM.search(clause)
    if often and (_TAKING.search(clause) or _BEGINS_WITH_RHYTHM.match(clause)):
        return False
    about_else = _SUBJECT.search(clause) or _WARNING.search(clause) or _TAKES_ANOTHER_MEDICINE.search(clause)
    return bool(_SUBJECT_WITH_RHYTHM.search(clause) or (about_else and not often))
