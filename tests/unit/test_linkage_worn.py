"""Damaged writing: what is read through, and what is another's; tables of named cases, and what holds for all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.domain.postal import parse
from narrowgate.domain.postal_street import lone_unit
from narrowgate.linkage.postal_worn import legible, worn_address
from narrowgate.linkage.romanised import are_romanisations, romanised
from narrowgate.linkage.streets import OTHER, SAME, SLIP, WORN, street_level

STREETS = {
    "a direction left out": ("N MAIN ST", "MAIN ST", SAME),
    "an ordinal's ending left out": ("33RD ST", "33 ST", SAME),
    "an ordinal's ending worn": ("19TH ST", "19DH ST", SAME),
    "words run together": ("LAKE WOOD DR", "LAKEWOOD DR", SAME),
    "double v for w": ("COTTON ROW", "COTTON ROVV", SAME),
    "two letters transposed": ("MAIN ST", "MIAN ST", SLIP),
    "a suffix misspelt": ("BEAR CUB LN", "BEAR CUB KANE", SLIP),
    "a suffix left out beside a slip": ("MAPLE ST", "MAPEL", SLIP),
    "two words worn": ("PASEO DE VACA CIR", "PASEO DE VAXA CIRCIE", WORN),
    "another suffix": ("OAK ST", "OAK AVE", OTHER),
    "another direction": ("N OAK ST", "S OAK ST", OTHER),
    "a direction that may be either": ("NW 165TH ST", "NORTHAEST 165TH ST", OTHER),
    "the next street": ("145TH ST", "146TH ST", OTHER),
    "a digit mistaken": ("W 2ND AVE", "W 1ND AVE", OTHER),
    "three letters": ("ELM ST", "ELK ST", OTHER),
    "nothing alike": ("MAIN ST", "OAK ST", OTHER),
}
UNITS = {
    "a worn designator": ("APRT NO 41 B", "41B"),
    "a number and a floor": ("# 2 FLOOR", "2"),
    "an ordinal floor": ("8TH FLOOR AP 505", "8505"),
    "a place in the house": ("UPSTAIRS ROOM 494", "UP494"),
    "letters apart": ("UNIT # A 2", "A2"),
    "Spanish": ("APARTAMENTO 201", "201"),
    "a slip in the designator": ("APARTMNT 12", "12"),
    "a person": ("C/O JOHN SMITH", ""),
    "a business": ("SMITH AUTO PARTS", ""),
    "a note": ("DO NOT MAIL 2", ""),
    "nothing": ("", ""),
}
NO_UNIT_BEHIND = {
    "a numbered road": ("12 COUNTY ROAD 12", "COUNTY RD 12"),
    "a highway": ("12 HWY 9", "HWY 9"),
    "a lettered avenue": ("12 AVENUE U", "AVE U"),
    "a street called like a designator": ("12 FLAT ROCK RD", "FLAT ROCK RD"),
    "a French saint": ("9 STE GENEVIEVE AVE", "STE GENEVIEVE AVE"),
}
WORN_LINES = {
    "a number alone": ("17868", "17868", ""),
    "letters for digits": ("1OO38 14TH AVE S", "10038", "14TH AVE S"),
    "a street alone": ("ZORACH PL", "", "ZORACH PL"),
    "a bar": ("||8", "118", ""),
    "a word": ("BOX", "", "BOX"),
    "blank": ("", "", ""),
}
NUMBERS = {
    "a letter between digits": ("1S17", "1517"),
    "a letter behind": ("12B", "12B"),
    "a grid": ("N6W23001", "N6W23001"),
    "a range": ("65-10", "65-10"),
    "a fraction": ("12 1/2", "12 1/2"),
}
ONE_SURNAME = {
    "ov and off": ("PETROV", "PETROFF"),
    "w for v": ("KOWALSKI", "KOVALSKY"),
    "an umlaut spelt out": ("MUELLER", "MULLER"),
    "tch": ("TCHAIKOVSKY", "CHAIKOVSKII"),
    "sch": ("SCHMIDT", "SHMIDT"),
    "tz": ("MOSKOWITZ", "MOSKOVITS"),
}
TWO_SURNAMES = {
    "a vowel": ("ANDERSEN", "ANDERSON"),
    "a consonant": ("GARCIA", "GARZA"),
    "too short": ("KHAN", "HAN"),
    "brown": ("BROWN", "BRAUN"),
}
words = st.lists(st.sampled_from(["N", "MAIN", "OAK", "2ND", "145TH", "ST", "AVE", "LAKE", "WOOD", "SW"]), min_size=1)


@pytest.mark.parametrize("name", STREETS)
def test_streets(name: str) -> None:
    one, other, level = STREETS[name]
    assert street_level(one, other) == street_level(other, one) == level


@given(words, words)
def test_streets_of_other_numbers_are_other_streets(one: list[str], other: list[str]) -> None:
    numbers = [[w for w in street if w[0].isdigit()] for street in (one, other)]
    if numbers[0] != numbers[1]:
        assert street_level(" ".join(one), " ".join(other)) == OTHER


@pytest.mark.parametrize("name", UNITS)
def test_units_on_a_line_of_their_own_and_behind_the_street(name: str) -> None:
    typed, unit = UNITS[name]
    assert lone_unit(typed).replace(" ", "") == unit
    if unit:
        behind = parse(f"12 MAIN ST {typed}", "", "SALEM", "OR", "97301")
        assert (behind.street, behind.unit.replace(" ", "")) == ("MAIN ST", unit)


@pytest.mark.parametrize("name", NO_UNIT_BEHIND)
def test_no_unit(name: str) -> None:
    typed, street = NO_UNIT_BEHIND[name]
    found = parse(typed, "", "SALEM", "OR", "97301")
    assert (found.street, found.unit) == (street, "")


@pytest.mark.parametrize("name", WORN_LINES)
def test_lines_that_are_no_address(name: str) -> None:
    line, number, street = WORN_LINES[name]
    found = worn_address(line, "", "SALEM", "OR", "97301")
    assert (found.number, found.street, found.zip5) == (number, street, "97301")


@pytest.mark.parametrize("name", NUMBERS)
def test_scanned_numbers(name: str) -> None:
    typed, number = NUMBERS[name]
    assert legible(typed) == number


@pytest.mark.parametrize("name", ONE_SURNAME)
def test_one_surname_romanised_twice(name: str) -> None:
    assert are_romanisations(*ONE_SURNAME[name])


@pytest.mark.parametrize("name", TWO_SURNAMES)
def test_two_surnames(name: str) -> None:
    assert not are_romanisations(*TWO_SURNAMES[name])


@given(st.text(alphabet="ABCDEFGHIJKLMNOPQRSTUVWXYZ", max_size=24))
def test_romanising_makes_no_surname_longer_nor_blank(surname: str) -> None:
    assert len(romanised(surname)) <= max(len(surname), 3)
    assert bool(romanised(surname)) == bool(surname)
