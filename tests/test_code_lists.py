"""The code lists in fhir_profiles/: valid FHIR, consistent, and right in the codes that matter."""

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B.codesystem import CodeSystem
from fhir.resources.R4B.namingsystem import NamingSystem
from fhir.resources.R4B.valueset import ValueSet

ROOT = Path(__file__).parent.parent / "fhir_profiles"
MODELS: dict[str, Any] = {"NamingSystem": NamingSystem, "CodeSystem": CodeSystem, "ValueSet": ValueSet}
FOLDERS = {"NamingSystem": "namingsystems", "CodeSystem": "codesystems", "ValueSet": "valuesets"}
FILES = sorted(path for folder in FOLDERS.values() for path in ROOT.glob(f"{folder}/*.json"))
CANONICAL = "https://baclofen-cds.example/fhir"

SYSTEMS = {
    "atc": "http://www.whocc.no/atc",
    "rxnorm": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "snomed": "http://snomed.info/sct",
    "icd-10": "http://hl7.org/fhir/sid/icd-10",
    "icd-10-cm": "http://hl7.org/fhir/sid/icd-10-cm",
    "cim-10-fr": "https://smt.esante.gouv.fr/terminologie-cim-10",
    "loinc": "http://loinc.org",
    "ucum": "http://unitsofmeasure.org",
    "edqm": "http://standardterms.edqm.eu",
    "cip": "http://data.esante.gouv.fr/ansm/medicament/Presentation",
    "cis": "http://data.esante.gouv.fr/ansm/medicament/SpecialitePharmaceutique",
}


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)


NAMING_SYSTEMS = [read(path) for path in FILES if path.parent.name == "namingsystems"]
VALUE_SETS = {path.stem: read(path) for path in FILES if path.parent.name == "valuesets"}
PRODUCTS = read(ROOT / "codesystems" / "baclofen-products.json")


def is_in(name: str, system: str, code: str) -> bool:
    """Membership as FHIR defines it: in one of the includes and in none of the excludes."""
    compose = VALUE_SETS[name]["compose"]
    included = any(_takes(part, system, code) for part in compose["include"])
    return included and not any(_takes(part, system, code) for part in compose.get("exclude", []))


def _takes(part: Any, system: str, code: str) -> bool:
    if part["system"] != SYSTEMS[system]:
        return False
    if "concept" in part:
        return code in {concept["code"] for concept in part["concept"]}
    return all(re.fullmatch(rule["value"], code) for rule in part["filter"])


def values(concept: Any, prop: str) -> list[Any]:
    found = [each for each in concept.get("property", []) if each["code"] == prop]
    return [each[key] for each in found for key in each if key.startswith("value")]


def value(concept: Any, prop: str) -> Any:
    return next(iter(values(concept, prop)), None)


def product(system: str, code: str) -> Any:
    """The one product that this code names."""
    coding = {"system": SYSTEMS[system], "code": code}
    (found,) = [concept for concept in PRODUCTS["concept"] if coding in values(concept, "coding")]
    return found


def parts() -> Iterator[tuple[str, Any]]:
    for name, value_set in VALUE_SETS.items():
        compose = value_set["compose"]
        for part in compose["include"] + compose.get("exclude", []):
            yield name, part


# --- every file ------------------------------------------------------------------------------


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_file_is_valid_fhir_in_its_folder_under_its_own_name(path: Path) -> None:
    resource = read(path)
    kind = resource["resourceType"]

    MODELS[kind].model_validate_json(path.read_text(encoding="utf-8"))

    assert path.parent.name == FOLDERS[kind]
    assert resource["id"] == path.stem
    if kind != "NamingSystem":  # in R4 it has no url, version, title or experimental
        assert resource["url"] == f"{CANONICAL}/{kind}/{path.stem}"
        assert {"version", "title", "experimental"} <= resource.keys()
    assert {"name", "status", "date", "publisher", "description"} <= resource.keys()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_file_is_written_as_an_editor_would_leave_it(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert text == json.dumps(json.loads(text), ensure_ascii=False, indent=2) + "\n"


def test_the_readme_names_every_file() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    assert [path.stem for path in FILES if f"`{path.stem}`" not in readme] == []


def test_each_way_to_write_a_system_belongs_to_one_naming_system() -> None:
    written = [unique["value"] for system in NAMING_SYSTEMS for unique in system["uniqueId"]]

    assert len(written) == len(set(written))


def test_each_naming_system_prefers_its_first_uri() -> None:
    for system in NAMING_SYSTEMS:
        first, *others = system["uniqueId"]
        assert (first["type"], first["preferred"]) == ("uri", True), system["id"]
        assert not any(other.get("preferred") for other in others), system["id"]


def test_each_code_is_of_a_system_that_has_a_naming_system() -> None:
    known = {system["uniqueId"][0]["value"] for system in NAMING_SYSTEMS}
    used = {part["system"] for _, part in parts()}
    used |= {coding["system"] for concept in PRODUCTS["concept"] for coding in values(concept, "coding")}

    assert used <= known
    assert set(SYSTEMS.values()) <= known


@pytest.mark.parametrize("name", VALUE_SETS)
def test_no_code_is_twice_in_a_list(name: str) -> None:
    includes = VALUE_SETS[name]["compose"]["include"]
    named = [(part["system"], each["code"]) for part in includes for each in part.get("concept", [])]
    patterns = [(part["system"], rule["value"]) for part in includes for rule in part.get("filter", [])]

    assert len(named) == len(set(named))
    assert len(patterns) == len(set(patterns))
    for system, code in named:
        assert not any(re.fullmatch(pattern, code) for owner, pattern in patterns if owner == system), code


def test_each_part_of_a_list_is_named_codes_with_a_display_or_one_pattern() -> None:
    for name, part in parts():
        assert ("concept" in part) != ("filter" in part), name
        assert all(each.get("display") for each in part.get("concept", [])), name
        for rule in part.get("filter", []):
            assert (rule["property"], rule["op"]) == ("code", "regex"), name
            re.compile(rule["value"])


# --- products --------------------------------------------------------------------------------


def test_no_product_and_no_code_of_a_product_is_listed_twice() -> None:
    slugs = [concept["code"] for concept in PRODUCTS["concept"]]
    codings = [tuple(each.values()) for concept in PRODUCTS["concept"] for each in values(concept, "coding")]

    assert len(slugs) == len(set(slugs)) == PRODUCTS["count"]
    assert len(codings) == len(set(codings))


def test_a_product_is_not_also_an_ingredient_or_a_form() -> None:
    names = {value: key for key, value in SYSTEMS.items()}

    for concept in PRODUCTS["concept"]:
        for coding in values(concept, "coding"):
            code = names[coding["system"]], coding["code"]
            assert not is_in("baclofen-substance", *code), code
            assert not is_in("baclofen-not-oral-form", *code), code


@pytest.mark.parametrize("concept", PRODUCTS["concept"], ids=lambda concept: concept["code"])
def test_each_product_uses_declared_properties_in_their_declared_type(concept: Any) -> None:
    declared = {each["code"]: each["type"] for each in PRODUCTS["property"]}

    for each in concept["property"]:
        kind = declared[each["code"]]
        assert f"value{kind[0].upper()}{kind[1:]}" in each
    assert value(concept, "route") in {"oral", "parenteral", "topical"}
    assert value(concept, "brand") in {"baclocur", "baclofene-zentiva", "lioresal", "generic", "foreign"}
    assert concept["display"]
    assert values(concept, "coding")


@pytest.mark.parametrize("concept", PRODUCTS["concept"], ids=lambda concept: concept["code"])
def test_a_strength_comes_with_the_unit_that_it_is_counted_in(concept: Any) -> None:
    per_unit, per_ml = value(concept, "strength-mg"), value(concept, "strength-mg-per-ml")

    expected: dict[tuple[bool, bool], set[str | None]] = {
        (True, False): {"tablet", "packet"},
        (False, True): {"ml"},
        (False, False): {None},
    }

    assert value(concept, "unit") in expected[per_unit is not None, per_ml is not None]
    assert value(concept, "route") == "oral" or (per_unit, per_ml) == (None, None)


def test_each_ucd_names_a_product_that_we_know() -> None:
    ucds = read(ROOT / "codesystems" / "ucd-products.json").get("concept", [])
    slugs = {concept["code"] for concept in PRODUCTS["concept"]}

    assert [ucd["code"] for ucd in ucds if value(ucd, "product") not in slugs] == []


# --- the codes that matter -------------------------------------------------------------------

PRODUCT_TABLE = """
    cip     3400930163528   baclocur-10                 oral        10    tablet   halved
    cip     3016352         baclocur-10                 oral        10    tablet   halved
    cis     69650566        baclocur-20                 oral        20    tablet   halved
    cis     68677400        baclocur-30                 oral        30    tablet   halved
    cip     3400930163665   baclocur-40                 oral        40    tablet   halved
    cis     64073783        baclofene-zentiva-10        oral        10    tablet   halved
    cis     60304050        lioresal-10                 oral        10    tablet   halved
    cis     62173429        baclofene-biogaran-10       oral        10    tablet   halved
    cis     68062058        baclofene-generic-68062058  oral        10    tablet   -
    rxnorm  197391          rxnorm-197391               oral        10    tablet   -
    rxnorm  213725          rxnorm-213725               oral        20    tablet   -
    rxnorm  2586601         rxnorm-2586601              oral        5     packet   -
    rxnorm  1809407         rxnorm-1809407              oral        -     -        -
    rxnorm  308516          rxnorm-308516               parenteral  -     -        -
    rxnorm  805678          rxnorm-805678               parenteral  -     -        -
    rxnorm  1494656         rxnorm-1494656              topical     -     -        -
    cis     65317023        cis-65317023                parenteral  -     -        -
    cip     3400955853824   cis-65317023                parenteral  -     -        -
"""


@pytest.mark.parametrize("row", PRODUCT_TABLE.strip().splitlines())
def test_a_code_names_its_product(row: str) -> None:
    system, code, slug, route, strength, unit, halved = row.split()

    found = product(system, code)

    assert found["code"] == slug
    assert value(found, "route") == route
    assert value(found, "strength-mg") == (None if strength == "-" else Decimal(strength))
    assert value(found, "unit") == (None if unit == "-" else unit)
    assert value(found, "divisible") == (True if halved == "halved" else None)


def test_lioresal_10_mg_in_5_ml_is_intrathecal_whatever_its_name_says() -> None:
    assert product("cis", "65317023")["display"].startswith("Liorésal 10 mg/5 ml")
    assert value(product("cis", "65317023"), "route") == "parenteral"


def test_a_solution_has_a_concentration_and_no_strength() -> None:
    solution = product("rxnorm", "2667941")

    assert value(solution, "strength-mg-per-ml") == 2
    assert (value(solution, "strength-mg"), value(solution, "unit")) == (None, "ml")


MEMBERSHIP_TABLE = """
    alcohol-dependence                in   icd-10      F10.2
    alcohol-dependence                in   cim-10-fr   F10.2
    alcohol-dependence                in   cim-10-fr   F10.24
    alcohol-dependence                in   icd-10-cm   F10.20
    alcohol-dependence                in   icd-10-cm   F10.21
    alcohol-dependence                in   icd-10-cm   F10.231
    alcohol-dependence                in   snomed      66590003
    alcohol-dependence                in   snomed      7200002
    alcohol-dependence                out  icd-10      F10.1
    alcohol-dependence                out  icd-10-cm   F10.10
    alcohol-dependence                out  icd-10      F11.2
    alcohol-dependence                out  snomed      7052005
    alcohol-dependence                out  snomed      15167005
    alcohol-dependence                out  snomed      191480000
    alcohol-dependence-in-remission   in   icd-10-cm   F10.21
    alcohol-dependence-in-remission   out  cim-10-fr   F10.21
    alcohol-dependence-in-remission   out  icd-10-cm   F10.20
    alcohol-withdrawal                in   snomed      191480000
    spasticity                        in   icd-10      G35
    spasticity                        in   icd-10-cm   G35.A
    spasticity                        in   cim-10-fr   G82.1
    spasticity                        in   icd-10      I64
    spasticity                        in   cim-10-fr   T91.3
    spasticity                        in   icd-10-cm   M62.838
    spasticity                        in   icd-10-cm   S14.109A
    spasticity                        in   snomed      24700007
    spasticity                        out  icd-10      I65
    spasticity                        out  icd-10      G11.1
    spasticity                        out  icd-10      F10.2
    psychiatric-disorder              in   icd-10      F33.2
    psychiatric-disorder              in   cim-10-fr   F00
    psychiatric-disorder              in   icd-10-cm   F43.10
    psychiatric-disorder              in   icd-10      F60.3
    psychiatric-disorder              out  icd-10      F10.2
    psychiatric-disorder              out  cim-10-fr   F17.2
    psychiatric-disorder              out  icd-10      F50.0
    psychiatric-disorder              out  icd-10      F70
    psychiatric-disorder              out  snomed      74732009
    suicidality                       in   cim-10-fr   R45.8
    suicidality                       in   cim-10-fr   Z91.50
    suicidality                       in   icd-10      X60
    suicidality                       in   cim-10-fr   X84.9
    suicidality                       in   icd-10-cm   R45.851
    suicidality                       in   icd-10-cm   T14.91XA
    suicidality                       in   icd-10-cm   X78.1XXA
    suicidality                       in   snomed      296493005
    suicidality                       out  icd-10      R45.81
    suicidality                       out  cim-10-fr   R45.81
    suicidality                       out  icd-10-cm   R45.81
    suicidality                       out  icd-10      R45.8
    suicidality                       out  icd-10      X85
    suicidality                       out  icd-10-cm   Z91.52
    suicide-attempt-history           in   cim-10-fr   Z91.58
    suicide-attempt-history           in   icd-10-cm   Z91.51
    suicide-attempt-history           in   snomed      82313006
    suicide-attempt-history           out  snomed      6471006
    suicide-attempt-history           out  icd-10-cm   R45.851
    suicide-attempt-history           out  cim-10-fr   R45.8
    seizure                           in   icd-10      G40.9
    seizure                           in   cim-10-fr   G41.0
    seizure                           in   icd-10      R56.8
    seizure                           in   icd-10-cm   R56.9
    seizure                           in   snomed      308742005
    seizure                           out  icd-10-cm   G41
    seizure                           out  icd-10      R56.0
    febrile-convulsion                in   icd-10      R56.0
    febrile-convulsion                in   icd-10-cm   R56.01
    febrile-convulsion                out  icd-10      R56.8
    baclofen-substance                in   atc         M03BX01
    baclofen-substance                in   rxnorm      370985
    baclofen-substance                out  rxnorm      374604
    baclofen-substance                out  rxnorm      197391
    baclofen-not-oral-form            in   rxnorm      374604
    route-oral                        in   edqm        20053000
    route-intrathecal                 in   edqm        20042000
    unit-tablet                       in   edqm        15054000
    unit-tablet                       in   ucum        {tbl}
    unit-tablet                       out  edqm        15036000
    unit-tablet                       out  ucum        1
    prior-alcohol-medicine            in   atc         N07BB05
    prior-alcohol-medicine            in   cis         63759295
    prior-alcohol-medicine            out  rxnorm      1551468
    prior-alcohol-medicine            out  cis         67300599
    addiction-referral                in   snomed      431260004
    addiction-referral                out  snomed      103696004
    alcohol-drinks-per-drinking-day   in   loinc       11287-0
    alcohol-drinks-per-day            out  loinc       11287-0
"""


@pytest.mark.parametrize("row", MEMBERSHIP_TABLE.strip().splitlines())
def test_a_code_is_in_the_list_or_out_of_it(row: str) -> None:
    name, expected, system, code = row.split()

    assert is_in(name, system, code) == (expected == "in")


@pytest.mark.parametrize("system", ["icd-10", "icd-10-cm", "cim-10-fr"])
def test_low_self_esteem_is_in_no_list(system: str) -> None:
    assert [name for name in VALUE_SETS if is_in(name, system, "R45.81")] == []


@pytest.mark.parametrize(
    ("part", "whole"),
    [
        ("alcohol-dependence-in-remission", "alcohol-dependence"),
        ("suicide-attempt-history", "suicidality"),
    ],
)
def test_a_list_that_is_part_of_another_has_nothing_of_its_own(part: str, whole: str) -> None:
    names = {value: key for key, value in SYSTEMS.items()}
    patterns = [each for each in VALUE_SETS[whole]["compose"]["include"] if "filter" in each]

    for include in VALUE_SETS[part]["compose"]["include"]:
        codes = [concept["code"] for concept in include.get("concept", [])]
        assert all(is_in(whole, names[include["system"]], code) for code in codes)
        assert "concept" in include or include in patterns
