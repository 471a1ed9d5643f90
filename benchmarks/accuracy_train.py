"""What labels say the weights should be, beside what ``weights.json`` says: log2(m/u) of every level.

    python benchmarks/accuracy_train.py                 the worlds to tune on

m is the share of a level among true pairs (a request and its person), u among false ones: the request and others who
have that person's address on record, for the weights are given that the address agrees. Levels never seen on a side
count half a pair there. Nothing is written: the file is set by hand with this beside it (docs/accuracy.md).
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt

if __name__ == "__main__":  # as a script: the path begins with this folder, not with the repository
    sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.accuracy import ROOT, TUNING, Searched, searched, spec_of
from benchmarks.accuracy_cases import NATURAL
from benchmarks.accuracy_why import scores_of
from benchmarks.accuracy_world import folder_of

from narrowgate.linkage.weights import COMPARISONS, IDENTITY, LEVELS, weights

I64 = npt.NDArray[np.int64]
MOST_OTHERS = 4


def pairs(world: Searched) -> tuple[tuple[I64, I64], tuple[I64, I64]]:
    """Rows and persons of true pairs, and of rows with others at the same address."""
    people = {pid: at for at, pid in enumerate(world.snapshot.person_ids.to_pylist())}
    lines = world.records.select(["person_id", "address_line_1", "zip"]).to_pylist()
    homes: dict[tuple[str, str], set[str]] = {}
    of: dict[str, set[tuple[str, str]]] = {}
    for line in lines:
        home = (line["address_line_1"], line["zip"])
        homes.setdefault(home, set()).add(line["person_id"])
        of.setdefault(line["person_id"], set()).add(home)
    true, false = [], []
    kinds, truths = world.requests["kind"].to_pylist(), world.requests["person_id"].to_pylist()
    for row, (kind, truth) in enumerate(zip(kinds, truths, strict=True)):
        if truth and kind in NATURAL:
            true.append((row, people[truth]))
            others = sorted({p for home in of[truth] for p in homes[home]} - {truth})[:MOST_OTHERS]
            false += [(row, people[p]) for p in others]
    return tuple(tuple(np.array(found, np.int64).T) for found in (true, false))  # type: ignore[return-value]


def main(words: Sequence[str] | None = None) -> None:
    """Count and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--worlds", type=spec_of, nargs="+", help="CENSUS,SEED,NOISE")
    specs = parser.parse_args(words).worlds or [spec for spec in TUNING if spec.noise == 1]
    table = weights().table
    counts = {name: np.zeros((2, len(LEVELS[name]))) for name in COMPARISONS[:IDENTITY]}
    with TemporaryDirectory() as scratch:
        for spec in specs:
            world = searched(folder_of(spec, ROOT), Path(scratch))
            for side, (rows, persons) in enumerate(pairs(world)):
                waterfall = scores_of(world, rows, persons).waterfall
                for column, name in enumerate(COMPARISONS[:IDENTITY]):
                    for level, weight in enumerate(table[name].tolist()):
                        counts[name][side, level] += (waterfall[:, column] == weight).sum()
    print(f"{'comparison':>14} {'level':>22} {'m':>9} {'u':>9} {'log2 m/u':>9} {'shipped':>9}")
    for name, found in counts.items():
        if name.endswith("_frequency"):
            continue
        shares = (found + 0.5) / (found.sum(axis=1, keepdims=True) + 0.5 * found.shape[1])
        for level, weight in zip(LEVELS[name], table[name].tolist(), strict=True):
            m, u = shares[:, level]
            print(f"{name:>14} {level.name.lower():>22} {m:9.5f} {u:9.5f} {np.log2(m / u):9.2f} {weight / 1000:9.2f}")


if __name__ == "__main__":
    main()
