"""Which names on record are a slip of the pen away from a name asked for.

Both without some letter are the same: Garbe, *SymSpell* (2012), after Mor and Fraenkel, *A hash code method for
detecting and correcting spelling errors*, CACM 25 (1982). The comparators then say whether it is a slip.
"""

from collections.abc import Callable
from functools import partial

import numpy as np

from narrowgate.linkage.arrays import I8, I32, U64, ranges
from narrowgate.linkage.blocks import Blocks, made_of
from narrowgate.linkage.compare import Sides, given_levels, surname_levels
from narrowgate.linkage.keys import Keys
from narrowgate.linkage.weights import Given
from narrowgate.linkage.word_keys import NameParts, Several, closed, hashed
from narrowgate.linkage.words import Words

_SLIP_LETTERS, _MOST_LETTERS = 4, 24


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


def near_surnames(sides: Sides, surnames: I32, blocks: Blocks) -> Several:
    """Hashes of the surnames on record that are a slip away from each of a request's, closed up."""
    ours, theirs = near_words(sides.left, surnames, blocks, partial(surname_levels, sides))
    owner, whole = hashed(sides.right, theirs, lambda text: (closed(text),)).of(theirs)
    return _gathered(sides.left, ours[owner], whole)


def near_given(sides: Sides, given: I32, blocks: Blocks) -> Several:
    """Hashes of what the given names on record may be forms of that are a slip away from each of a request's."""
    ours, theirs = near_words(sides.left, given, blocks, partial(given_levels, sides))
    owner, root = NameParts(sides.right, theirs, theirs).roots.of(theirs)
    return _gathered(sides.left, ours[owner], root)


def _gathered(words: Words, owner: I32, hashes: U64) -> Several:
    sizes = np.bincount(owner, minlength=len(words.text))
    return Several(np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes))), hashes)


def _keys(words: Words, codes: I32) -> Keys:
    owner, hashes = hashed(words, codes, _without_a_letter).of(codes)
    return Keys(hashes, owner)


def _without_a_letter(text: str) -> tuple[str, ...]:
    """A name, and what is left of it without each of its letters in turn; shorter names are too near to others."""
    name = closed(text)
    if len(name) < _SLIP_LETTERS:
        return ()
    return tuple(dict.fromkeys([name, *(name[:n] + name[n + 1 :] for n in range(min(len(name), _MOST_LETTERS)))]))
