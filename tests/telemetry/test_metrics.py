"""/metrics as Prometheus reads it: summed over all workers, for the operator only, with a closed list of labels."""

import base64
import json
import os
import shutil
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from cds_service.store import migrator
from tests.access.deployment import AUDIENCE, Deployment, as_toml, deployed, production
from tests.access.forge import Issuer, ecdsa, key_set
from tests.known import known
from tests.running.client import HOOK_PATH, Answer, Service, sandbox_order
from tests.store.waiting import eventually

OPERATOR = "an-operator's-token-of-40-characters-or-so"
ISSUER = "https://ehr.example"
FEEDBACK = f"{AUDIENCE}/feedback"
NOBODY = "https://127.0.0.1:9/fhir"

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


@pytest.fixture(scope="module")
def counters(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the counters, with files left behind by a killed service."""
    folder = tmp_path_factory.mktemp("counters")
    (folder / "counter_1.db").write_bytes(b"left over")
    return folder


@pytest.fixture(scope="module")
def signer() -> Issuer:
    return Issuer(ISSUER, ecdsa(), AUDIENCE)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, counters: Path, signer: Issuer) -> Iterator[Deployment]:
    folder = tmp_path_factory.mktemp("metrics")
    file = folder / "clients.toml"
    client = {
        "id": "ehr", "issuer": ISSUER, "jwks": key_set(signer.signer), "requests_per_minute": 100_000,
        "read_fhir": True, "fhir_servers": [{"base": NOBODY, "allow_private": True}],
    }  # fmt: skip
    file.write_text(as_toml(client), "utf-8")
    migrator.migrate(f"sqlite:///{folder}/cds.db")
    more = {"CDS_OPERATOR_TOKEN": OPERATOR, "PROMETHEUS_MULTIPROC_DIR": str(counters)}
    with deployed(folder, production(file, f"sqlite:///{folder}/cds.db", **more), workers=3) as deployment:
        yield deployment


def ask(service: Service, token: str = OPERATOR) -> Answer:
    return service.get("/metrics", Authorization=f"Bearer {token}")


def samples(service: Service) -> Samples:
    answer = ask(service)
    assert answer.status == 200
    families = text_string_to_metric_families(answer.body.decode())
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value for one in families for sample in one.samples
    }


def value(found: Samples, name: str, **labels: str) -> float:
    return found.get((name, frozenset(labels.items())), 0.0)


def calls(found: Samples, status: str = "200", client: str = "ehr") -> float:
    return value(found, "cds_requests_total", route=HOOK_PATH, status=status, client=client)


def many(running: Deployment, signer: Issuer, number: int) -> None:
    with ThreadPoolExecutor(12) as threads:
        answers = list(threads.map(lambda _: running.sign(signer.token()), range(number)))
    assert {answer.status for answer in answers} == {200}


def test_calls_findings_cards_and_times_are_counted_over_all_workers(
    running: Deployment, signer: Issuer, counters: Path
) -> None:
    before = samples(running.service)
    many(running, signer, 60)
    after = samples(running.service)

    assert len(list(counters.glob("counter_*.db"))) > 1  # more than one worker took part
    assert calls(after) - calls(before) == 60
    finding = {"finding": "daily-dose-above-recommended", "indicator": "critical"}
    assert value(after, "cds_findings_total", **finding) - value(before, "cds_findings_total", **finding) == 60
    critical = [value(found, "cds_cards_total", indicator="critical") for found in (before, after)]
    assert critical[1] - critical[0] == 60
    timed = [value(found, "cds_request_seconds_count", route=HOOK_PATH) for found in (before, after)]
    assert timed[1] - timed[0] == 60


def test_what_a_worker_that_was_killed_has_counted_stays(running: Deployment, signer: Issuer, counters: Path) -> None:
    many(running, signer, 30)
    before = samples(running.service)
    workers = {int(path.stem.rpartition("_")[2]) for path in counters.glob("counter_*.db")}

    os.kill(max(workers), signal.SIGKILL)
    many(running, signer, 30)

    assert calls(samples(running.service)) - calls(before) == 30


def test_the_counters_of_an_earlier_service_are_gone(running: Deployment, counters: Path) -> None:
    assert running.service.get("/healthz").status == 200
    assert not (counters / "counter_1.db").exists()


def test_a_refused_token_is_counted_by_its_reason(running: Deployment, signer: Issuer) -> None:
    before = samples(running.service)
    running.sign(signer.token(exp=1, iat=0))
    running.sign(None)
    after = samples(running.service)

    for reason in ("expired", "no-token"):
        counted = [value(found, "cds_token_refusals_total", reason=reason) for found in (before, after)]
        assert counted[1] - counted[0] == 1
    assert calls(after, "401", "anonymous") - calls(before, "401", "anonymous") == 2


def test_feedback_is_counted_by_what_the_card_showed(running: Deployment, signer: Issuer) -> None:
    before = samples(running.service)
    cards = running.sign(signer.token()).json["cards"]
    worst = next(card for card in cards if card["indicator"] == "critical")
    moment = "2026-11-22T10:00:00Z"
    items = [
        {"card": worst["uuid"], "outcome": "overridden", "outcomeTimestamp": moment},
        {"card": "0f8fad5b-d9cb-469f-a165-70867728950e", "outcome": "overridden", "outcomeTimestamp": moment},
    ]
    body = json.dumps({"feedback": items}).encode()
    for _ in range(2):  # sent twice, counted once
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {signer.token(aud=FEEDBACK)}"}
        assert running.service.call("POST", f"{HOOK_PATH}/feedback", body, headers).status == 200

    def counted(finding: str, outcome: str) -> float:
        labels = {"finding": finding, "outcome": outcome}
        found = samples(running.service)
        return value(found, "cds_feedback_total", **labels) - value(before, "cds_feedback_total", **labels)

    eventually(lambda: counted("daily-dose-above-recommended", "overridden") > 0)  # a thread brings it into the store
    assert counted("daily-dose-above-recommended", "overridden") == 1
    assert counted("unknown", "overridden") == 1


def test_reads_of_fhir_that_fail_are_counted_until_the_server_is_left_alone(
    running: Deployment, signer: Issuer
) -> None:
    grant = {"access_token": "t", "token_type": "Bearer", "expires_in": 300, "scope": "s", "subject": "c"}
    order = sandbox_order() | {"fhirServer": NOBODY, "fhirAuthorization": grant}
    del order["prefetch"]
    sent = 0
    while value(found := samples(running.service), "cds_fhir_reads_total", client="ehr", outcome="breaker-open") < 1:
        assert running.sign(signer.token(), json.dumps(order).encode()).status == 200
        sent += 1
        assert sent <= 3 * 5 + 1  # five faults in each of three workers

    assert value(found, "cds_fhir_reads_total", client="ehr", outcome="not-arrived") >= 5
    assert value(found, "cds_fhir_breaker_open", client="ehr") == 1


def test_every_label_is_one_that_was_known_before(running: Deployment, signer: Issuer) -> None:
    running.service.get("/Canary-path?patient=Canary-query", **{"User-Agent": "Canary-agent"})
    running.sign(signer.token(), json.dumps({"hook": "Canary-hook"}).encode())
    found = samples(running.service)

    knowledge = known()
    ids = {rule.id for rule in knowledge.rules.rules}
    labels: dict[str, set[str]] = {}
    for _, labelled in found:
        for name, text in labelled:
            labels.setdefault(name, set()).add(text)
    assert labels["finding"] <= ids | {"unknown"}
    assert labels["rule"] == ids
    assert labels["rules_version"] == {knowledge.rules_version}
    assert labels["client"] <= {"ehr", "anonymous"}
    assert labels["route"] <= {HOOK_PATH, f"{HOOK_PATH}/feedback", "/healthz", "/readyz", "/metrics", "none"}
    assert "Canary" not in ask(running.service).body.decode()


def test_metrics_are_for_the_operator_only(running: Deployment, signer: Issuer) -> None:
    basic = base64.b64encode(f"anybody:{OPERATOR}".encode()).decode()

    assert running.service.get("/metrics", Authorization=f"Basic {basic}").status == 200
    assert ask(running.service).headers["Content-Type"].startswith("text/plain; version=0.0.4")
    for shown in ({}, {"Authorization": f"Bearer {OPERATOR[:-1]}"}, {"Authorization": "Basic %%%"}):
        refused = running.service.get("/metrics", **shown)
        assert refused.status == 401
        assert "cds_requests" not in refused.body.decode()
    assert ask(running.service, signer.token(aud="https://cds.example/metrics")).status == 401


def test_a_demonstration_without_a_token_shows_its_metrics(demo: Deployment) -> None:
    assert demo.service.get("/metrics").status == 200


def test_the_age_of_the_rules_and_the_version_are_told(demo: Deployment) -> None:
    found = samples(demo.service)

    knowledge = known()
    assert value(found, "cds_build", rules_version=knowledge.rules_version) == 1
    assert value(found, "cds_rule_review_age_days", rule="specialist-care") >= 0
    assert value(found, "cds_ready", status="ready") == 1


def test_a_counter_that_cannot_be_written_holds_back_no_card(tmp_path: Path) -> None:
    counters = tmp_path / "counters"
    environment = {
        "CDS_MODE": "demo",
        "CDS_DATABASE_URL": f"sqlite:///{tmp_path}/cds.db",
        "PROMETHEUS_MULTIPROC_DIR": str(counters),
    }
    with deployed(tmp_path, environment, workers=2) as deployment:
        assert deployment.sign(None).json["cards"]
        workers = {int(path.stem.rpartition("_")[2]) for path in counters.glob("counter_*.db")}
        shutil.rmtree(counters)
        counters.write_text("no folder", "utf-8")
        for worker in workers:
            os.kill(worker, signal.SIGKILL)  # the worker that replaces it has no file yet

        with ThreadPoolExecutor(12) as threads:
            answers = list(threads.map(lambda _: deployment.sign(None), range(48)))

    assert [bool(answer.json["cards"]) for answer in answers] == [True] * 48
