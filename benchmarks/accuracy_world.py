"""Worlds to measure accuracy in: a custodian's records, requests of many kinds, and the truth. Cached.

The people, their noise and their moves are pseudopeople's. Made up here: towns and ZIP Codes by street (the simulation
has one town, 00000), which records and requests hold a birth date or a number, who is asked about where he does not
live, and two kinds of persons that the simulation lacks: sons of their father's name, and neighbours on one street and
in one building (nearly every household of the simulation has a street to itself).

The truth is the noise-free address of the latest line of the person's forms that is in the file, for the years stated
(domain/law.md, *Period*). Where two lines of that date lie at different addresses, nothing is true.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from benchmarks.accuracy_people import FILES, People, people

from narrowgate.domain.request import RECORD_COLUMNS, SUBJECT_COLUMNS
from narrowgate.surfaces.demo.chance import Chance
from narrowgate.surfaces.demo.places import STATE, Written, town_of, write_clean, write_sighting
from narrowgate.surfaces.demo.simulated import Address, Sighting

ON_RECORD_BORN, STATED_BORN, STATED_TIN = 0.6, 0.9, 0.25
"""Shares of persons whose birth date is on record, and is stated; whose number is stated."""
SUBJECT = SUBJECT_COLUMNS[: SUBJECT_COLUMNS.index("taxable_periods") + 1]
TRUTH = ("person_id", "meant", "kind", "household", "group", "strata", "truly")
_DAY = {"w2": "12-15", "1040": "12-31"}
_SONS, _NEIGHBOURS = 0.01, 0.06
_FORMAT = 2


@dataclass(frozen=True, slots=True)
class Spec:
    """Which world: census year, seed of the noise and of all chance, factor on the noise."""

    census: int
    seed: int
    noise: float = 1.0

    def __str__(self) -> str:
        return f"{self.census}-seed{self.seed}-noise{self.noise:g}-v{_FORMAT}"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the custodian's file, with the truth beside it."""

    person: str
    surname: str
    given: str
    middle: str
    suffix: str
    born: str
    tin: str
    at: Written
    as_of: str
    clean: Address

    def cells(self) -> tuple[str, ...]:
        """In the order of ``RECORD_COLUMNS``."""
        at = self.at.upper()
        who = (self.person, self.surname.upper(), self.given.upper(), self.middle.upper(), self.suffix)
        return (*who, self.born, self.tin, at.line_1, at.line_2, at.city, at.state, at.zip, self.as_of)


@dataclass(frozen=True, slots=True)
class Register:
    """Who is on record, and where truly; ``lines`` by person, oldest first."""

    lines: Mapping[str, Sequence[Line]]
    by_address: Mapping[Address, frozenset[str]] = field(repr=False)

    def confirmable(self, person: str, years: Iterable[int]) -> frozenset[Address]:
        """The person's true addresses of the latest date in these years; one of them, or none, is the usual case."""
        wanted = set(years)
        known = [line for line in self.lines.get(person, ()) if int(line.as_of[:4]) in wanted]
        latest = max((line.as_of for line in known), default="")
        return frozenset(line.clean for line in known if line.as_of == latest)


@dataclass(frozen=True, slots=True)
class Town:
    """Everything that cases are made of."""

    spec: Spec
    people: People
    register: Register
    chance: Chance
    sons: Mapping[str, Line]


def folder_of(spec: Spec, root: Path) -> Path:
    """The world's folder with ``records.parquet`` and ``requests.parquet``; made if it is not there."""
    from benchmarks.accuracy_cases import cases  # noqa: PLC0415 - cases are made of towns

    folder = root / str(spec)
    if (folder / "requests.parquet").exists():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    town = make_town(spec)
    lines = dict.fromkeys(line.cells() for lines in town.register.lines.values() for line in lines)
    records = _table(sorted(lines), RECORD_COLUMNS)
    as_of = records.schema.get_field_index("as_of")
    records = records.set_column(as_of, "as_of", records["as_of"].cast(pa.date32()))
    pq.write_table(records, folder / "records.parquet")
    asked = [(str(n), *case) for n, case in enumerate(cases(town), 1)]
    pq.write_table(_table(asked, (*SUBJECT, *TRUTH)), folder / "requests.parquet")
    return folder


def make_town(spec: Spec) -> Town:
    """Simulate, and add sons and neighbours to the records."""
    chance = Chance(spec.seed)
    simulated = people(spec.census, spec.seed, spec.noise)
    lines: dict[str, list[Line]] = {}
    for seen in sorted(simulated.forms, key=lambda s: (s.year, _DAY[s.source])):
        lines.setdefault(seen.person, []).append(_line(seen, simulated, chance))
    sons = _sons(lines, chance, spec.census)
    for son in sons.values():
        if son.person.startswith("son-on-record"):
            lines[son.person] = [son]
    for neighbour in _neighbours(lines, chance, spec.census):
        lines[neighbour.person] = [neighbour]
    homes: dict[Address, set[str]] = {}
    for person, held in lines.items():
        for line in held:
            homes.setdefault(line.clean, set()).add(person)
    register = Register(lines, {home: frozenset(who) for home, who in homes.items()})
    return Town(spec, simulated, register, chance, sons)


def _line(seen: Sighting, simulated: People, chance: Chance) -> Line:
    known = chance.unit("birth date on record", seen.person) < ON_RECORD_BORN
    born = simulated.births.get(seen.person, "") if known else ""
    at, as_of = write_sighting(seen), f"{seen.year}-{_DAY[seen.source]}"
    return Line(seen.person, seen.surname, seen.given, seen.middle, "", born, seen.tin, at, as_of, seen.clean)


def _sons(lines: Mapping[str, Sequence[Line]], chance: Chance, census: int) -> dict[str, Line]:
    """Father to a son of his name: on record at another's address, at his own, or not on record at all.

    Half of the fathers on record then bear Sr., two sons in three Jr.; the others say nothing.
    """
    fathers = [p for p in sorted(lines) if chance.unit("father", p) < _SONS and _is_whole(lines[p][-1])]
    homes = [lines[p][-1] for p in chance.shuffled(fathers, "home of a son")]
    sons = {}
    for father, home in zip(fathers, homes, strict=True):
        last = lines[father][-1]
        where = chance.one_of(("on-record-apart", "on-record-here", "unrecorded"), "son lives", father)
        at = home if where == "on-record-apart" else last
        born = f"{1975 + chance.below(25, 'year', father)}-0{1 + chance.below(9, 'month', father)}-15"
        held = born if chance.unit("son's birth date", father) < ON_RECORD_BORN else ""
        tin = f"9{chance.below(10**8, 'tin', father):08d}"
        suffix = "JR" if chance.unit("junior", father) < 2 / 3 else ""
        person = f"son-{where}-{father}"
        as_of = f"{census}-12-31"
        written = write_clean(at.clean)
        sons[father] = Line(person, last.surname, last.given, last.middle, suffix, held, tin, written, as_of, at.clean)
    return sons


def _is_whole(line: Line) -> bool:
    return bool(line.given and line.surname and line.clean.street)


def _neighbours(lines: Mapping[str, Sequence[Line]], chance: Chance, census: int) -> list[Line]:
    """People of a resident's surname, or given name, or neither, next door or in another flat of his building."""
    everybody = [lines[p][-1] for p in sorted(lines) if _is_whole(lines[p][-1])]
    found = []
    for last in everybody:
        if chance.unit("neighbour", last.person) >= _NEIGHBOURS or not last.clean.number.isdecimal():
            continue
        other = chance.one_of(everybody, "neighbour's name", last.person)
        alike = chance.below(4, "alike", last.person)
        surname = last.surname if alike in (0, 1) else other.surname
        given = last.given if alike in (1, 2) else other.given
        clean = _next(last.clean, chance.below(2, "door or flat", last.person) == 0)
        tin = f"9{chance.below(10**8, 'neighbour tin', last.person):08d}"
        person, as_of = f"neighbour-of-{last.person}", f"{census}-12-31"
        found.append(Line(person, surname, given, other.middle, "", other.born, tin, write_clean(clean), as_of, clean))
    return found


def _next(home: Address, next_door: bool) -> Address:  # noqa: FBT001 - one of two
    if next_door or not home.unit:
        return Address(str(int(home.number) + 2), home.street, "", "")
    return Address(home.number, home.street, f"apt {1 + len(home.unit)}9", "")


def _table(rows: Sequence[Sequence[str]], names: Sequence[str]) -> pa.Table:
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    return pa.table({n: pa.array(c, pa.string()) for n, c in zip(names, columns, strict=True)})


__all__ = ["FILES", "STATE", "SUBJECT", "TRUTH", "Line", "Register", "Spec", "Town", "folder_of", "town_of"]
