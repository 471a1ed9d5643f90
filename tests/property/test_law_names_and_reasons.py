"""Names, reasons and case numbers judged for all rows at once are judged as each by itself."""

import itertools
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from narrowgate.law import names, reasons
from narrowgate.law.names import is_name
from narrowgate.law.reasons import is_case_number, is_reason
from narrowgate.law.values import FEW, Bools, by_value

Row = tuple[str, ...]
NAMED = ("surname", "given_name")
MANY = FEW + 1  # beyond these rows are judged at once


def words(text: str) -> list[str]:
    return text.split()


def table(columns: tuple[str, ...], rows: Sequence[Row]) -> pa.Table:
    """Rows as a table of two chunks."""
    whole = pa.table({name: pa.array([row[n] for row in rows], pa.string()) for n, name in enumerate(columns)})
    return pa.concat_tables([whole.slice(0, 7), whole.slice(7)])


def differing(found: Bools, rows: Sequence[Row], wanted: list[bool]) -> list[Row]:
    """The rows on which a vector and the judge disagree."""
    assert found.dtype == np.bool_
    assert len(found) > FEW
    return [row for row, one, other in zip(rows, found.tolist(), wanted, strict=True) if one is not other]


# --- names -----------------------------------------------------------------------------------------------------------

SURNAMES = [
    "Ng", "O", "O'", "Na", "N/A", "NA", "Doe", "DOE.", "Dóe", "Unknown", "Null", "None", "Man", "Baby", "Garcia Lopez",
    "Son", "X", "", " ", "A B", "Resident", "Twin", "Ж", "John", "unkn0wn", "Senor Garcia", "No Name", "Åse", "Mr",
    "\x1f",
]  # fmt: skip
GIVEN_NAMES = [
    "Bo", "Jane", "JOHN", "J", "J.", "J R", "Baby", "Baby Boy", "Juana Maria", "Man", "Null", "Na", "", "FNU",
    "Unknown", "unkn0wn", "Maria Elena", "Ж", "Mr", "Twin", "No Name", "John\x1fDoe", "jánе",
]  # fmt: skip
NAME_TEXT = st.text(max_size=12) | st.sampled_from([*SURNAMES, *GIVEN_NAMES]) | st.text("DOEJANNUL .'", max_size=6)


def test_every_surname_is_judged_as_by_itself_beside_every_given_name() -> None:
    rows = list(itertools.product([*SURNAMES, *GIVEN_NAMES], [*GIVEN_NAMES, *SURNAMES]))
    assert differing(names.stated(table(NAMED, rows)), rows, [is_name(*row) for row in rows]) == []


FILLERS = ["Baby", "Man", "Child", "Twin"]  # which are surnames; "Man" is a given name too


@pytest.mark.parametrize("first", FILLERS)
def test_the_place_of_a_filler_among_the_surnames_says_nothing_of_another_name(first: str) -> None:
    surnames = [first, *(word for word in FILLERS if word != first), "Garcia"]
    rows = list(itertools.product(surnames, [*FILLERS, "Bo", *["Maria"] * FEW]))
    assert differing(names.stated(table(NAMED, rows)), rows, [is_name(*row) for row in rows]) == []


@settings(max_examples=80)
@given(st.lists(st.tuples(NAME_TEXT, NAME_TEXT), max_size=40))
def test_any_names_are_judged_as_by_themselves(rows: Sequence[Row]) -> None:
    rows = [*rows, *[("Ng", "Bo")] * MANY]
    assert differing(names.stated(table(NAMED, rows)), rows, [is_name(*row) for row in rows]) == []


# --- reasons and case numbers ----------------------------------------------------------------------------------------

REASON_WORDS = st.sampled_from(
    words(
        "In case ERO-10000001 the subject has not answered for 12 months unknown no N/A address given file 24-1182 "
        "refused ha haha xxx asdf qwerty Peña a I ' . -- brief BW1 BW2 0 7357 57473 NOTAPPLICABLE UNKNOWN "
        "UNKNOWNUNKNOWN zzzz of to be provided residence venue charged indictment rhythm bcdfg blablabla hahaha "
        "lahaha nnnnnkkkkkooowwwuuu ２０２４ ́x"
    )
)
REASON = st.lists(st.tuples(REASON_WORDS, st.sampled_from([" ", " ", " ", "-", "  ", "\t", ", "])), max_size=25).map(
    lambda parts: "".join(word + by for word, by in parts)
) | st.text(max_size=120)
CASE_WORDS = st.sampled_from(
    words(
        "ERO CASE NO. No File A DHS unknown n/a UNKN0WN 24 1182 10000001 123456789 22222 222222 66666 99999 26926 "
        "57473 73577 0 000000 00200000 2222 22229 BW cr pending TBD ２０２４２ UNKNOWN26926 x é 5173514 STATE 2"
    )
)
CASE_NUMBER = st.lists(st.tuples(CASE_WORDS, st.sampled_from([" ", "-", "", "/", "#"])), max_size=4).map(
    lambda parts: "".join(word + by for word, by in parts)
) | st.text("0269 -A", max_size=9)


LONG = "SUPERCALIFRAGILISTIC" * 3 + "EXPIALIDO"  # longer than the beginning that is looked at first


@settings(max_examples=150)
@given(st.lists(REASON, max_size=30))
@example(["a SUPERCALIFRAGILISTIC EXPIALIDOCIOUSNESS x"])
@example(["7 SUPERCALIFRAGILISTIC EXPIALIDOCIOUSNESS x"])
@example([f"{LONG} {LONG} NATIONWIDEINVESTIGATION x"])
@example(["NO ONE IS TO BE GIVEN ADDRESS OF THE SUBJECT UNDER FILE AND CASE AND STATE AND ZIP AND COUNTRY"])
@example(["ha hahaha haha hahahaha hahahahaha hahahahahahaha hahahahahahahahahaha hahahahahahahahahahahaha"])
@example(["bcd fghj klmnp qrstv wxz bcdfghj klmnpqrst vwxzb cdfghjkl mnpqrstvwxz bcdfghjkl mnpqrstv"])
def test_any_reasons_are_judged_as_by_themselves(cells: list[str]) -> None:
    cells = [*cells, *["24-1182"] * MANY]
    rows = [(cell,) for cell in cells]
    assert differing(reasons.reasons_stated(table(("reason",), rows)), rows, [is_reason(cell) for cell in cells]) == []


@settings(max_examples=150)
@given(st.lists(CASE_NUMBER, max_size=60))
def test_any_case_numbers_are_judged_as_by_themselves(cells: list[str]) -> None:
    cells = [*cells, *["24-1182"] * MANY]
    rows = [(cell,) for cell in cells]
    found = reasons.cases_stated(table(("case_number",), rows))
    assert differing(found, rows, [is_case_number(cell) for cell in cells]) == []


# --- by value --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("copies", [1, MANY])
def test_a_null_is_a_blank_and_a_column_that_is_absent_is_blank(copies: int) -> None:
    subjects = pa.table({"x": pa.array(["a", None, ""] * copies, pa.string())})
    assert by_value(subjects, ("x",), lambda x: x == "").tolist() == [False, True, True] * copies
    assert by_value(subjects, ("z", "x"), lambda z, x: not z and bool(x)).tolist() == [True, False, False] * copies
