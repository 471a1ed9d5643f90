"""The five address cells of many rows, standardised: ``parse`` of each address, put together from its parts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from narrowgate.domain.postal import AddressKind, PostalAddress, is_sufficient, parse, place_of
from narrowgate.domain.postal_words import DIRECTIONS, SUFFIXES
from narrowgate.linkage.arrays import I8, I32, I64, Bools
from narrowgate.linkage.packing import distinct
from narrowgate.linkage.postal_lines import Line, behind_a_number, on_line_2, without_a_number
from narrowgate.linkage.postal_worn import legible, worn_address

KINDS = tuple(AddressKind)
"""Codes of the kinds of delivery."""
PARTS = ("number", "street", "unit", "box", "route", "city", "state", "zip5")
"""What is coded of an address; a street's direction, core and suffix follow from it."""

_DIRECTIONS = frozenset(DIRECTIONS.values())
_STREET_SUFFIXES = frozenset(SUFFIXES.values())
_NUMBER_AND_REST = r"(?s)^(?P<number>[1-9][0-9]{0,5})(?P<rest> .*)$"
_UNIT_AT_THE_END = r"(?is)^(?P<before> .*[ ,](?:(?:apt|unit|ste|suite)\.? #? ?|# ?))(?P<unit>[1-9][0-9]{0,4})$"
SOME_UNIT = "7"
"""Stands for the number of any unit where a line is judged."""
_SOME_ZIP = "22150"
_ZIP_DIGITS = 5
_NOBODYS = -1  # no city ends in it, none begins with it
_NONE = KINDS.index(AddressKind.NONE)
_STREET = KINDS.index(AddressKind.STREET)


@dataclass(frozen=True, slots=True)
class AddressColumns:
    """Distinct addresses, m rows, and which of them each of n rows has.

    Attributes:
        kinds: indices into ``KINDS``.
        sufficient: ``is_sufficient`` of each.
        parts: a column of strings for each of ``PARTS``; strings may stand twice in a dictionary.
        row: n indices of addresses.
    """

    kinds: I8
    sufficient: Bools
    parts: tuple[pa.DictionaryArray, ...]
    row: I64


class _Pool:
    """Strings numbered as they come; "" is 0."""

    def __init__(self) -> None:
        self.codes = {"": 0}

    def code(self, text: str) -> int:
        return self.codes.setdefault(text, len(self.codes))

    def coded(self, texts: Sequence[str]) -> I32:
        return np.fromiter(map(self.code, texts), np.int32, len(texts))


class _Lines(NamedTuple):
    """Of each distinct line 1: is it known apart, its kind and parts, and what guards them (``postal_lines.Line``)."""

    known: Bools
    kind: I8
    number: I32
    street: I32
    unit: I32
    box: I32
    route: I32
    guard: I32
    guard_2: I32
    initial: I32


class _Places(NamedTuple):
    """Of each row: city, state and ZIP Code; of each row's city, its last word and its first letter."""

    city: I32
    state: I32
    zip5: I32
    ends_in: I32
    begins_with: I32


def address_columns(cells: Sequence[pa.DictionaryArray]) -> AddressColumns:
    """Standardise n rows of lines 1 and 2, city, state and ZIP Code.

    1. Each distinct line 1 is judged apart: number and rest, box, or nothing.
    2. Each distinct city, state and ZIP Code is read; a ZIP Code abroad is none.
    3. Each distinct line 2 is asked what it adds.
    4. What cannot be put together from that is parsed, once a distinct combination of five cells.
    5. Equal addresses become one row.
    """
    line_1, line_2, *_ = (_indices(column) for column in cells)
    pools = {part: _Pool() for part in PARTS}
    words = _Pool()  # of guards and towns
    lines = _Lines._make(column[line_1] for column in _lines(_texts(cells[0]), pools, words))  # 1
    places = _places(cells[2:], pools, words)  # 2
    second = [on_line_2(text) for text in _texts(cells[1])]  # 3
    adds = pools["unit"].coded(["".join(s.unit.split()) for s in second])[line_2]
    boxed = pools["box"].coded([s.box for s in second])[line_2]
    columns = {
        "number": lines.number,
        "street": lines.street,
        "unit": np.where(lines.unit != 0, lines.unit, adds),
        "box": np.where(lines.box != 0, lines.box, boxed),
        "route": lines.route,
        "city": places.city,
        "state": places.state,
        "zip5": places.zip5,
    }
    undone = _flags(second, lambda s: s.undoes)[line_2] & (lines.kind == _STREET)
    blank_2 = _flags(_texts(cells[1]), lambda text: not text.strip())[line_2]
    apart = lines.known & ~undone & (blank_2 | (lines.kind != _NONE)) & ~_guarded(lines, places)
    kinds, sufficient = lines.kind, _sufficient(lines, places)
    _parse_whole(cells, np.flatnonzero(~apart), pools, columns, kinds, sufficient)  # 4
    return _together(kinds, sufficient, columns, pools)  # 5


def street_parts(street: str) -> tuple[str, str, str]:
    """Direction, core and suffix of a street; directions before and behind the name are parted by a space."""
    words = street.split()
    ahead = words[0] if len(words) > 1 and words[0] in _DIRECTIONS else ""
    words = words[1:] if ahead else words
    behind = words[-1] if len(words) > 1 and words[-1] in _DIRECTIONS else ""
    words = words[:-1] if behind else words
    ending = words[-1] if len(words) > 1 and words[-1] in _STREET_SUFFIXES else ""
    core = " ".join(words[:-1] if ending else words)
    return f"{ahead} {behind}".strip(), core, ending


def parsed(line_1: str, line_2: str, city: str, state: str, zip_code: str) -> PostalAddress:
    """The address, its number as far as a scanner spoilt it; of what is none, what could still be read."""
    address = parse(line_1, line_2, city, state, zip_code)
    if address.kind is AddressKind.NONE and (line_1.strip() or line_2.strip()):
        return worn_address(line_1, line_2, city, state, zip_code)
    return replace(address, number=legible(address.number))


def _texts(column: pa.DictionaryArray) -> list[str]:
    texts: list[str] = column.dictionary.to_pylist()
    return texts


def _indices(column: pa.DictionaryArray) -> I32:
    found: I32 = column.indices.to_numpy(zero_copy_only=False).astype(np.int32, copy=False)
    return found


def _flags(values: Sequence[Any], rule: Callable[[Any], bool]) -> Bools:
    return np.fromiter(map(rule, values), np.bool_, len(values))


def _lines(texts: list[str], pools: dict[str, _Pool], words: _Pool) -> _Lines:
    """Each distinct line 1; what stands behind a number is judged once, whatever the number."""
    split = pc.extract_regex(pa.array(texts, pa.large_string()), _NUMBER_AND_REST)
    numbered = np.asarray(split.is_valid())
    number = np.asarray(pc.fill_null(pc.struct_field(split, "number").cast(pa.int32()), 0))
    rest, units = _without_units(pc.fill_null(pc.struct_field(split, "rest"), ""))
    judged = [behind_a_number(text) for text in rest.dictionary.to_pylist()]
    judged += [without_a_number(texts[at]) for at in np.flatnonzero(~numbered)]
    which = rest.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    which[~numbered] = len(rest.dictionary) + np.arange(int((~numbered).sum()))
    said = [line or Line(AddressKind.NONE) for line in judged]
    kind = np.array([KINDS.index(line.kind) for line in said], np.int8)[which]
    bare = _flags(said, lambda line: line.bare)[which]
    like_a_zip = numbered & (number >= 10 ** (_ZIP_DIGITS - 1)) & (number < 10**_ZIP_DIGITS)
    some_unit = _flags(said, lambda line: line.unit == SOME_UNIT)[which]
    known = _flags(judged, lambda line: line is not None)[which] & ~(bare & like_a_zip) & ~(numbered & (kind == _NONE))
    known &= some_unit | (units.codes == 0)
    guards = [(*line.guards, "", "") for line in said]
    return _Lines(
        known,
        kind,
        _number_codes(number, pools["number"]),
        pools["street"].coded([line.street for line in said])[which],
        np.where(
            units.codes != 0,
            pools["unit"].coded(units.texts)[units.codes],
            pools["unit"].coded(["".join(line.unit.split()) for line in said])[which],
        ),
        pools["box"].coded([line.box for line in said])[which],
        pools["route"].coded([line.route for line in said])[which],
        words.coded([guard for guard, *_ in guards])[which],
        words.coded([guard for _, guard, *_ in guards])[which],
        words.coded([line.initial for line in said])[which],
    )


class _Units(NamedTuple):
    """The numbers of units at the end of lines; "" is the first."""

    texts: list[str]
    codes: I32


def _without_units(rest: pa.LargeStringArray) -> tuple[pa.DictionaryArray, _Units]:
    """What follows on house numbers, the number of a unit at its end made the same in all (``postal_lines``, 6)."""
    split = pc.extract_regex(rest, _UNIT_AT_THE_END)
    designated = split.is_valid()
    text = pa.large_string()
    alike = pc.binary_join_element_wise(
        pc.struct_field(split, "before"), pa.scalar(SOME_UNIT, text), pa.scalar("", text)
    )
    numbers = pc.fill_null(pc.struct_field(split, "unit"), "")
    coded = pa.concat_arrays([pa.array([""], text), numbers]).dictionary_encode()
    codes: I32 = coded.indices.to_numpy()[1:]
    return pc.if_else(designated, alike, rest).dictionary_encode(), _Units(coded.dictionary.to_pylist(), codes)


def _number_codes(number: I32, pool: _Pool) -> I32:
    values, which = np.unique(number, return_inverse=True)
    return pool.coded([str(value) if value else "" for value in values.tolist()])[which]


def _places(cells: Sequence[pa.DictionaryArray], pools: dict[str, _Pool], words: _Pool) -> _Places:
    in_city, in_state, in_zip = (_indices(column) for column in cells)
    towns = [place_of(text, "", "").city for text in _texts(cells[0])]
    states = [place_of("", text, "").state for text in _texts(cells[1])]
    zips = [place_of("", "", text).zip5 for text in _texts(cells[2])]
    state, zip5 = pools["state"].coded(states)[in_state], pools["zip5"].coded(zips)[in_zip]
    abroad = _flags(_texts(cells[0]), lambda text: not place_of(text, "", _SOME_ZIP).zip5)[in_city]
    abroad |= _flags(_texts(cells[1]), lambda text: not place_of("", text, _SOME_ZIP).zip5)[in_state]
    zip5 = np.where(abroad & (state == 0), 0, zip5)
    ends = words.coded([town.rpartition(" ")[2] for town in towns])
    begins = words.coded([town[:1] for town in towns])
    nowhere = np.array([not town for town in towns], np.bool_)
    ends[nowhere], begins[nowhere] = _NOBODYS, _NOBODYS
    return _Places(pools["city"].coded(towns)[in_city], state, zip5, ends[in_city], begins[in_city])


def _guarded(lines: _Lines, places: _Places) -> Bools:
    """Rows whose city may change what line 1 says."""
    ends = (lines.guard == places.ends_in) | (lines.guard_2 == places.ends_in)
    found: Bools = ends | ((lines.initial != 0) & (lines.initial == places.begins_with))
    return found


def _sufficient(lines: _Lines, places: _Places) -> Bools:
    """``is_sufficient`` of addresses put together: a delivery somewhere. A street behind a number is one."""
    somewhere = ((places.city != 0) & (places.state != 0)) | (places.zip5 != 0)
    boxed = (lines.box != 0) & ((lines.route != 0) | (lines.kind == KINDS.index(AddressKind.PO_BOX)))
    found: Bools = somewhere & ((lines.kind == _STREET) | boxed)
    return found


def _parse_whole(
    cells: Sequence[pa.DictionaryArray],
    rows: I64,
    pools: dict[str, _Pool],
    columns: dict[str, I32],
    kinds: I8,
    sufficient: Bools,
) -> None:
    """Fill in the rows that only the whole address decides."""
    first, rank = distinct(*(_indices(column)[rows] for column in cells))
    typed = zip(*(column.take(pa.array(rows[first])).to_pylist() for column in cells), strict=True)
    found = [parsed(*row) for row in typed]
    for part in PARTS:
        said = [getattr(address, part) for address in found]
        columns[part][rows] = pools[part].coded(["".join(u.split()) for u in said] if part == "unit" else said)[rank]
    kinds[rows] = np.array([KINDS.index(address.kind) for address in found], np.int8)[rank]
    sufficient[rows] = _flags(found, is_sufficient)[rank]


def _together(kinds: I8, sufficient: Bools, columns: dict[str, I32], pools: dict[str, _Pool]) -> AddressColumns:
    first, row = distinct(kinds.astype(np.int32), sufficient.astype(np.int32), *columns.values())
    parts = (
        pa.DictionaryArray.from_arrays(
            pa.array(columns[part][first]), pa.array(list(pools[part].codes), pa.large_string())
        )
        for part in PARTS
    )
    return AddressColumns(kinds[first], sufficient[first], tuple(parts), row)
