"""The benchmarks' world, tiny: its counts, its truth, its shapes, and the same bytes from the same arguments."""

import hashlib
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from narrowgate.domain.request import RECORD_COLUMNS, SUBJECT_COLUMNS

ROOT = Path(__file__).parents[2]
if str(ROOT) not in sys.path:
    sys.path.append(str(ROOT))

from benchmarks.world import DEFECTS, FILLERS, LABELLED_COLUMNS, World, make_world  # noqa: E402 - found by ROOT
from benchmarks.world_people import load_names, make_people  # noqa: E402 - likewise
from benchmarks.world_text import Noise, Writer  # noqa: E402 - likewise

AT = date(2026, 6, 15)
Rows = list[dict[str, str]]


def tiny(folder: Path, seed: int = 1) -> World:
    return make_world(folder, records=6_000, requests=900, seed=seed, at=AT, cases=400, packages=2)


def read(path: Path) -> Rows:
    rows: Rows = pq.read_table(path).to_pylist()
    return rows


def digests(folder: Path) -> dict[str, str]:
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return tiny(tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="module")
def records(world: World) -> Rows:
    return read(world.records)


@pytest.fixture(scope="module")
def asked(world: World) -> Rows:
    rows = [row for package in world.packages for row in read(package / "subjects.parquet")]
    return [{**row, **line} for row, line in zip(rows, read(world.truth), strict=True)]


def confirmable(records: Rows, person: str, periods: str) -> dict[str, str]:
    mine = [row for row in records if row["person_id"] == person and row["as_of"][:4] in periods.split(";")]
    return max(mine, key=lambda row: row["as_of"])


def test_same_arguments_give_the_same_bytes(world: World, tmp_path: Path) -> None:
    assert digests(tiny(tmp_path).records.parent) == digests(world.records.parent)


def test_another_seed_gives_another_world(world: World, tmp_path: Path) -> None:
    assert digests(tiny(tmp_path, seed=2).records.parent) != digests(world.records.parent)


def test_records_are_as_many_as_asked_for(records: Rows) -> None:
    assert len(records) == 6_000
    assert tuple(records[0]) == RECORD_COLUMNS


def test_records_have_movers_and_no_year_twice(records: Rows) -> None:
    stays = Counter(row["person_id"] for row in records)
    assert set(stays.values()) == {1, 2, 3}
    assert max(Counter((row["person_id"], row["as_of"]) for row in records).values()) == 1
    assert {row["as_of"] for row in records} == {f"{year}-12-31" for year in range(2021, 2026)}


def test_records_have_every_kind_of_address(records: Rows) -> None:
    lines = [row["address_line_1"] for row in records]
    for prefix in ("PO Box ", "RR "):
        assert any(line.startswith(prefix) for line in lines)
    assert any(row["address_line_2"] for row in records)
    assert max(Counter(lines).values()) > 100  # the tower


def test_two_dwellings_never_have_the_same_text() -> None:
    rng, names = np.random.default_rng(1), load_names()
    people, dwellings = make_people(30_000, names, rng)
    writer = Writer(people, dwellings, names, Noise(typo=0, ocr=0, blank=0), rng)
    everywhere = np.arange(len(dwellings.building))
    lines = zip(*(column.to_pylist() for column in writer.address(everywhere, asked=False)), strict=True)
    assert len(set(lines)) == len(everywhere)


def test_tins_are_one_a_person_and_nobodys(records: Rows) -> None:
    persons = {row["person_id"] for row in records}
    assert len({row["tin"] for row in records}) == len(persons)
    assert all(len(row["tin"]) == 9 and row["tin"].startswith("9") for row in records)


def test_birth_dates_stand_on_record_for_most(records: Rows) -> None:
    assert 0.92 < sum(bool(row["date_of_birth"]) for row in records) / len(records) < 0.98


def test_families_have_twins_and_juniors(records: Rows) -> None:
    suffixes = Counter(row["suffix"] for row in records)
    assert suffixes["Sr"]
    assert suffixes["Jr"]
    pairs = Counter((row["surname"], row["date_of_birth"]) for row in records if row["date_of_birth"])
    assert max(pairs.values()) > 1


def test_labelled_has_one_case_a_household_both_ways(world: World) -> None:
    rows = read(world.labelled)
    assert tuple(rows[0]) == LABELLED_COLUMNS
    assert len(rows) == len({row["household"] for row in rows}) == 400
    assert 0.5 < sum(bool(row["person_id"]) for row in rows) / 400 < 0.7


def place(row: dict[str, str]) -> tuple[str, ...]:
    """What noise alone would change: number or box, city, state, ZIP."""
    return (*row["address_line_1"].split(" ")[:1], row["city"], row["state"], row["zip"])


def test_true_cases_state_the_latest_address_of_their_years(tmp_path: Path) -> None:
    clean = Noise(typo=0, ocr=0, blank=0)
    world = make_world(tmp_path, records=6_000, requests=10, seed=1, at=AT, cases=400, noise=clean)
    records = read(world.records)
    for row in read(world.labelled):
        if row["person_id"]:
            assert place(row) == place(confirmable(records, row["person_id"], row["taxable_periods"]))


def test_packages_match_their_heads(world: World) -> None:
    assert [package.name for package in world.packages] == ["package-1", "package-2"]
    for package in world.packages:
        head = json.loads((package / "request.json").read_bytes())
        file = package / head["subjects"]["file"]
        assert hashlib.sha256(file.read_bytes()).hexdigest() == head["subjects"]["sha256"]
        assert pq.read_table(file).num_rows == head["subjects"]["rows"] == 450
        assert tuple(pq.read_schema(file).names) == SUBJECT_COLUMNS


def test_no_officer_has_more_than_his_share(asked: Rows) -> None:
    officers = Counter(row["officer"] for row in asked)
    del officers["officer-unknown"]
    assert max(officers.values()) <= 25
    assert len({row["reason"] for row in asked if row["reason"]}) == sum(bool(row["reason"]) for row in asked)


def test_seven_rows_in_ten_are_lawful_and_every_defect_occurs(asked: Rows) -> None:
    defects = Counter(row["defect"] for row in asked)
    assert set(defects) == {"", *DEFECTS}
    assert 0.65 < defects[""] / len(asked) < 0.75


LACKS: dict[str, Callable[[dict[str, str]], object]] = {
    "zip_only": lambda row: row["zip"] and not row["address_line_1"] + row["city"],
    "filler": lambda row: row["address_line_1"] in FILLERS,
    "tin_only": lambda row: row["tin"] and not row["address_line_1"] + row["zip"],
    "period_missing": lambda row: not row["taxable_periods"],
    "order_young": lambda row: (AT - date.fromisoformat(row["removal_order_date"])).days < 90,
    "initial_only": lambda row: len(row["given_name"]) <= 1,
    "reason_blank": lambda row: not row["reason"],
    "officer_unknown": lambda row: row["officer"] == "officer-unknown",
}


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_row_with_a_defect_lacks_just_that(asked: Rows, defect: str) -> None:
    assert all(LACKS[defect](row) for row in asked if row["defect"] == defect)
    assert not any(LACKS[defect](row) for row in asked if not row["defect"] and row["given_name"])


def test_where_no_address_or_period_is_left_nothing_is_true(asked: Rows) -> None:
    bare = [row for row in asked if row["defect"] in ("zip_only", "filler", "tin_only", "period_missing")]
    assert bare
    assert not any(row["person_id"] for row in bare)


def test_the_script_runs_by_itself() -> None:
    done = subprocess.run([sys.executable, ROOT / "benchmarks" / "world.py", "--help"], capture_output=True, check=True)
    assert b"--records" in done.stdout
