"""Strata: kinds of cases in which linkage errs for reasons of their own, told without the truth (docs/adr/0061).

A stratum is judged of a row and of the person whom linkage found for it, by the same function when a certificate is
measured and when a request is linked. Where nobody was found, the four that look at a person hold of nobody.
"""

from collections.abc import Iterable, Mapping

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from narrowgate.domain.vocabulary import Stratum
from narrowgate.linkage.arrays import I32, I64, Bools, ranges
from narrowgate.linkage.decide import NOBODY, Found
from narrowgate.linkage.residence import When, allowed_dates, confirmable
from narrowgate.linkage.snapshot import Snapshot
from narrowgate.linkage.standardise import NO_DATE
from narrowgate.linkage.weights import COMPARISONS, Unit, weights
from narrowgate.linkage.words import BLANK

Mask = NDArray[np.uint8]
"""Per row one bit a stratum, in the order of ``Stratum``."""

COMMON_ONE_IN = 200_000
"""A name is common if one person in so many would bear both its parts, were given names and surnames independent."""
MOVED_WITHIN = 731
"""Days before the confirmable address counts in which another residence makes a recent mover: two years."""
SHARED_BY = 7
"""Persons of the snapshot, on any of their rows, from whom on an address is shared: more than most families."""

DEFINED: Mapping[Stratum, str] = {
    Stratum.NO_BIRTH_DATE: "the row states no birth date that can be read, or no record of the person found does",
    Stratum.MULTI_UNIT: "the confirmable address has a unit on record, or the row and the record differ in having one",
    Stratum.COMMON_NAME: f"one person in {COMMON_ONE_IN:,} or more would bear both its parts, were they independent",
    Stratum.RECENT_MOVER: "on record at another residence within two years before the day the confirmable one is of",
    Stratum.SHARED_ADDRESS: f"{SHARED_BY} persons or more have the confirmable address on record, now or before",
}
"""What each stratum is, for people."""

_UNIT = COMPARISONS.index("unit")
_NAMED = tuple(Stratum)


def mask_of(strata: Iterable[Stratum]) -> int:
    """The bits of these strata."""
    return sum(1 << _NAMED.index(stratum) for stratum in set(strata))


def in_stratum(mask: Mask, stratum: Stratum) -> Bools:
    """Rows that lie in a stratum."""
    found: Bools = (mask & mask_of([stratum])) != 0
    return found


def strata_of(typed: pa.Table, found: Found, snapshot: Snapshot, when: When) -> Mask:
    """The strata of n rows.

    1. No birth date: the row states none that can be read, or no record of the person found does.
    2. Of the person found, all records, those that spell the confirmable residence, and the date it counts at.
    3. Multi-unit: a record that spells that residence has a unit, or the row and it differ in having one.
    4. Common name: on some record, both parts together are as common as one person in ``COMMON_ONE_IN``.
    5. Recent mover: on record at another residence within ``MOVED_WITHIN`` days before that date, not after it.
    6. Shared address: ``SHARED_BY`` persons or more have one of those spellings on some record.

    Args:
        typed: n rows of ``TYPED_SCHEMA``.
        found: what linkage found for them.
        snapshot: where it looked.
        when: which dates counted.
    """
    asked = np.flatnonzero(found.person != NOBODY).astype(np.int64)
    no_date = np.array(typed["birth_date"].is_null(), np.bool_)
    mask: Mask = np.where(no_date, mask_of([Stratum.NO_BIRTH_DATE]), 0).astype(np.uint8)  # 1
    person = found.person[asked]
    undated, common = _names(person, snapshot)
    pair, record = ranges(snapshot.person_start[person], snapshot.person_start[person + 1])  # 2
    dates, address = snapshot.as_of[record], snapshot.address[record]
    allowed = allowed_dates(when, asked[pair], dates)
    home = confirmable(pair, record, len(asked), dates, snapshot.residence, allowed).spelt
    told = {
        Stratum.NO_BIRTH_DATE: undated,
        Stratum.MULTI_UNIT: _any(pair, home & (snapshot.addresses.unit[address] != BLANK), len(asked))  # 3
        | (found.waterfall[asked, _UNIT] == weights().of("unit", np.array([Unit.ABSENT_IN_ONE], np.int8))),
        Stratum.COMMON_NAME: common,  # 4
        Stratum.RECENT_MOVER: _any(pair, _moved(pair, dates, home, allowed, len(asked)), len(asked)),  # 5
        Stratum.SHARED_ADDRESS: _any(pair, home & (snapshot.occupants[address] >= SHARED_BY), len(asked)),  # 6
    }
    for stratum, holds in told.items():
        mask[asked[holds]] |= np.uint8(mask_of([stratum]))
    return mask


def _names(person: I64, snapshot: Snapshot) -> tuple[Bools, Bools]:
    """Per person whether no record states a birth date, and whether a name on record is common.

    A name that the person alone bears is not common, however few the persons are.
    """
    which, at = ranges(snapshot.who_start[person], snapshot.who_start[person + 1])
    names, persons = snapshot.names, max(snapshot.manifest.persons, 1)
    given = snapshot.given_holders[names.given[at]].astype(np.float64) - 1
    surname = snapshot.surname_holders[names.surname[at]].astype(np.float64) - 1
    stated = (names.given[at] != BLANK) & (names.surname[at] != BLANK)
    common = stated & (given * surname * COMMON_ONE_IN >= float(persons) ** 2) & (given > 0) & (surname > 0)
    dated = names.born[at] != NO_DATE
    return ~_any(which, dated, len(person)), _any(which, common, len(person))


def _moved(pair: I64, dates: I32, home: Bools, allowed: Bools, pairs: int) -> Bools:
    """Whether each record is of another residence, and not long before the date at which the confirmable one counts."""
    never = int(np.iinfo(np.int32).min)
    counts = np.full(pairs, never, np.int64)
    np.maximum.at(counts, pair[home & allowed], dates[home & allowed])
    before = counts[pair] - dates
    moved: Bools = ~home & (before >= 0) & (before <= MOVED_WITHIN)
    return moved


def _any(pair: I64, holds: Bools, pairs: int) -> Bools:
    """Per pair whether it holds on any of its records."""
    found: Bools = np.bincount(pair[holds], minlength=pairs) > 0
    return found
