"""What a reading asks of the product on the enumeration's day: findings that must come, and those that must not.

For the patient of the enumeration: no referral, no seizures, no psychiatric history, nothing untold. Signings with a
reason of spasticity, or with both diseases on the list, are left out: their scope is another section's.
"""

from tests.reference.enumeration import Combination
from tests.reference.lines import RECOMMENDED, SPASTICITY, SPECIALIST, STOPS
from tests.reference.renewals import STARTING_DOSE, STEP, Reading

RISE = 10  # mg in 3 days: more is too fast

LEVELS = ["silent", "info", "warning", "critical"]
ABOVE = {SPECIALIST: "specialist-care", RECOMMENDED: "daily-dose-above-recommended"}


def is_compared(combination: Combination) -> bool:
    orders = combination.record + combination.drafts
    return not combination.list_has_both and all(order.reason != SPASTICITY for order in orders)


def must_come(reading: Reading) -> dict[str, str]:
    """The least indicator of each finding that must come."""
    least = {ABOVE[limit]: "info" for limit in ABOVE if reading.after > limit}
    if reading.asked in {"info", "warning"}:
        level = {limit: reading.asked if limit == RECOMMENDED else "info" for limit in reading.only_the_sum}
        least |= {ABOVE[limit]: indicator for limit, indicator in level.items()}
    judged = {
        "dose-reduction-too-fast": (reading.fall or 0) > STEP and bool(reading.after),
        "dose-increase-too-fast": (reading.rise or 0) > RISE and bool(reading.before),
        "initial-dose-too-high": reading.taken.first == "yes" and reading.after > STARTING_DOSE,
    }
    least |= {finding: "warning" for finding, comes in judged.items() if comes}
    said = {"abrupt-stop": reading.abrupt_stop, "resumption": reading.resumption}
    least |= {finding: indicator for finding, indicator in said.items() if indicator}
    return least | ({"dosage-to-confirm": "info"} if _is_to_confirm(reading) else {})


def must_not_come(reading: Reading, combination: Combination) -> set[str]:
    """The findings that the reading leaves no room for."""
    judged = {
        "dose-reduction-too-fast": (reading.fall or 0) > STEP,
        "dose-increase-too-fast": (reading.rise or 0) > RISE or reading.asked in {"info", "warning"},
        "initial-dose-too-high": reading.taken.first != "no" or bool(reading.taken.written),
        "abrupt-stop": reading.abrupt_stop is not None,
        "resumption": reading.resumption is not None,
        "specialist-care": max(reading.after, reading.total) >= SPECIALIST,
        "daily-dose-above-recommended": max(reading.after, reading.total) > RECOMMENDED,
        "dosage-to-confirm": _is_to_confirm(reading) or _only_stops(combination),
    }
    return {finding for finding, may in judged.items() if not may}


def differences(reading: Reading, combination: Combination, said: dict[str, str]) -> dict[str, str]:
    """Where the product's findings (id → indicator) are not those of the reading; empty where they agree."""
    missing = {
        finding: f"due at {least}, came at {said.get(finding, 'silent')}"
        for finding, least in must_come(reading).items()
        if LEVELS.index(said.get(finding, "silent")) < LEVELS.index(least)
    }
    return missing | dict.fromkeys(must_not_come(reading, combination) & set(said), "not due")


def _is_to_confirm(reading: Reading) -> bool:
    said = reading.asked == "to confirm" or bool(reading.to_cancel) or reading.replaces_all
    return said or bool(reading.not_renewed)


def _only_stops(combination: Combination) -> bool:
    return all(draft.status in STOPS for draft in combination.drafts)
