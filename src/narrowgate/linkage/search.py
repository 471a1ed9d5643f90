"""Finding: standardise, candidates, compare, weigh, chunk by chunk. ``link`` and ``certify`` both stand on this."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields

import numpy as np
import pyarrow as pa

from narrowgate.linkage.arrays import I32, I64
from narrowgate.linkage.candidates import chunks, pairs_of, probe
from narrowgate.linkage.decide import Found, decide
from narrowgate.linkage.kernel import Kernel
from narrowgate.linkage.residence import When
from narrowgate.linkage.snapshot import Snapshot
from narrowgate.linkage.standardise import NO_DATE, standardise
from narrowgate.linkage.weights import COMPARISONS

_THREADS = 2


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
    kernel = Kernel(rows, snapshot, when, least)
    parts = []
    with ThreadPoolExecutor(_THREADS) as pool:
        probes = probe(rows, snapshot, least, pool)
        too_large = np.zeros(len(rows), np.bool_)
        for asked in probes:
            too_large[asked.too_large] = True

        def one(bounds: tuple[int, int]) -> tuple[Found, NamePasses]:
            pairs, scores = kernel.score(pairs_of(probes, snapshot, *bounds))
            passing = pairs.apart & (scores.identity >= least)
            return decide(pairs, scores, too_large), NamePasses(pairs.row[passing], pairs.person[passing])

        bounds = list(chunks(probes, len(rows)))
        try:
            for (_, last), part in zip(bounds, pool.map(one, bounds), strict=True):
                parts.append(part)
                progress(last)
        except BaseException:  # whoever is told of the progress may stop it, and then no further row is looked for
            pool.shutdown(cancel_futures=True)
            raise
    return _together([found for found, _ in parts]), _passes([passes for _, passes in parts])


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
