"""Words that end or change a treatment are told from those that warn, or that are of something else."""

import pytest

from cds_service.core.dose.text.notes import changes_the_dose
from tests.core.dose.words_beside import is_noticed


@pytest.mark.parametrize(
    "words",
    [
        "stop le 15/03",
        "STOP",
        "arrêter ce jour",
        "arrêter le traitement",
        "à arrêter vendredi",
        "arrêt ce soir",
        "arrêt du traitement immédiat",
        "Arrêt le 12/03/2024",
        "suspendu jusqu'à nouvel ordre",
        "interrompre 48 h",
        "ne pas donner",
        "ne plus prendre, en attente d'avis",
        "stopper ; alcool repris",
        "pas de modification avant J7 puis augmenter",
    ],
)
def test_the_end_of_a_treatment_in_words_is_a_change(words: str) -> None:
    assert changes_the_dose(words)


@pytest.mark.parametrize(
    "words",
    [
        "ne pas arrêter brutalement",
        "n'arrêtez pas sans avis",
        "ne jamais interrompre",
        "ne stoppez jamais seul",
        "pas d'arrêt sans avis médical",
        "sans arrêt",
        "jusqu'à l'arrêt de l'alcool",
        "arrêter de fumer",
        "stop alcool",
        "arrêter l'alcool",
        "Arrêt de l'alcool depuis le 3 mars",
        "arrêt de travail",
        "arrêter le Seresta",
        "ne pas prendre avec de l'alcool",
        "do not stop suddenly",
        "don't stop",
        "pas d'adaptation nécessaire",
        "prend aussi du Lévothyrox le matin à jeun",
        "réduire la consommation d'alcool",
        "ne doublez pas la dose en cas d'oubli",
        "Appeler avant d'augmenter la dose",
        "adapter la contraception",
        "risque de sevrage et de convulsions",
    ],
)
def test_a_warning_and_the_end_of_something_else_are_none(words: str) -> None:
    assert not changes_the_dose(words)


@pytest.mark.parametrize(
    "words",
    [
        "doubler la dose si crise",
        "augmenter si malaise",
        "en cas de vomissements diminuer la dose",
        "augmenter la posologie après consultation",
        "diminuer selon bilan",
        "arrêter si grossesse",
        "increase after the appointment",
        "augmenter la dose si signes de sevrage",
    ],
)
def test_a_change_that_depends_on_something_else_is_one(words: str) -> None:
    assert changes_the_dose(words)


@pytest.mark.parametrize(
    "words",
    [
        "2 de plus si crise",
        "un supplémentaire si vomissement",
        "la même dose en plus si crise",
        "une prise de plus en cas de crise",
        "prise supplémentaire si envie de boire",
        "reprendre une dose si vomissement",
        "en cas d'oubli prendre le double",
        "en cas d'oubli prendre deux doses",
        "1 avant chaque verre",
        "2 avant le rdv",
        "double dose le jour de la consultation",
        "dose doublée si alcool",
        "passer à 4 après consultation",
        "6 si bilan correct",
        "5 à 6 en cas de crise",
        "jusqu'à 6 si crise",
        "maximum 8 si crise",
        "davantage en cas de malaise",
        "à volonté si crise",
        "bolus 4 si crise",
        "la moitié en cas de sédation",
        "sauter une prise si somnolence",
    ],
)
def test_more_or_less_is_heard_also_without_a_unit_and_beside_something_harmless(words: str) -> None:
    assert is_noticed(words)


@pytest.mark.parametrize(
    "words",
    [
        "Oubli : ne rien prendre de plus, attendre la prise suivante",
        "Ne pas prendre de double dose pour compenser un oubli",
        "pas de prise supplémentaire en cas d'oubli",
        "sans dépasser la dose, jamais en plus en cas d'oubli",
    ],
)
def test_a_warning_not_to_take_more_is_not_asked_about(words: str) -> None:
    assert not is_noticed(words)


@pytest.mark.parametrize(
    "words",
    [
        "peut augmenter si besoin",
        "on peut augmenter la dose",
        "vous pouvez diminuer",
        "si ça ne suffit pas augmenter",
        "en plus augmenter le soir",
        "progressivement",
        "les doses augmentent chaque semaine",
        "augmenter le baclofène",
        "arrêter le baclofène",
        "diminuer le Lioresal",
        "titration de baclofène",
        "augmenter la dernière prise",
        "augmenter le dosage",
        "arrêter la thérapeutique",
        "suspendre la prescription",
        "réduire le rythme",
        "diminuer d'un comprimé",
        "diminuer le produit",
    ],
)
def test_what_is_not_known_to_be_something_else_is_the_dose(words: str) -> None:
    assert is_noticed(words)
