"""What must hold in any small world of records and requests."""

import tempfile
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from narrowgate.domain.request import RECORD_COLUMNS, TYPED_SCHEMA
from narrowgate.domain.vocabulary import Verdict
from narrowgate.linkage.residence import When
from narrowgate.linkage.search import search
from narrowgate.linkage.snapshot import Snapshot, build_snapshot

Row = tuple[str, ...]
Said = tuple[str, str | None, int, tuple[int, ...]]

THRESHOLD = 8000
ASKED = ("surname", "given_name", "middle_name", "suffix", "address_line_1", "address_line_2", "zip")
EVER = 1 << 30

who = (
    st.sampled_from(["Okonkwo", "Okonwko", "Quispe", "Quispe Rojas", "S", ""]),
    st.sampled_from(["Jonathan", "Jon", "Daniel", "Danielle", "J", "Jonathna", ""]),
    st.sampled_from(["", "A", "B", "Anselm"]),
    st.sampled_from(["", "Jr", "Sr"]),
)
where = (
    st.sampled_from(["12 N Main St", "12 Main St", "12 N Mainn St", "14 N Main St", "PO Box 12", "Main St", ""]),
    st.sampled_from(["", "Apt 4", "Apt 5"]),
    st.sampled_from(["97301", "97302", ""]),
)
persons = st.sampled_from(["p1", "p2", "p3", "p4"])
dates = st.sampled_from(["2018-12-31", "2019-12-31", "2020-12-31"])
records = st.lists(st.tuples(*who, *where, persons, dates), max_size=6)
requests = st.lists(st.tuples(*who, *where), min_size=1, max_size=4)
strangers = st.lists(
    st.tuples(
        st.sampled_from(["Zwingli", "Xu"]),
        st.sampled_from(["Ulrich", "Wei"]),
        st.just(""),
        st.just(""),
        st.sampled_from(["900 Elm Ave", "901 Elm Ave"]),
        st.just(""),
        st.just("10001"),
        st.sampled_from(["s1", "s2"]),
        dates,
    ),
    max_size=4,
)
rivals = st.tuples(*who, *where, st.just("rival"), dates)
quick = settings(max_examples=40)


def found(held: list[Row], asked: list[Row]) -> list[Said]:
    """Per row the verdict, the person's id, the weight and the waterfall."""
    with tempfile.TemporaryDirectory() as folder:
        snapshot = opened(Path(folder), held)
        return said(snapshot, asked)


def opened(folder: Path, held: list[Row]) -> Snapshot:
    columns = {c: pa.array([""] * len(held), pa.string()) for c in RECORD_COLUMNS}
    columns |= {c: pa.array([r[i] for r in held], pa.string()) for i, c in enumerate((*ASKED, "person_id"))}
    columns["as_of"] = pa.array([date.fromisoformat(r[-1]) for r in held], pa.date32())
    manifest = build_snapshot(pa.table(columns).to_batches(), folder)
    return Snapshot.open(folder, manifest.digest, verify=False)


def said(snapshot: Snapshot, asked: list[Row]) -> list[Said]:
    n = len(asked)
    subjects = pa.table({c: pa.array([r[i] for r in asked], pa.string()) for i, c in enumerate(ASKED)})
    nothing = pa.nulls(n, pa.date32())
    typed = pa.table([nothing, nothing, nothing, pa.array(np.zeros(n, np.uint64))], TYPED_SCHEMA)
    when = When(np.zeros(n, np.uint64), -EVER, np.zeros(n, np.bool_))
    result, _ = search(subjects, typed, snapshot, when, THRESHOLD, lambda _rows: None)
    ids = [snapshot.person_id(p) if p >= 0 else None for p in result.person.tolist()]
    weights = [tuple(w) for w in result.waterfall.tolist()]
    return list(zip(map(str, result.verdicts(THRESHOLD)), ids, result.weight.tolist(), weights, strict=True))


def verdicts(held: list[Row], asked: list[Row]) -> list[str]:
    return [v for v, *_ in found(held, asked)]


@quick
@given(records, requests)
def test_a_row_alone_is_found_as_in_a_batch(held: list[Row], asked: list[Row]) -> None:
    assert [found(held, [row])[0] for row in asked] == found(held, asked)


@quick
@given(records, requests, st.randoms(use_true_random=False))
def test_the_order_of_the_records_changes_nothing(held: list[Row], asked: list[Row], draw: object) -> None:
    shuffled = list(held)
    draw.shuffle(shuffled)  # type: ignore[attr-defined]
    assert found(shuffled, asked) == found(held, asked)


@quick
@given(records, requests)
def test_case_and_spaces_change_nothing(held: list[Row], asked: list[Row]) -> None:
    loud = [tuple(f"  {cell.upper().replace(' ', '   ')} " for cell in row) for row in asked]
    quiet = [(*(cell.lower() for cell in row[:-2]), *row[-2:]) for row in held]
    assert found(held, loud) == found(held, asked)
    assert found(quiet, asked) == found(held, asked)


@quick
@given(records, requests, strangers)
def test_strangers_elsewhere_change_no_verdict(held: list[Row], asked: list[Row], others: list[Row]) -> None:
    assert verdicts(held + others, asked) == verdicts(held, asked)


@quick
@given(records, requests, rivals)
def test_a_rival_never_confirms(held: list[Row], asked: list[Row], rival: Row) -> None:
    for before, (after, person, *_) in zip(verdicts(held, asked), found([*held, rival], asked), strict=True):
        if after == Verdict.UNIQUE and person != "rival":
            assert before == Verdict.UNIQUE


@quick
@given(records, requests)
def test_whoever_is_confirmed_lives_at_a_sufficient_address_asked_for(held: list[Row], asked: list[Row]) -> None:
    for row, (verdict, *_) in zip(asked, found(held, asked), strict=True):
        if verdict == Verdict.UNIQUE:
            assert row[4] not in ("Main St", "")
            assert row[6]
            assert len(row[1]) > 1 < len(row[0])
