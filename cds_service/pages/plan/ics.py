"""Writes a plan as a calendar (iCalendar, RFC 5545): an all-day event for each level and each visit, without names.

The events are those of a plan through its changes (revision.py): a changed plan replaces them. Behind the last level
an event says how it goes on, since a calendar that ends would read as a stop. The library icalendar does the folding
and escaping of lines.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import NAMESPACE_URL, uuid5

from icalendar import Alarm, Calendar, Event

from cds_service.core.plans.plan_request import PlanMade
from cds_service.core.plans.taper import Level, Plan
from cds_service.core.wording.texts import Texts
from cds_service.pages.plan.revision import Revision
from cds_service.pages.plan.texts import intakes_in_tablets
from cds_service.pages.plan.view import then_of, title_of
from cds_service.pages.sentences import Sentences

_PRODUCT = "-//baclofen-cds//plan//FR"
_ONE_DAY = timedelta(days=1)
# Ours: how long the event that follows the last level is, and when one is reminded of the next day.
_GOES_ON = timedelta(days=28)
_EVENING_BEFORE = -timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class _Entry:
    """One event: its name in the plan, its days, its words; an event that is no more is `cancelled`."""

    name: str
    first: date
    after: date
    summary: str
    text: str = ""
    cancelled: bool = False


def calendar_of(made: PlanMade, texts: Texts, language: str, revision: Revision) -> bytes:
    say = Sentences(texts, language)
    name = title_of(made, say)
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    for entry in (*_entries(made.plan, say), *_gone(made.plan, revision, say)):
        calendar.add_component(_event(entry, revision, made.request.on))
    written: bytes = calendar.to_ical()
    return written


def _entries(plan: Plan, say: Sentences) -> Iterator[_Entry]:
    closing = f"{say('alone')}\n{say('banner')}"
    for number, level in enumerate(plan.levels):
        text = (
            f"{intakes_in_tablets(level, say)}\n{closing}" if level.mg_per_day else f"{then_of(plan, say)}\n{closing}"
        )
        yield _Entry(
            f"level/{number}", level.since, level.until or level.since + _ONE_DAY, _summary(level, say), text
        )
    for number, visit in enumerate(plan.visits):
        yield _Entry(f"visit/{number}", visit, visit + _ONE_DAY, say("event-visit"), closing)
    if plan.to_mg:
        text = f"{then_of(plan, say)}\n{closing}"
        yield _Entry("then", plan.ends, plan.ends + _GOES_ON, say("event-then", dose=plan.to_mg), text)


def _summary(level: Level, say: Sentences) -> str:
    if not level.mg_per_day:
        return say("event-stop")
    return say("event-level", dose=level.mg_per_day, intakes=intakes_in_tablets(level, say))


def _gone(plan: Plan, revision: Revision, say: Sentences) -> Iterator[_Entry]:
    """The levels and visits that the plan had before a change and has no more."""
    names = [f"level/{number}" for number in range(len(plan.levels), revision.levels)]
    names += [f"visit/{number}" for number in range(len(plan.visits), revision.visits)]
    names += ["then"] * (revision.changes > 0 and plan.to_mg == 0)
    first = plan.levels[0].since
    for name in names:
        yield _Entry(name, first, first + _ONE_DAY, say("event-gone"), cancelled=True)


def _event(entry: _Entry, revision: Revision, on: date) -> Event:
    """One event. Its UID is that of its place in the plan, so that another import replaces it."""
    event = Event()
    event.add("uid", f"{uuid5(NAMESPACE_URL, f'{revision.name}/{entry.name}')}@baclofen-cds.example")
    event.add("dtstamp", datetime.combine(on, time(), UTC) + timedelta(minutes=revision.changes))
    event.add("sequence", revision.changes)
    event.add("dtstart", entry.first)
    event.add("dtend", entry.after)
    event.add("summary", entry.summary)
    event.add("status", "CANCELLED" if entry.cancelled else "CONFIRMED")
    event.add("transp", "TRANSPARENT")
    event.add("class", "PRIVATE")
    if not entry.cancelled:
        event.add("description", entry.text)
        event.add_component(_reminder(entry.summary))
    return event


def _reminder(summary: str) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", summary)
    alarm.add("trigger", _EVENING_BEFORE)
    return alarm
