"""Where the FHIR client goes and where it does not: row 78, with a record of every connection that Python makes."""

import socket
import ssl
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
import trustme

from cds_service.clients import Client, FhirServer
from cds_service.fhir_client.complete import FhirReader
from cds_service.fhir_client.grant import read_grant, read_scopes
from cds_service.fhir_client.places import may_be_called, read_place, system_addresses, url_within
from cds_service.order_sign import PREFETCH
from tests.fhir_stub import TOKEN, FhirStub, authorization, fhir_server

LISTED = "https://ehr.example.org/fhir/r4"
# Of the internet as far as anybody can tell, but never given out: nothing answers there.
PUBLIC = "2d00:1::7"

_connected: list[Any] = []
_is_recording = False


def _record(event: str, arguments: tuple[Any, ...]) -> None:
    if _is_recording and event == "socket.connect":
        _connected.append(arguments[1])


sys.addaudithook(_record)  # for good: there is no way to remove one


@pytest.fixture
def connected() -> Iterator[list[Any]]:
    """Every address that a socket of this process connects to while the test runs."""
    global _is_recording
    _connected.clear()
    _is_recording = True
    yield _connected
    _is_recording = False


class Resolver:
    """Answers each question in turn; the last answer stays. It is given as a parameter."""

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


def complete(asked: dict[str, Any], client: Client, resolver: Resolver, tls: ssl.SSLContext | None = None) -> Any:
    trusted = tls or ssl.create_default_context()
    reader = FhirReader(PREFETCH, resolve=resolver, tls=trusted)
    return reader.complete(asked, client, time.monotonic(), lambda _: True).get("prefetch", {})


# --- the URL ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "server",
    [
        "https://other.example.org/fhir/r4",
        "http://ehr.example.org/fhir/r4",
        "https://ehr.example.org:8443/fhir/r4",
        "https://ehr.example.org/fhir",
        "https://ehr.example.org/fhir/r4evil",
        "https://ehr.example.org/fhir/r4/../../admin",
        "https://ehr.example.org/fhir/r4/%2e%2e/admin",
        "https://ehr.example.org/fhir//r4",
        "https://ehr.example.org.evil/fhir/r4",
        "https://ehr.example.org@evil/fhir/r4",
        "https://ehr.example.org:443@evil/fhir/r4",
        "https://user:secret@ehr.example.org/fhir/r4",
        "https://evil/ehr.example.org/fhir/r4",
        "https://ehr.example.org./fhir/r4",
        "https://ehr.example.org\\@evil/fhir/r4",
        "https://ehr.example.org/fhir/r4?x=1",
        "https://ehr.example.org/fhir/r4#x",
        "https://ehr。example.org/fhir/r4",
        "https://еhr.example.org/fhir/r4",  # a Cyrillic letter
        "https://ehr.example.org/fhir/r4\r\nHost: evil",
        " https://ehr.example.org/fhir/r4",
        "//ehr.example.org/fhir/r4",
        "file:///etc/passwd",
        "ftp://ehr.example.org/fhir/r4",
        "gopher://ehr.example.org/fhir/r4",
        "https://localhost/fhir/r4",
        "https://127.0.0.1/fhir/r4",
        "https://2130706433/fhir/r4",
        "https://0177.0.0.1/fhir/r4",
        "https://0x7f.1/fhir/r4",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/fhir/r4",
        "https://[::ffff:127.0.0.1]/fhir/r4",
        "https://ehr.example.org:0/fhir/r4",
        "https://ehr.example.org:99999/fhir/r4",
        "",
        None,
        42,
        ["https://ehr.example.org/fhir/r4"],
    ],
)
def test_row_78_only_the_server_of_the_entry_is_looked_up_at_all(connected: list[Any], server: Any) -> None:
    resolver = Resolver([PUBLIC])

    assert complete(hook(server), reading(LISTED), resolver) == {}
    assert (resolver.asked, connected) == ([], [])


@pytest.mark.parametrize(
    "server",
    [
        LISTED,
        f"{LISTED}/",
        "HTTPS://EHR.example.ORG/fhir/r4",
        "https://ehr.example.org:443/fhir/r4",
        f"{LISTED}/tenant-1",
    ],
)
def test_the_same_server_written_otherwise_is_the_same(server: str) -> None:
    assert read_grant(hook(server), reading(LISTED)) is not None


def test_without_tls_only_where_the_entry_allows_a_private_network() -> None:
    plain = "http://ehr.example.org/fhir"

    assert read_grant(hook(plain), reading(plain)) is None
    assert read_grant(hook(plain), reading(plain, allow_private=True)) is not None


@pytest.mark.parametrize(
    ("link", "followed"),
    [
        (f"{LISTED}?page=2", f"{LISTED}?page=2"),
        (f"{LISTED}/Condition?patient=1&page=2", f"{LISTED}/Condition?patient=1&page=2"),
        ("Condition?page=2", f"{LISTED}/Condition?page=2"),
        ("?page=2", f"{LISTED}?page=2"),
        ("https://evil/fhir/r4?page=2", None),
        ("//evil/fhir/r4?page=2", None),
        ("https://ehr.example.org/admin", None),
        ("/admin", None),
        ("../../admin", None),
        (f"{LISTED}?page=2\r\nX: y", None),
        (f"{LISTED}?page=2#x", None),
        ("javascript:alert(1)", None),
        (None, None),
    ],
)
def test_row_78_a_link_is_followed_only_below_the_base(link: object, followed: str | None) -> None:
    base = read_place(LISTED)

    assert base is not None
    assert url_within(base, link) == followed


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
    assert may_be_called(address, allow_private=True)


@pytest.mark.parametrize("address", NEVER)
def test_row_78_no_entry_allows_link_local_and_the_like(address: str) -> None:
    assert not may_be_called(address, allow_private=True)


@pytest.mark.parametrize("address", ["8.8.8.8", "2a00:1450:4007:80e::200e", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_an_address_of_the_internet_may_be_called(address: str) -> None:
    assert may_be_called(address, allow_private=False)


@pytest.mark.parametrize("host", ["2130706433", "0177.0.0.1", "0x7f.1", "127.1", "localhost"])
def test_row_78_odd_ways_to_write_an_address_are_judged_by_what_they_are(host: str) -> None:
    """An entry may be wrong too: what the system makes of the name is judged."""
    try:
        addresses = system_addresses(host, 443)
    except socket.gaierror:
        return
    assert not any(may_be_called(address, allow_private=False) for address in addresses)


def test_row_78_a_resolver_that_changes_its_mind_has_no_say(connected: list[Any]) -> None:
    """DNS rebinding: each connection goes to the very addresses that were judged for it."""
    with fhir_server() as inside:
        port = inside.base.split(":")[2].partition("/")[0]
        listed = f"https://ehr.example.org:{port}/fhir/r4"
        resolver = Resolver([PUBLIC], ["127.0.0.1"])

        prefetch = complete(hook(listed), reading(listed), resolver)

        assert {address for address, *_ in connected} <= {PUBLIC}
        assert inside.seen == []
        assert {value.gap for value in prefetch.values()} == {"not-arrived"}


# --- the name, once the address is pinned -------------------------------------------------------


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

    assert prefetch["patient"] == {"resourceType": "Patient", "id": "p1"}
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
    def hangs(_host: str, _port: int) -> list[str]:
        time.sleep(2)
        return [PUBLIC]

    began = time.monotonic()
    reader = FhirReader(PREFETCH, resolve=hangs)
    reader.complete(hook(LISTED), reading(LISTED, budget_ms=200), began, lambda _: True)

    assert time.monotonic() - began < 0.4


# --- the grant -------------------------------------------------------------------------------


def test_row_83_the_token_is_in_no_representation() -> None:
    grant = read_grant(hook(LISTED), reading(LISTED))

    assert grant is not None
    assert grant.token == TOKEN
    assert TOKEN not in repr(grant)


@pytest.mark.parametrize(
    ("scope", "searched", "complete"),
    [
        ("patient/*.read", True, True),
        ("user/Condition.read", True, True),
        ("patient/Condition.*", True, True),
        ("patient/Condition.rs", True, True),
        ("system/*.cruds", True, True),
        ("patient/Condition.s", True, True),
        ("patient/Condition.r", False, False),
        ("patient/Condition.write", False, False),
        ("patient/Goal.read", False, False),
        ("patient/Condition.rs?category=problem-list-item", True, False),
        ("patient/Condition.rs?category=problem-list-item patient/*.rs", True, True),
        ("launch openid fhirUser offline_access patient/Condition.rs", True, True),
        ("Condition.Search (Problems) (R4)", True, True),
        ("patient/Goal.read Condition.Search", True, True),
        ("openid launch/patient", True, True),
        ("", True, True),
    ],
)
def test_fhr_6_scopes_of_smart_are_read_and_others_are_tried(scope: str, searched: bool, complete: bool) -> None:
    grant = read_grant(hook(LISTED, scope=scope), reading(LISTED))

    assert grant is not None
    assert grant.may_search("Condition") == searched
    assert grant.sees_all("Condition") == complete


@pytest.mark.parametrize("scope", [None, 42, ["patient/*.read"]])
def test_scopes_of_an_odd_shape_are_none_that_we_can_read(scope: object) -> None:
    assert read_scopes(scope) is None


@pytest.mark.parametrize("patient", ["p1/../p2", "p1?x=1", "a" * 65, "p 1", ""])
def test_row_52_an_id_that_fhir_does_not_allow_is_never_put_in_a_url(patient: str) -> None:
    asked = hook(LISTED, patient=None)
    asked["context"]["patientId"] = patient

    assert read_grant(asked, reading(LISTED)) is None
