"""The custodian's files: records, and labelled cases for a certificate. All of a file is good, or none is taken."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from narrowgate.domain.errors import InvalidInput
from narrowgate.domain.request import RECORD_COLUMNS, SUBJECT_COLUMNS

_CHUNK = 2**17
_UNUSABLE = "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffd]"
_ISO_DATE = r"^[1-9]\d{3}-\d{2}-\d{2}$"
_MUST = ("person_id", "as_of")
_LABELS = ("person_id", "household")
_SECOND_LABEL = "person_id_2"


def read_records(path: Path) -> Iterator[pa.RecordBatch]:
    """Batches of ``RECORD_COLUMNS``: strings, ``as_of`` as date32; ``person_id`` and ``as_of`` never blank.

    Raises:
        InvalidInput: naming file, row and column; a record's content is never repeated.
    """
    first = 1
    for batch in _batches(path, RECORD_COLUMNS, RECORD_COLUMNS):
        for name in _MUST:
            _refuse(pc.equal(pc.utf8_trim_whitespace(batch[name]), ""), path, first, name, "is blank")
        dated = pc.match_substring_regex(batch["as_of"], _ISO_DATE)
        _refuse(pc.invert(dated), path, first, "as_of", "is not a date YYYY-MM-DD")
        columns = [*batch.columns[:-1], _dates(batch["as_of"], path, first)]
        yield pa.record_batch(columns, names=list(RECORD_COLUMNS))
        first += batch.num_rows
    if first == 1:
        raise InvalidInput(f"{path.name}: no records", "expected one row a person and address")


def read_labelled(path: Path) -> pa.Table:
    """Labelled cases: the subject columns that the file has (others blank), ``person_id`` and ``household``.

    ``person_id_2``, a second reviewer's label, is there where the file has it: a blank one says *nobody's*, like a
    blank ``person_id``, and is not the same as none.

    Raises:
        InvalidInput: as ``read_records``.
    """
    needed = ("surname", "given_name", "address_line_1", "person_id")
    columns = (*SUBJECT_COLUMNS, *_LABELS, _SECOND_LABEL)
    batches = list(_batches(path, needed, columns, _SECOND_LABEL))
    if not batches or not sum(b.num_rows for b in batches):
        raise InvalidInput(f"{path.name}: no cases", "expected one row a labelled case")
    return pa.Table.from_batches(batches).combine_chunks()


def _dates(column: pa.Array, path: Path, first: int) -> pa.Array:
    try:
        return column.cast(pa.date32())
    except pa.ArrowInvalid:
        bad = pa.array([not _is_day(text) for text in column.to_pylist()], pa.bool_())
        _refuse(bad, path, first, "as_of", "is a day that does not exist")
        raise


def _is_day(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


def _batches(path: Path, needed: Sequence[str], columns: Sequence[str], left_out: str = "") -> Iterator[pa.RecordBatch]:
    """Batches of ``columns`` as strings, checked cell by cell.

    Columns that are not needed may be absent from the file and are blank then, but for ``left_out``, which is absent.
    """
    if not path.is_file():
        raise InvalidInput(f"{path} does not exist", "check the path and the folder you are in")
    first = 1
    reader = _parquet if path.suffix == ".parquet" else _csv
    try:
        for batch in reader(path):
            missing = [c for c in needed if c not in batch.schema.names]
            unknown = [c for c in batch.schema.names if c not in columns and not c.startswith("x_")]
            if missing or unknown:
                said = f"missing {', '.join(missing)}" if missing else f"{len(unknown)} unknown columns"
                raise InvalidInput(f"{path.name}, header: {said}", f"expected {','.join(columns)}")
            found = [name for name in columns if name != left_out or name in batch.schema.names]
            yield pa.record_batch([_text(batch, name, path, first) for name in found], names=found)
            first += batch.num_rows
    except (pa.ArrowException, OSError, ValueError) as error:
        raise InvalidInput(
            f"{path.name}, after row {first - 1}: not readable as {path.suffix.removeprefix('.') or 'csv'}",
            "expected UTF-8 CSV (RFC 4180) with a header row, or Parquet",
        ) from error


def _csv(path: Path) -> Iterator[pa.RecordBatch]:
    with path.open("rb") as stream:
        header = stream.readline(2**16).decode("utf-8-sig", "replace").strip()
    names = [name.strip().strip('"') for name in header.split(",")]
    if len(set(names)) != len(names):
        raise InvalidInput(f"{path.name}, header: a column stands twice")
    convert = pa_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False)
    parse = pa_csv.ParseOptions(newlines_in_values=True)
    yield from pa_csv.open_csv(path, pa_csv.ReadOptions(block_size=2**24), parse, convert)


def _parquet(path: Path) -> Iterator[pa.RecordBatch]:
    yield from pq.ParquetFile(path).iter_batches(_CHUNK)


def _text(batch: pa.RecordBatch, name: str, path: Path, first: int) -> pa.Array:
    if name not in batch.schema.names:
        return pa.array([""] * batch.num_rows, pa.string())
    column = batch[name]
    column = column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
    if name == "as_of" and pa.types.is_date32(column.type):
        column = column.cast(pa.string())
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        raise InvalidInput(f"{path.name}: column {name} must be text, got {column.type}")
    column = pc.fill_null(column.cast(pa.string()), "")
    column.validate(full=True)
    _refuse(pc.match_substring_regex(column, _UNUSABLE), path, first, name, "holds a control character or is not UTF-8")
    return column


def _refuse(bad: pa.BooleanArray, path: Path, first: int, column: str, what: str) -> None:
    place = pc.index(bad, pa.scalar(True)).as_py()
    if place >= 0:
        raise InvalidInput(
            f"{path.name}, row {first + place}, column {column}: {what}", "mend the file and load it again"
        )
