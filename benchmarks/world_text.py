"""A made-up world as text: persons, addresses and cases as files have them, noise included. See ``world.py``."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from benchmarks.world_people import PO_BOX, RURAL, Dwellings, Ints, Names, People, Rng

from narrowgate.domain.request import SUBJECT_COLUMNS

PERIODS = ("2025", "2024;2025", "2021;2022;2023;2024;2025", "2023")
PERIOD_SHARES = (0.45, 0.3, 0.2, 0.05)
KINDS = ("true", "stale", "next_door", "same_surname", "namesake", "stranger", "no_record")
STRANGER, NO_RECORD = 5, 6
GROUNDS = ("8 USC 1227(a)(1)(B)", "8 USC 1227(a)(1)(C)(i)", "8 USC 1227(a)(2)(A)(i)")


@dataclass(frozen=True, slots=True)
class Noise:
    """Rates per cell: one-letter slips, misreadings of print, blanks; and how often a cell is stated at all."""

    typo: float = 0.012
    ocr: float = 0.006
    blank: float = 0.004
    birth_date: float = 0.95
    middle_name: float = 0.85
    asked_birth_date: float = 0.85
    asked_tin: float = 0.3
    nickname: float = 0.03


@dataclass(frozen=True)
class Writer:
    """Writes persons and addresses as text, noise included, and makes up who is asked about where."""

    people: People
    dwellings: Dwellings
    names: Names
    noise: Noise
    rng: Rng

    def person(self, who: Ints, *, asked: bool) -> list[pa.Array]:
        """Columns surname, given_name, middle_name, suffix, date_of_birth, tin."""
        people, rng, noise = self.people, self.rng, self.noise
        given = people.given[who]
        if asked:
            given = np.where(rng.random(len(who)) < noise.nickname, self.names.nickname[given], given)
        full = self.names.given.take(pa.array(np.abs(people.middle[who]) - 1))
        middle = pc.if_else(pa.array((people.middle[who] > 0) & (not asked)), full, pc.utf8_slice_codeunits(full, 0, 1))
        born = pc.cast(pa.array(people.born[who], pa.int32()).cast(pa.date32()), pa.string())
        return [
            self._noised(self.names.surnames.take(pa.array(people.surname[who]))),
            self._noised(self.names.given.take(pa.array(given))),
            self._stated(self._noised(middle), noise.middle_name),
            pa.array(["", "Sr", "Jr"]).take(pa.array(people.suffix[who])),
            self._stated(born, noise.asked_birth_date if asked else noise.birth_date),
            self._stated(tins(who), noise.asked_tin if asked else 1.0),
        ]

    def address(self, where: Ints, *, asked: bool) -> list[pa.Array]:
        """Columns address_line_1, address_line_2, city, state, zip; requests write some words out."""
        homes, rng = self.dwellings, self.rng
        building = homes.building[where]
        street, number, kind = homes.street[building], homes.number[building], homes.kind[building]
        name = pa.array(homes.street_name[street])
        long = pa.array(asked & (rng.random(len(where)) < 0.3))
        street_text = pc.if_else(long, self.names.streets_long.take(name), self.names.streets.take(name))
        route = pc.binary_join_element_wise("RR", numbers("", number // 200 + 1), "Box", numbers("", number % 200), " ")
        line = _joined(numbers("", number), street_text)
        line = pc.if_else(pa.array(kind == PO_BOX), numbers("PO Box ", number), line)
        line = self._noised(pc.if_else(pa.array(kind == RURAL), route, line))
        word = pa.array(["Apt ", "#", "Unit "]).take(pa.array(rng.integers(0, 3 if asked else 1, len(where))))
        unit = pc.if_else(
            pa.array(homes.unit[where] > 0), pc.binary_join_element_wise(word, numbers("", homes.unit[where]), ""), ""
        )
        inline = pa.array(asked & (homes.unit[where] > 0) & (rng.random(len(where)) < 0.25))
        city = pa.array(homes.street_city[street])
        return [
            pc.if_else(inline, _joined(line, unit), line),
            pc.if_else(inline, "", unit),
            self._noised(self.names.towns.take(city)),
            self.names.states.take(city),
            self._noised(numbers("", homes.street_zip[street])),
        ]

    def ask(self, who: Ints, shares: Sequence[float]) -> tuple[Ints, Ints, list[pa.Array]]:
        """Asks about these persons, in these shares of ``KINDS`` (about: only who has moved can have a stale address).

        ``no_record`` is what becomes of ``true`` where the records have nothing of the stated years.

        Returns:
            The person where the stated address is truly confirmable, else -1; the kind; the columns from surname to
            taxable_periods. A case whose kind cannot be made becomes a stranger's address.
        """
        people, rng = self.people, self.rng
        period = rng.choice(len(PERIODS), len(who), p=PERIOD_SHARES)
        covered = np.array([[str(y) in text for y in range(2000, 2026)] for text in PERIODS])
        homes, years = people.homes[who], people.years[who]
        held = covered[period[:, None], years - 2000] & (homes >= 0)
        truth = np.where(held.any(axis=1), homes[np.arange(len(who)), held.argmax(axis=1)], -1)
        last = len(self.dwellings.building) - 1
        stale = np.where(homes[:, 0] != truth, homes[:, 0], np.where(homes[:, 1] != truth, homes[:, 1], -1))
        kin, namesake = self._alike
        away = [np.where(other[who] >= 0, people.homes[other[who], 0], -1) for other in (kin, namesake)]
        near = np.where(homes[:, 0] < last, homes[:, 0] + 1, last - 1)
        kind = rng.choice(len(shares), len(who), p=shares)
        moved = stale >= 0
        kind[kind == 1] = 0
        kind[moved & (rng.random(len(who)) < shares[1] / max(moved.mean(), 1e-9))] = 1
        options = np.stack(
            [np.where(truth >= 0, truth, homes[:, 0]), stale, near, *away, np.full(len(who), -1)], axis=1
        )
        where = options[np.arange(len(who)), kind]
        kind = np.where(where < 0, STRANGER, kind)
        where = np.where(where >= 0, where, rng.integers(0, last + 1, len(who)))
        kind = np.where(where == truth, 0, np.where(kind == 0, NO_RECORD, kind))
        text = pa.array(PERIODS).take(pa.array(period))
        columns = [*self.person(who, asked=True), *self.address(where, asked=True), text]
        return np.where(where == truth, who, -1), kind, columns

    def cases(self, stated: list[pa.Array], officer: Ints, at: date) -> pa.Table:
        """The rows of a request: subjects as stated, each with its case, officer and reason."""
        rows = len(officer)
        case = numbers("BW-", np.arange(1_000_001, 1_000_001 + rows))
        final = self.rng.integers(220, 900, rows)
        opened = final - self.rng.integers(95, 200, rows)
        known = pa.array([f" answered for {n} months" for n in range(2, 40)])
        reason = pc.binary_join_element_wise(
            "In case ", case, " the subject has not", known.take(pa.array(self.rng.integers(0, 38, rows))),
            " to notices sent to ", stated[6], "; the year ", pc.utf8_slice_codeunits(stated[11], 0, 4),
            " bears on residence.", "",
        )  # fmt: skip
        columns = [
            numbers("", np.arange(1, rows + 1)), *stated, days_before(at, final),
            pa.array(GROUNDS).take(pa.array(self.rng.integers(0, len(GROUNDS), rows))),
            case, days_before(at, opened), _numbered_officers(officer), reason,
        ]  # fmt: skip
        return pa.table(columns, names=list(SUBJECT_COLUMNS))

    @cached_property
    def _alike(self) -> tuple[Ints, Ints]:
        """For each person another of the same surname, and another of the same given name besides; -1 where none is."""
        people = self.people
        order = np.lexsort((people.household, people.given, people.surname))
        after = np.roll(order, -1)
        surname_too = people.surname[order] == people.surname[after]
        name_too = surname_too & (people.given[order] == people.given[after])
        kin, namesake = np.full(len(order), -1), np.full(len(order), -1)
        kin[order], namesake[order] = np.where(surname_too, after, -1), np.where(name_too, after, -1)
        return kin, namesake

    def _stated(self, values: pa.Array, share: float) -> pa.Array:
        return pc.if_else(pa.array(self.rng.random(len(values)) < share), values, "")

    def _noised(self, values: pa.Array) -> pa.Array:
        """Slips, misreadings and blanks, at the rates of ``noise``."""
        draw, noise = self.rng.random(len(values)), self.noise
        hit = draw < noise.typo + noise.ocr + noise.blank
        spots = self.rng.random(int(hit.sum()))
        worn = [
            "" if d < noise.blank else _misread(text) if d < noise.blank + noise.ocr else _slip(text, spot)
            for text, d, spot in zip(values.filter(pa.array(hit)).to_pylist(), draw[hit], spots, strict=True)
        ]
        return pc.replace_with_mask(values, pa.array(hit), pa.array(worn, pa.string()))


def tins(who: Ints) -> pa.Array:
    """One TIN a person, all different up to a hundred million persons."""
    return numbers("", 900_000_000 + who * 7_654_321 % 99_999_989)


def numbers(prefix: str, values: Ints) -> pa.Array:
    """Text of numbers behind a prefix; a negative number is blank."""
    array = pa.array(values)
    text = pc.cast(array, pa.string())
    return pc.if_else(pc.less(array, 0), "", pc.binary_join_element_wise(prefix, text, "") if prefix else text)


def _numbered_officers(officer: Ints) -> pa.Array:
    return pc.binary_join_element_wise("officer-", pc.utf8_lpad(pc.cast(pa.array(officer), pa.string()), 5, "0"), "")


def days_before(at: date, days: Ints) -> pa.Array:
    return pc.cast(pa.array(at.toordinal() - 719_163 - days, pa.int32()).cast(pa.date32()), pa.string())


def _joined(first: pa.Array, second: pa.Array) -> pa.Array:
    return pc.binary_join_element_wise(first, second, " ")


def _misread(text: str) -> str:
    """The first letters that a scanner takes for others."""
    for seen, read in (
        ("rn", "m"),
        ("0", "O"),
        ("1", "l"),
        ("5", "S"),
        ("8", "B"),
        ("O", "0"),
        ("m", "rn"),
        ("e", "c"),
    ):
        if seen in text:
            return text.replace(seen, read, 1)
    return text[1:]


def _slip(text: str, spot: float) -> str:
    """One letter swapped with the next, doubled, dropped or mistyped."""
    if len(text) < 2:
        return text
    place, how = divmod(int(spot * (len(text) - 1) * 4), 4)
    before, here, after, rest = text[:place], text[place], text[place + 1], text[place + 2 :]
    return before + (after + here, here + here + after, after, chr(ord(here) ^ 1) + after)[how] + rest
