"""Proof that something is in the ledger: the second key to linkage, and the key to release."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entered:
    """What the notary hands back after a commit, and nothing else can make.

    Attributes:
        ledger_id: hex id of the commit.
        index: zero-based index of its leaf in the public log.
        event: position of the event beneath that leaf.
        request_digest: hex SHA-256 of the request the event is about; "" where it is about none.
        row_root: hex root of the event's row tree; "" where it has none.
    """

    ledger_id: str
    index: int
    event: int
    request_digest: str
    row_root: str
