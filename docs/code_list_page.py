"""The page of the code lists, in French: which codes are which history, for a physician who codes to check.

Its words are in code_lists.toml, its codes in fhir_profiles/valuesets.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from cds_service.core.model.case import FACTS
from cds_service.core.record.terminology import UNDECIDED
from cds_service.knowledge.code_families import families
from cds_service.knowledge.loading import Knowledge

PROFILES = Path(__file__).parent.parent / "fhir_profiles"

# How many codes of a system that is not ICD a list shows at most, and codes of ICD one pattern.
MOST_SHOWN = 45
_MOST_NAMED = 3

Data = Mapping[str, Any]


def code_list_page(knowledge: Knowledge, data: Data) -> str:
    page = _Page(knowledge, data)
    lines = [data["words"]["head"].strip(), *page.systems()]
    for name in data["lists"]:
        lines += ["", *page.of_list(name)]
    lines += [data["words"]["where"].rstrip(), *page.where(), data["words"]["others"].rstrip(), *page.others()]
    return "\n".join(lines).rstrip() + "\n"


def _read(path: Path) -> Data:
    resource: Data = json.loads(path.read_text(encoding="utf-8"))
    return resource


def _parts(name: str, kind: str) -> Iterator[Data]:
    """Each include or exclude of a list, and of the list of what it leaves open."""
    for each in (name, f"{name}{UNDECIDED}"):
        path = PROFILES / "valuesets" / f"{each}.json"
        if path.exists():
            yield from _read(path)["compose"].get(kind, [])


def family_in_words(pattern: str) -> str:
    """`F2[0-9].*` as F20–F29, `F10\\.[34]1.*` as F10.31, F10.41, a family of many as `F1x.5, F1x.7`."""
    codes = families(pattern) or []
    if re.fullmatch(r"[^\[]*\[\d-\d\]\.\*", pattern):
        return f"{codes[0]}–{codes[-1]}"
    if len(codes) > _MOST_NAMED:
        codes = families(pattern.replace("[0-9]", "0")) or []
        codes = [f"{code[:2]}x{code[3:]}" for code in codes]
    return ", ".join(codes)


class _Page:
    """The parts of the page, from the lists and the words beside them."""

    def __init__(self, knowledge: Knowledge, data: Data) -> None:
        self._knowledge = knowledge
        self._data = data
        self._words = data["words"]
        self._editions = data["editions"]

    def systems(self) -> Iterator[str]:
        for path in sorted((PROFILES / "namingsystems").glob("*.json")):
            forms = _read(path)["uniqueId"]
            oid = {"oid": "urn:oid:", "uri": ""}
            written = [f"`{oid[form['type']]}{form['value']}`" for form in forms]
            yield f"| {self._editions.get(forms[0]['value'], path.stem)} | {', '.join(written)} |"

    def of_list(self, name: str) -> Iterator[str]:
        said = self._data["lists"][name]
        yield f"## {said['title']}\n"
        yield f"[`{name}`](../fhir_profiles/valuesets/{name}.json). {said['use']}\n"
        yield from self._table(name)
        notes = [*self._beside(name), *self._snomed(name)]
        notes += [self._words["spoken"].format(said["words"])] if "words" in said else []
        yield from notes
        yield from (self._words["left_out"].format(reason) for reason in said["left_out"])

    # --- the table of ICD ----------------------------------------------------------------

    def _table(self, name: str) -> Iterator[str]:
        yield f"{self._words['columns']} {' | '.join(self._editions.values())} |"
        yield "|---|---|---|---|---|"
        for shown, codes in sorted(self.rows(name).items()):
            label = self._data["labels"][shown.removesuffix(self._words["alone"])]
            cells = (self._cell(name, edition, codes) for edition in self._editions)
            yield f"| {shown} | {label} | {' | '.join(cells)} |"
        yield ""

    def rows(self, name: str) -> dict[str, Sequence[str]]:
        """Each family or single code of a list as it is shown, with its codes."""
        found: dict[str, Sequence[str]] = {}
        for part in _parts(name, "include"):
            if part["system"] in self._editions:
                found |= {f"{item['code']}{self._words['alone']}": [item["code"]] for item in part.get("concept", [])}
                patterns = [rule["value"] for rule in part.get("filter", [])]
                found |= {family_in_words(pattern): families(pattern) or [] for pattern in patterns}
        return found

    def _cell(self, name: str, edition: str, codes: Sequence[str]) -> str:
        """What the service makes of these codes in an edition."""
        meanings = {self._meaning(name, edition, code) for code in codes}
        said: str = self._words[meanings.pop() if len(meanings) == 1 else "partly"]
        return said

    def _meaning(self, name: str, edition: str, code: str) -> str:
        names, _ = self._knowledge.terminology.lookup({"coding": [{"system": edition, "code": code}]})
        if name in names:
            return "counts"
        return "open" if f"{name}{UNDECIDED}" in names else "nothing"

    # --- what stands beside it -----------------------------------------------------------

    def _beside(self, name: str) -> Iterator[str]:
        """What is excluded by name: the neighbours that say nothing."""
        found: dict[str, list[str]] = {}
        for part in _parts(name, "exclude"):
            for rule in part.get("filter", []):
                found.setdefault(self._rest(rule["value"]), []).append(self._editions[part["system"]])
        every = len(self._editions)
        told = [shown if len(of) == every else f"{shown} ({', '.join(sorted(of))})" for shown, of in found.items()]
        if told:
            yield self._words["beside"].format(" ; ".join(told))

    def _rest(self, pattern: str) -> str:
        if families(pattern):
            return family_in_words(pattern)
        head = re.match(r"[A-Z]\d(?:\d|\[\d-\d\])(?:\\\.\d)?", pattern)
        written = head[0].replace("\\", "").replace("[0-9]", "x") if head else pattern
        rest: str = self._words["rest"].format(written)
        return rest

    def _snomed(self, name: str) -> Iterator[str]:
        for part in _parts(name, "include"):
            if part["system"] not in self._editions:
                codes = [f"{item['code']} ({item['display']})" for item in part["concept"]]
                few, many = ", ".join(codes), self._words["in_the_file"].format(len(codes))
                yield self._words["snomed"].format(few if len(codes) <= MOST_SHOWN else many)

    # --- the ends of the page ------------------------------------------------------------

    def where(self) -> Iterator[str]:
        for fact, source in FACTS.items():
            name = self._knowledge.texts.facts[fact, "fr"]
            yield f"| {name} | `{source.key}` | {self._data['where'][fact]} |"

    def others(self) -> Iterator[str]:
        """The lists that are about no condition: medicines, observations, referrals, routes, units."""
        for path in sorted((PROFILES / "valuesets").glob("*.json")):
            if path.stem.removesuffix(UNDECIDED) not in self._data["lists"]:
                parts = map(self._in_short, _read(path)["compose"]["include"])
                yield f"| [`{path.stem}`](../fhir_profiles/valuesets/{path.name}) | {' ; '.join(parts)} |"

    def _in_short(self, part: Data) -> str:
        codes = [concept["code"] for concept in part.get("concept", [])]
        for rule in part.get("filter", []):
            stem = rule["value"].removesuffix(".*")
            codes.append(stem if stem == rule["value"] else self._words["below"].format(stem))
        return f"`{part['system']}` : {', '.join(codes)}"
