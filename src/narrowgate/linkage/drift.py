"""What kind of records a snapshot holds, and whether a later one is still of the kind that was certified.

The limits are policy, not proof: the bound was shown on the records that were measured, and a later snapshot inherits
it as long as nothing that is known to matter to linkage has changed much (docs/adr/0061).
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from narrowgate.domain.certificate import Distribution
from narrowgate.linkage.arrays import I64
from narrowgate.linkage.snapshot import Snapshot
from narrowgate.linkage.standardise import KINDS, NO_DATE
from narrowgate.linkage.words import BLANK

ROWS = 0.10
"""By how much the number of rows may differ."""
DISTANCE = 0.05
"""Total variation distance that a distribution may be away: at most one record in twenty is of another kind."""

_FEW = (1, 2, 3, 4, 6, 11)
_BLOCKS = (1, 2, 4, 11, 101, 1001)
_OCCUPANTS = (0, 1, 2, 4, 7, 21)
_ONE_IN = (100_000, 10_000, 1_000, 200)

BINS: Mapping[str, tuple[str, ...]] = {
    "birth_date": ("stated", "blank"),
    "unit": ("none", "stated"),
    "address_kind": tuple(kind.value for kind in KINDS),
    "rows_of_a_person": ("1", "2", "3", "4–5", "6–10", "11 and more"),
    "block_size": ("1", "2–3", "4–10", "11–100", "101–1,000", "over 1,000"),
    "occupants": ("none", "1", "2–3", "4–6", "7–20", "21 and more"),
    "surname_borne_by": ("fewer", "1 in 100,000", "1 in 10,000", "1 in 1,000", "1 in 200 and more"),
    "given_name_borne_by": ("fewer", "1 in 100,000", "1 in 10,000", "1 in 1,000", "1 in 200 and more"),
}
"""Every distribution and its bins. Rows are counted; of birth dates and names the spellings of a
person, each once; of ``rows_of_a_person`` the persons, of ``block_size`` the members of blocks."""


_known: dict[str, tuple[Distribution, ...]] = {}
"""Profiles by digest: a snapshot never changes, and few are open at once."""


def profile(snapshot: Snapshot) -> tuple[Distribution, ...]:
    """The distributions of a snapshot, in the order of ``BINS``."""
    if snapshot.digest not in _known:
        counted = _counted(snapshot)
        _known[snapshot.digest] = tuple(Distribution(name, _thousandths(counted[name])) for name in BINS)
    return _known[snapshot.digest]


def drifted(rows: int, certified: Sequence[Distribution], snapshot: Snapshot) -> tuple[str, ...]:
    """Why a snapshot is not of the kind that was certified; nothing where it is.

    Args:
        rows: of the snapshot that was measured.
        certified: its profile.
        snapshot: the present one.
    """
    now = snapshot.manifest.rows
    reasons = []
    if abs(now - rows) > ROWS * rows:
        reasons.append(f"{now:,} rows, {rows:,} when certified; they may differ by {ROWS:.0%}")
    for name, away in distances(certified, profile(snapshot)).items():
        if away > DISTANCE:
            reasons.append(f"{name} is {away:.1%} away from when certified; it may be {DISTANCE:.0%}")
    return tuple(reasons)


def distances(one: Sequence[Distribution], other: Sequence[Distribution]) -> dict[str, float]:
    """Total variation distance of each distribution; 1 where only one of the two profiles has it."""
    ones, others = ({d.name: d.thousandths for d in each} for each in (one, other))
    return {name: _distance(ones.get(name), others.get(name)) for name in {**ones, **others, **dict.fromkeys(BINS)}}


def _distance(one: tuple[int, ...] | None, other: tuple[int, ...] | None) -> float:
    if one is None or other is None or len(one) != len(other):
        return 1.0
    return sum(abs(a - b) for a, b in zip(one, other, strict=True)) / 2000


def _counted(snapshot: Snapshot) -> Mapping[str, I64]:
    names, persons = snapshot.names, snapshot.manifest.persons
    places, at = snapshot.addresses, snapshot.address
    return {
        "birth_date": _two(names.born == NO_DATE),
        "unit": _two(places.unit[at] != BLANK),
        "address_kind": np.bincount(places.kind[at], minlength=len(KINDS)).astype(np.int64),
        "rows_of_a_person": _binned(np.diff(snapshot.person_start), _FEW),
        "block_size": _binned(sizes := np.diff(snapshot.blocks.starts), _BLOCKS, sizes),
        "occupants": _binned(np.where(places.sufficient[at], snapshot.occupants[at], 0), _OCCUPANTS),
        "surname_borne_by": _rarity(snapshot.surname_holders[names.surname], persons),
        "given_name_borne_by": _rarity(snapshot.given_holders[names.given], persons),
    }


def _two(holds: NDArray[np.bool_]) -> I64:
    return np.bincount(holds, minlength=2).astype(np.int64)


def _binned(values: NDArray[np.int32 | np.int64], starts: Sequence[int], weights: I64 | None = None) -> I64:
    """Values counted by the last of ``starts`` that they reach."""
    bins = np.searchsorted(np.array(starts), values, side="right") - 1
    return np.bincount(bins, weights=weights, minlength=len(starts)).astype(np.int64)


def _rarity(holders: NDArray[np.int32], persons: int) -> I64:
    """Rows by the share of persons who bear their name."""
    share = holders.astype(np.int64)
    reached = sum((share * one_in >= persons).astype(np.int64) for one_in in _ONE_IN)
    return np.bincount(np.asarray(reached), minlength=len(_ONE_IN) + 1).astype(np.int64)


def _thousandths(counts: I64) -> tuple[int, ...]:
    """Shares in thousandths that add up to 1,000: what is left over goes where most was cut off."""
    total = int(counts.sum())
    if not total:
        return (0,) * len(counts)
    shares = [int(c) * 1000 for c in counts]
    found = [share // total for share in shares]
    rest = sorted(range(len(shares)), key=lambda i: (-(shares[i] % total), i))
    for i in rest[: 1000 - sum(found)]:
        found[i] += 1
    return tuple(found)
