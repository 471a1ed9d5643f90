"""Receipts: verified offline, and false in every other reading."""

import copy
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.domain import merkle
from narrowgate.domain.errors import IntegrityError, InvalidInput
from narrowgate.domain.jcs import canonical
from narrowgate.domain.vocabulary import EventKind
from narrowgate.notary import receipt
from narrowgate.notary.checkpoint import Checkpoint
from narrowgate.notary.commitments import RowTree
from narrowgate.notary.entry import Event, make_entry
from narrowgate.notary.note import SigningKey

KEY, WITNESS = (
    SigningKey(name, Ed25519PrivateKey.from_private_bytes(seed * 32))
    for name, seed in (("example.org/log", b"\x01"), ("example.org/witness", b"\x02"))
)
TIME = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
REQUEST_KEY = b"r" * 32


def _receipts(rows: int = 5, events: int = 3, entries: int = 5, *, signers: tuple[SigningKey, ...] = (KEY,)) -> Any:
    """The receipts of every row of the middle event, of an entry in the middle of a log."""
    bodies = [canonical({"row": n, "unmet": ["name_stated"], "text": "é"}) for n in range(rows)]
    tree = RowTree.build(REQUEST_KEY, "t", enumerate(bodies))
    body = {"kind": EventKind.REQUEST_RECEIVED, "time": "2026-03-04T05:06:07Z", "basis": None, "waits": False}
    with_rows = body | {"row_root": tree.root.hex(), "row_size": tree.size}
    middle = events // 2
    made = make_entry("ab" * 16, TIME, [Event(with_rows if n == middle else body, REQUEST_KEY) for n in range(events)])
    others = [make_entry(f"{n:032x}", TIME, []).data for n in range(entries - 1)]
    at = len(others) // 2
    log = merkle.Tree(merkle.leaf_hash(entry) for entry in [*others[:at], made.data, *others[at:]])
    signed = Checkpoint(KEY.name, log.size, log.root()).sign(*signers)
    return [
        receipt.build(tree.open(n, n, bodies[n]), made.open(middle), made.data, at, log.inclusion(at), signed)
        for n in range(rows)
    ]


GOOD = _receipts()[2]


def test_a_receipt_verifies() -> None:
    shown = receipt.verify(json.dumps(GOOD, indent=2).encode(), KEY.verifier())
    assert shown.row["row"] == 2
    assert shown.event["kind"] == "request_received"
    assert (shown.entry.id, shown.entry.time, shown.entry_index) == ("ab" * 16, TIME, 2)
    assert (shown.checkpoint.size, shown.other_signers) == (5, ())


@pytest.mark.parametrize("rows", [1, 2, 3, 8, 9])
@pytest.mark.parametrize("entries", [1, 2, 7])
def test_receipts_of_every_shape(rows: int, entries: int) -> None:
    for made in _receipts(rows, entries, entries):
        receipt.verify(made, KEY.verifier())


def test_further_signers_are_named_not_checked() -> None:
    made = _receipts(signers=(KEY, WITNESS))[0]
    assert receipt.verify(made, KEY.verifier()).other_signers == ("example.org/witness",)
    with pytest.raises(IntegrityError, match="another log"):
        receipt.verify(made, WITNESS.verifier())


def _leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, (dict, list)):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _leaves(item, (*path, key))
    else:
        yield path


def _replaced(path: tuple[Any, ...], new: Any) -> Any:
    changed = copy.deepcopy(GOOD)
    at = changed
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = new
    return changed


def _at(path: tuple[Any, ...]) -> Any:
    value: Any = GOOD
    for key in path:
        value = value[key]
    return value


LEAVES = list(_leaves(GOOD))
JSON: st.SearchStrategy[Any] = (
    st.none() | st.booleans() | st.integers(-9, 99) | st.text(max_size=5) | st.just([]) | st.just({})
)


def _fails(changed: Any) -> None:
    with pytest.raises((IntegrityError, InvalidInput)):
        receipt.verify(json.dumps(changed).encode(), KEY.verifier())


@given(st.sampled_from(LEAVES), st.data())
def test_every_altered_leaf_fails(path: tuple[Any, ...], data: st.DataObject) -> None:
    old = _at(path)
    near: st.SearchStrategy[Any] = JSON
    if isinstance(old, str) and old:
        cut, new = data.draw(st.integers(0, len(old) - 1)), data.draw(st.characters(codec="utf-8"))
        near = st.sampled_from([old[:cut] + new + old[cut + 1 :], old + new, old[:cut], old.upper(), old.swapcase()])
    elif type(old) is int:
        near = st.integers(0, 2**53 - 1) | JSON
    altered = data.draw(near.filter(lambda v: (type(v), v) != (type(old), old)))
    _fails(_replaced(path, altered))


@pytest.mark.parametrize("path", [p for p in LEAVES if type(_at(p)) is int], ids=str)
def test_every_other_small_number_fails(path: tuple[Any, ...]) -> None:
    for number in range(-1, 70):
        if number != _at(path):
            _fails(_replaced(path, number))


@pytest.mark.parametrize("part", [(), ("row",), ("event",), ("entry",), ("row", "body"), ("event", "body")], ids=str)
def test_every_missing_or_further_field_fails(part: tuple[str, ...]) -> None:
    for name in _at(part):
        changed = copy.deepcopy(GOOD)
        at = changed
        for key in part:
            at = at[key]
        del at[name]
        _fails(changed)
    _fails(_replaced((*part, "more"), 1))


@pytest.mark.parametrize("path", [("path",), ("row", "path"), ("event", "path")], ids=str)
def test_every_other_path_fails(path: tuple[str, ...]) -> None:
    hashes: Any = _at(path)
    other: Any
    for other in (hashes[:-1], [*hashes, hashes[0]], hashes[::-1], [], {}, None, [hashes[0]] * 65):
        _fails(_replaced(path, other))


@pytest.mark.parametrize("name", ["row", "event", "entry"])
def test_parts_of_another_receipt_fail(name: str) -> None:
    stranger = _receipts(rows=4, events=2, entries=4)[1]
    _fails(_replaced((name,), stranger[name]))
    _fails(_replaced((name,), []))


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"format":"narrowgate-receipt/2"}', b"null", b"\xff"])
def test_what_is_no_receipt(data: bytes) -> None:
    with pytest.raises(InvalidInput):
        receipt.verify(data, KEY.verifier())


@pytest.mark.parametrize("bad", [{"a": 1.5}, {1: 1}, {"a": "\ud800"}, {"a": b""}])
def test_mappings_that_are_no_json(bad: Any) -> None:
    with pytest.raises(InvalidInput):
        receipt.verify(bad, KEY.verifier())


def test_receipts_of_one_event_part_and_join() -> None:
    receipts = _receipts()
    shared, rows = receipt.split(receipts)
    assert set(shared) == {"format", "event", "entry", "path", "checkpoint"}
    assert [receipt.join(shared, row) for row in rows] == receipts
    assert receipt.split(receipts[:1]) == (shared, rows[:1])
    _fails(receipt.join(shared, rows[0] | {"index": 1}))
    with pytest.raises(ValueError, match="one event"):
        receipt.split([*receipts, *_receipts(rows=6)])
    with pytest.raises(ValueError, match="one event"):
        receipt.split([])
