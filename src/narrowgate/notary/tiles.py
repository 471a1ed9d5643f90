"""Tiles and entry bundles, as C2SP tlog-tiles defines them: a ledger as plain files that any web server can serve.

Height 8: a full tile holds 256 hashes, a full bundle 256 entries. ``publish_plan`` says which files a growing log
needs, and ``TileReader`` finds any node of the tree in the tiles alone, so that proofs need nothing else.
"""

import re
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from narrowgate.domain.errors import IntegrityError
from narrowgate.domain.merkle import HASH_SIZE, Tree, consistency_path, inclusion_path, leaf_hash, root_of

HEIGHT = 8
WIDTH = 1 << HEIGHT
ENTRIES = -1
"""The level that stands for entry bundles."""

MAX_LEVEL = 63

Read = Callable[[str], bytes]
"""Reads a ledger file by its path; raises ``IntegrityError`` when it is missing."""

EntriesFrom = Callable[[int, int], Iterable[bytes]]
"""(start, stop) -> the entries of the log from index ``start`` up to ``stop``."""

_PATH = re.compile(
    r"tile/(?P<level>entries|0|[1-9][0-9]?)/(?P<index>(?:x[0-9]{3}/)*[0-9]{3})(?:\.p/(?P<width>[1-9][0-9]{0,2}))?"
)


@dataclass(frozen=True, slots=True, order=True)
class TileName:
    """Which tile or bundle a file is.

    Attributes:
        level: of the tile; ``ENTRIES`` for a bundle.
        index: within the level.
        width: hashes or entries in it; 256 is full.
    """

    level: int
    index: int
    width: int = WIDTH

    def path(self) -> str:
        """Where it lies: C2SP tlog-tiles, "Merkle Tree"."""
        digits = str(self.index % 1000).zfill(3)
        rest = self.index // 1000
        while rest:
            digits = f"x{rest % 1000:03}/{digits}"
            rest //= 1000
        level = "entries" if self.level == ENTRIES else str(self.level)
        return f"tile/{level}/{digits}" + (f".p/{self.width}" if self.width < WIDTH else "")

    @classmethod
    def parse(cls, path: str) -> "TileName | None":
        """The tile or bundle at ``path``; None where that is no such path."""
        if not (found := _PATH.fullmatch(path)):
            return None
        level = ENTRIES if found["level"] == "entries" else int(found["level"])
        index = int(found["index"].replace("/", "").replace("x", ""))
        name = cls(level, index, int(found["width"] or WIDTH))
        return name if name.level <= MAX_LEVEL and name.path() == path else None


def current(level: int, size: int, start: int = 0) -> Iterator[TileName]:
    """The tiles of ``level`` (or bundles) that a tree of ``size`` leaves is read from, from index ``start`` on."""
    count = size >> (HEIGHT * max(level, 0))
    for index in range(start, count // WIDTH):
        yield TileName(level, index)
    if count % WIDTH and start <= count // WIDTH:
        yield TileName(level, count // WIDTH, count % WIDTH)


def levels(size: int) -> range:
    """The levels at which a tree of ``size`` leaves has tiles."""
    return range((max(size.bit_length() - 1, 0) // HEIGHT) + 1 if size else 0)


def encode_bundle(entries: Iterable[bytes]) -> bytes:
    """An entry bundle: each entry behind its length, C2SP tlog-tiles, "Log entries".

    Raises:
        OverflowError: when an entry exceeds 65535 bytes.
    """
    return b"".join([len(entry).to_bytes(2) + entry for entry in entries])


def decode_bundle(data: bytes, width: int) -> list[bytes]:
    """The entries of a bundle.

    Raises:
        IntegrityError: when it does not hold exactly ``width`` entries.
    """
    entries, at = [], 0
    for _ in range(width):
        start = at + 2
        at = start + int.from_bytes(data[at:start])
        entries.append(data[start:at])
    if at != len(data):
        raise IntegrityError(f"entry bundle does not hold exactly {width} entries")
    return entries


def publish_plan(
    entries_from: EntriesFrom, old_size: int, new_size: int, read: Read | None = None
) -> Iterator[tuple[str, bytes]]:
    """The files that a log needs when it grows from ``old_size`` to ``new_size`` entries.

    1. Bundles and level-0 tiles from the last full one on: wholly from the entries.
    2. Each level above: the hashes already in its last tile, then the roots of the tiles now full below.

    Partial tiles stay where they are; ``superseded`` tells which may go. Where hashes are read back they are not
    checked here: compare ``TileReader(read, new_size).root()`` with the tree head before signing it.

    Args:
        entries_from: the entries, by index.
        old_size: what is published already; 0 publishes all anew.
        new_size: what is to be published.
        read: reads published tiles; without it, what they hold is recomputed from the entries (once in 256 entries,
            from up to 65536 of them).

    Raises:
        ValueError: when the log would shrink.
        IntegrityError: when a published tile is missing or of another width, or entries are missing.
    """
    if not 0 <= old_size <= new_size:
        raise ValueError(f"a log does not go from {old_size} to {new_size} entries")
    if old_size == new_size:
        return
    full: list[bytes] = []
    entries = iter(entries_from(old_size - old_size % WIDTH, new_size))
    for index in range(old_size // WIDTH, (new_size - 1) // WIDTH + 1):
        width = min(WIDTH, new_size - index * WIDTH)
        bundle = list(islice(entries, width))
        if len(bundle) != width:
            raise IntegrityError(f"log ends before entry {new_size}")
        tree = Tree(leaf_hash(entry) for entry in bundle)
        yield TileName(ENTRIES, index, width).path(), encode_bundle(bundle)
        yield TileName(0, index, width).path(), tree.leaves()
        full += [tree.root()] if width == WIDTH else []
    for level in levels(new_size)[1:]:
        if not full:
            return
        before = _hashes_before(level, old_size >> (HEIGHT * level), entries_from, read)
        full = yield from _publish_level(level, old_size >> (HEIGHT * (level + 1)), before + b"".join(full))


def _publish_level(level: int, index: int, hashes: bytes) -> Generator[tuple[str, bytes], None, list[bytes]]:
    """Yield the tiles of one level from ``index`` on; return the roots of those that are full."""
    roots, step = [], WIDTH * HASH_SIZE
    for at in range(0, len(hashes), step):
        tile = hashes[at : at + step]
        name = TileName(level, index + at // step, len(tile) // HASH_SIZE)
        yield name.path(), tile
        roots += [Tree(tile).root()] if name.width == WIDTH else []
    return roots


def _hashes_before(level: int, count: int, entries_from: EntriesFrom, read: Read | None) -> bytes:
    """The hashes already in the last tile of a level that has ``count``: read back, or recomputed."""
    index, kept = divmod(count, WIDTH)
    if kept and read is not None:
        return read_tile(read, TileName(level, index, kept))
    start, stop = ((count - back) << (HEIGHT * level) for back in (kept, 0))
    tree = Tree(leaf_hash(entry) for entry in (entries_from(start, stop) if kept else ()))
    return b"".join(tree.subtrees(HEIGHT * level)) if kept else b""


def read_tile(read: Read, name: TileName) -> bytes:
    """Read a hash tile of a certain width.

    Raises:
        IntegrityError: when it is missing or of another width.
    """
    data = read(name.path())
    if len(data) != name.width * HASH_SIZE:
        raise IntegrityError(f"expected {name.width * HASH_SIZE} bytes, got {len(data)}: {name.path()}")
    return data


def read_entries(read: Read, size: int, start: int = 0) -> Iterator[bytes]:
    """The entries of a published log of ``size`` entries, from index ``start`` on, unverified.

    Raises:
        IntegrityError: naming the bundle that is missing or malformed.
    """
    for name in current(ENTRIES, size, start // WIDTH):
        yield from read_bundle(read, name)[max(0, start - name.index * WIDTH) :]


def read_bundle(read: Read, name: TileName) -> list[bytes]:
    """Read a bundle.

    Raises:
        IntegrityError: naming the bundle that is missing or malformed.
    """
    try:
        return decode_bundle(read(name.path()), name.width)
    except IntegrityError as error:
        raise IntegrityError(f"{error.message}: {name.path()}") from None


def superseded(paths: Iterable[str], size: int) -> Iterator[str]:
    """Of ``paths``, the partial tiles and bundles whose full one is published: they may be deleted.

    C2SP tlog-tiles, "Partial Tiles".
    """
    for path in paths:
        name = TileName.parse(path)
        if name and name.width < WIDTH and (name.index + 1) * WIDTH <= size >> (HEIGHT * max(name.level, 0)):
            yield path


class TileReader:
    """Any node of a published tree of ``size`` leaves, and so its root and every proof, from tiles alone.

    Nothing read is trusted: what it computes is to be checked against a checkpoint.
    """

    def __init__(self, read: Read, size: int) -> None:
        self.size = size
        self._tile = lru_cache(maxsize=64)(lambda name: Tree(read_tile(read, name)))

    def node(self, level: int, index: int) -> bytes:
        """The hash of a complete subtree: within a tile of every eighth level, computed from the tile's hashes."""
        tile_level, above = divmod(level, HEIGHT)
        tile_index = (index << above) // WIDTH
        width = min(WIDTH, (self.size >> (HEIGHT * tile_level)) - tile_index * WIDTH)
        tree = self._tile(TileName(tile_level, tile_index, width))
        return tree.node(above, index - (tile_index * WIDTH >> above))

    def root(self) -> bytes:
        """The root, from the tiles at the right edge."""
        return root_of(self.node, self.size)

    def inclusion(self, index: int) -> list[bytes]:
        """The inclusion path of the leaf at ``index``."""
        return inclusion_path(self.node, index, self.size)

    def consistency(self, old_size: int) -> list[bytes]:
        """The consistency path from the tree of the first ``old_size`` leaves."""
        return consistency_path(self.node, old_size, self.size)
