"""Orders that name their medicine by codes and text, and what is read from them."""

from collections.abc import Mapping
from typing import Any

from cds_service.core.model.medicine import Medicine
from cds_service.core.orders.medicines import Medicines
from tests.builders import TERMINOLOGY

Json = dict[str, Any]

CIS = "http://data.esante.gouv.fr/ansm/medicament/SpecialitePharmaceutique"
CIP = "http://data.esante.gouv.fr/ansm/medicament/Presentation"
UCD = "http://data.esante.gouv.fr/ansm/medicament/UCD"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
ATC = "http://www.whocc.no/atc"
UNII = "http://fdasis.nlm.nih.gov"
SNOMED = "http://snomed.info/sct"


def concept(*codings: tuple[str, str], text: str = "") -> Json:
    coded: Json = {"coding": [{"system": system, "code": code} for system, code in codings]} if codings else {}
    return {**coded, **({"text": text} if text else {})}


def identified(order: Json, resources: Mapping[str, Json] | None = None) -> Medicine | str | None:
    return Medicines(resources or {}, TERMINOLOGY).identify(order)


def by_concept(*codings: tuple[str, str], text: str = "") -> Medicine | str | None:
    return identified({"medicationCodeableConcept": concept(*codings, text=text)})


def medicine_of(found: Medicine | str | None) -> Medicine:
    assert isinstance(found, Medicine)
    return found
