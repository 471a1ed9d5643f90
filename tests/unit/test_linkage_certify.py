"""Certificates: the exact test, the sequence of thresholds, and every reason to give none."""

import json
import math
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats
from test_linkage_link import ENTERED, mandate

from narrowgate.domain.certificate import _LATER, Certificate, Distribution, Point, Step, StratumFound
from narrowgate.domain.errors import IntegrityError
from narrowgate.domain.request import RECORD_COLUMNS, TYPED_SCHEMA
from narrowgate.domain.vocabulary import Provenance, Stratum
from narrowgate.linkage.binomial import is_below, lower_tail, trials_needed, upper_limit
from narrowgate.linkage.cases import choose, households
from narrowgate.linkage.certify import (
    THRESHOLDS,
    CertificationFailed,
    Searched,
    certify,
    code_digest,
    is_valid,
    standing,
    usual_stratum_bound,
)
from narrowgate.linkage.keys import LIMITS, Family
from narrowgate.linkage.link import link
from narrowgate.linkage.residence import When
from narrowgate.linkage.search import search
from narrowgate.linkage.snapshot import Snapshot, build_snapshot
from narrowgate.linkage.weights import weights

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
    assert apart.wrong_negatives > 0
    assert "negatives confirmed" in found.reasons[0]
    assert f"{apart.wrong} of {apart.confirmed} confirmed are wrong" in " ".join(found.reasons)


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


def test_without_households_a_family_at_one_address_is_one_case() -> None:
    family: Rows = [
        ("Okonkwo", f"G{i}", f"{12 + i // 4} N Main {'Street' if i % 2 else 'St'}", "Salem", "OR", "97301", f"p{i}", "")
        for i in range(40)
    ]
    apart: Rows = [("Okonkwo", f"G{i}", f"{100 + i} Elm Rd", "Salem", "OR", "97301", f"q{i}", "") for i in range(40)]
    unread: Rows = [("Okonkwo", f"G{i}", "", "", "", "", f"r{i}", "") for i in range(40)]
    for rows, expected in ((family, 10), (apart, 40), (unread, 40)):
        cases = choose(table(rows))
        assert len(cases.tuning) + len(cases.counting) == expected


def test_households_meet_over_several_steps_and_whatever_the_order() -> None:
    rows: Rows = [
        ("Abt", "A", "12 N Main St", "Salem", "OR", "97301", "p1", "h1"),
        ("Abt", "B", "12 N Main St", "Salem", "OR", "97301", "p2", "h2"),  # the surname and address of the first
        ("Bea", "B", "9 Elm St", "Salem", "OR", "97301", "p2", ""),  # the person of the second
        ("Cot", "C", "7 Oak St", "Salem", "OR", "97301", "p3", "h2"),  # the household of the second
        ("Dov", "D", "5 Fir St", "Salem", "OR", "97301", "p4", "h3"),
    ]
    assert len(set(households(table(rows)))) == 2
    for order in ([4, 3, 2, 1, 0], [2, 0, 4, 3, 1], [3, 1, 2, 0, 4]):
        names = households(table([rows[i] for i in order]))
        assert [names[order.index(i)] for i in range(5)] == households(table(rows))


def test_clustered_cases_are_refused_and_it_is_said_how_many_more_are_needed(tmp_path: Path) -> None:
    snapshot, labelled, told = world(tmp_path, 600)
    few = labelled.set_column(7, "household", pa.array([f"h{i % 150}" for i in range(labelled.num_rows)]))
    found = certified(snapshot, few, told)
    assert isinstance(found, CertificationFailed)
    assert (found.cases, found.households) == (1200, 150)
    assert found.more_cases == 299 - found.confirmed
    assert "the 1200 cases come from 150 households, and one case of each counts" in found.reasons


def second(labelled: pa.Table, labels: Callable[[int, str], str]) -> pa.Table:
    """The table with a second reviewer's labels."""
    column = [labels(i, p) for i, p in enumerate(labelled["person_id"].to_pylist())]
    return labelled.append_column("person_id_2", pa.array(column, pa.string()))


def test_two_reviewers_who_agree_change_nothing_but_that_they_are_two(tmp_path: Path) -> None:
    snapshot, labelled, told = world(tmp_path, 600)
    one, two = certified(snapshot, labelled, told), certified(snapshot, second(labelled, lambda _i, p: p), told)
    assert isinstance(one, Certificate)
    assert isinstance(two, Certificate)
    assert (one.reviewers, two.reviewers, two.disagreements) == (1, 2, 0)
    assert replace(two, reviewers=1) == one


@pytest.mark.parametrize(
    ("label", "of"),
    [("another", "a positive"), ("", "a positive"), ("another", "a negative")],
    ids=["another person", "nobody's", "somebody's"],
)
def test_a_confirmation_on_which_reviewers_disagree_counts_as_wrong(label: str, of: str, tmp_path: Path) -> None:
    snapshot, labelled, told = world(tmp_path, 600, dated=True)
    positive = of == "a positive"
    doubted = second(labelled, lambda i, p: label if bool(p) == positive and i % 10 == 0 else p)
    plain, found = certified(snapshot, labelled, told, 0.2), certified(snapshot, doubted, told, 0.2)
    assert isinstance(plain, Certificate)
    assert isinstance(found, Certificate)
    assert found.confirmed == plain.confirmed
    assert (found.disagreements > 50, found.wrong > 30) == (True, positive)
    assert found.wrong_negatives == (found.wrong if label == "" else 0)
    if positive:
        assert found.negatives == plain.negatives + found.wrong_negatives
    else:  # what is doubtful and was not confirmed is no negative that linkage could be praised for
        assert found.negatives < plain.negatives
    assert found.recall <= plain.recall


def test_a_certificate_states_what_was_to_be_shown_and_what_was_seen(tmp_path: Path) -> None:
    snapshot, labelled, told = world(tmp_path, 600)
    found = certify(
        snapshot, labelled, told, bound=0.01, confidence=0.9, at=AT, provenance=Provenance.SYNTHETIC, attempt=3,
        stratum_bound=0.2, frame="drawn by lot",
    )  # fmt: skip
    assert isinstance(found, Certificate)
    assert (found.stratum_bound, found.frame, found.attempt) == (0.2, "drawn by lot", 3)
    assert found.confidence_over_attempts == pytest.approx(0.7)
    assert found.closed == {Stratum.MULTI_UNIT, Stratum.RECENT_MOVER, Stratum.SHARED_ADDRESS}
    assert [p.threshold for p in found.curve] == list(THRESHOLDS)
    assert sum(found.weights_seen) == found.confirmed
    assert found.sequence[-1].passed
    assert found.sequence[-1].confirmed == found.confirmed
    assert Certificate.from_json(found.to_json()) == found


@pytest.mark.parametrize(("bound", "usual"), [(0.001, 0.005), (0.005, 0.025), (0.2, 0.5), (0.6, 0.6)])
def test_the_usual_bound_of_a_stratum(bound: float, usual: float) -> None:
    assert usual_stratum_bound(bound) == pytest.approx(usual)


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
    stratum_bound=0.005,
    strata=(StratumFound(Stratum.MULTI_UNIT, True, 700, 0, 300, 0, 0.0043, 0.01, 0),),
    frame="returns of 2020, drawn by lot",
    cases=9000,
    households=8000,
    reviewers=2,
    disagreements=11,
    weights_seen=(1, 2, 3),
    sequence=(Step(8000, (Stratum.MULTI_UNIT,), 5000, 1, 4000, 0, True),),
    curve=(Point(8000, 5000, 1, 0, 0.9, 0.00095),),
    profile=(Distribution("unit", (900, 100)),),
)
FIRST = {name: value for name, value in json.loads(HELD.to_json()).items() if name not in _LATER} | {
    "format": "narrowgate-certificate/1"
}


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
        {"strata": {}},
        {"strata": [{}]},
        {"strata": [{"stratum": "multi_unit"}]},
        {"strata": [json.loads(HELD.to_json())["strata"][0] | {"stratum": "left-handed"}]},
        {"strata": [json.loads(HELD.to_json())["strata"][0] | {"opened": 1}]},
        {"strata": [json.loads(HELD.to_json())["strata"][0] | {"extra": 1}]},
        {"sequence": [json.loads(HELD.to_json())["sequence"][0] | {"opened": ["left-handed"]}]},
        {"sequence": [json.loads(HELD.to_json())["sequence"][0] | {"opened": "multi_unit"}]},
        {"profile": [["unit", [900, 100]]]},
        {"weights_seen": [1, "2"]},
        {"weights_seen": [True]},
        {"weights_seen": 6},
        {"frame": None},
        {"reviewers": 2.0},
    ],
    ids=lambda c: f"{next(iter(c))}={next(iter(c.values()))}",
)
def test_a_certificate_of_another_form_is_not_read(change: dict[str, object]) -> None:
    written = json.loads(HELD.to_json()) | change
    with pytest.raises(IntegrityError):
        Certificate.from_json(json.dumps(written, sort_keys=True, separators=(",", ":")))


def test_a_certificate_of_the_first_format_is_still_read_and_certifies_nothing(tmp_path: Path) -> None:
    text = json.dumps(FIRST, sort_keys=True, separators=(",", ":"))
    found = Certificate.from_json(text)
    assert found.to_json() == text
    assert found.closed == set(Stratum)
    snapshot, *_ = world(tmp_path, 3)
    held = replace(found, snapshot_digest=snapshot.digest, code_digest=code_digest(), weights_digest=weights().digest)
    assert standing(held, snapshot, AT) == ("it is of the format narrowgate-certificate/1, which states no strata",)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_a_number_that_is_none_is_not_read(number: str) -> None:
    with pytest.raises(IntegrityError, match="not json"):
        Certificate.from_json(HELD.to_json().replace('"bound":0.001', f'"bound":{number}'))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"expires_at": AT}, "it expired 2021-06-01T00:00:00Z"),
        ({"issued_at": datetime(2022, 1, 1, tzinfo=UTC)}, "it is of a time to come"),
        ({"code_digest": "0" * 64}, "linkage's code is not the code that was measured"),
        ({"weights_digest": "0" * 64}, "the weights are not those that were measured"),
        ({}, ""),
    ],
    ids=lambda v: "-".join(v) if isinstance(v, dict) else "",
)
def test_why_a_certificate_does_not_count_is_said(changes: dict[str, Any], reason: str, tmp_path: Path) -> None:
    snapshot, *_ = world(tmp_path, 3)
    of = {"snapshot_digest": snapshot.digest, "code_digest": code_digest(), "weights_digest": weights().digest}
    assert standing(replace(HELD, **of | changes), snapshot, AT) == ((reason,) if reason else ())


@pytest.mark.parametrize(
    "text", ["", "{", "[" * 100_000, "[]", "null", HELD.to_json() + "\n", HELD.to_json().replace('"attempt":2,', "")]
)
def test_a_certificate_of_other_bytes_is_not_read(text: str) -> None:
    with pytest.raises(IntegrityError):
        Certificate.from_json(text)


def test_at_every_threshold_cases_are_found_as_link_would_find_them(tmp_path: Path) -> None:
    """Of a crowd at one address some rows are too large at the lowest threshold and are not at others."""
    crowd = LIMITS[Family.NEAR_SURNAME] + 2
    people: Rows = [("Okonkwo", f"Ad{own(i)}", "12 Main St", "Salem", "OR", "97301", f"p{i}", "") for i in range(crowd)]
    people += [("Okonkwo", f"Bo{own(i)}", f"{i} Elm Rd", "Salem", "OR", "97301", f"q{i}", "") for i in range(20)]
    columns = {c: pa.array([""] * len(people)) for c in RECORD_COLUMNS}
    columns |= {c: pa.array([p[i] for p in people]) for i, c in enumerate(COLUMNS[:7])}
    columns["as_of"] = pa.array([date(2020, 12, 31)] * len(people), pa.date32())
    manifest = build_snapshot(pa.table({c: columns[c] for c in RECORD_COLUMNS}).to_batches(), tmp_path)
    snapshot = Snapshot.open(tmp_path, manifest.digest, verify=False)
    labelled, told = table(people[::15]), typed(len(people[::15]))
    when = When(np.zeros(len(told), np.uint64), -(1 << 30), np.zeros(len(told), np.bool_))
    searched = Searched(labelled, told, snapshot, when, lambda _rows: None)
    changed = 0
    for threshold in THRESHOLDS[::4]:
        linked, _ = search(labelled, told, snapshot, when, threshold, lambda _rows: None)
        found = searched.at(threshold)
        assert np.array_equal(found.unique(threshold), linked.unique(threshold))
        assert np.array_equal(found.too_large, linked.too_large)
        changed += int((found.too_large != searched.lowest.too_large).sum())
    assert changed > 0


def test_link_confirms_the_very_cases_that_the_certificate_counts(tmp_path: Path) -> None:
    """Of a world with and without birth dates, the second kind too few to be open."""
    count = 480
    born = [date(1950, 1, 1) + timedelta(days=31 * i) for i in range(count)]
    bare = [i % 50 == 0 for i in range(count)]
    people = [
        (f"Okonkwo{own(i)}", f"Ad{own(i)}", f"{10 + i} Main St", "Salem", "OR", "97301", f"p{i}") for i in range(count)
    ]
    columns = {c: pa.array([""] * count) for c in RECORD_COLUMNS}
    columns |= {c: pa.array([p[i] for p in people]) for i, c in enumerate(COLUMNS[:7])}
    columns["date_of_birth"] = pa.array(["" if b else day.isoformat() for b, day in zip(bare, born, strict=True)])
    columns["as_of"] = pa.array([date(2020, 12, 31)] * count, pa.date32())
    manifest = build_snapshot(pa.table({c: columns[c] for c in RECORD_COLUMNS}).to_batches(), tmp_path)
    snapshot = Snapshot.open(tmp_path, manifest.digest, verify=False)
    rows: Rows = [(*p, "") for p in people]
    rows += [(*p[:2], f"{count + 10 + i} Main St", *p[3:6], "", "") for i, p in enumerate(people)]
    labelled = table(rows)
    told = typed(2 * count).set_column(0, TYPED_SCHEMA.field(0), pa.array(born * 2, pa.date32()))
    found = certified(snapshot, labelled, told)
    assert isinstance(found, Certificate)
    assert Stratum.NO_BIRTH_DATE in found.closed
    days = [{"date_of_birth": day.isoformat()} for day in born * 2]
    asked = [dict(zip(COLUMNS[:6], row, strict=False)) | day for row, day in zip(rows, days, strict=True)]
    verdicts = np.array(link(mandate(*asked), ENTERED, snapshot, found).table["verdict"].to_pylist())
    counting = choose(labelled).counting
    assert int((verdicts[counting] == "unique").sum()) == found.confirmed
    assert set(verdicts[:count][bare]) == {"uncertified"}
    assert set(verdicts[:count][~np.array(bare)]) == {"unique"}
    assert set(verdicts[count:]) == {"none"}
