"""Judging a column once per distinct value: a million rows hold far fewer names and addresses."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Bools = npt.NDArray[np.bool_]
_BETWEEN = "\x1f"


def by_value(subjects: pa.Table, columns: Sequence[str], judge: Callable[..., bool]) -> Bools:
    """``judge(*cells)`` for every row, called once for each distinct combination of cells.

    Args:
        subjects: n rows of strings; a column that is absent counts as blank.
        columns: which cells ``judge`` takes, in order.
        judge: says whether the cells meet what is asked.

    Returns:
        n booleans.
    """
    if subjects.num_rows == 0:
        return np.zeros(0, np.bool_)
    blank = pa.scalar("")
    cells = [subjects[name] if name in subjects.column_names else None for name in columns]
    if all(cell is None for cell in cells):
        return np.full(subjects.num_rows, judge(*("" for _ in columns)))
    parts = [blank if cell is None else _without_separator(cell) for cell in cells]
    joined = pc.binary_join_element_wise(*parts, _BETWEEN)
    coded = pa.chunked_array(joined).combine_chunks().dictionary_encode()
    verdicts = [judge(*value.split(_BETWEEN)) for value in coded.dictionary.to_pylist()]
    found: Bools = np.array(verdicts, np.bool_)[coded.indices.to_numpy(zero_copy_only=False)]
    return found


def _without_separator(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.replace_substring(column, _BETWEEN, " ")


def everywhere(rows: int, verdict: bool) -> Bools:  # noqa: FBT001 - the verdict is the argument
    """The same verdict for every row: what a request states once."""
    return np.full(rows, verdict, np.bool_)
