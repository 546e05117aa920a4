"""What accepts a request and what names its faults are the same contract, whatever is in a request."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_service.hook.accepting import accepts
from cds_service.hook.contract import request_validator
from tests.hook.test_contract import EXAMPLE

ODD: list[Any] = [
    None,
    True,
    0,
    1,
    2.5,
    "",
    " ",
    "\n",
    [],
    [1],
    [{}],
    {},
    {"x": 1},
    "Bundle",
    "order-sign",
    "https://ehr",
]
IDS = ["a", "Patient/a", "Patient/", "a\n", "A-1." * 16, "A-1." * 16 + "x", "é", "a/b", "patient/a", "Patient/a "]

PLACES = (
    *((name,) for name in ("hook", "hookInstance", "fhirServer", "fhirAuthorization", "prefetch", "extension")),
    ("context",),
    *(("context", name) for name in ("userId", "patientId", "encounterId", "draftOrders")),
    *(("context", "draftOrders", name) for name in ("resourceType", "entry", "total")),
)


@st.composite
def requests(draw: st.DrawFn) -> Any:
    """A request of which some members, at any place of the contract, are left out or something else."""
    request = _copy(EXAMPLE)
    for place in draw(st.lists(st.sampled_from(PLACES), max_size=4)):
        _change(request, place, draw(st.sampled_from([_ABSENT, *ODD, *IDS])))
    return request


_ABSENT = object()


def _change(request: Any, place: tuple[str, ...], value: object) -> None:
    for name in place[:-1]:
        request = request.get(name) if isinstance(request, dict) else None
    if isinstance(request, dict):
        request[place[-1]] = value
        if value is _ABSENT:
            del request[place[-1]]


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _copy(member) for name, member in value.items()}
    return [_copy(member) for member in value] if isinstance(value, list) else value


@pytest.mark.parametrize("place", PLACES, ids=".".join)
def test_a_request_with_one_odd_member_is_accepted_if_and_only_if_it_has_no_fault(place: tuple[str, ...]) -> None:
    for value in (_ABSENT, *ODD, *IDS):
        request = _copy(EXAMPLE)
        _change(request, place, value)
        assert accepts(request) is request_validator().is_valid(request), value


@given(requests())
def test_so_is_one_with_several(request: Any) -> None:
    assert accepts(request) is request_validator().is_valid(request)


@pytest.mark.parametrize("request_", ODD, ids=repr)
def test_and_what_is_no_request_at_all(request_: Any) -> None:
    assert accepts(request_) is request_validator().is_valid(request_)
