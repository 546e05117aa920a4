"""Generates the documents made from data: hazards, conformance, effects, SAM sheet. `python -m docs.render`."""

import tomllib
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from cds_service.loading import Knowledge, load_knowledge
from cds_service.sheets.effects import effects
from cds_service.sheets.sam import sam_sheet

FOLDER = Path(__file__).parent
REPOSITORY = FOLDER.parent

Data = Mapping[str, Any]

_MADE = "Made by `python -m docs.render` from [{0}]({0}); change that file."

_HAZARDS = """\
# Hazard log

{made}

In the manner of ISO 14971, for a demonstration. S is the severity of the harm: 1 annoyance, 2 minor, 3 serious and
reversible, 4 serious (admission, seizure), 5 death. P is the probability before any control, 1 remote to 5 frequent.
Both are the authors' estimates: **no clinician has signed them, and no residual risk has been accepted by anybody.**
Each control is held by the tests named; a test checks that they exist.
"""

_CONFORMANCE = """\
# Conformance with CDS Hooks 2.0.1

{made}

What the specification asks of a service, what its clients are known to do, and our own rules, each with its test.
Level: M must, S should, MAY, O optional, BP best practice of the authors of the specification, D our own rule.
Status: {counted}. "Otherwise" is done in another way on purpose; the note says how and why. The main reason is one:
a client may show an error, or an empty list, as "all clear", so what goes wrong is said on a card wherever it can be.
"""


def read(name: str) -> Data:
    """Reads a TOML file of this folder."""
    return tomllib.loads((FOLDER / name).read_text(encoding="utf-8"))


def hazard_log(data: Data) -> str:
    lines = [_HAZARDS.format(made=_MADE.format("hazards.toml"))]
    for hazard in data["hazard"]:
        lines += [f"## {hazard['id']}: {hazard['situation']}", "", *_hazard(hazard), ""]
    return "\n".join(lines).rstrip() + "\n"


def _hazard(hazard: Data) -> Iterator[str]:
    yield f"- Cause: {hazard['cause']}."
    yield f"- Harm: {hazard['harm']}. S {hazard['severity']}, P {hazard['probability']}."
    for control in hazard["controls"]:
        yield f"- Control: {control['says']}. {_tests(control['tests'])}"
    if "open" in hazard:
        yield f"- **Open:** {hazard['open']}"


def _tests(names: list[str]) -> str:
    """Links to the files of the tests."""
    return "; ".join(f"[{name.partition('::')[2]}](../{name.partition('::')[0]})" for name in names)


def conformance(data: Data) -> str:
    asked = [row for part in data["part"] for row in part["requirements"]]
    statuses = list(dict.fromkeys(row["status"] for row in asked))
    counted = ", ".join(f"{sum(row['status'] == status for row in asked)} {status}" for status in statuses)
    lines = [_CONFORMANCE.format(made=_MADE.format("conformance.toml"), counted=counted)]
    for part in data["part"]:
        lines += [
            f"## {part['name']}",
            "",
            "| id | level | asks | status | test | note |",
            "|---|---|---|---|---|---|",
        ]
        lines += [_requirement(row) for row in part["requirements"]]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _requirement(row: Data) -> str:
    cells = (row["id"], row["level"], row["asks"], row["status"], _tests(row.get("tests", [])), row.get("note", ""))
    return f"| {' | '.join(cells)} |"


def sheet_day(knowledge: Knowledge) -> date:
    """The day of the SAM sheet: when the rules were last compared with their sources."""
    return max(rule.reviewed for rule in knowledge.rules.rules)


DOCUMENTS: Mapping[str, Callable[[Knowledge], str]] = {
    "hazard-log.md": lambda _: hazard_log(read("hazards.toml")),
    "conformance.md": lambda _: conformance(read("conformance.toml")),
    "changelog.md": lambda knowledge: effects(knowledge, "en"),
    "sam.md": lambda knowledge: sam_sheet(knowledge, sheet_day(knowledge), "fr"),
}


def main() -> None:
    knowledge = load_knowledge()
    for name, made in DOCUMENTS.items():
        (FOLDER / name).write_text(made(knowledge), encoding="utf-8")
        print(f"docs/{name}")


if __name__ == "__main__":
    main()
