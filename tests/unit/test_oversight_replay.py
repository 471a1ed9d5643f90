"""The pure part of replay, against a row-by-row reading of the same."""

from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.domain.errors import IntegrityError
from narrowgate.domain.vocabulary import RowState, When
from narrowgate.oversight.replay import (
    ELEMENTS,
    STATES,
    Change,
    Compared,
    Kind,
    affected_by_element,
    bits_of,
    by_fact,
    by_request,
    changes,
    elements_of,
    mask,
    masks,
    moved,
    spelt,
)

FACTS = tuple("abcdefgh")
some_elements = st.lists(st.sampled_from(ELEMENTS), unique=True, max_size=4).map(sorted)
vector = st.integers(0, 2 ** len(FACTS) - 1)
row = st.tuples(
    st.sampled_from(sorted(set(STATES.values()))), some_elements, some_elements, vector, vector, st.sampled_from(When)
)


def words(values: list[int]) -> np.ndarray[tuple[int, ...], np.dtype[np.uint64]]:
    return np.array(values, np.uint64)


def named(value: int) -> tuple[str, ...]:
    return tuple(f for bit, f in enumerate(FACTS) if value >> bit & 1)


def compared(rows: list[tuple[str, list[str], list[str], int, int, When]], *, stay: bool) -> Compared:
    state, then, now, before, after, times = (
        (list(c) for c in zip(*rows, strict=True)) if rows else ([] for _ in "123456")
    )
    return Compared(
        "r",
        pa.array(state, pa.string()),
        masks(pa.array(then, pa.list_(pa.string()))),
        masks(pa.array(now, pa.list_(pa.string()))),
        FACTS,
        words(before),
        words(after),
        pa.array([w.value if s == "released" else "" for s, w in zip(state, times, strict=True)], pa.string())
        if stay
        else None,
    )


@given(st.lists(row), st.booleans())
def test_changes_are_those_of_a_row_by_row_reading(
    rows: list[tuple[str, list[str], list[str], int, int, When]], stay: bool
) -> None:
    naive: Counter[tuple[object, ...]] = Counter()
    for state, then, now, before, after, when in rows:
        if then != now or before != after:
            shown = when.value if stay and state == "released" else ""
            naive[state, tuple(then), tuple(now), named(after & ~before), named(before & ~after), shown] += 1
    found = changes(compared(rows, stay=stay))
    assert {(c.state, c.refused_then, c.refused_now, c.met_now, c.unmet_now, c.when): c.rows for c in found} == naive
    assert sum(c.rows for c in found) == compared(rows, stay=stay).differs.sum()
    assert changes(compared(rows[::-1], stay=stay)) == found


@given(st.lists(some_elements))
def test_masks_are_those_of_the_lists(lists: list[list[str]]) -> None:
    found = masks(pa.array(lists, pa.list_(pa.string())))
    assert [list(elements_of(int(m))) for m in found] == lists
    assert [int(mask(elements)) for elements in lists] == found.tolist()


@given(st.lists(some_elements, min_size=3), st.integers(0, 2))
def test_masks_of_a_slice(lists: list[list[str]], start: int) -> None:
    array = pa.array(lists, pa.list_(pa.string()))
    assert masks(array.slice(start)).tolist() == masks(array).tolist()[start:]


@pytest.mark.parametrize("lists", [[["no_element"]], [None]], ids=["unknown", "null"])
def test_a_list_that_no_gate_wrote_is_an_integrity_failure(lists: list[object]) -> None:
    with pytest.raises(IntegrityError):
        masks(pa.array(lists, pa.list_(pa.string())))


@given(
    st.lists(vector), st.permutations(FACTS), st.integers(0, len(FACTS)), st.lists(st.sampled_from("xyz"), unique=True)
)
def test_vectors_move_by_name(vectors: list[int], order: list[str], kept: int, fresh: list[str]) -> None:
    after = [*fresh, *order[:kept]]
    found = moved(words(vectors), FACTS, after).tolist()
    for old, new in zip(vectors, found, strict=True):
        assert {f for bit, f in enumerate(after) if new >> bit & 1} == set(named(old)) & set(after)


def test_the_highest_bits_move_too() -> None:
    names = [f"f{n}" for n in range(64)]
    assert moved(words([1 << 63 | 1]), names, names[::-1]).tolist() == [1 << 63 | 1]
    assert moved(words([1 << 63]), names, ["f63"]).tolist() == [1]


@given(st.lists(vector, min_size=1))
def test_spelling_is_that_of_each(vectors: list[int]) -> None:
    assert spelt(words(vectors), FACTS).to_pylist() == [";".join(named(v)) for v in vectors]


def test_bits_of_names_leave_others_out() -> None:
    assert int(bits_of(["b", "zz"], FACTS)) == 2


def change(state: str = "released", then: str = "", now: str = "", **others: object) -> Change:
    values = {"met_now": (), "unmet_now": (), "when": "", "rows": 1} | others
    return Change("r", state, tuple(then.split()), tuple(now.split()), **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("then", "now", "kind"),
    [
        ("", "not_stayed", Kind.REFUSED_NOW),
        ("not_stayed", "", Kind.ALLOWED_NOW),
        ("not_stayed", "name_stated", Kind.OTHER_ELEMENTS),
        ("not_stayed", "not_stayed", Kind.FACTS_ALONE),
        ("", "", Kind.FACTS_ALONE),
    ],
)
def test_kinds(then: str, now: str, kind: Kind) -> None:
    assert change(then=then, now=now).kind is kind


def test_possibly_affected_is_what_left_and_would_not_now() -> None:
    assert change(now="not_stayed").possibly_affected
    assert all(change(now="not_stayed", when=w.value).possibly_affected for w in set(When) - {When.AFTER_LIFT})
    assert not change(now="not_stayed", when="after_lift").possibly_affected
    assert not change(then="name_stated", now="not_stayed").possibly_affected
    assert not any(change(s, now="not_stayed").possibly_affected for s in set(STATES.values()) - {"released"})


def test_summaries_count_rows() -> None:
    found = [
        change(now="name_stated not_stayed", unmet_now=("a",), rows=2),
        change(now="not_stayed", unmet_now=("a", "b"), rows=3),
        change("held", now="not_stayed", met_now=("b",), rows=5),
    ]
    assert affected_by_element(found) == {"name_stated": 2, "not_stayed": 5}
    assert by_fact(found) == [("a", 5, 0), ("b", 3, 5)]
    assert by_request(found) == [("r", "released", Kind.REFUSED_NOW, "", 5), ("r", "held", Kind.REFUSED_NOW, "", 5)]


def test_every_state_is_shown_and_none_tells_an_answer() -> None:
    assert set(STATES) == set(RowState)
    assert not any("confirmed" in shown for shown in STATES.values())
