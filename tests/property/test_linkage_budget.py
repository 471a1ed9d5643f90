"""What the guess budget stands on: whoever a row could confirm at some address is counted at every other."""

import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
from hypothesis import example, given, settings
from hypothesis import strategies as st
from test_linkage_small_worlds import ASKED, EVER, THRESHOLD, Row, opened

from narrowgate.domain.request import TYPED_SCHEMA
from narrowgate.linkage.residence import When
from narrowgate.linkage.search import search
from narrowgate.linkage.snapshot import Snapshot

SURNAMES = ("Abernathy", "Okonkwo", "Quispe Rojas", "Smith", "de la Cruz", "Ng")
GIVEN = ("Albert", "Jonathan", "Robert", "Bo", "Danielle")
NAMES = 4
HOMES = (("12 N Main St", "", "97301"), ("12 N Main St", "Apt 4", "97301"), ("PO Box 12", "", "97302"))
ELSEWHERE = (*HOMES, ("800 Elm Ave", "", "10001"), ("7 Oak St", "", "97301"), ("", "", ""))

who = st.tuples(
    st.sampled_from(SURNAMES), st.sampled_from(GIVEN), st.sampled_from(["", "A", "Anselm"]), st.sampled_from(["", "Jr"])
)
numbers = st.tuples(st.sampled_from(["", "1950-02-03", "1950-03-02", "1971-07-07"]), st.sampled_from(["", "123456789"]))
records = st.lists(st.tuples(who, st.sampled_from(HOMES), numbers), min_size=1, max_size=6)
letters = st.sampled_from("ABEINORST")
slips = st.lists(
    st.tuples(
        st.integers(0, NAMES - 1), st.sampled_from(["drop", "add", "mistake", "swap"]), st.integers(0, 11), letters
    ),
    max_size=3,
)
Held = tuple[tuple[str, str, str, str], tuple[str, str, str], tuple[str, str]]
Slip = tuple[int, str, int, str]


def slipped(cells: tuple[str, ...], made: list[Slip]) -> tuple[str, ...]:
    """The cells with slips of the pen."""
    found = list(cells)
    for cell, kind, place, letter in made:
        text = found[cell]
        at = min(place, max(len(text) - 1, 0))
        head, tail = text[:at], text[at:]
        found[cell] = {
            "drop": head + tail[1:],
            "add": head + letter + tail,
            "mistake": head + letter + tail[1:],
            "swap": head + tail[1:2] + tail[:1] + tail[2:],
        }[kind]
    return tuple(found)


def asked(snapshot: Snapshot, rows: list[Row], born: str, tin: str) -> tuple[list[int | None], list[set[int]]]:
    """Per row the person confirmed, and the persons counted."""
    n = len(rows)
    subjects = pa.table(
        {c: pa.array([r[i] for r in rows], pa.string()) for i, c in enumerate(ASKED)} | {"tin": pa.array([tin] * n)}
    )
    days = pa.array([born or None] * n, pa.string()).cast(pa.date32())
    typed = pa.table([days, pa.nulls(n, pa.date32()), pa.nulls(n, pa.date32()), pa.array([0] * n, pa.uint64())],
                     TYPED_SCHEMA)  # fmt: skip
    when = When(np.zeros(n, np.uint64), -EVER, np.zeros(n, np.bool_))
    found, passes = search(subjects, typed, snapshot, when, THRESHOLD, lambda _rows: None)
    unique = found.unique(THRESHOLD)
    confirmed = [int(p) if one else None for p, one in zip(found.person, unique, strict=True)]
    return confirmed, [set(passes.person[passes.row == i].tolist()) for i in range(n)]


@settings(max_examples=50)
@given(records, st.integers(0, 5), slips, st.booleans(), st.booleans())
@example([(("Abernathy", "Albert", "", ""), HOMES[0], ("", ""))], 0, [(0, "mistake", 0, "O")], False, False)
def test_whom_a_row_confirms_at_one_address_it_counts_at_every_other(
    held: list[Held], which: int, made: list[Slip], dated: bool, numbered: bool
) -> None:
    rows: list[tuple[str, ...]] = [(*n, *home, f"p{i}", "2020-12-31") for i, (n, home, _) in enumerate(held)]
    names, home, (born, tin) = held[which % len(held)]
    spelt = slipped(names, made)
    with tempfile.TemporaryDirectory() as folder:
        snapshot = opened(Path(folder), rows)
        guesses = [(*spelt, *place) for place in (home, *ELSEWHERE)]
        confirmed, counted = asked(snapshot, guesses, born if dated else "", tin if numbered else "")
    assert all(each == counted[0] for each in counted)
    assert {person for person in confirmed if person is not None} <= counted[0]
