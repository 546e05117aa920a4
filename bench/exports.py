"""Writes a made export of a hospital, as a FHIR bulk export: `python -m bench.exports FOLDER [--patients N]`.

The patients with baclofen are those of bench/histories.py; `--others` adds people with other medicines only, `--dirt`
the faults that real exports have.
"""

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from random import Random
from typing import IO

from bench.histories import patients
from bench.orders import ATC, CIM_10, Resource

_OTHERS = ("A11DA01", "N06AB06", "C09AA05", "B01AC06", "A02BC01", "N05BA12", "R03AC02", "C10AA05")
_ORDERS_A_PERSON = 20

_DIRT = (
    '{"resourceType":"MedicationRequest","id":"cut-o',
    '{"resourceType":"Patient","id":"of-another-type"}',
    (
        '{"resourceType":"MedicationRequest","id":"far","status":"active","intent":"order","authoredOn":"2199-01-01",'
        '"subject":{"reference":"urn:uuid:p0"},"medicationReference":{"reference":"Medication/nowhere"}}'
    ),
    (
        '{"resourceType":"MedicationRequest","id":"unit","status":"active","intent":"order","authoredOn":"2020-05-05",'
        '"subject":{"reference":"https://ehr.example/fhir/Patient/p0"},"medicationCodeableConcept":{"text":"baclofène"},'
        '"dosageInstruction":[{"timing":{"repeat":{"frequency":3,"period":1,"periodUnit":"d"}},'
        '"doseAndRate":[{"doseQuantity":{"value":10,"unit":"cuillère"}}]}]}'
    ),
    (
        '{"resourceType":"MedicationRequest","id":"undated","status":"active","intent":"order",'
        '"subject":{"reference":"Patient/p0"},"medicationCodeableConcept":{"text":"baclofène 10 mg"}}'
    ),
)


def main() -> None:
    parser = ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--patients", type=int, default=200)
    parser.add_argument("--others", type=int, default=0, help="orders of other medicines")
    parser.add_argument("--seed", type=int, default=26)
    parser.add_argument("--dirt", action="store_true")
    asked = parser.parse_args()
    write(asked.folder, asked.patients, asked.others, asked.seed, dirt=asked.dirt)


def write(folder: Path, count: int, others: int = 0, seed: int = 26, *, dirt: bool = False) -> None:
    """Writes the export of so many patients with baclofen, and so many orders of other people."""
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        files: dict[str, IO[str]] = {}
        for resource in _resources(count, seed):
            kind = str(resource["resourceType"])
            if kind not in files:
                files[kind] = stack.enter_context((folder / f"{kind}.ndjson").open("w", encoding="utf-8"))
            files[kind].write(line(resource).decode() + "\n")
        for kind, other in _other_lines(others, seed):
            files[kind].write(other)
        if dirt:
            files["MedicationRequest"].writelines(f"{broken}\n" for broken in _DIRT)


def line(resource: Resource) -> bytes:
    return json.dumps(resource, ensure_ascii=False, separators=(",", ":")).encode()


def _resources(count: int, seed: int) -> Iterator[Resource]:
    for patient in patients(count, seed):
        yield patient.resource
        yield from (held.today for held in patient.held)


def _other_lines(orders: int, seed: int) -> Iterator[tuple[str, str]]:
    """Lines of other people, made fast: a person for each twenty orders, with a condition."""
    dice = Random(seed)  # noqa: S311  a seed, no secret
    for number in range(orders):
        person, day = f"o{number // _ORDERS_A_PERSON}", f"20{dice.randint(13, 25)}-{dice.randint(1, 12):02}-11"
        if number % _ORDERS_A_PERSON == 0:
            yield (
                "Patient",
                f'{{"resourceType":"Patient","id":"{person}","gender":"female","birthDate":"1961-02-03"}}\n',
            )
            yield (
                "Condition",
                (
                    f'{{"resourceType":"Condition","id":"c{number}","subject":{{"reference":"Patient/{person}"}},'
                    f'"code":{{"coding":[{{"system":"{CIM_10}","code":"I10"}}]}},"recordedDate":"{day}"}}\n'
                ),
            )
        atc = dice.choice(_OTHERS)
        yield (
            "MedicationRequest",
            (
                f'{{"resourceType":"MedicationRequest","id":"m{number}","status":"completed","intent":"order",'
                f'"subject":{{"reference":"Patient/{person}"}},"authoredOn":"{day}T09:30:00+01:00",'
                f'"requester":{{"reference":"Practitioner/dr-1"}},"medicationCodeableConcept":{{"coding":[{{"system":"{ATC}",'
                f'"code":"{atc}"}}],"text":"{atc}, une boîte de 30"}},"dosageInstruction":[{{"text":"1 comprimé '
                f'le matin","timing":{{"repeat":{{"frequency":1,"period":1,"periodUnit":"d","when":["MORN"]}}}},'
                f'"doseAndRate":[{{"doseQuantity":{{"value":1,"unit":"comprimé"}}}}]}}],"dispenseRequest":'
                f'{{"expectedSupplyDuration":{{"value":30,"code":"d","system":"http://unitsofmeasure.org"}}}}}}\n'
            ),
        )


if __name__ == "__main__":
    main()
