"""Which names on record are a slip of the pen away from a name asked for.

Both without some letter are the same: Garbe, *SymSpell* (2012), after Mor and Fraenkel, *A hash code method for
detecting and correcting spelling errors*, CACM 25 (1982). The comparators then say whether it is a slip.
"""

from collections.abc import Callable

import numpy as np

from narrowgate.linkage.arrays import I8, I32, I64, ranges
from narrowgate.linkage.blocks import Blocks, made_of
from narrowgate.linkage.keys import Keys, closed, several
from narrowgate.linkage.weights import Given
from narrowgate.linkage.words import Words

_SLIP_LETTERS, _MOST_LETTERS = 4, 24


def near_blocks(words: Words, codes: I32) -> Blocks:
    """The words of these codes, each under what is left of it without a letter."""
    keys = _keys(words, codes)
    return made_of([(keys, codes)])


def near_words(words: Words, codes: I32, blocks: Blocks, level: Callable[[I32, I32], I8]) -> tuple[I64, I32]:
    """Words of the snapshot that are a slip away from words of a request, and not the same.

    Args:
        words: of the request.
        codes: n of them.
        blocks: of the snapshot's.
        level: compares codes of the request with codes of the snapshot.

    Returns:
        Per word found the index of the code it was found for, sorted, and its code in the snapshot.
    """
    keys = _keys(words, codes)
    which, block = blocks.look_up(keys.hashes)
    owner, item = ranges(blocks.starts[block], blocks.starts[block + 1])
    pairs = np.unique(keys.row[which[owner]] << 32 | blocks.persons[item])
    at, theirs = pairs >> 32, (pairs & 0xFFFFFFFF).astype(np.int32)
    levels = level(codes[at], theirs)
    slip = (levels == Given.SLIP) | (levels == Given.NEAR)  # surnames have the same levels
    return at[slip], theirs[slip]


def _keys(words: Words, codes: I32) -> Keys:
    owner, hashes = several(words, codes, _without_a_letter)
    return Keys(hashes, owner)


def _without_a_letter(text: str) -> tuple[str, ...]:
    """A name, and what is left of it without each of its letters in turn; shorter names are too near to others."""
    name = closed(text)
    if len(name) < _SLIP_LETTERS:
        return ()
    return tuple(dict.fromkeys([name, *(name[:n] + name[n + 1 :] for n in range(min(len(name), _MOST_LETTERS)))]))
