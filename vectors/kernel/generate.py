# ruff: noqa: INP001 - a script beside its output, no package
"""Writes the kernel's golden vectors: records and a row, and the levels and weights that linkage must give.

python vectors/kernel/generate.py [FOLDER]
"""

import json
import sys
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa

from narrowgate.domain.request import RECORD_COLUMNS, TYPED_SCHEMA
from narrowgate.linkage.decide import NO_WEIGHT, NOBODY
from narrowgate.linkage.residence import When
from narrowgate.linkage.search import search
from narrowgate.linkage.snapshot import Snapshot, build_snapshot
from narrowgate.linkage.weights import COMPARISONS, LEVELS, weights

THRESHOLD = 10_000
Row = dict[str, str]

JOHN: Row = {
    "person_id": "1",
    "surname": "OKONKWO",
    "given_name": "JONATHAN",
    "middle_name": "A",
    "date_of_birth": "1980-02-03",
    "tin": "912345678",
    "address_line_1": "12 N MAIN ST",
    "address_line_2": "APT 4",
    "city": "SPRINGFIELD",
    "state": "IL",
    "zip": "62701",
    "as_of": "2020-12-31",
}
ASKED: Row = {k: v for k, v in JOHN.items() if k not in ("person_id", "as_of", "tin")}
STRANGER = JOHN | {"person_id": "9", "surname": "PETROV", "given_name": "OLGA", "address_line_1": "7 ELM ST", "tin": ""}
SON = JOHN | {"person_id": "2", "suffix": "JR", "date_of_birth": "2001-05-06", "tin": ""}

CASES: dict[str, tuple[list[Row], Row]] = {
    "everything equal": ([JOHN, STRANGER], ASKED),
    "nothing but name and address": ([JOHN], ASKED | {"middle_name": "", "date_of_birth": ""}),
    "short form, initial spelt out": ([JOHN], ASKED | {"given_name": "Jon", "middle_name": "Andrew"}),
    "slips in both names": ([JOHN], ASKED | {"given_name": "Jonahtan", "surname": "Okonwko"}),
    "worn given name": ([JOHN], ASKED | {"given_name": "Jonqthsn"}),
    "names swapped": ([JOHN], ASKED | {"given_name": "Okonkwo", "surname": "Jonathan"}),
    "initial for a name": ([JOHN], ASKED | {"given_name": "J"}),
    "another given name": ([JOHN], ASKED | {"given_name": "Daniel"}),
    "one of two surnames": ([JOHN | {"surname": "OKONKWO REYES"}], ASKED),
    "another romanisation": ([JOHN | {"surname": "PETROFF"}], ASKED | {"surname": "Petrov"}),
    "middle initials contradict": ([JOHN], ASKED | {"middle_name": "B"}),
    "day and month swapped": ([JOHN], ASKED | {"date_of_birth": "1980-03-02"}),
    "birth year off": ([JOHN], ASKED | {"date_of_birth": "1981-02-03"}),
    "another birth date": ([JOHN], ASKED | {"date_of_birth": "1979-05-17"}),
    "tin agrees": ([JOHN], ASKED | {"tin": "912-34-5678"}),
    "tin but for a digit": ([JOHN], ASKED | {"tin": "912-34-5679"}),
    "suffix on one side, birth dates unknown": ([JOHN | {"date_of_birth": ""}], ASKED | {"suffix": "Jr."}),
    "suffix on one side, birth dates agree": ([JOHN], ASKED | {"suffix": "Jr."}),
    "father and son at one address": ([JOHN, SON], ASKED),
    "son asked for beside his father": ([JOHN, SON], ASKED | {"suffix": "Jr", "date_of_birth": "2001-05-06"}),
    "unit missing": ([JOHN], ASKED | {"address_line_2": ""}),
    "another unit": ([JOHN], ASKED | {"address_line_2": "Apt 5"}),
    "next door": ([JOHN], ASKED | {"address_line_1": "14 N Main St"}),
    "direction missing": ([JOHN], ASKED | {"address_line_1": "12 Main Street"}),
    "slip in the street": ([JOHN], ASKED | {"address_line_1": "12 N Mian St"}),
    "worn street": ([JOHN | {"address_line_1": "12 CONFEDERATE RD"}], ASKED | {"address_line_1": "12 Comfedetate Rd"}),
    "ZIP Code alone agrees": ([JOHN], ASKED | {"city": "Sprngfeld Hts"}),
    "city alone agrees": ([JOHN], ASKED | {"zip": "62799"}),
    "elsewhere": ([JOHN], ASKED | {"city": "Peoria", "zip": "61602"}),
    "moved away": ([JOHN, JOHN | {"address_line_1": "7 ELM ST", "as_of": "2021-12-31"}], ASKED),
    "latest line damaged": ([JOHN, JOHN | {"address_line_1": "N MAIN ST", "as_of": "2021-12-31"}], ASKED),
    "nobody": ([STRANGER], ASKED),
}


def main(folder: Path) -> None:
    """Write the file."""
    written = {
        "weights": weights().digest,
        "threshold": THRESHOLD,
        "cases": [_case(name, records, row) for name, (records, row) in CASES.items()],
    }
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(written, indent=1, ensure_ascii=False) + "\n"
    (folder / "cases.json").write_text(text, encoding="utf-8")


def _case(name: str, records: list[Row], row: Row) -> dict[str, object]:
    with TemporaryDirectory() as folder:
        snapshot = _opened(Path(folder), records)
        born = date.fromisoformat(row["date_of_birth"]) if row["date_of_birth"] else None
        nothing = pa.nulls(1, pa.date32())
        typed = pa.table([pa.array([born], pa.date32()), nothing, nothing, pa.array([0], pa.uint64())], TYPED_SCHEMA)
        when = When(np.zeros(1, np.uint64), -(1 << 30), np.zeros(1, np.bool_))
        subjects = pa.table({column: [text] for column, text in row.items()})
        found, _ = search(subjects, typed, snapshot, when, THRESHOLD, lambda _rows: None)
        person = int(found.person[0])
        return {
            "name": name,
            "records": records,
            "row": row,
            "persons": snapshot.manifest.persons,
            "person": snapshot.person_id(person) if person != NOBODY else None,
            "waterfall": _waterfall(found.waterfall[0].tolist()) if person != NOBODY else [],
            "weight": _stated(int(found.weight[0])),
            "second": _stated(int(found.second[0])),
            "contested": bool(found.contested[0]),
            "confirmed": bool(found.unique(THRESHOLD)[0]),
        }


def _opened(folder: Path, records: list[Row]) -> Snapshot:
    columns = {c: pa.array([r.get(c, "") for r in records], pa.string()) for c in RECORD_COLUMNS[:-1]}
    columns["as_of"] = pa.array([date.fromisoformat(r["as_of"]) for r in records], pa.date32())
    manifest = build_snapshot(pa.table(columns).to_batches(), folder)
    return Snapshot.open(folder, manifest.digest, verify=True)


def _stated(weight: int) -> int | None:
    return None if weight <= NO_WEIGHT else weight


def _waterfall(found: list[int]) -> list[dict[str, object]]:
    steps = []
    for comparison, weight in zip(COMPARISONS, found, strict=True):
        named = dict(zip(weights().table[comparison].tolist(), LEVELS[comparison], strict=True))
        frequency = comparison.endswith("_frequency")
        steps.append(
            {
                "comparison": comparison,
                "level": "by_frequency" if frequency else named[weight].name.lower(),
                "weight": weight,
            }
        )
    return steps


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
