"""Measure how often linkage would be wrong, and certify a threshold or say why not."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from narrowgate.domain.certificate import Certificate
from narrowgate.domain.vocabulary import Provenance
from narrowgate.linkage.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class CertificationFailed:
    """No certificate, and why: a value, entered like a success.

    Attributes:
        reasons: lines for people.
        wrong, confirmed, negatives, wrong_negatives: the best figures reached.
        more_cases: how many more confirmed cases would do, if no further one is wrong.
    """

    reasons: tuple[str, ...]
    wrong: int
    confirmed: int
    negatives: int
    wrong_negatives: int
    more_cases: int


def certify(
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
    """Certify a threshold on labelled cases."""
    raise NotImplementedError


def is_valid(certificate: Certificate, snapshot: Snapshot, at: datetime) -> bool:
    """Whether the certificate counts for this snapshot, this code and weights, at this time."""
    raise NotImplementedError
