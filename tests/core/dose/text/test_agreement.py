"""Words beside a structured dose of several days: the greatest dose of either is judged where they differ."""

from fractions import Fraction

import pytest

from cds_service.core.dose.text.agreement import Ordered, Remark, remark_on
from cds_service.core.model.dose import Span
from tests.builders import TABLET_OF_10_MG


def exactly(number: int) -> Span:
    return Span(Fraction(number), Fraction(number))


def up_to(number: int) -> Span:
    return Span(Fraction(0), Fraction(number))


# 20 mg three times a day, then 40 mg three times a day.
TWO_STEPS = Ordered(
    days=(exactly(60), exactly(120)),
    intakes=(exactly(20), exactly(40)),
    times=(exactly(3),),
    caps=(),
    strength_mg=Fraction(10),
)
# 20 mg three times a day, and 20 mg as needed.
ALSO_AS_NEEDED = Ordered(
    days=(exactly(60),), intakes=(exactly(20),), times=(exactly(3), up_to(1)), caps=(), strength_mg=Fraction(10)
)


def remark(words: str, ordered: Ordered) -> Remark | None:
    return remark_on(words, ordered, TABLET_OF_10_MG, is_step=False)


def test_another_dose_below_the_greatest_that_is_ordered_may_mean_that() -> None:
    assert remark("90 mg/j", TWO_STEPS) == Remark("text-disagrees", contradicts=True, possible_mg=Fraction(120))
    assert remark("150 mg/j", TWO_STEPS) == Remark("text-disagrees", contradicts=True, possible_mg=Fraction(150))


@pytest.mark.parametrize(
    ("words", "disagrees"),
    [
        ("1 cp si besoin, max 12 cp/j", False),
        ("1 cp si besoin, max 13 cp/j", True),
        ("2 cp si besoin, max 1 cp par prise", True),
        ("2 cp 3 fois par jour, max 1 cp par prise", True),
    ],
)
def test_a_limit_is_one_of_what_is_ordered(words: str, disagrees: bool) -> None:
    found = remark(words, TWO_STEPS)

    assert (found is not None and found.contradicts) is disagrees


def test_on_some_days_is_what_a_part_that_may_be_left_out_says() -> None:
    assert remark("2 cp 3 fois par jour, le lundi et le jeudi", TWO_STEPS) is not None
    assert remark("2 cp 3 fois par jour, le lundi et le jeudi", ALSO_AS_NEEDED) is None
