"""Which history the name of a condition speaks of, if no list has its code; and names that only seem to."""

import pytest

from cds_service.core.facts.condition_words import may_speak, spoken_of

SEIZURE, PSYCHIATRIC, SUICIDALITY = "seizure", "psychiatric-disorder", "suicidality"
DIALYSIS, KIDNEY, PREGNANCY, FEEDING = "dialysis", "severe-kidney-failure", "pregnancy", "breast-feeding"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("Crise d’épilepsie généralisée", {SEIZURE}),
        ("Seizure free > 12 months (finding)", {SEIZURE}),
        ("Antécédent de crise comitiale", {SEIZURE}),
        ("Alcohol withdrawal seizure", {SEIZURE}),
        ("Generalized epilepsy with febrile seizures plus", {SEIZURE}),
        ("Trouble bipolaire de type II", {PSYCHIATRIC}),
        ("Épisode hypomane", {PSYCHIATRIC}),
        ("Schizophrénie indifférenciée", {PSYCHIATRIC}),
        ("État dépressif majeur", {PSYCHIATRIC}),
        ("Mania", {PSYCHIATRIC}),
        ("Major depression with suicidal ideation", {PSYCHIATRIC, SUICIDALITY}),
        ("Intoxication médicamenteuse volontaire", {SUICIDALITY}),
        ("Intentional paracetamol overdose (disorder)", {SUICIDALITY}),
        ("Deliberate self-harm by cutting", {SUICIDALITY}),
        ("Autolyse", {SUICIDALITY}),
        ("Depression caused by bereavement (disorder)", {PSYCHIATRIC}),
        ("De\u0301pression re\u0301currente", {PSYCHIATRIC}),
        ("Séquelles de lésions auto-infligées", {SUICIDALITY}),
        ("Auto-intoxication par d’autres médicaments", {SUICIDALITY}),
        ("Sevrage avec convulsions", {SEIZURE}),
        ("Hémodialyse depuis 2019", {DIALYSIS}),
        ("Insuffisance rénale chronique terminale, dialysé", {DIALYSIS, KIDNEY}),
        ("Insuffisance rénale chronique stade 5", {KIDNEY}),
        ("Insuffisance rénale aiguë", {KIDNEY}),
        ("Maladie rénale chronique, stade 4", {KIDNEY}),
        ("Chronic kidney disease stage 4", {KIDNEY}),
        ("End-stage renal disease", {KIDNEY}),
        ("Diabète au cours de la grossesse", {PREGNANCY}),
        ("Pregnancy, first trimester", {PREGNANCY}),
        ("Crevasse du mamelon au cours de l’allaitement", {FEEDING}),
    ],
)
def test_words_that_speak_of_a_history(words: str, expected: set[str]) -> None:
    assert spoken_of(words) == expected


@pytest.mark.parametrize(
    "words",
    [
        "",
        "Family history of epilepsy (situation)",
        "FH: Suicide",
        "Antécédents familiaux de schizophrénie",
        "No history of seizures",
        "Pas d’épilepsie",
        "No suicidal thoughts",
        "Febrile seizure",
        "Convulsions fébriles",
        "Dissociative convulsions",
        "Crises non épileptiques psychogènes",
        "Convulsive syncope",
        "Respiratory depression",
        "Dépression respiratoire",
        "ST segment depression",
        "Alcohol-induced psychosis",
        "Depressive disorder caused by alcohol",
        "Trouble dépressif induit par l’alcool",
        "Nicotine dependence",
        "Alcohol dependence",
        "Trichotillomania",
        "Unintentional paracetamol overdose",
        "Intoxication alcoolique involontaire",
        "Psychosocial stress",
        "ST depression on electrocardiogram",
        "Immunodépression",
        "Long-term anticonvulsant therapy",
        "Bipolar hip prosthesis",
        "Prothèse de hanche bipolaire",
        "Depression screening negative",
        "Low suicide risk",
        "ATCD familiaux d’épilepsie",
        "Sans antécédent d’épilepsie",
        "Never had a seizure",
        "Insuffisance rénale chronique stade 3",
        "Insuffisance rénale chronique",
        "Chronic kidney disease stage 3",
        "Pas de dialyse",
        "Test de grossesse",
        "Désir de grossesse",
        "Interruption volontaire de grossesse",
        "Allaitement artificiel",
        "Hypertension artérielle",
        "Adénocarcinome du canal anal",
    ],
)
def test_false_friends(words: str) -> None:
    assert spoken_of(words) == set()


@pytest.mark.parametrize(
    "words",
    ["Hypertension essentielle", "Diabète de type 2", "Hypothyroïdie", "Lombalgie", "Nicotine dependence", "Asthma"],
)
def test_the_usual_diseases_of_a_long_record_are_passed_over_at_a_glance(words: str) -> None:
    """They are hundreds in a record, and each of the patterns costs."""
    assert not may_speak(words)
