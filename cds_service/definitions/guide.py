"""Makes the ImplementationGuide, which lists everything in the FHIR package."""

from collections.abc import Iterable

from cds_service.base.names import CANONICAL
from cds_service.base.version import __version__
from cds_service.definitions.metadata import WARNING, Json, head
from cds_service.knowledge.loading import Knowledge

PACKAGE_ID = "example.baclofen.cds"
FHIR_VERSION = "4.0.1"

_DESCRIPTION = f"Profiles, rules and code lists of a CDS Hooks service for baclofen in alcohol dependence. {WARNING}"


def guide(knowledge: Knowledge, definitions: Iterable[Json], examples: Iterable[Json]) -> Json:
    """The ImplementationGuide with every definition and every example, ordered by reference."""
    listed = [_listed(item) for item in definitions]
    listed += [{**_listed(item), **_example(item)} for item in examples]
    return {
        **head("ImplementationGuide", PACKAGE_ID, "Baclofen in alcohol dependence", _DESCRIPTION, knowledge),
        "url": f"{CANONICAL}/ImplementationGuide/{PACKAGE_ID}",
        "name": "BaclofenCds",
        "packageId": PACKAGE_ID,
        "license": "Apache-2.0",
        "fhirVersion": [FHIR_VERSION],
        "definition": {"resource": sorted(listed, key=lambda item: str(item["reference"]["reference"]))},
    }


def manifest(knowledge_guide: Json) -> Json:
    """The package.json of the FHIR package."""
    return {
        "name": PACKAGE_ID,
        "version": __version__,
        "canonical": CANONICAL,
        "title": knowledge_guide["title"],
        "description": knowledge_guide["description"],
        "author": knowledge_guide["publisher"],
        "license": knowledge_guide["license"],
        "type": "IG",
        "fhirVersions": [FHIR_VERSION],
        "dependencies": {"hl7.fhir.r4.core": FHIR_VERSION},
        "jurisdiction": "urn:iso:std:iso:3166#FR",
    }


def _example(resource: Json) -> Json:
    """An example of its profile, if it states one; examples of faulty orders state none."""
    profiles = resource.get("meta", {}).get("profile", [])
    return {"exampleCanonical": profiles[0]} if profiles else {"exampleBoolean": True}


def _listed(resource: Json) -> Json:
    named = resource.get("title") or resource.get("name") or resource["id"]
    return {"reference": {"reference": f"{resource['resourceType']}/{resource['id']}"}, "name": named}
