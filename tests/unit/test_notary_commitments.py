"""Commitments are HKDF and HMAC exactly; row trees resume at their boundaries; entries are strict."""

import hmac
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from narrowgate.domain import merkle
from narrowgate.domain.errors import IntegrityError, InvalidInput
from narrowgate.domain.jcs import canonical
from narrowgate.domain.vocabulary import EventKind, PublicKind
from narrowgate.notary import commitments
from narrowgate.notary.entry import Event, make_entry, parse_entry

KEY = bytes(range(32))
ID = "00112233445566778899aabbccddeeff"
TIME = datetime(2026, 3, 4, 5, 6, 7, 899_000, tzinfo=UTC)
BODY = {"kind": EventKind.REQUEST_RECEIVED, "time": "2026-03-04T05:06:07Z"}


def _oracle(info: bytes) -> bytes:
    return HKDFExpand(SHA256(), 32, info).derive(KEY)


def test_salts_are_hkdf_expand() -> None:
    entry_id = bytes.fromhex(ID)
    assert commitments.event_salt(KEY, entry_id, 7) == _oracle(b"narrowgate/event/1\0" + entry_id + b"\0\0\0\7")
    assert commitments.row_salt(KEY, "a/b", 258) == _oracle(b"narrowgate/row/1\0a/b\0" + b"\0\0\0\0\0\0\1\2")
    assert commitments.commit(KEY, b"body") == hmac.new(KEY, b"body", "sha256").digest()


@pytest.mark.parametrize("label", ["", "a\0b"])
def test_labels_of_row_trees(label: str) -> None:
    with pytest.raises(ValueError, match="label"):
        commitments.row_salt(KEY, label, 0)


def test_keys_are_32_bytes() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        commitments.RowTree.build(b"short", "t", [(0, b"x")])


def _rows(start: int, stop: int) -> list[tuple[int, bytes]]:
    return [(3 * i, b'{"row":%d}' % i) for i in range(start, stop)]


def test_a_row_tree_opens_each_row() -> None:
    rows = _rows(0, 11)
    tree = commitments.RowTree.build(KEY, "t", rows)
    for position, (row, body) in enumerate(rows):
        opening = tree.open(position, row, body)
        assert opening.root() == tree.root
        assert opening.salt == commitments.row_salt(KEY, "t", row)
    with pytest.raises(IntegrityError, match="row 3 is not what leaf 1"):
        tree.open(1, 3, b'{"row":2}')
    assert commitments.RowTree.build(KEY, "t", []).root == merkle.EMPTY_ROOT
    assert commitments.RowTree.build(KEY, "u", rows).root != tree.root


def test_a_row_tree_resumes_at_a_boundary() -> None:
    size, told = commitments.BOUNDARY_ROWS + 5, list[int]()
    whole = commitments.RowTree.build(KEY, "t", _rows(0, size), told.append)
    assert told == [commitments.BOUNDARY_ROWS, size]
    kept = whole.tree.leaves()[: 32 * commitments.BOUNDARY_ROWS]
    assert merkle.Tree(kept).root() == whole.boundaries()[0]
    rest = commitments.RowTree.build(KEY, "t", _rows(commitments.BOUNDARY_ROWS, size), told.append, kept)
    assert rest.root == whole.root
    assert rest.size == size
    with pytest.raises(ValueError, match="boundary"):
        commitments.RowTree.build(KEY, "t", [], done=kept[:-32])


def test_row_numbers_rise() -> None:
    with pytest.raises(ValueError, match="rise"):
        commitments.RowTree.build(KEY, "t", [(1, b"a"), (1, b"b")])


def test_an_entry_tells_nothing_of_its_events() -> None:
    events = [Event(BODY | {"n": n}, KEY) for n in range(3)]
    entry = make_entry(ID, TIME, events)
    assert entry.data == canonical(
        {"format": "narrowgate-entry/1", "id": ID, "root": entry.root.hex(), "time": "2026-03-04T05:06:07Z"}
    )
    for position in range(3):
        assert entry.open(position).root() == entry.root
    parsed = parse_entry(entry.data)
    assert (parsed.id, parsed.root, parsed.public) == (ID, entry.root, None)
    assert parsed.time == TIME.replace(microsecond=0)
    assert make_entry(ID, TIME.astimezone(timezone(timedelta(hours=-5))), events) == entry


def test_what_is_public_stands_in_clear() -> None:
    public = {"kind": PublicKind.PACK_ADOPTED, "pack": "us.irc.6103.i.2"}
    entry = make_entry(ID, TIME, [], public)
    assert entry.root == merkle.EMPTY_ROOT
    assert parse_entry(entry.data).public == {"kind": "pack_adopted", "pack": "us.irc.6103.i.2"}


BAD_ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "a short id": ("00", TIME, []),
    "an id in capitals": (ID.upper(), TIME, []),
    "a naive time": (ID, TIME.replace(tzinfo=None), []),
    "an event of no known kind": (ID, TIME, [Event({"kind": "x", "time": ""}, KEY)]),
    "an event without a time": (ID, TIME, [Event({"kind": EventKind.DECISION}, KEY)]),
    "a row root without its size": (ID, TIME, [Event(BODY | {"row_root": "00" * 32}, KEY)]),
    "a public statement of no known kind": (ID, TIME, [], {"kind": "decision"}),
}


@pytest.mark.parametrize("name", BAD_ARGUMENTS)
def test_entries_that_cannot_be_made(name: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        make_entry(*BAD_ARGUMENTS[name])


def test_an_entry_too_long_to_enter() -> None:
    with pytest.raises(InvalidInput, match="at most 65535"):
        make_entry(ID, TIME, [], {"kind": PublicKind.STAY_ENTERED, "text": "x" * 65_536})


FIELDS: dict[str, Any] = {"format": "narrowgate-entry/1", "id": ID, "root": "0a" * 32, "time": "2026-03-04T05:06:07Z"}
BAD_ENTRIES = {
    "empty": b"",
    "not an object": b"[]",
    "not canonical": canonical(FIELDS).replace(b":", b": ", 1),
    "an unknown field": canonical(FIELDS | {"more": 1}),
    "a missing field": canonical({k: v for k, v in FIELDS.items() if k != "root"}),
    "another format": canonical(FIELDS | {"format": "narrowgate-entry/2"}),
    "a short id": canonical(FIELDS | {"id": "00"}),
    "an id in capitals": canonical(FIELDS | {"id": ID.upper()}),
    "a root that is a number": canonical(FIELDS | {"root": 1}),
    "a time without its zone": canonical(FIELDS | {"time": "2026-03-04T05:06:07"}),
    "a time with a space": canonical(FIELDS | {"time": "2026-03-04 05:06:07Z"}),
    "no such day": canonical(FIELDS | {"time": "2026-02-30T05:06:07Z"}),
    "hour 24": canonical(FIELDS | {"time": "2026-02-03T24:00:00Z"}),
    "a time that is a number": canonical(FIELDS | {"time": 1}),
    "public is null": canonical(FIELDS | {"public": None}),
    "public of no known kind": canonical(FIELDS | {"public": {"kind": "decision"}}),
    "public of a kind that is a list": canonical(FIELDS | {"public": {"kind": ["stay_entered"]}}),
    "too long": canonical(FIELDS | {"public": {"kind": "stay_entered", "x": "x" * 65_536}}),
}


@pytest.mark.parametrize("name", BAD_ENTRIES)
def test_malformed_entries(name: str) -> None:
    parse_entry(canonical(FIELDS))
    with pytest.raises(IntegrityError, match="malformed entry"):
        parse_entry(BAD_ENTRIES[name])
