"""Candidates: which persons of the snapshot a row is compared with. Too large a block is said, never cut."""

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np

from narrowgate.linkage.arrays import I32, I64, Bools, ranges
from narrowgate.linkage.bounds import reach
from narrowgate.linkage.keys import ANY, LIMITS, Family, Keys, WhereKeys, WhoKeys
from narrowgate.linkage.near import near_given, near_surnames
from narrowgate.linkage.snapshot import Snapshot
from narrowgate.linkage.standardise import Names, Standardised
from narrowgate.linkage.word_keys import NameParts

_PAIRS_AT_ONCE = 1_000_000


@dataclass(frozen=True, slots=True)
class Probes:
    """Blocks to look into: per probe the row that asks and the range of ``Blocks.persons``.

    Attributes:
        too_large: rows that met a block beyond the limit, with no tighter key for it.
    """

    row: I64
    start: I64
    stop: I64
    too_large: I64


@dataclass(frozen=True, slots=True)
class Pairs:
    """Distinct pairs of a row and a person, sorted; rows from ``first`` up to and without ``last``.

    Attributes:
        apart: the row finds the person whatever its address: only such a person can be confirmed, and is counted by
            the guess budget (docs/adr/0024).
    """

    first: int
    last: int
    row: I64
    person: I64
    apart: Bools

    def of(self, kept: I64 | Bools) -> "Pairs":
        """Some of the pairs."""
        return Pairs(self.first, self.last, self.row[kept], self.person[kept], self.apart[kept])

    def besides(self, others: "Pairs") -> "Pairs":
        """Those pairs that are not among others."""
        ours, theirs = self.row << 32 | self.person, others.row << 32 | others.person
        if not len(theirs):
            return self
        at = np.minimum(np.searchsorted(theirs, ours), len(theirs) - 1)
        return self.of(theirs[at] != ours)

    def and_of(self, others: "Pairs") -> tuple["Pairs", I64]:
        """Both, no pair being in both; and which of the two laid end to end stands where."""
        row, person = np.concatenate((self.row, others.row)), np.concatenate((self.person, others.person))
        order = np.argsort(row << 32 | person)
        apart = np.concatenate((self.apart, others.apart))
        return Pairs(self.first, self.last, row[order], person[order], apart[order]), order


class Seeker:
    """Looks for the keys of a batch of rows, some rows at a time.

    Whose identity could not reach ``least`` by what a key leaves open is not sought by it (``bounds``).
    """

    def __init__(self, rows: Standardised, snapshot: Snapshot, least: int) -> None:
        self._rows, self._snapshot, self._blocks = rows, snapshot, snapshot.blocks
        self._reach = reach(rows, snapshot, least)
        names, sides = rows.names, snapshot.beside(rows.words)
        self._parts = NameParts(rows.words, names.given, names.surname, names.middle)
        self._near_surnames = near_surnames(sides, names.surname, snapshot.near_surnames, snapshot.blocks)
        self._near_given = near_given(sides, names.given, snapshot.near_given, snapshot.blocks)

    def apart(self, first: int, last: int) -> list[Probes]:
        """Whom the rows from ``first`` up to and without ``last`` find whatever their address.

        1. By name. Rows that state a birth date ask for those born on it, but for one part of it, and for those whose
           date is not on record: no other date can be one person's. Rows that state none ask for all whose middle
           initial does not contradict theirs.
        2. By names that are a slip of the pen away. These only add persons: a large block is passed over.
        3. By birth date and by taxpayer identification number.
        4. By name in the other order.
        """
        names = Names(*(getattr(self._rows.names, f.name)[first:last] for f in fields(Names)))
        who = WhoKeys(self._rows.words, self._parts, names)
        could = self._reach.of(first, last)
        name = who.name()
        found = [self._ask(Family.BY_NAME_BORN, keys) for keys in who.born(name)]  # 1
        found += self._undated(who, name.of(could.whole), could.whole_alone, Family.BY_NAME)
        for family, within, alone, codes, near, spelt in (  # 2
            (Family.NEAR_NAME, could.near_surname, could.near_surname_alone, names.surname, self._near_surnames,
             who.with_other_surnames),
            (Family.NEAR_NAME_GIVEN, could.near_given, could.near_given_alone, names.given, self._near_given,
             who.with_other_given),
        ):  # fmt: skip
            for rows, words in ((within & who.dated, near.undated), (within & ~who.dated, near.every)):
                at = np.flatnonzero(rows)
                owner, hashes = words.of(codes[at])
                found += self._undated(who, spelt(at[owner], hashes), alone, family)
        for family, keys in who.by_date().items():  # 3
            any_surname = family is Family.BY_BIRTH_GIVEN
            asked = keys.of(could.other_surname) if any_surname else keys
            found.append(self._ask(family, asked, pass_over=family is not Family.BY_BIRTH))
        found.append(self._ask(Family.NEAR_BIRTH, who.no_surname(), pass_over=True))
        found.append(self._ask(Family.BY_TIN, who.by_tin()))
        swapped = who.swapped()  # 4
        found.append(self._ask(Family.BY_NAME_BORN, who.born_in(swapped)))
        found += self._undated(who, swapped.of(could.swapped), could.swapped, Family.BY_NAME)
        return [Probes(p.row + first, p.start, p.stop, p.too_large + first) for p in found]

    def at_address(self, rows: I64) -> list[Probes]:
        """Who else has, or had, the address that these rows state.

        A large block (a tower without units) is left to the keys that hold a name besides; these have none tighter.
        """
        where = WhereKeys(self._rows, self._parts, rows)
        found = [self._ask(Family.AT_ADDRESS, keys, pass_over=True) for keys in where.at_address()]
        return found + [self._ask(family, keys) for family, keys in where.near().items()]

    def elsewhere(self, rows: I64, weight: I32) -> list[Probes]:
        """Who might fit these rows better than whom each found at its weight, and is not found by ``apart``.

        1. Of the row's birth date and given name, with a surname of which neither end is the row's.
        2. Of its name, with a middle name of another initial that agrees all the same: a form, or one of several.

        They are rivals alone: nobody is confirmed or counted by these keys.
        """
        names = Names(*(getattr(self._rows.names, f.name)[rows] for f in fields(Names)))
        who = WhoKeys(self._rows.words, self._parts, names)
        by_birth = who.by_date()[Family.BY_BIRTH_GIVEN].of(self._reach.most_near[rows] > weight)  # 1
        name = who.name().of((self._reach.most_undated[rows] > weight) & who.with_middle)  # 2
        found = [
            self._ask(Family.BY_BIRTH_GIVEN, by_birth),
            self._ask(Family.BY_NAME, name.of(who.dated).undated()),
            self._ask(Family.BY_NAME, name.of(~who.dated).tagged(Family.BY_NAME, ANY)),
        ]
        return [Probes(rows[p.row], p.start, p.stop, rows[p.too_large]) for p in found]

    def _undated(self, who: WhoKeys, every: Keys, alone: Bools, family: Family) -> Iterator[Probes]:
        """By name alone: whose date is not on record; all, if the row states none.

        A row that states a middle name asks for those of its initial, and, where the name could do ``alone``, for
        those without one: whoever has another middle name is another person.
        """
        near = family is not Family.BY_NAME
        initialled = every.of(who.with_middle)
        for keys in (
            every.of(~who.with_middle),
            who.middle(initialled),
            who.middle(initialled.of(alone), unknown=True),
        ):
            yield self._ask(family, keys.of(who.dated).undated(), pass_over=near)
            yield self._ask(family, keys.of(~who.dated).tagged(Family.BY_NAME, ANY), pass_over=near)

    def _ask(self, family: Family, keys: Keys, *, pass_over: bool = False) -> Probes:
        """Ask; a block beyond the limit makes its row too large, unless it is passed over."""
        found, large = self._look_up(family, keys)
        return Probes(*found, too_large=keys.row[large[:0] if pass_over else large])

    def _look_up(self, family: Family, keys: Keys) -> tuple[tuple[I64, I64, I64], I64]:
        """Rows and ranges of the blocks within the limit; and the indices of the keys whose block lies beyond it."""
        which, block = self._blocks.look_up(keys.hashes)
        start, stop = self._blocks.starts[block], self._blocks.starts[block + 1]
        fits = stop - start <= LIMITS[family]
        return (keys.row[which[fits]], start[fits], stop[fits]), which[~fits]


def chunks(probes: list[Probes], first: int, last: int) -> Iterator[tuple[int, int]]:
    """The rows from ``first`` up to and without ``last`` in parts with so few pairs that memory stays bounded."""
    cost = np.zeros(last - first)
    for found in probes:
        cost += np.bincount(found.row - first, weights=found.stop - found.start, minlength=last - first)
    done = np.concatenate((np.zeros(1), np.cumsum(cost)))
    at = 0
    while at < last - first:
        to = int(np.searchsorted(done, done[at] + _PAIRS_AT_ONCE, side="right")) - 1
        to = min(max(to, at + 1), last - first)
        yield first + at, first + to
        at = to


def pairs_of(probes: list[Probes], snapshot: Snapshot, first: int, last: int, *, apart: bool) -> Pairs:
    """The candidate pairs of rows from ``first`` up to and without ``last``."""
    pairs = [np.zeros(0, np.int64)]
    for found in probes:
        here = (found.row >= first) & (found.row < last)
        owner, item = ranges(found.start[here], found.stop[here])
        pairs.append(found.row[here][owner] << 32 | snapshot.blocks.persons[item])
    every = np.sort(np.concatenate(pairs))
    kept = np.ones(len(every), np.bool_)
    kept[1:] = every[1:] != every[:-1]
    both = every[kept]
    return Pairs(first, last, both >> 32, both & 0xFFFFFFFF, np.full(len(both), apart))


def expand(starts: I64, persons: I64) -> tuple[I64, I64]:
    """All entries of each pair's person, where each person's begin at ``starts``.

    Returns:
        Per entry its pair, sorted, and the entry.
    """
    return ranges(starts[persons], starts[persons + 1])
