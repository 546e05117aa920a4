"""Tells whether a call may be about baclofen for alcohol dependence, before what its record lacks is read."""

from collections.abc import Iterable

from cds_service.core.case import Chart, context_of
from cds_service.core.facts.histories import Histories
from cds_service.core.facts.indication import by_record, own_indication
from cds_service.core.model.medicine import Medicine
from cds_service.core.model.order import Indication
from cds_service.core.orders.drafts import is_order, oral_baclofen, resources_of
from cds_service.core.orders.medication import UNREADABLE, modifier_of
from cds_service.core.orders.order import Context
from cds_service.core.record.fhir import Resource
from cds_service.core.record.order_identity import ORDERS
from cds_service.core.record.prefetch import Record, Records
from cds_service.core.record.subject import is_stranger
from cds_service.core.record.terminology import ListName


def may_be_in_scope(bundle: Resource, chart: Chart) -> bool:
    """Whether a draft of this patient may be baclofen, for alcohol dependence as far as is known yet.

    Or for another disease beside it: both add up.
    """
    drafts = resources_of(bundle)
    strange = [is_stranger(draft, chart.person) for draft in drafts]
    own = [draft for draft, is_strange in zip(drafts, strange, strict=True) if not is_strange]
    try:
        return _any_in_scope(own, context_of(bundle, strange, chart), chart.record)
    except Exception:  # noqa: BLE001 - reading the drafts meets the same defect, and names it
        return True


def _any_in_scope(drafts: Iterable[Resource], context: Context, record: Record) -> bool:
    orders = list(filter(is_order, drafts))
    medicines = [oral_baclofen(order, context.drafted) for order in orders]
    if UNREADABLE in medicines:
        return True
    indications = {
        own_indication(order, medicine, context)
        for order, medicine in zip(orders, medicines, strict=True)
        if isinstance(medicine, Medicine) and not modifier_of(order)
    }
    if Indication.OTHER in indications and _may_take_ours(record["medications"], context):
        return True
    if Indication.UNKNOWN in indications:  # only then does the problem list decide
        histories = Histories(record["conditions"], context.terminology, context.on)
        told = by_record(histories.of(ListName.ALCOHOL_DEPENDENCE), histories.of(ListName.SPASTICITY))
        indications = {told, *indications - {Indication.UNKNOWN}}
    return bool(indications - {Indication.OTHER})


def _may_take_ours(medications: Records, context: Context) -> bool:
    """Whether baclofen for alcohol dependence may be on record; its day and its status are not looked at yet."""
    lines = [line for line in medications.resources if line.get("resourceType") in ORDERS]
    medicines = [(line, oral_baclofen(line, context.recorded)) for line in lines]
    return bool(medications.gap) or any(
        medicine == UNREADABLE
        or (isinstance(medicine, Medicine) and own_indication(line, medicine, context) is not Indication.OTHER)
        for line, medicine in medicines
    )
