"""JSON in the subset of RFC 8785 (JSON Canonicalization Scheme) that the gate signs, commits to and enters.

Objects with ASCII keys, arrays, strings, booleans, null, and integers within plus or minus 2**53 - 1. No fractions:
their canonical form is the one hard part of RFC 8785, and nothing the gate states needs one. In this subset sorted
keys and minimal separators are the canonical form, since ASCII keys sort alike by code point and by UTF-16 unit.
"""

import json
from typing import NoReturn, TypeAlias

from narrowgate.domain.errors import InvalidInput

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | bool | None"
"""A value as ``parse`` returns it."""

MAX_INTEGER = 2**53 - 1
MAX_DEPTH = 64
MAX_BYTES = 16 * 2**20

_encode = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, check_circular=False, sort_keys=True, separators=(",", ":")
).encode


def canonical(value: object) -> bytes:
    """The canonical bytes of a value of the subset (tuples count as arrays, enumerations of strings as strings).

    Raises:
        TypeError: when it holds a float, a key that is no string, or anything else JSON has no word for.
        ValueError: when an integer is too large, a key is not ASCII, a string is not Unicode, or nesting exceeds 64.
    """
    _check(value, MAX_DEPTH)
    try:
        return _encode(value).encode()
    except UnicodeEncodeError:
        raise ValueError("a string holds a lone surrogate") from None


def _check(value: object, depth: int) -> None:
    """Refuse what is outside the subset; the encoder itself would take floats and turn other keys into text."""
    if isinstance(value, str) or value is None or value is True or value is False:
        return
    if isinstance(value, int):
        if not -MAX_INTEGER <= value <= MAX_INTEGER:
            raise ValueError("an integer exceeds 2**53 - 1")  # RFC 8785, section 3.2.2.3, and RFC 7493, section 2.2
        return
    if depth == 0:
        raise ValueError(f"nested deeper than {MAX_DEPTH}")
    if isinstance(value, dict):
        for key, item in value.items():
            _check_key(key)
            _check(item, depth - 1)
    elif isinstance(value, (list, tuple)):
        for item in value:
            _check(item, depth - 1)
    else:
        raise TypeError(f"{type(value).__name__} has no canonical form here")


def _check_key(key: object) -> None:
    if not isinstance(key, str):
        raise TypeError(f"an object's key is a string, not {type(key).__name__}")
    if not key.isascii():
        raise ValueError("an object's key is not ascii")


def parse(data: bytes, *, limit: int = MAX_BYTES, exact: bool = False) -> Json:
    """Parse JSON of the subset strictly: no duplicate keys, no fractions, no NaN, no lone surrogates, UTF-8 alone.

    Args:
        data: the document; white space between tokens is allowed unless ``exact``.
        limit: most bytes taken.
        exact: refuse bytes that are not their value's canonical form.

    Raises:
        InvalidInput: on anything else, saying what and where, never repeating the content.
    """
    if len(data) > limit:
        raise InvalidInput(f"json is too large: expected at most {limit} bytes, got {len(data)}")
    try:
        value: Json = _decode(data.decode())
        again = canonical(value)
    except UnicodeDecodeError as error:
        raise InvalidInput(f"json is not utf-8 at byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise InvalidInput(f"malformed json at line {error.lineno} column {error.colno}") from None
    except RecursionError:
        raise InvalidInput(f"json is nested deeper than {MAX_DEPTH}") from None
    except ValueError as error:  # raised by the hooks below and by canonical: texts without content
        raise InvalidInput(f"json: {error}") from None
    if exact and again != data:
        raise InvalidInput("json is not in canonical form (RFC 8785)")
    return value


def _decode(text: str) -> Json:
    value: Json = json.loads(
        text,
        object_pairs_hook=_object,
        parse_int=_integer,
        parse_float=_refuse_fraction,
        parse_constant=_refuse_constant,
    )
    return value


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("duplicate key in an object")  # RFC 7493, section 2.3
    return result


def _integer(text: str) -> int:
    if len(text) > len(str(-MAX_INTEGER)):
        raise ValueError("an integer exceeds 2**53 - 1")
    return int(text)


def _refuse_fraction(_text: str) -> NoReturn:
    raise ValueError("a number is not an integer")


def _refuse_constant(_text: str) -> NoReturn:
    raise ValueError("a number is not finite")
