"""Families of ICD codes: which a pattern names, and whether a list says what stands beside and above each.

A code that is in a list while its neighbours are in no rule reads as "reported none" for the neighbours: the fifth
character that nobody thought of would be the worst of answers. So a list has to include, exclude or leave open
every neighbour, in each of the three editions.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import product

from cds_service.base.errors import Fault
from cds_service.core.record.terminology import ICD_CODE, UNDECIDED, CodeList

# CIM-10 of the French hospitals, ICD-10 of the WHO, ICD-10-CM: codes of one form may differ in meaning.
EDITIONS = (
    "https://smt.esante.gouv.fr/terminologie-cim-10",
    "http://hl7.org/fhir/sid/icd-10",
    "http://hl7.org/fhir/sid/icd-10-cm",
)

_PIECE = re.compile(r"\[(?P<any>[0-9-]+)\]|\\(?P<dot>\.)|(?P<sign>[A-Z0-9])")


def families(pattern: str) -> list[str] | None:
    """The codes that begin the families of a pattern such as `F2[0-9].*`; None if it is not written so."""
    stem = pattern.removesuffix(".*")
    pieces = list(_PIECE.finditer(stem))
    if stem == pattern or "".join(piece[0] for piece in pieces) != stem:
        return None
    codes = ["".join(signs) for signs in product(*map(_signs, pieces))]
    return codes if all(map(ICD_CODE.fullmatch, codes)) else None


def _signs(piece: re.Match[str]) -> Sequence[str]:
    if not piece["any"]:
        return (piece["dot"] or piece["sign"],)
    return [sign for sign in "0123456789" if re.fullmatch(piece[0], sign)]


def unclear(lists: Iterable[CodeList]) -> Iterator[Fault]:
    """The faults of the lists that have codes of ICD: a neighbour that is in no rule, an edition that is left out."""
    known = {item.name: item for item in lists}
    for name, item in known.items():
        if any(system in EDITIONS for system in _systems(item)):
            yield from _without_edition(item)
            beside = known.get(f"{name}{UNDECIDED}") or known.get(name.removesuffix(UNDECIDED)) or item
            yield from _of_neighbours(item, beside)


def _systems(item: CodeList) -> set[str]:
    return {system for system, _ in (*item.codes, *item.patterns, *item.excluded)}


def _without_edition(item: CodeList) -> Iterator[Fault]:
    for edition in sorted(set(EDITIONS) - _systems(item)):
        remedy = "include its codes, or exclude them where they mean something else"
        yield Fault(f"valuesets/{item.name}.json", f"says nothing of {edition}", remedy)


def _of_neighbours(item: CodeList, beside: CodeList) -> Iterator[Fault]:
    """`beside` is the list of the codes that are left open, which may have the rule."""
    is_said = cache(lambda system, code: _is_said(system, code, item, beside))  # neighbours have neighbours in common
    for system, code in sorted(set(_named(item))):
        unsaid = [other for other in _neighbours(code) if not is_said(system, other)]
        if unsaid:
            problem = f"has {code} of {system}, and no rule for {unsaid[0]} beside it"
            remedy = f"include or exclude it, or name it in {item.name.removesuffix(UNDECIDED)}{UNDECIDED}.json"
            yield Fault(f"valuesets/{item.name}.json", problem, remedy)


def _named(item: CodeList) -> Iterator[tuple[str, str]]:
    yield from ((system, code) for system, code in item.codes if system in EDITIONS)
    for system, pattern in item.patterns:
        if system in EDITIONS:
            yield from ((system, code) for code in families(pattern.pattern) or ())


def _neighbours(code: str) -> Iterator[str]:
    """Each code above this one, down from its first three characters, with all codes directly below it."""
    for length in range(3, len(code)):
        above = code[:length]
        if not above.endswith("."):
            dot = "." if length == 3 else ""
            yield from (above, *(f"{above}{dot}{digit}" for digit in range(10)))


def _is_said(system: str, code: str, *lists: CodeList) -> bool:
    return any(item.says_of(system, code) or item.excludes(system, code) for item in lists)
