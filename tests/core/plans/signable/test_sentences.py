"""A pharmacist’s sentences over the suggestions of every signing.

`python -m tests.core.plans.signable` counts the breaches. That the sentences see what they are for, and nothing
else, is tested on plans written by hand.
"""

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings

from tests.core.plans.plan_requests import Json
from tests.core.plans.signable.clicks import Click, Intake, Level, Signing, signing_of
from tests.core.plans.signable.counting import Count, count_everyday, count_generated
from tests.core.plans.signable.sentences import SENTENCES
from tests.core.plans.signable.situations import reorders
from tests.vignette_cases import request

ON = date(2026, 11, 23)
EXAMPLES = max(200, settings().max_examples)


@pytest.fixture(scope="module")
def generated() -> Count:
    return count_generated(EXAMPLES)


@pytest.fixture(scope="module")
def everyday() -> Count:
    return count_everyday()


@pytest.mark.parametrize("number", SENTENCES)
def test_a_sentence_holds_for_every_signing(number: int, generated: Count) -> None:
    assert not generated.breaches[number]


@pytest.mark.parametrize("number", SENTENCES)
def test_a_sentence_holds_for_every_everyday_order(number: int, everyday: Count) -> None:
    assert not everyday.breaches[number]


def test_there_is_much_to_look_at(generated: Count, everyday: Count) -> None:
    assert (generated.signings, everyday.signings) == (EXAMPLES, 20)
    assert generated.clicks > generated.signings
    assert generated.why


# --- the sentences themselves --------------------------------------------------------------------


def plan(*days: dict[str, int], strength: int = 10, last: int | None = 24, **more: Any) -> Click:
    """A plan of two days a level, the last for `last` days; each level by moment and mg."""
    starts = [ON + timedelta(days=2 * number) for number in range(len(days))]
    ends = [*starts[1:], None if last is None else starts[-1] + timedelta(days=last)]
    levels = [
        Level(
            since,
            until,
            tuple(Intake(moment, Fraction(mg)) for moment, mg in day.items()),
            {Fraction(strength): Fraction(sum(day.values()), strength)},
            frozenset({Fraction(strength)} if any(mg % strength for mg in day.values()) else ()),
        )
        for since, until, day in zip(starts, ends, days, strict=True)
    ]
    written = {"status": "draft", "dosageInstruction": [{"text": "dès le …"} for _ in levels]}
    return Click(0, "plan", True, ("specialist-care",), (written,), ("draft-1",), tuple(levels), **more)


def signing(order: str, taken: str, /, *clicks: Click, **said: Any) -> Signing:
    situation = {"id": "x", "on": ON, "orders": [order], "taken": [taken] if taken else []} | said
    whole = signing_of(request(situation), ON)
    return replace(whole, clicks=clicks, why=())


DOWN = {"MORN": 30, "NOON": 30, "EVE": 30}, {"MORN": 30, "NOON": 20, "EVE": 30}
OF_120 = "Zentiva 10, 40 mg MORN&NOON&EVE"
OF_10 = "Zentiva 10, 5 mg MORN&EVE"
STOP_OF_10 = {"order": OF_10, "stop": True, "id": "taken-1"}
RISES = "a plan rises beyond the visit"


@pytest.mark.parametrize(
    ("number", "made", "breaches"),
    [
        (1, signing(OF_120, OF_120, plan(*DOWN)), []),
        (1, signing(OF_120, OF_120, plan({"MORN": 50, "NOON": 40, "EVE": 40})), ["a plan passes above both doses"]),
        (2, signing(OF_120, OF_120, plan(*DOWN)), []),
        (
            2,
            signing(OF_120, OF_120, plan({"MORN": 50, "NOON": 20, "EVE": 20})),
            ["an intake rises on the way down"],
        ),
        (
            2,  # no higher than what is taken, and above the level before
            signing(OF_120, OF_120, plan({"MORN": 30, "NOON": 40, "EVE": 40}, {"MORN": 40, "NOON": 30, "EVE": 30})),
            ["an intake rises on the way down"],
        ),
        (2, signing(OF_120, OF_120, plan({"MORN": 40, "EVE": 40})), ["another number of intakes a day"]),
        # Without moments the sorted intakes are compared.
        (2, signing(OF_120, "Zentiva 10, 40 mg TID", plan({"MORN": 20, "NOON": 40, "EVE": 20})), []),
        (
            2,
            signing("Zentiva 10, 20 mg TID", "Zentiva 10, 10 mg MORN&EVE", plan({"MORN": 25, "EVE": 5})),
            ["an intake rises by more than the step"],
        ),
        (3, signing(OF_120, OF_120, plan(*DOWN)), []),
        (
            3,
            signing(OF_120, OF_120, plan(*DOWN), Click(1, "product", True, (), ({},), ("draft-1",), ())),
            [
                "changes of one order on several cards",
                "several changes of one order are recommended",
                "the alarming dose is written again",
            ],
        ),
        (4, signing(OF_120, OF_120, plan(*DOWN), age=16), []),
        (
            4,
            signing(OF_120, "", plan({"MORN": 10, "EVE": 5}, {"MORN": 15, "EVE": 10}), age=16),
            ["a level rises where none may", "a start or a rise is recommended where none may be"],
        ),
        (
            4,
            signing(OF_120, "", plan({"MORN": 15, "EVE": 10}), consumption="35 g/d"),
            [
                "a first level above what is taken and a start",
                "a start or a rise is recommended where none may be",
            ],
        ),
        (5, signing(OF_120, OF_120, plan(*DOWN)), []),
        (
            5,
            signing(OF_120, "Baclocur 20, 40 mg TID", plan({"MORN": 30, "NOON": 40, "EVE": 40}, strength=20)),
            ["a tablet that is not of 10 mg is cut"],
        ),
        (
            5,
            signing(OF_120, OF_120, plan({"MORN": 40, "NOON": 40, "EVE": 20}, strength=20)),
            ["tablets that the patient does not take, and not of 10 mg"],
        ),
        (
            5,
            signing("Zentiva 10, 160 mg TID", "Zentiva 10, 10 mg TID", plan({"MORN": 20, "NOON": 10, "EVE": 10})),
            ["a plan towards more than three times what is taken"],
        ),
        (6, signing(OF_120, OF_120, plan(*DOWN)), []),
        (7, signing(OF_120, OF_120, plan(*DOWN)), []),
        (7, signing(OF_120, OF_120), ["no plan, and no reason given"]),
        (7, replace(signing(OF_120, OF_120), takes_actions=False), []),
        (
            7,
            replace(signing(OF_120, OF_120, plan(*DOWN)), takes_actions=False),
            ["a suggestion to a client that takes none"],
        ),
        (10, signing(OF_120, OF_120, plan(*DOWN)), []),
        (10, signing(OF_120, OF_120, plan(*DOWN, last=None)), ["a plan runs on without an end"]),
        (10, signing(OF_120, OF_120, plan(*DOWN, last=27)), ["an order of more than 28 days"]),
        (10, signing(OF_120, "", plan(*([{"MORN": 10, "EVE": 5}] * 7), {"MORN": 15, "EVE": 10}, last=9)), [RISES]),
        (10, signing("", OF_10, plan({"MORN": 5}, last=7), orders=[STOP_OF_10]), []),
        (10, signing("", OF_10, plan({"MORN": 5}, last=6), orders=[STOP_OF_10]), ["a stop that is too short"]),
        (
            10,
            signing("", OF_10, plan({"MORN": 5}, last=7), orders=[STOP_OF_10], conditions=["F10.2", "G40.9"]),
            ["a stop that is too short"],
        ),
        (8, signing(OF_120, OF_120, plan(*DOWN)), []),
        (
            8,
            signing(OF_120, OF_120, Click(0, "Orienter", True, (), (), (), (), refers=True)),
            ["no way to document a referral that is made already"],
        ),
        # A first order whose dose is not read is no unchanged dose.
        (8, signing("baclofen, 3 cp TID", "", Click(0, "Orienter", True, (), (), (), (), refers=True)), []),
    ],
)
def test_a_sentence_sees_what_it_is_for(number: int, made: Signing, breaches: list[str]) -> None:
    assert list(SENTENCES[number](made)) == breaches


def test_words_links_codes_and_tablets_of_what_is_written() -> None:
    order = {
        "status": "Draft",
        "dosageInstruction": [{}],
        "priorPrescription": {"reference": "MedicationStatement/1"},
        "dispenseRequest": {"quantity": {"value": Fraction(177, 2)}, "numberOfRepeatsAllowed": 2},
    }
    [level] = plan({"MORN": 10}, last=None).levels
    click = Click(0, "plan", False, (), (order,), ("draft-1",), (level,))

    assert list(SENTENCES[6](signing(OF_120, OF_120, click))) == [
        "a dosage without words",
        "priorPrescription to what is no MedicationRequest",
        "a status that R4 does not have",
        "tablets to dispense that are not whole",
        "a short order that may be dispensed again",
        "a last level without an end, and tablets for some days",
    ]


def test_two_lines_of_one_group_are_one_regimen() -> None:
    group = {"groupIdentifier": {"system": "urn:plan", "value": "1"}}
    lines = [{"order": order, "fhir": group} for order in ("Baclocur 40, 1 cp TID", "Baclocur 10, 1 cp MORN")]
    said = {"orders": [line | {"replaces": f"taken-{at}"} for at, line in enumerate(lines, start=1)], "taken": lines}

    assert list(SENTENCES[9](signing("", "", **said))) == ["lines of one regimen get no plan"]
    assert list(SENTENCES[9](signing("", "", plan(*DOWN), **said))) == ["a plan leaves a line of a regimen as it is"]


@settings(max_examples=max(10, EXAMPLES // 20))
@given(said=reorders())
def test_what_is_stopped_and_ordered_anew_gets_the_plans_of_an_order_that_is_linked(said: Json) -> None:
    stop, order = said["orders"]
    linked = said | {"orders": [order | {"replaces": stop["id"]}]}
    plans = [[click.levels for click in signing_of(request(it), said["on"]).clicks] for it in (said, linked)]

    assert plans[0] == plans[1]
