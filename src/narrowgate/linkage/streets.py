"""Whether two spellings are one street: word by word, so that a worn word is told from another street's.

Publication 28 abbreviates directions and suffixes; a misspelt one stays as it was typed, and is compared with every
spelling of the other ("KANE" is a slip of LANE, which became LN). What tells streets apart in life must agree: their
numbers, and two directions or two suffixes that are both spelt as such.
"""

import re
from collections.abc import Sequence
from functools import cache, lru_cache

import numpy as np
from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.process import cpdist

from narrowgate.domain.postal_words import DIRECTIONS, SUFFIXES
from narrowgate.linkage.arrays import I8, Bools

SAME, SLIP, WORN, OTHER = range(4)
"""Equal but for blanks and ordinals; a slip of the pen; worn beyond one, and still legible; another street."""

_LEGIBLE = 600  # Jaro-Winkler, thousandths, rounded before the threshold
_MOST_WORN_WORDS = 2
_ORDINAL = re.compile(r"(\d+)[A-Z]{2}")  # its ending may be worn
_SCANNED = re.compile(r"(?=.*[A-Z].*[A-Z])[A-Z0-9]*\d[A-Z0-9]*")
_LETTERS_FOR = str.maketrans("0124568", "OIZASGB")
_DIGITS = re.compile(r"\d+")
_ABBREVIATED = frozenset(DIRECTIONS.values()), frozenset(SUFFIXES.values())
_FAR = 9  # edits
_LETTERS = 4  # that agree beside a word of two or three: enough for a slip in it
_LETTERS_FOR_EDITS = ((1, 4), (2, 7), (3, 10))
"""How many edits a name is recognised through, and how many letters its longer spelling then has at least."""


def street_levels(ones: Sequence[str], others: Sequence[str]) -> I8:
    """``street_level`` of pairs; those without a likeness at all are not looked at word by word."""
    levels = np.full(len(ones), OTHER, np.int8)
    for i in np.flatnonzero(legible(ones, others)).tolist():
        levels[i] = street_level(ones[i], others[i])
    return levels


def legible(ones: Sequence[str], others: Sequence[str]) -> Bools:
    """Where two streets have a likeness at all; two that are blank have none."""
    if not len(ones):
        return np.zeros(0, np.bool_)
    likeness = cpdist(ones, others, scorer=JaroWinkler.similarity, dtype=np.float64)
    said = np.fromiter(map(bool, ones), np.bool_, len(ones))
    found: Bools = said & (np.rint(1000 * likeness) >= _LEGIBLE)
    return found


def street_level(one: str, other: str) -> int:
    """Compare two streets as ``PostalAddress.street`` has them.

    1. Ordinals lose their ending, words what a scanner made of their letters; blanks do not count.
    2. All numbers must be equal.
    3. Equal words at either end are set aside; of the rest a direction or suffix may be missing on one side.
    4. The words left over must be as many, and each pair a spelling of one word.
    """
    ours, theirs = _words(one), _words(other)  # 1
    if "".join(ours) == "".join(theirs):
        return SAME
    if _DIGITS.findall(" ".join(ours)) != _DIGITS.findall(" ".join(theirs)):  # 2
        return OTHER
    left, right = _rest(ours, theirs)  # 3
    shared = _said(ours) - _said(left)
    for one_side, other_side in _as_many(left, right):  # 4
        if (level := _worn(one_side, other_side, shared)) != OTHER:
            return level
    return _joined("".join(left), "".join(right))


def _said(words: list[str]) -> int:
    """How much words say: their letters, and digits twice."""
    return sum(2 * len(word) if word.isdigit() else len(word) for word in words)


def _words(street: str) -> list[str]:
    return [_word_of(word) for word in street.split()]


@lru_cache(maxsize=1 << 14)
def _word_of(word: str) -> str:
    if ordinal := _ORDINAL.fullmatch(word):
        return ordinal[1]
    word = word.translate(_LETTERS_FOR) if _SCANNED.fullmatch(word) else word
    return word.replace("VV", "W")


def _rest(ours: list[str], theirs: list[str]) -> tuple[list[str], list[str]]:
    """What is left of both without the words they share at their ends."""
    front = 0
    while front < min(len(ours), len(theirs)) and ours[front] == theirs[front]:
        front += 1
    ours, theirs = ours[front:], theirs[front:]
    while ours and theirs and ours[-1] == theirs[-1]:
        ours, theirs = ours[:-1], theirs[:-1]
    return ours, theirs


def _as_many(ours: list[str], theirs: list[str]) -> list[tuple[list[str], list[str]]]:
    """The two as they are, or the longer without a direction or suffix at its end, where that makes them as long."""
    if len(ours) == len(theirs):
        return [(ours, theirs)]
    if abs(len(ours) - len(theirs)) > 1:
        return []
    longer, shorter = max(ours, theirs, key=len), min(ours, theirs, key=len)
    ends = [(longer[1:], longer[0]), (longer[:-1], longer[-1])]
    return [(kept, shorter) for kept, word in ends if any(word in table for table in _ABBREVIATED)]


def _worn(ours: list[str], theirs: list[str], shared: int) -> int:
    """Compare as many words on both sides, beside so many letters that agree."""
    worst, worn = SAME, 0
    for one, other in zip(ours, theirs, strict=True):
        level = _word(one, other, shared)
        worst, worn = max(worst, level), worn + (level != SAME)
    if worn > _MOST_WORN_WORDS:
        return OTHER
    return WORN if worst == SLIP and worn > 1 else worst


def _word(one: str, other: str, shared: int) -> int:
    if one == other:
        return SAME
    if any(one in table and other in table for table in _ABBREVIATED):
        return OTHER  # North is not South, and Street is not Avenue
    edits = min(_edits(a, b, shared) for a in _spellings(one) for b in _spellings(other))
    if _is_another_direction(one, other, edits) or _is_another_direction(other, one, edits):
        return OTHER
    return OTHER if edits == _FAR else SLIP if edits == 1 else WORN


def _is_another_direction(direction: str, typed: str, edits: int) -> bool:
    """Whether what was typed is as near to another direction: "NORTHAEST" may be either of two."""
    others = _ABBREVIATED[0] - {direction} if direction in _ABBREVIATED[0] else ()
    return any(_edits(spelt, typed, _LETTERS) <= edits < _FAR for other in others for spelt in _spellings(other))


def _edits(one: str, other: str, shared: int) -> int:
    """How many edits part two words that are still alike, else a great many; equal spellings count as a slip."""
    if one.isdigit() or other.isdigit():
        return _FAR
    edits, letters = OSA.distance(one, other), max(len(one), len(other))
    alike = any(edits <= most and letters >= least for most, least in _LETTERS_FOR_EDITS)
    alike |= edits <= 1 < letters and shared >= _LETTERS
    return max(edits, 1) if alike else _FAR


@cache
def _spellings(word: str) -> tuple[str, ...]:
    """Every spelling of a direction or a suffix that is abbreviated; of any other word, itself."""
    found = [spelt for table in (DIRECTIONS, SUFFIXES) for spelt, short in table.items() if short == word]
    return tuple(dict.fromkeys([word, *found]))


def _joined(one: str, other: str) -> int:
    """Words that run together or fell apart besides a slip."""
    return SLIP if _edits(one, other, 0) == 1 else OTHER
