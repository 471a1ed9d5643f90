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


def pair_levels(
    left: Words, one: I32, right: Words, other: I32, rule: Callable[[list[str], list[str], I64, I64], I8]
) -> I8:
    """Levels of pairs of codes; ``rule`` sees each distinct pair once, as strings and as codes."""
    pairs, inverse = np.unique((one.astype(np.int64) << 32) | other.astype(np.int64), return_inverse=True)
    ones, others = pairs >> 32, pairs & 0xFFFFFFFF
    return rule(left.spell(ones), right.spell(others), ones, others)[inverse]


class Memo:
    """Levels of pairs of codes that were compared before, kept over the chunks of a batch; threads may share it."""

    def __init__(self, rule: Callable[[I32, I32], I8]) -> None:
        self._rule = rule
        self._known: tuple[I64, I8] = np.zeros(0, np.int64), np.zeros(0, np.int8)
        self._lock = Lock()

    def levels(self, one: I32, other: I32) -> I8:
        """The level of each pair."""
        coded = pa.array(one.astype(np.int64) << 32 | other).dictionary_encode()
        pairs = coded.dictionary.to_numpy()
        keys, levels = self._known
        if not len(keys):
            new = np.ones(len(pairs), np.bool_)
            found = np.zeros(len(pairs), np.int8)
        else:
            at = np.minimum(np.searchsorted(keys, pairs), len(keys) - 1)
            new, found = keys[at] != pairs, levels[at]
        if new.any():
            codes = pairs[new]
            found[new] = self._rule((codes >> 32).astype(np.int32), (codes & 0xFFFFFFFF).astype(np.int32))
            self._learn(codes, found[new])
        return found[coded.indices.to_numpy()]

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
