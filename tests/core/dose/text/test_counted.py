"""Whether a number is left of words: what it counts is no dose, and an article is one only once for each "un"."""

import pytest

from cds_service.core.dose.text.counted import holds_a_number


@pytest.mark.parametrize(
    ("left", "words", "holds"),
    [
        ("pendant 3 mois", "pendant 3 mois", False),
        ("1 peu", "un peu", False),
        ("1 peu", "1 peu", True),
        ("1 peu le matin, 1 le soir", "un peu le matin, 1 le soir", True),
        ("1 peu le matin, 1 peu le soir", "un peu le matin, un peu le soir", False),
        # the size of a box behind the form
        ("comprimé 30", "comprimé 30", False),
        ("comprimé 31", "comprimé 31", True),
        # what is counted goes, and does not join what stands on both sides of it
        ("cp(1/2)5", "cp(1/2)5", True),
    ],
)
def test_a_number_is_left_where_it_counts_nothing_known(left: str, words: str, holds: bool) -> None:
    assert holds_a_number(left, words) is holds
