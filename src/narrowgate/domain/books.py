"""The gate's own books: what the operations store keeps, as plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

import pyarrow as pa

from narrowgate.domain.vocabulary import EventKind

Json = str | int | bool | None | Sequence["Json"] | Mapping[str, "Json"]


def utc_text(when: datetime) -> str:
    """``YYYY-MM-DDTHH:MM:SSZ`` of an aware time; the one spelling of time in everything persisted."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def utc_time(text: str) -> datetime:
    """The aware time that ``utc_text`` spelt.

    Raises:
        ValueError: for any other spelling.
    """
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


class RegisterKind(StrEnum):
    """What two people decide, kept as an append-only register; the newest body of a key counts."""

    FOUNDER = "founder"
    PARTY = "party"
    STAFF = "staff"
    PACK = "pack"
    STAY = "stay"
    SHIELD = "shield"
    SNAPSHOT = "snapshot"
    CERTIFICATE = "certificate"
    CONFIG = "config"
    DETERMINATION = "determination"
    ASSIGNMENT = "assignment"


@dataclass(frozen=True, slots=True)
class Registered:
    """The newest body of one key of the register. ``seq`` grows with every change anywhere in it."""

    seq: int
    kind: RegisterKind
    key: str
    body: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class TreeHead:
    """The public log as the database knows it.

    Attributes:
        size: number of leaves.
        root: 32 bytes, RFC 6962.
        frontier: roots of the perfect subtrees, left to right, from which the next leaves go on.
        time: time of the last commit.
    """

    size: int
    root: bytes
    frontier: tuple[bytes, ...]
    time: datetime


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event beneath a leaf of the public log.

    Attributes:
        entry, position: index of the leaf, and place beneath it.
        request: ledger id of the request it is about, or "".
        wrapped_key: its own key under the key-encryption key; b"" where the request's key owns it.
    """

    entry: int
    entry_id: str
    position: int
    kind: EventKind
    request: str
    wrapped_key: bytes


@dataclass(frozen=True, slots=True)
class RequestRecord:
    """A request in the books. ``ledger_id`` is the id of the commit that entered it.

    Attributes:
        takes_id: whether it holds (agency, request_id); a request whose signature failed does not.
        wrapped_key: the request key under the key-encryption key.
    """

    ledger_id: str
    agency: str
    request_id: str
    digest: str
    basis: str
    takes_id: bool
    rows: int
    office: str
    pack_digest: str
    received_at: datetime
    wrapped_key: bytes


@dataclass(frozen=True, slots=True)
class RowRecord:
    """Where one row stands. It holds no name, no address and no answer.

    Attributes:
        row: index in the request.
        state: ``vocabulary.RowState``.
        unmet, causes: sorted ids, ``;`` between.
        subject: pseudonym of the subject as stated.
        decided_in, answered_in: index of the leaf with its latest decision, and with its answer (-1: none).
        first_request, first_row: an earlier row of the same requester, subject and address whose result this repeats.
        tranche: of the release it left with, or 0.
    """

    row: int
    state: str
    unmet: str
    causes: str
    officer: str
    subject: bytes
    decided_in: int
    answered_in: int = -1
    first_request: str = ""
    first_row: int = -1
    tranche: int = 0

    def having(self, **changes: object) -> "RowRecord":
        """This row with other values."""
        return replace(self, **changes)  # type: ignore[arg-type]  # field names are checked by replace


@dataclass(frozen=True, slots=True)
class Standing:
    """Rows of a request that stand alike: what ``RowRecord`` says of each, said once.

    Attributes:
        officer: of released rows; "" for all others.
        rows: n row indices (uint64), in no order.
    """

    state: str
    decided_in: int
    tranche: int
    officer: str
    rows: pa.UInt64Array


@dataclass(frozen=True, slots=True)
class Debit:
    """One guess spent: a pseudonym (of a subject, or of a record person) and the pseudonym of the address asked."""

    pseudonym: bytes
    address: bytes
    row: int


@dataclass(frozen=True, slots=True)
class Spent:
    """A guess spent before: on whom, on which address, by which agency's row."""

    pseudonym: bytes
    address: bytes
    agency: str
    request: str
    row: int


@dataclass(frozen=True, slots=True)
class Pending:
    """A decision that waits for its second signature: the statement's JCS bytes, and signer to signature."""

    id: str
    statement: bytes
    signatures: Mapping[str, str]
    since: datetime


@dataclass(frozen=True, slots=True)
class Release:
    """A tranche that left: its files lie in the outbox under ``files``."""

    request: str
    tranche: int
    entry: int
    rows: int
    files: tuple[str, ...]
