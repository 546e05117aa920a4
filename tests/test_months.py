"""The generator of compliant months is compliant, and what the fatigue is counted by can count."""

from collections import Counter
from datetime import timedelta
from itertools import islice
from typing import Any

import pytest

from bench.fatigue import findings, level, peaks
from bench.faults import FAULTS, planted
from bench.months import MIX, ON, WAYS, Month, months
from bench.orders import Order, medication_request

MANY = 400
TABLETS = {"66009893": 10, "69650566": 20, "68677400": 30, "69038793": 40, "64073783": 10, "60304050": 10}


def made(name: str, words: bool = False) -> list[Month]:
    return list(months(WAYS[name], words, MANY))


def draft(month: Month) -> dict[str, Any]:
    resource: dict[str, Any] = month.body["context"]["draftOrders"]["entry"][0]["resource"]
    return resource


def last(month: Month) -> dict[str, Any]:
    lines = [entry["resource"] for entry in month.body["prefetch"]["medications"]["entry"]]
    return next(line for line in lines if line["id"] == "last")


def daily(order: dict[str, Any]) -> float:
    """The dose of an order, read apart from what wrote it."""
    strength = TABLETS[order["medicationCodeableConcept"]["coding"][0]["code"]]
    mg = 0.0
    for dosage in order["dosageInstruction"]:
        repeat = dosage["timing"]["repeat"]
        times = len(repeat.get("when", [])) or repeat["frequency"]
        mg += strength * dosage["doseAndRate"][0]["doseQuantity"]["value"] * times
    return mg


@pytest.mark.parametrize("name", WAYS)
def test_a_month_is_compliant(name: str) -> None:
    for month in made(name):
        change = daily(draft(month)) - daily(last(month))
        referred = month.body["prefetch"]["referrals"]["total"]
        assert {"rise": 0 <= change <= 10, "lowering": -15 <= change <= 0}.get(month.kind, change == 0)
        assert daily(draft(month)) <= 80 or referred
        assert month.greatest_mg == max(daily(draft(month)), daily(last(month)))


def test_the_mix_and_the_share_above_80() -> None:
    made_of = made("unlinked, early")
    kinds = Counter(month.kind for month in made_of)

    assert set(kinds) == set(MIX)
    assert all(abs(kinds[kind] - MANY * share / 100) <= 25 for kind, share in MIX.items())
    assert 0.17 < sum(daily(last(month)) > 80 for month in made_of) / MANY < 0.33


def test_the_same_orders_each_time_with_words_and_without() -> None:
    plain, told = made("no end on record"), made("no end on record", words=True)

    assert plain == made("no end on record")
    assert [month.greatest_mg for month in plain] == [month.greatest_mg for month in told]
    assert all("text" in draft(month)["dosageInstruction"][0] for month in told)


def test_a_way_of_sending_is_what_it_says() -> None:
    for name, way in WAYS.items():
        for month in islice(made(name), 50):
            order = last(month)
            assert ("priorPrescription" in draft(month)) == way.linked
            assert ("requester" in order) == way.requester
            bounds = order["dosageInstruction"][0]["timing"]["repeat"].get("boundsPeriod")
            assert bool(bounds) == (way.days_left is not None and way.end_in == "bounds")


def test_a_period_ends_on_its_last_day() -> None:
    order = medication_request(Order("Baclocur", 10, (1, 1, 1), written=ON, days=28))
    period = order["dosageInstruction"][0]["timing"]["repeat"]["boundsPeriod"]

    assert period == {"start": ON.isoformat(), "end": (ON + timedelta(days=27)).isoformat()}


def test_each_planted_kind_comes_as_often_as_the_others() -> None:
    kinds = Counter(fault.kind for fault, _ in planted(len(FAULTS) * 3, words=False))

    assert set(kinds.values()) == {3}


def test_the_highest_day_of_a_suggestion_is_seen_over_all_the_orders_that_it_writes() -> None:
    coarse = medication_request(Order("Baclocur", 40, (1, 0, 1), written=ON, days=28))
    companion = medication_request(Order("Baclocur", 10, (0, 1, 0), written=ON))
    card = {
        "indicator": "warning",
        "extension": {
            "org.baclofen-cds": {"findings": [{"id": "a", "indicator": "info"}, {"id": "b", "indicator": "warning"}]}
        },
        "suggestions": [{"actions": [{"resource": coarse}, {"resource": companion}]}, {"actions": []}],
    }
    said = {"cards": [{"indicator": "info"}, card]}

    assert list(peaks(said)) == [90, 0]
    assert (level(said), level({"cards": []})) == ("warning", "silent")
    assert findings(said) == {"a": "info", "b": "warning"}
