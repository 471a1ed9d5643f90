"""Whom an order protects by name, and which rows that reaches: a table of spellings."""

import hashlib
import hmac
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from kit import AGENCY, BASIS
from narrowgate.domain.circumstances import Stay
from narrowgate.domain.errors import InvalidInput
from narrowgate.domain.request import SUBJECT_COLUMNS, Admitted, RequestHead
from narrowgate.flow.protected import COLUMNS, MOST, read_person, read_persons
from narrowgate.flow.reaching import (
    Protected,
    Said,
    in_force,
    meets,
    person_keys,
    persons_of,
    persons_reached,
    reached_by_name,
    rows_reached,
    tin_digits,
)
from narrowgate.intake.typed import typed_columns

NOW = datetime(2026, 7, 1, tzinfo=UTC)
HEAD = RequestHead(
    "r-1", "c", AGENCY, BASIS, "o", "n", NOW, "criminal_investigation", "8 USC 1253(a)(1)", "a", None, "", {}, "d"
)


def pseudonym(purpose: str, value: bytes) -> bytes:
    """Keyed as the keystore does it."""
    return hmac.digest(purpose.encode(), value, "sha256")[:16]


def admitted(*rows: dict[str, str]) -> Admitted:
    """A request of these rows."""
    blank = dict.fromkeys(SUBJECT_COLUMNS, "")
    subjects = pa.Table.from_pylist(
        [blank | row for row in rows], pa.schema([(c, pa.string()) for c in SUBJECT_COLUMNS])
    )
    well_formed = pa.array([True] * len(rows), pa.bool_())
    return Admitted(HEAD, subjects, typed_columns(subjects)[0], well_formed, True, {}, NOW)


def stay(*persons: Protected, **scope: Any) -> Stay:
    """A stay that protects these persons."""
    keys = sorted({key.hex() for person in persons for key in person_keys(person, pseudonym)})
    return Stay("S", "a court", "1", NOW.date(), NOW, persons=tuple(keys), **scope)


MARIA = Protected("Garcia Lopez", "María Elena", date(1980, 2, 3), "900-12-3456")
NAME = {"surname": "Garcia Lopez", "given_name": "Maria"}
BORN, OTHERS = {"date_of_birth": "1980-02-03"}, {"date_of_birth": "1981-02-04"}
SPELT: dict[str, tuple[Protected, dict[str, str], bool]] = {
    # name: (the person of the order, the row, whether it is reached)
    "as the order names her": (MARIA, NAME | BORN, True),
    "in capitals, with marks": (MARIA, {"surname": "GARCÍA-LÓPEZ", "given_name": "MARÍA"} | BORN, True),
    "without a birth date": (MARIA, NAME, True),
    "with a birth date that cannot be read": (MARIA, NAME | {"date_of_birth": "3.2.1980"}, True),
    "a namesake of another birth date": (MARIA, NAME | OTHERS, False),
    "one half of the surname": (MARIA, NAME | {"surname": "Garcia"} | BORN, True),
    "the other half": (MARIA, NAME | {"surname": "Lopez"} | BORN, True),
    "another double surname with one half in common": (MARIA, NAME | {"surname": "Garcia Perez"} | BORN, True),
    "the other half in common": (MARIA, NAME | {"surname": "Perez Lopez"} | BORN, True),
    "both halves changed about": (MARIA, NAME | {"surname": "Lopez Garcia"} | BORN, True),
    "the double surname closed up": (MARIA, NAME | {"surname": "Garcialopez"} | BORN, True),
    "another surname": (MARIA, NAME | {"surname": "Perez"} | BORN, False),
    "another surname that begins alike": (MARIA, NAME | {"surname": "Garciaz"} | BORN, False),
    "the day off": (MARIA, NAME | {"date_of_birth": "1980-02-04"}, True),
    "the month off": (MARIA, NAME | {"date_of_birth": "1980-03-03"}, True),
    "the year off": (MARIA, NAME | {"date_of_birth": "1981-02-03"}, True),
    "day and month changed about": (MARIA, NAME | {"date_of_birth": "1980-03-02"}, True),
    "day and month changed about, and the year off": (MARIA, NAME | {"date_of_birth": "1981-03-02"}, False),
    "the year off, another given name": (MARIA, NAME | {"given_name": "Anna", "date_of_birth": "1981-02-03"}, False),
    "her second given name": (MARIA, NAME | {"given_name": "Elena"} | BORN, True),
    "a middle name behind it": (MARIA, NAME | {"given_name": "Maria Carmen"} | BORN, True),
    "a title before it": (MARIA, NAME | {"given_name": "Mrs. Maria"} | BORN, True),
    "half of the names changed about": (MARIA, {"surname": "Elena", "given_name": "Lopez"} | BORN, True),
    "all names changed about": (MARIA, {"surname": "Maria Elena", "given_name": "Garcia Lopez"} | BORN, True),
    "names changed about, the day off": (
        MARIA,
        {"surname": "Maria", "given_name": "Garcia", "date_of_birth": "1980-02-14"},
        True,
    ),
    "given names closed up": (MARIA, NAME | {"given_name": "Mariaelena"} | BORN, True),
    "the order has given names closed up": (
        Protected("Smith", "Maryann"),
        {"surname": "Smith", "given_name": "Mary", "middle_name": "Ann"} | BORN,
        True,
    ),
    "given names by a hyphen": (
        Protected("Smith", "Jean-Paul"),
        {"surname": "Smith", "given_name": "Jeanpaul"} | BORN,
        True,
    ),
    "an initial before the given name": (MARIA, NAME | {"given_name": "J. Maria"} | BORN, True),
    "another initial alone": (MARIA, NAME | {"given_name": "M"} | BORN, False),
    "names changed about": (MARIA, {"surname": "Maria", "given_name": "Garcia"} | BORN, True),
    "by her number alone": (MARIA, {"surname": "X", "given_name": "Y", "tin": "900123456"}, True),
    "by her number, another birth date": (MARIA, NAME | OTHERS | {"tin": "900-12-3456"}, True),
    "another number": (MARIA, {"surname": "X", "given_name": "Y", "tin": "900123457"}, False),
    "a number cut short": (MARIA, {"surname": "X", "given_name": "Y", "tin": "90012345"}, False),
    "a letter off": (MARIA, NAME | {"surname": "Garsia Lopes"} | BORN, False),  # a shield closes this
    "no name": (MARIA, BORN, False),
    "a birth date the order does not tell": (
        Protected("Doe", "Anna"),
        {"surname": "Doe", "given_name": "Anna"} | BORN,
        True,
    ),
    "none on either side": (Protected("Doe", "Anna"), {"surname": "Doe", "given_name": "Anna"}, True),
    "the order has one half of the surname": (
        Protected("Garcia", "Maria"),
        {"surname": "Garcia Lopez", "given_name": "Maria"} | BORN,
        True,
    ),
    "a nickname": (Protected("Smith", "William"), {"surname": "Smith", "given_name": "Bill"} | BORN, True),
    "the order has the nickname": (Protected("Smith", "Bill"), {"surname": "Smith", "given_name": "William"}, True),
    "another given name": (Protected("Smith", "William"), {"surname": "Smith", "given_name": "Robert"}, False),
    "a suffix": (Protected("Smith", "William"), {"surname": "Smith Jr.", "given_name": "William"}, True),
    "an apostrophe": (Protected("O'Brien", "Sean"), {"surname": "OBrien", "given_name": "Sean"}, True),
    "a particle": (Protected("van der Berg", "Jan"), {"surname": "Vanderberg", "given_name": "Jan"}, True),
    "without its particles": (Protected("de la Cruz", "Ana"), {"surname": "Cruz", "given_name": "Ana"}, True),
    "with one particle of two": (Protected("de la Cruz", "Ana"), {"surname": "la Cruz", "given_name": "Ana"}, True),
    "with particles that the order has not": (
        Protected("Cruz", "Ana"),
        {"surname": "De La Cruz", "given_name": "Ana"},
        True,
    ),
    "particles closed up, and none in the order": (
        Protected("Dyke", "Dick"),
        {"surname": "Vandyke", "given_name": "Richard"},
        True,
    ),
    "a short name behind a particle": (Protected("Van Ng", "Anh"), {"surname": "Ng", "given_name": "Anh"}, True),
    "a particle within a double surname": (
        Protected("Garcia de Leon", "Ana"),
        {"surname": "Leon", "given_name": "Ana"},
        True,
    ),
    "an umlaut": (Protected("Müller", "Jörg"), {"surname": "Mueller", "given_name": "Joerg"}, True),
    "an umlaut in the row": (Protected("Mueller", "Joerg"), {"surname": "Müller", "given_name": "Jörg"}, True),
    "an umlaut that was dropped": (Protected("Mueller", "Joerg"), {"surname": "Muller", "given_name": "Jorg"}, True),
    "a ring": (Protected("Aagaard", "Søren"), {"surname": "Ågård", "given_name": "Soeren"}, True),
}


@pytest.mark.parametrize("case", SPELT)
def test_a_row_is_reached_by_any_of_a_persons_names_or_his_number(case: str) -> None:
    person, row, reached = SPELT[case]
    found = persons_reached([stay(person)], admitted(row), pseudonym)
    assert found["S"].to_pylist() == [reached]


def test_each_row_is_looked_at_by_itself_and_stays_without_persons_are_not() -> None:
    everybody = replace(stay(), id="all")
    asked = admitted(NAME | BORN, {"surname": "Other", "given_name": "Person"}, NAME | OTHERS)
    found = persons_reached([stay(MARIA), everybody], asked, pseudonym)
    assert {k: v.to_pylist() for k, v in found.items()} == {"S": [True, False, False]}
    rows = rows_reached([stay(MARIA), everybody, replace(everybody, id="other", basis="x")], asked, None, pseudonym)
    assert {k: v.tolist() for k, v in rows.items()} == {"S": [True, False, False], "all": [True] * 3}


def test_a_cell_of_many_words_takes_no_long_time() -> None:
    cells = {"surname": "de la " * 200 + "Garcia Lopez " + "X" * 200, "given_name": "de la " * 200 + "Maria Elena"}
    assert persons_reached([stay(MARIA)], admitted(cells | BORN), pseudonym)["S"].to_pylist() == [True]
    assert persons_reached([stay(MARIA)], admitted({**cells, "surname": "dela" * 300}), pseudonym)["S"].to_pylist() == [
        False
    ]


def test_a_record_is_said_in_its_own_words() -> None:
    names = Said("GARCIA LOPEZ", "CARMEN MARIA", "", date(1980, 3, 2), "900123456")
    wanted = persons_of([stay(MARIA), stay()])
    assert list(wanted) == ["S"]
    for said, reached in (
        (names, True),
        (replace(names, tin="", surname="GARCIA"), True),
        (replace(names, tin="", given_name="CARMEN"), False),
        (replace(names, given_name="CARMEN"), True),
    ):
        assert reached_by_name(wanted, [said], pseudonym)["S"].tolist() == [reached]


def test_what_is_kept_of_a_person_tells_nothing_without_the_key() -> None:
    keys = person_keys(MARIA, pseudonym)
    assert all(len(key) == 16 for key in keys)
    texts = [b"GARCIALOPEZ", b"name\0GARCIALOPEZ\0MARIA\0ym\x001980-2", b"tin\x00900123456"]
    unkeyed = {hashlib.sha256(text).digest()[:16] for text in texts}
    assert not keys & unkeyed
    assert keys & {pseudonym("stay", texts[1])}
    assert keys & {pseudonym("stay", texts[2])}


def test_without_a_pack_every_statute_is_taken_to_meet() -> None:
    asked = admitted(NAME)
    assert meets(stay(statute="18 USC 1001"), asked, None)
    assert not meets(stay(requester="another"), asked, None)
    assert not meets(stay(basis="another"), asked, None)


def test_what_holds_at_a_time() -> None:
    lifted = replace(stay(), lifted=NOW.replace(hour=2))
    assert [len(in_force([lifted], NOW.replace(hour=hour))) for hour in range(4)] == [1, 1, 0, 0]
    assert in_force([lifted], NOW.replace(year=2025)) == []


@pytest.mark.parametrize(
    ("cell", "digits"),
    [
        ("900-12-3456", "900123456"),
        ("900123456", "900123456"),
        ("", ""),
        ("12345", ""),
        ("٩٠٠١٢٣٤٥٦", ""),
        ("unknown", ""),
    ],
)
def test_a_number_has_nine_digits(cell: str, digits: str) -> None:
    assert tin_digits(cell) == digits


def test_persons_come_by_line_or_by_file(tmp_path: Path) -> None:
    file = tmp_path / "persons.csv"
    file.write_text(
        "\ufeffgiven_name,surname,tin,date_of_birth\nAnna,Doe,,\nJohn,Roe,900123456,1980-02-03\n\n", "utf-8"
    )
    anna, john = read_persons(file)
    assert (anna, john) == (Protected("Doe", "Anna"), Protected("Roe", "John", date(1980, 2, 3), "900123456"))
    assert read_person("Doe, Anna") == anna
    assert read_person("Roe,John,1980-02-03,900-12-3456") == john
    assert read_person("Roe, John, , 900123456") == replace(john, born=None)


HEADER = ",".join(COLUMNS) + "\n"
BAD_FILES = {
    "empty": "",
    "no person": HEADER,
    "a column missing": "surname,date_of_birth\nMarked,1980-02-03\n",
    "a column nobody knows": "surname,given_name,address\nMarked,Marked,x\n",
    "a column twice": "surname,given_name,surname\nMarked,Marked,x\n",
    "no name": HEADER + "Marked,,,\n",
    "a filler": HEADER + "Unknown,Unknown,,\n",
    "letters that are not read": HEADER + "Иванов,Иван,,\n",
    "a birth date that is none": HEADER + "Marked,Marked,1980-02-30,\n",
    "a number that is none": HEADER + "Marked,Marked,,12\n",
    "a cell too many": HEADER + "Marked,Marked,,,x\n",
    "a cell too few": HEADER + "Marked,Marked\n",
    "an open quote": HEADER + '"Marked,Marked,,\n',
    "not UTF-8": HEADER + "Marked\udcff,Marked,,\n",
    "too many": HEADER + "Marked,Anna,,\n" * (MOST + 1),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_a_bad_file_of_persons_is_refused_and_nobody_is_named(tmp_path: Path, case: str) -> None:
    file = tmp_path / "persons.csv"
    file.write_text(BAD_FILES[case], encoding="utf-8", errors="surrogateescape")
    with pytest.raises(InvalidInput) as error:
        read_persons(file)
    assert "persons.csv" in error.value.message
    assert "arked" not in error.value.message + error.value.advice


@pytest.mark.parametrize(
    "text", ["", "Marked", ",", "Marked,", "Marked, Anna, 1980", "Marked, Anna, , 1", "a, b, c, d, e"]
)
def test_a_bad_line_is_refused_and_nobody_is_named(text: str) -> None:
    with pytest.raises(InvalidInput) as error:
        read_person(text)
    assert "arked" not in error.value.message + error.value.advice


def test_a_file_that_is_missing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot read"):
        read_persons(tmp_path / "none.csv")
