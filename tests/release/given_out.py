"""What an operator and an EHR hold of a release: settings, a client's entry and key, feedback that may still come.

Every setting and every key of a client's entry is used once, so that none can be taken away unnoticed.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cds_service.knowledge.loading import Knowledge
from tests.access.forge import Signer, ecdsa

CLIENT = "hospital-a"
ISSUER = "https://ehr.hospital-a.example"
PUBLIC_URL = "https://cds.example"
AT = "2026-11-21T08:15:30Z"
FILES = ("CDS_CLIENTS", "CDS_SPOOL")

_ENVIRONMENT = """\
# For /etc/cds/environment: NAME=value. Names of files are those of this folder.
CDS_MODE=production
CDS_PUBLIC_URL=https://cds.example
CDS_CLIENTS=clients.toml
CDS_DATABASE_URL=sqlite:///store.db
CDS_SPOOL=spool
CDS_DIGEST_KEY=a-key-for-digests-of-a-test-and-of-nothing-else
CDS_OPERATOR_TOKEN=a-token-of-an-operator-of-a-test-only
CDS_DISCOVERY=token
CDS_ANONYMOUS_PER_MINUTE=60
CDS_KEEP_COMMENTS=yes
CDS_RETENTION_DAYS=36500
CDS_AUDIT_RETENTION_DAYS=36500
"""

_CLIENTS = """\
# Two systems that call. Between them they use every key that an entry may have.

[[client]]
id = "hospital-a"
issuer = "https://ehr.hospital-a.example"
jwks = {{keys = [{{kty = "EC", crv = "P-384", x = "{x}", y = "{y}", kid = "key-1", use = "sig", alg = "ES384"}}]}}
algorithms = ["ES384"]
audiences = ["https://cds.example/cds-services/baclofen-order-sign"]
subject = "ehr"
tenants = ["ward"]
max_lifetime_s = 600
origins = ["https://ehr.hospital-a.example"]
requests_per_minute = 600
language = "fr"
incomplete = "on-change"
specialised_service = false
suggestions = "create"
one_action = true
detail = "plain"
on_missing = "412"
shows_errors = true
prefetch = {{patient = "patientToGreet", goals = ""}}

[[client]]
id = "hospital-b"
issuer = "https://ehr.hospital-b.example"
jwks_url = "https://ehr.hospital-b.example/jwks.json"
algorithms = ["RS384", "ES384"]
language = "en"
incomplete = "always"
suggestions = "off"
detail = "markdown"
on_missing = "card"
read_fhir = true
budget_ms = 800

[[client.fhir_servers]]
base = "https://fhir.hospital-b.example/r4"
allow_private = false
"""


def key() -> Signer:
    """The key of hospital-a, whose public half its entry has. Of a small number: it opens nothing."""
    return ecdsa("384", "key-1", secret=20_260_122)


def write_settings(folder: Path) -> None:
    jwk = key().jwk
    (folder / "environment").write_text(_ENVIRONMENT, "utf-8")
    (folder / "clients.toml").write_text(_CLIENTS.format(x=jwk["x"], y=jwk["y"]), "utf-8")


def environment(folder: Path) -> dict[str, str]:
    """The settings that a folder holds, for a process that runs elsewhere."""
    lines = (folder / "environment").read_text("utf-8").splitlines()
    said = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    files = {name: str(folder / said[name]) for name in FILES}
    return {**said, **files, "CDS_DATABASE_URL": f"sqlite:///{folder}/store.db"}


def feedback_that_may_come(knowledge: Knowledge, cards: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Five bodies, in the shapes that systems send; each item on another card."""
    offering = next(card for card in cards if card.get("suggestions"))
    others = iter([card["uuid"] for card in cards if card is not offering])
    reasons = knowledge.texts.override_reasons
    chosen = [{"id": offering["suggestions"][0]["uuid"]}]
    accepted = {
        "card": offering["uuid"],
        "outcome": "accepted",
        "outcomeTimestamp": AT,
        "acceptedSuggestions": chosen,
    }
    system = "https://baclofen-cds.example/fhir/CodeSystem/override-reasons"
    coded = [_overridden(next(others), reason={"code": reason.code, "system": system}) for reason in reasons]
    plural = _overridden(next(others)) | {"overrideReasons": [{"reason": {"code": reasons[0].code}}]}
    words = _overridden(f"urn:uuid:{next(others)}", userComment="Patient suivi ailleurs.")
    bare = _overridden(next(others), reason={"code": "other", "system": "https://ehr.hospital-a.example/reasons"})
    return [
        {"what": "a suggestion was accepted", "body": {"feedback": [accepted]}},
        {"what": "every reason of ours", "body": {"feedback": coded}},
        {"what": "the plural, as Epic writes it", "body": {"feedback": [plural]}},
        {"what": "a comment alone, and a URN", "body": {"feedback": [words]}},
        {"what": "a reason of theirs, twice, beside no feedback", "body": {"feedback": [bare, {"card": "x"}, bare]}},
    ]


def _overridden(card: str, **reason: Any) -> dict[str, Any]:
    given = {"overrideReason": reason} if reason else {}
    return {"card": card, "outcome": "overridden", "outcomeTimestamp": AT, **given}
