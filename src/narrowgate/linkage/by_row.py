"""A few rows standardised one by one: for a single person a column's calls cost more than all there is to read.

It comes to the same as ``standardise.spelt`` column by column, code for code; tests compare the two.
"""

from typing import NamedTuple

import numpy as np
import pyarrow as pa

from narrowgate.domain import names
from narrowgate.domain.postal import is_sufficient
from narrowgate.linkage.arrays import I8, I32, Bools
from narrowgate.linkage.postal_columns import KINDS, parsed, street_parts

FEW = 32
"""Of so few rows each is looked at by itself."""

_NAMES = ("given_name", "middle_name", "surname", "suffix")
_ADDRESS = ("address_line_1", "address_line_2", "city", "state", "zip")
_Address = tuple[int, bool, tuple[str, ...]]


class Spelt(NamedTuple):
    """Rows as codes of strings.

    Attributes:
        text: the strings, in byte order.
        names: given, middle, surname, suffix: n codes each.
        kind, sufficient: of m distinct addresses.
        home: their further columns, in the order of ``standardise.Addresses``: m codes each.
        address: n indices of addresses.
    """

    text: pa.LargeStringArray
    names: tuple[I32, ...]
    kind: I8
    sufficient: Bools
    home: tuple[I32, ...]
    address: I32


def spelt_by_row(table: pa.Table) -> Spelt:
    """Standardise names and addresses row by row.

    Args:
        table: n rows of strings; a missing column and a missing cell count as blank.
    """
    people = [_name(*cells) for cells in _rows(table, _NAMES)]
    homes = [_address(*cells) for cells in _rows(table, _ADDRESS)]
    said = {word for row in people for word in row} | {word for _, _, row in homes for word in row}
    text = sorted({"", *said}, key=str.encode)
    code = {word: at for at, word in enumerate(text)}
    coded = [(kind, whole, *(code[word] for word in row)) for kind, whole, row in homes]
    distinct = sorted(set(coded))
    place = {address: at for at, address in enumerate(distinct)}
    kinds, sufficient, *home = zip(*distinct, strict=True) if distinct else [()] * 13
    return Spelt(
        pa.array(text, pa.large_string()),
        tuple(np.array([code[row[n]] for row in people], np.int32) for n in range(len(_NAMES))),
        np.array(kinds, np.int8),
        np.array(sufficient, np.bool_),
        tuple(np.array(column, np.int32) for column in home),
        np.array([place[address] for address in coded], np.int32),
    )


def _rows(table: pa.Table, columns: tuple[str, ...]) -> list[tuple[str, ...]]:
    blank = [""] * table.num_rows
    cells = [table[c].to_pylist() if c in table.column_names else blank for c in columns]
    return [tuple(cell or "" for cell in row) for row in zip(*cells, strict=True)]


def _name(given_cell: str, middle_cell: str, surname_cell: str, suffix_cell: str) -> tuple[str, str, str, str]:
    given, surname = names.given(given_cell), names.surname(surname_cell)
    middle = " ".join(part for part in (given.rest, names.middle(middle_cell)) if part)
    return given.first, middle, surname.text, names.suffix(suffix_cell) or surname.suffix or given.suffix


def _address(*cells: str) -> _Address:
    address = parsed(*cells)
    unit = "".join(address.unit.split())
    parts = (address.number, address.street, *street_parts(address.street), unit, address.box, address.route)
    return KINDS.index(address.kind), is_sufficient(address), (*parts, address.city, address.state, address.zip5)
