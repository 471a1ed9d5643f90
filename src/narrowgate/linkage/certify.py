"""Measure how often linkage would be wrong, and certify a threshold or say why not (docs/adr/0023, 0061).

A threshold and the strata that are open are tried on cases that had no part in choosing their order, from the
strictest down, each by exact binomial tests, until one fails (``sequence``): that keeps the stated confidence over the
whole sequence. Three shares are bounded at once, all at that confidence: the wrong among the confirmed, the confirmed
among the true negatives, which holds when requests are mostly fishing, and the wrong among the confirmed of each
stratum that is open. In a stratum that is closed nobody is confirmed.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files

import numpy as np
import pyarrow as pa

from narrowgate.domain.books import utc_text
from narrowgate.domain.certificate import (
    CERTIFICATE_FORMAT,
    WEIGHT_BINS,
    Certificate,
    Point,
    Step,
    StratumFound,
)
from narrowgate.domain.vocabulary import Provenance, Stratum
from narrowgate.linkage.arrays import Bools
from narrowgate.linkage.binomial import is_below, trials_needed, upper_limit
from narrowgate.linkage.cases import Cases, Tally, choose, labels_of
from narrowgate.linkage.drift import drifted, profile
from narrowgate.linkage.residence import When
from narrowgate.linkage.search import search
from narrowgate.linkage.sequence import THRESHOLDS, Aim, Counted, Evidence, Open, Run, curve, run
from narrowgate.linkage.snapshot import Snapshot
from narrowgate.linkage.strata import strata_of
from narrowgate.linkage.weights import weights

__all__ = ["THRESHOLDS", "CertificationFailed", "Frame", "certify", "code_digest", "is_valid", "standing"]

EXPIRES_AFTER = timedelta(days=365)
STRATUM_TIMES, STRATUM_MOST = 5, 0.5
"""By how much a stratum's own bound is wider where none is named: 0.5% for 0.1%; and never beyond one half."""

_EVER = 1 << 30  # days: no address is too old where the labels say whose it is
_DOMAIN_CODE = ("fillers.py", "fold.py", "names.py", "postal.py", "postal_street.py", "postal_words.py")


@dataclass(frozen=True, slots=True)
class Frame:
    """What a certificate states beside what it measures.

    Attributes:
        bound: share of wrong confirmations to show.
        confidence: of the statement, for instance 0.95.
        provenance: where the labels come from.
        frame: how the cases were drawn, in the custodian's words.
        stratum_bound: share of wrong confirmations to show within each stratum; 0 stands for the usual one.
    """

    bound: float
    confidence: float
    provenance: Provenance
    frame: str = ""
    stratum_bound: float = 0.0

    @property
    def aim(self) -> Aim:
        """What is to be shown."""
        usual = max(self.bound, min(STRATUM_TIMES * self.bound, STRATUM_MOST))
        return Aim(self.bound, self.stratum_bound or usual, self.confidence)


@dataclass(frozen=True, slots=True)
class CertificationFailed:
    """No certificate, and why: a value, entered like a success.

    Attributes:
        reasons: lines for people.
        wrong, confirmed, negatives, wrong_negatives: the figures of the step that failed, the first that was tried.
        more_cases: how many more confirmed cases would do, if no further one is wrong.
        recall, share_limit, negative_limit, strata, sequence, curve, weights_seen, cases, households, reviewers,
            disagreements, attempt, at: as in ``Certificate``.
    """

    reasons: tuple[str, ...]
    threshold: int
    wrong: int
    confirmed: int
    negatives: int
    wrong_negatives: int
    more_cases: int
    stated: Frame
    recall: float
    share_limit: float
    negative_limit: float
    strata: tuple[StratumFound, ...]
    sequence: tuple[Step, ...]
    curve: tuple[Point, ...]
    weights_seen: tuple[int, ...]
    cases: int
    households: int
    reviewers: int
    disagreements: int
    attempt: int
    at: datetime


def certify(  # noqa: PLR0913 - what a certificate states is said by name
    snapshot: Snapshot,
    labelled: pa.Table,
    typed: pa.Table,
    *,
    stated: Frame,
    at: datetime,
    attempt: int,
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
        stated: what is to be shown, and what is said of the cases.
        at: aware UTC time of issue.
        attempt: 1 for the first; trying until it passes voids the confidence, so every attempt is entered.
        progress: told the rows searched so far.
    """
    periods = typed["periods"].to_numpy().astype(np.uint64)
    when = When(periods, -_EVER, periods != 0)
    found, _ = search(labelled, typed, snapshot, when, THRESHOLDS[0], progress)  # 1
    labels = labels_of(labelled, found, snapshot)
    evidence = Evidence(found, labels, strata_of(typed, found, snapshot, when), choose(labelled))  # 2
    ran = run(evidence, stated.aim)  # 3
    seen = _Seen(evidence, ran, stated, labelled.num_rows, attempt, at)
    return seen.certificate(snapshot) if ran.passed else seen.failure()


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


@dataclass(frozen=True, slots=True)
class _Seen:
    """What an attempt saw, for a certificate or for the reasons to give none."""

    evidence: Evidence
    ran: Run
    stated: Frame
    rows: int
    attempt: int
    at: datetime

    @property
    def step(self) -> Counted:
        """The step that is certified; else the first, the only one that may be looked at."""
        return self.ran.certified or self.ran.steps[0]

    def certificate(self, snapshot: Snapshot) -> Certificate:
        """The certificate of the last step that passed."""
        seen, stated, aim, shown = self.step.whole, self.stated, self.stated.aim, self._shown()
        return Certificate(
            snapshot_digest=snapshot.digest,
            code_digest=code_digest(),
            weights_digest=weights().digest,
            rows=snapshot.manifest.rows,
            threshold=seen.threshold,
            bound=aim.bound,
            confidence=aim.confidence,
            provenance=stated.provenance,
            issued_at=self.at,
            expires_at=self.at + EXPIRES_AFTER,
            prevalence_floor=_prevalence_floor(shown["negative_limit"], seen.recall, aim.bound),
            stratum_bound=aim.stratum_bound,
            frame=stated.frame,
            profile=profile(snapshot),
            **shown,
        )

    def failure(self) -> CertificationFailed:
        """Why the first step did not pass."""
        aim, seen = self.stated.aim, self.step.whole
        lacking = max(0, trials_needed(seen.wrong, aim.bound, aim.confidence) - seen.confirmed)
        reasons = (*_negatives_lacking(seen, aim), *self._share_lacking(lacking), *self._strata_lacking())
        return CertificationFailed(
            reasons=reasons,
            threshold=seen.threshold,
            more_cases=lacking,
            stated=self.stated,
            at=self.at,
            **self._shown(),
        )

    def _shown(self) -> dict[str, object]:  # keyword arguments that both outcomes take
        seen, confidence, labels = self.step.whole, self.stated.confidence, self.evidence.labels
        cases = self.evidence.cases
        chosen = np.concatenate((cases.tuning, cases.counting))
        return {
            "wrong": seen.wrong,
            "confirmed": seen.confirmed,
            "negatives": seen.negatives,
            "wrong_negatives": seen.wrong_negatives,
            "recall": seen.recall,
            "share_limit": upper_limit(seen.wrong, seen.confirmed, confidence),
            "negative_limit": upper_limit(seen.wrong_negatives, seen.negatives, confidence),
            "strata": self._strata(),
            "sequence": tuple(self._steps()),
            "curve": tuple(self._points()),
            "weights_seen": self._weights_seen(),
            "cases": self.rows,
            "households": len(chosen),
            "reviewers": labels.reviewers,
            "disagreements": int(labels.doubtful[chosen].sum()),
            "attempt": self.attempt,
        }
