"""What both contenders start from: our snapshot, and for Splink the same rows, standardised alike, as tables."""

import itertools
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from benchmarks.linkage_process import Stopwatch

from narrowgate.domain.request import SUBJECT_COLUMNS
from narrowgate.intake.records import read_records
from narrowgate.intake.typed import typed_columns
from narrowgate.linkage.certify import code_digest
from narrowgate.linkage.residence import When
from narrowgate.linkage.snapshot import Snapshot, build_snapshot
from narrowgate.linkage.standardise import NO_DATE, NO_TIN, Standardised, days, each_distinct, standardise
from narrowgate.linkage.words import dictionary

Part = tuple[Standardised, dict[str, Any]]
SLICE, MODEL = 1_000_000, "splink.json"
LINKABLE = ("", "order_young", "reason_blank", "officer_unknown")
"""Defects that leave name, address and period whole: the law refuses the row, linkage could find it."""


def subjects_of(world: Path, wanted: int) -> tuple[pa.Table, pa.Table, list[str]]:
    """The first rows asked about that linkage could find: cells, typed cells, and whose address it truly is."""
    packages = sorted(world.glob("package-*"), key=lambda p: int(p.name.rpartition("-")[2]))
    columns = [*SUBJECT_COLUMNS[:13], "removal_order_date", "case_opened"]
    rows = pa.concat_tables([pq.read_table(p / "subjects.parquet", columns=columns) for p in packages])
    truth = pq.read_table(world / "truth.parquet", columns=["person_id", "defect"])
    kept = pc.is_in(truth["defect"], pa.array(LINKABLE))
    rows, truth = rows.filter(kept).slice(0, wanted).combine_chunks(), truth.filter(kept).slice(0, wanted)
    if len(rows) < wanted:
        raise SystemExit(f"{world}: {wanted} requests wanted, {len(rows)} there are that linkage could find")
    return rows, typed_columns(rows)[0], truth["person_id"].to_pylist()


def when_of(typed: pa.Table) -> When:
    """The stated years decide, as in packs with periods."""
    return When(typed["periods"].to_numpy().astype(np.uint64), 0, np.ones(len(typed), np.bool_))


def snapshot_of(world: Path, folder: Path, *, keep: bool) -> dict[str, Any]:
    """Builds the snapshot of the world's records into ``folder``, unless this code has built it of this file already.

    Args:
        keep: take the one that is there although the code has changed since.
    """
    noted, records = folder / "snapshot.txt", world / "records.parquet"
    digest = made_of(noted, records, keep=keep)
    if digest:
        return {"digest": digest, "built": False}
    watch = Stopwatch()
    with watch.of("build"):
        manifest = build_snapshot(read_records(records), folder / "snapshots")
    note(noted, records, manifest.digest)
    for old in (folder / "snapshots").iterdir():
        if old.name != manifest.digest:
            _remove(old)
    return {"digest": manifest.digest, **watch.all(), "built": True, "rows": manifest.rows}


def made_of(noted: Path, records: Path, *, keep: bool) -> str:
    """What was noted as made of this file of records by this code (or, to be kept, by any); else blank."""
    if not noted.exists():
        return ""
    made, source, code = noted.read_text(encoding="utf-8").split()
    return made if source == _identity(records) and (keep or code == code_digest()) else ""


def note(noted: Path, records: Path, made: str) -> None:
    """Notes what was made, of which file, by which code."""
    noted.write_text(f"{made} {_identity(records)} {code_digest()}\n", encoding="utf-8")


def _identity(file: Path) -> str:
    return f"{file.stat().st_size}.{file.stat().st_mtime_ns}"


def opened(folder: Path, digest: str) -> Snapshot:
    """The snapshot that both are run on."""
    return Snapshot.open(folder / "snapshots", digest, verify=False)


def write_inputs(world: Path, folder: Path, requests: int, *, keep: bool) -> dict[str, Any]:
    """Writes records.parquet and requests.parquet: standardised text, blanks as nulls; returns seconds and sizes.

    Args:
        keep: take the records' table that is there although the code has changed since.
    """
    began, noted, records = time.perf_counter(), folder / "tables.txt", world / "records.parquet"
    if not made_of(noted, records, keep=keep):
        _write(folder / "records.parquet", _records(world))
        (folder / MODEL).unlink(missing_ok=True)
        note(noted, records, "tables")
    subjects, typed, truth = subjects_of(world, requests)
    asked = standardised(subjects, typed), {"periods": typed["periods"], "truth": truth}
    _write(folder / "requests.parquet", [asked])
    rows = pq.read_metadata(folder / "records.parquet").num_rows
    return {"seconds": time.perf_counter() - began, "rows": rows, "requests": requests}


def standardised(subjects: pa.Table, typed: pa.Table) -> Standardised:
    """As ``linkage.search`` does it."""
    born = typed["birth_date"].cast(pa.int32()).fill_null(NO_DATE).to_numpy().astype(np.int32)
    return standardise(subjects, born)


def _records(world: Path) -> Iterator[Part]:
    """The records as ``build_snapshot`` standardises them, slice by slice."""
    gathered: list[pa.RecordBatch] = []
    for batch in itertools.chain(read_records(world / "records.parquet"), [None]):
        if gathered and (batch is None or sum(b.num_rows for b in gathered) >= SLICE):
            table = pa.Table.from_batches(gathered).combine_chunks()
            born = each_distinct(dictionary(table["date_of_birth"]), days)
            yield standardise(table, born), {"person": table["person_id"], "as_of": table["as_of"]}
            gathered = []
        gathered += [batch] if batch is not None else []


def _write(path: Path, parts: Iterable[Part]) -> None:
    """Rows numbered from 0 over all parts; under another name until whole."""
    unfinished, writer, first = path.with_suffix(".part"), None, 0
    for rows, extra in parts:
        numbers = {"unique_id": pa.array(np.arange(first, first + len(rows)))}
        table = pa.table(numbers | dict(_columns(rows)) | extra)
        writer = writer or pq.ParquetWriter(unfinished, table.schema)
        writer.write_table(table)
        first += len(rows)
    if writer is not None:
        writer.close()
    unfinished.rename(path)


def _columns(rows: Standardised) -> Iterator[tuple[str, pa.Array]]:
    """Names, birth date, TIN and address of rows, as text; ``house`` is the house number, or box and route."""
    names, homes = rows.names, rows.addresses
    for name in ("given", "middle", "surname", "suffix"):
        yield name, _text(rows, getattr(names, name))
    days_ = pa.array(names.born.astype("datetime64[D]"), pa.date32(), mask=names.born == NO_DATE)
    yield "born", pc.cast(days_, pa.string())
    yield "tin", pc.cast(pa.array(names.tin, mask=names.tin == NO_TIN), pa.string())
    box, route = _text(rows, homes.box[rows.address]), _text(rows, homes.route[rows.address])
    boxed = pc.binary_join_element_wise(pc.fill_null(route, ""), box, " BOX ")
    yield "house", pc.coalesce(_text(rows, homes.number[rows.address]), boxed)
    for name in ("street", "unit", "city", "state", "zip5"):
        yield name, _text(rows, getattr(homes, name)[rows.address])


def _text(rows: Standardised, codes: np.typing.NDArray[np.int32]) -> pa.Array:
    spelt = rows.words.text.take(pa.array(codes)).cast(pa.string())
    return pc.if_else(pc.equal(spelt, ""), pa.scalar(None, pa.string()), spelt)


def _remove(folder: Path) -> None:
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()
