"""Reads pseudopeople's simulated files, each beside its noise-free twin, into plain values.

Read: the decennial census of 2020 (where people say they live), W-2/1099 and 1040 of 2019 and 2020 (what the tax
agency has) and the Social Security file (birth dates). Whatever the simulation prints, logs or warns is swallowed.
"""

import contextlib
import io
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from narrowgate.domain.errors import InvalidInput

TAX_YEARS = (2019, 2020)
CENSUS_YEAR = 2020
_W2, _F1040, _CENSUS, _SSA = (
    "generate_taxes_w2_and_1099",
    "generate_taxes_1040",
    "generate_decennial_census",
    "generate_social_security",
)
_PARTS = ("street_number", "street_name", "unit_number", "po_box")
_MAIL = "mailing_address_"
_DATE = re.compile(r"(?P<month>\d\d)/(?P<day>\d\d)/(?P<year>\d{4})|(?P<y>\d{4})(?P<m>\d\d)(?P<d>\d\d)")
_GROWN_BEFORE = "2002"

Columns = Mapping[str, list[str]]


@dataclass(frozen=True, slots=True)
class Address:
    """An address in the simulation's own parts; blank where it has none."""

    number: str
    street: str
    unit: str
    po_box: str


@dataclass(frozen=True, slots=True)
class Sighting:
    """One person on one line of one file.

    Attributes:
        person, household: true ids, untouched by noise.
        source: ``census``, ``w2`` or ``1040``.
        clean_given, clean_surname: the noise-free name.
        birth_date: ISO, or blank where missing or unreadable.
        stated, clean: the address as noised, and as it truly was.
        city, state, zip: as noised; the simulation's one town is Anytown WA 00000.
    """

    person: str
    household: str
    source: str
    year: int
    given: str
    middle: str
    surname: str
    clean_given: str
    clean_surname: str
    birth_date: str
    tin: str
    stated: Address
    clean: Address
    city: str
    state: str
    zip: str

    @property
    def grown(self) -> bool:
        """Born before 2002, as stated, or not known to be born later."""
        return self.birth_date < _GROWN_BEFORE


@dataclass(frozen=True, slots=True)
class Simulated:
    """What was read.

    Attributes:
        residents: the census, a line a person (a few children stand on two).
        forms: W-2/1099 and 1040 lines.
        births: person to ISO birth date, as the Social Security file has it, noise included.
    """

    residents: tuple[Sighting, ...]
    forms: tuple[Sighting, ...]
    births: Mapping[str, str]


def simulate(seed: int, progress: Callable[[str], None]) -> Simulated:
    """Simulates the town; about fifteen seconds.

    Args:
        seed: chooses the noise. The people are the same under every seed.
        progress: told what is being done, in people's words.

    Raises:
        InvalidInput: when pseudopeople is not installed.
    """
    progress("simulating people: census")
    residents = tuple(_sightings("census", CENSUS_YEAR, _CENSUS, seed))
    forms: list[Sighting] = []
    for year in TAX_YEARS:
        progress(f"simulating people: tax forms of {year}")
        forms += _sightings("w2", year, _W2, seed)
        forms += _sightings("1040", year, _F1040, seed)
    progress("simulating people: birth dates")
    ssa = _table(_SSA, CENSUS_YEAR, seed, noise=True)
    births = dict(zip(ssa["simulant_id"], map(iso_date, ssa["date_of_birth"]), strict=True))
    return Simulated(residents, tuple(forms), births)


def iso_date(text: str) -> str:
    """ISO form of ``MM/DD/YYYY`` or ``YYYYMMDD``; blank for anything else and for days that do not exist.

    >>> iso_date("05/06/1994"), iso_date("O5/06/1994")
    ('1994-05-06', '')
    """
    found = _DATE.fullmatch(text)
    if not found:
        return ""
    try:
        return date(
            int(found["year"] or found["y"]), int(found["month"] or found["m"]), int(found["day"] or found["d"])
        ).isoformat()
    except ValueError:
        return ""


def _sightings(source: str, year: int, generator: str, seed: int) -> Iterator[Sighting]:
    """A file's noised lines, each with what its noise-free twin says of the same person in the same household."""
    prefix = "" if source == "census" else _MAIL
    clean = _table(generator, year, seed, noise=False)
    homes = dict(zip(clean["household_id"], _addresses(clean, prefix), strict=True))
    names = dict(zip(clean["simulant_id"], zip(clean["first_name"], clean["last_name"], strict=True), strict=True))
    table = _table(generator, year, seed, noise=True)
    blank = [""] * len(table["simulant_id"])
    for person, household, given, middle, surname, born, tin, stated, city, state, code in zip(
        table["simulant_id"],
        table["household_id"],
        table["first_name"],
        table["middle_initial"],
        table["last_name"],
        table.get("date_of_birth", blank),
        table.get("ssn", blank),
        _addresses(table, prefix),
        table[f"{prefix}city"],
        table[f"{prefix}state"],
        table[f"{prefix}zipcode"],
        strict=True,
    ):
        yield Sighting(
            person=person,
            household=household,
            source=source,
            year=year,
            given=given,
            middle=middle,
            surname=surname,
            clean_given=names[person][0],
            clean_surname=names[person][1],
            birth_date=iso_date(born),
            tin=tin,
            stated=stated,
            clean=homes[household],
            city=city,
            state=state,
            zip=code,
        )


def _addresses(table: Columns, prefix: str) -> list[Address]:
    blank = [""] * len(table["simulant_id"])
    parts = [table.get(prefix + part, blank) for part in _PARTS]
    return [Address(*line) for line in zip(*parts, strict=True)]


def _table(generator: str, year: int, seed: int, *, noise: bool) -> Columns:
    """One simulated file as columns of text; missing is blank."""
    with _quiet():
        try:
            import pseudopeople  # noqa: PLC0415 - an optional extra
        except ImportError as missing:
            raise InvalidInput(
                "the demo needs the extra narrowgate[demo]", "install it with: pip install 'narrowgate[demo]'"
            ) from missing
        config = None if noise else pseudopeople.NO_NOISE
        frame = getattr(pseudopeople, generator)(seed=seed, year=year, config=config)
    return {name: list(map(_text, frame[name].tolist())) for name in frame}


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
