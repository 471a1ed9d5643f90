"""Units that Publication 28 does not write: "APRT NO 41 B", "# 2 FLOOR", "UPSTAIRS ROOM 494".

A unit that is not read is a unit that contradicts nobody's, so what can only be a unit is read as one, whatever its
designators are spelt like. What is kept is what tells units of one building apart: numbers, letters, and where in the
house; not the words for "apartment".
"""

import re
from functools import cache

from narrowgate.domain.postal_words import DIRECTIONS, SUFFIXES


def _words(table: str) -> frozenset[str]:
    return frozenset(table.split())


_STRONG = _words("""
APARTMENT APARTMENTS APARTAMENTO APARTAMIENTO APT APTS APTO APPT APMT APRT APTMNT APTMT APART AP UNIT UNITS UNT
SUITE STE ROOM RM
""")
"""Words that nothing but a unit follows; none is a street suffix as well."""
_DESIGNATORS = _STRONG | _words("""
NUMBER NUMERO NUM NBR NR NO FLOOR FLR FL LEVEL LVL LEV STORY STOREY PISO PLATFORM BUILDING BLDG BLD BL LOT SPACE SPC
SP TRAILER TRLR OFFICE OFC DEPARTMENT DEPT FLAT FLT UN U
""")
_WHERE = {
    "GROUND": "G", "UPSTAIRS": "UP", "UPPER": "UP", "UPPR": "UP", "DOWNSTAIRS": "LOWER", "LOWER": "LOWER",
    "LOWR": "LOWER", "BASEMENT": "BSMT", "BSMT": "BSMT", "FRONT": "FRNT", "FRNT": "FRNT", "REAR": "REAR",
    "BACK": "REAR", "LEFT": "LEFT", "RIGHT": "RIGHT", "PENTHOUSE": "PH", "PH": "PH", "ATTIC": "ATTIC",
    "GARAGE": "GAR", "PB": "G", "DCHA": "RIGHT", "IZQ": "LEFT",
    "FIRST": "1", "SECOND": "2", "THIRD": "3", "FOURTH": "4", "FIFTH": "5", "SIXTH": "6", "SEVENTH": "7",
    "EIGHTH": "8", "NINTH": "9", "TENTH": "10", "ELEVENTH": "11", "TWELFTH": "12",
}  # fmt: skip
_VALUE = re.compile(r"\d{1,5}[A-Z]{0,2}|[A-Z]{1,2}\d{1,5}[A-Z]?|[A-Z]")
_ORDINAL = re.compile(r"(\d{1,3})(?:ST|ND|RD|TH)")
_FLOORS = _words("FLOOR FLR FL F LEVEL LVL STORY STOREY")
_MARKS = re.compile(r"[#/ ]+")
_LONG_WORD = 5
_ROADS = frozenset({"HWY", "RTE"})
_NUMBERED_ROADS = _words("COUNTY STATE CO US FARM RANCH TOWNSHIP FOREST OLD NEW INTERSTATE")


def worn_unit(text: str) -> str:
    """The unit that a line of tidied words is, and nothing else; "" if any word of it cannot belong to one.

    >>> worn_unit("APRT NO 41 B"), worn_unit("# 2 FLOOR"), worn_unit("C/O JOHN")
    ('41 B', '2', '')
    """
    words = _MARKS.sub(" ", text).split()
    kept: list[str] = []
    for place, word in enumerate(words):
        if word in _WHERE:
            kept.append(_WHERE[word])
        elif ordinal := _ORDINAL.fullmatch(word):
            kept.append(ordinal[1])
        elif _is_designator(word) and not (len(word) == 1 and place == len(words) - 1):
            continue
        elif _VALUE.fullmatch(plain := word.replace("-", "")):
            kept.append(plain)
        else:
            return ""
    return " ".join(kept)


def split_worn(street: str, *, behind: bool = False) -> tuple[str, str]:
    """A street and the unit that stands behind it under a designator; "" where none does.

    Args:
        street: tidied words.
        behind: a unit was taken from the end already, so that a designator there has lost what it names.
    """
    words = street.replace("#", " # ").split()
    for at in range(1, len(words)):
        if _starts_a_unit(words, at):
            unit = worn_unit(" ".join(words[at:]))
            if unit or (behind and all(map(_is_designator, words[at:]))):
                return " ".join(words[:at]), unit
    return street, ""


def _starts_a_unit(words: list[str], at: int) -> bool:
    """Whether a unit may start here: at a word that starts nothing else, or behind a street's suffix."""
    if words[at] in _STRONG:
        return True
    back = at - 1 if words[at - 1] not in DIRECTIONS else at - 2
    before = SUFFIXES.get(words[back], "") if back > 0 else ""
    if not before or before in _ROADS or words[back - 1] in _NUMBERED_ROADS:
        return False
    floor = at + 1 < len(words) and words[at + 1] in _FLOORS and worn_unit(words[at]) != ""
    return floor or words[at] == "#" or words[at] in _WHERE or _is_designator(words[at])


@cache
def _is_designator(word: str) -> bool:
    if word in _DESIGNATORS:
        return True
    if len(word) < _LONG_WORD or not word.isalpha() or word in _WHERE:
        return False
    return any(len(known) >= _LONG_WORD and _is_one_edit(word, known) for known in _DESIGNATORS)


def _is_one_edit(one: str, other: str) -> bool:
    """Whether one letter dropped, added or mistaken makes the one of the other, or two transposed."""
    shorter, longer = sorted((one, other), key=len)
    if len(longer) - len(shorter) > 1:
        return False
    front = 0
    while front < len(shorter) and shorter[front] == longer[front]:
        front += 1
    if len(shorter) < len(longer):
        return shorter[front:] == longer[front + 1 :]
    swapped = shorter[front : front + 2] == longer[front : front + 2][::-1]
    return shorter[front + 1 :] == longer[front + 1 :] or (swapped and shorter[front + 2 :] == longer[front + 2 :])
