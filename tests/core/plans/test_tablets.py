"""Which tablets make a dose and how they are shared out over the day: against a full search, and worked examples."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations_with_replacement
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_service.core.plans.tablets import IN_TIME_ORDER, Intake, Tablet, can_make, intakes_of, smallest_part_mg


def tablet(strength: str) -> Tablet:
    """ "40" can be halved, "25!" cannot."""
    return Tablet(Fraction(strength.rstrip("!")), not strength.endswith("!"), strength)


def tablets(*strengths: str) -> tuple[Tablet, ...]:
    return tuple(map(tablet, strengths))


KINDS = [
    tablets("10"), tablets("20"), tablets("40"), tablets("40", "10"), tablets("30", "10"), tablets("20", "10"),
    tablets("25!"), tablets("25!", "10"), tablets("15!", "10"), tablets("40!", "30!"),
    tablets("40", "30", "20", "10"),
]  # fmt: skip

kinds = st.sampled_from(KINDS)
doses = st.integers(0, 400).map(lambda number: Fraction(5 * number, 2))


def pieces_of(kinds: tuple[Tablet, ...]) -> list[tuple[Fraction, bool]]:
    """mg of each piece that can be swallowed, and whether it is a cut tablet."""
    wholes = [(kind.strength_mg, False) for kind in kinds]
    return wholes + [(kind.strength_mg / 2, True) for kind in kinds if kind.divisible]


def fewest(mg: Fraction, kinds: tuple[Tablet, ...], most: int = 5) -> tuple[int, int] | None:
    """The number of pieces for the dose, and how many of them are cut, by trying every combination."""
    for number in range(most + 1):
        cuts = [
            sum(cut for _, cut in handful)
            for handful in combinations_with_replacement(pieces_of(kinds), number)
            if sum((piece for piece, _ in handful), Fraction(0)) == mg
        ]
        if cuts:
            return number, min(cuts)
    return None


def tablets_in(intakes: tuple[Intake, ...]) -> dict[Tablet, Fraction]:
    total: dict[Tablet, Fraction] = {}
    for intake in intakes:
        for count in intake.counts:
            total[count.tablet] = total.get(count.tablet, Fraction(0)) + count.number
    return total


# --- whatever the dose -------------------------------------------------------------------------


@given(mg=doses, kinds=kinds, lasting=st.booleans(), divided=st.booleans())
def test_the_intakes_are_the_dose_in_whole_and_half_tablets(
    mg: Fraction, kinds: tuple[Tablet, ...], lasting: bool, divided: bool
) -> None:
    if not can_make(mg, kinds):
        return
    intakes = intakes_of(mg, kinds, lasting=lasting, divided=divided)

    assert sum((intake.mg for intake in intakes), Fraction(0)) == mg
    for count in (count for intake in intakes for count in intake.counts):
        assert count.tablet in kinds
        assert count.number > 0
        assert (count.number * (2 if count.tablet.divisible else 1)).denominator == 1


@given(mg=doses, kinds=kinds, lasting=st.booleans())
def test_two_to_four_intakes_or_one_of_one_tablet_or_a_half(
    mg: Fraction, kinds: tuple[Tablet, ...], lasting: bool
) -> None:
    if mg == 0 or not can_make(mg, kinds):
        return
    intakes = intakes_of(mg, kinds, lasting=lasting)

    one_piece = mg in [piece for piece, _ in pieces_of(kinds)]
    assert (len(intakes) == 1) == one_piece
    assert len(intakes) <= 4
    moments = [intake.moment for intake in intakes]
    assert moments == sorted(set(moments), key=IN_TIME_ORDER.index)


@given(number=st.integers(1, 60), kinds=kinds)
def test_a_dose_has_the_fewest_pieces_to_swallow_and_of_these_the_fewest_to_cut(
    number: int, kinds: tuple[Tablet, ...]
) -> None:
    """The tablets are chosen before they are shared out; sharing may halve some, and never adds one."""
    mg = number * smallest_part_mg(kinds)
    best = fewest(mg, kinds)

    if best is not None:
        assert can_make(mg, kinds)
        taken = tablets_in(intakes_of(mg, kinds))
        wholes = sum(int(count) for count in taken.values())
        halves = sum(count.denominator == 2 for count in taken.values())
        assert (wholes + halves, halves) == best


@given(mg=doses, kinds=kinds)
def test_no_intake_is_more_than_half_a_tablet_above_another_where_that_can_be(
    mg: Fraction, kinds: tuple[Tablet, ...]
) -> None:
    if not can_make(mg, kinds) or len(intakes_of(mg, kinds)) < 2:
        return
    intakes = intakes_of(mg, kinds)
    apart = max(intake.mg for intake in intakes) - min(intake.mg for intake in intakes)

    strongest = max(tablets_in(intakes))
    half = strongest.strength_mg / (2 if strongest.divisible else 1)
    assert apart <= max(half, evenest(tablets_in(intakes)))


def evenest(taken: dict[Tablet, Fraction]) -> Fraction:
    """How evenly two to four intakes can share these tablets, by trying every way for a few; for many, 0."""
    if sum(taken.values()) > 3:
        return Fraction(0)
    parts: list[Fraction] = []
    for kind, number in taken.items():
        halves = kind.divisible
        parts += [kind.strength_mg / (2 if halves else 1)] * int(number * (2 if halves else 1))
    return min(
        max(loads) - min(loads)
        for intakes in (2, 3, 4)
        for loads in ways(parts, (Fraction(0),) * intakes)
        if min(loads) > 0 or intakes == 2
    )


def ways(parts: list[Fraction], loads: tuple[Fraction, ...]) -> Iterator[tuple[Fraction, ...]]:
    if not parts:
        yield loads
        return
    for place in range(len(loads)):
        yield from ways(parts[1:], (*loads[:place], loads[place] + parts[0], *loads[place + 1 :]))


@given(mg=doses, kinds=kinds)
def test_a_dose_can_be_made_if_and_only_if_it_is_a_sum_of_pieces(mg: Fraction, kinds: tuple[Tablet, ...]) -> None:
    reachable = {Fraction(0)}
    for _ in range(3):
        reachable |= {dose + piece for dose in reachable for piece, _ in pieces_of(kinds)}

    assert mg not in reachable or can_make(mg, kinds)
    assert not can_make(mg, kinds) or (mg / smallest_part_mg(kinds)).denominator == 1


# --- by eye ------------------------------------------------------------------------------------


def in_words(mg: str, kinds: tuple[Tablet, ...], **wanted: bool) -> str:
    return " | ".join(
        " + ".join(f"{count.number}×{count.tablet.product}" for count in intake.counts)
        for intake in intakes_of(Fraction(mg), kinds, **wanted)
    )


@pytest.mark.parametrize(
    ("mg", "kinds", "said"),
    [
        ("10", tablets("20"), "1/2×20"),
        ("20", tablets("20"), "1×20"),
        ("20", tablets("30", "10"), "1×10 | 1×10"),
        ("15", tablets("10"), "1/2×10 | 1/2×10 | 1/2×10"),
        ("60", tablets("40", "10"), "1/2×40 | 1/2×40 | 1/2×40"),
        ("80", tablets("40", "10"), "1×40 | 1×40"),
        ("90", tablets("10"), "3×10 | 3×10 | 3×10"),
        ("100", tablets("10"), "7/2×10 | 7/2×10 | 3×10"),
        ("110", tablets("40", "10"), "1×40 | 1×40 | 1/2×40 + 1×10"),
        ("120", tablets("40", "10"), "1×40 | 1×40 | 1×40"),
        ("280", tablets("40", "10"), "5/2×40 | 5/2×40 | 2×40"),
        ("460", tablets("20"), "8×20 | 15/2×20 | 15/2×20"),
        ("0", tablets("10"), ""),
    ],
)
def test_what_a_pharmacist_would_write(mg: str, kinds: tuple[Tablet, ...], said: str) -> None:
    assert in_words(mg, kinds) == said


@pytest.mark.parametrize(("mg", "said"), [("80", "4×10 | 4×10"), ("90", "3×10 | 3×10 | 3×10")])
def test_of_a_dose_that_lasts_no_tablet_is_cut_for_the_sake_of_a_third_intake(mg: str, said: str) -> None:
    assert in_words(mg, tablets("10"), lasting=True) == said


@pytest.mark.parametrize(
    ("mg", "kinds", "said"),
    [
        ("20", tablets("20"), "1/2×20 | 1/2×20"),
        ("20", tablets("40", "10"), "1×10 | 1×10"),
        ("40", tablets("40", "10"), "1/2×40 | 1/2×40"),
        ("10", tablets("20"), "1/2×20"),
        ("50", tablets("40", "10"), "1/2×40 + 1/2×10 | 1/2×40 + 1/2×10"),
    ],
)
def test_a_dose_to_be_divided_is_one_intake_only_where_nothing_else_can_be(
    mg: str, kinds: tuple[Tablet, ...], said: str
) -> None:
    assert in_words(mg, kinds, divided=True) == said


@pytest.mark.parametrize(
    ("mg", "kinds"), [("5", tablets("40")), ("80.01", tablets("10")), ("35", tablets("25!")), ("-10", tablets("10"))]
)
def test_a_dose_that_tablets_do_not_make(mg: str, kinds: tuple[Tablet, ...]) -> None:
    assert not can_make(Fraction(mg), kinds)


@pytest.mark.parametrize(
    ("mg", "kinds"),
    [
        ("1000", tablets("10")),
        ("490", tablets("20", "10")),
        ("1000", tablets("40", "30", "20", "10")),
        ("1000", tablets("5")),
    ],
)
def test_the_time_grows_with_the_dose_and_not_faster(mg: str, kinds: tuple[Tablet, ...]) -> None:
    started = process_time()
    intakes_of(Fraction(mg), kinds)

    assert process_time() - started < 1  # about 20 ms; trying every combination would take years
