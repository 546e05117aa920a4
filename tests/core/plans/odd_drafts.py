"""Drafts of odd shapes, as clients send them: each oddity changes one thing of a request for which plans are made.

They work on the request as it would be sent, so that nothing that JSON can say is out of reach.
"""

from collections.abc import Callable
from copy import deepcopy
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from tests.core.strategies import changed, objects, places
from tests.vignette_orders import ATC, CIM_10, CIS, EDQM, UCUM, concept

Json = dict[str, Any]

_RENDERED = "http://hl7.org/fhir/5.0/StructureDefinition/extension-MedicationRequest.renderedDosageInstruction"
_WORDS = [
    "2 comprimés matin, midi et soir",
    "40 mg par jour",
    "à jeun",
    "Prescription textuelle: 60 mg matin et soir",
    "puis augmenter selon tolérance",
    "avant : 30 mg par jour",
    "si besoin",
    "",
]
words = st.sampled_from(_WORDS)


def drafts(hook: Json) -> list[Json]:
    entries: list[Json] = hook["context"]["draftOrders"]["entry"]
    return entries


def draft(hook: Json) -> Json:
    resource: Json = drafts(hook)[0]["resource"]
    return resource


def records(hook: Json, key: str = "medications") -> list[Json]:
    return (hook["prefetch"].get(key) or {}).get("entry", []) if isinstance(hook["prefetch"].get(key), dict) else []


# --- words and extensions ------------------------------------------------------------------------


def notes(draw: st.DrawFn, hook: Json) -> None:
    said = draw(st.lists(words, min_size=1, max_size=3))
    written = [{"text": text} | draw(st.sampled_from([{}, {"authorString": "Dr"}])) for text in said]
    draft(hook)["note"] = draw(st.sampled_from([written, written[0]]))


def extensions(draw: st.DrawFn, hook: Json) -> None:
    urls = [_RENDERED, f"{_RENDERED}/fr", "https://x.example/renderedDosageInstruction#2", "https://x.example/colour"]
    written = [
        {"url": draw(st.sampled_from(urls)), draw(st.sampled_from(["valueMarkdown", "valueString"])): draw(words)}
        for _ in range(draw(st.integers(1, 3)))
    ]
    draft(hook)["extension"] = draw(st.sampled_from([written, written[0]]))


def modifiers(draw: st.DrawFn, hook: Json) -> None:
    written: list[Any] = [[], [{"url": "https://x.example/not", "valueBoolean": True}], None]
    draft(hook)["modifierExtension"] = draw(st.sampled_from(written))


# --- dosages -------------------------------------------------------------------------------------

_DAY = {"value": 1, "unit": "d", "system": UCUM, "code": "d"}
_BESIDE: list[Json] = [
    {"text": "voir protocole"}, {"text": "2 comprimés par prise"}, {"patientInstruction": "avec un repas"},
    {"additionalInstruction": [{"text": "si besoin"}]}, {"asNeededBoolean": True}, {"asNeededBoolean": None},
    {"asNeededCodeableConcept": {}}, {"asNeededCodeableConcept": {"text": "douleur"}}, {"text": ""},
    {"maxDosePerPeriod": {"numerator": {"value": 60, "unit": "mg"}, "denominator": _DAY}},
    {"maxDosePerAdministration": {"value": 2, "unit": "comprimé", "system": EDQM, "code": "15054000"}},
    {"maxDosePerAdministration": {}}, {"route": {"text": "orale"}}, {"site": {"text": "bouche"}}, {"id": "d1"},
    {"method": {}}, {"extension": [{"url": "https://x.example/y", "valueCode": "z"}]}, {"sequence": 1},
    {"_text": {"extension": []}}, {"colour": "green"}, {"timing": {}}, {"doseAndRate": []},
]  # fmt: skip


def dosages(draw: st.DrawFn, hook: Json) -> None:
    written = draft(hook).get("dosageInstruction")
    if not isinstance(written, list) or not written:
        return
    place = draw(st.integers(0, len(written) - 1))
    for more in draw(st.lists(st.sampled_from(_BESIDE), min_size=1, max_size=2)):
        written[place] = written[place] | deepcopy(more)


# --- links, groups and identifiers ---------------------------------------------------------------

_LINKS: list[Any] = [
    {"reference": "MedicationRequest/taken-1"},
    {"reference": "https://ehr.example/fhir/MedicationRequest/taken-1"},
    {"reference": "MedicationRequest/elsewhere"},
    {"reference": "MedicationRequest/draft-1"},
    {"reference": "MedicationStatement/taken-1"},
    {"reference": "urn:uuid:11111111-2222-4333-8444-555555555555"},
    {"identifier": {"system": "urn:line", "value": "7"}},
    {"display": "the one of March"},
    {},
]
links = st.sampled_from(_LINKS)


def prior(draw: st.DrawFn, hook: Json) -> None:
    draft(hook)["priorPrescription"] = draw(st.one_of(links, st.lists(links, max_size=2)))


def based_on(draw: st.DrawFn, hook: Json) -> None:
    draft(hook)["basedOn"] = draw(st.one_of(links, st.lists(links, max_size=2)))


def groups(draw: st.DrawFn, hook: Json) -> None:
    system, value = {"system": "urn:stay"}, {"value": "s1"}
    written = [system | value, system, value, system | {"value": ""}, {"type": {"text": "séjour"}}, {}]
    draft(hook)["groupIdentifier"] = draw(st.sampled_from(written))


def identifiers(draw: st.DrawFn, hook: Json) -> None:
    own = {"system": "urn:line", "value": draw(st.sampled_from(["7", "8", ""]))}
    draft(hook)["identifier"] = draw(st.sampled_from([[own], own, [{"value": "x"}], []]))
    for entry in records(hook):
        entry["resource"]["identifier"] = [{"system": "urn:line", "value": "7"}]


def addresses(draw: st.DrawFn, hook: Json) -> None:
    urls = st.sampled_from(
        [
            "urn:uuid:11111111-2222-4333-8444-555555555555",
            "MedicationRequest/taken-1",
            "https://ehr.example/fhir/MedicationRequest/draft-1",
        ]
    )
    for entry in [*drafts(hook), *records(hook)]:
        entry["fullUrl"] = draw(urls)


# --- what is dispensed, when it was written ------------------------------------------------------


def _written(hook: Json) -> date:
    """The day on which the draft was written, if it is a day."""
    try:
        return date.fromisoformat(str(draft(hook).get("authoredOn"))[:10])
    except ValueError:
        return date(2024, 5, 6)


def supplies(draw: st.DrawFn, hook: Json) -> None:
    on = _written(hook)
    parts: list[Json] = [
        {"quantity": {"value": 90, "unit": "comprimé"}}, {"quantity": None}, {"quantity": {}},
        {"expectedSupplyDuration": {"value": 4, "unit": "semaines"}}, {"numberOfRepeatsAllowed": 2},
        {"expectedSupplyDuration": {"value": 3, "unit": "mo", "system": UCUM, "code": "mo"}},
        {"validityPeriod": {"start": (on + timedelta(days=draw(st.integers(-400, 40)))).isoformat()}},
        {"validityPeriod": {"end": on.isoformat()}}, {"performer": {"display": "Pharmacie"}}, {},
    ]  # fmt: skip
    written: Json = {}
    for part in draw(st.lists(st.sampled_from(parts), min_size=1, max_size=3)):
        written |= part
    draft(hook)["dispenseRequest"] = written


def dates(draw: st.DrawFn, hook: Json) -> None:
    on = _written(hook)
    day = on + timedelta(days=draw(st.integers(-400, 40)))
    draft(hook)["authoredOn"] = draw(st.sampled_from([day.isoformat(), f"{day}T23:30:00Z", str(day.year), "", None]))


def statuses(draw: st.DrawFn, hook: Json) -> None:
    draft(hook)["status"] = draw(
        st.sampled_from(["active", "draft", "unknown", "on-hold", "stopped", "cancelled", "ended", "Draft", ""])
    )
    draft(hook)["doNotPerform"] = draw(st.sampled_from([True, False, None]))
    draft(hook)["statusReason"] = {"text": "effets indésirables"}


# --- medicine and reasons ------------------------------------------------------------------------


def medicines(draw: st.DrawFn, hook: Json) -> None:
    written = draft(hook).get("medicationCodeableConcept")
    if not isinstance(written, dict):
        return
    more = [(ATC, "M03BX01"), (CIS, "66009893"), (CIS, "69650566"), (CIS, "64073783"), ("", "x"), (CIS, "1")]
    system, code = draw(st.sampled_from(more))
    written.setdefault("coding", []).append({"system": system, "code": code, "display": draw(st.just("") | words)})
    names = ["Baclocur 20 mg", "baclofène", "10 mg/5 ml", "", None]
    written["text"] = draw(st.sampled_from(names))


_STRENGTHS: list[Json] = [
    {"numerator": {"value": 10, "unit": "mg", "system": UCUM, "code": "mg"}, "denominator": {"value": None}},
    {"numerator": {"value": 20, "unit": "mg", "system": UCUM, "code": "mg"}, "denominator": {"value": 1}},
    {"numerator": {"value": 10, "unit": "mg", "comparator": ""}},
    {"numerator": {"value": 10, "unit": "mg"}, "denominator": {}},
    {},
]


def contained(draw: st.DrawFn, hook: Json) -> None:
    """A medicine, a reason and a person inside the draft, which it refers to or not."""
    code = draft(hook).get("medicationCodeableConcept", {})
    ingredient = {"itemCodeableConcept": concept(ATC, "M03BX01"), "strength": draw(st.sampled_from(_STRENGTHS))}
    medicine = {"resourceType": "Medication", "id": "m", "code": code, "ingredient": [ingredient]}
    illness = {"resourceType": "Condition", "id": draw(st.sampled_from(["c", "m"])), "code": concept(CIM_10, "F10.2")}
    inside = [medicine, illness, {"resourceType": "Practitioner", "id": "p", "name": [{"family": ""}]}]
    draft(hook)["contained"] = draw(st.permutations(inside))
    if draw(st.booleans()):
        draft(hook).pop("medicationCodeableConcept", None)
        draft(hook)["medicationReference"] = {"reference": "#m", "display": draw(st.sampled_from(["", "Baclofène"]))}
    if draw(st.booleans()):
        draft(hook)["reasonReference"] = [{"reference": f"#{illness['id']}"}]
    draft(hook)["requester"] = draw(st.sampled_from([{"reference": "#p"}, {"display": "Dr"}, {}, None]))


_REASONS: list[Any] = [
    [concept(CIM_10, "F10.2")], [concept(CIM_10, "G35")], [concept(CIM_10, "F10.2"), concept(CIM_10, "G35")],
    concept(CIM_10, "F10.2"), [{"text": "maintien de l’abstinence"}], [concept(CIM_10, "M54.5")], [],
    [{"coding": [{"system": CIM_10, "code": "F10.2", "display": None}], "text": ""}],
]  # fmt: skip


def reasons(draw: st.DrawFn, hook: Json) -> None:
    draft(hook)["reasonCode"] = draw(st.sampled_from(_REASONS))
    named = ["Condition/conditions-1", "Condition/conditions-2", "https://ehr.example/Condition/conditions-1", "#c"]
    draft(hook)["reasonReference"] = [{"reference": draw(st.sampled_from(named))}]


# --- other entries -------------------------------------------------------------------------------


def copies(draw: st.DrawFn, hook: Json) -> None:
    """The same order again, under its own id or another."""
    draft(hook)["identifier"] = [{"system": "urn:line", "value": "7"}]
    again = deepcopy(draft(hook)) | {"id": draw(st.sampled_from(["again", draft(hook).get("id", "again")]))}
    drafts(hook).insert(draw(st.integers(0, 1)), {"resource": again})


def neighbours(draw: st.DrawFn, hook: Json) -> None:
    """Other medicines beside it, up to as many as are read."""
    medicine = {"medicationCodeableConcept": {"text": "paracétamol"}}
    other: Json = {"resourceType": "MedicationRequest", "status": "draft", "intent": "order", **medicine}
    drafts(hook)[:0] = [{"resource": dict(other)} for _ in range(draw(st.sampled_from([1, 2, 498, 499, 500])))]
    drafts(hook)[:0] = [drafts(hook).pop()] if draw(st.booleans()) else []


def namelessness(draw: st.DrawFn, hook: Json) -> None:
    """What is taken has no id, or names a draft as what it replaces."""
    for entry in records(hook):
        entry["resource"].pop("id", None) if draw(st.booleans()) else None
        entry["resource"]["priorPrescription"] = {"reference": "MedicationRequest/draft-1"}


# --- anything ------------------------------------------------------------------------------------

_EMPTY: list[Any] = [None, "", [], {}]
_GARBAGE: list[Any] = [True, -1, 0, "x", "2", [{}], [None], {"value": 1}, 2.5]


def empties(draw: st.DrawFn, hook: Json) -> None:
    """Members that are null or empty, in place of others or beside them."""
    for _ in range(draw(st.integers(1, 3))):
        whole = draft(hook)
        where = draw(st.sampled_from(objects(whole)))
        path = (*where, draw(st.sampled_from(["comparator", "display", "extension", "value", "text"])))
        path = draw(st.sampled_from([path, *list(places(whole))]))
        drafts(hook)[0]["resource"] = changed(whole, path, draw(st.sampled_from(_EMPTY)))


def garbage(draw: st.DrawFn, hook: Json) -> None:
    whole = draft(hook)
    path = draw(st.sampled_from(list(places(whole))))
    drafts(hook)[0]["resource"] = changed(whole, path, draw(st.sampled_from(_GARBAGE)))


Oddity = Callable[[st.DrawFn, Json], None]
ODDITIES: dict[str, Oddity] = {
    put.__name__: put
    for put in (
        notes, extensions, modifiers, dosages, prior, based_on, groups, identifiers, addresses, supplies, dates,
        statuses, medicines, contained, reasons, empties, garbage, namelessness, copies, neighbours,
    )
}  # fmt: skip


@st.composite
def with_oddities(draw: st.DrawFn, hook: Json, name: str) -> Json:
    """The request with this oddity, and in half of the cases with one or two more; in the order of the table."""
    odd = deepcopy(hook)
    more = draw(st.lists(st.sampled_from(sorted(ODDITIES)), max_size=2)) if draw(st.booleans()) else []
    for put in (put for other, put in ODDITIES.items() if other in {name, *more}):
        put(draw, odd)
    return odd
