"""What a pharmacist would not sign: each breach of the sentences of the design about suggestions, by its number.

The answer is read as a client gets it, from the dosages of its actions; nothing is asked of the planner.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from math import ceil
from typing import Any

from tests.core.plans.regimens import STRENGTHS, Regimen, Signing

Json = dict[str, Any]
EXTENSION = "org.baclofen-cds"
NO_PLAN = "Pas de plan"
_MG = re.compile(r"(\d+)\s*mg", re.IGNORECASE)
_HALF = Fraction(5)
_STEP = Fraction(10)


@dataclass(frozen=True)
class Part:
    """One dosage of a plan: tablets of one strength at some moments, on each day of [since, until)."""

    since: date
    until: date | None
    moments: tuple[str, ...]
    number: Fraction
    strength: Fraction


def orders_of(suggestion: Json) -> list[Json]:
    resources = [action["resource"] for action in suggestion["actions"]]
    return [resource for resource in resources if resource["resourceType"] == "MedicationRequest"]


def is_plan(suggestion: Json) -> bool:
    return any("sequence" in dosage for order in orders_of(suggestion) for dosage in order["dosageInstruction"])


def parts_of(suggestion: Json) -> list[Part]:
    return [_part(order, dosage) for order in orders_of(suggestion) for dosage in order["dosageInstruction"]]


def _part(order: Json, dosage: Json) -> Part:
    read = _MG.search(order["medicationCodeableConcept"].get("text", "")) or re.search(
        r"(\d+)", order["medicationCodeableConcept"].get("text", "10")
    )
    assert read
    repeat = dosage["timing"]["repeat"]
    bounds = repeat["boundsPeriod"]
    until = date.fromisoformat(bounds["end"]) + timedelta(days=1) if "end" in bounds else None
    number = Fraction(str(dosage["doseAndRate"][0]["doseQuantity"]["value"]))
    return Part(date.fromisoformat(bounds["start"]), until, tuple(repeat["when"]), number, Fraction(read.group(1)))


def levels_of(parts: list[Part]) -> list[tuple[date, dict[str, list[Part]]]]:
    """For each day on which something changes, what is taken at each moment."""
    days = sorted({part.since for part in parts} | {part.until for part in parts if part.until})
    return [(day, by_moment) for day in days if (by_moment := _on(parts, day))]


def _on(parts: list[Part], day: date) -> dict[str, list[Part]]:
    found: dict[str, list[Part]] = {}
    for part in parts:
        if part.since <= day and (part.until is None or day < part.until):
            for moment in part.moments:
                found.setdefault(moment, []).append(part)
    return found


def mg_of(level: dict[str, list[Part]]) -> dict[str, Fraction]:
    return {
        moment: sum((part.number * part.strength for part in parts), Fraction(0)) for moment, parts in level.items()
    }


def total(intakes: dict[str, Fraction]) -> Fraction:
    return sum(intakes.values(), Fraction(0))


# --- the sentences -------------------------------------------------------------------------------


def breaches(signing: Signing, cards: list[Json]) -> Iterator[tuple[str, str]]:
    """(number of the sentence, what is wrong) for each breach in an answer."""
    found = {
        finding["id"]: finding["indicator"]
        for card in reversed(cards)
        for finding in card["extension"][EXTENSION]["findings"]
    }
    yield from _of_the_answer(cards, found)
    for suggestion in (item for card in cards for item in card.get("suggestions", [])):
        yield from _of_words(suggestion)
        if is_plan(suggestion):
            levels = [(day, level, mg_of(level)) for day, level in levels_of(parts_of(suggestion))]
            doses = [mg for _, _, mg in levels]
            yield from _of_doses(signing, suggestion, doses, found)
            yield from _of_days(signing, suggestion, levels)
            yield from _of_tablets(signing, [level for _, level, _ in levels])


def _of_doses(
    signing: Signing, suggestion: Json, doses: list[dict[str, Fraction]], found: dict[str, str]
) -> Iterator[tuple[str, str]]:
    taken, ordered = signing.taken, signing.ordered
    before = taken.mg if taken else Fraction(0)
    stops = bool(signing.said["orders"][0].get("stop"))
    if max(map(total, doses)) > max(before, Fraction(0) if stops else ordered.mg):
        yield "1", "above what is taken and what is ordered"
    if taken:
        yield from _of_intakes([_first(taken), *doses], taken)
    else:
        yield from _of_intakes(doses, None)
    number = len(taken.intakes) if taken else max(2, len(ordered.intakes))
    if any(len(mg) != min(number, total(mg) // _HALF) for mg in doses):
        yield "2", "another number of intakes"
    if {"not-adult"} & set(found) or (not taken and "consumption-below-threshold" in found) or _suicidal(signing):
        if any(total(two) > total(one) for one, two in pairwise(doses)) or total(doses[0]) > max(
            before, Fraction(20)
        ):
            yield "4", "a level rises"
        if suggestion.get("isRecommended") and total(doses[0]) > before:
            yield "4", "a start or rise is recommended"
    if taken and total(doses[-1]) > before and ordered.mg > 3 * before:
        yield "5", "a plan up to more than three times what is taken"


def _suicidal(signing: Signing) -> bool:
    return "Z91.5" in signing.said["conditions"]


def _first(taken: Regimen) -> dict[str, Fraction]:
    return taken.named or {str(number): mg for number, mg in enumerate(taken.intakes)}


def _of_intakes(doses: list[dict[str, Fraction]], taken: Regimen | None) -> Iterator[tuple[str, str]]:
    for place, (before, after) in enumerate(pairwise(doses)):
        unknown = place == 0 and taken is not None and not taken.moments
        pairs = _sorted_pairs(before, after) if unknown else _pairs(before, after)
        most = Fraction(0) if total(after) <= total(before) else _STEP
        if any(mg > (_rounded_up(old) if most == 0 else old + most) for old, mg in pairs):
            yield "2", "an intake rises on the way down" if most == 0 else "an intake rises by more than a step"


def _rounded_up(mg: Fraction) -> Fraction:
    return ceil(mg / _HALF) * _HALF


def _pairs(before: dict[str, Fraction], after: dict[str, Fraction]) -> list[tuple[Fraction, Fraction]]:
    return [(before.get(moment, Fraction(0)), mg) for moment, mg in after.items()]


def _sorted_pairs(before: dict[str, Fraction], after: dict[str, Fraction]) -> list[tuple[Fraction, Fraction]]:
    old = sorted(before.values(), reverse=True) + [Fraction(0)] * len(after)
    return list(zip(old, sorted(after.values(), reverse=True), strict=False))


def _of_days(
    signing: Signing, suggestion: Json, levels: list[tuple[date, dict[str, list[Part]], dict[str, Fraction]]]
) -> Iterator[tuple[str, str]]:
    on = signing.said["on"]
    ends = [part.until for part in parts_of(suggestion)]
    if None in ends:
        yield "plan", "runs on without an end"
    elif max(end for end in ends if end) > on + timedelta(days=28):
        yield "plan", "an order of more than 28 days"
    for (_, _, before), (day, _, after) in pairwise(levels):
        if total(after) > total(before) and day >= on + timedelta(days=14):
            yield "plan", "rises beyond the visit"
    reached = total(levels[-1][2]) <= _HALF * 2  # else the order ends at a visit on the way
    if signing.said["orders"][0].get("stop") and signing.taken and None not in ends and reached:
        risk = "G40.9" in signing.said["conditions"]
        if (max(end for end in ends if end) - on).days < (14 if risk else 7):
            yield "plan", "a stop that is too short"


def _of_tablets(signing: Signing, levels: list[dict[str, list[Part]]]) -> Iterator[tuple[str, str]]:
    parts = [part for level in levels for at in level.values() for part in at]
    if any(part.number.denominator != 1 and part.strength != _STEP for part in parts):
        yield "5", "a coarse tablet is cut"
    coarse = {part.strength for part in parts} - {_STEP}
    theirs = Fraction(STRENGTHS[signing.taken.product]) if signing.taken else _STEP
    highest = [mg_of(level) for level in levels]
    many = any(total(mg) > 120 or max(mg.values()) > 40 for mg in highest)
    if len(coarse) > 1 or (coarse and not many and coarse != {theirs}):
        yield "5", "another strength than needed"


def _of_words(suggestion: Json) -> Iterator[tuple[str, str]]:
    for order in orders_of(suggestion):
        rendered = any("rendered" in item.get("url", "") for item in order.get("extension", []))
        said = [dosage.get("text") or dosage.get("patientInstruction") for dosage in order["dosageInstruction"]]
        if is_plan(suggestion) and not rendered and not all(said):
            yield "6", "a dosage without words"
        quantity = order.get("dispenseRequest", {}).get("quantity", {}).get("value", 0)
        if is_plan(suggestion) and Fraction(str(quantity)).denominator != 1:
            yield "6", "half a tablet to dispense"
        if (
            not order.get("priorPrescription", {})
            .get("reference", "MedicationRequest/")
            .startswith("MedicationRequest/")
        ):
            yield "6", "a link to something else than a prescription"


def _of_the_answer(cards: list[Json], found: dict[str, str]) -> Iterator[tuple[str, str]]:
    changing = [[item for item in card.get("suggestions", []) if orders_of(item)] for card in cards]
    if sum(map(bool, changing)) > 1:
        yield "3", "two cards change one order"
    if sum("isRecommended" in item for items in changing for item in items) > 1:
        yield "3", "two changes of one order are recommended"
    doses = {"warning", "critical"} & {found.get(rule, "") for rule in _DOSE_RULES}
    alone = [item for items in changing for item in items if not is_plan(item) and len(item["actions"]) == 1]
    if doses and alone:
        yield "3", "the dose that a finding speaks of is written again"
    details = " ".join(card["detail"] for card in cards)
    told = NO_PLAN in details.replace("\u00a0", " ")
    plans = [item for items in changing for item in items if is_plan(item) or len(item["actions"]) > 1]
    if doses and not plans and not told:
        yield "7", "no plan, and not why"


_DOSE_RULES = {
    "daily-dose-above-maximum", "daily-dose-above-recommended", "specialist-care", "dose-reduction-too-fast",
    "dose-increase-too-fast", "initial-dose-too-high", "abrupt-stop",
}  # fmt: skip
