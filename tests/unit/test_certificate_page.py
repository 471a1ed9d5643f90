"""The certificate's page and the monitoring page: everything measured stands on them, nothing runs, all is escaped."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from narrowgate.domain.certificate import WEIGHT_BINS, Certificate, Distribution, Point, Step, StratumFound, weight_bins
from narrowgate.domain.vocabulary import Provenance, Role, Stratum
from narrowgate.flow.means import Attempt, InForce
from narrowgate.flow.monitoring import AWAY, Batch, compared
from narrowgate.linkage.certify import CertificationFailed
from narrowgate.linkage.drift import BINS
from narrowgate.surfaces.cli.certificate_text import certificate_text, standing_text
from narrowgate.surfaces.cli.common import console
from narrowgate.surfaces.pages.certificate import certificate_page
from narrowgate.surfaces.pages.monitoring import monitoring_page
from narrowgate.surfaces.pages.plot import percent, reliability
from paper import Paper, fold

AT = datetime(2026, 6, 1, tzinfo=UTC)
HOSTILE = '<script>alert(1)</script> & "quoted" {{ 7 * 7 }}'
CURVE = tuple(
    Point(t, 4000 - t // 20, max(0, (12_000 - t) // 1000), 0, 0.9 - t / 100_000, 0.0004 + (24_000 - t) / 4e7)
    for t in range(24_000, 7_999, -500)
)
STRATA = tuple(
    StratumFound(s, s is not Stratum.MULTI_UNIT, 700 + n, n, 300, 0, 0.0043, 0.01, 0 if n != 1 else 77)
    for n, s in enumerate(Stratum)
)
OPENED = tuple(s for s in Stratum if s is not Stratum.MULTI_UNIT)
MEASURED: dict[str, Any] = {
    "threshold": 12_000, "bound": 0.001, "confidence": 0.95, "provenance": Provenance.ADJUDICATED, "wrong": 1,
    "confirmed": 5000, "negatives": 4321, "wrong_negatives": 2, "share_limit": 0.00095, "negative_limit": 0.00075,
    "recall": 0.912, "attempt": 2, "stratum_bound": 0.005, "frame": HOSTILE, "cases": 9000, "households": 8000,
    "reviewers": 2, "disagreements": 11, "strata": STRATA, "curve": CURVE,
    "weights_seen": tuple(range(len(WEIGHT_BINS))),
    "sequence": (Step(13_000, (), 4700, 0, 4321, 2, True), Step(12_500, OPENED, 4800, 1, 4321, 2, True),
                 Step(12_000, OPENED, 5000, 1, 4321, 2, True), Step(11_500, OPENED, 5100, 9, 4321, 2, False)),
}  # fmt: skip
HELD = Certificate(
    **MEASURED, snapshot_digest="a" * 64, code_digest="b" * 64, weights_digest="c" * 64, rows=1_000_000, issued_at=AT,
    expires_at=datetime(2027, 6, 1, tzinfo=UTC), prevalence_floor=0.42,
    profile=tuple(Distribution(name, (1000, *(0 for _ in bins[1:]))) for name, bins in BINS.items()),
)  # fmt: skip
FAILED = CertificationFailed(
    **MEASURED, reasons=("0 of 12 confirmed are wrong, 2983 more are needed",), more_cases=2983, at=AT
)
ATTEMPTS = [
    Attempt(1, 4, "2026-05-01T00:00:00Z", False, False, {"bound": "0.001", "wrong": 3, "confirmed": 8, "negatives": 7}),
    Attempt(2, 9, "2026-06-01T00:00:00Z", True, True, {"bound": "0.001", "wrong": 1, "confirmed": 5000, "negatives": 9,
                                                       "wrong_negatives": 2}),
]  # fmt: skip


def page(it: Certificate | CertificationFailed, standing: InForce | None = None) -> Paper:
    return Paper(certificate_page(it, ATTEMPTS, standing, "a.custodian", demo=False))


PAGES: dict[str, Paper] = {
    "a certificate": page(HELD),
    "in force": page(HELD, InForce(HELD, (), False, {})),
    "inherited": page(HELD, InForce(HELD, (), True, dict.fromkeys(BINS, 0.021))),
    "void": page(HELD, InForce(HELD, ("it expired 2027-06-01T00:00:00Z",), False, {})),
    "a failed attempt": page(FAILED),
    "of the first format": page(
        replace(HELD, format="narrowgate-certificate/1", strata=(), curve=(), sequence=(), profile=(), weights_seen=())
    ),
    "one reviewer": page(replace(HELD, reviewers=1, disagreements=0, frame="")),
    "nothing left": Paper(monitoring_page([], "a.custodian", None, demo=True)),
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_sound_runs_nothing_and_fetches_nothing(name: str) -> None:
    found = PAGES[name]
    assert found.wrong == []
    assert not [tag for tag, _ in found.tags if tag in ("script", "iframe", "object", "embed")]


def test_everything_measured_stands_on_the_page() -> None:
    text = PAGES["in force"].text
    for said in ("At most 0.1% of confirmations", "1 wrong among 5,000 confirmed", "2 of 4,321", "0.095%", "0.075%",
                 "91.2%", "12.000 bits", "42.0% of requests", "a" * 64, "b" * 64, "c" * 64, HELD.digest,
                 "They disagree on 11 of 8,000 cases (0.14%)", "9,000 labelled rows of 8,000 households", HOSTILE,
                 "It confirms nobody in 1 of 5 strata: multi unit", "90% is left of 95%", "passed, adopted", "77",
                 "2 of 4,321", "11.5", "In force for the records it was measured on"):  # fmt: skip
        assert fold(said) in text, said
    for name in BINS:
        assert fold(name.replace("_", " ").capitalize()) in text


SAID = {
    "inherited": ["In force, inherited by records", "2.1%"],
    "void": ["It does not count now: it expired 2027-06-01T00:00:00Z"],
    "a failed attempt": ["Not certified", "2983 more are needed", "requests are held"],
    "one reviewer": ["Adjudicated without a second label", "Not stated"],
    "nothing left": ["Nothing left yet", "Demo gate"],
}


@pytest.mark.parametrize("name", SAID)
def test_the_page_says_how_it_stands(name: str) -> None:
    for said in SAID[name]:
        assert fold(said) in PAGES[name].text, said


def test_marks_of_the_plot_stand_where_the_figures_say() -> None:
    plot = reliability(HELD, certified=True)
    kinds = [m.kind for m in plot.wrong if m.kind != "untested"]
    assert kinds == ["passed", "passed", "failed"]  # the first step had other strata open: it says nothing of these
    xs, recalls = [m.x for m in plot.recall], [m.y for m in plot.recall]
    assert xs == sorted(xs)
    assert recalls == sorted(recalls, reverse=True)  # a laxer threshold confirms more, and higher is more
    above = {m.y < plot.bound for m, p in zip(plot.wrong, CURVE, strict=True) if p.share_limit > HELD.bound}
    below = {m.y > plot.bound for m, p in zip(plot.wrong, CURVE, strict=True) if p.share_limit < HELD.bound}
    assert above | below == {True}
    (top, bottom), (upper, lower) = plot.panels
    assert all(top <= m.y <= bottom for m in plot.recall)
    assert all(upper <= m.y <= lower for m in plot.wrong)
    assert plot.certified == next(m.x for m, p in zip(plot.recall, CURVE, strict=True) if p.threshold == HELD.threshold)


@pytest.mark.parametrize(
    "curve",
    [
        pytest.param((), id="no threshold"),
        pytest.param((Point(8000, 0, 0, 0, 0.0, 1.0),), id="nobody confirmed"),
        pytest.param((Point(8000, 9, 9, 0, 0.0, 1.0),), id="all wrong"),
        pytest.param((Point(8000, 10**6, 0, 0, 1.0, 3e-6),), id="far below the bound"),
    ],
)
def test_extreme_figures_are_drawn(curve: tuple[Point, ...]) -> None:
    assert page(replace(HELD, curve=curve)).wrong == []


@pytest.mark.parametrize(
    ("share", "said"),
    [(0.0, "0%"), (1.0, "100%"), (0.5, "50%"), (0.005, "0.5%"), (0.00095, "0.095%"), (0.0123, "1.2%"), (0.2, "20%"),
     (0.10, "10%"), (0.0028, "0.28%")],
)  # fmt: skip
def test_shares_are_said_without_idle_zeros(share: float, said: str) -> None:
    assert percent(share) == said


@pytest.mark.parametrize(("it", "lines"), [(HELD, ["12.000 bits", "CLOSED"]), (FAILED, ["not certified"])])
def test_the_terminal_says_the_same(it: Certificate | CertificationFailed, lines: list[str]) -> None:
    with console.capture() as shown:
        for item in certificate_text(it):
            console.print(item)
    text = shown.get()
    for said in (*lines, "1 of 5,000", "✗", "multi unit", "0.095%"):
        assert said in text
    assert "<script>" not in text


def test_no_certificate_is_said_in_one_line() -> None:
    assert "nothing is answered" in standing_text(None)


# --- monitoring ------------------------------------------------------------------------------------------------------

SEEN = tuple(100 if n in (4, 5, 8) else 10 for n in range(len(WEIGHT_BINS)))
AGAINST = replace(HELD, weights_seen=SEEN, recall=0.9, prevalence_floor=0.4, confirmed=sum(SEEN), strata=tuple(
    StratumFound(s, True, 100, 0, 9, 0, 0.01, 0.1, 0) for s in Stratum
))  # fmt: skip
ALIKE = tuple(n * 3 for n in SEEN)
SHARES = tuple(round(sum(ALIKE) * 100 / sum(SEEN)) for _ in Stratum)
ALIEN = tuple(reversed(ALIKE))
BATCHES: dict[str, tuple[dict[str, Any], str]] = {
    "like the cases": ({}, ""),
    "mostly fishing": ({"released": 12_000}, "of its requests can be true"),
    "of other weights": ({"weights": (0,) * 13 + (sum(ALIKE),)}, "the weights of its confirmed rows"),
    "of another stratum": ({"strata": (sum(ALIKE), *SHARES[1:])}, "the share of no birth date"),
    "few, and of other weights": ({"released": 3, "confirmed": 2, "weights": (0,) * 13 + (2,), "strata": (0,) * 5}, ""),
    "nobody confirmed of few": ({"released": 3, "confirmed": 0, "weights": (0,) * 14, "strata": (0,) * 5}, ""),
    "nobody confirmed of many": (
        {"released": 300, "confirmed": 0, "weights": (0,) * 14, "strata": (0,) * 5}, "of its requests can be true",
    ),
}  # fmt: skip


def batch(**changes: Any) -> Batch:
    left = ("2026-06-02T00:00:00Z", "2026-06-03T00:00:00Z")
    made = Batch("an.agency/<b>r-1</b>", "d" * 64, round(sum(ALIKE) * 1.3), sum(ALIKE), ALIKE, SHARES, left)
    return replace(made, **changes)


@pytest.mark.parametrize("name", BATCHES)
def test_a_batch_unlike_the_cases_is_told(name: str) -> None:
    changes, alarm = BATCHES[name]
    found = compared(batch(**changes), AGAINST)
    assert bool(found.alarms) == bool(alarm)
    assert alarm in "; ".join(found.alarms)
    shown = Paper(monitoring_page([found], "a.custodian", Role.AUDITOR, demo=False))
    assert shown.wrong == []
    assert fold("an.agency/<b>r-1</b>") in shown.text
    assert fold(alarm[1:]) in shown.text  # it begins with a capital letter there


def test_a_batch_of_an_unknown_certificate_is_told() -> None:
    found = compared(batch(), None)
    assert found.alarms == ("the register has no such certificate",)
    assert Paper(monitoring_page([found], "a.custodian", Role.AUDITOR, demo=False)).wrong == []


def test_chance_alone_raises_no_more_alarms_than_stated() -> None:
    import numpy as np  # noqa: PLC0415 - for this test alone

    draw, share = np.random.default_rng(1), np.array(SEEN) / sum(SEEN)
    alarms = 0
    for _ in range(100):
        weights = tuple(int(n) for n in draw.multinomial(150, share))
        strata = tuple(int(n) for n in draw.binomial(150, 100 / sum(SEEN), len(Stratum)))
        alarms += bool(compared(batch(released=180, confirmed=150, weights=weights, strata=strata), AGAINST).alarms)
    assert alarms <= 5
    assert AWAY == 0.10


def test_weights_are_counted_by_the_bin_they_reach() -> None:
    assert weight_bins([7_999, 8_000, 9_999, 10_000, 34_000, 99_000]) == (3, 1, *(0,) * 11, 2)
    assert len(weight_bins([])) == len(WEIGHT_BINS)
