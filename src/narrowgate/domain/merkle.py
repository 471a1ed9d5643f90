"""Merkle arithmetic: the hash tree of RFC 6962, section 2.1, with the proof algorithms of RFC 9162, section 2.1.

A node is named by (level, index): the root of the complete subtree over the leaves ``index << level`` up to
``(index + 1) << level``. Proofs ask for nodes through a function, so that a ``Tree`` in memory and tiles on disk share
one algorithm. Whatever does not verify raises ``IntegrityError``; nothing here returns a verdict one could overlook.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from hashlib import sha256

from narrowgate.domain.errors import IntegrityError

HASH_SIZE = 32
EMPTY_ROOT = sha256(b"").digest()
"""MTH({}) of RFC 6962, section 2.1."""

Node = Callable[[int, int], bytes]
"""(level, index) -> hash of that complete subtree."""


def leaf_hash(data: bytes) -> bytes:
    """MTH of one leaf: SHA-256(0x00 || data), RFC 6962, section 2.1."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """MTH of two subtrees: SHA-256(0x01 || left || right), RFC 6962, section 2.1."""
    return sha256(b"\x01" + left + right).digest()


def root(leaf_hashes: Iterable[bytes]) -> bytes:
    """The root over ``leaf_hashes`` (32 bytes each), in order; ``EMPTY_ROOT`` over none."""
    return Tree(leaf_hashes).root()


class Tree:
    """A whole tree in memory: concatenated hashes, level by level, so that many proofs of it are cheap.

    Takes leaf hashes one by one or as one concatenated ``bytes``. A million leaves take 64 MB and about a second.

    Raises:
        ValueError: when a concatenation is no multiple of 32 bytes.
    """

    def __init__(self, leaf_hashes: Iterable[bytes] | bytes) -> None:
        level = leaf_hashes if isinstance(leaf_hashes, bytes) else b"".join(leaf_hashes)
        if len(level) % HASH_SIZE:
            raise ValueError("leaf hashes are 32 bytes each")
        self.size = len(level) // HASH_SIZE
        self._levels = [level]
        while len(level) >= 2 * HASH_SIZE:
            level = _level_above(level)
            self._levels.append(level)

    def node(self, level: int, index: int) -> bytes:
        """The hash of a complete subtree."""
        return self._levels[level][index * HASH_SIZE : (index + 1) * HASH_SIZE]

    def leaves(self) -> bytes:
        """All leaf hashes, concatenated."""
        return self._levels[0]

    def subtrees(self, level: int) -> tuple[bytes, ...]:
        """The roots of every complete subtree of ``2 ** level`` leaves, left to right."""
        return tuple(self.node(level, i) for i in range(self.size >> level))

    def root(self) -> bytes:
        """The tree's root."""
        return root_of(self.node, self.size)

    def inclusion(self, index: int) -> list[bytes]:
        """The inclusion path of the leaf at ``index``."""
        return inclusion_path(self.node, index, self.size)

    def consistency(self, old_size: int) -> list[bytes]:
        """The consistency path from the tree of the first ``old_size`` leaves."""
        return consistency_path(self.node, old_size, self.size)


def _level_above(level: bytes) -> bytes:
    """The parents of all complete pairs; an odd last node has none."""
    pair = 2 * HASH_SIZE
    stop = len(level) - len(level) % pair
    return b"".join([sha256(b"\x01" + level[i : i + pair]).digest() for i in range(0, stop, pair)])


class Frontier:
    """The compact range of a growing log: the roots of its complete subtrees, largest first. Enough to append.

    Attributes:
        size: leaves so far.

    Raises:
        IntegrityError: when the hashes handed in cannot be the frontier of that size.
    """

    def __init__(self, size: int = 0, hashes: Sequence[bytes] = ()) -> None:
        if size < 0 or len(hashes) != size.bit_count() or any(len(h) != HASH_SIZE for h in hashes):
            raise IntegrityError(f"a frontier of {size} leaves does not have these {len(hashes)} hashes")
        self.size = size
        self._hashes = list(hashes)

    def append(self, leaf: bytes) -> None:
        """Append one leaf hash."""
        merges = (~self.size & (self.size + 1)).bit_length() - 1
        for _ in range(merges):
            leaf = node_hash(self._hashes.pop(), leaf)
        self._hashes.append(leaf)
        self.size += 1

    def hashes(self) -> list[bytes]:
        """The frontier to store; with ``size`` it makes the same frontier again."""
        return list(self._hashes)

    def root(self) -> bytes:
        """The root over all leaves so far."""
        return _fold(self._hashes)


def _fold(hashes: Sequence[bytes]) -> bytes:
    """The root over neighbouring subtrees, largest first."""
    return reduce(lambda right, left: node_hash(left, right), reversed(hashes)) if hashes else EMPTY_ROOT


def _split(width: int) -> int:
    """The largest power of two smaller than ``width``: k of RFC 9162, section 2.1.1."""
    return 1 << ((width - 1).bit_length() - 1)


def _range_hash(node: Node, start: int, stop: int) -> bytes:
    """MTH(D[start:stop]) where ``start`` is aligned, as it is wherever RFC 9162 splits."""
    hashes = []
    while start < stop:
        level = (stop - start).bit_length() - 1
        hashes.append(node(level, start >> level))
        start += 1 << level
    return _fold(hashes)


def root_of(node: Node, size: int) -> bytes:
    """MTH(D[0:size]), RFC 9162, section 2.1.1."""
    return _range_hash(node, 0, size)


def inclusion_path(node: Node, index: int, size: int) -> list[bytes]:
    """PATH(index, D[0:size]), RFC 9162, section 2.1.3.1.

    Raises:
        ValueError: when there is no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} in a tree of {size}")
    start, stop, path = 0, size, []
    while stop - start > 1:
        middle = start + _split(stop - start)
        if index < middle:
            path.append(_range_hash(node, middle, stop))
            stop = middle
        else:
            path.append(_range_hash(node, start, middle))
            start = middle
    return path[::-1]


def consistency_path(node: Node, old_size: int, new_size: int) -> list[bytes]:
    """PROOF(old_size, D[0:new_size]), RFC 9162, section 2.1.4.1; empty from the empty tree and between equal sizes.

    Raises:
        ValueError: when the tree would shrink.
    """
    if not 0 <= old_size <= new_size:
        raise ValueError(f"a log does not go from {old_size} to {new_size} leaves")
    start, stop, path = 0, new_size if old_size else 0, []
    while stop != old_size:
        middle = start + _split(stop - start)
        if old_size <= middle:
            path.append(_range_hash(node, middle, stop))
            stop = middle
        else:
            path.append(_range_hash(node, start, middle))
            start = middle
    if start:
        path.append(_range_hash(node, start, stop))
    return path[::-1]


def root_from_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """The root that an inclusion path leads to, RFC 9162, section 2.1.3.2, steps 1 to 5.

    Raises:
        IntegrityError: when the path cannot belong to that leaf of a tree of that size.
    """
    if not 0 <= index < size:
        raise IntegrityError("inclusion proof names a leaf outside the tree")
    _check_widths([leaf, *path])
    position, last, result = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            raise IntegrityError("inclusion proof is too long")
        if position & 1 or position == last:
            result = node_hash(sibling, result)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            result = node_hash(result, sibling)
        position, last = position >> 1, last >> 1
    if last:
        raise IntegrityError("inclusion proof is too short")
    return result


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], expected_root: bytes) -> None:
    """Check that ``leaf`` (a leaf hash) stands at ``index`` beneath a root, RFC 9162, section 2.1.3.2.

    Raises:
        IntegrityError: when it is not shown to.
    """
    if root_from_inclusion(leaf, index, size, path) != expected_root:
        raise IntegrityError("inclusion proof leads to another root")


def verify_consistency(old_size: int, old_root: bytes, new_size: int, new_root: bytes, path: Sequence[bytes]) -> None:
    """Check that a tree of ``old_size`` leaves is a prefix of one of ``new_size``, RFC 9162, section 2.1.4.2.

    Raises:
        IntegrityError: when it is not shown to be.
    """
    if not 0 <= old_size <= new_size:
        raise IntegrityError(f"a log does not go from {old_size} to {new_size} leaves")
    if old_size in (0, new_size):
        if path or old_root != (new_root if old_size else EMPTY_ROOT):
            raise IntegrityError("consistency proof does not hold between these roots")
        return
    # step 2: where the old tree is one complete subtree, its root begins the path
    steps = list(path) if old_size & (old_size - 1) else [old_root, *path]
    if _consistent_roots(old_size, new_size, steps) != (old_root, new_root):
        raise IntegrityError("consistency proof leads to other roots")


def _consistent_roots(old_size: int, new_size: int, steps: Sequence[bytes]) -> tuple[bytes, bytes]:
    """Both roots that a consistency path leads to, RFC 9162, section 2.1.4.2, steps 3 to 7."""
    if not steps:
        raise IntegrityError("consistency proof is empty")
    _check_widths(steps)
    old, new = old_size - 1, new_size - 1
    while old & 1:
        old, new = old >> 1, new >> 1
    old_root = new_root = steps[0]
    for step in steps[1:]:
        if new == 0:
            raise IntegrityError("consistency proof is too long")
        if old & 1 or old == new:
            old_root, new_root = node_hash(step, old_root), node_hash(step, new_root)
            while not old & 1 and old:
                old, new = old >> 1, new >> 1
        else:
            new_root = node_hash(new_root, step)
        old, new = old >> 1, new >> 1
    if new:
        raise IntegrityError("consistency proof is too short")
    return old_root, new_root


def _check_widths(hashes: Sequence[bytes]) -> None:
    """Refuse hashes of another width: bytes moved across a node's seam would hash alike."""
    if any(len(h) != HASH_SIZE for h in hashes):
        raise IntegrityError(f"a proof's hashes are {HASH_SIZE} bytes each")
