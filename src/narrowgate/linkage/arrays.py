"""Small arithmetic over columns: distinct rows, ranges laid end to end, the best of each group."""

import numpy as np
from numpy.typing import NDArray

I8 = NDArray[np.int8]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
U32 = NDArray[np.uint32]
U64 = NDArray[np.uint64]
Bools = NDArray[np.bool_]

_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def mix(*parts: U64 | np.uint64) -> U64:
    """One 64-bit hash of several columns, order mattering (the finaliser of SplitMix64, Steele et al. 2014)."""
    state: U64 = np.zeros(1, np.uint64)
    with np.errstate(over="ignore"):
        for part in parts:
            state = np.bitwise_xor(state, part)
            state += _GOLDEN
            state ^= state >> np.uint64(30)
            state *= _MIX_1
            state ^= state >> np.uint64(27)
            state *= _MIX_2
            state ^= state >> np.uint64(31)
    return state


def distinct_rows(*columns: I32 | I64) -> tuple[I64, I64]:
    """Distinct combinations of columns of codes, in lexicographic order.

    Returns:
        The first row of each combination, and per row the rank of its combination.
    """
    rank: I64 = np.zeros(len(columns[0]), np.int64)
    first: I64 = np.zeros(min(len(rank), 1), np.int64)
    for column in columns:
        low = int(column.min(initial=0))
        span = int(column.max(initial=0)) - low + 1
        _, first, rank = np.unique(
            rank * span + (column.astype(np.int64) - low), return_index=True, return_inverse=True
        )
    return first, rank


def ranges(starts: I64, stops: I64) -> tuple[I64, I64]:
    """Half-open ranges laid end to end.

    Returns:
        Per item the index of its range, and the item.
    """
    sizes = stops - starts
    owner = np.repeat(np.arange(len(sizes), dtype=np.int64), sizes)
    before = np.cumsum(sizes) - sizes
    return owner, np.arange(len(owner), dtype=np.int64) - before[owner] + starts[owner]


def group_starts(groups: I64, count: int) -> I64:
    """Where each of ``count`` groups begins in a sorted column, and one past the last."""
    return np.searchsorted(groups, np.arange(count + 1, dtype=np.int64)).astype(np.int64)


def best_of(groups: I64, values: I32, count: int, absent: int) -> I32:
    """The greatest value of each of ``count`` groups (``groups`` sorted); ``absent`` where a group has none."""
    best = np.full(count, absent, np.int32)
    np.maximum.at(best, groups, values)
    return best
