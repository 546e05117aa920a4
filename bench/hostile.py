"""Builds requests that are meant to cost the service more than their size: one function for each kind.

Each is a call that the contract accepts, of about as many bytes as asked. Most of the bytes are one thing repeated.
"""

from collections.abc import Mapping
from urllib.parse import quote

from bench import bodies, hostile_shared
from bench.bodies import Resource
from bench.hostile_request import Kind, dosage, draft, of_size, request

ACCENTS = "\u0323\u0301"
"""Two accents in the order that is not canonical: to normalise many takes quadratic time."""

NOTE = 5_000
MOST_DOSAGES = 90
EVENTS = 10


# --- the dose --------------------------------------------------------------------------------


def bounded(number: int) -> Resource:
    """A dosage that begins and ends on days of its own."""
    period = {"start": f"2025-{number % 12 + 1:02}-{number % 28 + 1:02}", "end": f"2026-{number % 12 + 1:02}-28"}
    repeat = {"frequency": 3, "period": 1, "periodUnit": "d", "boundsPeriod": period}
    return dosage(timing={"repeat": repeat}, doseAndRate=[{"doseQuantity": bodies.milligrams(1 + number % 40)}])


def spread(dosages: list[Resource]) -> list[Resource]:
    """Drafts with as many dosages each as an order may have."""
    return [draft(first, dosages[first : first + MOST_DOSAGES]) for first in range(0, len(dosages), MOST_DOSAGES)]


def events(count: int) -> bytes:
    def days(number: int) -> list[str]:
        return [f"20{25 + (number + step) % 10}-{step % 12 + 1:02}-{number % 28 + 1:02}" for step in range(EVENTS)]

    dosages = [dosage(timing={"event": days(number)}) for number in range(count)]
    return request(spread(dosages))


def empty_dosages(count: int) -> bytes:
    return request([draft(1, [{}] * count)])


def weekdays(count: int) -> bytes:
    week = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    days = [[day for place, day in enumerate(week) if number >> place & 1] or ["mon"] for number in range(count)]
    repeats = [{"frequency": 1, "period": 1, "periodUnit": "wk", "dayOfWeek": some} for some in days]
    return request(spread([dosage(timing={"repeat": one}) for one in repeats]))


def drafts_with_bounds(count: int) -> bytes:
    return request([draft(number, [bounded(number)]) for number in range(count)])


def orders_on_record(count: int) -> bytes:
    taken = [draft(number, [bounded(number)], id=f"taken-{number}", status="active") for number in range(count)]
    return request([draft(0, [dosage()])], medications=taken)


def repeated_sequences(count: int) -> bytes:
    """Orders of 60 steps of two days, one behind the other."""
    repeat = {
        "frequency": 3,
        "period": 1,
        "periodUnit": "d",
        "boundsDuration": {"value": 2, "unit": "d", "code": "d"},
    }
    steps = [dosage(sequence=number + 1, timing={"repeat": repeat}) for number in range(60)]
    return request([draft(number, steps) for number in range(count // 60)])


def rates(count: int) -> bytes:
    return request([draft(0, [dosage(doseAndRate=[{"doseQuantity": bodies.milligrams(10)}] * count)])])


def times_of_day(count: int) -> bytes:
    times = [f"{number % 24:02}:{number // 24 % 60:02}:00" for number in range(count)]
    return request([draft(0, [dosage(timing={"repeat": {"timeOfDay": times, "period": 1, "periodUnit": "d"}})])])


def stops(count: int) -> bytes:
    return request([draft(number, [bounded(number)], status="stopped") for number in range(count)])


def one_id(count: int) -> bytes:
    return request([draft(0, [bounded(number)]) for number in range(count)])


def one_signing_on_record(count: int) -> bytes:
    taken = [draft(number, [bounded(number)], id=f"taken-{number}", status="active") for number in range(count)]
    dated = [order | {"authoredOn": bodies.ON} for order in taken]
    return request([draft(0, [dosage()])], medications=dated)


def uncoded_on_record(count: int) -> bytes:
    changes = {"status": "active", "authoredOn": bodies.ON}
    taken = [
        draft(
            0,
            [{"text": "1 cp matin"}],
            id=f"taken-{number}",
            medicationCodeableConcept={"text": f"baclofene {number}"},
        )
        for number in range(count)
    ]
    return request([draft(0, [dosage()])], medications=[order | changes for order in taken])


# --- words -----------------------------------------------------------------------------------


def notes(count: int) -> bytes:
    text = ("2 comprimés le matin, 1 le soir si besoin, puis 10 mg par semaine. " * 80)[:NOTE]
    return request([draft(0, [dosage()], note=[{"text": text} for _ in range(count // 10)])])


def instructions(count: int) -> bytes:
    texts = [f"{number} cp matin et soir pendant {number} jours" for number in range(count)]
    return request(spread([dosage(text=text) for text in texts]))


def instruction(text: str) -> Kind:
    return lambda count: request([draft(0, [dosage(text=text * count)])])


def condition(text: str) -> Kind:
    def make(count: int) -> bytes:
        one = bodies.condition("hostile", "64572001", "R69", text * count)
        return request([draft(0, [dosage()])], conditions=[one])

    return make


def medicine(text: str) -> Kind:
    def make(count: int) -> bytes:
        named = {"text": f"é{text * count}"}
        return request([draft(0, [dosage()], medicationCodeableConcept=named)])

    return make


def unit(count: int) -> bytes:
    one = bodies.consumption(1)
    one["valueQuantity"] |= {"code": "{a" * count}
    return request([draft(0, [dosage()])], observations=[one])


def references(count: int) -> bytes:
    return request([draft(0, [dosage()], priorPrescription={"reference": "/A" * count})])


def reasons(count: int) -> bytes:
    return request([draft(0, [dosage()], reasonCode=[{"text": "abstinence pas d'" * 3}] * count)])


def displays(count: int) -> bytes:
    codings = [
        {"system": bodies.ATC, "code": "M03BX01", "display": f"Baclofene {number} mg"} for number in range(count)
    ]
    return request([draft(0, [dosage()], medicationCodeableConcept={"coding": codings})])


def long_code(count: int) -> bytes:
    one = bodies.condition("hostile", "64572001", "F10." + "2" * count, "Disease")
    return request([draft(0, [dosage()])], conditions=[one])


# --- JSON and the form -----------------------------------------------------------------------


def escapes(count: int) -> bytes:
    return request([draft(0, [dosage()], note=[{"text": "\u00e9" * count}])])


def members(count: int) -> bytes:
    return request([draft(0, [dosage()], extension=[{f"m{number}": number} for number in range(count)])])


def codings(count: int) -> bytes:
    one = bodies.condition("hostile", "64572001", "R69", "Disease")
    one["code"]["coding"] = [{"system": bodies.SNOMED, "code": str(number)} for number in range(count)]
    return request([draft(0, [dosage()])], conditions=[one])


def form(count: int) -> bytes:
    return f"request={quote(ACCENTS)}".encode() + quote(ACCENTS).encode() * count


KINDS: Mapping[str, Kind] = {
    "90 dosages a draft, 10 timing.event each": events,
    "90 dosages a draft, by weekdays": weekdays,
    "one draft of empty dosages": empty_dosages,
    "drafts with different bounds": drafts_with_bounds,
    "baclofen orders on record": orders_on_record,
    "orders of 60 steps": repeated_sequences,
    "one dosage, many doses": rates,
    "one dosage, many hours": times_of_day,
    "drafts that stop": stops,
    "drafts of one id": one_id,
    "one signing on record": one_signing_on_record,
    "orders on record in words only": uncoded_on_record,
    "notes of 5,000 characters": notes,
    "many short instructions": instructions,
    "one instruction: accents": instruction(ACCENTS),
    "one instruction: numbers": instruction("1 "),
    "one instruction: words of a dosage": instruction("1 cp matin, "),
    "name of a condition: accents": condition(ACCENTS),
    "name of a condition: bipol": condition("bipol"),
    "name of a medicine: accents": medicine(ACCENTS),
    "name of a medicine: 1 mg": medicine("1 mg "),
    "reasons of an order": reasons,
    "names of a medicine": displays,
    "code of a condition": long_code,
    "unit of an observation": unit,
    "a reference of slashes": references,
    "escaped letters": escapes,
    "many members": members,
    "many codings": codings,
    "form of the first page: accents": form,
    **hostile_shared.KINDS,
}


def hostile(name: str, size: int) -> bytes:
    return of_size(size, KINDS[name])
