"""Holds the version to the answers: `python -m tests.release.answers_of_version` writes down those of a new version.

tests/data/answers-of-version.tsv has the version, and for each vignette a digest of the request and one of what is
answered to it. A change that alters an answer raises the version of the package and says so in the changelog; then
the answers of the new version are written down. For one version they are written down once.
"""

import hashlib
import sys
from pathlib import Path

from cds_service.base.version import __version__
from cds_service.hook.order_sign import answer
from cds_service.knowledge.loading import Knowledge
from tests.known import known
from tests.vignette_cases import Vignette, read_vignettes

FILE = Path(__file__).parents[1] / "data" / "answers-of-version.tsv"

Digests = dict[str, tuple[str, str]]  # by the id of a vignette: of the request, of its answer


def write_down(file: Path, version: str) -> None:
    before, _ = written(file)
    if before == version:
        sys.exit(f"{file.name} has the answers of {version}: raise __version__ in cds_service/base/version.py first")
    lines = ["\t".join((name, *digests)) for name, digests in answered(known()).items()]
    file.write_text("\n".join([version, *lines]) + "\n", "utf-8")


def written(file: Path) -> tuple[str, Digests]:
    """The version, and its answers."""
    version, *lines = file.read_text("utf-8").splitlines() if file.exists() else [""]
    return version, {name: (asked, said) for name, asked, said in (line.split("\t") for line in lines)}


def answered(knowledge: Knowledge) -> Digests:
    return {vignette.id: _digests(vignette, knowledge) for vignette in read_vignettes()}


def _digests(vignette: Vignette, knowledge: Knowledge) -> tuple[str, str]:
    """Of the answer without the rules version. Half of the vignettes are answered in English."""
    body, day = vignette.body(), vignette.on.isoformat()
    asked = _short(day.encode() + body)
    language = "en" if int(asked, 16) % 2 else "fr"
    made = answer(body, knowledge, on=vignette.on, language=language, public_url="https://cds.example")
    return asked, _short(made.body.replace(knowledge.rules_version.encode(), b""))


def _short(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


if __name__ == "__main__":
    write_down(FILE, __version__)
