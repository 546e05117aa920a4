"""What records and drafts are like beside the plain ones: how a situation comes to have each trait."""

from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from tests.vignette_orders import ATC, CIS, PRODUCTS, concept, dosages, referral

Json = dict[str, Any]

_WRITTEN_AGO = 60  # days; as in tests/vignettes/README.md


# --- lines of a situation ------------------------------------------------------------------------


def _line(said: Json, key: str) -> Json:
    """The first line of the drafts or of what is taken, as a table; where nothing is taken, what is ordered."""
    first = next(iter(said[key]), said["orders"][0])
    line = {"order": first} if isinstance(first, str) else dict(first)
    if said[key]:
        return line
    return {"order": line["order"]}


def _put(said: Json, key: str, line: Json, **more: Any) -> Json:
    """The situation with its first line changed; `more` goes beside it as FHIR elements."""
    line = line | {"fhir": {**line.get("fhir", {}), **more}} if more else line
    return said | {key: [line, *said[key][1:]]}


def _dosages_between(line: Json, first: date, last: date | None) -> list[Json]:
    """The dosages of a line, with dates; of several that follow each other the first alone has them."""
    period = {"start": first.isoformat()} | ({"end": last.isoformat()} if last else {})
    written = list(line.get("fhir", {}).get("dosageInstruction") or dosages(line["order"].partition(", ")[2]))
    return [
        dosage if number and "sequence" in dosage else _between(dosage, period)
        for number, dosage in enumerate(written)
    ]


def _between(dosage: Json, period: Json) -> Json:
    timing = dosage.get("timing", {})
    return dosage | {"timing": timing | {"repeat": timing.get("repeat", {}) | {"boundsPeriod": period}}}


# --- how the record is written -------------------------------------------------------------------


def statement(draw: st.DrawFn, said: Json) -> Json:
    line = _line(said, "taken")
    dosage = line.get("fhir", {}).get("dosageInstruction") or list(dosages(line["order"].partition(", ")[2]))
    since = said["on"] - timedelta(days=draw(st.integers(8, 90)))
    without = [*line.get("without", ()), "dosageInstruction", "intent", "authoredOn"]
    period = {"start": since.isoformat()}
    more = {"resourceType": "MedicationStatement", "dosage": dosage, "effectivePeriod": period}
    return _put(said, "taken", line | {"without": without}, **more)


def _named_apart(said: Json, key: str, reference: str, **beside: Any) -> Json:
    line = _line(said, key)
    without = [*line.get("without", ()), "medicationCodeableConcept"]
    return _put(said, key, line | {"without": without}, medicationReference={"reference": reference}, **beside)


def _medication(line: Json, identity: str) -> Json:
    name = line["order"].partition(", ")[0]
    return {"resourceType": "Medication", "id": identity, "code": concept(*PRODUCTS[name], text=name)}


def contained(draw: st.DrawFn, said: Json) -> Json:
    for key in draw(st.sampled_from([["orders"], ["taken"], ["orders", "taken"]])):
        said = _named_apart(said, key, "#m", contained=[_medication(_line(said, key), "m")])
    return said


def referenced(draw: st.DrawFn, said: Json) -> Json:
    key = draw(st.sampled_from(["orders", "taken"]))
    medication = _medication(_line(said, key), f"of-{key}")
    said = _named_apart(said, key, f"Medication/of-{key}")
    return said | {"orders": [*said["orders"], {"resource": medication}]}


def completed(draw: st.DrawFn, said: Json) -> Json:
    """Over by its dates, by its supply, or nobody knows when."""
    line = _line(said, "taken") | {"status": "completed"}
    ago = draw(st.integers(0, 28))
    how = draw(st.sampled_from(["dates", "supply", "unknown"]))
    if how == "dates":
        last = said["on"] - timedelta(days=ago + 1)
        return _put(said, "taken", line, dosageInstruction=_dosages_between(line, last - timedelta(days=27), last))
    supply = {"value": _WRITTEN_AGO - ago, "unit": "d", "system": "http://unitsofmeasure.org", "code": "d"}
    more = {"dispenseRequest": {"expectedSupplyDuration": supply}} if how == "supply" else {}
    return _put(said, "taken", line, **more)


def ended(draw: st.DrawFn, said: Json) -> Json:
    """Still active by its status, and over by its dates: a renewal is due."""
    line = _line(said, "taken")
    last = said["on"] - timedelta(days=draw(st.integers(1, 29)))
    return _put(said, "taken", line, dosageInstruction=_dosages_between(line, last - timedelta(days=27), last))


def months_of_renewals(draw: st.DrawFn, said: Json) -> Json:
    """28 days each, none linked to the one before; the last runs to a day about the day judged."""
    line = _line(said, "taken")
    last = said["on"] + timedelta(days=draw(st.integers(-2, 10)))
    months = []
    for number in range(draw(st.integers(2, 4))):
        end = last - timedelta(days=28 * number)
        begin = end - timedelta(days=27)
        dated = {"dosageInstruction": _dosages_between(line, begin, end)}
        identity = {"id": f"month-{number}"} if number else {}
        months.append(line | identity | {"written": begin, "fhir": {**line.get("fhir", {}), **dated}})
    return said | {"taken": months}


def by_another(draw: st.DrawFn, said: Json) -> Json:
    """The general practitioner renews what the hospital began, or the other way round."""
    theirs, mine = draw(st.permutations(["Practitioner/dr2", "Practitioner/dr1"]))
    said = _put(said, "taken", _line(said, "taken"), requester={"reference": theirs})
    return _put(said, "orders", _line(said, "orders"), requester={"reference": mine})


def two_lines_on_record(draw: st.DrawFn, said: Json) -> Json:
    line = _line(said, "taken")
    dose = draw(st.sampled_from(["1 cp QD", "1 cp AFT", "10 mg BID", "5 mg EVE as needed"]))
    product = draw(st.sampled_from([line["order"].partition(", ")[0], "Zentiva 10", "Baclocur 40"]))
    return said | {"taken": [line, f"{product}, {dose}"]}


# --- how the drafts are written ------------------------------------------------------------------


def future(draw: st.DrawFn, said: Json) -> Json:
    line, begins = _line(said, "orders"), said["on"] + timedelta(days=draw(st.integers(1, 40)))
    last = draw(st.sampled_from([None, begins + timedelta(days=27)]))
    return _put(said, "orders", line, dosageInstruction=_dosages_between(line, begins, last))


def past(draw: st.DrawFn, said: Json) -> Json:
    """Written in its own days; one that was written later is a slip."""
    line, last = _line(said, "orders"), said["on"] - timedelta(days=draw(st.integers(1, 300)))
    begins = last - timedelta(days=27)
    elements = {"authoredOn": begins.isoformat()} if draw(st.integers(0, 3)) else {}
    return _put(said, "orders", line, dosageInstruction=_dosages_between(line, begins, last), **elements)


def two_drafts(draw: st.DrawFn, said: Json) -> Json:
    """Another strength, the same again at another moment, or what is to be taken as needed."""
    product = _line(said, "orders")["order"].partition(", ")[0]
    other = draw(st.sampled_from([product, "Baclocur 10", "Baclocur 40", "Zentiva 10"]))
    return said | {
        "orders": [*said["orders"], f"{other}, {draw(st.sampled_from(['1 cp EVE', '2 cp BID', '10 mg QD']))}"]
    }


def replaces_a_draft(draw: st.DrawFn, said: Json) -> Json:
    first = _line(said, "orders")
    link = draw(st.sampled_from(["replaces", "based_on"]))
    dose = draw(st.sampled_from(["1 cp TID", "2 cp TID", "8 cp TID"]))
    other = {"order": f"{first['order'].partition(', ')[0]}, {dose}", link: first.get("id", "draft-1")}
    kept = {key: value for key, value in first.items() if key != "without"}
    return said | {"orders": [kept, *said["orders"][1:], other]}


def four_a_day(draw: st.DrawFn, said: Json) -> Json:
    line = _line(said, "orders")
    each = draw(st.sampled_from(["1 cp", "1.5 cp", "2 cp", "20 mg", "25 mg"]))
    how = draw(st.sampled_from([f"{each} QID", f"{each} MORN&NOON&AFT&EVE", f"{each} MORN&NOON&EVE + {each} AFT"]))
    line = line | {"order": f"{line['order'].partition(', ')[0]}, {how}"}
    return said | {"orders": [line, *said["orders"][1:]]}


def unlinked_renewal(draw: st.DrawFn, said: Json) -> Json:
    """The same again, or nearly, without a word of what it renews; since a day that may be months ago."""
    taken = _line(said, "taken")
    written = said["on"] - timedelta(days=draw(st.sampled_from([1, 5, 21, 28, 30, 90, 200, 400])))
    plain = {key: value for key, value in _line(said, "orders").items() if key in ("reason", "reason_words")}
    draft = {"order": taken["order"], **plain}
    if draw(st.booleans()):
        draft["order"] = f"{taken['order'].partition(', ')[0]}, {draw(st.sampled_from(['1 cp TID', '2 cp TID']))}"
    return said | {"orders": [draft], "taken": [taken | {"written": written}, *said["taken"][1:]]}


# --- what cannot be read, and whose it is --------------------------------------------------------

_UNREADABLE: list[Json] = [
    {
        "resourceType": "MedicationOrder",
        "id": "old",
        "medicationCodeableConcept": concept(ATC, "M03BX01"),
        "dateEnded": "2020-01-01",
    },
    {"resourceType": "Bundle", "id": "nested", "type": "collection"},
    {"resourceType": "medicationRequest", "id": "typo"},
    {"resourceType": "MedicationRequest", "id": "nameless", "status": "draft", "intent": "order"},
    {"resourceType": "MedicationRequest", "id": "unknown", "medicationCodeableConcept": concept(CIS, "1")},
]


def unreadable(draw: st.DrawFn, said: Json) -> Json:
    return said | {"orders": [*said["orders"], {"resource": dict(draw(st.sampled_from(_UNREADABLE)))}]}


def of_another_patient(draw: st.DrawFn, said: Json) -> Json:
    """A draft of somebody else beside ours, or a part of the record."""
    theirs = {"order": "Zentiva 10, 1 cp TID", "patient": "p2", "id": "theirs"}
    whose = draw(st.sampled_from(["draft", "referral", "conditions", "referrals", "patient"]))
    if whose == "draft":
        return said | {"orders": [*said["orders"], theirs]}
    if whose == "referral":
        other = referral("draft", said["on"]) | {"id": "theirs", "subject": {"reference": "Patient/p2"}}
        return said | {"orders": [*said["orders"], {"resource": other}]}
    more = {"referrals": ["active"]} if whose == "referrals" else {}
    return said | more | {"records": said.get("records", {}) | {whose: "of another patient"}}


def _sure(said: Json) -> Json:
    """The first draft for alcohol dependence beyond doubt: Baclocur 30, which was never suspended."""
    line = _line(said, "orders")
    dose = line["order"].partition(", ")[2]
    plain = {key: line[key] for key in ("replaces", "based_on", "id") if key in line}
    elements = {key: value for key, value in line.get("fhir", {}).items() if key == "requester"}
    draft = plain | {"order": f"Baclocur 30, {dose}", "reason": "F10.2", "fhir": elements}
    return said | {"on": max(said["on"], date(2018, 12, 13)), "orders": [draft, *said["orders"][1:]]}


def young(draw: st.DrawFn, said: Json) -> Json:
    records = {key: state for key, state in said.get("records", {}).items() if key != "patient"}
    return _sure(said) | {"age": draw(st.integers(12, 17)), "records": records}


def drinks_little(draw: st.DrawFn, said: Json) -> Json:
    """On a first prescription: nothing is taken, and that and all the rest is known."""
    amount = draw(st.sampled_from(["20 g/d", "140 g/wk", "1 drinks/d"]))
    return _sure(said) | {"consumption": amount, "taken": [], "records": {}}
