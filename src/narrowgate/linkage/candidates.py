"""Candidates: which persons of the snapshot a row is compared with. Too large a block is said, never cut."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from narrowgate.linkage import keys
from narrowgate.linkage.arrays import I64, Bools, ranges
from narrowgate.linkage.keys import AT_ADDRESS, LIMITS, Family, Keys
from narrowgate.linkage.snapshot import Snapshot
from narrowgate.linkage.standardise import NO_DATE, Standardised
from narrowgate.linkage.words import BLANK

_PAIRS_AT_ONCE = 250_000
_ROWS_AT_ONCE = 20_000


@dataclass(frozen=True, slots=True)
class Probes:
    """Blocks to look into: per probe the row that asks and the range of ``Snapshot.block_persons``.

    Attributes:
        row: sorted.
        apart: the block was found by a key that does not look at the address.
        too_large: per row, whether a block it needs is beyond the limit and has no tighter key.
    """

    row: I64
    start: I64
    stop: I64
    apart: Bools
    too_large: Bools


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


def probe(rows: Standardised, snapshot: Snapshot) -> Probes:
    """Look up every key of every row.

    1. By address. A large block (a tower) is left to the keys that hold a name besides; these have none tighter.
    2. By name, in both orders. A large block is left to keys with the year of birth, else the middle initial.
    3. By birth date and by taxpayer identification number.
    4. By what a slip of the pen leaves of a name. These only add persons: a large block is passed over.
    """
    asked = _Asked(rows, snapshot)
    address = keys.address_keys(rows)  # 1
    asked.skip_large(Family.AT_ADDRESS, address[Family.AT_ADDRESS])
    asked.all_of(Family.NEAR_SURNAME, address[Family.NEAR_SURNAME])
    asked.all_of(Family.NEAR_GIVEN, address[Family.NEAR_GIVEN])
    for swapped in (False, True):  # 2
        asked.by_name(keys.name_keys(rows, swapped=swapped))
    for family, found in keys.number_keys(rows).items():  # 3
        asked.all_of(family, found)
    for family, found in keys.near_keys(rows).items():  # 4
        asked.skip_large(family, found)
    return asked.probes()


def chunks(probes: Probes, rows: int) -> Iterator[tuple[int, int]]:
    """Consecutive rows, from the first up to and without the last, with so few pairs that memory stays bounded."""
    cost = np.bincount(probes.row, weights=probes.stop - probes.start, minlength=rows)
    done = np.concatenate((np.zeros(1), np.cumsum(cost)))
    first = 0
    while first < rows:
        last = int(np.searchsorted(done, done[first] + _PAIRS_AT_ONCE, side="right")) - 1
        last = min(max(last, first + 1), first + _ROWS_AT_ONCE, rows)
        yield first, last
        first = last


def pairs_of(probes: Probes, snapshot: Snapshot, first: int, last: int) -> Pairs:
    """The candidate pairs of rows from ``first`` up to and without ``last``."""
    low, high = np.searchsorted(probes.row, (first, last))
    owner, item = ranges(probes.start[low:high], probes.stop[low:high])
    persons = max(snapshot.manifest.persons, 1)
    pairs = probes.row[low:high][owner] * persons + snapshot.block_persons[item]
    found = np.sort(pairs << 1 | ~probes.apart[low:high][owner])  # of equal pairs the one found apart comes first
    both = found >> 1
    kept = np.ones(len(both), np.bool_)
    kept[1:] = both[1:] != both[:-1]
    both, apart = both[kept], found[kept] & 1 == 0
    return Pairs(first, last, both // persons, both % persons, apart)


class _Asked:
    """Collects probes family by family."""

    def __init__(self, rows: Standardised, snapshot: Snapshot) -> None:
        self._rows = rows
        self._snapshot = snapshot
        self._found: list[tuple[I64, I64, I64, Bools]] = []
        self._too_large = np.zeros(len(rows), np.bool_)

    def skip_large(self, family: Family, asked: Keys) -> None:
        """Ask; blocks beyond the limit are left to the other families."""
        self._ask(family, asked, LIMITS[family])

    def all_of(self, family: Family, asked: Keys) -> None:
        """Ask; a block beyond the limit makes its row too large."""
        large = self._ask(family, asked, LIMITS[family])
        self._too_large[asked[1][large]] = True

    def by_name(self, asked: Keys) -> None:
        """Ask; blocks beyond the limit are asked by year of birth or middle initial, stated or unknown."""
        large = self._ask(Family.BY_NAME, asked, self._snapshot.manifest.name_limit)
        hard = (asked[0][large], asked[1][large])
        year = self._rows.names.born[hard[1]] != NO_DATE
        middle = ~year & (self._rows.names.middle[hard[1]] != BLANK)
        self._too_large[hard[1][~year & ~middle]] = True
        for unknown in (False, True):
            by_year = keys.with_year((hard[0][year], hard[1][year]), self._rows, unknown=unknown)
            self.all_of(Family.BY_NAME_YEAR, by_year)
            by_middle = keys.with_middle((hard[0][middle], hard[1][middle]), self._rows, unknown=unknown)
            self.all_of(Family.BY_NAME_MIDDLE, by_middle)

    def probes(self) -> Probes:
        """Everything asked, by row."""
        row, start, stop, apart = (np.concatenate(column) for column in zip(*self._found, strict=True))
        order = np.argsort(row, kind="stable")
        return Probes(row[order], start[order], stop[order], apart[order], self._too_large)

    def _ask(self, family: Family, asked: Keys, limit: int) -> Bools:
        """Note the blocks within the limit; says which keys lie beyond it."""
        known, starts = self._snapshot.block_keys, self._snapshot.block_starts
        at = np.searchsorted(known, asked[0])
        hit = at < len(known)
        hit[hit] = known[at[hit]] == asked[0][hit]
        block = at[hit]
        start, stop = starts[block], starts[block + 1]
        fits = stop - start <= limit
        row = asked[1][hit][fits]
        self._found.append((row, start[fits], stop[fits], np.full(len(row), family not in AT_ADDRESS)))
        large = np.zeros(len(at), np.bool_)
        large[np.flatnonzero(hit)[~fits]] = True
        return large


def expand(pairs: Pairs, snapshot: Snapshot) -> tuple[I64, I64]:
    """All rows of each pair's person.

    Returns:
        Per expanded row its pair, sorted, and its row in the snapshot.
    """
    return ranges(snapshot.person_start[pairs.person], snapshot.person_start[pairs.person + 1])
