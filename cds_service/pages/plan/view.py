"""Writes a plan in words, for the page and for the terminal."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction

from cds_service.core.model.findings import Source
from cds_service.core.plans.pace_of_plan import too_fast
from cds_service.core.plans.plan_request import PlanMade
from cds_service.core.plans.supply import packs_needed, packs_of, supplies, tablets_needed
from cds_service.core.plans.tablets import IN_TIME_ORDER, UNIT_MG, Count, Intake, Tablet
from cds_service.core.plans.taper import Kind, Level, Plan
from cds_service.core.wording import words
from cds_service.core.wording.texts import Texts
from cds_service.pages.sentences import Sentences, tablets

# More levels than this do not fit on one printed page.
MOST_LEVELS_ON_A_PAGE = 30

NOTHING = "–"

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Row:
    """One level: its days, dose, percentage of the starting dose, and the intakes at each moment of the day.

    `since` and `to` are its days with those of the week; the last level may last to a visit.
    """

    first_day: str
    last_day: str
    since: str
    to: str
    dose: str
    of_start: str
    intakes: tuple[str, ...]
    short_intakes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class View:
    """Everything to show of a plan. `moments` head the columns of intakes; `of_start` is False for a start.

    `then` is what follows the last level, `supplies` what is dispensed from visit to visit.
    """

    title: str
    facts: tuple[tuple[str, str], ...]
    moments: tuple[str, ...]
    rows: tuple[Row, ...]
    visits: tuple[str, ...]
    totals: tuple[str, ...]
    supplies: tuple[str, ...]
    then: str
    notes: tuple[str, ...]
    source: Source
    published: str
    source_says: str
    ours: tuple[str, ...]
    description: str
    plot_title: str
    of_start: bool
    is_long: bool


def view_of(made: PlanMade, texts: Texts, language: str) -> View:
    plan, say = made.plan, Sentences(texts, language)
    moments = [moment for moment in IN_TIME_ORDER if moment in _moments(plan)]
    return View(
        title=title_of(made, say),
        facts=tuple(_facts(made, say)),
        moments=tuple(say.moment(moment) for moment in moments),
        rows=tuple(_row(level, plan, moments, say) for level in plan.levels),
        visits=tuple(words.week_day(visit, language) for visit in plan.visits),
        totals=tuple(_totals(made, say)),
        supplies=tuple(_supplies(made, say)),
        then=then_of(plan, say),
        notes=tuple(_notes(made, say)),
        source=made.change.source,
        published=texts.cited(made.change.source, language),
        source_says=say(f"source-{_way(made)}"),
        ours=tuple(_ours(made, say)),
        description=description_of(plan, say),
        plot_title=say("plot-title", since=plan.levels[0].since, last=plan.ends),
        of_start=plan.from_mg > 0,
        is_long=len(plan.levels) > MOST_LEVELS_ON_A_PAGE,
    )


def title_of(made: PlanMade, say: Sentences) -> str:
    from_mg = words.number(made.plan.from_mg, say.language)
    return say(f"title-{made.request.name}", from_mg=from_mg, to=made.plan.to_mg)


def _way(made: PlanMade) -> str:
    """`down`, `start`, `rise` or `stay`: the suffix of text keys that depend on the direction."""
    return made.request.name if made.request.name in {"start", "rise", "stay"} else "down"


def _moments(plan: Plan) -> set[str]:
    return {intake.moment for level in plan.levels for intake in level.intakes}


# --- the parts -------------------------------------------------------------------------------


def _facts(made: PlanMade, say: Sentences) -> Iterator[tuple[str, str]]:
    plan = made.plan
    yield say("product"), " + ".join(name for _, name in _tablet_names(made))
    key = "period-value" if len(plan.levels) > 1 else "period-value-one"
    period = {"since": plan.levels[0].since, "ends": plan.ends - _ONE_DAY, "days": plan.days}
    yield say("period"), say(key, **period, levels=len(plan.levels))
    last_step = plan.pace.last_step_mg or plan.pace.step_mg
    step, last = (words.milligrams(mg, say.language) for mg in (plan.pace.step_mg, last_step))
    yield say("pace"), say(f"pace-{_kind_of_pace(plan)}", step=step, last=last, every=plan.pace.days)
    if plan.kind is not Kind.STAY:
        reached = words.week_day(plan.levels[-1].since, say.language)
        yield say("reached"), say("reached-value", dose=plan.to_mg, on=reached)


def _kind_of_pace(plan: Plan) -> str:
    if plan.kind is Kind.STAY:
        return "stay"
    if plan.to_mg == 0:
        return "stop"
    way = "up" if plan.to_mg > plan.from_mg else "down"
    is_even = {level.days for level in plan.levels[:-1]} <= {plan.pace.days}
    return way if is_even else f"{way}-varied"


def _tablet_names(made: PlanMade) -> Iterator[tuple[Tablet, str]]:
    """The tablets that the plan uses, with the names of their products."""
    names = {product.code: product.name for product in (made.products.main, made.products.finer) if product}
    needed = tablets_needed(made.plan)
    for tablet in made.plan.tablets:
        if tablet in needed:
            yield tablet, names[tablet.product]


def _row(level: Level, plan: Plan, moments: list[str], say: Sentences) -> Row:
    by_moment = {intake.moment: intake for intake in level.intakes}
    last_day = say("open-end") if level.until is None else words.short_day(level.until - _ONE_DAY, say.language)
    to = say("open-end") if level.until is None else words.week_day(level.until - _ONE_DAY, say.language)
    if level.until is not None and level.until == plan.visits[-1] and level is plan.levels[-1]:
        to = say("to-the-visit", visit=words.week_day(level.until, say.language))
    return Row(
        first_day=words.short_day(level.since, say.language),
        last_day=last_day,
        since=words.week_day(level.since, say.language),
        to=to,
        dose=words.number(level.mg_per_day, say.language),
        of_start=_percent(level, plan),
        intakes=tuple(_intake(by_moment.get(moment), "cell", say) for moment in moments),
        short_intakes=tuple(_intake(by_moment.get(moment), "cell-short", say) for moment in moments),
    )


def _percent(level: Level, plan: Plan) -> str:
    if not plan.from_mg:
        return ""
    return str(round(level.mg_per_day / plan.from_mg * 100))


def _intake(intake: Intake | None, key: str, say: Sentences) -> str:
    """`1 cp de 40 mg + ½ cp de 10 mg`; a dash where nothing is taken."""
    counts = intake.counts if intake else ()
    return " + ".join(_count(count, key, say) for count in counts) or NOTHING


def _count(count: Count, key: str, say: Sentences) -> str:
    strength = words.number(count.tablet.strength_mg, say.language)
    written = say(key, number=tablets(count.number, say.language), strength=strength)
    return written.replace(" ", "\u00a0")  # a line may break between two kinds of tablets only


def _totals(made: PlanMade, say: Sentences) -> Iterator[str]:
    needed, packs = tablets_needed(made.plan), packs_needed(made.plan)
    for tablet, name in _tablet_names(made):
        yield say(
            "total",
            tablets=say.counted("tablets", needed[tablet]),
            product=name,
            packs=say.counted("packs", Fraction(packs[tablet])),
        )


def _supplies(made: PlanMade, say: Sentences) -> Iterator[str]:
    """The boxes of each prescription, from visit to visit."""
    names = dict(_tablet_names(made))
    reserve = (made.plan.dispensed_until - made.plan.visits[0]).days
    for since, until, needed in supplies(made.plan):
        boxes = (
            say(
                "total",
                tablets=say.counted("tablets", Fraction(number)),
                product=names[tablet],
                packs=say.counted("packs", Fraction(packs_of(number))),
            )
            for tablet, number in needed.items()
        )
        yield say("supply", since=since, until=until, boxes=" + ".join(boxes), reserve=reserve)


def then_of(plan: Plan, say: Sentences) -> str:
    """What follows the last level: the end of a plan is no stop."""
    if plan.to_mg == 0:
        return say("then-nothing")
    if plan.has_reserve:
        visit, reserve = (words.week_day(day, say.language) for day in (plan.visits[0], plan.ends - _ONE_DAY))
        return say("then-reserve", dose=plan.to_mg, visit=visit, reserve=reserve)
    return say("then-visit", dose=plan.to_mg, visit=words.week_day(plan.visits[-1], say.language))


def _notes(made: PlanMade, say: Sentences) -> Iterator[str]:
    plan, products = made.plan, made.products
    faster = too_fast(plan, made.change.values or {})
    if faster is not None:
        yield say("note-faster", before=faster.before_mg, after=faster.after_mg, days=faster.days)
    yield from _notes_on_target(plan, say)
    if plan.from_mg % UNIT_MG:
        yield say("note-from-not-made", from_mg=plan.from_mg)
    if products.finer and products.finer.code in {tablet.product for tablet in tablets_needed(plan)}:
        yield say("note-finer", finer=products.finer.name, product=products.main.name)
    if made.limit_mg is not None:
        yield say("note-above-limit", limit=made.limit_mg)
    elif made.care_mg is not None:
        yield say("note-above-care", limit=made.care_mg)


def _notes_on_target(plan: Plan, say: Sentences) -> Iterator[str]:
    """Whether the target is reached, and what holds after it."""
    if plan.to_mg != plan.wanted_mg and abs(plan.to_mg - plan.wanted_mg) < UNIT_MG:
        key = "above" if plan.to_mg > plan.wanted_mg else "below"
        yield say(f"note-nearest-{key}", wanted=plan.wanted_mg, to=plan.to_mg)
    if plan.to_mg < plan.wanted_mg - UNIT_MG:
        yield say("note-to-the-visit", wanted=plan.wanted_mg, visit=plan.visits[0])
    if plan.has_reserve:
        yield say("note-reserve", visit=plan.visits[0], reserve=plan.ends - _ONE_DAY)
    elif plan.to_mg > 0 and plan.kind is not Kind.STAY:
        yield say("note-goes-on", visit=plan.visits[-1])


def _ours(made: PlanMade, say: Sentences) -> Iterator[str]:
    key = f"ours-{_way(made)}"
    yield say(key if made.first_choice else f"{key}-other")
    yield say("ours-all")


def description_of(plan: Plan, say: Sentences) -> str:
    """The text alternative of the plot."""
    levels = (say("plot-level", since=level.since, dose=level.mg_per_day) for level in plan.levels)
    return " ".join([say("plot-before", dose=plan.from_mg), *levels, say("plot-twin")])
