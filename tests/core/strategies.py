"""Every shape of dosage that an EHR may send: valid ones, and damaged ones."""

from collections.abc import Iterator
from copy import deepcopy
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from tests.core.bounds import ON as ON
from tests.core.bounds import UCUM as UCUM
from tests.core.bounds import bounds as bounds
from tests.core.bounds import counts

Json = dict[str, Any]

GTS = "http://terminology.hl7.org/CodeSystem/v3-GTSAbbreviation"

_TABLET_UNITS: tuple[Json, ...] = (
    {"system": "http://standardterms.edqm.eu", "code": "15054000", "unit": "Comprimé"},
    {"system": "http://snomed.info/sct", "code": "732936001"},
    {"system": "http://terminology.hl7.org/CodeSystem/v3-orderableDrugForm", "code": "TAB"},
    {"system": UCUM, "code": "{tbl}", "unit": "tablet"},
    {"system": UCUM, "code": "1", "unit": "cp"},
    {"unit": "comprimés"},
)
_MASS_UNITS: tuple[tuple[Json, Decimal], ...] = (
    ({"system": UCUM, "code": "mg", "unit": "mg"}, Decimal(1)),
    ({"code": "mg"}, Decimal(1)),
    ({"unit": "mg"}, Decimal(1)),
    ({"system": UCUM, "code": "g", "unit": "g"}, Decimal("0.001")),
    ({"system": UCUM, "code": "ug", "unit": "µg"}, Decimal(1000)),
    ({"unit": "µg"}, Decimal(1000)),
)
_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MOMENTS = ("MORN", "NOON", "AFT", "EVE", "NIGHT", "HS", "CM", "ACD", "PCV", "WAKE", "MORN.early")
_PERIODS: tuple[tuple[Decimal, str], ...] = (
    (Decimal(21600), "s"), (Decimal(90), "min"), (Decimal("2.5"), "h"), (Decimal(4), "h"), (Decimal(5), "h"),
    (Decimal(8), "h"), (Decimal(12), "h"), (Decimal(23), "h"), (Decimal(36), "h"), (Decimal("0.5"), "d"),
    (Decimal(1), "d"), (Decimal(2), "d"), (Decimal(3), "d"), (Decimal(1), "wk"), (Decimal(2), "wk"),
    (Decimal(1), "mo"), (Decimal(1), "a"),
)  # fmt: skip

tablet_counts = st.sampled_from([Decimal(text) for text in ("0.25", "0.5", "1", "1.5", "2", "3", "0.33")])
masses = st.sampled_from([Decimal(text) for text in ("5", "10", "12.5", "20", "26.67", "0.0001")])


@st.composite
def quantities(draw: st.DrawFn, above: Decimal = Decimal(0)) -> Json:
    """A dose in mg, g, µg or tablets, in any coding; `above` is added to make the end of a range."""
    if draw(st.booleans()):
        return {"value": draw(tablet_counts) + above, **draw(st.sampled_from(_TABLET_UNITS))}
    unit, factor = draw(st.sampled_from(_MASS_UNITS))
    return {"value": (draw(masses) + above) * factor, **unit}


@st.composite
def ranges(draw: st.DrawFn) -> Json:
    high = draw(quantities(above=Decimal(40)))
    low = {**high, "value": high["value"] * draw(st.sampled_from([Decimal("0.5"), Decimal("0.9"), Decimal(1)]))}
    return draw(st.sampled_from([{"low": low, "high": high}, {"high": high}]))


@st.composite
def doses(draw: st.DrawFn) -> Json:
    """The elements of a Dosage for the amount: as in R4, or beside `timing` as in STU3."""
    shape = draw(st.sampled_from(["R4", "R4", "R4", "range", "R3", "R3 simple"]))
    if shape == "range":
        return {"doseAndRate": [{"doseRange": draw(ranges())}]}
    quantity = draw(quantities())
    if shape == "R4":
        return {"doseAndRate": [{"type": {"coding": [{"system": "x", "code": "ordered"}]}, "doseQuantity": quantity}]}
    return {"doseQuantity" if shape == "R3" else "doseSimpleQuantity": quantity}


@st.composite
def rates(draw: st.DrawFn) -> Json:
    mass = draw(masses)
    whole = {"value": mass, "system": UCUM, "code": draw(st.sampled_from(["mg/d", "mg/h", "g/wk"]))}
    hours, unit = draw(st.sampled_from([(Decimal(8), "h"), (Decimal(1), "d"), (Decimal(5), "h"), (Decimal(1), "wk")]))
    time = {"value": hours, "system": UCUM, "code": unit}
    ratio = {"numerator": {"value": mass, "system": UCUM, "code": "mg"}, "denominator": time}
    return {"doseAndRate": [draw(st.sampled_from([{"rateQuantity": whole}, {"rateRatio": ratio}]))]}


@st.composite
def frequencies(draw: st.DrawFn) -> Json:
    period, unit = draw(st.sampled_from(_PERIODS))
    repeat: Json = {"period": period, "periodUnit": unit}
    if draw(st.booleans()):
        repeat["frequency"] = draw(st.integers(1, 4))
    if draw(st.integers(0, 3)) == 0:
        repeat["frequencyMax"] = repeat.get("frequency", 1) + draw(st.integers(0, 3))
    if draw(st.integers(0, 3)) == 0:
        repeat["periodMax"] = period * draw(st.sampled_from([Decimal(1), Decimal("1.5"), Decimal(2)]))
    return repeat


times_of_day = st.lists(
    st.sampled_from(["06:00:00", "08:00:00", "12:00:00", "18:30:00", "22:00:00"]), min_size=1, unique=True
)
moments = st.lists(st.sampled_from(_MOMENTS), min_size=1, max_size=4, unique=True)
meals = st.lists(st.sampled_from(["C", "AC", "PC"]), min_size=1, max_size=1)
weekdays = st.lists(st.sampled_from(_WEEK), min_size=1, unique=True)


@st.composite
def details(draw: st.DrawFn) -> Json:
    """The elements of `repeat` for the frequency; also two kinds at once, as in the French examples."""
    kinds = draw(st.lists(st.sampled_from(["period", "clock", "when", "meals"]), min_size=1, max_size=2, unique=True))
    repeat: Json = {}
    for kind in kinds:
        if kind == "period":
            repeat |= draw(frequencies())
        elif kind == "clock":
            repeat["timeOfDay"] = draw(times_of_day)
        else:
            repeat |= {"when": draw(moments if kind == "when" else meals), "offset": draw(st.integers(0, 60))}
    if draw(st.integers(0, 3)) == 0:
        repeat["dayOfWeek"] = draw(weekdays)
    return draw(st.sampled_from([repeat, repeat, repeat, {"dayOfWeek": draw(weekdays)}]))


@st.composite
def timings(draw: st.DrawFn) -> Json:
    code = draw(
        st.sampled_from(["QD", "BID", "TID", "QID", "AM", "PM", "BED", "Q4H", "Q6H", "Q8H", "QOD", "WK", "MO"])
    )
    coded = {"code": {"coding": [{"system": GTS, "code": code}]}}
    limits = {**draw(bounds()), **draw(counts())}
    if draw(st.integers(0, 4)) == 0:
        return {**coded, "repeat": limits} if limits else coded
    return {"repeat": {**draw(details()), **limits}}


@st.composite
def limits_of_dose(draw: st.DrawFn) -> Json:
    """asNeeded in both forms, and maximum doses."""
    asked: Json = draw(
        st.sampled_from(
            [
                {},
                {},
                {"asNeededBoolean": False},
                {"asNeededBoolean": True},
                {"asNeededCodeableConcept": {"text": "x"}},
            ]
        )
    )
    window = draw(
        st.sampled_from(
            [(Decimal(24), "h"), (Decimal(1), "d"), (Decimal(4), "h"), (Decimal(5), "h"), (Decimal(1), "wk")]
        )
    )
    cap = {
        "numerator": draw(quantities(above=Decimal(2))),
        "denominator": {"value": window[0], "code": window[1], "system": UCUM},
    }
    if draw(st.integers(0, 2)) == 0:
        size = draw(st.sampled_from([Decimal(1), Decimal(1), Decimal(4), Decimal("0.001"), Decimal("0.1")]))
        cap = {**cap, "numerator": {**cap["numerator"], "value": cap["numerator"]["value"] * size}}
        asked = {**asked, "maxDosePerPeriod": cap}
    if draw(st.integers(0, 6)) == 0:
        asked = {**asked, "maxDosePerAdministration": draw(quantities())}
    return asked


@st.composite
def dosages(draw: st.DrawFn) -> Json:
    """One dosage on its own; one in eight is a rate."""
    if draw(st.integers(0, 7)) == 0:
        limits = draw(bounds())
        return {**draw(rates()), **({"timing": {"repeat": limits}} if limits else {})}
    if draw(st.integers(0, 9)) == 0:
        return draw(maxima_alone())
    return {**draw(doses()), **draw(limits_of_dose()), "timing": draw(timings())}


@st.composite
def maxima_alone(draw: st.DrawFn) -> Json:
    """A dose as needed of which only the maxima are written."""
    day = {"value": Decimal(1), "code": "d", "system": UCUM}
    most = {"numerator": draw(quantities(above=Decimal(20))), "denominator": day}
    an_intake = draw(st.sampled_from([{}, {"maxDosePerAdministration": draw(quantities())}]))
    return {"asNeededBoolean": True, "maxDosePerPeriod": most, **an_intake}


@st.composite
def parts_of_a_day(draw: st.DrawFn) -> list[Json]:
    """Dosages at moments of their own, of one length, of none, or of several."""
    several = draw(
        st.lists(st.sampled_from(["MORN", "NOON", "AFT", "EVE", "HS"]), min_size=2, max_size=3, unique=True)
    )
    length, other = draw(bounds()), draw(bounds())
    return [
        {**draw(doses()), "timing": {"repeat": {"when": [code], **draw(st.sampled_from([length, length, other]))}}}
        for code in several
    ]


@st.composite
def with_one_cap(draw: st.DrawFn) -> list[Json]:
    """Dosages as needed that each repeat the cap of the order."""
    cap = {
        "numerator": draw(quantities(above=Decimal(20))),
        "denominator": {"value": Decimal(1), "code": "d", "system": UCUM},
    }
    return [
        {**draw(doses()), "asNeededBoolean": True, "timing": {"repeat": {"when": [code]}}, "maxDosePerPeriod": cap}
        for code in ("MORN", "EVE")
    ]


@st.composite
def orders(draw: st.DrawFn) -> Json:
    """One to three dosages that run together, follow one another, or both."""
    several = draw(
        st.one_of(
            st.lists(dosages(), min_size=1, max_size=3),
            st.lists(dosages(), min_size=1, max_size=3),
            parts_of_a_day(),
            with_one_cap(),
        )
    )
    sequences = st.sampled_from([None, 1, 2, 3])
    style = draw(st.sampled_from(["none", "same", "following", "mixed"]))
    for place, dosage in enumerate(several, start=1):
        sequence = {"none": None, "same": 1, "following": place, "mixed": draw(sequences)}[style]
        if sequence is not None:
            dosage["sequence"] = sequence
    return {"resourceType": "MedicationRequest", "dosageInstruction": several}


@st.composite
def orders_by_weekday(draw: st.DrawFn) -> Json:
    """One to four dosages that run together, on all days of the week or on some."""
    ways = st.one_of(
        times_of_day.map(lambda times: {"timeOfDay": times}),
        moments.map(lambda codes: {"when": codes}),
        st.integers(1, 3).map(lambda times: {"frequency": times, "period": 1, "periodUnit": "d"}),
    )
    several = []
    for _ in range(draw(st.integers(1, 4))):
        some_days = draw(st.sampled_from([{}, {"dayOfWeek": draw(weekdays)}]))
        repeat = draw(st.sampled_from([draw(ways) | some_days, {"dayOfWeek": draw(weekdays)}]))
        several.append({**draw(doses()), **draw(limits_of_dose()), "timing": {"repeat": repeat | draw(bounds())}})
    return {"resourceType": "MedicationRequest", "dosageInstruction": several}


# --- damage ----------------------------------------------------------------------------------

GARBAGE: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, -1, 0, "", "x", "2", [], {}, [{}], [None], {"value": 1}, Decimal("NaN"), 10**4000, 2.5]
)

Path = tuple[str | int, ...]


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    """The path of every element inside a value."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield (*path, key)
        yield from places(child, (*path, key))


def objects(value: Any) -> list[Path]:
    """The path of every object, including the whole value."""
    return [path for path in [(), *places(value)] if isinstance(at(value, path), dict)]


def at(value: Any, path: Path) -> Any:
    for key in path:
        value = value[key]
    return value


def changed(value: Json, path: Path, new: Any) -> Json:
    """A copy with another element at a path."""
    copy = deepcopy(value)
    at(copy, path[:-1])[path[-1]] = new
    return copy
