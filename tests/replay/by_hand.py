"""Exports written by hand, and what a replay of them says: which doses were judged, which faults counted."""

import json
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from bench.orders import CIS, CODES
from cds_service.knowledge.loading import Knowledge, load_knowledge
from cds_service.replay import run
from cds_service.replay.run_folder import Options

PRODUCT = {"medicationCodeableConcept": {"coding": [{"system": CIS, "code": CODES["Baclocur", 10]}]}}


def order(name: str, subject: Any, **elements: Any) -> dict[str, Any]:
    """An order of 12 tablets of 10 mg a day."""
    return {
        "resourceType": "MedicationRequest",
        "id": name,
        "status": "active",
        "intent": "order",
        "subject": {"reference": subject} if isinstance(subject, str) else subject,
        "authoredOn": "2022-03-01",
        "dosageInstruction": [
            {
                "timing": {"repeat": {"frequency": 3, "period": 1, "periodUnit": "d"}},
                "doseAndRate": [{"doseQuantity": {"value": 4, "unit": "comprimé"}}],
            }
        ],
        "dispenseRequest": {"expectedSupplyDuration": {"value": 28, "code": "d"}},
        **({} if "medicationReference" in elements else PRODUCT),
        **elements,
    }


def patient(name: str) -> dict[str, Any]:
    return {"resourceType": "Patient", "id": name, "gender": "male", "birthDate": "1970-01-01"}


def written(folder: Path, **files: list[Any]) -> Path:
    """An export with these files; a line that is a str is written as it is."""
    for kind, lines in files.items():
        text = "\n".join(it if isinstance(it, str) else json.dumps(it) for it in lines) + "\n"
        (folder / f"{kind}.ndjson").write_text(text, encoding="utf-8")
    return folder


def replayed(export: Path, **options: Any) -> tuple[dict[str, Any], dict[str, str]]:
    """Dose and day of each order that was judged, and the number and places of each fault that there is."""
    out = export.with_name("out")
    products = options.get("products")
    asked_for = Options(
        export, out, 1, date.min, date.max, date(2026, 11, 30), "fr", keep_ids=True, products=products
    )
    run.replay(asked_for, knowledge(products))
    with duckdb.connect() as connection:
        read = connection.execute(
            "SELECT unnest(orders), patient, day, dose_high, outcome FROM read_parquet(?) ORDER BY ALL",
            [f"{out}/signings/*.parquet"],
        ).fetchall()
    rows = (line.split(",", 3) for line in (out / "quality.csv").read_text("utf-8").splitlines())
    faults = {f"{row} {column}": value for table, row, column, value in rows if table == "quality" and value}
    return {name.partition("/")[2]: tuple(row) for name, *row in read}, faults


@cache
def knowledge(products: Path | None = None) -> Knowledge:
    return load_knowledge(products_file=products)
