"""Words of the whole order beside several lines, a cap, or a dose as needed: what agrees, and what may be meant."""

from fractions import Fraction

import pytest

from cds_service.core.dose.order_dose import read_dose
from cds_service.core.model.dose import NotComputable
from tests.builders import TABLET_OF_10_MG, TERMINOLOGY, order_of
from tests.core.dose.reading import ON

TWO_LINES = ["dose 1 cp | when MORN", "dose 2 cp | when EVE"]
THREE_LINES = ["dose 1 cp | when MORN", "dose 1 cp | when NOON", "dose 1 cp | when EVE"]
CAPPED = ["dose 2 cp | code TID | asNeeded true | maxPerPeriod 40 mg / 1 d"]
RANGE_CAPPED = ["dose 2–4 cp | code TID | maxPerPeriod 80 mg / 1 d"]
AS_NEEDED = ["dose 1–2 cp | code TID | asNeeded true"]
ONE_LINE = ["dose 2 cp | code TID"]


def asked(lines: list[str], words: str) -> tuple[str, Fraction] | None:
    """What is asked about the words, and the highest dose that is judged; None where they agree."""
    read = read_dose(order_of(*lines, words=words), TABLET_OF_10_MG, TERMINOLOGY, ON)
    assert not isinstance(read.dose, NotComputable)
    high = max(step.mg_per_day.high for step in read.dose)
    return next(((question.reason, high) for question in read.questions), None)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        # the sum of the day, and what each line says of its own part
        (TWO_LINES, "30 mg par jour"),
        (TWO_LINES, "10 mg par jour le matin et 20 mg par jour le soir"),
        (TWO_LINES, "2 fois par jour"),
        (TWO_LINES, "1 prise par jour"),
        (THREE_LINES, "3 fois par jour"),
        (THREE_LINES, "1 cp 3 fois par jour"),
        # what is ordered before the cap, what is left under it, and the cap itself
        (CAPPED, "2 cp 3 fois par jour si besoin"),
        (CAPPED, "60 mg par jour"),
        (CAPPED, "40 mg par jour"),
        (CAPPED, "40 mg"),
        (CAPPED, "maximum 40 mg par jour"),
        (RANGE_CAPPED, "2 à 4 cp 3 fois par jour"),
        (RANGE_CAPPED, "80 mg par jour"),
        # as needed, every number of intakes up to the highest
        (AS_NEEDED, "3 fois par jour"),
        (AS_NEEDED, "1 fois par jour"),
        (AS_NEEDED, "60 mg par jour"),
        ([*CAPPED, "dose 1 cp | when MORN"], "70 mg par jour"),
        # an amount alone may be an intake, the day, or a cap above the day
        (ONE_LINE, "20 mg"),
        (ONE_LINE, "60 mg"),
        (["dose 1 cp | code TID | maxPerPeriod 80 mg / 1 d"], "80 mg"),
        # a limit within a range leaves room for it, and the range is judged on its upper end
        (["dose 1–3 cp | code TID"], "maximum 60 mg par jour"),
        (ONE_LINE, "maximum 20 mg par prise"),
        (ONE_LINE, "maximum 60 mg par jour"),
        (ONE_LINE, "maximum 80 mg par jour"),
        (AS_NEEDED, "si besoin, maximum 60 mg par jour"),
    ],
)
def test_words_that_agree_are_not_asked_about(lines: list[str], words: str) -> None:
    assert asked(lines, words) is None


@pytest.mark.parametrize(
    ("lines", "words", "reason", "possible"),
    [
        # a change that is announced: at least all lines together
        (TWO_LINES, "Augmenter la dose la semaine prochaine", "instruction-changes-dose", 30),
        (ONE_LINE, "2 cp 3 fois par jour, à doubler si besoin", "instruction-changes-dose", 120),
        (ONE_LINE, "à doubler si besoin", "instruction-changes-dose", 120),
        (ONE_LINE, "augmentation progressive : max 120 mg/j", "instruction-changes-dose", 120),
        # 4 tablets as an intake, taken as often as the lines say: twice
        (TWO_LINES, "Prendre 4 cp", "text-disagrees", 80),
        (TWO_LINES, "40 mg par jour", "text-disagrees", 40),
        (TWO_LINES, "1 cp le matin et 3 cp le soir", "text-disagrees", 40),
        # the greatest intake that is ordered, 20 mg, as often as the words say
        (TWO_LINES, "3 fois par jour", "text-disagrees", 60),
        (THREE_LINES, "2 cp 3 fois par jour", "text-disagrees", 60),
        (CAPPED, "4 fois par jour", "text-disagrees", 80),
        (CAPPED, "maximum 80 mg par jour", "text-disagrees", 80),
        (AS_NEEDED, "4 fois par jour", "text-disagrees", 80),
        # as needed up to a maximum above what is ordered: the larger reading is judged
        (AS_NEEDED, "si besoin, maximum 12 cp", "text-disagrees", 120),
        (AS_NEEDED, "1 cp si besoin max 12 cp/j", "text-disagrees", 120),
        (AS_NEEDED, "2 cp 3 fois par jour. 1 cp si besoin, max 120 mg/j", "text-disagrees", 120),
        (ONE_LINE, "max 10 mg si besoin", "text-disagrees", 60),
        (ONE_LINE, "max 40 mg/j si insuffisance rénale", "text-disagrees", 60),
        # of two amounts that are not ordered the greater may be meant, three times a day
        (ONE_LINE, "Prendre 30 mg. Prendre 40 mg", "text-disagrees", 120),
        (ONE_LINE, "5 fois par jour. 4 fois par jour", "text-disagrees", 100),
        # a day told twice, once as it is ordered: the other may be meant beside it
        (ONE_LINE, "2 cp 3 fois par jour, 1 cp le matin, 1 cp le midi, 1 cp le soir", "text-disagrees", 90),
        (AS_NEEDED, "1 cp 3 fois par jour, 2 cp le matin, 1 cp le midi, 1 cp le soir", "text-disagrees", 70),
        # below what is ordered: what is ordered may be meant
        (ONE_LINE, "Prendre 15 mg", "text-disagrees", 60),
        (ONE_LINE, "maximum 30 mg par jour", "text-disagrees", 60),
        (ONE_LINE, "maximum 10 mg par prise", "text-disagrees", 60),
        (ONE_LINE, "1 fois par jour", "text-disagrees", 60),
    ],
)
def test_words_that_do_not_are_asked_about_with_the_dose_that_may_be_meant(
    lines: list[str], words: str, reason: str, possible: int
) -> None:
    assert asked(lines, words) == (reason, Fraction(possible))
