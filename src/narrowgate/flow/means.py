"""The means to answer: a snapshot of the records, and a certificate of how rarely linkage is wrong on it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from narrowgate.domain.books import Json, RegisterKind
from narrowgate.domain.certificate import Certificate
from narrowgate.domain.errors import ErrorCode, NarrowgateError
from narrowgate.domain.ports import Gate
from narrowgate.domain.vocabulary import EventKind, Provenance
from narrowgate.flow import rulings
from narrowgate.flow.deciding import go_in, register, register_statement
from narrowgate.governance.decisions import Statement
from narrowgate.governance.writes import certificate_public
from narrowgate.intake.records import read_labelled, read_records
from narrowgate.intake.typed import typed_columns
from narrowgate.linkage.certify import CertificationFailed, certify, code_digest, standing
from narrowgate.linkage.drift import distances, profile
from narrowgate.linkage.snapshot import SnapshotManifest, build_snapshot
from narrowgate.notary import unseal
from narrowgate.notary.commit import Draft, enter


def load_records(gate: Gate, file: Path) -> Statement:
    """Builds a snapshot from the custodian's file; two people then adopt it. Until they do, the present one serves.

    A build that was killed is taken up where it stopped, if file and code are still the same.

    Raises:
        InvalidInput: for a bad file; nothing is loaded then.
        NarrowgateError: ``storage`` when the disk is full; ``gate_busy`` when the same file is being loaded.
    """
    records, folder = read_records(file), gate.files.snapshots()
    return snapshot_of(gate, build_snapshot(records, folder, progress=gate.progress, source=_source(file)))


def _source(file: Path) -> str:
    """The bytes of a file and the code that loads them, by name; "" where ``read_records`` will say that it cannot."""
    try:
        with file.open("rb") as stream:
            return f"{hashlib.file_digest(stream, 'sha256').hexdigest()} {code_digest()}"
    except OSError:
        return ""


def snapshot_of(gate: Gate, built: SnapshotManifest) -> Statement:
    """The statement that adopts a snapshot which lies in the gate."""
    body: dict[str, Json] = {
        "addresses": built.addresses,
        "digest": built.digest,
        "persons": built.persons,
        "rows": built.rows,
    }
    return register_statement(gate, "records load", RegisterKind.SNAPSHOT, rulings.CURRENT, body)


def measure(  # noqa: PLR0913 - what a certificate states is said by name
    gate: Gate,
    file: Path,
    bound: float,
    confidence: float,
    provenance: Provenance,
    *,
    stratum_bound: float = 0.0,
    frame: str = "",
) -> Certificate | CertificationFailed:
    """Measures linkage on labelled cases. Every attempt is entered: trying until it passes would void the confidence.

    Args:
        gate: an open gate.
        file: the labelled cases.
        bound: share of wrong confirmations to show.
        confidence: of the statement.
        provenance: where the labels come from.
        stratum_bound: share to show within each stratum; 0 for the usual one.
        frame: from where and how the cases were drawn; it becomes public.

    Raises:
        NarrowgateError: ``not_certified`` where synthetic labels are offered to a gate of real people, or no records
            are loaded.
        InvalidInput: for a bad file; nothing is entered then.
    """
    if provenance is Provenance.SYNTHETIC and not gate.demo:
        raise NarrowgateError(
            ErrorCode.NOT_CERTIFIED,
            "synthetic labels certify a demo gate only",
            "label real cases, and have them adjudicated",
        )
    snapshot = rulings.snapshot(gate)
    if snapshot is None:
        raise NarrowgateError(ErrorCode.NOT_CERTIFIED, "no records are loaded", "run `narrowgate records load` first")
    labelled = read_labelled(file)
    typed, _ = typed_columns(labelled)
    with gate.files.writing():
        go_in(gate)
        at = rulings.gate_time(gate)
        attempt = sum(e.kind is EventKind.CERTIFICATION_ATTEMPTED for e in gate.store.events()) + 1
        total = labelled.num_rows
        found = certify(
            snapshot,
            labelled,
            typed,
            bound=bound,
            confidence=confidence,
            at=at,
            provenance=provenance,
            attempt=attempt,
            stratum_bound=stratum_bound,
            frame=frame,
            progress=lambda done: gate.progress("certify", done, total),
        )
        gate.progress("certify", total, total)
        enter(gate, at, [_attempt(found)])
    return found


def _attempt(found: Certificate | CertificationFailed) -> Draft:
    about: dict[str, Json] = {
        "attempt": found.attempt,
        "bound": repr(found.bound),
        "cases": found.cases,
        "certificate": found.digest if isinstance(found, Certificate) else "",
        "confidence": repr(found.confidence),
        "confirmed": found.confirmed,
        "households": found.households,
        "negatives": found.negatives,
        "passed": isinstance(found, Certificate),
        "provenance": found.provenance.value,
        "reasons": [] if isinstance(found, Certificate) else list(found.reasons),
        "reviewers": found.reviewers,
        "stratum_bound": repr(found.stratum_bound),
        "threshold": found.threshold,
        "wrong": found.wrong,
        "wrong_negatives": found.wrong_negatives,
    }
    return Draft(EventKind.CERTIFICATION_ATTEMPTED, about)


def adopt_measured(gate: Gate, statement: Statement, draft: Draft, at: datetime) -> Mapping[str, Json]:
    """Adopts a certificate that this gate itself measured, for labels that count here.

    Raises:
        NarrowgateError: ``not_certified`` for any other.
    """
    body = statement.about["body"]
    assert isinstance(body, Mapping)
    certificate = Certificate.from_json(str(body["certificate"]))
    attempts = [e for e in gate.store.events() if e.kind is EventKind.CERTIFICATION_ATTEMPTED]
    measured = {unseal.open_event(gate, e).about["certificate"] for e in attempts}
    counts = gate.demo or certificate.provenance is not Provenance.SYNTHETIC
    if certificate.digest not in measured or not counts:
        advice = "run `narrowgate certify`"
        raise NarrowgateError(ErrorCode.NOT_CERTIFIED, "this gate measured no such certificate", advice)
    return register(gate, statement, draft, at)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to certify, as it was entered.

    Attributes:
        leaf: index of its leaf; ``at`` is the time of that commit, as ``books.utc_text`` spells it.
        adopted: whether two people adopted its certificate.
        said: what was entered of it: figures, and where it failed the reasons.
    """

    number: int
    leaf: int
    at: str
    passed: bool
    adopted: bool
    said: Mapping[str, Any]


def attempts(gate: Gate) -> list[Attempt]:
    """Every attempt to certify, in the order of the ledger, the failed ones too."""
    adopted = {str(item.body["digest"]) for item in gate.store.register_history(RegisterKind.CERTIFICATE)}
    found = []
    for event in gate.store.events():
        if event.kind is EventKind.CERTIFICATION_ATTEMPTED:
            said = unseal.open_event(gate, event).about
            passed, digest = bool(said["passed"]), str(said["certificate"])
            found.append(
                Attempt(said["attempt"], event.entry, str(said["time"]), passed, passed and digest in adopted, said)
            )
    return found


@dataclass(frozen=True, slots=True)
class InForce:
    """The certificate that two people adopted last, and whether it counts.

    Attributes:
        void: why it does not count; nothing where it does.
        inherited: it counts for records that were loaded since it was measured.
        distances: of each distribution from when it was measured; nothing where these are the records themselves.
    """

    certificate: Certificate
    void: tuple[str, ...]
    inherited: bool
    distances: Mapping[str, float]


def in_force(gate: Gate) -> InForce | None:
    """The adopted certificate against the present records, code and time; None where none was adopted."""
    certificate, snapshot = rulings.certificate(gate), rulings.snapshot(gate)
    if certificate is None or snapshot is None:
        return None
    void = list(standing(certificate, snapshot, rulings.present(gate)))
    if not gate.demo and certificate.provenance is Provenance.SYNTHETIC:
        void.append("synthetic labels count in demo gates only")
    other = snapshot.digest != certificate.snapshot_digest
    away = distances(certificate.profile, profile(snapshot)) if other else {}
    return InForce(certificate, tuple(void), other and not void, away)


def adopt_certificate(gate: Gate, certificate: Certificate) -> Statement:
    """Two people adopt a certificate; it is public."""
    body: dict[str, Json] = {"certificate": certificate.to_json(), "digest": certificate.digest}
    public = certificate_public(body)
    return register_statement(gate, "certify", RegisterKind.CERTIFICATE, rulings.CURRENT, body, public=public)
