"""The demo's town: the files say what they claim, the truth holds, and the same seed gives the same bytes."""

import csv
import hashlib
import json
import sys
from collections import Counter, defaultdict
from datetime import date
from pathlib import Path

import pytest

from narrowgate.domain.errors import ErrorCode, ExitCode, InvalidInput
from narrowgate.domain.request import RECORD_COLUMNS, SUBJECT_COLUMNS
from narrowgate.domain.vocabulary import Attests
from narrowgate.surfaces.demo.chance import Chance
from narrowgate.surfaces.demo.places import town_of, write_sighting
from narrowgate.surfaces.demo.registers import register
from narrowgate.surfaces.demo.simulated import Address, Sighting, Simulated, iso_date, simulate
from narrowgate.surfaces.demo.world import BULK_ID, CAREFUL_ID, Town, write_town

SEED = 7
AT = date(2026, 6, 15)
Rows = list[dict[str, str]]


def quiet(_text: str) -> None:
    """Progress that nobody watches."""


def read(path: Path) -> Rows:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def digests(folder: Path) -> dict[str, str]:
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


@pytest.fixture(scope="module")
def people() -> Simulated:
    pytest.importorskip("pseudopeople", exc_type=ImportError)
    return simulate(SEED, quiet)


@pytest.fixture(scope="module")
def town(people: Simulated, tmp_path_factory: pytest.TempPathFactory) -> Town:
    return write_town(tmp_path_factory.mktemp("town"), people, seed=SEED, at=AT, progress=quiet)


@pytest.fixture(scope="module")
def truth(town: Town) -> dict[tuple[str, int], dict[str, str]]:
    return {(line["request_id"], int(line["row"])): line for line in read(town.truth)}


@pytest.mark.long
def test_same_seed_and_day_give_the_same_bytes(people: Simulated, town: Town, tmp_path: Path) -> None:
    again = write_town(tmp_path, people, seed=SEED, at=AT, progress=quiet)
    assert digests(again.folder) == digests(town.folder)


@pytest.mark.long
def test_another_seed_asks_about_others(people: Simulated, town: Town, tmp_path: Path) -> None:
    other = write_town(tmp_path, people, seed=SEED + 1, at=AT, progress=quiet)
    assert digests(other.folder)["careful/subjects.csv"] != digests(town.folder)["careful/subjects.csv"]


@pytest.mark.long
def test_records_have_the_contracts_columns(town: Town) -> None:
    rows = read(town.records)
    assert tuple(rows[0]) == RECORD_COLUMNS
    assert len(rows) == town.record_lines
    assert {row["as_of"] for row in rows} == {f"{y}-12-{d}" for y in (2019, 2020) for d in (15, 31)}
    assert len({row["person_id"] for row in rows}) == town.persons


@pytest.mark.long
def test_records_have_people_with_and_without_a_birth_date(town: Town) -> None:
    born = {row["person_id"]: bool(row["date_of_birth"]) for row in read(town.records)}
    assert 0.5 < sum(born.values()) / len(born) < 0.65


@pytest.mark.long
def test_records_have_movers(town: Town) -> None:
    zips = defaultdict(set)
    for row in read(town.records):
        zips[row["person_id"]].add(row["zip"])
    assert sum(len(z) > 1 for z in zips.values()) > 300


@pytest.mark.long
def test_labelled_is_one_case_a_household_both_ways(town: Town) -> None:
    rows = read(town.labelled)
    assert tuple(rows[0]) == (*SUBJECT_COLUMNS[:13], "person_id", "household")
    assert len({row["household"] for row in rows}) == len(rows)
    positives = sum(bool(row["person_id"]) for row in rows)
    assert positives == town.labelled_kinds["true"] >= 1_500
    assert len(rows) - positives >= 1_200


@pytest.mark.long
def test_labelled_truth_is_the_latest_record_of_the_stated_years(people: Simulated, town: Town) -> None:
    book = register(people, Chance(SEED))
    lived = {(seen.person, seen.household): seen.clean for seen in people.residents}
    for row in read(town.labelled):
        if row["person_id"]:
            years = [int(year) for year in row["taxable_periods"].split(";")]
            home = book.confirmable(row["person_id"], years)
            assert home is not None
            assert home == lived.get((row["person_id"], row["household"]), home) or home.po_box


@pytest.mark.parametrize("which", ["careful", "bulk"])
@pytest.mark.long
def test_request_json_matches_its_subjects(town: Town, which: str) -> None:
    package = getattr(town, which)
    head = json.loads((package.folder / "request.json").read_bytes())
    subjects = (package.folder / head["subjects"]["file"]).read_bytes()
    rows = read(package.folder / "subjects.csv")
    assert head["format"] == "narrowgate-request/1"
    assert head["subjects"]["sha256"] == hashlib.sha256(subjects).hexdigest()
    assert head["subjects"]["rows"] == package.rows == len(rows) == sum(package.kinds.values())
    assert tuple(rows[0]) == SUBJECT_COLUMNS
    assert len({row["row"] for row in rows}) == len(rows)
    assert {row["officer"] for row in rows} == {duty.officer for duty in package.duties}


@pytest.mark.long
def test_labels_and_packages_share_no_household(people: Simulated, town: Town, truth: dict[object, object]) -> None:
    assert len(truth) == town.careful.rows + town.bulk.rows
    homes = {row["household"] for row in read(town.labelled)}
    labelled = {(s.surname, s.given, s.birth_date) for s in people.residents if s.household in homes and s.birth_date}
    asked = {(r["surname"], r["given_name"], r["date_of_birth"]) for r in read(town.careful.folder / "subjects.csv")}
    assert len(labelled & asked) <= 3  # guardians' duplicates and chance namesakes of one birth date


@pytest.mark.long
def test_careful_request_holds_its_limits(town: Town) -> None:
    rows = read(town.careful.folder / "subjects.csv")
    persons = defaultdict(set)
    for row in rows:
        persons[row["officer"]].add(tuple(row[c] for c in SUBJECT_COLUMNS[1:12]))
    assert len(persons) == 15
    assert max(map(len, persons.values())) <= 22
    assert max(Counter(row["reason"] for row in rows).values()) <= 2
    assert all(duty.attests == frozenset(Attests) for duty in town.careful.duties)


@pytest.mark.long
def test_careful_request_is_mostly_true_with_the_slips_it_announces(town: Town) -> None:
    kinds = town.careful.kinds
    assert 298 <= town.careful.rows <= 302
    assert 0.70 <= kinds["true"] / town.careful.rows <= 0.80
    singles = ("shielded", "duplicate", "second_guess")
    assert {k: kinds[k] for k in singles} == dict.fromkeys(singles, 1)
    pairs = ("zip_only", "order_young", "period_missing", "initial_only")
    assert {k: kinds[k] for k in pairs} == dict.fromkeys(pairs, 2)


@pytest.mark.long
def test_careful_orders_are_final_over_ninety_days_but_for_the_young(
    town: Town, truth: dict[tuple[str, int], dict[str, str]]
) -> None:
    for row in read(town.careful.folder / "subjects.csv"):
        kind = truth[CAREFUL_ID, int(row["row"])]["kind"]
        days = (AT - date.fromisoformat(row["removal_order_date"])).days
        assert days == 60 if kind == "order_young" else days > 90
        assert date.fromisoformat(row["case_opened"]) < AT


@pytest.mark.long
def test_the_shielded_person_is_asked_about_at_the_true_address(
    town: Town, truth: dict[tuple[str, int], dict[str, str]]
) -> None:
    line = truth[CAREFUL_ID, town.shielded_row]
    assert (line["kind"], line["person_id"]) == ("shielded", town.shielded_person)
    records = [row for row in read(town.records) if row["person_id"] == town.shielded_person]
    asked = read(town.careful.folder / "subjects.csv")[town.shielded_row - 1]
    assert asked["address_line_1"].upper() in {row["address_line_1"] for row in records}


@pytest.mark.long
def test_the_row_sent_twice_differs_in_its_number_alone(
    town: Town, truth: dict[tuple[str, int], dict[str, str]]
) -> None:
    rows = read(town.careful.folder / "subjects.csv")
    (number,) = [row for (request, row), line in truth.items() if request == CAREFUL_ID and line["kind"] == "duplicate"]
    same = [row for row in rows if {**row, "row": ""} == {**rows[number - 1], "row": ""}]
    assert len(same) == 2


@pytest.mark.long
def test_bulk_request_is_shaped_like_the_failure(town: Town, truth: dict[tuple[str, int], dict[str, str]]) -> None:
    rows = read(town.bulk.folder / "subjects.csv")
    officers = Counter(row["officer"] for row in rows)
    assert 1_150 <= len(rows) <= 1_200
    assert max(officers.values()) / len(rows) > 0.9
    assert len({row["reason"] for row in rows}) == 1
    assert [len(duty.attests) for duty in town.bulk.duties] == [len(Attests), 0]
    for row in rows:
        line = truth[BULK_ID, int(row["row"])]
        if line["kind"] == "tin_only":
            assert row["tin"]
            assert not (row["surname"] and row["address_line_1"])
        if line["kind"] == "zip_only":
            assert not row["address_line_1"] + row["city"]
        if line["kind"] in ("zip_only", "filler", "period_missing"):
            assert not line["person_id"]


def test_a_missing_extra_is_said_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pseudopeople", None)
    with pytest.raises(InvalidInput, match=r"the demo needs the extra narrowgate\[demo\]") as caught:
        simulate(SEED, quiet)
    assert caught.value.code is ErrorCode.INVALID_INPUT
    assert caught.value.exit_code is ExitCode.INVALID_INPUT


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        pytest.param("05/06/1994", "1994-05-06", id="census"),
        pytest.param("19191204", "1919-12-04", id="social security"),
        pytest.param("O5/06/1994", "", id="misread"),
        pytest.param("13/06/1994", "", id="month and day swapped"),
        pytest.param("", "", id="blank"),
    ],
)
def test_dates(text: str, iso: str) -> None:
    assert iso_date(text) == iso


def sighting(**changes: str) -> Sighting:
    at = Address("12", "elm st", "apt 3", "")
    fields = dict.fromkeys(("person", "household", "given", "middle", "surname", "birth_date", "tin"), "x")
    places = {"city": "Anytown", "state": "WA", "zip": "00000", **changes}
    names = {"clean_given": "x", "clean_surname": "x", "source": "census"}
    return Sighting(**{**fields, **names, **places}, year=2020, stated=at, clean=at)


def test_noise_in_the_simulated_town_is_carried_over() -> None:
    city, code = town_of(sighting().clean)
    assert (write_sighting(sighting()).city, write_sighting(sighting()).zip) == (city, code)
    assert write_sighting(sighting(city="")).city == ""
    assert len(write_sighting(sighting(city="Anyton")).city) == len(city) - 1
    assert write_sighting(sighting(zip="0O100")).zip == f"{code[0]}O1{code[3:]}"
    assert write_sighting(sighting(zip="0000")).zip == code[:4]


def test_a_unit_may_stand_inline() -> None:
    split, inline = write_sighting(sighting()), write_sighting(sighting(), inline_unit=True)
    assert (split.line_1, split.line_2) == ("12 Elm St", "Apt 3")
    assert (inline.line_1, inline.line_2) == ("12 Elm St Apt 3", "")
