"""From scores to what linkage found, row by row; the threshold comes last, so that certifying and linking agree."""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from narrowgate.domain.vocabulary import Verdict
from narrowgate.linkage.address import CLOSED
from narrowgate.linkage.arrays import I32, I64, Bools, best_of
from narrowgate.linkage.candidates import Pairs
from narrowgate.linkage.kernel import Scores
from narrowgate.linkage.weights import weights

NOBODY = -1
NO_WEIGHT = 2 * int(CLOSED) + 2
"""Below any weight: there is nobody who could have one."""

Number = TypeVar("Number", np.int32, np.int64)


@dataclass(frozen=True, slots=True)
class Found:
    """What was found for n rows, before any threshold.

    Attributes:
        person: whose confirmable address it is at best; ``NOBODY`` if nobody's.
        weight: that person's.
        apart: that person's by who they are, the address left out; ``NO_WEIGHT`` if only the address led to them.
        second: the best weight of another person whose confirmable address it is.
        runner_up: the best of all rivals: whoever has the address on any row, and persons elsewhere who fit better.
        contested: the runner-up is within the margin, or the person has another address that fits as well.
        too_large: a block had to be left out.
        waterfall: of the person; a column per comparison.
    """

    person: I64
    weight: I32
    apart: I32
    second: I32
    runner_up: I32
    contested: Bools
    too_large: Bools
    waterfall: I32

    def verdicts(self, threshold: int) -> list[Verdict]:
        """The verdict on each row at a threshold."""
        unique, ambiguous = self.unique(threshold), self.reached(threshold)
        return [
            Verdict.TOO_LARGE if large else Verdict.UNIQUE if one else Verdict.AMBIGUOUS if any_ else Verdict.NONE
            for large, one, any_ in zip(self.too_large, unique, ambiguous, strict=True)
        ]

    def reached(self, threshold: int) -> Bools:
        """Where somebody reaches the threshold, alone or not."""
        found: Bools = (self.person != NOBODY) & (self.weight >= threshold)
        return found

    def unique(self, threshold: int) -> Bools:
        """Where exactly one person reaches the threshold, and nothing speaks for another.

        1. Only whom the row finds, and who passes, whatever its address: the guess budget counts exactly those, so
           that a guess which could be confirmed at some address is counted at every other (docs/adr/0024).
        2. No rival, no second address, no block left out.
        """
        counted = self.apart >= threshold  # 1
        return counted & self.reached(threshold) & (self.second < threshold) & ~self.contested & ~self.too_large  # 2


def confirmable(pairs: Pairs, scores: Scores) -> I32:
    """Per row the greatest weight of a person whose confirmable address passes the gate; else ``NO_WEIGHT``."""
    return best_of(pairs.row - pairs.first, _sum(scores.identity, scores.home), pairs.last - pairs.first, NO_WEIGHT)


def decide(pairs: Pairs, scores: Scores, too_large: Bools) -> Found:
    """Find each row's person and the rivals.

    1. Among persons whose confirmable address passes the gate, the one of the greatest weight.
    2. Rivals: others who have the address on any row, now or ever.
    3. Rivals elsewhere count only if who they are fits strictly better than the person found.
    """
    count = pairs.last - pairs.first
    row = pairs.row - pairs.first
    weight = _sum(scores.identity, scores.home)
    best = _best(row, weight, count)  # 1
    somebody = best != NOBODY
    chosen = np.zeros(len(row), np.bool_)
    chosen[best[somebody]] = True
    top, fit = _of(best, weight, NO_WEIGHT), _of(best, scores.identity, NO_WEIGHT)
    others = ~chosen & (scores.identity > weights().veto // 2)
    second = best_of(row[others], weight[others], count, NO_WEIGHT)
    here = _sum(scores.identity, scores.anywhere)[others]  # 2
    at_address = best_of(row[others], here, count, NO_WEIGHT)
    better = others & (scores.anywhere == CLOSED) & (scores.identity > fit[row])  # 3
    elsewhere = best_of(row[better], scores.identity[better], count, NO_WEIGHT)
    contested = at_address.astype(np.int64) > top.astype(np.int64) - weights().margin
    contested |= elsewhere > NO_WEIGHT
    contested[somebody] |= scores.contested[best[somebody]]
    return Found(
        _of(best, pairs.person, NOBODY),
        top,
        _of(best, np.where(pairs.apart, scores.identity, NO_WEIGHT).astype(np.int32), NO_WEIGHT),
        second,
        np.maximum(at_address, elsewhere),
        contested,
        too_large,
        _of(best, scores.waterfall, 0),
    )


def _sum(identity: I32, address: I32) -> I32:
    """Both weights; ``NO_WEIGHT`` where the gate is closed or who is vetoed."""
    open_ = (address > CLOSED) & (identity > weights().veto // 2)
    return np.where(open_, identity + address, NO_WEIGHT).astype(np.int32)


def _best(row: I64, weight: I32, count: int) -> I64:
    """Per row the index of its best pair, the first of equals; ``NOBODY`` if no gate is open."""
    top = best_of(row, weight, count, NO_WEIGHT)
    at = np.flatnonzero((weight == top[row]) & (weight > NO_WEIGHT))
    rows, first = np.unique(row[at], return_index=True)
    best = np.full(count, NOBODY, np.int64)
    best[rows] = at[first]
    return best


def _of(best: I64, values: NDArray[Number], absent: int) -> NDArray[Number]:
    """The best pair's values; ``absent`` for rows that have none."""
    found = np.full((len(best), *values.shape[1:]), absent, values.dtype)
    found[best != NOBODY] = values[best[best != NOBODY]]
    return found
