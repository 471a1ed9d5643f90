"""Our side of the race: certify, link a batch, look single persons up; on the snapshot of ``linkage_inputs``."""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.linkage_inputs import opened, subjects_of, when_of
from benchmarks.linkage_process import Stopwatch, percentiles

from narrowgate.domain.certificate import Certificate
from narrowgate.domain.vocabulary import Provenance
from narrowgate.intake.records import read_labelled
from narrowgate.intake.typed import typed_columns
from narrowgate.linkage import search as stage
from narrowgate.linkage.certify import THRESHOLDS, certify
from narrowgate.linkage.decide import NOBODY, Found
from narrowgate.linkage.snapshot import Snapshot

STANDARDISE = "standardise"
"""What the stage calls it: it is timed in its place."""
FALLBACK = 14_000
"""The threshold where none is certified; the report says so."""


def certified(world: Path, folder: Path, digest: str, bound: float) -> dict[str, Any]:
    """What the world's labelled cases certify, as a dictionary; ``threshold`` is ``None`` if nothing."""
    labelled = read_labelled(world / "labelled.parquet")
    began = time.perf_counter()
    found = certify(
        opened(folder, digest),
        labelled,
        typed_columns(labelled)[0],
        bound=bound,
        confidence=0.95,
        at=datetime.now(UTC),
        provenance=Provenance.SYNTHETIC,
        attempt=1,
    )
    facts = {"seconds": time.perf_counter() - began, "cases": labelled.num_rows, "bound": bound}
    names = ("wrong", "confirmed", "wrong_negatives", "negatives")
    facts |= {name: getattr(found, name) for name in names}
    if not isinstance(found, Certificate):
        return {**facts, "threshold": None, "tried": found.threshold, "reasons": list(found.reasons)}
    more = ("threshold", "share_limit", "negative_limit", "recall", "prevalence_floor")
    return {**facts, **{name: getattr(found, name) for name in more}}


def batch(world: Path, folder: Path, digest: str, requests: int, threshold: int, repeats: int) -> dict[str, Any]:
    """Links all requests at once, ``repeats`` times; seconds of each, and how right it was at every threshold.

    Standardising is timed where it happens, inside the stage.
    """
    subjects, typed, truth = subjects_of(world, requests)
    watch = Stopwatch()
    with watch.of("open"):
        snapshot = opened(folder, digest)
    inside = getattr(stage, STANDARDISE)
    runs, found = [], None
    for _ in range(repeats):
        timed = Stopwatch()
        setattr(stage, STANDARDISE, _timed(inside, timed))
        with timed.of("whole"):
            found, _passes = stage.search(subjects, typed, snapshot, when_of(typed), threshold, lambda _done: None)
        runs.append(timed.all())
    assert found is not None
    right = _right(found, snapshot, truth)
    trues = sum(1 for person in truth if person)
    outcomes = {str(t): _outcome(found.unique(t), right) for t in sorted({*THRESHOLDS, threshold})}
    sizes = {"too_large": int(found.too_large.sum())}
    return {"open": watch.seconds["open"], "runs": runs, "trues": trues, "outcomes": outcomes, **sizes}


def single(world: Path, folder: Path, digest: str, calls: int, threshold: int) -> dict[str, float]:
    """Links single rows one after another, each one call of the stage, standardising included."""
    subjects, typed, _ = subjects_of(world, calls + 100)
    snapshot = opened(folder, digest)
    seconds = []
    for n in range(calls + 100):
        row, cells = subjects.slice(n, 1), typed.slice(n, 1)
        began = time.perf_counter()
        stage.search(row, cells, snapshot, when_of(cells), threshold, lambda _done: None)
        seconds.append(time.perf_counter() - began)
    return {**percentiles(seconds[100:]), "first": 1e3 * seconds[0]}


def _timed(work: Any, watch: Stopwatch) -> Any:  # noqa: ANN401 - any function
    def timed(*arguments: object) -> object:
        with watch.of("standardise"):
            return work(*arguments)

    return timed


def _right(found: Found, snapshot: Snapshot, truth: list[str]) -> np.typing.NDArray[np.bool_]:
    """Whether the person found is the one whose address it truly is."""
    somebody = found.person != NOBODY
    ids = np.array(["", *snapshot.person_ids.to_pylist()], dtype=object)
    named = ids[np.where(somebody, found.person + 1, 0)]
    correct: np.typing.NDArray[np.bool_] = somebody & (named == np.array(truth, dtype=object))
    return correct


def _outcome(confirmed: np.typing.NDArray[np.bool_], right: np.typing.NDArray[np.bool_]) -> dict[str, int]:
    return {"confirmed": int(confirmed.sum()), "wrong": int((confirmed & ~right).sum())}
