"""Replay: every flipped bit of every file is seen, and the report says what was not looked at."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from narrowgate.domain import merkle
from narrowgate.domain.errors import IntegrityError
from narrowgate.domain.vocabulary import EventKind, PublicKind
from narrowgate.notary.checkpoint import Checkpoint
from narrowgate.notary.entry import Event, make_entry
from narrowgate.notary.files import CHECKPOINT, FolderFiles, MemoryFiles
from narrowgate.notary.note import SigningKey
from narrowgate.notary.replay import verify_public
from narrowgate.notary.tiles import publish_plan

KEY = SigningKey("example.org/log", Ed25519PrivateKey.from_private_bytes(b"\x01" * 32))
START = datetime(2026, 1, 1, tzinfo=UTC)


def _entry(number: int) -> bytes:
    time = START + timedelta(seconds=number)
    event = Event({"kind": EventKind.INSPECTION, "time": "2026-01-01T00:00:00Z"}, b"k" * 32)
    public = {"kind": PublicKind.PACK_ADOPTED, "pack": "p"} if number % 100 == 0 else None
    return make_entry(f"{number:032x}", time, [event], public).data


def _publish(files: FolderFiles | MemoryFiles, old: int, new: int) -> None:
    entries = [_entry(n) for n in range(new)]
    for path, data in publish_plan(lambda start, stop: entries[start:stop], old, new, files.read):
        files.write(path, data)
    root = merkle.root(merkle.leaf_hash(entry) for entry in entries)
    files.write(CHECKPOINT, Checkpoint(KEY.name, new, root).sign(KEY))


def _ledger(*sizes: int) -> MemoryFiles:
    files, old = MemoryFiles(), 0
    for size in sizes:
        _publish(files, old, size)
        old = size
    return files


@pytest.mark.parametrize("sizes", [(0,), (1,), (2,), (255,), (256,), (257,), (3, 300, 513)])
def test_a_sound_ledger(sizes: tuple[int, ...]) -> None:
    report = verify_public(_ledger(*sizes), KEY.verifier())
    assert report.size == sizes[-1]
    assert report.signature_checked
    assert "events and rows beneath the entries" in report.not_checked
    assert (report.ahead, report.unknown) == ((), ())


def test_without_a_key_the_report_says_so() -> None:
    report = verify_public(_ledger(3), None)
    assert not report.signature_checked
    assert report.not_checked[0] == "the checkpoint's signature"


def test_every_flipped_bit_of_every_file_is_seen() -> None:
    files = _ledger(2, 5)
    assert verify_public(files, KEY.verifier()).superseded == 2
    for path, data in list(files.files.items()):
        for at in range(len(data) * 8):
            flipped = bytearray(data)
            flipped[at // 8] ^= 1 << at % 8
            files.files[path] = bytes(flipped)
            with pytest.raises(IntegrityError, match=path):
                verify_public(files, KEY.verifier())
        files.files[path] = data


def test_a_flipped_bit_in_upper_levels_and_old_tiles() -> None:
    files = _ledger(3, 300, 513)
    for path, data in list(files.files.items()):
        if path != CHECKPOINT:
            files.files[path] = data[:-1] + bytes([data[-1] ^ 1])
            with pytest.raises(IntegrityError, match=path):
                verify_public(files, KEY.verifier())
            files.files[path] = data[:-1]
            with pytest.raises(IntegrityError, match=path):
                verify_public(files, KEY.verifier())
            files.files[path] = data
    assert verify_public(files, KEY.verifier()).superseded == 5


def test_files_ahead_of_the_checkpoint_and_strangers_are_named() -> None:
    files = _ledger(3)
    longer = _ledger(3, 5, 300)
    files.files = {**longer.files, CHECKPOINT: files.files[CHECKPOINT], "index.html": b"", "tile/0/x/000": b""}
    report = verify_public(files, KEY.verifier())
    assert "tile/entries/000.p/5" in report.ahead
    assert "tile/entries/001.p/44" in report.ahead
    assert report.unknown == ("index.html", "tile/0/x/000")
    files.files["tile/0/000.p/5"] = b"\0" * 160
    with pytest.raises(IntegrityError, match=r"two histories: tile/0/000\.p/5"):
        verify_public(files, KEY.verifier())


def test_a_wholly_consistent_forgery_has_another_root() -> None:
    files, forged = _ledger(4), MemoryFiles()
    entries = [_entry(n + 1) for n in range(4)]
    forged.files.update(publish_plan(lambda start, stop: entries[start:stop], 0, 4))
    forged.files[CHECKPOINT] = files.files[CHECKPOINT]
    with pytest.raises(IntegrityError, match="another root"):
        verify_public(forged, KEY.verifier())


@pytest.mark.parametrize(("seconds", "sound"), [((0, 1, 1, 2), True), ((0, 2, 1, 3), False), ((1, 0), False)])
def test_time_stands_still_between_entries_and_never_goes_back(seconds: tuple[int, ...], *, sound: bool) -> None:
    event = Event({"kind": EventKind.INSPECTION, "time": "2026-01-01T00:00:00Z"}, b"k" * 32)
    entries = [make_entry(f"{n:032x}", START + timedelta(seconds=s), [event]).data for n, s in enumerate(seconds)]
    files = MemoryFiles()
    files.files.update(publish_plan(lambda start, stop: entries[start:stop], 0, len(entries)))
    root = merkle.root(merkle.leaf_hash(entry) for entry in entries)
    files.files[CHECKPOINT] = Checkpoint(KEY.name, len(entries), root).sign(KEY)
    if sound:
        assert "the entries' times never go back" in verify_public(files, KEY.verifier()).checked
        return
    with pytest.raises(IntegrityError, match=r"before that of the one before, number \d in tile/entries/000"):
        verify_public(files, KEY.verifier())


def test_times_are_compared_across_bundles() -> None:
    event = Event({"kind": EventKind.INSPECTION, "time": "2026-01-01T00:00:00Z"}, b"k" * 32)
    times = [START] * 256 + [START - timedelta(seconds=1)]
    entries = [make_entry(f"{n:032x}", time, [event]).data for n, time in enumerate(times)]
    files = MemoryFiles()
    files.files.update(publish_plan(lambda start, stop: entries[start:stop], 0, len(entries)))
    root = merkle.root(merkle.leaf_hash(entry) for entry in entries)
    files.files[CHECKPOINT] = Checkpoint(KEY.name, len(entries), root).sign(KEY)
    with pytest.raises(IntegrityError, match=r"number 0 in tile/entries/001"):
        verify_public(files, KEY.verifier())


def test_an_entry_that_is_none() -> None:
    files, entries = MemoryFiles(), [_entry(0), b"{}"]
    files.files.update(publish_plan(lambda start, stop: entries[start:stop], 0, 2))
    root = merkle.root(merkle.leaf_hash(entry) for entry in entries)
    files.files[CHECKPOINT] = Checkpoint(KEY.name, 2, root).sign(KEY)
    with pytest.raises(IntegrityError, match=r"malformed entry.*, number 1 in tile/entries/000\.p/2"):
        verify_public(files, KEY.verifier())


def test_missing_files_are_named() -> None:
    files = _ledger(300)
    for path in list(files.files):
        without = MemoryFiles({p: d for p, d in files.files.items() if p != path})
        with pytest.raises(IntegrityError, match=f"missing: {path}"):
            verify_public(without, KEY.verifier())


def test_a_folder(tmp_path: Path) -> None:
    files = FolderFiles(tmp_path / "ledger")
    _publish(files, 0, 3)
    _publish(files, 3, 300)
    (tmp_path / "ledger" / "tile" / "0" / "002.part").write_bytes(b"left by a crash")
    report = verify_public(FolderFiles(tmp_path / "ledger"), KEY.verifier())
    assert (report.size, report.superseded, report.unknown) == (300, 2, ())
    files.delete("tile/0/000")
    files.delete("tile/0/000")
    with pytest.raises(IntegrityError, match="missing: tile/0/000"):
        verify_public(files, KEY.verifier())
