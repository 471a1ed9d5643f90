"""Reads pseudopeople's simulated files at any noise, each beside its noise-free twin.

Read: a decennial census (where people say they live), W-2/1099 and 1040 of the years about it (what the tax agency
has, spouses of joint filers included), 1040s of earlier years (what a requester's old file says), and the Social
Security file (birth dates). The people of 2020, 2030 and 2040 are one simulated town, ten years apart.
"""

import contextlib
import io
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from narrowgate.surfaces.demo.simulated import Address, Sighting, iso_date

FILES = {
    2020: ((2019, 2020), (2018,)),
    2030: ((2028, 2029, 2030), (2025, 2026, 2027)),
    2040: ((2038, 2039, 2040), (2035, 2036, 2037)),
}
"""Census year to the tax years that the custodian has, and to those of a requester's older file."""

_CENSUS, _W2, _F1040, _SSA = "decennial_census", "taxes_w2_and_1099", "taxes_1040", "social_security"
_PARTS = ("street_number", "street_name", "unit_number", "po_box")
_MAIL = "mailing_address_"
_MOST = 0.9  # doubling stops short of certainty

Columns = dict[str, list[str]]
Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class People:
    """One town in one census year, at one noise.

    Attributes:
        residents: the census, a line a person (a few children stand on two).
        forms, older: lines of tax forms that the custodian has, and of a requester's older file.
        births: person to ISO birth date as the Social Security file has it, noise included.
        tins: person to the number truly his (or the one he works under).
        groups: person to race or ethnicity, as the noise-free census has it.
    """

    residents: tuple[Sighting, ...]
    forms: tuple[Sighting, ...]
    older: tuple[Sighting, ...]
    births: Mapping[str, str]
    tins: Mapping[str, str]
    groups: Mapping[str, str]


def people(census: int, seed: int, noise: float) -> People:
    """Simulate; about twenty seconds.

    Args:
        census: 2020, 2030 or 2040.
        seed: chooses the noise; the people are the same under every seed.
        noise: factor on every default probability of noise.
    """
    years, before = FILES[census]
    read = _Reader(seed, noise)
    clean = read.table(_SSA, census, noise=0)
    bearer = dict(zip(clean["ssn"], clean["simulant_id"], strict=True))
    tins = {person: tin for tin, person in bearer.items()}
    forms = [s for year in years for s in (*read.w2(year, tins), *read.f1040(year, bearer, tins))]
    older = [s for year in before for s in read.f1040(year, bearer, tins)]
    births = read.table(_SSA, census, noise=noise)
    groups = read.table(_CENSUS, census, noise=0)
    return People(
        tuple(read.census(census)),
        tuple(forms),
        tuple(older),
        dict(zip(births["simulant_id"], map(iso_date, births["date_of_birth"]), strict=True)),
        tins,
        dict(zip(groups["simulant_id"], groups["race_ethnicity"], strict=True)),
    )


class _Reader:
    """Reads files as lines of sightings."""

    def __init__(self, seed: int, noise: float) -> None:
        self._seed = seed
        self._noise = noise

    def census(self, year: int) -> Iterator[Sighting]:
        """The census."""
        for row, home, names in self._rows(_CENSUS, year, ""):
            yield _sighting(row, row["simulant_id"], home, names[row["simulant_id"]], ("census", year, ""))

    def w2(self, year: int, tins: dict[str, str]) -> Iterator[Sighting]:
        """W-2 and 1099 forms; notes whose number stands on them."""
        for row, home, names in self._rows(_W2, year, _MAIL):
            person = row["simulant_id"]
            tins.setdefault(person, row["ssn"])
            yield _sighting(row, person, home, names[person], ("w2", year, ""))

    def f1040(self, year: int, bearer: Mapping[str, str], tins: dict[str, str]) -> Iterator[Sighting]:
        """1040 forms: filers, and spouses of joint filers where their true number tells who they are."""
        clean = self.table(_F1040, year, noise=0)
        spouses = {
            filer: (bearer.get(tin, ""), (given, surname))
            for filer, tin, given, surname in zip(
                clean["simulant_id"],
                clean["spouse_ssn"],
                clean["spouse_first_name"],
                clean["spouse_last_name"],
                strict=True,
            )
        }
        for row, home, names in self._rows(_F1040, year, _MAIL):
            person = row["simulant_id"]
            tins.setdefault(person, row["ssn"])
            yield _sighting(row, person, home, names[person], ("1040", year, ""))
            spouse, name = spouses[person]
            if spouse:
                yield _sighting(row, spouse, home, name, ("1040", year, "spouse_"))

    def _rows(self, file: str, year: int, prefix: str) -> Iterator[tuple[Row, Address, Mapping[str, tuple[str, str]]]]:
        """A file's noised lines, each with its true address and everybody's true name."""
        clean = self.table(file, year, noise=0)
        homes = {household: _address(row, prefix) for row in _lines(clean) for household in (row["household_id"],)}
        names = dict(zip(clean["simulant_id"], zip(clean["first_name"], clean["last_name"], strict=True), strict=True))
        for row in _lines(self.table(file, year, noise=self._noise)):
            place = {part: row.get(prefix + part, "") for part in (*_PARTS, "city", "state", "zipcode")}
            yield row | place, homes[row["household_id"]], names

    def table(self, file: str, year: int, *, noise: float) -> Columns:
        """One simulated file as columns of text; missing is blank."""
        with _quiet():
            import pseudopeople  # noqa: PLC0415 - an optional extra

            config = pseudopeople.NO_NOISE if not noise else _scaled(pseudopeople.get_config(), noise)
            frame = getattr(pseudopeople, f"generate_{file}")(seed=self._seed, year=year, config=config)
        return {name: list(map(_text, frame[name].tolist())) for name in frame}


def _lines(table: Columns) -> Iterator[Row]:
    for cells in zip(*table.values(), strict=True):
        yield dict(zip(table, cells, strict=True))


def _address(row: Row, prefix: str) -> Address:
    return Address(*(row.get(prefix + part, "") for part in _PARTS))


def _sighting(row: Row, person: str, clean: Address, name: tuple[str, str], what: tuple[str, int, str]) -> Sighting:
    source, year, who = what
    return Sighting(
        person=person,
        household=row["household_id"],
        source=source,
        year=year,
        given=row[f"{who}first_name"],
        middle=row[f"{who}middle_initial"],
        surname=row[f"{who}last_name"],
        clean_given=name[0],
        clean_surname=name[1],
        birth_date=iso_date(row.get("date_of_birth", "")),
        tin=row.get(f"{who}ssn", ""),
        stated=_address(row, ""),
        clean=clean,
        city=row["city"],
        state=row["state"],
        zip=row["zipcode"],
    )


def _scaled(config: object, factor: float) -> object:
    """The configuration with every probability of noise to a row or a cell multiplied."""
    if factor == 1:
        return None
    if not isinstance(config, dict):
        return config
    return {
        key: min(_MOST, factor * value)
        if isinstance(value, float) and ("row_probability" in str(key) or key == "cell_probability")
        else _scaled(value, factor)
        for key, value in config.items()
    }


def _text(value: object) -> str:
    """The value as text; None and NaN, which differs from itself, are blank."""
    return "" if value is None or value != value else str(value)  # noqa: PLR0124 - only NaN does


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Swallows progress bars, log lines and warnings."""
    sink = io.StringIO()
    with contextlib.redirect_stdout(sink), contextlib.redirect_stderr(sink), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
