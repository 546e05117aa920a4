"""Seeded histories of patients with baclofen: each resource with how the record held it, from which day on.

What an export shows is only how it is today; the tests build each past day from the states instead. Products and
codes are French; doses, intervals and shares are invented, of no real population.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from bench.orders import ATC, CIM_10, CIS, CODES, EDQM, MOMENTS, NAMES, STATUS, UCUM, Resource

TODAY = date(2026, 6, 30)
_SINCE = date(2013, 1, 7)
_NOT_COMPUTABLE = "selon besoin, voir avec le patient"
_DOSES = (20, 30, 40, 50, 60, 80, 90, 120, 120, 150, 180, 240, 320)


@dataclass(frozen=True)
class Held:
    """A resource as the record held it from each day on, oldest first; the last one is what is exported.

    `undated` names what the export does not date about its last change.
    """

    states: tuple[tuple[date, Resource], ...]
    undated: str = ""

    @property
    def today(self) -> Resource:
        return self.states[-1][1]


@dataclass
class Patient:
    """All that the record of one patient ever held. `baclofen` are the orders of each signing, by its day."""

    identity: str
    resource: Resource
    held: list[Held] = field(default_factory=list)
    baclofen: dict[date, list[str]] = field(default_factory=dict)


@dataclass
class _Habit:
    """How one patient is prescribed: what of it stays the same from signing to signing."""

    linked: bool
    end_in: str
    days: int
    doctor: str
    spastic: bool


def patients(count: int, seed: int = 26) -> Iterator[Patient]:
    for number in range(count):
        yield _patient(f"p{number}", Random(f"{seed}/{number}"))  # noqa: S311  a seed, no secret


def _patient(identity: str, dice: Random) -> Patient:
    born = date(dice.randint(1940, 2004), dice.randint(1, 12), dice.randint(1, 28))
    gender = dice.choice(["male", "male", "female", "unknown"])
    person = {"resourceType": "Patient", "id": identity, "gender": gender, "birthDate": born.isoformat()}
    made = Patient(identity, person)
    habit = _Habit(
        linked=dice.random() < 0.3,
        end_in=dice.choice(["bounds", "bounds", "bounds", "supply", "validity", "none"]),
        days=dice.choice([28, 28, 28, 28, 84]),
        doctor=f"Practitioner/dr-{dice.randint(1, 40)}",
        spastic=dice.random() < 0.06,
    )
    first = _SINCE + timedelta(days=dice.randrange((TODAY - _SINCE).days - 60))
    made.held += _conditions(identity, first, habit, dice)
    made.held += _others(identity, first, dice)
    _signings(made, first, habit, dice)
    return made


def _signings(made: Patient, day: date, habit: _Habit, dice: Random) -> None:
    """A course of signings: renewals early and late, rises and falls, gaps, two lines, stops."""
    mg, prior = dice.choice((15, 20, 30, 30, 60)), ""
    for number in range(dice.randint(2, 26)):
        if day > TODAY:
            return
        lines = _lines(mg, day, dice)
        for place, (brand, strength, tablets) in enumerate(lines):
            name = f"{made.identity}-{number}-{place}"
            order = _order(name, made.identity, brand, strength, tablets, day, habit, dice)
            if habit.linked and prior and not place:
                order["priorPrescription"] = {"reference": f"MedicationRequest/{prior}"}
            made.held.append(_course_of(order, day, habit, dice))
            made.baclofen.setdefault(day, []).append(name)
        prior = f"{made.identity}-{number}-0"
        mg = _next(mg, dice)
        day += timedelta(days=habit.days + dice.choice((-6, -3, -1, 0, 0, 0, 0, 1, 3, 6, 15, 40, 200)))


def _next(mg: int, dice: Random) -> int:
    move = dice.random()
    if move < 0.55:
        return mg
    if move < 0.75:
        return min(mg + dice.choice((10, 10, 20)), 320)
    return max(mg - dice.choice((10, 10, 20, 40)), 10) if move < 0.9 else dice.choice(_DOSES)


def _lines(mg: int, day: date, dice: Random) -> list[tuple[str, int, tuple[float, float, float]]]:
    """The products of a day and their tablets morning, noon and evening; two lines where the tablets are coarse."""
    brands = ["Liorésal", "Zentiva"] if day < date(2018, 11, 1) else ["Baclocur", "Baclocur", "Zentiva"]
    brand = "EG" if dice.random() < 0.05 else dice.choice(brands)
    strength = 40 if brand == "Baclocur" and mg >= 120 else 20 if brand == "Baclocur" and mg >= 60 else 10
    whole, rest = divmod(mg, strength)
    lines = [(brand, strength, _spread(whole))] if whole else []
    if rest:
        lines.append((brand, 10, _spread(rest / 10)))
    return lines


def _spread(tablets: float) -> tuple[float, float, float]:
    each, more = divmod(tablets, 3)
    return each + (more >= 1), each + (more % 1), each + (more >= 2)


def _order(
    name: str,
    patient: str,
    brand: str,
    strength: int,
    tablets: tuple[float, float, float],
    day: date,
    habit: _Habit,
    dice: Random,
) -> Resource:
    title = f"{NAMES[brand]} {strength} mg, comprimé"
    last = day + timedelta(days=habit.days - 1)
    order: Resource = {
        "resourceType": "MedicationRequest",
        "id": name,
        "status": "active",
        "intent": "order",
        "subject": {"reference": f"Patient/{patient}"},
        "authoredOn": f"{day.isoformat()}T{dice.randint(8, 18):02}:{dice.randint(10, 59)}:00+01:00",
        "requester": {"reference": habit.doctor},
        "medicationCodeableConcept": {
            "coding": [{"system": CIS, "code": CODES[brand, strength], "display": title}],
            "text": title,
        },
        "dosageInstruction": _dosages(tablets, day, last, habit, dice),
    }
    if habit.spastic:
        order["reasonCode"] = [{"coding": [{"system": CIM_10, "code": "G35"}]}]
    if habit.end_in == "supply":
        duration = {"value": habit.days, "unit": "jour", "system": UCUM, "code": "d"}
        order["dispenseRequest"] = {"expectedSupplyDuration": duration}
    if habit.end_in == "validity":
        order["dispenseRequest"] = {"validityPeriod": {"start": day.isoformat(), "end": last.isoformat()}}
    return order


def _dosages(
    tablets: tuple[float, float, float], day: date, last: date, habit: _Habit, dice: Random
) -> list[Resource]:
    bounds = {"boundsPeriod": {"start": day.isoformat(), "end": last.isoformat()}} if habit.end_in == "bounds" else {}
    if dice.random() < 0.015:
        return [{"text": _NOT_COMPUTABLE, "timing": {"repeat": bounds}}]
    return [
        {
            "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d", "when": [code], **bounds}},
            "doseAndRate": [
                {"doseQuantity": {"value": number, "unit": "comprimé", "system": EDQM, "code": "15054000"}}
            ],
        }
        for number, (code, _) in zip(tablets, MOMENTS, strict=True)
        if number
    ]


def _course_of(order: Resource, day: date, habit: _Habit, dice: Random) -> Held:
    """What becomes of an order: completed at its end or never closed; stopped on the way; stopped without its day."""
    end, fate = day + timedelta(days=habit.days), dice.random()
    states = [(day, order)]
    if habit.end_in == "none":
        if fate < 0.9:
            return Held(tuple(states))
        return _changed(Held(((day, order),)), day + timedelta(days=20), {"status": "stopped"}, "undated-stop", dice)
    if fate < 0.03:
        return Held(((day, order), (day, {**order, "status": "cancelled"})), "undated-cancellation")
    if (
        fate < 0.2 and end <= TODAY
    ):  # over before its end, on a day that the export does not tell: it ran until its end
        states += [(end, {**order, "status": "stopped"})]
    elif fate < 0.8 and end <= TODAY:
        states += [(end, {**order, "status": "completed"})]
    return Held(tuple(states))


def _changed(held: Held, day: date, change: Resource, undated: str, dice: Random) -> Held:
    """The resource with a change that bears no day; in half of the exports the server says when it was."""
    if day > TODAY:
        return held
    changed = {**held.today, **change}
    if dice.random() < 0.5:
        changed["meta"] = {"lastUpdated": f"{day.isoformat()}T12:00:00+01:00"}
    return Held((*held.states, (day, changed)), undated)


def _status(name: str, code: str) -> Resource:
    return {"coding": [{"system": f"{STATUS}{name}", "code": code}]}


def _conditions(patient: str, first: date, habit: _Habit, dice: Random) -> Iterator[Held]:
    """Dependence and histories, recorded before or during the course; some end, are refuted or bear no day."""
    codes = [("G35", 1.0)] if habit.spastic else [("F10.2", 0.85)]
    codes += [("F32.1", 0.3), ("G40.9", 0.08), ("Z91.5", 0.02), ("X61", 0.03), ("N18.5", 0.02), ("I10", 0.3)]
    for place, (code, share) in enumerate(codes):
        if dice.random() >= share:
            continue
        day = min(first + timedelta(days=dice.randint(-900, 500)), TODAY)
        condition: Resource = {
            "resourceType": "Condition",
            "id": f"{patient}-c{place}",
            "subject": {"reference": f"Patient/{patient}"},
            "code": {"coding": [{"system": CIM_10, "code": code}]},
            "clinicalStatus": _status("clinical", "active"),
            "verificationStatus": _status("ver-status", "confirmed"),
            "recordedDate": day.isoformat(),
        }
        yield _ended(Held(((day, condition),)), day, code, dice)


def _ended(held: Held, day: date, code: str, dice: Random) -> Held:
    over, fate = day + timedelta(days=dice.randint(60, 900)), dice.random()
    resolved: Resource = {"clinicalStatus": _status("clinical", "resolved")}
    if code == "I10" or fate > 0.3 or over > TODAY:
        return held
    if fate < 0.05:
        return _changed(held, over, resolved, "undated-resolution", dice)
    if fate < 0.08:
        refuted: Resource = {"verificationStatus": _status("ver-status", "refuted")}
        return _changed(held, over, refuted, "undated-refutation", dice)
    dated = {**held.today, **resolved, "abatementDateTime": over.isoformat()}
    return Held((*held.states, (over, dated)))


def _others(patient: str, first: date, dice: Random) -> Iterator[Held]:
    """Referral, goal, consumption, other medicines: made before or during the course."""
    subject = {"subject": {"reference": f"Patient/{patient}"}}

    def some_day() -> date:
        return min(first + timedelta(days=dice.randint(-300, 500)), TODAY)

    if dice.random() < 0.4:
        day = some_day()
        code = {"coding": [{"system": "http://snomed.info/sct", "code": "431260004"}]}
        referral = {"resourceType": "ServiceRequest", "id": f"{patient}-s", "status": "active", "intent": "order"}
        yield Held(((day, {**referral, **subject, "code": code, "authoredOn": day.isoformat()}),))
    if dice.random() < 0.3:
        yield _goal(patient, subject, some_day(), dice)
    for number in range(dice.randint(0, 3)):
        day = some_day()
        quantity = {"value": dice.choice((20, 45, 70, 90, 130)), "unit": "g/d", "system": UCUM, "code": "g/d"}
        code = {"coding": [{"system": "http://snomed.info/sct", "code": "897148007"}]}
        seen = {"resourceType": "Observation", "id": f"{patient}-o{number}", "status": "final", "code": code}
        yield Held(((day, {**seen, **subject, "effectiveDateTime": day.isoformat(), "valueQuantity": quantity}),))
    for number, atc in enumerate(dice.sample(["N07BB03", "N07BB04", "N02AA01", "N03AX16", "A11DA01"], 2)):
        day, days = some_day(), dice.choice((30, 90))
        yield _other_medicine(f"{patient}-m{number}", subject, atc, day, days)


def _goal(patient: str, subject: Resource, day: date, dice: Random) -> Held:
    words = dice.choice(["Réduire la consommation d’alcool", "Abstinence"])
    goal: Resource = {"resourceType": "Goal", "id": f"{patient}-g", "lifecycleStatus": "active", **subject}
    goal |= {"description": {"text": words}, "startDate": day.isoformat()}
    if dice.random() < 0.4:
        return Held(((day, goal),))
    later = min(day + timedelta(days=dice.randint(30, 400)), TODAY)
    system = "http://terminology.hl7.org/CodeSystem/goal-achievement"
    not_met: Resource = {"achievementStatus": {"coding": [{"system": system, "code": "not-achieved"}]}}
    if dice.random() < 0.2:
        return _changed(Held(((day, goal),)), later, not_met, "undated-achievement", dice)
    return Held(((day, goal), (later, {**goal, **not_met, "statusDate": later.isoformat()})))


def _other_medicine(name: str, subject: Resource, atc: str, day: date, days: int) -> Held:
    end = day + timedelta(days=days)
    bounds = {"start": day.isoformat(), "end": (end - timedelta(days=1)).isoformat()}
    order: Resource = {
        "resourceType": "MedicationRequest",
        "id": name,
        "status": "active",
        "intent": "order",
        **subject,
        "authoredOn": day.isoformat(),
        "medicationCodeableConcept": {"coding": [{"system": ATC, "code": atc}]},
        "dosageInstruction": [{"timing": {"repeat": {"boundsPeriod": bounds}}}],
    }
    return Held(((day, order), (end, {**order, "status": "completed"})))
