"""Reads which FHIR servers may be read for a client."""

from dataclasses import dataclass

from cds_service.config.client_fields import NO_DEFAULT, ClientTable
from cds_service.config.toml_tables import Table
from cds_service.http.addresses import is_never_called, read_base_url

# A host, optionally a port and a path; no user info, query or fragment.
HTTPS = r"https://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?(/[A-Za-z0-9._~%+-]+)*/?"

NEVER_CALLED = ("is an address that is never called: a machine's own credentials may be there", "name its own server")


@dataclass(frozen=True)
class FhirServer:
    """A FHIR server that may be read for a client. `base` is its exact base URL, without a trailing slash.

    `allow_private` permits addresses of private networks, and http where the mode is demo (settings.py).
    """

    base: str
    allow_private: bool = False


def read_fhir_servers(fields: ClientTable, name: str) -> tuple[FhirServer, ...]:
    return tuple(_fhir_server(table) for table in fields.tables(name, fields.table.faults))


def _fhir_server(table: Table) -> FhirServer:
    fields = ClientTable(table)
    private = fields.flag("allow_private")
    # http only with `allow_private`: for tests and demonstrations.
    form = HTTPS.replace("https", "https?") if private else HTTPS
    base = fields.text("base", form, "an https URL without user or query", NO_DEFAULT)
    server = FhirServer(base.rstrip("/"), private)
    if base and (read := read_base_url(base)) is None:
        table.fault("base", "is not an address that the service reads", "leave out %, empty segments, . and ..")
    elif base and read and is_never_called(read.host):
        table.fault("base", *NEVER_CALLED)
    table.finish()
    return server
