"""Stays reach whomever linkage would take for a person whom they name, but for slips of the pen in names."""

import hmac
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
from hypothesis import example, given
from hypothesis import strategies as st

from narrowgate.domain.names import given as read_given
from narrowgate.domain.names import surname as read_surname
from narrowgate.flow.reaching import Protected, Said, person_keys, reached_by_name
from narrowgate.linkage.compare import Sides, birth_levels, given_levels, surname_levels
from narrowgate.linkage.given_names import given_names
from narrowgate.linkage.weights import Birth, Given, Surname
from narrowgate.linkage.words import encode

EPOCH = date(1970, 1, 1)
TOLERATED = (Birth.EXACT, Birth.DAY_AND_MONTH_SWAPPED, Birth.ONE_PART_OFF)

SURNAMES = st.lists(
    st.sampled_from(["Garcia", "Lopez", "de la", "de", "Van", "Cruz", "Dyke", "O'", "Ng", "Müller", "Mac", "Leon"]),
    min_size=1,
    max_size=3,
).map(" ".join)
GIVEN = st.sampled_from([*sorted(given_names().known)[::40], "Jörg", "Mary Ann", "Jean-Paul", "Bill", "William"])
DATES = st.dates(date(1940, 1, 1), date(2005, 12, 31))


def pseudonym(purpose: str, value: bytes) -> bytes:
    """Keyed as the keystore does it."""
    return hmac.digest(purpose.encode(), value, "sha256")[:16]


def reached(person: Protected, said: Said) -> bool:
    """Whether a stay that names a person reaches one who is said so."""
    wanted = {"S": frozenset(person_keys(person, pseudonym))}
    return bool(reached_by_name(wanted, [said], pseudonym)["S"][0])


def days(of: date) -> np.typing.NDArray[np.int32]:
    """As linkage has it."""
    return np.array([(of - EPOCH).days], np.int32)


@given(DATES, DATES)
def test_birth_dates_that_linkage_tolerates_are_reached_and_no_others(one: date, other: date) -> None:
    for said in (one, other, *near(one)):
        level = birth_levels(days(one), days(said))[0]
        assert reached(Protected("Doe", "Anna", one), Said("Doe", "Anna", "", said)) == (level in TOLERATED)


def near(one: date) -> list[date]:
    """Dates with a slip in one part, or with day and month changed about."""
    found = [one + timedelta(days=1), one - timedelta(days=1)]
    for change in ({"year": one.year + 1}, {"month": one.month % 12 + 1}, {"month": one.day, "day": one.month}):
        try:
            found.append(one.replace(**change))
        except ValueError:
            continue
    return found


def levels(one: tuple[str, str], other: tuple[str, str]) -> tuple[int, int]:
    """How linkage compares (surname, given name) with another."""
    cells = [
        read_surname(one[0]).text,
        read_surname(other[0]).text,
        read_given(one[1]).first,
        read_given(other[1]).first,
    ]
    words, codes = encode([pa.array([cell], pa.large_string()).dictionary_encode() for cell in cells])
    sides = Sides(words, words, *[np.zeros(len(words.text), np.bool_)] * 2)
    return int(surname_levels(sides, codes[0], codes[1])[0]), int(given_levels(sides, codes[2], codes[3])[0])


@example("Garcia", "Garcia", "BETSY", "LIBBY", date(2000, 1, 1))
@example("Garcia", "Garcia", "Betsy", "BETSY", date(2000, 1, 1))
@example("O' de la O'", "O' de la O'", "AARON", "AARON", date(2000, 1, 1))
@given(SURNAMES, SURNAMES, GIVEN, GIVEN, DATES)
def test_names_that_linkage_takes_for_one_are_reached(s: str, t: str, g: str, h: str, born: date) -> None:
    surname, first = levels((s, g), (t, h))
    if surname in (Surname.EXACT, Surname.PART) and first in (Given.EXACT, Given.FORM):
        assert reached(Protected(s, g, born), Said(t, h, "", born))
        assert reached(Protected(s, g), Said(t, h, "", born))
        assert reached(Protected(s, g, born), Said(t, h))
    about = (read_given(t).first, read_surname(h).text) == (read_surname(s).text, read_given(g).first)
    if about and len(read_given(t).first) > 1:  # an initial alone is no given name: such a row is refused
        assert reached(Protected(s, g, born), Said(h, t, "", born))
    assert reached(Protected(s, g, born), Said(s, g, "", born))
