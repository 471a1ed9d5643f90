"""Sealed segments: what goes in comes out, and any change at all is seen."""

import os
import stat
from pathlib import Path

import pytest

from narrowgate.domain.errors import ErrorCode, IntegrityError, NarrowgateError
from narrowgate.notary.seal import CHUNK, Part, check_segment, read_part, write_segment

ID, OTHER_ID = "ab" * 16, "cd" * 16
KEY, OTHER_KEY = b"\x01" * 32, b"\x02" * 32
PARTS = [Part("events", KEY, b"some events"), Part("rows/1", OTHER_KEY, b""), Part("rows/2", KEY, b"r" * 50)]


@pytest.fixture
def segment(tmp_path: Path) -> Path:
    path = tmp_path / "2026" / "a.seal"
    write_segment(path, ID, PARTS)
    return path


def test_parts_come_back(segment: Path) -> None:
    for part in PARTS:
        assert read_part(segment, ID, part.label, part.key) == part.payload
    assert check_segment(segment, ID) == ("events", "rows/1", "rows/2")
    assert stat.S_IMODE(segment.stat().st_mode) == 0o600
    assert list(segment.parent.iterdir()) == [segment]
    assert b"some events" not in segment.read_bytes()


@pytest.mark.parametrize("length", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_payloads_of_every_chunking(tmp_path: Path, length: int) -> None:
    payload = os.urandom(length)
    write_segment(tmp_path / "s", ID, [Part("p", KEY, payload), Part("q", KEY, b"tail")])
    assert read_part(tmp_path / "s", ID, "p", KEY) == payload
    assert read_part(tmp_path / "s", ID, "q", KEY) == b"tail"


def test_the_same_payload_never_seals_to_the_same_bytes(tmp_path: Path) -> None:
    for name in "ab":
        write_segment(tmp_path / name, ID, PARTS)
    assert (tmp_path / "a").read_bytes()[-200:] != (tmp_path / "b").read_bytes()[-200:]


def test_every_flipped_bit_is_seen_without_a_key(segment: Path) -> None:
    whole = segment.read_bytes()
    for at in range(len(whole) * 8):
        flipped = bytearray(whole)
        flipped[at // 8] ^= 1 << at % 8
        segment.write_bytes(flipped)
        with pytest.raises(IntegrityError):
            check_segment(segment, ID)


def test_every_flipped_bit_is_seen_by_some_owner_of_a_part(segment: Path) -> None:
    whole = segment.read_bytes()
    for at in range((len(whole) - 32) * 8):  # the digest at the end concerns check_segment alone
        flipped = bytearray(whole)
        flipped[at // 8] ^= 1 << at % 8
        segment.write_bytes(flipped)
        with pytest.raises(IntegrityError):
            [read_part(segment, ID, part.label, part.key) for part in PARTS]


def test_every_truncation_is_seen(segment: Path) -> None:
    whole = segment.read_bytes()
    for length in range(len(whole)):
        segment.write_bytes(whole[:length])
        with pytest.raises(IntegrityError):
            check_segment(segment, ID)
        with pytest.raises(IntegrityError):
            read_part(segment, ID, "events", KEY)
    segment.write_bytes(whole + b"x")
    with pytest.raises(IntegrityError, match="too long"):
        read_part(segment, ID, "events", KEY)


def test_chunks_cannot_change_places(tmp_path: Path) -> None:
    path = tmp_path / "s"
    write_segment(path, ID, [Part("p", KEY, b"a" * CHUNK + b"b" * CHUNK + b"c")])
    whole, sealed = path.read_bytes(), CHUNK + 16
    start = len(whole) - 32 - (1 + 16) - 2 * sealed
    first, second = whole[start : start + sealed], whole[start + sealed : start + 2 * sealed]
    path.write_bytes(whole[:start] + second + first + whole[start + 2 * sealed :])
    with pytest.raises(IntegrityError, match="does not open"):
        read_part(path, ID, "p", KEY)


def test_parts_and_files_cannot_stand_in_for_each_other(segment: Path, tmp_path: Path) -> None:
    with pytest.raises(IntegrityError, match="another entry"):
        read_part(segment, OTHER_ID, "events", KEY)
    with pytest.raises(IntegrityError, match="another key"):
        read_part(segment, ID, "events", OTHER_KEY)
    with pytest.raises(IntegrityError, match="no such part"):
        read_part(segment, ID, "rows/3", KEY)
    with pytest.raises(IntegrityError, match="missing"):
        read_part(tmp_path / "none", ID, "events", KEY)
    with pytest.raises(IntegrityError, match="missing"):
        check_segment(tmp_path / "none", ID)


BAD_PARTS = {
    "the same label twice": [Part("a", KEY, b""), Part("a", KEY, b"")],
    "no label": [Part("", KEY, b"")],
    "a label beyond ascii": [Part("é", KEY, b"")],
    "a label with a newline": [Part("a\n", KEY, b"")],
    "a label too long": [Part("a" * 256, KEY, b"")],
    "a short key": [Part("a", b"short", b"")],
}


@pytest.mark.parametrize("name", BAD_PARTS)
def test_parts_that_cannot_be_sealed(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        write_segment(tmp_path / "s", ID, BAD_PARTS[name])
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "x").mkdir()
    with pytest.raises(NarrowgateError) as caught:
        write_segment(tmp_path / "file" / "s", ID, PARTS)
    assert caught.value.code is ErrorCode.STORAGE
