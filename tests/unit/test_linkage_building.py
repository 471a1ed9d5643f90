"""Building a snapshot: the same bytes whatever the parts, taken up after a kill, nothing left after an error."""

import errno
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from random import Random

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from narrowgate.domain.errors import ErrorCode, IntegrityError, NarrowgateError
from narrowgate.domain.request import RECORD_COLUMNS
from narrowgate.linkage.arrays import I32, U64, distinct_rows
from narrowgate.linkage.blocks import index_of, made_of
from narrowgate.linkage.keys import Keys
from narrowgate.linkage.packing import distinct, order_of
from narrowgate.linkage.people import sorted_keys
from narrowgate.linkage.scratch import PREFIX, scratch
from narrowgate.linkage.snapshot import Snapshot, build_snapshot

Record = dict[str, str]
FIRST = date(2020, 1, 1)
GIVEN = ("John", "Jon", "Mary", "", "J", "José", "Mary Ann")
SURNAMES = ("Smith", "Smyth", "de la Cruz", "Garcia-Lopez", "", "Smith Jr")
LINES = ("12 Main St", "12 Main Street Apt 4", "99 Oak Ave", "PO Box 7", "Main St", "Unknown", "", "12 Mian St")


def batches(records: list[Record], size: int = 1000) -> list[pa.RecordBatch]:
    columns = {c: pa.array([r.get(c, "") for r in records], pa.string()) for c in RECORD_COLUMNS if c != "as_of"}
    dates = [FIRST + timedelta(days=int(r.get("as_of", "0"))) for r in records]
    batched: list[pa.RecordBatch] = pa.table(columns | {"as_of": pa.array(dates, pa.date32())}).to_batches(size)
    return batched


def people(count: int) -> list[Record]:
    """So many persons with one to three rows each, and a few rows twice."""
    made = [_row(n, row) for n in range(count) for row in range(1 + n % 3)]
    return made + made[::10]


def _row(n: int, row: int) -> Record:
    return {
        "person_id": f"p{n * 7919 % 1000}",
        "given_name": GIVEN[n % len(GIVEN)],
        "surname": SURNAMES[n % len(SURNAMES)],
        "date_of_birth": "" if n % 5 == 0 else f"19{60 + n % 30}-0{1 + n % 9}-1{row}",
        "tin": "" if n % 4 == 0 else f"9001{n:05d}",
        "address_line_1": LINES[(n + row) % len(LINES)],
        "city": "Springfield",
        "state": "VA",
        "zip": f"2215{n % 3}",
        "as_of": str(row * 400),
    }


def entries(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# --- whatever the parts -----------------------------------------------------------------------------------------------

RECORD = st.fixed_dictionaries({
    "person_id": st.sampled_from(["1", "2", "10", "é", "p" * 40]) | st.text("ab", min_size=1, max_size=3),
    "given_name": st.sampled_from(GIVEN),
    "surname": st.sampled_from(SURNAMES),
    "date_of_birth": st.sampled_from(["", "1970-01-02", "1970-02-01", "01/02/1970", "x"]),
    "tin": st.sampled_from(["", "900123456", "900-12-3456", "900123457"]),
    "address_line_1": st.sampled_from(LINES),
    "city": st.sampled_from(["Springfield", ""]),
    "zip": st.sampled_from(["22150", "22151", ""]),
    "as_of": st.sampled_from(["0", "1", "400"]),
})  # fmt: skip


@settings(max_examples=20)
@given(st.lists(RECORD, max_size=25), st.randoms(use_true_random=False), st.integers(1, 9), st.integers(2, 9))
def test_neither_order_nor_parts_change_a_byte(
    tmp_path_factory: pytest.TempPathFactory, records: list[Record], random: Random, size: int, rows: int
) -> None:
    folder = tmp_path_factory.mktemp("snapshots")
    whole = build_snapshot(batches(records), folder)
    shuffled = sorted(records, key=lambda _: random.random())
    parted = build_snapshot(batches(shuffled, size), folder, rows_at_once=rows)
    assert parted == whole
    assert entries(folder) == [whole.digest]


def test_a_snapshot_of_many_parts_is_in_order(tmp_path: Path) -> None:
    made = build_snapshot(batches(people(300), 17), tmp_path, rows_at_once=25)
    snapshot = Snapshot.open(tmp_path, made.digest, verify=True)
    blocks, ids = snapshot.blocks, snapshot.person_ids.to_pylist()
    assert ids == sorted({r["person_id"] for r in people(300)})
    assert (np.diff(blocks.keys.astype(object)) > 0).all()
    assert np.array_equal(blocks.index, index_of(blocks.keys))
    within = np.diff(blocks.persons) > 0
    within[blocks.starts[1:-1] - 1] = True  # where one block ends and the next begins
    assert within.all()
    assert blocks.starts[-1] == len(blocks.persons)
    assert (np.diff(snapshot.person_start) > 0).all()
    assert snapshot.person_start[-1] == made.rows == len({tuple(r.items()) for r in people(300)})
    which, block = blocks.look_up(np.array(blocks.keys))
    assert np.array_equal(blocks.keys[block], blocks.keys[which])
    assert len(which) == len(blocks.keys)


KEYS = st.lists(st.tuples(st.sampled_from([0, 1, 7, 2**63, 2**64 - 1]), st.integers(0, 5)), max_size=40)


@given(KEYS, KEYS)
def test_sorted_keys_are_the_distinct_pairs_in_order(one: list[tuple[int, int]], other: list[tuple[int, int]]) -> None:
    given_keys = [_keys(one), _keys(other)]
    hashes, persons = sorted_keys(given_keys)
    assert list(zip(hashes.tolist(), persons.tolist(), strict=True)) == sorted({*one, *other})
    blocks = made_of(given_keys)
    assert np.array_equal(blocks.keys, np.unique(hashes))
    assert np.array_equal(blocks.persons, persons)


def _keys(pairs: list[tuple[int, int]]) -> tuple[Keys, I32]:
    hashes: U64 = np.array([h for h, _ in pairs], np.uint64)
    return Keys(hashes, np.arange(len(pairs), dtype=np.int64)), np.array([p for _, p in pairs], np.int32)


LEAST, GREATEST = int(np.iinfo(np.int32).min), int(np.iinfo(np.int32).max)
CODES = st.sampled_from([LEAST, -1, 0, 1, 2, 1 << 20, GREATEST])


@given(st.integers(1, 7).flatmap(lambda width: st.lists(st.tuples(*[CODES] * width), min_size=1, max_size=30)))
def test_distinct_rows_in_few_sorts_are_those_in_many(rows: list[tuple[int, ...]]) -> None:
    columns = [np.array(column, np.int32) for column in zip(*rows, strict=True)]
    first, rank = distinct(*columns)
    wanted = sorted(set(rows))
    assert [rows[at] for at in first] == wanted
    assert [wanted[at] for at in rank] == rows
    assert np.array_equal(rank, distinct_rows(*columns)[1])


NUMBERS = st.sampled_from([0, 1, 2, 1 << 40, (1 << 40) + 1, (1 << 63) + 1, 2**64 - 2, 2**64 - 1]) | st.integers(
    0, 2**64 - 1
)


@given(st.lists(NUMBERS, max_size=60))
def test_keys_are_ordered_and_equal_ones_stay_as_they_came(keys: list[int]) -> None:
    order = order_of(np.array(keys, np.uint64))
    assert order.tolist() == sorted(range(len(keys)), key=lambda at: keys[at])


# --- killed, stopped, refused -----------------------------------------------------------------------------------------

KILLED = """
import os, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from test_linkage_building import batches, people
from narrowgate.linkage.snapshot import build_snapshot
stage, least = sys.argv[3], int(sys.argv[4])
build_snapshot(
    batches(people(300), 17), Path(sys.argv[2]), source="a file", rows_at_once=100,
    progress=lambda name, done, _total: os._exit(9) if name == stage and done >= least else None,
)
"""


def killed(folder: Path, stage: str, least: int) -> None:
    """A build in a process of its own that dies, without a word, at the given point."""
    here = str(Path(__file__).parent)
    ended = subprocess.run([sys.executable, "-c", KILLED, here, str(folder), stage, str(least)], check=False)
    assert ended.returncode == 9


@pytest.mark.parametrize(
    ("stage", "least"),
    [
        pytest.param("records", 1, marks=pytest.mark.long),
        pytest.param("records", 300, marks=pytest.mark.long),
        pytest.param("words", 0, marks=pytest.mark.long),
        pytest.param("places", 2, marks=pytest.mark.long),
        ("persons", 2),
        pytest.param("keys", 0, marks=pytest.mark.long),
        pytest.param("keys", 3, marks=pytest.mark.long),
        ("write", 0),
        pytest.param("write", 1, marks=pytest.mark.long),
    ],
)
def test_a_killed_build_is_taken_up_and_leaves_nothing_half_adopted(stage: str, least: int, tmp_path: Path) -> None:
    killed(tmp_path / "killed", stage, least)
    left = entries(tmp_path / "killed")
    whole = build_snapshot(batches(people(300)), tmp_path / "whole")
    assert [name for name in left if not name.startswith(PREFIX)] == (
        [whole.digest] if stage == "write" and least else []
    )
    read: list[int] = []

    def file() -> Iterator[pa.RecordBatch]:
        for batch in batches(people(300), 17):
            read.append(batch.num_rows)
            yield batch

    again = build_snapshot(file(), tmp_path / "killed", source="a file", rows_at_once=100)
    assert again == whole
    assert entries(tmp_path / "killed") == [whole.digest]
    assert bool(read) is (stage in ("records", "words"))  # later, the file is not even read again


def test_what_a_killed_build_of_another_file_left_is_removed(tmp_path: Path) -> None:
    killed(tmp_path, "persons", 1)
    assert len(entries(tmp_path)) == 1
    made = build_snapshot(batches(people(5)), tmp_path, source="another file")
    assert entries(tmp_path) == [made.digest]


def test_two_builds_of_one_file_do_not_run_beside_each_other_and_two_of_two_files_do(tmp_path: Path) -> None:
    with scratch(tmp_path, "a file"):
        with pytest.raises(NarrowgateError, match="being built already") as refused:
            build_snapshot(batches(people(5)), tmp_path, source="a file")
        assert refused.value.code is ErrorCode.GATE_BUSY
        made = build_snapshot(batches(people(5)), tmp_path, source="another file")
        assert len(entries(tmp_path)) == 2
    assert entries(tmp_path) == [made.digest]


def test_the_present_snapshot_serves_while_the_next_is_built(tmp_path: Path) -> None:
    present = build_snapshot(batches(people(30)), tmp_path)
    seen: list[str] = []

    def look(stage: str, _done: int, _total: int) -> None:
        seen.append(stage)
        assert Snapshot.open(tmp_path, present.digest, verify=True).manifest == present

    later = build_snapshot(batches(people(60)), tmp_path, progress=look, rows_at_once=20)
    assert dict.fromkeys(seen) == dict.fromkeys(["records", "words", "places", "persons", "keys", "write"])
    assert entries(tmp_path) == sorted([present.digest, later.digest])


@contextmanager
def no_file_beyond(size: int) -> Iterator[None]:
    """A disk that takes no larger file: writing fails as it does on a full one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("size", [100, 20_000, 60_000])
def test_a_full_disk_is_one_clear_error_and_nothing_is_left(size: int, tmp_path: Path) -> None:
    present = build_snapshot(batches(people(2)), tmp_path)
    with no_file_beyond(size), pytest.raises(NarrowgateError) as failed:
        build_snapshot(batches(people(600), 100), tmp_path, source="a file", rows_at_once=200)
    assert failed.value.code is ErrorCode.STORAGE
    assert failed.value.message == f"storage failed while building the snapshot: {os.strerror(errno.EFBIG).lower()}"
    assert entries(tmp_path) == [present.digest]


def test_what_goes_wrong_in_the_file_goes_through_and_nothing_is_left(tmp_path: Path) -> None:
    def broken() -> Iterator[pa.RecordBatch]:
        yield from batches(people(100), 30)
        raise ValueError("row 101")

    with pytest.raises(ValueError, match="row 101"):
        build_snapshot(broken(), tmp_path, source="a file", rows_at_once=30)
    assert entries(tmp_path) == []


# --- damage -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A snapshot's folder."""
    folder = tmp_path_factory.mktemp("sound")
    return folder / build_snapshot(batches(people(20)), folder).digest


@settings(max_examples=60)
@given(st.data())
def test_any_altered_byte_of_the_manifest_is_seen_without_reading_the_arrays(sound: Path, data: st.DataObject) -> None:
    manifest = (sound / "manifest.json").read_bytes()
    at, by = data.draw(st.integers(0, len(manifest) - 1)), data.draw(st.integers(1, 255))
    with altered(sound / "manifest.json", at, by), pytest.raises(IntegrityError, match="manifest has digest"):
        Snapshot.open(sound.parent, sound.name, verify=False)


@settings(max_examples=60)
@given(st.data())
def test_any_altered_byte_of_the_arrays_is_seen_by_reading_them(sound: Path, data: st.DataObject) -> None:
    size = (sound / "arrays.bin").stat().st_size
    at, by = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, 255))
    with altered(sound / "arrays.bin", at, by):
        Snapshot.open(sound.parent, sound.name, verify=False)  # sizes are compared, and nothing else: docs/adr/0060
        with pytest.raises(IntegrityError, match="was altered"):
            Snapshot.open(sound.parent, sound.name, verify=True)


@pytest.mark.parametrize("cut", [1, 64, 4096])
@pytest.mark.parametrize("file", ["manifest.json", "arrays.bin"])
def test_a_file_cut_short_or_grown_does_not_open_either_way(sound: Path, tmp_path: Path, file: str, cut: int) -> None:
    for content in ((sound / file).read_bytes()[:-cut], (sound / file).read_bytes() + bytes(cut)):
        folder = tmp_path / str(len(content)) / sound.name
        folder.mkdir(parents=True)
        for path in sound.iterdir():
            (folder / path.name).write_bytes(content if path.name == file else path.read_bytes())
        for verify in (False, True):
            with pytest.raises(IntegrityError):
                Snapshot.open(folder.parent, sound.name, verify=verify)


@contextmanager
def altered(file: Path, at: int, by: int) -> Iterator[None]:
    """A file with one byte changed, for a while."""
    content = bytearray(file.read_bytes())
    content[at] ^= by
    file.write_bytes(content)
    try:
        yield
    finally:
        content[at] ^= by
        file.write_bytes(content)
