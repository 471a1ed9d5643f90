"""Tiles: the paths and widths of C2SP tlog-tiles, what is published as a log grows, and proofs from tiles alone."""

from collections.abc import Callable, Iterable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.domain import merkle
from narrowgate.domain.errors import IntegrityError
from narrowgate.notary.files import MemoryFiles
from narrowgate.notary.tiles import (
    ENTRIES,
    TileName,
    TileReader,
    current,
    decode_bundle,
    encode_bundle,
    levels,
    publish_plan,
    read_entries,
    superseded,
)


def _entries(start: int, stop: int) -> Iterable[bytes]:
    return (b"entry %d" % i for i in range(start, stop))


def _grow(*sizes: int, entries: Callable[[int, int], Iterable[bytes]] = _entries) -> MemoryFiles:
    files, old = MemoryFiles(), 0
    for size in sizes:
        for path, data in publish_plan(entries, old, size, files.read):
            files.write(path, data)
        old = size
    return files


# C2SP tlog-tiles, "Merkle Tree" and "Partial Tiles": the examples given there.
PATHS = {
    TileName(0, 1234067): "tile/0/x001/x234/067",
    TileName(ENTRIES, 0): "tile/entries/000",
    TileName(ENTRIES, 273, 112): "tile/entries/273.p/112",
    TileName(1, 999): "tile/1/999",
    TileName(1, 1000): "tile/1/x001/000",
    TileName(63, 0, 1): "tile/63/000.p/1",
}


@pytest.mark.parametrize("name", PATHS)
def test_paths(name: TileName) -> None:
    assert name.path() == PATHS[name]
    assert TileName.parse(PATHS[name]) == name


NO_PATHS = [
    "checkpoint",
    "tile/00/000",
    "tile/64/000",
    "tile/0/00",
    "tile/0/0000",
    "tile/0/x000/000",
    "tile/0/001/000",
    "tile/0/000.p/0",
    "tile/0/000.p/01",
    "tile/0/000.p/256",
    "tile/8/0/000",
    "tile/0/000/",
    "tile/0/٠٠٠",
]


@pytest.mark.parametrize("path", NO_PATHS)
def test_what_is_no_path(path: str) -> None:
    assert TileName.parse(path) is None


def test_the_tiles_of_a_tree_of_70000() -> None:
    # C2SP tlog-tiles, "Partial Tiles": 273 full and one of 112; one full and one of 17; one of 1
    assert [[name.width for name in current(level, 70_000)] for level in levels(70_000)] == [
        [256] * 273 + [112],
        [256, 17],
        [1],
    ]


@pytest.mark.parametrize(("size", "count"), [(0, 0), (1, 1), (255, 1), (256, 2), (65_535, 2), (65_536, 3), (2**24, 4)])
def test_levels(size: int, count: int) -> None:
    assert list(levels(size)) == list(range(count))


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_bundles_come_back(entries: list[bytes]) -> None:
    assert decode_bundle(encode_bundle(entries), len(entries)) == entries


GOOD = encode_bundle([b"abc", b""])
BAD_BUNDLES = {
    "one entry too many": (GOOD, 1),
    "one too few": (GOOD, 3),
    "cut in an entry": (GOOD[:4], 1),
    "cut in a length": (GOOD[:6], 2),
    "more behind": (GOOD + b"x", 2),
}


@pytest.mark.parametrize("name", BAD_BUNDLES)
def test_malformed_bundles(name: str) -> None:
    data, width = BAD_BUNDLES[name]
    assert decode_bundle(GOOD, 2) == [b"abc", b""]
    with pytest.raises(IntegrityError, match="exactly"):
        decode_bundle(data, width)


def test_an_entry_that_no_bundle_can_hold() -> None:
    encode_bundle([b"x" * 65_535])
    with pytest.raises(OverflowError):
        encode_bundle([b"x" * 65_536])


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 511, 512, 513, 1000])
def test_growing_in_steps_publishes_what_growing_at_once_does(size: int) -> None:
    steps = _grow(*range(7, size, 7), size).files
    at_once = _grow(size)
    assert {path: steps[path] for path in at_once.files} == at_once.files
    left = set(steps) - set(at_once.files)
    assert all((name := TileName.parse(path)) and name.width < 256 for path in left)


def test_growing_without_reading_back() -> None:
    steps, at_once = MemoryFiles(), _grow(66_000).files
    for old, new in pairwise([0, 300, 600, 65_535, 65_600, 66_000]):
        steps.files.update(publish_plan(_entries, old, new))
    assert {path: steps.files[path] for path in at_once} == at_once


def test_two_levels_up() -> None:
    size = 65_536 + 300
    steps, at_once = _grow(65_000, 65_536, 65_537, size).files, _grow(size).files
    assert {path: steps[path] for path in at_once} == at_once
    assert {path for path in at_once if not path.startswith(("tile/0/", "tile/entries/"))} == {
        "tile/1/000",
        "tile/1/001.p/1",
        "tile/2/000.p/1",
    }


@given(st.integers(1, 700), st.data())
def test_proofs_from_tiles_alone(size: int, data: st.DataObject) -> None:
    files = _grow(data.draw(st.integers(0, size)), size)
    reader = TileReader(files.read, size)
    hashes = [merkle.leaf_hash(entry) for entry in _entries(0, size)]
    tree = merkle.Tree(hashes)
    assert reader.root() == tree.root()
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size))
    assert reader.inclusion(index) == tree.inclusion(index)
    assert reader.consistency(old) == tree.consistency(old)
    assert list(read_entries(files.read, size, index)) == list(_entries(index, size))


def test_superseded_partial_tiles_may_go() -> None:
    files = _grow(3, 256, 300, 512)
    gone = set(superseded(files.paths(), 512))
    assert gone == {f"tile/{kind}/{n}" for kind in ("0", "entries") for n in ("000.p/3", "001.p/44")}
    for path in gone:
        del files.files[path]
    assert TileReader(files.read, 512).root() == merkle.root(merkle.leaf_hash(e) for e in _entries(0, 512))
    assert set(superseded(files.paths(), 512)) == set()


def test_plans_that_cannot_be_made() -> None:
    assert list(publish_plan(_entries, 5, 5)) == []
    with pytest.raises(ValueError, match="does not go"):
        list(publish_plan(_entries, 2, 1))
    with pytest.raises(IntegrityError, match="ends before entry 3"):
        list(publish_plan(lambda _start, _stop: [b"a", b"b"], 0, 3))
    with pytest.raises(IntegrityError, match=r"missing: tile/1/000\.p/1"):
        list(publish_plan(_entries, 300, 600, MemoryFiles().read))


def test_tiles_and_bundles_of_another_width() -> None:
    files = _grow(300)
    files.files["tile/1/000.p/1"] += b"x"
    with pytest.raises(IntegrityError, match=r"expected 32 bytes, got 33: tile/1/000\.p/1"):
        list(publish_plan(_entries, 300, 600, files.read))
    files.files["tile/entries/001.p/44"] += b"x"
    with pytest.raises(IntegrityError, match=r"exactly 44 entries: tile/entries/001\.p/44"):
        list(read_entries(files.read, 300))
