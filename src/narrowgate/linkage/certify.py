"""Measure how often linkage would be wrong, and certify a threshold or say why not (docs/adr/0023).

Thresholds are tried on cases that had no part in choosing their order, from the strictest down, each by an exact
binomial test, until one fails: Learn then Test with fixed-sequence testing (Angelopoulos et al. 2021), which keeps the
stated confidence over the whole sequence. Two shares are bounded at once, both at that confidence: the wrong among
the confirmed, and the confirmed among the true negatives; the second holds when requests are mostly fishing.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files

import numpy as np
import pyarrow as pa

from narrowgate.domain.certificate import Certificate
from narrowgate.domain.vocabulary import Provenance
from narrowgate.linkage.binomial import is_below, trials_needed, upper_limit
from narrowgate.linkage.cases import Tally, choose, right_persons, tally
from narrowgate.linkage.residence import When
from narrowgate.linkage.search import search
from narrowgate.linkage.snapshot import Snapshot
from narrowgate.linkage.weights import weights

THRESHOLDS = tuple(range(24_000, 7_999, -500))
"""Tried from the strictest; below the last, a surname with an initial and a middle initial could confirm."""
EXPIRES_AFTER = timedelta(days=365)
DRIFT = 0.10
"""By how much the number of rows of a later snapshot may differ for the certificate to hold for it too."""

_EVER = 1 << 30  # days: no address is too old where the labels say whose it is
_DOMAIN_CODE = ("fillers.py", "fold.py", "names.py", "postal.py", "postal_street.py", "postal_words.py")


@dataclass(frozen=True, slots=True)
class CertificationFailed:
    """No certificate, and why: a value, entered like a success.

    Attributes:
        reasons: lines for people.
        wrong, confirmed, negatives, wrong_negatives: the figures at ``threshold``, the best that was tried.
        more_cases: how many more confirmed cases would do, if no further one is wrong.
    """

    reasons: tuple[str, ...]
    threshold: int
    wrong: int
    confirmed: int
    negatives: int
    wrong_negatives: int
    more_cases: int


@dataclass(frozen=True, slots=True)
class _Aim:
    bound: float
    confidence: float

    def is_met(self, seen: Tally) -> bool:
        """Whether both shares are shown to be at most the bound."""
        share = is_below(seen.wrong, seen.confirmed, self.bound, self.confidence)
        return share and is_below(seen.wrong_negatives, seen.negatives, self.bound, self.confidence)

    def lacking(self, seen: Tally) -> int:
        """How many more confirmed cases the first share needs."""
        return max(0, trials_needed(seen.wrong, self.bound, self.confidence) - seen.confirmed)


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
    progress: Callable[[int], None] = lambda _rows: None,
) -> Certificate | CertificationFailed:
    """Certify a threshold on labelled cases.

    1. Every labelled row is searched as a request's would be; stated periods decide which date counts, else the latest.
    2. One case a household; a quarter of the households fixes where the sequence of thresholds starts.
    3. The other cases test threshold after threshold, until one fails; the last that passed is certified.

    Args:
        snapshot: the records.
        labelled: n rows of strings, subject columns as available; ``person_id`` is the person whose confirmable address
            it truly is, blank where it is nobody's; ``household`` may be absent.
        typed: n rows of ``TYPED_SCHEMA``.
        bound: share of wrong confirmations to show.
        confidence: of the statement, for instance 0.95.
        at: aware UTC time of issue.
        provenance: where the labels come from.
        attempt: 1 for the first; trying until it passes voids the confidence, so every attempt is entered.
        progress: told the rows searched so far.
    """
    periods = typed["periods"].to_numpy().astype(np.uint64)
    when = When(periods, -_EVER, periods != 0)
    found, _ = search(labelled, typed, snapshot, when, THRESHOLDS[0], progress)  # 1
    right, negative = right_persons(labelled, found, snapshot)
    cases = choose(labelled)  # 2
    aim = _Aim(bound, confidence)
    tuned = [tally(t, found, right, negative, cases.tuning) for t in THRESHOLDS]
    start = _start(tuned, aim, len(cases.counting) / max(len(cases.tuning), 1))
    counted = [tally(t, found, right, negative, cases.counting) for t in THRESHOLDS[start:]]  # 3
    passed = _passed(counted, aim)
    if passed is None:
        return _failed(counted, aim)
    return _certificate(snapshot, passed, aim, at, provenance, attempt)


def is_valid(certificate: Certificate, snapshot: Snapshot, at: datetime) -> bool:
    """Whether the certificate counts for this snapshot, this code and weights, at this time.

    A later snapshot inherits it while its number of rows is within ``DRIFT`` of the one measured.
    """
    drift = abs(snapshot.manifest.rows - certificate.rows)
    same = certificate.snapshot_digest == snapshot.digest
    return (
        certificate.issued_at <= at < certificate.expires_at
        and certificate.code_digest == code_digest()
        and certificate.weights_digest == weights().digest
        and (same or drift <= DRIFT * certificate.rows)
    )


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


def _start(tuned: list[Tally], aim: _Aim, ratio: float) -> int:
    """Index of the strictest threshold that has enough cases, going by the tuning cases.

    Enough is what the test needs with as many wrong as to be expected; failing that, with none wrong; failing that,
    the least strict is tried.
    """
    for expected in (lambda t: round(t.wrong * ratio), lambda _t: 0):
        for index, seen in enumerate(tuned):
            if seen.confirmed * ratio >= trials_needed(expected(seen), aim.bound, aim.confidence):
                return index
    return len(tuned) - 1


def _passed(counted: list[Tally], aim: _Aim) -> Tally | None:
    """The last threshold before the first failure."""
    passed = None
    for seen in counted:
        if not aim.is_met(seen):
            break
        passed = seen
    return passed


def _failed(counted: list[Tally], aim: _Aim) -> CertificationFailed:
    """Why the first threshold tried, the only one that may be looked at, did not pass."""
    seen = counted[0]
    lacking = aim.lacking(seen)
    reasons = []
    if not seen.negatives:
        reasons.append("no negatives among the cases: rows with a blank person_id are needed")
    elif not is_below(seen.wrong_negatives, seen.negatives, aim.bound, aim.confidence):
        needed = trials_needed(seen.wrong_negatives, aim.bound, aim.confidence)
        reasons.append(f"{seen.wrong_negatives} of {seen.negatives} negatives confirmed, {needed} negatives are needed")
    if lacking:
        reasons.append(f"{seen.wrong} of {seen.confirmed} confirmed are wrong, {lacking} more are needed")
    return CertificationFailed(
        tuple(reasons), seen.threshold, seen.wrong, seen.confirmed, seen.negatives, seen.wrong_negatives, lacking
    )


def _certificate(
    snapshot: Snapshot, seen: Tally, aim: _Aim, at: datetime, provenance: Provenance, attempt: int
) -> Certificate:
    negative_limit = upper_limit(seen.wrong_negatives, seen.negatives, aim.confidence)
    return Certificate(
        snapshot_digest=snapshot.digest,
        code_digest=code_digest(),
        weights_digest=weights().digest,
        rows=snapshot.manifest.rows,
        threshold=seen.threshold,
        bound=aim.bound,
        confidence=aim.confidence,
        provenance=provenance,
        issued_at=at,
        expires_at=at + EXPIRES_AFTER,
        wrong=seen.wrong,
        confirmed=seen.confirmed,
        negatives=seen.negatives,
        wrong_negatives=seen.wrong_negatives,
        share_limit=upper_limit(seen.wrong, seen.confirmed, aim.confidence),
        negative_limit=negative_limit,
        recall=seen.recall,
        prevalence_floor=_prevalence_floor(negative_limit, seen.recall, aim.bound),
        attempt=attempt,
    )


def _prevalence_floor(negative_limit: float, recall: float, bound: float) -> float:
    """The share of true requests at which wrong confirmations of negatives alone would fill the bound.

    With a share p of true requests, wrong among confirmed is (1 - p) f / ((1 - p) f + p r); solved for p.
    """
    missed = negative_limit * (1.0 - bound)
    return missed / (missed + bound * recall) if missed or recall else 1.0
