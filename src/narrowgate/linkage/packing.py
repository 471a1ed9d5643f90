"""Distinct rows of columns of codes, with as few sorts as 64 bits allow."""

import numpy as np

from narrowgate.linkage.arrays import I32, I64, U64

_BITS = 64
Column = I32 | I64


def distinct(*columns: Column) -> tuple[I64, I64]:
    """Distinct combinations of columns of integers, in lexicographic order: ``arrays.distinct_rows``, in fewer sorts.

    Columns are laid side by side in one 64-bit key for as long as they fit; where they do not, the combinations so far
    are numbered, and the numbers lead the next key.

    Args:
        columns: at least one, n rows each.

    Returns:
        The first row of each combination, and per row the rank of its combination.
    """
    key, used = np.zeros(len(columns[0]), np.uint64), 0
    for column in columns:
        bits = _bits(column)
        if used + bits > _BITS:
            first, rank = _ranks(key)
            key, used = rank.astype(np.uint64), int(len(first) - 1).bit_length()
            if used + bits > _BITS:
                raise OverflowError(f"a column of {bits} bits beside {used} bits")
        if bits:
            key = (key << np.uint64(bits)) | _from_zero(column)
        used += bits
    return _ranks(key)


def order_of(keys: U64) -> I64:
    """Indices that sort keys, equal ones as they came.

    1. As many leading bits as there is room for are sorted together with the index: numbers sort far faster than
       indices of numbers. Of hashes that leaves next to nothing.
    2. What it leaves is sorted as it stands, which is nearly in order.
    """
    index = np.arange(len(keys), dtype=np.uint64)
    bits = len(keys).bit_length()
    lost = max(int(keys.max(initial=0)).bit_length() + bits - _BITS, 0)
    packed = (keys >> np.uint64(lost)) << np.uint64(bits) | index  # 1
    packed.sort()
    order = (packed & np.uint64((1 << bits) - 1)).astype(np.int64)
    in_order = keys[order]
    if (in_order[1:] < in_order[:-1]).any():  # 2
        order = order[np.argsort(in_order, kind="stable")]
    return order


def _bits(column: Column) -> int:
    return (int(column.max(initial=0)) - int(column.min(initial=0))).bit_length()


def _from_zero(column: Column) -> U64:
    found: U64 = (column.astype(np.int64) - int(column.min(initial=0))).view(np.uint64)
    return found


def _ranks(key: U64) -> tuple[I64, I64]:
    """The first row of each value, and per row the rank of its value."""
    fits = int(key.max(initial=0)).bit_length() + len(key).bit_length() <= _BITS
    order = order_of(key) if fits else np.argsort(key)
    in_order = key[order]
    new = np.ones(len(key), np.bool_)
    new[1:] = in_order[1:] != in_order[:-1]
    rank = np.empty(len(key), np.int64)
    rank[order] = np.cumsum(new) - 1
    starts = np.flatnonzero(new)
    first: I64 = np.minimum.reduceat(order, starts) if len(starts) else np.zeros(0, np.int64)
    return first, rank
