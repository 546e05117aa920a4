"""The closed list of questions that a rule file may ask about a case.

A check is given the case and the values in force on the day. It yields an Answer for each thing that the
rule has to say, and MissingFact where a fact that it needs is unknown. A rule file chooses a check and its
values; it does not program.
"""

from collections.abc import Mapping

from cds_service.core.rules import (
    dose_checks,
    gap_checks,
    notice_checks,
    patient_checks,
    precaution_checks,
    start_checks,
    stop_checks,
)
from cds_service.core.rules.verdict import DECLARED, Check

# Each check is declared in one of them, above its function.
MODULES = (dose_checks, start_checks, stop_checks, patient_checks, precaution_checks, gap_checks, notice_checks)

CHECKS: Mapping[str, Check] = DECLARED
