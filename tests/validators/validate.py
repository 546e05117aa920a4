"""Checks a folder of FHIR resources with fhircraft: R4 4.0.1 with its invariants. `make validate` runs it.

It is not part of the test tools, because importing it takes half a minute. Its models of profiles are not used:
they refuse every dose of a profiled Dosage, because they name the element differently from the standard.
"""

import importlib
import json
import sys
import warnings
from pathlib import Path


def main(folder: Path) -> int:
    warnings.simplefilter("ignore")  # warnings about best practice, such as a missing narrative
    models = importlib.import_module("fhircraft").R4
    faults, resources = 0, sorted(folder.rglob("*.json"))
    for path in resources:
        resource = json.loads(path.read_text("utf-8"))
        try:
            getattr(models, resource["resourceType"]).model_validate(resource)
        except ValueError as refused:
            faults += 1
            print(f"{path.stem}: {refused}", file=sys.stderr)
    print(f"{len(resources)} resources, fhircraft: {faults} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
