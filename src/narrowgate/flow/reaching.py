"""Whom stays reach: requests by their scope, rows by the persons that a court's order names.

Persons are known to the gate by keyed pseudonyms alone, of their names, birth dates and taxpayer identification
numbers, so that no list of protected people lies in it. What cannot be told apart is reached: a namesake without a
birth date is, and a nickname or half of a double name is. A misspelt name can escape; a shield on the person in the
records (``narrowgate shield add``) closes that too.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import pyarrow as pa

from narrowgate.domain.circumstances import Stay
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


@dataclass(frozen=True, slots=True)
class Protected:
    """A person whom an order names. He is never kept: ``person_keys`` is."""

    surname: str
    given_name: str
    born: date | None = None
    tin: str = ""


def tin_digits(cell: str) -> str:
    """The nine digits of a taxpayer identification number, or "" where the cell holds none."""
    digits = _NO_DIGITS.sub("", cell)
    return digits if len(digits) == TIN_DIGITS else ""


def person_keys(person: Protected, pseudonym: Pseudonym) -> set[bytes]:
    """The pseudonyms under which rows about a person are found.

    1. His whole surname with each of his given names and what they are forms of; the two changed about as well.
    2. Each part of a double surname alone.
    3. With any birth date, where the order tells none; else with his, and with none.
    4. His taxpayer identification number.
    5. Each of the surnames of 1 and 2 by itself: whose surname is none of them need not be looked at further.
    """
    whole, parts = _surname(person.surname)
    given = read_given(person.given_name)
    words = [given.first, *(word for word in given.rest.split() if len(word) > 1)]
    forms = sorted({form for word in words for form in _forms(word)})
    names = [("whole", whole, form) for form in forms]  # 1
    changed = {_surname(person.given_name)[0], given.first}
    names += [("whole", first, read_given(person.surname).first) for first in sorted(changed)]
    names += [("part", part, form) for part in parts for form in forms]  # 2
    births = [_ANY] if person.born is None else [person.born.isoformat(), ""]  # 3
    texts = {"\0".join((*name, born)) for name in names for born in births}
    texts |= {_tin(person.tin)} if tin_digits(person.tin) else set()  # 4
    texts |= {f"surname\0{surname}" for _, surname, _ in names}  # 5
    return {pseudonym("stay", text.encode()) for text in texts}


def _tin(cell: str) -> str:
    return f"tin\0{tin_digits(cell)}"


def _name_texts(surname: str, given_name: str, born: date | None) -> set[str]:
    """What a row says of a name, as ``person_keys`` may have said it of a protected person."""
    whole, parts = _surname(surname)
    first = read_given(given_name).first
    if not (whole and first):
        return set()
    spelt = [("whole", whole), ("part", whole), *(("whole", part) for part in parts)]
    births = (_ANY, born.isoformat() if born else "")
    return {"\0".join((*name, form, b)) for name in spelt for form in _forms(first) for b in births}


def _surname(cell: str) -> tuple[str, list[str]]:
    """A surname closed up, and the parts of a double one."""
    parts = read_surname(cell).text.split()
    return "".join(parts), parts if len(parts) > 1 else []


def _forms(name: str) -> set[str]:
    return {name, *roots(name)}


def persons_reached(stays: Iterable[Stay], admitted: Admitted, pseudonym: Pseudonym) -> dict[str, pa.BooleanArray]:
    """Per stay that names persons: n booleans, the rows that ask about one of them.

    A birth date that cannot be read counts as none: such a row is reached by name.
    """
    wanted = {stay.id: {bytes.fromhex(text) for text in stay.persons} for stay in stays if stay.persons}
    if not wanted:
        return {}
    protected = frozenset().union(*wanted.values())

    def found(texts: Iterable[str]) -> frozenset[bytes]:
        return protected & {pseudonym("stay", text.encode()) for text in texts}

    cells = [admitted.subjects[name].to_pylist() for name in ("surname", "given_name", "tin")]
    surnames, given_names, tins = cells
    numbers = {cell: found([_tin(cell)]) if tin_digits(cell) else _NOBODY for cell in set(tins)}
    looked_at = {cell for cell in set(surnames) if found(_surname_texts(cell))}
    keys = [
        numbers[tin] | (found(_name_texts(surname, given_name, born)) if surname in looked_at else _NOBODY)
        for surname, given_name, born, tin in zip(
            surnames, given_names, admitted.typed["birth_date"].to_pylist(), tins, strict=True
        )
    ]
    return {
        stay: pa.array([not row.isdisjoint(persons) for row in keys], pa.bool_()) for stay, persons in wanted.items()
    }


def _surname_texts(cell: str) -> list[str]:
    whole, parts = _surname(cell)
    return [f"surname\0{name}" for name in (whole, *parts)]


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
