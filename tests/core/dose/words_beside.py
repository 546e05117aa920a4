"""How many sentences of tests/core/dose/words are asked about, beside one tablet of 10 mg three times a day.

`python -m tests.core.dose.words_beside` prints the figures, `--all` also the sentences that are judged wrongly.
"""

import sys
from datetime import date
from pathlib import Path

from cds_service.core.dose.order_dose import read_dose
from cds_service.core.model.dose import NotComputable
from tests.builders import TABLET_OF_10_MG, TERMINOLOGY, order_of

FOLDER = Path(__file__).parent / "words"
ON = date(2026, 3, 27)


def sentences(name: str) -> list[str]:
    return (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines()


def is_noticed(sentence: str) -> bool:
    """Whether the words are asked about, or leave no dose, or make it one that may be left out ("si besoin")."""
    order = order_of("dose 1 cp | frequency 3 | period 1 d")
    order["dosageInstruction"][0]["text"] = sentence
    reading = read_dose(order, TABLET_OF_10_MG, TERMINOLOGY, ON)
    if isinstance(reading.dose, NotComputable) or reading.questions:
        return True
    return any(step.mg_per_day.low != 30 or step.mg_per_day.high != 30 for step in reading.dose)


def wrongly_judged(name: str) -> list[str]:
    """The harmless sentences that are noticed, or the others that are not."""
    harmless = "harmless" in name
    return [sentence for sentence in sentences(name) if is_noticed(sentence) is harmless]


if __name__ == "__main__":
    for path in sorted(FOLDER.glob("*.txt")):
        wrong = wrongly_judged(path.stem)
        verb = "said" if "harmless" in path.stem else "missed"
        print(f"{path.stem}: {len(wrong)} of {len(sentences(path.stem))} {verb}")
        for sentence in wrong if "--all" in sys.argv else ():
            print(f"    {sentence}")
