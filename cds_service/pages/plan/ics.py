"""Writes a plan as a calendar (iCalendar, RFC 5545): an all-day event for each level and each visit, without names.

The library icalendar does the folding and escaping of lines.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from uuid import NAMESPACE_URL, uuid5

from icalendar import Calendar, Event

from cds_service.core.plans.plan_request import PlanMade, query_of
from cds_service.core.plans.taper import Level
from cds_service.core.wording.texts import Texts
from cds_service.pages.plan.view import level_line
from cds_service.pages.sentences import Sentences

_PRODUCT = "-//baclofen-cds//plan//FR"
_ONE_DAY = timedelta(days=1)


def calendar_of(made: PlanMade, texts: Texts, language: str) -> bytes:
    say = Sentences(texts, language)
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    for number, (first, after, summary, text) in enumerate(_events(made, texts, say)):
        calendar.add_component(_event(f"{query_of(made.request)}/{number}", first, after, (summary, text), made))
    written: bytes = calendar.to_ical()
    return written


def _events(made: PlanMade, texts: Texts, say: Sentences) -> Iterator[tuple[date, date, str, str]]:
    for level in made.plan.levels:
        yield level.since, _after(level, made), _summary(level, say), _text(level, texts, say)
    for visit in made.plan.visits:
        yield visit, visit + _ONE_DAY, say("event-visit"), say("banner")


def _after(level: Level, made: PlanMade) -> date:
    """The first day after a level. The last level lasts until the plan ends; a stop lasts one day."""
    if level.until is not None:
        return level.until
    return made.plan.ends if level.mg_per_day else level.since + _ONE_DAY


def _summary(level: Level, say: Sentences) -> str:
    return say("event-level", dose=level.mg_per_day) if level.mg_per_day else say("event-stop")


def _text(level: Level, texts: Texts, say: Sentences) -> str:
    return "\n".join([level_line(level, texts, say.language), say("alone"), say("banner")])


def _event(name: str, first: date, after: date, texts: tuple[str, str], made: PlanMade) -> Event:
    """One event. Its UID depends only on the plan, so that a second import replaces it."""
    summary, text = texts
    event = Event()
    event.add("uid", f"{uuid5(NAMESPACE_URL, name)}@baclofen-cds.example")
    event.add("dtstamp", datetime.combine(made.request.on, time(), UTC))
    event.add("dtstart", first)
    event.add("dtend", after)
    event.add("summary", summary)
    event.add("description", text)
    event.add("transp", "TRANSPARENT")
    event.add("class", "PRIVATE")
    return event
