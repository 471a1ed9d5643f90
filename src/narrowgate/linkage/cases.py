"""Labelled cases: one a household, split by hash into those that fix the order and those that count."""

import hashlib
from dataclasses import dataclass
from itertools import chain

import numpy as np
import pyarrow as pa

from narrowgate.domain.request import SUBJECT_COLUMNS
from narrowgate.linkage.arrays import I64, Bools
from narrowgate.linkage.decide import NOBODY, Found
from narrowgate.linkage.snapshot import Snapshot
from narrowgate.linkage.standardise import NO_DATE, standardise
from narrowgate.linkage.words import BLANK

SECOND_LABEL = "person_id_2"
"""The label of a second reviewer, who did not see the first; absent where there was none."""

_TUNING_IN_256 = 64
_NONE = ""


@dataclass(frozen=True, slots=True)
class Cases:
    """Which rows of the labelled table are cases.

    Attributes:
        tuning, counting: row numbers.
    """

    tuning: I64
    counting: I64

    @property
    def ratio(self) -> float:
        """Cases that count for each that fixes the order."""
        return len(self.counting) / max(len(self.tuning), 1)


@dataclass(frozen=True, slots=True)
class Labels:
    """What reviewers say of n rows, against what linkage found. Where two disagree, either may be right.

    Attributes:
        right: the person found is the one that every reviewer names.
        negative: every reviewer says that it is nobody's confirmable address.
        doubtful: the reviewers disagree.
        maybe_negative: one reviewer of two says that it is nobody's.
        reviewers: 1 or 2.
    """

    right: Bools
    negative: Bools
    doubtful: Bools
    maybe_negative: Bools
    reviewers: int


@dataclass(frozen=True, slots=True)
class Tally:
    """What a threshold did to a set of cases; a case on which reviewers disagree counts as it is worst.

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

    1. Rows that belong together are brought together (``households``).
    2. Of each household the row with the least hash is its case.
    3. A household's hash says whether its case fixes the order or counts.
    """
    contents = _contents(labelled)
    homes = households(labelled)  # 1
    drawn = [_digest("case", content) for content in contents]
    best: dict[str, int] = {}
    for row, household in enumerate(homes):
        held = best.setdefault(household, row)
        if drawn[row] < drawn[held]:
            best[household] = row  # 2
    tuning = {row for household, row in best.items() if _digest("split", household)[0] < _TUNING_IN_256}  # 3
    counting = set(best.values()) - tuning
    return Cases(np.array(sorted(tuning), np.int64), np.array(sorted(counting), np.int64))


def households(labelled: pa.Table) -> list[str]:
    """Per row the household that it is of, whatever the order of the file.

    Rows are of one household when they state the same one, when they have the same label, or when they ask for the
    same surname at the same address: neither label nor column need show that. So the errors of one family, or of one
    tower, count once. What belongs together over several steps is one household.
    """
    stated, at_home = _cells(labelled, "household"), _homes(labelled)
    contents, people = _contents(labelled), _cells(labelled, "person_id")
    parent: dict[str, str] = {}
    for row, (home, person, place) in enumerate(zip(stated, people, at_home, strict=True)):
        marks = [f"household {home}" if home else "", f"person {person}" if person else "", place]
        first, *others = [mark for mark in marks if mark] or [f"row {contents[row]}"]
        for mark in others:
            _join(parent, first, mark)
    marks_of = zip(stated, people, at_home, contents, strict=True)
    return [
        _root(parent, f"household {h}" if h else f"person {p}" if p else place or f"row {content}")
        for h, p, place, content in marks_of
    ]


def labels_of(labelled: pa.Table, found: Found, snapshot: Snapshot) -> Labels:
    """What the labels say of the persons found."""
    first = _cells(labelled, "person_id")
    two = SECOND_LABEL in labelled.column_names
    second = _cells(labelled, SECOND_LABEL) if two else first
    names = [snapshot.person_id(person) if person != NOBODY else _NONE for person in found.person.tolist()]
    each = list(zip(names, first, second, strict=True))
    return Labels(
        np.array([name == one == other != _NONE for name, one, other in each], np.bool_),
        np.array([one == other == _NONE for _, one, other in each], np.bool_),
        np.array([one != other for _, one, other in each], np.bool_),
        np.array([one != other and _NONE in (one, other) for _, one, other in each], np.bool_),
        2 if two else 1,
    )


def _homes(labelled: pa.Table) -> list[str]:
    """Per row its surname and address as linkage reads them; "" where either is wanting."""
    rows = standardise(labelled, np.full(labelled.num_rows, NO_DATE, np.int32))
    names, places = rows.names, rows.addresses
    whole = (names.surname != BLANK) & places.sufficient[rows.address]
    cells = (names.surname, *(c[rows.address] for c in (places.number, places.street, places.unit, places.box)))
    rest = (c[rows.address] for c in (places.route, places.city, places.state, places.zip5))
    spelt = [rows.words.spell(column) for column in chain(cells, rest)]
    return ["\x1f".join(("home", *cell)) if ok else "" for ok, *cell in zip(whole.tolist(), *spelt, strict=True)]


def _join(parent: dict[str, str], one: str, other: str) -> None:
    """Bring two marks together; the lesser in byte order stands for both."""
    least, greatest = sorted((_root(parent, one), _root(parent, other)))
    if least != greatest:
        parent[greatest] = least


def _root(parent: dict[str, str], mark: str) -> str:
    while (above := parent.get(mark, mark)) != mark:
        parent[mark] = parent.get(above, above)
        mark = above
    return mark


def _contents(labelled: pa.Table) -> list[str]:
    columns = [c for c in (*SUBJECT_COLUMNS[1:], "person_id") if c in labelled.column_names]
    return ["\x1f".join(map(str, row)) for row in zip(*(labelled[c].to_pylist() for c in columns), strict=True)]


def _cells(labelled: pa.Table, column: str) -> list[str]:
    if column not in labelled.column_names:
        return [_NONE] * labelled.num_rows
    return [(cell or _NONE).strip() for cell in labelled[column].to_pylist()]


def _digest(purpose: str, text: str) -> bytes:
    return hashlib.sha256(f"narrowgate {purpose}\x1f{text}".encode()).digest()
