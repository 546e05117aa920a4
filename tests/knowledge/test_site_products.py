"""The product codes of a site: read, checked all at once, counted on their days, and named in the rules version."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from cds_service.base.errors import Fault
from cds_service.core.orders.medication import UNREADABLE
from cds_service.core.orders.medicines import Medicines
from cds_service.hook.order_sign import answer
from cds_service.knowledge.loading import Knowledge, load_knowledge
from cds_service.knowledge.site_products import SiteProduct, digest_of, read_site_products
from tests.cli.running import run
from tests.core.orders.medicines import UCD, concept, medicine_of
from tests.known import known
from tests.running.client import SANDBOX_ORDER

KNOWLEDGE = known()
CODE, LOCAL = "3400890000000", "https://hospital.example/livret"
TABLE = f"""\
system,code,cis,from,until
{UCD},{CODE},69038793,2024-01-01,
urn:oid:1.2.250.1.213.2.61,9000000,66009893,,2024-01-01
{LOCAL},B40,69038793,,
"""
DAY = date(2024, 9, 3)


def products(
    folder: Path, table: str = TABLE, name: str = "products.csv"
) -> tuple[tuple[SiteProduct, ...], list[str]]:
    """What is read of a table, and the faults."""
    file, faults = folder / name, list[Fault]()
    file.write_text(table, "utf-8")
    return read_site_products(file, KNOWLEDGE.terminology, faults), [str(fault) for fault in faults]


def read(folder: Path) -> Knowledge:
    return replace(KNOWLEDGE, site_products=products(folder)[0])


def named(knowledge: Knowledge, system: str, code: str, day: date = DAY) -> str:
    order = {"medicationCodeableConcept": concept((system, code))}
    found = Medicines({}, knowledge.of_day(day).terminology).identify(order)
    if isinstance(found, str):
        return found
    product = medicine_of(found).product
    return product.code if product else ""


def test_a_code_of_the_site_names_a_product_of_ours_on_its_days(tmp_path: Path) -> None:
    knowledge = read(tmp_path)

    assert named(knowledge, UCD, CODE) == "baclocur-40"
    assert named(knowledge, LOCAL, "B40") == "baclocur-40"
    assert named(knowledge, UCD, CODE, date(2023, 12, 31)) == UNREADABLE
    assert named(knowledge, "urn:oid:1.2.250.1.213.2.61", "9000000", date(2023, 12, 31)) == "baclocur-10"
    assert named(knowledge, "urn:oid:1.2.250.1.213.2.61", "9000000") == UNREADABLE
    assert named(KNOWLEDGE, UCD, CODE) == UNREADABLE


def test_an_order_with_a_ucd_of_the_site_is_judged(tmp_path: Path) -> None:
    body = json.loads(SANDBOX_ORDER.read_bytes())
    (entry,) = body["context"]["draftOrders"]["entry"]
    entry["resource"]["medicationCodeableConcept"] = concept((UCD, CODE))

    def findings(knowledge: Knowledge) -> set[str]:
        answered = answer(json.dumps(body).encode(), knowledge, on=DAY, language="fr")
        return {finding.rule for finding in answered.decision.findings}

    assert "check-not-done" in findings(KNOWLEDGE)
    found = findings(read(tmp_path))
    assert "daily-dose-above-recommended" in found
    assert not {"check-not-done", "product-not-authorised"} & found


def test_the_rules_version_names_what_the_table_says_and_not_how_it_is_written(tmp_path: Path) -> None:
    said = products(tmp_path)[0]
    head, *rows = TABLE.replace(",", ";").splitlines()
    as_toml = f"""\
[[product]]
system = "{LOCAL}"
code = "B40"
cis = "69038793"
[[product]]
system = "urn:oid:1.2.250.1.213.2.61"
code = "9000000"
cis = "66009893"
until = 2024-01-01
[[product]]
system = "{UCD}"
code = "{CODE}"
cis = "69038793"
from = 2024-01-01
"""

    with_table = load_knowledge(products_file=tmp_path / "products.csv").rules_version
    assert with_table == f"{KNOWLEDGE.rules_version}.site-{digest_of(said)}"
    assert digest_of(products(tmp_path, "\ufeff" + "\n".join([head, *reversed(rows)]))[0]) == digest_of(said)
    assert digest_of(products(tmp_path, as_toml, "products.toml")[0]) == digest_of(said)
    assert digest_of(products(tmp_path, TABLE.replace("69038793", "68677400"))[0]) != digest_of(said)


WRONG = {
    "ucd,1,69038793,,": "system: is not a URI",
    f"{UCD},,69038793,,": "code: is not a code",
    f"{UCD},1,12345678,,": "cis: is not the CIS",
    f"{UCD},1,69038793,2024,": "from: is not a day",
    f"{UCD},1,69038793,2024-02-01,2024-02-01": "until: is not after from",
    "http://data.esante.gouv.fr/ansm/medicament/SpecialitePharmaceutique,66009893,69038793,,": "in our own table",
    f"{UCD},2,69038793,,,5": "is not a known key",
    f"{UCD},{CODE},66009893,2025-01-01,": "has the code of a row above, on the same days",
}


def test_all_faults_of_the_table_are_named_at_once_with_their_line(tmp_path: Path) -> None:
    _, said = products(tmp_path, TABLE + "\n".join(WRONG))

    assert len(said) == len(WRONG)
    for number, problem in enumerate(WRONG.values(), start=5):
        assert [line for line in said if f"products.csv line {number}" in line and problem in line], problem


@pytest.mark.parametrize(
    ("name", "table"), [("empty.csv", ""), ("heads.csv", "system,code,cis\n"), ("a.toml", "x = 1")]
)
def test_a_table_without_a_product_is_a_fault(tmp_path: Path, name: str, table: str) -> None:
    assert products(tmp_path, table, name)[1]


def test_the_command_shows_the_codes_of_the_site_and_the_cis_that_a_row_may_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "products.csv"
    file.write_text(TABLE, "utf-8")
    monkeypatch.setenv("CDS_PRODUCTS", str(file))

    shown = run("products", "--on", "2024-09-03").stdout

    (line,) = (line for line in shown.splitlines() if CODE in line)
    assert line.split() == [UCD, CODE, "69038793", "Baclocur", "40", "mg", "2024-01-01", "2024-09-03"]
    assert ".site-" in shown
    assert "64073783  Baclofène Zentiva 10 mg" in shown
    monkeypatch.setenv("CDS_PRODUCTS", str(tmp_path / "none.csv"))
    assert run("check").returncode == 1
