"""The JCS subset: the same bytes as RFC 8785's own algorithm, and named documents that are refused."""

import json
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.domain import jcs
from narrowgate.domain.errors import InvalidInput
from narrowgate.domain.vocabulary import EventKind

ASCII = st.text(st.characters(max_codepoint=127), max_size=12)
SCALARS = st.none() | st.booleans() | st.integers(-jcs.MAX_INTEGER, jcs.MAX_INTEGER) | st.text(max_size=12)
VALUES = st.recursive(SCALARS, lambda v: st.lists(v, max_size=5) | st.dictionaries(ASCII, v, max_size=5), max_leaves=20)


@given(VALUES)
def test_rfc8785_agrees_and_parsing_returns_the_value(value: Any) -> None:
    data = jcs.canonical(value)
    assert data == rfc8785.dumps(value)
    assert jcs.parse(data, exact=True) == value


@given(st.text(st.characters(max_codepoint=0x2100), max_size=60))
def test_rfc8785_agrees_on_every_escape(text: str) -> None:
    assert jcs.canonical(text) == rfc8785.dumps(text)


@given(st.binary(max_size=40) | st.text(max_size=40).map(str.encode))
def test_parse_returns_or_refuses(data: bytes) -> None:
    try:
        value = jcs.parse(data)
    except InvalidInput:
        return
    assert jcs.parse(jcs.canonical(value), exact=True) == value


def test_tuples_are_arrays_and_enumerations_strings() -> None:
    assert jcs.canonical({"kind": EventKind.DECISION, "rows": (1, 2)}) == b'{"kind":"decision","rows":[1,2]}'


def _deep(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


def test_the_limits_themselves_are_taken() -> None:
    for value in (jcs.MAX_INTEGER, -jcs.MAX_INTEGER, _deep(64)):
        assert jcs.parse(jcs.canonical(value), exact=True) == value
    assert jcs.parse(b"123", limit=3) == 123


NO_FORM = {
    "a fraction": (1.5, TypeError),
    "a whole float": ({"a": 1.0}, TypeError),
    "not a number": ([float("nan")], TypeError),
    "a key that is an integer": ({1: "a"}, TypeError),
    "a key that is nothing": ({None: "a"}, TypeError),
    "a key beyond ascii": ({"é": 1}, ValueError),
    "a key that is a lone surrogate": ({"\ud800": 1}, ValueError),
    "bytes": (b"a", TypeError),
    "a set": ({"a"}, TypeError),
    "an integer too large": (2**53, ValueError),
    "an integer too small": (-(2**53), ValueError),
    "a lone surrogate": ("\udc00", ValueError),
    "nested too deep": (_deep(65), ValueError),
    "objects nested too deep": ({"a": _deep(64)}, ValueError),
    "nested far too deep": (_deep(100_000), ValueError),
}


@pytest.mark.parametrize("name", NO_FORM)
def test_what_has_no_canonical_form(name: str) -> None:
    value, error = NO_FORM[name]
    with pytest.raises(error):
        jcs.canonical(value)


REFUSED = {
    "nothing": (b"", "malformed json at line 1 column 1"),
    "not utf-8": (b'"\xff"', "json is not utf-8 at byte 1"),
    "utf-16": ('{"a":1}'.encode("utf-16"), "json is not utf-8 at byte 0"),
    "a byte order mark": (b"\xef\xbb\xbf1", "malformed json at line 1 column 1"),
    "two documents": (b"1 2", "malformed json at line 1 column 3"),
    "a trailing comma": (b"[1,]", "malformed json at line 1 column 4"),
    "a duplicate key": (b'{"a":1,"a":1}', "json: duplicate key in an object"),
    "a duplicate key, escaped": (b'{"a":1,"\\u0061":2}', "json: duplicate key in an object"),
    "a fraction": (b"1.5", "json: a number is not an integer"),
    "an exponent": (b"1e3", "json: a number is not an integer"),
    "nan": (b"NaN", "json: a number is not finite"),
    "infinity": (b"[-Infinity]", "json: a number is not finite"),
    "an integer too large": (b"9007199254740992", "json: an integer exceeds 2**53 - 1"),
    "an integer of many digits": (b"1" * 5000, "json: an integer exceeds 2**53 - 1"),
    "a lone surrogate": (b'"\\ud800"', "json: a string holds a lone surrogate"),
    "a key beyond ascii": ('{"é":1}'.encode(), "json: an object's key is not ascii"),
    "a raw control character": (b'"\x01"', "malformed json at line 1 column 2"),
    "nested too deep": (b"[" * 65 + b"]" * 65, "json: nested deeper than 64"),
    "nested past the parser's stack": (b"[" * 200_000 + b"]" * 200_000, "json is nested deeper than 64"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_parse_refuses(name: str) -> None:
    data, message = REFUSED[name]
    with pytest.raises(InvalidInput) as caught:
        jcs.parse(data)
    assert caught.value.message == message


def test_parse_is_limited_in_size() -> None:
    with pytest.raises(InvalidInput, match="expected at most 3 bytes, got 4"):
        jcs.parse(b"1234", limit=3)


@pytest.mark.parametrize("data", [b'{ "a":1}', b'{"b":1,"a":1}', b'"\\u0061"', b"-0", b"1\n", b'"\\/"'])
def test_exact_takes_canonical_bytes_alone(data: bytes) -> None:
    json.loads(data)
    jcs.parse(data)
    with pytest.raises(InvalidInput, match="canonical"):
        jcs.parse(data, exact=True)
