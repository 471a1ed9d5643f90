"""The address gate: whether two addresses are one place. A house number differing, or a unit, is another home."""

from typing import NamedTuple

import numpy as np

from narrowgate.domain.postal import AddressKind
from narrowgate.linkage.arrays import I8, I32, I64, U64, Bools
from narrowgate.linkage.pairs import FAR, lengths, pair_levels, slips
from narrowgate.linkage.standardise import KINDS, Addresses
from narrowgate.linkage.streets import legible, street_levels
from narrowgate.linkage.weights import Number, Place, Street, Unit, Weights
from narrowgate.linkage.words import BLANK, Words

_STREET = KINDS.index(AddressKind.STREET)
_PO_BOX = KINDS.index(AddressKind.PO_BOX)
_BOTH = 2
_LONG_NUMBER = 3  # digits: two houses of one person seldom share them
_NOWHERE = KINDS.index(AddressKind.NONE)
_LEVEL_OF = np.array([Street.PART_ABSENT, Street.SLIP, Street.WORN, Street.DIFFERENT], np.int8)
"""Of ``streets.street_level``; what differs in blanks or ordinals alone lacks a part at most."""

CLOSED = np.int32(np.iinfo(np.int32).min // 2)
"""The weight of an address pair that does not pass the gate."""


class Side(NamedTuple):
    """Addresses and the words they are spelt with."""

    words: Words
    home: Addresses

    def hashes(self, column: str, at: I64) -> U64:
        """What a column says, comparable between sides."""
        codes: I32 = getattr(self.home, column)
        return self.words.hashes[codes[at]]

    def stated(self, column: str, at: I64) -> Bools:
        """Where a column says anything."""
        codes: I32 = getattr(self.home, column)
        found: Bools = codes[at] != BLANK
        return found


class AddressLevels(NamedTuple):
    """Levels of the four address comparisons, pair by pair."""

    house_number: I8
    street: I8
    unit: I8
    place: I8

    def weights(self, table: Weights) -> I32:
        """Four columns of weights."""
        columns = [table.of(name, levels) for name, levels in zip(self._fields, self, strict=True)]
        return np.stack(columns, axis=1)


def address_levels(left: Side, one: I32, right: Side, other: I32) -> AddressLevels:
    """Compare pairs of addresses, each distinct pair once.

    1. The house number (box, and route) and the kind must be equal.
    2. Only then are streets, units and places looked at; else they count as different.
    """
    pairs, inverse = np.unique((one.astype(np.int64) << 32) | other.astype(np.int64), return_inverse=True)
    at, to = pairs >> 32, pairs & 0xFFFFFFFF
    number = _numbers(left, at, right, to)  # 1
    found = AddressLevels(
        number,
        np.full(len(pairs), Street.DIFFERENT, np.int8),
        np.full(len(pairs), Unit.DIFFERENT, np.int8),
        np.full(len(pairs), Place.DIFFERENT, np.int8),
    )
    open_ = np.flatnonzero(number == Number.EXACT)  # 2
    at, to = at[open_], to[open_]
    found.street[open_] = _streets(left, at, right, to)
    found.unit[open_] = _units(left, at, right, to)
    found.place[open_] = _places(left, at, right, to)
    return AddressLevels(*(levels[inverse] for levels in found))


def gate(levels: AddressLevels, table: Weights) -> I32:
    """What the address takes from the weight; ``CLOSED`` where any of the four comparisons vetoes."""
    total = levels.weights(table).sum(axis=1, dtype=np.int32)
    return np.where(total > table.veto // 2, total, CLOSED).astype(np.int32)


class Likeness(NamedTuple):
    """What pairs of addresses of one person are: ``spelt`` one address; or so, if they are of one time."""

    spelt: Bools
    if_of_one_time: Bools


def likeness(side: Side, at: I64, to: I64) -> Likeness:
    """Whether two addresses on one person's records are one, the one damaged: looser than the gate, for his own only.

    1. One town or ZIP Code must be equal, or both alike or blank; two units that are stated must be equal.
    2. The number is equal, and the streets are alike, or worn beyond that beside a number of three digits; or one of
       number and street is blank on a side, and the other equal (a street but for a slip), or blank on the other side.
    3. Two house numbers but for one slip, in one street, may be one; so may be two of one who moved next door.
    """
    kind = np.isin(side.home.kind, (_STREET, _NOWHERE))
    kept = np.flatnonzero(kind[at] & kind[to])  # 1
    kept = kept[_units(side, at[kept], side, to[kept]) != Unit.DIFFERENT]
    kept = kept[_one_place(side, at[kept], to[kept])]
    found = Likeness(np.zeros(len(at), np.bool_), np.zeros(len(at), np.bool_))
    found.spelt[kept], found.if_of_one_time[kept] = _alike(side, at[kept], to[kept])
    return found


def _alike(side: Side, at: I64, to: I64) -> Likeness:
    """Steps 2 and 3 of ``likeness``."""
    numbered, stated = (side.stated(c, at).astype(np.int8) + side.stated(c, to) for c in ("number", "street"))
    number = _equal("number", side, at, side, to) & (numbered == _BOTH)
    streets = _street_levels(side, at, side, to)
    legible = (streets != Street.DIFFERENT) | (_long_numbers(side, at) & _legible(side, at, to))
    spelt = number & (((stated == _BOTH) & legible) | (stated < _BOTH))  # 2
    spelt |= (numbered < _BOTH) & (stated == _BOTH) & (streets <= Street.SLIP)
    spelt |= (numbered == 1) & (stated == 1) & (side.stated("number", at) != side.stated("street", at))
    slip = ~number & (numbered == _BOTH) & (stated == _BOTH) & (streets <= Street.PART_ABSENT)  # 3
    slip[slip] = _edits("number", side, at[slip], side, to[slip]) == 1
    return Likeness(spelt, slip)


def _long_numbers(side: Side, at: I64) -> Bools:
    found: Bools = lengths(side.words.spell(side.home.number[at])) >= _LONG_NUMBER
    return found


def _legible(side: Side, at: I64, to: I64) -> Bools:
    def rule(ones: list[str], others: list[str], _left: I64, _right: I64) -> I8:
        return legible(ones, others).astype(np.int8)

    return pair_levels(side.words, side.home.street[at], side.words, side.home.street[to], rule).astype(np.bool_)


def _one_place(side: Side, at: I64, to: I64) -> Bools:
    alike = []
    equal = np.zeros(len(at), np.bool_)
    for column in ("city", "zip5"):
        same = _equal(column, side, at, side, to)
        stated = side.stated(column, at) & side.stated(column, to)
        equal |= same & stated
        alike.append(~stated | (_edits(column, side, at, side, to) < FAR))
    found: Bools = equal | (alike[0] & alike[1])
    return found


def _equal(column: str, left: Side, at: I64, right: Side, to: I64) -> Bools:
    found: Bools = left.hashes(column, at) == right.hashes(column, to)
    return found


def _numbers(left: Side, at: I64, right: Side, to: I64) -> I8:
    """Equal where both addresses are sufficient, of one kind, and box, route or house number are the same."""
    kind = left.home.kind[at]
    equal = (kind == right.home.kind[to]) & left.home.sufficient[at] & right.home.sufficient[to]
    at_street = kind == _STREET
    equal &= np.where(
        at_street,
        _equal("number", left, at, right, to),
        _equal("box", left, at, right, to) & _equal("route", left, at, right, to),
    )
    levels = np.full(len(at), Number.DIFFERENT, np.int8)
    levels[equal] = Number.EXACT
    return levels


def _streets(left: Side, at: I64, right: Side, to: I64) -> I8:
    """Equal; a direction or the suffix missing on one side; a slip of the pen; worn, but legible; else different.

    Directions that contradict, suffixes that contradict and numbers that differ make another street: 145th is not
    146th, and Oak Street is not Oak Avenue.
    """
    levels = _street_levels(left, at, right, to)
    levels[left.home.kind[at] != _STREET] = Street.EXACT
    return levels


def _street_levels(left: Side, at: I64, right: Side, to: I64) -> I8:
    levels = np.full(len(at), Street.DIFFERENT, np.int8)
    one_absent = np.zeros(len(at), np.bool_)
    contradicts = np.zeros(len(at), np.bool_)
    for column in ("direction", "street_suffix"):
        equal = _equal(column, left, at, right, to)
        both = left.stated(column, at) & right.stated(column, to)
        contradicts |= ~equal & both
        one_absent |= ~equal & ~both
    core = _equal("core", left, at, right, to)
    levels[~contradicts & core & one_absent] = Street.PART_ABSENT
    levels[~contradicts & core & ~one_absent] = Street.EXACT
    rest = np.flatnonzero((levels == Street.DIFFERENT) & ~(core & contradicts))
    ours, theirs = left.home.street[at[rest]], right.home.street[to[rest]]
    levels[rest] = pair_levels(left.words, ours, right.words, theirs, _spelling_rule)
    return levels


def _spelling_rule(ones: list[str], others: list[str], _left: I64, _right: I64) -> I8:
    return _LEVEL_OF[street_levels(ones, others)]


def _units(left: Side, at: I64, right: Side, to: I64) -> I8:
    equal = _equal("unit", left, at, right, to)
    both = left.stated("unit", at) & right.stated("unit", to)
    levels = np.full(len(at), Unit.ABSENT_IN_ONE, np.int8)
    levels[both] = Unit.DIFFERENT
    levels[equal] = Unit.EXACT
    return levels


def _places(left: Side, at: I64, right: Side, to: I64) -> I8:
    """City and ZIP Code: one must agree; or both be near, in one state.

    Post office boxes are numbered by post office, so two ZIP Codes stated there must be equal or near.
    """
    zips = _equal("zip5", left, at, right, to) & left.stated("zip5", at)
    two_zips = left.stated("zip5", at) & right.stated("zip5", to)
    states = _equal("state", left, at, right, to)
    apart = states | ~left.stated("state", at) | ~right.stated("state", to)
    cities = _equal("city", left, at, right, to) & left.stated("city", at) & apart
    zip_near = two_zips & (_edits("zip5", left, at, right, to) == 1)
    city_near = _edits("city", left, at, right, to) <= 1
    city_near &= left.stated("city", at) & right.stated("city", to)
    boxes = left.home.kind[at] == _PO_BOX
    levels = np.full(len(at), Place.DIFFERENT, np.int8)
    levels[zip_near & city_near & states] = Place.NEAR
    levels[cities & (~boxes | ~two_zips | zip_near)] = Place.CITY_ALONE
    levels[zips] = Place.ZIP_ALONE
    levels[zips & cities] = Place.EXACT
    return levels


def _edits(column: str, left: Side, at: I64, right: Side, to: I64) -> I8:
    def rule(ones: list[str], others: list[str], _left: I64, _right: I64) -> I8:
        return slips(ones, others)

    one: I32 = getattr(left.home, column)
    other: I32 = getattr(right.home, column)
    return pair_levels(left.words, one[at], right.words, other[to], rule)
