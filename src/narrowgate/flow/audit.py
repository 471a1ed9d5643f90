"""Audit: the gate's books compared with the ledger, from which all of them follow.

The operations database can be edited by whoever can write its file; the sealed ledger cannot be without its root
showing it. So everything that the database says and the gate acts on is worked out anew from what was entered.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from narrowgate.domain.books import EventRow, Json, Registered, RegisterKind
from narrowgate.domain.errors import ErrorCode, IntegrityError, NarrowgateError
from narrowgate.domain.ports import Gate
from narrowgate.domain.vocabulary import EventKind, PublicKind
from narrowgate.flow import rulings
from narrowgate.flow.audit_books import Books, Opened
from narrowgate.governance import stays
from narrowgate.governance.decisions import INIT, Statement, parse_statement, weigh
from narrowgate.governance.staff import WRITES, Staff
from narrowgate.governance.writes import overreach
from narrowgate.notary import unseal
from narrowgate.notary.commit import history
from narrowgate.notary.entry import PublicEntry, parse_entry

_TRIES = 3


def audit(gate: Gate) -> list[str]:
    """Everything in the books that does not follow from the ledger; the notary's own checks come first.

    The books may grow while they are read, if the caller does not hold the lock: what is found wrong then is looked at
    again.

    1. The leaves lead to the tree head, in order of time. Every event opens, and is of the kind that the books say.
    2. The register is rebuilt from the decisions, each with its signatures, and compared.
    3. Requests, rows, releases and guesses are rebuilt from their events, and compared; nothing else is public.
    4. The adopted snapshot is read whole and compared with its name.
    5. What waits for a signature is such a statement; a stay that waits to be entered is signed.

    Returns:
        One line a problem; it names leaves, requests and row numbers, and nobody.

    Raises:
        NarrowgateError: ``gate_busy`` when the books never stand still.
    """
    for _ in range(_TRIES):
        size = gate.store.head().size
        problems = _audit(gate)
        if not problems or gate.store.head().size == size:
            return problems
    raise NarrowgateError(ErrorCode.GATE_BUSY, "the books grew while they were read", "try again when it is quiet")


def _audit(gate: Gate) -> list[str]:
    problems = history(gate)
    register, books = Register(gate, problems), Books(gate, problems)
    statement: tuple[int, Statement | None] = (-1, None)
    size = gate.store.head().size
    for event in _events(gate, gate.store.events(), problems):  # 1
        gate.progress("audit", event.row.entry, size)
        if event.kind is EventKind.DECISION:
            statement = (event.row.entry, register.take(event))  # 2
        else:
            register.measure(event)
            books.take(event, statement[1] if statement[0] == event.row.entry else None)  # 3
    gate.progress("audit", size, size)
    register.compare()
    books.compare()
    for entry, leaf in enumerate(gate.store.entries(0, size)):
        if entry not in register.told and parse_entry(leaf).public is not None:
            problems.append(f"entry {entry}: nobody decided what is public of it")
    try:
        rulings.snapshot(gate, verify=True)  # 4
    except IntegrityError as error:
        problems.append(f"records: {error}")
    return problems + _waiting(gate)  # 5


def _waiting(gate: Gate) -> list[str]:
    """What is wrong with what waits. A stay that nobody signed is not in force, and here is where it shows."""
    try:
        waiting = gate.store.pending()
    except IntegrityError as error:
        return [f"pending: {error}"]
    received = {statement.id for statement in rulings.received_stays(gate)}
    problems = []
    for number, pending in enumerate(waiting, 1):
        try:
            statement = parse_statement(pending.statement)
            whole = (statement.id, statement.to_bytes()) == (pending.id, pending.statement)
        except NarrowgateError:
            problems.append(f"pending {number}: what waits is no statement of this gate")
            continue
        if not whole:
            problems.append(f"pending {number}: what waits is not what was signed")
        elif statement.command == stays.ENTER and statement.id not in received:
            problems.append(f"pending {number}: a stay waits that nobody signed who may: it is not in force")
    return problems


def audit_register(gate: Gate) -> list[str]:
    """The leaves, and the register as step 2 of ``audit``: cheap enough for every opening of a gate for writing.

    It opens the events that have a key of their own, decisions among them, and no request's. So it does not see a
    decision that was taken out of the register and whose event was made to pass for one of a request: ``audit`` does.
    """
    problems = history(gate)
    register = Register(gate, problems)
    events = gate.store.events()
    if {e.entry for e in events} != set(range(gate.store.head().size)):
        problems.append("a leaf's events are missing from the books")
    own = [e for e in events if e.wrapped_key or e.kind is EventKind.DECISION]
    for event in _events(gate, own, problems):
        if event.kind is EventKind.DECISION:
            register.take(event)
        register.measure(event)
    register.compare()
    return problems


def _events(gate: Gate, rows: Sequence[EventRow], problems: list[str]) -> Iterator[Opened]:
    """Events opened from their seals; what does not open is a problem."""
    requests = {r.ledger_id: r for r in gate.store.requests()}
    for row in rows:
        try:
            key = unseal.event_key(gate, row, requests)
            opened = unseal.OpenedEvent(row, key, unseal.part(gate, row, key, "body"))
            event = Opened(row, key, EventKind(str(opened.about["kind"])), opened.about)
        except IntegrityError as error:
            problems.append(f"entry {row.entry}: {error}")
            continue
        if event.kind is not row.kind:
            problems.append(f"entry {row.entry}: the books call its event {row.kind}, and it is {event.kind}")
        yield event


@dataclass(slots=True)
class Register:
    """The register as the decisions in the ledger make it.

    Attributes:
        items: what was decided, in order; ``seq`` counts from 1, as the register's own.
        entries: the leaf of each.
        told: the leaves that may say something in public.
        measured: digests of the certificates that this gate measured so far.
    """

    gate: Gate
    problems: list[str]
    items: list[Registered] = field(default_factory=list)
    entries: list[int] = field(default_factory=list)
    told: set[int] = field(default_factory=set)
    measured: set[str] = field(default_factory=set)

    def take(self, event: Opened) -> Statement | None:
        """The next decision; returns its statement where people signed one, whatever it is about.

        1. The first leaf founds the gate: what it registers was in its founders' hands alone.
        2. A statement is about this gate, and as canonical as it was signed.
        3. It is signed by enough people of its role, as the staff was at that moment.
        4. What writes the register writes its own kind, after the state it names, what its command may and no more.
        """
        entry, about = event.row.entry, event.about
        if about.get("command") == INIT or entry == 0:  # 1
            self._found(event)
            return None
        try:
            statement = parse_statement(about["statement"].encode())
            if statement.to_bytes() != about["statement"].encode() or statement.log != self.gate.keys.vkey:  # 2
                self._problem(entry, "its statement is not of this gate")
            if not self._signed(statement, about["signatures"]):  # 3
                self._problem(entry, f"`{statement.command}` lacks a second signature")
            if statement.command in WRITES:
                self._write(entry, statement)  # 4
        except NarrowgateError as error:
            self._problem(entry, f"its decision does not hold ({error.code})")
        except (KeyError, ValueError, TypeError, AttributeError):
            self._problem(entry, "its decision is malformed")
        else:
            return statement
        return None

    def measure(self, event: Opened) -> None:
        """An attempt to certify; of any other event, nothing."""
        if event.kind is EventKind.CERTIFICATION_ATTEMPTED:
            self.measured.add(str(event.about.get("certificate")))

    def _problem(self, entry: int, what: str) -> None:
        self.problems.append(f"entry {entry}: {what}")

    def _found(self, event: Opened) -> None:
        entry, public = event.row.entry, self._leaf(event.row.entry).public
        named = {"kind": PublicKind.GATE_FOUNDED, "custodian": self.gate.custodian, "demo": self.gate.demo}
        if entry or event.about.get("command") != INIT:
            self._problem(entry, "a gate is founded by its first leaf, and once")
            return
        if public != named:
            self._problem(entry, "custodian or demo is not as the gate was founded")
        self.told.add(entry)
        for item in event.about.get("register", ()):
            self._put(RegisterKind(item["kind"]), item["key"], item["body"], entry)

    def _signed(self, statement: Statement, signatures: Mapping[str, str]) -> bool:
        staff = Staff(self._newest(RegisterKind.FOUNDER), self._newest(RegisterKind.STAFF))
        return weigh(statement, {}, signatures, staff, self.gate.jose).complete

    def _write(self, entry: int, statement: Statement) -> None:
        about: Mapping[str, Any] = statement.about
        kind, key = RegisterKind(about["kind"]), about["key"]
        if kind is not WRITES[statement.command]:
            self._problem(entry, f"`{statement.command}` wrote the register's {kind}")
        before = next((item for item in self._newest(kind) if item.key == key), None)
        latest = before.seq if before else 0
        if statement.after != latest:
            self._problem(entry, f"`{statement.command}` was signed after another state of the {kind}")
        leaf = self._leaf(entry)
        stood = before.body if before else None
        if problem := overreach(statement.command, about, stood, leaf.time, self.gate.jose.thumbprint):
            self._problem(entry, problem)
        if statement.command == "certify" and about["body"]["digest"] not in self.measured:
            self._problem(entry, "this gate measured no such certificate")
        if leaf.public != about.get("public"):
            self._problem(entry, "what is public of it is not what was signed")
        self.told.add(entry)
        self._put(kind, key, about["body"], entry)

    def _put(self, kind: RegisterKind, key: str, body: Mapping[str, Json], entry: int) -> None:
        self.items.append(Registered(len(self.items) + 1, kind, key, body))
        self.entries.append(entry)

    def _newest(self, kind: RegisterKind) -> list[Registered]:
        newest = {item.key: item for item in self.items if item.kind is kind}
        return sorted(newest.values(), key=lambda item: item.seq)

    def _leaf(self, entry: int) -> PublicEntry:
        for leaf in self.gate.store.entries(entry, entry + 1):
            return parse_entry(leaf)
        raise IntegrityError("the books have no such leaf")

    def compare(self) -> None:
        """Every row of the table is what its leaf decided, in order, and there is no other."""
        stored = {item.seq: item for kind in RegisterKind for item in self.gate.store.register_history(kind)}
        for item, entry in zip(self.items, self.entries, strict=True):
            found = stored.pop(item.seq, None)
            if found is None:
                self.problems.append(f"register: the {item.kind} that entry {entry} decided is missing")
            elif found != item:
                self.problems.append(f"register: the {item.kind} that entry {entry} decided was altered")
        self.problems += [
            f"register: nobody decided the {s.kind} in its row {seq}" for seq, s in sorted(stored.items())
        ]
