"""The ways of judging a million rows at once say what judging one row at a time says, cell for cell."""

import csv
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from narrowgate.domain.postal import is_sufficient, parse
from narrowgate.law import addresses, names, reasons
from narrowgate.law.values import by_value, coded


def words(text: str) -> st.SearchStrategy[str]:
    return st.sampled_from(text.split())


VECTORS = Path(__file__).parents[2] / "vectors" / "addresses"
ADDRESS = ("address_line_1", "address_line_2", "city", "state", "zip")
NUMBERS = st.sampled_from(
    ["1", "12", "4500", "22150", "0", "007", "123456", "1234567", "12A", "12-3", "1/2", "1.5", "ONE", ""]
)
WORDS = words("""
    MAPLE Oak N NW SAINT ST Ave CT CT. PR VA FL REAR APT UNIT # 4 4B STE LOT 12 77 BOX POBOX UNKNOWN Test NOWHERE RD HWY
    COUNTY CALLE 1ST FIRST THE DON'T DONT CARE SPRINGFIELD SALEM HARTFORD 22150 06101 AVENUE C X ZZ DEL GENERAL DELIVERY
    MISSING BROADWAY PH FLOOR B MAIN FAILED TO PROVIDE
""")
STREETS = st.lists(WORDS, max_size=6).map(" ".join)
LINES = st.one_of(
    st.builds(lambda number, rest: f"{number} {rest}", NUMBERS, STREETS),
    st.builds(lambda number, rest: f" {number}  {rest}, ", NUMBERS, STREETS),
    STREETS,
    st.text(max_size=12),
)
SECONDS = st.one_of(
    st.just(""), st.just("  "), LINES, st.sampled_from(["GENERAL DELIVERY", "Gen Del", "Apt 4", "Lista de correos"])
)
CITIES = st.sampled_from(["Springfield", "SALEM", "Hartford", "", "Unknown", "Toronto", "Twentynine Palms", "22150"])
STATES = st.sampled_from(["VA", "CT", "Connecticut", "pr", "", "XX", "ON", "Ontario", "N/A"])
ZIPS = st.sampled_from(["22150", "06101", "22150-1234", "", "00000", "99999", "A1A 1A1"])
ROWS = st.lists(st.tuples(LINES, SECONDS, CITIES, STATES, ZIPS), min_size=1, max_size=60)


def table(columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> pa.Table:
    return pa.table({name: pa.array([row[i] for row in rows], pa.string()) for i, name in enumerate(columns)})


def is_address(*cells: str) -> bool:
    return is_sufficient(parse(*cells))


@settings(deadline=None)
@given(ROWS)
@example([("12 HARTFORD CT", "", "Hartford", "CT", ""), ("12 MAIN HARTFORD CT", "", "Hartford", "CT", "")])
@example([("12 Maple St Apt 4 Unit 5 Lot 6", "", "Salem", "VA", ""), ("12 Maple Fl Apt 4", "", "Salem", "VA", "")])
@example(
    [
        ("12 ..", "", "Salem", "VA", ""),
        ("12 A.", "", "Salem", "VA", ""),
        ("12 Maple St", "General Delivery", "Salem", "VA", ""),
    ]
)
def test_addresses(rows: list[tuple[str, ...]]) -> None:
    assert addresses.stated(table(ADDRESS, rows)).tolist() == [is_address(*row) for row in rows]


@pytest.mark.parametrize("file", ["cases.csv", "holdout.csv"])
def test_every_labelled_address(file: str) -> None:
    with (VECTORS / file).open(encoding="utf-8", newline="") as stream:
        rows = [tuple(row[name] for name in ADDRESS) for row in csv.DictReader(stream)]
    assert len(rows) > 200
    assert addresses.stated(table(ADDRESS, rows)).tolist() == [is_address(*row) for row in rows]


NAMES = st.one_of(
    words("""
        Doe DOE doe. John jane Juan J Null NULL None NaN Na n/a Baby Boy Girl Man Ng O O'Brien Unknown unknown Son Child
        FNU LNU Mr Lady XXX A B. José 李 test Anna Maria-Luisa
    """),
    st.just("baby boy"),
    st.just(""),
    st.just("John Q"),
    st.text(max_size=8),
)


@settings(deadline=None)
@given(st.lists(st.tuples(NAMES, NAMES), min_size=1, max_size=60))
def test_names(rows: list[tuple[str, ...]]) -> None:
    found = names.stated(table(("surname", "given_name"), rows)).tolist()
    assert found == [names.is_name(*row) for row in rows]


PARTS = st.one_of(
    st.text("0123456789", max_size=7),
    words("""
        CR case No. unknown UN KN OWN N/A na none blah 814 70 77 26 962 -2026- _26_ O'26 f@iled 1n x the pending tbd
        é26 26é address of the person charged
    """),
    st.text("UNKOW269 '-", max_size=8),
)
TEXTS = st.lists(PARTS, max_size=7).flatmap(
    lambda parts: st.sampled_from([" ", "-", "", "/", ", "]).map(lambda between: between.join(parts))
)


@settings(deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=80))
@example(
    ["UN KN OWN 269", "UN KN OWN 26", "UN KN OWN 206", "O'26 O'29 x26", "26UNKNOWN29", "962 unknown", "222", "226 226"]
)
def test_reasons_and_case_numbers(cells: list[str]) -> None:
    rows = [(cell,) for cell in cells]
    assert reasons.reasons_stated(table(("reason",), rows)).tolist() == [reasons.is_reason(c) for c in cells]
    assert reasons.cases_stated(table(("case_number",), rows)).tolist() == [reasons.is_case_number(c) for c in cells]


@settings(deadline=None)
@given(st.lists(st.tuples(st.text("ab\x1f", max_size=3), st.sampled_from(["", "x", "y"])), max_size=40))
def test_by_value_judges_every_row_by_its_cells(rows: list[tuple[str, ...]]) -> None:
    asked: list[tuple[str, ...]] = []

    def judge(*cells: str) -> bool:
        asked.append(cells)
        return len("".join(cells)) % 2 == 1

    found = by_value(table(("one", "two"), rows), ("one", "two"), judge).tolist()
    assert found == [len("".join(row)) % 2 == 1 for row in rows]
    assert len(asked) == len(set(asked))


def test_a_column_that_is_absent_and_a_null_count_as_blank() -> None:
    subjects = pa.table({"one": pa.chunked_array([["a", None], ["b"]])})
    assert by_value(subjects, ("one", "two"), lambda one, two: one == "" and two == "").tolist() == [False, True, False]
    assert coded(pa.array([None, "x"])).map(len, "int64").tolist() == [0, 1]
    nothing = pa.table({"one": pa.array([], pa.string())})
    assert by_value(nothing, ("one",), bool).tolist() == []
    assert addresses.stated(nothing).tolist() == []
    assert names.stated(nothing).tolist() == []
    assert reasons.cases_stated(nothing).tolist() == []
