"""How often linkage is right, wrong and silent, in worlds whose truth is known (docs/accuracy.md).

    python benchmarks/accuracy.py                       the held-out worlds, as published
    python benchmarks/accuracy.py --tuning              those that rules and weights were tuned on
    python benchmarks/accuracy.py --worlds 2040,11,1    census year, seed, factor on the noise
    python benchmarks/accuracy.py --missed 20           with true cases that are missed, and wrong ones, by reason

Worlds are made once and kept in ``benchmarks/out/accuracy``.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

if __name__ == "__main__":  # as a script: the path begins with this folder, not with the repository
    sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.accuracy_cases import APART
from benchmarks.accuracy_world import Spec, folder_of

from narrowgate.intake.typed import typed_columns
from narrowgate.linkage.binomial import upper_limit
from narrowgate.linkage.decide import NOBODY, Found
from narrowgate.linkage.residence import When
from narrowgate.linkage.search import search
from narrowgate.linkage.snapshot import Snapshot, build_snapshot

Bools = npt.NDArray[np.bool_]

ROOT = Path(__file__).parent / "out" / "accuracy"
TUNING = (Spec(2020, 1), Spec(2030, 2), Spec(2020, 3, 2.0))
HELD_OUT = (Spec(2040, 11), Spec(2040, 12), Spec(2030, 14), Spec(2040, 13, 2.0))
THRESHOLDS = tuple(range(8_000, 20_001, 1_000))
CONFIDENCE = 0.95
_NO_LIMIT = -(1 << 30)


@dataclass(frozen=True, slots=True)
class Outcome:
    """n requests of one world and what was said: whose they are, who was found, and whether that was confirmed.

    Attributes:
        requests: ``SUBJECT`` and ``TRUTH`` columns.
        right: the person found is the one whose confirmable address it truly is.
    """

    requests: pa.Table
    true: Bools
    right: Bools
    confirmed: Bools

    def tally(self, among: Bools | None = None) -> "Tally":
        """Counts, over all rows or some."""
        some = ~np.isin(self.requests["kind"].to_pylist(), list(APART)) if among is None else among
        wrong = self.confirmed & ~self.right
        return Tally(
            int((self.true & some).sum()),
            int((self.confirmed & self.right & some).sum()),
            int((wrong & some).sum()),
            int((~self.true & some).sum()),
            int((wrong & ~self.true & some).sum()),
        )


@dataclass(frozen=True, slots=True)
class Tally:
    """True requests, those confirmed rightly, all confirmed wrongly; false requests, and those confirmed."""

    true: int
    right: int
    wrong: int
    false: int
    wrong_false: int

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(*(getattr(self, f) + getattr(other, f) for f in self.__slots__))

    @property
    def recall(self) -> float:
        """Of true requests, the share confirmed."""
        return self.right / self.true if self.true else float("nan")

    @property
    def wrong_share(self) -> float:
        """Of confirmations, the share that is wrong."""
        return self.wrong / (self.right + self.wrong) if self.right + self.wrong else float("nan")

    def __str__(self) -> str:
        confirmed = self.right + self.wrong
        limit = upper_limit(self.wrong, confirmed, CONFIDENCE) if confirmed else 1.0
        share = f"{100 * self.wrong_share:6.3f} %" if confirmed else "     –  "
        recall = f"{100 * self.recall:6.2f} %" if self.true else "     –  "
        return (
            f"{self.true:7,} {recall} {confirmed:7,} {self.wrong:5} {share} (≤ {100 * limit:6.3f} %)"
            f" {self.false:7,} {self.wrong_false:5}"
        )


HEAD = f"{'true':>7} {'recall':>8} {'confd':>7} {'wrong':>5} {'share':>8} {'95 % limit':>12} {'false':>7} {'confd':>5}"


@dataclass(frozen=True, slots=True)
class Searched:
    """One world, searched."""

    records: pa.Table
    requests: pa.Table
    typed: pa.Table
    found: Found
    snapshot: Snapshot

    def at(self, threshold: int) -> Outcome:
        """What is said at a threshold."""
        truth = self.requests["person_id"].to_pylist()
        ids = self.snapshot.person_ids
        right = [
            p != NOBODY and bool(t) and ids[p].as_py() == t
            for p, t in zip(self.found.person.tolist(), truth, strict=True)
        ]
        true = np.array([bool(t) for t in truth], np.bool_)
        return Outcome(self.requests, true, np.array(right, np.bool_), self.found.unique(threshold))


def searched(folder: Path, scratch: Path) -> Searched:
    """Build the world's snapshot and search all requests."""
    records = pq.read_table(folder / "records.parquet")
    requests = pq.read_table(folder / "requests.parquet")
    manifest = build_snapshot(records.to_batches(), scratch)
    snapshot = Snapshot.open(scratch, manifest.digest, verify=False)
    typed = typed_of(requests)
    periods = typed["periods"].to_numpy().astype(np.uint64)
    when = When(periods, _NO_LIMIT, np.ones(len(requests), np.bool_))
    found, _ = search(requests, typed, snapshot, when, THRESHOLDS[0], lambda _rows: None)
    return Searched(records, requests, typed, found, snapshot)


def typed_of(requests: pa.Table) -> pa.Table:
    """Dates and periods as intake reads them."""
    blank = pa.array([""] * len(requests), pa.string())
    whole = requests.append_column("removal_order_date", blank).append_column("case_opened", blank)
    typed, _ = typed_columns(whole)
    return typed


def total(outcomes: Iterable[Outcome]) -> Tally:
    """All worlds together."""
    return sum((o.tally() for o in outcomes), Tally(0, 0, 0, 0, 0))


def by(outcomes: Sequence[Outcome], column: str) -> dict[str, Tally]:
    """Tallies by the values of a column, each of several values behind ``;`` counted."""
    found: dict[str, Tally] = {}
    for outcome in outcomes:
        values = [set(v.split(";")) for v in outcome.requests[column].to_pylist()]
        for value in sorted(set().union(*values) - {""}):
            among = np.array([value in v for v in values], np.bool_)
            if column != "kind":
                among &= ~np.isin(outcome.requests["kind"].to_pylist(), list(APART))
            found[value] = found.get(value, Tally(0, 0, 0, 0, 0)) + outcome.tally(among)
    return found


def main(words: Sequence[str] | None = None) -> None:
    """Measure and print."""
    options = _options(words)
    specs = options.worlds or (TUNING if options.tuning else HELD_OUT)
    with TemporaryDirectory() as scratch:
        worlds = [searched(folder_of(spec, ROOT), Path(scratch)) for spec in specs]
        for noise in sorted({spec.noise for spec in specs}):
            these = [world for world, spec in zip(worlds, specs, strict=True) if spec.noise == noise]
            names = ", ".join(f"{s.census} seed {s.seed}" for s in specs if s.noise == noise)
            print(f"\nNoise × {noise:g}: {names}\n{'threshold':>22} {HEAD}")
            for threshold in THRESHOLDS:
                print(f"{threshold:22} {total(w.at(threshold) for w in these)}")
            outcomes = [world.at(options.threshold) for world in these]
            for column in ("kind", "strata", "group"):
                print(f"\n{column + ' at ' + str(options.threshold):>22} {HEAD}")
                for value, tally in by(outcomes, column).items():
                    print(f"{value[:22]:>22} {tally}")
        if options.missed:
            _reasons(worlds, options.threshold, options.missed)


def _reasons(worlds: Sequence[Searched], threshold: int, shown: int) -> None:
    from benchmarks.accuracy_why import why  # noqa: PLC0415 - only where asked for

    for title, wrong in (("missed", False), ("wrong", True)):
        reasons: Counter[str] = Counter()
        examples: dict[str, list[str]] = {}
        for world in worlds:
            for reason, example in why(world, threshold, wrong=wrong):
                reasons[reason] += 1
                examples.setdefault(reason, []).append(example)
        print(f"\n{title}: {sum(reasons.values())}")
        for reason, count in reasons.most_common():
            print(f"{count:6} {reason}")
            for example in examples[reason][:shown]:
                print(f"         {example}")


def _options(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tuning", action="store_true", help="the worlds tuned on")
    parser.add_argument("--worlds", type=spec_of, nargs="+", help="CENSUS,SEED,NOISE")
    parser.add_argument("--threshold", type=int, default=10_000, help="thousandths of log2")
    parser.add_argument("--missed", type=int, default=0, help="how many examples of each reason to show")
    return parser.parse_args(words)


def spec_of(word: str) -> Spec:
    census, seed, noise = word.split(",")
    return Spec(int(census), int(seed), float(noise))


if __name__ == "__main__":
    main()
