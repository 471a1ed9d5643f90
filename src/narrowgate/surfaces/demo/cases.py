"""Persons asked about, as a requester's own file would state them, with the truth that the requester cannot know.

A subject is stated as the simulated census noised it. What differs between the kinds is the address:

- ``true``: where the census saw the subject (or the PO box on his forms).
- ``stale``: where an earlier form or the census saw him, and the latest record of the stated years does not.
- ``namesake``: the home of someone else of the same given name and surname.
- ``same_surname``: the home of someone else of the same surname.
- ``next_door``: his own street, another house number.
- ``same_town``: the home of someone else in the same town.
- ``not_on_record``: his own home, but the stated years have no record of him.

The truth never comes from the kind: it is the register's confirmable address against the noise-free stated one.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

from narrowgate.surfaces.demo.chance import Chance
from narrowgate.surfaces.demo.places import Written, town_of, write_clean, write_sighting
from narrowgate.surfaces.demo.registers import Register
from narrowgate.surfaces.demo.simulated import Address, Sighting

Key = TypeVar("Key")

WRONG = ("namesake", "same_surname", "next_door", "same_town")
_PERIODS = (("2020", 0.7), ("2019;2020", 0.9), ("2019", 1.0))
_BIRTH_DATE_STATED, _TIN_STATED, _UNIT_INLINE = 0.9, 0.25, 0.2
_DOORS = (2, 4, 6, 10, 12, 100)


@dataclass(frozen=True, slots=True)
class Asked:
    """A subject as stated.

    Attributes:
        subject, household: true ids of who is meant.
        truth: ``subject`` where the stated address is truly his confirmable one, else blank.
        kind: how the case was made.
        periods: years, ``;`` between.
    """

    subject: str
    household: str
    truth: str
    kind: str
    surname: str
    given: str
    middle: str
    birth_date: str
    tin: str
    at: Written
    periods: str

    def stated(self) -> tuple[str, ...]:
        """The subject columns from ``surname`` to ``taxable_periods``, in the contract's order."""
        at = self.at
        names = (self.surname, self.given, self.middle, "")
        return (*names, self.birth_date, self.tin, at.line_1, at.line_2, at.city, at.state, at.zip, self.periods)


@dataclass(frozen=True)
class CaseBook:
    """Makes cases about ``residents``, whose wrong addresses come from among themselves."""

    residents: tuple[Sighting, ...]
    register: Register
    chance: Chance

    def make(self, kind: str, subject: Sighting) -> Asked | None:
        """A case of this kind about this resident, or None where there is none to be made."""
        makers: dict[str, Callable[[Sighting, str], Iterator[tuple[Written, Address]]]] = {
            "true": self._home,
            "stale": self._former,
            "namesake": self._namesake,
            "same_surname": self._same_surname,
            "next_door": self._next_door,
            "same_town": self._same_town,
            "not_on_record": self._home,
        }
        periods = self._periods(subject)
        actual = self.register.confirmable(subject.person, _years(periods))
        for written, clean in makers[kind](subject, periods):
            if (clean == actual) is (kind == "true") and (actual is None) is (kind == "not_on_record"):
                return self._asked(kind, subject, written, periods)
        return None

    def wrong(self, subject: Sighting) -> Asked | None:
        """A case with somebody else's address, the kind left to chance."""
        weights = zip(WRONG, (0.4, 0.3, 0.15, 0.15), strict=True)
        kinds = self.chance.by_weight(weights, "wrong", subject.person)
        return next(filter(None, (self.make(kind, subject) for kind in kinds)), None)

    def _asked(self, kind: str, subject: Sighting, written: Written, periods: str) -> Asked:
        name = subject.person
        born = subject.birth_date if self.chance.unit("birth date stated", name) < _BIRTH_DATE_STATED else ""
        tin = self.register.tin(name) if self.chance.unit("tin stated", name) < _TIN_STATED else ""
        names = (subject.surname, subject.given, subject.middle)
        truth = name if kind == "true" else ""
        return Asked(name, subject.household, truth, kind, *names, born, tin, written, periods)

    def _periods(self, subject: Sighting) -> str:
        drawn = self.chance.unit("periods", subject.person)
        return next(years for years, below in _PERIODS if drawn < below)

    def _written(self, seen: Sighting) -> Written:
        return write_sighting(seen, inline_unit=self.chance.unit("inline", seen.household) < _UNIT_INLINE)

    def _home(self, subject: Sighting, _periods: str) -> Iterator[tuple[Written, Address]]:
        boxes = [seen for seen in self.register.sightings.get(subject.person, ()) if seen.clean.po_box]
        for seen in (subject, *boxes):
            yield self._written(seen), seen.clean

    def _former(self, subject: Sighting, periods: str) -> Iterator[tuple[Written, Address]]:
        latest = max(_years(periods))
        forms = [seen for seen in self.register.sightings.get(subject.person, ()) if seen.year <= latest]
        for seen in (*forms, subject):
            yield self._written(seen), seen.clean

    def _namesake(self, subject: Sighting, _periods: str) -> Iterator[tuple[Written, Address]]:
        return self._homes_of(self._by_name.get((subject.clean_given, subject.clean_surname), ()), subject)

    def _same_surname(self, subject: Sighting, _periods: str) -> Iterator[tuple[Written, Address]]:
        return self._homes_of(self._by_surname.get(subject.clean_surname, ()), subject)

    def _same_town(self, subject: Sighting, _periods: str) -> Iterator[tuple[Written, Address]]:
        return self._homes_of(self._by_town[town_of(subject.clean)], subject)

    def _homes_of(self, others: Sequence[Sighting], subject: Sighting) -> Iterator[tuple[Written, Address]]:
        start = self.chance.below(max(1, len(others)), "whose home", subject.person)
        for other in (*others[start:], *others[:start]):
            if other.person != subject.person and other.household != subject.household:
                yield self._written(other), other.clean

    def _next_door(self, subject: Sighting, _periods: str) -> Iterator[tuple[Written, Address]]:
        if subject.clean.number.isdecimal():
            step = self.chance.one_of(_DOORS, "next door", subject.person)
            moved = replace(subject.clean, number=str(int(subject.clean.number) + step))
            yield write_clean(moved), moved

    @cached_property
    def _by_name(self) -> Mapping[tuple[str, str], list[Sighting]]:
        return _grouped(self.residents, lambda seen: (seen.clean_given, seen.clean_surname))

    @cached_property
    def _by_surname(self) -> Mapping[str, list[Sighting]]:
        return _grouped(self.residents, lambda seen: seen.clean_surname)

    @cached_property
    def _by_town(self) -> Mapping[tuple[str, str], list[Sighting]]:
        return _grouped(self.residents, lambda seen: town_of(seen.clean))


def _grouped(residents: Sequence[Sighting], key: Callable[[Sighting], Key]) -> dict[Key, list[Sighting]]:
    groups: dict[Key, list[Sighting]] = {}
    for seen in residents:
        groups.setdefault(key(seen), []).append(seen)
    return groups


def _years(periods: str) -> list[int]:
    return [int(year) for year in periods.split(";")]
