"""The reference model of "Orders without a link": lines of the record and drafts in, one `Reading` out.

Written from the text of the design alone (section 5), by somebody who had not seen the product, which it does not
import. It knows no FHIR and no card. Sentences in quotation marks are the design's; `(reading A3)` is an entry of
readings.md beside this file, which lists where the text can be read in two ways and which way was taken: the safer.
The orders of one signing begin on one day, and each has one dose. Read lines.py, taken.py and signing.py first.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tests.reference.lines import AS_NEEDED, RECOMMENDED, REGULAR, SPECIALIST, TODAY, YEAR, Line, Rules
from tests.reference.signing import Signing, sign
from tests.reference.taken import Taken, precedes, running, stale

STEP = 15  # mg: a fall beyond it is too fast
TAPER_STEP = 10  # mg: a stop from no more than this is none (reading A21)
STARTING_DOSE = 20


@dataclass(frozen=True)
class Reading:
    """What the text says of a signing. Doses are mg a day, in full: "as needed" counts."""

    taken: Taken
    replaces: tuple[frozenset[int], ...]
    left: frozenset[int]
    stopped: frozenset[int]
    before: int | None  # None, as fall and rise: not measured
    after: int
    fall: int | None
    rise: int | None
    asked: str  # "no", "to confirm", "info", "warning"
    total: int  # if it is an addition
    only_the_sum: tuple[int, ...]  # the limits that only the sum exceeds
    to_cancel: frozenset[int]  # "ordonnance du …, à annuler ?"
    replaces_all: bool  # "remplace-t-elle tout ?"
    not_renewed: frozenset[int]  # "ligne … jusqu'au …, non renouvelée ?"
    two_indications: bool
    abrupt_stop: str | None
    resumption: str | None
    plan: str  # "none", "offered", "recommended": the most that there may be


def read(
    record: Sequence[Line], drafts: Sequence[Line], rules: Rules = TODAY, list_has_both: bool = False
) -> Reading:
    record = _as_signed_in_turn(record, list_has_both)
    signing = sign(record, [replace(draft, began=draft.began or 0) for draft in drafts], list_has_both)
    before = signing.doses(signing.taken.lines) if signing.taken.is_measured else None
    after = max(signing.after(day) for day in _days_of_change(signing))
    fall = _fall(signing, before)
    run_on = _may_be_added_to(signing)
    total = after + signing.doses(run_on)
    only_the_sum = tuple(limit for limit in sorted({*rules.limits, RECOMMENDED}) if run_on and total > limit >= after)
    asked = _asked(signing, run_on, fall, total, only_the_sum, rules)
    whole = _replaces_all(signing, before)
    return Reading(
        taken=signing.taken,
        replaces=signing.replaces,
        left=signing.left,
        stopped=signing.stopped,
        before=before,
        after=after,
        fall=None if before is None else fall,
        rise=_rise(before, after),
        asked=asked,
        total=after if asked == "no" else total,
        only_the_sum=() if asked == "no" else only_the_sum,
        to_cancel=signing.passed - signing.linked,
        replaces_all=whole,
        not_renewed=_not_renewed(signing),
        two_indications=signing.two_indications,
        abrupt_stop=_abrupt_stop(signing, before, after),
        resumption=_resumption(signing, rules),
        plan=_plan(signing, asked, fall, before, whole),
    )


def _as_signed_in_turn(record: Sequence[Line], list_has_both: bool) -> list[Line]:
    """The record as a history of signings: of the lines that run, one that was signed later ends those that it
    replaces as a draft would, wherever the table says no; where it asks, both run on (reading A2)."""
    lines = list(record)
    run = [place for place, line in enumerate(lines) if running(line)]
    for day in sorted({lines[place].signed for place in run}):
        older = [place for place in run if lines[place].signed < day and lines[place].lasts_beyond(day)]
        before = [_seen_from(day, lines[place]) for place in older]
        later = [_seen_from(day, lines[place]) for place in run if lines[place].signed == day]
        signing = sign(before, later, list_has_both)
        fall = _fall(signing, signing.doses(signing.taken.lines) if signing.taken.is_measured else None)
        for number in signing.replaced | signing.passed:
            if not _may_be_added(signing, before[number], fall):
                lines[older[number]] = replace(lines[older[number]], end=signing.start + day)
    return lines


def _seen_from(day: int, line: Line) -> Line:
    began, written, end = (None if at is None else at - day for at in (line.began, line.written, line.end))
    return replace(line, began=began if began is not None else written, written=written, end=end)


# --- the dose before and after ----------------------------------------------------------------


def _days_of_change(signing: Signing) -> list[int]:
    return [signing.start, *(day for i in signing.left if (day := signing.record[i].since) > signing.start)]


def _fall(signing: Signing, before: int | None) -> int:
    """The fall at the draft's start, in full and of what is regular: "A fall is judged on the lower bounds too"."""
    if before is None:
        return 0
    ended = frozenset(i for i in signing.left & signing.taken.lines if not signing.record[i].runs(signing.start))
    counted = signing.taken.lines - ended  # "The ordinary end of a prescription … is neither a fall nor a stop"
    regular = [REGULAR]
    low = signing.doses(counted, regular) - signing.after(signing.start, regular)
    if any(order.kind == REGULAR for order in signing.orders):  # "a fall from as-needed lines is measured from 0"
        counted -= frozenset(i for i in signing.replaced if signing.record[i].kind == AS_NEEDED)
    return max(0, low, signing.doses(counted) - signing.after(signing.start))


def _rise(before: int | None, after: int) -> int | None:
    return None if before is None else max(0, after - before)


def _abrupt_stop(signing: Signing, before: int | None, after: int) -> str | None:
    """ "drafts stop what is taken now from above one taper step, judged on the sum after all drafts"."""
    if before is None or after or before <= TAPER_STEP or not signing.stopped & signing.taken.lines:
        return None
    return "critical" if before > SPECIALIST and not signing.stopped_mildly else "warning"


def _resumption(signing: Signing, rules: Rules) -> str | None:
    if not signing.orders:
        return None
    dose = signing.after(signing.start)
    match signing.taken.gap_class:
        case "4-7":
            return "info" if dose > SPECIALIST else None  # "above 80 mg `resumption` speaks at info" (reading A3)
        case "8-30":
            return "warning" if rules.since_2023 and dose > STARTING_DOSE else "info"
        case "unknown" if signing.taken.stale_dose is not None and dose > STARTING_DOSE:
            return "info" if dose <= signing.taken.stale_dose else "warning"  # "info up to that order's dose"
    return None


# --- what is asked ----------------------------------------------------------------------------


def _may_be_added_to(signing: Signing) -> frozenset[int]:
    """ "lines replaced that run on at its start", by no link; "a line that has ended … is never asked about"."""
    if not signing.unlinked:
        return frozenset()
    lines = (signing.replaced | signing.passed) - signing.linked  # those written only: reading A8
    return frozenset(i for i in lines if signing.record[i].lasts_beyond(signing.start))


def _asked(
    signing: Signing, lines: frozenset[int], fall: int, total: int, only_the_sum: tuple[int, ...], rules: Rules
) -> str:
    """ "the first row that fits; of several lines the most severe answer"."""
    if not any(_may_be_added(signing, signing.record[i], fall) for i in lines):
        return "no"
    # "in every row at warning where the sum alone goes above the maximum in force, or 300": that asks (reading A14)
    if {rules.maximum, RECOMMENDED} & {*only_the_sum}:
        return "warning"
    # "where the sum goes above nothing, `dosage-to-confirm`" (reading A22)
    return "info" if any(total > limit for limit in rules.limits) else "to confirm"


def _may_be_added(signing: Signing, line: Line, fall: int) -> bool:
    """The table, row by row."""
    same = [order for order in signing.unlinked if (order.strength, order.dose) == (line.strength, line.dose)]
    drafts = same or signing.unlinked  # of several drafts, that which is the line again (reading A15)
    left = YEAR if line.end is None else line.end - signing.start
    unknown = any(order.requester is None for order in drafts) or line.requester is None
    another = any(None not in (by := (order.requester, line.requester)) and by[0] != by[1] for order in drafts)
    dose = sum(order.dose for order in drafts)
    if not _kinds_and_strengths_are_known(line, drafts) or fall > STEP:
        return True
    if another and line.signed > -28 and left > 3:  # an open line too (reading A13)
        return True
    if _moments_do_not_meet(line, drafts) and left > 7:
        return True
    if line.end is not None:
        product_too = dose == line.dose and all((o.brand, o.strength) == (line.brand, line.strength) for o in drafts)
        if left <= (14 if product_too else 7):
            return False
    elif line.signed <= -(21 if dose == line.dose and unknown else 7):
        return False
    return unknown or another or line.signed > -14 or 2 * dose <= line.dose


def _kinds_and_strengths_are_known(line: Line, drafts: Sequence[Line]) -> bool:
    """ "a regular draft replaces as-needed lines …, asked"; "A strength that is unknown: all, asked"."""
    return all(draft.kind == line.kind and None not in (draft.strength, line.strength) for draft in drafts)


def _moments_do_not_meet(line: Line, drafts: Sequence[Line]) -> bool:
    known = [draft.moments for draft in drafts if draft.moments is not None]
    return line.moments is not None and len(known) == len(drafts) and not line.moments & frozenset().union(*known)


def _replaces_all(signing: Signing, before: int | None) -> bool:
    """ "Where lines are left and the draft alone would be a fall beyond the step from all that is taken, and is not
    one of these lines again"."""
    taken = [signing.record[i] for i in signing.taken.lines]
    again = any((o.strength, o.dose) == (line.strength, line.dose) for o in signing.unlinked for line in taken)
    left = signing.left & signing.taken.lines
    asks = bool(signing.unlinked and left) and not (again or signing.two_indications)
    return asks and before is not None and signing.ordered < before - STEP


def _not_renewed(signing: Signing) -> frozenset[int]:
    """ "A line that is left and ends within 7 days of the draft's start is named" (reading A18)."""
    left = signing.left & signing.taken.lines if signing.orders else frozenset[int]()
    return frozenset(i for i in left if not signing.record[i].lasts_beyond(signing.start + 7))


# --- what may be suggested --------------------------------------------------------------------


def _plan(signing: Signing, asked: str, fall: int, before: int | None, replaces_all: bool) -> str:
    """The most that a plan may be. "No suggestion is ever built on the reading "addition"."""
    taken, record = signing.taken, signing.record
    at_most_half = asked != "no" and before is not None and 2 * signing.ordered <= before and bool(signing.orders)
    inexact = any(record[i].kind == AS_NEEDED for i in taken.lines)  # "known and exact" (reading A19)
    if taken.unknown or taken.gap_class == "4-7" or inexact or at_most_half:
        return "none"
    if (
        signing.two_indications
        or replaces_all
        or asked == "to confirm"
        or any(_is_new(record, i) for i in taken.lines)
    ):
        return "none"
    strengths = {record[i].strength for i in signing.replaced}
    other_strength = any(order.strength not in strengths for order in signing.unlinked)
    if asked != "no" and (fall > STEP or other_strength):
        return "offered"
    return "offered" if taken.gap_class == "8-30" or taken.first == "unknown" else "recommended"


def _is_new(record: Sequence[Line], place: int) -> bool:
    """ "No plan starts from a line that began less than 7 days ago unless an older line of its dose (within a step)
    precedes it"."""
    line = record[place]
    older = (old for old in record if old.status != "cancelled" and not stale(old) and precedes(old, line))
    return line.since > -7 and not any(abs(old.dose - line.dose) <= STEP for old in older)
