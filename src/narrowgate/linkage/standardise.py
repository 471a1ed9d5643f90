"""Names, dates and addresses of requests and records, standardised alike, once per distinct value.

Both sides of every comparison come through ``standardise``: what differs after it, differs.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from narrowgate.domain import names
from narrowgate.linkage.arrays import I8, I32, I64, Bools
from narrowgate.linkage.by_row import FEW, spelt_by_row
from narrowgate.linkage.packing import distinct
from narrowgate.linkage.postal_columns import KINDS, AddressColumns, address_columns, street_parts
from narrowgate.linkage.words import Words, dictionary, hashes_of, in_order, numbers, plain, respelt, rewrite

__all__ = [
    "KINDS", "NO_DATE", "NO_TIN", "Addresses", "Names", "Standardised", "days", "each_distinct", "spelt", "standardise",
    "tins",
]  # fmt: skip

NO_DATE = int(np.iinfo(np.int32).min)
"""Stands for a birth date that is not stated."""
NO_TIN = -1
"""Stands for a taxpayer identification number that is not stated."""
_EPOCH = date(1970, 1, 1).toordinal()
_TIN_DIGITS = 9
_LEAST_TIN, _SERIALS = 1_000_000, 10_000  # neither the first three digits nor the last four are zeros
_ADDRESS_CELLS = ("address_line_1", "address_line_2", "city", "state", "zip")


@dataclass(frozen=True, slots=True)
class Addresses:
    """Distinct addresses, one row each; all but ``kind`` and ``sufficient`` are codes of words.

    Attributes:
        kind: index into ``KINDS``.
        sufficient: it is an address in the sense of 26 USC 6103(i)(2)(B)(i); only then can it confirm.
        street: the whole street; of an insufficient address, whatever street could still be read.
        direction, core, street_suffix: its parts; directions before and behind the name are parted by a space.
    """

    kind: I8
    sufficient: Bools
    number: I32
    street: I32
    direction: I32
    core: I32
    street_suffix: I32
    unit: I32
    box: I32
    route: I32
    city: I32
    state: I32
    zip5: I32


@dataclass(frozen=True, slots=True)
class Names:
    """Who a row says it is about; codes of words but for ``born`` (days since 1970) and ``tin`` (nine digits)."""

    given: I32
    middle: I32
    surname: I32
    suffix: I32
    born: I32
    tin: I32


@dataclass(frozen=True, slots=True)
class Standardised:
    """Rows after standardising: ``address`` is a row of ``addresses``."""

    words: Words
    names: Names
    addresses: Addresses
    address: I32

    def __len__(self) -> int:
        return len(self.address)


def standardise(table: pa.Table, born: I32) -> Standardised:
    """Standardise the columns that requests and records share.

    1. Names are read cell by cell, each distinct cell once.
    2. Addresses are put together from their parts, each distinct part read once (``postal_columns``).
    3. Every string gets its code.

    Args:
        table: strings; a missing column counts as blank.
        born: birth dates in days since 1970, ``NO_DATE`` where blank.
    """
    text, who, addresses, address = spelt(table, born)
    return Standardised(Words(text, hashes_of(text.to_pylist())), who, addresses, address)


def spelt(table: pa.Table, born: I32) -> tuple[pa.LargeStringArray, Names, Addresses, I32]:
    """As ``standardise``, without the hashes: the strings in byte order instead of words."""
    tin = tins(plain(table["tin"])) if "tin" in table.column_names else np.full(len(table), NO_TIN, np.int32)
    if len(table) > FEW:
        return _spelt_by_column(table, born, tin)
    rows = spelt_by_row(table)
    given, middle, surname, suffix = rows.names
    who = Names(given, middle, surname, suffix, born, tin)
    return rows.text, who, Addresses(rows.kind, rows.sufficient, *rows.home), rows.address


def _spelt_by_column(table: pa.Table, born: I32, tin: I32) -> tuple[pa.LargeStringArray, Names, Addresses, I32]:
    columns, homes = _names(table), address_columns([_column(table, name) for name in _ADDRESS_CELLS])  # 1, 2
    text, coded = in_order([*columns, *_with_street_parts(homes)])  # 3
    kept, rank = distinct(homes.kinds.astype(np.int32), homes.sufficient.astype(np.int32), *coded[4:])
    addresses = Addresses(homes.kinds[kept], homes.sufficient[kept], *(c[kept] for c in coded[4:]))
    who = Names(coded[0], coded[1], coded[2], coded[3], born, tin)
    return text, who, addresses, rank[homes.row].astype(np.int32)


def each_distinct(column: pa.DictionaryArray, rule: Callable[[str], int]) -> I32:
    """Numbers read from strings, each distinct string once."""
    values = np.array([rule(text) for text in column.dictionary.to_pylist()], np.int32)
    found: I32 = values[column.indices.to_numpy(zero_copy_only=False)] if len(column) else np.zeros(0, np.int32)
    return found


def days(text: str) -> int:
    """Days since 1970 of an ISO date, of ``MM/DD/YYYY`` or of ``YYYYMMDD``; ``NO_DATE`` for anything else."""
    month_first = text.strip().split("/")
    if len(month_first) == 3:  # noqa: PLR2004 - month, day, year
        text = "-".join((month_first[2].strip(), month_first[0].strip().zfill(2), month_first[1].strip().zfill(2)))
    try:
        return date.fromisoformat(text.strip()[:10]).toordinal() - _EPOCH
    except ValueError:
        return NO_DATE


def tins(column: pa.Array) -> I32:
    """Taxpayer identification numbers of n cells, ``NO_TIN`` where a cell holds none: nearly every cell is distinct.

    Nine digits, whatever stands between them, that can be a number at all: the Social Security Administration issues
    none with a part of zeros, and one digit nine times only fills the field.

    Args:
        column: n strings; null counts as blank.
    """
    text = pc.fill_null(column.cast(pa.large_string()), "")
    starts: I64 = np.frombuffer(text.buffers()[1], np.int64, len(text) + 1, text.offset * 8)
    low, high = int(starts[0]), int(starts[-1])
    raw = np.frombuffer(text.buffers()[2] or b"", np.uint8)[low:high]
    is_digit = (raw >= ord("0")) & (raw <= ord("9"))
    before: I64 = np.concatenate((np.zeros(1, np.int64), np.cumsum(is_digit, dtype=np.int64)))
    digits = raw[is_digit] - np.uint8(ord("0"))
    first, last = before[starts[:-1] - low], before[starts[1:] - low]
    nine = np.flatnonzero(last - first == _TIN_DIGITS)
    parts = digits[first[nine, None] + np.arange(_TIN_DIGITS)].astype(np.int32)
    value = parts @ (10 ** np.arange(_TIN_DIGITS)[::-1]).astype(np.int32)
    issued = (value >= _LEAST_TIN) & (value % _SERIALS != 0) & (parts != parts[:, :1]).any(axis=1)
    found = np.full(len(text), NO_TIN, np.int32)
    found[nine[issued]] = value[issued]
    return found


def _with_street_parts(homes: AddressColumns) -> list[pa.DictionaryArray]:
    """The columns of ``Addresses`` behind ``sufficient``."""
    number, street, *rest = homes.parts
    split = [street_parts(text) for text in street.dictionary.to_pylist()]
    return [number, street, *(respelt(street, [parts[n] for parts in split]) for n in range(3)), *rest]


def _column(table: pa.Table, name: str) -> pa.DictionaryArray:
    if name in table.column_names:
        return dictionary(table[name])
    blanks = pa.array(np.zeros(table.num_rows, np.int32))
    return pa.DictionaryArray.from_arrays(blanks, pa.array([""], pa.large_string()))


def _names(table: pa.Table) -> tuple[pa.DictionaryArray, ...]:
    """Given, middle and surname, and the suffix: its own cell's, else the surname's, else the given name's."""
    given, surname = _column(table, "given_name"), _column(table, "surname")
    read = [names.given(cell) for cell in given.dictionary.to_pylist()]
    borne = [names.surname(cell) for cell in surname.dictionary.to_pylist()]
    middle = _behind(respelt(given, [g.rest for g in read]), rewrite(_column(table, "middle_name"), names.middle))
    suffixes = [rewrite(_column(table, "suffix"), names.suffix)]
    suffixes += [respelt(surname, [s.suffix for s in borne]), respelt(given, [g.suffix for g in read])]
    return (
        respelt(given, [g.first for g in read]),
        middle,
        respelt(surname, [s.text for s in borne]),
        _first_stated(suffixes),
    )


def _behind(given: pa.DictionaryArray, middle: pa.DictionaryArray) -> pa.DictionaryArray:
    """What stands behind the given name, and the middle name behind that; few rows have both."""
    both = np.flatnonzero(_stated(given) & _stated(middle))
    first, rank = distinct(*(numbers(column.indices)[both] for column in (given, middle)))
    pairs = zip(*(column.take(pa.array(both[first])).to_pylist() for column in (given, middle)), strict=True)
    joined = pa.array([" ".join(pair) for pair in pairs], pa.large_string())
    texts = pa.concat_arrays([given.dictionary, middle.dictionary, joined])
    codes = np.where(_stated(given), numbers(given.indices), len(given.dictionary) + numbers(middle.indices))
    codes[both] = len(given.dictionary) + len(middle.dictionary) + rank
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), texts)


def _first_stated(columns: Sequence[pa.DictionaryArray]) -> pa.DictionaryArray:
    """Row by row the first column that is not blank there."""
    texts = pa.concat_arrays([column.dictionary for column in columns])
    codes, start = numbers(columns[0].indices), len(columns[0].dictionary)
    blank = ~_stated(columns[0])
    for column in columns[1:]:
        stated = _stated(column)
        codes = np.where(blank & stated, start + numbers(column.indices), codes)
        blank &= ~stated
        start += len(column.dictionary)
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), texts)


def _stated(column: pa.DictionaryArray) -> Bools:
    said = np.fromiter(map(bool, column.dictionary.to_pylist()), np.bool_, len(column.dictionary))
    return said[numbers(column.indices)]
