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


class _Bundle(msgspec.Struct, rename="camel"):
    resource_type: Literal["Bundle"]
    entry: list[Any] = []


class _Context(msgspec.Struct, rename="camel"):
    user_id: _Filled
    patient_id: _PatientId
    draft_orders: _Bundle


class _Request(msgspec.Struct, rename="camel"):
    hook: Literal["order-sign"]
    hook_instance: _Filled
    context: _Context
    fhir_server: str | None = None
    fhir_authorization: dict[str, Any] | None = None
    prefetch: dict[str, Any] | _NoArray | None = None


def accepts(hook: Mapping[str, Any]) -> bool:
    """Whether a request, decoded, is as the contract describes it."""
    try:
        request = msgspec.convert(hook, _Request)
    except msgspec.ValidationError:
        return False
    return request.fhir_authorization is None or request.fhir_server is not None
