"""Reads the code lists of fhir_profiles/ as FHIR JSON. The rules do not use this: they read a Terminology."""

import json
from pathlib import Path
from typing import Any

from cds_service.knowledge.loading import data_path

Json = dict[str, Any]


def folder() -> Path:
    return data_path("fhir_profiles")


def resource(kind: str, identity: str) -> Json:
    """A resource written by hand. `kind` is one of codesystems, valuesets, namingsystems."""
    read: Json = json.loads((folder() / kind / f"{identity}.json").read_text("utf-8"))
    return read


def first_coding(value_set: str) -> Json:
    """The first code of a ValueSet, with its system: the one that we use in resources of our own."""
    include = resource("valuesets", value_set)["compose"]["include"][0]
    return {"system": include["system"], **include["concept"][0]}
