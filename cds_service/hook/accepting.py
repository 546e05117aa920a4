"""Accepts a request that is as `openapi.yaml` describes it. What it does not accept, contract.py names the faults of.

The same contract, for speed: nearly every request is accepted, and most of them are about other medicines. A test
holds the two against each other.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec

_Filled = Annotated[str, msgspec.Meta(min_length=1)]
_PatientId = Annotated[str, msgspec.Meta(pattern=r"^(Patient/)?[A-Za-z0-9\-.]{1,64}$(?!\n)")]
_NoArray = Annotated[list[Any], msgspec.Meta(max_length=0)]


class _Bundle(msgspec.Struct):
    resourceType: Literal["Bundle"]  # noqa: N815 - the names are FHIR's and those of CDS Hooks
    entry: list[Any] = []


class _Context(msgspec.Struct):
    userId: _Filled  # noqa: N815
    patientId: _PatientId  # noqa: N815
    draftOrders: _Bundle  # noqa: N815


class _Request(msgspec.Struct):
    hook: Literal["order-sign"]
    hookInstance: _Filled  # noqa: N815
    context: _Context
    fhirServer: str | None = None  # noqa: N815
    fhirAuthorization: dict[str, Any] | None = None  # noqa: N815
    prefetch: dict[str, Any] | _NoArray | None = None


def accepts(hook: Mapping[str, Any]) -> bool:
    """Whether a request, decoded, is as the contract describes it."""
    try:
        request = msgspec.convert(hook, _Request)
    except msgspec.ValidationError:
        return False
    return request.fhirAuthorization is None or request.fhirServer is not None
