"""Blocking: under which keys a row can be found. Union of compound equi-joins; never a ZIP Code alone.

Fellegi and Sunter, *A theory for record linkage*, JASA 64 (1969), section 3.4 on blocking. What the records store and
what a request asks are two sides of one table: ``STORED`` and ``ASKED`` of ``tokens.py`` say which variants of a key
either side makes, so that whoever could still agree is found in a small block (docs/adr/0063).
"""

from collections.abc import Callable
from enum import IntEnum
from typing import NamedTuple

import numpy as np

from narrowgate.linkage.arrays import I32, I64, U64, Bools, mix, ranges
from narrowgate.linkage.given_names import roots
from narrowgate.linkage.standardise import NO_DATE, Addresses, Names, Standardised
from narrowgate.linkage.words import BLANK, Words, hashes_of


class Family(IntEnum):
    """What a key is made of; place is the ZIP Code, and city with state."""

    AT_ADDRESS = 1  # number, street and unit, or box, or route and box; and place
    NEAR_SURNAME = 2  # number or box, place, first letters of the surname: survives slips in the street
    NEAR_GIVEN = 3  # number or box, place, given name
    BY_NAME = 4  # a part of the surname and the given name, wherever
    BY_NAME_BORN = 5  # likewise with two of year, month and day of birth
    BY_NAME_MIDDLE = 6  # a part of the surname, the given name and the middle initial: for large blocks
    BY_BIRTH = 7  # birth date and first letters of the surname
    BY_TIN = 8
    NEAR_NAME = 9  # like BY_NAME, with a surname a slip of the pen away
    NEAR_NAME_GIVEN = 10  # like BY_NAME, with a given name a slip away
    NEAR_BIRTH = 11  # birth date, and the given name or the last letters of the surname


AT_ADDRESS = frozenset({Family.AT_ADDRESS, Family.NEAR_SURNAME, Family.NEAR_GIVEN})
"""Families that look at the address: whom they alone find can be a rival, and is never confirmed (docs/adr/0024)."""

LIMITS = {
    Family.AT_ADDRESS: 300,
    Family.NEAR_SURNAME: 300,
    Family.NEAR_GIVEN: 300,
    Family.BY_NAME: 5000,
    Family.BY_NAME_BORN: 5000,
    Family.BY_NAME_MIDDLE: 5000,
    Family.BY_BIRTH: 1000,
    Family.BY_TIN: 300,
    Family.NEAR_NAME: 500,
    Family.NEAR_NAME_GIVEN: 500,
    Family.NEAR_BIRTH: 300,
}
"""Persons in a block."""

ANY, UNDATED, NOTHING = np.uint64(0), np.uint64(1), np.uint64(2)
"""Parts of keys: whatever the birth date; not stated on record; no initial or no unit stated on record."""

_STATED_UNIT = np.uint64(3)
_SURNAME_LETTERS = 3
_NO_YEAR, _NO_MONTH, _NO_DAY, _TURNED = (np.uint64(n) for n in range(4, 8))
_MONTHS = 12
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


class WhoKeys:
    """Keys of who n rows are about, each made when it is first wanted.

    Attributes:
        dated: which rows state a birth date.
    """

    def __init__(self, words: Words, names: Names) -> None:
        self._words = words
        self._names = names
        self.dated: Bools = names.born != NO_DATE
        self.with_middle: Bools = names.middle != BLANK
        self._dates = _Dates(names.born)

    def name(self, *, swapped: bool = False) -> Keys:
        """A part of the surname and a root of the given name; ``swapped`` takes the one for the other, unparted."""
        given, surname = self._names.given, self._names.surname
        if swapped:
            whole, part = several(self._words, given, lambda text: (text,))
            owner, root = _roots(self._words, surname[whole])
            return Keys(mix(part[owner], root), whole[owner])
        by_part, part = _parts(self._words, surname)
        owner, root = _roots(self._words, given[by_part])
        return Keys(mix(part[owner], root), by_part[owner])

    def name_with_surnames(self, rows: I64, words: Words, surnames: I32) -> Keys:
        """Names of these rows with other surnames, whole, spelt in ``words``."""
        owner, whole = several(words, surnames, lambda text: (closed(text),))
        by_root, root = _roots(self._words, self._names.given[rows[owner]])
        return Keys(mix(whole[by_root], root), rows[owner][by_root])

    def name_with_given(self, rows: I64, words: Words, given: I32) -> Keys:
        """Names of these rows with other given names, spelt in ``words``."""
        by_root, root = _roots(words, given)
        owner, part = _parts(self._words, self._names.surname[rows[by_root]])
        return Keys(mix(part, root[owner]), rows[by_root][owner])

    def by_date(self) -> dict[Family, Keys]:
        """The birth date and the first letters of the surname; the given name; the last letters of the surname."""
        dated = np.flatnonzero(self.dated)
        days = self._names.born[dated].astype(np.int64).view(np.uint64)
        surname = self._names.surname[dated]
        by_first, first = several(self._words, surname, lambda text: (closed(text)[:_SURNAME_LETTERS],))
        by_name, name = _roots(self._words, self._names.given[dated])
        by_last, last = several(self._words, surname, lambda text: (f"-{closed(text)[-_SURNAME_LETTERS:]}",))
        owner, said = np.concatenate((by_name, by_last)), np.concatenate((name, last))
        return {
            Family.BY_BIRTH: Keys(mix(np.uint64(Family.BY_BIRTH), days[by_first], first), dated[by_first]),
            Family.NEAR_BIRTH: Keys(mix(np.uint64(Family.NEAR_BIRTH), days[owner], said), dated[owner]),
        }

    def by_tin(self) -> Keys:
        """The taxpayer identification number."""
        tin = np.flatnonzero(self._names.tin >= 0)
        return Keys(mix(np.uint64(Family.BY_TIN), self._names.tin[tin].astype(np.uint64)), tin)

    def born(self, keys: Keys) -> list[Keys]:
        """Keys of dated rows tightened by the birth date, one of year, month and day left out; by it day for month."""
        whole = keys.of(self.dated)
        parts = [whole.tagged(Family.BY_NAME_BORN, part[whole.row]) for part in self._dates.parts()]
        turned = keys.of(self._dates.may_turn)
        return [*parts, turned.tagged(Family.BY_NAME_BORN, self._dates.turned()[turned.row])]

    def born_in(self, keys: Keys) -> Keys:
        """Keys of dated rows tightened by year and month alone."""
        whole = keys.of(self.dated)
        return whole.tagged(Family.BY_NAME_BORN, self._dates.parts()[0][whole.row])

    def middle(self, keys: Keys, *, unknown: bool = False) -> Keys:
        """Keys tightened by the middle initial, or by its being unknown."""
        middle = self._names.middle[keys.row]
        initials = _per_word(self._words, middle, lambda text: text[:1])[middle]
        return keys.tagged(Family.BY_NAME_MIDDLE, np.where((middle == BLANK) | unknown, NOTHING, initials))


class _Dates:
    """Parts of birth dates as parts of keys."""

    def __init__(self, born: I32) -> None:
        packed = packed_dates(born)
        self._year, self._month, self._day = packed >> 9, packed >> 5 & 15, packed & 31
        self.may_turn: Bools = (packed > 0) & (self._day <= _MONTHS)

    def parts(self) -> tuple[U64, U64, U64]:
        """Year and month; year and day; month and day."""
        return (
            mix(_NO_DAY, _bits(self._year), _bits(self._month)),
            mix(_NO_MONTH, _bits(self._year), _bits(self._day)),
            mix(_NO_YEAR, _bits(self._month), _bits(self._day)),
        )

    def turned(self) -> U64:
        """The year with month and day in no order."""
        low, high = np.minimum(self._month, self._day), np.maximum(self._month, self._day)
        return mix(_TURNED, _bits(self._year), _bits(low), _bits(high))


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

    Names are found by whatever date; where a date is stated, by two of its parts, else as undated.
    """
    who = WhoKeys(words, names)
    name, undated = who.name(), ~who.dated
    every = [name.tagged(Family.BY_NAME, ANY), who.middle(name), *who.born(name)]
    every.append(name.of(undated).tagged(Family.BY_NAME, UNDATED))
    return [*every, *who.by_date().values(), who.by_tin()]


class WhereKeys:
    """Keys of where n rows say their person lives: of rows with a sufficient address."""

    def __init__(self, rows: Standardised) -> None:
        self._rows = rows
        home, hashes = rows.addresses, rows.words.hashes
        self._at, self._address, self._spot = _spots(rows)
        self._street = mix(self._spot, hashes[home.core[self._address]])
        self._unit = home.unit[self._address]

    def stored(self) -> list[Keys]:
        """What the records store: the unit, or that none is stated; that some is; and what survives slips."""
        with_unit = self._unit != BLANK
        some = self._at_street(np.full(int(with_unit.sum()), _STATED_UNIT), with_unit)
        return [self._exact(), some, *self.near().values()]

    def at_address(self) -> list[Keys]:
        """What a request asks: its unit and those without one; without a unit, those with any."""
        other = np.where(self._unit != BLANK, NOTHING, _STATED_UNIT)
        return [self._exact(), self._at_street(other, np.ones(len(self._at), np.bool_))]

    def near(self) -> dict[Family, Keys]:
        """Keys that do not look at the street: number and place with first letters of the surname, or given name."""
        rows, at = self._rows, self._at
        by_first, first = several(rows.words, rows.names.surname[at], lambda text: (closed(text)[:_SURNAME_LETTERS],))
        owner, root = _roots(rows.words, rows.names.given[at])
        return {
            Family.NEAR_SURNAME: Keys(mix(np.uint64(Family.NEAR_SURNAME), self._spot[by_first], first), at[by_first]),
            Family.NEAR_GIVEN: Keys(mix(np.uint64(Family.NEAR_GIVEN), self._spot[owner], root), at[owner]),
        }

    def _exact(self) -> Keys:
        hashes = self._rows.words.hashes
        unit = np.where(self._unit == BLANK, NOTHING, hashes[self._unit])
        return self._at_street(unit, np.ones(len(self._at), np.bool_))

    def _at_street(self, unit: U64, which: Bools) -> Keys:
        return Keys(mix(np.uint64(Family.AT_ADDRESS), self._street[which], unit), self._at[which])


def _spots(rows: Standardised) -> tuple[I64, I32, U64]:
    """Rows with a sufficient address, once per way of saying where it lies; the address; number or box there."""
    home, hashes = rows.addresses, rows.words.hashes
    whole = home.sufficient[rows.address]
    by_zip = np.flatnonzero(whole & (home.zip5 != BLANK)[rows.address])
    by_city = np.flatnonzero(whole & ((home.city != BLANK) & (home.state != BLANK))[rows.address])
    delivery = _deliveries(home, hashes)
    zips = mix(delivery, np.uint64(1), hashes[home.zip5])
    cities = mix(delivery, np.uint64(2), hashes[home.city], hashes[home.state])
    at = np.concatenate((by_zip, by_city))
    address = rows.address[at]
    spot = np.concatenate((zips[address[: len(by_zip)]], cities[address[len(by_zip) :]]))
    return at, address, spot


def _deliveries(home: Addresses, hashes: U64) -> U64:
    number = np.where(home.number != BLANK, home.number, home.box)
    return mix(home.kind.astype(np.uint64), hashes[home.route], hashes[number])


def _bits(numbers: I32) -> U64:
    return numbers.astype(np.uint64)


def _per_word(words: Words, codes: I32, rule: Callable[[str], str]) -> U64:
    """Per code of ``words`` the hash of ``rule`` of its string, for the codes that occur."""
    used = np.flatnonzero(np.bincount(codes, minlength=1))
    found = np.zeros(len(words.text), np.uint64)
    found[used] = hashes_of([rule(text) for text in words.spell(used)])
    return found


def closed(text: str) -> str:
    """A name without its spaces."""
    return text.replace(" ", "")


def several(words: Words, codes: I32, rule: Callable[[str], tuple[str, ...]]) -> tuple[I64, U64]:
    """Rows, by their codes, once per string that ``rule`` makes of theirs, and its hash; blank makes none."""
    used = np.flatnonzero(np.bincount(codes, minlength=1))
    made = [rule(text) if text else () for text in words.spell(used)]
    starts = np.zeros(len(words.text) + 1, np.int64)
    starts[used + 1] = [len(m) for m in made]
    np.cumsum(starts, out=starts)
    pool = hashes_of([text for m in made for text in m])
    owner, item = ranges(starts[codes], starts[codes + np.int32(1)])
    return owner, pool[item]


def _roots(words: Words, given: I32) -> tuple[I64, U64]:
    return several(words, given, roots)


def _parts(words: Words, surnames: I32) -> tuple[I64, U64]:
    """The whole surname, and each of its parts if it has several."""
    return several(words, surnames, lambda s: tuple(dict.fromkeys((closed(s), *s.split()))))
