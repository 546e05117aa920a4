"""Words that end or change a treatment are told from those that warn, or that are of something else."""

import pytest

from cds_service.core.dose.text.notes import changes_the_dose


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
