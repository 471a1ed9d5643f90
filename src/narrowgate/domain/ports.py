"""The doors to the outside, as protocols: engines stand behind them, and wiring picks which."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from narrowgate.domain.books import (
    Debit,
    EventRow,
    Json,
    Pending,
    Registered,
    RegisterKind,
    Release,
    RequestRecord,
    RowRecord,
    Spent,
    Standing,
    TreeHead,
)
from narrowgate.domain.circumstances import PolicyLimits
from narrowgate.domain.parties import Jwk

Progress = Callable[[str, int, int], None]
"""Called with a stage's name, how much is done, and of how much."""


def no_progress(_stage: str, _done: int, _total: int) -> None:
    """Shows nothing."""


class Clock(Protocol):
    """The only source of time."""

    def now(self) -> datetime:
        """The present, aware, UTC, whole seconds."""
        ...


class Jose(Protocol):
    """JSON Web Signature (RFC 7515) and Encryption (RFC 7516) with the contract's algorithms alone."""

    def sign(self, payload: bytes, private: Jwk, *, detached: bool) -> str:
        """A flattened JWS as JSON text."""
        ...

    def verify_detached(self, jws: bytes, payload: bytes, public: Jwk) -> bool:
        """Whether ``jws`` (JSON text, no payload member) is a signature of ``public`` over ``payload``."""
        ...

    def verify_attached(self, jws: bytes, public: Jwk) -> bytes | None:
        """The payload of ``jws`` where ``public`` signed it, else None."""
        ...

    def encrypt(self, plaintext: bytes, public: Jwk, *, kid: str) -> str:
        """A compact JWE: ECDH-ES, A256GCM."""
        ...

    def decrypt(self, jwe: str, private: Jwk) -> bytes:
        """The plaintext of ``jwe``.

        Raises:
            InvalidInput: when it was not encrypted to this key.
        """
        ...

    def public_part(self, private: Jwk) -> Jwk:
        """The public members of a private key."""
        ...

    def thumbprint(self, key: Jwk) -> str:
        """RFC 7638 thumbprint of a key.

        Raises:
            InvalidInput: when it is no Ed25519 or P-256 key.
        """
        ...


class Keys(Protocol):
    """The gate's own keys; none leaves the adapter but request keys."""

    @property
    def vkey(self) -> str:
        """The log's verifier key (C2SP signed-note)."""
        ...

    def sign_checkpoint(self, size: int, root: bytes) -> bytes:
        """A checkpoint of the log, signed (C2SP tlog-checkpoint)."""
        ...

    def log_jwk(self) -> Jwk:
        """The log's private key as a JWK, for signing refusals (ADR 0004)."""
        ...

    def new_key(self) -> tuple[bytes, bytes]:
        """A fresh 32-byte request key, and the same wrapped under the key-encryption key."""
        ...

    def unwrap(self, wrapped: bytes) -> bytes:
        """The request key that was wrapped.

        Raises:
            IntegrityError: when it was not wrapped by this gate.
        """
        ...

    def pseudonym(self, purpose: str, value: bytes) -> bytes:
        """16 bytes: keyed hash under the key of ``purpose`` (one of ``keystore.PURPOSES``)."""
        ...


class Transaction(Protocol):
    """Everything that one commit changes, all or nothing."""

    def append(self, entry: bytes, entry_id: str, before: TreeHead, after: TreeHead) -> None:
        """Appends a leaf, if the head is still ``before`` (compare and swap).

        Raises:
            IntegrityError: when it is not.
        """
        ...

    def put_events(self, events: Sequence[EventRow]) -> None:
        """Records the events beneath a leaf."""
        ...

    def register(self, kind: RegisterKind, key: str, body: Mapping[str, Json], entry: int) -> None:
        """A new body for a key of the register."""
        ...

    def put_request(self, request: RequestRecord) -> None:
        """Records a request."""
        ...

    def put_rows(self, request: str, rows: Sequence[RowRecord]) -> None:
        """Records rows, or replaces them."""
        ...

    def put_debits(self, kind: str, request: str, agency: str, debits: Sequence[Debit], at: datetime) -> None:
        """Spends guesses, for good."""
        ...

    def put_release(self, release: Release) -> None:
        """Records a tranche that left."""
        ...

    def drop_pending(self, pending: str) -> None:
        """A pending decision is complete."""
        ...


class Store(Protocol):
    """The operations store."""

    def begin(self) -> AbstractContextManager[Transaction]:
        """A write transaction: commits on leaving, rolls back on an exception."""
        ...

    def head(self) -> TreeHead:
        """The head of the public log."""
        ...

    def entries(self, start: int, stop: int) -> Iterable[bytes]:
        """Leaves ``start`` to ``stop`` - 1, in order."""
        ...

    def events(self, *, request: str = "", entry: int = -1) -> list[EventRow]:
        """Events, in ledger order; of one request or one entry where stated."""
        ...

    def registered(self, kind: RegisterKind) -> list[Registered]:
        """The newest body per key of a kind, in order of change."""
        ...

    def register_history(self, kind: RegisterKind) -> list[Registered]:
        """Every body of a kind ever registered, in order."""
        ...

    def register_leaves(self) -> list[int]:
        """The leaves that changed the register, in order."""
        ...

    def as_of(self, entry: int) -> "Store":
        """This store with its register as it was before leaf ``entry``: what a decision at that leaf looked at.

        Who had open rows then, and what waited for a second signature, is not kept: ``open_subjects`` and ``pending``
        tell of nobody and nothing. All else is as it is now.
        """
        ...

    def requests(self) -> list[RequestRecord]:
        """Every request, in order of receipt."""
        ...

    def rows(self, request: str, *, states: Sequence[str] = ()) -> list[RowRecord]:
        """Rows of a request by index; in these states alone where stated."""
        ...

    def standing(self, request: str) -> list[Standing]:
        """Rows of a request by how they stand: a million rows without a million values."""
        ...

    def row_counts(self, request: str) -> Mapping[str, int]:
        """State to number of rows."""
        ...

    def open_subjects(self, agency: str) -> Mapping[str, set[bytes]]:
        """Officer to pseudonyms of subjects in his open rows (held, entered, awaiting release)."""
        ...

    def spent(self, kind: str, pseudonyms: Sequence[bytes], since: datetime) -> list[Spent]:
        """Every guess spent on these pseudonyms since, oldest first."""
        ...

    def releases(self, request: str) -> list[Release]:
        """Tranches of a request that left."""
        ...

    def pending(self) -> list[Pending]:
        """Decisions that wait for a second signature."""
        ...

    def put_pending(self, pending: Pending) -> None:
        """Keeps a first signature."""
        ...

    def close(self) -> None:
        """Lets the database go."""
        ...

    def check(self) -> list[str]:
        """What the database itself finds wrong with its file."""
        ...


class LedgerFiles(Protocol):
    """Where the public ledger's files lie; paths as in C2SP tlog-tiles."""

    def read(self, path: str) -> bytes:
        """The bytes at ``path``.

        Raises:
            IntegrityError: when there is no such file.
        """
        ...

    def write(self, path: str, data: bytes) -> None:
        """Puts ``data`` at ``path``, whole or not at all, durably."""
        ...

    def paths(self) -> Iterable[str]:
        """Every path there is, in no order."""
        ...

    def delete(self, path: str) -> None:
        """Removes a file, if it is there."""
        ...


class Files(Protocol):
    """The gate's folder: where bytes live, written so that a kill at any moment leaves whole files."""

    @property
    def root(self) -> Path:
        """The gate's folder."""
        ...

    @property
    def ledger(self) -> LedgerFiles:
        """The public ledger."""
        ...

    def sealed(self, entry_id: str) -> Path:
        """Where the sealed segment of a commit lies."""
        ...

    def sealed_ids(self) -> list[str]:
        """Entry ids that have a segment."""
        ...

    def drop_sealed(self, entry_id: str) -> None:
        """Removes the segment of a commit that never happened."""
        ...

    def put_outbox(self, request: str, tranche: int, files: Mapping[str, bytes]) -> None:
        """Stages a tranche's files: whole or not at all."""
        ...

    def outbox(self, request: str, tranche: int) -> Mapping[str, bytes]:
        """A tranche's staged files.

        Raises:
            IntegrityError: when they are missing.
        """
        ...

    def outbox_ids(self) -> list[tuple[str, int]]:
        """Every staged (request, tranche)."""
        ...

    def drop_outbox(self, request: str, tranche: int) -> None:
        """Removes a tranche that never left."""
        ...

    def edition(self, digest: str) -> Path | None:
        """Where the files of an adopted edition of a pack lie; None where there is none of that digest."""
        ...

    def put_edition(self, digest: str, files: Mapping[str, bytes]) -> None:
        """Keeps an edition's files, whole or not at all; the same again changes nothing."""
        ...

    def snapshots(self) -> Path:
        """The folder of record snapshots."""
        ...

    def writing(self) -> AbstractContextManager[None]:
        """Holds the one-writer lock.

        Raises:
            NarrowgateError: ``gate_busy`` when another process holds it.
        """
        ...


@dataclass(frozen=True, slots=True)
class Gate:
    """An open gate: its parts behind their ports, and what its configuration says.

    Attributes:
        custodian: the gate's id, which packages name.
        demo: a gate of made-up people, marked so for good.
        limits: the adopted policy limits.
        clock_forward_days, clock_back_minutes: jumps of the clock beyond these shut the gate.
        hold_days, escalate_days: after how long a hold is overdue, and is told to the next role above.
    """

    custodian: str
    demo: bool
    limits: PolicyLimits
    store: Store
    keys: Keys
    clock: Clock
    files: Files
    jose: Jose
    progress: Progress = no_progress
    clock_forward_days: int = 400
    clock_back_minutes: int = 60
    hold_days: int = 10
    escalate_days: int = 5
