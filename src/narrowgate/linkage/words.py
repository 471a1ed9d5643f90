"""Distinct folded strings and their codes: equal strings are compared once, by number."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

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
    """One set of words for several columns of strings: "" and every string that some row has.

    Args:
        columns: strings may stand twice in a dictionary, and in no row.

    Returns:
        The words, and per column the code of each row.
    """
    text, coded = in_order(columns)
    return Words(text, hashes_of(text.to_pylist())), coded


def in_order(columns: Sequence[pa.DictionaryArray]) -> tuple[pa.LargeStringArray, list[I32]]:
    """As ``encode``, without the hashes."""
    used = [np.flatnonzero(np.bincount(numbers(c.indices), minlength=len(c.dictionary))) for c in columns]
    parts = [c.dictionary.cast(pa.large_string()).take(pa.array(at)) for c, at in zip(columns, used, strict=True)]
    whole = pa.concat_arrays([pa.array([""], pa.large_string()), *parts]).dictionary_encode()
    order = pc.sort_indices(whole.dictionary).to_numpy().astype(np.int64)
    rank = np.empty(len(order), np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    codes, start, coded = rank[numbers(whole.indices)], 1, []
    for column, at in zip(columns, used, strict=True):
        of_dictionary = np.zeros(len(column.dictionary), np.int32)
        of_dictionary[at] = codes[start : start + len(at)]
        coded.append(of_dictionary[numbers(column.indices)])
        start += len(at)
    return whole.dictionary.take(pa.array(order)), coded


def rewrite(column: pa.DictionaryArray, rule: Callable[[str], str]) -> pa.DictionaryArray:
    """The column with every distinct string rewritten once."""
    return respelt(column, [rule(text) for text in column.dictionary.to_pylist()])


def respelt(column: pa.DictionaryArray, texts: Sequence[str]) -> pa.DictionaryArray:
    """The column with each string of its dictionary replaced by the one of ``texts`` in its place."""
    return pa.DictionaryArray.from_arrays(column.indices, pa.array(texts, pa.large_string()))


def dictionary(column: pa.ChunkedArray | pa.Array) -> pa.DictionaryArray:
    """A column of strings as distinct strings and indices; null counts as blank."""
    whole = pa.chunked_array([column]) if isinstance(column, pa.Array) else column
    if not pa.types.is_dictionary(whole.type):
        whole = pc.fill_null(whole.cast(pa.large_string()), "").dictionary_encode()
    whole = whole.unify_dictionaries().combine_chunks()
    if isinstance(whole, pa.ChunkedArray):
        whole = whole.chunk(0) if whole.num_chunks else pa.array([], pa.large_string()).dictionary_encode()
    return whole


def plain(column: pa.ChunkedArray | pa.Array) -> pa.LargeStringArray:
    """The cells of a column as one array of strings; null counts as blank."""
    text = pc.fill_null(column.cast(pa.large_string()), "")
    return (
        pa.concat_arrays(text.chunks or [pa.array([], pa.large_string())])
        if isinstance(text, pa.ChunkedArray)
        else text
    )


def string_arrays(name: str, text: pa.LargeStringArray) -> dict[str, NDArray[Any]]:
    """Strings as two arrays: where each begins (and one past the last), and their bytes."""
    offsets = (
        np.frombuffer(text.buffers()[1], np.int64, len(text) + 1, text.offset * 8)
        if len(text)
        else np.zeros(1, np.int64)
    )
    low, high = int(offsets[0]), int(offsets[-1])
    data = np.frombuffer(text.buffers()[2], np.uint8)[low:high] if high > low else np.zeros(0, np.uint8)
    return {f"{name}_offsets": offsets - low, f"{name}_bytes": data}


def strings_from(arrays: Mapping[str, NDArray[Any]], name: str) -> pa.LargeStringArray:
    """The strings that ``string_arrays`` made two arrays of; nothing is copied."""
    offsets = arrays[f"{name}_offsets"]
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(arrays[f"{name}_bytes"])]
    return pa.LargeStringArray.from_buffers(len(offsets) - 1, *buffers[1:])


def numbers(array: pa.Array) -> I32:
    """Indices as 32-bit numbers."""
    numbers: I32 = array.to_numpy(zero_copy_only=False).astype(np.int32, copy=False)
    return numbers
