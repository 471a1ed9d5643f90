"""Building a snapshot's arrays: standardise, sort, count, number residences, make keys."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from narrowgate.linkage import keys
from narrowgate.linkage.arrays import I32, I64, U64, distinct_rows, group_starts
from narrowgate.linkage.keys import LIMITS, Family
from narrowgate.linkage.residence import residences
from narrowgate.linkage.standardise import Names, Standardised, days, each_distinct, standardise
from narrowgate.linkage.words import dictionary, encode

FORMAT = "narrowgate-snapshot/1"
_BORNE_AT_LEAST = 10  # persons, or one in so many, who bear a name: then it is no slip of the pen
_BORNE_ONE_IN = 50_000

Built = tuple[Mapping[str, NDArray[Any]], Mapping[str, int | str]]


def built(batches: Iterable[pa.RecordBatch], progress: Callable[[int], None]) -> Built:
    """The arrays and facts of a snapshot.

    1. Batches are read, each string once; persons are numbered in the order of their ids.
    2. Rows are standardised, sorted by person and date, exact repetitions dropped: the order of the records in the
       file changes nothing, not even the digest.
    3. Residences, holders of names and occupants of addresses are found.
    4. Keys are made and sorted into blocks.
    """
    table = _read(batches, progress)  # 1
    people, (person,) = encode([dictionary(table["person_id"])])
    as_of = table["as_of"].cast(pa.int32()).to_numpy().astype(np.int32)
    rows = standardise(table, each_distinct(dictionary(table["date_of_birth"]), days))  # 2
    rows, person, as_of = _sorted(rows, person, as_of)
    used, person_index = np.unique(person, return_inverse=True)
    holders = _holders(person_index, rows.names.given, len(rows.words.text))
    borne = holders >= max(_BORNE_AT_LEAST, len(used) // _BORNE_ONE_IN)
    arrays: dict[str, NDArray[Any]] = {
        "as_of": as_of,
        "address": rows.address,
        "residence": residences(rows, person_index, as_of),  # 3
        "person_start": group_starts(person_index, len(used)),
        "given_holders": holders,
        "given_borne": borne,
        "borne_hashes": np.sort(rows.words.hashes[borne]),
        "surname_holders": _holders(person_index, rows.names.surname, len(rows.words.text)),
        "occupants": _holders(person_index, rows.address, len(rows.addresses.kind)),
        "word_hashes": rows.words.hashes,
    }
    arrays |= {f"name_{f.name}": getattr(rows.names, f.name) for f in fields(rows.names)}
    arrays |= {f"home_{f.name}": getattr(rows.addresses, f.name) for f in fields(rows.addresses)}
    arrays |= _string_arrays("word", rows.words.text)
    arrays |= _string_arrays("person", people.text.take(pa.array(used)))
    arrays |= _blocks(rows, person_index)  # 4
    facts = {"rows": len(rows), "persons": len(used), "addresses": len(rows.addresses.kind)}
    return arrays, {"format": FORMAT, "name_limit": LIMITS[Family.BY_NAME], **facts}


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


def _holders(person: I64, codes: I32, count: int) -> I32:
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


def _blocks(rows: Standardised, person: I64) -> dict[str, NDArray[Any]]:
    named = keys.name_keys(rows)
    every = [*keys.address_keys(rows).values(), *keys.number_keys(rows).values(), *keys.near_keys(rows).values(), named]
    large = _in_large_blocks(named[0], person[named[1]])
    tight = (named[0][large], named[1][large])
    every += [keys.with_year(tight, rows), keys.with_middle(tight, rows)]
    hashes = np.concatenate([k for k, _ in every])
    persons = person[np.concatenate([r for _, r in every])].astype(np.int32)
    order = np.lexsort((persons, hashes))
    hashes, persons = hashes[order], persons[order]
    repeated = np.zeros(len(hashes), np.bool_)
    repeated[1:] = (hashes[1:] == hashes[:-1]) & (persons[1:] == persons[:-1])
    hashes, persons = hashes[~repeated], persons[~repeated]
    distinct, starts = np.unique(hashes, return_index=True)
    return {
        "block_keys": distinct,
        "block_starts": np.append(starts, len(hashes)).astype(np.int64),
        "block_persons": persons,
    }


def _in_large_blocks(hashes: U64, person: I64) -> NDArray[np.bool_]:
    """Keys by name whose block holds more persons than the limit."""
    distinct, block = np.unique(hashes, return_inverse=True)
    first, _ = distinct_rows(block, person)
    large: NDArray[np.bool_] = np.bincount(block[first], minlength=len(distinct)) > LIMITS[Family.BY_NAME]
    return large[block]
