"""Labelled cases: one a household, split by hash into those that fix the order and those that count."""

import hashlib
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from narrowgate.domain.request import SUBJECT_COLUMNS
from narrowgate.linkage.arrays import I64, Bools
from narrowgate.linkage.decide import NOBODY, Found
from narrowgate.linkage.snapshot import Snapshot

_TUNING_IN_256 = 64
_BLANK = ""


@dataclass(frozen=True, slots=True)
class Cases:
    """Which rows of the labelled table are cases.

    Attributes:
        tuning, counting: row numbers.
    """

    tuning: I64
    counting: I64


@dataclass(frozen=True, slots=True)
class Tally:
    """What a threshold did to a set of cases.

    Attributes:
        confirmed: rows it confirmed; ``wrong`` of them on another person than the label, or on a negative.
        negatives: cases that are nobody's confirmable address; ``wrong_negatives`` of them confirmed.
        positives: the other cases.
    """

    threshold: int
    confirmed: int
    wrong: int
    negatives: int
    wrong_negatives: int
    positives: int

    @property
    def recall(self) -> float:
        """Share of positives confirmed on their person."""
        return (self.confirmed - self.wrong) / self.positives if self.positives else 0.0


def choose(labelled: pa.Table) -> Cases:
    """Choose one case a household, and split them; the order of the file changes nothing.

    A household is the ``household`` column, where blank the person, where that is blank too the row itself.
    """
    columns = [c for c in (*SUBJECT_COLUMNS[1:], "person_id") if c in labelled.column_names]
    contents = ["\x1f".join(map(str, row)) for row in zip(*(labelled[c].to_pylist() for c in columns), strict=True)]
    drawn = [_digest("case", content) for content in contents]
    best: dict[str, int] = {}
    for row, household in enumerate(_households(labelled, contents)):
        held = best.setdefault(household, row)
        if drawn[row] < drawn[held]:
            best[household] = row
    tuning = {row for household, row in best.items() if _digest("split", household)[0] < _TUNING_IN_256}
    counting = set(best.values()) - tuning
    return Cases(np.array(sorted(tuning), np.int64), np.array(sorted(counting), np.int64))


def right_persons(labelled: pa.Table, found: Found, snapshot: Snapshot) -> tuple[Bools, Bools]:
    """Per labelled row, whether the person found is the one of the label; and whether it is a negative."""
    labels = _cells(labelled, "person_id")
    right = [
        person != NOBODY and snapshot.person_id(person) == label
        for person, label in zip(found.person.tolist(), labels, strict=True)
    ]
    return np.array(right, np.bool_), np.array([label == _BLANK for label in labels], np.bool_)


def tally(threshold: int, found: Found, right: Bools, negative: Bools, rows: I64) -> Tally:
    """Count what a threshold does to these rows."""
    unique = found.unique(threshold)[rows]
    return Tally(
        threshold,
        int(unique.sum()),
        int((unique & (~right | negative)[rows]).sum()),
        int(negative[rows].sum()),
        int((unique & negative[rows]).sum()),
        int((~negative[rows]).sum()),
    )


def _households(labelled: pa.Table, contents: list[str]) -> list[str]:
    stated = _cells(labelled, "household")
    people = _cells(labelled, "person_id")
    return [
        f"household {home}" if home else f"person {person}" if person else f"row {content}"
        for home, person, content in zip(stated, people, contents, strict=True)
    ]


def _cells(labelled: pa.Table, column: str) -> list[str]:
    if column not in labelled.column_names:
        return [_BLANK] * labelled.num_rows
    return [(cell or _BLANK).strip() for cell in labelled[column].to_pylist()]


def _digest(purpose: str, text: str) -> bytes:
    return hashlib.sha256(f"narrowgate {purpose}\x1f{text}".encode()).digest()
