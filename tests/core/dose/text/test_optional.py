"""Words that make an intake optional ("si besoin"): only where they say it of the dose of this medicine."""

import pytest

from cds_service.core.dose.text.optional import makes_optional

OF_THE_DOSE = [
    "si besoin",
    "selon tolérance",
    "1 cp si besoin",
    "1 cp 3 fois par jour si besoin",
    "1 cp x3/j, si besoin",
    "2 cp 3 fois par jour, au cours des repas, si besoin",
    "1 cp x3/j (si besoin)",
    "Si besoin",
    "si besoin, jusqu'à 3 fois par jour",
    "1 cp le soir si nécessaire",
    "à prendre si besoin",
    "prendre si besoin 1 cp",
    "si besoin 1 cp le soir",
    "en cas de craving si besoin",
    "uniquement si besoin",
    "take as needed",
    "1 tab up to 3 times daily as needed",
    "as needed for pain",
    "as needed",
    "PRN",
    "selon douleur",
    "1 à 3 cp par jour selon craving",
    "Selon l'envie de boire",
    "traitement à la demande",
    "1 cp à la demande",
    "1-0-1 si besoin",
    "matin et soir si besoin",
    "1 cp au besoin, revoir dans 3 mois",
    "1 cp x3/j. Revoir dans 1 mois. Prendre 1 cp si besoin",
    "2 cp x3/j et si besoin 1 cp en plus",
    "dose à adapter selon tolérance",
    "1 cp si besoin, max 8 cp par jour, contrôle TA",
    "Baclofène 10 mg si besoin",
    "Thiamine 500 mg/j. Baclofène 10 mg si besoin",
    "à utiliser si besoin",
    "1 cp si besoin de boire",
    "1 cp 3 fois par jour en cas d'envie d'alcool si besoin",
    "1 cp si douleur, si besoin",
    "avec un verre d'eau, si besoin",
    "1 cp le soir, avec de l'eau, si besoin",
    "according to response",
    "selon besoin",
    "1 cp, à répéter si besoin",
]
OF_SOMETHING_ELSE = [
    "2 cp x3/j, revoir si besoin",
    "1 cp matin et soir, prise en charge si besoin",
    "2 cp x3/j, me contacter si besoin",
    "1 cp le soir revoir si besoin",
    "2 cp x3/j. Oxazépam 10 mg si besoin.",
    "2 cp x3/j, Paracétamol si besoin",
    "2 cp x3/j + paracétamol si besoin",
    "2 cp x3/j, à réévaluer selon tolérance",
    "2 cp x3/j à renouveler si besoin",
    "renouveler si besoin",
    "pilulier si besoin",
    "Préparation du pilulier par l'IDE si besoin",
    "Si besoin, contacter le médecin",
    "Si besoin, me joindre au 06 12 34 56 78",
    "si besoin revoir le médecin",
    "Consultation en urgence si besoin.",
    "1 cp x3/j, psychothérapie si besoin",
    "prendre rdv si besoin",
    "Prendre avis si besoin",
    "comprimé à couper en deux si besoin",
    "écraser le comprimé si nécessaire",
    "1 cp x3/j, boîte de 30, renouvelable si besoin",
    "hospitalisation si nécessaire",
    "1 cp x3/j, contrôle TA matin et soir si besoin",
    "1 cp x3/j. Revoir dans 3 mois si besoin",
    "1 cp x3/j. Revoir dans 3 mois, si besoin",
    "call your doctor if needed",
    "selon ordonnance",
    "1 cp x3/j, arrêt de travail si besoin",
    "1 cp x3/j, gargarismes si besoin",
    "1 cp x3/j, Spasfon si besoin",
    "1 cp x3/j, suivi selon évolution",
    "aide à domicile si besoin",
    "1 cp x3/j. Doliprane 1 g x3/j si besoin",
    "bilan biologique si nécessaire",
    "rappel au besoin",
    "Livraison à domicile à la demande",
]


@pytest.mark.parametrize("words", OF_THE_DOSE)
def test_the_dose_may_be_left_out(words: str) -> None:
    assert makes_optional(words)


@pytest.mark.parametrize("words", OF_SOMETHING_ELSE)
def test_a_visit_a_renewal_or_another_medicine_may_be_left_out_the_dose_not(words: str) -> None:
    assert not makes_optional(words)
