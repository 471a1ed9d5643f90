"""The sequence through its own code on simulated cases: how often it certifies what is not true, and what it is worth.

Simulated are weights, labels and strata of cases; from there on everything is as ``certify`` runs it.
"""

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from narrowgate.domain.vocabulary import Stratum
from narrowgate.linkage.binomial import most_allowed, predicted, trials_needed
from narrowgate.linkage.cases import Cases, Labels
from narrowgate.linkage.decide import NO_WEIGHT, NOBODY, Found
from narrowgate.linkage.sequence import THRESHOLDS, Aim, Evidence, Run, run
from narrowgate.linkage.strata import mask_of
from narrowgate.linkage.weights import COMPARISONS

MOST_OF_1000 = 66
"""Passes of 1,000 tests of level 5%: more than these have a probability of 1% (binomial), fewer are no evidence."""
SIZE = 3000
Draw = NDArray[np.float64]


def evidence(
    seed: int,
    *,
    wrong: float,
    negatives: float = 0.0,
    shares: Mapping[Stratum, float] | None = None,
    wrong_in: Mapping[Stratum, float] | None = None,
    size: int = SIZE,
    rising: float = 0.0,
) -> Evidence:
    """Cases, half of them negatives.

    Args:
        seed: of the world.
        wrong: the true share of wrong ones among confirmed cases in no stratum, whatever their weight.
        negatives: the true rate at which negatives are confirmed, beside the wrong ones.
        shares: how many of the cases lie in each stratum.
        wrong_in: the true share of wrong ones in each stratum; ``wrong`` where it says nothing.
        size: cases.
        rising: by how much likelier a case of the least weight is wrong than one of the greatest.
    """
    draw = np.random.default_rng(seed)
    weight = draw.integers(8_000, 30_000, size).astype(np.int32)
    negative = np.arange(size) % 2 == 1
    rate = np.full(size, wrong)
    mask = np.zeros(size, np.uint8)
    for stratum, share in (shares or {}).items():
        here = draw.random(size) < share
        mask[here] |= np.uint8(mask_of([stratum]))
        rate[here] = (wrong_in or {}).get(stratum, wrong)
    rate = rate * (1 + rising * (30_000 - weight) / 22_000)
    hit = np.where(negative, draw.random(size) < negatives, True)
    right = ~negative & (draw.random(size) >= rate)
    nothing = np.zeros(size, np.bool_)
    person = np.where(hit, 0, NOBODY).astype(np.int64)
    low = np.full(size, NO_WEIGHT, np.int32)
    found = Found(
        person, np.where(hit, weight, low), weight, low, low, nothing, nothing,
        np.zeros((size, len(COMPARISONS)), np.int32),
    )  # fmt: skip
    tuning = draw.random(size) < 0.25
    cases = Cases(np.flatnonzero(tuning), np.flatnonzero(~tuning))
    return Evidence(lambda _threshold: found, Labels(right, negative, nothing, nothing, 1), mask, cases)


def certified(many: Callable[[int], Evidence], aim: Aim, runs: int) -> list[Run]:
    return [run(many(seed), aim) for seed in range(runs)]


AIM = Aim(0.01, 0.05, 0.95)
TWO = {Stratum.NO_BIRTH_DATE: 0.4, Stratum.MULTI_UNIT: 0.2}


def test_more_passes_than_these_are_hardly_chance() -> None:
    from scipy import stats  # noqa: PLC0415 - slow to load

    assert stats.binom.sf(MOST_OF_1000, 1000, 0.05) < 0.011


@pytest.mark.long
@pytest.mark.parametrize(
    "world",
    [
        pytest.param({"wrong": 0.0101}, id="the share of wrong confirmations"),
        pytest.param({"wrong": 0.0101, "size": 12_000}, id="likewise with many cases"),
        pytest.param({"wrong": 0.0, "negatives": 0.0101}, id="the rate among negatives"),
        pytest.param({"wrong": 0.0101, "shares": TWO}, id="likewise with strata to open"),
        pytest.param({"wrong": 0.0067, "rising": 1.02}, id="wrong beyond the bound at every threshold but the strict"),
    ],
)
def test_a_world_just_beyond_the_bound_is_certified_in_at_most_66_of_1000_runs(world: dict[str, Any]) -> None:
    """In the last world the share exceeds the bound over all cases, at the lowest threshold, and not at the highest."""
    runs = certified(lambda seed: evidence(seed, **world), AIM, 1000)
    false = [r for r in runs if r.certified and (world.get("rising") is None or r.certified.whole.threshold == 8_000)]
    assert len(false) <= MOST_OF_1000


@pytest.mark.long
def test_a_stratum_just_beyond_its_bound_is_opened_in_at_most_66_of_1000_runs() -> None:
    """Its cases are a tenth, so that the whole stays well within its bound and does not decide."""
    bad = {Stratum.COMMON_NAME: 0.0505}

    def world(seed: int) -> Evidence:
        return evidence(seed, wrong=0.0, shares={Stratum.COMMON_NAME: 0.1}, wrong_in=bad, size=8000)

    runs = certified(world, AIM, 1000)
    opened = [r for r in runs if r.certified and Stratum.COMMON_NAME in r.certified.opened]
    assert len(opened) <= MOST_OF_1000
    assert sum(r.certified is not None for r in runs) >= 900


@pytest.mark.long
def test_two_strata_just_beyond_their_bound_are_opened_in_at_most_66_of_1000_runs_together() -> None:
    bad = {Stratum.COMMON_NAME: 0.0505, Stratum.RECENT_MOVER: 0.0505}

    def world(seed: int) -> Evidence:
        return evidence(seed, wrong=0.0, shares=dict.fromkeys(bad, 0.07), wrong_in=bad, size=10_000)

    runs = certified(world, AIM, 1000)
    assert sum(bool(r.certified and r.certified.opened & bad.keys()) for r in runs) <= MOST_OF_1000


def test_a_good_world_is_certified_down_to_the_last_threshold_with_its_strata_open() -> None:
    runs = certified(lambda seed: evidence(seed, wrong=0.001, negatives=0.0005, shares=TWO, size=8000), AIM, 20)
    done = [r.certified for r in runs if r.certified]
    assert len(done) >= 18
    assert sum(c.whole.threshold == THRESHOLDS[-1] for c in done) >= 16
    assert sum(c.opened >= TWO.keys() for c in done) >= 16


def test_a_stratum_that_is_often_wrong_is_left_closed_and_the_rest_certified() -> None:
    bad = {Stratum.SHARED_ADDRESS: 0.2}

    def world(seed: int) -> Evidence:
        return evidence(seed, wrong=0.001, shares={Stratum.SHARED_ADDRESS: 0.3}, wrong_in=bad, size=8000)

    runs = certified(world, AIM, 20)
    done = [r.certified for r in runs if r.certified]
    assert len(done) >= 18
    assert not [c for c in done if Stratum.SHARED_ADDRESS in c.opened]


def test_the_counting_cases_have_no_part_in_the_order() -> None:
    """Were every counted case wrong, the first step would be the same one."""
    seen = evidence(3, wrong=0.001, shares=TWO, size=8000)
    spoilt = evidence(3, wrong=0.001, shares=TWO, size=8000)
    spoilt.labels.right[spoilt.cases.counting] = False
    one, other = run(seen, AIM).steps[0], run(spoilt, AIM).steps[0]
    assert (one.whole.threshold, one.opened) == (other.whole.threshold, other.opened)
    assert run(spoilt, AIM).passed == 0


def test_the_sequence_stops_at_the_first_failure_and_certifies_what_passed_last() -> None:
    for seed in range(40):
        ran = run(evidence(seed, wrong=0.002, rising=4.0, shares=TWO, size=6000), AIM)
        met = [step.is_met(AIM) for step in ran.steps]
        assert met == [True] * ran.passed + [False] * (len(met) - ran.passed)
        assert len(met) - ran.passed <= 1
        assert ran.certified is (ran.steps[ran.passed - 1] if ran.passed else None)


def test_steps_only_ever_confirm_more() -> None:
    for seed in range(10):
        steps = run(evidence(seed, wrong=0.0005, shares=TWO, size=8000), AIM).steps
        for before, after in pairwise(steps):
            assert after.whole.threshold <= before.whole.threshold
            assert after.opened >= before.opened


def test_a_closed_stratum_confirms_nobody_and_every_case_lies_on_one_side() -> None:
    seen = evidence(5, wrong=0.01, shares=TWO)
    whole = seen.count(8_000, frozenset(Stratum)).whole
    for stratum in TWO:
        without = seen.count(8_000, frozenset(Stratum) - {stratum})
        inside = without.apart[tuple(Stratum).index(stratum)]
        assert without.whole.confirmed + inside.confirmed == whole.confirmed
        assert without.whole.wrong + inside.wrong == whole.wrong
        assert without.whole.negatives == whole.negatives


def test_doubtful_cases_count_as_they_are_worst() -> None:
    seen = evidence(6, wrong=0.0)
    size = len(seen.labels.right)
    plain = seen.count(8_000, frozenset()).whole
    doubted = seen.cases.counting[:100]
    maybe = np.zeros(size, np.bool_)
    maybe[doubted] = True
    right, negative = seen.labels.right & ~maybe, seen.labels.negative & ~maybe
    again = Evidence(seen.found, Labels(right, negative, maybe, maybe, 2), seen.mask, seen.cases)
    tally = again.count(8_000, frozenset()).whole
    confirmed = int((seen.found(8_000).unique(8_000) & maybe).sum())
    assert confirmed > 0
    assert (tally.confirmed, tally.wrong) == (plain.confirmed, confirmed)
    assert tally.wrong_negatives == confirmed
    assert tally.negatives <= plain.negatives + confirmed


@pytest.mark.parametrize(("bound", "trials"), [(0.001, 2995), (0.005, 700), (0.05, 1000), (0.2, 50)])
def test_most_allowed_is_the_last_that_is_shown(bound: float, trials: int) -> None:
    most = most_allowed(trials, bound, 0.95)
    assert trials_needed(most, bound, 0.95) <= trials < trials_needed(most + 1, bound, 0.95)


def test_none_is_allowed_where_there_are_too_few() -> None:
    assert [most_allowed(n, 0.001, 0.95) for n in (0, 1, 2994)] == [-1, -1, -1]


@pytest.mark.parametrize(("wrong", "tried", "trials", "allowed"), [(0, 36, 108, 1), (2, 500, 1500, 9), (1, 3, 9, 4)])
def test_predictions_are_beta_binomial(wrong: int, tried: int, trials: int, allowed: int) -> None:
    from scipy import stats  # noqa: PLC0415 - slow to load

    expected = float(stats.betabinom.cdf(allowed, trials, wrong + 0.5, tried - wrong + 0.5))
    assert predicted(wrong, tried, trials, allowed) == pytest.approx(expected, rel=1e-8)
    assert predicted(wrong, tried, trials, -1) == 0.0
    assert predicted(wrong, tried, trials, trials) == 1.0
