"""Pairs of codes, compared once per distinct pair of strings."""

from collections.abc import Callable, Sequence

import numpy as np
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


def same(ones: Sequence[str], others: Sequence[str]) -> Bools:
    """Where both strings are equal."""
    return np.fromiter((a == b for a, b in zip(ones, others, strict=True)), np.bool_, len(ones))


def where_all(ones: Sequence[str], others: Sequence[str], rule: Callable[[str, str], bool], at: Bools) -> Bools:
    """``rule`` of the pairs that ``at`` marks; False elsewhere."""
    found = np.zeros(len(ones), np.bool_)
    for i in np.flatnonzero(at).tolist():
        found[i] = rule(ones[i], others[i])
    return found
