"""Linkage end to end in small worlds: who is confirmed, and everything that must not be."""

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from narrowgate.domain.certificate import Certificate, StratumFound
from narrowgate.domain.decision import Citation, Decided, Mandate
from narrowgate.domain.entered import Entered
from narrowgate.domain.errors import IntegrityError
from narrowgate.domain.match import MATCH_SCHEMA, Match
from narrowgate.domain.request import (
    PERIOD_EPOCH,
    RECORD_COLUMNS,
    SUBJECT_COLUMNS,
    TYPED_SCHEMA,
    Admitted,
    RequestHead,
)
from narrowgate.domain.vocabulary import Element, Provenance, Stratum
from narrowgate.linkage.certify import code_digest, is_valid
from narrowgate.linkage.drift import profile
from narrowgate.linkage.explain import explain
from narrowgate.linkage.keys import LIMITS, Family
from narrowgate.linkage.link import link
from narrowgate.linkage.snapshot import Snapshot, build_snapshot
from narrowgate.linkage.weights import COMPARISONS, weights

AT = datetime(2021, 6, 1, tzinfo=UTC)
DIGEST = "d" * 64
ENTERED = Entered("1" * 64, 0, 0, DIGEST, "r" * 64)
Row = dict[str, str]

JOHN = {
    "person_id": "1",
    "surname": "Okonkwo",
    "given_name": "Jonathan",
    "address_line_1": "12 N Main St",
    "city": "Springfield",
    "state": "IL",
    "zip": "62701",
    "as_of": "2020-12-31",
}
ASKED = {k: v for k, v in JOHN.items() if k not in ("person_id", "as_of")}


def opened(folder: Path, *records: Row) -> Snapshot:
    columns: dict[str, Any] = {c: [r.get(c, "") for r in records] for c in RECORD_COLUMNS}
    columns["as_of"] = pa.array([date.fromisoformat(d) for d in columns["as_of"]], pa.date32())
    strings = {c: pa.array(v, pa.string()) if c != "as_of" else v for c, v in columns.items()}
    manifest = build_snapshot(pa.table(strings).to_batches(), folder)
    return Snapshot.open(folder, manifest.digest, verify=True)


def mandate(*subjects: Row, periods: int = 0, by_period: bool = False) -> Mandate:
    n = len(subjects)
    columns = {c: pa.array([s.get(c, "") for s in subjects], pa.string()) for c in SUBJECT_COLUMNS}
    born = [date.fromisoformat(s["date_of_birth"]) if s.get("date_of_birth") else None for s in subjects]
    nothing = pa.nulls(n, pa.date32())
    typed = pa.table(
        [pa.array(born, pa.date32()), nothing, nothing, pa.array([periods] * n, pa.uint64())], TYPED_SCHEMA
    )
    head = RequestHead("r", "c", "a", "b", "o", "s", AT, "p", "", "", None, "", {}, DIGEST)
    true = pa.array([True] * n, pa.bool_())
    admitted = Admitted(head, pa.table(columns), typed, true, signature_valid=True, attested={}, received_at=AT)
    element = Element.TAXABLE_PERIOD_STATED if by_period else Element.NAME_STATED
    none = pa.array([[]] * n, pa.list_(pa.string()))
    facts = pa.array([0] * n, pa.uint64())
    return Decided(admitted, "p", "e", (), facts, none, none, (Citation(element, "", ""),)).mandate()


def certificate(snapshot: Snapshot, threshold: int = 8000, closed: Collection[Stratum] = ()) -> Certificate:
    return Certificate(
        snapshot_digest=snapshot.digest,
        code_digest=code_digest(),
        weights_digest=weights().digest,
        rows=snapshot.manifest.rows,
        threshold=threshold,
        bound=0.001,
        confidence=0.95,
        provenance=Provenance.SYNTHETIC,
        issued_at=AT,
        expires_at=datetime(2022, 6, 1, tzinfo=UTC),
        wrong=0,
        confirmed=2995,
        negatives=2995,
        wrong_negatives=0,
        share_limit=0.001,
        negative_limit=0.001,
        recall=0.9,
        prevalence_floor=0.5,
        attempt=1,
        stratum_bound=0.005,
        strata=tuple(StratumFound(s, s not in closed, 598, 0, 598, 0, 0.005, 0.005, 0) for s in Stratum),
        profile=profile(snapshot),
    )


def linked(snapshot: Snapshot, asked: Mandate) -> Match:
    return link(asked, ENTERED, snapshot, certificate(snapshot))


def verdict(folder: Path, records: list[Row], asked: Row, **when: Any) -> str:
    found: str = linked(opened(folder, *records), mandate(asked, **when)).table["verdict"][0].as_py()
    return found


CONFIRMED: dict[str, tuple[list[Row], Row]] = {
    "latest line lacks its number": ([JOHN | {"as_of": "2019-12-31"}, JOHN | {"address_line_1": "Main St"}], ASKED),
    "latest line lacks its street": ([JOHN | {"as_of": "2019-12-31"}, JOHN | {"address_line_1": "12"}], ASKED),
    "latest line is worn": ([JOHN | {"as_of": "2019-12-31"}, JOHN | {"address_line_1": "I2 Mian Stret"}], ASKED),
    "one line of the year has a slip in its number": (
        [JOHN | {"as_of": "2020-12-15"}, JOHN | {"address_line_1": "72 Main St"}],
        ASKED,
    ),
    "same name and address": ([JOHN], ASKED),
    "short form": ([JOHN], ASKED | {"given_name": "Jon"}),
    "slip in the surname": ([JOHN], ASKED | {"surname": "Okonwko"}),
    "another spelling of the street": ([JOHN], ASKED | {"address_line_1": "12 North Main Street"}),
    "slip in the street": ([JOHN], ASKED | {"address_line_1": "12 N Mainn St"}),
    "birth date a day off": ([JOHN | {"date_of_birth": "1980-02-03"}], ASKED | {"date_of_birth": "1980-02-04"}),
    "former resident of another name": ([JOHN, JOHN | {"person_id": "2", "surname": "Abt", "given_name": "Li"}], ASKED),
    "family at the address": ([JOHN, JOHN | {"person_id": "2", "given_name": "Amara"}], ASKED),
    "namesake elsewhere": ([JOHN, JOHN | {"person_id": "2", "address_line_1": "9 Elm St"}], ASKED),
    "father and son told apart by suffix": (
        [JOHN | {"suffix": "Sr"}, JOHN | {"person_id": "2", "suffix": "Jr"}],
        ASKED | {"suffix": "Jr."},
    ),
    "an older spelling of the same address": (
        [JOHN | {"address_line_1": "12 N Mian St"}, JOHN | {"as_of": "2019-12-31"}],
        ASKED,
    ),
}
NOT_CONFIRMED: dict[str, tuple[list[Row], Row, str]] = {
    "nobody there": ([JOHN], ASKED | {"address_line_1": "14 N Main St"}, "none"),
    "zip alone": ([JOHN], ASKED | {"address_line_1": "", "city": "", "state": ""}, "none"),
    "tin alone": (
        [JOHN | {"tin": "123456789"}],
        {"tin": "123456789", "surname": "Okonkwo", "given_name": "Jonathan"},
        "none",
    ),
    "tin and address, another name": (
        [JOHN | {"tin": "123456789"}],
        ASKED | {"given_name": "Priscilla", "tin": "123456789"},
        "none",
    ),
    "initial on record": ([JOHN | {"given_name": "J", "middle_name": "A"}], ASKED | {"middle_name": "A"}, "none"),
    "initial and tin on record": (
        [JOHN | {"given_name": "J", "middle_name": "A", "tin": "123456789"}],
        ASKED | {"middle_name": "A", "tin": "123456789"},
        "none",
    ),
    "blank given name on record": (
        [JOHN | {"given_name": "", "middle_name": "A"}],
        ASKED | {"middle_name": "A"},
        "none",
    ),
    "blank surname on record": ([JOHN | {"surname": ""}], ASKED, "none"),
    "blank name asked": ([JOHN], ASKED | {"given_name": "", "surname": ""}, "none"),
    "near twin by name": (
        [JOHN | {"given_name": "Danielle"}],
        ASKED | {"given_name": "Daniel"},
        "none",
    ),
    "suffix contradicts": ([JOHN | {"suffix": "Sr"}], ASKED | {"suffix": "Jr"}, "none"),
    "suffix contradicts one of two records": (
        [JOHN | {"suffix": "Sr"}, JOHN | {"as_of": "2019-12-31"}],
        ASKED | {"suffix": "Jr"},
        "none",
    ),
    "birth date contradicts": (
        [JOHN | {"date_of_birth": "1980-02-03"}],
        ASKED | {"date_of_birth": "1951-07-30"},
        "none",
    ),
    "middle initial contradicts": ([JOHN | {"middle_name": "B"}], ASKED | {"middle_name": "C"}, "none"),
    "another unit": ([JOHN | {"address_line_2": "Apt 4"}], ASKED | {"address_line_2": "Apt 5"}, "none"),
    "former address": (
        [JOHN | {"as_of": "2018-12-31"}, JOHN | {"address_line_1": "9 Elm St"}],
        ASKED,
        "none",
    ),
    "two addresses at the same date": ([JOHN, JOHN | {"address_line_1": "9 Elm St"}], ASKED, "ambiguous"),
    "latest address unreadable": ([JOHN | {"as_of": "2019-12-31"}, JOHN | {"address_line_1": "Elm"}], ASKED, "none"),
    "latest address blank": ([JOHN | {"as_of": "2019-12-31"}, JOHN | {"address_line_1": ""}], ASKED, "none"),
    "latest address next door": (
        [JOHN | {"as_of": "2019-12-31"}, JOHN | {"address_line_1": "13 Main St"}],
        ASKED,
        "none",
    ),
    "latest address without number, one of two": (
        [
            JOHN | {"as_of": "2018-12-31"},
            JOHN | {"as_of": "2019-12-31", "address_line_1": "99 Main St"},
            JOHN | {"address_line_1": "Main St"},
        ],
        ASKED,
        "none",
    ),
    "two of one name at one address": ([JOHN, JOHN | {"person_id": "2"}], ASKED, "ambiguous"),
    "father and son, suffix unstated": (
        [JOHN | {"middle_name": "A", "suffix": "Sr"}, JOHN | {"middle_name": "A", "person_id": "2", "suffix": "Jr"}],
        ASKED | {"middle_name": "A"},
        "none",
    ),
    "namesake lived there before": (
        [
            JOHN,
            JOHN | {"person_id": "2", "as_of": "2019-12-31"},
            JOHN | {"person_id": "2", "address_line_1": "9 Elm St"},
        ],
        ASKED,
        "ambiguous",
    ),
    "namesake elsewhere has the birth date": (
        [JOHN, JOHN | {"person_id": "2", "address_line_1": "9 Elm St", "date_of_birth": "1980-02-03"}],
        ASKED | {"date_of_birth": "1980-02-03"},
        "ambiguous",
    ),
    "another elsewhere has the tin and the name": (
        [JOHN, JOHN | {"person_id": "2", "address_line_1": "9 Elm St", "tin": "123456789"}],
        ASKED | {"tin": "123456789"},
        "ambiguous",
    ),
    "too old": ([JOHN | {"as_of": "2017-12-31"}], ASKED, "none"),
    "moved after the request": ([JOHN, JOHN | {"as_of": "2021-12-31", "address_line_1": "9 Elm St"}], ASKED, "none"),
    "no records": ([], ASKED, "none"),
}


@pytest.mark.parametrize("name", CONFIRMED)
def test_confirmed(name: str, tmp_path: Path) -> None:
    records, asked = CONFIRMED[name]
    assert verdict(tmp_path, records, asked) == "unique"


@pytest.mark.parametrize("name", NOT_CONFIRMED)
def test_not_confirmed(name: str, tmp_path: Path) -> None:
    records, asked, expected = NOT_CONFIRMED[name]
    assert verdict(tmp_path, records, asked) == expected


@pytest.mark.parametrize(
    ("years", "expected"),
    [
        ([2018], "unique"),
        ([2017, 2018], "unique"),
        ([2019], "none"),
        ([2018, 2019], "none"),
        ([2017], "none"),
        ([], "none"),
    ],
)
def test_a_request_for_a_period_is_answered_from_records_of_that_period(
    years: list[int], expected: str, tmp_path: Path
) -> None:
    records = [JOHN | {"as_of": "2018-12-31"}, JOHN | {"as_of": "2019-12-31", "address_line_1": "9 Elm St"}]
    mask = sum(1 << (year - PERIOD_EPOCH) for year in years)
    assert verdict(tmp_path, records, ASKED, periods=mask, by_period=True) == expected


def test_a_tower_is_searched_by_name_and_a_crowd_of_one_name_is_too_large(tmp_path: Path) -> None:
    crowd = LIMITS[Family.AT_ADDRESS] + 1
    letters = [chr(65 + i // 26 % 26) + chr(65 + i % 26) + "q" for i in range(crowd)]
    tower = [JOHN | {"person_id": f"t{i}", "surname": s, "given_name": f"{s}x"} for i, s in enumerate(letters)]
    assert verdict(tmp_path / "a", [JOHN, *tower], ASKED) == "unique"
    family = [JOHN | {"person_id": f"f{i}", "given_name": f"{s}x"} for i, s in enumerate(letters)]
    assert verdict(tmp_path / "b", [JOHN, *family], ASKED) == "too_large"


def test_the_match_says_who_why_and_by_how_much(tmp_path: Path) -> None:
    snapshot = opened(tmp_path, JOHN, JOHN | {"person_id": "2", "given_name": "Amara"})
    match = linked(snapshot, mandate(ASKED | {"address_line_1": "1 Oak St"}, ASKED))
    assert match.table.schema.equals(MATCH_SCHEMA)
    assert match.comparisons == COMPARISONS
    assert match.table["row"].to_pylist() == [0, 1]
    nobody, john = match.table.to_pylist()
    assert (nobody["person"], nobody["weight"], nobody["waterfall"]) == (None, None, None)
    assert snapshot.person_id(john["person"]) == "1"
    assert john["weight"] == sum(john["waterfall"])
    assert explain(match, 0) == ()
    steps = {step.comparison: step for step in explain(match, 1)}
    assert steps["given_name"].level == "exact"
    assert steps["given_name_frequency"].level == "by_frequency"
    assert steps["street"].weight == 0
    with pytest.raises(ValueError, match="no such row"):
        explain(match, 2)


def test_names_pass_whatever_the_address(tmp_path: Path) -> None:
    namesake = JOHN | {"person_id": "2", "address_line_1": "9 Elm St"}
    snapshot = opened(tmp_path, JOHN, namesake, JOHN | {"person_id": "3", "given_name": "Amara"})
    match = linked(snapshot, mandate(ASKED, ASKED | {"address_line_1": "1 Oak St"}))
    passes = [(p["row"], snapshot.person_id(p["person"])) for p in match.name_passes.to_pylist()]
    assert passes == [(0, "1"), (0, "2"), (1, "1"), (1, "2")]


@pytest.mark.parametrize(
    "entered",
    [
        Entered("1" * 64, 0, 0, "e" * 64, "r" * 64),
        Entered("1" * 64, 0, 0, "", "r" * 64),
        Entered("1", 0, 0, DIGEST, ""),
    ],
)
def test_the_door_is_shut_without_the_entry_of_this_request(entered: Entered, tmp_path: Path) -> None:
    snapshot = opened(tmp_path, JOHN)
    with pytest.raises(ValueError, match="entry of this very request"):
        link(mandate(ASKED), entered, snapshot, certificate(snapshot))


def test_an_empty_mandate_gives_an_empty_match(tmp_path: Path) -> None:
    assert linked(opened(tmp_path, JOHN), mandate()).table.num_rows == 0


def test_rows_outside_the_mandate_are_not_looked_at(tmp_path: Path) -> None:
    whole = mandate(ASKED, ASKED)
    match = linked(opened(tmp_path, JOHN), Mandate(whole.decided, pa.array([1], pa.uint64())))
    assert match.table["row"].to_pylist() == [1]
    assert set(match.name_passes["row"].to_pylist()) == {1}


def test_a_snapshot_is_the_same_whatever_the_order_and_repetition(tmp_path: Path) -> None:
    rows = [JOHN, JOHN | {"person_id": "2", "as_of": "2019-12-31"}, JOHN | {"person_id": "0", "surname": "Ábt"}]
    digests = {opened(tmp_path, *order).digest for order in (rows, rows[::-1], [*rows, rows[0]])}
    assert len(digests) == 1
    assert [p.name for p in tmp_path.iterdir()] == list(digests)


@pytest.mark.parametrize("damage", ["cut", "altered", "missing", "manifest"])
def test_a_damaged_snapshot_does_not_open(damage: str, tmp_path: Path) -> None:
    digest = opened(tmp_path, JOHN).digest
    file = tmp_path / digest / ("manifest.json" if damage == "manifest" else "arrays.bin")
    content = file.read_bytes()
    if damage == "missing":
        file.unlink()
    else:
        file.write_bytes(content[:-1] if damage == "cut" else content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(IntegrityError):
        Snapshot.open(tmp_path, digest, verify=damage == "altered")


def test_a_snapshot_that_was_never_built_does_not_open(tmp_path: Path) -> None:
    with pytest.raises(IntegrityError, match="manifest is missing"):
        Snapshot.open(tmp_path, "0" * 64, verify=False)


def test_a_failed_build_leaves_nothing_behind(tmp_path: Path) -> None:
    def broken() -> Any:
        yield from pa.table({c: pa.array([], pa.string()) for c in RECORD_COLUMNS}).to_batches()
        raise RuntimeError("disk full")

    with pytest.raises(RuntimeError):
        build_snapshot(broken(), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_certificate_binds_code_weights_time_and_about_this_many_rows(tmp_path: Path) -> None:
    rows = [JOHN | {"person_id": str(i)} for i in range(30)]
    snapshot, later = opened(tmp_path, *rows), opened(tmp_path, *rows, JOHN | {"person_id": "x"})
    grown = opened(tmp_path, *rows, *(r | {"person_id": f"y{r['person_id']}"} for r in rows))
    held = certificate(snapshot)
    assert is_valid(held, snapshot, AT)
    assert is_valid(held, later, AT)
    assert not is_valid(held, grown, AT)
    assert not is_valid(held, snapshot, held.expires_at)
    assert not is_valid(held, snapshot, datetime(2021, 5, 31, tzinfo=UTC))
    assert not is_valid(replace(held, code_digest="0" * 64), snapshot, AT)
    assert not is_valid(replace(held, weights_digest="0" * 64), snapshot, AT)


def test_nobody_is_confirmed_in_a_closed_stratum_and_who_was_found_is_sealed(tmp_path: Path) -> None:
    snapshot = opened(tmp_path, JOHN)
    dated = ASKED | {"date_of_birth": "1980-02-03"}
    for closed, expected in (((Stratum.NO_BIRTH_DATE,), "uncertified"), ((Stratum.COMMON_NAME,), "unique")):
        match = link(mandate(ASKED, dated), ENTERED, snapshot, certificate(snapshot, closed=closed))
        assert match.table["verdict"].to_pylist() == [expected] * 2  # no record states a birth date
        assert match.table["person"].to_pylist() == [0, 0]
        assert match.table["strata"].to_pylist() == [1, 1]


def test_a_certificate_that_lists_no_strata_confirms_in_none(tmp_path: Path) -> None:
    snapshot = opened(tmp_path, JOHN)
    older = replace(certificate(snapshot), strata=())
    assert link(mandate(ASKED), ENTERED, snapshot, older).table["verdict"].to_pylist() == ["uncertified"]


def test_progress_counts_rows(tmp_path: Path) -> None:
    seen: list[int] = []
    snapshot = opened(tmp_path, JOHN)
    link(mandate(ASKED, ASKED), ENTERED, snapshot, certificate(snapshot), progress=seen.append)
    assert seen[-1] == 2
    assert np.all(np.diff(seen) > 0)
