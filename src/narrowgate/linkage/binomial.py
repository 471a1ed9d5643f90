"""Exact binomial tails and the limits Clopper and Pearson drew from them (Biometrika 26, 1934)."""

import math

_HALVINGS = 60


def lower_tail(successes: int, trials: int, share: float) -> float:
    """P(X <= successes) for X binomial with ``trials`` and ``share``, summed without loss.

    >>> round(lower_tail(0, 2995, 0.001), 5)
    0.04996
    """
    if successes >= trials or share <= 0.0:
        return 1.0
    if share >= 1.0:
        return 0.0
    log_share, log_rest = math.log(share), math.log1p(-share)
    all_ways = math.lgamma(trials + 1)
    terms = (
        all_ways - math.lgamma(k + 1) - math.lgamma(trials - k + 1) + k * log_share + (trials - k) * log_rest
        for k in range(successes + 1)
    )
    return min(1.0, math.fsum(map(math.exp, terms)))


def is_below(successes: int, trials: int, bound: float, confidence: float) -> bool:
    """Whether a share of at most ``bound`` is shown: had it been ``bound``, so few would be this unlikely."""
    return trials > 0 and lower_tail(successes, trials, bound) <= 1.0 - confidence


def upper_limit(successes: int, trials: int, confidence: float) -> float:
    """One-sided upper confidence limit of a share; 1.0 where nothing was tried."""
    if successes >= trials:
        return 1.0
    low, high = successes / trials, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if is_below(successes, trials, middle, confidence) else (middle, high)
    return high


def trials_needed(successes: int, bound: float, confidence: float) -> int:
    """The fewest trials that show a share of at most ``bound`` despite so many successes.

    >>> [trials_needed(k, 0.001, 0.95) for k in (0, 1, 5)]
    [2995, 4742, 10511]
    """
    low, high = successes, successes + 1
    while not is_below(successes, high, bound, confidence):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if is_below(successes, middle, bound, confidence) else (middle, high)
    return high
