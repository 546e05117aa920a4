"""A client that may read from a FHIR server, and a DNS resolver that is passed as a parameter."""

import ssl
import time
from typing import Any

from cds_service.base.names import PREFETCH
from cds_service.config.clients import Client
from cds_service.config.fhir_servers import FhirServer
from cds_service.core.record.prefetch import Records, read_record
from cds_service.fhir_client.complete import FhirReader
from tests.fhir_stub import authorization

LISTED = "https://ehr.example.org/fhir/r4"

# Public addresses that are not assigned: nothing answers there.
PUBLIC = "2d00:1::7"


class Resolver:
    """Returns its answers in turn and repeats the last one. It is passed as a parameter."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    def __call__(self, host: str, _port: int) -> list[str]:
        self.asked.append(host)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def reading(server: str, allow_private: bool = False, budget_ms: int = 400) -> Client:
    return Client(id="ehr", fhir_servers=(FhirServer(server, allow_private),), read_fhir=True, budget_ms=budget_ms)


def hook(server: Any, **changes: Any) -> dict[str, Any]:
    context = {"patientId": "p1", "draftOrders": {"resourceType": "Bundle", "entry": []}}
    return {"context": context, "fhirServer": server, "fhirAuthorization": authorization(**changes)}


def complete(
    asked: dict[str, Any], client: Client, resolver: Resolver, tls: ssl.SSLContext | None = None
) -> dict[str, Records]:
    """What was read, or tried, of a record of which nothing was sent."""
    trusted = tls or ssl.create_default_context()
    reader = FhirReader(PREFETCH, resolve=resolver, tls=trusted)
    _, record = reader.complete(asked, read_record({}), client, time.monotonic(), lambda *_: True)
    return {key: records for key, records in record.items() if records.gap != "not-sent"}
