"""Recall of a contender at one wrong share: the best threshold in hindsight."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

GAPS = (0.0, 1.0, 2.0, 5.0, 10.0)
"""By how many bits Splink's best person must lead the second."""
WRONG_SHARES = (0.0005, 0.001, 0.002, 0.005, 0.01)
"""Of the confirmed, so many may be wrong."""

Curve = tuple[NDArray[Any], NDArray[np.int64], NDArray[np.int64]]


def our_outcomes(outcomes: dict[str, dict[str, int]], trues: int) -> dict[str, Any]:
    """Recall at each of ``WRONG_SHARES``, with the best of the thresholds."""
    found = {}
    for share in WRONG_SHARES:
        kept = [(seen["confirmed"] - seen["wrong"], t, seen) for t, seen in outcomes.items() if _fits(seen, share)]
        right, threshold, seen = max(kept, default=(0, "-", {"confirmed": 0, "wrong": 0}))
        found[str(share)] = {"recall": right / trues, "threshold": threshold, **seen}
    return found


def _fits(seen: dict[str, int], share: float) -> bool:
    return seen["wrong"] <= share * seen["confirmed"]


def curve(weight: NDArray[Any], leads: NDArray[np.bool_], correct: NDArray[np.bool_]) -> Curve:
    """Thresholds from the highest down; how many are confirmed at each, and how many of them wrongly."""
    order = np.argsort(-weight[leads], kind="stable")
    ranked, wrong = weight[leads][order], np.cumsum(~correct[leads][order], dtype=np.int64)
    last = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], np.ones(min(len(ranked), 1), np.bool_)))
    return ranked[last], last + 1, wrong[last]


def best_of(curves: dict[float, Curve], share: float, trues: int) -> dict[str, float]:
    """The threshold and gap of the most right confirmations, where at most ``share`` of the confirmed are wrong."""
    best = {"recall": 0.0}
    for gap, (weight, confirmed, wrong) in curves.items():
        fits = np.flatnonzero(wrong <= share * confirmed)
        right = (confirmed - wrong)[fits]
        if len(fits) and right.max() / trues > best["recall"]:
            at = fits[right.argmax()]
            best = {"recall": float(right.max() / trues), "threshold": float(weight[at]), "gap": gap}
            best |= {"confirmed": int(confirmed[at]), "wrong": int(wrong[at])}
    return best
