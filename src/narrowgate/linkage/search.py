"""Finding: standardise, candidates, compare, weigh, chunk by chunk. ``link`` and ``certify`` both stand on this."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields

import numpy as np
import pyarrow as pa

from narrowgate.linkage.arrays import I32, I64
from narrowgate.linkage.candidates import Seeker, chunks, pairs_of
from narrowgate.linkage.decide import Found, confirmable, decide
from narrowgate.linkage.kernel import Kernel
from narrowgate.linkage.residence import When
from narrowgate.linkage.snapshot import Snapshot
from narrowgate.linkage.standardise import NO_DATE, standardise
from narrowgate.linkage.weights import COMPARISONS, weights

_THREADS = 2
_ROWS_AT_ONCE = 32_768


@dataclass(frozen=True, slots=True)
class NamePasses:
    """Pairs of a row and a person whom it finds, and whose identity reaches a weight, whatever the address.

    No address a row could state changes its pairs: the guess budget counts on them (docs/adr/0024).
    """

    row: I64
    person: I64


def search(
    subjects: pa.Table, typed: pa.Table, snapshot: Snapshot, when: When, least: int, progress: Callable[[int], None]
) -> tuple[Found, NamePasses]:
    """Find each row's person.

    Args:
        subjects: n rows of strings; missing columns count as blank.
        typed: n rows of ``TYPED_SCHEMA``.
        snapshot: where to look.
        when: which dates count.
        least: the lowest threshold of which anything will be asked, in thousandths: from this weight a name passes, and
            whoever is further below it than the margin is not found.
        progress: told the rows done so far.
    """
    born = typed["birth_date"].cast(pa.int32()).fill_null(NO_DATE).to_numpy().astype(np.int32)
    rows = standardise(subjects, born)
    kernel, seeker = Kernel(rows, snapshot, when), Seeker(rows, snapshot, least)

    def one(first: int) -> list[tuple[Found, NamePasses]]:
        return list(_found(seeker, kernel, snapshot, least, first, min(first + _ROWS_AT_ONCE, len(rows))))

    parts: list[tuple[Found, NamePasses]] = []
    starts = range(0, len(rows), _ROWS_AT_ONCE)
    if len(starts) == 1:  # a single row is a batch of one; it need not wait for threads
        parts = one(0)
        progress(len(rows))
    else:
        with ThreadPoolExecutor(_THREADS) as pool:
            try:
                for first, found in zip(starts, pool.map(one, starts), strict=True):
                    parts += found
                    progress(min(first + _ROWS_AT_ONCE, len(rows)))
            except BaseException:  # whoever is told of the progress may stop it; then no further row is looked for
                pool.shutdown(cancel_futures=True)
                raise
    return _together([found for found, _ in parts]), _passes([passes for _, passes in parts])


def _found(
    seeker: Seeker, kernel: Kernel, snapshot: Snapshot, least: int, first: int, last: int
) -> Iterator[tuple[Found, NamePasses]]:
    """What is found for the rows from ``first`` up to and without ``last``, part by part.

    1. Whom the rows find whatever their address, and who passes.
    2. For rows that reach the threshold with one of these, whoever else has the address, or might fit better elsewhere.
       Rivals are sought for no other row: nobody is confirmed there.
    """
    apart = seeker.apart(first, last)
    too_large = np.zeros(last - first, np.bool_)
    for probes in apart:
        too_large[probes.too_large - first] = True
    for low, high in chunks(apart, first, last):
        pairs = pairs_of(apart, snapshot, low, high, apart=True)
        pairs, scores = kernel.score(pairs, least - weights().margin)  # 1
        passing = scores.identity >= least
        passes = NamePasses(pairs.row[passing], pairs.person[passing])
        top = confirmable(pairs, scores)
        reached = np.flatnonzero(top >= least) + low
        if len(reached):  # 2
            others = [*seeker.at_address(reached), *seeker.elsewhere(reached, top[reached - low])]
            for probes in others:
                too_large[probes.too_large - first] = True
            for from_, to in chunks(others, low, high):
                rivals = pairs_of(others, snapshot, from_, to, apart=False).besides(pairs)
                floor = np.minimum(least, top[rivals.row - low] - weights().margin)
                rivals, theirs = kernel.score(rivals, floor)
                pairs, order = pairs.and_of(rivals)
                scores = scores.and_of(theirs).of(order)
        yield decide(pairs, scores, too_large[low - first : high - first]), passes


def _together(parts: list[Found]) -> Found:
    if not parts:
        none = np.zeros(0, np.int64)
        empty: I32 = np.zeros(0, np.int32)
        no = np.zeros(0, np.bool_)
        return Found(none, empty, empty, empty, empty, no, no, np.zeros((0, len(COMPARISONS)), np.int32))
    return Found(*(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Found)))


def _passes(parts: list[NamePasses]) -> NamePasses:
    none = np.zeros(0, np.int64)
    return NamePasses(
        np.concatenate([none, *(p.row for p in parts)]), np.concatenate([none, *(p.person for p in parts)])
    )
