"""Makes the ValueSet of oral baclofen: every code by which the service recognises the medicine of an order."""

from collections.abc import Iterator

from cds_service.definitions.metadata import WARNING, Json, canonical, head
from cds_service.knowledge.loading import Knowledge

ORAL_BACLOFEN = canonical("ValueSet", "oral-baclofen")

_DESCRIPTION = (
    "Every code by which the service recognises oral baclofen in an order: the products of the code system "
    f"baclofen-products whose route is oral, and baclofen without a strength (baclofen-substance). {WARNING}"
)


def oral_baclofen(knowledge: Knowledge, products: Json, substance: Json) -> Json:
    """`products` and `substance` are the CodeSystem and the ValueSet as read from fhir_profiles/."""
    codes: dict[str, dict[str, str]] = {}
    for concept in products["concept"]:
        for coded in _oral_codings(concept):
            codes.setdefault(coded["system"], {}).setdefault(coded["code"], concept["display"])
    include = [
        {"system": system, "concept": [{"code": code, "display": name} for code, name in sorted(known.items())]}
        for system, known in sorted(codes.items())
    ]
    return {
        **head("ValueSet", "oral-baclofen", "Oral baclofen", _DESCRIPTION, knowledge),
        "copyright": substance["copyright"],
        "compose": {"include": [*include, {"valueSet": [substance["url"]]}]},
    }


def _oral_codings(concept: Json) -> Iterator[dict[str, str]]:
    properties = concept["property"]
    if {"code": "route", "valueCode": "oral"} in properties:
        yield from (item["valueCoding"] for item in properties if item["code"] == "coding")
