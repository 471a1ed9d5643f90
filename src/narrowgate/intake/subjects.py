"""The subjects' file, CSV or Parquet: strings with the unusable cells blanked, and where they were.

A cell is unusable when it is not UTF-8, holds a NUL or a control character, or is longer than ``LONGEST_CELL``. A CSV
row with a wrong number of cells keeps its label and loses all else. Such rows are refused; the others go on.
"""

import codecs
import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from narrowgate.domain.errors import InvalidInput
from narrowgate.domain.request import SUBJECT_COLUMNS

LONGEST_CELL = 4096
MOST_COLUMNS = 10_000
_LONGEST_FIELD = 2**26
_CHUNK = 2**16
_UNUSABLE = "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffd]"


@dataclass(frozen=True, slots=True)
class Subjects:
    """N persons: their strings, and n booleans that are False where a cell was unusable."""

    table: pa.Table
    well_formed: pa.BooleanArray


def read_subjects(stream: IO[bytes], name: str, wanted: Sequence[str], rows: int) -> Subjects:
    """Reads the subjects' file by its name's ending.

    Args:
        stream: the file's bytes.
        name: the file's name, for messages too.
        wanted: columns that must be there, as the basis of the request has it; ``row`` always must.
        rows: how many the request states.

    Raises:
        InvalidInput: as ``read_csv`` and ``read_parquet``.
    """
    return read_parquet(stream, name, wanted, rows) if name.endswith(".parquet") else read_csv(stream, name, wanted)


def read_csv(stream: IO[bytes], name: str, wanted: Sequence[str]) -> Subjects:
    """Reads CSV (RFC 4180, UTF-8, header row), in chunks.

    Raises:
        InvalidInput: for a broken header or quoting, a field beyond 64 MiB, or a missing or doubled row label.
    """
    csv.field_size_limit(_LONGEST_FIELD)
    text = io.TextIOWrapper(stream, encoding="utf-8", errors="replace", newline="")
    try:
        reader = csv.reader(text, strict=True)
        header = next(reader, [])
        header[:1] = [cell.removeprefix(codecs.BOM_UTF8.decode()) for cell in header[:1]]
        columns = _columns(header, name, wanted)
        chunks = [_chunk(rows, ragged, header, columns) for rows, ragged in _chunks(reader, header)]
    except csv.Error as error:
        raise InvalidInput(f"{name}, line {reader.line_num}: not CSV: {error}", "write it as RFC 4180 CSV") from error
    finally:
        text.detach()
    return _checked(chunks, columns, name)


def _chunks(reader: Iterator[list[str]], header: Sequence[str]) -> Iterator[tuple[list[list[str]], list[bool]]]:
    """Rows of the header's width, in chunks, and which of them had another width."""
    label = header.index("row")
    rows: list[list[str]] = []
    ragged: list[bool] = []
    for cells in reader:
        if not cells:
            continue
        odd = len(cells) != len(header)
        if odd:
            cells = [cells[label] if i == label < len(cells) else "" for i in range(len(header))]  # noqa: PLW2901 - blanked
        rows.append(cells)
        ragged.append(odd)
        if len(rows) == _CHUNK:
            yield rows, ragged
            rows, ragged = [], []
    yield rows, ragged


def _chunk(rows: list[list[str]], ragged: list[bool], header: Sequence[str], columns: Sequence[str]) -> Subjects:
    by_name = dict(zip(header, zip(*rows, strict=True), strict=True)) if rows else {}
    strings = [pa.array(by_name.get(c, [""] * len(rows)), pa.string()) for c in columns]
    return _blank(pa.table(strings, names=list(columns)), pc.invert(pa.array(ragged, pa.bool_())))


def read_parquet(stream: IO[bytes], name: str, wanted: Sequence[str], rows: int) -> Subjects:
    """Reads Parquet; every column must be text.

    Raises:
        InvalidInput: when it is no Parquet, or a column is of another type.
    """
    try:
        file = pq.ParquetFile(pa.PythonFile(stream, mode="r"))
        columns = _columns(file.schema_arrow.names, name, wanted)
        if file.metadata.num_rows != rows:  # before a byte is unpacked
            raise InvalidInput(f"{name}: expected {rows} rows, got {file.metadata.num_rows}", "correct subjects.rows")
        texts = [f.name for f in file.schema_arrow if pa.types.is_string(f.type) or pa.types.is_large_string(f.type)]
        file = pq.ParquetFile(pa.PythonFile(stream, mode="r"), read_dictionary=texts)
        chunks = [_text_batch(b, columns, name) for b in file.iter_batches(_CHUNK)]
    except (pa.ArrowException, OSError, ValueError) as error:
        raise InvalidInput(f"{name}: not a readable Parquet file", "write every column as text") from error
    return _checked(chunks, columns, name)


def _text_batch(batch: pa.RecordBatch, columns: Sequence[str], name: str) -> Subjects:
    strings = []
    for column in columns:
        if column not in batch.schema.names:
            strings.append(pa.array([""] * batch.num_rows, pa.string()))
            continue
        found = batch.column(column)
        found = _decoded(found) if pa.types.is_dictionary(found.type) else found
        if not (pa.types.is_string(found.type) or pa.types.is_large_string(found.type)):
            raise InvalidInput(f"{name}: column {column} must be text, got {found.type}")
        strings.append(pc.fill_null(_as_utf8(found), ""))
    return _blank(pa.table(strings, names=list(columns)), pa.array([True] * batch.num_rows, pa.bool_()))


def _decoded(column: pa.DictionaryArray) -> pa.Array:
    """A dictionary column, cell by cell; a value longer than a cell may be is not multiplied, but made unusable."""
    values = column.dictionary
    if pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
        long = pc.greater(pc.binary_length(values), 4 * LONGEST_CELL)
        values = pc.if_else(long, "\ufffd", values) if pc.any(long).as_py() else values
    return pa.DictionaryArray.from_arrays(column.indices, values).dictionary_decode()


def _as_utf8(column: pa.Array) -> pa.StringArray:
    """The column as valid UTF-8: Parquet does not check, and a bad cell must not reach a later stage."""
    column = column.cast(pa.string())
    try:
        column.validate(full=True)
    except pa.ArrowInvalid:
        cells = column.cast(pa.binary()).to_pylist()
        return pa.array([None if c is None else c.decode("utf-8", "replace") for c in cells], pa.string())
    return column


def _columns(header: Sequence[str], name: str, wanted: Sequence[str]) -> list[str]:
    """The columns in the contract's order: all of ``SUBJECT_COLUMNS``, then the ``x_`` columns sorted."""
    if not header:
        raise InvalidInput(f"{name}: the file is empty", "expected a header row and one row a person")
    doubled = {c for c, times in Counter(header).items() if times > 1}
    extra = sorted(c for c in header if c not in SUBJECT_COLUMNS)
    unknown = [c for c in extra if not c.startswith("x_")]
    missing = [c for c in dict.fromkeys(("row", *wanted)) if c not in header]
    if len(header) > MOST_COLUMNS:
        raise InvalidInput(f"{name}, header: more than {MOST_COLUMNS} columns")
    if doubled or unknown or missing:
        wrong = [f"missing {c}" for c in missing] + [f"twice {c}" for c in sorted(doubled)]
        raise InvalidInput(
            f"{name}, header: {'; '.join(wrong) or f'{len(unknown)} unknown columns'}",
            f"this basis wants {','.join(wanted)}; others of the format may be absent, your own are named x_…",
        )
    return [*SUBJECT_COLUMNS, *extra]


def _blank(table: pa.Table, well_formed: pa.BooleanArray) -> Subjects:
    """Blanks unusable cells."""
    columns = []
    for column in (c.combine_chunks() for c in table.columns):
        bad = pc.or_(pc.match_substring_regex(column, _UNUSABLE), pc.greater(pc.utf8_length(column), LONGEST_CELL))
        well_formed = pc.and_not(well_formed, bad)
        columns.append(pc.if_else(bad, "", column))
    return Subjects(pa.table(columns, names=table.column_names), well_formed)


def _checked(chunks: Sequence[Subjects], columns: Sequence[str], name: str) -> Subjects:
    """The chunks as one; every row labelled, once."""
    schema = pa.schema([pa.field(c, pa.string()) for c in columns])
    table = (
        pa.concat_tables([c.table.cast(schema) for c in chunks]).combine_chunks() if chunks else schema.empty_table()
    )
    if not table.num_rows:
        raise InvalidInput(f"{name}: no persons", "expected one row a person")
    labels = table["row"]
    blank = pc.or_(pc.equal(pc.utf8_trim_whitespace(labels), ""), pc.match_substring_regex(labels, r"\pC"))
    if pc.any(blank).as_py():
        raise InvalidInput(f"{name}, person {blank.index(True).as_py() + 1}: the row label is blank or unusable")
    if pc.count_distinct(labels).as_py() != table.num_rows:
        raise InvalidInput(f"{name}: {_first_doubled(labels)}", "give each row its own label")
    well_formed = pa.concat_arrays([c.well_formed for c in chunks])
    return Subjects(table, well_formed)


def _first_doubled(labels: pa.ChunkedArray) -> str:
    seen: dict[str, int] = {}
    for number, label in enumerate(labels.to_pylist(), 1):
        if label in seen:
            return f"persons {seen[label]} and {number} have the same row label"
        seen[label] = number
    return "row labels are not distinct"
