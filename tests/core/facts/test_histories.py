"""What the problem list says of a disorder: by its codes, then by its words, as far as these are read."""

from datetime import date

import pytest

from cds_service.core.facts.histories import MOST_CHARACTERS, TOO_MUCH_TEXT, Histories, is_asked_for
from cds_service.core.model.known import Known, ReportedNone, Unknown
from cds_service.core.record.prefetch import Records
from cds_service.core.record.terminology import ListName
from tests.known import known
from tests.vignette_orders import Resource
from tests.vignette_record import condition

ON = date(2026, 10, 5)


def histories(*written: str | Resource) -> Histories:
    conditions = tuple(condition(it, ON) if isinstance(it, str) else it for it in written)
    return Histories(Records("conditions", conditions), known().terminology, ON)


def test_of_a_long_list_the_codes_count_and_what_is_not_read_is_said() -> None:
    """A budget of work: of longer texts the rest is not read, and what only words would say is unknown."""
    long = "Antécédent de crise comitiale, " + "x" * 500
    many = histories(*[f"F10.2 « {long} »"] * (MOST_CHARACTERS // len(long) + 1), "F33.2")

    assert isinstance(many.of(ListName.PSYCHIATRIC_DISORDER), Known)
    assert many.of(ListName.SUICIDALITY) == Unknown(TOO_MUCH_TEXT, "conditions")


def test_a_name_that_is_no_list_is_refused() -> None:
    """Else a slip of ours would read as a disorder that nobody has."""
    with pytest.raises(LookupError):
        histories("F10.2").of("siezure")


@pytest.mark.parametrize(
    ("status", "active", "recurring"),
    [
        ("", True, False),
        ("resolved", False, False),
        ("inactive", False, False),
        ("remission", False, False),
        ("relapse", True, True),
        ("recurrence", True, True),
    ],
)
def test_what_became_of_a_disorder(status: str, active: bool, recurring: bool) -> None:
    said = histories(f"F33.2 {status}").of(ListName.PSYCHIATRIC_DISORDER)

    assert isinstance(said, Known)
    assert (said.value.active, said.value.recurring) == (active, recurring)


@pytest.mark.parametrize(("status", "refuted"), [("refuted", True), ("entered-in-error", False), ("", False)])
def test_what_is_refuted_is_not_what_was_a_slip(status: str, refuted: bool) -> None:
    assert isinstance(histories(f"F10.2 {status}").refutes(ListName.ALCOHOL_DEPENDENCE), Known) == refuted


def test_what_is_no_condition_says_nothing() -> None:
    other = condition("F33.2", ON) | {"resourceType": "Observation"}

    assert histories(other).of(ListName.PSYCHIATRIC_DISORDER) == ReportedNone("conditions")


@pytest.mark.parametrize("element", ["recordedDate", "dateRecorded"])
def test_what_was_recorded_after_the_day_is_not_known_on_it(element: str) -> None:
    """By the element of R4 and by that of DSTU2. The record may begin after the disorder."""
    undated = condition("F33.2 undated", ON) | {"onsetDateTime": "2020-01-01"}

    assert isinstance(histories(undated | {element: "2026-10-05"}).of(ListName.PSYCHIATRIC_DISORDER), Known)
    assert histories(undated | {element: "2026-10-06"}).of(ListName.PSYCHIATRIC_DISORDER) == ReportedNone(
        "conditions"
    )


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("F10.2", True),
        ("M54.5", False),
        ("M54.5 « Lombalgie »", False),
        ("Z99.9 « Crise d’épilepsie »", True),
        ("M54.5 « Pas d’épilepsie »", False),
        ("uncoded « Lombalgie »", True),
    ],
)
def test_which_conditions_are_kept_for_a_replay(written: str, asked: bool) -> None:
    assert is_asked_for(condition(written, ON), known().terminology) == asked
