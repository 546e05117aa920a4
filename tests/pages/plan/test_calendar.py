"""The plan as a calendar, read back by two libraries: what it says, that it goes on, that a change replaces it."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
import vobject  # type: ignore[import-untyped]  # it has no types of its own
from flask.testing import FlaskClient
from icalendar import Calendar

from tests.pages.plan.plan_page import START, TAPER, page, plan

STOP = "/taper?from=20&to=0&on=2026-11-22&lang=en"


@dataclass(frozen=True)
class Event:
    """What an application shows of an event, and by what it knows it again."""

    uid: str
    sequence: int
    first: date
    after: date
    summary: str
    description: str
    status: str
    reminders: int


def fetched(client: FlaskClient, path: str) -> bytes:
    answer = client.get(f"{path}&format=ics")
    assert (answer.status_code, answer.content_type) == (200, "text/calendar; charset=utf-8")
    return bytes(answer.data)


def by_icalendar(written: bytes) -> list[Event]:
    return [
        Event(
            str(event["uid"]),
            int(str(event["sequence"])),
            event.decoded("dtstart"),
            event.decoded("dtend"),
            str(event["summary"]),
            str(event.get("description", "")),
            str(event["status"]),
            len(event.walk("VALARM")),
        )
        for event in Calendar.from_ical(written).walk("VEVENT")
    ]


def by_vobject(written: bytes) -> list[Event]:
    return [
        Event(
            event.uid.value,
            int(event.sequence.value),
            event.dtstart.value,
            event.dtend.value,
            event.summary.value,
            event.description.value if "description" in event.contents else "",
            event.status.value,
            len(event.contents.get("valarm", [])),
        )
        for event in vobject.readOne(written.decode()).vevent_list
    ]


def events(client: FlaskClient, path: str) -> list[Event]:
    """As both libraries read them, with plain spaces."""
    written = fetched(client, path)
    read = by_icalendar(written)
    assert read == by_vobject(written)
    return read


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


@pytest.mark.parametrize("path", [TAPER, START, STOP, "/taper?from=0&to=60&lang=en", "/taper?from=60&to=40"])
def test_it_says_the_levels_and_the_visits_of_the_page_and_goes_on(client: FlaskClient, path: str) -> None:
    found, made = events(client, path), plan(path).plan

    levels, visits = len(made.levels), len(made.visits)
    assert [(event.first, event.after) for event in found[: levels + visits]] == [
        *((level.since, level.until or level.since + timedelta(days=1)) for level in made.levels),
        *((visit, visit + timedelta(days=1)) for visit in made.visits),
    ]
    behind = found[levels + visits :]
    assert [event.first for event in behind] == ([made.ends] if made.to_mg else [])
    assert len({event.uid for event in found}) == len(found)
    assert {(event.reminders, event.status, event.sequence) for event in found} == {(1, "CONFIRMED", 0)}


def test_it_names_itself_and_counts_tablets_and_does_not_end_with_the_last_step(client: FlaskClient) -> None:
    found = events(client, TAPER)
    calendar = Calendar.from_ical(fetched(client, TAPER))

    name = "Décroissance du baclofène : de 300 à 80 mg/j"
    assert {plain(str(calendar[key])) for key in ("name", "x-wr-calname")} == {name}
    morning = "matin 2 cp de 40 mg + 2 cp de 10 mg"
    assert plain(found[0].summary).startswith(f"Baclofène 290 mg/j : {morning}, midi")
    assert morning in plain(found[0].description)
    assert plain(found[-1].summary) == "Baclofène : ensuite 80 mg/j, ne pas arrêter, voir le prescripteur"
    assert "jusqu’à la consultation du ven. 15/01/2027, sans arrêter" in plain(found[-1].description)


def test_a_stop_ends_with_a_day_that_says_so(client: FlaskClient) -> None:
    found = [(plain(event.summary), event.after) for event in events(client, STOP)]

    assert found == [
        (
            "Baclofen 15 mg/day: morning ½ tab of 10 mg, noon ½ tab of 10 mg, evening ½ tab of 10 mg",
            date(2026, 11, 26),
        ),
        ("Baclofen 10 mg/day: morning ½ tab of 10 mg, noon ½ tab of 10 mg", date(2026, 12, 1)),
        ("Baclofen 5 mg/day: morning ½ tab of 10 mg", date(2026, 12, 6)),
        ("Baclofen: end of the plan, no more baclofen", date(2026, 12, 7)),
        ("Visit (baclofen)", date(2026, 12, 5)),
    ]


def test_it_names_nobody_and_is_the_same_each_time(client: FlaskClient) -> None:
    first, second = fetched(client, TAPER), fetched(client, TAPER)

    assert first == second
    assert not re.search(rb"^(ORGANIZER|ATTENDEE|CONTACT|LOCATION)", first, re.MULTILINE)
    assert all(len(line) <= 75 for line in first.split(b"\r\n"))


def test_a_changed_plan_replaces_its_events_and_cancels_those_that_are_no_more(client: FlaskClient) -> None:
    made = client.get("/taper?from=120&to=80&on=2026-11-22&make=1").headers["Location"]
    before = events(client, f"/{made}")
    form = "&edit=1&begins=2026-11-24&mg=110&days=4&mg=80&days=1&visit=2026-12-18"
    changed = client.get(f"/{made}{form}").headers["Location"]

    after = events(client, f"/{changed}")

    assert {event.uid for event in before} == {event.uid for event in after}
    assert {event.sequence for event in after} == {1}
    assert [event.status for event in after] == ["CONFIRMED"] * 4 + ["CANCELLED"] * 2
    assert after[0].uid == before[0].uid
    assert (after[0].first, after[0].after) == (date(2026, 11, 24), date(2026, 11, 28))
    again = client.get(f"/{changed}&edit=1&begins=2026-11-24&mg=100&days=4&mg=80&days=1").headers["Location"]
    assert {event.sequence for event in events(client, f"/{again}")} == {2}
    assert {event.uid for event in events(client, f"/{again}")} == {event.uid for event in before}
    assert "<table" in page(client, f"/{again}")
