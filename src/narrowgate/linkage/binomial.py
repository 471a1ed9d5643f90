"""Exact binomial tails and the limits Clopper and Pearson drew from them (Biometrika 26, 1934)."""

import math

_HALVINGS = 60
_NOTHING = 2.0**-60


def lower_tail(successes: int, trials: int, share: float) -> float:
    """P(X <= successes) for X binomial with ``trials`` and ``share``.

    Summed term by term away from the mean, until the rest is nothing beside the sum: the lower tail where
    ``successes`` lies below the mean, else one minus the upper.

    >>> round(lower_tail(0, 2995, 0.001), 5)
    0.04996
    """
    if successes >= trials or share <= 0.0:
        return 1.0
    if share >= 1.0:
        return 0.0
    if successes <= trials * share:
        return min(1.0, _falling(successes, trials, share))
    return max(0.0, 1.0 - _falling(trials - successes - 1, trials, 1.0 - share))


def _falling(successes: int, trials: int, share: float) -> float:
    """The sum of P(X = k) over k from ``successes`` down, which is not above the mean."""
    all_ways = math.lgamma(trials + 1) - math.lgamma(successes + 1) - math.lgamma(trials - successes + 1)
    term = math.exp(all_ways + successes * math.log(share) + (trials - successes) * math.log1p(-share))
    odds, total = (1.0 - share) / share, 0.0
    for k in range(successes, -1, -1):
        total += term
        term *= k / (trials - k + 1) * odds
        if term <= total * _NOTHING:
            break
    return total


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


def most_allowed(trials: int, bound: float, confidence: float) -> int:
    """The most successes that still show a share of at most ``bound``; -1 where even none would not.

    >>> [most_allowed(n, 0.001, 0.95) for n in (2994, 2995, 4742)]
    [-1, 0, 1]
    """
    if not is_below(0, trials, bound, confidence):
        return -1
    low, high = 0, 1
    while is_below(high, trials, bound, confidence):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if is_below(middle, trials, bound, confidence) else (low, middle)
    return low


def predicted(successes: int, tried: int, trials: int, allowed: int) -> float:
    """P(X <= allowed) for X of ``trials`` to come, after ``successes`` of ``tried`` (beta-binomial, Jeffreys' prior).

    >>> round(predicted(0, 1000, 3000, 8), 3)
    0.975
    """
    if allowed < 0:
        return 0.0
    if allowed >= trials:
        return 1.0
    a, b = successes + 0.5, tried - successes + 0.5
    fixed = math.lgamma(trials + 1) + math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    terms = (
        fixed
        - math.lgamma(k + 1)
        - math.lgamma(trials - k + 1)
        + math.lgamma(k + a)
        + math.lgamma(trials - k + b)
        - math.lgamma(trials + a + b)
        for k in range(allowed + 1)
    )
    return min(1.0, math.fsum(map(math.exp, terms)))
