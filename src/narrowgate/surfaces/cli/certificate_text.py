"""A certificate in the terminal: what was shown, a reliability plot in text, strata, attempts; and as a document."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from narrowgate.domain.certificate import Certificate, Measured
from narrowgate.flow.means import Attempt, InForce
from narrowgate.linkage.certify import CertificationFailed
from narrowgate.surfaces.cli.common import table
from narrowgate.surfaces.pages.plot import percent
from narrowgate.surfaces.pages.words import spaced

_WIDE = 18
"""Columns of a bar."""
_TIMES = 3
"""The bound stands a third of the way: what is beyond three times as much is cut off, and says so."""


def certificate_text(it: Certificate | CertificationFailed) -> Iterator[object]:
    """What people read of an attempt."""
    rows = [
        ("wrong confirmations", f"{it.wrong} of {it.confirmed:,} confirmed, one case a household"),
        ("upper limit of their share", f"{percent(it.share_limit)} at {it.confidence:.0%} confidence"),
        ("bound", percent(it.bound)),
        (
            "confirmed among true negatives",
            f"{it.wrong_negatives} of {it.negatives:,}; upper limit {percent(it.negative_limit)}",
        ),
        ("share of true cases confirmed", f"{it.recall:.1%}"),
        ("expected wrong in 10,000 confirmed", f"{it.expected_wrong_per_10_000:.1f}"),
    ]
    if isinstance(it, Certificate):
        rows += [
            ("the bound holds down to", f"{it.prevalence_floor:.1%} of requests being true"),
            ("certified weight", f"{it.threshold / 1000:.3f} bits"),
            ("expires", it.expires_at.date().isoformat()),
        ]
    rows += [("labels", _labels(it)), ("attempt", _attempt(it))]
    yield table("certificate" if isinstance(it, Certificate) else "not certified", "", rows=rows)
    yield from _plot(it)
    yield from _strata(it)


def attempts_text(attempts: Sequence[Attempt]) -> object:
    """Every attempt, the failed ones too."""
    rows = [
        (
            str(a.number),
            a.at,
            percent(float(a.said["bound"])),
            f"{a.said['wrong']:,} of {a.said['confirmed']:,}",
            ("passed, adopted" if a.adopted else "passed, not adopted") if a.passed else "failed",
        )
        for a in attempts
    ]
    return table("attempt", "entered", "bound", "wrong of confirmed", "", rows=rows, title="every attempt")


def measured_document(it: Certificate | CertificationFailed) -> dict[str, Any]:
    """What was measured, as JSON has it."""
    if isinstance(it, Certificate):
        found: dict[str, Any] = json.loads(it.to_json())
        return {**found, "digest": it.digest, "expected_wrong_per_10_000": it.expected_wrong_per_10_000}
    said = {name: value for name, value in asdict(it).items() if name not in ("at", "reasons", "more_cases")}
    return {**said, "expected_wrong_per_10_000": it.expected_wrong_per_10_000}


def attempts_document(attempts: Sequence[Attempt]) -> list[dict[str, Any]]:
    """Every attempt, as JSON has it."""
    own = ("attempt", "certificate", "time", "passed")
    return [
        {
            "attempt": a.number,
            "entered": a.at,
            "leaf": a.leaf,
            "passed": a.passed,
            "adopted": a.adopted,
            "certificate": a.said["certificate"],
            **{name: value for name, value in a.said.items() if name not in own},
        }
        for a in attempts
    ]


def standing_document(standing: InForce | None) -> dict[str, Any] | None:
    """Whether the adopted certificate counts, as JSON has it."""
    if standing is None:
        return None
    return {
        "digest": standing.certificate.digest,
        "valid": not standing.void,
        "void_because": list(standing.void),
        "inherited": standing.inherited,
        "distances": dict(standing.distances),
    }


def standing_text(standing: InForce | None) -> str:
    """Whether the adopted certificate counts, in one line."""
    if standing is None:
        return "no certificate is adopted: nothing is answered"
    if standing.void:
        return f"the certificate does not count, and nothing is answered: {'; '.join(standing.void)}"
    return "the certificate is in force" + (", inherited by these records" if standing.inherited else "")


def _labels(it: Measured) -> str:
    if it.reviewers == 1:
        return f"{it.provenance.value}, without a second label"
    return f"{it.provenance.value}, two reviewers; they disagree on {it.disagreements:,} of {it.households:,} cases"


def _attempt(it: Measured) -> str:
    if it.attempt == 1:
        return "the first"
    return f"number {it.attempt}; counting every one, {it.confidence_over_attempts:.0%} is left of the confidence"


def _plot(it: Measured) -> Iterator[object]:
    """Threshold by threshold: how wrong it may be, against the bound, and how many true cases it confirms.

    Whole bits are shown, and where the tests with these strata begin, is certified and end.
    """
    if not it.curve:
        return
    tested = it.tested
    told = {it.threshold, *list(tested)[:1], *list(tested)[-1:]}
    rows = [
        (
            f"{p.threshold / 1000:.1f}",
            "·" if p.threshold not in tested else "✓" if tested[p.threshold] else "✗",
            f"{p.wrong:,} / {p.confirmed:,}",
            _against(p.share_limit, it.bound) if p.confirmed else "",
            percent(p.share_limit) if p.confirmed else "–",
            f"{_bar(p.recall, 10)} {p.recall:6.1%}",
        )
        for p in it.curve
        if p.threshold % 1_000 == 0 or p.threshold in told
    ]
    title = "threshold by threshold: ✓ tested and passed, ✗ tested and failed, · not tested; ┃ is the bound"
    heads = ("bits", "", "wrong / confirmed", "may be wrong", "up to", "true confirmed")
    yield table(*heads, rows=rows, title=title)


def _against(share: float, bound: float) -> str:
    """A bar, with the bound drawn across it; an arrow where it goes on beyond."""
    filled = round(min(1.0, share / (_TIMES * bound)) * _WIDE)
    cells = ["█" if place < filled else " " for place in range(_WIDE)]
    cells[_WIDE // _TIMES] = "┃"
    return "".join(cells) + ("▶" if share > _TIMES * bound else " ")


def _bar(share: float, wide: int) -> str:
    return ("█" * round(share * wide)).ljust(wide)


def _strata(it: Measured) -> Iterator[object]:
    if not it.strata:
        return
    rows = [
        (
            spaced(s.stratum.value),
            "open" if s.opened else "CLOSED",
            f"{s.wrong:,} / {s.confirmed:,}",
            percent(s.share_limit) if s.confirmed else "–",
            f"{s.wrong_negatives:,} / {s.negatives:,}",
            percent(s.negative_limit) if s.negatives else "–",
            f"{s.more_cases:,}" if s.more_cases else "",
        )
        for s in it.strata
    ]
    heads = ("stratum", "", "wrong / confirmed", "up to", "confirmed / negatives", "up to", "cases lacking")
    title = f"strata: at most {percent(it.stratum_bound)} wrong in each open one; nobody is confirmed in a closed one"
    yield table(*heads, rows=rows, title=title)
