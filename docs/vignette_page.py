"""The page of all vignettes, a chapter for each rule: what the tests hold the service to."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from cds_service.knowledge.loading import Knowledge

FOLDER = Path(__file__).parent.parent / "tests" / "vignettes"

_HEAD = """\
# The vignettes, by rule

Made by `python -m docs.render` from [tests/vignettes](../tests/vignettes/README.md); change those files.

Each line is a clinical situation: the day of the order, what is ordered for whom, and how urgent the finding must be.
`make test` asks the service each of them, in process and over HTTP. A vignette stands under each rule it expects;
the last chapter has those that must get no card. "The same" in a name means the vignette before it in its file.
"""

Vignette = Mapping[str, Any]


def vignette_page(knowledge: Knowledge) -> str:
    vignettes = [vignette for path in sorted(FOLDER.glob("*.toml")) for vignette in _read(path)]
    lines = [_HEAD]
    for rule in knowledge.rules.rules:
        expecting = [vignette for vignette in vignettes if rule.id in vignette["expected"]]
        if expecting:
            title = knowledge.texts.topics[rule.id, "en"]
            lines += [f"## {title}", "", f"`{rule.id}`", "", *_lines(expecting, rule.id), ""]
    silent = [vignette for vignette in vignettes if not vignette["expected"]]
    lines += ["## No card", "", *_lines(silent)]
    return "\n".join(lines) + "\n"


def _read(path: Path) -> Iterable[Vignette]:
    vignettes: list[Vignette] = tomllib.loads(path.read_text(encoding="utf-8"))["vignette"]
    return vignettes


def _lines(vignettes: Iterable[Vignette], rule: str = "") -> Iterator[str]:
    for vignette in sorted(vignettes, key=lambda vignette: (vignette["on"], vignette["id"])):
        expected = f" → {vignette['expected'][rule]}" if rule else ""
        yield f"- **{vignette['id']}** ({vignette['on'].isoformat()}) {vignette['name']}{expected}"
