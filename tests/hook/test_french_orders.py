"""Orders in the profile of the French e-prescription guide (1.1.0-ballot), one of each of its kinds.

Facts only: which elements the profile asks for, and where its examples put them; the sentences are ours. Its code of
a virtual medicine (Medicabase) has no stable system, and no public source has that of baclofen: it is invented here.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pytest

from cds_service.core.model.dose import NotComputable
from cds_service.hook.order_sign import Answered, answer
from tests.core.orders.medicines import CIP, CIS, UCD
from tests.known import known
from tests.vignette_record import searchset

Json = Mapping[str, Any]

KNOWLEDGE = known()
DAY = date(2026, 6, 15)
PROFILE = "https://hl7.fr/ig/fhir/medication/StructureDefinition/fr-medicationrequest"
RENDERED = "http://hl7.org/fhir/5.0/StructureDefinition/extension-MedicationRequest.renderedDosageInstruction"
MORE_WHEN = "https://hl7.fr/fhir/fr/medication/StructureDefinition/fr-additional-when-values"
SUBSTANCE = "http://data.esante.gouv.fr/ansm/medicament/substance"
MEDICABASE = "http://BogusSystemMedicabase.com"
TABLET = {"unit": "comprimé", "system": "http://standardterms.edqm.eu", "code": "15054000"}
MG = {"unit": "mg", "system": "http://unitsofmeasure.org", "code": "mg"}
STAY = {"start": "2026-06-15T14:00:00Z", "end": "2026-07-14T13:59:59Z"}


def concept(system: str, code: str, text: str) -> Json:
    return {"coding": [{"system": system, "code": code, "display": text}], "text": text}


def dosage(number: float, unit: Json = TABLET, **repeat: Any) -> Json:
    return {"timing": {"repeat": repeat}, "doseAndRate": [{"doseQuantity": {"value": number, **unit}}]}


def order(medicine: Json, dosages: Sequence[Json], said: str = "", **more: Any) -> Json:
    """A line of a prescription; `said` is its whole dosage in words, in the two places of the guide."""
    words = {
        "extension": [{"url": RENDERED, "valueMarkdown": said}],
        "note": [{"text": f"Prescription textuelle: {medicine.get('text', '')} : {said}"}],
    }
    return {
        "resourceType": "MedicationRequest",
        "id": "draft-1",
        "meta": {"profile": [PROFILE]},
        "status": "draft",
        "intent": "order",
        "priority": "routine",
        **({"medicationCodeableConcept": medicine} if medicine else {}),
        "subject": {"reference": "Patient/p1"},
        "authoredOn": "2026-06-15T10:33:00+01:00",
        "requester": {"reference": "Practitioner/dr1"},
        "dosageInstruction": dosages,
        **(words if said else {}),
        **more,
    }


BACLOCUR_30 = concept(CIS, "68677400", "BACLOCUR 30 mg, comprimé")
VIRTUAL = concept(MEDICABASE, "MV00000000", "BACLOFENE 10 mg comprimé")
INGREDIENT = concept(SUBSTANCE, "00000", "BACLOFENE")
THRICE: dict[str, Any] = {"frequency": 3, "period": 1, "periodUnit": "d"}
WEEK = {"value": 1, "unit": "semaine", "system": "http://unitsofmeasure.org", "code": "wk"}
COMPOSED = {
    "resourceType": "Medication",
    "id": "m",
    "code": VIRTUAL,
    "form": concept("http://standardterms.edqm.eu", "10219000", "comprimé"),
    "ingredient": [
        {
            "itemCodeableConcept": INGREDIENT,
            "strength": {"numerator": {"value": 10, **MG}, "denominator": {"value": 1, **TABLET}},
        }
    ],
}

# The orders, the highest dose of a day in mg (or why there is none, and the reading that is to be confirmed), and the
# findings about what could not be read.
KINDS: dict[str, tuple[Sequence[Json], str, set[str]]] = {
    "a product by CIS": ([order(BACLOCUR_30, [dosage(1, **THRICE)], "1 comprimé 3 fois par jour")], "90", set()),
    "a product by CIP": (
        [order(concept(CIP, "3400930163528", "BACLOCUR 10 mg"), [dosage(3, **THRICE)], "3 comprimés x 3 par jour")],
        "90",
        set(),
    ),
    "a virtual medicine, by Medicabase and words": (
        [order(VIRTUAL, [dosage(3, **THRICE)], "3 comprimés 3 fois par jour")],
        "strength-unknown, perhaps 90",
        {"dose-not-computable", "check-not-done"},
    ),
    "a virtual medicine with its composition": (
        [order({}, [dosage(3, **THRICE)], "3 comprimés 3 fois par jour", contained=[COMPOSED],
               medicationReference={"reference": "#m"})],
        "90",
        {"check-not-done"},
    ),
    "an ingredient in milligrams": (
        [order(INGREDIENT, [dosage(30, MG, **THRICE)], "30 mg 3 fois par jour")],
        "90",
        {"check-not-done"},
    ),
    "an ingredient in tablets, of which nobody knows the strength": (
        [order(INGREDIENT, [dosage(3, **THRICE)], "3 comprimés 3 fois par jour")],
        "strength-unknown",
        {"dose-not-computable", "check-not-done"},
    ),
    "in hospital, by UCD and at hours": (
        [order(concept(UCD, "3400890000000", "BACLOCUR 30MG CPR"),
               [dosage(1, timeOfDay=["08:00:00", "12:00:00", "18:00:00"], boundsPeriod=STAY)],
               dispenseRequest={"validityPeriod": STAY})],
        "strength-unknown, perhaps 90",
        {"dose-not-computable", "check-not-done"},
    ),
    "steps": (
        [order(concept(CIS, "66009893", "BACLOCUR 10 mg, comprimé"),
               [{"sequence": n, **dosage(n, when=["MORN", "EVE"], boundsDuration=WEEK)} for n in (1, 2, 3)])],
        "60",
        set(),
    ),
    "a dosage in words alone": (
        [order(BACLOCUR_30, [{"additionalInstruction": [{"text": "1 comprimé 3 fois par jour"}]}],
               "1 comprimé 3 fois par jour")],
        "dose-missing, perhaps 90",
        {"dose-not-computable"},
    ),
    "words that contradict the structure": (
        [order(BACLOCUR_30, [dosage(1, **THRICE)], "2 comprimés 3 fois par jour")],
        "180",
        {"dosage-to-confirm"},
    ),
    "a moment of the French list": (
        [order(BACLOCUR_30, [dosage(1, when=["MORN", "EVE"], extension=[
            {"url": MORE_WHEN, "valueCodeableConcept": concept("urn:oid:0.0", "AGU", "AGU")}])])],
        "timing-not-read",
        {"dose-not-computable"},
    ),
    "a frequency of the hospital's own table": (
        [order(BACLOCUR_30, [{"timing": {"code": concept("https://hospital.example/Frequence", "3", "")},
                              "doseAndRate": [{"doseQuantity": {"value": 1, **TABLET}}]}])],
        "timing-code-not-read",
        {"dose-not-computable"},
    ),
    "alternatives of one group: an option is not added": (
        [order(BACLOCUR_30, [dosage(1, **THRICE)]),
         order(concept(CIS, "69038793", "BACLOCUR 40 mg"), [dosage(1, **THRICE)], id="draft-2", intent="option"),
         {"resourceType": "RequestGroup", "id": "g", "status": "draft", "intent": "order",
          "subject": {"reference": "Patient/p1"},
          "action": [{"resource": {"reference": "MedicationRequest/draft-1"}}]}],
        "90",
        set(),
    ),
}  # fmt: skip
NOT_READ = {"dose-not-computable", "check-not-done", "dosage-to-confirm"}


def sent(drafts: Sequence[Json]) -> Json:
    dependence = {
        "resourceType": "Condition",
        "id": "c1",
        "subject": {"reference": "Patient/p1"},
        "code": concept("https://smt.esante.gouv.fr/terminologie-cim-10", "F10.2", "Dépendance à l’alcool"),
    }
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": draft} for draft in drafts]}
    patient = {"resourceType": "Patient", "id": "p1", "gender": "male", "birthDate": "1980-01-01"}
    return {
        "hook": "order-sign",
        "hookInstance": "04e6f998-457b-5974-927a-b70fa0a3bea8",
        "context": {"userId": "Practitioner/dr1", "patientId": "p1", "draftOrders": bundle},
        "prefetch": {"patient": patient, "conditions": searchset([dependence]), "medications": searchset([])},
    }


def answered(name: str) -> Answered:
    return answer(json.dumps(sent(KINDS[name][0])).encode(), KNOWLEDGE, on=DAY, language="fr")


def dose_of(decided: Answered) -> str:
    (read,) = decided.decision.case.orders
    if not isinstance(read.dose, NotComputable):
        return str(max(step.mg_per_day.high for step in read.dose))
    perhaps = read.dose.possible_mg_per_day
    return f"{read.dose.reason}, perhaps {perhaps}" if perhaps else read.dose.reason


@pytest.mark.parametrize("name", KINDS)
def test_an_order_of_the_national_guide_is_read_or_said_to_be_not(name: str) -> None:
    _, dose, not_read = KINDS[name]

    decided = answered(name)

    assert dose_of(decided) == dose
    assert {finding.rule for finding in decided.decision.findings} & NOT_READ == not_read
    assert decided.cards


def test_a_suggestion_writes_its_words_where_the_guide_has_them() -> None:
    """patientInstruction is forbidden there: the words of a new dosage are those of the rendered-dosage extension."""
    written = [
        action["resource"]
        for card in answered("a product by CIS").cards
        for suggestion in card.get("suggestions", [])
        for action in suggestion["actions"]
        if action["type"] == "update"
    ]

    assert written
    for resource in written:
        assert [item["url"] for item in resource["extension"]] == [RENDERED]
        assert not [line for line in resource["dosageInstruction"] if "patientInstruction" in line]
