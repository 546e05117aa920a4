"""Judges every signing of one patient by the rules of its day, with the record as it was known that day.

Pure: resources go in, rows come out. The same function runs in a process here and in a partition of Spark.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any

from cds_service.base.names import PREFETCH_KEYS
from cds_service.core.case import case_of, read_chart
from cds_service.core.model.case import Case
from cds_service.core.model.dose import NotComputable, Span
from cds_service.core.model.findings import Decision, Finding
from cds_service.core.model.order import Order, Scope
from cds_service.core.record import fhir
from cds_service.core.record.fhir import Resource
from cds_service.core.record.prefetch import Record, Records, not_sent
from cds_service.core.rules.decide import decided
from cds_service.core.rules.verdict import CaseReadings, most_likely_course
from cds_service.core.wording.arrangement import arranged
from cds_service.knowledge.loading import Knowledge
from cds_service.replay.patient_record import PatientRecord
from cds_service.replay.record_of_day import record_as_it_was
from cds_service.replay.rows import (
    FINDING,
    NOT_COMPUTABLE,
    NOTHING_TO_SAY,
    OUT_OF_SCOPE,
    UNREADABLE,
    Doses,
    FindingRow,
    SigningRow,
    not_judged,
)


def judged(
    known: PatientRecord, sent: Collection[str], knowledge: Knowledge, since: date = date.min, until: date = date.max
) -> Iterator[SigningRow]:
    """A row for each signing from `since` to `until`. `sent` are the prefetch keys that the export has files for."""
    if not known.by_key["patient"]:
        sent = set(sent) - {"patient"}
    for day, orders in known.signings.items():
        if since <= day <= until:
            yield _guarded(day, orders, known, sent, knowledge.of_day(day))


def _guarded(
    day: date, orders: list[Resource], known: PatientRecord, sent: Collection[str], knowledge: Knowledge
) -> SigningRow:
    try:
        return _judged(day, orders, known, sent, knowledge)
    except Exception:  # noqa: BLE001 - a defect in judging one signing must not hide another
        return not_judged(known.patient, day, _references(orders), knowledge.rules_version)


def _judged(
    day: date, orders: list[Resource], known: PatientRecord, sent: Collection[str], knowledge: Knowledge
) -> SigningRow:
    record, undated = _record_of(day, orders, known, sent)
    bundle = _drafts(orders)
    signer = fhir.text(fhir.as_object(orders[0].get("requester")).get("reference"))
    context = {"patientId": known.patient, "userId": signer, "draftOrders": bundle}
    chart = read_chart(context, record, knowledge.terminology, knowledge.rules, day)
    memory = known.memory_of(knowledge.terminology)
    readings = CaseReadings(case_of(bundle, replace(chart, memory=memory)))
    return _row(readings, decided(readings, knowledge.rules), orders, undated)


def _record_of(
    day: date, orders: list[Resource], known: PatientRecord, sent: Collection[str]
) -> tuple[Record, tuple[str, ...]]:
    """The record of the day without the signing itself, and what of it cannot be dated."""
    signed = set(map(id, orders))
    record: dict[str, Records] = {}
    undated: set[str] = set()
    for key in PREFETCH_KEYS:
        before = [item for item in known.by_key[key] if id(item) not in signed]
        resources, reasons = record_as_it_was(before, day, known.own_end)
        came_along = known.medications if key == "medications" else ()
        record[key] = Records(key, (*resources, *came_along)) if key in sent else not_sent(key)
        undated.update(reasons)
    return record, tuple(sorted(undated))


def _drafts(orders: Iterable[Resource]) -> dict[str, Any]:
    """The orders as they were signed: whatever became of them, they were drafts that day."""
    entries = [{"resource": {**order, "status": "draft"}} for order in orders]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def _row(
    readings: CaseReadings, decision: Decision, orders: Iterable[Resource], undated: tuple[str, ...]
) -> SigningRow:
    case, cards = decision.case, arranged(decision, ())
    on_cards = [finding for card in cards for finding in card.carried]
    standing, doses = _doses(readings) if case.orders else ("", Doses(None, None, None, None))
    return SigningRow(
        patient=case.patient_id,
        day=case.on,
        orders=_references(orders),
        outcome=_outcome(case, on_cards),
        indicator=max(finding.indicator for finding in on_cards).code if on_cards else "",
        cards=len(cards),
        doses=doses,
        standing=standing,
        product=",".join(sorted({_product(order) for order in case.orders})),
        scope=max((order.scope for order in case.orders), default=Scope.OUT).name.lower(),
        undated=undated,
        rules_version=decision.rules_version,
        findings=tuple(FindingRow(it.rule, it.answer.case, it.indicator.code) for it in on_cards),
    )


def _references(orders: Iterable[Resource]) -> tuple[str, ...]:
    return tuple(fhir.local_reference(order) or "" for order in orders)


def _outcome(case: Case, on_cards: Iterable[Finding]) -> str:
    judged_orders = [order for order in case.orders if order.scope is not Scope.OUT]
    if any(isinstance(order.dose, NotComputable) and not order.stops for order in judged_orders):
        return NOT_COMPUTABLE
    if not judged_orders:
        return UNREADABLE if case.unread else OUT_OF_SCOPE
    return FINDING if on_cards else NOTHING_TO_SAY


def _product(order: Order) -> str:
    """The code of the product; empty where only the ingredient is named."""
    return order.medicine.product.code if order.medicine.product else ""


def _doses(readings: CaseReadings) -> tuple[str, Doses]:
    """How the treatment stands, and the doses of the most certain reading."""
    course = most_likely_course(readings)
    signed = course.signed if course else readings.signed
    peak = course.peak if course and course.complete else None
    return signed.standing.name.lower().replace("_", "-"), Doses(*_ends(peak), *_ends(signed.before))


def _ends(span: Span | None) -> tuple[float | None, float | None]:
    return (None, None) if span is None else (float(span.low), float(span.high))
