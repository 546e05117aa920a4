"""The JSON reader refuses malformed input and keeps numbers exact."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_service.base.errors import RequestError
from cds_service.http.json_reader import read_call, read_hook, read_resource

TEXTS = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from('[]{}"\\'))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
)


def refusal(body: bytes, *keys: str) -> str:
    with pytest.raises(RequestError) as caught:
        read_hook(body, keys)
    assert caught.value.status == 400
    return str(caught.value)


@given(context=VALUES, wanted=VALUES, ascii_only=st.booleans())
def test_what_is_sent_is_what_is_read(context: Any, wanted: Any, ascii_only: bool) -> None:
    hook = {"context": context, "prefetch": {"wanted": wanted}}

    body = json.dumps(hook, ensure_ascii=ascii_only).encode()

    assert read_hook(body, {"wanted"}) == hook


@given(st.lists(st.sampled_from(["[", '{"\\\\\\"]":', '{"}[":']), max_size=80))
def test_depth_is_counted_exactly_whatever_the_strings_hold(openings: list[str]) -> None:
    closings = ["]" if opening == "[" else "}" for opening in reversed(openings)]
    body = ('{"context":' + "".join(openings) + '"]{\\"[\\\\"' + "".join(closings) + "}").encode()

    if len(openings) < 64:
        assert "context" in read_hook(body, ())
    else:
        assert "64 deep" in refusal(body)


def test_width_is_not_depth() -> None:
    assert read_hook(b'{"context":[' + b"[{}]," * 9_999 + b"{}]}", ())["context"][-1] == {}


@pytest.mark.parametrize("number", ["80.0", "0.1", "1E2", "1e-400", "12345678901234567890.5"])
def test_decimals_are_exact_in_the_context_and_in_the_prefetch(number: str) -> None:
    hook = read_hook(f'{{"context":{number},"prefetch":{{"a":{number}}}}}'.encode(), {"a"})

    for value in (hook["context"], hook["prefetch"]["a"]):
        assert isinstance(value, Decimal)
        assert str(value) == str(Decimal(number))


@pytest.mark.parametrize("digits", [1, 19, 20, 400, 4_000, 4_001, 5_000])
def test_whole_numbers_of_many_digits_are_exact(digits: int) -> None:
    number = "9" * digits

    hook = read_hook(f'{{"context":{number},"prefetch":{{"a":-{number}}}}}'.encode(), {"a"})

    assert hook["context"] == Decimal(number)
    assert hook["prefetch"]["a"] == Decimal("-" + number)


@pytest.mark.parametrize("number", ["1e999", "1e-999", "1e401", "1e-999999999", "1e99999999999999999999"])
def test_extreme_exponents_are_refused(number: str) -> None:
    assert refusal(f'{{"context":[{number}]}}'.encode()).startswith("context: holds a number with an exp")
    assert refusal(f'{{"prefetch":{{"a":{number}}}}}'.encode(), "a").startswith("prefetch.a: ")


def test_numbers_too_long_to_compute_with_are_refused() -> None:
    assert "more than 10000 digits" in refusal(b'{"context":' + b"1" * 10_001 + b"}")


@pytest.mark.parametrize("literal", [b"NaN", b"Infinity", b"-Infinity", b"01", b"1.", b".5", b"+1", b"tru"])
def test_what_is_no_json_value_is_refused_anywhere(literal: bytes) -> None:
    for body in (
        b'{"a":%b}' % literal,
        b'{"prefetch":{"a":%b}}' % literal,
        b'{"prefetch":{"unwanted":[%b]}}' % literal,
    ):
        assert "not well-formed" in refusal(body, "a")


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (b'{"hook":"a","hook":"b"}', "body"),
        (b'{"hook":"a","\\u0068ook":"b"}', "body"),
        (b'{"context":{"a":[{"b":1,"b":2}]}}', "context"),
        (b'{"prefetch":{"a":null,"a":null}}', "prefetch"),
        (b'{"secret":{"b":1,"b":2}}', "body"),
    ],
)
def test_a_member_given_twice_is_refused(body: bytes, where: str) -> None:
    assert refusal(body, "a").startswith(f"{where}: holds an object that names the same member twice")


@pytest.mark.parametrize(
    "content",
    [
        b'{"entry":[{"a":"\\"","b":2.50}],"entry":[]}',
        b'{"value":40,"value":400}',
        b'[{"\\u0061":"\\\\","a":"\\\\\\""}]',
        b'{"value":40,"value":99999999999999999999999}',
    ],
)
def test_a_prefetch_key_that_holds_a_member_twice_is_no_resource_and_costs_no_other_key(content: bytes) -> None:
    hook = read_hook(b'{"prefetch":{"a":%b,"b":{"c":"\\u0022\\\\","d":1.0}}}' % content, {"a", "b"})

    assert hook["prefetch"] == {"a": {}, "b": {"c": '"\\', "d": Decimal("1.0")}}


def test_a_resource_that_holds_a_member_twice_is_refused() -> None:
    with pytest.raises(RequestError):
        read_resource(b'{"resourceType":"Bundle","entry":[{}],"entry":[]}')


def test_only_the_wanted_prefetch_is_read_and_each_state_of_it_is_kept() -> None:
    prefetch = b'{"bundle":{"entry":[]},"none":null,"page":"<html>","other":{"a":1e999}}'

    hook = read_hook(b'{"prefetch":%b}' % prefetch, {"bundle", "none", "page", "absent"})

    assert hook["prefetch"] == {"bundle": {"entry": []}, "none": None, "page": "<html>"}


def test_prefetch_that_is_null_or_an_empty_array_is_absent_and_one_that_is_no_object_is_refused() -> None:
    for prefetch in (b"null", b"[]"):
        assert read_hook(b'{"prefetch": %b }' % prefetch, {"a"}) == {}
    for prefetch in (b"[5]", b'"x"', b"5", b"true"):
        assert refusal(b'{"prefetch":%b}' % prefetch).startswith("prefetch: is not a JSON object")


@pytest.mark.parametrize("text", [b"\xff", b"\xed\xa0\x80", b"\\ud800", b"\\udc00", b"\x00", b"\n", b"\\q"])
def test_text_that_is_none_is_refused_even_where_nobody_looks(text: bytes) -> None:
    refusal(b'{"context":"%b"}' % text)
    refusal(b'{"prefetch":{"unwanted":"%b"}}' % text)


@pytest.mark.parametrize("body", [b"", b" ", b"null", b"[]", b'"x"', b"0", b"{", b"{} {}", b"\xef\xbb\xbf{}"])
def test_only_one_object_is_a_body(body: bytes) -> None:
    refusal(body)


def test_deep_nesting_ends_in_a_refusal_not_in_a_crash() -> None:
    assert "64 deep" in refusal(b'{"a":' + b"[" * 1_000_000)
    assert "64 deep" in refusal(b'{"prefetch":{"x":' + b'{"a":' * 100_000 + b"0" + b"}" * 100_002)


# --- the prefetch apart ----------------------------------------------------------------------


@given(context=VALUES, prefetch=st.dictionaries(TEXTS, VALUES, max_size=3), ascii_only=st.booleans())
def test_the_prefetch_of_a_call_stays_as_it_was_sent(context: Any, prefetch: Any, ascii_only: bool) -> None:
    body = json.dumps({"context": context, "prefetch": prefetch}, ensure_ascii=ascii_only).encode()

    call = read_call(body)

    assert call.members == {"context": context}
    assert call.prefetch == json.dumps(prefetch, ensure_ascii=ascii_only).encode()


@given(context=VALUES, prefetch=st.dictionaries(TEXTS, VALUES, max_size=3), last=st.booleans())
def test_a_prefetch_that_is_no_json_is_cut_out_by_its_brackets(context: Any, prefetch: Any, last: bool) -> None:
    """Whatever else bears its name, and whatever brackets stand in strings."""
    sent = {"context": {"prefetch": context}, "extension": "prefetch", "prefetch": {"x": "BROKEN", **prefetch}}
    ordered = sent if last else dict(reversed(sent.items()))
    body = json.dumps(ordered).replace('"BROKEN"', "NaN").encode()

    call = read_call(body)

    assert call.members == {"context": {"prefetch": context}, "extension": "prefetch"}
    assert call.prefetch == json.dumps(sent["prefetch"]).replace('"BROKEN"', "NaN").encode()
    assert "prefetch: is not well-formed" in refusal(body, "x")


@pytest.mark.parametrize(
    "body",
    [
        b'{"prefetch":{"a":NaN}',
        b'{"prefetch":{"a":NaN}}}',
        b'{"prefetch":{"a":[NaN}}',
        b'{"prefetch":NaN}',
        b'{"prefetch":{"a":NaN},"prefetch":{}}',
        b'{"prefetch":{"a":NaN},"prefetch":{"a":NaN}}',
        b'{"prefetch":{"a":"NaN}}',
        b'[{"prefetch":{"a":NaN}}]',
        b'{"context":NaN,"prefetch":{}}',
        b'{"prefetch":[NaN]}',
    ],
)
def test_a_body_that_is_broken_elsewhere_is_refused(body: bytes) -> None:
    with pytest.raises(RequestError):
        read_call(body)


@pytest.mark.parametrize(
    "filling", [b"[],", b'\\"', b"\\", b',"prefetch"', b',"prefetch":', b',"prefetch" : {}', b" ", b'"', b"{"]
)
def test_a_broken_body_is_gone_through_once(filling: bytes) -> None:
    """Gone through again from each place of it, one of these would take days."""
    for opening in (b'{"a":NaN', b'{"prefetch":{"a":NaN', b'{"prefetch":{"a":"'):
        with pytest.raises(RequestError):
            read_call(opening + filling * (1024 * 1024 // len(filling)))


@pytest.mark.parametrize(
    ("body", "place"),
    [(b'{"hook": ', "line 1, column 10"), (b'{"hook": "x",\n "a": tru}', "line 2, column 8")],
)
def test_a_body_that_is_no_json_is_refused_with_its_place(body: bytes, place: str) -> None:
    with pytest.raises(RequestError, match=place):
        read_call(body)
