"""Lines and drafts of the tests of the reference model: 30 mg of the 10 mg tablet, open, written 60 days ago."""

from dataclasses import replace

from tests.reference.lines import Line

OPEN = Line(10, 30, written=-60)
MORNING, EVENING = frozenset({"MORN"}), frozenset({"EVE"})


def line(dose: int = 30, strength: int | None = 10, **other: object) -> Line:
    return replace(Line(strength, dose, written=-60), **other)  # type: ignore[arg-type]  # each test names real fields


def draft(dose: int = 30, strength: int | None = 10, **other: object) -> Line:
    return replace(Line(strength, dose), **other)  # type: ignore[arg-type]  # each test names real fields


def bounded(end: int, dose: int = 30, strength: int = 10, **other: object) -> Line:
    return line(dose, strength, **({"written": end - 28, "end": end} | other))
