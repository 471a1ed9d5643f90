"""The waterfall of one row: how its weight came about, for an authorised officer and never for a requester."""

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from narrowgate.domain.match import Match
from narrowgate.linkage.weights import LEVELS, weights

BY_FREQUENCY = "by_frequency"
"""The level of a column that only says how common an agreeing name is."""


@dataclass(frozen=True, slots=True)
class Step:
    """One comparison.

    Attributes:
        comparison: name of the column.
        level: what was found, in the words of ``weights.json``.
        weight: thousandths of log2(m/u).
    """

    comparison: str
    level: str
    weight: int


def explain(match: Match, row: int) -> tuple[Step, ...]:
    """The steps of a row of the request, in the order of ``Match.comparisons``; none where nobody was found.

    Raises:
        ValueError: when the match has no such row.
    """
    at = pc.index(match.table["row"], pa.scalar(row, pa.uint64())).as_py()
    if at < 0:
        raise ValueError("the match has no such row")
    found = match.table["waterfall"][at].as_py()
    if found is None:
        return ()
    return tuple(Step(name, _level(name, w), w) for name, w in zip(match.comparisons, found, strict=True))


def _level(comparison: str, weight: int) -> str:
    """The level with this weight; a comparison's levels have distinct weights."""
    named = dict(zip(weights().table[comparison].tolist(), LEVELS[comparison], strict=True))
    level = named.get(weight)
    return BY_FREQUENCY if level is None or comparison.endswith("_frequency") else level.name.lower()
