"""Row 32: the cases of Project Wycheproof's vectors for JWS, generated here for our token reader.

Each vector is an encoding that some library once accepted. All except the valid one must be refused.
"""

import json

import pytest

from cds_service.access.tokens import Refused, read_token
from tests.access.forge import b64, signed_part, signer_of


def good_token() -> str:
    signer = signer_of("ES384")
    part = signed_part("ES384", "key")
    return f"{part.decode()}.{b64(signer.sign(part))}"


def spellings() -> dict[str, str]:
    h, c, s = good_token().split(".")
    return {
        "padded": f"{h}=.{c}.{s}",
        "padded signature": f"{h}.{c}.{s}==",
        "standard alphabet": f"{h}.{c}.{s[:-1]}+",
        "slash": f"{h}.{c}.{s[:-1]}/",
        "space within": f"{h}.{c[:1]} {c[1:]}.{s}",
        "line break at the end": f"{h}.{c}.{s}\n",
        "line break within": f"{h}.\n{c}.{s}",
        "two parts": f"{h}.{c}",
        "no signature": f"{h}.{c}.",
        "no claims": f"{h}..{s}",
        "four parts": f"{h}.{c}.{s}.{s}",
        "five parts, as a JWE": f"{h}.{c}.{s}.{s}.{s}",
        "JSON serialisation": json.dumps({"protected": h, "payload": c, "signature": s}),
        "a bit that decodes to nothing": f"{h}.e31.{s}",
        "length 1 modulo 4": f"{h}.{c}.{s}A",
    }


# Invalid forms of a header, and also of the claims.
NOT_AN_OBJECT = {
    "member twice": b'{"alg": 1, "alg": 2}',
    "member twice, escaped": rb'{"alg": 1, "\u0061lg": 2}',
    "member twice, deep": b'{"a": [{"b": 1, "b": 2}]}',
    "a list": b"[]",
    "a number": b"1",
    "null": b"null",
    "empty": b" ",
    "trailing comma": b'{"a": 1,}',
    "two objects": b"{}{}",
    "comment": b"{}//",
    "byte order mark": "\ufeff{}".encode(),
    "not UTF-8": b'{"a": "\xff"}',
    "UTF-16": "{}".encode("utf-16"),
    "deep": b"[" * 5_000,
    "NaN": b'{"a": NaN}',
    "Infinity": b'{"a": -Infinity}',
}


def test_row_32_the_good_spelling_is_read() -> None:
    assert read_token("Bearer " + good_token()).header["alg"] == "ES384"


@pytest.mark.parametrize("name", list(spellings()))
def test_row_32_another_spelling_of_a_token_is_refused(name: str) -> None:
    with pytest.raises(Refused):
        read_token(f"Bearer {spellings()[name]}")


@pytest.mark.parametrize("name", list(NOT_AN_OBJECT))
def test_row_32_what_is_not_one_json_object_is_refused(name: str) -> None:
    head, claims, signature = good_token().split(".")
    other = b64(NOT_AN_OBJECT[name])

    for token in (f"{other}.{claims}.{signature}", f"{head}.{other}.{signature}"):
        with pytest.raises(Refused):
            read_token(f"Bearer {token}")
