"""How rarely linkage is wrong, as measured: promise 4. Without a valid certificate the gate answers nothing.

Clopper and Pearson, *The use of confidence or fiducial limits*, Biometrika 26 (1934); Angelopoulos et al., *Learn then
Test* (2021), for the fixed sequence in which thresholds are tried. It proves agreement with a record, not residence.
"""

import hashlib
import json
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

from narrowgate.domain.errors import IntegrityError
from narrowgate.domain.vocabulary import Provenance

CERTIFICATE_FORMAT = "narrowgate-certificate/1"

_KINDS: dict[type, tuple[type, ...]] = {float: (float, int), datetime: (str,), Provenance: (str,)}


@dataclass(frozen=True, slots=True)
class Certificate:
    """A threshold, what was measured at it, and what it is bound to.

    Attributes:
        snapshot_digest, code_digest, weights_digest: hex SHA-256 of the records, the linkage code and its weights.
        rows: record rows of that snapshot, for drift.
        threshold: thousandths of log2; identity weights at or above it may confirm.
        bound: the share of wrong confirmations that is not exceeded, with ``confidence``.
        wrong, confirmed: cases of the evaluation split, one a household.
        negatives, wrong_negatives: cases whose person is at no confirmable address of theirs, and those confirmed.
        share_limit, negative_limit: upper confidence limits of the two rates.
        recall: share of true cases confirmed, a point estimate.
        prevalence_floor: down to which share of true requests ``bound`` still holds, by the two limits.
        attempt: 1 for the first; every failed attempt before it stands in the ledger.
    """

    snapshot_digest: str
    code_digest: str
    weights_digest: str
    rows: int
    threshold: int
    bound: float
    confidence: float
    provenance: Provenance
    issued_at: datetime
    expires_at: datetime
    wrong: int
    confirmed: int
    negatives: int
    wrong_negatives: int
    share_limit: float
    negative_limit: float
    recall: float
    prevalence_floor: float
    attempt: int

    @property
    def digest(self) -> str:
        """Hex SHA-256 of ``to_json()`` in UTF-8; what a Match names and the ledger enters."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    @property
    def expected_wrong_per_10_000(self) -> float:
        """Wrong confirmations to expect among 10,000 confirmed, a point estimate beside the limit."""
        return 10_000 * self.wrong / self.confirmed if self.confirmed else 0.0

    def to_json(self) -> str:
        """One line, keys sorted, times in UTC."""
        said = {f.name: _said(getattr(self, f.name)) for f in fields(self)}
        return json.dumps({"format": CERTIFICATE_FORMAT, **said}, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> "Certificate":
        """Read what ``to_json`` wrote, and nothing else.

        Raises:
            IntegrityError: when a field is missing, unknown or of another type, or the bytes are not canonical.
        """
        try:
            read = json.loads(text)
        except ValueError as e:
            raise IntegrityError("certificate is not json") from e
        if not isinstance(read, dict) or read.pop("format", None) != CERTIFICATE_FORMAT:
            raise IntegrityError(f"certificate is not of format {CERTIFICATE_FORMAT}")
        if set(read) != {f.name for f in fields(cls)}:
            raise IntegrityError("certificate has missing or unknown fields")
        heard: dict[str, Any] = {f.name: _heard(f.name, f.type, read[f.name]) for f in fields(cls)}
        made = cls(**heard)
        if made.to_json() != text:
            raise IntegrityError("certificate is not in canonical form")
        return made


def _said(value: object) -> object:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value


def _heard(name: str, kind: object, value: object) -> object:
    """A field's value, of exactly the declared type."""
    assert isinstance(kind, type)
    if isinstance(value, bool) or not isinstance(value, _KINDS.get(kind, (kind,))):
        raise IntegrityError(f"certificate field {name} is not a {kind.__name__}")
    try:
        return _made(kind, value)
    except ValueError as e:
        raise IntegrityError(f"certificate field {name} cannot be read as {kind.__name__}") from e


def _made(kind: type, value: object) -> object:
    if kind is datetime:
        when = datetime.fromisoformat(str(value))
        if when.tzinfo is None:
            raise ValueError("no time zone")
        return when
    return kind(value)
