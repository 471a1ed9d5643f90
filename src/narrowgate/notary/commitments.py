"""Salted commitments, and the row trees built from them.

A commitment is HMAC-SHA256(salt, canonical body). The salt is derived from a secret key that stays with the gate, so
that a body is opened to one person by handing over one salt, and the same key and rows give the same root again.
Salts are HKDF-Expand (RFC 5869, section 2.3) of a 32-byte key to 32 bytes: one block, HMAC(key, info || 0x01).
"""

import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import sha256

from narrowgate.domain.errors import IntegrityError
from narrowgate.domain.merkle import HASH_SIZE, Tree, leaf_hash, root_from_inclusion

KEY_SIZE = 32
BOUNDARY_LEVEL = 16
BOUNDARY_ROWS = 1 << BOUNDARY_LEVEL
"""A row tree's resumption boundaries: aligned subtrees of this many rows."""

Progress = Callable[[int], None]
"""Called with the number of rows done, at every boundary and at the end."""


def expand(key: bytes, info: bytes) -> bytes:
    """HKDF-Expand with SHA-256 to 32 bytes, RFC 5869, section 2.3.

    Raises:
        ValueError: when the key is not 32 bytes.
    """
    if len(key) != KEY_SIZE:
        raise ValueError(f"a key is {KEY_SIZE} bytes")
    return hmac.digest(key, info + b"\x01", "sha256")


def event_salt(key: bytes, entry_id: bytes, position: int) -> bytes:
    """The salt of the event at ``position`` (zero-based) beneath an entry (16-byte id)."""
    return expand(key, b"narrowgate/event/1\0" + entry_id + position.to_bytes(4))


def row_salt(key: bytes, tree: str, row: int) -> bytes:
    """The salt of row ``row`` in the row tree labelled ``tree``."""
    return expand(key, _row_info(tree) + row.to_bytes(8))


def _row_info(tree: str) -> bytes:
    if not tree or "\0" in tree:
        raise ValueError("a row tree's label is not empty and holds no nul")
    return b"narrowgate/row/1\0" + tree.encode() + b"\0"


def commit(salt: bytes, body: bytes) -> bytes:
    """The commitment to a body's canonical bytes."""
    return hmac.digest(salt, body, "sha256")


@dataclass(frozen=True, slots=True)
class Opening:
    """What opens one leaf of a tree of commitments to whom it concerns.

    Attributes:
        body: canonical bytes that were committed to.
        salt: 32 bytes.
        index, size: the leaf's zero-based place and the number of leaves.
        path: its inclusion path.
    """

    body: bytes
    salt: bytes
    index: int
    size: int
    path: tuple[bytes, ...]

    def root(self) -> bytes:
        """The root of the tree that this opens.

        Raises:
            IntegrityError: when the path does not fit index and size.
        """
        return root_from_inclusion(leaf_hash(commit(self.salt, self.body)), self.index, self.size, self.path)


class RowTree:
    """The row tree of one event: one leaf a person, in the order the rows were given.

    Attributes:
        label: what its salts are derived with.
        tree: the Merkle tree over the commitments.
    """

    def __init__(self, key: bytes, label: str, tree: Tree) -> None:
        self.label = label
        self.tree = tree
        self._key = key

    @classmethod
    def build(
        cls,
        key: bytes,
        label: str,
        rows: Iterable[tuple[int, bytes]],
        progress: Progress = lambda _done: None,
        done: bytes = b"",
    ) -> "RowTree":
        """Commit to every row.

        Args:
            key: 32 bytes, the request's.
            label: of the tree; no two trees under one key share one.
            rows: (row number, canonical body), row numbers strictly rising.
            progress: told how many rows are done.
            done: leaf hashes of the rows before, when resuming at a boundary; ``rows`` then begins after them.

        Raises:
            ValueError: when row numbers do not rise, or ``done`` does not end at a boundary.
        """
        if len(done) % (HASH_SIZE * BOUNDARY_ROWS):
            raise ValueError("a row tree resumes at a boundary")
        chunks = [done, *_leaf_chunks(key, _row_info(label), rows, progress, len(done) // HASH_SIZE)]
        return cls(key, label, Tree(b"".join(chunks)))

    @property
    def root(self) -> bytes:
        """The root, which the event's body commits to as ``row_root``."""
        return self.tree.root()

    @property
    def size(self) -> int:
        """The number of rows, which the event's body commits to as ``row_size``."""
        return self.tree.size

    def boundaries(self) -> tuple[bytes, ...]:
        """The roots of the complete aligned subtrees, to note for resuming and to check what was kept."""
        return self.tree.subtrees(BOUNDARY_LEVEL)

    def open(self, position: int, row: int, body: bytes) -> Opening:
        """Open the leaf at ``position``, given its row number and body.

        Raises:
            IntegrityError: when that is not what the leaf commits to.
        """
        salt = row_salt(self._key, self.label, row)
        opening = Opening(body, salt, position, self.size, tuple(self.tree.inclusion(position)))
        if leaf_hash(commit(salt, body)) != self.tree.node(0, position):
            raise IntegrityError(f"row {row} is not what leaf {position} of its row tree commits to")
        return opening


def _leaf_chunks(
    key: bytes, info: bytes, rows: Iterable[tuple[int, bytes]], progress: Progress, count: int
) -> Iterable[bytes]:
    """Leaf hashes of the rows, a chunk a boundary. Written out, not composed: it runs once per person."""
    last, chunk, digest = -1, [], hmac.digest
    expand(key, info)  # refuses a key of another size
    for row, body in rows:
        if row <= last:
            raise ValueError("row numbers rise strictly")
        last = row
        salt = digest(key, info + row.to_bytes(8) + b"\x01", "sha256")
        chunk.append(sha256(b"\x00" + digest(salt, body, "sha256")).digest())
        if len(chunk) == BOUNDARY_ROWS:
            count += BOUNDARY_ROWS
            progress(count)
            yield b"".join(chunk)
            chunk = []
    if chunk:
        progress(count + len(chunk))
        yield b"".join(chunk)
