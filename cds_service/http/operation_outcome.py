"""Writes faults as a FHIR OperationOutcome, the body of every answer that is not a success."""

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from cds_service.base.errors import Fault

ISSUE_TYPES = {
    401: "login",
    404: "not-found",
    405: "not-supported",
    406: "not-supported",
    408: "timeout",
    412: "incomplete",
    413: "too-long",
    415: "not-supported",
    429: "throttled",
    503: "transient",
}
MEMBER_OF_REQUEST = re.compile(r"(hook|hookInstance|fhirServer|fhirAuthorization|context|prefetch|extension)(\..+)?")


def outcome_body(status: int, faults: Iterable[Fault]) -> bytes:
    issues = [_issue(status, fault) for fault in faults]
    return msgspec.json.encode({"resourceType": "OperationOutcome", "issue": issues})


def _issue(status: int, fault: Fault) -> dict[str, Any]:
    issue: dict[str, Any] = {
        "severity": "error",
        "code": ISSUE_TYPES.get(status, "exception" if status >= 500 else "invalid"),
        "details": {"text": f"{fault.where} {fault.problem}"},
        "diagnostics": str(fault),
    }
    if MEMBER_OF_REQUEST.fullmatch(fault.where):
        issue["expression"] = [fault.where]
    return issue
