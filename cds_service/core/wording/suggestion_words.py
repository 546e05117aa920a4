"""Writes suggestions as CDS Hooks has them, with labels that repeat the dose, and plans in words."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from fractions import Fraction
from string import Template
from typing import Any

from cds_service.base.names import EXTENSION, LANGUAGES
from cds_service.core.plans.suggest import Suggestion
from cds_service.core.plans.tablets import UNIT_MG, Intake
from cds_service.core.plans.taper import Level, Plan
from cds_service.core.wording import words
from cds_service.core.wording.texts import Texts

_ONE_DAY = timedelta(days=1)


def as_suggestions(offered: Sequence[Suggestion], texts: Texts, language: str) -> dict[str, Any]:
    """The members `suggestions` and `selectionBehavior` of a card; empty if no suggestion can be sent."""
    written = [_as_suggestion(item, texts, language) for item in offered if item.actions]
    return {"suggestions": written, "selectionBehavior": "at-most-one"} if written else {}


def _as_suggestion(item: Suggestion, texts: Texts, language: str) -> dict[str, Any]:
    facts = _facts(item, texts, language)
    suggestion: dict[str, Any] = {
        "label": _write(_key(item.text, item, texts), facts, texts, language)
        + _product(item, facts, texts, language),
    }
    if item.recommended:
        suggestion["isRecommended"] = True
    suggestion["actions"] = [
        {
            "type": action.type,
            "description": _write(_key(action.text, item, texts), facts, texts, language)
            + (f" {_write(action.left_out, facts, texts, language)}" if action.left_out else "")
            + (_ends(item, texts, language) if number == 0 else ""),
            "resource": action.resource,
        }
        for number, action in enumerate(item.actions)
    ]
    suggestion["extension"] = {EXTENSION: {"answers": list(item.answers)}}
    return suggestion


def _key(text: str, item: Suggestion, texts: Texts) -> str:
    """The key of a text, or of its variant if there is one: for a plan of one level, without a pace; for a stop."""
    has_one_level = item.proposal is not None and len(item.proposal.plan.levels) == 1
    variant = f"{text}-one" if has_one_level else f"{text}-{item.text}"
    return variant if (variant, LANGUAGES[0]) in texts.suggestions else text


def _product(item: Suggestion, facts: Mapping[str, str], texts: Texts, language: str) -> str:
    """The products of a plan, where they take the place of those of the drafts, or one of two for one action."""
    if item.proposal is None or not (item.proposal.products.fine_only or item.product):
        return ""
    key = "new-products" if facts["finer"] else "new-product"
    return " " + _write("fine-only" if item.proposal.products.fine_only else key, facts, texts, language)


def _ends(item: Suggestion, texts: Texts, language: str) -> str:
    """Which order is to be stopped where this one takes its place; empty if that is clear."""
    if item.ends is None:
        return ""
    product = item.ends.medicine.product
    name = product.name if product else texts.phrases["baclofen", language]
    told = {"ends": name, "written": words.day(item.ends.written, language)}
    return " " + _write("ends", told, texts, language)


def _write(key: str, facts: Mapping[str, str], texts: Texts, language: str) -> str:
    return words.typeset(Template(texts.suggestions[key, language]).substitute(facts), language)


def _facts(item: Suggestion, texts: Texts, language: str) -> dict[str, str]:
    if item.proposal is None:
        return {"product": item.product, "dose": words.mg_per_day(item.dose, language) if item.dose else ""}
    plan, products = item.proposal.plan, item.proposal.products
    signed = _last_signed(plan)
    told = {
        "signed_mg_per_day": words.mg_per_day(signed.mg_per_day, language),
        "visit": words.day(plan.visits[0], language),
    }
    rest = plan.levels[-1] is not signed
    return {
        **told,
        "signed_since": words.day(signed.since, language),
        "part": Template(texts.suggestions["signed-part", language]).substitute(told) if rest else "",
        "rest": Template(texts.suggestions["signed-rest", language]).substitute(told) if rest else "",
        "product": products.main.name,
        "finer": products.finer.name if products.finer else "",
        "from_mg": words.number(plan.from_mg or plan.levels[0].mg_per_day, language),
        "first": words.number(plan.levels[0].mg_per_day, language),
        "to_mg_per_day": words.mg_per_day(plan.to_mg, language),
        "first_mg_per_day": words.mg_per_day(plan.levels[0].mg_per_day, language),
        "step_mg": words.milligrams(plan.pace.step_mg, language),
        "every": str(plan.pace.days),
        "last_step": words.milligrams(plan.pace.last_step_mg or plan.pace.step_mg, language),
        "since": words.day(plan.levels[0].since, language),
        "last": words.day(plan.levels[-1].since, language),
        "reserve": words.day(plan.signed_until - _ONE_DAY, language),
        "intakes": _other_intakes(plan, item.ordered_intakes, texts, language),
        "exact": _exact(plan, texts, language),
    }


def _last_signed(plan: Plan) -> Level:
    """The last level of what is signed now: the last that begins before its end, or a stop that is this end."""
    end = plan.signed_until
    return next(
        level for level in reversed(plan.levels) if level.since < end or (not level.mg_per_day and level.since == end)
    )


def _other_intakes(plan: Plan, ordered: int, texts: Texts, language: str) -> str:
    """The number of intakes, where the order has another; else empty. It has 0 where that is not known."""
    planned = len(plan.levels[0].intakes)
    if ordered in (0, planned):
        return ""
    name = "one-intake" if planned == 1 else "other-intakes"
    return Template(texts.suggestions[name, language]).substitute(number=planned)


def _exact(plan: Plan, texts: Texts, language: str) -> str:
    """A sentence if tablets do not make the exact target; else empty."""
    if abs(plan.to_mg - plan.wanted_mg) >= UNIT_MG or plan.to_mg == plan.wanted_mg:
        return ""
    key = "nearest-above" if plan.to_mg > plan.wanted_mg else "nearest-below"
    wanted = words.mg_per_day(plan.wanted_mg, language)
    return " " + Template(texts.suggestions[key, language]).substitute(wanted=wanted)


def offered_in_words(offered: Sequence[Suggestion], texts: Texts, language: str) -> list[str]:
    """The sentences of a card about its suggestions: the plan of the first, what could not be sent, why no plan."""
    whole = [item for item in offered if item.actions]
    plans = [plan_in_words(item, texts, language) for item in whole[:1]]
    reasons = dict.fromkeys(item.left_out for item in offered if item.changes and not item.actions)
    left_out = [texts.suggestions[reason, language] for reason in reasons]
    return [line for line in [*plans, *left_out, *_why_no_plan(offered, texts, language)] if line]


def _why_no_plan(offered: Sequence[Suggestion], texts: Texts, language: str) -> list[str]:
    return [_write(item.text, {}, texts, language) for item in offered if not item.changes]


def plan_in_words(item: Suggestion, texts: Texts, language: str) -> str:
    """The plan as a clinician can write it down; empty for a suggestion without a plan."""
    if item.proposal is None:
        return ""
    plan = item.proposal.plan
    days = {"days": ", ".join(words.day(visit, language) for visit in plan.visits)}
    visits = _write("visit" if len(plan.visits) == 1 else "visits", days, texts, language)
    levels = words.SEMICOLON[language].join(_levels_in_words(plan, texts, language))
    facts = {**_facts(item, texts, language), "levels": levels, "visits": visits}
    written = _write("plan-stop" if plan.to_mg == 0 else _key("plan", item, texts), facts, texts, language)
    return " ".join([written, *_afterwards(plan, facts, texts, language)]) + _ends(item, texts, language)


def _afterwards(plan: Plan, facts: Mapping[str, str], texts: Texts, language: str) -> list[str]:
    """What is to be known of the days around the visit."""
    if plan.has_reserve:
        return [_write("judge", facts, texts, language)]
    keys = [*(["printed-rest"] * (plan.signed_until < plan.ends)), *(["goes-on"] * (plan.to_mg > 0))]
    return [_write(key, facts, texts, language) for key in keys]


# More levels than this do not fit on a card with their intakes and dates.
_MOST_LEVELS = 3


def _levels_in_words(plan: Plan, texts: Texts, language: str) -> list[str]:
    """Every level with its intakes; of more than three, the first and the last, and the doses of those between."""
    if len(plan.levels) <= _MOST_LEVELS:
        return [level_in_words(level, texts, language) for level in plan.levels]
    first, *between, last = plan.levels
    doses = ", ".join(words.number(level.mg_per_day, language) for level in between[:-1])
    facts = {
        "doses": doses,
        "last_mg_per_day": words.mg_per_day(between[-1].mg_per_day, language),
        "every": str(plan.pace.days),
    }
    longer = any(level.days != plan.pace.days for level in between)
    middle = _write("levels-between-longer" if longer else "levels-between", facts, texts, language)
    return [level_in_words(first, texts, language), middle, level_in_words(last, texts, language)]


def level_in_words(level: Level, texts: Texts, language: str) -> str:
    """`110 mg/j dès le 10/05/2022 (matin 40 mg, midi 40 mg, soir 30 mg)`."""
    key = "level" if level.mg_per_day else "level-none"
    intakes = ", ".join(_intake_in_words(intake, texts, language) for intake in level.intakes)
    facts = {
        "mg_per_day": words.mg_per_day(level.mg_per_day, language),
        "since": words.day(level.since, language),
        "intakes": intakes,
    }
    return _write(key, facts, texts, language)


def _intake_in_words(intake: Intake, texts: Texts, language: str) -> str:
    mg: Fraction = intake.mg
    return f"{texts.suggestions[intake.moment, language]} {words.milligrams(mg, language)}"
