"""Hashes of what names are found by, word by word: parts of surnames, roots of given names, first and last letters."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from narrowgate.linkage.arrays import I32, I64, U64, Bools, ranges
from narrowgate.linkage.given_names import given_names, roots
from narrowgate.linkage.words import BLANK, Words, hashes_of

_LETTERS = 3


@dataclass(frozen=True, slots=True)
class Several:
    """Per word some hashes: of word w ``pool[starts[w] : starts[w + 1]]``; blank words have none."""

    starts: I64
    pool: U64

    def of(self, codes: I32) -> tuple[I64, U64]:
        """Per hash of a column of words the row it comes from, sorted, and the hash."""
        first, stop = self.starts[codes], self.starts[codes + np.int32(1)]
        if np.array_equal(stop - first, np.ones(len(codes), np.int64)):
            return np.arange(len(codes), dtype=np.int64), self.pool[first]
        owner, item = ranges(first, stop)
        return owner, self.pool[item]


class NameParts:
    """Hashes of what the given, middle and surnames in columns of codes are found by, worked out once per word."""

    def __init__(self, words: Words, given: I32, surnames: I32, middle: I32 | None = None) -> None:
        self._words = words
        self._given, self._surnames = _used(given), _used(surnames)
        self._middle = _used(given[:0] if middle is None else middle)

    @cached_property
    def parts(self) -> Several:
        """Of surnames: closed up, and each part if there are several."""
        text = self._words.text.take(pa.array(self._surnames))
        spaced: Bools = pc.match_substring(text, " ").to_numpy(zero_copy_only=False)
        return _hashed(self._words, self._surnames, spaced, lambda s: tuple(dict.fromkeys((closed(s), *s.split()))))

    @cached_property
    def roots(self) -> Several:
        """Of given names: what they may be forms of."""
        return self._roots(self._given)

    @cached_property
    def roots_of_surnames(self) -> Several:
        """Likewise of surnames, which may be given names out of place."""
        return self._roots(self._surnames)

    @cached_property
    def first(self) -> U64:
        """Per word the first letters of a surname."""
        return self._letters(self._surnames, 0, _LETTERS, "")

    @cached_property
    def last(self) -> U64:
        """Per word the last letter of a surname."""
        return self._letters(self._surnames, -1, None, "-")

    @cached_property
    def initials(self) -> U64:
        """Per word the first letter of a middle name."""
        return self._letters(self._middle, 0, 1, "")

    def _roots(self, codes: I32) -> Several:
        known = pa.array(list(given_names().groups), pa.large_string())
        grouped = pc.is_in(self._words.text.take(pa.array(codes)), value_set=known).to_numpy(zero_copy_only=False)
        return _hashed(self._words, codes, grouped, roots)

    def _letters(self, codes: I32, start: int, stop: int | None, mark: str) -> U64:
        text = pc.replace_substring(self._words.text.take(pa.array(codes)), " ", "")
        few = pc.utf8_slice_codeunits(text, start, stop).dictionary_encode()
        found = np.zeros(len(self._words.text), np.uint64)
        hashes = hashes_of([mark + letters for letters in few.dictionary.to_pylist()])
        found[codes] = hashes[few.indices.to_numpy()] if len(few) else hashes
        return found


def closed_hashes(words: Words, codes: I32) -> U64:
    """The hash of each word of a column of codes, closed up."""
    hashes = words.hashes[codes]
    spaced = np.flatnonzero(pc.match_substring(words.text.take(pa.array(codes)), " ").to_numpy(zero_copy_only=False))
    hashes[spaced] = hashes_of([closed(text) for text in words.spell(codes[spaced])])
    return hashes


def alone(words: Words, codes: I32) -> tuple[Words, I32]:
    """The words of a column of codes by themselves, the blank before them, and the column in codes of these."""
    used, at = np.unique(np.append(codes, BLANK), return_inverse=True)
    return Words(words.text.take(pa.array(used)), words.hashes[used]), at[:-1].astype(np.int32)


def closed(text: str) -> str:
    """A name without its spaces."""
    return text.replace(" ", "")


def _used(codes: I32) -> I32:
    """The codes that occur in a column, without the blank."""
    return (np.flatnonzero(np.bincount(codes, minlength=1)[1:]) + 1).astype(np.int32)


def _hashed(words: Words, codes: I32, special: Bools, rule: Callable[[str], tuple[str, ...]]) -> Several:
    """Hashes of what ``rule`` makes of the words marked special; of every other word its own."""
    made = [rule(text) for text in words.spell(codes[special])]
    sizes = np.zeros(len(words.text), np.int64)
    sizes[codes] = 1
    sizes[codes[special]] = [len(m) for m in made]
    starts = np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes)))
    pool = np.zeros(int(starts[-1]), np.uint64)
    pool[starts[codes[~special]]] = words.hashes[codes[~special]]
    _, item = ranges(starts[codes[special]], starts[codes[special] + 1])
    pool[item] = hashes_of([text for m in made for text in m])
    return Several(starts, pool)
