"""Writes a plan as JSON, in the shape `Plan` of openapi.yaml. Doses are exact numbers."""

from collections.abc import Iterator
from typing import Any

import msgspec

from cds_service.core.model.product import Product
from cds_service.core.plans.plan_request import PlanMade
from cds_service.core.plans.supply import packs_needed, tablets_needed
from cds_service.core.plans.tablets import Intake
from cds_service.core.plans.taper import Level
from cds_service.core.wording.json_values import as_json, source_as_json

_ENCODER = msgspec.json.Encoder(decimal_format="number")
_DISCLAIMER = "A demonstration, not a medical device."


def json_of(made: PlanMade, rules_version: str) -> bytes:
    plan, source = made.plan, made.change.source
    return _ENCODER.encode(
        {
            "kind": made.request.name,
            "from_mg_per_day": as_json(plan.from_mg),
            "wanted_mg_per_day": as_json(plan.wanted_mg),
            "to_mg_per_day": as_json(plan.to_mg),
            "pace": {"step_mg": as_json(plan.pace.step_mg), "days": plan.pace.days},
            "begins": plan.levels[0].since.isoformat(),
            "ends": plan.ends.isoformat(),
            "levels": [_level(level) for level in plan.levels],
            "visits": [visit.isoformat() for visit in plan.visits],
            "tablets": list(_tablets(made)),
            "source": source_as_json(source),
            "rules_version": rules_version,
            "disclaimer": _DISCLAIMER,
        }
    )


def _level(level: Level) -> dict[str, Any]:
    """`until` is the first day after the level; the last level has none."""
    until = {} if level.until is None else {"until": level.until.isoformat()}
    intakes = [_intake(intake) for intake in level.intakes]
    return {"since": level.since.isoformat(), **until, "mg_per_day": as_json(level.mg_per_day), "intakes": intakes}


def _intake(intake: Intake) -> dict[str, Any]:
    tablets = [{"product": count.tablet.product, "number": as_json(count.number)} for count in intake.counts]
    return {"moment": intake.moment, "mg": as_json(intake.mg), "tablets": tablets}


def _tablets(made: PlanMade) -> Iterator[dict[str, Any]]:
    needed, packs = tablets_needed(made.plan), packs_needed(made.plan)
    for product in (made.products.main, made.products.finer):
        for tablet, number in needed.items():
            if isinstance(product, Product) and tablet.product == product.code:
                yield {
                    "product": product.code,
                    "name": product.name,
                    "strength_mg": as_json(tablet.strength_mg),
                    "number": as_json(number),
                    "packs_of_30": packs[tablet],
                }
