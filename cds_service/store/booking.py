"""Books feedback on findings: on what an accepted suggestion answers, on what the reason of an override is about.

Feedback that says neither is about all findings of its card: an override without a reason, with one that no finding
has, or stored by a release up to 0.3.0. The latest feedback on a finding says how it ended.
"""

from sqlalchemy import Subquery, and_, case, func, or_, select, union

from cds_service.store.tables import CHOSEN, FEEDBACK, FEEDBACK_FINDINGS, SUGGESTION_FINDINGS


def booked(shown: Subquery) -> Subquery:
    """How findings ended: the columns of `shown`, `outcome` and `reason`. One without feedback has no row."""
    told = _told(shown)
    keys = [told.c[column.name] for column in shown.c]
    last_first = (told.c.effective_at.desc(), told.c.received_at.desc(), told.c.feedback)
    place = func.row_number().over(partition_by=keys, order_by=last_first).label("place")
    of_it = or_(told.c.is_named == 1, told.c.names_any == 0)
    placed = select(*keys, told.c.outcome, told.c.reason, place).where(of_it).subquery()
    return select(placed).where(placed.c.place == 1).subquery()


def _told(shown: Subquery) -> Subquery:
    """Each finding with each feedback on its card: whether it `is_named`, and whether any finding of the card is."""
    named = named_findings()
    is_named = case((named.c.finding.is_not(None), 1), else_=0)
    names_any = func.max(is_named).over(partition_by=FEEDBACK.c.id)
    joined = shown.join(FEEDBACK, and_(FEEDBACK.c.client == shown.c.client, FEEDBACK.c.card == shown.c.card))
    joined = joined.outerjoin(named, and_(named.c.feedback == FEEDBACK.c.id, named.c.finding == shown.c.finding))
    kept = [FEEDBACK.c[name] for name in ("outcome", "reason", "effective_at", "received_at")]
    said = (FEEDBACK.c.id.label("feedback"), is_named.label("is_named"), names_any.label("names_any"))
    return select(*shown.c, *kept, *said).select_from(joined).subquery()


def named_findings() -> Subquery:
    """The findings that each feedback names, whether its card has them or not."""
    accepted = select(CHOSEN.c.feedback, SUGGESTION_FINDINGS.c.finding).join(
        SUGGESTION_FINDINGS, SUGGESTION_FINDINGS.c.suggestion == CHOSEN.c.suggestion
    )
    return union(accepted, select(FEEDBACK_FINDINGS.c.feedback, FEEDBACK_FINDINGS.c.finding)).subquery()
