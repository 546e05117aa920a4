"""Row 78, the address: no internal address is called, and the address that was checked is the one that is called."""

import socket
import ssl
import threading
import time
from typing import Any

import pytest
import trustme

from cds_service.base.names import PREFETCH
from cds_service.core.record.prefetch import read_record
from cds_service.fhir_client.complete import FhirReader
from cds_service.fhir_client.urls import system_addresses
from cds_service.http.addresses import is_allowed_address
from tests.fhir_client.reading import LISTED, PUBLIC, Resolver, complete, hook, reading
from tests.fhir_stub import FhirStub, fhir_server

# --- the address -----------------------------------------------------------------------------

INSIDE = [
    "127.0.0.1",
    "127.8.8.8",
    "10.0.0.8",
    "172.16.3.4",
    "192.168.1.1",
    "100.64.0.1",
    "::1",
    "fd00::8",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.8",
    "64:ff9b::7f00:1",
]
NEVER = [
    "0.0.0.0",  # noqa: S104 - nobody binds to it
    "169.254.169.254",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "fe80::1",
    "224.0.0.1",
    "255.255.255.255",
    "240.0.0.1",
    "::",
    "ff02::1",
    "2002:7f00:1::",
    "2001:0:7f00:1::1",
    "fd00:ec2::254",
    "fd20:ce::254",
    "100.100.100.200",
    "::ffff:100.100.100.200",
    "192.0.0.192",
    "168.63.129.16",
]


@pytest.mark.parametrize("address", [*INSIDE, *NEVER])
def test_row_78_an_address_inside_is_not_connected_to(connected: list[Any], address: str) -> None:
    resolver = Resolver([address])

    prefetch = complete(hook(LISTED), reading(LISTED), resolver)

    assert set(resolver.asked) == {"ehr.example.org"}
    assert connected == []
    assert {value.gap for value in prefetch.values()} == {"not-arrived"}


def test_row_78_one_address_inside_among_others_is_enough_to_refuse(connected: list[Any]) -> None:
    complete(hook(LISTED), reading(LISTED), Resolver([PUBLIC, "10.0.0.8"]))

    assert connected == []


@pytest.mark.parametrize("address", INSIDE)
def test_an_entry_may_allow_a_private_network(address: str) -> None:
    assert is_allowed_address(address, allow_private=True)


@pytest.mark.parametrize("address", NEVER)
def test_row_78_no_entry_allows_link_local_and_the_like(address: str) -> None:
    assert not is_allowed_address(address, allow_private=True)


@pytest.mark.parametrize("address", ["8.8.8.8", "2a00:1450:4007:80e::200e", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_an_address_of_the_internet_may_be_called(address: str) -> None:
    assert is_allowed_address(address, allow_private=False)


@pytest.mark.parametrize("host", ["2130706433", "0177.0.0.1", "0x7f.1", "127.1", "localhost"])
def test_row_78_odd_ways_to_write_an_address_are_judged_by_what_they_are(host: str) -> None:
    """The name may also come from a wrong entry: the address to which the system resolves it is checked."""
    try:
        addresses = system_addresses(host, 443)
    except socket.gaierror:
        return
    assert not any(is_allowed_address(address, allow_private=False) for address in addresses)


def test_row_78_a_resolver_that_changes_its_mind_has_no_say(connected: list[Any]) -> None:
    """DNS rebinding: a connection is made only to the addresses that were checked for it."""
    with fhir_server() as inside:
        port = inside.base.split(":")[2].partition("/")[0]
        listed = f"https://ehr.example.org:{port}/fhir/r4"
        resolver = Resolver([PUBLIC], ["127.0.0.1"])

        prefetch = complete(hook(listed), reading(listed), resolver)

        assert {address for address, *_ in connected} <= {PUBLIC}
        assert inside.seen == []
        assert {value.gap for value in prefetch.values()} == {"not-arrived"}


# --- the host name in TLS, once the address is fixed --------------------------------------------


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def serving(authority: trustme.CA, name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    context.sni_callback = lambda _socket, asked, _context: _SNI.append(asked)
    return context


_SNI: list[str | None] = []


def trusting(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def held(stub: FhirStub) -> None:
    stub.data["Patient"] = [{"resourceType": "Patient", "id": "p1"}]


def test_row_78_the_pinned_connection_names_the_host_of_the_url(authority: trustme.CA, connected: list[Any]) -> None:
    _SNI.clear()
    with fhir_server(serving(authority, "ehr.example.org"), "ehr.example.org") as stub:
        held(stub)
        resolver = Resolver(["127.0.0.1"])

        prefetch = complete(hook(stub.base), reading(stub.base, True, 5000), resolver, trusting(authority))

    assert prefetch["patient"].resources == ({"resourceType": "Patient", "id": "p1"},)
    assert {seen.headers["Host"] for seen in stub.seen} == {stub.base.split("/")[2]}
    assert set(_SNI) == {"ehr.example.org"}
    assert len(resolver.asked) == len(connected) == len(PREFETCH)
    assert {address for address, *_ in connected} == {"127.0.0.1"}


@pytest.mark.parametrize("case", ["another name", "another authority"])
def test_row_78_a_certificate_of_another_gets_no_token(authority: trustme.CA, case: str) -> None:
    name = "other.example.org" if case == "another name" else "ehr.example.org"
    signed_by = authority if case == "another name" else trustme.CA()
    with fhir_server(serving(signed_by, name), "ehr.example.org") as stub:
        prefetch = complete(
            hook(stub.base), reading(stub.base, True, 2000), Resolver(["127.0.0.1"]), trusting(authority)
        )

    assert stub.seen == []
    assert {value.gap for value in prefetch.values()} == {"not-arrived"}


def test_a_resolver_that_hangs_holds_nobody_up() -> None:
    may_end, ended = threading.Event(), threading.Event()

    def hangs(_host: str, _port: int) -> list[str]:
        may_end.wait(10)
        ended.set()
        return [PUBLIC]

    reader = FhirReader(PREFETCH, resolve=hangs)
    reader.complete(hook(LISTED), read_record({}), reading(LISTED, budget_ms=200), time.monotonic(), lambda *_: True)

    assert not ended.is_set()
    may_end.set()
