"""Exports written by hand from the specification of bulk data: nothing ends a run, nothing is lost from the count."""

import gzip
import json
from datetime import date
from pathlib import Path

import duckdb
import pyarrow
import pyarrow.parquet
import pytest

from bench.orders import ATC, CIM_10, CODES
from cds_service.base.errors import SettingsError
from cds_service.replay import run
from cds_service.replay.run_folder import Options
from tests.replay.by_hand import PRODUCT, knowledge, order, patient, replayed, written

UCD = "http://data.esante.gouv.fr/ansm/medicament/UCD"
BOM = "\ufeff"
UUID = "0f0e0d0c-1111-4222-8333-444455556666"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "export"
    made.mkdir()
    return made


def test_references_of_every_kind_lead_to_the_patient_and_the_medicine(folder: Path) -> None:
    medicine = PRODUCT["medicationCodeableConcept"]
    strength = {"numerator": {"value": 10, "unit": "mg"}, "denominator": {"value": 1}}
    ingredient = {"itemReference": {"reference": "urn:uuid:s"}, "strength": strength}
    of_another = {"medicationReference": {"reference": "Medication/m"}, "authoredOn": "2022-06-01"}
    of_its_own = {"medicationReference": {"reference": "#m"}, "authoredOn": "2022-07-01"}
    inside = [{"resourceType": "Medication", "id": "m", "code": medicine}]
    export = written(
        folder,
        Patient=[patient("a"), patient(UUID)],
        MedicationRequest=[
            order("relative", "Patient/a"),
            order("absolute", "https://ehr.example/fhir/Patient/a", authoredOn="2022-04-01"),
            order("version", "https://ehr.example/fhir/Patient/a/_history/2", authoredOn="2022-05-01"),
            order("urn", f"urn:uuid:{UUID}", medicationReference={"reference": f"urn:uuid:{UUID}"}),
            order("ingredient", "Patient/a", **of_another),
            order("contained", "Patient/a", contained=inside, **of_its_own),
        ],
        Medication=[
            {"resourceType": "Medication", "id": UUID, "code": medicine},
            {"resourceType": "Medication", "id": "m", "ingredient": [ingredient]},
            {"resourceType": "Medication", "id": "s", "code": {"coding": [{"system": ATC, "code": "M03BX01"}]}},
        ],
    )

    found, faults = replayed(export)

    assert {name: dose for name, (_, _, dose, _) in found.items()} == dict.fromkeys(
        ("absolute", "contained", "ingredient", "relative", "urn", "version"), 120.0
    )
    assert not [fault for fault in faults if "fault-no-" in fault and "number" in fault and faults[fault] != "0"]


def test_an_order_without_its_patient_is_counted_and_not_lost(folder: Path) -> None:
    """Absent from the file Patient: judged all the same. No subject, or one that is no patient: counted."""
    export = written(
        folder,
        Patient=[patient("a")],
        MedicationRequest=[
            order("absent", "Patient/b"),
            order("none", None),
            order("group", "Group/g"),
            order("logical", {"identifier": {"value": "1"}}),
            order("other", None, medicationCodeableConcept={"text": "paracétamol"}),
        ],
    )

    found, faults = replayed(export)
    page = (export.with_name("out") / "summary.html").read_text("utf-8")

    assert found == {"absent": ("b", date(2022, 3, 1), 120.0, "finding")}
    assert faults["fault-no-patient number"] == "1"
    assert faults["fault-no-patient places"] == "MedicationRequest.ndjson : 1"
    assert faults["fault-no-subject number"] == "4"
    assert faults["fault-order-no-subject number"] == "3"
    assert "peut-être de baclofène, sans patient" in page


def test_no_line_ends_a_run_and_each_is_counted(folder: Path) -> None:
    broken = [
        '{"resourceType":"MedicationRequest","id":"cut',
        "nonsense",
        "[1, 2]",
        "null",
        json.dumps(order("nan", "Patient/a")).replace("28", "NaN"),
        json.dumps(order("huge", "Patient/a")).replace("28", "1e99999"),
        json.dumps(order("deep", "Patient/a"))[:-1] + ',"x":' + "[" * 3000 + "]" * 3000 + "}",
        json.dumps(order("latin", "Patient/a"))[:-1] + ',"x":"\udce9"}',
        json.dumps(order("two", "Patient/a")) + json.dumps(order("lines", "Patient/a")),
    ]
    lines = [BOM + json.dumps(order("first", "Patient/a")), *broken, " ", order("last", "Patient/a")]
    export = written(folder, Patient=[patient("a"), order("misplaced", "Patient/a")])
    text = "\n".join(it if isinstance(it, str) else json.dumps(it) for it in lines)
    (export / "MedicationRequest.ndjson").write_bytes(text.encode(errors="surrogateescape"))

    found, faults = replayed(export)

    assert set(found) == {"first", "last"}
    assert faults["fault-unreadable number"] == str(len(broken))
    assert faults["fault-unreadable places"] == "; ".join(f"MedicationRequest.ndjson : {n}" for n in range(2, 7))
    assert faults["fault-other-type places"] == "Patient.ndjson : 2"


def test_days_that_cannot_be_are_counted(folder: Path) -> None:
    days = {"number": 20220301, "no-day": "2022-13-45", "far": "9999-12-31", "ancient": "0001-01-01"}
    orders = [order(name, "Patient/a", authoredOn=day) for name, day in days.items()]

    found, faults = replayed(written(folder, Patient=[patient("a")], MedicationRequest=orders))

    assert {name: outcome for name, (*_, outcome) in found.items()} == {"ancient": "unreadable"}
    assert faults["fault-order-no-day number"] == "2"
    assert faults["fault-order-in-future number"] == "1"


def test_of_two_resources_with_one_id_the_newest_is_kept(folder: Path) -> None:
    old = order("twice", "Patient/a", meta={"lastUpdated": "2022-03-01T10:00:00Z"})
    new = order("twice", "Patient/a", meta={"lastUpdated": "2022-03-01T12:00:00+01:00"})
    new["dosageInstruction"][0]["doseAndRate"][0]["doseQuantity"]["value"] = 5
    lines = [new, old, order("same", "Patient/a", authoredOn="2022-05-01")]
    export = written(folder, Patient=[patient("a")], MedicationRequest=[*lines, lines[-1]])

    found, faults = replayed(export)

    assert {name: dose for name, (_, _, dose, _) in found.items()} == {"twice": 150.0, "same": 120.0}
    assert faults["fault-duplicate number"] == "2"


def test_orders_without_an_id_are_not_taken_for_each_other(folder: Path) -> None:
    """What was read of one order is remembered by its id. The last one renews 120 mg; beside it go 30 on."""
    lines = [order("x", "Patient/a"), order("y", "Patient/a"), order("z", "Patient/a", authoredOn="2022-03-10")]
    lines[0]["dosageInstruction"][0]["doseAndRate"][0]["doseQuantity"]["value"] = 1
    for line in lines:
        line["id"] = "not allowed"
    export = written(folder, Patient=[patient("a")], MedicationRequest=lines)

    found, faults = replayed(export)

    assert sorted(row[1:3] for row in found.values()) == [(date(2022, 3, 1), 150.0)] * 2 + [
        (date(2022, 3, 10), 150.0)
    ]
    assert faults["fault-no-id number"] == "3"


def test_files_are_found_by_their_content_and_those_not_read_are_named(folder: Path) -> None:
    export = written(folder, Patient=[patient("a")], Practitioner=[{"resourceType": "Practitioner", "id": "d"}])
    (export / "part").mkdir()
    (export / "part" / "MEDICATION.NDJSON").write_text(f"broken\n{json.dumps(order('upper', 'Patient/a'))}\n")
    (export / "1.ndjson.gz").write_bytes(gzip.compress(json.dumps(order("packed", "Patient/a")).encode()))
    (export / "manifest.json").write_text("{}")
    (export / "Condition.ndjson").write_text("")
    rows = [
        ("a", "MedicationRequest", json.dumps(order("row", "Patient/a"))),
        (None, None, json.dumps(order("bare", "Patient/a"))),
        ("a", "Observation", "{broken"),
        ("a", "Encounter", "{}"),
    ]
    columns = dict(
        zip(("patient", "type", "json"), (list(column) for column in zip(*rows, strict=True)), strict=True)
    )
    pyarrow.parquet.write_table(pyarrow.table(columns), export / "rows.parquet")

    found, faults = replayed(export)

    assert set(found) == {"upper", "packed", "row", "bare"}
    assert faults["fault-not-read places"] == "Practitioner.ndjson; manifest.json"
    assert faults["fault-unreadable number"] == "2"
    assert faults["fault-unreadable places"] == "part/MEDICATION.NDJSON : 1; rows.parquet"
    assert "Condition" not in faults["fault-not-sent places"]


def test_elements_of_a_wrong_type_and_hidden_nulls_are_absent(folder: Path) -> None:
    nulls = dict.fromkeys(
        ("reasonCode", "priorPrescription", "contained", "doNotPerform", "meta", "medicationReference")
    )
    wrong = {"requester": "x", "meta": "x", "contained": {"resourceType": "Medication"}, "reasonReference": 5}
    export = written(
        folder,
        Patient=[{**patient("a"), "birthDate": None}],
        MedicationRequest=[
            order("nulls", "Patient/a", **{name: it for name, it in nulls.items() if name != "medicationReference"}),
            order("wrong", "Patient/a", authoredOn="2022-05-01", **wrong),
            order("list", "Patient/a", authoredOn="2022-07-01", dosageInstruction=[None]),
        ],
        Condition=[{"resourceType": "Condition", "id": "c", "subject": {"reference": "Patient/a"}, "code": None}],
        MedicationStatement=[
            {"resourceType": "MedicationStatement", "id": "s", "subject": {"reference": "Patient/a"}, "dosage": None}
        ],
    )

    found, _ = replayed(export)

    assert {name: row[2] for name, row in found.items()} == {"nulls": 120.0, "wrong": 120.0, "list": None}
    assert found["list"][3] == "not-computable"


def test_codes_of_the_site_are_judged_on_their_days(folder: Path) -> None:
    """A hospital sends UCD codes, which no public source has; the name beside it is its own."""
    medicine = {"coding": [{"system": UCD, "code": "9470001"}], "text": "BCF 10 LIVRET"}
    orders = [
        order(day, "Patient/a", authoredOn=day, medicationCodeableConcept=medicine)
        for day in ("2022-02-28", "2022-03-01")
    ]
    export = written(folder, Patient=[patient("a")], MedicationRequest=orders)
    products = folder.with_name("products.csv")
    products.write_text(f"system,code,cis,from,until\n{UCD},9470001,{CODES['Baclocur', 10]},2022-03-01,\n")

    found, _ = replayed(export, products=products)
    version = json.loads((folder.with_name("out") / "run.json").read_text())["rules"]

    assert {name: row[2] for name, row in found.items()} == {"2022-03-01": 120.0}
    assert ".site-" in version


def test_what_cannot_be_read_at_all_is_said_with_its_file(folder: Path) -> None:
    export = written(folder, Patient=[patient("a")])
    packed = gzip.compress(json.dumps(order("cut", "Patient/a")).encode() * 50)
    (export / "MedicationRequest.ndjson.gz").write_bytes(packed[: len(packed) // 2])

    with pytest.raises(SettingsError, match=r"EXPORT: cannot be read .*MedicationRequest\.ndjson\.gz"):
        replayed(export)


def test_a_run_within_its_own_export_is_refused(folder: Path) -> None:
    export = written(folder, Patient=[patient("a")], MedicationRequest=[order("x", "Patient/a")])
    options = Options(export, export / "out", 1, date.min, date.max, date(2026, 11, 30), "fr")

    with pytest.raises(SettingsError, match="lies in EXPORT"):
        run.replay(options, knowledge())


def test_conditions_are_those_of_the_patient(folder: Path) -> None:
    """Split over files, by every kind of reference; another patient's are not used."""
    conditions = [
        {
            "resourceType": "Condition",
            "id": f"c{place}",
            "subject": {"reference": subject},
            "code": {"coding": [{"system": CIM_10, "code": code}]},
            "recordedDate": "2015-01-01",
        }
        for place, (subject, code) in enumerate(
            [("https://ehr.example/fhir/Patient/a", "F10.2"), ("Patient/b", "G40.9")]
        )
    ]
    export = written(
        folder,
        Patient=[patient("a"), patient("b")],
        MedicationRequest=[order("x", "Patient/a")],
        Condition=conditions,
    )

    replayed(export)

    with duckdb.connect() as connection:
        files = f"{folder.with_name('out')}/findings/*.parquet"
        rules = {rule for (rule,) in connection.execute("SELECT rule FROM read_parquet(?)", [files]).fetchall()}
    assert "indication-not-documented" not in rules
    assert "seizure-history" not in rules
