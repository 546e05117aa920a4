"""Detects French national patient identifiers in a text: NIR (social security number) and INS.

An NIR has 13 characters: sex, year, month, department (2A and 2B in Corsica), commune, order number. Its key is 97
minus (the 13 digits modulo 97), with 2A read as 19 and 2B as 18. An INS is an NIR under its own identifier system.
"""

import json
import re

# OIDs of the INS: NIR, NIA, and test and demonstration identities.
_INS_SYSTEM = re.compile(r"1\.2\.250\.1\.213\.1\.4\.(8|9|10|11)\b")

# In one piece or in the usual groups. Sex 3, 4, 7 and 8 mark temporary numbers.
_GAP = r"[ \u00a0\u202f.\-]?"
_PARTS = (r"([1-478])", r"([0-9]{2})", r"([0-9]{2})", r"([0-9]{2}|2[AaBb])", r"([0-9]{3})", r"([0-9]{3})")
_WITH_KEY = re.compile(rf"(?<![0-9A-Za-z]){_GAP.join(_PARTS)}{_GAP}([0-9]{{2}})(?![0-9A-Za-z])")
_WITHOUT_KEY = re.compile(rf"(?<![0-9A-Za-z]){_GAP.join(_PARTS)}(?![0-9A-Za-z])")

# SNOMED CT codes of the US edition are as long as an NIR, and 1 in 100 has a valid key by chance. The only NIRs
# missed by this exception are those of one village in the Aube department.
_OF_SNOMED = re.compile(r"[0-9]{5}1000124(00|10)[0-9]")

_CORSICA = {"2A": "19", "2B": "18"}


def looks_like_identity(text: str) -> bool:
    """True for an NIR with a valid key, for a probable NIR without a key, and for an identifier system of the INS."""
    return any(_is_in(view) for view in _views(text))


def _views(text: str) -> list[str]:
    """The text as written and, if it is JSON, with its escapes resolved."""
    try:
        return [text, json.dumps(json.loads(text), ensure_ascii=False)]
    except (ValueError, RecursionError):
        return [text]


def _is_in(text: str) -> bool:
    if _INS_SYSTEM.search(text):
        return True
    keyed = (found.groups() for found in _WITH_KEY.finditer(text) if not _OF_SNOMED.fullmatch(found[0]))
    if any(_month(parts[2]) and _key(parts[:6]) == int(parts[6]) for parts in keyed):
        return True
    return any(_most_likely(found.groups()) for found in _WITHOUT_KEY.finditer(text))


def _month(written: str) -> bool:
    """Whether a month is valid: 01 to 12. 20 to 42 and 50 to 99 stand for an unknown month."""
    month = int(written)
    return 1 <= month <= 12 or 20 <= month <= 42 or month >= 50


def _key(parts: tuple[str, ...]) -> int:
    department = parts[3].upper()
    number = "".join([*parts[:3], _CORSICA.get(department, department), *parts[4:6]])
    return 97 - int(number) % 97


def _most_likely(parts: tuple[str, ...]) -> bool:
    """Stricter without a key: otherwise CIP13, GTIN and timestamps in milliseconds would match."""
    sex, _, month, department, *_ = parts
    known = department.upper() in _CORSICA or 1 <= int(department) <= 99
    return sex in "12" and 1 <= int(month) <= 12 and known
