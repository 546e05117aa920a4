"""Situations that hypothesis draws, in the words of vignettes, with traits of real life."""

from datetime import date
from typing import Any

from hypothesis import strategies as st

from tests.core.plans.traits import TRAITS, with_traits
from tests.vignette_record import KEYS

Situation = dict[str, Any]

# The first day of each change of the rules, and the day before.
EDGES = [
    "2012-04-24", "2014-03-16", "2014-03-17", "2017-03-16", "2017-03-17", "2017-07-23", "2017-07-24", "2018-10-21",
    "2018-10-22", "2018-12-12", "2018-12-13", "2020-06-16", "2020-06-17", "2020-11-24", "2020-11-25", "2021-02-28",
    "2021-03-01", "2021-03-03", "2021-03-04", "2023-05-11", "2023-05-12",
]  # fmt: skip
days = st.sampled_from([date.fromisoformat(edge) for edge in EDGES]) | st.dates(date(2012, 4, 24), date(2026, 12, 31))

PRODUCTS = ["Baclocur 10", "Baclocur 40", "Zentiva 10", "Liorésal 10", "Baclofène EG 10", "baclofen"]
products = st.sampled_from(PRODUCTS)
WHOLE = [
    "5",
    "10",
    "15",
    "20",
    "25",
    "30",
    "40",
    "45",
    "60",
    "75",
    "80",
    "90",
    "100",
    "110",
    "120",
    "160",
    "300",
    "400",
]
milligrams = st.sampled_from([*WHOLE, "2.5", "20.5", "80.5", "300.01"])
times = st.sampled_from(["QD", "BID", "TID", "QID", "every 8 h", "1-3/d", "MORN&EVE"])


@st.composite
def doses(draw: st.DrawFn) -> str:
    written = f"{draw(milligrams)} mg {draw(times)}"
    kind = draw(
        st.sampled_from(["plain", "plain", "plain", "bounded", "as needed", "steps", "two", "words", "untimed"])
    )
    return {
        "plain": written,
        "bounded": f"{written} for {draw(st.sampled_from([7, 14, 15, 30]))} d",
        "as needed": f"{written} as needed",
        "steps": f"{written} for 2 d, then {draw(milligrams)} mg QD for 2 d, then {draw(milligrams)} mg QD",
        "two": f"{written} + {draw(milligrams)} mg QD",
        "words": "« 1 cp matin midi et soir »",
        "untimed": f"{draw(milligrams)} mg",
    }[kind]


@st.composite
def drafts(draw: st.DrawFn) -> Situation:
    order: Situation = {"order": f"{draw(products)}, {draw(doses())}"}
    order |= draw(
        st.sampled_from([{}, {}, {}, {"replaces": "taken-1"}, {"replaces": "taken-2"}, {"based_on": "taken-1"}])
    )
    order |= draw(st.sampled_from([{}, {}, {}, {"status": "stopped"}, {"status": "on-hold"}, {"stop": True}]))
    return order | draw(
        st.sampled_from([{}, {}, {"reason": "F10.2"}, {"reason": "G35"}, {"reason_words": "abstinence"}])
    )


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    taken = [f"{draw(products)}, {draw(doses())}" for _ in range(draw(st.integers(0, 2)))]
    said = {
        "id": "drawn",
        "on": draw(days),
        "orders": draw(st.lists(drafts(), min_size=1, max_size=3)),
        "taken": taken,
        "sex": draw(st.sampled_from(["male", "female", "other", "not recorded"])),
        "age": draw(st.sampled_from([15, 45])),
        "conditions": draw(st.lists(st.sampled_from(CONDITIONS), unique=True, max_size=4)),
        "consumption": draw(st.sampled_from(["80 g/d", "50 g/d", "5 drinks/d", "80 g/d 7 months ago"])),
        "prior": draw(st.sampled_from([["nalmefene"], []])),
        "referrals": draw(st.sampled_from([[], ["active"], ["completed 13 months ago"]])),
        "goals": draw(st.sampled_from([[], ["réduire l'alcool: not-achieved"], ["abstinence: in-progress"]])),
        "records": draw(st.dictionaries(st.sampled_from(KEYS), st.sampled_from(UNKNOWN), max_size=2)),
    }
    # By a seed: hypothesis itself would draw some of them ten times as often as others.
    chance = draw(st.randoms(use_true_random=True))
    return with_traits(draw, said, chance.sample(sorted(TRAITS), 4))


CONDITIONS = ["F10.2", "G35", "F33.2", "F33.2 resolved", "Z91.5", "G40.9", "R56.0", "F10.3", "Z99.2", "M54.5", "I10"]
UNKNOWN = ["not sent", "failed", "paged", "fewer than the total", "not FHIR"]
