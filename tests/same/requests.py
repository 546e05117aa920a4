"""The requests whose answers are compared, as files: `name__day.json`; the rules of that day apply."""

import re
import shutil
from pathlib import Path

from tests.vignette_cases import read_vignettes

ORDERS = Path(__file__).parents[1] / "data" / "orders"

_NAME_AND_DAY = re.compile(r".+__\d{4}-\d{2}-\d{2}")


def write_requests(target: Path, more: Path | None = None) -> list[str]:
    """Write all vignettes, the everyday orders and the requests of `more` into `target`; return their names."""
    for vignette in read_vignettes():
        (target / f"{vignette.id}__{vignette.on}.json").write_bytes(vignette.body())
    for folder in (ORDERS, more):
        for file in sorted(folder.glob("*.json")) if folder else ():
            if not _NAME_AND_DAY.fullmatch(file.stem):
                raise ValueError(f"{file}: the name does not end in the day judged, such as name__2024-09-03.json")
            if (target / file.name).exists():
                raise ValueError(f"{file}: there is another request of this name")
            shutil.copyfile(file, target / file.name)
    return sorted(file.stem for file in target.iterdir())
