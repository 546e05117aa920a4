"""The moments of a day for the simulator: which parts of the day a timing names, and how moments and hours meet."""

from typing import Any

Json = dict[str, Any]

# The hours of each part of the day: morning 5-11, noon 11-14, afternoon 14-18, evening 18-22, night 21-5.
_PARTS = {"morning": range(5, 11), "noon": range(11, 14), "afternoon": range(14, 18), "evening": range(18, 22),
          "night": (21, 22, 23, 0, 1, 2, 3, 4)}  # fmt: skip
_PART_OF = {
    "MORN": "morning", "MORN.early": "morning", "CM": "morning", "WAKE": "morning", "NOON": "noon", "ACD": "noon",
    "AFT": "afternoon", "EVE": "evening", "PCV": "evening", "NIGHT": "night", "HS": "night",
}  # fmt: skip


def moments_of(repeat: Json) -> frozenset[str] | None:
    """The parts of the day that a timing names; None if none, or meals that may be any."""
    codes, hours = repeat.get("when", []), repeat.get("timeOfDay", [])
    if (not codes and not hours) or {"C", "AC", "PC"} & set(codes):
        return None
    first = [next(part for part, clock in _PARTS.items() if int(hour[:2]) in clock) for hour in hours]
    return frozenset([*(_PART_OF[code] for code in codes), *first])


def _most_that_meet(codes: list[str], hours: list[str]) -> int:
    """The most moments that can each be one of the hours, by trying every choice."""
    if not codes:
        return 0
    rest = [
        1 + _most_that_meet(codes[1:], [other for other in hours if other != hour])
        for hour in hours
        if int(hour[:2]) in _PARTS[_PART_OF[codes[0]]]
    ]
    return max([_most_that_meet(codes[1:], hours), *rest])


def at_moments(repeat: Json) -> list[tuple[int, int]]:
    """The fewest and most intakes of moments and of hours; where they differ, also those of both together."""
    hours, moments = list(repeat.get("timeOfDay", [])), list(repeat.get("when", []))
    alone = [code for code in moments if code not in ("C", "AC", "PC")]
    meals = len(moments) - len(alone)
    fewest, most = len(moments), len(moments) + 2 * meals
    by_hour, by_moment = (len(hours), len(hours)), (fewest, most)
    if not hours or not moments:
        return [by_hour] if hours else [by_moment] if moments else []
    met = _most_that_meet(alone, hours)
    more, left = max(0, len(hours) - met - 3 * meals), len(alone) - met
    if not more and not left:
        return [by_hour] if fewest <= len(hours) <= most else [by_hour, by_moment]
    both = max(most + more, len(hours) + left)
    return [by_hour, by_moment, (both, both)]
