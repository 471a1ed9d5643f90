"""Blocks: the persons found under each key. Keys are hashes, so their leading bits lead to them directly."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from narrowgate.linkage.arrays import I32, I64, U32, U64, Bools
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
    index: U32

    def look_up(self, asked: U64) -> tuple[I64, I64]:
        """Which of the keys asked for are stored.

        Returns:
            Their indices in ``asked``, rising; and per one found its block.
        """
        bucket = (asked >> shift_of(len(self.index) - 1)).astype(np.int64)
        at = self.index[bucket].astype(np.int64)
        stop = self.index[bucket + 1].astype(np.int64)
        left = np.flatnonzero(at < stop)
        at, stop, wanted = at[left], stop[left], asked[left]
        block = np.full(len(asked), -1, np.int64)
        while len(left):
            hit = self.keys[at] == wanted
            block[left[hit]] = at[hit]
            at += 1
            go_on = np.flatnonzero(~hit & (at < stop))
            left, at, stop, wanted = left[go_on], at[go_on], stop[go_on], wanted[go_on]
        found = np.flatnonzero(block >= 0)
        return found, block[found]


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


def index_of(keys: U64) -> U32:
    """The index of sorted keys: about one key to a place."""
    places = places_for(len(keys))
    leading = (keys >> shift_of(places)).astype(np.int64)
    return np.concatenate((np.zeros(1, np.uint32), np.cumsum(np.bincount(leading, minlength=places)).astype(np.uint32)))


def places_for(keys: int) -> int:
    """How many places the index of so many keys has."""
    return 1 << min(max(keys.bit_length(), _FEWEST_BITS), _MOST_BITS)


def shift_of(places: int) -> np.uint64:
    """How far a key is shifted to find its place in an index of so many places."""
    return np.uint64(_KEY_BITS - (places.bit_length() - 1))
