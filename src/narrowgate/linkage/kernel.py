"""The one scoring function: weights of pairs of a request's row and a person, for one row or a million.

Fellegi and Sunter (1969): log2 Bayes factors, comparison by comparison, here in integer thousandths before anything is
added or compared with a threshold, so that no machine's last bit decides.
"""

from dataclasses import dataclass, fields
from functools import partial

import numpy as np

from narrowgate.linkage import compare
from narrowgate.linkage.address import CLOSED, Side, address_levels
from narrowgate.linkage.arrays import I8, I32, I64, Bools
from narrowgate.linkage.candidates import Pairs, expand
from narrowgate.linkage.keys import packed_dates
from narrowgate.linkage.pairs import Memo
from narrowgate.linkage.residence import When, allowed_dates, confirmable
from narrowgate.linkage.snapshot import Snapshot
from narrowgate.linkage.standardise import Standardised
from narrowgate.linkage.weights import COMPARISONS, IDENTITY, Birth, Given, Middle, Suffix, Surname, Tin, weights
from narrowgate.linkage.words import BLANK

_STATED = 1 << 24  # beyond any weight: what a row states goes before what it leaves out
_GIVEN, _GIVEN_TF, _MIDDLE, _SURNAME, _SURNAME_TF, _SUFFIX, _BIRTH, _TIN = range(IDENTITY)
_NAMES = (_GIVEN, _GIVEN_TF, _SURNAME, _SURNAME_TF)


@dataclass(frozen=True, slots=True)
class Scores:
    """Weights of pairs, in thousandths of log2.

    Attributes:
        identity: of who; the address apart.
        home: what the confirmable address takes from it; ``CLOSED`` where the gate is.
        anywhere: likewise for the best of all addresses of the person, whenever.
        contested: the person has two confirmable addresses, or an older one that fits better.
        waterfall: a column per comparison, those of the address at the confirmable one.
    """

    identity: I32
    home: I32
    anywhere: I32
    contested: Bools
    waterfall: I32

    def of(self, order: I64) -> "Scores":
        """Some of them, in another order."""
        return Scores(*(getattr(self, f.name)[order] for f in fields(self)))

    def and_of(self, others: "Scores") -> "Scores":
        """These, and others behind them."""
        return Scores(*(np.concatenate((getattr(self, f.name), getattr(others, f.name))) for f in fields(self)))


@dataclass(frozen=True, slots=True)
class _Entries:
    """What the snapshot says of each pair's person, entry by entry.

    Attributes:
        pair: sorted; every pair has one entry at least.
        at: the entry's place in the snapshot.
        starts: where each pair's entries begin.
    """

    pair: I64
    at: I64
    starts: I64

    @classmethod
    def of(cls, starts: I64, persons: I64) -> "_Entries":
        """All entries of persons whose entries begin at ``starts``."""
        pair, at = expand(starts, persons)
        sizes = starts[persons + 1] - starts[persons]
        return cls(pair, at, np.cumsum(sizes) - sizes)

    def of_pairs(self, kept: Bools) -> "_Entries":
        """The entries of some of the pairs."""
        mine = kept[self.pair]
        pair = (np.cumsum(kept) - 1)[self.pair[mine]]
        starts = np.flatnonzero(np.diff(pair, prepend=-1))
        return _Entries(pair, self.at[mine], starts)

    def most(self, weight: I32) -> I32:
        """Per pair the greatest weight of its entries."""
        if len(self.pair) == len(self.starts):
            return weight
        greatest: I32 = np.maximum.reduceat(weight, self.starts)
        return greatest

    def best(self, rank: I64) -> I64:
        """Per pair the first of its entries with the highest rank."""
        if len(self.pair) == len(self.starts):
            return np.arange(len(self.pair), dtype=np.int64)
        best = np.flatnonzero(rank == np.maximum.reduceat(rank, self.starts)[self.pair])
        first = np.ones(len(best), np.bool_)
        first[1:] = self.pair[best][1:] != self.pair[best][:-1]
        return best[first]


class Kernel:
    """Scores pairs of one batch of rows against one snapshot."""

    def __init__(self, rows: Standardised, snapshot: Snapshot, when: When) -> None:
        self._rows = rows
        self._snapshot = snapshot
        self._when = when
        self._dates = packed_dates(rows.names.born)
        sides = self._sides = snapshot.beside(rows.words)
        self._given, self._surname, self._middle, self._suffix = (
            Memo(partial(rule, sides), rows.words, snapshot.words)
            for rule in (
                compare.given_levels, compare.surname_levels, compare.middle_levels, compare.suffix_levels
            )
        )  # fmt: skip

    def score(self, pairs: Pairs, floor: I32 | int) -> tuple[Pairs, Scores]:
        """Score pairs.

        1. Birth dates first: a pair that no name could bring up to the floor any more is left out, and so is one whose
           other comparisons do not.
        2. Who: the row whose names fit best; of the rest, what any row states goes before what another leaves out.
        3. Where: the best spelling of the confirmable residence, and the best of all addresses.

        Args:
            pairs: n pairs.
            floor: the identity weight, of each pair or of all, below which nobody asks for it.

        Returns:
            The pairs that are not left out, and their scores.
        """
        table, floors = weights(), np.broadcast_to(np.asarray(floor, np.int32), pairs.row.shape)
        birth = self._births(pairs)  # 1
        kept = birth + table.most(*(c for c in range(IDENTITY) if c != _BIRTH)) >= floors
        pairs, birth, floors = pairs.of(kept), birth[kept], floors[kept]
        kept, names = self._names(pairs, birth, floors)  # 2
        pairs, birth, floors = pairs.of(kept), birth[kept], floors[kept]
        kept = birth + names.sum(axis=1, dtype=np.int32) + table.most(_MIDDLE, _SUFFIX, _TIN) >= floors
        pairs, birth, names, floors = pairs.of(kept), birth[kept], names[kept], floors[kept]
        who = self._who(pairs, names, birth)
        identity = who.sum(axis=1, dtype=np.int32)
        kept = identity >= floors
        pairs, who, identity = pairs.of(kept), who[kept], identity[kept]
        where, home, anywhere, contested = self._where(pairs)  # 3
        return pairs, Scores(identity, home, anywhere, contested, np.hstack((who, where)))

    def _births(self, pairs: Pairs) -> I32:
        entries = _Entries.of(self._snapshot.who_start, pairs.person)
        ours = self._dates[pairs.row][entries.pair]
        levels = compare.packed_birth_levels(ours, self._snapshot.dates[entries.at])
        return self._stated_best(_BIRTH, levels, (Birth.BLANK,), entries)

    def _names(self, pairs: Pairs, birth: I32, floors: I32) -> tuple[Bools, I32]:
        """Per pair the weights of given name and surname with their frequencies, of the entry that fits best.

        Returns:
            Which pairs a surname could save, and of these the weights.
        """
        entries = _Entries.of(self._snapshot.who_start, pairs.person)
        table, snapshot = weights(), self._snapshot
        ours, theirs = self._rows.names, snapshot.names
        asked, at = pairs.row[entries.pair], entries.at
        one, other = (ours.given[asked], ours.surname[asked]), (theirs.given[at], theirs.surname[at])
        given = self._given.levels(one[0], other[0])
        crossed = compare.swapped(self._sides, one, other)
        holders = snapshot.given_holders[other[0]].astype(np.int64)
        rare = np.where(given == Given.EXACT, table.given.adjust(holders, snapshot.manifest.persons), 0)
        weight = table.of("given_name", given) + rare
        weight[crossed] = np.maximum(weight[crossed], table.table["given_name"][Given.SWAPPED])
        kept = entries.most(weight) + birth + table.most(_SURNAME, _SURNAME_TF, _MIDDLE, _SUFFIX, _TIN) >= floors
        mine = kept[entries.pair]
        given, rare, crossed = given[mine], rare[mine], crossed[mine]
        surname = self._surname.levels(one[1][mine], other[1][mine])
        crossed &= (given != Given.EXACT) | (surname != Surname.EXACT)
        given[crossed], surname[crossed], rare[crossed] = Given.SWAPPED, Surname.SWAPPED, 0
        holders = snapshot.surname_holders[other[1][mine]].astype(np.int64)
        rarer = np.where(surname == Surname.EXACT, table.surname.adjust(holders, snapshot.manifest.persons), 0)
        columns = table.of("given_name", given), rare, table.of("surname", surname), rarer
        names = np.stack(columns, axis=1).astype(np.int32)
        full = np.where(_whole(given) & _whole(surname), _STATED, 0)
        return kept, names[entries.of_pairs(kept).best(full + names.sum(axis=1, dtype=np.int64))]

    def _who(self, pairs: Pairs, names: I32, birth: I32) -> I32:
        """Per pair all columns of who."""
        entries = _Entries.of(self._snapshot.who_start, pairs.person)
        ours, theirs = self._rows.names, self._snapshot.names
        asked, at = pairs.row[entries.pair], entries.at
        middle = self._middle.levels(ours.middle[asked], theirs.middle[at])
        suffix = self._suffix.levels(ours.suffix[asked], theirs.suffix[at])
        tin = compare.tin_levels(ours.tin[asked], theirs.tin[at])
        who = np.zeros((len(pairs.row), IDENTITY), np.int32)
        who[:, _NAMES] = names
        who[:, _BIRTH] = birth
        who[:, _MIDDLE] = self._stated_best(_MIDDLE, middle, (Middle.BLANK,), entries)
        who[:, _SUFFIX] = self._stated_best(_SUFFIX, suffix, (Suffix.BLANK, Suffix.ONE_ABSENT), entries)
        who[:, _TIN] = self._stated_best(_TIN, tin, (Tin.BLANK,), entries)
        return who

    def _stated_best(self, column: int, levels: I8, silent: tuple[int, ...], entries: _Entries) -> I32:
        """Per pair the best weight; of its entries what one states goes before what another leaves out."""
        weight = weights().of(COMPARISONS[column], levels)
        if len(entries.pair) == len(entries.starts):
            return weight
        stated = np.where(np.isin(levels, silent), 1, 2)
        rank = np.where(levels == silent[0], 0, stated) * _STATED + weight
        return weight[entries.best(rank.astype(np.int64))]

    def _where(self, pairs: Pairs) -> tuple[I32, I32, I32, Bools]:
        """Per pair the weights of the address columns; of the confirmable residence; of any; and whether contested."""
        columns = np.zeros((len(pairs.row), len(COMPARISONS) - IDENTITY), np.int32)
        home, anywhere = np.full((2, len(pairs.row)), CLOSED, np.int32)
        contested = np.zeros(len(pairs.row), np.bool_)
        near = self._at_one_number(pairs)
        if len(near):
            columns[near], home[near], anywhere[near], contested[near] = self._compared(pairs.of(near))
        return columns, home, anywhere, contested

    def _at_one_number(self, pairs: Pairs) -> I64:
        """Pairs whose person has any address of the number, or box, that the row states."""
        entries = _Entries.of(self._snapshot.person_start, pairs.person)
        ours, theirs = self._rows.addresses, self._snapshot.addresses
        address = self._snapshot.address[entries.at]
        number = theirs.number[address]
        number = np.where(number != BLANK, number, theirs.box[address])
        stated = np.where(ours.number != BLANK, ours.number, ours.box)[self._rows.address[pairs.row]][entries.pair]
        same = (self._rows.words.hashes[stated] == self._snapshot.words.hashes[number]) & (stated != BLANK)
        return np.unique(entries.pair[same])

    def _compared(self, pairs: Pairs) -> tuple[I32, I32, I32, Bools]:
        """Like ``_where``, for pairs whose addresses are to be compared."""
        snapshot = self._snapshot
        entries = _Entries.of(snapshot.person_start, pairs.person)
        asked, record = pairs.row[entries.pair], entries.at
        left, right = self._address_sides()
        levels = address_levels(left, self._rows.address[asked], right, snapshot.address[record])
        columns = levels.weights(weights())
        total = columns.sum(axis=1, dtype=np.int32)
        fits = np.where(total > weights().veto // 2, total, CLOSED).astype(np.int32)
        dates = snapshot.as_of[record]
        allowed = allowed_dates(self._when, asked, dates)
        found = confirmable(entries.pair, record, len(pairs.row), dates, snapshot.residence, allowed)
        here, elsewhere = np.where(found.spelt, fits, CLOSED - 1), np.where(found.spelt, CLOSED, fits)
        best = entries.best(here.astype(np.int64))
        home = np.maximum(here[best], CLOSED).astype(np.int32)
        other = elsewhere[entries.best(elsewhere.astype(np.int64))]
        anywhere = np.maximum(home, other).astype(np.int32)
        return columns[best], home, anywhere, found.contested | ((home > CLOSED) & (other > home))

    def _address_sides(self) -> tuple[Side, Side]:
        snapshot = self._snapshot
        return Side(self._rows.words, self._rows.addresses), Side(snapshot.words, snapshot.addresses)


def _whole(levels: I8) -> Bools:
    found: Bools = (levels != Given.BLANK) & (levels != Given.INITIAL)
    return found
