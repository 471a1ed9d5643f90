"""Blocks: the persons found under each key. Keys are hashes, so their leading bits lead to them directly."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from narrowgate.linkage.arrays import I32, I64, U64, Bools
from narrowgate.linkage.keys import Keys

_KEY_BITS = 64
_FEWEST_BITS, _MOST_BITS = 4, 30


@dataclass(frozen=True, slots=True)
class Blocks:
    """Block k holds ``persons[starts[k] : starts[k + 1]]`` and is found by ``keys[k]``.

    Attributes:
        keys: distinct, sorted.
        index: where the keys begin that share their leading bits, and one past the last; its length is a power of
            two and one.
    """

    keys: U64
    starts: I64
    persons: I32
    index: I64

    def look_up(self, asked: U64) -> tuple[I64, I64]:
        """Which of the keys asked for are stored.

        Returns:
            Their indices in ``asked``, in no order; and per one found its block.
        """
        bucket = (asked >> shift_of(len(self.index) - 1)).astype(np.int64)
        at, stop = self.index[bucket], self.index[bucket + 1]
        left = np.flatnonzero(at < stop)
        at, stop, asked = at[left], stop[left], asked[left]
        found: list[tuple[I64, I64]] = []
        while len(left):
            hit = self.keys[at] == asked
            found.append((left[hit], at[hit]))
            at += 1
            go_on = ~hit & (at < stop)
            left, at, stop, asked = left[go_on], at[go_on], stop[go_on], asked[go_on]
        if not found:
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        which, block = (np.concatenate(column) for column in zip(*found, strict=True))
        return which, block


def made_of(keys: Sequence[tuple[Keys, I32]]) -> Blocks:
    """Blocks of keys, and per row of each list of keys the person it belongs to; a person stands in a block once."""
    hashes = np.concatenate([k.hashes for k, _ in keys])
    persons = np.concatenate([person[k.row] for k, person in keys])
    order = np.lexsort((persons, hashes))
    hashes, persons = hashes[order], persons[order]
    kept = np.ones(len(hashes), np.bool_)
    kept[1:] = (hashes[1:] != hashes[:-1]) | (persons[1:] != persons[:-1])
    hashes, persons = hashes[kept], persons[kept]
    first: Bools = np.ones(len(hashes), np.bool_)
    first[1:] = hashes[1:] != hashes[:-1]
    distinct = hashes[first]
    starts = np.append(np.flatnonzero(first), len(hashes)).astype(np.int64)
    return Blocks(distinct, starts, persons, index_of(distinct))


def index_of(keys: U64) -> I64:
    """The index of sorted keys: about one key to a place."""
    bits = min(max(len(keys).bit_length(), _FEWEST_BITS), _MOST_BITS)
    leading = (keys >> shift_of(1 << bits)).astype(np.int64)
    return np.concatenate((np.zeros(1, np.int64), np.cumsum(np.bincount(leading, minlength=1 << bits))))


def shift_of(places: int) -> np.uint64:
    """How far a key is shifted to find its place in an index of so many places."""
    return np.uint64(_KEY_BITS - (places.bit_length() - 1))
