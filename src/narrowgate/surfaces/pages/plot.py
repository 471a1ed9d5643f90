"""Where the marks of a reliability plot stand: numbers for a template's SVG, nothing drawn here.

Two panels over the thresholds, the strictest to the left: the share of true cases confirmed, and the upper limit of
the share of wrong confirmations, against its bound.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from narrowgate.domain.certificate import Measured, Point

WIDTH, LEFT, RIGHT = 720, 58, 14
_TOP, _RECALL, _GAP, _WRONG, _FOOT = 16, 120, 34, 190, 44
_EVERY = 2_000  # thousandths between the labels beneath
_DECADES = 2.5  # of the lower panel, at most, above and below the bound


@dataclass(frozen=True, slots=True)
class Mark:
    """One threshold: ``x``, ``y`` in user units; ``kind`` is passed, failed or untested; ``says`` is read aloud."""

    x: float
    y: float
    kind: str
    says: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the grid, and what stands beside it."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Plot:
    """Everything that a template draws, in user units.

    Attributes:
        recall, wrong: marks of the two panels; ``wrong`` only where anybody was confirmed.
        recall_line, wrong_line: the same, as ``points`` of a polyline.
        bound: height of the bound in the lower panel; ``bound_said`` is where its label stands, away from the marks.
        certified: x of the certified threshold; None where none is.
        panels: (top, bottom) of the two.
    """

    width: int
    height: int
    left: int
    right: int
    recall: tuple[Mark, ...]
    wrong: tuple[Mark, ...]
    recall_line: str
    wrong_line: str
    recall_ticks: tuple[Tick, ...]
    wrong_ticks: tuple[Tick, ...]
    thresholds: tuple[Tick, ...]
    bound: float
    bound_said: float
    certified: float | None
    panels: tuple[tuple[int, int], tuple[int, int]]


def reliability(it: Measured, *, certified: bool) -> Plot:
    """The plot of an attempt.

    Args:
        it: what was measured; it has a point at least.
        certified: whether its threshold was.
    """
    tested = it.tested
    first, second = (_TOP, _TOP + _RECALL), (_TOP + _RECALL + _GAP, _TOP + _RECALL + _GAP + _WRONG)
    low, high = _range(it)
    steps = [point.threshold for point in it.curve]

    def x(threshold: int) -> float:
        span = max(1, max(steps) - min(steps))
        return round(LEFT + (WIDTH - LEFT - RIGHT) * (max(steps) - threshold) / span, 1)

    def at_share(share: float) -> float:
        up = (math.log10(min(max(share, low), high)) - math.log10(low)) / (math.log10(high) - math.log10(low))
        return round(second[1] - _WRONG * up, 1)

    def mark(point: Point, y: float) -> Mark:
        passed = tested.get(point.threshold)
        kind = "untested" if passed is None else "passed" if passed else "failed"
        return Mark(x(point.threshold), y, kind, _says(point, kind))

    recall = tuple(mark(p, round(first[1] - _RECALL * p.recall, 1)) for p in it.curve)
    wrong = tuple(mark(p, at_share(p.share_limit)) for p in it.curve if p.confirmed)
    return Plot(
        WIDTH,
        second[1] + _FOOT,
        LEFT,
        WIDTH - RIGHT,
        recall,
        wrong,
        _line(recall),
        _line(wrong),
        tuple(Tick(round(first[1] - _RECALL * share, 1), f"{share:.0%}") for share in (0.0, 0.5, 1.0)),
        tuple(Tick(at_share(share), percent(share)) for share in _shares(low, high)),
        tuple(Tick(x(t), f"{t / 1000:.0f}") for t in steps if t % _EVERY == 0),
        at_share(it.bound),
        LEFT + 6 if _is_clear_at_left(wrong, at_share(it.bound)) else WIDTH - RIGHT - 72,
        x(it.threshold) if certified else None,
        (first, second),
    )


def percent(share: float) -> str:
    """A share in percent, as many digits as it takes to tell it from nothing, and no idle zeros."""
    digits = 0 if share >= 0.1 else 1 if share >= 0.01 else 2 if share >= 0.001 else 3  # noqa: PLR2004 - of a per cent
    said = f"{100 * share:.{digits}f}"
    return f"{said.rstrip('0').rstrip('.') if '.' in said else said}%"


def _says(point: Point, kind: str) -> str:
    return (
        f"{point.threshold / 1000:.1f} bits, {kind}: {point.confirmed:,} confirmed, {point.wrong:,} of them wrong, "
        f"upper limit {percent(point.share_limit)}; {point.recall:.1%} of true cases confirmed"
    )


def _range(it: Measured) -> tuple[float, float]:
    """The shares at the foot and the top of the lower panel."""
    limits = [p.share_limit for p in it.curve if p.confirmed] or [it.bound]
    low = max(min(*limits, it.bound) / 1.6, it.bound / 10**_DECADES)
    high = min(max(*limits, it.bound) * 1.25, it.bound * 10**_DECADES, 1.0)
    return low, max(high, low * 2)


def _shares(low: float, high: float) -> list[float]:
    """Round shares between two: 1, 2 and 5 of every power of ten."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    return [s for d in decades for s in (10.0**d, 2 * 10.0**d, 5 * 10.0**d) if low <= s <= high]


def _is_clear_at_left(marks: Sequence[Mark], height: float) -> bool:
    """Whether the first mark is further away from a height than the last."""
    return not marks or abs(marks[0].y - height) >= abs(marks[-1].y - height)


def _line(marks: Sequence[Mark]) -> str:
    return " ".join(f"{m.x},{m.y}" for m in marks)
