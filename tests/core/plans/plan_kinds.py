"""Every kind of suggestion that the service makes, and for each the requests that ask for it.

The kinds are those of the planner: its kinds of plan, the limits that it tapers to, its pace in greater steps,
and what it suggests without a plan.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from fractions import Fraction

from hypothesis import strategies as st

from cds_service.core.model.ruleset import CARE_RULE, LIMIT_RULES, MAXIMUM_RULE, RECOMMENDED_RULE, milligrams
from cds_service.core.plans.suggest import Suggestion
from cds_service.core.plans.taper import Kind
from tests.core.plans.plan_requests import Json, knowledge, rule_days


def kinds_of(suggestion: Suggestion, on: date) -> Iterator[str]:
    """What a suggestion is; a taper in greater steps, or one of two orders, is that as well."""
    proposal = suggestion.proposal
    if proposal is None:
        yield suggestion.text
        return
    plan = proposal.plan
    if plan.kind in (Kind.START, Kind.STAY):
        yield plan.kind.name.lower()
    elif plan.to_mg > plan.from_mg:
        yield "step up"
    elif plan.wanted_mg == 0:
        yield "stop"
    else:
        limits = [f"taper to {rule}" for rule in LIMIT_RULES if _limit_of(rule, on) == plan.wanted_mg]
        yield from limits or ["step down"]
    if suggestion.text == "taper-with-referral":
        yield "taper with referral"
    if proposal.greater:
        yield "taper in greater steps"
    if len(plan.tablets) > 1:
        yield "plan of two orders"


def _limit_of(rule: str, on: date) -> Fraction | None:
    change = knowledge().rules.rule(rule).on(on)
    return None if change is None or change.values is None else milligrams(change.values, "mg_per_day")


# --- the days on which a kind can be -------------------------------------------------------------

_MAXIMUM_80 = date(2017, 7, 24)
_RECOMMENDED = date(2021, 3, 4)
_STARTS = date(2023, 5, 12)
_LAST = date(2026, 12, 31)


def _days(first: date, last: date = _LAST) -> st.SearchStrategy[date]:
    """The edges of the rules are drawn as often as all the others."""
    return st.sampled_from([day for day in rule_days() if first <= day <= last]) | st.dates(first, last)


# --- doses ---------------------------------------------------------------------------------------

AUTHORISED = ["Baclocur 10", "Baclocur 20", "Baclocur 30", "Baclocur 40", "Zentiva 10"]
_NEVER_AUTHORISED = ["Baclofène EG 10", "old generic 10", "US tablet 20"]
_OTHERS = [*_NEVER_AUTHORISED, "Liorésal 10", "baclofen"]
_TIMES = {
    1: ["QD", "EVE"],
    2: ["BID", "every 12 h", "MORN&EVE", "2/d"],
    3: ["TID", "every 8 h", "MORN&NOON&EVE"],
    4: ["QID", "MORN&NOON&AFT&EVE", "4/d"],
}
_MOMENTS = {1: ["EVE"], 2: ["MORN", "EVE"], 3: ["MORN", "NOON", "EVE"], 4: ["MORN", "NOON", "AFT", "EVE"]}


@st.composite
def doses(draw: st.DrawFn, least: int, most: int) -> str:
    """A day of `least` to `most` mg, in one to four intakes, equal or not; steps of 5 mg, half a tablet."""
    number = draw(st.integers(1, 4))
    units = draw(st.integers(-(-least // 5), most // 5))
    if draw(st.booleans()) and units % number == 0:
        return f"{units * 5 // number} mg {draw(st.sampled_from(_TIMES[number]))}"
    each, more = divmod(units, number)
    parts = [each + (place < more) for place in range(number)]
    return " + ".join(f"{part * 5} mg {moment}" for part, moment in zip(parts, _MOMENTS[number], strict=True) if part)


_LINKED: list[Json] = [{"replaces": "taken-1"}, {"based_on": "taken-1"}, {"id": "taken-1"}]
_UNLINKED: list[Json] = [{}]
_LINKS = [*_UNLINKED, *_UNLINKED, *_LINKED]
_NO_RISK = ["F10.2"]
_RISKS = [["F10.2"], ["F10.2", "G40.9"], ["F10.2", "F33.2"], ["F10.2", "G40.9 resolved"]]
_GOALS: list[list[str]] = [[], [], ["reduce alcohol: not-achieved"]]
_ENDED: list[Json] = [{"stop": True}, {"status": "stopped"}, {"status": "on-hold"}]
_WITHDRAWN: Json = {"status": "cancelled"}


@st.composite
def _orders(
    draw: st.DrawFn,
    days: st.SearchStrategy[date],
    drafted: tuple[int, int],
    taken: tuple[int, int] | None = None,
    referrals: tuple[tuple[str, ...], ...] = ((),),
    links: Sequence[Json] = _LINKS,
) -> Json:
    """A draft of a dose for a patient who takes another, or nothing; mostly of the same product."""
    product = draw(st.sampled_from([*AUTHORISED, *AUTHORISED, *_OTHERS]))
    before = product if draw(st.integers(0, 3)) else draw(st.sampled_from(AUTHORISED))
    return {
        "id": "kind",
        "on": draw(days),
        "orders": [
            {"order": f"{product}, {draw(doses(*drafted))}"} | draw(st.sampled_from(links if taken else _UNLINKED))
        ],
        "taken": [f"{before}, {draw(doses(*taken))}"] if taken else [],
        "conditions": draw(st.sampled_from(_RISKS)),
        "goals": draw(st.sampled_from(_GOALS)),
        "referrals": [*draw(st.sampled_from(referrals))],
    }


@st.composite
def _stops(draw: st.DrawFn) -> Json:
    """What is taken now, ordered once more in a form that ends it; a withdrawn draft ends only what it names."""
    ends, links = draw(st.sampled_from([*((form, _LINKS) for form in _ENDED), (_WITHDRAWN, _LINKED)]))
    said = draw(_orders(_days(_MAXIMUM_80), (10, 90), (20, 330), links=links))
    return said | {"orders": [said["orders"][0] | {"order": said["taken"][0]} | ends]}


def _steps_down() -> st.SearchStrategy[Json]:
    """Without a link only to more than half of what is taken: less may be meant to be added to it."""
    far = _orders(_days(_MAXIMUM_80), (10, 60), (80, 330), links=_LINKED)
    return far | _orders(_days(_MAXIMUM_80), (45, 60), (70, 85), links=_UNLINKED)


@st.composite
def _of_two_orders(draw: st.DrawFn) -> Json:
    """What is taken in tablets of 20 mg or more goes on in them, and the rest in tablets of 10 mg."""
    said = draw(_orders(_days(_MAXIMUM_80), (85, 330), (90, 330)))
    coarse = draw(st.sampled_from(["Baclocur 20", "Baclocur 30", "Baclocur 40"]))
    order = f"{coarse}, {said['orders'][0]['order'].partition(', ')[2]}"
    taken = f"{coarse}, {said['taken'][0].partition(', ')[2]}"
    orders = [said["orders"][0] | {"order": order}]
    return said | {"on": draw(_days(date(2020, 11, 25))), "orders": orders, "taken": [taken]}


def _unchanged(said: Json, name: str) -> Json:
    """The dose that is taken, as another product that takes its place."""
    order = f"{name}, {said['taken'][0].partition(', ')[2]}"
    return said | {"orders": [{"order": order, "replaces": "taken-1"}]}


@st.composite
def _other_products(draw: st.DrawFn) -> Json:
    """A product that is not authorised, or from 2021 on none named; the dose goes on."""
    days, names = draw(
        st.sampled_from([(_days(date(2014, 3, 17)), _NEVER_AUTHORISED), (_days(_RECOMMENDED), _OTHERS)])
    )
    return _unchanged(draw(_orders(days, (5, 75), (10, 75))), draw(st.sampled_from(names)))


@st.composite
def _products_with_referral(draw: st.DrawFn) -> Json:
    said = draw(_orders(_days(_RECOMMENDED), (85, 300), (85, 300)))
    return _unchanged(said, draw(st.sampled_from(_NEVER_AUTHORISED)))


_REFERRED = ((), ("active",), ("completed 14 months ago",))

KINDS: dict[str, st.SearchStrategy[Json]] = {
    f"taper to {MAXIMUM_RULE}": _orders(
        _days(_MAXIMUM_80, date(2021, 3, 3)), (85, 330), (85, 330), referrals=_REFERRED
    ),
    f"taper to {RECOMMENDED_RULE}": _orders(_days(_RECOMMENDED), (305, 400), (305, 400), referrals=_REFERRED),
    f"taper to {CARE_RULE}": _orders(_days(_RECOMMENDED), (85, 300), (85, 330)),
    "taper with referral": _orders(_days(_RECOMMENDED), (305, 400), (305, 400)),
    "taper in greater steps": _orders(_days(_MAXIMUM_80), (85, 330), (90, 330)).map(
        lambda said: said | {"conditions": _NO_RISK}
    ),
    "plan of two orders": _of_two_orders(),
    "stop": _stops(),
    "start": _orders(_days(_STARTS), (25, 320)),
    "step up": _orders(_days(_STARTS), (75, 110), (40, 70), referrals=_REFERRED),
    "stay": _orders(_days(_STARTS), (305, 400), (140, 300), referrals=_REFERRED),
    "step down": _steps_down(),
    "product": _other_products(),
    "product-with-referral": _products_with_referral(),
    "referral": _orders(_days(_RECOMMENDED), (85, 400), (10, 400)),
    "referral-made": _orders(_days(_RECOMMENDED), (85, 300), (85, 300)).map(
        lambda said: _unchanged(said, said["taken"][0].partition(", ")[0])
    ),
}
PLANS = [kind for kind in KINDS if kind not in ("product", "product-with-referral", "referral", "referral-made")]
