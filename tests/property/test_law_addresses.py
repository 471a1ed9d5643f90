"""Addresses judged for all rows at once are judged as each by itself, whatever stands in the cells."""

import csv
import itertools
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from narrowgate.domain.postal import is_sufficient, parse
from narrowgate.domain.postal_street import parse_street
from narrowgate.domain.postal_words import LONE_UNITS, STATES, SUFFIXES, UNITS
from narrowgate.law import addresses
from narrowgate.law.values import Bools

Row = tuple[str, ...]
CELLS = ("address_line_1", "address_line_2", "city", "state", "zip")
ORDINARY = [(f"{number} Main St", "", "Springfield", "VA", "22150") for number in range(1, 100)]
LABELLED = Path(__file__).parents[2] / "vectors" / "addresses"


def is_address(*cells: str) -> bool:
    return is_sufficient(parse(*cells))


def words(text: str) -> list[str]:
    return text.split()


def table(columns: tuple[str, ...], rows: Sequence[Row], cut: int = 0) -> pa.Table:
    """Rows as a table, in two chunks where ``cut`` is within them."""
    whole = pa.table({name: pa.array([row[n] for row in rows], pa.string()) for n, name in enumerate(columns)})
    return pa.concat_tables([whole.slice(0, cut), whole.slice(cut)])


def differing(found: Bools, rows: Sequence[Row], wanted: list[bool]) -> list[Row]:
    """The rows on which a vector and the judge disagree."""
    assert found.dtype == np.bool_
    return [row for row, one, other in zip(rows, found.tolist(), wanted, strict=True) if one is not other]


def wrong_addresses(rows: Sequence[Row], cut: int = 0) -> list[Row]:
    """The rows that are judged otherwise than by themselves, among so many others that none is judged one by one."""
    among = [*rows, *ORDINARY]
    found = addresses.stated(table(CELLS, among, cut))
    return differing(found, among, [is_address(*row) for row in among])


# --- addresses -------------------------------------------------------------------------------------------------------

PLACES = [
    ("Springfield", "VA", "22150"), ("Springfield", "VA", ""), ("Springfield", "", "22150-1234"), ("", "", "22150"),
    ("Springfield", "", ""), ("", "VA", ""), ("", "", ""), ("Unknown", "XX", "22150"), ("Toronto", "ON", "22150"),
    ("Mexico", "", "22150"), ("", "Ontario", "22150"), ("", "", "00000"), ("", "", "221501234"),
    ("Main", "CT", "06001"), ("Maple", "CT", ""), ("Oak St", "NE", "68001"), ("Apt", "VA", "9"), ("12", "VA", "12"),
    ("Old Apt", "FL", "33101"), ("Broadway", "NY", ""), ("Bro", "NY", ""), ("Rd", "KY", "53"), ("Virginia", "VA", ""),
    ("Unit", "", "22150"), ("Twentynine Palms", "CA", "92277"), ("Calle Sol", "PR", "00901"),
    ("San Juan", "PR", "00901"), ("#", "VA", ""),
]  # fmt: skip
SECONDS = [
    "", " ", "Apt 9", "#4", "-", "General Delivery", "PO Box 4", "Unknown", "12 Oak Ave", "Box 15", "é", "??",
]  # fmt: skip
LINES = [
    "12 Maple Ct", "12 Old Springfield CT", "12 Main St Springfield VA 22150", "12 Main St Springfield VA", "1 Main",
    "12 Main St Springfield 22150-1234", "12 Oak St NE", "12 Main Oak St NE", "12 County Road 12", "12 County Rd 53",
    "12 Main St Apt 9", "12 Main St Apt Apt 9", "12 Unknown St Apt 9", "12 Unknown Apt 9", "12 Main Apt #9", "15 E",
    "12 Main St, Apt. 9", "12 Main St #9", "12 Main St # 9", "12 Lot Apt 9", "12 Main Ct VA 9",
    "12 Main St Unit 22150", "12345 Virginia", "22150 Springfield VA", "22150 Springfield", "29 Palms", "100 Broadway",
    "100 Broadwayx USA", "12345", "12345-6789", "012 Main St", "0 Main St", "0000000 Main St", "1234567 Main St",
    "123456 Main St", "12A Main St", "12Main St", "12  Main   St", " 12 Main St", "12 Main St ", "12-14 Main St",
    "12 - 14 Main St", "12 1/2 Main St", "12½ Main St", "12.5 Main St", "-12 Main St", "12 'Main St", "12 O'Brien Ct",
    "12 .Main St", "12 #9", "12 Apt 9", "12 Main St PO Box 9", "12 Box 9", "12 PO Box 9", "PO Box 9", "PO Box 0",
    "PO Box 00900", "PO Box 90000", "BOX12", "PO Box 1234567", "RR 2 Box 15", "RR 0 Box 15", "RR 2 Box 150", "RR 2",
    "HC 1 Box 33333", "PSC 802 Box 74", "General Delivery", "One Main St", "ONE", "One", "Tower One Main St",
    "c/o One Main St", "Calle Sol 12", "Calle Springfield VA 22150", "Calle Unknown San Juan PR 12", "Calle 12",
    "A17 Calle Sol", "N6W23001 Bluemound Rd", "Carr 116 Km 3.2", "Carr 116 Km 32", "Urb Las Gladiolas 150 Calle A",
    "Urb Las Gladiolas 150", "c/o Jane 12 Main St", "c/o Jane 12345", "Apt 4 123 Main St", "Apt B Houston 12345",
    "Apt B One 12345", "Houston TX 77001", "ZIP 12345", "Don't Care 12345", "Unknown", "Failed to Provide", "?", "??",
    "12 ??", "12 Main St ??", "Ж", "12 Ж St", "12 Peña Blvd", "12 f@iled", "12 N/A", "12 Main/Oak St",
    "12 Main-Oak St", "3 miles north of Main St", "7 Nowhere Rd", "12 No Name Rd", "12 St", "12 CT", "12 VA",
    "12 Springfield VA", "12 Springfield Ave", "12 Springfield CT", "12 US Highway 12", "",
    "12 Avenue of the Americas", "12 Broad St Fl 9", "12 Main St Rear", "12 Main St Suite 100", "12 Main St APT.9",
]  # fmt: skip
LINE_WORDS = st.sampled_from(
    words(
        "12 1 053 22150 123456 1234567 12A 0 9 53 101 MAIN Maple Springfield Old St Ave Ct CT NE VA KY Rd Road Hwy "
        "County US Apt APT Unit # #9 Box BOX PO RR One ONE Calle CALLE Broadway Unknown Failed to Provide No Name N W "
        "c/o Urb - , . ' 1/2 ½ é Ж ?? Km Lot Suite Ste San Juan PR E Delivery General Virginia TX of miles USA Palms"
    )
)
ANY_LINE = st.lists(st.tuples(LINE_WORDS, st.sampled_from([" ", " ", " ", "", "  ", "-", ", "])), max_size=6).map(
    lambda parts: "".join(word + by for word, by in parts)
)
ANY_PLACE = st.sampled_from(PLACES) | st.tuples(
    st.lists(LINE_WORDS, max_size=2).map(" ".join),
    st.sampled_from(["", "VA", "CT", "ne", "Virginia", "PR", "ON", "x"]),
    st.sampled_from(["", "22150", "22150-1234", "12", "00901", "12345", "99999", "22150 1234", "x"]),
)
ADDRESS = st.tuples(ANY_LINE | st.sampled_from(LINES), ANY_LINE | st.sampled_from(SECONDS), ANY_PLACE).map(
    lambda parts: (parts[0], parts[1], *parts[2])
)


def test_every_line_is_judged_as_by_itself_beside_every_second_line_in_every_place() -> None:
    rows = [(line, second, *place) for line, second, place in itertools.product(LINES, SECONDS, PLACES)]
    assert wrong_addresses(rows, len(rows) // 3) == []


def test_every_labelled_address_is_judged_as_by_itself_in_its_own_place_and_in_others() -> None:
    rows: list[Row] = []
    for name in ("cases.csv", "holdout.csv"):
        with (LABELLED / name).open(encoding="utf-8", newline="") as stream:
            rows += [tuple(line[cell] for cell in CELLS) for line in csv.DictReader(stream)]
    assert len(rows) > 900
    elsewhere = [(*row[:2], *place) for row in rows for place in PLACES[::4]]
    assert wrong_addresses(rows + elsewhere, 7) == []


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(ADDRESS, max_size=40), st.integers(0, 40))
@example([("12 Main St Springfield VA 22150", "", "Springfield", "VA", "22150")], 1)
def test_any_addresses_are_judged_as_by_themselves(rows: Sequence[Row], cut: int) -> None:
    assert wrong_addresses(rows, min(cut, len(rows))) == []


@pytest.mark.long
@settings(max_examples=6000, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(ADDRESS, max_size=60))
def test_any_addresses_are_judged_as_by_themselves_at_length(rows: Sequence[Row]) -> None:
    assert wrong_addresses(rows) == []


def test_a_suffix_is_no_designator_so_a_unit_behind_one_is_split_off_and_changes_nothing() -> None:
    assert not set(SUFFIXES) & {*UNITS.split("|"), *LONE_UNITS.split("|"), *STATES.values()} - set(STATES.values())
    for suffix, unit in itertools.product(SUFFIXES, ("APT 9", "UNIT 12", "STE 100", "SUITE 1", "#9", "# 9", "APT #9")):
        with_unit, without = parse_street(f"MAIN {suffix} {unit}"), parse_street(f"MAIN {suffix}")
        assert with_unit is not None
        assert without is not None
        assert (with_unit.text, with_unit.named) == (without.text, without.named)


def test_a_place_that_has_no_column_is_blank() -> None:
    rows = pa.table({"address_line_1": ["12 Main St", "PO Box 9", "12 Main"], "zip": ["22150", "", "22150"]})
    assert addresses.stated(rows).tolist() == [True, False, True]
    assert addresses.stated(pa.table({"row": ["1", "2"]})).tolist() == [False, False]
    assert addresses.stated(table(CELLS, [])).tolist() == []
