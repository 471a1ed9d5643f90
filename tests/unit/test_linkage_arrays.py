"""Columns of codes: distinct rows stay in lexicographic order, whatever the span of a column."""

import numpy as np

from narrowgate.linkage.arrays import distinct_rows

NO_DATE = np.iinfo(np.int32).min


def test_distinct_rows_keep_the_order_of_the_first_column_when_a_later_one_spans_all_of_int32() -> None:
    persons = np.repeat(np.arange(200, dtype=np.int32), 2)
    born = np.where(np.arange(400) % 3 == 0, NO_DATE, np.arange(400) * 50).astype(np.int32)
    first, _ = distinct_rows(persons, born)
    assert (np.diff(persons[first]) >= 0).all()
    assert len(first) == len(set(zip(persons.tolist(), born.tolist(), strict=True)))
