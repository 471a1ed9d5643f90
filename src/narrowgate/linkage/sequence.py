"""The fixed sequence: which thresholds and strata are tried, in which order, and how far they pass (docs/adr/0061).

A step is a threshold with the strata that are open; a row is confirmed where one person reaches the threshold and none
of the row's strata is closed. A step passes if each of its tests does: the wrong among the confirmed, the confirmed
among the negatives, and within every open stratum the wrong among its confirmed. Passing needs all of them, so each
may take the whole error (an intersection-union test, Berger 1982); the order is fixed on cases that do not count and
the sequence ends at the first failure, so the steps share it too (Angelopoulos et al. 2021, *Learn then Test*).
"""

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
SURE = 0.95
"""How likely a stratum's test must be to pass for the stratum to be open from the first step on."""
LIKELY = 0.4
"""How likely for its opening to be tried as a step of its own."""
STARTS = 0.9
"""How likely the strictest threshold that is tried must be to pass; and the next ones, against that first one."""

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

    1. The strictest threshold with enough cases, open the strata that are as good as sure to pass.
    2. Threshold by threshold, with strata that become as good as sure, as long as that is about as likely to pass.
    3. There stratum by stratum, the likeliest first, as long as its test may well pass.
    4. With all of these open, the other thresholds.
    """
    plan = _Plan(evidence, aim)
    threshold, opened = plan.start()  # 1
    yield threshold, opened
    least = STARTS * plan.chance(threshold, opened)
    lower = list(THRESHOLDS[THRESHOLDS.index(threshold) + 1 :])
    while lower and plan.chance(lower[0], plan.sure(lower[0], opened)) >= least:  # 2
        threshold = lower.pop(0)
        opened = plan.sure(threshold, opened)
        yield threshold, opened
    for wider in plan.openings(threshold, opened):  # 3
        opened = wider
        yield threshold, opened
    for threshold in lower:  # 4
        yield threshold, opened


class _Plan:
    """What the tuning cases let expect of the others: every chance is that of an exact test on them to pass."""

    def __init__(self, evidence: Evidence, aim: Aim) -> None:
        self._evidence, self._aim, self._ratio = evidence, aim, evidence.cases.ratio
        self._chances = cache(self._chances_of)

    def start(self) -> tuple[int, Open]:
        """The strictest threshold whose tests are likely to pass, failing that the likeliest; where none can, the last.

        Open is what is as good as sure, and more only where the cases would otherwise be too few.
        """
        likeliest, best = 0.0, (THRESHOLDS[-1], self.sure(THRESHOLDS[-1], frozenset()))
        for threshold in THRESHOLDS:
            sure = self.sure(threshold, frozenset())
            for opened in (sure, *self.openings(threshold, sure)):
                chance = self.chance(threshold, opened)
                if chance > likeliest:
                    likeliest, best = chance, (threshold, opened)
            if likeliest >= STARTS:
                break
        return best

    def chance(self, threshold: int, opened: Open) -> float:
        """How likely a step is to pass: the least of its tests' chances."""
        return min(self._chances(threshold)[opened])

    def openings(self, threshold: int, opened: Open) -> list[Open]:
        """Sets of open strata, each within the next, on from these: the likeliest first, while likely enough."""
        path = [opened]
        bearable = self._bearable(threshold)
        while wider := {o: c for o, c in bearable.items() if o > path[-1] and c >= LIKELY}:
            path.append(max(wider, key=lambda o: (wider[o], -len(o))))
        return path[1:]

    def sure(self, threshold: int, opened: Open) -> Open:
        """The widest set on from these whose strata are as good as sure; these themselves where none is."""
        bearable = self._bearable(threshold)
        sure = [o for o, chance in bearable.items() if o >= opened and chance >= SURE]
        return max(sure, key=lambda o: (len(o), bearable[o]), default=opened)

    def _bearable(self, threshold: int) -> Mapping[Open, float]:
        """Sets of open strata that leave the whole likely to pass, where it was; with the strata's chances."""
        chances = self._chances(threshold)
        before = chances[frozenset()][0]
        return {o: strata for o, (whole, strata) in chances.items() if whole >= min(before, LIKELY)}

    def _chances_of(self, threshold: int) -> Mapping[Open, tuple[float, float]]:
        """Every set of strata that may be opened, with the chances of the whole's tests and of those within them."""
        every = frozenset(Stratum)
        may = [s for s in Stratum if self._within(threshold, every, s, hopeful=True)]
        sets = [frozenset(c) for n in range(len(may) + 1) for c in combinations(may, n)]
        return {o: (self._whole(threshold, o), min([1.0, *(self._within(threshold, o, s) for s in o)])) for o in sets}

    def _within(self, threshold: int, opened: Open, stratum: Stratum, *, hopeful: bool = False) -> float:
        """The chance of one stratum's test; ``hopeful``, were none of its cases wrong."""
        seen = self._evidence.tally(threshold, opened, stratum, tuning=True)
        return self._chance(0 if hopeful else seen.wrong, seen.confirmed, self._aim.stratum_bound)

    def _whole(self, threshold: int, opened: Open) -> float:
        seen = self._evidence.tally(threshold, opened, tuning=True)
        share = self._chance(seen.wrong, seen.confirmed, self._aim.bound)
        return min(share, self._chance(seen.wrong_negatives, seen.negatives, self._aim.bound))

    def _chance(self, wrong: int, tried: int, bound: float) -> float:
        return _chance(wrong, tried, round(tried * self._ratio), bound, self._aim.confidence)


@lru_cache(maxsize=1 << 16)
def _chance(wrong: int, tried: int, trials: int, bound: float, confidence: float) -> float:
    """How likely an exact test on so many cases to come is to pass, after so many were wrong of those tried."""
    return predicted(wrong, tried, trials, most_allowed(trials, bound, confidence))


def curve(evidence: Evidence, opened: Open) -> list[Tally]:
    """What every threshold does to the cases that count, with these strata open."""
    return [evidence.tally(threshold, opened) for threshold in THRESHOLDS]
