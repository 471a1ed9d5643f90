"""Judging once per distinct value: every row is judged by its own cells, few rows or many."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.law.values import FEW, by_value, by_value_of, coded, columns_of

ROWS = st.lists(st.tuples(st.text("ab\x1f", max_size=3), st.sampled_from(["", "x", "y"])), max_size=40)


def table(rows: list[tuple[str, str]]) -> pa.Table:
    return pa.table({name: pa.array([row[i] for row in rows], pa.string()) for i, name in enumerate(("one", "two"))})


@pytest.mark.parametrize("blank", [0, FEW])
@given(rows=ROWS)
def test_every_row_is_judged_by_its_cells_and_each_value_once(blank: int, rows: list[tuple[str, str]]) -> None:
    rows = [*rows, *[("", "")] * blank]
    asked: list[tuple[str, ...]] = []

    def judge(*cells: str) -> bool:
        asked.append(cells)
        return len("".join(cells)) % 2 == 1

    found = by_value(table(rows), ("one", "two"), judge)
    assert found.tolist() == [len("".join(row)) % 2 == 1 for row in rows]
    assert len(asked) == len(set(asked))


@pytest.mark.parametrize("columns", [("one",), ("one", "two")])
@pytest.mark.parametrize("rows", [0, FEW, FEW + 1])
def test_verdicts_are_booleans_however_they_are_spelt(rows: int, columns: tuple[str, ...]) -> None:
    found = by_value(table([("a", "x")] * rows), columns, lambda *cells: len(cells))  # type: ignore[arg-type]
    assert found.dtype == np.bool_
    assert found.tolist() == [True] * rows


def test_among_many_rows_the_mark_that_joins_cells_is_read_as_a_blank() -> None:
    rows = [("a\x1fb", "x")] * (FEW + 1)
    assert by_value(table(rows), ("one", "two"), lambda one, two: (one, two) == ("a b", "x")).all()


@pytest.mark.parametrize("blank", [0, FEW])
def test_a_column_that_is_absent_and_a_null_count_as_blank(blank: int) -> None:
    subjects = pa.table({"one": pa.chunked_array([["a", None], ["b"] * (blank + 1)])})
    found = by_value(subjects, ("one", "two"), lambda one, two: one == "" and two == "")
    assert found.tolist() == [False, True, *[False] * (blank + 1)]
    assert by_value(subjects, ("three",), lambda cell: cell == "").tolist() == [True] * (blank + 3)
    assert [column.to_pylist() for column in columns_of(subjects.slice(0, 3), ("one", "two"))] == [
        ["a", "", "b"],
        ["", "", ""],
    ]


def test_results_of_another_kind() -> None:
    subjects = pa.table({"one": ["a", "bb", "a"]})
    assert by_value_of(subjects, ("one",), len, "int8").tolist() == [1, 2, 1]
    assert coded(pa.array([None, "x", "xy", "x"])).map(len, "int64").tolist() == [0, 1, 2, 1]
    nobody = coded(pa.array([], pa.string())).map(len, "int64")
    assert nobody.dtype == np.int64
    assert nobody.tolist() == []
