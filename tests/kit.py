"""A small made-up gate for tests: 160 persons, two founders, one agency, a certificate with a wide bound.

The gate is built once a session by the very commands that a user would type, and copied for each test.
"""

import csv
import hashlib
import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from narrowgate.domain.request import RECORD_COLUMNS, SUBJECT_COLUMNS
from narrowgate.domain.vocabulary import Attests
from narrowgate.surfaces.cli import group
from narrowgate.surfaces.cli.common import run

CUSTODIAN, AGENCY, OFFICE, BASIS = "test.custodian", "test.agency", "test.agency.head", "us.irc.6103.i.2"
FOUNDERS = ("ada", "ben")
OFFICERS = ("officer-1", "officer-2")
WORDS = tuple(sorted(Attests))

SURNAMES = [
    "Abernathy",
    "Bellweather",
    "Castellanos",
    "Drummond",
    "Eisenhart",
    "Fitzwilliam",
    "Grunewald",
    "Holloway",
    "Iversen",
    "Jankowski",
    "Kowalczyk",
    "Lindqvist",
    "Montgomery",
    "Nakamura",
    "Okonkwo",
    "Pemberton",
]
GIVEN = ("Albert", "Beatrice", "Conrad", "Dorothea", "Edmund", "Florence", "Gilbert", "Harriet", "Ignacio", "Josephine")
STREETS = ("Maple St", "Oak Ave", "Juniper Ln", "Harbor Rd", "Willow Ct", "Cedar Blvd", "Prospect Ter", "Mill Pond Rd")
CITIES = (("Springvale", "WA", "98101"), ("Harborton", "WA", "98225"), ("Millbrook", "WA", "99201"))

Row = dict[str, str]


@dataclass(frozen=True)
class Person:
    """A made-up person of the records."""

    id: str
    surname: str
    given_name: str
    middle_name: str
    date_of_birth: str
    tin: str
    address_line_1: str
    city: str
    state: str
    zip: str

    def record(self, as_of: str, **changes: str) -> Row:
        """A line of the custodian's file."""
        blank = dict.fromkeys(RECORD_COLUMNS, "")
        return blank | self._stated() | {"person_id": self.id, "as_of": as_of} | changes

    def _stated(self) -> Row:
        names = (
            "surname",
            "given_name",
            "middle_name",
            "date_of_birth",
            "tin",
            "address_line_1",
            "city",
            "state",
            "zip",
        )
        return {name: getattr(self, name) for name in names}


def people() -> list[Person]:
    """160 persons with distinct names, birth dates, numbers and addresses."""
    found = []
    for i in range(len(SURNAMES) * len(GIVEN)):
        city, state, code = CITIES[i % len(CITIES)]
        born = (datetime(1950, 1, 1, tzinfo=UTC) + timedelta(days=97 * i)).date().isoformat()
        found.append(
            Person(
                f"P{i:04}", SURNAMES[i % len(SURNAMES)], GIVEN[i // len(SURNAMES)], "ABCDEFGHJKLMNP"[i % 14], born,
                f"{100 + i:03}-{10 + i % 80:02}-{1000 + 7 * i:04}", f"{101 + 13 * i} {STREETS[i % len(STREETS)]}",
                city, state, code,
            )
        )  # fmt: skip
    return found


def subject(person: Person, row: object, *, officer: str = OFFICERS[0], **changes: str) -> Row:
    """A lawful row about a person at the address in the records, with changes."""
    today = datetime.now(UTC).date()
    stated = {name: value for name, value in person.record("").items() if name in SUBJECT_COLUMNS}
    case = {
        "row": str(row),
        "taxable_periods": "2023;2024",
        "removal_order_date": (today - timedelta(days=400)).isoformat(),
        "order_ground": "8 USC 1227(a)(2)(A)(iii)",
        "case_number": f"CR-2026-{row}",
        "case_opened": (today - timedelta(days=200)).isoformat(),
        "officer": officer,
        "reason": f"Case CR-2026-{row}: the indictment charges willful failure to depart; his address decides service",
    }
    return dict.fromkeys(SUBJECT_COLUMNS, "") | stated | case | changes


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> None:
    """Writes rows as CSV."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


@dataclass(frozen=True)
class Done:
    """How a command ended: exit code, the JSON document it printed, and people's text."""

    code: int
    document: Any
    out: str
    err: str


class Captured:
    """Standard output and error of commands run while a shared gate is made, where ``capsys`` cannot be had.

    Args:
        config: pytest's.
    """

    def __init__(self, config: Any) -> None:
        self._capture = config.pluginmanager.getplugin("capturemanager")

    def readouterr(self) -> Any:
        return self._capture.read_global_capture()


class Kit:
    """A gate, the keys of everybody, and the commands."""

    def __init__(self, root: Path, capsys: Any) -> None:
        self.root, self.gate, self.keys, self._capsys = root, root / "gate", root / "keys", capsys
        self.people = people()

    def run(self, *words: object) -> Done:
        """Runs a command with --json."""
        self._capsys.readouterr()
        code = run(group, [*(str(word) for word in words), "--json"])
        out, err = self._capsys.readouterr()
        return Done(code, json.loads(out) if out.strip() else None, out, err)

    def done(self, *words: object) -> Any:
        """Runs a command that must succeed; returns its document."""
        ended = self.run(*words)
        assert ended.code == 0, (words, ended.code, ended.out, ended.err)
        return ended.document

    def signs(self, *people: str) -> list[str]:
        """--sign options of these people (both founders by default)."""
        return [word for person in people or FOUNDERS for word in ("--sign", f"{person}={self.keys / person}.jwk")]

    def write_package(self, rows: Sequence[Row], request_id: str = "r-1", **head: Any) -> Path:
        """Writes an unsigned package; ``head`` replaces members of request.json (None removes one)."""
        folder = self.root / "packages" / request_id
        folder.mkdir(parents=True, exist_ok=True)
        columns = [*SUBJECT_COLUMNS, *sorted({name for row in rows for name in row} - set(SUBJECT_COLUMNS))]
        write_csv(folder / "subjects.csv", columns, rows)
        data = (folder / "subjects.csv").read_bytes()
        request: dict[str, Any] = {
            "format": "narrowgate-request/1",
            "request_id": request_id,
            "custodian": CUSTODIAN,
            "agency": AGENCY,
            "basis": BASIS,
            "signed_by": {"office": OFFICE, "name": "Head of the Agency"},
            "made_at": datetime.now(UTC).strftime("%Y-%m-%dT00:00:00Z"),
            "purpose": "criminal_investigation",
            "criminal_statute": "8 USC 1253(a)(1)",
            "statutory_authority": "8 USC 1103(a)(3)",
            "subjects": {"file": "subjects.csv", "sha256": hashlib.sha256(data).hexdigest(), "rows": len(rows)},
        }
        request = {name: value for name, value in (request | head).items() if value is not None}
        (folder / "request.json").write_text(json.dumps(request, indent=1), encoding="utf-8")
        return folder

    def package(self, rows: Sequence[Row], request_id: str = "r-1", **head: Any) -> Path:
        """Writes a package, attested by every registered officer it names, and signed by the office."""
        folder = self.write_package(rows, request_id, **head)
        for officer in sorted({row["officer"] for row in rows} & set(OFFICERS)):
            self.attest(folder, officer)
        self.sign(folder)
        return folder

    def attest(self, folder: Path, officer: str, words: Sequence[str] = WORDS) -> None:
        """An officer attests his rows."""
        key = f"{self.keys / officer}.jwk"
        self.done("attest", folder, "--officer", officer, "--key", key, "--attests", ",".join(words))

    def sign(self, folder: Path) -> None:
        """The office signs."""
        self.done("sign", folder, "--key", f"{self.keys / 'office'}.jwk")

    def submit(self, rows: Sequence[Row], request_id: str = "r-1", **head: Any) -> Any:
        """Packages rows and submits them; the document."""
        return self.done("submit", self.gate, self.package(rows, request_id, **head))

    def approve(self, request: str = "r-1") -> Any:
        """Both founders release a tranche."""
        return self.done("approve", self.gate, request, *self.signs())

    def view(self, request: str = "r-1") -> dict[str, tuple[str, str]]:
        """Row label to (outcome, refused_under)."""
        out = self.root / "view.csv"
        self.done("answers", self.gate, request, "--out", out)
        with out.open(encoding="utf-8", newline="") as stream:
            return {line["row"]: (line["outcome"], line["refused_under"]) for line in csv.DictReader(stream)}

    def fsck(self) -> Any:
        """The report of fsck, which must be clean."""
        report = self.done("ledger", "fsck", self.gate)
        assert report["clean"], report
        return report

    def vkey(self) -> str:
        """The log's verifier key."""
        return str(self.done("ledger", "key", self.gate)["vkey"])

    # --- building the template ---------------------------------------------------------------------------------------

    def build(self) -> None:
        """Makes the gate with parties, pack, records and certificate."""
        for person in (*FOUNDERS, "office", *OFFICERS, "dora", "emil", "cleo"):
            self.done("key", "new", self.keys / person)
        founders = [word for p in FOUNDERS for word in ("--founder", f"{p}={self.keys / p}.pub.jwk")]
        self.done("init", self.gate, "--custodian", CUSTODIAN, *founders, "--demo")
        self.done("party", "add", self.gate, self.write_parties(), *self.signs())
        self.done("pack", "adopt", self.gate, BASIS, "--why", "reviewed by two counsel", *self.signs())
        self.load(line for p in self.people for line in (p.record("2023-12-31"), p.record("2024-12-31")))
        self.certify()

    def write_parties(self, safeguards: str = "clear", officers: Sequence[str] = OFFICERS) -> Path:
        """The agency's file."""
        lines = ["[agency]", f'id = "{AGENCY}"', 'name = "Test Agency"', f'safeguards = "{safeguards}"']
        lines += ['safeguards_document = "D-1"'] if safeguards == "suspended" else []
        lines += ["[[office]]", f'id = "{OFFICE}"', f'may_sign = ["{BASIS}"]', 'key = "office.pub.jwk"']
        for officer in officers:
            lines += ["[[officer]]", f'id = "{officer}"', f'key = "{officer}.pub.jwk"']
            lines += [f'encryption_key = "{officer}.enc.pub.jwk"']
        path = self.keys / "agency.toml"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    def load(self, rows: Iterable[Row]) -> None:
        """Loads records."""
        path = self.root / "records.csv"
        write_csv(path, RECORD_COLUMNS, rows)
        self.done("records", "load", self.gate, path, *self.signs())

    def certify(self) -> None:
        """Certifies at a bound wide enough for few cases: 120 true ones, 40 negatives."""
        path = self.root / "labelled.csv"
        columns = [*SUBJECT_COLUMNS, "person_id", "household"]
        cases = []
        for i, person in enumerate(self.people):
            other = self.people[(i + 1) % len(self.people)]
            true = i % 4 > 0
            where = {} if true else {"address_line_1": other.address_line_1, "city": other.city, "zip": other.zip}
            cases.append(subject(person, i, **where) | {"person_id": person.id if true else "", "household": str(i)})
        write_csv(path, columns, cases)
        self.done("certify", self.gate, path, "--bound", "0.2", "--provenance", "synthetic", *self.signs())

    def copy_from(self, template: Path) -> None:
        """Becomes a copy of a template."""
        shutil.copytree(template, self.root, dirs_exist_ok=True)
