"""The closed list of questions that a rule file may ask about a case.

A check is given the case and the values in force on the day. It yields an Answer for each thing that the
rule has to say, and Unjudged where a fact that it needs is unknown. A rule file chooses a check and its
values; it does not program.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from cds_service.core import dose_checks as dose
from cds_service.core import gap_checks as gap
from cds_service.core import patient_checks as patient
from cds_service.core.verdict import Ask


@dataclass(frozen=True)
class Check:
    """A question; for each of its cases the facts that it gives; the values that its rule file must give.

    A value that is a list may be left out, which reads as empty; so may the `optional` ones.
    """

    ask: Ask
    cases: Mapping[str, tuple[str, ...]]
    values: Mapping[str, type] = field(default_factory=dict)
    optional: tuple[str, ...] = ()


_LIMIT = ("mg_per_day", "limit_mg_per_day")
_MG_PER_DAY: Mapping[str, type] = {"mg_per_day": Fraction}

CHECKS: Mapping[str, Check] = {
    # dose
    "daily-dose-above": Check(
        dose.daily_dose_above,
        {"found": _LIMIT, "first-prescription": _LIMIT, "decrease-begun": _LIMIT},
        _MG_PER_DAY,
    ),
    "specialist-care": Check(
        dose.specialist_care,
        {
            "above": _LIMIT,
            "decrease-begun": _LIMIT,
            "tapering": _LIMIT,
            "above-referred": _LIMIT,
            "reached": _LIMIT,
            "reached-goal-not-met": _LIMIT,
        },
        _MG_PER_DAY,
    ),
    "dose-reduction-too-fast": Check(
        dose.dose_reduction_too_fast, {"found": ("fall_mg", "step_mg")}, {"mg_per_2_days": Fraction}
    ),
    "abrupt-stop": Check(
        dose.abrupt_stop,
        {"found": ("before_mg_per_day",), "from-high-dose": ("before_mg_per_day",), "dose-unknown": ()},
        {"step_mg": Fraction, "high_mg_per_day": Fraction},
    ),
    "initial-dose-too-high": Check(
        dose.initial_dose_too_high,
        {"no-number": (), "found": _LIMIT},
        {"mg_per_day": Fraction, "days": Fraction},
        optional=("mg_per_day", "days"),
    ),
    "dose-increase-too-fast": Check(
        dose.dose_increase_too_fast, {"found": ("rise_mg", "step_mg")}, {"mg_per_3_days": Fraction}
    ),
    "taper-in-progress": Check(
        dose.taper_in_progress, {"found": ("before_mg_per_day", "last_mg_per_day", "step_mg")}, _MG_PER_DAY
    ),
    "taper-pace": Check(gap.nothing, {}, {"step_mg": Fraction, "greater_step_mg": Fraction, "days": int}),
    "start-pace": Check(
        gap.nothing,
        {},
        {
            "first_mg": Fraction,
            "careful_first_mg": Fraction,
            "step_mg": Fraction,
            "days": int,
            "careful_days": int,
        },
    ),
    "close-follow-up": Check(dose.close_follow_up, {"found": ("before_mg_per_day",)}, _MG_PER_DAY),
    # prescription
    "product-not-authorised": Check(
        patient.product_not_authorised,
        {"not-authorised": ("product",), "outside-rtu": ("product",), "suspended": ("product",)},
        {"rtu": tuple, "amm": tuple, "suspended": tuple, "framework": str},
    ),
    "product-not-named": Check(patient.product_not_named, {"found": ()}),
    "indication-not-documented": Check(
        patient.indication_not_documented, {"two-indications": (), "none-on-record": (), "unknown": ()}
    ),
    "outside-indication": Check(
        patient.outside_indication, {"no-indication": (), "abstinence": ()}, {"frameworks": tuple}
    ),
    "not-adult": Check(patient.not_adult, {"found": ("age",)}),
    "consumption-below-threshold": Check(
        patient.consumption_below_threshold,
        {"found": ("grams", "limit_grams")},
        {"male": Fraction, "female": Fraction},
    ),
    "prior-treatment-not-documented": Check(
        patient.prior_treatment_not_documented, {"found": (), "under-rtu": ()}, {"frameworks": tuple}
    ),
    # precautions
    "psychiatric-history": Check(
        patient.psychiatric_history,
        {"suicidality": (), "disorder": (), "disorder-renewal": (), "resolved": ()},
    ),
    "seizure-history": Check(patient.seizure_history, {"seizures": (), "seizures-renewal": (), "febrile": ()}),
    "experienced-prescriber": Check(patient.experienced_prescriber, {"found": ()}),
    "adverse-effect-report": Check(
        patient.adverse_effect_report, {"rtu": (), "crpv-and-rtu": (), "crpv": ()}, {"report_to": str}
    ),
    "no-abrupt-stop": Check(patient.no_abrupt_stop, {"found": ()}),
    # the check itself
    "dose-not-computable": Check(gap.dose_not_computable, {"found": ("reason", "element")}),
    "check-not-done": Check(gap.check_not_done, {"found": ("reason",), "fault": ("parts",)}),
    "check-incomplete": Check(gap.nothing, {"found": ("facts", "reasons", "rules")}),
    "patient-mismatch": Check(gap.patient_mismatch, {"found": ()}),
    "look-back": Check(gap.nothing, {}, {"taken_now_days": int, "consumption_days": int, "referral_days": int}),
}
