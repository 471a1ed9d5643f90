"""Records that no custodian would like, and rows that no requester should send: abstention, no error."""

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from narrowgate.domain.request import RECORD_COLUMNS, SUBJECT_COLUMNS, TYPED_SCHEMA
from narrowgate.domain.vocabulary import Verdict
from narrowgate.linkage.residence import When
from narrowgate.linkage.search import search
from narrowgate.linkage.snapshot import Snapshot, build_snapshot

THRESHOLD = 12_000
NAME = {"surname": "Okonkwo", "given_name": "Jonathan", "date_of_birth": "1980-05-06"}
HOME = {"address_line_1": "12 N Main St", "city": "Springfield", "state": "IL", "zip": "62701"}
JOHN = NAME | HOME
LONG = "A" * 5000
RTL, EMOJI = "\u05d9\u05d5\u05e0\u05ea\u05df", "\U0001f600\u200d\U0001f525"
Row = dict[str, str]


def verdicts(folder: Path, records: list[Row], *asked: Row) -> list[Verdict]:
    columns: dict[str, Any] = {c: pa.array([r.get(c, "") for r in records], pa.string()) for c in RECORD_COLUMNS}
    columns["person_id"] = pa.array([r.get("person_id", f"p{n}") for n, r in enumerate(records)])
    columns["as_of"] = pa.array([date.fromisoformat(r.get("as_of", "2020-12-31")) for r in records], pa.date32())
    manifest = build_snapshot(pa.table(columns).to_batches(), folder)
    snapshot = Snapshot.open(folder, manifest.digest, verify=True)
    n = len(asked)
    subjects = pa.table({c: pa.array([r.get(c, "") for r in asked], pa.string()) for c in SUBJECT_COLUMNS})
    nothing = pa.nulls(n, pa.date32())
    born = pa.array([r.get("date_of_birth") or None for r in asked], pa.string()).cast(pa.date32())
    typed = pa.table([born, nothing, nothing, pa.array(np.zeros(n, np.uint64))], TYPED_SCHEMA)
    when = When(np.zeros(n, np.uint64), -(1 << 30), np.zeros(n, np.bool_))
    return search(subjects, typed, snapshot, when, THRESHOLD, lambda _rows: None)[0].verdicts(THRESHOLD)


BAD: dict[str, tuple[list[Row], Row, Verdict]] = {
    "no records at all": ([], JOHN, Verdict.NONE),
    "a blank person": ([{}], JOHN, Verdict.NONE),
    "a blank row": ([JOHN], {}, Verdict.NONE),
    "a blank row and a blank person": ([{}], {}, Verdict.NONE),
    "an address without a name": ([HOME], JOHN, Verdict.NONE),
    "a row without a name": ([JOHN], HOME, Verdict.NONE),
    "identical twins at one address": ([JOHN, JOHN], JOHN, Verdict.AMBIGUOUS),
    "twins told apart by one letter, the row between them": (
        [JOHN | {"given_name": "Jonathen"}, JOHN | {"given_name": "Jonathin"}], JOHN, Verdict.AMBIGUOUS),
    "one person under two numbers": (
        [JOHN | {"tin": "900112222", "person_id": "p"}, JOHN | {"tin": "900334444", "person_id": "p"}],
        JOHN | {"tin": "900112222"}, Verdict.UNIQUE),
    "another person's number": (
        [JOHN | {"tin": "900334444"}, NAME | {"surname": "Quispe", "tin": "900112222"}], JOHN | {"tin": "900112222"},
        Verdict.UNIQUE),
    "a number that contradicts an undated name": (
        [JOHN | {"tin": "900334444", "date_of_birth": ""}], JOHN | {"tin": "900112222", "date_of_birth": ""},
        Verdict.NONE),
    "names from right to left on both sides": (
        [JOHN | {"given_name": RTL}], JOHN | {"given_name": RTL}, Verdict.NONE),
    "names of pictures on both sides": (
        [JOHN | {"surname": EMOJI, "given_name": EMOJI}], JOHN | {"surname": EMOJI, "given_name": EMOJI}, Verdict.NONE),
    "5,000 letters in each cell of a record": ([dict.fromkeys(JOHN, LONG), JOHN], JOHN, Verdict.UNIQUE),
    "5,000 letters in each cell of a row": (
        [JOHN], dict.fromkeys(HOME | {"surname": "", "given_name": ""}, LONG), Verdict.NONE),
    "5,000 letters of given name, the rest right": ([JOHN], JOHN | {"given_name": LONG}, Verdict.NONE),
    "a null byte in a name": ([JOHN], JOHN | {"given_name": "Jona\x00than"}, Verdict.NONE),
    "born in the year 1": (
        [JOHN | {"date_of_birth": "0001-01-01"}], JOHN | {"date_of_birth": "0001-01-01"}, Verdict.UNIQUE),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_input(name: str, tmp_path: Path) -> None:
    records, asked, expected = BAD[name]
    assert verdicts(tmp_path, records, asked) == [expected]


def test_every_bad_row_at_once_is_found_as_by_itself(tmp_path: Path) -> None:
    records = [JOHN | {"person_id": "john"}]
    rows = [asked for _, asked, _ in BAD.values()]
    together = verdicts(tmp_path, records, *rows)
    assert together == [verdicts(tmp_path, records, row)[0] for row in rows]


def test_one_person_with_ten_thousand_addresses(tmp_path: Path) -> None:
    """The latest year has a thousand of them: none is more his than another."""
    years = [f"20{10 + n % 10}-12-31" for n in range(10_000)]
    many = [
        JOHN | {"person_id": "p", "address_line_1": f"{n} N Main St", "as_of": year} for n, year in enumerate(years, 1)
    ]
    latest, older, never = (JOHN | {"address_line_1": f"{n} N Main St"} for n in (10, 12, 10_001))
    assert verdicts(tmp_path, many, latest, older, never) == [Verdict.AMBIGUOUS, Verdict.NONE, Verdict.NONE]


def letters(number: int) -> str:
    return "".join(chr(ord("A") + number // 26**place % 26) for place in range(5))


@pytest.mark.long
def test_fifty_thousand_people_at_one_address(tmp_path: Path) -> None:
    """Who has a name of his own there is confirmed; one of four hundred of nearly one name is not, date or no date."""
    crowd = [HOME | {"surname": letters(n), "given_name": letters(7 * n)} for n in range(50_000)]
    smiths = [
        HOME | {"surname": "Smith", "given_name": f"Alb{letters(n)}", "date_of_birth": f"19{10 + n % 80}-01-02"}
        for n in range(400)
    ]
    asked = [JOHN, smiths[7] | {"date_of_birth": ""}, smiths[7]]
    assert verdicts(tmp_path, [*crowd, *smiths, JOHN], *asked) == [
        Verdict.UNIQUE, Verdict.TOO_LARGE, Verdict.TOO_LARGE,
    ]  # fmt: skip
