"""How the race is judged: thresholds in hindsight, wrong shares, percentiles, and work in a process of its own."""

import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
if str(ROOT) not in sys.path:
    sys.path.append(str(ROOT))

from benchmarks.linkage_curve import best_of, curve, our_outcomes  # noqa: E402 - found by ROOT
from benchmarks.linkage_process import alone, one_by_one, percentiles  # noqa: E402 - likewise


def test_a_threshold_takes_all_of_its_weight_or_none() -> None:
    weight, leads = np.array([3.0, 5.0, 3.0, 4.0, 9.0]), np.array([True, True, True, True, False])
    thresholds, confirmed, wrong = curve(weight, leads, np.array([False, True, True, True, True]))
    assert thresholds.tolist() == [5.0, 4.0, 3.0]
    assert confirmed.tolist() == [1, 2, 4]
    assert wrong.tolist() == [0, 0, 1]


@pytest.mark.parametrize(
    ("share", "recall", "gap"),
    [(0.0, 0.2, 0.0), (0.25, 0.3, 0.0), (0.24, 0.2, 0.0), (1.0, 0.3, 0.0)],
    ids=["no error", "just within", "just beyond", "any"],
)
def test_the_best_threshold_keeps_the_wrong_share(share: float, recall: float, gap: float) -> None:
    correct = np.array([False, True, True, True])
    wide = curve(np.array([3.0, 5.0, 3.0, 4.0]), np.ones(4, np.bool_), correct)
    strict = curve(np.array([3.0, 5.0, 3.0, 4.0]), np.array([False, True, False, False]), correct)
    best = best_of({0.0: wide, 5.0: strict}, share, 10)
    assert (best["recall"], best["gap"]) == (recall, gap)
    assert best["wrong"] <= share * best["confirmed"]


def test_nobody_confirmed_is_recall_nought() -> None:
    nobody = curve(np.zeros(0), np.zeros(0, np.bool_), np.zeros(0, np.bool_))
    assert best_of({0.0: nobody}, 0.001, 10) == {"recall": 0.0}
    assert best_of({0.0: curve(np.ones(1), np.ones(1, np.bool_), np.zeros(1, np.bool_))}, 0.5, 10) == {"recall": 0.0}


def test_ours_is_judged_by_the_same_rule() -> None:
    seen = {"8000": {"confirmed": 1000, "wrong": 4}, "12000": {"confirmed": 800, "wrong": 0}}
    found = our_outcomes(seen, 1000)
    assert found["0.001"]["recall"] == 0.8
    assert found["0.005"]["recall"] == 0.996


def test_percentiles_are_of_ranks() -> None:
    found = percentiles([n / 1000 for n in range(100, 0, -1)])
    assert (found["p50"], found["p99"]) == (51.0, 100.0)


def test_what_warms_up_is_not_counted() -> None:
    asked: list[int] = []
    found = one_by_one(asked.append, 5, before=2, most_seconds=60.0)
    assert asked == list(range(7))
    assert found["calls"] == 5
    assert one_by_one(asked.append, 5, before=1, most_seconds=0.0)["calls"] >= 1


def test_work_that_fails_elsewhere_fails_here() -> None:
    assert alone(divmod, 7, 2).result == (3, 1)
    with pytest.raises(RuntimeError, match="divmod: ZeroDivisionError"):
        alone(divmod, 7, 0)
