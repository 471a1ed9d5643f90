"""The one scoring function: weights of pairs of a request's row and a person, for one row or a million.

Fellegi and Sunter (1969): log2 Bayes factors, comparison by comparison, here in integer thousandths before anything is
added or compared with a threshold, so that no machine's last bit decides.
"""

from dataclasses import dataclass

import numpy as np

from narrowgate.linkage import compare
from narrowgate.linkage.address import CLOSED, Side, address_levels
from narrowgate.linkage.arrays import I8, I32, I64, Bools
from narrowgate.linkage.candidates import Pairs, expand
from narrowgate.linkage.compare import Sides
from narrowgate.linkage.residence import When, allowed_dates, confirmable
from narrowgate.linkage.snapshot import Snapshot
from narrowgate.linkage.standardise import Standardised
from narrowgate.linkage.weights import COMPARISONS, IDENTITY, Birth, Given, Middle, Suffix, Surname, Tin, weights

_STATED = 1 << 24  # beyond any weight: what a row states goes before what it leaves out
_GIVEN, _GIVEN_TF, _MIDDLE, _SURNAME, _SURNAME_TF, _SUFFIX, _BIRTH, _TIN = range(IDENTITY)


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


class Kernel:
    """Scores pairs of one batch of rows against one snapshot."""

    def __init__(self, rows: Standardised, snapshot: Snapshot, when: When) -> None:
        self._rows = rows
        self._snapshot = snapshot
        self._when = when
        self._sides = Sides(rows.words, snapshot.rows.words, snapshot.are_borne(rows.words), snapshot.given_borne)

    def score(self, pairs: Pairs) -> Scores:
        """Score pairs.

        1. Each person is expanded to all of its rows.
        2. Who: the row whose names fit best; of the rest, what any row states goes before what another leaves out.
        3. Where: the best spelling of the confirmable residence, and the best of all addresses.
        """
        pair, record = expand(pairs, self._snapshot)  # 1
        asked = pairs.row[pair]
        starts = np.searchsorted(pair, np.arange(len(pairs.row)))
        who = self._who(asked, record, pair, starts)  # 2
        where, home, anywhere, contested = self._where(asked, record, pair, starts)  # 3
        return Scores(who.sum(axis=1, dtype=np.int32), home, anywhere, contested, np.hstack((who, where)))

    def _who(self, asked: I64, record: I64, pair: I64, starts: I64) -> I32:
        table, ours, theirs = weights(), self._rows.names, self._snapshot.rows.names
        who = np.zeros((len(starts), IDENTITY), np.int32)
        names, full = self._names(asked, record)
        best = _first_best(np.where(full, _STATED, 0) + names.sum(axis=1, dtype=np.int64), pair, starts)
        who[:, [_GIVEN, _GIVEN_TF, _SURNAME, _SURNAME_TF]] = names[best]
        middle = compare.middle_levels(self._sides, ours.middle[asked], theirs.middle[record])
        suffix = compare.suffix_levels(self._sides, ours.suffix[asked], theirs.suffix[record])
        birth = compare.birth_levels(ours.born[asked], theirs.born[record])
        tin = compare.tin_levels(ours.tin[asked], theirs.tin[record])
        for column, levels, silent in (
            (_MIDDLE, middle, (Middle.BLANK,)),
            (_SUFFIX, suffix, (Suffix.BLANK, Suffix.ONE_ABSENT)),
            (_BIRTH, birth, (Birth.BLANK,)),
            (_TIN, tin, (Tin.BLANK,)),
        ):
            weight = table.of(COMPARISONS[column], levels)
            stated = np.where(np.isin(levels, silent), 1, 2)
            rank = np.where(levels == silent[0], 0, stated) * _STATED + weight
            who[:, column] = weight[_first_best(rank.astype(np.int64), pair, starts)]
        return who

    def _names(self, asked: I64, record: I64) -> tuple[I32, Bools]:
        """Per expanded row the weights of given name and surname with their frequencies; and which state both whole."""
        table, snapshot = weights(), self._snapshot
        ours, theirs = self._rows.names, snapshot.rows.names
        one, other = (ours.given[asked], ours.surname[asked]), (theirs.given[record], theirs.surname[record])
        given = compare.given_levels(self._sides, one[0], other[0])
        surname = compare.surname_levels(self._sides, one[1], other[1])
        crossed = compare.swapped(self._sides, one, other)
        crossed &= (given != Given.EXACT) | (surname != Surname.EXACT)
        given[crossed], surname[crossed] = Given.SWAPPED, Surname.SWAPPED
        persons = snapshot.manifest.persons
        rare = table.given.adjust(snapshot.given_holders[other[0]].astype(np.int64), persons)
        rarer = table.surname.adjust(snapshot.surname_holders[other[1]].astype(np.int64), persons)
        columns = (
            table.of("given_name", given),
            np.where(given == Given.EXACT, rare, 0),
            table.of("surname", surname),
            np.where(surname == Surname.EXACT, rarer, 0),
        )
        return np.stack(columns, axis=1).astype(np.int32), _whole(given) & _whole(surname)

    def _where(self, asked: I64, record: I64, pair: I64, starts: I64) -> tuple[I32, I32, I32, Bools]:
        snapshot = self._snapshot
        levels = address_levels(
            Side(self._rows.words, self._rows.addresses),
            self._rows.address[asked],
            Side(snapshot.rows.words, snapshot.rows.addresses),
            snapshot.rows.address[record],
        )
        columns = levels.weights(weights())
        total = columns.sum(axis=1, dtype=np.int32)
        fits = np.where(total > weights().veto // 2, total, CLOSED).astype(np.int32)
        dates = snapshot.as_of[record]
        allowed = allowed_dates(self._when, asked, dates)
        found = confirmable(pair, record, len(starts), dates, snapshot.residence, allowed)
        here, elsewhere = np.where(found.spelt, fits, CLOSED - 1), np.where(found.spelt, CLOSED, fits)
        best = _first_best(here.astype(np.int64), pair, starts)
        home = np.maximum(here[best], CLOSED).astype(np.int32)
        other = elsewhere[_first_best(elsewhere.astype(np.int64), pair, starts)]
        anywhere = np.maximum(home, other).astype(np.int32)
        return columns[best], home, anywhere, found.contested | ((home > CLOSED) & (other > home))


def _whole(levels: I8) -> Bools:
    found: Bools = (levels != Given.BLANK) & (levels != Given.INITIAL)
    return found


def _first_best(rank: I64, pair: I64, starts: I64) -> I64:
    """Per pair the first of its expanded rows with the highest rank; every pair has one at least."""
    if not len(starts):
        return np.zeros(0, np.int64)
    best = np.flatnonzero(rank == np.maximum.reduceat(rank, starts)[pair])
    _, first = np.unique(pair[best], return_index=True)
    return best[first]
