"""Writes the plan as two plain texts to be copied apart: for the patient, and for the pharmacy."""

from collections.abc import Iterator
from datetime import timedelta

from cds_service.core.plans.plan_request import PlanMade
from cds_service.core.plans.taper import Level, Plan
from cds_service.core.wording import words
from cds_service.core.wording.texts import Texts
from cds_service.pages.plan.view import View, then_of
from cds_service.pages.sentences import Sentences, tablets

_ONE_DAY = timedelta(days=1)


def for_patient(made: PlanMade, view: View, texts: Texts, language: str) -> str:
    say = Sentences(texts, language)
    lines = [view.title, *_levels(made.plan, say), then_of(made.plan, say)]
    return "\n".join([*lines, say("text-visits", visits=", ".join(view.visits)), say("alone")])


def for_pharmacy(made: PlanMade, view: View, texts: Texts, language: str) -> str:
    say = Sentences(texts, language)
    facts = [f"{label}{words.COLON[language]}{value}" for label, value in view.facts]
    return "\n".join([view.title, *facts, *_levels(made.plan, say), then_of(made.plan, say), *view.supplies])


def _levels(plan: Plan, say: Sentences) -> Iterator[str]:
    for level in plan.levels:
        since, taken = words.week_day(level.since, say.language), intakes_in_tablets(level, say)
        if level.until is None:
            yield say("text-stop", since=since)
        elif level is plan.levels[-1] and level.until == plan.visits[-1]:
            to = say("to-the-visit", visit=words.week_day(level.until, say.language))
            yield say("text-last", since=since, to=to, dose=level.mg_per_day, intakes=taken)
        else:
            to = words.week_day(level.until - _ONE_DAY, say.language)
            yield say("text-level", since=since, to=to, dose=level.mg_per_day, intakes=taken)


def intakes_in_tablets(level: Level, say: Sentences) -> str:
    """`matin 2 cp de 40 mg + ½ cp de 10 mg, soir 1 cp de 40 mg`."""
    return ", ".join(
        f"{words.uncapitalised(say.moment(intake.moment))} "
        + " + ".join(
            say(
                "cell",
                number=tablets(count.number, say.language),
                strength=words.number(count.tablet.strength_mg, say.language),
            )
            for count in intake.counts
        )
        for intake in level.intakes
    )
