"""Distinct folded strings and their codes: equal strings are compared once, by number."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from narrowgate.linkage.arrays import I32, I64, U64

BLANK = 0
"""The code of the empty string, in every set of words."""


@dataclass(frozen=True, slots=True)
class Words:
    """Distinct strings in byte order.

    Attributes:
        text: the strings; the first is "".
        hashes: 64 bits of BLAKE2b of each (RFC 7693): equal strings of two sets have equal hashes.
    """

    text: pa.LargeStringArray
    hashes: U64

    def spell(self, codes: I32 | I64) -> list[str]:
        """The strings of these codes."""
        spelt: list[str] = self.text.take(pa.array(codes)).to_pylist()
        return spelt


def word_hash(text: str) -> int:
    """The hash that stands for a string in keys and comparisons."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def hashes_of(texts: Sequence[str]) -> U64:
    """Hashes of many strings."""
    return np.fromiter((word_hash(t) for t in texts), np.uint64, len(texts))


def encode(columns: Sequence[pa.DictionaryArray]) -> tuple[Words, list[I32]]:
    """One set of words for several columns of strings.

    Returns:
        The words, and per column the code of each row.
    """
    parts = [pa.array([""], pa.large_string())] + [c.dictionary.cast(pa.large_string()) for c in columns]
    distinct = pc.unique(pa.concat_arrays(parts))
    text = distinct.take(pc.sort_indices(distinct))
    coded = []
    for column in columns:
        codes = pc.index_in(column.dictionary.cast(pa.large_string()), value_set=text)
        coded.append(_numbers(codes)[_numbers(column.indices)] if len(column) else np.zeros(0, np.int32))
    return Words(text, hashes_of(text.to_pylist())), coded


def rewrite(column: pa.DictionaryArray, rule: Callable[[str], str]) -> pa.DictionaryArray:
    """The column with every distinct string rewritten once."""
    rewritten = pa.array([rule(text) for text in column.dictionary.to_pylist()], pa.large_string()).dictionary_encode()
    if not len(column):
        return pa.DictionaryArray.from_arrays(pa.array([], pa.int32()), rewritten.dictionary)
    indices = _numbers(rewritten.indices)[_numbers(column.indices)]
    return pa.DictionaryArray.from_arrays(pa.array(indices, pa.int32()), rewritten.dictionary)


def dictionary(column: pa.ChunkedArray | pa.Array) -> pa.DictionaryArray:
    """A column of strings as distinct strings and indices; null counts as blank."""
    whole = pa.chunked_array([column]) if isinstance(column, pa.Array) else column
    if not pa.types.is_dictionary(whole.type):
        whole = pc.fill_null(whole.cast(pa.large_string()), "").dictionary_encode()
    whole = whole.unify_dictionaries().combine_chunks()
    if isinstance(whole, pa.ChunkedArray):
        whole = whole.chunk(0) if whole.num_chunks else pa.array([], pa.large_string()).dictionary_encode()
    return whole


def _numbers(array: pa.Array) -> I32:
    numbers: I32 = array.to_numpy(zero_copy_only=False).astype(np.int32, copy=False)
    return numbers
