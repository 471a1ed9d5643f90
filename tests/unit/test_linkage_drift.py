"""Drift: what kind of records a snapshot holds, and which later ones inherit a certificate."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from narrowgate.domain.certificate import Distribution
from narrowgate.domain.request import RECORD_COLUMNS
from narrowgate.linkage.drift import BINS, distances, drifted, profile
from narrowgate.linkage.snapshot import Snapshot, build_snapshot

AT = datetime(2021, 6, 1, tzinfo=UTC)
PERSONS = 400
Row = dict[str, Any]


def records(persons: int = PERSONS, **changes: str) -> list[Row]:
    """Persons of names of their own, each at an address of his own, one row each."""
    return [
        {
            "person_id": f"p{i}", "given_name": f"Ad{own(i)}", "surname": f"Bo{own(i)}", "date_of_birth": "1980-02-03",
            "address_line_1": f"{10 + i} Main St", "city": "Salem", "state": "OR", "zip": "97301",
            "as_of": "2020-12-31",
        } | changes
        for i in range(persons)
    ]  # fmt: skip


def own(number: int) -> str:
    return "".join(chr(97 + number // 26**n % 26) for n in range(3))


def opened(folder: Path, rows: list[Row]) -> Snapshot:
    columns = {c: pa.array([r.get(c, "") for r in rows], pa.string()) for c in RECORD_COLUMNS[:-1]}
    columns["as_of"] = pa.array([date.fromisoformat(r["as_of"]) for r in rows], pa.date32())
    manifest = build_snapshot(pa.table(columns).to_batches(), folder)
    return Snapshot.open(folder, manifest.digest, verify=False)


def few(share: float, **changes: str) -> list[Row]:
    """The same records, some of them changed."""
    return [r | (changes if i < share * PERSONS else {}) for i, r in enumerate(records())]


def another_row(share: float) -> list[Row]:
    """The same persons, some of whom have a second row, as many rows in all."""
    kept = records(round(PERSONS * (1 - share)))
    return kept + [r | {"as_of": "2019-12-31"} for r in kept[: PERSONS - len(kept)]]


KINDS: dict[str, tuple[list[Row], str]] = {
    "the same": (records(), ""),
    "one in a hundred without a birth date": (few(0.01, date_of_birth=""), ""),
    "one in five without a birth date": (few(0.2, date_of_birth=""), "birth_date is 20.0% away"),
    "one in ten with a unit": (few(0.1, address_line_2="Apt 4"), "unit is 10.0% away"),
    "one in ten without a house number": (few(0.1, address_line_1="Main St"), "address_kind is 10.0% away"),
    "one in ten in one house": (few(0.1, address_line_1="1 Main St"), "occupants is 10.0% away"),
    "one in ten of one surname": (few(0.1, surname="Okonkwo"), "surname_borne_by is 10.0% away"),
    "one in ten of one given name": (few(0.1, given_name="Jonathan"), "given_name_borne_by is 10.0% away"),
    "several rows a person": (another_row(0.2), "rows_of_a_person is"),
    "one in twenty more": (records(PERSONS + 20), ""),
    "one in nine more": (records(PERSONS + 45), "445 rows, 400 when certified; they may differ by 10%"),
    "one in nine fewer": (records(PERSONS - 45), "355 rows, 400 when certified; they may differ by 10%"),
}


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return opened(tmp_path_factory.mktemp("certified"), records())


@pytest.mark.parametrize("kind", KINDS)
def test_records_of_another_kind_inherit_nothing_and_the_reason_is_said(
    kind: str, certified: Snapshot, tmp_path: Path
) -> None:
    rows, reason = KINDS[kind]
    later = opened(tmp_path, rows)
    found = drifted(certified.manifest.rows, profile(certified), later)
    assert bool(found) == bool(reason)
    assert reason in "; ".join(found)


def test_a_profile_has_every_distribution_whole_and_the_order_of_the_file_changes_nothing(tmp_path: Path) -> None:
    found = profile(opened(tmp_path, few(0.1, date_of_birth="")))
    assert [d.name for d in found] == list(BINS)
    for d in found:
        assert len(d.thousandths) == len(BINS[d.name])
        assert sum(d.thousandths) == 1000
    assert profile(opened(tmp_path / "again", few(0.1, date_of_birth="")[::-1])) == found


def test_no_records_have_a_profile_too(tmp_path: Path) -> None:
    assert all(sum(d.thousandths) == 0 for d in profile(opened(tmp_path, [])))


def test_a_distribution_that_one_side_lacks_is_as_far_away_as_can_be() -> None:
    whole = tuple(Distribution(name, (1000, *(0 for _ in bins[1:]))) for name, bins in BINS.items())
    assert set(distances(whole, whole).values()) == {0.0}
    assert distances(whole[1:], whole)[whole[0].name] == 1.0
    assert distances((), whole) == dict.fromkeys(BINS, 1.0)
    other = (Distribution(whole[0].name, (0, 1000)), *whole[1:])
    assert distances(whole, other)[whole[0].name] == 1.0
    assert distances((*whole, Distribution("left_handed", (1000,))), whole)["left_handed"] == 1.0
