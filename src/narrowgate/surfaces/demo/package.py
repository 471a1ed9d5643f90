"""Writes request packages, unsigned: the contract's ``request.json`` and ``subjects.csv``, and what the demo must know.

The demo command signs them with throw-away keys, and has the officers attest what ``Duty`` says.
"""

import csv
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from narrowgate.domain.request import REQUEST_FORMAT, SUBJECT_COLUMNS
from narrowgate.domain.vocabulary import Attests, Purpose
from narrowgate.surfaces.demo.cases import Asked
from narrowgate.surfaces.demo.places import Written

CUSTODIAN = "demo.custodian"
AGENCY = "demo.agency"
OFFICE = "demo.agency.head"
BASIS = "us.irc.6103.i.2"
STATUTE = "8 USC 1253(a)(1)"
TRUTH_COLUMNS = ("request_id", "row", "person_id", "kind")
_AUTHORITY = "8 USC 1103(a)(3) and 8 USC 1253(a)(1); the case number of each row identifies the investigation"


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a request: the subject as stated, the case, and how the row was made (``kind`` is never written)."""

    asked: Asked
    kind: str
    order_date: str
    ground: str
    case_number: str
    case_opened: str
    officer: str
    reason: str

    def untrue(self, *, at: Written | None = None, periods: str | None = None) -> "Line":
        """The same row with another address or other periods, of which nothing is truly confirmable."""
        asked = self.asked
        return replace(
            self,
            asked=replace(
                asked,
                truth="",
                at=asked.at if at is None else at,
                periods=asked.periods if periods is None else periods,
            ),
        )


@dataclass(frozen=True, slots=True)
class Duty:
    """An officer whom a request names, and what he is to attest; nothing at all where ``attests`` is empty."""

    officer: str
    attests: frozenset[Attests]


@dataclass(frozen=True, slots=True)
class DemoPackage:
    """A package as written.

    Attributes:
        folder: holds ``request.json`` and ``subjects.csv``.
        duties: every officer named in the rows.
        kinds: how many rows of each kind.
    """

    folder: Path
    request_id: str
    rows: int
    duties: tuple[Duty, ...]
    kinds: Mapping[str, int]


def write_package(
    folder: Path, request_id: str, lines: Sequence[Line], duties: Sequence[Duty], at: date
) -> DemoPackage:
    """Writes ``request.json`` and ``subjects.csv``; rows are numbered from 1."""
    folder.mkdir(parents=True, exist_ok=True)
    subjects = folder / "subjects.csv"
    write_csv(subjects, SUBJECT_COLUMNS, (_cells(row, line) for row, line in enumerate(lines, start=1)))
    head = {
        "format": REQUEST_FORMAT,
        "request_id": request_id,
        "custodian": CUSTODIAN,
        "agency": AGENCY,
        "basis": BASIS,
        "signed_by": {"office": OFFICE, "name": "Marguerite Oyelaran-Voss"},
        "made_at": f"{at.isoformat()}T00:00:00Z",
        "purpose": Purpose.CRIMINAL_INVESTIGATION.value,
        "criminal_statute": STATUTE,
        "statutory_authority": _AUTHORITY,
        "details": {},
        "subjects": {
            "file": subjects.name,
            "sha256": hashlib.sha256(subjects.read_bytes()).hexdigest(),
            "rows": len(lines),
        },
    }
    (folder / "request.json").write_text(json.dumps(head, indent=2) + "\n", encoding="utf-8")
    return DemoPackage(folder, request_id, len(lines), tuple(duties), tally(line.kind for line in lines))


def truth_lines(request_id: str, lines: Sequence[Line]) -> Iterable[tuple[str, ...]]:
    """Lines of ``truth.csv``, in the order of ``TRUTH_COLUMNS``."""
    return ((request_id, str(row), line.asked.truth, line.kind) for row, line in enumerate(lines, start=1))


def write_csv(path: Path, columns: Sequence[str], lines: Iterable[Sequence[str]]) -> int:
    """Writes a CSV file with Unix line ends.

    Returns:
        How many lines, the header left out.
    """
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        for count, line in enumerate(lines, start=1):  # noqa: B007 - the last one is the count
            writer.writerow(line)
    return count


def tally(kinds: Iterable[str]) -> dict[str, int]:
    """How many of each, by name."""
    return dict(sorted(Counter(kinds).items()))


def _cells(row: int, line: Line) -> tuple[str, ...]:
    case = (line.order_date, line.ground, line.case_number, line.case_opened, line.officer, line.reason)
    return (str(row), *line.asked.stated(), *case)
