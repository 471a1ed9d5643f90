"""Building a snapshot out of core: parts of the rows, ranges of persons, ranges of keys, and then one file.

Memory holds the distinct words and addresses of all records, and of everything else a part or a range for each of two
threads (docs/adr/0060). Whatever the parts, the arrays are the same.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, as_completed, wait
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from narrowgate.domain.ports import Progress
from narrowgate.domain.request import RECORD_COLUMNS
from narrowgate.linkage.lexicon import addresses_of, gather, in_parts, parts_of, rows_of, standardise_part, words_of
from narrowgate.linkage.merging import Ranges, joined, merge
from narrowgate.linkage.people import Common, people, split, splitters
from narrowgate.linkage.scratch import Scratch
from narrowgate.linkage.storage import Arrays

FORMAT = "narrowgate-snapshot/2"
ROWS_AT_ONCE = 1 << 19
"""Rows of a part, and about the rows of a range of persons."""
_THREADS = 2

_NO_RECORDS = pa.schema(
    [(name, pa.date32() if name == "as_of" else pa.string()) for name in RECORD_COLUMNS]
).empty_table()

Built = tuple[Arrays, Mapping[str, int | str]]


@dataclass(frozen=True, slots=True)
class _Build:
    scratch: Scratch
    progress: Progress
    rows_at_once: int

    def steps(self, stage: str, work: Callable[[str, int], None], count: int) -> list[str]:
        """Do what is not done yet of ``count`` steps, two at a time, and name them all."""
        named = [f"{stage}-{at:04d}" for at in range(count)]
        tasks = ((at, step) for at, step in enumerate(named) if not self.scratch.has(step))
        self.progress(stage, 0, count)
        for done in _each(lambda task: work(task[1], task[0]), tasks):
            self.progress(stage, done, count)
        return named


def built(batches: Iterable[pa.RecordBatch], scratch: Scratch, progress: Progress, rows_at_once: int) -> Built:
    """The arrays and facts of a snapshot; the arrays lie in ``scratch`` and are joined while they are written.

    1. Rows are read and standardised part by part.
    2. Words and addresses of all parts are gathered.
    3. Rows are brought together by ranges of persons in the order of their ids, sorted by person and date, exact
       repetitions dropped: the order of the records in the file changes nothing, not even the digest. Residences,
       holders of names and occupants of addresses are found, and keys are made.
    4. Keys are merged, range by range.
    5. Everything is joined.

    A step that is finished already is not done again.
    """
    build = _Build(scratch, progress, rows_at_once)
    if not scratch.has("words"):
        parts = _read(build, batches)  # 1
        progress("words", 0, 1)
        gather(scratch, "words", parts)  # 2
    progress("words", 1, 1)
    gathered = scratch.load("words")
    common = Common(words_of(gathered), addresses_of(gathered), gathered)
    parts = parts_of(gathered)
    count = max(-(-rows_of(gathered) // rows_at_once), 1)  # 3
    places = _by_person(build, parts, common, count)
    ranges = build.steps("persons", lambda step, at: people(scratch, step, places, at, common), count)
    _drop(scratch, places)
    keys = Ranges(scratch, ranges, [f"keys-{at:04d}" for at in range(_power_of_two(count))])  # 4
    build.steps("keys", lambda _step, at: merge(keys, at), len(keys.keys))
    arrays, counts = joined(keys, common.words, gathered)  # 5
    return arrays, {"format": FORMAT, **counts}


def _read(build: _Build, batches: Iterable[pa.RecordBatch]) -> list[str]:
    named: list[str] = []

    def tasks() -> Iterator[tuple[str, pa.Table]]:
        rows = 0
        for table in in_parts(batches, build.rows_at_once):
            named.append(f"part-{len(named):04d}")
            rows += table.num_rows
            build.progress("records", rows, 0)
            if not build.scratch.has(named[-1]):
                yield named[-1], table

    for _ in _each(lambda task: standardise_part(build.scratch, *task), tasks()):
        pass
    if not named:
        named.append("part-0000")
        standardise_part(build.scratch, named[0], _NO_RECORDS)
    return named


def _by_person(build: _Build, parts: Sequence[str], common: Common, count: int) -> list[str]:
    """Every part's rows by ranges of persons; the parts are not needed any more then."""
    places = [f"places-{at:04d}" for at in range(len(parts))]
    if not all(map(build.scratch.has, places)):
        firsts = splitters(build.scratch, parts, count)
        build.steps("places", lambda step, at: split(build.scratch, step, parts[at], common, firsts), len(parts))
    _drop(build.scratch, parts)
    return places


def _drop(scratch: Scratch, steps: Iterable[str]) -> None:
    for step in steps:
        scratch.drop(step)


def _power_of_two(least: int) -> int:
    return 1 << (least - 1).bit_length()


def _each(work: Callable[[Any], None], tasks: Iterable[Any]) -> Iterator[int]:
    """Do tasks on two threads, no more of them waiting than there are threads; yields how many are done.

    Whatever goes wrong, in a task or in making the next, ends it: what has begun is finished, nothing more is begun.
    """
    with ThreadPoolExecutor(_THREADS) as pool:
        running: set[Future[None]] = set()
        done = 0
        try:
            for task in tasks:
                running.add(pool.submit(work, task))
                if len(running) > _THREADS:
                    finished, running = wait(running, return_when=FIRST_COMPLETED)
                    done += _ended(finished)
                    yield done
            for future in as_completed(running):
                done += _ended((future,))
                yield done
        finally:
            pool.shutdown(cancel_futures=True)


def _ended(futures: Iterable[Future[None]]) -> int:
    """How many there are; raises what went wrong in one."""
    return len([future.result() for future in futures])
