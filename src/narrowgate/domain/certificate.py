"""How rarely linkage is wrong, as measured: promise 4. Without a valid certificate the gate answers nothing.

Clopper and Pearson, *The use of confidence or fiducial limits*, Biometrika 26 (1934); Angelopoulos et al., *Learn then
Test* (2021), for the fixed sequence in which thresholds are tried. It proves agreement with a record, not residence.
"""

import hashlib
import json
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, get_args, get_origin

from narrowgate.domain.errors import IntegrityError
from narrowgate.domain.vocabulary import Provenance, Stratum

CERTIFICATE_FORMAT = "narrowgate-certificate/2"
FIRST_FORMAT = "narrowgate-certificate/1"
"""Without strata, profile and labels' particulars: still read, for the ledger keeps it; no code certifies by it."""

_KINDS: dict[type, tuple[type, ...]] = {float: (float, int)}


@dataclass(frozen=True, slots=True)
class StratumFound:
    """What was seen of one stratum at the certified threshold, on the cases that count.

    Attributes:
        opened: rows in it may be confirmed; in a closed one nobody is.
        confirmed, wrong, negatives, wrong_negatives: cases in it; of a closed one, had every stratum been open.
        share_limit, negative_limit: upper confidence limits of the wrong among the confirmed, and of the confirmed
            among the negatives.
        more_cases: how many more confirmed cases would show the bound, if no further one is wrong.
    """

    stratum: Stratum
    opened: bool
    confirmed: int
    wrong: int
    negatives: int
    wrong_negatives: int
    share_limit: float
    negative_limit: float
    more_cases: int


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the fixed sequence: a threshold with the strata that were open, and whether every test passed."""

    threshold: int
    opened: tuple[Stratum, ...]
    confirmed: int
    wrong: int
    negatives: int
    wrong_negatives: int
    passed: bool


@dataclass(frozen=True, slots=True)
class Point:
    """One threshold with the certified strata open, for the plot alone: what was not a step was not tested."""

    threshold: int
    confirmed: int
    wrong: int
    wrong_negatives: int
    recall: float
    share_limit: float


@dataclass(frozen=True, slots=True)
class Distribution:
    """One distribution over the records, in thousandths of them, so rounded that no small cell shows."""

    name: str
    thousandths: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What an attempt to certify was to show, and what it saw.

    Attributes:
        threshold: thousandths of log2; identity weights at or above it may confirm.
        bound: the share of wrong confirmations that is not exceeded, with ``confidence``.
        stratum_bound: likewise within each open stratum.
        wrong, confirmed: cases of the evaluation split, one a household.
        negatives, wrong_negatives: cases whose person is at no confirmable address of theirs, and those confirmed.
        share_limit, negative_limit: upper confidence limits of the two rates.
        recall: share of true cases confirmed, a point estimate.
        attempt: 1 for the first; every failed attempt before it stands in the ledger.
        frame: from where and how the cases were drawn, in the custodian's words; "" where he states nothing.
        cases, households: labelled rows, and the households that they come from.
        reviewers: how many labelled each case without seeing the other's label.
        disagreements: of the households' cases, on how many two reviewers disagree.
        strata: every stratum once; one that is missing is closed.
        weights_seen: confirmed cases by weight, ``WEIGHT_BINS``.
        sequence: the steps that were tested, in their order.
        curve: every threshold.
    """

    threshold: int
    bound: float
    confidence: float
    provenance: Provenance
    wrong: int
    confirmed: int
    negatives: int
    wrong_negatives: int
    share_limit: float
    negative_limit: float
    recall: float
    attempt: int
    stratum_bound: float = 0.0
    frame: str = ""
    cases: int = 0
    households: int = 0
    reviewers: int = 1
    disagreements: int = 0
    strata: tuple[StratumFound, ...] = ()
    weights_seen: tuple[int, ...] = ()
    sequence: tuple[Step, ...] = ()
    curve: tuple[Point, ...] = ()

    @property
    def expected_wrong_per_10_000(self) -> float:
        """Wrong confirmations to expect among 10,000 confirmed, a point estimate beside the limit."""
        return 10_000 * self.wrong / self.confirmed if self.confirmed else 0.0

    @property
    def closed(self) -> frozenset[Stratum]:
        """The strata in which nobody is confirmed: all that were not shown to be within their bound."""
        return frozenset(Stratum) - {found.stratum for found in self.strata if found.opened}

    @property
    def tested(self) -> Mapping[int, bool]:
        """Thresholds that were tested with the very strata that are open here, and whether that step passed."""
        opened = frozenset(Stratum) - self.closed
        return {step.threshold: step.passed for step in self.sequence if frozenset(step.opened) == opened}

    @property
    def confidence_over_attempts(self) -> float:
        """What is left of the confidence if every attempt is counted, the failed ones too (Bonferroni)."""
        return max(0.0, 1.0 - self.attempt * (1.0 - self.confidence))


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate(Measured):
    """What was measured, and what it is bound to.

    Attributes:
        snapshot_digest, code_digest, weights_digest: hex SHA-256 of the records, the linkage code and its weights.
        rows: record rows of that snapshot; with ``profile``, what kind of records they are, for drift.
        prevalence_floor: down to which share of true requests ``bound`` still holds, by the two limits.
    """

    snapshot_digest: str
    code_digest: str
    weights_digest: str
    rows: int
    issued_at: datetime
    expires_at: datetime
    prevalence_floor: float
    profile: tuple[Distribution, ...] = ()
    format: str = CERTIFICATE_FORMAT

    @property
    def digest(self) -> str:
        """Hex SHA-256 of ``to_json()`` in UTF-8; what a Match names and the ledger enters."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    def to_json(self) -> str:
        """One line, keys sorted, times in UTC."""
        said = {name: _said(getattr(self, name)) for name in _names(self.format)}
        return json.dumps(said, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> "Certificate":
        """Read what ``to_json`` wrote, and nothing else.

        Raises:
            IntegrityError: when a field is missing, unknown or of another type, or the bytes are not canonical.
        """
        try:
            read = json.loads(text, parse_constant=_not_finite)
        except (ValueError, RecursionError) as e:
            raise IntegrityError("certificate is not json") from e
        form = read.get("format") if isinstance(read, dict) else None
        if form not in (CERTIFICATE_FORMAT, FIRST_FORMAT):
            raise IntegrityError(f"certificate is not of format {CERTIFICATE_FORMAT}")
        made: Certificate = _heard_all("certificate", cls, read, _names(form))
        if made.to_json() != text:
            raise IntegrityError("certificate is not in canonical form")
        return made


WEIGHT_BINS = tuple(range(8_000, 36_000, 2_000))
"""Where each bin of weights begins, in thousandths; the last has no end."""


def weight_bins(weights: Iterable[int]) -> tuple[int, ...]:
    """Weights in thousandths, counted by bin; what is below the first bin counts in it."""
    counts = [0] * len(WEIGHT_BINS)
    for weight in weights:
        counts[max(0, bisect_right(WEIGHT_BINS, weight) - 1)] += 1
    return tuple(counts)


_LATER = frozenset(
    {
        "stratum_bound",
        "frame",
        "cases",
        "households",
        "reviewers",
        "disagreements",
        "strata",
        "weights_seen",
        "sequence",
    }
    | {"curve", "profile"}
)
"""What the first format has not."""


def _names(form: str) -> list[str]:
    """The fields that a format has."""
    return [f.name for f in fields(Certificate) if form != FIRST_FORMAT or f.name not in _LATER]


def _said(value: Any) -> object:  # noqa: ANN401 - whatever a field holds
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, tuple):
        return [_said(item) for item in value]
    if is_dataclass(value):
        return {f.name: _said(getattr(value, f.name)) for f in fields(value)}
    return value


def _not_finite(constant: str) -> float:
    raise ValueError(f"{constant} is no number of a certificate")


def _heard_all(name: str, kind: Any, read: object, names: list[str]) -> Any:  # noqa: ANN401 - a class and its instance
    """An instance of a dataclass, from exactly these fields."""
    if not isinstance(read, dict) or set(read) != set(names):
        raise IntegrityError(f"{name} has missing or unknown fields")
    return kind(
        **{f.name: _heard(f"{name} field {f.name}", f.type, read[f.name]) for f in fields(kind) if f.name in names}
    )


def _heard(name: str, kind: Any, value: object) -> object:  # noqa: ANN401 - a field's declared type
    """A field's value, of exactly the declared type."""
    if get_origin(kind) is tuple:
        if not isinstance(value, list):
            raise IntegrityError(f"{name} is not a list")
        return tuple(_heard(name, get_args(kind)[0], item) for item in value)
    if is_dataclass(kind):
        return _heard_all(name, kind, value, [f.name for f in fields(kind)])
    expected = str if issubclass(kind, StrEnum | datetime) else kind
    if isinstance(value, bool) is not (kind is bool) or not isinstance(value, _KINDS.get(expected, (expected,))):
        raise IntegrityError(f"{name} is not a {kind.__name__}")
    try:
        return _made(kind, value)
    except ValueError as e:
        raise IntegrityError(f"{name} cannot be read as {kind.__name__}") from e


def _made(kind: type, value: object) -> object:
    if kind is datetime:
        when = datetime.fromisoformat(str(value))
        if when.tzinfo is None:
            raise ValueError("no time zone")
        return when
    return kind(value)
