"""What is said of orders outside the indication of their product is no more than information; nothing else is."""

from datetime import date

import pytest

from cds_service.core.case import read_case
from cds_service.core.model.findings import Answer
from cds_service.core.rules.verdict import CaseReadings
from cds_service.http.json_reader import read_hook
from tests.known import known
from tests.vignette_cases import encode, request

ON = date(2022, 5, 10)
OUTSIDE = {"order": "Baclocur 10, 1 cp TID", "reason": "M54.5"}
FOR_ALCOHOL = {"order": "Baclocur 10, 1 cp TID", "reason": "F10.2"}


@pytest.mark.parametrize(
    ("orders", "named", "outside"),
    [
        ([OUTSIDE], ["draft-1"], True),
        ([FOR_ALCOHOL], ["draft-1"], False),
        ([OUTSIDE, FOR_ALCOHOL], ["draft-1"], True),
        ([OUTSIDE, FOR_ALCOHOL], ["draft-1", "draft-2"], False),
        ([OUTSIDE | {"stop": True}], ["draft-1"], False),
        # of what is taken, or of nothing that is signed: never lowered
        ([OUTSIDE], [], False),
        ([OUTSIDE], ["taken-1"], False),
    ],
)
def test_an_answer_is_outside_where_all_drafts_that_it_is_about_are(
    orders: list[object], named: list[str], outside: bool
) -> None:
    hook = request({"id": "outside", "on": ON, "orders": orders, "taken": ["Baclocur 10, 1 cp TID"]})
    case = read_case(read_hook(encode(hook), hook["prefetch"].keys()), known().terminology, known().rules, ON)
    answer = Answer("found", tuple(f"MedicationRequest/{name}" for name in named), {})

    assert CaseReadings(case).is_outside(answer) is outside
