"""Whether each row states an address: 26 USC 6103(i)(2)(B)(i), for all rows at once.

The verdict is ``is_sufficient(parse(...))`` of ``domain/postal.py`` and nothing else. Parsing costs ten microseconds
and a million rows hold nearly as many addresses, so the parts of an address are judged apart, each by distinct value,
in the rows where that cannot change the verdict; whatever is left is parsed as it stands.

1. The place: a city and a state, or a ZIP Code. Without one nothing is sufficient.
2. Line 1 with a number in front: what stands behind the number is judged by ``parse_street``.
3. Line 1 without: judged whole, by ``parse``.
4. A line that is a delivery wherever it lies is an address; one that is nothing, with a blank line 2, is none.
5. The rest is parsed, once per distinct address.

Why the verdict is the same. ``parse`` looks at line 2 only where line 1 is no delivery, but for General Delivery,
which undoes a street: so in (4) line 2 is asked once whether it leaves a street one. And the place changes what line 1
is only where a number has been found, in two ways: an unmarked street may repeat the place ("22150 Springfield VA"),
and a city is cut off with what repeats the place behind it ("12 Main St Springfield VA 22150"). Hence:

- (1) Each cell of the place is read by itself. Only a country or province undoes a ZIP Code, and only without a state.
- (2) Of one to six digits without a zero in front, a blank, and then letters, digits, blanks and harmless marks alone,
  ``parse`` makes that number and the rest, tidied (BOX excepted). A street that is *named* is never taken for the
  place. A city is cut off only before words each of which is a state's code or digits: nothing where the last word is
  neither; where it alone is ("Maple Ct", "Oak St NE", "County Road 12"), only a city that ends in the word before it.
  Rows of such a city, and lines that end in two such words, are left to (5).
- (2) A unit behind a suffix is split off before anything else is read, so it does not change whether the street is
  one.
- (2) A line of one word that begins with a digit is nothing: a number and a street are two.
- (3) In a line whose first word has no digit and is not CALLE, and without "One", a number can be found behind the
  first word alone, and a street behind that: none where no word but the last has a digit. A box is found before any
  number. So of a number at the very end only its length matters.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from narrowgate.domain.postal import AddressKind, is_sufficient, parse, place_of
from narrowgate.domain.postal_street import parse_street, tidy
from narrowgate.domain.postal_words import STATES, SUFFIXES
from narrowgate.law.values import FEW, Bools, Coded, by_value, coded, columns_of

CELLS = ("address_line_1", "address_line_2", "city", "state", "zip")
_ZIP_CODE = "22150"
_SOMEWHERE = ("", "", "", _ZIP_CODE)  # line 2, city, state, ZIP Code
_ZIP_AND_FOUR = r"^([0-9]{5})-[0-9]{4}$"
_DIGITS = "0123456789"
_LONGEST_NUMBER = 6
_PLAIN = re.compile(r" [A-Z0-9][A-Z0-9 .,'#]*")
_UNIT = re.compile(r"[ ,.]+(?P<designator>(?:APT|UNIT|STE|SUITE)\b|(?=#))\.? ?#? ?[0-9]+$")
_STATE_CODES = frozenset(STATES.values())
_DIGIT = re.compile(r"[0-9]")
_ONE = re.compile(r"\bONE\b")


class Line(IntEnum):
    """What a line 1 is wherever it lies; ``UNSURE`` where the place, or line 2, may matter to that."""

    UNSURE = 0
    DELIVERY = 1
    NOTHING = 2


Lines = npt.NDArray[np.int8]
"""n values of ``Line``."""


@dataclass(frozen=True, slots=True)
class _Guards:
    """Which word must end a city for it to be cut off line 1; "" where none could: m words, n indices into them."""

    words: Sequence[str]
    which: npt.NDArray[np.int64]


def is_address(line_1: str, line_2: str, city: str, state: str, zip_code: str) -> bool:
    """Whether five cells, as typed, are a sufficient address."""
    return is_sufficient(parse(line_1, line_2, city, state, zip_code))


def stated(subjects: pa.Table) -> Bools:
    """Whether the five address cells of each row are a sufficient address: steps 1 to 5 of this module.

    Args:
        subjects: n rows of strings; a column that is absent counts as blank.

    Returns:
        n booleans: ``is_address`` of each row.
    """
    if subjects.num_rows <= FEW:
        return by_value(subjects, CELLS, is_address)
    line_1, line_2, city, state, zip_code = columns_of(subjects, CELLS)
    cities, states, second = coded(city), coded(state), coded(line_2)
    towns = [place_of(cell, "", "").city for cell in cities.values]
    placed = _placed(cities, states, coded(pc.replace_substring_regex(zip_code, _ZIP_AND_FOUR, r"\1")))  # 1
    lines, guards = _lines(line_1)  # 2, 3
    lines[_may_be_cut_off(guards, towns, cities.indices)] = Line.UNSURE
    verdict: Bools = placed & (lines == Line.DELIVERY) & second.map(_leaves_line_1, np.bool_)  # 4
    left = placed & ~verdict & ~((lines == Line.NOTHING) & second.map(lambda cell: not tidy(cell), np.bool_))
    if left.any():  # 5
        whole = pa.table([line_1, line_2, city, state, zip_code], names=list(CELLS))
        verdict[left] = by_value(whole.filter(pa.array(left)), CELLS, is_address)
    return verdict


def _placed(city: Coded, state: Coded, zip_code: Coded) -> Bools:
    """Where the address lies somewhere. A ZIP+4 may be given as its first five digits, for ``parse`` reads no more."""
    in_a_state = state.map(lambda cell: bool(place_of("", cell, "").state), np.bool_)
    in_a_city = city.map(lambda cell: bool(place_of(cell, "", "").city), np.bool_)
    in_a_zip_code = zip_code.map(lambda cell: bool(place_of("", "", cell).zip5), np.bool_)
    not_abroad = state.map(lambda cell: bool(place_of("", cell, _ZIP_CODE).zip5), np.bool_)
    not_abroad &= city.map(lambda cell: bool(place_of(cell, "", _ZIP_CODE).zip5), np.bool_)
    found: Bools = (in_a_state & in_a_city) | (in_a_zip_code & (in_a_state | not_abroad))
    return found


def _leaves_line_1(cell: str) -> bool:
    """Whether a street on line 1 remains the address beside this line 2."""
    return is_address("1 Main St", cell, "", "", _ZIP_CODE)


def _lines(line: pa.LargeStringArray) -> tuple[Lines, _Guards]:
    """What n lines are where no place is cut off them, and what guards them from that."""
    behind = pc.utf8_ltrim(line, characters=_DIGITS)
    length = np.asarray(pc.binary_length(line)) - np.asarray(pc.binary_length(behind))
    led = length > 0
    alone, rest = coded(_alike(line.filter(pa.array(~led)))), coded(behind.filter(pa.array(led)))
    judged = [_behind_a_number(text) for text in rest.values]
    kinds = np.full(len(line), Line.UNSURE, np.int8)
    kinds[~led] = alone.map(_by_itself, np.int8)
    kinds[led] = np.array([kind for kind, _ in judged], np.int8)[rest.indices]
    unread = np.asarray(pc.starts_with(line, "0"), np.bool_) | (length > _LONGEST_NUMBER)
    unread[led] &= rest.map(lambda text: text.startswith(" "), np.bool_)
    kinds[led & unread] = Line.UNSURE
    guards = np.full(len(line), len(judged), np.int64)
    guards[led] = rest.indices
    return kinds, _Guards([*(guard for _, guard in judged), ""], guards)


def _alike(lines: pa.LargeStringArray) -> pa.LargeStringArray:
    """Lines without a number in front, the number behind them made the same wherever it is as long."""
    for length in range(2, len(_ZIP_CODE) + 1):
        lines = pc.replace_substring_regex(lines, f" [1-9][0-9]{{{length - 1}}}$", f" {_ZIP_CODE[:length]}")
    return lines


def _behind_a_number(text: str) -> tuple[Line, str]:
    """What a line is in which ``text`` follows on digits, and the word before which a place could be cut off it."""
    if not text.startswith(" "):
        return _by_itself(f"1{text}"), ""
    if not text.isascii():
        return Line.UNSURE, ""
    text = text.upper()
    if unit := _UNIT.search(text):
        street = text[: unit.start()]
        kind, _ = _street(street)
        if kind is Line.DELIVERY and tidy(street).rpartition(" ")[2] in SUFFIXES:
            return kind, unit["designator"]
    return _street(text)


@lru_cache(maxsize=1 << 17)
def _street(text: str) -> tuple[Line, str]:
    """As ``_behind_a_number``, of capitals that begin with a blank."""
    street = tidy(text)
    if not _PLAIN.fullmatch(text) or "BOX" in street:
        return Line.UNSURE, ""
    *before, last = street.split(" ")
    guard = before[-1] if before and _repeats_a_place(last) else ""
    if _repeats_a_place(guard):
        return Line.UNSURE, ""
    if found := parse_street(street):
        return (Line.DELIVERY if found.named else Line.UNSURE), guard
    is_nothing = parse(f"1{text}", *_SOMEWHERE).kind is AddressKind.NONE
    return (Line.NOTHING if is_nothing else Line.UNSURE), guard


def _repeats_a_place(word: str) -> bool:
    """Whether a word could be the state or ZIP Code of a place, so that a city before it might be cut off with it."""
    return word.isdigit() or word in _STATE_CODES


def _by_itself(text: str) -> Line:
    """What a whole line is: a box, or nothing; of any other the place may matter."""
    line = tidy(text)
    first, _, more = line.partition(" ")
    if more and (_DIGIT.search(first) or first == "CALLE" or _ONE.search(line)):
        return Line.UNSURE
    found = parse(text, *_SOMEWHERE)
    if found.kind not in (AddressKind.STREET, AddressKind.NONE) and not found.number:
        return Line.DELIVERY
    if found.kind is not AddressKind.NONE or _DIGIT.search(line.rpartition(" ")[0]):
        return Line.UNSURE
    return Line.NOTHING


def _may_be_cut_off(guards: _Guards, towns: Sequence[str], town_of: npt.NDArray[np.int64]) -> Bools:
    """Where the city ends in the word that guards line 1."""
    numbers = {word: number for number, word in enumerate(dict.fromkeys(guards.words)) if word}
    guard = np.array([numbers.get(word, -1) for word in guards.words], np.int32)[guards.which]
    end = np.array([numbers.get(town.rpartition(" ")[2], -2) for town in towns], np.int32)[town_of]
    found: Bools = guard == end
    return found
