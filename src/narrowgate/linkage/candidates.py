"""Candidates: which persons of the snapshot a row is compared with. Too large a block is said, never cut."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np

from narrowgate.linkage.arrays import I32, I64, Bools, ranges
from narrowgate.linkage.bounds import Reach
from narrowgate.linkage.compare import given_levels, sides_of, surname_levels
from narrowgate.linkage.keys import ANY, AT_ADDRESS, LIMITS, UNDATED, Family, Keys, WhereKeys, WhoKeys
from narrowgate.linkage.near import near_words
from narrowgate.linkage.snapshot import Snapshot
from narrowgate.linkage.standardise import Standardised

_PAIRS_AT_ONCE = 1_000_000
_ROWS_AT_ONCE = 100_000


@dataclass(frozen=True, slots=True)
class Probes:
    """What one family of keys found: per probe the row that asks and the range of ``Blocks.persons``.

    Attributes:
        row: sorted.
        apart: the keys do not look at the address.
        too_large: rows that met a block beyond the limit, with no tighter key for it.
    """

    row: I64
    start: I64
    stop: I64
    apart: bool
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


def probe(rows: Standardised, snapshot: Snapshot, least: int, threads: ThreadPoolExecutor) -> list[Probes]:
    """Look up every key of every row, but for what could find nobody whose identity reaches ``least`` (``bounds``).

    1. By address. A large block (a tower without units) is left to the keys that hold a name besides; these have none
       tighter.
    2. By name. Rows that state a birth date ask for those born on it, but for one part of it, and for those whose date
       is not on record: no other date can be one person's. Rows that state none ask for all; a large block is left to
       keys with the middle initial, stated or unknown.
    3. By birth date and by taxpayer identification number.
    4. By names that are a slip of the pen away. These only add persons: a large block is passed over.
    5. By name in the other order.
    """
    look = _Look(rows, snapshot, least)
    jobs = [look.by_street, look.near_address, look.by_name, look.by_number, look.near_names, look.by_swapped_name]
    return [found for several in threads.map(lambda job: list(job()), jobs) for found in several]


def chunks(probes: list[Probes], rows: int) -> Iterator[tuple[int, int]]:
    """Consecutive rows, from the first up to and without the last, with so few pairs that memory stays bounded."""
    cost = np.zeros(rows)
    for found in probes:
        cost += np.bincount(found.row, weights=found.stop - found.start, minlength=rows)
    done = np.concatenate((np.zeros(1), np.cumsum(cost)))
    first = 0
    while first < rows:
        last = int(np.searchsorted(done, done[first] + _PAIRS_AT_ONCE, side="right")) - 1
        last = min(max(last, first + 1), first + _ROWS_AT_ONCE, rows)
        yield first, last
        first = last


def pairs_of(probes: list[Probes], snapshot: Snapshot, first: int, last: int) -> Pairs:
    """The candidate pairs of rows from ``first`` up to and without ``last``."""
    persons = max(snapshot.manifest.persons, 1)
    pairs = [np.zeros(0, np.int64)]
    for found in probes:
        here = slice(*np.searchsorted(found.row, (first, last)))
        owner, item = ranges(found.start[here], found.stop[here])
        both = found.row[here][owner] * persons + snapshot.blocks.persons[item]
        pairs.append(both << 1 | (not found.apart))
    every = np.sort(np.concatenate(pairs))  # of equal pairs the one found apart comes first
    both = every >> 1
    kept = np.ones(len(both), np.bool_)
    kept[1:] = both[1:] != both[:-1]
    both, apart = both[kept], every[kept] & 1 == 0
    row = both // persons
    return Pairs(first, last, row, both - row * persons, apart)


class _Look:
    """Asks for the keys of a batch, a family or two at a time."""

    def __init__(self, rows: Standardised, snapshot: Snapshot, least: int) -> None:
        self._rows, self._snapshot, self._blocks = rows, snapshot, snapshot.blocks
        self._sides = sides_of(rows, snapshot)
        self._reach = Reach(rows, snapshot, least)
        self._who = WhoKeys(rows.words, rows.names)
        self._where = WhereKeys(rows)

    def by_street(self) -> Iterator[Probes]:
        """1."""
        for keys in self._where.at_address():
            yield self._within(Family.AT_ADDRESS, keys)

    def near_address(self) -> Iterator[Probes]:
        """1."""
        for family, keys in self._where.near().items():
            yield self._ask(family, keys)

    def by_name(self) -> Iterator[Probes]:
        """2."""
        name = self._who.name()
        for keys in self._who.born(name):
            yield self._ask(Family.BY_NAME_BORN, keys)
        yield from self._undated(name.of(self._reach.whole))

    def by_number(self) -> Iterator[Probes]:
        """3."""
        for family, keys in self._who.by_date().items():
            yield self._within(family, keys) if family is Family.NEAR_BIRTH else self._ask(family, keys)
        yield self._ask(Family.BY_TIN, self._who.by_tin())

    def near_names(self) -> Iterator[Probes]:
        """4."""
        yield self._within(Family.NEAR_NAME, self._with_slips("surname", self._reach.near_surname))
        yield self._within(Family.NEAR_NAME_GIVEN, self._with_slips("given", self._reach.near_given))

    def _with_slips(self, name: str, could: Bools) -> Keys:
        """Names with one of the two as the records spell it otherwise."""
        snapshot, names = self._snapshot, self._rows.names
        rows = np.flatnonzero(could)
        codes: I32 = getattr(names, name)[rows]
        used, which = np.unique(codes, return_inverse=True)
        made, blocks, level = {
            "surname": (self._who.name_with_surnames, snapshot.near_surnames, surname_levels),
            "given": (self._who.name_with_given, snapshot.near_given, given_levels),
        }[name]
        at, theirs = near_words(self._rows.words, used, blocks, partial(level, self._sides))
        starts = np.searchsorted(at, np.arange(len(used) + 1))
        owner, item = ranges(starts[which], starts[which + 1])
        keys = made(rows[owner], snapshot.words, theirs[item])
        return keys.tagged(Family.BY_NAME, np.where(self._who.dated, UNDATED, ANY)[keys.row])

    def by_swapped_name(self) -> Iterator[Probes]:
        """5."""
        name = self._who.name(swapped=True)
        yield self._ask(Family.BY_NAME_BORN, self._who.born_in(name))
        yield from self._undated(name.of(self._reach.swapped))

    def _undated(self, every: Keys) -> Iterator[Probes]:
        """By name alone: whose date is not on record; all, if the row states none.

        Of a large block those whose middle initial is the row's or is not stated.
        """
        yield self._ask(Family.BY_NAME, every.of(self._who.dated).tagged(Family.BY_NAME, UNDATED))
        name = every.of(~self._who.dated)
        whole, large = self._look_up(Family.BY_NAME, name.tagged(Family.BY_NAME, ANY))
        tight = Keys(name.hashes[large], name.row[large])
        yield Probes(*whole, apart=True, too_large=tight.of(~self._who.with_middle).row)
        tight = tight.of(self._who.with_middle)
        for unknown in (False, True):
            yield self._ask(Family.BY_NAME_MIDDLE, self._who.middle(tight, unknown=unknown))

    def _ask(self, family: Family, keys: Keys) -> Probes:
        """Ask; a block beyond the limit makes its row too large."""
        found, large = self._look_up(family, keys)
        return Probes(*found, apart=family not in AT_ADDRESS, too_large=keys.row[large])

    def _within(self, family: Family, keys: Keys) -> Probes:
        """Ask; blocks beyond the limit are left to the other families."""
        found, _ = self._look_up(family, keys)
        return Probes(*found, apart=family not in AT_ADDRESS, too_large=np.zeros(0, np.int64))

    def _look_up(self, family: Family, keys: Keys) -> tuple[tuple[I64, I64, I64], I64]:
        """Rows and ranges of the blocks within the limit; and the indices of the keys whose block lies beyond it."""
        which, block = self._blocks.look_up(keys.hashes)
        start, stop = self._blocks.starts[block], self._blocks.starts[block + 1]
        fits = stop - start <= LIMITS[family]
        row = keys.row[which[fits]]
        order = np.argsort(row, kind="stable")
        return (row[order], start[fits][order], stop[fits][order]), which[~fits]


def expand(starts: I64, persons: I64) -> tuple[I64, I64]:
    """All entries of each pair's person, where each person's begin at ``starts``.

    Returns:
        Per entry its pair, sorted, and the entry.
    """
    return ranges(starts[persons], starts[persons + 1])
