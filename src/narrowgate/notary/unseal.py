"""Opening what was entered: event bodies, their rows, and what was sealed with them."""

from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from narrowgate.domain import jcs
from narrowgate.domain.books import EventRow, RequestRecord
from narrowgate.domain.errors import IntegrityError
from narrowgate.domain.ports import Gate
from narrowgate.notary.commit import tree_label
from narrowgate.notary.commitments import RowTree
from narrowgate.notary.rows import row_tree
from narrowgate.notary.seal import read_part
from narrowgate.notary.tables import from_bytes


@dataclass(frozen=True, slots=True)
class OpenedEvent:
    """An event with the key that opens it.

    Attributes:
        body: canonical bytes.
    """

    row: EventRow
    key: bytes
    body: bytes

    @property
    def about(self) -> dict[str, Any]:
        """The body, parsed."""
        found: Any = jcs.parse(self.body)
        return dict(found)


def event_key(gate: Gate, event: EventRow, requests: dict[str, RequestRecord]) -> bytes:
    """The key that owns an event: its own, or its request's.

    Raises:
        IntegrityError: when the books know no such request.
    """
    if not event.wrapped_key and event.request not in requests:
        raise IntegrityError("an event's request is missing from the database", "restore a newer backup of it")
    return gate.keys.unwrap(event.wrapped_key or requests[event.request].wrapped_key)


def open_event(gate: Gate, event: EventRow) -> OpenedEvent:
    """Opens one event.

    Raises:
        IntegrityError: when its segment is missing or altered.
    """
    requests = {r.ledger_id: r for r in gate.store.requests() if r.ledger_id == event.request}
    key = event_key(gate, event, requests)
    return OpenedEvent(event, key, part(gate, event, key, "body"))


def part(gate: Gate, event: EventRow, key: bytes, label: str) -> bytes:
    """The bytes sealed with an event under ``label``."""
    return read_part(gate.files.sealed(event.entry_id), event.entry_id, f"{event.position}/{label}", key)


def rows(gate: Gate, event: EventRow, key: bytes) -> pa.Table:
    """The sealed rows of an event: decisions or answers."""
    return from_bytes(part(gate, event, key, "rows"))


def tree_of(event: EventRow, key: bytes, table: pa.Table) -> RowTree:
    """The row tree of an event's rows."""
    return row_tree(key, tree_label(event.entry_id, event.position), table)
