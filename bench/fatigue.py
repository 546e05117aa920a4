"""`make fatigue`: how often compliant orders are interrupted, and which planted faults are missed.

For each way of sending an order (bench/months.py), with words and without: how many of 1,000 compliant orders are
silent, or get at most an info, a warning, a critical card; by which findings; how many are offered a rise. Then
1,000 orders with one planted fault each (bench/faults.py). The figures are saved in docs/evidence/fatigue.json, from
which the README takes them; with fewer, `python -m bench.fatigue 100`, none are. The aims: in every way of sending at
most 8 in 100 compliant orders interrupt (a card at warning or above), at most 40 say anything, none offers a rise; no
planted fault is missed.
"""

import http.client
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

from bench import evidence
from bench.faults import FAULTS, planted
from bench.months import ON, SEED, WAYS, months
from bench.orders import CODES, Resource
from bench.servers import started

Answer = Callable[[bytes, date], dict[str, Any]]

HOW_MANY = 1000
TITLES = {False: "without words", True: "with words"}
LEVELS = ["silent", "info", "warning", "critical"]
EXTENSION = "org.baclofen-cds"
STRENGTHS = {code: strength for (_, strength), code in CODES.items()}


@contextmanager
def service(on: date) -> Iterator[Answer]:
    """The service over HTTP, on one day."""
    arguments = ["-m", "cds_service", "serve", "--port", "{port}", "--workers", "1", "--on", on.isoformat()]
    with started("service", arguments, {"CDS_ANONYMOUS_PER_MINUTE": "0"}) as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port)

        def answer(body: bytes, day: date) -> dict[str, Any]:
            assert day == on
            headers = {"Content-Type": "application/json", "Accept-Language": "fr"}
            connection.request("POST", "/cds-services/baclofen-order-sign", body, headers)
            response = connection.getresponse()
            content = response.read()
            assert response.status == http.HTTPStatus.OK, content
            read: dict[str, Any] = json.loads(content)
            return read

        yield answer


def fatigue(answer: Answer, words: bool, count: int) -> Iterator[tuple[str, Mapping[str, int]]]:
    """Each way of sending: how many months are silent or get which level, and how many are offered a rise."""
    for name, way in WAYS.items():
        levels: Counter[str] = Counter()
        by_finding: Counter[str] = Counter()
        rises = 0
        for month in months(way, words, count):
            said = answer(json.dumps(month.body).encode(), ON)
            levels[level(said)] += 1
            by_finding.update({f"{finding} {how}" for finding, how in findings(said).items()})
            rises += any(peak > month.greatest_mg for peak in peaks(said))
        counts = "".join(f"{levels[each]:>9}" for each in LEVELS)
        often = ", ".join(f"{finding} {number}" for finding, number in by_finding.most_common(6))
        print(f"{name:<22}{'words' if words else '':<6}{counts}{rises:>7}  {often}", flush=True)
        yield name, {each: levels[each] for each in LEVELS} | {"rises": rises}


def faults(answer: Answer, words: bool, count: int) -> Iterator[tuple[str, Mapping[str, int]]]:
    """Each kind of fault: how many were planted, how many were said at the level that is due."""
    planned: Counter[str] = Counter()
    caught: Counter[str] = Counter()
    instead: dict[str, Counter[str]] = {fault.kind: Counter() for fault in FAULTS}
    for fault, body in planted(count, words):
        said = findings(answer(json.dumps(body).encode(), ON))
        planned[fault.kind] += 1
        if LEVELS.index(said.get(fault.finding, "silent")) >= LEVELS.index(fault.least):
            caught[fault.kind] += 1
        else:
            told = ", ".join(f"{finding} {how}" for finding, how in sorted(said.items()))
            instead[fault.kind][told or "silence"] += 1
    for fault in FAULTS:
        missed = "; ".join(f"{number} × {said}" for said, number in instead[fault.kind].most_common(1))
        counts = f"{caught[fault.kind]:>4} of {planned[fault.kind]:>3}"
        print(f"{fault.kind:<48}{fault.finding:<30}{fault.least:<10}{counts}  {missed}", flush=True)
        yield fault.kind, {"planted": planned[fault.kind], "caught": caught[fault.kind]}


# --- what an answer says ----------------------------------------------------------------------


def level(said: Resource) -> str:
    """Of the most urgent card."""
    return max((card["indicator"] for card in said["cards"]), key=LEVELS.index, default="silent")


def findings(said: Resource) -> dict[str, str]:
    """Each finding with its highest indicator."""
    highest: dict[str, str] = {}
    for card in said["cards"]:
        for finding in card.get("extension", {}).get(EXTENSION, {}).get("findings", []):
            before = highest.get(finding["id"], "silent")
            highest[finding["id"]] = max(before, finding["indicator"], key=LEVELS.index)
    return highest


def peaks(said: Resource) -> Iterator[float]:
    """The highest dose of one day in each suggestion, over all the orders that it writes."""
    for card in said["cards"]:
        for suggestion in card.get("suggestions", []):
            written = [action["resource"] for action in suggestion.get("actions", []) if "resource" in action]
            orders = [order for order in written if order["resourceType"] == "MedicationRequest"]
            parts = [(_strength(order), dosage) for order in orders for dosage in order.get("dosageInstruction", [])]
            days = {_bounds(dosage)[0] for _, dosage in parts}
            yield max((sum(_mg(*part) for part in parts if _runs(part[1], day)) for day in days), default=0)


def _strength(order: Resource) -> float:
    codes = [coding.get("code") for coding in order["medicationCodeableConcept"]["coding"]]
    return next(float(STRENGTHS[code]) for code in codes if code in STRENGTHS)


def _bounds(dosage: Resource) -> tuple[date, date]:
    repeat = dosage.get("timing", {}).get("repeat", {})
    period = repeat.get("boundsPeriod", {})
    since = date.fromisoformat(period.get("start", ON.isoformat())[:10])
    last = date.fromisoformat(period.get("end", "9999-01-01")[:10])
    days = repeat.get("boundsDuration", {}).get("value")
    return since, since + timedelta(days=int(days) - 1) if days else last


def _runs(dosage: Resource, day: date) -> bool:
    since, last = _bounds(dosage)
    return since <= day <= last


def _mg(strength: float, dosage: Resource) -> float:
    quantity = dosage["doseAndRate"][0]["doseQuantity"]
    repeat = dosage["timing"]["repeat"]
    times = len(repeat.get("when") or repeat.get("timeOfDay") or []) or repeat.get("frequency", 1)
    return float(quantity["value"]) * times * (1 if quantity.get("code") == "mg" else strength)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else HOW_MANY
    sent, missed = {}, {}
    with service(ON) as answer:
        print(f"Compliant orders, {count} of each way{'':<3}" + "".join(f"{each:>9}" for each in LEVELS) + "  rises")
        for words, title in TITLES.items():
            sent[title] = dict(fatigue(answer, words, count))
        for words, title in TITLES.items():
            print(f"\nPlanted faults, {title}")
            missed[title] = dict(faults(answer, words, count))
    if count == HOW_MANY:
        figures = {"compliant orders": sent, "planted faults": missed}
        evidence.keep("fatigue", counts={"orders of each way": count}, figures=figures, seed=SEED)


if __name__ == "__main__":
    main()
