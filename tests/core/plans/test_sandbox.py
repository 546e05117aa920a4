"""The suggestions for the order of the public sandbox, as it is and when its dose is already taken."""

import json
from copy import deepcopy
from datetime import date
from decimal import Decimal
from typing import Any

from cds_service.knowledge.loading import Knowledge
from tests.core.plans.asking import Answered, Json
from tests.running.client import SANDBOX_ORDER
from tests.vignette_orders import medication_request
from tests.vignette_record import searchset

SANDBOX = json.loads(SANDBOX_ORDER.read_text("utf-8"), parse_float=Decimal)
SANDBOX_DAY = date(2026, 11, 22)

TO_300 = "Décroissance 500 → 300 mg/j"
IN_TWO = "(en Baclocur 40 mg et Baclocur 10 mg)"
SIGNED = " (cette ordonnance : jusqu’à 370 mg/j)"


def sandbox(**taken: Any) -> Json:
    hook: Json = deepcopy(SANDBOX)
    if taken:
        patient = hook["context"]["patientId"]
        order = medication_request({**taken, "patient": patient}, "taken-1", date(2026, 10, 1), status="active")
        hook["prefetch"]["medications"] = searchset([order])
    return hook


def test_the_order_of_the_sandbox_gets_a_safe_start_and_a_referral_and_no_taper(knowledge: Knowledge) -> None:
    answered = Answered(sandbox(), knowledge, SANDBOX_DAY)

    # With a history of seizures: every 4 days; from 20 mg, since four intakes are ordered.
    start = "Titration 20 → 40 mg/j, +10 mg tous les 4 jours, consultation le 04/12/2026 (en Baclocur 10 mg)"
    assert answered.recommended[0] == start
    assert answered.labels[1] == "Orienter en addictologie (prise en charge pluridisciplinaire spécialisée)"
    assert not [label for label in answered.labels if label.startswith("Décroissance")]


def test_with_500_mg_taken_now_the_same_order_gets_the_taper_to_300_with_a_referral(knowledge: Knowledge) -> None:
    answered = Answered(sandbox(order="US tablet 20, 125 mg QID"), knowledge, SANDBOX_DAY)

    dose = [label for label in answered.labels if not label.startswith("Remplacer")]
    assert answered.recommended[0] == dose[0]
    assert dose == [
        f"{TO_300}, atteint le 30/12/2026{SIGNED}, 10 mg tous les 2 jours, avec orientation en addictologie {IN_TWO}",
        "Orienter en addictologie (prise en charge pluridisciplinaire spécialisée)",
        f"Décroissance 500 → 80 mg/j, atteint le 12/02/2027{SIGNED}, 10 mg tous les 2 jours {IN_TWO}",
        "Suivi en addictologie déjà en place : le documenter (le dossier l’indiquera)",
    ]
    assert [action["resource"]["resourceType"] for action in answered.suggestions[0]["actions"]] == [
        "MedicationRequest",  # 40 mg, as far as whole tablets go
        "MedicationRequest",
        "ServiceRequest",
    ]
