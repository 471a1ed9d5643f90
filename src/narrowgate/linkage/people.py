"""Stage 3 of building a snapshot: rows brought together by person, sorted, and what follows from one person's rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from narrowgate.linkage.arrays import I32, I64, U64, group_starts
from narrowgate.linkage.keys import Keys, WhereKeys, crossed, packed_dates, stored_by_who
from narrowgate.linkage.packing import distinct, order_of
from narrowgate.linkage.residence import residences
from narrowgate.linkage.scratch import Scratch
from narrowgate.linkage.standardise import Addresses, Names, Standardised
from narrowgate.linkage.storage import View
from narrowgate.linkage.word_keys import NameParts
from narrowgate.linkage.words import Words, dictionary, in_order, string_arrays, strings_from

_SAMPLED = 64  # ids a range and part
_NAMES = tuple(f.name for f in fields(Names))
_CODED_NAMES = _NAMES[:4]
_COLUMNS = ("as_of", "address", *(f"name_{name}" for name in _NAMES))
_PERSON = np.uint64(0xFFFFFFFF)
_SHIFT = np.uint64(32)


@dataclass(frozen=True, slots=True)
class Common:
    """What all parts share."""

    words: Words
    addresses: Addresses
    gathered: View


def splitters(scratch: Scratch, parts: Sequence[str], ranges: int) -> list[str]:
    """Ids that part all persons into about as many rows a range: the first of every range but the first."""
    sampled: list[str] = []
    for part in parts:
        ids = strings_from(scratch.load(part), "person")
        every = max(len(ids) // (_SAMPLED * ranges), 1)
        sampled += ids.take(pa.array(np.arange(0, len(ids), every))).to_pylist()
    in_bytes = sorted(sampled, key=str.encode)
    return [in_bytes[len(in_bytes) * at // ranges] for at in range(1, ranges)]


def split(scratch: Scratch, step: str, part: str, common: Common, ranges: Sequence[str]) -> None:
    """Save a part's rows, coded as all parts are, range of persons by range of persons."""
    loaded = scratch.load(part)
    ids = strings_from(loaded, "person")
    in_range = np.zeros(len(ids), np.int32)
    for first in ranges:
        in_range += np.asarray(pc.greater_equal(ids, pa.scalar(first, pa.large_string())))
    order = np.argsort(in_range, kind="stable")
    codes = common.gathered[f"words-{part}"]
    arrays = {name: loaded[name][order] for name in _COLUMNS}
    arrays |= {f"name_{name}": codes[arrays[f"name_{name}"]] for name in _CODED_NAMES}
    arrays["address"] = common.gathered[f"addresses-{part}"][arrays["address"]]
    arrays["starts"] = np.searchsorted(in_range[order], np.arange(len(ranges) + 2))
    scratch.save(step, arrays | string_arrays("person", ids.take(pa.array(order))))


def people(scratch: Scratch, step: str, parts: Sequence[str], at: int, common: Common) -> None:
    """Save a range of persons, numbered in the order of their ids.

    1. Rows are sorted by person and date, exact repetitions dropped: their order in the file changes nothing.
    2. Residences, holders of names and occupants of addresses are found.
    3. Of a person's names, birth dates and numbers each combination is kept once.
    4. Keys are sorted, and with each the persons it finds.
    """
    text, person, columns = _range(scratch, parts, at)
    order, _ = distinct(person, *(columns[name] for name in _COLUMNS))  # 1
    person = person[order]
    columns = {name: column[order] for name, column in columns.items()}
    names = Names(*(columns[f"name_{name}"] for name in _NAMES))
    rows, used = _rows(common, names, columns["address"])
    pairs, _ = distinct(person, rows.address)
    arrays: dict[str, NDArray[Any]] = {
        "as_of": columns["as_of"],
        "address": columns["address"],
        "residence": residences(rows, person.astype(np.int64), columns["as_of"]),  # 2
        "residences": np.array([len(pairs)]),
        "person_start": group_starts(person.astype(np.int64), len(text))[:-1],
    }
    for name, codes in (("given", names.given), ("surname", names.surname), ("address", rows.address)):
        arrays[f"{name}_held"], arrays[f"{name}_holders"] = _held(codes, person)
    arrays["address_held"] = used[arrays["address_held"]]
    arrays |= _who(rows, person, len(text))  # 3, 4
    scratch.save(step, arrays | string_arrays("person", text))


def _range(scratch: Scratch, parts: Sequence[str], at: int) -> tuple[pa.LargeStringArray, I32, dict[str, I32]]:
    """The ids of a range of persons in byte order; and of each row its person, and its columns."""
    loaded = [scratch.load(part) for part in parts]
    bounds = [slice(*part["starts"][at : at + 2].tolist()) for part in loaded]
    pieces = zip(loaded, bounds, strict=True)
    ids = [strings_from(part, "person").slice(s.start, s.stop - s.start) for part, s in pieces]
    text, (person,) = in_order([dictionary(pa.chunked_array(ids, pa.large_string()))])
    columns = {name: np.concatenate([p[name][s] for p, s in zip(loaded, bounds, strict=True)]) for name in _COLUMNS}
    blank = int(not (person == 0).any())  # "" stands first, also where no person is called so
    return text.slice(blank), person - np.int32(blank), columns


def _rows(common: Common, names: Names, address: I32) -> tuple[Standardised, I64]:
    """Rows with those of the addresses that they have, and which these are."""
    used = np.flatnonzero(np.bincount(address, minlength=len(common.addresses.kind)))
    local = np.zeros(len(common.addresses.kind), np.int32)
    local[used] = np.arange(len(used), dtype=np.int32)
    addresses = Addresses(*(getattr(common.addresses, f.name)[used] for f in fields(Addresses)))
    return Standardised(common.words, names, addresses, local[address]), used


def _held(codes: I32, person: I32) -> tuple[I64, I32]:
    """The codes that occur, and how many distinct persons have each."""
    pairs = np.sort(codes.astype(np.uint64) << _SHIFT | person.astype(np.uint64))
    held = (pairs[_changes(pairs)] >> _SHIFT).astype(np.int64)
    starts = np.flatnonzero(_changes(held))
    return held[starts], np.diff(np.append(starts, len(held))).astype(np.int32)


def _who(rows: Standardised, person: I32, persons: int) -> dict[str, NDArray[Any]]:
    """Who the rows are about, each combination of a person once, sorted by person; and all keys, sorted."""
    columns = [getattr(rows.names, name) for name in _NAMES]
    first, _ = distinct(person, *columns)
    names = Names(*(column[first] for column in columns))
    every, owner = crossed(names, person[first])
    parts = NameParts(rows.words, rows.names.given, rows.names.surname)
    by_who = [(keys, owner) for keys in stored_by_who(rows.words, every)]
    by_where = [(keys, person) for keys in WhereKeys(rows, parts).stored()]
    found = {f"name_{name}": getattr(names, name) for name in _NAMES}
    found["who_start"] = group_starts(person[first].astype(np.int64), persons)[:-1]
    found["dates"] = packed_dates(names.born)
    return found | dict(zip(("keys", "found"), sorted_keys([*by_who, *by_where]), strict=True))


def sorted_keys(keys: Sequence[tuple[Keys, I32]]) -> tuple[U64, I32]:
    """Key hashes in order, and with each the person it finds, in order, each pair once.

    Args:
        keys: and per row of each list of keys the person it belongs to.
    """
    hashes = np.concatenate([k.hashes for k, _ in keys])
    order = order_of(hashes)
    hashes = hashes[order]
    persons = np.concatenate([person[k.row] for k, person in keys])[order].astype(np.uint64)
    run = np.cumsum(_changes(hashes)).astype(np.uint64)
    pairs = run << _SHIFT | persons
    if (pairs[1:] < pairs[:-1]).any():
        pairs.sort()  # hashes stay where they are: a run is as long as before
    kept = _changes(pairs)
    return hashes[kept], (pairs[kept] & _PERSON).astype(np.int32)


def _changes(column: NDArray[Any]) -> NDArray[np.bool_]:
    """Where a sorted column has another value than before."""
    new = np.ones(len(column), np.bool_)
    new[1:] = column[1:] != column[:-1]
    return new


def slices(scratch: Scratch, steps: Sequence[str], low: int, high: int | None) -> Iterator[tuple[U64, I32]]:
    """Of each range of persons the keys from ``low`` to below ``high`` (None: to the end), and whom they find."""
    for step in steps:
        loaded = scratch.load(step)
        start = int(np.searchsorted(loaded["keys"], np.uint64(low)))
        stop = len(loaded["keys"]) if high is None else int(np.searchsorted(loaded["keys"], np.uint64(high)))
        yield loaded["keys"][start:stop], loaded["found"][start:stop]
