"""Records as no form should let them through: a snapshot takes them, and nobody is confirmed by what says nothing."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_linkage_building import Record, batches
from test_linkage_link import ASKED, JOHN, Row, linked, mandate, opened

from narrowgate.linkage.residence import ABSORBED
from narrowgate.linkage.snapshot import Snapshot, build_snapshot

HOME: Record = {"address_line_1": "12 N Main St", "city": "Springfield", "state": "IL", "zip": "62701"}
LONG = "A" * 5000
EMOJI = "🏠👩‍👩‍👧"
HEBREW = "\u202eאברהם\u202c"


def verdict(folder: Path, records: list[Row], asked: Row) -> str:
    """What one row asked about comes to."""
    said: dict[str, Any] = linked(opened(folder, *records), mandate(asked)).table.to_pylist()[0]
    return str(said["verdict"])


@pytest.mark.parametrize(
    ("records", "asked", "found"),
    [
        pytest.param([JOHN | dict.fromkeys(ASKED, "")], ASKED, "none", id="a person who is blank but for the id"),
        pytest.param([JOHN | dict.fromkeys(ASKED, "")] * 2, dict.fromkeys(ASKED, ""), "none", id="blank on both sides"),
        pytest.param([JOHN | {"surname": "", "given_name": ""}], ASKED, "none", id="a person without a name"),
        pytest.param([JOHN | {"given_name": EMOJI}], ASKED, "none", id="a given name of emoji"),
        pytest.param(
            [JOHN | {"given_name": EMOJI, "surname": EMOJI}],
            ASKED | {"given_name": EMOJI, "surname": EMOJI},
            "none",
            id="names of emoji on both sides",
        ),
        pytest.param([JOHN | {"surname": HEBREW}], ASKED, "none", id="a surname written from right to left"),
        pytest.param(
            [JOHN | {"surname": HEBREW, "given_name": HEBREW}],
            ASKED | {"surname": HEBREW, "given_name": HEBREW},
            "none",
            id="names from right to left on both sides",
        ),
        pytest.param([JOHN | {"surname": f"\u202e{JOHN['surname']}"}], ASKED, "unique", id="a mark of direction"),
        pytest.param([JOHN | {"surname": LONG}], ASKED, "none", id="a surname of 5,000 letters"),
        pytest.param([JOHN | {"address_line_1": f"12 {LONG} St"}], ASKED, "none", id="a street of 5,000 letters"),
        pytest.param([JOHN, *[JOHN | {"person_id": f"{LONG}{n}"} for n in "ab"]], ASKED, "ambiguous", id="long ids"),
        pytest.param([JOHN | dict.fromkeys(("tin", "date_of_birth"), LONG)], ASKED, "unique", id="numbers of letters"),
        pytest.param(
            [JOHN | {"tin": "900123456"}, JOHN | {"tin": "900654321"}], ASKED, "unique", id="contradictory numbers"
        ),
    ],
)
def test_odd_records_confirm_whom_the_rest_of_them_names(
    tmp_path: Path, records: list[Row], asked: Row, found: str
) -> None:
    assert verdict(tmp_path, records, asked) == found


def test_a_person_is_numbered_by_his_id_alone_whatever_its_script(tmp_path: Path) -> None:
    ids = ["é", "e", "E", EMOJI, HEBREW, "\u00a0", " 1", "1", LONG]
    snapshot = opened(tmp_path, *(JOHN | {"person_id": one} for one in ids))
    assert snapshot.person_ids.to_pylist() == sorted(ids, key=str.encode)


@pytest.mark.parametrize("dates", [1, 10_000])
def test_a_person_with_10_000_addresses_is_taken_in_time_and_confirmed_at_none_of_them(
    tmp_path: Path, dates: int
) -> None:
    """At one date nobody knows which address is his; over many dates the last counts, and it is damaged here."""
    one = {"person_id": "1", "surname": "Okonkwo", "given_name": "Jonathan"}
    rows = [one | HOME | {"address_line_1": _line(n), "as_of": str(n % dates)} for n in range(10_000)]
    made = build_snapshot(batches(rows), tmp_path)
    snapshot = Snapshot.open(tmp_path, made.digest, verify=True)
    assert (made.rows, made.persons) == (10_000, 1)
    table = linked(
        snapshot, mandate(ASKED | {"address_line_1": _line(9998)}, ASKED | {"address_line_1": _line(0)})
    ).table
    assert set(table["verdict"].to_pylist()) <= {"none", "ambiguous", "too_large"}
    assert (snapshot.residence != ABSORBED).sum() > 5000


def _line(n: int) -> str:
    return f"{n} Oak St" if n % 2 == 0 else f"Oak{n} St"


@pytest.mark.long
def test_50_000_people_at_one_address_are_too_many_to_tell_apart_by_it(tmp_path: Path) -> None:
    rows = [HOME | {"person_id": str(n), "surname": _name(n), "given_name": _name(n * 7)} for n in range(50_000)]
    rows[77] |= {"surname": "Okonkwo", "given_name": "Jonathan"}
    made = build_snapshot(batches(rows, 10_000), tmp_path, rows_at_once=10_000)
    snapshot = Snapshot.open(tmp_path, made.digest, verify=True)
    assert made.addresses == 1
    assert snapshot.occupants.tolist() == [50_000]
    assert np.diff(snapshot.blocks.starts).max() == 50_000
    said = linked(snapshot, mandate(ASKED, ASKED | {"surname": "Nobody"})).table
    assert said["verdict"].to_pylist()[1] in ("none", "too_large")
    assert said["verdict"].to_pylist()[0] in ("unique", "too_large")


def _name(n: int) -> str:
    return "".join("BCDFGHKLMN"[int(digit)] + "AE" for digit in str(n))
