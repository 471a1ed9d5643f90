"""Comparators of who: each looks at distinct pairs of values once and says a level. Blank never agrees with blank.

Winkler, *String comparator metrics and enhanced decision rules*, 1990, for levels between agreement and disagreement.
"""

from collections.abc import Container
from dataclasses import dataclass

import numpy as np
from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.process import cpdist

from narrowgate.linkage.arrays import I8, I32, I64, Bools
from narrowgate.linkage.given_names import are_forms, differ_by_sex_alone, given_names
from narrowgate.linkage.keys import packed_dates
from narrowgate.linkage.pairs import FAR, lengths, pair_levels, slips, where_all
from narrowgate.linkage.romanised import are_romanisations
from narrowgate.linkage.standardise import NO_TIN
from narrowgate.linkage.weights import Birth, Given, Middle, Suffix, Surname, Tin
from narrowgate.linkage.words import BLANK, Words

_SLIP_LETTERS = 4  # shorter names are too near to other names
_TWO_SLIP_LETTERS = 8
_NEAR = 900  # Jaro-Winkler, thousandths, quantised before the threshold
_NINE_DIGITS = 9
_BEST = (Middle.EXACT, Middle.INITIAL, Middle.SLIP, Middle.DIFFERENT)


@dataclass(frozen=True, slots=True)
class Sides:
    """Words of both sides of a comparison, and which are known as names that people bear.

    Attributes:
        left_borne, right_borne: per word, whether so many persons of the snapshot bear it as a given name that it is
            no slip of the pen.
    """

    left: Words
    right: Words
    left_borne: Bools
    right_borne: Bools


def given_levels(sides: Sides, one: I32, other: I32) -> I8:
    """Given names: equal, forms of one name, a slip of the pen, an initial, near, or different.

    Two names that are each a name of their own are different however alike: Daniel and Danielle, Eric and Erica.
    """

    def rule(ones: list[str], others: list[str], left: I64, right: I64) -> I8:
        levels = _alike(ones, others)
        table = given_names()
        doubtful = np.isin(levels, (Given.SLIP, Given.NEAR))
        both = np.zeros(len(ones), np.bool_)
        for i in np.flatnonzero(doubtful).tolist():
            both[i] = (sides.left_borne[left[i]] or ones[i] in table.known) and (
                sides.right_borne[right[i]] or others[i] in table.known
            )
        levels[both | where_all(ones, others, differ_by_sex_alone, doubtful)] = Given.DIFFERENT
        grouped = _all_of(ones, table.groups) & _all_of(others, table.groups) & (levels != Given.EXACT)
        levels[where_all(ones, others, are_forms, grouped)] = Given.FORM
        return levels

    return pair_levels(sides.left, one, sides.right, other, rule)


def surname_levels(sides: Sides, one: I32, other: I32) -> I8:
    """Surnames: equal but for spaces, one part in common, a slip of the pen, an initial, near, or different.

    Another romanisation of one surname counts as a slip.
    """

    def rule(ones: list[str], others: list[str], _left: I64, _right: I64) -> I8:
        closed_up = [s.replace(" ", "") for s in ones], [s.replace(" ", "") for s in others]
        levels = _alike(*closed_up)
        several = np.fromiter((" " in a or " " in b for a, b in zip(ones, others, strict=True)), np.bool_, len(ones))
        parted = where_all(ones, others, _share_a_part, several & (levels != Surname.EXACT))
        levels[parted] = Surname.PART
        unlike = np.isin(levels, (Surname.NEAR, Surname.DIFFERENT))
        levels[where_all(*closed_up, are_romanisations, unlike)] = Surname.SLIP
        return levels

    return pair_levels(sides.left, one, sides.right, other, rule)


def middle_levels(sides: Sides, one: I32, other: I32) -> I8:
    """Middle names: several on one side agree where any of them does."""

    def rule(ones: list[str], others: list[str], _left: I64, _right: I64) -> I8:
        apart = slips(ones, others)
        return np.array([_middle(*pair) for pair in zip(ones, others, apart.tolist(), strict=True)], np.int8)

    return pair_levels(sides.left, one, sides.right, other, rule)


def suffix_levels(sides: Sides, one: I32, other: I32) -> I8:
    """Generational suffixes; Jr. and II may be one person, any other two are not."""

    def rule(ones: list[str], others: list[str], _left: I64, _right: I64) -> I8:
        return np.array([_suffix(a, b) for a, b in zip(ones, others, strict=True)], np.int8)

    return pair_levels(sides.left, one, sides.right, other, rule)


def birth_levels(one: I32, other: I32) -> I8:
    """Birth dates in days since 1970: equal, day and month swapped, one of year, month and day off, or different."""
    return packed_birth_levels(packed_dates(one), packed_dates(other))


def packed_birth_levels(one: I32, other: I32) -> I8:
    """Likewise of dates packed as ``keys.packed_dates`` packs them."""
    levels = np.full(len(one), Birth.EXACT, np.int8)
    unequal = np.flatnonzero(one != other)
    left, right = one[unequal], other[unequal]
    apart = left ^ right
    agreeing = (apart >> 9 == 0).astype(np.int8) + (apart >> 5 & 15 == 0) + (apart & 31 == 0)
    swapped = (apart >> 9 == 0) & (left >> 5 & 15 == right & 31) & (left & 31 == right >> 5 & 15)
    found = np.full(len(unequal), Birth.DIFFERENT, np.int8)
    found[agreeing == 2] = Birth.ONE_PART_OFF  # noqa: PLR2004 - of year, month and day
    found[swapped] = Birth.DAY_AND_MONTH_SWAPPED
    levels[unequal] = found
    levels[(one == 0) | (other == 0)] = Birth.BLANK
    return levels


def tin_levels(one: I32, other: I32) -> I8:
    """Taxpayer identification numbers: equal, one digit mistaken or two neighbours transposed, or different."""
    levels = np.where(one == other, Tin.EXACT, Tin.DIFFERENT).astype(np.int8)
    unequal = np.flatnonzero((one != other) & (one != NO_TIN) & (other != NO_TIN))
    left, right = _digits(one[unequal]), _digits(other[unequal])
    wrong = left != right
    transposed = (left[:-1] == right[1:]) & (left[1:] == right[:-1]) & wrong[:-1] & wrong[1:]
    count = wrong.sum(axis=0)
    levels[unequal[(count == 1) | ((count == 2) & transposed.any(axis=0))]] = Tin.ONE_SLIP  # noqa: PLR2004 - neighbours
    levels[(one == NO_TIN) | (other == NO_TIN)] = Tin.BLANK
    return levels


def swapped(sides: Sides, ours: tuple[I32, I32], theirs: tuple[I32, I32]) -> Bools:
    """Where given name and surname have changed places; ``ours`` and ``theirs`` are (given name, surname)."""
    left, right = sides.left.hashes, sides.right.hashes
    crossed = (left[ours[0]] == right[theirs[1]]) & (left[ours[1]] == right[theirs[0]])
    found: Bools = crossed & (ours[0] != BLANK) & (ours[1] != BLANK)
    return found


def _alike(ones: list[str], others: list[str]) -> I8:
    """Levels that given names and surnames share."""
    lone, longer = _letters(ones, others)
    levels = np.full(len(ones), Given.DIFFERENT, np.int8)
    apart = slips(ones, others)
    close = _jaro_winkler(ones, others) >= _NEAR
    levels[close | ((lone >= _SLIP_LETTERS) & (apart < FAR))] = Given.NEAR
    levels[(lone >= _SLIP_LETTERS) & (apart == 1)] = Given.SLIP
    levels[(apart < FAR) & (lone >= _TWO_SLIP_LETTERS) & close] = Given.SLIP
    initial = np.flatnonzero(lone == 1)
    levels[initial[[ones[i][0] == others[i][0] for i in initial.tolist()]]] = Given.INITIAL
    levels[(apart == 0) & (longer > 1)] = Given.EXACT
    levels[lone == 0] = Given.BLANK
    return levels


def _all_of(texts: list[str], known: Container[str]) -> Bools:
    return np.fromiter((text in known for text in texts), np.bool_, len(texts))


def _letters(ones: list[str], others: list[str]) -> tuple[I32, I32]:
    left, right = lengths(ones), lengths(others)
    return np.minimum(left, right), np.maximum(left, right)


def _jaro_winkler(ones: list[str], others: list[str]) -> I32:
    if not ones:
        return np.zeros(0, np.int32)
    found = cpdist(ones, others, scorer=JaroWinkler.similarity, dtype=np.float64)
    thousandths: I32 = np.rint(1000 * found).astype(np.int32)
    return thousandths


def _share_a_part(one: str, other: str) -> bool:
    parts = set(one.split()) & set(other.split())
    return any(len(part) >= _SLIP_LETTERS - 1 for part in parts)


def _middle(one: str, other: str, apart: int) -> Middle:
    if not one or not other:
        return Middle.BLANK
    if " " not in one and " " not in other:
        return _one_middle(one, other, apart)
    return min((_one_middle(a, b, OSA.distance(a, b)) for a in one.split() for b in other.split()), key=_BEST.index)


def _one_middle(one: str, other: str, apart: int) -> Middle:
    shorter = min(len(one), len(other))
    if apart == 0 and shorter > 1:
        return Middle.EXACT
    if shorter == 1 and one[0] == other[0]:
        return Middle.INITIAL
    near = (apart == 1 and shorter >= _SLIP_LETTERS) or are_forms(one, other)
    return Middle.SLIP if near else Middle.DIFFERENT


def _suffix(one: str, other: str) -> Suffix:
    if not one and not other:
        return Suffix.BLANK
    if not one or not other:
        return Suffix.ONE_ABSENT
    if one == other:
        return Suffix.EXACT
    return Suffix.COMPATIBLE if {one, other} == {"JR", "II"} else Suffix.DIFFERENT


def _digits(numbers: I32) -> I64:
    """Nine rows of digits, one column a number."""
    places = 10 ** np.arange(_NINE_DIGITS, dtype=np.int64)[:, None]
    digits: I64 = np.maximum(numbers, 0).astype(np.int64) // places % 10
    return digits
