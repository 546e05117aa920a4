"""What a small element was read as is remembered: never for another element, never for a long one, never too much."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from cds_service.core.record.remembered import LONGEST, MOST, remembered


def counting() -> tuple[list[Any], Callable[[Any, int], tuple[Any, int]]]:
    """A function that is remembered, and what it was really asked."""
    asked: list[Any] = []

    @remembered
    def read(element: Any, other: int) -> tuple[Any, int]:
        asked.append((element, other))
        return element, other

    return asked, read


def test_the_same_element_is_read_once_for_each_of_the_other_arguments() -> None:
    asked, read = counting()

    answers = [read({"code": "a"}, 1), read({"code": "a"}, 1), read({"code": "a"}, 2)]

    assert answers == [({"code": "a"}, 1), ({"code": "a"}, 1), ({"code": "a"}, 2)]
    assert len(asked) == 2


def test_elements_that_are_equal_and_yet_not_the_same_are_told_apart() -> None:
    asked, read = counting()
    values = [1, True, "1", 1.0, Decimal(1), Decimal("1.0"), Decimal("1.00"), [1], None, "None"]

    for value in values:
        assert repr(read({"value": value}, 0)) == repr(({"value": value}, 0))

    assert len(asked) == len(values)


@pytest.mark.parametrize(
    "element",
    ["x" * LONGEST, 10**5000, [10**5000, Decimal(1)]],
    ids=["a text", "a long number", "a number that Python does not write"],
)
def test_a_long_element_is_read_each_time(element: object) -> None:
    asked, read = counting()

    assert read(element, 1) == read(element, 1)

    assert len(asked) == 2


def test_when_it_becomes_too_much_all_is_forgotten() -> None:
    asked, read = counting()
    for number in range(MOST + 1):
        read(number, 0)

    read(MOST, 0)
    read(0, 0)

    assert [element for element, _ in asked[MOST:]] == [MOST, 0]
