"""Names, dates and addresses of requests and records, standardised alike, once per distinct value.

Both sides of every comparison come through ``standardise``: what differs after it, differs.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from narrowgate.domain import names
from narrowgate.domain.postal import AddressKind, PostalAddress, is_sufficient, parse
from narrowgate.domain.postal_words import DIRECTIONS, SUFFIXES
from narrowgate.linkage.arrays import I8, I32, I64, Bools, distinct_rows
from narrowgate.linkage.words import Words, dictionary, encode, rewrite

NO_DATE = int(np.iinfo(np.int32).min)
"""Stands for a birth date that is not stated."""
NO_TIN = -1
"""Stands for a taxpayer identification number that is not stated."""
KINDS = tuple(AddressKind)
"""Codes of ``Addresses.kind``."""

_EPOCH = date(1970, 1, 1).toordinal()
_TIN_DIGITS = 9
_ADDRESS_CELLS = ("address_line_1", "address_line_2", "city", "state", "zip")
_DIRECTIONS = frozenset(DIRECTIONS.values())
_STREET_SUFFIXES = frozenset(SUFFIXES.values())


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
    2. Addresses are parsed, each distinct combination of its five cells once.
    3. Every string gets its code.

    Args:
        table: strings; a missing column counts as blank.
        born: birth dates in days since 1970, ``NO_DATE`` where blank.
    """
    given, middle, surname, suffix = _names(table)  # 1
    parts, kinds, sufficient, address = _addresses(table)  # 2
    words, coded = encode([given, middle, surname, suffix, *parts])  # 3
    tin = each_distinct(_column(table, "tin"), _tin)
    kept, rank = distinct_rows(kinds.astype(np.int64), sufficient.astype(np.int64), *coded[4:])
    addresses = Addresses(kinds[kept], sufficient[kept], *(c[kept] for c in coded[4:]))
    return Standardised(
        words, Names(coded[0], coded[1], coded[2], coded[3], born, tin), addresses, rank[address].astype(np.int32)
    )


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


def _tin(text: str) -> int:
    """Nine digits that can be a number at all; the Social Security Administration issues none with a part of zeros."""
    digits = "".join(c for c in text if c.isdigit() and c.isascii())
    if len(digits) != _TIN_DIGITS or len(set(digits)) == 1 or digits[:3] == "000" or digits[5:] == "0000":
        return NO_TIN
    return int(digits)


def _column(table: pa.Table, name: str) -> pa.DictionaryArray:
    if name in table.column_names:
        return dictionary(table[name])
    blanks = pa.array(np.zeros(table.num_rows, np.int32))
    return pa.DictionaryArray.from_arrays(blanks, pa.array([""], pa.large_string()))


def _names(table: pa.Table) -> tuple[pa.DictionaryArray, ...]:
    given, surname = _column(table, "given_name"), _column(table, "surname")
    middle = rewrite(_column(table, "middle_name"), names.middle)
    suffix = rewrite(_column(table, "suffix"), names.suffix)
    behind_given = rewrite(given, lambda cell: names.given(cell).rest)
    behind_surname = rewrite(surname, lambda cell: names.surname(cell).suffix)
    suffixes = (suffix, behind_surname, rewrite(given, lambda cell: names.given(cell).suffix))
    return (
        rewrite(given, lambda cell: names.given(cell).first),
        _joined((behind_given, middle), " ".join),
        rewrite(surname, lambda cell: names.surname(cell).text),
        _joined(suffixes, lambda stated: stated[0] if stated else ""),
    )


def _joined(columns: Sequence[pa.DictionaryArray], rule: Callable[[list[str]], str]) -> pa.DictionaryArray:
    """One column from several: ``rule`` over what is not blank in each distinct combination."""
    first, rank = distinct_rows(*(c.indices.to_numpy(zero_copy_only=False) for c in columns))
    spelt = [c.take(pa.array(first)).to_pylist() for c in columns]
    joined = [rule([s for s in row if s]) for row in zip(*spelt, strict=True)]
    whole = pa.array(joined, pa.large_string()).dictionary_encode()
    return pa.DictionaryArray.from_arrays(pa.array(whole.indices.to_numpy()[rank], pa.int32()), whole.dictionary)


def _addresses(table: pa.Table) -> tuple[list[pa.DictionaryArray], I8, Bools, I64]:
    """Distinct cells parsed: columns of strings, kinds, sufficiency; and per row of the table its distinct cells."""
    cells = [_column(table, name) for name in _ADDRESS_CELLS]
    first, rank = distinct_rows(*(c.indices.to_numpy(zero_copy_only=False) for c in cells))
    typed = zip(*(c.take(pa.array(first)).to_pylist() for c in cells), strict=True)
    parsed = [_parsed(*row) for row in typed]
    rows = [_strings(address) for address in parsed]
    columns = list(zip(*rows, strict=True)) if rows else [()] * 11
    encoded = [pa.array(list(column), pa.large_string()).dictionary_encode() for column in columns]
    kinds = np.array([KINDS.index(a.kind) for a in parsed], np.int8)
    return encoded, kinds, np.array([is_sufficient(a) for a in parsed], np.bool_), rank


def _parsed(line_1: str, line_2: str, city: str, state: str, zip_code: str) -> PostalAddress:
    """The address; where only the house number is missing, its street is kept for telling spellings apart."""
    address = parse(line_1, line_2, city, state, zip_code)
    if address.kind is AddressKind.NONE and (line_1.strip() or line_2.strip()):
        guess = parse(f"1 {line_1 or line_2}", "", city, state, zip_code)
        return PostalAddress(
            address.kind, "", guess.street, guess.unit, "", "", address.city, address.state, address.zip5
        )
    return address


def _strings(address: PostalAddress) -> tuple[str, ...]:
    """The columns of ``Addresses`` behind ``sufficient``."""
    words = address.street.split()
    ahead = words[0] if len(words) > 1 and words[0] in _DIRECTIONS else ""
    words = words[1:] if ahead else words
    behind = words[-1] if len(words) > 1 and words[-1] in _DIRECTIONS else ""
    words = words[:-1] if behind else words
    ending = words[-1] if len(words) > 1 and words[-1] in _STREET_SUFFIXES else ""
    core = " ".join(words[:-1] if ending else words)
    direction = f"{ahead} {behind}".strip()
    unit = "".join(address.unit.split()) if address.unit else ""
    return (
        address.number, address.street, direction, core, ending, unit,
        address.box, address.route, address.city, address.state, address.zip5,
    )  # fmt: skip
