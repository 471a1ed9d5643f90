"""The town as the tax agency has it: its file of records, and the truth that no file shows.

The file: a line a person, address and form, of W-2/1099 and 1040 of 2019 and 2020; exact repeats once.
``as_of`` lies inside the tax year, for the period rule reads it so: a W-2 or 1099 counts as of 15 December, a 1040 as
of 31 December of the year it is about, so a person's 1040 is later than his W-2 of the same year. Birth dates stand on
neither form: for six persons in ten (a hash picks them) the one on the Social Security file is added, noise included.
Joint filers' spouses and dependents are not persons of the file; they are if they have a form of their own.

The truth: a person's confirmable address is the noise-free address of the latest line that is in the file for the
stated years (a line that the simulation lost cannot confirm).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from narrowgate.surfaces.demo.chance import Chance
from narrowgate.surfaces.demo.places import write_sighting
from narrowgate.surfaces.demo.simulated import Address, Sighting, Simulated

BIRTH_DATE_SHARE = 0.6
_DAY = {"w2": "12-15", "1040": "12-31"}


@dataclass(frozen=True, slots=True)
class Register:
    """Who is in the records, and where truly.

    Attributes:
        lines: ``records.csv``, in the order of ``RECORD_COLUMNS``.
        history: person to (year, day, noise-free address), oldest first.
        sightings: person to his forms, oldest first.
    """

    lines: tuple[tuple[str, ...], ...]
    history: Mapping[str, tuple[tuple[int, str, Address], ...]]
    sightings: Mapping[str, tuple[Sighting, ...]] = field(repr=False)

    def confirmable(self, person: str, years: Iterable[int]) -> Address | None:
        """The person's true address for these years, or None where the records have none."""
        wanted = set(years)
        known = [address for year, _, address in self.history.get(person, ()) if year in wanted]
        return known[-1] if known else None

    def tin(self, person: str) -> str:
        """The latest TIN on the person's forms; blank where there is none."""
        return next((seen.tin for seen in reversed(self.sightings.get(person, ())) if seen.tin), "")


def register(town: Simulated, chance: Chance) -> Register:
    """Builds the records and the truth behind them."""
    ordered = sorted(town.forms, key=lambda seen: (seen.year, _DAY[seen.source]))
    sightings: dict[str, list[Sighting]] = {}
    for seen in ordered:
        sightings.setdefault(seen.person, []).append(seen)
    history = {
        person: tuple(dict.fromkeys((seen.year, _DAY[seen.source], seen.clean) for seen in forms))
        for person, forms in sightings.items()
    }
    lines = dict.fromkeys(_line(seen, _birth_date(seen.person, town.births, chance)) for seen in ordered)
    frozen = {person: tuple(forms) for person, forms in sightings.items()}
    return Register(tuple(sorted(lines)), history, frozen)


def _birth_date(person: str, births: Mapping[str, str], chance: Chance) -> str:
    return births.get(person, "") if chance.unit("birth date on record", person) < BIRTH_DATE_SHARE else ""


def _line(seen: Sighting, birth_date: str) -> tuple[str, ...]:
    at = write_sighting(seen).upper()
    names = (seen.surname.upper(), seen.given.upper(), seen.middle.upper(), "")
    as_of = f"{seen.year}-{_DAY[seen.source]}"
    return (seen.person, *names, birth_date, seen.tin, at.line_1, at.line_2, at.city, at.state, at.zip, as_of)
