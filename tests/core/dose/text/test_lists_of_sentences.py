"""Lists of sentences by others: harmless ones are not asked about, another dose or a lower one is never missed."""

from fractions import Fraction

import pytest

from cds_service.core.dose.text.free_text import what_is_said
from cds_service.core.dose.text.leftover import holds_more
from tests.builders import TABLET_OF_10_MG
from tests.core.dose.words_beside import FOLDER, sentences, wrongly_judged


# Of a list of harmless sentences at most so many may be asked about. The fourth is full of numbers of all kinds, the
# fifth of verbs such as "augmenter" and "arrêter".
@pytest.mark.parametrize(
    ("name", "least", "most_said"),
    [
        ("harmless-fr", 200, 4),
        ("second-harmless-fr", 100, 4),
        ("third-harmless-fr", 200, 4),
        ("fourth-harmless-fr", 220, 13),
        ("fifth-harmless-fr", 160, 26),
    ],
)
def test_of_harmless_sentences_hardly_one_is_asked_about(name: str, least: int, most_said: int) -> None:
    assert len(sentences(name)) >= least
    assert len(wrongly_judged(name)) <= most_said


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("other-dose-fr", 200),
        ("other-dose-en", 60),
        ("second-other-dose-fr", 100),
        ("second-other-dose-en", 29),
        ("third-other-dose-fr", 197),
        ("third-other-dose-en", 58),
        ("fourth-other-dose-fr", 120),
    ],
)
def test_no_other_dose_or_rhythm_is_missed(name: str, least: int) -> None:
    assert len(sentences(name)) >= least
    assert wrongly_judged(name) == []


def test_of_changes_that_are_hidden_among_other_things_hardly_one_is_missed() -> None:
    assert len(sentences("fifth-other-dose-fr")) == 160
    assert len(wrongly_judged("fifth-other-dose-fr")) <= 4


# Of the 240 dosages of a pharmacist at least so many are read as he reads them.
LEAST_READ = 190
_DOSES = [
    line.split("\t")
    for line in (FOLDER / "doses-of-a-pharmacist.tsv").read_text(encoding="utf-8").splitlines()
    if "\t" in line
]


@pytest.mark.parametrize("sentence", [sentence for sentence, mg in _DOSES if mg == "?"])
def test_where_a_pharmacist_cannot_tell_a_dose_none_is_read(sentence: str) -> None:
    assert what_is_said(sentence, TABLET_OF_10_MG).most_a_day is None


@pytest.mark.parametrize(("sentence", "mg"), [(sentence, mg) for sentence, mg in _DOSES if mg != "?"])
def test_no_dose_is_read_lower_in_silence(sentence: str, mg: str) -> None:
    said = what_is_said(sentence.replace("\\n", "\n"), TABLET_OF_10_MG)
    unread = said.number_left or holds_more(said.left, is_step=False, some_days=False, has_day=bool(said.days))

    assert said.most_a_day is None or said.most_a_day >= Fraction(mg) or said.changes or said.untimed or unread


def test_most_dosages_of_a_pharmacist_are_read_as_they_are() -> None:
    told = [
        (what_is_said(sentence.replace("\\n", "\n"), TABLET_OF_10_MG).most_a_day, Fraction(mg))
        for sentence, mg in _DOSES
        if mg != "?"
    ]

    assert sum(read == mg for read, mg in told) >= LEAST_READ
