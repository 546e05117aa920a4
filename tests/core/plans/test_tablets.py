"""Which tablets make an intake: whole coarser ones, then tablets of 10 mg and a half."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_service.core.plans.tablets import Tablet, Tablets, are_too_many, intake_of, pieces_of


def tablets(*strengths: str) -> Tablets:
    return tuple(Tablet(Fraction(strength), True, strength) for strength in strengths)


KINDS = [tablets("10"), tablets("20", "10"), tablets("30", "10"), tablets("40", "10")]
kinds = st.sampled_from(KINDS)
amounts = st.integers(1, 100).map(lambda number: Fraction(5 * number))


@given(mg=amounts, kind=kinds)
def test_an_intake_is_its_dose_in_whole_tablets_and_at_most_one_half_of_10_mg(mg: Fraction, kind: Tablets) -> None:
    intake = intake_of("morning", mg, kind)
    halves = [count for count in intake.counts if count.number.denominator == 2]

    assert intake.mg == mg
    assert all(count.tablet.strength_mg == 10 for count in halves)
    assert all(count.number.denominator in (1, 2) and count.number > 0 for count in intake.counts)
    assert pieces_of(mg, kind) == sum(int(count.number) + (count in halves) for count in intake.counts)


@pytest.mark.parametrize(
    ("mg", "kind", "said"),
    [
        ("5", "10", "1/2×10"),
        ("35", "10", "7/2×10"),
        ("35", "20 10", "1×20 + 3/2×10"),
        ("80", "40 10", "2×40"),
        ("75", "30 10", "2×30 + 3/2×10"),
        ("30", "40 10", "3×10"),
    ],
)
def test_what_a_pharmacist_would_write(mg: str, kind: str, said: str) -> None:
    counts = intake_of("morning", Fraction(mg), tablets(*kind.split())).counts

    assert " + ".join(f"{count.number}×{count.tablet.product}" for count in counts) == said


@pytest.mark.parametrize(
    ("intakes", "kind", "too_many"),
    [
        ([40, 40, 40], "10", False),
        ([40, 40, 45], "10", True),  # four and a half at once
        ([45, 45], "10", True),  # the same, and nine a day
        ([50, 10], "10", True),
        ([35, 35, 30, 25], "10", True),  # 12.5 a day
        ([80, 80, 80, 80], "20 10", True),  # 16 a day
        ([80, 80, 80, 80], "40 10", False),
    ],
)
def test_more_than_12_a_day_or_4_an_intake_are_too_many(intakes: list[int], kind: str, too_many: bool) -> None:
    assert are_too_many([Fraction(mg) for mg in intakes], tablets(*kind.split()), 12, 4) is too_many
