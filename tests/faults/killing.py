"""One fault in one command on a copy of a gate, and everything that must hold after it."""

import hashlib
import io
import json
import os
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from faults.strace import Call, Ended, Launcher, all_writes, kill_at, refuse_from
from kit import OFFICERS, Done, Kit, Row, subject
from narrowgate import wiring
from narrowgate.domain.books import RequestRecord
from narrowgate.domain.ports import Gate
from narrowgate.domain.vocabulary import EventKind, RowState
from narrowgate.flow.viewing import leaving
from narrowgate.notary import unseal
from narrowgate.notary.files import FolderFiles
from narrowgate.notary.fsck import fsck
from narrowgate.notary.note import VerifierKey
from narrowgate.notary.replay import verify_public


class Quiet:
    """Takes what commands print, in a process without pytest."""

    def __init__(self) -> None:
        self.out, self.err = io.StringIO(), io.StringIO()

    def readouterr(self) -> tuple[str, str]:
        """What was printed since the last call."""
        found = self.out.getvalue(), self.err.getvalue()
        for stream in (self.out, self.err):
            stream.seek(0)
            stream.truncate()
        return found


@contextmanager
def quiet_kit(root: Path) -> Iterator[Kit]:
    """A kit on a folder, in any process."""
    quiet = Quiet()
    with redirect_stdout(quiet.out), redirect_stderr(quiet.err):
        yield Kit(root, quiet)


def rows(kit: Kit) -> list[Row]:
    """A confirmed row, a wrong address, one that is refused, another officer's."""
    people, other = kit.people, kit.people[9]
    wrong = {"address_line_1": other.address_line_1, "city": other.city, "zip": other.zip}
    return [
        subject(people[0], 1),
        subject(people[1], 2, **wrong),
        subject(people[2], 3, taxable_periods=""),
        subject(people[3], 4, officer=OFFICERS[1]),
    ]


def packaged(kit: Kit) -> None:
    """Before ``submit``: the package lies ready."""
    kit.package(rows(kit))


def submitted(kit: Kit) -> None:
    """Before ``approve``: two rows of one officer and one of another await release."""
    kit.submit(rows(kit))


def held(kit: Kit) -> None:
    """Before ``hold release``: every lawful row waits, because all give one reason."""
    config = kit.gate / wiring.CONFIG
    config.write_text(config.read_text().replace("reason_repeats = 5", "reason_repeats = 1"))
    said = "the indictment charges willful failure to depart, and his present address decides where he is served"
    kit.submit([row | {"reason": said} for row in rows(kit)])


@dataclass(frozen=True)
class Operation:
    """A command whose every write is a place to die.

    Attributes:
        prepare: brings the template to where the command is given.
        words: the command.
        settled: exit codes of the same command given again.
        anew: what is entered once more when the command is given again after its first commit alone.
    """

    name: str
    prepare: Callable[[Kit], None]
    words: Callable[[Kit], Sequence[object]]
    settled: tuple[int, ...]
    anew: EventKind | None = None


OPERATIONS = {
    "submit": Operation("submit", packaged, lambda k: ["submit", k.gate, k.root / "packages" / "r-1"], (0,)),
    "approve": Operation(
        "approve",
        submitted,
        lambda k: ["approve", k.gate, "r-1", *k.signs()],
        (0, 2),
        EventKind.ANSWERS_ENTERED,  # as the tranche leaves; each attempt has its own
    ),
    "hold release": Operation("hold release", held, lambda k: ["hold", "release", k.gate, "r-1", *k.signs()], (0, 2)),
}


@dataclass(frozen=True)
class Books:
    """What a gate holds, without what is random in it: two gates with the same history have the same."""

    entries: int
    events: Mapping[str, int]
    rows: tuple[tuple[str, int, str, str, str, int], ...]
    debits: Mapping[tuple[str, str, int], int]
    releases: tuple[tuple[str, int, int, tuple[str, ...]], ...]
    outbox: tuple[tuple[str, ...], ...]
    sealed: int
    pending: int

    def with_one_more(self, kind: EventKind) -> "Books":
        """The same, but for one more commit with such an event."""
        events = Counter(self.events) + Counter([kind.value])
        return replace(self, entries=self.entries + 1, events=events, sealed=self.sealed + 1)


def books(gate: Gate) -> Books:
    """Reads them."""
    requests = gate.store.requests()
    names = {r.ledger_id: f"{r.agency}/{r.request_id}" for r in requests}
    with sqlite3.connect(gate.files.root / wiring.STORE) as db:
        debits = Counter((kind, names[request], row) for kind, request, row in db.execute(DEBITS))
    db.close()
    return Books(
        gate.store.head().size,
        Counter(e.kind.value for e in gate.store.events()),
        tuple(
            (names[q.ledger_id], r.row, r.state, r.unmet, r.causes, r.tranche)
            for q in requests
            for r in gate.store.rows(q.ledger_id)
        ),
        debits,
        tuple(
            (names[q.ledger_id], r.tranche, r.rows, r.files) for q in requests for r in gate.store.releases(q.ledger_id)
        ),
        tuple(tuple(gate.files.outbox(r, t)) for r, t in gate.files.outbox_ids()),
        len(gate.files.sealed_ids()),
        len(gate.store.pending()),
    )


DEBITS = "SELECT kind, request, row FROM debit"


def published(gate: Gate) -> int:
    """Size of the published checkpoint, once the whole public ledger has replayed, and is no further than the books."""
    report = verify_public(FolderFiles(gate.files.root / "ledger"), VerifierKey.parse(gate.keys.vkey))
    size = gate.store.head().size
    assert report.size <= size, f"the checkpoint is ahead: {report.size} of {size}"
    return report.size


def nothing_left_unentered(gate: Gate) -> int:
    """Every sealed file that ``answers --sealed`` would give is named, by its digest, in an entered release.

    Returns:
        How many there are.
    """
    found = 0
    for request in gate.store.requests():
        entered = _released_digests(gate, request)
        for name, data in leaving(gate, request)[0].items():
            if name.endswith(".jwe"):
                assert entered.get(name) == hashlib.sha256(data).hexdigest(), f"{name} left without its entry"
                found += 1
        released = [r for r in gate.store.rows(request.ledger_id) if r.state == RowState.RELEASED]
        assert len(released) == sum(r.rows for r in gate.store.releases(request.ledger_id))
    return found


def _released_digests(gate: Gate, request: RequestRecord) -> dict[str, str]:
    digests: dict[str, str] = {}
    for event in gate.store.events(request=request.ledger_id):
        if event.kind is EventKind.ANSWERS_RELEASED:
            files = unseal.open_event(gate, event).about["files"]
            assert not set(files) & set(digests), "a file left twice"
            digests |= files
    return digests


@dataclass(frozen=True)
class Outcome:
    """What came of one fault.

    Attributes:
        at: where it struck: the call and the path.
        ended: how the command ended.
        entered: entries the books held then, beyond those before.
        again: exit code of the same command, given again.
        books: what they hold then, in words.
        wrong: what did not hold; "" where everything did.
    """

    operation: str
    fault: str
    at: str
    ended: str
    entered: int
    again: int
    books: str
    wrong: str


@dataclass(frozen=True)
class Undisturbed:
    """A run that nothing struck.

    Attributes:
        calls: all that it wrote inside the gate's folder, in order.
        before: size of the published log before it.
        after: what the gate held after it.
    """

    calls: tuple[Call, ...]
    before: int
    after: Books


def trace(launcher: Launcher, template: Path, operation: str, scratch: Path) -> Undisturbed:
    """Runs an operation undisturbed."""
    with _copy(template, scratch) as kit:
        with wiring.opened(kit.gate) as gate:
            before = published(gate)
        ended = launcher.run(kit.gate, OPERATIONS[operation].words(kit), *all_writes())
        assert not ended.killed, ended
        assert ended.code == 0, ended
        with wiring.opened(kit.gate) as gate:
            return Undisturbed(ended.calls, before, books(gate))


def strike(
    launcher: Launcher, template: Path, job: tuple[str, str, Call], expected: Undisturbed, scratch: Path
) -> Outcome:
    """One fault, then all that must hold.

    1. The public ledger replays and is not ahead of the books; nothing left that is not entered.
    2. ``ledger fsck`` rolls forward and finds nothing wrong.
    3. The same command again ends in the state of an undisturbed run.
    """
    operation, fault, call = job
    known = OPERATIONS[operation]
    with _copy(template, scratch) as kit:
        tampering = kill_at(call) if fault == "SIGKILL" else refuse_from(call, fault)
        ended = launcher.run(kit.gate, known.words(kit), *tampering)
        last = ended.calls[-1] if ended.killed and ended.calls else call
        outcome = Outcome(operation, fault, f"{last.name} {last.path}", _said(ended), 0, -1, "", "")
        try:
            return _checked(kit, known, expected, outcome)
        except AssertionError as error:
            return replace(outcome, wrong=str(error) or repr(error))


def _checked(kit: Kit, operation: Operation, expected: Undisturbed, outcome: Outcome) -> Outcome:
    with wiring.opened(kit.gate) as gate:  # 1
        after = published(gate)
        entered = gate.store.head().size - expected.before
        nothing_left_unentered(gate)
    assert after >= expected.before, f"the checkpoint went back from {expected.before} to {after}"
    checked = kit.run("ledger", "fsck", kit.gate)  # 2
    assert (checked.code, checked.document["clean"]) == (0, True), checked
    again = _again(kit, operation)  # 3
    with wiring.opened(kit.gate) as gate:
        assert published(gate) >= after
        nothing_left_unentered(gate)
        assert fsck(gate).problems == []
        found = books(gate)
    outcome = replace(outcome, entered=entered, again=again.code, books="as undisturbed")
    if operation.anew and entered == 1 and again.code == 0:
        expected_books = expected.after.with_one_more(operation.anew)
        outcome = replace(outcome, books=f"as undisturbed, but {operation.anew} twice")
    else:
        expected_books = expected.after
    assert found == expected_books, f"other books than undisturbed: {_difference(found, expected_books)}"
    return outcome


def _again(kit: Kit, operation: Operation) -> Done:
    again = kit.run(*operation.words(kit))
    assert again.code in operation.settled, again
    return again


def _said(ended: Ended) -> str:
    if ended.killed:
        return "killed"
    error = json.loads(ended.out).get("error", {}) if ended.out.strip() else {}
    return ", ".join([f"exit {ended.code}", *([error["code"]] if error else [])])


def _difference(found: Books, expected: Books) -> dict[str, tuple[Any, Any]]:
    names = Books.__dataclass_fields__
    pairs = {name: (getattr(found, name), getattr(expected, name)) for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


@contextmanager
def _copy(template: Path, scratch: Path) -> Iterator[Kit]:
    shutil.rmtree(scratch, ignore_errors=True)
    shutil.copytree(template, scratch)
    try:
        with quiet_kit(scratch) as kit:
            yield kit
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


# --- in a worker process ----------------------------------------------------------------------------------------------

_worker: list[tuple[Launcher, Path]] = []


def start_worker(folder: Path) -> None:
    """A worker has a launcher and a folder of its own."""
    _worker.append((Launcher(), folder / f"worker-{os.getpid()}"))


def work(template: Path, job: tuple[str, str, Call], expected: Undisturbed) -> Outcome:
    """``strike`` in a worker."""
    launcher, scratch = _worker[0]
    return strike(launcher, template, job, expected, scratch)
