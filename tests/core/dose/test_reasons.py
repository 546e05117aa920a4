"""Why a dose is not computed, or an entry not read: each reason that the core gives has its words in cards/."""

import ast
import tomllib
from pathlib import Path

from cds_service.knowledge.loading import data_path

CORE = Path(__file__).parents[3] / "cds_service" / "core"

# The argument that is the reason, by what is made of it.
REASONS = {"NotComputable": 0, "UnreadEntry": 1, "Question": 0, "Remark": 0}


def test_every_reason_that_the_core_gives_has_its_words() -> None:
    words = tomllib.loads((data_path("cards") / "reasons.toml").read_text(encoding="utf-8"))
    given = reasons_given()

    assert {"dose-missing", "drafts-in-part", "range-reversed"} <= given
    assert given <= set(words)


def reasons_given() -> set[str]:
    """The string constants in the reason of each call that is written in the core."""
    return {
        constant.value
        for path in CORE.rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in REASONS
        for argument in call.args[REASONS[call.func.id] : REASONS[call.func.id] + 1]
        for constant in ast.walk(argument)
        if isinstance(constant, ast.Constant) and isinstance(constant.value, str) and constant.value
    }
