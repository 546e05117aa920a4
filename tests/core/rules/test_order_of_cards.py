"""Which card comes first, and which finding speaks in its title, is what the list of rules says."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from cds_service.base.names import PREFETCH_KEYS
from cds_service.core.case import read_case
from cds_service.core.rules.decide import decide
from cds_service.http.json_reader import read_hook
from cds_service.knowledge.loading import Knowledge, load_knowledge
from cds_service.knowledge.rule_files import ORDER_FILE
from tests.dated_service import serving
from tests.known import known
from tests.vignette_cases import Vignette

RULES = Path(__file__).parents[3] / "cds_service" / "rules"

# A first prescription above what is recommended, of a product that is not authorised and so on its card, with
# suicidality, for a minor who drinks little.
SAID = {
    "id": "several of each",
    "on": date(2024, 1, 10),
    "orders": [{"order": "Liorésal 10, 2 cp TID", "reason": "F10.2"}],
    "conditions": ["F10.2", "R45.8"],
    "age": 17,
    "consumption": "30 g/d",
}
SEVERAL = Vignette("", SAID)


def knowledge_with(folder: Path, old: str, new: str) -> Knowledge:
    """The knowledge with another order of cards."""
    shutil.copytree(RULES, folder)
    order = folder / ORDER_FILE
    text = order.read_text(encoding="utf-8")
    assert old in text
    order.write_text(text.replace(old, new), encoding="utf-8")
    return load_knowledge(folder)


def topics(knowledge: Knowledge) -> list[str]:
    """Which finding speaks on each card, in the order of the cards."""
    with serving(knowledge) as service:
        return [card["source"]["topic"]["code"] for card in service.cards(SEVERAL, "fr")]


AGE_FIRST = '"not-adult",\n    "consumption-below-threshold"'
CONSUMPTION_FIRST = '"consumption-below-threshold",\n    "not-adult"'


@pytest.mark.parametrize(
    ("old", "new", "speaking"),
    [
        ("", "", ["initial-dose-too-high", "not-adult", "psychiatric-history"]),
        (
            AGE_FIRST,
            CONSUMPTION_FIRST,
            ["initial-dose-too-high", "consumption-below-threshold", "psychiatric-history"],
        ),
        (
            '"dose", "prescription"',
            '"prescription", "dose"',
            ["product-not-authorised", "not-adult", "psychiatric-history"],
        ),
    ],
    ids=["as it is", "another rule first", "another group first"],
)
def test_the_list_says_which_card_comes_first_and_which_finding_speaks(
    old: str, new: str, speaking: list[str], tmp_path: Path
) -> None:
    assert topics(knowledge_with(tmp_path / "rules", old, new)) == speaking


def test_a_line_at_the_end_of_cards_stands_where_the_list_says(tmp_path: Path) -> None:
    between = '",\n    "first-line-situations",\n    "risk-reduction-documents",\n    "'
    lines = f'"no-abrupt-stop{between}adverse-effect-report"', f'"adverse-effect-report{between}no-abrupt-stop"'
    renewal = Vignette("", SAID | {"taken": ["Liorésal 10, 9 cp TID"]})
    ends = []
    for number, new in enumerate(lines):
        with serving(knowledge_with(tmp_path / str(number), lines[0], new)) as service:
            detail = service.cards(renewal, "en")[0]["detail"]
        ends.append(detail.index("Adverse effects: notify") < detail.index("No abrupt stop"))

    assert ends == [False, True]


def test_the_order_counts_in_the_version_of_the_rules(tmp_path: Path) -> None:
    changed = knowledge_with(tmp_path / "rules", AGE_FIRST, CONSUMPTION_FIRST)
    assert changed.rules_version != known().rules_version


def test_what_is_more_urgent_comes_first_wherever_the_list_has_it(tmp_path: Path) -> None:
    last_first = knowledge_with(tmp_path / "rules", '"dose", "prescription", "precautions", "check"', _BACKWARDS)
    high = Vignette("", SAID | {"orders": ["Baclocur 40, 3 cp TID"]})
    case = read_case(read_hook(high.body(), PREFETCH_KEYS), last_first.terminology, last_first.rules, high.on)

    urgency = [finding.indicator for finding in decide(case, last_first.rules).findings]
    assert urgency == sorted(urgency, reverse=True)


_BACKWARDS = '"check", "precautions", "prescription", "dose"'
