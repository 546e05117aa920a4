"""Checks a request against `openapi.yaml`, and reports all faults at once, each with its remedy."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from cds_service.base.errors import Fault, RequestError
from cds_service.hook.accepting import accepts

REMEDIES = {
    "hook": "This service listens to the hook order-sign of CDS Hooks 2.0.1 and to no other: send that one",
    "hookInstance": "Send the UUID of this firing of the hook as a text",
    "fhirServer": "Send the base URL of the FHIR server; it is required beside fhirAuthorization",
    "fhirAuthorization": "Send an object, or leave it out",
    "prefetch": "Send an object, or leave it out",
    "context": "Send the context of order-sign: userId, patientId and draftOrders",
    "context.userId": "Send the user as type and id, such as Practitioner/example",
    "context.patientId": "Send the id of the patient: 1 to 64 letters, digits, hyphens and full stops",
    "context.draftOrders": (
        "Send a FHIR R4 Bundle. When the EHR leaves draftOrders out, check the registration there: the "
        "scope for unsigned orders is granted to this service and the service's URL is registered"
    ),
    "context.draftOrders.entry": "Send an array of entries, or leave it out",
}


def find_file() -> Path:
    """The path of the contract: inside an installed package, beside the package in the repository."""
    package = Path(__file__).parents[1]
    installed = package / "openapi.yaml"
    return installed if installed.exists() else package.parent / "openapi.yaml"


@cache
def text() -> str:
    return find_file().read_text(encoding="utf-8")


@cache
def _components() -> Any:
    return yaml.safe_load(text())["components"]


@cache
def _validator(name: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": f"#/components/schemas/{name}", "components": _components()})


def request_validator() -> Draft202012Validator:
    return _validator("OrderSignRequest")


def check_request(hook: Mapping[str, Any]) -> None:
    """Raises RequestError with all faults of a request."""
    if accepts(hook):
        return
    faults = [fault for error in request_validator().iter_errors(hook) for fault in _faults(error)]
    if faults:
        raise RequestError(*dict.fromkeys(faults))


def faults_of_feedback(item: object, where: str) -> list[Fault]:
    """The faults of an item of feedback; `where` is its path in the body."""
    accepted = isinstance(item, dict) and item.get("outcome") == "accepted"
    name = "AcceptedCard" if accepted else "OverriddenCard"
    remedy = "Send feedback as openapi.yaml describes it"
    found = [fault for error in _validator(name).iter_errors(item) for fault in _faults(error)]
    return [Fault(f"{where}.{fault.where}", fault.problem, remedy) for fault in dict.fromkeys(found)]


def _faults(error: ValidationError) -> Iterator[Fault]:
    """The faults of a schema error, in our words: the message of the library repeats the value."""
    where = [str(step) for step in error.absolute_path]
    absent = _absent_members(error)
    for member in absent:
        yield _fault([*where, member], "is missing")
    if not absent:
        yield _fault(where, _problem(error))


def _absent_members(error: ValidationError) -> list[str]:
    """All members that are missing: jsonschema reports an error for each one without naming it."""
    rule: Any = error.validator_value
    if error.validator == "required":
        needed = rule
    elif error.validator == "dependentRequired":
        needed = [name for names in rule.values() for name in names]
    else:
        return []
    return [name for name in needed if name not in error.instance]  # type: ignore[operator]  # an object, where "required" failed


def _problem(error: ValidationError) -> str:
    if error.validator == "type":
        wanted: Any = error.validator_value
        return f"is not of the type {wanted if isinstance(wanted, str) else ' or '.join(wanted)}"
    if error.validator == "const" and error.absolute_path[-1] == "outcome":
        return "is neither accepted nor overridden"
    if error.validator == "const":
        return f"is not {error.validator_value}"
    return "is empty" if error.validator == "minLength" else "does not have the required form"


def _fault(path: list[str], problem: str) -> Fault:
    if path[-1:] == ["resourceType"]:  # the caller must correct the Bundle
        return _fault(path[:-1], "is not a FHIR Bundle")
    where = ".".join(path)
    remedy = REMEDIES.get(where, "Send a call of the hook order-sign, as openapi.yaml describes it")
    return Fault(where or "body", problem, remedy)
