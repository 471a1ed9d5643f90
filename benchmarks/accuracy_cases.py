"""Requests about a town's people, with the truth, and only such as the law lets through (a name, an address).

Kinds that nature brings (a person asked about where a file has him):

- ``home``: every resident where the census saw him; true, or he is on record elsewhere, or not at all.
- ``old_form``: every filer of an earlier 1040 at the address on it, under the name on it.

Kinds made here, one a resident, the address written without noise so that it agrees with a record all the better:

- ``namesake``, ``near_namesake``: the home of another on record of the same names; of the same surname and initial.
- ``same_surname``: the home of another of the same surname.
- ``relative``: the home of one who has shared a household with him and lives elsewhere now.
- ``former``: where his own record had him before.
- ``former_resident``: where another lives now and he never did, under the surname of one who used to live there.
- ``next_door``: another number in his street, where nobody is on record.
- ``same_town``: the home of another in his town.

- ``neighbour``: a resident at his made-up neighbour's, and the neighbour at his.
- ``jr_sr``: a son of his father's name at his father's, at his own, and the father anywhere.

Kinds set apart from all other figures:

- ``misnumbered``: noise made another house number, or another unit, of the one that is his: the address stated is not
  his, whatever was meant, so that nothing is true.
- ``indistinguishable``: somebody made up by this benchmark, beside whom nothing that is stated and on record tells the
  subject apart (name, middle name, suffix, birth date, number): nobody could answer rightly but by chance.

The truth never comes from the kind: it is the register's.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

from benchmarks.accuracy_people import FILES
from benchmarks.accuracy_world import STATED_BORN, STATED_TIN, Line, Town

from narrowgate.law.addresses import is_address
from narrowgate.law.names import is_name
from narrowgate.surfaces.demo.places import Written, town_of, write_clean, write_sighting
from narrowgate.surfaces.demo.simulated import Address, Sighting

Key = TypeVar("Key")

MADE = (
    ("namesake", 0.2),
    ("near_namesake", 0.25),
    ("same_surname", 0.15),
    ("relative", 0.1),
    ("former", 0.15),
    ("former_resident", 0.05),
    ("next_door", 0.05),
    ("same_town", 0.05),
)
NATURAL = frozenset({"home", "old_form", "misnumbered"})
APART = frozenset({"misnumbered", "indistinguishable"})
_PERIODS = (0.7, 0.9)
_COMMON, _CROWD = 12, 6
_OLD_FORM_BORN = 0.5


@dataclass(frozen=True, slots=True)
class Who:
    """A subject as stated."""

    person: str
    surname: str
    given: str
    middle: str
    suffix: str
    born: str
    tin: str
    household: str
    name: str


def cases(town: Town) -> Iterator[tuple[str, ...]]:
    """Rows of ``SUBJECT`` without ``row``, then ``TRUTH``; only those whose name and address the law accepts."""
    book = _Book(town)
    for case in (*book.natural(), *book.made(), *book.neighbours(), *book.sons()):
        if is_name(case[0], case[1]) and is_address(*case[6:11]):
            yield case


def is_misnumbered(seen: Sighting) -> bool:
    """Whether noise made another house number or unit, or box, of the true one, and not merely damaged it."""
    box = seen.stated.po_box != seen.clean.po_box
    number = seen.stated.number.isdecimal() and seen.stated.number != seen.clean.number
    unit = bool(seen.stated.unit) and _numbers(seen.stated.unit) != _numbers(seen.clean.unit)
    return box or number or unit


def _numbers(unit: str) -> list[str]:
    """The words of a unit that name it: with a digit, or of one letter."""
    return [word for word in unit.upper().split() if len(word) == 1 or any(c.isdigit() for c in word)]


def is_alike(ones: tuple[str, ...], others: tuple[str, ...]) -> bool:
    """Whether no cell differs: names and suffix must be equal, the rest may be blank on one side."""
    plain = [["".join(c for c in cell.upper() if c.isalnum()) for cell in cells] for cells in (ones, others)]
    equal = [a == b for a, b in zip(*plain, strict=True)]
    silent = [not a or not b for a, b in zip(*plain, strict=True)]
    return equal[0] and equal[1] and equal[3] and all(equal[i] or silent[i] for i in (2, 4, 5))


class _Book:
    """Makes cases."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._chance = town.chance
        self._residents = list({s.person: s for s in town.people.residents}.values())

    def natural(self) -> Iterator[tuple[str, ...]]:
        """``home`` and ``old_form``."""
        for seen in self._residents:
            kind = self._kind("home", seen)
            yield self._case(kind, self._of(seen), self._written(seen), seen.clean)
        for seen in {s.person: s for s in self._town.people.older}.values():
            stated = self._chance.unit("old form born", seen.person) < _OLD_FORM_BORN
            born = self._town.people.births.get(seen.person, "") if stated else ""
            who = replace(self._of(seen), born=born)
            yield self._case(self._kind("old_form", seen), who, self._written(seen), seen.clean)

    def made(self) -> Iterator[tuple[str, ...]]:
        """A wrong address a resident, of the first kind in a random order that can be made about him."""
        for seen in self._residents:
            for kind in self._chance.by_weight(MADE, "made", seen.person):
                maker: Callable[[Sighting], Iterator[Address]] = getattr(self, f"_{kind}")
                homes = (home for home in maker(seen) if home not in self._true(seen.person))
                if home := next(homes, None):
                    yield self._case(kind, self._of(seen), write_clean(home), home)
                    break

    def neighbours(self) -> Iterator[tuple[str, ...]]:
        """A resident at his neighbour's, the neighbour at his, each as recorded."""
        for person, lines in sorted(self._lines.items()):
            if person.startswith("neighbour-of-"):
                neighbour, resident = lines[-1], self._lines[person.removeprefix("neighbour-of-")][-1]
                for who, where in ((resident, neighbour), (neighbour, resident), (neighbour, neighbour)):
                    yield self._case("neighbour", self._recorded(who), write_clean(where.clean), where.clean)

    def sons(self) -> Iterator[tuple[str, ...]]:
        """Sons at their own and their fathers' homes, fathers at their sons'; seven in ten sons say Jr."""
        for person, son in sorted(self._town.sons.items()):
            father = self._lines[person][-1]
            junior = "Jr." if self._chance.unit("says junior", person) < 0.7 else ""
            asked = replace(self._recorded(son), suffix=junior)
            for who, where in ((asked, father), (asked, son), (self._recorded(father), son)):
                yield self._case("jr_sr", who, write_clean(where.clean), where.clean)

    def _kind(self, kind: str, seen: Sighting) -> str:
        if seen.person in self._town.sons:
            return "jr_sr"
        return "misnumbered" if is_misnumbered(seen) else kind

    def _is_anybody(self, who: Who, clean: Address, years: tuple[int, ...]) -> bool:
        """Whether somebody else whose address it is differs from the subject in nothing that is stated."""
        for other in self._town.register.by_address.get(clean, ()):
            if other != who.person and self._town.register.confirmable(other, years) == {clean}:
                last = self._lines[other][-1]
                held = (last.surname, last.given, last.middle, last.suffix, last.born, last.tin)
                if is_alike((who.surname, who.given, who.middle, who.suffix, who.born, who.tin), held):
                    return True
        return False

    @property
    def _lines(self) -> Mapping[str, Sequence[Line]]:
        return self._town.register.lines

    def _of(self, seen: Sighting) -> Who:
        p = seen.person
        born = seen.birth_date if self._chance.unit("birth date stated", p) < STATED_BORN else ""
        tin = self._town.people.tins.get(p, "") if self._chance.unit("tin stated", p) < STATED_TIN else ""
        name = f"{seen.clean_given}\t{seen.clean_surname}"
        return Who(p, seen.surname, seen.given, seen.middle, "", born, tin, seen.household, name)

    def _recorded(self, line: Line) -> Who:
        born = line.born if self._chance.unit("birth date stated", line.person) < STATED_BORN else ""
        name = f"{line.given}\t{line.surname}"
        return Who(line.person, line.surname, line.given, line.middle, "", born, "", line.person, name)

    def _case(self, kind: str, who: Who, at: Written, clean: Address) -> tuple[str, ...]:
        years = self._periods(who.person)
        confirmable = self._town.register.confirmable(who.person, years)
        truth = who.person if confirmable == {clean} else ""
        if kind not in NATURAL and self._is_anybody(who, clean, years):
            kind = "indistinguishable"
        if kind == "misnumbered":
            truth = ""
        stated = (who.surname, who.given, who.middle, who.suffix, who.born, who.tin)
        where = (at.line_1, at.line_2, at.city, at.state, at.zip)
        strata = ";".join(self._strata(kind, who, clean))
        group = self._town.people.groups.get(who.person.split("-")[-1], "")
        truly = f"{who.name}|{clean.number}|{clean.street}|{clean.unit}|{clean.po_box}"
        periods = ";".join(map(str, years))
        return (*stated, *where, periods, truth, who.person, kind, who.household, group, strata, truly)

    def _strata(self, kind: str, who: Who, clean: Address) -> Iterator[str]:
        lines = self._lines_of(who.person)
        flat = (clean.number, clean.street)
        given, surname = who.name.split("\t")
        flags = {
            "no_birth_date": not who.born or not any(line.born for line in lines),
            "several_units": bool(clean.unit) or self._units[flat] > 1,
            "common_name": self._surnames[surname.upper()] >= _COMMON,
            "mover": len({line.clean for line in lines}) > 1,
            "shared_address": len(self._town.register.by_address.get(clean, ())) >= _CROWD,
            "two_surnames": " " in surname or "-" in surname,
            "namesakes": self._names[given.upper(), surname.upper()] > 1,
            "old_form": kind == "old_form",
        }
        yield from (name for name, holds in flags.items() if holds)

    def _lines_of(self, person: str) -> Sequence[Line]:
        return self._town.register.lines.get(person, ())

    def _written(self, seen: Sighting) -> Written:
        return write_sighting(seen, inline_unit=self._chance.unit("inline", seen.household) < 0.2)

    def _periods(self, person: str) -> tuple[int, ...]:
        years = FILES[self._town.spec.census][0]
        drawn = self._chance.unit("periods", person)
        return years[-1:] if drawn < _PERIODS[0] else years if drawn < _PERIODS[1] else years[-2:-1]

    def _true(self, person: str) -> frozenset[Address]:
        return self._town.register.confirmable(person, self._periods(person))

    def _homes(self, others: Sequence[str], seen: Sighting) -> Iterator[Address]:
        start = self._chance.below(max(1, len(others)), "whose home", seen.person)
        for other in (*others[start:], *others[:start]):
            if other != seen.person:
                yield from self._true(other)

    def _namesake(self, seen: Sighting) -> Iterator[Address]:
        return self._homes(self._by_name.get((seen.clean_given, seen.clean_surname), ()), seen)

    def _near_namesake(self, seen: Sighting) -> Iterator[Address]:
        return self._homes(self._by_initial.get((seen.clean_given[:1], seen.clean_surname), ()), seen)

    def _same_surname(self, seen: Sighting) -> Iterator[Address]:
        return self._homes(self._by_surname.get(seen.clean_surname, ()), seen)

    def _relative(self, seen: Sighting) -> Iterator[Address]:
        families = self._families.get(seen.person, ())
        return self._homes(sorted({p for home in families for p in self._members[home]}), seen)

    def _former(self, seen: Sighting) -> Iterator[Address]:
        return (line.clean for line in reversed(self._lines_of(seen.person)))

    def _former_resident(self, seen: Sighting) -> Iterator[Address]:
        """Homes that somebody of his surname has left."""
        for other in self._by_surname.get(seen.clean_surname, ()):
            now = self._true(other)
            yield from (line.clean for line in self._lines_of(other) if line.clean not in now)

    def _next_door(self, seen: Sighting) -> Iterator[Address]:
        if seen.clean.number.isdecimal():
            step = self._chance.one_of((4, 6, 10, 12, 100), "next door", seen.person)
            yield replace(seen.clean, number=str(int(seen.clean.number) + step))

    def _same_town(self, seen: Sighting) -> Iterator[Address]:
        return self._homes(self._by_town.get(town_of(seen.clean), ()), seen)

    @cached_property
    def _by_name(self) -> dict[tuple[str, str], list[str]]:
        return self._grouped(lambda s: (s.clean_given, s.clean_surname))

    @cached_property
    def _by_initial(self) -> dict[tuple[str, str], list[str]]:
        return self._grouped(lambda s: (s.clean_given[:1], s.clean_surname))

    @cached_property
    def _by_surname(self) -> dict[str, list[str]]:
        return self._grouped(lambda s: s.clean_surname)

    @cached_property
    def _by_town(self) -> dict[tuple[str, str], list[str]]:
        return self._grouped(lambda s: town_of(s.clean))

    @cached_property
    def _families(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for seen in (*self._town.people.residents, *self._town.people.forms, *self._town.people.older):
            found.setdefault(seen.person, set()).add(seen.household)
        return found

    @cached_property
    def _members(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for person, homes in self._families.items():
            for home in homes:
                found.setdefault(home, set()).add(person)
        return {home: who if len(who) <= 2 * _CROWD else set() for home, who in found.items()}

    @cached_property
    def _units(self) -> Counter[tuple[str, str]]:
        return Counter((home.number, home.street) for home in self._town.register.by_address if home.street)

    @cached_property
    def _surnames(self) -> Counter[str]:
        return Counter(s.clean_surname.upper() for s in self._residents)

    @cached_property
    def _names(self) -> Counter[tuple[str, str]]:
        return Counter((s.clean_given.upper(), s.clean_surname.upper()) for s in self._residents)

    def _grouped(self, key: Callable[[Sighting], Key]) -> dict[Key, list[str]]:
        groups: dict[Key, list[str]] = {}
        for seen in {s.person: s for s in self._town.people.forms}.values():
            groups.setdefault(key(seen), []).append(seen.person)
        return groups
