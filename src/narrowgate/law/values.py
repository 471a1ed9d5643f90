"""Judging a column once per distinct value: a million rows hold far fewer names and addresses."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Bools = npt.NDArray[np.bool_]
_BETWEEN = "\x1f"
_TEXT = pa.large_string()
FEW = 32
"""Of so few rows each is looked at by itself: calls of Arrow cost more than they save."""


def by_value(subjects: pa.Table, columns: Sequence[str], judge: Callable[..., bool]) -> Bools:
    """``judge(*cells)`` for every row, called once for each distinct combination of cells.

    Args:
        subjects: n rows of strings; a column that is absent counts as blank.
        columns: which cells ``judge`` takes, in order.
        judge: says whether the cells meet what is asked.

    Returns:
        n booleans.
    """
    if subjects.num_rows <= FEW:
        return _one_by_one(subjects, columns, judge)
    return by_value_of(subjects, columns, judge, np.bool_)


def by_value_of(
    subjects: pa.Table, columns: Sequence[str], judge: Callable[..., Any], kind: npt.DTypeLike
) -> npt.NDArray[Any]:
    """As ``by_value``, for results of another kind."""
    parts = columns_of(subjects, columns)
    if len(columns) == 1:
        return coded(parts[0]).map(judge, kind)
    joined = pc.binary_join_element_wise(
        *(pc.replace_substring(part, _BETWEEN, " ") for part in parts), pa.scalar(_BETWEEN, _TEXT)
    )
    return coded(joined).map(lambda cells: judge(*cells.split(_BETWEEN)), kind)


def _one_by_one(subjects: pa.Table, columns: Sequence[str], judge: Callable[..., bool]) -> Bools:
    rows = subjects.num_rows
    known = set(subjects.column_names)
    cells = [subjects[name].to_pylist() if name in known else [""] * rows for name in columns]
    verdicts: dict[tuple[str, ...], bool] = {}
    found = np.zeros(rows, np.bool_)
    for place, row in enumerate(zip(*cells, strict=True)):
        if row not in verdicts:
            verdicts[row] = judge(*(cell or "" for cell in row))
        found[place] = verdicts[row]
    return found


def columns_of(subjects: pa.Table, columns: Sequence[str]) -> list[pa.Array]:
    """These columns, each in one piece of n strings; one that is absent is blank in every row."""
    blank = pa.scalar("", _TEXT)
    return [
        _whole(subjects[name]) if name in subjects.column_names else pa.repeat(blank, subjects.num_rows)
        for name in columns
    ]


def _whole(column: pa.ChunkedArray) -> pa.Array:
    """A column in one piece, however long its text is.

    Not for ``ascii_upper``: pyarrow 26.0.1 reads the wrong bytes there, where such a column was cast from a slice.
    """
    return pc.fill_null(column.cast(_TEXT), "").combine_chunks()


@dataclass(frozen=True, slots=True)
class Coded:
    """A column as its distinct values, and which of them stands in each row.

    Attributes:
        values: m distinct texts.
        indices: n places in ``values``.
    """

    values: Sequence[str]
    indices: npt.NDArray[np.int64]

    def map(self, judge: Callable[[str], Any], kind: npt.DTypeLike) -> npt.NDArray[Any]:
        """``judge(value)`` in every row, called once for each value: n results of this kind."""
        found = np.fromiter(map(judge, self.values), kind, len(self.values))
        return found[self.indices] if len(self.values) else np.zeros(0, kind)


def coded(column: pa.Array) -> Coded:
    """A column of n strings by its distinct values; a null counts as blank."""
    encoded = pc.fill_null(column, "").dictionary_encode()
    return Coded(encoded.dictionary.to_pylist(), encoded.indices.to_numpy(zero_copy_only=False))


def everywhere(rows: int, verdict: bool) -> Bools:  # noqa: FBT001 - the verdict is the argument
    """The same verdict for every row: what a request states once."""
    return np.full(rows, verdict, np.bool_)
