"""Candidates against everybody: whom the keys do not find changes no confirmation."""

import string
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_linkage_budget import HOMES, Slip, numbers, slipped, slips, who
from test_linkage_small_worlds import ASKED, EVER

from narrowgate.domain.request import RECORD_COLUMNS, TYPED_SCHEMA
from narrowgate.domain.vocabulary import Verdict
from narrowgate.linkage.blocks import index_of, made_of
from narrowgate.linkage.candidates import Pairs
from narrowgate.linkage.decide import NO_WEIGHT, decide
from narrowgate.linkage.kernel import Kernel
from narrowgate.linkage.keys import Keys
from narrowgate.linkage.near import near_blocks, near_words
from narrowgate.linkage.residence import When
from narrowgate.linkage.search import search
from narrowgate.linkage.snapshot import Snapshot, build_snapshot
from narrowgate.linkage.standardise import NO_DATE, standardise
from narrowgate.linkage.weights import Surname
from narrowgate.linkage.words import encode

Held = tuple[tuple[str, ...], tuple[str, ...], tuple[str, str], str]
LEAST = 8000
PERSONS = ("p0", "p0", "p1", "p2", "p3", "p4", "p5")
records = st.lists(st.tuples(who, st.sampled_from(HOMES), numbers, st.sampled_from(PERSONS)), min_size=1, max_size=9)
names = st.lists(st.text("ABC", min_size=0, max_size=7), min_size=1, max_size=30, unique=True)


def opened(folder: Path, held: list[Held]) -> Snapshot:
    columns = {c: pa.array([""] * len(held), pa.string()) for c in RECORD_COLUMNS}
    spelt = [(*name, *home) for name, home, *_ in held]
    columns |= {c: pa.array([row[i] for row in spelt], pa.string()) for i, c in enumerate(ASKED)}
    columns |= {
        "date_of_birth": pa.array([n[0] for _, _, n, _ in held]),
        "tin": pa.array([n[1] for _, _, n, _ in held]),
    }
    columns |= {"person_id": pa.array([person for *_, person in held])}
    columns["as_of"] = pa.array(np.full(len(held), 18_600, np.int32)).cast(pa.date32())
    manifest = build_snapshot(pa.table(columns).to_batches(), folder)
    return Snapshot.open(folder, manifest.digest, verify=False)


@pytest.mark.long
@settings(max_examples=150)
@given(records, st.lists(st.tuples(st.integers(0, 8), slips, st.booleans(), st.booleans()), min_size=1, max_size=4),
       st.sampled_from([8000, 12_000, 16_000]))  # fmt: skip
def test_everybody_compared_confirms_nobody_less(
    held: list[Held],
    asked: list[tuple[int, list[Slip], bool, bool]],
    least: int,
) -> None:
    rows = [held[at % len(held)] for at, *_ in asked]
    spelt = [(*slipped(r[0], made), *r[1]) for r, (_, made, *_) in zip(rows, asked, strict=True)]
    born = [r[2][0] if dated else "" for r, (*_, dated, _) in zip(rows, asked, strict=True)]
    tins = [r[2][1] if numbered else "" for r, (*_, numbered) in zip(rows, asked, strict=True)]
    subjects = pa.table({c: pa.array([s[i] for s in spelt], pa.string()) for i, c in enumerate(ASKED)} | {"tin": tins})
    days = pa.array([b or None for b in born], pa.string()).cast(pa.date32())
    n = len(rows)
    nothing = pa.nulls(n, pa.date32())
    typed = pa.table([days, nothing, nothing, pa.array(np.zeros(n, np.uint64))], TYPED_SCHEMA)
    when = When(np.zeros(n, np.uint64), -EVER, np.zeros(n, np.bool_))
    with tempfile.TemporaryDirectory() as folder:
        snapshot = opened(Path(folder), held)
        found, _ = search(subjects, typed, snapshot, when, least, lambda _rows: None)
        every = np.arange(n * snapshot.manifest.persons, dtype=np.int64)
        row, person = np.divmod(every, snapshot.manifest.persons)
        standard = standardise(subjects, days.cast(pa.int32()).fill_null(NO_DATE).to_numpy().astype(np.int32))
        pairs, scores = Kernel(standard, snapshot, when).score(
            Pairs(0, n, row, person, np.ones(len(row), np.bool_)), NO_WEIGHT
        )
        all_ = decide(pairs, scores, np.zeros(n, np.bool_))
    for i in np.flatnonzero(found.unique(least)):
        assert all_.unique(least)[i]
        assert (all_.person[i], all_.weight[i]) == (found.person[i], found.weight[i])


@given(
    st.lists(st.tuples(st.integers(0, 2**64 - 1), st.integers(0, 5)), max_size=60), st.lists(st.integers(0, 2**64 - 1))
)
def test_a_block_holds_the_persons_stored_under_its_key(stored: list[tuple[int, int]], others: list[int]) -> None:
    keys = Keys(np.array([k for k, _ in stored], np.uint64), np.arange(len(stored)))
    blocks = made_of([(keys, np.array([p for _, p in stored], np.int32))])
    asked = np.array([k for k, _ in stored] + others, np.uint64)
    which, block = blocks.look_up(asked)
    held: dict[int, set[int]] = {}
    for key, person in stored:
        held.setdefault(key, set()).add(person)
    assert which.tolist() == [i for i, key in enumerate(asked.tolist()) if key in held]
    for i, b in zip(which.tolist(), block.tolist(), strict=True):
        found = blocks.persons[blocks.starts[b] : blocks.starts[b + 1]].tolist()
        assert found == sorted(held[int(asked[i])])


def test_keys_that_share_their_leading_bits_are_told_apart() -> None:
    keys = np.arange(1000, dtype=np.uint64)
    blocks = made_of([(Keys(keys, np.arange(1000)), np.arange(1000, dtype=np.int32))])
    which, block = blocks.look_up(np.array([999, 1000, 0], np.uint64))
    assert (which.tolist(), block.tolist()) == ([0, 2], [999, 0])
    assert index_of(keys)[-1] == len(keys)


def left_over(name: str) -> set[str]:
    """A name and what is left of it without a letter, said as plainly as can be."""
    return {name, *(name[:n] + name[n + 1 :] for n in range(len(name)))} if len(name) > len("ABC") else set()


@given(names, names)
def test_names_a_letter_apart_are_near(ours: list[str], theirs: list[str]) -> None:
    words, (mine, other) = encode([pa.array(texts, pa.large_string()).dictionary_encode() for texts in (ours, theirs)])
    seen: set[tuple[int, int]] = set()

    def level(one: np.ndarray, two: np.ndarray) -> np.ndarray:
        seen.update(zip(one.tolist(), two.tolist(), strict=True))
        return np.full(len(one), Surname.SLIP, np.int8)

    near_words(words, mine, near_blocks(words, other), level)
    expected = {(int(a), int(b)) for a, s in zip(mine, ours, strict=True) for b, t in zip(other, theirs, strict=True)
                if left_over(s) & left_over(t)}  # fmt: skip
    assert seen == expected


def test_long_names_count_by_their_first_letters() -> None:
    long = (string.ascii_uppercase * 2)[:40]
    words, (mine,) = encode([pa.array([long, long + "X"], pa.large_string()).dictionary_encode()])
    blocks = near_blocks(words, mine)
    assert blocks.look_up(blocks.keys)[0].tolist() == list(range(len(blocks.keys)))
    assert set(blocks.persons.tolist()) == set(mine.tolist())


def test_a_rival_whom_only_the_address_finds_is_seen() -> None:
    """Two slips in a surname: no key by name finds it, and as a slip it is within the margin."""
    home = HOMES[0]
    alone: Held = (("Abernathy", "Albert", "", ""), home, ("", ""), "p0")
    rival: Held = (("Abrenahty", "Albert", "", ""), home, ("", ""), "p1")
    assert [verdict(alone), verdict(alone, rival)] == [Verdict.UNIQUE, Verdict.AMBIGUOUS]


def verdict(asked: Held, *others: Held) -> Verdict:
    """The verdict on a row that asks for the first of these records."""
    return found_for(asked, asked, *others)


def found_for(asked: Held, *held: Held) -> Verdict:
    """The verdict on a row among records; the first of them is counted."""
    subjects = pa.table({c: [text] for c, text in zip(ASKED, (*asked[0], *asked[1]), strict=True)})
    nothing = pa.nulls(1, pa.date32())
    born = pa.array([asked[2][0] or None], pa.string()).cast(pa.date32())
    typed = pa.table([born, nothing, nothing, pa.array(np.zeros(1, np.uint64))], TYPED_SCHEMA)
    when = When(np.zeros(1, np.uint64), -EVER, np.zeros(1, np.bool_))
    with tempfile.TemporaryDirectory() as folder:
        snapshot = opened(Path(folder), list(held))
        found, passes = search(subjects, typed, snapshot, when, LEAST, lambda _rows: None)
    assert 0 in passes.person.tolist()
    return found.verdicts(LEAST)[0]


DATED = ("1950-02-03", "")
BETTER_ELSEWHERE: dict[str, tuple[Held, Held, Held]] = {
    "his birth date and given name, a surname turned at its end": (
        (("Mane", "Albert", "", ""), HOMES[0], ("", ""), "p0"),
        (("Maen", "Albert", "", ""), HOMES[2], DATED, "p1"),
        (("Mane", "Albert", "", ""), HOMES[0], DATED, ""),
    ),
    "a middle name that is a form of his, of another initial": (
        (("Okonkwo", "Albert", "", ""), HOMES[0], ("", ""), "p0"),
        (("Okonkwo", "Albert", "Robert", ""), HOMES[2], ("", ""), "p1"),
        (("Okonkwo", "Albert", "Bob", ""), HOMES[0], ("", ""), ""),
    ),
    "the second of two middle names": (
        (("Okonkwo", "Albert", "", ""), HOMES[0], ("", ""), "p0"),
        (("Okonkwo", "Albert", "Anselm B", ""), HOMES[2], ("", ""), "p1"),
        (("Okonkwo", "Albert", "B", ""), HOMES[0], ("", ""), ""),
    ),
}


@pytest.mark.parametrize("name", BETTER_ELSEWHERE)
def test_a_better_rival_elsewhere_is_seen(name: str) -> None:
    resident, rival, asked = BETTER_ELSEWHERE[name]
    assert [found_for(asked, resident), found_for(asked, resident, rival)] == [Verdict.UNIQUE, Verdict.AMBIGUOUS]
