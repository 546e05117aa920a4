"""Whether words say that an intake may be left out ("si besoin"): only where they say it of the dose."""

import re

from cds_service.core.dose.text.harmless import NO_DOSE
from cds_service.core.dose.text.plain_words import NUMBER, OTHER_MEDICINE, TABLETS, plain
from cds_service.core.dose.text.vocabulary import LATIN, MOMENTS, PER_DAY

_OPTIONAL = re.compile(
    r"si besoin|si n[ée]cessaire|au besoin|as needed|if needed|when needed|[àa] la demande|on demand|\bprn\b"
    r"|selon(?! (?:l['’])?(?:ordonnance|prescription|avis))|according"
)
# What is taken, and for what.
_DOSE = re.compile(
    rf"{NUMBER} ?(?:mg|g|{TABLETS})\b|\b(?:{TABLETS})\b|\b(?:prendre|prenez|pris|prises?(?! de sang)|avaler"
    r"|reprendre|r[ée]p[ée]ter|administr\w+|take|taken|swallow|doses?|posologie|traitement|m[ée]dicament|medication|baclo[a-zè]{2,6}|lior[ée]sal"
    r"|envies?|craving|douleurs?|pain|anxi[ée]t[ée]|angoisses?|spasmes?|spasms?|contractures?|crampes?|raideurs?"
    r"|insomnie|manque|uniquement|seulement|only|suppl[ée]mentaires?|en plus)\b"
)
_WHEN = re.compile(
    rf"{PER_DAY}|[x×] ?[0-9]|[0-9] ?(?:x|fois|times|h|heures?|hours?)\b|\b[0-9]-[0-9]|\b(?:{'|'.join(LATIN)})\b"
    rf"|\b(?:{'|'.join(MOMENTS.values())})\b"
)
_ELSE = re.compile(
    rf"\b(?:{NO_DOSE}|r[ée][ée]valu\w*|(?:re)?contact\w*|joindre|joignable|renouvel\w*|hospitalis\w*|h[ôo]pital|avis|aides?"
    r"|psy|m[ée]decins?|docteur|prescripteur|service|[ée]quipe|doctor|call|see|review\w*|renew\w*|refill\w*|arr[êe]t\w*"
    rf"|soutien|prise en charge)|{OTHER_MEDICINE}"
)
# What is taken beyond the dose: that this may be left out says nothing of the dose.
_MORE = re.compile(
    r"\b(?:suppl[ée]mentaires?|en plus|de plus|en sus|augment\w*|major\w*|r?ajout\w*|doubl\w*|tripl\w*|extra"
    r"|additional|increas\w*)\b"
)
# A tablet may be halved or crushed.
_HALVED = re.compile(
    r"\b(?:coup|[ée]cras|divis|crush|split)\w{0,8}[^.;,]{0,40}(?:si besoin|si n[ée]cessaire|if needed|as needed)"
)
# Words that say nothing by themselves.
_FILLING = re.compile(r"\b(?:[àa]|et|ou|puis|que|le|la|les|de|du|en|and|or|then|use|utiliser|seul|que|[ée]vent\w+)\b")
_WORD = re.compile(r"[a-zà-ÿ]{2}")
_CLAUSES = re.compile(r"(?:\.(?![0-9])|[;!?()|]|,(?![0-9])| - )+")


def makes_optional(words: str) -> bool:
    """Whether an instruction says that an intake may be left out; that a tablet may be halved is none."""
    if not _OPTIONAL.search(words.lower()):
        return False
    clauses = [clause.strip() for clause in _CLAUSES.split(_HALVED.sub("", plain(words))) if clause.strip()]
    return any(_says_of_the_dose(clauses, place) for place in range(len(clauses)))


def _says_of_the_dose(clauses: list[str], place: int) -> bool:
    """Whether a clause makes the dose optional. A mere "si besoin" belongs to the clause before it, else after it."""
    clause = clauses[place]
    found = _OPTIONAL.search(clause)
    if not found or _MORE.search(clause):
        return False
    before, after = clause[: found.start()], clause[found.end() :]
    if _WORD.search(_FILLING.sub("", before)):
        return _is_of_the_dose(before)
    if _is_mere(found[0], after):
        beside = clauses[place - 1] if place else "".join(clauses[1:2])
        return not _MORE.search(beside) and (not _ELSE.search(beside) or _is_of_the_dose(beside))
    return _is_of_the_dose(after) or not _ELSE.search(after)


def _is_mere(said: str, after: str) -> bool:
    """Whether nothing follows that has a subject: what "selon" is followed by is no subject."""
    return said in ("selon", "according") or not _WORD.search(_FILLING.sub("", after))


def _is_of_the_dose(part: str) -> bool:
    """Whether a part of a clause is about the dose: what stands last in it counts."""
    doses, others = list(_DOSE.finditer(part)), list(_ELSE.finditer(part))
    if others and (not doses or others[-1].start() >= doses[-1].start()):
        return False
    return bool(doses or _WHEN.search(part))
