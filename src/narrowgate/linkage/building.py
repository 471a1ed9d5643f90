"""Building a snapshot's arrays: standardise, sort, count, number residences, make keys."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from narrowgate.linkage.arrays import I32, U64, distinct_rows, group_starts
from narrowgate.linkage.blocks import Blocks, made_of
from narrowgate.linkage.keys import WhereKeys, crossed, packed_dates, stored_by_who
from narrowgate.linkage.near import near_blocks
from narrowgate.linkage.residence import residences
from narrowgate.linkage.standardise import Names, Standardised, days, each_distinct, standardise
from narrowgate.linkage.word_keys import NameParts
from narrowgate.linkage.words import dictionary, encode

FORMAT = "narrowgate-snapshot/2"
_BORNE_AT_LEAST = 10  # persons, or one in so many, who bear a name: then it is no slip of the pen
_BORNE_ONE_IN = 50_000

Built = tuple[Mapping[str, NDArray[Any]], Mapping[str, int | str]]


def built(batches: Iterable[pa.RecordBatch], progress: Callable[[int], None]) -> Built:
    """The arrays and facts of a snapshot.

    1. Batches are read, each string once; persons are numbered in the order of their ids.
    2. Rows are standardised, sorted by person and date, exact repetitions dropped: the order of the records in the
       file changes nothing, not even the digest.
    3. Residences, holders of names and occupants of addresses are found.
    4. Of a person's names, birth dates and numbers each combination is kept once; keys are sorted into blocks.
    """
    table = _read(batches, progress)  # 1
    people, (person,) = encode([dictionary(table["person_id"])])
    as_of = table["as_of"].cast(pa.int32()).to_numpy().astype(np.int32)
    rows = standardise(table, each_distinct(dictionary(table["date_of_birth"]), days))  # 2
    rows, person, as_of = _sorted(rows, person, as_of)
    used, of_row = np.unique(person, return_inverse=True)
    person_index = of_row.astype(np.int32)
    holders = _holders(person_index, rows.names.given, len(rows.words.text))
    borne = holders >= max(_BORNE_AT_LEAST, len(used) // _BORNE_ONE_IN)
    arrays: dict[str, NDArray[Any]] = {
        "as_of": as_of,
        "address": rows.address,
        "residence": residences(rows, of_row, as_of),  # 3
        "person_start": group_starts(of_row, len(used)),
        "given_holders": holders,
        "given_borne": borne,
        "borne_hashes": np.sort(rows.words.hashes[borne]),
        "surname_holders": _holders(person_index, rows.names.surname, len(rows.words.text)),
        "occupants": _holders(person_index, rows.address, len(rows.addresses.kind)),
        "word_hashes": rows.words.hashes,
    }
    arrays |= _by_hash("given", arrays, rows.words.hashes) | _by_hash("surname", arrays, rows.words.hashes)
    arrays |= {f"home_{f.name}": getattr(rows.addresses, f.name) for f in fields(rows.addresses)}
    arrays |= _string_arrays("word", rows.words.text)
    arrays |= _string_arrays("person", people.text.take(pa.array(used)))
    arrays |= _who(rows, person_index, len(used))  # 4
    for name, codes in (("near_given", rows.names.given), ("near_surnames", rows.names.surname)):
        arrays |= _named(name, near_blocks(rows.words, np.unique(codes)))
    return arrays, {"format": FORMAT, "rows": len(rows), "persons": len(used), "addresses": len(rows.addresses.kind)}


def _read(batches: Iterable[pa.RecordBatch], progress: Callable[[int], None]) -> pa.Table:
    read: list[pa.Table] = []
    count = 0
    for batch in batches:
        columns = {
            n: c if n == "as_of" else dictionary(c) for n, c in zip(batch.schema.names, batch.columns, strict=True)
        }
        read.append(pa.table(columns))
        count += batch.num_rows
        progress(count)
    if not read:
        empty = pa.array([], pa.large_string())
        return pa.table({"person_id": empty, "date_of_birth": empty, "as_of": pa.array([], pa.date32())})
    return pa.concat_tables(read)


def _sorted(rows: Standardised, person: I32, as_of: I32) -> tuple[Standardised, I32, I32]:
    names = [getattr(rows.names, f.name) for f in fields(rows.names)]
    kept, _ = distinct_rows(person, as_of, *names, rows.address)
    taken = Standardised(rows.words, Names(*(n[kept] for n in names)), rows.addresses, rows.address[kept])
    return taken, person[kept], as_of[kept]


def _holders(person: I32, codes: I32, count: int) -> I32:
    """Per code, how many distinct persons have it."""
    first, _ = distinct_rows(codes, person)
    return np.bincount(codes[first], minlength=count).astype(np.int32)


def _string_arrays(name: str, text: pa.LargeStringArray) -> dict[str, NDArray[Any]]:
    whole = pa.concat_arrays([text])
    offsets = np.frombuffer(whole.buffers()[1], np.int64, len(whole) + 1)
    stop = int(offsets[-1])
    data = whole.buffers()[2]
    return {
        f"{name}_offsets": offsets,
        f"{name}_bytes": np.frombuffer(data, np.uint8, stop) if stop else np.zeros(0, np.uint8),
    }


def _by_hash(name: str, arrays: Mapping[str, NDArray[Any]], hashes: U64) -> dict[str, NDArray[Any]]:
    """How many persons bear each name, by its hash."""
    holders = arrays[f"{name}_holders"]
    borne = np.flatnonzero(holders)
    borne = borne[np.argsort(hashes[borne])]
    return {f"{name}_hashes": hashes[borne], f"{name}_hash_holders": holders[borne]}


def _who(rows: Standardised, person: I32, persons: int) -> dict[str, NDArray[Any]]:
    """Who the rows are about, each combination of a person once, sorted by person; and all blocks."""
    columns = [getattr(rows.names, f.name) for f in fields(Names)]
    first, _ = distinct_rows(person, *columns)
    names = Names(*(column[first] for column in columns))
    every, owner = crossed(names, person[first])
    by_who = [(keys, owner) for keys in stored_by_who(rows.words, every)]
    parts = NameParts(rows.words, rows.names.given, rows.names.surname)
    by_where = [(keys, person) for keys in WhereKeys(rows, parts).stored()]
    blocks = made_of([*by_who, *by_where])
    found = {f"name_{f.name}": getattr(names, f.name) for f in fields(Names)}
    found |= _named("blocks", blocks)
    found["who_start"] = group_starts(person[first].astype(np.int64), persons)
    return found | {"dates": packed_dates(names.born)}


def _named(name: str, blocks: Blocks) -> dict[str, NDArray[Any]]:
    return {f"{name}_{f.name}": getattr(blocks, f.name) for f in fields(blocks)}
