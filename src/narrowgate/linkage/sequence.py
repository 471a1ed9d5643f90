"""The fixed sequence: which thresholds and strata are tried, in which order, and how far they pass (docs/adr/0061).

A step is a threshold with the strata that are open; a row is confirmed where one person reaches the threshold and none
of the row's strata is closed. A step passes if each of its tests does: the wrong among the confirmed, the confirmed
among the negatives, and within every open stratum the wrong among its confirmed. Passing needs all of them, so each
may take the whole error (an intersection-union test, Berger 1982); the order is fixed on cases that do not count and
the sequence ends at the first failure, so the steps share it too (Angelopoulos et al. 2021, *Learn then Test*).
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import combinations

import numpy as np

from narrowgate.domain.vocabulary import Stratum
from narrowgate.linkage.arrays import I64, Bools
from narrowgate.linkage.binomial import is_below, most_allowed, predicted
from narrowgate.linkage.cases import Cases, Labels, Tally
from narrowgate.linkage.decide import Found
from narrowgate.linkage.strata import Mask, mask_of

THRESHOLDS = tuple(range(24_000, 7_999, -500))
"""Tried from the strictest; below the last, a surname with an initial and a middle initial could confirm."""
STARTS = 0.9
"""How likely the strictest threshold that is tried must be to pass."""
LIKELY = 0.4
"""How likely a stratum's test must be to pass for its opening to be tried beyond the goal."""

Open = frozenset[Stratum]

_EVERY_MASK: I64 = np.arange(1 << len(Stratum), dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Aim:
    """What is to be shown: two shares at most ``bound``, a third within each open stratum at most ``stratum_bound``."""

    bound: float
    stratum_bound: float
    confidence: float

    def whole_is_met(self, seen: Tally) -> bool:
        """Whether both shares over all cases are shown."""
        share = is_below(seen.wrong, seen.confirmed, self.bound, self.confidence)
        return share and is_below(seen.wrong_negatives, seen.negatives, self.bound, self.confidence)

    def stratum_is_met(self, seen: Tally) -> bool:
        """Whether the share within a stratum is shown."""
        return is_below(seen.wrong, seen.confirmed, self.stratum_bound, self.confidence)


@dataclass(frozen=True, slots=True)
class Counted:
    """What a step did to a set of cases.

    Attributes:
        whole: to all of them.
        apart: to those of each stratum, in the order of ``Stratum``; of a closed one, as if every stratum were open.
    """

    opened: Open
    whole: Tally
    apart: tuple[Tally, ...]

    def is_met(self, aim: Aim) -> bool:
        """Whether every test of the step passes."""
        within = [seen for stratum, seen in zip(Stratum, self.apart, strict=True) if stratum in self.opened]
        return aim.whole_is_met(self.whole) and all(map(aim.stratum_is_met, within))


class Evidence:
    """Searched cases, counted: what a step does to those that fix the order and to those that count."""

    def __init__(self, found: Callable[[int], Found], labels: Labels, mask: Mask, cases: Cases) -> None:
        """Args: what linkage finds at a threshold; labels and strata of every row; which rows are cases."""
        self.found, self.labels, self.mask, self.cases = found, labels, mask, cases
        self._binned = cache(self._bin)

    def confirmed(self, threshold: int, opened: Open) -> I64:
        """The cases that count and that a step confirms."""
        rows = self.cases.counting
        free = (self.mask & mask_of(frozenset(Stratum) - opened)) == 0
        found: I64 = rows[(self.found(threshold).unique(threshold) & free)[rows]]
        return found

    def count(self, threshold: int, opened: Open) -> Counted:
        """What a step does to the cases that count."""
        every = frozenset(Stratum)
        apart = (self.tally(threshold, opened if s in opened else every, s) for s in Stratum)
        return Counted(opened, self.tally(threshold, opened), tuple(apart))

    def tally(self, threshold: int, opened: Open, of: Stratum | None = None, *, tuning: bool = False) -> Tally:
        """What a step does to the cases that count, or to those that fix the order; all, or those of one stratum."""
        among = _EVERY_MASK >= 0 if of is None else (_EVERY_MASK & mask_of([of])) != 0
        return self._binned(threshold, tuning).tally(threshold, mask_of(opened), among)

    def _bin(self, threshold: int, tuning: bool) -> "_Binned":  # noqa: FBT001 - half of the cache's key
        rows = self.cases.tuning if tuning else self.cases.counting
        mask, labels = self.mask[rows], self.labels
        unique, negative = self.found(threshold).unique(threshold)[rows], labels.negative[rows]
        maybe = unique & labels.maybe_negative[rows]
        return _Binned(
            *(
                np.bincount(mask[which], minlength=len(_EVERY_MASK)).astype(np.int64)
                for which in (
                    unique,
                    unique & ~labels.right[rows],
                    unique & (negative | maybe),
                    negative,
                    maybe & ~negative,
                    ~negative,
                )
            )
        )


@dataclass(frozen=True, slots=True)
class _Binned:
    """Cases by the strata they lie in, all of them counted as if every stratum were open.

    Attributes:
        confirmed, wrong, missed: confirmed cases, those of them that are wrong, those that are or may be negatives.
        negatives, doubted: cases that are negatives, and confirmed ones that one reviewer of two calls so.
        positives: the other cases.
    """

    confirmed: I64
    wrong: I64
    missed: I64
    negatives: I64
    doubted: I64
    positives: I64

    def tally(self, threshold: int, opened: int, among: Bools) -> Tally:
        """Count the cases ``among`` some strata, if those of the bits ``opened`` are open."""
        free = among & ((_EVERY_MASK & ~opened) == 0)
        return Tally(
            threshold,
            int(self.confirmed[free].sum()),
            int(self.wrong[free].sum()),
            int(self.negatives[among].sum() + self.doubted[free].sum()),
            int(self.missed[free].sum()),
            int(self.positives[among].sum()),
        )


@dataclass(frozen=True, slots=True)
class Run:
    """The sequence as far as it went.

    Attributes:
        steps: what was counted, step by step; the last is the first failure, where one failed.
        passed: how many steps passed.
    """

    steps: tuple[Counted, ...]
    passed: int

    @property
    def certified(self) -> Counted | None:
        """The last step that passed."""
        return self.steps[self.passed - 1] if self.passed else None


def run(evidence: Evidence, aim: Aim) -> Run:
    """Go through the sequence until a step fails.

    1. The sequence is fixed on the tuning cases.
    2. Each step is tested on the others.
    """
    steps: list[Counted] = []
    for threshold, opened in _sequence(evidence, aim):  # 1
        steps.append(evidence.count(threshold, opened))  # 2
        if not steps[-1].is_met(aim):
            return Run(tuple(steps), len(steps) - 1)
    return Run(tuple(steps), len(steps))


def _sequence(evidence: Evidence, aim: Aim) -> Iterator[tuple[int, Open]]:
    """The steps in their order, by the tuning cases alone: what is likely to pass comes before what is not.

    1. The strictest threshold with enough cases, with the open strata that make it likeliest to pass.
    2. On to the goal, the threshold and strata of which most true confirmations are to be expected: either the
       threshold is lowered by a step or a stratum opened, whichever is likelier to pass.
    3. Further strata whose tests may well pass, the likeliest first; then the other thresholds.
    """
    plan = _Plan(evidence, aim)
    at = plan.start()  # 1
    yield at
    goal = plan.goal(at)
    while at != goal:  # 2
        at = max(_moves(at, goal), key=lambda step: plan.chance(*step))
        yield at
    for opened in plan.openings(*at):  # 3
        at = (at[0], opened)
        yield at
    for threshold in THRESHOLDS[THRESHOLDS.index(at[0]) + 1 :]:
        yield threshold, at[1]


def _moves(at: tuple[int, Open], goal: tuple[int, Open]) -> Iterator[tuple[int, Open]]:
    """The steps that lead from one to another by one threshold or one stratum."""
    threshold, opened = at
    if threshold != goal[0]:
        yield THRESHOLDS[THRESHOLDS.index(threshold) + 1], opened
    for stratum in Stratum:
        if stratum in goal[1] - opened:
            yield threshold, opened | {stratum}


class _Plan:
    """What the tuning cases let expect of the others: every chance is that of an exact test on them to pass."""

    def __init__(self, evidence: Evidence, aim: Aim) -> None:
        self._evidence, self._aim, self._ratio = evidence, aim, evidence.cases.ratio
        self._chances = cache(self._chances_of)

    def start(self) -> tuple[int, Open]:
        """The strictest threshold that is likely to pass, failing that the likeliest; where none can, the last."""
        likeliest, best = 0.0, (THRESHOLDS[-1], Open())
        for threshold in THRESHOLDS:
            for opened, (chance, _) in self._chances(threshold).items():
                if chance > likeliest:
                    likeliest, best = chance, (threshold, opened)
            if likeliest >= STARTS:
                break
        return best

    def goal(self, start: tuple[int, Open]) -> tuple[int, Open]:
        """From this step on, the one with most true confirmations to be expected: their number by its chance."""
        best, most = start, 0.0
        for threshold in THRESHOLDS[THRESHOLDS.index(start[0]) :]:
            for opened, (chance, _) in self._chances(threshold).items():
                seen = self._evidence.tally(threshold, opened, tuning=True)
                if opened >= start[1] and chance * (seen.confirmed - seen.wrong) > most:
                    best, most = (threshold, opened), chance * (seen.confirmed - seen.wrong)
        return best

    def chance(self, threshold: int, opened: Open) -> float:
        """How likely a step is to pass: all of its tests, taken as independent."""
        return self._chances(threshold).get(opened, (0.0, 0.0))[0]

    def openings(self, threshold: int, opened: Open) -> list[Open]:
        """Sets of open strata, each within the next, on from these: the likeliest first, while each may well pass."""
        path = [opened]
        chances = self._chances(threshold)
        while wider := [o for o, (_, least) in chances.items() if o > path[-1] and least >= LIKELY]:
            path.append(max(wider, key=lambda o: (chances[o][0], -len(o))))
        return path[1:]

    def _chances_of(self, threshold: int) -> Mapping[Open, tuple[float, float]]:
        """Every set of strata that may be opened, with the chance of all tests and the least of those within strata."""
        may = [s for s in Stratum if self._within(threshold, Open(Stratum), s, hopeful=True)]
        found = {}
        for opened in (Open(c) for n in range(len(may) + 1) for c in combinations(may, n)):
            within = [self._within(threshold, opened, s) for s in opened]
            found[opened] = (self._whole(threshold, opened) * math.prod(within), min([1.0, *within]))
        return found

    def _within(self, threshold: int, opened: Open, stratum: Stratum, *, hopeful: bool = False) -> float:
        """The chance of one stratum's test; ``hopeful``, were none of its cases wrong."""
        seen = self._evidence.tally(threshold, opened, stratum, tuning=True)
        return self._chance(0 if hopeful else seen.wrong, seen.confirmed, self._aim.stratum_bound)

    def _whole(self, threshold: int, opened: Open) -> float:
        seen = self._evidence.tally(threshold, opened, tuning=True)
        share = self._chance(seen.wrong, seen.confirmed, self._aim.bound)
        return share * self._chance(seen.wrong_negatives, seen.negatives, self._aim.bound)

    def _chance(self, wrong: int, tried: int, bound: float) -> float:
        return _chance(wrong, tried, round(tried * self._ratio), bound, self._aim.confidence)


@lru_cache(maxsize=1 << 16)
def _chance(wrong: int, tried: int, trials: int, bound: float, confidence: float) -> float:
    """How likely an exact test on so many cases to come is to pass, after so many were wrong of those tried."""
    return predicted(wrong, tried, trials, most_allowed(trials, bound, confidence))


def curve(evidence: Evidence, opened: Open) -> list[Tally]:
    """What every threshold does to the cases that count, with these strata open."""
    return [evidence.tally(threshold, opened) for threshold in THRESHOLDS]
