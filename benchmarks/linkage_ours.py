"""Our side of the race: certify, link a batch, look single persons up; on the snapshot of ``linkage_inputs``."""

from datetime import UTC, datetime
from math import inf
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.linkage_inputs import opened, subjects_of, when_of
from benchmarks.linkage_process import Stopwatch, one_by_one

from narrowgate.domain.certificate import Certificate
from narrowgate.domain.vocabulary import Provenance, Stratum
from narrowgate.intake.records import read_labelled
from narrowgate.intake.typed import typed_columns
from narrowgate.linkage import search as stage
from narrowgate.linkage.certify import THRESHOLDS, certify
from narrowgate.linkage.decide import NOBODY, Found
from narrowgate.linkage.snapshot import Snapshot
from narrowgate.linkage.strata import mask_of, strata_of

STANDARDISE = "standardise"
"""What the stage calls it: it is timed in its place."""
CERTIFIED = (
    "threshold", "stratum_bound", "confirmed", "wrong", "negatives", "wrong_negatives", "share_limit", "negative_limit",
    "recall", "prevalence_floor",
)  # fmt: skip
STRATUM = ("opened", "confirmed", "wrong", "negatives", "wrong_negatives", "share_limit", "more_cases")
WARM = 100
"""Single look-ups before those that are counted."""
FALLBACK = 14_000
"""The threshold where none is certified; the report says so."""


def certified(world: Path, folder: Path, digest: str, bound: float) -> dict[str, Any]:
    """What the world's labelled cases certify; ``threshold`` is ``None`` if nothing."""
    labelled = read_labelled(world / "labelled.parquet")
    watch = Stopwatch()
    with watch.of("certify"):
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
    facts = {**watch.all(), "cases": labelled.num_rows, "bound": bound}
    if not isinstance(found, Certificate):
        return {**facts, "threshold": None, "closed": [], "reasons": list(found.reasons)}
    facts |= {name: getattr(found, name) for name in CERTIFIED}
    strata = [
        {"stratum": seen.stratum.value, **{name: getattr(seen, name) for name in STRATUM}} for seen in found.strata
    ]
    return {**facts, "closed": sorted(closed.value for closed in found.closed), "strata": strata}


def batch(world: Path, folder: Path, digest: str, requests: int, certificate: dict[str, Any], repeats: int) -> Any:  # noqa: ANN401 - figures
    """Links all requests at once, ``repeats`` times; seconds of each, and how right the last was.

    What ``link`` does between mandate and match: search, and the strata. Standardising is timed where it happens,
    inside of it. ``outcomes`` are of thresholds from the certified one up, every stratum open; ``certified`` is at
    that threshold, the strata closed that the certificate leaves closed.
    """
    subjects, typed, truth = subjects_of(world, requests)
    threshold, watch = certificate["threshold"] or FALLBACK, Stopwatch()
    with watch.of("open"):
        snapshot = opened(folder, digest)
    runs = []
    for _ in range(repeats):
        timed, inside = Stopwatch(), getattr(stage, STANDARDISE)
        setattr(stage, STANDARDISE, _timed(inside, timed))
        with timed.of("whole"):
            found, _passes = stage.search(subjects, typed, snapshot, when_of(typed), threshold, lambda _done: None)
            strata = strata_of(typed, found, snapshot, when_of(typed))
        setattr(stage, STANDARDISE, inside)
        runs.append(timed.all())
    right = _right(found, snapshot, truth)
    allowed = (strata & mask_of(Stratum(name) for name in certificate["closed"])) == 0
    thresholds = sorted({t for t in THRESHOLDS if t >= threshold} | {threshold})
    return {
        "open": watch.seconds["open"],
        "runs": runs,
        "trues": sum(1 for person in truth if person),
        "too_large": int(found.too_large.sum()),
        "outcomes": {str(t): _outcome(found.unique(t), right) for t in thresholds},
        "certified": _outcome(found.unique(threshold) & allowed, right),
    }


def single(world: Path, folder: Path, digest: str, calls: int, threshold: int) -> dict[str, Any]:
    """Links single rows one after another, each one call of the stage, standardising included."""
    subjects, typed, _ = subjects_of(world, calls + WARM)
    snapshot = opened(folder, digest)

    def one(n: int) -> None:
        row, cells = subjects.slice(n, 1), typed.slice(n, 1)
        found, _passes = stage.search(row, cells, snapshot, when_of(cells), threshold, lambda _done: None)
        strata_of(cells, found, snapshot, when_of(cells))

    return one_by_one(one, calls, before=WARM, most_seconds=inf)


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
