"""Makes the CapabilityStatement: what can be read under /fhir, and where the CDS service is."""

from cds_service.base.names import SERVICE_ID
from cds_service.base.version import __version__
from cds_service.definitions.metadata import WARNING, Json, head
from cds_service.knowledge.loading import Knowledge

_DESCRIPTION = (
    "Read-only: the definitions that the service works with. No data of patients. The service itself is the CDS "
    f"Hooks service {SERVICE_ID}, found by GET /cds-services; it is not called through FHIR. {WARNING}"
)

_SEARCHES = {
    "_id": ("token", "The id of the definition."),
    "url": ("uri", "The canonical URL of the definition."),
}


def capability_statement(knowledge: Knowledge, kinds: list[str]) -> Json:
    """`kinds` are the resource types that are served, each once."""
    title = "Definitions of the baclofen service"
    return {
        **head("CapabilityStatement", "baclofen-cds", title, _DESCRIPTION, knowledge),
        "kind": "capability",
        "software": {"name": "baclofen-cds", "version": __version__},
        "fhirVersion": "4.0.1",
        "format": ["json"],
        "rest": [
            {
                "mode": "server",
                "security": {"description": "Read without a token."},
                "resource": [_resource(kind) for kind in kinds],
            }
        ],
    }


def _resource(kind: str) -> Json:
    names = ["_id"] if kind == "NamingSystem" else list(_SEARCHES)  # in R4 a NamingSystem has no url
    return {
        "type": kind,
        "interaction": [{"code": "read"}, {"code": "search-type"}],
        "searchParam": [
            {"name": name, "type": _SEARCHES[name][0], "documentation": _SEARCHES[name][1]} for name in names
        ],
    }
