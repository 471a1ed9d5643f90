"""Measure how often linkage would be wrong, and certify a threshold or say why not (docs/adr/0023, 0061).

A threshold and the strata that are open are tried on cases that had no part in choosing their order, from the
strictest down, each by exact binomial tests, until one fails (``sequence``): that keeps the stated confidence over the
whole sequence. Three shares are bounded at once, all at that confidence: the wrong among the confirmed, the confirmed
among the true negatives, which holds when requests are mostly fishing, and the wrong among the confirmed of each
stratum that is open. In a stratum that is closed nobody is confirmed.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import pyarrow as pa

from narrowgate.domain.books import utc_text
from narrowgate.domain.certificate import (
    CERTIFICATE_FORMAT,
    Certificate,
    Measured,
    Point,
    Step,
    StratumFound,
    weight_bins,
)
from narrowgate.domain.vocabulary import Provenance, Stratum
from narrowgate.linkage.binomial import is_below, trials_needed, upper_limit
from narrowgate.linkage.cases import Tally, choose, labels_of
from narrowgate.linkage.decide import Found
from narrowgate.linkage.drift import drifted, profile
from narrowgate.linkage.residence import When
from narrowgate.linkage.search import search
from narrowgate.linkage.sequence import THRESHOLDS, Aim, Counted, Evidence, Run, curve, run
from narrowgate.linkage.snapshot import Snapshot
from narrowgate.linkage.strata import strata_of
from narrowgate.linkage.weights import weights

__all__ = ["THRESHOLDS", "CertificationFailed", "certify", "code_digest", "is_valid", "standing", "usual_stratum_bound"]

EXPIRES_AFTER = timedelta(days=365)
STRATUM_TIMES, STRATUM_MOST = 5, 0.5

_EVER = 1 << 30  # days: no address is too old where the labels say whose it is
_DOMAIN_CODE = (
    "fillers.py",
    "fold.py",
    "names.py",
    "postal.py",
    "postal_street.py",
    "postal_units.py",
    "postal_words.py",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificationFailed(Measured):
    """No certificate, and why: a value, entered like a success. Its figures are of the first step, which failed.

    Attributes:
        reasons: lines for people.
        more_cases: how many more confirmed cases would do, if no further one is wrong.
        at: aware UTC time of the attempt.
    """

    reasons: tuple[str, ...]
    more_cases: int
    at: datetime


def certify(  # noqa: PLR0913 - what a certificate states is said by name
    snapshot: Snapshot,
    labelled: pa.Table,
    typed: pa.Table,
    *,
    bound: float,
    confidence: float,
    at: datetime,
    provenance: Provenance,
    attempt: int,
    stratum_bound: float = 0.0,
    frame: str = "",
    progress: Callable[[int], None] = lambda _rows: None,
) -> Certificate | CertificationFailed:
    """Certify a threshold and strata on labelled cases.

    1. Every labelled row is searched as a request's would be; stated periods decide which date counts, else the latest.
    2. One case a household; a quarter of the households fixes the sequence of thresholds and strata.
    3. The other cases test step after step, until one fails; the last that passed is certified.

    Args:
        snapshot: the records.
        labelled: n rows of strings, subject columns as available; ``person_id`` is the person whose confirmable address
            it truly is, blank where it is nobody's; ``household`` may be absent, and ``person_id_2``, a second
            reviewer's label.
        typed: n rows of ``TYPED_SCHEMA``.
        bound: share of wrong confirmations to show.
        confidence: of the statement, for instance 0.95.
        at: aware UTC time of issue.
        provenance: where the labels come from.
        attempt: 1 for the first; trying until it passes voids the confidence, so every attempt is entered.
        stratum_bound: share of wrong confirmations to show within each stratum; 0 for the usual one.
        frame: from where and how the cases were drawn, in the custodian's words.
        progress: told the rows searched so far.
    """
    periods = typed["periods"].to_numpy().astype(np.uint64)
    searched = Searched(labelled, typed, snapshot, When(periods, -_EVER, periods != 0), progress)  # 1
    found = searched.lowest
    mask = strata_of(typed, found, snapshot, searched.when)
    evidence = Evidence(searched.at, labels_of(labelled, found, snapshot), mask, choose(labelled))  # 2
    aim = Aim(bound, stratum_bound or usual_stratum_bound(bound), confidence)
    ran = run(evidence, aim)  # 3
    said = {"provenance": provenance, "frame": frame, "cases": labelled.num_rows, "attempt": attempt}
    measured = _measured(evidence, ran, aim, said)
    return _certificate(measured, snapshot, at) if ran.passed else _failure(measured, aim, at)


def usual_stratum_bound(bound: float) -> float:
    """The bound within a stratum where none is named: five times as wide, and never beyond one half."""
    return max(bound, min(STRATUM_TIMES * bound, STRATUM_MOST))


def standing(certificate: Certificate, snapshot: Snapshot, at: datetime) -> tuple[str, ...]:
    """Why a certificate does not count for this snapshot, this code and weights, at this time; nothing where it does.

    A later snapshot inherits it within the limits of ``drift``.
    """
    reasons = []
    if certificate.format != CERTIFICATE_FORMAT:
        reasons.append(f"it is of the format {certificate.format}, which states no strata")
    if at < certificate.issued_at:
        reasons.append("it is of a time to come")
    if at >= certificate.expires_at:
        reasons.append(f"it expired {utc_text(certificate.expires_at)}")
    if certificate.code_digest != code_digest():
        reasons.append("linkage's code is not the code that was measured")
    if certificate.weights_digest != weights().digest:
        reasons.append("the weights are not those that were measured")
    if certificate.snapshot_digest != snapshot.digest:
        reasons += drifted(certificate.rows, certificate.profile, snapshot)
    return tuple(reasons)


def is_valid(certificate: Certificate, snapshot: Snapshot, at: datetime) -> bool:
    """Whether the certificate counts for this snapshot, this code and weights, at this time."""
    return not standing(certificate, snapshot, at)


@cache
def code_digest() -> str:
    """Hex SHA-256 of all that decides a comparison: linkage's code and names, and the domain's folding and parsing."""
    linkage, domain = files("narrowgate.linkage"), files("narrowgate.domain")
    ours = [p for p in linkage.iterdir() if p.name.endswith(".py") or p.name == "nicknames.json"]
    named = {f"linkage/{p.name}": p for p in ours} | {f"domain/{n}": domain / n for n in _DOMAIN_CODE}
    total = hashlib.sha256()
    for name in sorted(named):
        total.update(f"{name} {hashlib.sha256(named[name].read_bytes()).hexdigest()}\n".encode())
    return total.hexdigest()


class Searched:
    """Labelled rows, searched as ``link`` would search them at each threshold.

    ``search`` asks for no block that could not matter at the threshold, so that a row which is too large at the lowest
    need not be so at a higher one: such rows are searched again, and no others, for nothing else depends on it.
    """

    def __init__(
        self, labelled: pa.Table, typed: pa.Table, snapshot: Snapshot, when: When, progress: Callable[[int], None]
    ) -> None:
        self.when = when
        self.lowest, _ = search(labelled, typed, snapshot, when, THRESHOLDS[-1], progress)
        self._large = np.flatnonzero(self.lowest.too_large)
        self._rows = labelled.take(pa.array(self._large)), typed.take(pa.array(self._large))
        self._snapshot = snapshot
        self.at = cache(self._at)

    def _at(self, threshold: int) -> Found:
        """What ``link`` would find under a certificate of this threshold."""
        if not len(self._large) or threshold == THRESHOLDS[-1]:
            return self.lowest
        when = When(self.when.periods[self._large], self.when.since, self.when.by_period[self._large])
        again, _ = search(*self._rows, self._snapshot, when, threshold, lambda _rows: None)
        merged = {f.name: getattr(self.lowest, f.name).copy() for f in fields(Found)}
        for name, column in merged.items():
            column[self._large] = getattr(again, name)
        return Found(**merged)


def _measured(evidence: Evidence, ran: Run, aim: Aim, said: Mapping[str, Any]) -> Measured:
    """What was seen at the step that is certified; else at the first, the only one that may be looked at."""
    step = ran.certified or ran.steps[0]
    seen, cases = step.whole, evidence.cases
    chosen = np.concatenate((cases.tuning, cases.counting))
    return Measured(
        **said,
        threshold=seen.threshold,
        bound=aim.bound,
        stratum_bound=aim.stratum_bound,
        confidence=aim.confidence,
        wrong=seen.wrong,
        confirmed=seen.confirmed,
        negatives=seen.negatives,
        wrong_negatives=seen.wrong_negatives,
        share_limit=upper_limit(seen.wrong, seen.confirmed, aim.confidence),
        negative_limit=upper_limit(seen.wrong_negatives, seen.negatives, aim.confidence),
        recall=seen.recall,
        households=len(chosen),
        reviewers=evidence.labels.reviewers,
        disagreements=int(evidence.labels.doubtful[chosen].sum()),
        strata=tuple(_stratum(s, t, step, aim) for s, t in zip(Stratum, step.apart, strict=True)),
        weights_seen=_weights_seen(evidence, step),
        sequence=tuple(_step(counted, passed=n < ran.passed) for n, counted in enumerate(ran.steps)),
        curve=tuple(_point(t, aim) for t in curve(evidence, step.opened)),
    )


def _stratum(stratum: Stratum, seen: Tally, step: Counted, aim: Aim) -> StratumFound:
    return StratumFound(
        stratum,
        stratum in step.opened,
        seen.confirmed,
        seen.wrong,
        seen.negatives,
        seen.wrong_negatives,
        upper_limit(seen.wrong, seen.confirmed, aim.confidence),
        upper_limit(seen.wrong_negatives, seen.negatives, aim.confidence),
        max(0, trials_needed(seen.wrong, aim.stratum_bound, aim.confidence) - seen.confirmed),
    )


def _step(seen: Counted, *, passed: bool) -> Step:
    whole, opened = seen.whole, tuple(s for s in Stratum if s in seen.opened)
    return Step(whole.threshold, opened, whole.confirmed, whole.wrong, whole.negatives, whole.wrong_negatives, passed)


def _point(seen: Tally, aim: Aim) -> Point:
    limit = upper_limit(seen.wrong, seen.confirmed, aim.confidence)
    return Point(seen.threshold, seen.confirmed, seen.wrong, seen.wrong_negatives, seen.recall, limit)


def _weights_seen(evidence: Evidence, step: Counted) -> tuple[int, ...]:
    threshold = step.whole.threshold
    weighed = evidence.found(threshold).weight[evidence.confirmed(threshold, step.opened)]
    return weight_bins(weighed.tolist())


def _certificate(measured: Measured, snapshot: Snapshot, at: datetime) -> Certificate:
    return Certificate(
        **_fields(measured),
        snapshot_digest=snapshot.digest,
        code_digest=code_digest(),
        weights_digest=weights().digest,
        rows=snapshot.manifest.rows,
        issued_at=at,
        expires_at=at + EXPIRES_AFTER,
        prevalence_floor=_prevalence_floor(measured.negative_limit, measured.recall, measured.bound),
        profile=profile(snapshot),
    )


def _failure(seen: Measured, aim: Aim, at: datetime) -> CertificationFailed:
    """Why the first step, the only one that may be looked at, did not pass."""
    lacking = max(0, trials_needed(seen.wrong, aim.bound, aim.confidence) - seen.confirmed)
    reasons = [*_of_negatives(seen, aim), *_of_share(seen, lacking), *_of_strata(seen)]
    return CertificationFailed(**_fields(seen), reasons=tuple(reasons), more_cases=lacking, at=at)


def _of_negatives(seen: Measured, aim: Aim) -> Iterator[str]:
    if not seen.negatives:
        yield "no negatives among the cases: rows with a blank person_id are needed"
    elif not is_below(seen.wrong_negatives, seen.negatives, aim.bound, aim.confidence):
        needed = trials_needed(seen.wrong_negatives, aim.bound, aim.confidence)
        yield f"{seen.wrong_negatives} of {seen.negatives} negatives confirmed, {needed} negatives are needed"


def _of_share(seen: Measured, lacking: int) -> Iterator[str]:
    if not lacking:
        return
    yield f"{seen.wrong} of {seen.confirmed} confirmed are wrong, {lacking} more are needed"
    if seen.households < seen.cases:
        yield f"the {seen.cases} cases come from {seen.households} households, and one case of each counts"


def _of_strata(seen: Measured) -> Iterator[str]:
    for found in seen.strata:
        if found.confirmed and found.more_cases:
            name = found.stratum.value.replace("_", " ") + ("" if found.opened else ", left closed")
            yield f"{name}: {found.wrong} of {found.confirmed} confirmed are wrong, {found.more_cases} more are needed"


def _fields(measured: Measured) -> dict[str, Any]:
    return {f.name: getattr(measured, f.name) for f in fields(Measured)}


def _prevalence_floor(negative_limit: float, recall: float, bound: float) -> float:
    """The share of true requests at which wrong confirmations of negatives alone would fill the bound.

    With a share p of true requests, wrong among confirmed is (1 - p) f / ((1 - p) f + p r); solved for p.
    """
    missed = negative_limit * (1.0 - bound)
    return missed / (missed + bound * recall) if missed or recall else 1.0
