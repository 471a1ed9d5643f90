"""Which names on record are a slip of the pen away from a name asked for.

Both without some letter are the same: Garbe, *SymSpell* (2012), after Mor and Fraenkel, *A hash code method for
detecting and correcting spelling errors*, CACM 25 (1982). The comparators then say whether it is a slip.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from narrowgate.linkage.arrays import I8, I32, I64, U64, mix, ranges
from narrowgate.linkage.blocks import Blocks, made_of
from narrowgate.linkage.compare import Sides, given_levels, surname_levels
from narrowgate.linkage.keys import Family, Keys, undated_word
from narrowgate.linkage.weights import Given
from narrowgate.linkage.word_keys import NameParts, Several, alone, closed_hashes
from narrowgate.linkage.words import Words

_SLIP_LETTERS, _LETTERS = 4, 24
_BASE = np.uint64(0x9E3779B97F4A7C15)
_POWERS = np.array([pow(int(_BASE), n, 1 << 64) for n in range(_LETTERS + 1)], np.uint64)


def near_blocks(words: Words, codes: I32) -> Blocks:
    """The words of these codes, each under what is left of it without a letter."""
    keys = _keys(words, codes)
    return made_of([(keys, codes)])


def near_words(words: Words, codes: I32, blocks: Blocks, level: Callable[[I32, I32], I8]) -> tuple[I32, I32]:
    """Words of the snapshot that are a slip away from words of a request, and not the same.

    Args:
        words: of the request.
        codes: a column of them.
        blocks: of the snapshot's.
        level: compares codes of the request with codes of the snapshot.

    Returns:
        Codes of the request, sorted, and beside each the code of a word in the snapshot.
    """
    used = np.flatnonzero(np.bincount(codes, minlength=1)).astype(np.int32)
    keys = _keys(words, used)
    which, block = blocks.look_up(keys.hashes)
    owner, item = ranges(blocks.starts[block], blocks.starts[block + 1])
    pairs = np.unique(used[keys.row[which[owner]]].astype(np.int64) << 32 | blocks.persons[item])
    ours, theirs = (pairs >> 32).astype(np.int32), (pairs & 0xFFFFFFFF).astype(np.int32)
    levels = level(ours, theirs)
    slip = (levels == Given.SLIP) | (levels == Given.NEAR)  # surnames have the same levels
    return ours[slip], theirs[slip]


@dataclass(frozen=True, slots=True)
class Near:
    """Names on record that are a slip away from each of a request's, as hashes by which they are found.

    Attributes:
        every: all of them.
        undated: those that some person has whose birth date is not on record.
    """

    every: Several
    undated: Several


def near_surnames(sides: Sides, surnames: I32, blocks: Blocks, persons: Blocks) -> Near:
    """Surnames, closed up."""
    ours, theirs = near_words(sides.left, surnames, blocks, partial(surname_levels, sides))
    return _near(sides.left, ours, closed_hashes(sides.right, theirs), Family.NEAR_NAME, persons)


def near_given(sides: Sides, given: I32, blocks: Blocks, persons: Blocks) -> Near:
    """What given names may be forms of."""
    ours, theirs = near_words(sides.left, given, blocks, partial(given_levels, sides))
    few, at = alone(sides.right, theirs)
    owner, root = NameParts(few, at, at).roots.of(at)
    return _near(sides.left, ours[owner], root, Family.NEAR_NAME_GIVEN, persons)


def _near(words: Words, owner: I32, hashes: U64, family: Family, persons: Blocks) -> Near:
    undated, _ = persons.look_up(undated_word(family, hashes))
    return Near(_gathered(words, owner, hashes), _gathered(words, owner[undated], hashes[undated]))


def _gathered(words: Words, owner: I32, hashes: U64) -> Several:
    sizes = np.bincount(owner, minlength=len(words.text))
    return Several(np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes))), hashes)


def _keys(words: Words, codes: I32) -> Keys:
    """Hashes of each word, closed up, and of what is left of it without each letter in turn; and its index.

    A word's hash is that of Rabin and Karp, *Efficient randomized pattern-matching algorithms*, IBM Journal 31 (1987),
    so that of a word without a letter follows from what stands before and behind. Shorter names are too near to others;
    of longer ones the first letters count.
    """
    closed_up = pc.utf8_slice_codeunits(pc.replace_substring(words.text.take(pa.array(codes)), " ", ""), 0, _LETTERS)
    sizes = pc.binary_length(closed_up).to_numpy(zero_copy_only=False).astype(np.int64)
    row = np.flatnonzero(sizes >= _SLIP_LETTERS)
    sizes = sizes[row]
    letters = _letters(closed_up.take(pa.array(row)), sizes)
    before = np.zeros((_LETTERS + 1, len(row)), np.uint64)
    behind = np.zeros((_LETTERS + 2, len(row)), np.uint64)
    for n in range(_LETTERS):
        before[n + 1] = np.where(n < sizes, before[n] * _BASE + letters[n], before[n])
    for n in reversed(range(_LETTERS)):
        behind[n] = np.where(
            n < sizes, letters[n] * _POWERS[np.maximum(sizes - n - 1, 0)] + behind[n + 1], behind[n + 1]
        )
    hashes, owner = [behind[0]], [row]
    for n in range(int(sizes.max(initial=0))):
        has = n < sizes
        left = before[n] * _POWERS[np.maximum(sizes - n - 1, 0)] + behind[n + 1]
        hashes.append(left[has])
        owner.append(row[has])
    return Keys(mix(np.concatenate(hashes)), np.concatenate(owner))


def _letters(text: pa.LargeStringArray, sizes: I64) -> U64:
    """The letters of n names, a row for each place."""
    found = np.zeros((_LETTERS, len(text)), np.uint64)
    if len(text):
        whole = pa.concat_arrays([text])
        starts = np.frombuffer(whole.buffers()[1], np.int64, len(whole))
        raw = np.frombuffer(whole.buffers()[2], np.uint8)
        for n in range(_LETTERS):
            has = np.flatnonzero(n < sizes)
            found[n, has] = raw[starts[has] + n]
    return found
