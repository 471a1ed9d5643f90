"""Certificates: the exact test, the sequence of thresholds, and every reason to give none."""

import json
import math
import random
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats

from narrowgate.domain.certificate import Certificate
from narrowgate.domain.errors import IntegrityError
from narrowgate.domain.request import RECORD_COLUMNS, TYPED_SCHEMA
from narrowgate.domain.vocabulary import Provenance, Stratum
from narrowgate.linkage.binomial import is_below, lower_tail, trials_needed, upper_limit
from narrowgate.linkage.cases import choose
from narrowgate.linkage.certify import THRESHOLDS, CertificationFailed, certify, is_valid
from narrowgate.linkage.snapshot import Snapshot, build_snapshot

AT = datetime(2021, 6, 1, tzinfo=UTC)
GIVEN = ("Amara", "Bertrand", "Celestine", "Dorotea", "Ekaterina", "Florian", "Giacomo", "Hildegard")
SURNAMES = ("Okonkwo", "Petrov", "Quispe", "Rasmussen", "Szymanski", "Takahashi", "Ubaldini", "Vasquez")
BORN = "1980-02-03"
COLUMNS = ("surname", "given_name", "address_line_1", "city", "state", "zip", "person_id", "household")
Rows = list[tuple[str, ...]]


@pytest.mark.parametrize("trials", [1, 7, 100, 3000, 100_000])
@pytest.mark.parametrize("successes", [0, 1, 5, 99])
@pytest.mark.parametrize("share", [0.0001, 0.001, 0.05, 0.5, 0.99])
def test_tails_agree_with_scipy(successes: int, trials: int, share: float) -> None:
    expected = float(stats.binom.cdf(successes, trials, share))
    assert math.isclose(lower_tail(successes, trials, share), expected, rel_tol=1e-7, abs_tol=1e-290)


@pytest.mark.parametrize(("successes", "trials"), [(0, 598), (1, 4742), (5, 10511), (3, 3), (40, 100)])
def test_limits_are_those_of_clopper_and_pearson(successes: int, trials: int) -> None:
    expected = float(stats.beta.ppf(0.95, successes + 1, trials - successes)) if successes < trials else 1.0
    assert math.isclose(upper_limit(successes, trials, 0.95), expected, rel_tol=1e-9)


def test_nothing_tried_shows_nothing() -> None:
    assert not is_below(0, 0, 0.5, 0.95)
    assert upper_limit(0, 0, 0.95) == 1.0


@pytest.mark.parametrize(
    ("wrong", "bound", "needed"),
    [(0, 0.001, 2995), (1, 0.001, 4742), (5, 0.001, 10511), (0, 0.0001, 29956), (0, 0.005, 598)],
)
def test_cases_needed(wrong: int, bound: float, needed: int) -> None:
    assert trials_needed(wrong, bound, 0.95) == needed
    assert not is_below(wrong, needed - 1, bound, 0.95)


def world(
    folder: Path, persons: int, mistakes: int = 0, *, negatives: bool = True, dated: bool = False
) -> tuple[Snapshot, pa.Table, pa.Table]:
    """Persons with a household each; ``mistakes`` of the labels name another person.

    All lie in the strata of a missing birth date and of a common name; ``dated``, with names of their own, in none.
    """
    draw = random.Random(7)
    people = [
        (draw.choice(SURNAMES) + own(i) * dated, draw.choice(GIVEN), f"{10 + i} Main St", "Salem", "OR", "97301")
        for i in range(persons)
    ]
    records = {c: pa.array([""] * persons) for c in RECORD_COLUMNS}
    records |= {c: pa.array([p[i] for p in people]) for i, c in enumerate(COLUMNS[:6])}
    records["date_of_birth"] = pa.array([BORN if dated else ""] * persons)
    records["person_id"] = pa.array([f"p{i}" for i in range(persons)])
    records["as_of"] = pa.array([date(2020, 12, 31)] * persons, pa.date32())
    manifest = build_snapshot(pa.table({c: records[c] for c in RECORD_COLUMNS}).to_batches(), folder)
    rows: Rows = [(*p, f"p{i + (i < mistakes)}", f"h{i}") for i, p in enumerate(people)]
    if negatives:
        rows += [(*p[:2], f"{10 + persons + i} Main St", *p[3:], "", f"n{i}") for i, p in enumerate(people)]
    return Snapshot.open(folder, manifest.digest, verify=False), table(rows), typed(len(rows), dated=dated)


def own(number: int) -> str:
    """Letters that no other number has."""
    return "".join(chr(97 + number // 26**n % 26) for n in range(3))


def table(rows: Rows) -> pa.Table:
    return pa.table({c: pa.array([r[i] for r in rows], pa.string()) for i, c in enumerate(COLUMNS)})


def typed(rows: int, *, dated: bool = False) -> pa.Table:
    nothing = pa.nulls(rows, pa.date32())
    born = pa.array([date.fromisoformat(BORN)] * rows, pa.date32()) if dated else nothing
    return pa.table([born, nothing, nothing, pa.array(np.zeros(rows, np.uint64))], TYPED_SCHEMA)


def certified(
    snapshot: Snapshot, labelled: pa.Table, told: pa.Table, bound: float = 0.01
) -> Certificate | CertificationFailed:
    return certify(
        snapshot,
        labelled,
        told,
        bound=bound,
        confidence=0.95,
        at=AT,
        provenance=Provenance.SYNTHETIC,
        attempt=1,
    )


def test_a_clean_world_is_certified_and_says_what_was_seen(tmp_path: Path) -> None:
    snapshot, labelled, told = world(tmp_path, 600)
    found = certified(snapshot, labelled, told)
    assert isinstance(found, Certificate)
    assert found.threshold in THRESHOLDS
    assert (found.wrong, found.wrong_negatives) == (0, 0)
    assert found.confirmed >= 299 <= found.negatives
    assert found.share_limit <= 0.01 >= found.negative_limit
    assert 0 < found.prevalence_floor < 1 == found.recall
    assert is_valid(found, snapshot, AT)
    shuffled = np.random.default_rng(1).permutation(labelled.num_rows)
    assert certified(snapshot, labelled.take(pa.array(shuffled)), told) == found


@pytest.mark.parametrize(
    ("persons", "mistakes", "negatives", "reason"),
    [(600, 0, False, "no negatives"), (100, 0, True, "more are needed"), (600, 200, True, "are wrong")],
)
def test_no_certificate_without_grounds(
    persons: int, mistakes: int, reason: str, tmp_path: Path, *, negatives: bool
) -> None:
    found = certified(*world(tmp_path, persons, mistakes, negatives=negatives))
    assert isinstance(found, CertificationFailed)
    assert reason in " ".join(found.reasons)
    if reason == "more are needed":
        assert found.more_cases == 299 - found.confirmed


def test_negatives_that_are_confirmed_deny_the_certificate(tmp_path: Path) -> None:
    snapshot, labelled, told = world(tmp_path, 600)
    blank = pa.array(["" if i < 300 else p for i, p in enumerate(labelled["person_id"].to_pylist())], pa.string())
    found = certified(snapshot, labelled.set_column(6, "person_id", blank), told)
    assert isinstance(found, CertificationFailed)
    apart = {s.stratum: s for s in found.strata}[Stratum.NO_BIRTH_DATE]
    assert (apart.opened, apart.wrong_negatives > 0) == (False, True)
    assert f"no birth date, left closed: {apart.wrong} of {apart.confirmed} confirmed are wrong" in " ".join(
        found.reasons
    )


def test_negatives_that_are_confirmed_beyond_every_stratum_deny_the_certificate(tmp_path: Path) -> None:
    snapshot, labelled, told = world(tmp_path, 600, dated=True)
    blank = pa.array(["" if i % 9 < 2 else p for i, p in enumerate(labelled["person_id"].to_pylist())], pa.string())
    found = certified(snapshot, labelled.set_column(6, "person_id", blank), told)
    assert isinstance(found, CertificationFailed)
    assert found.wrong_negatives > 0
    assert "negatives confirmed" in found.reasons[0]


def test_one_case_a_household_and_no_household_in_both_splits() -> None:
    rows: Rows = [("S", f"G{i}", "", "", "", "", f"p{i}", f"h{i % 50}") for i in range(200)]
    cases = choose(table(rows))
    chosen = [int(i) % 50 for i in (*cases.tuning, *cases.counting)]
    assert sorted(chosen) == list(range(50))
    again = choose(table(rows[::-1]))
    assert sorted(199 - again.counting) == cases.counting.tolist()


def test_without_household_one_case_a_person_and_each_negative_is_its_own() -> None:
    rows: Rows = [("S", f"G{i}", "", "", "", "", f"p{i % 5}" if i < 20 else "", "") for i in range(30)]
    cases = choose(table(rows).drop_columns(["household"]))
    assert len(cases.tuning) + len(cases.counting) == 5 + 10


HELD = Certificate(
    snapshot_digest="a" * 64,
    code_digest="b" * 64,
    weights_digest="c" * 64,
    rows=10,
    threshold=8000,
    bound=0.001,
    confidence=0.95,
    provenance=Provenance.ADJUDICATED,
    issued_at=AT,
    expires_at=datetime(2022, 6, 1, tzinfo=UTC),
    wrong=1,
    confirmed=5000,
    negatives=4000,
    wrong_negatives=0,
    share_limit=0.00095,
    negative_limit=0.00075,
    recall=0.9,
    prevalence_floor=0.4,
    attempt=2,
)


def test_a_certificate_reads_back_as_written_and_its_digest_tells_every_field() -> None:
    assert Certificate.from_json(HELD.to_json()) == HELD
    assert replace(HELD, attempt=3).digest != HELD.digest
    assert HELD.expected_wrong_per_10_000 == 2.0


@pytest.mark.parametrize(
    "change",
    [
        {"format": "narrowgate-certificate/3"},
        {"format": "narrowgate-certificate/1"},
        {"threshold": "8000"},
        {"threshold": 8000.0},
        {"threshold": True},
        {"bound": None},
        {"provenance": "hearsay"},
        {"issued_at": "2021-06-01T00:00:00"},
        {"issued_at": "2021-06-01T02:00:00+02:00"},
        {"extra": 1},
    ],
    ids=lambda c: f"{next(iter(c))}={next(iter(c.values()))}",
)
def test_a_certificate_of_another_form_is_not_read(change: dict[str, object]) -> None:
    written = json.loads(HELD.to_json()) | change
    with pytest.raises(IntegrityError):
        Certificate.from_json(json.dumps(written, sort_keys=True, separators=(",", ":")))


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", HELD.to_json() + "\n", HELD.to_json().replace('"attempt":2,', "")]
)
def test_a_certificate_of_other_bytes_is_not_read(text: str) -> None:
    with pytest.raises(IntegrityError):
        Certificate.from_json(text)
