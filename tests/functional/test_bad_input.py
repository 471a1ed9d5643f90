"""Bad input, each by its name: the exit code and the error code that the contract gives it, and nothing entered.

Never a traceback, never a partial load. The message says what was wrong and what to do, and repeats nobody's data.
"""

import csv
import hashlib
import io
import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kit import AGENCY, BASIS, CUSTODIAN, FOUNDERS, OFFICE, OFFICERS, Done, Kit, Row, people, subject, write_csv
from narrowgate import wiring
from narrowgate.domain.request import RECORD_COLUMNS, SUBJECT_COLUMNS
from narrowgate.flow.submit import submit

Spoil = Callable[[Path], object]
INVALID = (3, "invalid_input")
PERSONAL = ("surname", "given_name", "date_of_birth", "tin", "address_line_1", "city", "zip", "reason", "case_number")


def personal(rows: Iterable[Mapping[str, str]]) -> set[str]:
    """What no message may repeat."""
    return {row[name] for row in rows for name in PERSONAL if len(row.get(name, "")) > 3}


ROWS = [subject(person, f"row-{n}") for n, person in enumerate(people()[:3])]
SECRETS = personal(ROWS) | personal(person.record("") for person in people()[:3])


def books(kit: Kit) -> dict[str, Any]:
    """All that a command could have entered: rows of every table, and every file of ledger, seals and snapshots."""
    found: dict[str, Any] = {}
    database = kit.gate / "operations.sqlite"
    if database.is_file():
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as db:
            tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            found |= {name: db.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in tables}
    for folder in ("ledger", "sealed", "snapshots", "outbox"):
        files = sorted(path for path in (kit.gate / folder).rglob("*") if path.is_file())
        found[folder] = [(str(path.relative_to(kit.gate)), path.stat().st_size) for path in files]
    return found


def code_of(ended: Done, secrets: set[str] = SECRETS) -> tuple[int, str]:
    """Exit code and error code of a command that failed as it should: one line, advice, nobody's data."""
    error = ended.document["error"] if ended.document and "error" in ended.document else {}
    said = ended.out + ended.err
    assert "Traceback" not in said
    assert not [secret for secret in secrets if secret in said], said
    assert "\n" not in error.get("message", ""), error
    assert ended.code != 3 or error["advice"], error
    return ended.code, error.get("code", "") if "internal error" not in said else error["message"]


def running(kit: Kit, cases: Mapping[str, Sequence[object]]) -> dict[str, Callable[[], Done]]:
    """Each case's command line, to be run."""
    return {name: partial(kit.run, *words) for name, words in cases.items()}


def attempts(kit: Kit, cases: Mapping[str, Callable[[], Done]]) -> dict[str, tuple[int, str]]:
    """What came of each case; none of them may have entered anything."""
    before, found = books(kit), {}
    for name, run in cases.items():
        found[name] = code_of(run())
        assert books(kit) == before, name
    return found


# --- request.json ----------------------------------------------------------------------------------------------------


def stated(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "request.json").read_bytes())
    return found


def saying(**changes: object) -> Spoil:
    """Replaces members of request.json; None removes one."""

    def spoil(folder: Path) -> None:
        request = {name: value for name, value in (stated(folder) | changes).items() if value is not None}
        (folder / "request.json").write_text(json.dumps(request), encoding="utf-8")

    return spoil


def subjects_saying(**changes: object) -> Spoil:
    """Replaces members of ``subjects`` in request.json."""

    def spoil(folder: Path) -> None:
        saying(subjects=stated(folder)["subjects"] | changes)(folder)

    return spoil


def raw(data: bytes) -> Spoil:
    """Replaces request.json to the byte."""
    return lambda folder: (folder / "request.json").write_bytes(data)


def with_member(member: str) -> Spoil:
    """Adds a member, as JSON text."""

    def spoil(folder: Path) -> None:
        text = (folder / "request.json").read_text(encoding="utf-8").rstrip().removesuffix("}")
        (folder / "request.json").write_text(f"{text}, {member}}}", encoding="utf-8")

    return spoil


def encoded(encoding: str) -> Spoil:
    def spoil(folder: Path) -> None:
        text = (folder / "request.json").read_text(encoding="utf-8")
        (folder / "request.json").write_bytes(text.encode(encoding))

    return spoil


DEEP = 100_000

REQUESTS: dict[str, tuple[Spoil, tuple[int, str]]] = {
    "empty": (raw(b""), INVALID),
    "not JSON": (raw(b"format: narrowgate-request/1"), INVALID),
    "cut short": (raw(b'{"format": "narrowgate-request/1", "request_id": "r'), INVALID),
    "two documents": (raw(b"{} {}"), INVALID),
    "an array": (raw(b"[]"), INVALID),
    "a text": (raw(b'"narrowgate-request/1"'), INVALID),
    "null": (raw(b"null"), INVALID),
    "duplicate keys": (with_member('"custodian": "test.custodian"'), INVALID),
    "duplicate keys below": (with_member('"details": {"a": 1, "a": 2}'), INVALID),
    "arrays nested 100,000 deep": (raw(b"[" * DEEP + b"]" * DEEP), INVALID),
    "objects nested 100,000 deep": (raw(b'{"details":' * DEEP + b"1" + b"}" * DEEP), INVALID),
    "details nested 65 deep": (with_member('"details": {"a": ' + "[" * 65 + "]" * 65 + "}"), INVALID),
    "a number of 5,000 digits": (with_member('"details": {"n": ' + "9" * 5000 + "}"), INVALID),
    "a number above 2**53": (with_member('"details": {"n": 9007199254740993}'), INVALID),
    "a number beyond all numbers": (with_member('"details": {"n": 1e999}'), INVALID),
    "a fraction": (with_member('"details": {"n": 0.5}'), INVALID),
    "not a number": (with_member('"details": {"n": NaN}'), INVALID),
    "infinity": (with_member('"details": {"n": -Infinity}'), INVALID),
    "a key that is not ASCII": (with_member('"détails": {}'), INVALID),
    "byte order mark": (encoded("utf-8-sig"), INVALID),
    "UTF-16": (encoded("utf-16"), INVALID),
    "UTF-32": (encoded("utf-32"), INVALID),
    "bytes that are not UTF-8": (raw(b'{"format": "\xff\xfe"}'), INVALID),
    "a lone surrogate": (with_member('"details": {"a": "\\ud800"}'), INVALID),
    "more than a megabyte": (with_member('"details": {"a": "' + "x" * 2**20 + '"}'), INVALID),
    "no format": (saying(format=None), INVALID),
    "another format": (saying(format="narrowgate-request/2"), INVALID),
    "no request id": (saying(request_id=None), INVALID),
    "a blank request id": (saying(request_id=""), INVALID),
    "a request id of spaces": (saying(request_id="  "), INVALID),
    "a number for a request id": (saying(request_id=7), INVALID),
    "a request id of 1,001 characters": (saying(request_id="r" * 1001), INVALID),
    "a request id with a NUL": (saying(request_id="r\x001"), INVALID),
    "a request id with a line break": (saying(request_id="r-1\nr-2"), INVALID),
    "a request id that moves the cursor": (saying(request_id="r-1\x1b[1A"), INVALID),
    "a signer's name that moves the cursor": (
        saying(signed_by={"office": OFFICE, "name": "Head\x1b[2K"}),
        INVALID,
    ),
    "an order with marks that turn a name round": (
        saying(order={"names": [{"surname": "\u202egN", "given_name": "Bo"}]}),
        INVALID,
    ),
    "a detail with a control character": (saying(details={"items": ["\u009b2J"]}), INVALID),
    "an office written from right to left": (saying(signed_by={"office": "\u202edaeh", "name": "Head"}), INVALID),
    "a purpose with a line break": (saying(purpose="criminal_investigation\ncivil"), INVALID),
    "no custodian": (saying(custodian=None), INVALID),
    "another custodian": (saying(custodian="other.custodian"), (3, "wrong_custodian")),
    "a custodian in another case": (saying(custodian=CUSTODIAN.upper()), (3, "wrong_custodian")),
    "a list for a custodian": (saying(custodian=[CUSTODIAN]), INVALID),
    "no agency": (saying(agency=None), INVALID),
    "no basis": (saying(basis=None), INVALID),
    "a number for a basis": (saying(basis=6103), INVALID),
    "a text for the signer": (saying(signed_by=OFFICE), INVALID),
    "a list for the signer": (saying(signed_by=[]), INVALID),
    "a number for the office": (saying(signed_by={"office": 1, "name": "Head"}), INVALID),
    "a truth value for the purpose": (saying(purpose=True), INVALID),
    "a list for the details": (saying(details=["x"]), INVALID),
    "a text for the order": (saying(order="order.pdf"), INVALID),
    "no subjects": (saying(subjects=None), INVALID),
    "a text for the subjects": (saying(subjects="subjects.csv"), INVALID),
    "no file": (subjects_saying(file=None), INVALID),
    "a file above the package": (subjects_saying(file="../subjects.csv"), INVALID),
    "a file from the root": (subjects_saying(file="/etc/passwd"), INVALID),
    "a file by a detour": (subjects_saying(file="attestations/../subjects.csv"), INVALID),
    "a file with a NUL": (subjects_saying(file="subjects.csv\x00"), INVALID),
    "a file of another kind": (subjects_saying(file="subjects.xlsx"), INVALID),
    "the other file, which is not there": (subjects_saying(file="subjects.parquet"), INVALID),
    "no digest": (subjects_saying(sha256=None), INVALID),
    "a number for a digest": (subjects_saying(sha256=1), INVALID),
    "another digest": (subjects_saying(sha256="0" * 64), (3, "digest_mismatch")),
    "half a digest": (subjects_saying(sha256="0" * 32), (3, "digest_mismatch")),
    "no digest at all": (subjects_saying(sha256=""), (3, "digest_mismatch")),
    "a text for the count": (subjects_saying(rows="3"), INVALID),
    "a truth value for the count": (subjects_saying(rows=True), INVALID),
    "one row too many": (subjects_saying(rows=4), INVALID),
    "one row too few": (subjects_saying(rows=2), INVALID),
    "a negative count": (subjects_saying(rows=-1), INVALID),
    "a count beyond all counts": (subjects_saying(rows=2**60), INVALID),
}  # fmt: skip


def submitting(kit: Kit, good: Path, spoil: Spoil) -> Callable[[], Done]:
    """Submits a copy of a good package, spoilt."""

    def run() -> Done:
        folder = kit.root / "spoilt"
        if folder.is_file():
            folder.unlink()
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(good, folder)
        spoil(folder)
        return kit.run("submit", kit.gate, folder)

    return run


def test_a_bad_request_json_is_not_taken(kit: Kit) -> None:
    good = kit.package(ROWS)
    found = attempts(kit, {name: submitting(kit, good, spoil) for name, (spoil, _) in REQUESTS.items()})
    assert found == {name: expected for name, (_, expected) in REQUESTS.items()}
    assert kit.done("submit", kit.gate, good)["awaiting_release"] == 3


# --- the subjects' file ----------------------------------------------------------------------------------------------


def rehashed(folder: Path, name: str, rows: int = 3) -> None:
    digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    saying(subjects={"file": name, "sha256": digest, "rows": rows})(folder)


def text(change: Callable[[str], str], rows: int = 3, encoding: str = "utf-8") -> Spoil:
    """Changes the CSV's text; digest and count follow."""

    def spoil(folder: Path) -> None:
        path = folder / "subjects.csv"
        path.write_bytes(change(path.read_bytes().decode()).encode(encoding))
        rehashed(folder, path.name, rows)

    return spoil


def header(change: Callable[[list[str]], list[str]]) -> Spoil:
    """Changes the CSV's header alone."""

    def changed(whole: str) -> str:
        first, rest = whole.split("\n", 1)
        return ",".join(change(first.split(","))) + "\n" + rest

    return text(changed)


def lines(change: Callable[[Row], Row]) -> Spoil:
    """Changes every row of the CSV."""

    def changed(whole: str) -> str:
        rows = [change(row) for row in csv.DictReader(io.StringIO(whole))]
        out = io.StringIO()
        writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        return out.getvalue()

    return text(changed)


def parquet(change: Callable[[pa.Table], pa.Table] = lambda table: table, *, cut: int = 0) -> Spoil:
    """Turns the CSV into Parquet, changed, its last bytes cut."""

    def spoil(folder: Path) -> None:
        with (folder / "subjects.csv").open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        table = change(pa.table({c: [row[c] for row in rows] for c in rows[0]}))
        path = folder / "subjects.parquet"
        pq.write_table(table, path)
        path.write_bytes(path.read_bytes()[: -cut or None])
        rehashed(folder, path.name, table.num_rows)

    return spoil


def replaced(name: str, column: Callable[[pa.Table], pa.Array]) -> Spoil:
    return parquet(lambda t: t.set_column(t.column_names.index(name), name, column(t)))


def binary_parquet(folder: Path) -> None:
    (folder / "subjects.parquet").write_bytes(b"PAR1" + os.urandom(64) + b"PAR1")
    rehashed(folder, "subjects.parquet")


def _parquet_called_csv(folder: Path) -> None:
    parquet()(folder)
    (folder / "subjects.parquet").replace(folder / "subjects.csv")
    rehashed(folder, "subjects.csv")


SUBJECTS: dict[str, Spoil] = {
    "CSV empty": text(lambda _: "", 0),
    "CSV a blank line": text(lambda _: "\n", 0),
    "CSV header only": text(lambda t: t.split("\n", 1)[0] + "\n", 0),
    "CSV without a header": text(lambda t: t.split("\n", 1)[1], 2),
    "CSV without the row column": header(lambda names: ["x_row", *names[1:]]),
    "CSV without the address": header(lambda names: ["x_a" if n == "address_line_1" else n for n in names]),
    "CSV without the order date": header(lambda names: ["x_o" if n == "removal_order_date" else n for n in names]),
    "CSV with a column twice": header(lambda names: ["city" if n == "state" else n for n in names]),
    "CSV with an x_ column twice": text(lambda t: t.replace("\n", ",x_a,x_a\n", 1)),
    "CSV with an unknown column": header(lambda names: [*names[:-1], "reason", "ssn"]),
    "CSV with a column in another case": header(lambda names: [n.upper() for n in names]),
    "CSV with semicolons": text(lambda t: t.replace(",", ";")),
    "CSV with a quote that does not end": text(lambda t: t + '"row-9,Smith'),
    "CSV with text after a quote": text(lambda t: t + '"row-9"x,' + "," * 17 + "\n", 4),
    "CSV in UTF-16": text(lambda t: t, encoding="utf-16"),
    "CSV that is a picture": text(lambda _: "\x89PNG\r\n\x1a\n\x00\x00", 0, "latin-1"),
    "CSV with a doubled label": lines(lambda row: row | {"row": "row-1"}),
    "CSV with a blank label": lines(lambda row: row | {"row": row["row"].replace("row-2", "")}),
    "CSV with a label of spaces": lines(lambda row: row | {"row": row["row"].replace("row-2", "   ")}),
    "CSV with a label that has a NUL": lines(lambda row: row | {"row": row["row"] + "\x00"}),
    "CSV with a label of 5,000 characters": lines(lambda row: row | {"row": row["row"] * 1000}),
    "CSV with a ragged row without its label": text(lambda t: t + "\n\x00,\n", 4),
    "Parquet that is none": binary_parquet,
    "Parquet truncated": parquet(cut=20),
    "Parquet a byte short": parquet(cut=1),
    "Parquet without a column": parquet(lambda t: t.drop_columns(["surname"])),
    "Parquet with a column twice": parquet(lambda t: t.append_column("x_a", t["city"]).append_column("x_a", t["zip"])),
    "Parquet with an unknown column": parquet(lambda t: t.append_column("ssn", t["tin"])),
    "Parquet without rows": parquet(lambda t: t.slice(0, 0)),
    "Parquet with numbers for ZIP Codes": replaced("zip", lambda t: t["zip"].cast(pa.int64())),
    "Parquet with bytes for names": replaced("surname", lambda t: t["surname"].cast(pa.binary())),
    "Parquet with dates": replaced("case_opened", lambda t: t["case_opened"].cast(pa.date32())),
    "Parquet with lists": replaced("reason", lambda t: pa.array([[r] for r in t["reason"].to_pylist()])),
    "Parquet with nothing for reasons": replaced("reason", lambda t: pa.nulls(t.num_rows)),
    "Parquet with a null label": replaced("row", lambda t: pa.array([*t["row"].to_pylist()[:-1], None])),
    "Parquet with a doubled label": replaced("row", lambda t: pa.array(["row-1"] * t.num_rows)),
    "Parquet called CSV": _parquet_called_csv,
}


def test_a_bad_subjects_file_is_not_taken(kit: Kit) -> None:
    good = kit.package(ROWS)
    found = attempts(kit, {name: submitting(kit, good, spoil) for name, spoil in SUBJECTS.items()})
    assert found == dict.fromkeys(SUBJECTS, INVALID)


def _a_file(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_text("not a folder", encoding="utf-8")


def _empty_folder(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()


def _folder_for(name: str) -> Spoil:
    def spoil(folder: Path) -> None:
        (folder / name).unlink(missing_ok=True)
        (folder / name).mkdir()

    return spoil


def _pipe_for(name: str) -> Spoil:
    def spoil(folder: Path) -> None:
        (folder / name).unlink()
        os.mkfifo(folder / name)

    return spoil


def _link(name: str, target: str) -> Spoil:
    def spoil(folder: Path) -> None:
        (folder / name).unlink()
        (folder / name).symlink_to(target)

    return spoil


SHAPES: dict[str, tuple[Spoil, tuple[int, str]]] = {
    "is not there": (shutil.rmtree, INVALID),
    "is a file": (_a_file, INVALID),
    "is an empty folder": (_empty_folder, INVALID),
    "has no request.json": (lambda folder: (folder / "request.json").unlink(), INVALID),
    "has no subjects": (lambda folder: (folder / "subjects.csv").unlink(), INVALID),
    "has a folder for request.json": (_folder_for("request.json"), INVALID),
    "has a folder for its subjects": (_folder_for("subjects.csv"), INVALID),
    "has a folder for its signature": (_folder_for("request.jws"), INVALID),
    "has a folder for an attestation": (_folder_for("attestations/officer-1.jws"), INVALID),
    "has an attestation beyond a megabyte": (
        lambda folder: (folder / "attestations" / "officer-1.jws").write_bytes(b"x" * (2**20 + 1)),
        INVALID,
    ),
    "has a pipe for its subjects": (_pipe_for("subjects.csv"), INVALID),
    "has a pipe for request.json": (_pipe_for("request.json"), INVALID),
    "links to nothing": (_link("subjects.csv", "nowhere.csv"), INVALID),
    "links to itself": (_link("subjects.csv", "subjects.csv"), INVALID),
    "links request.json to itself": (_link("request.json", "request.json"), INVALID),
    "links to another file": (_link("subjects.csv", "/etc/hostname"), (3, "digest_mismatch")),
    "links to the gate's keystore": (_link("subjects.csv", "../gate/keystore.json"), (3, "digest_mismatch")),
    "links request.json to the records": (_link("request.json", "../records.csv"), INVALID),
}


def test_a_package_of_a_wrong_shape_is_not_taken(kit: Kit) -> None:
    good = kit.package(ROWS)
    found = attempts(kit, {name: submitting(kit, good, spoil) for name, (spoil, _) in SHAPES.items()})
    assert found == {name: expected for name, (_, expected) in SHAPES.items()}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
@pytest.mark.parametrize("name", ["request.json", "subjects.csv", "request.jws", "attestations/officer-1.jws", "."])
def test_a_package_that_may_not_be_read_is_not_taken(kit: Kit, name: str) -> None:
    good = kit.package(ROWS)
    (good / name).chmod(0)
    assert attempts(kit, {name: lambda: kit.run("submit", kit.gate, good)}) == {name: INVALID}
    (good / name).chmod(0o700)


# --- what is wrong with a person refuses that person, and nobody else ------------------------------------------------


def good_lines(rows: list[Row]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, SUBJECT_COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def cells(row: Row) -> list[bytes]:
    return [row[name].encode() for name in SUBJECT_COLUMNS]


def put(row: Row, column: str, data: bytes) -> bytes:
    """The row's line with the bytes of one cell replaced."""
    found = cells(row)
    found[SUBJECT_COLUMNS.index(column)] = data
    return b",".join(b'"' + cell + b'"' for cell in found) + b"\n"


NEEDED = (
    "address_stated;case_stated;name_stated;officer_engaged;order_final_and_elapsed;order_ground_stated;reason_stated;"
    "row_well_formed;taxable_period_stated;willfulness_attested"
)

PERSONS: dict[str, tuple[Callable[[Row], bytes], str]] = {
    "a lawful row": (lambda row: put(row, "suffix", b""), ""),
    "one cell too few": (lambda row: b",".join(cells(row)[:-1]) + b"\n", NEEDED),
    "one cell too many": (lambda row: b",".join([*cells(row), b"x"]) + b"\n", NEEDED),
    "its label alone": (lambda row: row["row"].encode() + b"\n", NEEDED),
    "a field of 10 megabytes": (lambda row: put(row, "middle_name", b"x" * 10_000_000), "row_well_formed"),
    "an address of 10 megabytes": (
        lambda row: put(row, "address_line_1", b"1 Elm St " * 1_100_000),
        "address_stated;row_well_formed",
    ),
    "a NUL": (lambda row: put(row, "given_name", b"Al\x00bert"), "name_stated;row_well_formed"),
    "bytes that are not UTF-8": (lambda row: put(row, "surname", b"M\xfcller"), "name_stated;row_well_formed"),
    "half a UTF-8 character": (lambda row: put(row, "city", b"Springvale\xe2\x82"), "row_well_formed"),
    "an escape sequence": (lambda row: put(row, "suffix", b"\x1b[2J"), "row_well_formed"),
    "right-to-left marks": (lambda row: put(row, "suffix", "\u200f\u202e".encode()), ""),
    "emoji for a name": (lambda row: put(row, "given_name", "😀😀".encode()), "name_stated"),
    "an embedded line break": (lambda row: put(row, "reason", cells(row)[-1] + b"\nsecond line"), ""),
    "an embedded CRLF": (lambda row: put(row, "reason", cells(row)[-1] + b"\r\nsecond line"), ""),
    "an embedded quote": (lambda row: put(row, "reason", cells(row)[-1] + b' he said ""no"" then'), ""),
    "a day that is none": (
        lambda row: put(row, "removal_order_date", b"2025-02-30"),
        "order_final_and_elapsed;row_well_formed",
    ),
    "a day in other digits": (lambda row: put(row, "date_of_birth", "１９８０-01-01".encode()), "row_well_formed"),
    "a period in other digits": (
        lambda row: put(row, "taxable_periods", "٢٠٢٣".encode()),
        "row_well_formed;taxable_period_stated",
    ),
    "a year zero": (lambda row: put(row, "date_of_birth", b"0000-01-01"), "row_well_formed"),
    "a formula": (lambda row: put(row, "suffix", b"=1+1"), ""),
}  # fmt: skip
"""The line of a row, and what it is refused under."""


@pytest.mark.parametrize("style", ["LF", "CRLF", "BOM"])
def test_a_bad_person_is_refused_and_the_others_go_on(kit: Kit, style: str) -> None:
    data = ",".join(SUBJECT_COLUMNS).encode() + b"\n"
    for number, (name, (line, _)) in enumerate(PERSONS.items()):
        made = line(subject(kit.people[number], name))
        data += made.removesuffix(b"\n") + b"\r\n" if style == "CRLF" else made
    folder = kit.write_package(ROWS)
    (folder / "subjects.csv").write_bytes(b"\xef\xbb\xbf" * (style == "BOM") + data)
    rehashed(folder, "subjects.csv", len(PERSONS))
    kit.attest(folder, OFFICERS[0])
    kit.sign(folder)
    done = kit.done("submit", kit.gate, folder)
    found = {row: under for row, (_, under) in kit.view().items()}
    assert found == {name: under for name, (_, under) in PERSONS.items()}
    assert done["awaiting_release"] == sum(not under for under in found.values())


def _dictionaries(table: pa.Table) -> pa.Table:
    return pa.table({name: table[name].combine_chunks().dictionary_encode() for name in table.column_names})


def _large(table: pa.Table) -> pa.Table:
    return table.cast(pa.schema([pa.field(name, pa.large_string()) for name in table.column_names]))


def _nulls(table: pa.Table) -> pa.Table:
    return table.set_column(table.column_names.index("suffix"), "suffix", pa.nulls(table.num_rows, pa.string()))


def _shuffled(table: pa.Table) -> pa.Table:
    return table.select(sorted(table.column_names))


LIKE_CSV: dict[str, Callable[[pa.Table], pa.Table]] = {
    "dictionaries": _dictionaries,
    "large texts": _large,
    "nulls for blanks": _nulls,
    "columns in another order": _shuffled,
}


def test_parquet_of_another_build_is_read_as_the_csv_is(kit: Kit) -> None:
    for number, (name, change) in enumerate(LIKE_CSV.items()):
        folder = kit.write_package([subject(kit.people[number], 1)], f"r-{number}")
        kit.attest(folder, OFFICERS[0])
        parquet(change)(folder)
        kit.sign(folder)
        assert kit.done("submit", kit.gate, folder)["awaiting_release"] == 1, name


def test_invalid_utf_8_in_parquet_refuses_its_row_alone(kit: Kit) -> None:
    folder = kit.write_package(ROWS)

    def spoil(table: pa.Table) -> pa.Table:
        data = [b"Abernathy", b"M\xfcller", b"Castellanos"]
        buffers = pa.array(data, pa.binary()).buffers()
        bad = pa.StringArray.from_buffers(len(data), buffers[1], buffers[2])
        return table.set_column(table.column_names.index("surname"), "surname", bad)

    parquet(spoil)(folder)
    kit.attest(folder, OFFICERS[0])
    kit.sign(folder)
    kit.done("submit", kit.gate, folder)
    assert [under for _, under in kit.view().values()] == ["", "name_stated;row_well_formed", ""]


def test_five_thousand_columns_are_taken_in_their_stride(kit: Kit) -> None:
    row = subject(kit.people[0], 1) | {f"x_{n:04}": "v" for n in range(5_000)}
    folder = kit.package([row])
    assert kit.done("submit", kit.gate, folder)["awaiting_release"] == 1


# --- a package that changes while it is read -------------------------------------------------------------------------


def test_what_was_hashed_is_what_is_judged_when_the_files_are_swapped_after_they_were_read(kit: Kit) -> None:
    folder = kit.package([subject(kit.people[0], "asked")])
    other = kit.package([subject(kit.people[1], "swapped")], "r-2")
    swapped: list[str] = []

    def swap(stage: str, done: int, _total: int) -> None:
        """The port Progress tells when the package has been read; from then on every file is another's."""
        if (stage, done) == ("read", 1):
            for path in sorted(other.rglob("*.*")):
                (folder / path.relative_to(other)).write_bytes(path.read_bytes())
                swapped.append(path.name)

    with wiring.opened(kit.gate, swap) as gate:
        assert submit(gate, folder).request_id == "r-1"
    assert "subjects.csv" in swapped
    assert kit.view("r-1") == {"asked": ("awaiting_release", "")}
    kit.fsck()


def test_a_file_swapped_between_signing_and_submitting_is_noticed(kit: Kit) -> None:
    folder = kit.package(ROWS)
    (folder / "subjects.csv").write_bytes(good_lines([subject(kit.people[1], "swapped")]))
    found = attempts(kit, {"swapped": lambda: kit.run("submit", kit.gate, folder)})
    assert found == {"swapped": (3, "digest_mismatch")}


# --- ids, names, and what is not there -------------------------------------------------------------------------------


def test_a_taken_id_with_another_content_enters_nothing(kit: Kit) -> None:
    kit.submit(ROWS[:1])
    other = kit.package(ROWS[1:])
    assert attempts(kit, {"taken": lambda: kit.run("submit", kit.gate, other)}) == {"taken": (3, "request_id_taken")}


UNKNOWN = (3, "unknown_request")


def test_a_name_that_is_none_is_unknown(kit: Kit) -> None:
    kit.submit(ROWS)
    kit.done("answers", kit.gate, "r-1", "--out", kit.root / "view.csv")
    sign, out = kit.signs(), ("--out", kit.root / "x")
    cases: dict[str, tuple[tuple[object, ...], tuple[int, str]]] = {
        "answers of a request that is none": (("answers", kit.gate, "r-2", *out), UNKNOWN),
        "answers of a request with no name": (("answers", kit.gate, "", *out), UNKNOWN),
        "approval of a request that is none": (("approve", kit.gate, "r-2", *sign), UNKNOWN),
        "approval for another agency": (("approve", kit.gate, "other.agency/r-1", *sign), UNKNOWN),
        "decline of a request that is none": (("decline", kit.gate, "r-2", "--why", "x", *sign), UNKNOWN),
        "explanation of a request that is none": (("explain", kit.gate, "r-2", "row-0", *sign), UNKNOWN),
        "explanation of a row that is none": (("explain", kit.gate, "r-1", "row-9", *sign), INVALID),
        "receipt of a row that is none": (("ledger", "prove", kit.gate, "r-1", "row-9"), INVALID),
        "release of a hold where none is": (("hold", "release", kit.gate, "r-1", *sign), (2, "nothing_to_do")),
        "refusal of a hold where none is": (
            ("hold", "refuse", kit.gate, "r-1", "--element", "name_stated", "--why", "x", *sign),
            (2, "nothing_to_do"),
        ),
        "sign-off of nothing": (("sign-off", kit.gate, "0" * 16, *sign), INVALID),
        "a pack that is none": (("pack", "adopt", kit.gate, "us.irc.6103.l.1", "--why", "x", *sign), INVALID),
        "a pack by a path": (("pack", "adopt", kit.gate, "../../packs", "--why", "x", *sign), INVALID),
        "a shield that ended": (
            ("shield", "add", kit.gate, "--person", "P0001", "--until", "2020-01-01", "--why", "x", *sign),
            INVALID,
        ),
        "a shield until a day that is none": (
            ("shield", "add", kit.gate, "--person", "P0001", "--until", "2030-02-30", "--why", "x", *sign),
            INVALID,
        ),
        "a role that is none": (
            ("staff", "add", kit.gate, "dora", "--role", "king", "--key", kit.keys / "dora.pub.jwk", *sign),
            INVALID,
        ),
        "removal of a role nobody has": (("staff", "remove", kit.gate, "dora", "--role", "auditor", *sign), INVALID),
        "a command that is none": (("lookup", kit.gate, "r-1"), INVALID),
        "an option that is none": (("submit", kit.gate, kit.root, "--force"), INVALID),
        "an argument missing": (("submit", kit.gate), INVALID),
        "a bound that is none": (("certify", kit.gate, kit.root / "labelled.csv", "--bound", "2", *sign), INVALID),
        "a bound that is not a number": (
            ("certify", kit.gate, kit.root / "labelled.csv", "--bound", "nan", *sign),
            INVALID,
        ),
    }
    found = attempts(kit, running(kit, {name: words for name, (words, _) in cases.items()}))
    assert found == {name: expected for name, (_, expected) in cases.items()}


# --- keys and signatures ---------------------------------------------------------------------------------------------


def test_a_bad_key_file_or_sign_option_signs_nothing(kit: Kit) -> None:
    bad = kit.root / "bad"
    bad.mkdir()
    good = json.loads((kit.keys / "ada.jwk").read_text())
    files: dict[str, bytes] = {
        "empty": b"",
        "not JSON": b"-----BEGIN PRIVATE KEY-----",
        "nested": b"[" * DEEP,
        "an array": b"[]",
        "not UTF-8": b"\xff\xfe",
        "no members": b"{}",
        "a number for a member": b'{"kty": "OKP", "crv": "Ed25519", "d": 1, "x": "a"}',
        "of another kind": b'{"kty": "RSA", "n": "AQAB", "e": "AQAB", "d": "AQAB"}',
        "of another curve": json.dumps(good | {"crv": "X25519"}).encode(),
        "cut short": json.dumps(good | {"d": good["d"][:-4]}).encode(),
        "not base64": json.dumps(good | {"d": "!" * 43}).encode(),
        "without its public part": json.dumps({k: v for k, v in good.items() if k != "x"}).encode(),
        "a P-256 key off the curve": b'{"kty": "EC", "crv": "P-256", "x": "AAAA", "y": "AAAA", "d": "AAAA"}',
    }
    forms = {
        "no key at all": [],
        "no equals sign": ["--sign", "ada"],
        "no file": ["--sign", "ada="],
        "no person": ["--sign", f"={kit.keys / 'ada.jwk'}"],
        "the same person twice": kit.signs("ada", "ada"),
        "a file that is not there": ["--sign", "ada=nowhere.jwk"],
        "a folder": ["--sign", f"ada={kit.keys}"],
        "the public key": ["--sign", f"ada={kit.keys / 'ada.pub.jwk'}"],
        "the encryption key": ["--sign", f"ada={kit.keys / 'ada.enc.jwk'}"],
    }
    for name, data in files.items():
        (bad / f"{name}.jwk").write_bytes(data)
        forms[f"a key that is {name}"] = ["--sign", f"ada={bad / name}.jwk"]
    command = ("pack", "adopt", kit.gate, BASIS, "--why", "again")
    found = attempts(kit, running(kit, {name: (*command, *words) for name, words in forms.items()}))
    assert found == dict.fromkeys(forms, INVALID)
    founding: dict[str, Callable[[], Done]] = {}
    for name in files:
        words = ("--founder", f"ada={bad / name}.jwk", "--founder", f"ben={kit.keys / 'ben.pub.jwk'}", "--demo")
        founding[name] = partial(kit.run, "init", kit.root / "new", "--custodian", "c", *words)
    assert attempts(kit, founding) == dict.fromkeys(files, INVALID)
    assert not (kit.root / "new").exists()


NOT_BY: dict[str, list[str]] = {
    "a stranger": ["cleo=cleo"],
    "a founder with another's key": ["ada=ben"],
    "a founder with a stranger's key": ["ada=cleo"],
    "the requester's office": [f"{OFFICE}=office"],
    "a founder and a stranger": ["ada=ada", "cleo=cleo"],
    "a founder and the requester's officer": ["ada=ada", "officer-1=officer-1"],
    "a founder and the office's key in another's name": ["ada=ada", "ben=office"],
}


def test_a_signature_of_the_wrong_person_counts_for_nothing(kit: Kit) -> None:
    cases = {}
    for name, pairs in NOT_BY.items():
        signs = [w for p in pairs for w in ("--sign", f"{p.split('=')[0]}={kit.keys / p.split('=')[1]}.jwk")]
        cases[name] = partial(kit.run, "pack", "adopt", kit.gate, BASIS, "--why", "again", *signs)
    assert attempts(kit, cases) == dict.fromkeys(NOT_BY, (1, "not_authorised"))


# --- parties ---------------------------------------------------------------------------------------------------------

HEAD = f'[agency]\nid = "{AGENCY}"\nname = "Test Agency"\nsafeguards = "clear"\n'
OFFICE_TABLE = f'[[office]]\nid = "{OFFICE}"\nmay_sign = ["{BASIS}"]\nkey = "office.pub.jwk"\n'


def officer(person: str = "dora", key: str = "dora", encryption: str = "dora") -> str:
    return f'[[officer]]\nid = "{person}"\nkey = "{key}.pub.jwk"\nencryption_key = "{encryption}.enc.pub.jwk"\n'


PARTIES: dict[str, str | bytes] = {
    "empty": "",
    "not TOML": "agency: test",
    "not UTF-8": b'[agency]\nid = "\xff"\n',
    "nested 100,000 deep": "a = " + "[" * DEEP + "]" * DEEP,
    "no agency": OFFICE_TABLE,
    "an agency that is a list": "[[agency]]\nid = 'a'\n" + OFFICE_TABLE,
    "an agency without an id": HEAD.replace("id = ", "# id = "),
    "an agency without a name": HEAD.replace("name = ", "# name = "),
    "an agency without safeguards": HEAD.replace("safeguards", "# safeguards"),
    "an agency with another word for safeguards": HEAD.replace('"clear"', '"fine"'),
    "an agency suspended without a document": HEAD.replace('"clear"', '"suspended"'),
    "an agency with an unknown field": HEAD + "may_see = true\n",
    "an agency with a blank id": HEAD.replace(AGENCY, " "),
    "an agency with a slash in its id": HEAD.replace(AGENCY, "us/dhs"),
    "an agency with a line break in its id": HEAD.replace(f'"{AGENCY}"', '"us\\ndhs"'),
    "an agency that is no ASCII": HEAD.replace(AGENCY, "agence.française"),
    "an agency with a number for its id": HEAD.replace(f'"{AGENCY}"', "7"),
    "an unknown table": HEAD + "[clerk]\nid = 'c'\n",
    "one office, not a list of them": HEAD + OFFICE_TABLE.replace("[[office]]", "[office]"),
    "an office that is a text": HEAD.replace("[agency]", 'office = ["head"]\n[agency]'),
    "an office with an unknown field": HEAD + OFFICE_TABLE + 'deputy = "d"\n',
    "an office without a key": HEAD + OFFICE_TABLE.replace("key = ", "# key = "),
    "an office whose key is not there": HEAD + OFFICE_TABLE.replace("office.pub", "nowhere.pub"),
    "an office whose key is private": HEAD + OFFICE_TABLE.replace("office.pub", "office"),
    "an office whose key is this file": HEAD + OFFICE_TABLE.replace("office.pub.jwk", "parties.toml"),
    "an office with a text for may_sign": HEAD + OFFICE_TABLE.replace(f'["{BASIS}"]', f'"{BASIS}"'),
    "an office with numbers in may_sign": HEAD + OFFICE_TABLE.replace(f'["{BASIS}"]', "[6103]"),
    "an office with a text for a time": HEAD + OFFICE_TABLE + 'valid_from = "yesterday"\n',
    "an office with a day for a time": HEAD + OFFICE_TABLE + "valid_from = 2026-01-01\n",
    "an office from before all time": HEAD + OFFICE_TABLE + "valid_from = 0001-01-01T00:00:00+14:00\n",
    "an office whose id climbs": HEAD + OFFICE_TABLE.replace(f'"{OFFICE}"', '"../head"'),
    "two offices of one id": HEAD + OFFICE_TABLE + OFFICE_TABLE.replace("office.pub", "dora.pub"),
    "an officer with a private encryption key": HEAD + officer().replace("dora.enc.pub", "dora.enc"),
    "an officer with a private key": HEAD + officer().replace('"dora.pub', '"dora'),
    "an officer with one key for both": HEAD + officer().replace("dora.pub", "dora.enc.pub"),
    "an officer who cannot decrypt": HEAD + officer().replace("dora.enc.pub", "emil.pub"),
    "an officer without an encryption key": HEAD + officer().replace("encryption_key", "# encryption_key"),
    "an officer with a slash in his id": HEAD + officer("unit/dora"),
    "an officer whose id climbs": HEAD + officer("../../dora"),
    "an officer who is the folder": HEAD + officer("."),
    "an officer who is the folder above": HEAD + officer(".."),
    "an officer with a hidden id": HEAD + officer(".dora"),
    "an officer with a backslash": HEAD + officer("a\\\\b"),
    "an officer with a NUL": HEAD + officer("dora\\u0000"),
    "an officer with a space": HEAD + officer("dora dee"),
    "an officer with a line break": HEAD + officer("dora\\ndee"),
    "an officer that is no ASCII": HEAD + officer("dóra"),
    "an officer of 300 characters": HEAD + officer("d" * 300),
    "two officers of one id": HEAD + officer() + officer(key="emil", encryption="emil"),
    "two officers with one key": HEAD + officer() + officer("emil", "dora", "emil"),
    "two officers with one encryption key": HEAD + officer() + officer("emil", "emil", "dora"),
    "an officer with his office's key": HEAD + OFFICE_TABLE + officer(key="office"),
    "an officer with a founder's key": HEAD + officer(key="ada"),
    "an officer with a founder's encryption key as his own": HEAD + officer("ada2", "ada", "ada"),
    "another agency with this one's key": HEAD.replace(AGENCY, "other.agency") + OFFICE_TABLE,
    "another agency with an officer's key": HEAD.replace(AGENCY, "other.agency") + officer("x", "officer-1", "dora"),
}


def test_a_bad_parties_file_registers_nobody(kit: Kit) -> None:
    path = kit.keys / "parties.toml"

    def adding(data: str | bytes) -> Callable[[], Done]:
        def run() -> Done:
            path.write_bytes(data if isinstance(data, bytes) else data.encode())
            return kit.run("party", "add", kit.gate, path, *kit.signs())

        return run

    found = attempts(kit, {name: adding(data) for name, data in PARTIES.items()})
    assert found == dict.fromkeys(PARTIES, INVALID)
    path.write_text(HEAD + OFFICE_TABLE + officer() + officer("O.fficer_9-a", "emil", "emil"), encoding="utf-8")
    kit.done("party", "add", kit.gate, path, *kit.signs())


def test_parties_that_are_not_there_are_not_revoked(kit: Kit) -> None:
    path = kit.keys / "parties.toml"
    path.write_text(HEAD.replace(AGENCY, "other.agency"), encoding="utf-8")
    cases = {
        "an unknown agency": lambda: kit.run("party", "revoke", kit.gate, path, *kit.signs()),
        "a file that is not there": lambda: kit.run("party", "revoke", kit.gate, kit.root / "no.toml", *kit.signs()),
        "a folder": lambda: kit.run("party", "add", kit.gate, kit.keys, *kit.signs()),
    }
    assert attempts(kit, cases) == dict.fromkeys(cases, INVALID)


def test_a_revoked_key_is_not_registered_again(kit: Kit) -> None:
    kit.done("party", "revoke", kit.gate, kit.write_parties(), *kit.signs())
    again = attempts(kit, {"again": lambda: kit.run("party", "add", kit.gate, kit.write_parties(), *kit.signs())})
    assert again == {"again": INVALID}
    folder = kit.package(ROWS)
    done = kit.done("submit", kit.gate, folder)
    assert {under for _, under in kit.view(done["request"]).values()} == {"officer_engaged;signature_valid"}


PEOPLE = {
    "nobody": "",
    "one with a slash": "a/b",
    "one with an accent": "ádá",
    "one with a line break": "a\nb",
    "one who moves the cursor": "a\x1b[1A",
    "one of 300 characters": "a" * 300,
}


def test_a_person_of_the_staff_has_a_plain_id(kit: Kit) -> None:
    key = kit.keys / "dora.pub.jwk"
    cases: dict[str, Callable[[], Done]] = {}
    for name, person in PEOPLE.items():
        words = ("staff", "add", kit.gate, person, "--role", "auditor", "--key", key, *kit.signs())
        cases[f"staff: {name}"] = partial(kit.run, *words)
        founders = ("--founder", f"{person}={key}", "--founder", f"ben={kit.keys / 'ben.pub.jwk'}", "--demo")
        founding = ("init", kit.root / "new", "--custodian", "c", *founders)
        cases[f"founder: {name}"] = partial(kit.run, *founding)
    assert attempts(kit, cases) == dict.fromkeys(cases, INVALID)
    assert not (kit.root / "new").exists()


CUSTODIANS = {
    "nobody": "",
    "one with a space": "tax agency",
    "one with a quote": 'a"b',
    "one with a plus": "a+b",
    "one with a line break": "a\nb",
    "one that is no ASCII": "fiscalía",
    "one of 300 characters": "a" * 300,
}


def test_a_gate_has_a_plain_id_and_two_founders_with_two_keys(kit: Kit) -> None:
    ada, ben = (f"{p}={kit.keys / p}.pub.jwk" for p in FOUNDERS)
    cases: dict[str, tuple[str, ...]] = {
        name: ("--custodian", custodian, "--founder", ada, "--founder", ben) for name, custodian in CUSTODIANS.items()
    }
    cases |= {
        "no founder": ("--custodian", "c"),
        "one founder": ("--custodian", "c", "--founder", ada),
        "one founder twice": ("--custodian", "c", "--founder", ada, "--founder", ada),
        "two ids with one key": ("--custodian", "c", "--founder", ada, "--founder", f"zoe={kit.keys / 'ada'}.pub.jwk"),
        "three ids with two keys": (
            "--custodian", "c", "--founder", ada, "--founder", ben, "--founder", f"zoe={kit.keys / 'ada'}.pub.jwk",
        ),
        "a private key": ("--custodian", "c", "--founder", ada, "--founder", f"ben={kit.keys / 'ben'}.jwk"),
    }  # fmt: skip
    runs = {name: partial(kit.run, "init", kit.root / "new", *words, "--demo") for name, words in cases.items()}
    assert attempts(kit, runs) == dict.fromkeys(cases, INVALID)
    assert not (kit.root / "new").exists()
    assert not (kit.root / "new.part").exists()
    over = kit.run("init", kit.gate, "--custodian", "c", "--founder", ada, "--founder", ben, "--demo")
    assert code_of(over) == INVALID


# --- records and labelled cases --------------------------------------------------------------------------------------


def record_lines(change: Callable[[Row], Row] = lambda row: row, columns: tuple[str, ...] = RECORD_COLUMNS) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(change(person.record("2024-12-31")) for person in people()[:3])
    return out.getvalue().encode()


def _last(change: Row) -> bytes:
    """Good records whose last row is changed."""
    return record_lines(lambda row: row | change if row["person_id"] == "P0002" else row)


def record_parquet(change: Callable[[pa.Table], pa.Table]) -> bytes:
    rows = [person.record("2024-12-31") for person in people()[:3]]
    out = io.BytesIO()
    pq.write_table(change(pa.table({c: [row[c] for row in rows] for c in RECORD_COLUMNS})), out)
    return out.getvalue()


RECORDS: dict[str, bytes] = {
    "empty": b"",
    "header only": record_lines().split(b"\n", 1)[0] + b"\n",
    "a picture": b"\x89PNG\r\n\x1a\n\x00",
    "no person_id": record_lines(columns=RECORD_COLUMNS[1:]),
    "no as_of": record_lines(columns=RECORD_COLUMNS[:-1]),
    "no zip": record_lines(columns=tuple(c for c in RECORD_COLUMNS if c != "zip")),
    "an unknown column": record_lines().replace(b"as_of\n", b"as_of,ssn\n", 1).replace(b"31\n", b"31,1\n"),
    "a column twice": record_lines().replace(b"suffix", b"surname", 1),
    "a row too short": record_lines() + b"P0009,Smith\n",
    "a row too long": record_lines() + b"," * 20 + b"\n",
    "a quote that does not end": record_lines() + b'"P0009,Smith',
    "person_id blank": record_lines(lambda row: row | {"person_id": row["person_id"].replace("P0002", "")}),
    "as_of blank": _last({"as_of": ""}),
    "as_of in words": _last({"as_of": "last year"}),
    "as_of American": _last({"as_of": "12/31/2024"}),
    "as_of on a day that is none": _last({"as_of": "2025-02-30"}),
    "as_of in a month that is none": _last({"as_of": "2025-13-01"}),
    "as_of in a year zero": _last({"as_of": "0000-01-01"}),
    "as_of with a time": _last({"as_of": "2024-12-31T00:00:00"}),
    "a NUL": _last({"given_name": "Con\x00rad"}),
    "a control character": _last({"city": "Spring\x1bvale"}),
    "not UTF-8": record_lines().replace(b"Castellanos", b"Castell\xe1nos"),
    "UTF-16": record_lines().decode().encode("utf-16"),
}

RECORDS_PARQUET: dict[str, bytes] = {
    "not Parquet": b"PAR1" + b"\x00" * 40 + b"PAR1",
    "truncated": record_parquet(lambda t: t)[:-9],
    "no person_id": record_parquet(lambda t: t.drop_columns(["person_id"])),
    "no rows": record_parquet(lambda t: t.slice(0, 0)),
    "numbers for persons": record_parquet(lambda t: t.set_column(0, "person_id", pa.array([1, 2, 3]))),
    "times for as_of": record_parquet(lambda t: t.set_column(12, "as_of", t["as_of"].cast(pa.timestamp("s")))),
    "nulls for as_of": record_parquet(lambda t: t.set_column(12, "as_of", pa.nulls(3, pa.date32()))),
    "null for a person": record_parquet(lambda t: t.set_column(0, "person_id", pa.array(["a", None, "c"]))),
}


def test_bad_records_are_not_loaded(kit: Kit) -> None:
    def loading(name: str, data: bytes) -> Callable[[], Done]:
        def run() -> Done:
            path = kit.root / name
            path.write_bytes(data)
            return kit.run("records", "load", kit.gate, path, *kit.signs())

        return run

    cases = {f"CSV: {name}": loading("bad.csv", data) for name, data in RECORDS.items()}
    cases |= {f"Parquet: {name}": loading("bad.parquet", data) for name, data in RECORDS_PARQUET.items()}
    cases["not there"] = lambda: kit.run("records", "load", kit.gate, kit.root / "nowhere.csv", *kit.signs())
    cases["a folder"] = lambda: kit.run("records", "load", kit.gate, kit.keys, *kit.signs())
    assert attempts(kit, cases) == dict.fromkeys(cases, INVALID)
    days = record_parquet(lambda t: t.set_column(12, "as_of", pa.array([date(2024, 12, 31)] * 3)))
    assert loading("good.parquet", days)().code == 0
    assert loading("good.csv", b"\xef\xbb\xbf" + record_lines().replace(b"\n", b"\r\n"))().code == 0


LABELLED: dict[str, tuple[bytes, tuple[int, str]]] = {
    "empty": (b"", INVALID),
    "no person_id": (b"surname,given_name,address_line_1\nA,B,C\n", INVALID),
    "no surname": (b"given_name,address_line_1,person_id\nA,B,P0001\n", INVALID),
    "header only": (b"surname,given_name,address_line_1,person_id\n", INVALID),
    "an unknown column": (b"surname,given_name,address_line_1,person_id,truth\nA,B,C,P0001,1\n", INVALID),
    "a ragged row": (b"surname,given_name,address_line_1,person_id\nA,B\n", INVALID),
    "a NUL": (b"surname,given_name,address_line_1,person_id\nA,B\x00,C,P0001\n", INVALID),
    "not UTF-8": (b"surname,given_name,address_line_1,person_id\nM\xfcller,B,C,P0001\n", INVALID),
    "a picture": (b"\x89PNG\r\n\x1a\n\x00", INVALID),
}


def test_bad_labelled_cases_certify_nothing(kit: Kit) -> None:
    def certifying(data: bytes) -> Callable[[], Done]:
        def run() -> Done:
            path = kit.root / "bad.csv"
            path.write_bytes(data)
            return kit.run("certify", kit.gate, path, "--provenance", "synthetic", *kit.signs())

        return run

    found = attempts(kit, {name: certifying(data) for name, (data, _) in LABELLED.items()})
    assert found == {name: expected for name, (_, expected) in LABELLED.items()}


def test_too_few_cases_are_an_attempt_that_failed_and_is_entered(kit: Kit) -> None:
    path = kit.root / "few.csv"
    write_csv(path, [*SUBJECT_COLUMNS, "person_id"], [subject(kit.people[0], 1) | {"person_id": "P0000"}])
    before = books(kit)["entry"]
    ended = kit.run("certify", kit.gate, path, "--provenance", "synthetic", *kit.signs())
    assert (ended.code, ended.document["certified"]) == (1, False)
    assert books(kit)["entry"] == before + 1
    assert not [secret for secret in SECRETS if secret in ended.out + ended.err]


# --- gates -----------------------------------------------------------------------------------------------------------

CONFIG = "narrowgate.toml"


def config(change: Callable[[str], str]) -> Callable[[Path], None]:
    def spoil(gate: Path) -> None:
        path = gate / CONFIG
        path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")

    return spoil


MISSING, SHUT = (3, "gate_missing"), (4, "integrity")

GATES: dict[str, tuple[Spoil, tuple[int, str]]] = {
    "not there": (shutil.rmtree, MISSING),
    "a file": (_a_file, MISSING),
    "an empty folder": (_empty_folder, MISSING),
    "without its configuration": (lambda gate: (gate / CONFIG).unlink(), MISSING),
    "configured by an unknown key": (config(lambda t: t + "colour = 1\n"), INVALID),
    "configured by a misspelt key": (config(lambda t: t.replace("person_budget", "persons_budget")), INVALID),
    "configured by a text": (config(lambda t: t.replace("person_budget = 3", 'person_budget = "3"')), INVALID),
    "configured by zero": (config(lambda t: t.replace("person_budget = 3", "person_budget = 0")), INVALID),
    "configured by a negative": (config(lambda t: t.replace("person_budget = 3", "person_budget = -3")), INVALID),
    "configured by a fraction": (config(lambda t: t.replace("person_budget = 3", "person_budget = 3.5")), INVALID),
    "configured by a truth value": (config(lambda t: t.replace("person_budget = 3", "person_budget = true")), INVALID),
    "configured beyond all time": (
        config(lambda t: t.replace("subject_window_days = 365", "subject_window_days = 9999999999")),
        INVALID,
    ),
    "configured before all time": (
        config(lambda t: t.replace("subject_window_days = 365", "subject_window_days = 900000")),
        INVALID,
    ),
    "configured by a clock beyond all time": (
        config(lambda t: t.replace("clock_forward_days = 400", "clock_forward_days = 99999999999")),
        INVALID,
    ),
    "configured twice": (config(lambda t: t + "person_budget = 4\n"), INVALID),
    "not TOML": (config(lambda _: "{"), INVALID),
    "of another format": (config(lambda t: t.replace("narrowgate-config/1", "narrowgate-config/2")), INVALID),
    "nested 100,000 deep": (config(lambda t: t + "x = " + "[" * DEEP + "]" * DEEP), INVALID),
    "not UTF-8": (lambda gate: (gate / CONFIG).write_bytes(b"\xff\xfe"), INVALID),
    "of another custodian": (config(lambda t: t.replace(CUSTODIAN, "other.custodian")), SHUT),
    "without its keystore": (lambda gate: (gate / "keystore.json").unlink(), SHUT),
    "with an empty keystore": (lambda gate: (gate / "keystore.json").write_bytes(b""), SHUT),
    "with a keystore of another shape": (lambda gate: (gate / "keystore.json").write_bytes(b"[]"), SHUT),
    "with another's keystore": (
        lambda gate: (gate / "keystore.json").write_text(
            (gate / "keystore.json").read_text(encoding="utf-8").replace(CUSTODIAN, "other"), encoding="utf-8"
        ),
        (1, "passphrase"),
    ),
    "without its passphrase file": (lambda gate: (gate / "demo-passphrase").unlink(), (3, "passphrase")),
    "with another passphrase": (lambda gate: (gate / "demo-passphrase").write_bytes(b"x" * 32), (1, "passphrase")),
    "without its store": (lambda gate: (gate / "operations.sqlite").unlink(), SHUT),
    "with a store that is none": (lambda gate: (gate / "operations.sqlite").write_bytes(b"no database" * 99), SHUT),
    "with an empty store": (lambda gate: (gate / "operations.sqlite").write_bytes(b""), SHUT),
}  # fmt: skip


def test_a_gate_that_is_not_whole_takes_nothing(kit: Kit) -> None:
    package, whole = kit.package(ROWS), kit.root / "whole"
    kit.gate.rename(whole)
    found = {}
    for name, (spoil, _) in GATES.items():
        if kit.gate.is_file():
            kit.gate.unlink()
        shutil.rmtree(kit.gate, ignore_errors=True)
        shutil.copytree(whole, kit.gate)
        spoil(kit.gate)
        found[name] = code_of(kit.run("submit", kit.gate, package))
    assert found == {name: expected for name, (_, expected) in GATES.items()}


def test_a_gate_of_real_people_asks_for_its_passphrase_and_never_without_a_terminal(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    words, gate = kit.root / "passphrase", kit.root / "real"
    founders = [word for p in FOUNDERS for word in ("--founder", f"{p}={kit.keys / p}.pub.jwk")]
    monkeypatch.setattr("sys.stdin", io.StringIO("typed\n"))  # no terminal
    init = ("init", gate, "--custodian", CUSTODIAN, *founders)
    assert code_of(kit.run(*init)) == (3, "passphrase")
    monkeypatch.setenv("NARROWGATE_PASSPHRASE_FILE", str(words))
    assert code_of(kit.run(*init)) == (3, "passphrase")
    words.write_bytes(b"short\n")
    assert code_of(kit.run(*init)) == INVALID
    assert not gate.exists()
    words.write_bytes(b"a passphrase long enough\n")
    assert kit.run(*init).code == 0
    assert kit.run("ledger", "key", gate).code == 0
    words.write_bytes(b"another one that is long\n")
    assert code_of(kit.run("ledger", "key", gate)) == (1, "passphrase")
    monkeypatch.delenv("NARROWGATE_PASSPHRASE_FILE")
    assert code_of(kit.run("ledger", "key", gate)) == (3, "passphrase")
    labelled = kit.root / "labelled.csv"
    words.write_bytes(b"a passphrase long enough\n")
    monkeypatch.setenv("NARROWGATE_PASSPHRASE_FILE", str(words))
    synthetic = kit.run("certify", gate, labelled, "--provenance", "synthetic", *kit.signs())
    assert code_of(synthetic) == (1, "not_certified")


# --- the requester's side, and outsiders -----------------------------------------------------------------------------


def test_a_bad_attestation_or_signature_is_not_made(kit: Kit) -> None:
    folder = kit.write_package(ROWS)
    key = kit.keys / "officer-1.jwk"
    words = ("--attests", "personally_engaged")
    cases: dict[str, tuple[object, ...]] = {
        "an officer no row names": ("attest", folder, "--officer", "officer-9", "--key", key, *words),
        "an officer who climbs": ("attest", folder, "--officer", "../officer-1", "--key", key, *words),
        "no officer": ("attest", folder, "--officer", "", "--key", key, *words),
        "a word that is none": ("attest", folder, "--officer", "officer-1", "--key", key, "--attests", "engaged"),
        "no word": ("attest", folder, "--officer", "officer-1", "--key", key, "--attests", ","),
        "a key that is not there": ("attest", folder, "--officer", "officer-1", "--key", "nowhere.jwk", *words),
        "a public key": ("sign", folder, "--key", kit.keys / "office.pub.jwk"),
        "a package that is none": ("sign", kit.keys, "--key", key),
        "keys over keys": ("key", "new", kit.keys / "ada"),
    }
    found = attempts(kit, running(kit, cases))
    assert found == dict.fromkeys(cases, INVALID)
    assert not (folder / "request.jws").exists()
    assert not list(folder.rglob("*.jws"))


def test_bad_receipts_and_answers_do_not_hold(kit: Kit) -> None:
    kit.submit(ROWS[:1])
    kit.approve()
    out, vkey = kit.root / "out", kit.vkey()
    kit.done("answers", kit.gate, "r-1", "--sealed", "--out", out)
    kit.done("ledger", "prove", kit.gate, "r-1", "row-0", "--out", kit.root / "receipt.json")
    receipt = (kit.root / "receipt.json").read_bytes()
    jwe = (out / "officer-1.0001.jwe").read_bytes()
    cases: dict[str, tuple[bytes, int]] = {
        "empty": (b"", 3),
        "not JSON": (b"receipt", 3),
        "nested": (b"[" * DEEP, 3),
        "an array": (b"[]", 3),
        "not UTF-8": (b"\xff\xfe", 3),
        "no members": (b"{}", 3),
        "cut short": (receipt[:-10], 3),
        "with another bit": (receipt.replace(b'"confirmed"', b'"not_confirmed"'), 4),
        "with another label": (receipt.replace(b"row-0", b"row-1"), 4),
    }
    found = {}
    for name, (data, _) in cases.items():
        (kit.root / "bad.json").write_bytes(data)
        found[name] = code_of(kit.run("verify", kit.root / "bad.json", "--vkey", vkey))[0]
    assert found == {name: code for name, (_, code) in cases.items()}
    key = kit.keys / "officer-1.enc.jwk"
    opened = {
        "not there": ("open", out / "none.jwe", "--key", key, "--vkey", vkey),
        "without a key": ("open", out / "officer-1.0001.jwe", "--vkey", vkey),
        "with another's key": ("open", out / "officer-1.0001.jwe", "--key", kit.keys / "ada.enc.jwk", "--vkey", vkey),
        "with the signing key": ("open", out / "officer-1.0001.jwe", "--key", kit.keys / "ada.jwk", "--vkey", vkey),
        "without a vkey": ("open", out / "officer-1.0001.jwe", "--key", key, "--vkey", ""),
        "with a vkey that is none": ("open", out / "officer-1.0001.jwe", "--key", key, "--vkey", "x+y+z"),
    }
    assert {name: code_of(kit.run(*w)) for name, w in opened.items()} == dict.fromkeys(opened, INVALID)
    for name, data in {"altered": jwe[:-5] + b"AAAAA", "cut": jwe[:50], "noise": b"\xff" * 50, "empty": b""}.items():
        (kit.root / "bad.jwe").write_bytes(data)
        assert code_of(kit.run("open", kit.root / "bad.jwe", "--key", key, "--vkey", vkey)) == INVALID, name


# --- what people read ------------------------------------------------------------------------------------------------


def test_marks_of_the_terminal_in_what_a_requester_wrote_are_shown_as_they_are(
    kit: Kit, capsys: pytest.CaptureFixture[str]
) -> None:
    from narrowgate.surfaces.cli import group  # noqa: PLC0415 - beside its only use: people's text
    from narrowgate.surfaces.cli.common import run  # noqa: PLC0415

    label, request_id = "[/red]", "[bold]r[nothing]"
    folder = kit.write_package([subject(kit.people[0], label)], "marks")
    saying(request_id=request_id)(folder)
    kit.attest(folder, OFFICERS[0])
    kit.sign(folder)
    capsys.readouterr()
    assert run(group, ["submit", str(kit.gate), str(folder)]) == 0
    assert request_id in capsys.readouterr().err
    assert run(group, ["approve", str(kit.gate), request_id, *kit.signs()]) == 0
    assert request_id in capsys.readouterr().err
    assert run(group, ["explain", str(kit.gate), request_id, label, *kit.signs("ada")]) == 0
    assert label in capsys.readouterr().err
