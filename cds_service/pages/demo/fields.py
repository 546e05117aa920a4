"""Reads the fields of a case from a query string, and writes them back into one.

Each field is a number within bounds, a date, or a choice from a list. No field takes free text, so that a URL
cannot identify a patient. Errors are reported field by field.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Literal, cast

from cds_service.config.clock import FIRST_DAY

HISTORY = ("alcohol", "seizure", "psychiatric", "spasticity")
BOXES = (*HISTORY, "tried", "referred")
CHOICES = {"sex": ("male", "female", "unknown"), "act": ("prescribe", "taper", "stop")}
PRODUCTS = (
    "baclocur-10", "baclocur-20", "baclocur-30", "baclocur-40", "baclofene-zentiva-10", "lioresal-10",
    "baclofene-biogaran-10", "rxnorm-199280",
)  # fmt: skip

Given = Mapping[str, str]
"""The values of a query, each name once."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """The allowed values of a number field: minimum, maximum, step, and whether it may be empty."""

    least: Decimal
    most: Decimal
    step: Decimal
    may_be_empty: bool = False


NUMBERS = {
    "age": Bounds(Decimal(0), Decimal(120), Decimal(1)),
    "drinks": Bounds(Decimal(0), Decimal(1000), Decimal(1), may_be_empty=True),
    "taken": Bounds(Decimal(0), Decimal(1000), Decimal("0.5")),
    "tablets": Bounds(Decimal("0.5"), Decimal(40), Decimal("0.5")),
    "times": Bounds(Decimal(1), Decimal(6), Decimal(1)),
}
NAMES = ("on", *CHOICES, "product", *NUMBERS, *BOXES)

_NUMBER = re.compile(r"[0-9]{1,6}([.,][0-9]{1,2})?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Fields:
    """An invented patient and the order to sign. `taken` is in mg/day, `drinks` in g/day (None: not on record).

    `history` names the conditions on the problem list. `tablets` is per intake, `times` is intakes a day.
    """

    on: date
    sex: Literal["male", "female", "unknown"]
    age: int
    history: tuple[str, ...]
    drinks: Decimal | None
    tried: bool
    referred: bool
    taken: Decimal
    act: Literal["prescribe", "taper", "stop"]
    product: str
    tablets: Decimal
    times: int

    def on_day(self, day: date) -> "Fields":
        return replace(self, on=day)


@dataclass(frozen=True, slots=True)
class FieldError:
    """An invalid field. Its message is `wrong-<reason>` in cards/demo.toml."""

    field: str
    reason: str


def read(given: Given, today: date) -> tuple[Fields | None, tuple[FieldError, ...]]:
    """The fields of a submitted form, or None and all errors. Without `on` the day is today."""
    wrong: list[FieldError] = []
    numbers = {name: _number(name, given.get(name, ""), wrong) for name in NUMBERS}
    chosen = {name: _choice(name, given.get(name, ""), CHOICES[name], wrong) for name in CHOICES}
    product = _choice("product", given.get("product", ""), PRODUCTS, wrong)
    on = _day(given.get("on", ""), today, wrong)
    if wrong:
        return None, tuple(wrong)
    fields = Fields(
        on=on,
        sex=cast(Literal["male", "female", "unknown"], chosen["sex"]),
        age=int(_known(numbers["age"])),
        history=tuple(name for name in HISTORY if given.get(name)),
        drinks=numbers["drinks"],
        tried=bool(given.get("tried")),
        referred=bool(given.get("referred")),
        taken=_known(numbers["taken"]),
        act=cast(Literal["prescribe", "taper", "stop"], chosen["act"]),
        product=product,
        tablets=_known(numbers["tablets"]),
        times=int(_known(numbers["times"])),
    )
    return fields, ()


def read_day(written: str, today: date) -> date | None:
    """A day from 2012-04-24 to today; None for anything else."""
    try:
        day = date.fromisoformat(written if _DAY.fullmatch(written) else "")
    except ValueError:
        return None
    return day if FIRST_DAY <= day <= today else None


def written(fields: Fields) -> dict[str, str]:
    """The fields as query parameters; boxes that are not ticked are left out."""
    numbers = {"age": fields.age, "drinks": fields.drinks, "taken": fields.taken}
    numbers |= {"tablets": fields.tablets, "times": fields.times}
    ticked = [*fields.history, *(["tried"] if fields.tried else []), *(["referred"] if fields.referred else [])]
    return {
        "on": fields.on.isoformat(),
        "sex": fields.sex,
        "act": fields.act,
        "product": fields.product,
        **{name: "" if value is None else plain(Decimal(value)) for name, value in numbers.items()},
        **dict.fromkeys(ticked, "1"),
    }


def plain(number: Decimal) -> str:
    """`4`, `0.5`: without an exponent and without trailing zeros."""
    return f"{number.normalize():f}"


def _number(name: str, text: str, wrong: list[FieldError]) -> Decimal | None:
    bounds = NUMBERS[name]
    text = text.strip()
    if not text and bounds.may_be_empty:
        return None
    number = Decimal(text.replace(",", ".")) if _NUMBER.fullmatch(text) else Decimal(-1)
    if not bounds.least <= number <= bounds.most or number % bounds.step:
        wrong.append(FieldError(name, "number"))
        return None
    return number


def _choice(name: str, text: str, choices: tuple[str, ...], wrong: list[FieldError]) -> str:
    if text not in choices:
        wrong.append(FieldError(name, "choice"))
    return text


def _day(text: str, today: date, wrong: list[FieldError]) -> date:
    day = read_day(text, today) if text else today
    if day is None:
        wrong.append(FieldError("on", "day"))
    return day or today


def _known(number: Decimal | None) -> Decimal:
    """Narrows the type of a number that was read without error."""
    return number if number is not None else Decimal(0)
