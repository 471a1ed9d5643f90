"""Columns standardised at batch speed say of every row what its cells say by themselves, whatever stands in them."""

import csv
import itertools
from collections.abc import Sequence
from dataclasses import fields

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from test_law_addresses import ADDRESS, CELLS, LABELLED, LINE_WORDS, LINES, PLACES, SECONDS

from narrowgate.domain.postal import is_sufficient
from narrowgate.domain.postal_words import NUMBER_WORDS, STATES
from narrowgate.linkage.by_row import FEW
from narrowgate.linkage.postal_columns import parsed
from narrowgate.linkage.standardise import KINDS, NO_DATE, NO_TIN, Addresses, Standardised, standardise, tins
from narrowgate.linkage.words import BLANK

ORDINARY = [(f"{number} Main St", "", "Springfield", "VA", "22150") for number in range(1, 2 + FEW)]
Row = tuple[str, ...]
Said = tuple[str | bool, ...]
"""Kind, whether sufficient, and the strings of ``PostalAddress`` from number to ZIP Code, the unit without spaces."""

MORE_LINES = [
    "", " ", "\t", "12 3.5 Main St", "12 -5 Main St", "3.5 Main St", "12 ½ Main St", "12\u00a0Main St", "12\tMain St",
    "12 Main St\n", "12\nMain St", "00501 Broadway", "501 Broadway", "22150 Broadway", "92277 Palms", "29 Twentynine",
    "12345 Virginia St", "123456 Virginia", "12 USA", "12 BroadwayUSA", "12 VA Beach", "12 22150 Rd", "12 Ct VA 22150",
    "12 Main Springfield 22150-1234", "12 Oak Springfield-VA", "12 Oak Springfield - VA", "12 Springfield VA VA VA",
    "12 A B VA NE 5", "12 Main Box", "12 Boxwood Ln", "12 Main St # 4", "12 #4 Main St", "12 Main St B", "12 Main B 4",
    "12 N 4th St Fl 2 Apt 9", "12 Old Main", "12 Old Old Main Old", "Unknown VA 22150", "Main St", "Main St Apt 9",
    "Springfield Main", "Old Mill Springfield", "Homeless Springfield", "N6W23001 Main St", "W 4", "4 W", "One VA",
    "Two Rivers Rd", "co One Rd", "attn Box 12", "Urb Sol Box 12", "c/o RR 2 Box 15", "PO Box 12 Springfield VA",
    "PSC 1 Box", "UNIT 9", "UNIT 9 Box 12", "Apt 9", "Apt 9 Box 12", "Box A", "Box X", "12 Box", "Gen Delivery", "12 ?",
    "مرحبا", "12 مرحبا", "12 Main St 🏠", "🏠", "12 🏠 St", "\u202e12 Main St", "12\u202e Main St", "１２ Main St",
    "1S17 Main St", "1O Main St", "O12 Main", "l2 Main St", "12|4 Main St", "12 |4 Main St", "S5", "5S Main",
    "12 VA VA", "12 22150 VA", "12 VAUSA", "12 Main St Springfield 7 VA 9", "12 Springfield Pl 7 VA 9 CT",
    "Apt 4 22150 Springfield", "Apt 4 22150 Main", "12 Old Springfield CT CT", "12 Old Springfield 9 CT",
    "Calle Sol Unknown Falls PR 12", "One Sol Unknown Falls VA 9", "12 Oak Springfield 7 CT 9 Ct",
    "12 Main St Apt 714", "12 Main St, Apt. 714", "12 Main St #714", "12 Main St # 714", "12 Main St Apt #714",
    "12 Main St Apt 0714", "12 Main St Apt 71400", "12 Main St Apt 714000", "12 Apt 714", "12 # 714",
    "12 Bldg 2 Apt 714",
    "12 Main St Bldg 2 Apt 714", "12 Main St Apt Apt 714", "12 Main Apt 714", "12 Main Ct Unit 714", "12 Lot Apt 714",
    "12 Unknown St Apt 714", "12 Unknown Apt 714", "12 Hwy 441 Ste 714", "12 Hwy Unit 714", "12 County Rd # 714",
    "12 Main St Apt 4 # 714", "12 Main St Apt B # 714", "12 PO Box # 714", "22150 Broadway Apt 714", "12 5th Suite 714",
    "12 Main St Fl 3 Unit 714", "12 Main St Rear # 714", "12 Old Apt 714", "12 Main St Nr Apt 714", "12 Ste 5 Ste 714",
    "12 Springfield VA # 714", "12 Main St Springfield VA # 714", "12 Main St C/O Apt 714", "12 Main St Apt. # 714",
    "12 " + "Long " * 900 + "St", "9" * 5000, "A" * 5000,
]  # fmt: skip
MORE_SECONDS = ["Bldg 2 Apt 9", "4 B", "Fl 2 # 9", "Gen Del", "Springfield VA 22150", "🏠", "A" * 5000]
MORE_PLACES = [
    ("Twentynine Palms", "CA", "92277"), ("Broadway", "VA", "22815"), ("Virginia Beach", "VA", "23450"),
    ("B", "VA", ""), ("Old", "CT", "06371"), ("Main", "", "22150"), ("Springfield VA", "VA", "22150"),
    ("Ciudad Juárez", "Chihuahua", "32000"), ("México", "", "06000"), ("N/A", "VA", "22150"), ("🏠", "🏠", "🏠"),
    ("A" * 5000, "VA", "2" * 5000), ("12345", "VA", ""), ("Springfield", "Virginia", "22150 1234"), ("", "PR", "00501"),
    ("Springfield", "CT", ""), ("Unknown Falls", "PR", "00901"), ("Unknown Falls", "VA", "22150"), ("", "VA", "06371"),
    ("Cotton Exchange", "XX", " 22150 "), ("St Paul", "MN", "99950"), ("st. paul", "mn", "99951"),
]  # fmt: skip


def said_of(cells: Row) -> Said:
    """What the whole address says by itself: ``parse``, and what can be read of what is no address."""
    address = parsed(*cells)
    unit = "".join(address.unit.split())
    strings = (address.number, address.street, unit, address.box, address.route)
    return (address.kind, is_sufficient(address), *strings, address.city, address.state, address.zip5)


def standardised(rows: Sequence[Row], cut: int = 0) -> Standardised:
    """Rows in two chunks where ``cut`` is within them."""
    table = pa.table({name: pa.array([row[n] for row in rows], pa.string()) for n, name in enumerate(CELLS)})
    born = np.full(len(rows), NO_DATE, np.int32)
    return standardise(pa.concat_tables([table.slice(0, cut), table.slice(cut)]), born)


def columns_say(found: Standardised) -> list[Said]:
    """What the columns say of each row."""
    home, at = found.addresses, found.address
    named = ("number", "street", "unit", "box", "route", "city", "state", "zip5")
    spelt = [found.words.spell(getattr(home, name)[at]) for name in named]
    kinds = [KINDS[kind] for kind in home.kind[at]]
    return list(zip(kinds, home.sufficient[at].tolist(), *spelt, strict=True))


def differing(rows: Sequence[Row], cut: int = 0) -> list[tuple[Row, Said, Said]]:
    """The rows of which the columns say something else than the whole address, among too many to be read one by one."""
    among = [*rows, *ORDINARY]
    found = columns_say(standardised(among, cut))
    pairs = zip(among, found, map(said_of, among), strict=True)
    return [(row, ours, wanted) for row, ours, wanted in pairs if ours != wanted]


def test_every_named_line_says_in_every_place_what_it_says_by_itself() -> None:
    places = PLACES[::3] + MORE_PLACES
    rows = [(line, "", *place) for line, place in itertools.product(LINES + MORE_LINES, places)]
    assert differing(rows, len(rows) // 3) == []


def test_every_named_second_line_adds_what_it_adds_by_itself() -> None:
    places = [PLACES[0], PLACES[13], MORE_PLACES[0]]
    lines = LINES[::4] + MORE_LINES[::2]
    rows = [
        (line, second, *place)
        for line, second, place in itertools.product(lines, [*SECONDS, *MORE_SECONDS, *LINES[::7]], places)
    ]
    assert differing(rows) == []


@pytest.mark.parametrize("name", ["cases", "holdout", "dressed-1", "dressed-2"])
def test_every_labelled_address_says_what_it_says_by_itself(name: str) -> None:
    with (LABELLED / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        rows: list[Row] = [tuple(line[cell] for cell in CELLS) for line in csv.DictReader(stream)]
    elsewhere = [(*row[:2], *place) for row in rows for place in MORE_PLACES[:4]]
    assert len(rows) > 30
    assert differing(rows + elsewhere) == []


TOWNS = st.lists(LINE_WORDS | st.sampled_from(sorted(NUMBER_WORDS)), min_size=1, max_size=3)


@st.composite
def town_in_the_line(draw: st.DrawFn) -> Row:
    """A line that repeats its place, or nearly: where the parts of an address do not add up."""
    town, state = " ".join(draw(TOWNS)), draw(st.sampled_from(sorted(STATES)))
    zip5 = draw(st.sampled_from(["22150", "00501", "06371", ""]))
    number = draw(st.sampled_from(["12", "22150", "00501", "6371", "06371", "One", ""]))
    by = st.sampled_from([" ", " ", "-", ", "])
    pieces = [number, *draw(st.lists(LINE_WORDS, max_size=2)), town, draw(st.sampled_from(["", state, "VA"])), zip5]
    pieces += draw(st.sampled_from([[], [], ["Apt 714"], ["Apt 7"], ["# 7"], ["Bldg 7", "# 714"], ["Apt", "Unit 714"]]))
    line = "".join(piece + draw(by) for piece in pieces if piece)
    return line, draw(st.sampled_from(SECONDS)), draw(st.sampled_from([town, town[:1], town + " Old"])), state, zip5


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(ADDRESS | town_in_the_line(), max_size=40), st.integers(0, 40))
@example([("12 Main St Springfield VA 22150", "", "Springfield", "VA", "22150")], 1)
@example([], 0)
def test_any_addresses_say_what_they_say_by_themselves(rows: Sequence[Row], cut: int) -> None:
    assert differing(rows, min(cut, len(rows))) == []


@pytest.mark.long
@settings(max_examples=1500, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(ADDRESS | town_in_the_line(), max_size=60))
def test_any_addresses_say_what_they_say_by_themselves_at_length(rows: Sequence[Row]) -> None:
    assert differing(rows) == []


@settings(max_examples=100)
@given(st.lists(st.tuples(*[st.text(max_size=12)] * 5), max_size=20))
def test_any_text_says_what_it_says_by_itself(rows: Sequence[Row]) -> None:
    assert differing(rows) == []


@pytest.mark.parametrize(
    ("street", "parts"),
    [
        ("N Main St", ("N", "MAIN", "ST")), ("Main St SW", ("SW", "MAIN", "ST")), ("S 200 E", ("S E", "200", "")),
        ("N North St", ("N", "NORTH", "ST")), ("North St", ("N", "ST", "")), ("Broadway", ("", "BROADWAY", "")),
        ("Avenue of the Americas", ("", "AVE OF THE AMERICAS", "")), ("E Calle Sol", ("E", "CALLE SOL", "")),
        ("Park Ave Rd", ("", "PARK AVE", "RD")), ("", ("", "", "")),
    ],
)  # fmt: skip
def test_a_street_falls_into_direction_core_and_suffix(street: str, parts: tuple[str, str, str]) -> None:
    found = standardised([(f"12 {street}", "", "", "", "22150")])
    home = found.addresses
    said = [found.words.spell(getattr(home, name))[0] for name in ("direction", "core", "street_suffix")]
    assert tuple(said) == parts


# --- row by row -------------------------------------------------------------------------------------------------------

CELL = st.sampled_from(
    ["", None, "Jr", "Smith Jr", "de la Cruz", "Mary Ann", "J", "José", "Dr. John", "II", "MD", "é", "🏠"]
)
PERSON = st.fixed_dictionaries(
    dict.fromkeys(("given_name", "middle_name", "surname", "suffix"), CELL)
    | {"tin": st.sampled_from([None, "", "900123456", "900-12-3456"])}
)


@settings(max_examples=100)
@given(st.lists(st.tuples(PERSON, ADDRESS), min_size=1, max_size=6))
def test_a_few_rows_one_by_one_are_coded_as_among_many(rows: list[tuple[dict[str, str | None], Row]]) -> None:
    cells = [person | dict(zip(CELLS, address, strict=True)) for person, address in rows]
    few = pa.table({name: pa.array([row[name] for row in cells], pa.string()) for name in cells[0]})
    many = pa.concat_tables([few] * (FEW + 1))
    one = standardise(few, np.full(len(few), NO_DATE, np.int32))
    other = standardise(many, np.full(len(many), NO_DATE, np.int32))
    assert one.words.text.equals(other.words.text)
    assert np.array_equal(one.words.hashes, other.words.hashes)
    for of_one, of_other in ((one.names, other.names), (one.addresses, other.addresses)):
        for field in fields(of_one):
            column, among = getattr(of_one, field.name), getattr(of_other, field.name)
            assert column.dtype == among.dtype
            assert np.array_equal(column, among[: len(column)])
    assert len(one.addresses.kind) == len(other.addresses.kind)
    assert np.array_equal(np.tile(one.address, FEW + 1), other.address)


@pytest.mark.parametrize("rows", [0, 1, FEW, FEW + 1])
def test_columns_that_are_absent_are_blank(rows: int) -> None:
    found = standardise(pa.table({"row": [str(n) for n in range(rows)]}), np.full(rows, NO_DATE, np.int32))
    assert found.words.text.to_pylist() == [""]
    assert found.address.tolist() == [0] * rows
    assert found.names.tin.tolist() == [NO_TIN] * rows


# --- numbers ----------------------------------------------------------------------------------------------------------


def number_by_itself(cell: str | None) -> int:
    """Nine ASCII digits that can be a number at all."""
    digits = "".join(c for c in cell or "" if c in "0123456789")
    if len(digits) != 9 or len(set(digits)) == 1 or digits[:3] == "000" or digits[5:] == "0000":
        return NO_TIN
    return int(digits)


NAMED_NUMBERS = [
    "", None, "900-12-3456", "900123456", " 9 0 0 1 2 3 4 5 6 ", "90012345", "9001234567", "000123456", "001000001",
    "900120000", "111111111", "999999999", "999999998", "٩٠٠١٢٣٤٥٦", "900-12-345é6", "🏠900123456", "x" * 5000,
    "9" * 5000, "900 12 3456\n", "900123456.0",
]  # fmt: skip


@settings(max_examples=200)
@given(st.lists(st.none() | st.text("0123456789-. é", max_size=14) | st.sampled_from(NAMED_NUMBERS), max_size=30))
@example(NAMED_NUMBERS)
@example([])
def test_any_numbers_of_taxpayers_are_read_as_by_themselves(cells: list[str | None]) -> None:
    wanted = [number_by_itself(cell) for cell in cells]
    assert tins(pa.array(cells, pa.string())).tolist() == wanted
    assert tins(pa.array(["900123456", *cells], pa.large_string()).slice(1)).tolist() == wanted


def test_words_are_those_of_some_row_and_every_address_is_some_rows() -> None:
    found = standardised(
        [("12 Main St", "Apt 4", "Springfield", "VA", "22150"), ("12 main st.", "#4", "SPRINGFIELD", "va", "22150")]
    )
    assert len(found.addresses.kind) == 1
    assert found.words.text.to_pylist() == sorted(found.words.text.to_pylist())
    used = {BLANK} | {int(c) for f in fields(Addresses)[2:] for c in getattr(found.addresses, f.name)}
    assert used == set(range(len(found.words.text)))
