"""Looks: the custodian's own view of a request, an explanation of a row, what leaves. Insiders' looks are entered."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from narrowgate.domain import jcs
from narrowgate.domain.books import Json, Release, RequestRecord, RowRecord
from narrowgate.domain.errors import ErrorCode, IntegrityError, InvalidInput, NarrowgateError
from narrowgate.domain.parties import Jwk
from narrowgate.domain.ports import Gate
from narrowgate.domain.vocabulary import EventKind, Outcome, Role, RowState
from narrowgate.flow import casefile, rulings
from narrowgate.flow.answering import answer_events, answers_of
from narrowgate.flow.deciding import go_in
from narrowgate.flow.sealing import refusals
from narrowgate.flow.watching import withheld
from narrowgate.governance.decisions import STATEMENT_FORMAT
from narrowgate.notary import unseal
from narrowgate.notary.commit import Draft, enter, published
from narrowgate.notary.tables import from_bytes

LOOKERS = {
    "answers": (Role.DISCLOSURE_OFFICER, Role.AUDITOR),
    "ledger prove": (Role.DISCLOSURE_OFFICER, Role.AUDITOR),
    "explain": (Role.DISCLOSURE_OFFICER, Role.COUNSEL, Role.AUDITOR, Role.SHIELD_OFFICIAL),
    "monitor": (Role.DISCLOSURE_OFFICER, Role.AUDITOR),
    "replay": (Role.COUNSEL, Role.AUDITOR, Role.DISCLOSURE_OFFICER),
    "determination order": (Role.COUNSEL,),
    "stay statement": (Role.COUNSEL, Role.AUDITOR, Role.DISCLOSURE_OFFICER),
}
_SHOWN = {
    RowState.REFUSED: Outcome.REFUSED,
    RowState.HELD: Outcome.HELD,
    RowState.ENTERED: Outcome.HELD,
    RowState.AWAITING_RELEASE: Outcome.AWAITING_RELEASE,
    RowState.WITHDRAWN: Outcome.WITHDRAWN,
}


@dataclass(frozen=True, slots=True)
class RowView:
    """One row as the custodian sees it."""

    row: str
    outcome: Outcome
    refused_under: str


def inspect(
    gate: Gate, command: str, request: RequestRecord | None, about: Mapping[str, Json], signer: Mapping[str, Jwk]
) -> Role | None:
    """Enters an insider's look, at one request or over all (None), before it is given.

    Returns:
        The role he looks with; None for an unsigned look, which demo gates alone allow.

    Raises:
        NarrowgateError: ``not_authorised`` without a signature by someone who may look.
    """
    with gate.files.writing():
        go_in(gate)
        at = rulings.gate_time(gate)
        said: dict[str, Json] = {"command": command, "request": request.ledger_id if request else "", **about}
        role, signed = _looker(gate, command, said, signer)
        owner = (request.ledger_id, request.digest, casefile.request_key(gate, request)) if request else ()
        enter(gate, at, [Draft(EventKind.INSPECTION, {**said, **signed}, *owner)])
    return role


def _looker(
    gate: Gate, command: str, said: Mapping[str, Json], signer: Mapping[str, Jwk]
) -> tuple[Role | None, dict[str, Json]]:
    if not signer and gate.demo and command != "explain":
        return None, {"by": "unsigned, demo gate"}
    roles = LOOKERS[command]
    staff = rulings.staff(gate)
    statement = {
        "about": said,
        "after": gate.store.head().size,
        "log": gate.keys.vkey,
        "format": STATEMENT_FORMAT,
    }
    payload = jcs.canonical({**statement, "command": command})
    for person, private in signer.items():
        signature = gate.jose.sign(payload, private, detached=True)
        for role in roles:
            member = staff.holders(role).get(person)
            if member and gate.jose.verify_detached(signature.encode(), payload, member.jwk):
                named = member.roles & set(roles)  # a founder stands in for a role, and sees no more than it needs
                chosen = Role.SHIELD_OFFICIAL if Role.SHIELD_OFFICIAL in named else role
                return chosen, {"by": person, "role": chosen.value, "signature": signature}
    raise NarrowgateError(
        ErrorCode.NOT_AUTHORISED,
        f"`{command}` is for {', '.join(roles)}: no signature of such a person",
        "add --sign ID=KEYFILE; the look is entered",
    )


def view(gate: Gate, request: RequestRecord) -> list[RowView]:
    """Every row's label, outcome and, where refused, the elements; answers of released rows alone."""
    rows = gate.store.rows(request.ledger_id)
    labels = casefile.reopen(gate, request).subjects["row"].to_pylist()
    released = answers_of(gate, request, [r for r in rows if r.state == RowState.RELEASED])
    return [RowView(labels[r.row], _outcome(r, released), r.unmet) for r in rows]


def outcome(gate: Gate, request: RequestRecord, row: RowRecord) -> Outcome:
    """What became of one row; the answer of a released row alone."""
    return _outcome(row, answers_of(gate, request, [row]) if row.state == RowState.RELEASED else {})


def _outcome(row: RowRecord, released: Mapping[int, Mapping[str, Any]]) -> Outcome:
    if row.state == RowState.RELEASED:
        if row.row not in released:
            raise IntegrityError("a released row has no entered answer", "run `narrowgate ledger fsck`")
        return Outcome.CONFIRMED if released[row.row]["confirmed"] else Outcome.NOT_CONFIRMED
    return _SHOWN[RowState(row.state)]


def leaving(gate: Gate, request: RequestRecord) -> tuple[dict[str, bytes], Mapping[str, Sequence[str]]]:
    """What leaves: each officer's sealed answers as they were released, and the signed refusals.

    Returns:
        File name to bytes; and the names of the files that do not leave, each to the ids of the stays that withhold it.

    Raises:
        IntegrityError: when the gate is shut, by its clock too, or a file is not the one that was entered as released.
    """
    published(gate)
    rulings.gate_time(gate)
    files: dict[str, bytes] = {}
    for release in gate.store.releases(request.ledger_id):
        tranche = gate.files.outbox(request.ledger_id, release.tranche)
        entered = _released_digests(gate, request, release)
        if {name: hashlib.sha256(data).hexdigest() for name, data in tranche.items()} != entered:
            raise IntegrityError("a released file is not the one that was entered", "run `narrowgate ledger fsck`")
        files |= tranche
    kept = withheld(gate, request)  # after the files are read: what is handed out was not stayed when it was
    labels = casefile.reopen(gate, request).subjects["row"].to_pylist()
    refused = gate.store.rows(request.ledger_id, states=[RowState.REFUSED.value])
    files["refusals.json"] = refusals(gate, request, [(labels[r.row], r.unmet.split(";")) for r in refused])
    return {name: data for name, data in files.items() if name not in kept}, kept


def _released_digests(gate: Gate, request: RequestRecord, release: Release) -> dict[str, str]:
    """File name to SHA-256, as the release was entered."""
    for event in gate.store.events(entry=release.entry):
        if event.kind is EventKind.ANSWERS_RELEASED and event.request == request.ledger_id:
            return dict(unseal.open_event(gate, event).about["files"])
    return {}


def find_row(gate: Gate, request: RequestRecord, label: str) -> RowRecord:
    """The books' record of the row with that label.

    Raises:
        InvalidInput: when there is none.
    """
    labels = casefile.reopen(gate, request).subjects["row"].to_pylist()
    if label not in labels:
        raise InvalidInput("no row of that label in this request")
    index: int = labels.index(label)
    return gate.store.rows(request.ledger_id)[index]


@dataclass(frozen=True, slots=True)
class Waterfall:
    """How linkage weighed a row, in thousandths of log2; for the custodian's officers alone."""

    steps: Sequence[tuple[str, int]]
    weight: int
    threshold: int
    runner_up: int | None


def waterfall(gate: Gate, request: RequestRecord, row: RowRecord, role: Role) -> Waterfall | None:
    """The waterfall of a released row: of a confirmed one, or of any to a shield official; else None.

    Before release there is none: whether it is shown would tell the answer.
    """
    if row.state != RowState.RELEASED:
        return None
    confirmed = answers_of(gate, request, [row])[row.row]["confirmed"]
    if not confirmed and role is not Role.SHIELD_OFFICIAL:
        return None
    key = casefile.request_key(gate, request)
    for event in answer_events(gate, request):
        if event.entry == row.answered_in:
            return _read_waterfall(from_bytes(unseal.part(gate, event, key, "match")), row.row)
    return None


def _read_waterfall(match: pa.Table, row: int) -> Waterfall | None:
    metadata = match.schema.metadata or {}
    names = metadata.get(b"comparisons", b"").decode().split(",")
    for found in match.to_pylist():
        if found["row"] == row and found["waterfall"] is not None:
            steps = list(zip(names, found["waterfall"], strict=True))
            threshold = int(metadata.get(b"threshold", b"0"))
            return Waterfall(steps, found["weight"] or 0, threshold, found["runner_up"])
    return None
