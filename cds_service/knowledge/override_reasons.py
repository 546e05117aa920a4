"""Reads the reasons to override a card: their words from the code system, and which finding has which from cards/.

A code that is no longer offered is marked `retired` and stays: feedback with it may still come, and is stored.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from pathlib import Path
from typing import Any

from cds_service.base.errors import Fault
from cds_service.core.wording.texts import OverrideReason
from cds_service.knowledge.code_files import as_fhir, read_resource

MOST_OF_A_FINDING = 3

_FILE = "codesystems/override-reasons.json"
_TAKE_A_CODE = f"take a code of {_FILE} that is not retired"


def read_override_reasons(folder: Path, faults: list[Fault]) -> tuple[OverrideReason, ...]:
    """The reasons, retired ones too; the display is French, a designation gives English."""
    resource = read_resource(folder / _FILE, faults)
    reasons = []
    for number, concept in enumerate(resource.get("concept", []), start=1):
        with as_fhir(f"{_FILE}, concept {number}", faults):
            reasons.append(_reason(concept, faults))
    return tuple(reasons)


def _reason(concept: Mapping[str, Any], faults: list[Fault]) -> OverrideReason:
    english = [item["value"] for item in concept.get("designation", []) if item.get("language") == "en"]
    if not english:
        faults.append(Fault(f"{_FILE}, {concept['code']}", "has no English", "add a designation"))
    retired = any(item.get("valueCode") == "retired" for item in concept.get("property", []))
    return OverrideReason(concept["code"], {"fr": concept["display"], "en": "".join(english)}, retired)


def offered_reasons(
    named: Mapping[str, Sequence[str]], reasons: Iterable[OverrideReason], faults: list[Fault]
) -> dict[str, tuple[OverrideReason, ...]]:
    """The reasons that each rule's card names by code. A code that is unknown, retired or unused is a fault."""
    live = {reason.code: reason for reason in reasons if not reason.retired}
    for rule, codes in named.items():
        faults += _faults_of_card(f"cards/{rule}.toml, overrides", codes, live.keys())
    for code in sorted(live.keys() - {code for codes in named.values() for code in codes}):
        remedy = "name it in `overrides` of a card, or mark it as retired"
        faults.append(Fault(f"{_FILE}, {code}", "is named by no card", remedy))
    return {rule: tuple(live[code] for code in codes if code in live) for rule, codes in named.items()}


def _faults_of_card(where: str, codes: Sequence[str], live: Set[str]) -> Iterator[Fault]:
    if not 1 <= len(codes) <= MOST_OF_A_FINDING:
        yield Fault(where, "has none or too many", f"name 1 to {MOST_OF_A_FINDING} reasons")
    for code in sorted(set(codes) - live):
        yield Fault(where, f"has the unknown or retired reason {code}", _TAKE_A_CODE)
