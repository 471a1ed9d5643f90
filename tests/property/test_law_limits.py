"""Our own limits, counted for all rows at once, against plain loops over the rows."""

from collections import Counter
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from narrowgate.domain.circumstances import Circumstances, PolicyLimits
from narrowgate.domain.request import TYPED_SCHEMA, Admitted, RequestHead
from narrowgate.law.policy import generic_reasons, over_caseload

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
HEAD = RequestHead("r", "c", "a", "b", "o", "s", AT, "", "", "", None, "", {}, "")
OFFICERS = st.sampled_from(["ada", "ben", "", "ada "])
SUBJECTS = st.integers(0, 5).map(lambda number: bytes([number]))
REASONS = st.sampled_from(["a b", "A  B", " a\tb ", "a\u00a0b", "é x", "É X", "", " ", "\n", "a b c", "ab"])


def admitted(columns: dict[str, list[str]], rows: int) -> Admitted:
    subjects = pa.table({name: pa.array(cells, pa.string()) for name, cells in columns.items()})
    subjects = pa.concat_tables([subjects.slice(0, rows // 3), subjects.slice(rows // 3)])
    return Admitted(HEAD, subjects, TYPED_SCHEMA.empty_table(), pa.array([True] * rows, pa.bool_()), True, {}, AT)


@settings(max_examples=150)
@given(
    st.lists(st.tuples(OFFICERS, SUBJECTS, st.booleans()), max_size=30),
    st.dictionaries(OFFICERS, st.frozensets(SUBJECTS, max_size=4), max_size=3),
    st.integers(0, 5),
)
def test_a_caseload_is_each_lawful_subject_and_each_open_one_once(
    rows: list[tuple[str, bytes, bool]], opened: dict[str, frozenset[bytes]], ceiling: int
) -> None:
    request = admitted({"officer": [officer for officer, _, _ in rows]}, len(rows))
    now = Circumstances(AT, None, "", limits=PolicyLimits(caseload_ceiling=ceiling), open_subjects=opened)
    lawful = np.array([lawful for _, _, lawful in rows], np.bool_)
    persons = {officer: set(opened.get(officer, ())) for officer, _, _ in rows}
    for officer, subject, is_lawful in rows:
        if is_lawful:
            persons[officer].add(subject)
    held = over_caseload(request, now, lawful, [subject for _, subject, _ in rows])
    assert held.tolist() == [len(persons[officer]) > ceiling for officer, _, _ in rows]


@settings(max_examples=150)
@given(st.lists(REASONS, max_size=30), st.integers(0, 4))
def test_a_reason_is_copied_case_and_spaces_aside_unless_it_is_blank(reasons: list[str], limit: int) -> None:
    plain = [" ".join(reason.upper().replace("\u00a0", "N").split()) for reason in reasons]
    counts = Counter(plain)
    held = generic_reasons(admitted({"reason": reasons}, len(reasons)), limit)
    assert held.tolist() == [bool(reason) and counts[reason] > limit for reason in plain]
