"""Row 83: strings planted in every field, header, token, query and FHIR answer are found nowhere afterwards."""

import json
import logging
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cds_service.telemetry.logs import FIELDS, JsonLines
from tests.access import key_server as server
from tests.access.deployment import AUDIENCE, Deployment, as_toml, deployed, production
from tests.access.forge import Issuer, b64, compact, ecdsa, key_set
from tests.access.key_server import KeyServer
from tests.running.client import HOOK_PATH, SANDBOX_ORDER, Answer
from tests.sampling import some
from tests.store.waiting import until_all_is_in_the_database
from tests.vignette_cases import encode, read_vignettes, request

pytestmark = pytest.mark.sampled

CANARY = "Canary7f3a"
ISSUER = "https://ehr.example"
OPERATOR = "an-operator's-token-of-40-characters-or-so"
KEPT_BY_SUGGESTIONS = re.compile(rb'"resource":')


def planted(value: Any, path: str = "") -> Iterator[Any]:
    """Copies of the document: the canary in place of each string in turn, and as an extra member of each object."""
    if isinstance(value, dict):
        yield {**value, CANARY: CANARY}
        for name, item in value.items():
            yield from ({**value, name: changed} for changed in planted(item, f"{path}.{name}"))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from ([*value[:number], changed, *value[number + 1 :]] for changed in planted(item, path))
    elif isinstance(value, str):
        yield CANARY


def flooded(value: Any) -> Any:
    """The request with a canary in each of its texts, and as an extra member of each object."""
    if isinstance(value, dict):
        words = {name: CANARY for name in ("text", "display", "family") if isinstance(value.get(name), str)}
        return {**{name: flooded(item) for name, item in value.items()}, **words, CANARY: CANARY}
    return [flooded(item) for item in value] if isinstance(value, list) else value


def bodies() -> list[bytes]:
    """One request with canaries one at a time, vignettes full of canaries, and some invalid bodies."""
    order = json.loads(SANDBOX_ORDER.read_bytes()) | {
        "fhirAuthorization": {
            "access_token": "t",
            "token_type": "Bearer",
            "expires_in": 300,
            "scope": "s",
            "subject": "c",
        }
    }
    whole = [json.dumps(changed).encode() for changed in planted(order)]
    whole += [encode(flooded(request(vignette.said))) for vignette in some(read_vignettes(), 5)]
    return [*whole, CANARY.encode(), b'{"' + CANARY.encode(), b'{"hook": "%b"}' % CANARY.encode()]


def tokens(issuer: Issuer) -> list[str]:
    good = ("iss", "aud", "jti", "sub", "tenant", "nbf", "exp", "iat", CANARY)
    forged = [issuer.token(**{name: CANARY}) for name in good]
    forged += [issuer.token({name: CANARY}) for name in ("alg", "kid", "jku", "typ", "jwk", "x5u", "crit", CANARY)]
    forged += [f"{CANARY}.{CANARY}.{CANARY}", CANARY, b64(CANARY.encode())]
    return [*forged, compact(issuer.header(), issuer.claims(), lambda _: CANARY.encode())]


HEADERS = [
    "Accept-Language", "Content-Type", "Content-Encoding", "Cookie", "Forwarded", "Host", "If-None-Match", "Origin",
    "Range", "Referer", "User-Agent", "X-Forwarded-For", "X-Forwarded-Host", "X-Request-Id", "Traceparent", CANARY,
]  # fmt: skip

RAW = [
    f"GET /{CANARY} HTTP/9.9\r\nHost: x\r\n\r\n",
    f"{CANARY}\r\n\r\n",
    f"GET / HTTP/1.1\r\nHost: x\r\n{CANARY} bad: x\r\n\r\n",
    f"GET / HTTP/1.1\r\nHost: x\r\nX: {CANARY}\x00\r\n\r\n",
    f"GET /{CANARY * 900} HTTP/1.1\r\nHost: x\r\n\r\n",
    f"GET / HTTP/1.1\r\nHost: x\r\nX: {CANARY * 900}\r\n\r\n",
    f"POST {HOOK_PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: {CANARY}\r\n\r\n",
    f"POST {HOOK_PATH} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n{CANARY}\r\n",
    f"POST {HOOK_PATH} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: {CANARY}\r\n\r\n",
]


@pytest.fixture(scope="module")
def after(
    tmp_path_factory: pytest.TempPathFactory, key_sets: KeyServer, ca_file: Path
) -> Iterator[tuple[Deployment, list[Answer], Path]]:
    """A service that was called with canaries everywhere, and all its answers."""
    folder = tmp_path_factory.mktemp("canaries")
    signer = ecdsa()
    file, database = folder / "clients.toml", folder / "trust.db"
    key_sets.serve("canaries", server.body(CANARY.encode(), f"text/{CANARY}"))
    key_sets.behaviours[server.FHIR] = server.keys(fhir_answer())
    trouble = {"id": "trouble", "issuer": "https://trouble.example", "jwks_url": key_sets.url("canaries")}
    base = f"https://localhost:{key_sets.port}/fhir"
    ours = {
        "id": "ehr", "issuer": ISSUER, "jwks": key_set(signer), "requests_per_minute": 100_000,
        "read_fhir": True, "fhir_servers": [{"base": base, "allow_private": True}],
    }  # fmt: skip
    file.write_text(as_toml(ours) + as_toml(trouble), "utf-8")
    trusted = {"SSL_CERT_FILE": str(ca_file), "REQUESTS_CA_BUNDLE": str(ca_file), "CDS_OPERATOR_TOKEN": OPERATOR}
    with deployed(folder, production(file, f"sqlite:///{database}", **trusted)) as deployment:
        answers = called(deployment, Issuer(ISSUER, signer, AUDIENCE), base)
        answers.append(deployment.sign(Issuer("https://trouble.example", signer, AUDIENCE).token()))
        yield deployment, answers, database


def fhir_answer() -> dict[str, Any]:
    """The answer of the EHR's FHIR server to every query: a Bundle with a canary in each of its texts."""
    condition = {
        "resourceType": "Condition",
        "id": CANARY,
        "code": {
            "text": CANARY,
            "coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "G40.9", "display": CANARY}],
        },
        "subject": {"reference": "Patient/pat-alcohol-epilepsy", "display": CANARY},
        "note": [{"text": CANARY}],
    }
    return {"resourceType": "Bundle", "id": CANARY, "type": "searchset", "entry": [{"resource": condition}]}


def called(deployment: Deployment, issuer: Issuer, base: str) -> list[Answer]:
    service = deployment.service
    answers = [deployment.sign(issuer.token(), body) for body in bodies()]
    answers += [deployment.sign(token) for token in tokens(issuer)]
    for header in HEADERS:
        sent = {"Content-Type": "application/json", "Authorization": f"Bearer {issuer.token()}", header: CANARY}
        answers.append(service.call("POST", HOOK_PATH, SANDBOX_ORDER.read_bytes(), sent))
    for path in (
        f"/{CANARY}",
        f"/cds-services/{CANARY}",
        f"/cds-services?{CANARY}={CANARY}",
        f"/{CANARY}%00",
        f"//{CANARY}",
    ):
        answers += [service.get(path), service.call("POST", path, CANARY.encode())]
    with_fhir = json.loads(SANDBOX_ORDER.read_bytes()) | {
        "fhirServer": base,
        "fhirAuthorization": {
            "access_token": CANARY, "token_type": "Bearer", "expires_in": 300, "scope": CANARY, "subject": CANARY,
        },
    }  # fmt: skip
    del with_fhir["prefetch"]
    answers.append(deployment.sign(issuer.token(), json.dumps(with_fhir).encode()))
    for raw in RAW:
        answers.append(service.exchange(raw.encode("latin-1")))
    return answers


def test_row_83_no_canary_is_in_the_log(after: tuple[Deployment, list[Answer], Path], key_sets: KeyServer) -> None:
    deployment, answers, _ = after
    assert key_sets.counts[server.FHIR] > 0
    log = deployment.log.read_text(encoding="utf-8")

    assert len(answers) > 150
    assert len(log.splitlines()) > 150
    assert CANARY.lower() not in log.lower()
    assert b64(CANARY.encode())[:-1] not in log


def test_row_83_the_log_is_json_with_fields_that_are_allowed_and_no_others(
    after: tuple[Deployment, list[Answer], Path],
) -> None:
    deployment, _, _ = after
    allowed = {"time", "level", "event", "message", "logger", "place", "exception", *FIELDS}

    for line in deployment.lines():
        assert set(line) <= allowed, line
    requests = [line for line in deployment.lines() if line["event"] == "request"]
    assert {line["client"] for line in requests} == {"ehr", "anonymous"}
    assert any(line.get("findings") for line in requests)


def test_row_83_no_canary_is_in_the_metrics_or_on_the_page_of_insights(
    after: tuple[Deployment, list[Answer], Path],
) -> None:
    deployment, _, _ = after
    shown = {"Authorization": f"Bearer {OPERATOR}"}
    metrics, *pages = (
        deployment.service.get(path, **shown) for path in ("/metrics", "/insights?lang=fr", "/insights.csv")
    )

    assert metrics.status == 200
    assert b'cds_fhir_reads_total{client="ehr",outcome="read"}' in metrics.body
    assert b'reason="algorithm"' in metrics.body
    assert {page.status for page in pages} == {200}
    for answer in (metrics, *pages):
        assert CANARY.lower().encode() not in answer.body.lower()


def test_row_83_no_canary_is_in_the_store(after: tuple[Deployment, list[Answer], Path]) -> None:
    _, _, database = after
    until_all_is_in_the_database(database)
    kept = [path for path in database.parent.rglob("*") if path.is_file() and "trust.db" in str(path)]
    everything = b"".join(path.read_bytes() for path in kept)

    assert b"specialist-care" in everything
    assert CANARY.encode() not in everything
    with sqlite3.connect(database) as connection:
        columns = [
            column[1]
            for table in ("used_tokens", "key_sets")
            for column in connection.execute(f"PRAGMA table_info({table})")
        ]
    assert columns == ["client", "jti", "until", "client", "attempted", "fetched", "document"]


def test_row_83_no_canary_is_in_an_answer_but_in_the_draft_that_a_suggestion_changes(
    after: tuple[Deployment, list[Answer], Path],
) -> None:
    """The prescriber's own draft is returned with its elements (design, section 8); nothing else is repeated."""
    _, answers, _ = after

    assert any(CANARY.encode() in answer.body for answer in answers)  # a draft goes back, or this looks at nothing
    for answer in answers:
        shown = {name: value for name, value in answer.headers.items() if name != "X-Request-Id"}
        assert CANARY not in str(shown)
        if CANARY.encode() in answer.body:
            assert answer.status == 200
            assert CANARY not in json.dumps(without_drafts(answer.json))


def without_drafts(answer: dict[str, Any]) -> dict[str, Any]:
    """The cards without the resources in actions, and without the references to the caller's own drafts."""
    for card in answer["cards"]:
        card["extension"]["org.baclofen-cds"].pop("orders", None)
        for suggestion in card.get("suggestions", []):
            for action in suggestion["actions"]:
                del action["resource"]
    return answer


def test_row_83_a_given_request_id_goes_back_but_only_a_uuid_is_logged(
    after: tuple[Deployment, list[Answer], Path],
) -> None:
    deployment, _, _ = after
    uuid = "0f8fad5b-d9cb-469f-a165-70867728950e"

    given = deployment.service.get("/cds-services", **{"X-Request-Id": uuid})
    other = deployment.service.get("/cds-services", **{"X-Request-Id": "1800175123456"})

    assert given.headers["X-Request-Id"] == uuid
    assert other.headers["X-Request-Id"] == "1800175123456"
    log = deployment.log.read_text(encoding="utf-8")
    assert uuid in log
    assert "1800175123456" not in log


def formatted(name: str, message: str, *args: object, **extra: Any) -> dict[str, Any]:
    record = logging.LogRecord(name, logging.ERROR, "/x/glue.py", 7, message, args, None)
    record.__dict__.update(extra)
    line: dict[str, Any] = json.loads(JsonLines().format(record))
    return line


def test_what_a_library_says_is_written_without_its_values() -> None:
    assert formatted("gunicorn.error", "Error at %s", CANARY)["message"] == "Error at %s"
    assert "message" not in formatted("urllib3", f"failed {CANARY}")
    assert formatted("urllib3", "x")["place"] == "glue.py:7"


def test_a_field_that_is_not_allowed_is_dropped() -> None:
    line = formatted("cds_service.events", "request", fields={"status": 200, "patient": CANARY})

    assert line["status"] == 200
    assert "patient" not in line
