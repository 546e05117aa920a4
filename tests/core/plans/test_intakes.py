"""How a level is divided: no intake rises on the way down, none by more than a step on the way up, none is lost."""

from fractions import Fraction
from itertools import product
from math import ceil

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cds_service.core.plans.intakes import Share, Shares, lowered, raised, total_mg
from cds_service.core.plans.tablets import MOMENTS, UNIT_MG, Tablets, pieces_of
from tests.core.plans.test_tablets import KINDS, tablets

TEN = tablets("10")
STEP = Fraction(10)


def shares(*amounts: object) -> Shares:
    return tuple(Share(moment, Fraction(str(mg))) for moment, mg in zip(MOMENTS[len(amounts)], amounts, strict=True))


def amounts_of(divided: Shares | None) -> list[Fraction]:
    assert divided is not None
    return [share.mg for share in divided]


taken = st.lists(st.integers(1, 160).map(lambda units: Fraction(units, 2) * UNIT_MG), min_size=1, max_size=4).map(
    lambda amounts: shares(*amounts)
)
falls = st.sampled_from([Fraction(5), Fraction(10), Fraction(15)])


@given(before=taken, fall=falls, kind=st.sampled_from(KINDS))
def test_on_the_way_down_no_intake_is_above_what_is_taken_there_and_their_number_is_kept(
    before: Shares, fall: Fraction, kind: Tablets
) -> None:
    to_mg = ceil((total_mg(before) - fall) / UNIT_MG) * UNIT_MG
    assume(0 <= to_mg < total_mg(before))
    after = lowered(before, to_mg, kind)

    assert after is not None
    assert total_mg(after) == to_mg
    assert [share.moment for share in after] == [share.moment for share in before]
    assert all(low.mg <= ceil(high.mg / UNIT_MG) * UNIT_MG for high, low in zip(before, after, strict=True))
    assert sum(share.mg > 0 for share in after) == min(len(before), to_mg // UNIT_MG)


@given(before=taken, fall=falls)
def test_of_all_ways_down_it_is_the_one_that_is_even_then_has_few_pieces(before: Shares, fall: Fraction) -> None:
    to_mg = ceil((total_mg(before) - fall) / UNIT_MG) * UNIT_MG
    assume(0 <= to_mg < total_mg(before))
    after = amounts_of(lowered(before, to_mg, TEN))

    ranges = [range(ceil(mg / UNIT_MG), max(ceil(mg / UNIT_MG) - 8, 0) - 1, -1) for _, mg in before]
    ways = [[units * UNIT_MG for units in way] for way in product(*ranges) if sum(way) * UNIT_MG == to_mg]
    most = max(sum(mg > 0 for mg in way) for way in ways)
    assert dislike(after) == min(dislike(way) for way in ways if sum(mg > 0 for mg in way) == most)


def dislike(way: list[Fraction]) -> tuple[Fraction, int, Fraction]:
    some = [mg for mg in way if mg] or [Fraction(0)]
    uneven = max(some) - min(some)
    return max(uneven - 10, Fraction(0)), sum(pieces_of(mg, TEN) for mg in some if mg), uneven


@given(before=taken)
def test_on_the_way_up_no_intake_rises_by_more_than_the_step_of_a_day(before: Shares) -> None:
    to_mg = (total_mg(before) + STEP) // UNIT_MG * UNIT_MG
    after = raised(before, to_mg, STEP, TEN)

    assert after is not None
    assert total_mg(after) == to_mg
    assert len(after) == len(before)
    assert all(high.mg <= low.mg + STEP for low, high in zip(before, after, strict=True))


@pytest.mark.parametrize(
    ("before", "to_mg", "kind", "after"),
    [
        ([80, 80, 80, 80], 310, "40 10", [80, 80, 80, 70]),
        ([30, 30, 30, 30], 110, "10", [30, 30, 30, 20]),
        ([25, 25, 25], 65, "10", [25, 20, 20]),
        (["33.5", "33.5", "33"], 90, "10", [30, 30, 30]),
        ([5, 5, 5], 10, "10", [5, 5, 0]),
        ([120], 110, "10", [110]),
        ([5, 60], 55, "10", [5, 50]),
    ],
)
def test_ways_down_by_eye(before: list[object], to_mg: int, kind: str, after: list[int]) -> None:
    assert amounts_of(lowered(shares(*before), Fraction(to_mg), tablets(*kind.split()))) == after


@pytest.mark.parametrize(
    ("before", "to_mg", "after"),
    [
        ([0, 0, 0], 15, [5, 5, 5]),
        ([0, 0, 0, 0], 20, [5, 5, 5, 5]),
        ([0, 0], 15, [10, 5]),
        ([25, 25, 25], 85, [30, 30, 25]),
        ([10, 10, 10], 40, [20, 10, 10]),
    ],
)
def test_ways_up_by_eye(before: list[int], to_mg: int, after: list[int]) -> None:
    assert amounts_of(raised(shares(*before), Fraction(to_mg), STEP, TEN)) == after


def test_what_no_half_makes_has_no_intakes() -> None:
    assert lowered(shares(40, 40), Fraction("72.5"), TEN) is None
    assert raised(shares(40, 40), Fraction(120), STEP, TEN) is None  # more than a step at each moment


@pytest.mark.parametrize(
    ("ordered", "after"),
    [
        (shares(20, 50), [20, 30]),
        (shares(50, 20), [30, 20]),
        (shares(45, 25), [30, 20]),  # both may rise: the fewest tablets
        ((Share("noon", Fraction(70)),), [30, 20]),  # at other moments: as without an order
        ((), [30, 20]),
    ],
)
def test_a_rise_goes_to_the_moments_at_which_it_is_ordered(ordered: Shares, after: list[int]) -> None:
    assert amounts_of(raised(shares(20, 20), Fraction(50), STEP, TEN, ordered)) == after


@given(before=taken, more=st.integers(1, 6), kind=st.sampled_from(KINDS))
def test_no_intake_rises_above_what_is_ordered_at_its_moment_where_the_others_can(
    before: Shares, more: int, kind: Tablets
) -> None:
    """One intake is ordered higher by up to the step of a day: it alone rises."""
    raise_by = min(more * UNIT_MG, STEP)
    held = tuple(Share(moment, mg // UNIT_MG * UNIT_MG) for moment, mg in before)
    assume(all(share.mg for share in held))
    ordered = (*held[:-1], Share(held[-1].moment, held[-1].mg + raise_by))

    assert raised(held, total_mg(ordered), STEP, kind, ordered) == ordered
