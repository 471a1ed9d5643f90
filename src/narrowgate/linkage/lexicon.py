"""Stages 1 and 2 of building a snapshot: rows standardised part by part, then one set of words and of addresses."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from narrowgate.linkage.arrays import I32, I64
from narrowgate.linkage.packing import distinct
from narrowgate.linkage.scratch import Scratch
from narrowgate.linkage.standardise import Addresses, Names, days, each_distinct, spelt
from narrowgate.linkage.storage import View
from narrowgate.linkage.words import Words, dictionary, hashes_of, plain, string_arrays, strings_from

_CODED = tuple(f.name for f in fields(Addresses)[2:])
_HASHED_AT_ONCE = 1 << 18


def in_parts(batches: Iterable[pa.RecordBatch], rows: int) -> Iterator[pa.Table]:
    """Batches gathered into tables of at least ``rows`` rows, the last perhaps fewer."""
    gathered: list[pa.RecordBatch] = []
    count = 0
    for batch in batches:
        gathered.append(batch)
        count += batch.num_rows
        if count >= rows:
            yield pa.Table.from_batches(gathered)
            gathered, count = [], 0
    if gathered:
        yield pa.Table.from_batches(gathered)


def standardise_part(scratch: Scratch, step: str, table: pa.Table) -> None:
    """Save a part's rows, standardised with words and addresses of its own."""
    born = each_distinct(dictionary(table["date_of_birth"]), days)
    text, names, addresses, address = spelt(table, born)
    as_of = table["as_of"].cast(pa.int32()).combine_chunks().to_numpy().astype(np.int32)
    arrays = {"as_of": as_of, "address": address}
    arrays |= {f"name_{f.name}": getattr(names, f.name) for f in fields(Names)}
    arrays |= {f"home_{f.name}": getattr(addresses, f.name) for f in fields(Addresses)}
    scratch.save(step, arrays | string_arrays("word", text) | string_arrays("person", plain(table["person_id"])))


def gather(scratch: Scratch, step: str, parts: Sequence[str]) -> None:
    """Save the words and addresses of all parts, each once, and per part what its own codes are among them.

    1. Words in byte order; their hashes.
    2. Addresses in the order of their codes.
    """
    loaded = [scratch.load(part) for part in parts]
    text, word_codes = _words_of_all(loaded)  # 1
    rows = [len(part["as_of"]) for part in loaded]
    arrays = string_arrays("word", text) | {"word_hashes": _hashes(text), "words-rows": np.array(rows, np.int64)}
    arrays |= {f"words-{part}": codes for part, codes in zip(parts, word_codes, strict=True)}
    columns = _addresses_of_all(loaded, word_codes)  # 2
    first, rank = distinct(*columns)
    arrays |= {f"home_{f.name}": c[first] for f, c in zip(fields(Addresses), columns, strict=True)}
    arrays["home_kind"] = arrays["home_kind"].astype(np.int8)
    arrays["home_sufficient"] = arrays["home_sufficient"].astype(np.bool_)
    starts = np.cumsum([0, *(len(part["home_kind"]) for part in loaded)])
    for part, (start, stop) in zip(parts, itertools.pairwise(starts.tolist()), strict=True):
        arrays[f"addresses-{part}"] = rank[start:stop].astype(np.int32)
    scratch.save(step, arrays)


def rows_of(gathered: View) -> int:
    """The rows of all parts, repetitions included."""
    return int(gathered["words-rows"].sum())


def parts_of(gathered: View) -> list[str]:
    """The names of all parts."""
    return sorted(name.removeprefix("addresses-") for name in gathered if name.startswith("addresses-"))


def words_of(gathered: View) -> Words:
    """The words that ``gather`` saved."""
    return Words(strings_from(gathered, "word"), gathered["word_hashes"])


def addresses_of(gathered: View) -> Addresses:
    """The addresses that ``gather`` saved."""
    return Addresses(*(gathered[f"home_{f.name}"] for f in fields(Addresses)))


def _words_of_all(loaded: Sequence[View]) -> tuple[pa.LargeStringArray, list[I32]]:
    texts = [strings_from(part, "word") for part in loaded]
    whole = pa.concat_arrays([pa.array([""], pa.large_string()), *texts]).dictionary_encode()
    order = pc.sort_indices(whole.dictionary).to_numpy().astype(np.int64)
    rank = np.empty(len(order), np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    codes = rank[whole.indices.to_numpy()]
    starts: I64 = np.cumsum([1, *map(len, texts)])
    bounds = itertools.pairwise(starts.tolist())
    return whole.dictionary.take(pa.array(order)), [codes[start:stop] for start, stop in bounds]


def _addresses_of_all(loaded: Sequence[View], word_codes: Sequence[I32]) -> list[I32]:
    def column(name: str) -> I32:
        if name not in _CODED:
            return np.concatenate([part[f"home_{name}"].astype(np.int32) for part in loaded])
        coded = zip(loaded, word_codes, strict=True)
        return np.concatenate([codes[part[f"home_{name}"]] for part, codes in coded])

    return [column(f.name) for f in fields(Addresses)]


def _hashes(text: pa.LargeStringArray) -> np.typing.NDArray[np.uint64]:
    starts = range(0, len(text), _HASHED_AT_ONCE)
    return np.concatenate([hashes_of(text.slice(start, _HASHED_AT_ONCE).to_pylist()) for start in starts])
