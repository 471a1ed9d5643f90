"""Why a true request was not confirmed, or a false one was: the row beside the person meant, or the one found."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from narrowgate.domain.request import RECORD_COLUMNS
from narrowgate.linkage.address import CLOSED
from narrowgate.linkage.arrays import I32, I64
from narrowgate.linkage.candidates import Pairs
from narrowgate.linkage.explain import _level
from narrowgate.linkage.kernel import Kernel, Scores
from narrowgate.linkage.residence import When
from narrowgate.linkage.standardise import NO_DATE, standardise
from narrowgate.linkage.weights import COMPARISONS

if TYPE_CHECKING:
    from benchmarks.accuracy import Searched

_USUAL = {"exact", "blank", "by_frequency", "none", "initial"}


def why(world: "Searched", threshold: int, *, wrong: bool) -> Iterator[tuple[str, str]]:
    """Reason and example of every true row missed, or of every row confirmed wrongly."""
    outcome = world.at(threshold)
    chosen = outcome.confirmed & ~outcome.right if wrong else outcome.true & ~(outcome.confirmed & outcome.right)
    rows = np.flatnonzero(chosen)
    people = {pid: i for i, pid in enumerate(world.snapshot.person_ids.to_pylist())}
    truth = world.requests["person_id"].to_pylist()
    meant = [int(world.found.person[r]) if wrong else people[truth[r]] for r in rows.tolist()]
    scores = scores_of(world, rows, np.array(meant, np.int64))
    lines = _lines(world)
    for at, row in enumerate(rows.tolist()):
        reason = _kind(world, row) if wrong else _missed(world, row, meant[at], threshold, scores, at)
        yield f"{reason} [{_unusual(scores.waterfall[at])}]", _example(world, row, meant[at], lines)


def scores_of(world: "Searched", rows: I64, persons: I64) -> Scores:
    """Scores of given pairs, whether candidates or not."""
    typed = world.typed.take(rows)
    born = typed["birth_date"].cast("int32").fill_null(NO_DATE).to_numpy().astype(np.int32)
    asked = standardise(world.requests.take(rows), born)
    periods = typed["periods"].to_numpy().astype(np.uint64)
    when = When(periods, -(1 << 30), np.ones(len(rows), np.bool_))
    kernel = Kernel(asked, world.snapshot, when)
    n = np.arange(len(rows), dtype=np.int64)
    return kernel.score(Pairs(0, len(rows), n, persons, np.ones(len(rows), np.bool_)), -(1 << 30))[1]


def _missed(world: "Searched", row: int, meant: int, threshold: int, scores: Scores, at: int) -> str:  # noqa: PLR0911
    found = world.found
    if found.too_large[row]:
        return "too large"
    if scores.home[at] <= CLOSED:
        return "gate closed" + (" (not his confirmable)" if scores.anywhere[at] > CLOSED else "")
    if scores.identity[at] + scores.home[at] < threshold:
        return "weight too low"
    if found.person[row] != meant:
        return "another is better"
    if found.apart[row] < threshold:
        return "found by address alone"
    if found.second[row] >= threshold:
        return "second reaches threshold"
    return "contested by himself" if scores.contested[at] else "contested by a rival"


def _kind(world: "Searched", row: int) -> str:
    kind = world.requests["kind"][row].as_py()
    return f"{kind}, {'another person' if world.requests['person_id'][row].as_py() else 'false'}"


def _unusual(waterfall: I32) -> str:
    said = [(name, _level(name, w)) for name, w in zip(COMPARISONS, waterfall.tolist(), strict=True)]
    return ", ".join(f"{name} {level}" for name, level in said if level not in _USUAL)


def _lines(world: "Searched") -> dict[str, list[dict[str, object]]]:
    found: dict[str, list[dict[str, object]]] = {}
    for line in world.records.to_pylist():
        found.setdefault(line["person_id"], []).append(line)
    return found


def _example(world: "Searched", row: int, person: int, lines: dict[str, list[dict[str, object]]]) -> str:
    asked = world.requests.slice(row, 1).to_pylist()[0]
    stated = " | ".join(str(asked.get(c, "")) for c in RECORD_COLUMNS[1:-1])
    held = lines[world.snapshot.person_id(person)] if person >= 0 else []
    record = "".join(f"\n             {' | '.join(str(line[c]) for c in RECORD_COLUMNS[1:])}" for line in held[-4:])
    return f"{asked['kind']} {asked['taxable_periods']} [{asked['truly']}] {stated}{record}"
