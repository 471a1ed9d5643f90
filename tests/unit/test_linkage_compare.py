"""Names, dates, numbers and addresses compared: tables of named pairs."""

import numpy as np
import pyarrow as pa
import pytest

from narrowgate.domain import names
from narrowgate.linkage.address import CLOSED, Side, address_levels, gate
from narrowgate.linkage.compare import (
    Sides,
    birth_levels,
    given_levels,
    middle_levels,
    suffix_levels,
    surname_levels,
    tin_levels,
)
from narrowgate.linkage.given_names import are_forms, differ_by_sex_alone, given_names, roots
from narrowgate.linkage.standardise import NO_DATE, NO_TIN, days, standardise
from narrowgate.linkage.weights import LEVELS, Birth, Given, Middle, Suffix, Surname, Tin, weights
from narrowgate.linkage.words import dictionary, encode


def sides(*texts: str) -> tuple[Sides, np.ndarray]:
    words, (codes,) = encode([dictionary(pa.array(texts, pa.large_string()))])
    unknown = np.zeros(len(words.text), np.bool_)
    return Sides(words, words, unknown, unknown), codes


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("de la Cruz Jr.", ("DELACRUZ", "JR")),
        ("García-López", ("GARCIA LOPEZ", "")),
        ("van der Berg", ("VANDERBERG", "")),
        ("O'Brien III", ("OBRIEN", "III")),
        ("Ortega y Gasset", ("ORTEGA GASSET", "")),
        ("Junior", ("JUNIOR", "")),
        ("", ("", "")),
    ],
)
def test_surnames_are_brought_to_one_form(cell: str, expected: tuple[str, str]) -> None:
    assert names.surname(cell) == expected


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("Mary Ann", ("MARY", "ANN", "")),
        ("Dr. José", ("JOSE", "", "")),
        ("John Jr", ("JOHN", "", "JR")),
        ("J Robert", ("J", "ROBERT", "")),
        (" ", ("", "", "")),
    ],
)
def test_given_names_are_brought_to_one_form(cell: str, expected: tuple[str, str, str]) -> None:
    assert names.given(cell) == expected


def test_the_table_of_forms_is_large_sourced_and_consistent() -> None:
    table = given_names()
    assert len(table.formal) == len(set(table.formal)) >= 150
    assert are_forms("BILL", "WILL")
    assert are_forms("PAT", "PATRICK")
    assert are_forms("PAT", "PATRICIA")
    assert not are_forms("PATRICK", "PATRICIA")
    assert roots("XIOMARA") == ("XIOMARA",)
    assert "WILLIAM" in roots("BILL")


def test_no_formal_name_is_a_form_of_its_near_twin() -> None:
    formal = given_names().formal
    twins = [(a, b) for a in formal for b in formal if a < b and differ_by_sex_alone(a, b) and are_forms(a, b)]
    assert twins == []


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("MARY", "MARY", Given.EXACT),
        ("BOB", "ROBERT", Given.FORM),
        ("MARGARET", "MARGQRET", Given.SLIP),
        ("STEPHANIE", "STEHPANIE", Given.SLIP),
        ("J", "JAMES", Given.INITIAL),
        ("J", "J", Given.INITIAL),
        ("", "JAMES", Given.BLANK),
        ("", "", Given.BLANK),
        ("DANIEL", "DANIELLE", Given.DIFFERENT),
        ("ERIC", "ERICA", Given.DIFFERENT),
        ("MARIO", "MARIA", Given.DIFFERENT),
        ("FRANCIS", "FRANCES", Given.DIFFERENT),
        ("JADEN", "JAYDEN", Given.DIFFERENT),
        ("ZORANDO", "ZORANDA", Given.DIFFERENT),
        ("ENRIQUE", "EMILY", Given.DIFFERENT),
        ("AMY", "ANY", Given.DIFFERENT),
    ],
)
def test_given_names(one: str, other: str, level: Given) -> None:
    side, codes = sides(one, other)
    assert given_levels(side, codes[:1], codes[1:])[0] == level
    assert given_levels(side, codes[1:], codes[:1])[0] == level


def test_two_names_that_many_bear_are_no_slip_of_the_pen() -> None:
    side, codes = sides("KWAMENA", "KWAMINA")
    borne = np.ones(len(side.left.text), np.bool_)
    assert given_levels(side, codes[:1], codes[1:])[0] == Given.SLIP
    assert given_levels(Sides(side.left, side.right, borne, borne), codes[:1], codes[1:])[0] == Given.DIFFERENT


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("PENA VILLAREAL", "PENAVILLAREAL", Surname.EXACT),
        ("GARCIA LOPEZ", "GARCIA", Surname.PART),
        ("KLIMEK", "KLIMRK", Surname.SLIP),
        ("S", "SMITH", Surname.INITIAL),
        ("", "SMITH", Surname.BLANK),
        ("SMITH", "TOWNE", Surname.DIFFERENT),
    ],
)
def test_surnames(one: str, other: str, level: Surname) -> None:
    side, codes = sides(one, other)
    assert surname_levels(side, codes[:1], codes[1:])[0] == level


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("", "ANN", Middle.BLANK),
        ("A", "ANN", Middle.INITIAL),
        ("ANN", "ANN", Middle.EXACT),
        ("B ANN", "ANN", Middle.EXACT),
        ("CAROLINE", "CAROLINA", Middle.SLIP),
        ("A", "B", Middle.DIFFERENT),
    ],
)
def test_middle_names(one: str, other: str, level: Middle) -> None:
    side, codes = sides(one, other)
    assert middle_levels(side, codes[:1], codes[1:])[0] == level


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("", "", Suffix.BLANK),
        ("JR", "", Suffix.ONE_ABSENT),
        ("JR", "JR", Suffix.EXACT),
        ("JR", "II", Suffix.COMPATIBLE),
        ("JR", "SR", Suffix.DIFFERENT),
    ],
)
def test_suffixes(one: str, other: str, level: Suffix) -> None:
    side, codes = sides(one, other)
    assert suffix_levels(side, codes[:1], codes[1:])[0] == level


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("1980-03-04", "1980-03-04", Birth.EXACT),
        ("1980-03-04", "03/04/1980", Birth.EXACT),
        ("1980-03-04", "1980-04-03", Birth.DAY_AND_MONTH_SWAPPED),
        ("1980-03-04", "1981-03-04", Birth.ONE_PART_OFF),
        ("1960-03-04", "1960-03-05", Birth.ONE_PART_OFF),
        ("1980-03-04", "1981-03-05", Birth.DIFFERENT),
        ("", "1980-03-04", Birth.BLANK),
        ("", "", Birth.BLANK),
        ("not a date", "1980-03-04", Birth.BLANK),
    ],
)
def test_birth_dates(one: str, other: str, level: Birth) -> None:
    assert birth_levels(np.array([days(one)], np.int32), np.array([days(other)], np.int32))[0] == level


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        (123456789, 123456789, Tin.EXACT),
        (123456789, 123456788, Tin.ONE_SLIP),
        (123456789, 123456798, Tin.ONE_SLIP),
        (123456789, 123456987, Tin.DIFFERENT),
        (NO_TIN, 123456789, Tin.BLANK),
        (NO_TIN, NO_TIN, Tin.BLANK),
    ],
)
def test_tins(one: int, other: int, level: Tin) -> None:
    assert tin_levels(np.array([one], np.int32), np.array([other], np.int32))[0] == level


HOME = ("12 N Main St", "Apt 4", "Springfield", "IL", "62701")

SAME_PLACE = {
    "itself": HOME,
    "other case and words": ("12 north MAIN street", "#4", "springfield", "Illinois", "62701-1234"),
    "no direction": ("12 Main St", "Apt 4", "Springfield", "IL", "62701"),
    "no suffix": ("12 N Main", "Apt 4", "Springfield", "IL", "62701"),
    "no unit": ("12 N Main St", "", "Springfield", "IL", "62701"),
    "no zip": ("12 N Main St", "Apt 4", "Springfield", "IL", ""),
    "no city": ("12 N Main St", "Apt 4", "", "", "62701"),
    "slip in the street": ("12 N Mainn St", "Apt 4", "Springfield", "IL", "62701"),
    "slip in city and zip": ("12 N Main St", "Apt 4", "Springfeld", "IL", "62702"),
}
OTHER_PLACE = {
    "another number": ("14 N Main St", "Apt 4", "Springfield", "IL", "62701"),
    "another direction": ("12 S Main St", "Apt 4", "Springfield", "IL", "62701"),
    "another suffix": ("12 N Main Ave", "Apt 4", "Springfield", "IL", "62701"),
    "another unit": ("12 N Main St", "Apt 5", "Springfield", "IL", "62701"),
    "another street": ("12 N Maple St", "Apt 4", "Springfield", "IL", "62701"),
    "another town": ("12 N Main St", "Apt 4", "Salem", "OR", "97301"),
    "same town, other state": ("12 N Main St", "Apt 4", "Springfield", "OR", "97477"),
    "box": ("PO Box 12", "", "Springfield", "IL", "62701"),
    "zip alone": ("", "", "", "", "62701"),
    "no number": ("N Main St", "Apt 4", "Springfield", "IL", "62701"),
    "nothing": ("", "", "", "", ""),
}


def gate_of(one: tuple[str, ...], other: tuple[str, ...]) -> int:
    columns = ("address_line_1", "address_line_2", "city", "state", "zip")
    table = pa.table({name: [one[i], other[i]] for i, name in enumerate(columns)})
    rows = standardise(table, np.full(2, NO_DATE, np.int32))
    side = Side(rows.words, rows.addresses)
    return int(gate(address_levels(side, rows.address[:1], side, rows.address[1:]), weights())[0])


@pytest.mark.parametrize("name", SAME_PLACE)
def test_the_gate_is_open_for_spellings_of_one_address(name: str) -> None:
    assert CLOSED < gate_of(HOME, SAME_PLACE[name]) <= 0
    assert gate_of(SAME_PLACE[name], HOME) == gate_of(HOME, SAME_PLACE[name])


@pytest.mark.parametrize("name", OTHER_PLACE)
def test_the_gate_is_closed_for_other_addresses(name: str) -> None:
    assert gate_of(HOME, OTHER_PLACE[name]) == CLOSED
    assert gate_of(OTHER_PLACE[name], HOME) == CLOSED


@pytest.mark.parametrize(
    ("one", "other"),
    [("100 145th St", "100 146th St"), ("5 State Route 38", "5 State Route 83"), ("", ""), ("Main St", "Main St")],
)
def test_numbered_streets_and_blanks_never_pass_as_slips(one: str, other: str) -> None:
    place = ("", "Springfield", "IL", "62701")
    assert gate_of((one, *place), (other, *place)) == CLOSED


@pytest.mark.parametrize(
    ("one", "other", "is_open"),
    [
        (("PO Box 7", "62701"), ("P.O. BOX 7", "62701"), True),
        (("PO Box 7", "62701"), ("PO Box 8", "62701"), False),
        (("PO Box 7", "62701"), ("PO Box 7", "62799"), False),
        (("RR 2 Box 7", "62701"), ("Rural Route 2 Box 7", "62701"), True),
        (("RR 2 Box 7", "62701"), ("RR 3 Box 7", "62701"), False),
    ],
)
def test_boxes_and_routes(one: tuple[str, str], other: tuple[str, str], *, is_open: bool) -> None:
    found = gate_of((one[0], "", "Springfield", "IL", one[1]), (other[0], "", "Springfield", "IL", other[1]))
    assert (found > int(CLOSED)) == is_open


def test_a_weight_tells_its_level_apart_from_the_others() -> None:
    for name in LEVELS:
        table = weights().table[name].tolist()
        vetoes = [w for w in table if w == weights().veto]
        assert len(set(table)) == len(table)
        assert len(vetoes) <= 1


def test_frequencies_say_more_for_rare_names_and_little_in_a_small_snapshot() -> None:
    adjust = weights().given.adjust
    common, rare = adjust(np.array([30_000, 10]), 1_000_000)
    assert common < 0 < rare
    assert abs(int(adjust(np.array([1]), 2)[0])) <= 1000
