"""Which of a person's addresses are one residence, and which residence may confirm (domain/law.md, *Period*).

A residence is one address in all its spellings on a person's records. It is found when the snapshot is built.
"""

from dataclasses import dataclass

import numpy as np

from narrowgate.domain.request import PERIOD_EPOCH
from narrowgate.linkage.address import CLOSED, Side, address_levels, gate, likeness
from narrowgate.linkage.arrays import I32, I64, U64, Bools, best_of, distinct_rows, group_starts, ranges
from narrowgate.linkage.pairs import slips
from narrowgate.linkage.standardise import Standardised
from narrowgate.linkage.weights import weights
from narrowgate.linkage.words import BLANK

ABSORBED = -1
"""The residence of a row that says nothing of its own: an address too damaged, beside a whole one of the same date."""

_ONE_TIME = 31  # days: forms of one year lie no further apart
_MOST_ADDRESSES = 64  # of one person, or of one date; beyond it spellings are not brought together


@dataclass(frozen=True, slots=True)
class When:
    """Which dates count, row by row of a request.

    Attributes:
        periods: masks of taxable years; 0 where the request states none.
        since: days since 1970 before which the latest address is too old.
        by_period: per row, whether the stated years decide (a row that states none has no confirmable address then);
            else the latest date does.
    """

    periods: U64
    since: int
    by_period: Bools


@dataclass(frozen=True, slots=True)
class Confirmable:
    """The confirmable residence of candidates, pair by pair.

    Attributes:
        spelt: per expanded row, whether it spells that residence (or, where contested, one of them).
        contested: per pair, two different residences have the same latest date.
    """

    spelt: Bools
    contested: Bools


def residences(rows: Standardised, person: I64, as_of: I32) -> I32:
    """Number the residences of rows that are sorted by person and date.

    1. Two addresses of one person are one residence where they pass the gate against each other, or the one is the
       other damaged (``address.likeness``), provided that all of a chain are alike; else where all of a chain pass the
       gate; else each spelling stays alone.
    2. A row whose address is insufficient is absorbed if a sufficient one of the same person has the same date and it
       does not contradict it; else it counts as a residence of its own, unknown. So it does beside very many.
    """
    first, holding = distinct_rows(person, rows.address)
    times = _times(holding, as_of, len(first))
    number = _merged(rows, person[first], rows.address[first], times)[holding].astype(np.int32)  # 1
    _, moment = distinct_rows(person, as_of)  # 2
    starts = group_starts(moment, int(moment.max(initial=-1)) + 1)
    whole = rows.addresses.sufficient[rows.address]
    beside_whole = np.bincount(moment, whole)[moment] > 0
    few = np.diff(starts)[moment] <= _MOST_ADDRESSES
    for row in np.flatnonzero(~whole & beside_whole & few).tolist():
        beside = range(starts[moment[row]], starts[moment[row] + 1])
        if any(_may_be(rows, row, other) for other in beside if whole[other]):
            number[row] = ABSORBED
    return number


def confirmable(pair: I64, row: I64, pairs: int, dates: I32, residence: I32, allowed: Bools) -> Confirmable:
    """The residence at the latest allowed date of each pair's person.

    Args:
        pair: per expanded row the pair it belongs to, sorted.
        row: per expanded row its row in the snapshot.
        pairs: how many pairs.
        dates: ``as_of`` of every expanded row.
        residence: of every row in the snapshot.
        allowed: per expanded row, whether its date counts for the request.
    """
    never = int(np.iinfo(np.int32).min)
    latest = best_of(pair[allowed], dates[allowed], pairs, never)
    counts = allowed & (dates == latest[pair]) & (residence[row] != ABSORBED)
    numbers = residence[row[counts]]
    greatest = best_of(pair[counts], numbers, pairs, ABSORBED)
    least = -best_of(pair[counts], -numbers, pairs, never)
    contested = (greatest != ABSORBED) & (greatest != least)
    one = (residence[row] == greatest[pair]) & (greatest != ABSORBED)[pair]
    return Confirmable(np.where(contested[pair], counts, one), contested)


def allowed_dates(when: When, request: I64, dates: I32) -> Bools:
    """Whether each row's date counts: inside the stated years, or not too old where none need be stated."""
    years = dates.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970 - PERIOD_EPOCH
    inside = (years >= 0) & (years < 64)  # noqa: PLR2004 - bits of the mask
    shift = np.where(inside, years, 0).astype(np.uint64)
    stated = ((when.periods[request] >> shift) & np.uint64(1)).astype(np.bool_) & inside
    return np.where(when.by_period[request], stated, dates >= when.since)


def _times(holding: I64, as_of: I32, count: int) -> tuple[I32, I32]:
    """The first and the last date of each of ``count`` distinct (person, address)."""
    earliest = np.full(count, np.iinfo(np.int32).max, np.int32)
    np.minimum.at(earliest, holding, as_of)
    return earliest, best_of(holding, as_of, count, int(np.iinfo(np.int32).min))


def _merged(rows: Standardised, person: I64, address: I32, times: tuple[I32, I32]) -> I64:
    """Per distinct (person, address) the number of its residence: the first of its spellings."""
    count = int(person.max(initial=-1)) + 1
    starts = group_starts(person, count)
    many = np.diff(starts)[person] <= _MOST_ADDRESSES
    here = np.arange(len(person), dtype=np.int64)
    stops = np.where(many, starts[person + 1], here + 1)
    one, other = ranges(here + 1, np.maximum(stops, here + 1))
    side = Side(rows.words, rows.addresses)
    passes = gate(address_levels(side, address[one], side, address[other]), weights()) != CLOSED
    alike = likeness(side, address[one].astype(np.int64), address[other].astype(np.int64))
    apart = np.maximum(times[0][one], times[0][other]) - np.minimum(times[1][one], times[1][other])
    joined = passes | alike.spelt | (alike.if_of_one_time & (apart <= _ONE_TIME))
    strict, _ = _cliques(len(person), one[passes], other[passes])
    loose, whole = _cliques(len(person), one[joined], other[joined])
    return np.where(whole, loose, strict)


def _cliques(count: int, one: I64, other: I64) -> tuple[I64, Bools]:
    """Connected components in which every two members are joined; members of any other component stay alone.

    Returns:
        The first member of each one's component, and whether every two of that are joined.
    """
    label = np.arange(count, dtype=np.int64)
    while True:
        least = label.copy()
        np.minimum.at(least, other, label[one])
        np.minimum.at(least, one, label[other])
        if np.array_equal(least, label):
            break
        label = least
    size = np.bincount(label, minlength=count)
    joined = np.bincount(label[one], minlength=count)
    whole = joined == size * (size - 1) // 2
    return np.where(whole[label], label, np.arange(count, dtype=np.int64)), whole[label]


def _may_be(rows: Standardised, damaged: int, whole: int) -> bool:
    """Whether a damaged address says nothing that contradicts a whole one."""
    street, other = rows.addresses.street[rows.address[[damaged, whole]]]
    if BLANK in (street, other):
        return bool(street == BLANK)
    ones, others = rows.words.spell(np.array([street])), rows.words.spell(np.array([other]))
    return bool(ones == others) or int(slips(ones, others)[0]) == 1
