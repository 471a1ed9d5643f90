"""fsck: everything recomputed from bytes. The oracle of every crash test; it repairs nothing but by rolling forward."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby

from narrowgate.domain.books import EventRow, RequestRecord, RowRecord
from narrowgate.domain.errors import IntegrityError
from narrowgate.domain.merkle import Tree, leaf_hash
from narrowgate.domain.ports import Gate
from narrowgate.domain.vocabulary import EventKind, RowState
from narrowgate.notary import unseal
from narrowgate.notary.commit import history
from narrowgate.notary.commitments import commit, event_salt
from narrowgate.notary.entry import parse_entry
from narrowgate.notary.note import VerifierKey
from narrowgate.notary.replay import verify_public
from narrowgate.notary.rows import DECISION_SCHEMA
from narrowgate.notary.seal import check_segment

_ANSWERED = (RowState.AWAITING_RELEASE, RowState.RELEASED)
_DECISIONS = (EventKind.REQUEST_RECEIVED, EventKind.REQUEST_RECHECKED, EventKind.HOLD_REFUSED)


@dataclass(slots=True)
class Report:
    """What was checked, and everything that is wrong; clean when ``problems`` is empty."""

    entries: int = 0
    events: int = 0
    rows: int = 0
    requests: int = 0
    releases: int = 0
    problems: list[str] = field(default_factory=list)

    def found(self, where: str, error: Exception) -> None:
        """Notes a problem."""
        self.problems.append(f"{where}: {error}")

    def also(self, problems: Iterable[str]) -> None:
        """Adds what another check found, and this one did not."""
        self.problems += [problem for problem in problems if problem not in self.problems]


def check_sealed(gate: Gate, report: Report) -> dict[tuple[int, int], Mapping[str, object]]:
    """Every event opened from its seals and recomputed up to the root in its leaf.

    1. The leaf parses, and its number is right.
    2. The sealed segment is whole, to the bit.
    3. Each event's body opens; the commitments lead to the leaf's root.
    4. Each event's rows open, and their tree leads to the body's ``row_root``.

    Returns:
        (leaf, position) to the event's body.
    """
    bodies: dict[tuple[int, int], Mapping[str, object]] = {}
    size = gate.store.head().size
    by_entry = {index: list(events) for index, events in groupby(gate.store.events(), key=lambda e: e.entry)}
    for index, leaf in enumerate(gate.store.entries(0, size)):
        gate.progress("events", index, size)
        report.entries += 1
        try:
            entry = parse_entry(leaf)  # 1
            events = by_entry.get(index, [])
            check_segment(gate.files.sealed(entry.id), entry.id)  # 2
            opened = [unseal.open_event(gate, e) for e in events]  # 3
            salts = [event_salt(o.key, bytes.fromhex(entry.id), o.row.position) for o in opened]
            tree = Tree(leaf_hash(commit(s, o.body)) for s, o in zip(salts, opened, strict=True))
            if tree.root() != entry.root:
                raise IntegrityError("its events do not lead to its root")  # noqa: TRY301 - reported below, like all
            for o in opened:
                bodies[index, o.row.position] = o.about
                report.events += 1
                report.rows += _check_rows(gate, o)  # 4
        except IntegrityError as error:
            report.found(f"entry {index}", error)
    gate.progress("events", size, size)
    return bodies


def _check_rows(gate: Gate, opened: unseal.OpenedEvent) -> int:
    stated = opened.about.get("row_root")
    if stated is None:
        return 0
    table = unseal.rows(gate, opened.row, opened.key)
    if unseal.tree_of(opened.row, opened.key, table).root.hex() != stated:
        raise IntegrityError("its rows do not lead to its row root")
    return int(table.num_rows)


def fsck(gate: Gate) -> Report:
    """Checks the whole gate; the caller has rolled it forward first.

    1. The database finds its file sound.
    2. Its leaves lead to its tree head, and time never goes back from one to the next.
    3. The published ledger replays, to the database's last leaf.
    4. Every event and row recomputes from its seals.
    5. The books agree with what is sealed: every row has the decision, the answer and the release that they say.
    6. Nothing lies about that never happened.
    """
    report = Report(problems=[f"database: {problem}" for problem in gate.store.check()])  # 1
    head = gate.store.head()
    report.problems += history(gate)  # 2
    try:
        public = verify_public(gate.files.ledger, VerifierKey.parse(gate.keys.vkey))  # 3
        if public.size != head.size:
            report.problems.append(f"ledger: {public.size} entries published of {head.size}")
    except IntegrityError as error:
        report.found("ledger", error)
    bodies = check_sealed(gate, report)  # 4
    for request in gate.store.requests():
        report.requests += 1
        for problem in _check_books(gate, request, bodies):  # 5
            report.problems.append(f"request {request.ledger_id}: {problem}")
        report.releases += len(gate.store.releases(request.ledger_id))
    report.problems += _strays(gate)  # 6
    return report


def _check_books(
    gate: Gate, request: RequestRecord, bodies: Mapping[tuple[int, int], Mapping[str, object]]
) -> Iterator[str]:
    rows = gate.store.rows(request.ledger_id)
    if [r.row for r in rows] != list(range(request.rows)):
        yield "its rows are not all in the books"
    decided, answered = _sealed_rows(gate, request)
    for row in rows:
        decision = decided.get((row.row, row.decided_in))
        if decision is None:
            yield f"row {row.row} has no entered decision"
        elif row.state == RowState.REFUSED and decision != row.unmet:
            yield f"row {row.row} is refused under other elements than were entered"
        elif decision and row.state not in (RowState.REFUSED, RowState.WITHDRAWN):
            yield f"row {row.row} was refused and is not"
        if row.state in _ANSWERED and (row.row, row.answered_in) not in answered:
            yield f"row {row.row} has no entered answer"
    yield from _check_releases(gate, request, rows, bodies)


def _sealed_rows(gate: Gate, request: RequestRecord) -> tuple[dict[tuple[int, int], str], set[tuple[int, int]]]:
    """(row, leaf) to the unmet elements decided there; and the (row, leaf) that were answered."""
    decided: dict[tuple[int, int], str] = {}
    answered: set[tuple[int, int]] = set()
    key = gate.keys.unwrap(request.wrapped_key)
    for event in gate.store.events(request=request.ledger_id):
        if event.kind not in (*_DECISIONS, EventKind.ANSWERS_ENTERED):
            continue
        try:
            table = unseal.rows(gate, event, key)
        except IntegrityError:
            continue  # reported where events are checked
        if table.schema.equals(DECISION_SCHEMA):
            for row, unmet in zip(table["row"].to_pylist(), table["unmet"].to_pylist(), strict=True):
                decided[row, event.entry] = ";".join(unmet)
        else:
            answered |= {(row, event.entry) for row in table["row"].to_pylist()}
    return decided, answered


def _check_releases(
    gate: Gate,
    request: RequestRecord,
    rows: list[RowRecord],
    bodies: Mapping[tuple[int, int], Mapping[str, object]],
) -> Iterator[str]:
    """Every tranche that left has its entry, its files to the byte, and its rows, once."""
    left = Counter(r.tranche for r in rows if r.state == RowState.RELEASED)
    releases = gate.store.releases(request.ledger_id)
    for release in releases:
        event = _release_event(gate.store.events(entry=release.entry), request)
        body = bodies.get((release.entry, event.position), {}) if event else {}
        if body.get("tranche") != release.tranche or body.get("released") != left[release.tranche]:
            yield f"tranche {release.tranche} is not as it was entered"
        try:
            files = gate.files.outbox(request.ledger_id, release.tranche)
        except IntegrityError:
            yield f"tranche {release.tranche}: its files are missing"
            continue
        if {name: hashlib.sha256(data).hexdigest() for name, data in files.items()} != body.get("files"):
            yield f"tranche {release.tranche}: its files are not those entered"
    if set(left) - {r.tranche for r in releases}:
        yield "rows are released without a release"


def _release_event(events: list[EventRow], request: RequestRecord) -> EventRow | None:
    kinds = (e for e in events if e.kind is EventKind.ANSWERS_RELEASED and e.request == request.ledger_id)
    return next(kinds, None)


def _strays(gate: Gate) -> list[str]:
    known = {e.entry_id for e in gate.store.events()}
    released = {(r.request, r.tranche) for q in gate.store.requests() for r in gate.store.releases(q.ledger_id)}
    segments = [f"sealed segment {i} belongs to no entry" for i in gate.files.sealed_ids() if i not in known]
    return segments + [f"tranche {t} of {r} never left" for r, t in gate.files.outbox_ids() if (r, t) not in released]
