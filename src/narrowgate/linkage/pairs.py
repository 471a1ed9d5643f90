"""Pairs of codes, compared once per distinct pair of strings."""

from collections.abc import Callable, Sequence
from threading import Lock

import numpy as np
import pyarrow as pa
from rapidfuzz.distance import OSA
from rapidfuzz.process import cpdist

from narrowgate.linkage.arrays import I8, I32, I64, Bools
from narrowgate.linkage.words import Words

FAR = 3
"""Edit distances stand as they are below this, and as this above."""
_UNKNOWN = -1


def pair_levels(
    left: Words, one: I32, right: Words, other: I32, rule: Callable[[list[str], list[str], I64, I64], I8]
) -> I8:
    """Levels of pairs of codes; ``rule`` sees each distinct pair once, as strings and as codes."""
    pairs, inverse = np.unique((one.astype(np.int64) << 32) | other.astype(np.int64), return_inverse=True)
    ones, others = pairs >> 32, pairs & 0xFFFFFFFF
    return rule(left.spell(ones), right.spell(others), ones, others)[inverse]


class Memo:
    """Levels of pairs of codes that were compared before, kept over the chunks of a batch; threads may share it.

    Args:
        rule: compares columns of codes of the left and of the right words.
        left, right: the words of both sides.
    """

    def __init__(self, rule: Callable[[I32, I32], I8], left: Words, right: Words) -> None:
        self._rule = rule
        self._left, self._right = left.hashes, right.hashes
        self._same = np.full(len(left.hashes), _UNKNOWN, np.int8)
        self._known: tuple[I64, I8] = np.zeros(0, np.int64), np.zeros(0, np.int8)
        self._lock = Lock()

    def levels(self, one: I32, other: I32) -> I8:
        """The level of each pair."""
        equal = self._left[one] == self._right[other]
        if equal.all():
            return self._of_equals(one, other)
        levels = np.empty(len(one), np.int8)
        levels[equal] = self._of_equals(one[equal], other[equal])
        unequal = ~equal
        levels[unequal] = self._of_others(one[unequal], other[unequal])
        return levels

    def _of_equals(self, one: I32, other: I32) -> I8:
        """The level of a word with itself, one for each word."""
        levels = self._same[one]
        new = np.flatnonzero(levels == _UNKNOWN)
        if len(new):
            codes, first = np.unique(one[new], return_index=True)
            self._same[codes] = self._rule(codes, other[new][first])
            levels[new] = self._same[one[new]]
        return levels

    def _of_others(self, one: I32, other: I32) -> I8:
        coded = pa.array(one.astype(np.int64) << 32 | other).dictionary_encode()
        pairs = coded.dictionary.to_numpy()
        keys, levels = self._known
        at = np.searchsorted(keys, pairs)
        at[at == len(keys)] = 0
        found = levels[at] if len(keys) else np.zeros(len(pairs), np.int8)
        new = keys[at] != pairs if len(keys) else np.ones(len(pairs), np.bool_)
        if new.any():
            codes = pairs[new]
            found[new] = self._rule((codes >> 32).astype(np.int32), (codes & 0xFFFFFFFF).astype(np.int32))
            self._learn(codes, found[new])
        each: I8 = found[coded.indices.to_numpy()]
        return each

    def _learn(self, pairs: I64, levels: I8) -> None:
        with self._lock:
            keys, first = np.unique(np.concatenate((self._known[0], pairs)), return_index=True)
            self._known = keys, np.concatenate((self._known[1], levels))[first]


def slips(ones: Sequence[str], others: Sequence[str]) -> I8:
    """Optimal string alignment distances: letters dropped, added, mistaken or two transposed; at most ``FAR``."""
    if not len(ones):
        return np.zeros(0, np.int8)
    found = cpdist(ones, others, scorer=OSA.distance, score_cutoff=FAR - 1, dtype=np.uint8)
    distances: I8 = np.minimum(found, FAR).astype(np.int8)
    return distances


def lengths(texts: Sequence[str]) -> I32:
    """How long each string is."""
    return np.fromiter(map(len, texts), np.int32, len(texts))


def where_all(ones: Sequence[str], others: Sequence[str], rule: Callable[[str, str], bool], at: Bools) -> Bools:
    """``rule`` of the pairs that ``at`` marks; False elsewhere."""
    found = np.zeros(len(ones), np.bool_)
    for i in np.flatnonzero(at).tolist():
        found[i] = rule(ones[i], others[i])
    return found
