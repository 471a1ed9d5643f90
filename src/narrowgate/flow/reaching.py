"""Whom stays reach: requests by their scope, rows and records by the persons that a court's order names.

Persons are known to the gate by keyed pseudonyms alone, of their names, birth dates and taxpayer identification
numbers, so that no list of protected people lies in it. Pseudonyms are equal or not: so each side says a person in
every way in which linkage (``linkage.compare``) would take one for another, and one in common is enough:

- surnames: whole, each part of a double one, with particles and without; either place for either name;
- given names: each of them, what they are forms of, neighbours closed up; umlauts as "ue" or as "u";
- birth dates: any two of year, month and day; day and month swapped; none on either side;
- the whole number.

What cannot be told apart is reached. A misspelt name can escape here, and is met by the record that it leads to:
``flow/record_stays.py``.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from itertools import pairwise

import numpy as np
import pyarrow as pa

from narrowgate.domain.circumstances import Stay
from narrowgate.domain.names import PARTICLES
from narrowgate.domain.names import given as read_given
from narrowgate.domain.names import surname as read_surname
from narrowgate.domain.request import Admitted
from narrowgate.law.facts.requester import reaches
from narrowgate.law.pack import Pack
from narrowgate.law.values import Bools
from narrowgate.linkage.given_names import roots
from narrowgate.minimise.budgets import Pseudonym

TIN_DIGITS = 9
_NO_DIGITS = re.compile(r"[^0-9]+")
_NOBODY: frozenset[bytes] = frozenset()
_ANY = "*"  # of a person whose birth date the order does not tell
_SHORTEST = 2
"""Letters of a name that a particle may lead."""
_UMLAUT = re.compile("(?<=[AOU])E|(?<=A)A")
"""The second letter of ae, oe, ue and aa: folding makes a of ä, and o of ø."""


@dataclass(frozen=True, slots=True)
class Protected:
    """A person whom an order names. He is never kept: ``person_keys`` is."""

    surname: str
    given_name: str
    born: date | None = None
    tin: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """Whom a row asks about, or a record is of; cells as they stand there."""

    surname: str
    given_name: str
    middle_name: str = ""
    born: date | None = None
    tin: str = ""


def tin_digits(cell: str) -> str:
    """The nine digits of a taxpayer identification number, or "" where the cell holds none."""
    digits = _NO_DIGITS.sub("", cell)
    return digits if len(digits) == TIN_DIGITS else ""


def person_keys(person: Protected, pseudonym: Pseudonym) -> set[bytes]:
    """The pseudonyms under which rows and records about a person are found.

    1. Each way to say his surname with each way to say his given names; the two changed about as well.
    2. With each way to say his birth date, and with none; where the order tells none, with any.
    3. His taxpayer identification number.
    4. Each of the surnames by itself: whose surname is none of them need not be looked at further.
    """
    surnames, given = _surnames(person.surname), _given(person.given_name)
    changed = {form for name in surnames for form in _forms(name)}
    names = {(name, form) for name in surnames for form in given}  # 1
    names |= {(name, form) for name in _surnames(person.given_name) for form in changed}
    texts = {_text(*name, birth) for name in names for birth in _births_named(person.born)}  # 2
    texts |= {_tin(person.tin)} if tin_digits(person.tin) else set()  # 3
    texts |= {_surname_text(name) for name, _ in names}  # 4
    return {pseudonym("stay", text.encode()) for text in texts}


def _births_named(born: date | None) -> list[str]:
    """The birth dates that rows about a person of an order may state."""
    if born is None:
        return [_ANY]
    return ["", *_parts_of(born), f"swapped\0{born.year}-{born.day}-{born.month}"]


def _births_said(born: date | None) -> list[str]:
    """The same of a row, as ``_births_named`` may have said it."""
    if born is None:
        return [_ANY, ""]
    return [_ANY, *_parts_of(born), f"swapped\0{born.year}-{born.month}-{born.day}"]


def _parts_of(born: date) -> tuple[str, str, str]:
    """A date but for its day, its month, its year."""
    return f"ym\0{born.year}-{born.month}", f"yd\0{born.year}-{born.day}", f"md\0{born.month}-{born.day}"


def _text(surname: str, form: str, birth: str) -> str:
    return f"name\0{surname}\0{form}\0{birth}"


def _surname_text(surname: str) -> str:
    return f"surname\0{surname}"


def _tin(cell: str) -> str:
    return f"tin\0{tin_digits(cell)}"


@lru_cache(maxsize=1 << 16)
def _surnames(cell: str) -> tuple[str, ...]:
    """The ways to say a surname: closed up, each part of it, and each without the particles that lead it."""
    parts = read_surname(cell).text.split()
    names = dict.fromkeys(["".join(parts), *parts])
    led = [name[at:] for name in names for at in _behind_particles(name)]
    return tuple(dict.fromkeys(_plain(name) for name in (*names, *led) if name))


def _behind_particles(name: str) -> list[int]:
    """Where a name may begin, behind one particle or several: at 2, 3 and 4 in DELACRUZ."""
    found = {0}
    for at in range(len(name)):
        if at in found:
            found |= {at + len(particle) for particle in PARTICLES if name.startswith(particle, at)}
    return sorted(at for at in found if 0 < at <= len(name) - _SHORTEST)


@lru_cache(maxsize=1 << 16)
def _given(cell: str, middle: str = "") -> tuple[str, ...]:
    """The ways to say given names: each of them but initials, neighbours closed up, all closed up; by their forms."""
    given = read_given(cell)
    words = _names((given.first, *given.rest.split()))
    pairs = [one + other for one, other in pairwise((*words, *_names([read_given(middle).first])))]
    said = dict.fromkeys((*words, *pairs, "".join(words)))
    return tuple(dict.fromkeys(form for name in said for form in _forms(name)))


def _names(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(word for word in words if len(word) > 1)


@lru_cache(maxsize=1 << 16)
def _forms(name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_plain(form) for spelt in (name, _plain(name)) for form in roots(spelt) if form))


def _plain(name: str) -> str:
    """A folded name, umlauts that are spelt out as folding leaves those that are not: MUELLER is MULLER."""
    return _UMLAUT.sub("", name)


def reached_by_name(
    wanted: Mapping[str, frozenset[bytes]], people: Sequence[Said], pseudonym: Pseudonym
) -> dict[str, Bools]:
    """Per stay n booleans: of n rows or records those that are about a person whom it names.

    Args:
        wanted: stay to the pseudonyms of the persons it protects.
        people: n of them.
        pseudonym: keyed.
    """
    protected = frozenset[bytes]().union(*wanted.values())

    def found(texts: Iterable[str]) -> frozenset[bytes]:
        return protected & {pseudonym("stay", text.encode()) for text in texts}

    numbers = {tin: found([_tin(tin)]) for tin in {one.tin for one in people} if tin_digits(tin)}
    cells = {one.surname for one in people}
    borne = {cell: [name for name in _surnames(cell) if found([_surname_text(name)])] for cell in cells}
    keys = [
        numbers.get(one.tin, _NOBODY) | (found(_texts(one, names)) if (names := borne[one.surname]) else _NOBODY)
        for one in people
    ]
    return {
        stay: np.fromiter((not one.isdisjoint(persons) for one in keys), np.bool_, len(keys))
        for stay, persons in wanted.items()
    }


def _texts(one: Said, surnames: Iterable[str]) -> Iterator[str]:
    births = _births_said(one.born)
    for surname in surnames:
        for form in _given(one.given_name, one.middle_name):
            for birth in births:
                yield _text(surname, form, birth)


def persons_reached(stays: Iterable[Stay], admitted: Admitted, pseudonym: Pseudonym) -> dict[str, pa.BooleanArray]:
    """Per stay that names persons: n booleans, the rows that ask about one of them.

    A birth date that cannot be read counts as none: such a row is reached by name.
    """
    wanted = persons_of(stays)
    if not wanted:
        return {}
    columns = [admitted.subjects[name].to_pylist() for name in ("surname", "given_name", "middle_name")]
    born, tins = admitted.typed["birth_date"].to_pylist(), admitted.subjects["tin"].to_pylist()
    people = [Said(*cells) for cells in zip(*columns, born, tins, strict=True)]
    found = reached_by_name(wanted, people, pseudonym)
    return {stay: pa.array(rows, pa.bool_()) for stay, rows in found.items()}


def persons_of(stays: Iterable[Stay]) -> dict[str, frozenset[bytes]]:
    """Each stay that names persons, to their pseudonyms."""
    return {stay.id: frozenset(bytes.fromhex(text) for text in stay.persons) for stay in stays if stay.persons}


def rows_reached(
    stays: Iterable[Stay], admitted: Admitted, pack: Pack | None, pseudonym: Pseudonym
) -> Mapping[str, Bools]:
    """Id of each stay whose scope meets the request to n booleans: the rows it reaches; those that reach none left out.

    When it holds is not asked. Without a pack nobody can tell what a statute means, and every one is taken to meet.
    """
    meeting = [stay for stay in stays if meets(stay, admitted, pack)]
    named = persons_reached(meeting, admitted, pseudonym)
    every = np.ones(admitted.rows, np.bool_)
    found: dict[str, Bools] = {s.id: np.asarray(named[s.id], np.bool_) if s.persons else every for s in meeting}
    return {stay: rows for stay, rows in found.items() if rows.any()}


def meets(stay: Stay, admitted: Admitted, pack: Pack | None) -> bool:
    """Whether a stay's scope meets a request, whoever its rows are about."""
    if pack is None:
        head = admitted.head
        return stay.basis in ("", head.basis) and stay.requester in ("", head.agency)
    return reaches(stay, admitted, pack)


def in_force(stays: Iterable[Stay], at: datetime) -> list[Stay]:
    """Those that hold at ``at``."""
    return [stay for stay in stays if stay.in_force(at)]
