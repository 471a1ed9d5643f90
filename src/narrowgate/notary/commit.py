"""The commit: the one way by which anything is entered, and the way back after a crash.

Sealed segment, then one database transaction (that is the commit), then files that follow from the database. Recovery
only rolls forward: published files are a function of the database's entries.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import pyarrow as pa

from narrowgate.domain.books import EventRow, Json, TreeHead, utc_text
from narrowgate.domain.entered import Entered
from narrowgate.domain.errors import IntegrityError
from narrowgate.domain.merkle import Frontier, leaf_hash
from narrowgate.domain.ports import Gate, Transaction
from narrowgate.domain.vocabulary import EventKind
from narrowgate.notary.checkpoint import open_checkpoint
from narrowgate.notary.commitments import RowTree
from narrowgate.notary.entry import Event, make_entry, parse_entry
from narrowgate.notary.files import CHECKPOINT
from narrowgate.notary.note import VerifierKey
from narrowgate.notary.rows import row_tree
from narrowgate.notary.seal import Part, write_segment
from narrowgate.notary.tables import to_bytes
from narrowgate.notary.tiles import WIDTH, publish_plan, superseded

Apply = Callable[[Transaction, int], None]
"""What else the transaction changes, told the index of the leaf."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An event to enter.

    Attributes:
        about: its body, but for kind, time and row root.
        request: ledger id of its request; "" for none.
        request_digest: hex; handed back in ``Entered``.
        key: the request's key; b"" has a fresh one made.
        rows: decisions or answers (``notary.rows``), sealed and committed to row by row; or None.
        parts: label to bytes that are sealed with it.
    """

    kind: EventKind
    about: Mapping[str, Json] = field(default_factory=dict)
    request: str = ""
    request_digest: str = ""
    key: bytes = b""
    rows: pa.Table | None = None
    parts: Mapping[str, bytes] = field(default_factory=dict)


def new_entry_id() -> str:
    """32 random hex digits; a request's ledger id is that of the commit that enters it."""
    return os.urandom(16).hex()


def tree_label(entry_id: str, position: int) -> str:
    """The label of an event's row tree: no two under one key are the same."""
    return f"{entry_id}/{position}"


def enter(
    gate: Gate,
    at: datetime,
    drafts: Sequence[Draft],
    *,
    apply: Apply = lambda _tx, _index: None,
    public: Mapping[str, Json] | None = None,
    entry_id: str = "",
) -> list[Entered]:
    """Enters events beneath one new leaf, and everything that changes with them.

    1. Row trees, event bodies and the leaf are made.
    2. The sealed segment is written and flushed.
    3. One transaction: head by compare and swap, leaf, events, and ``apply``. This is the commit.
    4. Files are published from the database.

    The caller holds the one-writer lock. A failure before 3 leaves a segment that ``recover`` removes; after
    3, ``recover`` does step 4. A reference time behind the last leaf's counts as that: what was entered meanwhile
    (a stay) may be later than the batch.
    """
    at = max(at, last_time(gate))
    entry_id = entry_id or new_entry_id()
    keys = [(draft.key, b"") if draft.key else gate.keys.new_key() for draft in drafts]
    trees = [
        _tree(draft, key, tree_label(entry_id, i)) for i, (draft, (key, _)) in enumerate(zip(drafts, keys, strict=True))
    ]
    events = [Event(_body(d, t, at), key) for d, t, (key, _) in zip(drafts, trees, keys, strict=True)]
    entry = make_entry(entry_id, at, events, public)  # 1
    parts = [
        part
        for i, (draft, (key, _)) in enumerate(zip(drafts, keys, strict=True))
        for part in _parts(draft, key, i, entry.events[i].body)
    ]
    write_segment(gate.files.sealed(entry_id), entry_id, parts)  # 2
    before = gate.store.head()
    rows = [
        EventRow(before.size, entry_id, i, d.kind, d.request, wrapped)
        for i, (d, (_, wrapped)) in enumerate(zip(drafts, keys, strict=True))
    ]
    with gate.store.begin() as transaction:  # 3
        transaction.append(entry.data, entry_id, before, _grown(before, entry.data, at))
        transaction.put_events(rows)
        apply(transaction, before.size)
    publish(gate)  # 4
    return [
        Entered(entry_id, before.size, i, draft.request_digest, tree.root.hex() if tree else "")
        for i, (draft, tree) in enumerate(zip(drafts, trees, strict=True))
    ]


def _tree(draft: Draft, key: bytes, label: str) -> RowTree | None:
    return None if draft.rows is None else row_tree(key, label, draft.rows)


def _body(draft: Draft, tree: RowTree | None, at: datetime) -> dict[str, object]:
    body: dict[str, object] = {**draft.about, "kind": draft.kind.value, "time": utc_text(at)}
    return body | ({"row_root": tree.root.hex(), "row_size": tree.size} if tree else {})


def _parts(draft: Draft, key: bytes, position: int, body: bytes) -> list[Part]:
    parts = [Part(f"{position}/body", key, body)]
    if draft.rows is not None:
        parts.append(Part(f"{position}/rows", key, to_bytes(draft.rows)))
    return parts + [Part(f"{position}/{label}", key, data) for label, data in draft.parts.items()]


def _grown(before: TreeHead, leaf: bytes, at: datetime) -> TreeHead:
    frontier = Frontier(before.size, before.frontier)
    frontier.append(leaf_hash(leaf))
    return TreeHead(before.size + 1, frontier.root(), tuple(frontier.hashes()), at)


def last_time(gate: Gate) -> datetime:
    """The time of the last leaf, which the ledger binds; the time beside the database's tree head is a cache of it.

    Raises:
        IntegrityError: when the last leaf is missing or malformed.
    """
    head = gate.store.head()
    for leaf in gate.store.entries(head.size - 1, head.size) if head.size else ():
        return parse_entry(leaf).time
    if head.size:
        raise IntegrityError("the last leaf is missing from the database", "restore a newer backup of it")
    return head.time


def history(gate: Gate) -> list[str]:
    """What is wrong with the leaves as the database has them: one line a problem.

    1. Time never goes back from one to the next; equal times are no harm.
    2. They lead to the tree head, and the time beside it is that of the last: the gate's own time hangs on it.
    """
    problems: list[str] = []
    head, frontier, last = gate.store.head(), Frontier(), None
    for index, leaf in enumerate(gate.store.entries(0, head.size)):
        frontier.append(leaf_hash(leaf))
        try:
            time = parse_entry(leaf).time
        except IntegrityError as error:
            problems.append(f"entry {index}: {error}")
            continue
        if last and time < last:  # 1
            problems.append(f"entry {index}: its time is before that of the entry before it")
        last = time
    if (frontier.size, frontier.root(), tuple(frontier.hashes())) != (head.size, head.root, tuple(head.frontier)):  # 2
        problems.append("database: its leaves do not lead to its tree head")
    if last and last != head.time:
        problems.append("database: its tree head is of another time than its last leaf")
    return problems


def empty_head(at: datetime) -> TreeHead:
    """The head of a log without leaves."""
    return TreeHead(0, Frontier().root(), (), at)


def published(gate: Gate) -> tuple[int, bytes]:
    """Size and bytes of the published checkpoint; (0, b"") while a gate is being founded.

    Raises:
        IntegrityError: when it is missing, not ours, or ahead of or apart from the database (a restored past): the
            gate is shut.
    """
    founded = 1
    try:
        data = gate.files.ledger.read(CHECKPOINT)
    except IntegrityError:
        if gate.store.head().size <= founded:
            return 0, b""
        raise IntegrityError(
            "the published checkpoint is missing",
            "restore the ledger folder from a backup or a mirror: without it a restored past cannot be told",
        ) from None
    checkpoint, _ = open_checkpoint(data, VerifierKey.parse(gate.keys.vkey))
    head = gate.store.head()  # read after the checkpoint, which a writer renews after the head
    if checkpoint.size > head.size:
        raise IntegrityError(
            f"the published checkpoint is ahead of the database: {checkpoint.size} against {head.size} entries",
            "the database is a restored past: restore a newer backup; nothing may be answered from this one",
        )
    frontier = Frontier()
    for leaf in gate.store.entries(0, checkpoint.size) if checkpoint.size != head.size else ():
        frontier.append(leaf_hash(leaf))
    if (head.root if checkpoint.size == head.size else frontier.root()) != checkpoint.root:
        raise IntegrityError("the published checkpoint is of another history than the database", "run `ledger fsck`")
    return checkpoint.size, data


def publish(gate: Gate) -> None:
    """Rolls the published files forward to the database: bundles and tiles first, the checkpoint last."""
    (done, _), head = published(gate), gate.store.head()
    if done == head.size:
        return
    for path, data in publish_plan(gate.store.entries, done, head.size):
        gate.files.ledger.write(path, data)
    gate.files.ledger.write(CHECKPOINT, gate.keys.sign_checkpoint(head.size, head.root))
    if head.size // WIDTH > done // WIDTH:  # those of a tile before; a reader may still be at the latest ones
        for path in list(superseded(gate.files.ledger.paths(), done)):
            gate.files.ledger.delete(path)


def recover(gate: Gate) -> None:
    """What every command does first, under the lock: segments and tranches that never happened go, files catch up.

    Raises:
        IntegrityError: when what would go did happen, and the books have lost it.
    """
    publish(gate)
    events = gate.store.events()
    orphans = set(gate.files.sealed_ids()) - {row.entry_id for row in events}
    if orphans and orphans & {parse_entry(leaf).id for leaf in gate.store.entries(0, gate.store.head().size)}:
        raise IntegrityError("an entry's events are missing from the database", "restore a newer backup of it")
    for entry_id in orphans:
        gate.files.drop_sealed(entry_id)
    releases = [r for request in gate.store.requests() for r in gate.store.releases(request.ledger_id)]
    if len(releases) != sum(row.kind is EventKind.ANSWERS_RELEASED for row in events):
        raise IntegrityError("a release is missing from the database", "restore a newer backup of it")
    for request, tranche in set(gate.files.outbox_ids()) - {(r.request, r.tranche) for r in releases}:
        gate.files.drop_outbox(request, tranche)
