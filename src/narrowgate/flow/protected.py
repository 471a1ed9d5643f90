"""The persons whom a court's order names, as counsel hands them in: a file, or a line. Neither is kept."""

import csv
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from narrowgate.domain.errors import InvalidInput
from narrowgate.flow.reaching import Protected, tin_digits
from narrowgate.intake.typed import parse_date
from narrowgate.law.names import is_name

COLUMNS = ("surname", "given_name", "date_of_birth", "tin")
NEEDED = COLUMNS[:2]
MOST = 10_000
"""Persons of one order: their pseudonyms fit into one signed statement."""
_LARGEST = 2**24


def read_persons(path: Path) -> tuple[Protected, ...]:
    """Reads a CSV file: ``surname`` and ``given_name``; ``date_of_birth`` and ``tin`` where the order tells them.

    Raises:
        InvalidInput: naming file, line and column, and nobody.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise InvalidInput(f"{path.name} is too large", f"expected at most {_LARGEST} bytes")
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InvalidInput(f"cannot read {path.name}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{path.name} is not UTF-8 text") from error
    lines = text.splitlines()
    try:
        found = tuple(_persons(lines, path.name))
    except csv.Error as error:
        raise InvalidInput(f"{path.name}: not CSV: {error}", "write it as RFC 4180 CSV") from error
    if not 1 <= len(found) <= MOST:
        raise InvalidInput(f"{path.name} names {len(found)} persons", f"expected 1 to {MOST}")
    return found


def _persons(lines: Sequence[str], name: str) -> Iterator[Protected]:
    reader = csv.reader(lines, strict=True)
    header = next(reader, [])
    strange, missing = set(header) - set(COLUMNS), set(NEEDED) - set(header)
    if strange or missing or len(set(header)) != len(header):
        raise InvalidInput(
            f"{name}: not the columns of persons", f"expected {', '.join(COLUMNS)}; the last two if known"
        )
    for cells in reader:
        if not cells:
            continue
        where = f"{name}, line {reader.line_num}"
        if len(cells) != len(header):
            raise InvalidInput(f"{where}: expected {len(header)} cells, got {len(cells)}")
        yield _person(dict(zip(header, cells, strict=True)), where)


def read_person(text: str) -> Protected:
    """Reads ``SURNAME, GIVEN[, YYYY-MM-DD[, TIN]]``.

    Raises:
        InvalidInput: for any other text; the message names nobody.
    """
    cells = [cell.strip() for cell in text.split(",")]
    if not len(NEEDED) <= len(cells) <= len(COLUMNS):
        raise InvalidInput("--person is not as expected", '"SURNAME, GIVEN[, YYYY-MM-DD[, TIN]]", or --persons FILE')
    return _person(dict(zip(COLUMNS, cells, strict=False)), "--person")


def _person(cells: dict[str, str], where: str) -> Protected:
    surname, given_name, born, tin = (cells.get(column, "").strip() for column in COLUMNS)
    if not is_name(surname, given_name):
        raise InvalidInput(f"{where}: no name of a person", "give surname and given name, in Latin letters")
    if tin and not tin_digits(tin):
        raise InvalidInput(f"{where}, column tin: expected nine digits", "leave it blank where it is not known")
    return Protected(surname, given_name, _born(born, where), tin_digits(tin))


def _born(text: str, where: str) -> date | None:
    try:
        return parse_date(text) if text else None
    except ValueError:
        advice = "leave it blank where it is not known"
        raise InvalidInput(f"{where}, column date_of_birth: expected YYYY-MM-DD", advice) from None
