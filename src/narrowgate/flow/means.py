"""The means to answer: a snapshot of the records, and a certificate of how rarely linkage is wrong on it."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import pyarrow as pa

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
from narrowgate.linkage.certify import CertificationFailed, certify
from narrowgate.linkage.snapshot import SnapshotManifest, build_snapshot
from narrowgate.notary import unseal
from narrowgate.notary.commit import Draft, enter


def load_records(gate: Gate, file: Path) -> Statement:
    """Builds a snapshot from the custodian's file; two people then adopt it.

    Raises:
        InvalidInput: for a bad file; nothing is loaded then.
    """
    built = build_snapshot(
        read_records(file), gate.files.snapshots(), progress=lambda rows: gate.progress("records", rows, 0)
    )
    return snapshot_of(gate, built)


def snapshot_of(gate: Gate, built: SnapshotManifest) -> Statement:
    """The statement that adopts a snapshot which lies in the gate."""
    body: dict[str, Json] = {
        "addresses": built.addresses,
        "digest": built.digest,
        "persons": built.persons,
        "rows": built.rows,
    }
    return register_statement(gate, "records load", RegisterKind.SNAPSHOT, rulings.CURRENT, body)


def measure(
    gate: Gate, file: Path, bound: float, confidence: float, provenance: Provenance
) -> Certificate | CertificationFailed:
    """Measures linkage on labelled cases. Every attempt is entered: trying until it passes would void the confidence.

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
        attempts = sum(e.kind is EventKind.CERTIFICATION_ATTEMPTED for e in gate.store.events())
        total = labelled.num_rows
        found = certify(
            snapshot,
            labelled,
            typed,
            bound=bound,
            confidence=confidence,
            at=at,
            provenance=provenance,
            attempt=attempts + 1,
            progress=lambda done: gate.progress("certify", done, total),
        )
        gate.progress("certify", total, total)
        enter(gate, at, [_attempt(found, labelled, bound, confidence, attempts + 1)])
    return found


def _attempt(
    found: Certificate | CertificationFailed, labelled: pa.Table, bound: float, confidence: float, attempt: int
) -> Draft:
    about: dict[str, Json] = {
        "attempt": attempt,
        "bound": repr(bound),
        "certificate": found.digest if isinstance(found, Certificate) else "",
        "cases": labelled.num_rows,
        "confidence": repr(confidence),
        "confirmed": found.confirmed,
        "negatives": found.negatives,
        "passed": isinstance(found, Certificate),
        "wrong": found.wrong,
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


def adopt_certificate(gate: Gate, certificate: Certificate) -> Statement:
    """Two people adopt a certificate; it is public."""
    body: dict[str, Json] = {"certificate": certificate.to_json(), "digest": certificate.digest}
    public = certificate_public(body)
    return register_statement(gate, "certify", RegisterKind.CERTIFICATE, rulings.CURRENT, body, public=public)
