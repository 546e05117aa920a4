"""Row 78, the URL: which URLs the FHIR client calls and which it does not."""

from typing import Any

import pytest

from cds_service.fhir_client.grant import read_grant
from cds_service.fhir_client.urls import url_within
from cds_service.http.addresses import read_base_url
from tests.fhir_client.reading import LISTED, PUBLIC, Resolver, complete, hook, reading


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
    base = read_base_url(LISTED)

    assert base is not None
    assert url_within(base, link) == followed
