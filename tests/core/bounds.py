"""The bounds and counts that an EHR may send, as generated examples."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

Json = dict[str, Any]

ON = date(2026, 3, 27)  # two days before the clocks change in France
UCUM = "http://unitsofmeasure.org"


@st.composite
def bounds(draw: st.DrawFn) -> Json:
    since = ON + timedelta(days=draw(st.integers(-3, 6)))
    until = since + timedelta(days=draw(st.integers(1, 20)))
    clocks = ["23:59:59+02:00", "00:00:00+02:00", "12:00:00Z", "20:00:00+01:00", "19:59:59+02:00", "18:59:59Z"]
    end = draw(st.sampled_from(["{}", *(f"{{}}T{clock}" for clock in clocks)])).format(until)
    length = {
        "value": Decimal(draw(st.integers(1, 10))),
        "system": UCUM,
        "code": draw(st.sampled_from(["d", "wk", "h", "mo"])),
    }
    by_clock = f"{since}T{draw(st.sampled_from(['08:00:00', '20:00:00']))}+02:00"
    period = draw(st.sampled_from([{"start": str(since)}, {"start": by_clock, "end": end}]))
    return draw(
        st.sampled_from(
            [
                {},
                {},
                {"boundsPeriod": period},
                {"boundsDuration": length},
                {"boundsRange": {"low": length, "high": length}},
            ]
        )
    )


@st.composite
def counts(draw: st.DrawFn) -> Json:
    if draw(st.integers(0, 3)):
        return {}
    count = draw(st.integers(1, 25))
    return draw(st.sampled_from([{"count": count}, {"count": count, "countMax": count + 4}]))
