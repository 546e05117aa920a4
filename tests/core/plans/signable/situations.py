"""Signings for which a pharmacist's sentences must hold: all kinds of plans, odd doses, several lines, regimens."""

from datetime import date

from hypothesis import strategies as st

from tests.core.plans.plan_kinds import KINDS
from tests.core.plans.plan_requests import Json
from tests.core.plans.signable.clicks import Situation
from tests.core.plans.signable.drawn_intakes import CLIENTS, drawn
from tests.core.plans.traits import having

_PRODUCTS = ["Baclocur 10", "Baclocur 20", "Baclocur 40", "Zentiva 10", "Liorésal 10"]
_ODD_DOSES = [
    "45.833 mg TID", "68.75 mg BID", "137.5 mg QD", "37.5 mg QID", "80 mg QID", "25 mg TID", "40 mg BID",
    "100 mg MORN + 37.5 mg EVE", "30 mg MORN&NOON&AFT&EVE", "60 mg every 6 h",
    "12.5 mg MORN + 25 mg NOON + 50 mg EVE",
]  # fmt: skip
_LINKS: list[Json] = [{}, {}, {"replaces": "taken-1"}, {"id": "taken-1"}]
_ALSO = [
    "several lines on record", "a MedicationStatement on record", "a record written by another", "four intakes a day",
    "an unlinked renewal", "a patient under age", "little consumption", "an order on record that is over",
]  # fmt: skip
_DAYS = st.dates(date(2017, 7, 24), date(2026, 12, 31))
_CONDITIONS = [["F10.2"], ["F10.2"], ["F10.2", "G40.9"], ["F10.2", "F33.2"], ["F10.2", "Z91.5"]]


@st.composite
def odd_doses(draw: st.DrawFn) -> Json:
    """Doses that tablets do not make or divide, three and four intakes, moments that are known and not."""
    product, before = draw(st.sampled_from(_PRODUCTS)), draw(st.sampled_from(_PRODUCTS))
    dose = draw(st.sampled_from(_ODD_DOSES))
    other = draw(st.sampled_from([dose, *_ODD_DOSES]))
    return {
        "id": "odd",
        "on": draw(_DAYS),
        "orders": [{"order": f"{product}, {other}"} | draw(st.sampled_from(_LINKS))],
        "taken": [f"{draw(st.sampled_from([product, before]))}, {dose}"] if draw(st.integers(0, 4)) else [],
        "conditions": draw(st.sampled_from(_CONDITIONS)),
    }


@st.composite
def changes_of_product(draw: st.DrawFn) -> Json:
    """Another strength or brand than is taken, as French software writes it: without a word of what it replaces."""
    before, after = draw(st.permutations(_PRODUCTS))[:2]
    dose = draw(st.sampled_from(["10 mg TID", "20 mg TID", "20 mg BID", "40 mg BID", "30 mg TID"]))
    other = draw(st.sampled_from([dose, "40 mg QD", "15 mg TID", "30 mg TID"]))
    return {
        "id": "change",
        "on": draw(st.dates(date(2023, 5, 12), date(2026, 12, 31))),
        "orders": [{"order": f"{after}, {other}", "reason": "F10.2"}],
        "taken": [f"{before}, {dose}"],
        "conditions": draw(st.sampled_from(_CONDITIONS)),
    }


@st.composite
def regimens(draw: st.DrawFn) -> Json:
    """Two lines that are one regimen, as our own companion orders make them: the same group, renewed or lowered."""
    group = {"groupIdentifier": {"system": "urn:plan", "value": "1"}}
    coarse, fine = (
        draw(st.sampled_from(["2 cp MORN&EVE", "3 cp MORN&EVE", "1 cp MORN&NOON&EVE", "2 cp MORN&EVE", "1 cp TID"])),
        draw(st.sampled_from(["1 cp MORN", "1.5 cp MORN&EVE", "1 cp EVE", "1 cp BID"])),
    )
    lines = [f"Baclocur 40, {coarse}", f"Baclocur 10, {fine}"]
    ends = draw(st.sampled_from([{}, {}, {"stop": True}]))
    return {
        "id": "regimen",
        "on": draw(st.dates(date(2020, 12, 1), date(2026, 12, 31))),
        "orders": [
            {"order": line, "replaces": f"taken-{number}", "fhir": group} | ends
            for number, line in enumerate(lines, start=1)
        ],
        "taken": [{"order": line, "fhir": group} for line in lines],
        "conditions": draw(st.sampled_from(_CONDITIONS)),
    }


@st.composite
def reorders(draw: st.DrawFn) -> Json:
    """What is taken is stopped, and another order begun, in one signing."""
    said = draw(st.one_of(KINDS["step down"], KINDS["step up"], KINDS["taper to specialist-care"]))
    order = {key: value for key, value in said["orders"][0].items() if key == "order"}
    return said | {"orders": [{"order": said["taken"][0], "id": "taken-1", "status": "stopped"}, order]}


kinds = st.one_of(*KINDS.values())
_said = st.one_of(
    kinds,
    odd_doses(),
    odd_doses(),
    changes_of_product(),
    regimens(),
    reorders(),
    *(having(kinds, name) for name in _ALSO),
)
situations = st.one_of(st.builds(Situation, _said, st.sampled_from(CLIENTS)), drawn())
