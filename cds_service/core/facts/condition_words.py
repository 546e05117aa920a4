"""Finds the disorders that the words of a coded Condition name, for codes that are in no list of theirs.

SNOMED CT has thousands of codes for a seizure or a depression, and the lists name some hundreds; a doctor writes
"sevrage avec convulsions" under F10.2. Words are no proof: a disorder named only in words makes its fact unknown, not
known. The words are never copied into a card.
"""

import re
from unicodedata import normalize

from cds_service.core.record.terminology import ListName


def _any_of(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


# A code list, and the words that speak of it.
_SPEAK_OF = {
    ListName.SEIZURE: _any_of(r"[eé]pilep", "seizure", "convuls", "comitial", r"(?:grand|petit) mal\b"),
    ListName.PSYCHIATRIC_DISORDER: _any_of(
        r"schizo", r"psychos[ei]s?\b", "psychoti", "bipol", r"\bmani(?:a|e\b|c)", "hypoman", r"d[eé]pressi"
    ),
    ListName.SUICIDALITY: _any_of(
        r"suicid",
        r"self[- ]?(?:harm|injur|inflict|mutilat|poison)",
        r"auto-?(?:mutil|agress|inflig|intoxic)|autolys",
        r"\bintentional\b.{0,60}(?:overdose|poisoning)|intoxication.{0,60}\bvolontaire",
    ),
    ListName.DIALYSIS: _any_of(r"dialys"),
    ListName.SEVERE_KIDNEY_FAILURE: _any_of(
        r"insuffisance r[eé]nale[\w ]{0,30}\b(?:terminal|s[eé]v[eè]re|aigu|stade (?:4|5|iv|v)\b)",
        r"\b(?:end[- ]stage|acute) (?:renal|kidney)",
        r"(?:kidney disease|\bckd|maladie r[eé]nale chronique|\birc)\W{0,3}(?:stage|stade) (?:4|5|iv|v)\b",
    ),
    ListName.PREGNANCY: _any_of(r"\bgrossesse|\benceinte\b|\bpregnan"),
    ListName.BREAST_FEEDING: _any_of(r"\ballait|breast[- ]?feed|\blactating"),
}

# A part of every word above, in lower case and without accents: most conditions have none of them, and a record has
# hundreds of conditions.
_PARTS = (
    "pilep", "seizure", "convuls", "comitial", " mal", "schizo", "psychos", "psychot", "bipol", "mani", "hypoman",
    "press", "suicid", "self", "auto", "intentional", "volontaire", "dialys", "nale", "renal", "kidney", "ckd", "irc",
    "grossesse", "enceinte", "pregnan", "allait", "feed", "lactating",
)  # fmt: skip

# The whole entry is about a relative, or says that there is no disorder.
_OF_NOBODY = re.compile(
    r"\W*(?:family (?:history|member)|fh\b|no (?:history|evidence|known|suicid)|denies"
    r"|never\b|not\b|ant[eé]c[eé]dents? famili|atcd famili|pas d|sans ant|aucun|absence d['’])",
    re.IGNORECASE,
)

_A_SUBSTANCE = r"(?:alcohol|ethanol|drug|substance|opioid|cannab|cocaine|amphet|metham|hallucinog|sedativ|stimulant)"

# Phrases that use these words for something else. Substance-induced disorders do not count as a psychiatric
# history here: nearly every patient would have one.
_FALSE_FRIENDS = _any_of(
    r"anti[- ]?(?:convuls|[eé]pilep|psychoti|d[eé]pressi)\w*|immuno-?d[eé]pressi\w*|d[eé]pression immunitaire",
    r"\bst\b[- )(]{0,3}(?:segment )?d[eé]pression|d[eé]pression (?:of|de|du) (?:bone )?(?:marrow|st\b)",
    r"bipol\w{1,20} (?:hip|prosth|hemi|electrode|lead|coag|caut)\w*",
    r"(?:proth[eè]se|coagulation|[eé]lectrode|sonde)[\w ]{0,20} bipolaire",
    r"(?:depression|suicide?)[- ](?:screen|risk assess|prevention)\w*|low (?:suicide risk|risk (?:for|of) suicide)",
    r"risque suicidaire (?:faible|absent|: non)",
    r"(?:febrile|dissociative|psychogenic|functional|non-?epileptic) (?:seizure|convuls)\w*",
    r"(?:convulsions?|crises?)(?: convulsives?)? (?:f[eé]brile|dissociative|fonctionnelle|psychog[eè]ne)\w*",
    r"crises? non [eé]pileptiques?|pseudo-?seizure\w*|convulsive syncope|syncope convulsi\w+",
    r"(?:respiratory|marrow|segment|myocardial|immune|nervous system) depression",
    r"d[eé]pression (?:respiratoire|m[eé]dullaire|du segment|du syst[eè]me nerveux)",
    r"(?:alcohol|drug|substance)[- ]induced (?:psycho|depress|bipol|mani)\w*",
    rf"(?:psycho|depress|bipol|mani)[\w ]{{0,40}}(?:caused|induced) by {_A_SUBSTANCE}",
    r"(?:psycho|d[eé]press|bipol|mani)[\w ]{0,40}\b(?:induit|d[uû])e?s? (?:par|[aà]) l['’]alcool",
    r"(?:test|d[eé]sir) (?:urinaire )?de grossesse|pregnancy test\w*",
    r"interruptions? (?:volontaires? |m[eé]dicales? )?de (?:la )?grossesse",
    r"allaitement (?:artificiel|au biberon)",
)


# A letter and the accent written behind it as a character of its own.
_ACCENTED = re.compile(r"[a-z][\u0300-\u036f]", re.IGNORECASE)


def may_speak(words: str) -> bool:
    """Whether these words may speak of anything: a quick look, since most say nothing of ours."""
    lowered = words.lower()
    return any(part in lowered for part in _PARTS)


def spoken_of(words: str) -> set[ListName]:
    """The names of the code lists that these words speak of."""
    if not may_speak(words):
        return set()
    words = _composed(words)
    if _OF_NOBODY.match(words):
        return set()
    meant = _FALSE_FRIENDS.sub(" ", words)
    return {name for name, speak_of in _SPEAK_OF.items() if speak_of.search(meant)}


def _composed(words: str) -> str:
    """The words with each accent in its letter. To normalise them whole takes quadratic time for many accents."""
    return words if words.isascii() else _ACCENTED.sub(lambda pair: normalize("NFC", pair[0]), words)
