"""Strata: what each is, on small records; and that certifying and linking tell them alike."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from narrowgate.domain.request import RECORD_COLUMNS, SUBJECT_COLUMNS, TYPED_SCHEMA
from narrowgate.domain.vocabulary import Stratum
from narrowgate.linkage.decide import NOBODY
from narrowgate.linkage.residence import When
from narrowgate.linkage.search import search
from narrowgate.linkage.snapshot import Snapshot, build_snapshot
from narrowgate.linkage.strata import DEFINED, MOVED_WITHIN, SHARED_BY, in_stratum, mask_of, strata_of

Row = dict[str, Any]
BORN = "1980-02-03"
JOHN: Row = {
    "person_id": "1", "given_name": "Jonathan", "surname": "Okonkwo", "date_of_birth": BORN,
    "address_line_1": "12 N Main St", "city": "Salem", "state": "OR", "zip": "97301", "as_of": "2020-12-31",
}  # fmt: skip
ASKED = {k: v for k, v in JOHN.items() if k not in ("person_id", "as_of")}
UNITED = "12 N Main St Apt 4"


def opened(folder: Path, records: list[Row]) -> Snapshot:
    columns = {c: pa.array([r.get(c, "") for r in records], pa.string()) for c in RECORD_COLUMNS[:-1]}
    columns["as_of"] = pa.array([date.fromisoformat(r["as_of"]) for r in records], pa.date32())
    manifest = build_snapshot(pa.table(columns).to_batches(), folder)
    return Snapshot.open(folder, manifest.digest, verify=False)


def told(folder: Path, records: list[Row], *asked: Row, year: int = 0) -> list[set[Stratum]]:
    """The strata of rows; by the stated year where one is given, else by the latest address."""
    snapshot = opened(folder, records)
    subjects = pa.table({c: pa.array([r.get(c, "") for r in asked], pa.string()) for c in SUBJECT_COLUMNS})
    born = [date.fromisoformat(r["date_of_birth"]) if r.get("date_of_birth") else None for r in asked]
    nothing, periods = pa.nulls(len(asked), pa.date32()), [1 << (year - 1990) if year else 0] * len(asked)
    typed = pa.table([pa.array(born, pa.date32()), nothing, nothing, pa.array(periods, pa.uint64())], TYPED_SCHEMA)
    when = When(np.array(periods, np.uint64), -(1 << 30), np.full(len(asked), bool(year)))
    found, _ = search(subjects, typed, snapshot, when, 8_000, lambda _rows: None)
    mask = strata_of(typed, found, snapshot, when)
    assert not mask[found.person == NOBODY].any() or not all(born)
    return [{s for s in Stratum if in_stratum(mask, s)[n]} for n in range(len(asked))]


def others(count: int, **changes: str) -> list[Row]:
    """Persons elsewhere, each of a name of his own."""
    letters = [chr(97 + n // 26) + chr(97 + n % 26) for n in range(count)]
    return [
        JOHN | {"person_id": f"o{n}", "given_name": f"Ai{x}", "surname": f"Quo{x}", "address_line_1": f"{n + 3} Elm Rd"}
        | changes
        for n, x in enumerate(letters)
    ]  # fmt: skip


S = Stratum
ELSEWHERE = {"address_line_1": "9 Elm St"}
WORLDS: dict[str, tuple[list[Row], Row, set[Stratum]]] = {
    "a plain person": ([JOHN], ASKED, set()),
    "nobody there": ([JOHN], ASKED | {"address_line_1": "14 N Main St"}, set()),
    "no birth date stated": ([JOHN], ASKED | {"date_of_birth": ""}, {S.NO_BIRTH_DATE}),
    "no birth date on record": ([JOHN | {"date_of_birth": ""}], ASKED, {S.NO_BIRTH_DATE}),
    "a birth date on an older record": (
        [JOHN | {"date_of_birth": ""}, JOHN | {"as_of": "2019-12-31"}],
        ASKED,
        set(),
    ),
    "nobody there, and no birth date stated": (
        [JOHN], ASKED | {"date_of_birth": "", "surname": "Zed"}, {S.NO_BIRTH_DATE},
    ),
    "a unit on both": ([JOHN | {"address_line_1": UNITED}], ASKED | {"address_line_1": UNITED}, {S.MULTI_UNIT}),
    "a unit on record alone": ([JOHN | {"address_line_1": UNITED}], ASKED, {S.MULTI_UNIT}),
    "a unit stated alone": ([JOHN], ASKED | {"address_line_1": UNITED}, {S.MULTI_UNIT}),
    "a unit at a former residence": (
        [JOHN, JOHN | {"address_line_1": "9 Elm St Apt 4", "as_of": "2010-12-31"}],
        ASKED,
        set(),
    ),
    "moved two years ago": ([JOHN, JOHN | ELSEWHERE | {"as_of": "2018-12-31"}], ASKED, {S.RECENT_MOVER}),
    "moved longer ago": ([JOHN, JOHN | ELSEWHERE | {"as_of": "2018-12-30"}], ASKED, set()),
    "another spelling of the same residence": (
        [JOHN, JOHN | {"address_line_1": "12 North Main Street", "as_of": "2019-12-31"}],
        ASKED,
        set(),
    ),
    "shared by so many": ([JOHN, *others(SHARED_BY - 1, address_line_1="12 N Main St")], ASKED, {S.SHARED_ADDRESS}),
    "shared by one fewer": ([JOHN, *others(SHARED_BY - 2, address_line_1="12 N Main St")], ASKED, set()),
    "shared by those who left": (
        [JOHN, *others(SHARED_BY - 1, address_line_1="12 N Main St", as_of="2001-12-31")],
        ASKED,
        {S.SHARED_ADDRESS},
    ),
    "a name of one's own among few": ([JOHN, *others(60)], ASKED, set()),
    "both parts borne by others": (
        [JOHN, *others(2, given_name="Jonathan"), *others(3, surname="Okonkwo", person_id="x")],
        ASKED,
        {S.COMMON_NAME},
    ),
    "the surname alone borne by others": ([JOHN, *others(5, surname="Okonkwo")], ASKED, set()),
}  # fmt: skip


@pytest.mark.parametrize("world", WORLDS)
def test_strata_are_these(world: str, tmp_path: Path) -> None:
    records, asked, expected = WORLDS[world]
    assert told(tmp_path, records, asked)[0] == expected


def test_a_later_move_makes_no_recent_mover_of_the_year_that_is_asked(tmp_path: Path) -> None:
    records = [JOHN, JOHN | ELSEWHERE | {"as_of": "2021-12-31"}]
    assert told(tmp_path, records, ASKED, year=2020) == [set()]
    assert told(tmp_path, records, ASKED | ELSEWHERE) == [{Stratum.RECENT_MOVER}]
    assert (datetime(2020, 12, 31, tzinfo=UTC) - datetime(2018, 12, 31, tzinfo=UTC)).days == MOVED_WITHIN


def test_a_row_has_the_same_strata_alone_and_among_others(tmp_path: Path) -> None:
    records = [JOHN | {"address_line_1": UNITED}, *others(9)]
    rows = [ASKED, *({k: v for k, v in r.items() if k in ASKED} for r in others(9)), ASKED | {"date_of_birth": ""}]
    together = told(tmp_path, records, *rows)
    assert together == [told(tmp_path, records, row)[0] for row in rows]


def test_masks_have_a_bit_a_stratum_and_every_stratum_is_explained() -> None:
    assert [mask_of([s]) for s in Stratum] == [1, 2, 4, 8, 16]
    assert mask_of(Stratum) == 31
    assert mask_of([]) == 0
    assert set(DEFINED) == set(Stratum)
