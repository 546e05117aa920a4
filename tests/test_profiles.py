"""The generated definitions: as committed, valid by others' models, true to the rules, and told apart by orders."""

import gzip
import importlib
import io
import json
import shutil
import subprocess
import sys
import tarfile
import tomllib
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import fhirkit
import fhirpathpy
import pytest
from fhirpathpy.models import models

from cds_service import __version__
from cds_service.core.case import PREFETCH_KEYS, read_case
from cds_service.core.decide import decide
from cds_service.core.model import NotComputable
from cds_service.core.steps import read_steps
from cds_service.json_reader import read_hook
from cds_service.loading import load_knowledge
from cds_service.order_sign import answer
from cds_service.profiles.archive import archive
from cds_service.profiles.catalogue import as_text, generated
from cds_service.profiles.snapshot import snapshot
from tests.builders import MEDICINES, TERMINOLOGY, Json, order_of
from tests.vignette_cases import read_vignettes

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "fhir_profiles"
CANONICAL = "https://baclofen-cds.example/fhir"
KNOWLEDGE = load_knowledge()
ON = date(2026, 11, 22)

FILES = {path.relative_to(FOLDER).as_posix(): json.loads(path.read_text("utf-8")) for path in FOLDER.rglob("*.json")}
DEFINITIONS = [item for place, item in FILES.items() if not place.startswith("examples/")]
EXAMPLES = {Path(place).stem: item for place, item in FILES.items() if place.startswith("examples/")}
FAULTS = sorted(name for name in EXAMPLES if name.startswith("fault-"))
PLANS = sorted(
    (item for item in DEFINITIONS if item["resourceType"] == "PlanDefinition"), key=lambda item: item["id"]
)
PROFILE = FILES["generated/structuredefinitions/baclofen-order.json"]
FINDINGS = FILES["generated/codesystems/findings.json"]
DOSAGES = tomllib.loads((ROOT / "tests" / "dosages.toml").read_text("utf-8"))["dosages"]


# --- as committed ----------------------------------------------------------------------------


def test_the_committed_files_are_those_that_the_rules_give() -> None:
    made = {path.as_posix(): as_text(item) for path, item in generated(KNOWLEDGE).items()}
    there = {
        path.relative_to(FOLDER).as_posix(): path.read_text("utf-8") for path in (FOLDER / "generated").rglob("*.*")
    }

    assert made.keys() == there.keys(), "run `cds-service profiles`"
    assert [place for place in made if made[place] != there[place]] == [], "run `cds-service profiles`"


def test_the_command_writes_what_a_changed_rule_gives_and_removes_what_none_gives(tmp_path: Path) -> None:
    for name in ("cds_service", "cards", "fhir_profiles"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    rule = tmp_path / "cds_service/rules/specialist-care.toml"
    rule.write_text(rule.read_text("utf-8").replace("2021-03-04", "2021-03-05", 1), "utf-8")
    stale = tmp_path / "fhir_profiles/generated/plandefinitions/baclofen-order-sign-1999-01-01.json"
    stale.write_text("{}", "utf-8")

    printed = command(tmp_path, "profiles")

    new = "generated/plandefinitions/baclofen-order-sign-2021-03-05.json"
    assert new in printed
    assert (
        json.loads((tmp_path / "fhir_profiles" / new).read_text("utf-8"))["effectivePeriod"]["start"] == "2021-03-05"
    )
    assert not stale.exists()
    assert command(tmp_path, "profiles") == "0 of the files below fhir_profiles/generated changed\n"


def command(folder: Path, *arguments: str) -> str:
    run = [sys.executable, "-m", "cds_service", *arguments]
    return subprocess.run(run, cwd=folder, check=True, capture_output=True, text=True, encoding="utf-8").stdout


# --- valid, and each address leads somewhere -------------------------------------------------


@pytest.mark.parametrize("place", sorted(FILES))
def test_each_resource_is_valid_by_two_models_of_others(place: str) -> None:
    resource = FILES[place]
    kind = resource["resourceType"]

    assert [str(issue) for issue in fhirkit.validate(resource)] == []
    model = getattr(importlib.import_module(f"fhir.resources.R4B.{kind.lower()}"), kind)
    model.model_validate(resource)


def test_each_definition_has_its_canonical_url_and_says_what_it_is_worth() -> None:
    urls = [item["url"] for item in DEFINITIONS if "url" in item]

    assert len(urls) == len(set(urls))
    for item in DEFINITIONS:
        if item["resourceType"] != "NamingSystem":
            assert item["url"] == f"{CANONICAL}/{item['resourceType']}/{item['id']}"
            assert {"version", "name", "title", "status", "experimental", "date", "publisher"} <= item.keys()
    assert all(item["experimental"] for place, item in FILES.items() if place.startswith("generated/"))


def test_each_canonical_url_of_ours_leads_to_a_definition_of_ours() -> None:
    known = {item["url"] for item in DEFINITIONS if "url" in item}
    named = {text for item in FILES.values() for text in texts(item) if text.startswith(f"{CANONICAL}/")}

    assert named - known == set()


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from texts(item)
    elif isinstance(value, str):
        yield value


def test_the_guide_lists_every_definition_and_example() -> None:
    (guide,) = [item for item in DEFINITIONS if item["resourceType"] == "ImplementationGuide"]
    listed = {entry["reference"]["reference"] for entry in guide["definition"]["resource"]}

    assert listed == {f"{item['resourceType']}/{item['id']}" for item in FILES.values() if item is not guide}
    met = {
        entry["reference"]["reference"] for entry in guide["definition"]["resource"] if "exampleCanonical" in entry
    }
    assert met == {f"MedicationRequest/{name}" for name in set(EXAMPLES) - set(FAULTS)}


def test_lists_with_codes_of_others_name_their_owner() -> None:
    owners = {
        "http://snomed.info/sct": "SNOMED International",
        "http://loinc.org": "Regenstrief",
        "http://hl7.org/fhir/sid/icd-10": "World Health Organization",
    }
    for item in DEFINITIONS:
        if item["resourceType"] == "ValueSet":
            systems = {part.get("system") for part in item["compose"]["include"]}
            assert all(owner in item["copyright"] for system, owner in owners.items() if system in systems), item[
                "id"
            ]


# Typed from the clinical dossier, C.7 to C.13: what was seen in secondary copies only.
MEDIUM = {
    "alcohol-consumption": {"897148007"},
    "alcohol-drinking-days-per-week": {"81032-5"},
    "alcohol-drinks-per-day": {"74013-4"},
    "alcohol-drinks-per-week": {"44940-5"},
    "prior-alcohol-medicine": {"N07BB01", "N07BB03", "N07BB04", "N07BB05"},
    "seizure": {"91175000", "313307000"},
    "suicidality": {"82313006"},
    "suicide-attempt-history": {"82313006"},
}


def test_each_code_of_medium_confidence_says_so() -> None:
    found = {
        item["id"]: {
            concept["code"]
            for part in item["compose"]["include"]
            for concept in part.get("concept", [])
            if any("Medium confidence" in extension["valueString"] for extension in concept.get("extension", []))
        }
        for item in DEFINITIONS
        if item["resourceType"] == "ValueSet"
    }

    assert {name: codes for name, codes in found.items() if codes} == MEDIUM


# --- the rule book ---------------------------------------------------------------------------


def test_the_periods_follow_each_other_without_a_gap_from_the_first_text_on() -> None:
    periods = [plan["effectivePeriod"] for plan in PLANS]

    assert periods[0]["start"] == "2012-04-24"
    assert "end" not in periods[-1]
    for earlier, later in pairwise(periods):
        assert date.fromisoformat(earlier["end"]) + timedelta(days=1) == date.fromisoformat(later["start"])


def test_on_each_day_of_its_period_a_plan_has_the_rules_in_force() -> None:
    for plan in PLANS:
        begins = date.fromisoformat(plan["effectivePeriod"]["start"])
        ends = date.fromisoformat(plan["effectivePeriod"].get("end", "2030-01-01"))
        for number in range((ends - begins).days + 1):
            day = begins + timedelta(days=number)
            assert asked(plan).keys() == {rule.id for rule, _ in KNOWLEDGE.rules.in_force(day) if rule.indicators}, (
                day
            )


def asked(plan: Json) -> dict[str, str]:
    """Each rule of a plan with the question that it asks."""
    (hook,) = plan["action"]
    return {
        rule["id"]: rule["condition"][0]["expression"]["expression"]
        for group in hook["action"]
        for rule in group["action"]
    }


# Typed from the clinical dossier, A.1: the dose rules of each period.
DOSES = {
    "2012-04-24": {},
    "2014-03-17": {"daily-dose-above-maximum": 300},
    "2017-03-17": {"daily-dose-above-maximum": 300},
    "2017-07-24": {"daily-dose-above-maximum": 80},
    "2018-10-22": {"daily-dose-above-maximum": 80},
    "2018-12-13": {"daily-dose-above-maximum": 80},
    "2020-06-17": {"daily-dose-above-maximum": 80},
    "2020-11-25": {"daily-dose-above-maximum": 80},
    "2021-03-01": {"daily-dose-above-maximum": 80},
    "2021-03-04": {"daily-dose-above-recommended": 300, "specialist-care": 80},
    "2023-05-12": {"daily-dose-above-recommended": 300, "specialist-care": 80},
}


def test_each_period_has_the_doses_of_the_dossier() -> None:
    found = {plan["effectivePeriod"]["start"]: limits(plan) for plan in PLANS}

    assert found == DOSES


def limits(plan: Json) -> dict[str, int]:
    names = ("daily-dose-above-maximum", "daily-dose-above-recommended", "specialist-care")
    return {
        name: int(question.split("mg_per_day=")[1].rstrip(")"))
        for name, question in asked(plan).items()
        if name in names
    }


def test_each_rule_of_a_plan_cites_its_document_and_has_the_code_of_its_finding() -> None:
    codes = {concept["code"]: concept["display"] for concept in FINDINGS["concept"]}
    for plan in PLANS:
        cited = {item["url"] for item in plan["relatedArtifact"] if item["type"] == "citation"}
        for group in plan["action"][0]["action"]:
            for rule in group["action"]:
                (coding,) = rule["code"][0]["coding"]
                assert (coding["code"], coding["display"]) == (rule["id"], codes[rule["id"]])
                assert rule["documentation"][0]["url"] in cited


def test_what_is_suggested_was_in_force_on_the_first_day_of_the_period() -> None:
    activities = {item["url"]: item for item in DEFINITIONS if item["resourceType"] == "ActivityDefinition"}
    for plan in PLANS:
        for url in (text for text in texts(plan["action"]) if "/ActivityDefinition/" in text):
            assert activities[url]["effectivePeriod"]["start"] <= plan["effectivePeriod"]["start"]


def test_the_code_of_a_real_card_is_in_the_code_system_with_its_words() -> None:
    codes = {concept["code"]: concept["display"] for concept in FINDINGS["concept"]}
    cards = answer((ROOT / "tests/data/sandbox-order-sign.json").read_bytes(), KNOWLEDGE, on=ON, language="fr").cards

    assert cards
    for card in cards:
        topic = card["source"]["topic"]
        assert (topic["system"], topic["display"]) == (FINDINGS["url"], codes[topic["code"]])


def test_every_finding_of_every_vignette_is_foreseen_by_the_plan_of_its_day() -> None:
    """With its case, and no less urgent; what holds only under a condition may be said more quietly."""
    seen = 0
    for vignette in read_vignettes():
        plan = plan_of(vignette.on)
        if plan is None:
            continue
        foreseen = cases(plan)
        case = read_case(read_hook(vignette.body(), PREFETCH_KEYS), TERMINOLOGY, KNOWLEDGE.rules, vignette.on)
        for finding in decide(case, KNOWLEDGE.rules).findings:
            urgency = foreseen[f"{finding.rule}.{finding.answer.case}"]
            conditional = finding.answer.if_alcohol or finding.answer.if_addition
            assert finding.indicator.code == urgency or conditional, (vignette.id, finding.rule)
            seen += 1
    assert seen > 300


def plan_of(day: date) -> Json | None:
    """The plan in whose period a day is."""
    periods = [(plan["effectivePeriod"], plan) for plan in PLANS]
    found = [plan for period, plan in periods if period["start"] <= day.isoformat() <= period.get("end", "9999")]
    return next(iter(found), None)


def cases(plan: Json) -> dict[str, str]:
    """Each case of each rule of a plan, with its urgency."""
    rules = [rule for group in plan["action"][0]["action"] for rule in group["action"]]
    return {
        case["id"]: case["code"][0]["coding"][0]["code"]
        for rule in rules
        for case in rule.get("action", [])
        if "code" in case
    }


# --- the order that we read ------------------------------------------------------------------


def broken(order: Json) -> set[str]:
    """The rules of the profile that an order breaks: keys of its constraints, or `path min` and `path max`."""
    found = set()
    for element in PROFILE["differential"]["element"]:
        inside = element["path"].removeprefix("MedicationRequest").removeprefix(".")
        there = holds(order, f"{inside}.exists()") if inside else True
        if (element.get("min") and not there) or (element.get("max") == "0" and there):
            found.add(f"{inside} {'max' if there else 'min'}")
        for rule in element.get("constraint", []):
            if there and not holds(order, f"{inside}.all({rule['expression']})" if inside else rule["expression"]):
                found.add(rule["key"])
    return found


def holds(order: Json, expression: str) -> bool:
    return compiled(expression)(order, {}) == [True]


@cache
def compiled(expression: str) -> Callable[[Json, Json], list[Any]]:
    return fhirpathpy.compile(expression, models["r4"])


# What is a cardinality and not a constraint.
CARDINALITIES = {
    "dosage-missing": "dosageInstruction min",
    "dosage-not-read": "dosageInstruction.modifierExtension max",
    "modifier-extension": "modifierExtension max",
}


@pytest.mark.parametrize("name", sorted(set(EXAMPLES) - set(FAULTS)))
def test_a_conforming_example_breaks_nothing(name: str) -> None:
    assert broken(EXAMPLES[name]) == set()


@pytest.mark.parametrize("name", FAULTS)
def test_a_faulty_example_breaks_the_rule_that_it_is_named_after_and_the_service_says_the_same(name: str) -> None:
    reason = name.removeprefix("fault-")

    assert CARDINALITIES.get(reason, reason) in broken(EXAMPLES[name])
    assert reason in reasons(EXAMPLES[name])


@pytest.mark.parametrize("name", ["order-tablets", "order-mg", "order-taper", "order-as-needed"])
def test_the_dose_of_a_conforming_example_is_worked_out(name: str) -> None:
    assert reasons(EXAMPLES[name]) == set()


def test_what_no_profile_can_say_is_left_to_the_service() -> None:
    assert broken(EXAMPLES["order-strength-unknown"]) == set()
    assert reasons(EXAMPLES["order-strength-unknown"]) == {"strength-unknown"}


def reasons(order: Json) -> set[str]:
    """Why the service could not check an order, as its cards say."""
    context = {
        "userId": "Practitioner/1",
        "patientId": "example",
        "draftOrders": {"resourceType": "Bundle", "entry": [{"resource": order}]},
    }
    hook = {"hook": "order-sign", "hookInstance": "a7a01b3d-c87b-43eb-b398-46f065d7f9d7", "context": context}
    cards = answer(json.dumps(hook).encode(), KNOWLEDGE, on=ON, language="en").cards
    findings = [finding for card in cards for finding in card["extension"]["org.baclofen-cds"]["findings"]]
    return {finding["facts"]["reason"] for finding in findings if "reason" in finding.get("facts", {})}


def as_r4(row: Json) -> Json:
    """The dosages of a row in an order that is otherwise whole."""
    return {**EXAMPLES["order-tablets"], **order_of(*row["fhir"], words=row.get("words", ""))}


# The service also reads how STU3 wrote a dose, which R4 does not know.
OF_R4 = [row for row in DOSAGES if not fhirkit.validate(as_r4(row))]


@pytest.mark.parametrize("row", OF_R4, ids=lambda row: f"{row['id']}: {' + '.join(row['fhir'])}")
def test_a_dosage_that_is_read_breaks_no_rule_of_the_profile(row: Json) -> None:
    order = as_r4(row)

    read = read_steps(order, MEDICINES[row.get("medicine", "Baclocur 10 mg")], TERMINOLOGY, date(2026, 3, 27))

    assert isinstance(read, NotComputable) or broken(order) == set()


def test_most_dosages_of_the_table_are_r4_and_some_of_them_break_the_profile() -> None:
    assert len(OF_R4) > 0.8 * len(DOSAGES)
    assert {rule for row in OF_R4 for rule in broken(as_r4(row))} >= {
        "dose-missing",
        "timing-missing",
        "rate-with-timing",
    }


def test_the_snapshot_has_every_element_of_r4_with_our_changes() -> None:
    changes = {element["id"]: element for element in PROFILE["differential"]["element"]}
    whole = {element["id"]: element for element in PROFILE["snapshot"]["element"]}
    inherited = {element["id"]: element for element in snapshot([])}

    assert list(whole) == list(inherited)
    assert changes.keys() <= whole.keys()
    for place, element in whole.items():
        change = changes.get(place, {})
        assert {key: element[key] for key in change if key != "constraint"} == {
            key: value for key, value in change.items() if key != "constraint"
        }
        both = inherited[place].get("constraint", []) + change.get("constraint", [])
        assert element.get("constraint", []) == both
        untouched = element.keys() - change.keys() - {"constraint"}
        assert {key: element[key] for key in untouched} == {key: inherited[place][key] for key in untouched}


# --- the package -----------------------------------------------------------------------------


def test_the_package_is_the_same_each_time_and_holds_everything(tmp_path: Path) -> None:
    path = tmp_path / "dist" / "package.tgz"
    command(ROOT, "profiles", "--package", str(path))

    assert path.read_bytes() == archive(KNOWLEDGE)
    files = contents(path.read_bytes())
    manifest = files.pop("package/package.json")
    assert (manifest["version"], manifest["canonical"], manifest["fhirVersions"]) == (
        __version__,
        CANONICAL,
        ["4.0.1"],
    )
    indexed = {
        f"{folder}/{entry['filename']}": entry["id"]
        for folder in ("package", "package/example")
        for entry in files.pop(f"{folder}/.index.json")["files"]
    }
    assert indexed == {name: item["id"] for name, item in files.items()}
    assert sorted(map(as_text, files.values())) == sorted(map(as_text, FILES.values()))


def contents(package: bytes) -> dict[str, Any]:
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(package))) as tar:
        return {
            member.name: json.loads(read.read()) for member in tar.getmembers() if (read := tar.extractfile(member))
        }
