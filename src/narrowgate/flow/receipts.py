"""Receipts for rows: what lets their holder verify, offline, that the gate entered exactly this."""

from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from narrowgate.domain.books import EventRow, RequestRecord
from narrowgate.domain.errors import ErrorCode, IntegrityError, NarrowgateError, Waiting
from narrowgate.domain.merkle import Tree, leaf_hash
from narrowgate.domain.ports import Gate
from narrowgate.domain.vocabulary import RowState
from narrowgate.flow import casefile
from narrowgate.notary import receipt, unseal
from narrowgate.notary.commit import published
from narrowgate.notary.commitments import Opening, RowTree, commit, event_salt
from narrowgate.notary.rows import DECISION_SCHEMA, answer_bodies, decision_bodies
from narrowgate.notary.tiles import TileReader


@dataclass(frozen=True, slots=True)
class EventReceipts:
    """Makes receipts for the rows of one event; its tree is built once."""

    gate: Gate
    table: pa.Table
    tree: RowTree
    event: Opening
    entry: bytes
    index: int
    path: list[bytes]
    checkpoint: bytes
    bodies: dict[int, tuple[int, bytes]]

    def receipt(self, row: int) -> receipt.Fields:
        """The receipt of the row with that index in the request."""
        place, body = self.bodies[row]
        opening = self.tree.open(place, row, body)
        return receipt.build(opening, self.event, self.entry, self.index, self.path, self.checkpoint)


def receipts_of(gate: Gate, request: RequestRecord, event: EventRow) -> EventReceipts:
    """Opens an event of a request for receipts, against the published checkpoint.

    Raises:
        NarrowgateError: ``gate_busy`` when the event is entered and not yet published.
        IntegrityError: when the gate is shut.
    """
    size, checkpoint = published(gate)
    if event.entry >= size:
        raise NarrowgateError(
            ErrorCode.GATE_BUSY, "this is entered and not yet published", "`narrowgate ledger fsck` publishes it"
        )
    key = casefile.request_key(gate, request)
    table = unseal.rows(gate, event, key)
    bodies = decision_bodies(table) if table.schema.equals(DECISION_SCHEMA) else answer_bodies(table)
    return EventReceipts(
        gate,
        table,
        unseal.tree_of(event, key, table),
        event_opening(gate, event),
        _entry(gate, event.entry),
        event.entry,
        list(TileReader(gate.files.ledger.read, size).inclusion(event.entry)),
        checkpoint,
        {row: (place, body) for place, (row, body) in enumerate(bodies)},
    )


def _entry(gate: Gate, index: int) -> bytes:
    for entry in gate.store.entries(index, index + 1):
        return entry
    raise IntegrityError("an entry is missing from the database", "run `narrowgate ledger fsck`")


def event_opening(gate: Gate, event: EventRow) -> Opening:
    """Opens an event beneath its entry: the commitments of its neighbours are recomputed from their seals."""
    opened = [unseal.open_event(gate, e) for e in gate.store.events(entry=event.entry)]
    salts = [event_salt(e.key, bytes.fromhex(e.row.entry_id), e.row.position) for e in opened]
    tree = Tree(leaf_hash(commit(s, e.body)) for s, e in zip(salts, opened, strict=True))
    at = event.position
    return Opening(opened[at].body, salts[at], at, len(opened), tuple(tree.inclusion(at)))


def row_receipt(gate: Gate, request: RequestRecord, row: int) -> dict[str, Any]:
    """The receipt of a row: of its answer once it is released, else of its latest decision.

    Raises:
        Waiting: for a row that waits for people: why it does is the custodian's alone, and its entry says it.
    """
    record = next((r for r in gate.store.rows(request.ledger_id) if r.row == row), None)
    if record is None:
        raise IntegrityError("the books do not know this row")
    index = record.answered_in if record.state == RowState.RELEASED else record.decided_in
    for event in gate.store.events(entry=index):
        if event.request == request.ledger_id:
            receipts = receipts_of(gate, request, event) if _has_rows(event) else None
            if receipts and row in receipts.bodies:
                _require_no_cause(receipts, row)
                return receipts.receipt(row)
    raise IntegrityError("the ledger has no entry of this row")


def _require_no_cause(receipts: EventReceipts, row: int) -> None:
    place, _ = receipts.bodies[row]
    if "causes" in receipts.table.column_names and receipts.table["causes"][place].as_py():
        advice = "ask again when it is decided"
        raise Waiting(ErrorCode.NOTHING_TO_DO, "a row that waits for people has no receipt yet", advice)


def _has_rows(event: EventRow) -> bool:
    return event.kind in (*casefile.DECISION_EVENTS, *casefile.ANSWER_EVENTS)
