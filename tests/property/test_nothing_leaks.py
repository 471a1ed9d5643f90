"""Promise 2: nothing leaves that the request did not bring, save one bit; and a world's records do not show in it.

Every column of the records and every cell of the rows is marked with a string of its own. After a full run, errors
included, the marks are looked for in everything: what leaves, what is printed, logged, named, public, and in the books.
"""

import base64
import csv
import hashlib
import io
import json
import logging
import random
import re
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from kit import OFFICERS, Kit, Person, Row, subject, write_csv
from narrowgate import wiring
from narrowgate.domain.request import RECORD_COLUMNS, SUBJECT_COLUMNS
from narrowgate.surfaces.cli import group
from narrowgate.surfaces.cli.common import private_key, run

SYLLABLES = [c + v for c in "bdfgklmnprstvz" for v in "aeiou"]


class Marks:
    """Draws marks, each once: words that nobody writes by chance, and that the parsers take for names."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._seen: set[str] = set()
        self._numbers = count(11)

    def word(self) -> str:
        found = ""
        while not found or found in self._seen:
            found = "".join(self._random.choices(SYLLABLES, k=self._random.choice((5, 6)))).capitalize()
        self._seen.add(found)
        return found

    def number(self) -> int:
        return next(self._numbers)

    def person(self) -> Person:
        """A person of the records, every column marked."""
        n = self.number()
        return Person(
            f"id-{self.word()}", self.word(), self.word(), self.word(), f"19{40 + n % 50}-0{1 + n % 9}-{10 + n % 18}",
            f"9{n:02}-8{n % 10}-7{n:03}", f"{1000 + n} {self.word()} St", self.word(), "WA", f"98{n:03}-6{n:03}",
        )  # fmt: skip

    def row(self, person: Person, *, officer: str = OFFICERS[0], **changes: str) -> Row:
        """A lawful row about a person, every other cell marked as well."""
        n = self.number()
        marked = {
            "middle_name": self.word(),
            "suffix": self.word(),
            "address_line_2": f"c/o {self.word()}",
            "case_number": f"{self.word()}-{n}",
            "reason": f"{self.word()} is charged with failure to depart, count {n}",
            "x_note": self.word(),
        }
        return subject(person, f"label-{self.word()}", officer=officer, **(marked | changes))


def cells(row: Row) -> set[str]:
    """The marked strings of a row: words of five syllables, dates of birth, numbers, ZIP Codes; not its label."""
    texts = [row.get(n, "") for n in (*SUBJECT_COLUMNS[1:], "x_note")]
    found = {word for text in texts for word in re.findall(r"[A-Z][a-z]{9,11}", text)}
    found |= {row["person_id"]} if row.get("person_id") else set()
    return found | {row[n] for n in ("date_of_birth", "tin", "zip") if len(row.get(n, "")) > 8}


def holding(texts: Iterable[bytes], marked: Iterable[str]) -> list[str]:
    """Which marks occur in any of the texts, in either case and in the two encodings of the web's."""
    whole = b"\0".join(texts).lower()
    return [mark for mark in marked if mark.lower().encode() in whole or mark.lower().encode("utf-16-le") in whole]


class Watched:
    """A kit whose every printed byte is kept."""

    def __init__(self, kit: Kit, capsys: pytest.CaptureFixture[str]) -> None:
        self.kit, self._capsys = kit, capsys
        self.said: list[bytes] = []

    def json(self, *words: object, code: int = 0) -> Any:
        """A command with --json, and once more as people read it where it changes nothing."""
        ended = self.kit.run(*words)
        self.said += [ended.out.encode(), ended.err.encode()]
        assert ended.code == code, (words, ended.code, ended.out, ended.err)
        return ended.document

    def text(self, *words: object, code: int = 0) -> str:
        """A command as people read it."""
        self._capsys.readouterr()
        found = run(group, [str(word) for word in words])
        out, err = self._capsys.readouterr()
        self.said += [out.encode(), err.encode()]
        assert found == code, (words, found, out, err)
        return out + err


def spoilt(kit: Kit, rows: Sequence[Row], unasked: Person) -> dict[str, tuple[list[object], int]]:
    """Command lines that fail on marked input, and their exit codes."""
    cases: dict[str, tuple[list[object], int]] = {}

    def package(name: str, data: bytes, **stated: Any) -> None:
        folder = kit.write_package(rows, f"bad-{name.replace(' ', '-')}")
        request = json.loads((folder / "request.json").read_bytes())
        file = stated.pop("file", "subjects.csv")
        (folder / file).write_bytes(data)
        request["subjects"]["file"] = file
        if stated.pop("rehash", True):
            request["subjects"]["sha256"] = hashlib.sha256(data).hexdigest()
        (folder / "request.json").write_text(json.dumps(request | stated), encoding="utf-8")
        cases[name] = (["submit", kit.gate, folder], 3)

    good = (kit.write_package(rows, "bad-good") / "subjects.csv").read_bytes()
    package("another digest", good, rehash=False, request_id=rows[0]["surname"])
    (kit.root / "packages" / "bad-another-digest" / "subjects.csv").write_bytes(good + b"\n")
    package("a quote without end", good + b'"' + rows[0]["surname"].encode())
    package("text after a quote", good + b'"' + rows[0]["surname"].encode() + b'"x,')
    package("a label twice", good + good.split(b"\n", 1)[1])
    package("a column too many", good.replace(b"x_note", rows[0]["surname"].encode(), 1))
    package("another custodian", good, custodian=rows[0]["surname"])
    package("another format", good, format=rows[0]["surname"])
    package("a number for a name", good, signed_by={"office": 1, "name": rows[0]["surname"]})
    out = io.BytesIO()
    pq.write_table(pa.table({name: [[row.get(name, "")] for row in rows] for name in rows[0]}), out)
    package("lists in Parquet", out.getvalue(), file="subjects.parquet")
    package("half a Parquet", out.getvalue()[: len(out.getvalue()) // 2], file="subjects.parquet")

    def records(name: str, *lines: Row) -> None:
        path = kit.root / f"bad-{name}.csv"
        write_csv(path, RECORD_COLUMNS, lines)
        cases[name] = (["records", "load", kit.gate, path, *kit.signs()], 3)

    line = unasked.record("2024-07-19")
    records("a record without a day", line | {"as_of": line["surname"]})
    records("a record on no day", line | {"as_of": "2025-02-30"})
    records("a record with a NUL", line | {"city": line["city"] + "\x00"})
    records("a record without a person", line | {"person_id": ""})
    ragged = kit.root / "ragged.csv"
    ragged.write_text(",".join(RECORD_COLUMNS) + "\n" + ",".join(line.values()) + ",1\n", encoding="utf-8")
    cases["a ragged record"] = (["records", "load", kit.gate, ragged, *kit.signs()], 3)
    ragged_case = kit.root / "ragged-labelled.csv"
    ragged_case.write_text(f"surname,given_name,address_line_1,person_id\n{line['surname']}\n", encoding="utf-8")
    cases["a ragged case"] = (["certify", kit.gate, ragged_case, "--provenance", "synthetic", *kit.signs()], 3)
    return cases


def plaintexts(kit: Kit, out: Path) -> dict[str, bytes]:
    """Officer to what he decrypts."""
    found = {}
    for officer in OFFICERS:
        key = private_key(Path(f"{kit.keys / officer}.enc.jwk"))
        files = sorted(out.glob(f"{officer}.*.jwe"))
        found[officer] = b"\0".join(wiring.jose.decrypt(path.read_text(encoding="ascii"), key) for path in files)
    return found


def books(gate: Path) -> list[bytes]:
    """Every cell of the operations store, as text, beside its raw bytes."""
    found = [path.read_bytes() for path in gate.glob("operations.sqlite*")]
    with closing(sqlite3.connect(f"file:{gate / 'operations.sqlite'}?mode=ro", uri=True)) as db:
        for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            for line in db.execute(f'SELECT * FROM "{name}"'):
                found += [cell if isinstance(cell, bytes) else str(cell).encode() for cell in line]
    return found


@dataclass(frozen=True)
class Asked:
    """A marked run: the records' lines, the rows of two requests, and where what left was written."""

    lines: list[Row]
    cases: list[Row]
    rows: list[Row]
    generic: list[Row]
    unasked: Person
    out: Path

    @property
    def labels(self) -> set[str]:
        return {row["row"] for row in (*self.rows, *self.generic)}

    @property
    def everyone(self) -> set[str]:
        """Every mark of every person, in the records and in the rows."""
        return {mark for line in (*self.lines, *self.rows, *self.generic, *self.cases) for mark in cells(line)}


def make_up(kit: Kit, draw: Marks) -> Asked:
    """Marked records, and rows of every kind about them and about strangers."""
    known, moved, hidden, unasked, twin = (draw.person() for _ in range(5))
    second = replace(twin, id=f"id-{draw.word()}", date_of_birth="", tin="")
    lines = [p.record("2024-07-19", address_line_2=f"Apt {draw.number()} {draw.word()}")
             for p in (known, moved, hidden, unasked, twin, second)]  # fmt: skip
    rows = [
        draw.row(known),
        draw.row(moved, address_line_1=f"{draw.number()} {draw.word()} Ave", officer=OFFICERS[1]),
        draw.row(hidden, officer=OFFICERS[1]),
        draw.row(twin),
        draw.row(draw.person()),
        draw.row(draw.person(), taxable_periods=draw.word()),
        draw.row(draw.person(), surname=f"{draw.word()}\x00{draw.word()}"),
        draw.row(draw.person(), officer=draw.word()),
        draw.row(draw.person(), case_opened=f"{draw.word()} 2024"),
        draw.row(draw.person(), address_line_1=draw.word(), address_line_2=""),
        draw.row(draw.person(), reason="", order_ground=draw.word()),
        draw.row(known, address_line_1=f"{draw.number()} {draw.word()} Rd", date_of_birth=""),
    ]
    same = f"the same words for {draw.word()}"
    generic = [draw.row(draw.person(), reason=same) for _ in range(6)]
    with (kit.root / "labelled.csv").open(encoding="utf-8", newline="") as stream:
        plain = list(csv.DictReader(stream))
    cases = [draw.row(known) | {"person_id": known.id, "household": draw.word()}]
    write_csv(kit.root / "labelled.csv", [*SUBJECT_COLUMNS, "x_note", "person_id", "household"], [*plain, *cases])
    write_csv(kit.root / "records.csv", RECORD_COLUMNS, [*base(kit.people), *lines])
    return Asked(lines, cases, rows, generic, unasked, kit.root / "out")


def go_through(do: Watched, asked: Asked) -> None:
    """A full run: every command that touches the marks, and every error on the way."""
    kit = do.kit
    do.json("records", "load", kit.gate, kit.root / "records.csv", *kit.signs())
    labelled = kit.root / "labelled.csv"
    do.json("certify", kit.gate, labelled, "--bound", "0.2", "--provenance", "synthetic", *kit.signs())
    hidden = asked.lines[2]["person_id"]
    do.json("shield", "add", kit.gate, "--person", hidden, "--until", "2100-01-01", "--why", "x", *kit.signs())
    folder = kit.package(asked.rows)
    do.json("submit", kit.gate, folder)
    do.text("submit", kit.gate, folder)
    for words, code in spoilt(kit, asked.rows, asked.unasked).values():
        do.json(*words, code=code)
        do.text(*words, code=code)
    do.json("submit", kit.gate, kit.package(asked.rows[:1]), code=3)
    do.json("submit", kit.gate, kit.package(asked.generic, "r-held"))
    do.text("hold", "list", kit.gate)
    do.text("approve", kit.gate, "r-1", code=2)
    pending = do.json("approve", kit.gate, "r-1", *kit.signs("ada"), code=2)["id"]
    do.text("sign-off", kit.gate)
    do.text("sign-off", kit.gate, pending, *kit.signs("ben"))
    do.json("hold", "refuse", kit.gate, "r-held", "--element", "reason_stated", "--why", "copied", *kit.signs("ada"))
    do.text("answers", kit.gate, "r-1", "--out", kit.root / "view.csv")
    do.json("answers", kit.gate, "r-1", "--sealed", "--out", asked.out)
    do.text("certificate", kit.gate, "--page", kit.root / "certificate.html")
    do.text("monitor", kit.gate, "--page", kit.root / "monitor.html", *kit.signs("ada"))
    do.json("monitor", kit.gate, *kit.signs("ada"))
    pages = [page.read_bytes() for page in kit.root.glob("*.html")]
    assert len(pages) >= 3  # certify wrote one of each attempt besides
    assert holding(pages, asked.everyone | asked.labels) == []
    do.text("ledger", "verify", kit.gate)
    do.text("ledger", "fsck", kit.gate)


def assert_nothing_lies_about(gate: Path, asked: Asked) -> None:
    """Public files, names of files, the books and the seals: no person, and no label of a row."""
    marked = asked.everyone | asked.labels
    names = [str(path.relative_to(gate)).encode() for path in gate.rglob("*")]
    assert holding([path.read_bytes() for path in (gate / "ledger").rglob("*") if path.is_file()], marked) == []
    assert holding(names, marked) == []
    assert holding(books(gate), marked) == []
    lying = [p for p in gate.rglob("*") if p.is_file() and "snapshots" not in p.relative_to(gate).parts]
    assert holding([path.read_bytes() for path in lying], marked) == []


def assert_only_labels_leave(kit: Kit, asked: Asked) -> None:
    """To each officer his own labels, to the office those refused; the custodian's view has labels too, nobody else."""
    view = kit.view()
    assert "confirmed" in {outcome for outcome, _ in view.values()}
    assert holding([p.read_bytes() for p in asked.out.glob("*.jwe")], asked.everyone | asked.labels) == []
    for officer, plaintext in plaintexts(kit, asked.out).items():
        own = {row["row"] for row in asked.rows if row["officer"] == officer}
        assert holding([plaintext], own), officer
        assert holding([plaintext], asked.everyone | (asked.labels - own)) == [], officer
    jws = json.loads((asked.out / "refusals.json").read_bytes())
    payload = base64.urlsafe_b64decode(jws["payload"] + "==")
    refused = {row for row, (outcome, _) in view.items() if outcome == "refused"}
    assert len(holding([payload], refused)) == len(refused) == 6
    assert holding([payload], asked.everyone | (asked.labels - refused)) == []
    assert holding([(kit.root / "view.csv").read_bytes()], asked.everyone) == []


def assert_looks_show_their_row_alone(do: Watched, asked: Asked) -> None:
    """Receipts and explanations show the label of their row; the officer's side his own labels."""
    kit, receipt = do.kit, do.kit.root / "receipt.json"
    for row in (asked.rows[0], asked.rows[1], asked.rows[5]):
        do.said.clear()
        do.text("ledger", "prove", kit.gate, "r-1", row["row"], "--out", receipt)
        do.text("verify", receipt, "--vkey", kit.vkey())
        do.text("explain", kit.gate, "r-1", row["row"], *kit.signs("ada"))
        do.json("explain", kit.gate, "r-1", row["row"], *kit.signs("ada"))
        assert holding([*do.said, receipt.read_bytes()], asked.everyone | (asked.labels - {row["row"]})) == []
    do.said.clear()
    for officer in OFFICERS:
        file = next(asked.out.glob(f"{officer}.*.jwe"))
        do.text("open", file, "--key", kit.keys / f"{officer}.enc.jwk", "--vkey", kit.vkey())
    do.text("open", asked.out / "refusals.json", "--vkey", kit.vkey())
    assert holding(do.said, asked.everyone) == []


examples = count()


@settings(
    max_examples=1,
    deadline=None,
    database=None,
    phases=[Phase.generate],  # a run takes seconds, and marks do not shrink
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(seed=st.integers(0, 2**63))
def test_no_mark_leaves_is_shown_or_lies_in_the_open(
    template: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, seed: int
) -> None:
    caplog.set_level(logging.DEBUG)
    kit = Kit(tmp_path / str(next(examples)), capsys)
    kit.copy_from(template)
    do, asked = Watched(kit, capsys), make_up(kit, Marks(seed))
    assert len(asked.everyone) > 120
    go_through(do, asked)
    assert holding([*do.said, caplog.text.encode()], asked.everyone | asked.labels) == []
    assert_nothing_lies_about(kit.gate, asked)
    assert_only_labels_leave(kit, asked)
    assert_looks_show_their_row_alone(do, asked)


def test_the_search_finds_what_it_looks_for(kit: Kit) -> None:
    asked = make_up(kit, Marks(7))
    one = min(asked.everyone)
    assert holding([b"-", f"x{one.upper()}y".encode()], asked.everyone) == [one]
    assert holding([one.encode("utf-16-le")], asked.everyone) == [one]
    said = [json.dumps(line).encode() for line in asked.lines]
    assert len(holding(said, asked.everyone)) >= len({mark for line in asked.lines for mark in cells(line)})


# --- two worlds ------------------------------------------------------------------------------------------------------

HEX, TIME = re.compile(rb"[0-9a-f]{16,}"), re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
BASE64 = re.compile(rb"[A-Za-z0-9+/]{40,}={0,2}")


def masked(plaintext: bytes) -> bytes:
    """An answers file without digests, salts, ids, times and the checkpoint's signature; lengths stay."""
    for pattern in (TIME, HEX, BASE64):
        plaintext = pattern.sub(lambda found: b"*" * len(found[0]), plaintext)
    return plaintext


class World:
    """What leaves of one world: the same request, asked of other records."""

    def __init__(self, kit: Kit, rows: Sequence[Row], records: Iterable[Row]) -> None:
        kit.load(records)
        kit.certify()
        self.submitted = kit.submit(rows) | {"ledger_id": ""}
        self.approved = kit.approve()
        self.outcomes = [outcome for outcome, _ in kit.view().values()]
        out = kit.root / "out"
        kit.done("answers", kit.gate, "r-1", "--sealed", "--out", out)
        self.sizes = {path.name: path.stat().st_size for path in out.iterdir()}
        self.plaintexts = {officer: masked(text) for officer, text in plaintexts(kit, out).items()}
        receipt = kit.root / "receipt.json"
        kit.done("ledger", "prove", kit.gate, "r-1", rows[0]["row"], "--out", receipt)
        self.receipt = masked(receipt.read_bytes())
        self.held = kit.done("hold", "list", kit.gate)


@pytest.fixture
def world(template: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., World]:
    """Makes a world from rows and records, on a gate of its own."""
    number = count()

    def make(rows: Sequence[Row], records: Iterable[Row]) -> World:
        kit = Kit(tmp_path / f"world-{next(number)}", capsys)
        kit.copy_from(template)
        return World(kit, rows, records)

    return make


def base(people: Sequence[Person]) -> list[Row]:
    return [p.record(day) for p in people for day in ("2023-12-31", "2024-12-31")]


def asking(people: Sequence[Person]) -> list[Row]:
    """Five rows: two confirmed in the base world, one asked elsewhere, one unknown, one refused."""
    wrong = {n: getattr(people[90], n) for n in ("address_line_1", "city", "zip")}
    nobody = {"surname": "Quarrington", "given_name": "Leopold", "date_of_birth": "", "tin": ""}
    return [
        subject(people[1], 1),
        subject(people[2], 2, officer=OFFICERS[1]),
        subject(people[3], 3, **wrong),
        subject(people[4], 4, **nobody, address_line_1="77 Nowhere Hill Rd"),
        subject(people[5], 5, reason=""),
    ]


def test_worlds_with_the_same_verdicts_look_the_same_to_the_byte(kit: Kit, world: Callable[..., World]) -> None:
    people = kit.people
    rows = asking(people)
    first = world(rows, base(people))
    assert first.outcomes == ["confirmed", "confirmed", "not_confirmed", "not_confirmed", "refused"]
    others: dict[str, list[Row]] = {
        "other records of those asked about, and of everybody else": [
            line | {"middle_name": "Zebulon" if line["person_id"] != "P0001" else line["middle_name"],
                    "address_line_2": "Apt 9" if line["person_id"] > "P0005" else ""}
            for line in base(people)
        ],
        "the one asked elsewhere is in no record at all": [r for r in base(people) if r["person_id"] != "P0003"],
        "other days": [line | {"as_of": line["as_of"].replace("12-31", "06-30")} for line in base(people)],
    }  # fmt: skip
    for name, records in others.items():
        again = world(rows, records)
        assert again.outcomes == first.outcomes, name
        assert again.plaintexts == first.plaintexts, name
        assert again.sizes == first.sizes, name
        assert again.receipt == first.receipt, name
        assert again.submitted | {"request": ""} == first.submitted | {"request": ""}, name
        assert again.approved | {"id": ""} == first.approved | {"id": ""}, name
        assert again.held == first.held, name


def test_a_confirmed_answer_is_as_long_as_one_that_is_not(kit: Kit, world: Callable[..., World]) -> None:
    people = kit.people
    rows = asking(people)
    here = world(rows, base(people))
    away = {n: getattr(people[91], n) for n in ("address_line_1", "city", "zip")}
    gone = world(rows, [line | away if line["person_id"] in ("P0001", "P0002") else line for line in base(people)])
    assert (here.outcomes[:2], gone.outcomes[:2]) == (["confirmed"] * 2, ["not_confirmed"] * 2)
    assert here.sizes == gone.sizes
    assert len(here.receipt) == len(gone.receipt)
    for officer, plaintext in here.plaintexts.items():
        other = gone.plaintexts[officer]
        assert len(plaintext) == len(other)
        assert _without_bits(plaintext) == _without_bits(other)


def _without_bits(plaintext: bytes) -> bytes:
    return re.sub(rb'"outcome":"[a-z_]+","pad":" *"', b'"outcome":"?"', plaintext)


@pytest.mark.parametrize("rows", [1, 2, 7])
def test_a_file_that_leaves_is_padded_to_whole_blocks(kit: Kit, rows: int) -> None:
    kit.submit([subject(kit.people[i], i) for i in range(rows)])
    kit.approve()
    out = kit.root / "out"
    kit.done("answers", kit.gate, "r-1", "--sealed", "--out", out)
    assert len(plaintexts(kit, out)[OFFICERS[0]]) % 4096 == 0
