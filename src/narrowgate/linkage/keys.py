"""Blocking: under which keys a row can be found. Union of compound equi-joins; never a ZIP Code alone.

Fellegi and Sunter, *A theory for record linkage*, JASA 64 (1969), section 3.4 on blocking. Each family of keys has a
limit; a block beyond it moves to a tighter family, and where there is none the answer is ``too_large``: a dropped
rival would turn ambiguity into a false confirmation.
"""

from collections.abc import Callable
from enum import IntEnum

import numpy as np

from narrowgate.linkage.arrays import I32, I64, U64, mix, ranges
from narrowgate.linkage.given_names import roots
from narrowgate.linkage.standardise import NO_DATE, Standardised
from narrowgate.linkage.words import BLANK, Words, hashes_of


class Family(IntEnum):
    """What a key is made of; place is the ZIP Code, and city with state."""

    AT_ADDRESS = 1  # number and street, or box, or route and box; and place
    NEAR_SURNAME = 2  # number or box, place, first letters of the surname: survives slips in the street
    NEAR_GIVEN = 3  # number or box, place, given name
    BY_NAME = 4  # a part of the surname and the given name, wherever
    BY_NAME_YEAR = 5  # likewise with the year of birth: for large blocks
    BY_NAME_MIDDLE = 6  # likewise with the middle initial
    BY_BIRTH = 7  # birth date and first letters of the surname
    BY_TIN = 8
    NEAR_NAME = 9  # first or last letters of the surname, and the given name: survives slips in the surname
    NEAR_NAME_GIVEN = 10  # a part of the surname, and first or last letters of the given name
    NEAR_BIRTH = 11  # birth date, and the given name or the last letters of the surname


AT_ADDRESS = frozenset({Family.AT_ADDRESS, Family.NEAR_SURNAME, Family.NEAR_GIVEN})
"""Families that look at the address: whom they alone find can be a rival, and is never confirmed (docs/adr/0024)."""

LIMITS = {
    Family.AT_ADDRESS: 300,
    Family.NEAR_SURNAME: 300,
    Family.NEAR_GIVEN: 300,
    Family.BY_NAME: 5000,
    Family.BY_NAME_YEAR: 5000,
    Family.BY_NAME_MIDDLE: 5000,
    Family.BY_BIRTH: 1000,
    Family.BY_TIN: 300,
    Family.NEAR_NAME: 500,
    Family.NEAR_NAME_GIVEN: 500,
    Family.NEAR_BIRTH: 300,
}
"""Persons in a block."""

UNKNOWN = 0
"""Stands in a tighter key for a year or an initial that is not stated: it contradicts nothing."""

_SURNAME_LETTERS = 3
_ENDS = ((2, 0, 5), (3, 5, 8), (4, 8, 1 << 16))
"""How many letters of either end, for names from so long to so long; neighbouring lengths share a number."""

Keys = tuple[U64, I64]
"""Key hashes, and per key the row it finds."""


def address_keys(rows: Standardised) -> dict[Family, Keys]:
    """Keys of where a row says its person lives."""
    at, places = _places(rows)
    home = rows.addresses
    address = rows.address[at]
    delivery = np.where(home.number != BLANK, home.number, home.box)
    hashes, kind = rows.words.hashes, home.kind.astype(np.uint64)
    spot = mix(kind[address], hashes[home.route[address]], hashes[delivery[address]], places)
    letters = _prefixes(rows.words, rows.names.surname)[rows.names.surname[at]]
    owner, root = _roots(rows.words, rows.names.given[at])
    stated = rows.names.surname[at] != BLANK
    return {
        Family.AT_ADDRESS: (_tag(Family.AT_ADDRESS, spot, hashes[home.core[address]]), at),
        Family.NEAR_SURNAME: (_tag(Family.NEAR_SURNAME, spot[stated], letters[stated]), at[stated]),
        Family.NEAR_GIVEN: (_tag(Family.NEAR_GIVEN, spot[owner], root), at[owner]),
    }


def name_keys(rows: Standardised, *, swapped: bool = False) -> Keys:
    """Keys of who a row is about, by name; ``swapped`` reads the given name as surname and the surname as given."""
    given, surname = rows.names.given, rows.names.surname
    if swapped:
        given, surname = surname, given
    by_part, part = _parts(rows.words, surname)
    owner, root = _roots(rows.words, given[by_part])
    return _tag(Family.BY_NAME, part[owner], root), by_part[owner]


def with_year(keys: Keys, rows: Standardised, *, unknown: bool = False) -> Keys:
    """Name keys tightened by the year of birth, or by its being unknown."""
    born = rows.names.born[keys[1]]
    dates = np.where(born == NO_DATE, 0, born).astype("datetime64[D]")
    years = dates.astype("datetime64[Y]").astype(np.int64) + 1970
    tight = np.where((born == NO_DATE) | unknown, UNKNOWN, years).astype(np.uint64)
    return _tag(Family.BY_NAME_YEAR, keys[0], tight), keys[1]


def with_middle(keys: Keys, rows: Standardised, *, unknown: bool = False) -> Keys:
    """Name keys tightened by the middle initial, or by its being unknown."""
    middle = rows.names.middle[keys[1]]
    initials = _per_word(rows.words, middle, lambda text: text[:1])[middle]
    tight = np.where((middle == BLANK) | unknown, np.uint64(UNKNOWN), initials)
    return _tag(Family.BY_NAME_MIDDLE, keys[0], tight), keys[1]


def number_keys(rows: Standardised) -> dict[Family, Keys]:
    """Keys of who a row is about, by birth date and by taxpayer identification number."""
    born = np.flatnonzero((rows.names.born != NO_DATE) & (rows.names.surname != BLANK))
    letters = _prefixes(rows.words, rows.names.surname)[rows.names.surname[born]]
    tin = np.flatnonzero(rows.names.tin >= 0)
    return {
        Family.BY_BIRTH: (_tag(Family.BY_BIRTH, rows.names.born[born].astype(np.int64).view(np.uint64), letters), born),
        Family.BY_TIN: (_tag(Family.BY_TIN, rows.names.tin[tin].astype(np.uint64)), tin),
    }


def near_keys(rows: Standardised) -> dict[Family, Keys]:
    """Keys of who a row is about that survive one slip of the pen: it leaves one end of a name whole."""
    given, surname, born = rows.names.given, rows.names.surname, rows.names.born
    by_end, end = _several(rows.words, surname, _ends)
    of_end, root = _roots(rows.words, given[by_end])
    by_part, part = _parts(rows.words, surname)
    of_part, letters = _several(rows.words, given[by_part], _ends)
    dated = np.flatnonzero(born != NO_DATE)
    days = born[dated].astype(np.int64).view(np.uint64)
    by_name, name = _roots(rows.words, given[dated])
    by_last, last = _several(rows.words, surname[dated], lambda text: (f"-{_closed(text)[-_SURNAME_LETTERS:]}",))
    owner, said = np.concatenate((by_name, by_last)), np.concatenate((name, last))
    return {
        Family.NEAR_NAME: (_tag(Family.NEAR_NAME, end[of_end], root), by_end[of_end]),
        Family.NEAR_NAME_GIVEN: (_tag(Family.NEAR_NAME_GIVEN, part[of_part], letters), by_part[of_part]),
        Family.NEAR_BIRTH: (_tag(Family.NEAR_BIRTH, days[owner], said), dated[owner]),
    }


def _places(rows: Standardised) -> tuple[I64, U64]:
    """Rows with a sufficient address, once per way of saying where it lies, and a hash of that."""
    home, hashes = rows.addresses, rows.words.hashes
    whole = home.sufficient[rows.address]
    by_zip = np.flatnonzero(whole & (home.zip5 != BLANK)[rows.address])
    by_city = np.flatnonzero(whole & ((home.city != BLANK) & (home.state != BLANK))[rows.address])
    zips = mix(np.uint64(1), hashes[home.zip5[rows.address[by_zip]]])
    cities = mix(np.uint64(2), hashes[home.city[rows.address[by_city]]], hashes[home.state[rows.address[by_city]]])
    return np.concatenate((by_zip, by_city)), np.concatenate((zips, cities))


def _tag(family: Family, *parts: U64) -> U64:
    return mix(np.uint64(family), *parts)


def _per_word(words: Words, codes: I32, rule: Callable[[str], str]) -> U64:
    """Per code of ``words`` the hash of ``rule`` of its string, for the codes that occur."""
    used = np.unique(codes)
    found = np.zeros(len(words.text), np.uint64)
    found[used] = hashes_of([rule(text) for text in words.spell(used)])
    return found


def _prefixes(words: Words, surnames: I32) -> U64:
    return _per_word(words, surnames, lambda text: _closed(text)[:_SURNAME_LETTERS])


def _closed(text: str) -> str:
    return text.replace(" ", "")


def _ends(text: str) -> tuple[str, ...]:
    """Either end of a name, by one or two numbers of letters; an initial has none."""
    name = _closed(text)
    sizes = [letters for letters, least, most in _ENDS if least <= len(name) <= most and len(name) > 1]
    return tuple(end for n in sizes for end in (f"{name[:n]}-", f"-{name[-n:]}"))


def _several(words: Words, codes: I32, rule: Callable[[str], tuple[str, ...]]) -> tuple[I64, U64]:
    """Rows once per string that ``rule`` makes of theirs, and its hash; blank makes none."""
    used = np.unique(codes)
    made = [rule(text) if text else () for text in words.spell(used)]
    stops = np.cumsum([len(m) for m in made], dtype=np.int64)
    pool = hashes_of([text for m in made for text in m])
    at = np.searchsorted(used, codes)
    starts = np.concatenate((np.zeros(1, np.int64), stops[:-1])) if len(stops) else stops
    owner, item = ranges(starts[at], stops[at])
    return owner, pool[item]


def _roots(words: Words, given: I32) -> tuple[I64, U64]:
    return _several(words, given, roots)


def _parts(words: Words, surnames: I32) -> tuple[I64, U64]:
    """The whole surname, and each of its parts if it has several."""
    return _several(words, surnames, lambda s: tuple(dict.fromkeys((_closed(s), *s.split()))))
