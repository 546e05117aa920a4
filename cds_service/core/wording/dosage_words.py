"""Writes a dosage of a plan in words: its days, tablets and moments, and the visit at the end of what is signed."""

from datetime import date, timedelta
from string import Template

from cds_service.core.plans.fhir_out import Say
from cds_service.core.plans.plan_dosages import PlanDosage, is_cut
from cds_service.core.plans.taper import Plan
from cds_service.core.wording import words
from cds_service.core.wording.texts import Texts


def dosage_words(texts: Texts, language: str) -> Say:
    """Says a dosage: "du 22/11/2026 au 23/11/2026 : 2,5 comprimés de 10 mg matin et soir."."""

    def filled(key: str, **facts: str) -> str:
        return Template(texts.suggestions[key, language]).substitute(facts)

    def say(dosage: PlanDosage, plan: Plan) -> str:
        *first, last = (texts.suggestions[moment, language] for moment in dosage.moments)
        moments = filled("moments", first=", ".join(first), last=last) if first else last
        written = filled(
            "dosage-one" if words.is_one(dosage.number, language) else "dosage",
            since=_day(dosage.since, language),
            last=_day(dosage.until - timedelta(days=1), language),
            number=words.number(dosage.number, language),
            strength=words.milligrams(dosage.strength_mg, language),
            moments=moments,
        )
        ends = dosage.until == plan.signed_until
        return f"{written} {_of_visit(plan)}" if ends and (plan.to_mg or is_cut(plan)) else written

    def _of_visit(plan: Plan) -> str:
        key = "dosage-reserve" if plan.has_reserve else "dosage-cut" if is_cut(plan) else "dosage-visit"
        return filled(key, visit=_day(plan.visits[0], language))

    return lambda dosage, plan: say(dosage, plan).replace("\u00a0", " ").replace("\u202f", " ")


def _day(day: date, language: str) -> str:
    return words.day(day, language)
