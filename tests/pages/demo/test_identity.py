"""The first page refuses numbers that look like a national identifier, and no others."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from cds_service.pages.demo.identity import looks_like_identity
from tests.pages.demo.first_page import FORM, WORST, html, post, text_of
from tests.running.client import SANDBOX_ORDER

PROFILES = Path(__file__).parents[3] / "fhir_profiles"


@st.composite
def numbers(draw: st.DrawFn) -> tuple[str, ...]:
    """The parts of a French national identifier (NIR): sex, year, month, department, commune, order."""
    return (
        draw(st.sampled_from("12")),
        f"{draw(st.integers(0, 99)):02}",
        f"{draw(st.integers(1, 12)):02}",
        draw(st.one_of(st.sampled_from(["2A", "2B", "2a"]), st.integers(1, 99).map(lambda number: f"{number:02}"))),
        f"{draw(st.integers(1, 999)):03}",
        f"{draw(st.integers(1, 999)):03}",
    )


def key_of_parts(parts: tuple[str, ...]) -> str:
    department = {"2A": "19", "2B": "18"}.get(parts[3].upper(), parts[3])
    return f"{97 - int(''.join([*parts[:3], department, *parts[4:]])) % 97:02}"


@given(
    numbers(), st.sampled_from(["", " ", "\u00a0", ".", "-"]), st.sampled_from(["{}", "n° {},", '{{"value":"{}"}}'])
)
def test_every_nir_is_seen_with_and_without_its_key(parts: tuple[str, ...], gap: str, around: str) -> None:
    whole = gap.join([*parts, key_of_parts(parts)])

    assert looks_like_identity(around.format(whole))
    assert looks_like_identity(around.format(gap.join(parts)))


def test_a_number_given_for_a_time_is_seen_by_its_key_alone() -> None:
    key = 97 - 7550814168025 % 97

    assert looks_like_identity(f"7550814168025{key:02}")
    assert not looks_like_identity(f"7550814168025{key % 97 + 1:02}")


def test_an_ins_is_seen_by_its_system_and_behind_escapes() -> None:
    assert looks_like_identity('{"system": "urn:oid:1.2.250.1.213.1.4.8", "value": "x"}')
    assert looks_like_identity('{"value": "\\u0032550814168025\\u0033\\u0038"}')


def codes() -> Iterator[str]:
    for path in sorted(PROFILES.glob("*/*.json")):
        yield from re.findall(r'"([0-9A-Za-z.-]{6,})"', path.read_text("utf-8"))


def test_every_code_that_we_know_passes() -> None:
    known = set(codes())

    assert {"3400930163528", "66009893", "431260004"} <= known
    assert not [code for code in known if looks_like_identity(code)]


@pytest.mark.parametrize(
    "text",
    [
        "11111111-2222-3333-4444-555555555555", "2026-11-22T10:15:30.123456+01:00", "1795341600000",
        "urn:oid:1.2.250.1.213.1.1.4.322", "16224991000119103", "+33 1 55 87 30 00", "12345678901234567890",
    ],
)  # fmt: skip
def test_other_numbers_pass(text: str) -> None:
    assert not looks_like_identity(text)


def test_the_requests_of_the_page_pass(client: FlaskClient) -> None:
    for case in WORST:
        assert not looks_like_identity(text_of(html(client, "/", case=case), "raw-request"))


@pytest.mark.parametrize("written", ["255081416802538", "2 55 08 14 168 025 38"])
def test_an_identifier_is_refused_wherever_it_is_put_and_not_shown_again(client: FlaskClient, written: str) -> None:
    hook = json.loads(SANDBOX_ORDER.read_bytes())
    hook["prefetch"]["patient"]["identifier"] = [{"value": written}]
    answers = [
        client.get("/", query_string={**FORM, "drinks": written}),
        client.get("/", query_string={"case": "start", "note": written}),
        client.get("/connect", query_string={"id": written, "issuer": "x"}),
        post(client, json.dumps(hook)),
        post(client, written),
    ]

    for response in answers:
        page = response.get_data(as_text=True)
        assert response.status_code == 400
        assert 'role="alert"' in page
        assert written not in page
        assert "NIR" in page
