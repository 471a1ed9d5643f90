"""Blocking: under which keys a row can be found. Union of compound equi-joins; never a ZIP Code alone.

Fellegi and Sunter, *A theory for record linkage*, JASA 64 (1969), section 3.4 on blocking. What the records store and
what a request asks are not the same keys: each side makes those variants by which whoever could still agree is found
in a small block (docs/adr/0063).
"""

from enum import IntEnum
from functools import cached_property
from typing import NamedTuple

import numpy as np

from narrowgate.linkage.arrays import I32, I64, U64, Bools, mix, ranges
from narrowgate.linkage.standardise import NO_DATE, Names, Standardised
from narrowgate.linkage.word_keys import NameParts
from narrowgate.linkage.words import BLANK, Words


class Family(IntEnum):
    """What a key is made of; place is the ZIP Code, and city with state."""

    AT_ADDRESS = 1  # number, street and unit, or box, or route and box; and place
    NEAR_SURNAME = 2  # number or box, place, first letters of the surname: survives slips in the street
    NEAR_GIVEN = 3  # number or box, place, given name
    BY_NAME = 4  # a part of the surname and the given name, wherever
    BY_NAME_BORN = 5  # likewise with two of year, month and day of birth
    BY_NAME_MIDDLE = 6  # like BY_NAME, with the middle initial
    BY_BIRTH = 7  # birth date and first letters of the surname
    BY_TIN = 8  # the taxpayer identification number
    NEAR_NAME = 9  # like BY_NAME, with a surname a slip of the pen away
    NEAR_NAME_GIVEN = 10  # like BY_NAME, with a given name a slip away
    NEAR_BIRTH = 11  # birth date, given name and last letter of the surname: survives slips before it
    BY_BIRTH_GIVEN = 12  # birth date and given name, whatever the surname


AT_ADDRESS = frozenset({Family.AT_ADDRESS, Family.NEAR_SURNAME, Family.NEAR_GIVEN})
"""Families that look at the address: whom they alone find can be a rival, and is never confirmed (docs/adr/0024)."""

LIMITS = {
    Family.AT_ADDRESS: 300,
    Family.NEAR_SURNAME: 300,
    Family.NEAR_GIVEN: 300,
    Family.BY_NAME: 5000,
    Family.BY_NAME_BORN: 5000,
    Family.BY_BIRTH: 1000,
    Family.BY_TIN: 300,
    Family.NEAR_NAME: 500,
    Family.NEAR_NAME_GIVEN: 500,
    Family.NEAR_BIRTH: 300,
    Family.BY_BIRTH_GIVEN: 300,
}
"""Persons in a block."""

ANY, UNDATED, NOTHING = np.uint64(0), np.uint64(1), np.uint64(2)
"""Parts of keys: whatever the birth date; not stated on record; no initial or no unit stated on record."""

_STATED_UNIT = np.uint64(3)
_NO_YEAR, _NO_MONTH, _NO_DAY, _TURNED = (np.uint64(n) for n in range(4, 8))
_MONTHS = 12
_CLOSE = np.uint64(8)  # bits: a part of the table so small that the processor's cache holds its index
_MOST_WHO = 16


class Keys(NamedTuple):
    """Key hashes, and per key the row it finds."""

    hashes: U64
    row: I64

    def of(self, rows: Bools) -> "Keys":
        """The keys of the rows that are marked."""
        kept = rows[self.row]
        return Keys(self.hashes[kept], self.row[kept])

    def tagged(self, family: Family, *parts: U64 | np.uint64) -> "Keys":
        """Keys of a family made of these and of further parts."""
        return Keys(mix(np.uint64(family), self.hashes, *parts), self.row)

    def undated(self) -> "Keys":
        """Keys by name of persons whose birth date is not on record: few, and kept close together, for many ask."""
        return Keys(self.tagged(Family.BY_NAME, UNDATED).hashes >> _CLOSE, self.row)


class WhoKeys:
    """Keys of who n rows are about.

    Attributes:
        dated: which rows state a birth date.
        with_middle: which state a middle name.
    """

    def __init__(self, words: Words, parts: NameParts, names: Names) -> None:
        self._words = words
        self._parts = parts
        self._names = names
        self.dated: Bools = names.born != NO_DATE
        self.with_middle: Bools = names.middle != BLANK
        self._dates = _Dates(names.born)

    def name(self) -> Keys:
        """A part of the surname and a root of the given name."""
        by_part, part = self._parts.parts.of(self._names.surname)
        owner, root = self._parts.roots.of(self._names.given[by_part])
        return Keys(mix(part[owner], root), by_part[owner])

    def swapped(self) -> Keys:
        """The given name as surname, and a root of the surname as given name."""
        owner, root = self._parts.roots_of_surnames.of(self._names.surname)
        given = self._names.given[owner]
        keys = Keys(mix(self._words.hashes[given], root), owner)
        return Keys(keys.hashes[given != BLANK], keys.row[given != BLANK])

    def with_other_surnames(self, rows: I64, surnames: U64) -> Keys:
        """Names of these rows with other surnames, given by their hashes."""
        owner, root = self._parts.roots.of(self._names.given[rows])
        return Keys(mix(surnames[owner], root), rows[owner])

    def with_other_given(self, rows: I64, given: U64) -> Keys:
        """Names of these rows with other given names, given by the hashes of their roots."""
        owner, part = self._parts.parts.of(self._names.surname[rows])
        return Keys(mix(part, given[owner]), rows[owner])

    def by_date(self) -> dict[Family, Keys]:
        """The birth date with first letters of the surname; given name and last letter; the given name alone."""
        dated = np.flatnonzero(self.dated)
        days = self._names.born[dated].astype(np.int64).view(np.uint64)
        surname = self._names.surname[dated]
        named = np.flatnonzero(surname != BLANK)
        by_surname = mix(np.uint64(Family.BY_BIRTH), days[named], self._parts.first[surname[named]])
        owner, by_given = self._born_with_given(dated)
        near = mix(np.uint64(Family.NEAR_BIRTH), by_given, self._parts.last[surname[owner]])
        return {
            Family.BY_BIRTH: Keys(by_surname, dated[named]),
            Family.NEAR_BIRTH: Keys(near, dated[owner]),
            Family.BY_BIRTH_GIVEN: Keys(mix(np.uint64(Family.BY_BIRTH_GIVEN), by_given), dated[owner]),
        }

    def no_surname(self) -> Keys:
        """The birth date and the given name, of persons whose surname is not on record."""
        dated = np.flatnonzero(self.dated)
        owner, by_given = self._born_with_given(dated)
        return Keys(mix(np.uint64(Family.NEAR_BIRTH), by_given, np.uint64(BLANK)), dated[owner])

    def _born_with_given(self, dated: I64) -> tuple[I64, U64]:
        owner, root = self._parts.roots.of(self._names.given[dated])
        days = self._names.born[dated].astype(np.int64).view(np.uint64)
        return owner, mix(days[owner], root)

    def by_tin(self) -> Keys:
        """The taxpayer identification number."""
        tin = np.flatnonzero(self._names.tin >= 0)
        return Keys(mix(np.uint64(Family.BY_TIN), self._names.tin[tin].astype(np.uint64)), tin)

    def words(self) -> list[Keys]:
        """Each of the names by itself."""
        by_surname, whole = self._parts.parts.of(self._names.surname)
        by_given, root = self._parts.roots.of(self._names.given)
        return [
            Keys(undated_word(Family.NEAR_NAME, whole), by_surname),
            Keys(undated_word(Family.NEAR_NAME_GIVEN, root), by_given),
        ]

    def born(self, keys: Keys) -> list[Keys]:
        """Keys of dated rows tightened by the birth date, one of year, month and day left out; by it day for month."""
        whole = keys.of(self.dated).tagged(Family.BY_NAME_BORN)
        parts = [Keys(mix(whole.hashes, part[whole.row]), whole.row) for part in self._dates.parts]
        turned = whole.of(self._dates.may_turn)
        return [*parts, Keys(mix(turned.hashes, self._dates.turned[turned.row]), turned.row)]

    def born_in(self, keys: Keys) -> Keys:
        """Keys of dated rows tightened by year and month alone."""
        whole = keys.of(self.dated).tagged(Family.BY_NAME_BORN)
        return Keys(mix(whole.hashes, self._dates.parts[0][whole.row]), whole.row)

    def middle(self, keys: Keys, *, unknown: bool = False) -> Keys:
        """Keys tightened by the middle initial, or by its being unknown."""
        initial = self._parts.initials[self._names.middle[keys.row]]
        none = unknown | (self._names.middle[keys.row] == BLANK)
        return keys.tagged(Family.BY_NAME_MIDDLE, np.where(none, NOTHING, initial))


class _Dates:
    """Parts of birth dates as parts of keys."""

    def __init__(self, born: I32) -> None:
        packed = packed_dates(born)
        self._year, self._month, self._day = packed >> 9, packed >> 5 & 15, packed & 31
        self.may_turn: Bools = (packed > 0) & (self._day <= _MONTHS)

    @cached_property
    def parts(self) -> tuple[U64, U64, U64]:
        """Year and month; year and day; month and day."""
        return (
            mix(_NO_DAY, _bits(self._year), _bits(self._month)),
            mix(_NO_MONTH, _bits(self._year), _bits(self._day)),
            mix(_NO_YEAR, _bits(self._month), _bits(self._day)),
        )

    @cached_property
    def turned(self) -> U64:
        """The year with month and day in no order."""
        low, high = np.minimum(self._month, self._day), np.maximum(self._month, self._day)
        return mix(_TURNED, _bits(self._year), _bits(low), _bits(high))


def undated_word(family: Family, hashes: U64) -> U64:
    """Keys that say whether any undated person has a name: a surname closed up, or the root of a given name."""
    return mix(np.uint64(family), UNDATED, hashes) >> _CLOSE


def packed_dates(born: I32) -> I32:
    """Days since 1970 as year, month (4 bits) and day (5 bits); 0 where no date is stated."""
    dates = np.where(born == NO_DATE, 0, born).astype("datetime64[D]")
    months, years = dates.astype("datetime64[M]"), dates.astype("datetime64[Y]")
    year = years.astype(np.int64) + 1970
    month, day = (months - years).astype(np.int64) + 1, (dates - months).astype(np.int64) + 1
    return np.where(born == NO_DATE, 0, year << 9 | month << 5 | day).astype(np.int32)


def crossed(names: Names, person: I32) -> tuple[Names, I32]:
    """Every name of a person with every birth date on record: a row may state one of this and one of that.

    A date that is missing on one record and stated on another is not missing. Whoever has more than ``_MOST_WHO``
    combinations is found as undated besides.

    Args:
        names: who n records are about, sorted by person.
        person: of each.
    """
    sizes = np.bincount(person)[person]
    many = np.flatnonzero((sizes > 1) & (sizes <= _MOST_WHO))
    starts = np.searchsorted(person, person[many])
    one, other = ranges(starts, starts + sizes[many])
    left, stated = many[one], names.born[other] != NO_DATE
    dated = np.bincount(person[many], names.born[many] != NO_DATE, minlength=int(person.max(initial=0)) + 1) > 0
    kept = stated | ~dated[person[left]]
    left, right = left[kept], other[kept]
    alone = np.flatnonzero(sizes == 1)
    most = np.flatnonzero(sizes > _MOST_WHO)
    at = np.concatenate((alone, left, most, most))
    no_date = np.full(len(most), NO_DATE, np.int32)
    born = np.concatenate((names.born[alone], names.born[right], names.born[most], no_date))
    every = Names(names.given[at], names.middle[at], names.surname[at], names.suffix[at], born, names.tin[at])
    return every, person[at]


def stored_by_who(words: Words, names: Names) -> list[Keys]:
    """What the records store of who n rows are about.

    Names are found by whatever date; where a date is stated, by two of its parts, else as undated. That undated persons
    have a name at all is stored too (``undated_word``).
    """
    who = WhoKeys(words, NameParts(words, names.given, names.surname, names.middle), names)
    name, undated = who.name(), ~who.dated
    every = who.born(name)
    for keys in (name, who.middle(name)):
        every += [keys.tagged(Family.BY_NAME, ANY), keys.of(undated).undated()]
    every += [keys.of(undated) for keys in who.words()]
    return [*every, *who.by_date().values(), who.by_tin()]


class WhereKeys:
    """Keys of where rows say their person lives: of those with a sufficient address.

    Args:
        rows: n rows.
        parts: of their names.
        which: the rows that are wanted; all if not given.
    """

    def __init__(self, rows: Standardised, parts: NameParts, which: I64 | None = None) -> None:
        self._rows, self._parts = rows, parts
        self._at, self._spot = _spots(rows, np.arange(len(rows), dtype=np.int64) if which is None else which)
        home, hashes = rows.addresses, rows.words.hashes
        address = rows.address[self._at]
        self._street = mix(np.uint64(Family.AT_ADDRESS), self._spot, hashes[home.core[address]])
        self._unit = home.unit[address]

    def stored(self) -> list[Keys]:
        """What the records store: the unit, or that none is stated; that some is; and what survives slips."""
        with_unit = self._unit != BLANK
        some = Keys(mix(self._street[with_unit], _STATED_UNIT), self._at[with_unit])
        return [self._exact(), some, *self.near().values()]

    def at_address(self) -> list[Keys]:
        """What a request asks: its unit and those without one; without a unit, those with any."""
        other = np.where(self._unit != BLANK, NOTHING, _STATED_UNIT)
        return [self._exact(), Keys(mix(self._street, other), self._at)]

    def near(self) -> dict[Family, Keys]:
        """Keys that do not look at the street: number and place with first letters of the surname, or given name."""
        names, at = self._rows.names, self._at
        surname = names.surname[at]
        named = surname != BLANK
        owner, root = self._parts.roots.of(names.given[at])
        by_first = mix(np.uint64(Family.NEAR_SURNAME), self._spot[named], self._parts.first[surname[named]])
        by_given = mix(np.uint64(Family.NEAR_GIVEN), self._spot[owner], root)
        return {Family.NEAR_SURNAME: Keys(by_first, at[named]), Family.NEAR_GIVEN: Keys(by_given, at[owner])}

    def _exact(self) -> Keys:
        unit = np.where(self._unit == BLANK, NOTHING, self._rows.words.hashes[self._unit])
        return Keys(mix(self._street, unit), self._at)


def _spots(rows: Standardised, which: I64) -> tuple[I64, U64]:
    """Rows with a sufficient address, once per way of saying where it lies, and a hash of number or box there."""
    home, hashes = rows.addresses, rows.words.hashes
    address = rows.address[which]
    whole = home.sufficient[address]
    which, address = which[whole], address[whole]
    number = np.where(home.number[address] != BLANK, home.number[address], home.box[address])
    delivery = mix(home.kind[address].astype(np.uint64), hashes[home.route[address]], hashes[number])
    zip5, city, state = home.zip5[address], home.city[address], home.state[address]
    by_zip, by_city = np.flatnonzero(zip5 != BLANK), np.flatnonzero((city != BLANK) & (state != BLANK))
    zips = mix(delivery[by_zip], np.uint64(1), hashes[zip5[by_zip]])
    cities = mix(delivery[by_city], np.uint64(2), hashes[city[by_city]], hashes[state[by_city]])
    return np.concatenate((which[by_zip], which[by_city])), np.concatenate((zips, cities))


def _bits(numbers: I32) -> U64:
    return numbers.astype(np.uint64)
