"""Lists of sentences beside a dose: harmless ones are not asked about, another dose or rhythm is never missed."""

import pytest

from tests.core.dose.words_beside import sentences, wrongly_judged

# Of 200 harmless sentences at most so many may be asked about.
MOST_SAID = 4


@pytest.mark.parametrize(
    ("name", "least"), [("harmless-fr", 200), ("second-harmless-fr", 100), ("third-harmless-fr", 200)]
)
def test_of_harmless_sentences_hardly_one_is_asked_about(name: str, least: int) -> None:
    assert len(sentences(name)) >= least
    assert len(wrongly_judged(name)) <= MOST_SAID


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("other-dose-fr", 200),
        ("other-dose-en", 60),
        ("second-other-dose-fr", 100),
        ("second-other-dose-en", 29),
        ("third-other-dose-fr", 198),
        ("third-other-dose-en", 58),
    ],
)
def test_no_other_dose_or_rhythm_is_missed(name: str, least: int) -> None:
    assert len(sentences(name)) >= least
    assert wrongly_judged(name) == []
