"""Requests of every shape for which plans are made, and some for which none is made."""

from datetime import date, timedelta
from functools import cache
from typing import Any

from hypothesis import strategies as st

from cds_service.knowledge.loading import Knowledge
from tests.known import known
from tests.vignette_orders import PRODUCTS
from tests.vignette_record import KEYS

Json = dict[str, Any]

# Days around which calendars go wrong, in different periods of the rules.
CALENDAR = [date(2020, 2, 28), date(2024, 2, 27), date(2026, 3, 27), date(2026, 10, 23), date(2026, 12, 30)]
ORAL = [name for name in PRODUCTS if name.split()[-1] not in ("mg/ml", "cream")][:12]


@cache
def knowledge() -> Knowledge:
    return known()


def rule_days() -> list[date]:
    since = {change.since for rule in knowledge().rules.rules for change in rule.changes if change.since.year > 2000}
    return sorted(day - timedelta(days=back) for day in since for back in (0, 1))


days = st.one_of(
    st.sampled_from(rule_days()), st.sampled_from(CALENDAR), st.dates(date(2012, 4, 24), date(2026, 12, 31))
)
products = st.sampled_from(ORAL)
tablets = st.sampled_from(["0.5", "1", "1.5", "2", "2.5", "3", "4", "5", "8", "12.5"])
milligrams = st.sampled_from(
    ["5", "10", "13.3", "15", "20", "25", "26.67", "30", "40", "55", "60", "75", "100", "130"]
)
times = st.sampled_from(
    ["QD", "BID", "TID", "QID", "2/d", "every 8 h", "every 12 h", "MORN&NOON&EVE", "MORN&EVE", "EVE"]
)


@st.composite
def doses(draw: st.DrawFn) -> str:
    amount = draw(st.one_of(tablets.map("{} cp".format), milligrams.map("{} mg".format)))
    return f"{amount} {draw(times)}"


@st.composite
def dosages(draw: st.DrawFn) -> str:
    """One level without end, for a time, or as needed; parts of a day; or several levels."""
    shape = draw(st.sampled_from(["plain"] * 6 + ["bounded", "range", "as needed", "parts", "levels", "words"]))
    dose = draw(doses())
    if shape == "range":
        return f"10-30 mg {draw(times)}"
    if shape == "words":
        return "« 2 cp matin midi et soir »"
    if shape == "parts":
        return f"{draw(tablets)} cp MORN + {draw(tablets)} cp EVE"
    if shape == "levels":
        more = draw(st.lists(doses(), min_size=1, max_size=3))
        return ", then ".join([*(f"{each} for {draw(st.integers(1, 5))} d" for each in [dose, *more[:-1]]), more[-1]])
    return dose + {"bounded": f" for {draw(st.integers(1, 60))} d", "as needed": " as needed"}.get(shape, "")


_STOPS: list[Json] = [{"stop": True}, {"status": "stopped"}, {"status": "on-hold"}, {"status": "cancelled"}]

_SUPPLY: Json = {
    "quantity": {"value": 30},
    "expectedSupplyDuration": {"value": 28, "unit": "d", "system": "http://unitsofmeasure.org", "code": "d"},
}
_BESIDE: list[Json] = [
    {}, {}, {}, {}, {"without": ["id"]}, {"without": ["authoredOn"]},
    {"reason": "F10.2"}, {"reason": "G82.1"}, {"reason_words": "maintien de l’abstinence"},
    {"fhir": {"dispenseRequest": _SUPPLY}}, {"fhir": {"groupIdentifier": {"system": "urn:x", "value": "g1"}}},
    {"fhir": {"requester": {"reference": "Practitioner/dr1"}, "encounter": {"reference": "Encounter/e1"}}},
]  # fmt: skip


@st.composite
def orders(draw: st.DrawFn, product: str | None, number: int) -> Json:
    order: Json = {"order": f"{product or draw(products)}, {draw(dosages())}"}
    order |= draw(
        st.sampled_from([{}, {}, {"replaces": "taken-1"}, {"based_on": "taken-1"}, {"id": f"taken-{number}"}])
    )
    if draw(st.integers(0, 4)) == 0:
        order |= draw(st.sampled_from(_STOPS))
    return order | draw(st.sampled_from(_BESIDE))


_CONDITIONS = [
    ["F10.2"], ["F10.2", "G40.9"], ["F10.2", "F33.2"], ["F10.2", "G40.9 resolved"], ["F10.2", "G35"], ["G35"], [],
]  # fmt: skip
_STATES = ["not sent", "null", "failed", "paged", "of another patient"]


@st.composite
def situations(draw: st.DrawFn) -> Json:
    """A request in the notation of tests/vignettes/README.md; for two in three a plan can be made."""
    usual = draw(st.integers(0, 2)) > 0
    product = draw(products)
    dose = f"{draw(st.one_of(tablets.map('{} cp'.format), milligrams.map('{} mg'.format)))} {draw(times)}"
    taken = draw(st.sampled_from([[f"{product}, {dose}"], [f"{product}, {dose}"], []]))
    if not usual:
        taken = draw(st.lists(st.builds("{}, {}".format, products, dosages()), max_size=2))
    number = 1 if usual else draw(st.sampled_from([1, 2]))
    same = product if draw(st.booleans()) else None
    return {
        "id": "closure",
        "on": draw(days),
        "orders": [draw(orders(same, place)) for place in range(1, number + 1)],
        "taken": taken,
        "conditions": draw(st.sampled_from(_CONDITIONS[:4] if usual else _CONDITIONS)),
        "referrals": draw(st.sampled_from([[], [], ["active"], ["completed 14 months ago"]])),
        "goals": draw(st.sampled_from([[], [], ["reduce alcohol: not-achieved"]])),
        "records": draw(
            st.dictionaries(
                st.sampled_from([key for key in KEYS if not usual or key != "medications"]),
                st.sampled_from(_STATES[:4] if usual else _STATES),
                max_size=2,
            )
        ),
    }
