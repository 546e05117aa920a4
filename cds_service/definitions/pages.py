"""Serves fhir_profiles/ under /fhir: other systems read each definition by its id, or by its canonical URL."""

from collections.abc import Iterable
from functools import cache
from typing import Any

import msgspec
from flask import Flask, Response, request

from cds_service.base.errors import Fault
from cds_service.http.operation_outcome import outcome_body
from cds_service.knowledge.loading import data_path

PATH = "/fhir"
MEDIA_TYPE = "application/fhir+json; charset=utf-8"

# Not definitions: example orders of the profile.
_EXAMPLES = "examples"

UNKNOWN = Fault("URL", "names no definition that is here", "See GET /fhir/metadata for what there is")

Definitions = dict[str, dict[str, dict[str, Any]]]


def add_definitions(app: Flask, public_url: str) -> None:
    """Adds the routes under /fhir. `public_url` has no trailing slash and may be empty."""

    @app.get(f"{PATH}/metadata")
    def capability_statement() -> Response:
        statement = definitions()["CapabilityStatement"]["baclofen-cds"]
        return _response(msgspec.json.encode(_instance(statement, public_url)))

    @app.get(f"{PATH}/<kind>")
    def search(kind: str) -> Response:
        found = definitions().get(kind)
        return _unknown() if found is None else _response(msgspec.json.encode(_bundle(found.values(), public_url)))

    @app.get(f"{PATH}/<kind>/<identity>")
    def read(kind: str, identity: str) -> Response:
        definition = definitions().get(kind, {}).get(identity)
        return _unknown() if definition is None else _response(msgspec.json.encode(definition))


@cache
def definitions() -> Definitions:
    """Every definition by type and id, read once, when somebody asks: a service whom only EHRs call needs none."""
    known: Definitions = {}
    root = data_path("fhir_profiles")
    for path in sorted(root.rglob("*.json")):
        if path.parent.name != _EXAMPLES:
            definition = msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
            known.setdefault(definition["resourceType"], {})[definition["id"]] = definition
    return known


def _instance(statement: dict[str, Any], public_url: str) -> dict[str, Any]:
    """The CapabilityStatement of the running server: kind `instance`, with its URL."""
    where = {"description": statement["title"], "url": f"{public_url}{PATH}"}
    return {**statement, "kind": "instance", "implementation": where}


def _bundle(definitions: Iterable[dict[str, Any]], public_url: str) -> dict[str, Any]:
    """The searchset for the parameters `_id` and `url`, or of all definitions. Other parameters are ignored."""
    asked = {name: request.args[key] for name, key in (("id", "_id"), ("url", "url")) if key in request.args}
    found = [item for item in definitions if all(item.get(name) == value for name, value in asked.items())]
    entries = [
        {"fullUrl": f"{public_url}{PATH}/{item['resourceType']}/{item['id']}", "resource": item, "search": _MATCH}
        for item in found
    ]
    whole = {"resourceType": "Bundle", "type": "searchset", "total": len(found)}
    return {**whole, "entry": entries} if entries else whole


_MATCH = {"mode": "match"}


def _unknown() -> Response:
    return Response(outcome_body(404, [UNKNOWN]), status=404, content_type=MEDIA_TYPE)


def _response(body: bytes) -> Response:
    return Response(body, content_type=MEDIA_TYPE)
