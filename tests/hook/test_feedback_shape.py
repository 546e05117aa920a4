"""The quick look at an item of feedback says the same as the contract, which it stands for."""

from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from cds_service.hook.contract import faults_of_feedback
from cds_service.hook.feedback_shape import is_feedback
from tests.hook.kept_feedback import MOMENT
from tests.hook.test_feedback import MOMENTS

# Members of every kind, right and wrong, from which items are put together.
VALUES: st.SearchStrategy[Any] = st.sampled_from(
    [None, "", "x", "x" * 201, 5, [], {}, [{}], [{"id": "x"}], [{"id": 5}], [{"id": "x"}] * 51]
)
TEXTS = st.sampled_from([None, "x", 5])
GIVEN = st.one_of(
    VALUES,
    st.fixed_dictionaries(
        {},
        optional={
            "reason": st.one_of(VALUES, st.fixed_dictionaries({}, optional={"code": TEXTS, "system": TEXTS})),
            "userComment": TEXTS,
        },
    ),
)
ITEMS = st.one_of(
    VALUES,
    st.fixed_dictionaries(
        {},
        optional={
            "card": st.one_of(st.just("x"), VALUES),
            "outcome": st.sampled_from(["accepted", "overridden", "ignored", None]),
            "outcomeTimestamp": st.one_of(
                st.sampled_from([*MOMENTS, "2026-11-22T08:15:30", "2026-11-22T24:00:00Z", f"{MOMENT}\n", 5]),
                st.from_regex(r"[12][09]26-1[0-9]-[0-3][0-9][Tt ][0-9]{2}:15:[6789]?[0-9](\.[0-9]+)?[Zz+-](1:?00)?"),
            ),
            "acceptedSuggestions": VALUES,
            "overrideReason": GIVEN,
            "overrideReasons": st.one_of(GIVEN, st.lists(GIVEN, max_size=21)),
        },
    ),
)


@given(ITEMS)
@example({"card": "x", "outcome": "overridden", "outcomeTimestamp": MOMENT, "overrideReasons": [None] * 21})
def test_what_is_taken_is_what_the_contract_says(item: Any) -> None:
    assert is_feedback(item) is not bool(faults_of_feedback(item, "feedback.0"))
