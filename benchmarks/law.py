"""The law stage, measured: 1.28 million rows shaped like 2025's through facts, Cedar and holds, against the truth.

    python benchmarks/law.py [--rows 1280000] [--seed 2025] [--out FOLDER]

Prints what each part took, how many distinct vectors there were, peak memory, the latency of one row, and, for every
element, where the law and the truth disagree; exits 1 where they do anywhere. The rows are made in a process of their
own, so that the peak is the law's.
"""

import argparse
import json
import multiprocessing
import pickle
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from rich.console import Console
from rich.table import Table

if __name__ == "__main__":  # as a script: the path begins with this folder, not with the repository
    sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.shape_2025 import BASIS, DEFECTS, HEADS, ROWS, Shape, make_shape

from narrowgate.domain.circumstances import Circumstances
from narrowgate.domain.request import Admitted
from narrowgate.flow.casefile import only
from narrowgate.law.cedar import ask
from narrowgate.law.decide import decide
from narrowgate.law.evaluate import derive, evaluate, facts_of
from narrowgate.law.facts import REGISTER
from narrowgate.law.pack import load_pack
from narrowgate.law.policy import holds

SHARD = 20_000
SINGLE = 400


def make(folder: str, rows: int, seed: int) -> None:
    """Makes the rows and leaves them in a folder."""
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    shape = make_shape(rows, seed)
    with pa.OSFile(str(place / "subjects.arrow"), "w") as sink:
        table = shape.admitted.subjects.append_column("ok", shape.admitted.well_formed)
        for name in shape.admitted.typed.column_names:
            table = table.append_column(f"typed {name}", shape.admitted.typed[name])
        with pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table, max_chunksize=1 << 16)
    bare = replace(shape, admitted=replace(shape.admitted, subjects=pa.table({}), typed=pa.table({}), well_formed=None))
    (place / "shape.pickle").write_bytes(pickle.dumps(bare))


def load(folder: str) -> Shape:
    """The rows as ``make`` left them."""
    place = Path(folder)
    shape: Shape = pickle.loads((place / "shape.pickle").read_bytes())
    table = pa.ipc.open_file(pa.memory_map(str(place / "subjects.arrow"))).read_all()
    typed = [name for name in table.column_names if name.startswith("typed ")]
    admitted = replace(
        shape.admitted,
        subjects=table.drop_columns([*typed, "ok"]),
        typed=table.select(typed).rename_columns([name.removeprefix("typed ") for name in typed]),
        well_formed=table["ok"].combine_chunks(),
    )
    return replace(shape, admitted=admitted)


def masks(unmet: pa.ListArray, elements: tuple[str, ...]) -> Any:  # noqa: ANN401 - n masks of uint64
    """A mask a row of the elements it is refused under."""
    codes = pc.index_in(pc.list_flatten(unmet), pa.array(elements)).to_numpy(zero_copy_only=False)
    found = np.zeros(len(unmet), np.uint64)
    np.bitwise_or.at(found, pc.list_parent_indices(unmet).to_numpy(), np.uint64(1) << codes.astype(np.uint64))
    return found


def disagreements(shape: Shape, admitted: Admitted, circumstances: Circumstances, also: str) -> dict[str, int]:
    """Element to rows on which law and truth disagree; every row is refused under ``also``."""
    decided = decide(admitted, circumstances, load_pack(BASIS), shape.pseudonyms[: admitted.rows])
    truth = shape.refused[: admitted.rows] | np.uint64(1 << shape.elements.index(also))
    if also == "statute_designated":  # another statute brings none of this one's elements
        for rule in load_pack(BASIS).rules:
            truth &= ~np.uint64(1 << shape.elements.index(rule.element) if rule.condition else 0)
    differ = masks(decided.unmet, shape.elements) ^ truth
    counts = {e: int(np.count_nonzero(differ & np.uint64(1 << k))) for k, e in enumerate(shape.elements)}
    return {element: count for element, count in counts.items() if count}


class Clock:
    """Seconds by part, by the wall's clock and by the processor's (all threads together)."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.cpu: dict[str, float] = {}

    def run(self, part: str, work: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever the work gives
        """Times a piece of work."""
        began, busy = time.perf_counter(), time.process_time()
        done = work()
        self.cpu[part] = self.cpu.get(part, 0.0) + time.process_time() - busy
        self.seconds[part] = self.seconds.get(part, 0.0) + time.perf_counter() - began
        return done


def measure(shape: Shape) -> tuple[Clock, int, dict[str, int]]:
    """The headline run, whole; then each part by itself, over the same rows."""
    pack, clock = load_pack(BASIS), Clock()
    a, c = shape.admitted, shape.circumstances
    decided = clock.run("in all", lambda: decide(a, c, pack, shape.pseudonyms))
    differ = masks(decided.unmet, shape.elements) ^ shape.refused
    wrong = {e: int(np.count_nonzero(differ & np.uint64(1 << k))) for k, e in enumerate(shape.elements)}
    timed = {
        name: (lambda *given, name=name, fact=fact: clock.run(f"fact {name}", lambda: fact(*given)))
        for name, fact in REGISTER.facts.items()
    }
    vectors = clock.run("facts", lambda: derive(a, c, pack, timed))
    distinct = np.unique(vectors)
    contexts = [facts_of(int(vector), pack) for vector in distinct]
    clock.run("Cedar", lambda: ask(pack.engine, a.head.agency, a.head.agency, contexts))
    verdicts = clock.run("facts to verdicts", lambda: evaluate(vectors, pack, a.head.agency, a.head.agency))
    lawful = np.asarray(pc.equal(pc.list_value_length(verdicts.unmet), 0))
    clock.run("holds", lambda: holds(a, c, lawful, shape.pseudonyms))
    return clock, len(distinct), {element: count for element, count in wrong.items() if count}


def one_row(shape: Shape) -> tuple[float, float]:
    """Milliseconds that one request of one row takes, in the middle and at the 99th percentile, warmed."""
    pack, taken = load_pack(BASIS), []
    singles = [only(shape.admitted, [i]) for i in range(min(SINGLE, shape.admitted.rows))]
    for place, single in enumerate(singles):
        began = time.perf_counter()
        decide(single, shape.circumstances, pack, [shape.pseudonyms[place]])
        taken.append((time.perf_counter() - began) * 1000)
    return float(np.percentile(taken[20:], 50)), float(np.percentile(taken[20:], 99))


def main() -> int:
    """Makes, measures, compares, prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--seed", type=int, default=2025)
    parser.add_argument("--out", default="benchmarks/out/law")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    maker = multiprocessing.get_context("spawn").Process(target=make, args=(given.out, given.rows, given.seed))
    maker.start()
    maker.join()
    shape = load(given.out)
    clock, distinct, wrong = measure(shape)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    shard = only(shape.admitted, range(min(SHARD, given.rows)))
    for what, (element, change) in HEADS.items():
        found = disagreements(shape, *change(shard, shape.circumstances), element)
        wrong |= {f"{what}: {e}": count for e, count in found.items()}
    p50, p99 = one_row(shape)
    lawful = int(np.count_nonzero(shape.refused == 0))
    document = {
        "rows": given.rows, "lawful": lawful, "distinct_vectors": distinct, "seconds": clock.seconds,
        "cpu_seconds": clock.cpu, "peak_mib": round(peak), "one_row_ms": {"p50": p50, "p99": p99},
        "disagreements": wrong, "drawn": shape.drawn,
    }  # fmt: skip
    if given.json:
        sys.stdout.write(json.dumps(document, indent=1) + "\n")
    else:
        show(document)
    return 1 if wrong else 0


def show(document: dict[str, Any]) -> None:
    """The document, for people."""
    console, rows = Console(), document["rows"]
    defects = Table(
        "defect", "failure", "rows", "share", title=f"{rows:,} rows, {document['lawful']:,} meet every element"
    )
    for name, count in document["drawn"].items():
        defects.add_row(name, str(DEFECTS[name].failure), f"{count:,}", f"{count / rows:.1%}")
    parts = Table("part", "seconds", "of the processor", "share", title="The law stage")
    whole = document["seconds"]["in all"]
    for part, seconds in sorted(document["seconds"].items(), key=lambda item: -item[1]):
        parts.add_row(part, f"{seconds:.2f}", f"{document['cpu_seconds'][part]:.2f}", f"{seconds / whole:.0%}")
    console.print(defects, parts)
    console.print(f"distinct vectors: {document['distinct_vectors']:,}; peak memory: {document['peak_mib']:,} MiB")
    console.print("one row: p50 {p50:.2f} ms, p99 {p99:.2f} ms".format(**document["one_row_ms"]))
    console.print(f"law and truth disagree: {document['disagreements'] or 'nowhere'}")


if __name__ == "__main__":
    sys.exit(main())
