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

# What is asked for by Accept or _format that is given: FHIR R4, http.html (3.1.0.1.9, MIME types; 3.1.1.5, handling).
_ACCEPTED = {"application/fhir+json", "application/json", "text/json", "text/html", "application/*", "text/*", "*/*"}
_FORMATS = {"json", "application/json", "application/fhir+json", "text/json"}
_PARAMETERS = {"_id", "url", "_format", "_pretty", "lang"}
NOT_ACCEPTABLE = Fault("Accept", "names no format that is given here", "Ask for application/fhir+json")
NOT_READ = Fault(
    "URL", "has a parameter that is not read", "Search by _id or url, or without Prefer: handling=strict"
)

UNKNOWN = Fault("URL", "names no definition that is here", "See GET /fhir/metadata for what there is")

Definitions = dict[str, dict[str, dict[str, Any]]]


def add_definitions(app: Flask, public_url: str) -> None:
    """Adds the routes under /fhir. `public_url` has no trailing slash and may be empty."""

    @app.get(f"{PATH}/metadata")
    def capability_statement() -> Response:
        statement = definitions()["CapabilityStatement"]["baclofen-cds"]
        return _refused() or _response(msgspec.json.encode(_instance(statement, public_url)))

    @app.get(f"{PATH}/<kind>")
    def search(kind: str) -> Response:
        found = definitions().get(kind)
        if found is None:
            return _unknown()
        return _refused() or _response(msgspec.json.encode(_bundle(found.values(), public_url)))

    @app.get(f"{PATH}/<kind>/<identity>")
    def read(kind: str, identity: str) -> Response:
        definition = definitions().get(kind, {}).get(identity)
        if definition is None:
            return _unknown()
        return _refused() or _response(msgspec.json.encode(definition))


def _refused() -> Response | None:
    """The refusal of a format that is not given, and of an unknown parameter where the client asks for that."""
    accepted = {kind.partition(";")[0].strip() for kind, quality in request.accept_mimetypes if quality > 0}
    asked = request.args.get("_format", "json").partition(";")[0].replace(" ", "+")  # a plus sign that is not encoded
    if (accepted and not accepted & _ACCEPTED) or asked not in _FORMATS:
        return _fault(406, NOT_ACCEPTABLE)
    strict = "handling=strict" in request.headers.get("Prefer", "").replace(" ", "")
    return _fault(400, NOT_READ) if strict and set(request.args) - _PARAMETERS else None


@cache
def definitions() -> Definitions:
    """Every definition by type and id, read once, by the first who asks: the pages, when a service starts."""
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
    return _fault(404, UNKNOWN)


def _fault(status: int, fault: Fault) -> Response:
    return Response(outcome_body(status, [fault]), status=status, content_type=MEDIA_TYPE)


def _response(body: bytes) -> Response:
    return Response(body, content_type=MEDIA_TYPE)
