"""What two people decide: a statement, their signatures over exactly it, its effect, all in one entry."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from narrowgate.domain.books import Json, Pending, RegisterKind
from narrowgate.domain.errors import ErrorCode, IntegrityError, InvalidInput, NarrowgateError
from narrowgate.domain.parties import Jwk
from narrowgate.domain.ports import Gate, Transaction
from narrowgate.domain.vocabulary import EventKind
from narrowgate.flow import rulings
from narrowgate.flow.audit import audit_register
from narrowgate.governance.decisions import Statement, parse_statement, weigh
from narrowgate.governance.staff import WRITES
from narrowgate.governance.writes import overreach
from narrowgate.notary.commit import Draft, enter, recover

Effect = Callable[[Gate, Statement, Draft, datetime], Mapping[str, Json]]
"""Carries a complete decision out, entering its draft; says what came of it."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What came of a command that people sign.

    Attributes:
        id: names it while it waits.
        complete: it took effect; else it waits for a second signature.
        result: what the effect says.
    """

    id: str
    command: str
    complete: bool
    signed_by: tuple[str, ...]
    result: Mapping[str, Json]


def register_statement(  # noqa: PLR0913 - the parts of one statement
    gate: Gate,
    command: str,
    kind: RegisterKind,
    key: str,
    body: Mapping[str, Json],
    *,
    public: Mapping[str, Json] | None = None,
    why: str = "",
) -> Statement:
    """A statement that gives a key of the register a new body."""
    about: dict[str, Json] = {"kind": kind.value, "key": key, "body": dict(body)}
    about |= {"public": dict(public)} if public else {}
    about |= {"why": why} if why else {}
    return Statement(gate.keys.vkey, command, about, _latest(gate, kind, key))


def _latest(gate: Gate, kind: RegisterKind, key: str) -> int:
    return next((item.seq for item in gate.store.registered(kind) if item.key == key), 0)


def go_in(gate: Gate) -> None:
    """What every command that writes does first, under the lock.

    1. Roll the gate forward from whatever a crash left.
    2. Check who may decide: the register follows from the ledger.
    3. Enter the stays that were received: nothing is decided before them.

    Raises:
        IntegrityError: when the register does not follow from the ledger: somebody edited it, and the gate is shut.
    """
    recover(gate)  # 1
    problems = audit_register(gate)  # 2
    if problems:
        raise IntegrityError(problems[0], "nothing is decided from an edited register: see `narrowgate ledger fsck`")
    enter_received(gate)  # 3


def enter_received(gate: Gate) -> int:
    """Enters the stays that counsel signed while another command was writing; the caller holds the lock.

    A gate that its clock has shut enters none: an entry would carry its time into the ledger, and open it. They are in
    force all the same.

    Returns:
        How many there were.
    """
    received = rulings.received_stays(gate)
    known = {item.key for item in gate.store.registered(RegisterKind.STAY)} if received else set()
    try:
        at = rulings.gate_time(gate) if received else gate.store.head().time
    except IntegrityError:
        return 0
    for statement in received:
        key = str(statement.about["key"])
        if key in known:  # entered before under another time of receipt
            with gate.store.begin() as transaction:
                transaction.drop_pending(statement.id)
            continue
        signatures = next(dict(p.signatures) for p in gate.store.pending() if p.id == statement.id)
        known.add(key)
        register(gate, statement, decision_draft(statement, signatures), max(at, gate.store.head().time))
    return len(received)


def decide(gate: Gate, statement: Statement, signers: Mapping[str, Jwk]) -> Decision:
    """Signs a statement with the given private keys, and carries it out when that completes it.

    1. The statement is about this gate. Signatures given before over the same bytes count.
    2. Every fresh signature must hold, by a person with the role; earlier ones count where they still do.
    3. What is signed is worked out anew from the present state, at the first signature and when it takes effect.
    4. Complete: the effect, entered with statement and signatures. Not yet: it waits.

    Raises:
        NarrowgateError: ``not_authorised``; ``invalid_input`` without any signature; ``nothing_to_do`` where the state
            moved on, or the statement never followed from it.
    """
    from narrowgate.flow.effects import EFFECTS  # noqa: PLC0415 - the effects are built on this module
    from narrowgate.flow.recomputing import require_recomputed  # noqa: PLC0415 - likewise

    if not signers:
        raise InvalidInput(f"`{statement.command}` is decided by people: no signature given", "add --sign ID=KEYFILE")
    with gate.files.writing():
        go_in(gate)
        configuring = statement.command == "config adopt"
        at = rulings.configuring_time(gate) if configuring else rulings.gate_time(gate)
        if statement.log != gate.keys.vkey:
            raise IntegrityError("the statement is about another gate", "sign what this gate shows")
        payload = statement.to_bytes()
        before = next((dict(p.signatures) for p in gate.store.pending() if p.id == statement.id), {})  # 1
        fresh = {person: gate.jose.sign(payload, key, detached=True) for person, key in signers.items()}
        weighed = weigh(statement, before, fresh, rulings.staff(gate), gate.jose)  # 2
        signatures = weighed.counting
        require_recomputed(gate, statement, at)  # 3
        if not weighed.complete:
            gate.store.put_pending(Pending(statement.id, payload, signatures, at))
            return Decision(statement.id, statement.command, complete=False, signed_by=tuple(signatures), result={})
        result = EFFECTS[statement.command](gate, statement, decision_draft(statement, signatures), at)  # 4
        return Decision(statement.id, statement.command, complete=True, signed_by=tuple(signatures), result=result)


def waiting_statements(gate: Gate) -> list[tuple[Pending, Statement | None]]:
    """All that waits; None where what waits is no statement, or not the one that was signed."""
    return [(pending, _whole(pending)) for pending in gate.store.pending()]


def _whole(pending: Pending) -> Statement | None:
    try:
        statement = parse_statement(pending.statement)
        return statement if (statement.id, statement.to_bytes()) == (pending.id, pending.statement) else None
    except NarrowgateError:
        return None


def waiting_statement(gate: Gate, pending: str) -> Statement:
    """What waits under an id, to be shown to whoever signs it next.

    Raises:
        InvalidInput: when nothing of that id waits.
        IntegrityError: when what waits there is not what the first signer signed.
    """
    found = next((p for p in gate.store.pending() if p.id == pending), None)
    if found is None:
        raise InvalidInput("nothing of that id waits", "`narrowgate sign-off GATE` lists what does")
    statement = _whole(found)
    if statement is None:
        raise IntegrityError("what waits is not what was signed: it was altered", "run `narrowgate ledger fsck`")
    return statement


def decision_draft(statement: Statement, signatures: Mapping[str, str]) -> Draft:
    """The event that enters a decision: the statement, and who signed it."""
    about: dict[str, Json] = {
        "command": statement.command,
        "signatures": dict(signatures),
        "statement": statement.to_bytes().decode(),
    }
    return Draft(EventKind.DECISION, about)


def register(gate: Gate, statement: Statement, draft: Draft, at: datetime) -> Mapping[str, Json]:
    """The effect of every decision that changes the register."""
    require_write(gate, statement, at)
    about: Mapping[str, Any] = statement.about
    kind, key, body, public = RegisterKind(about["kind"]), about["key"], about["body"], about.get("public")

    def apply(transaction: Transaction, index: int) -> None:
        transaction.register(kind, key, body, index)
        transaction.drop_pending(statement.id)

    entered = enter(gate, at, [draft], apply=apply, public=public)[0]
    return {"entered": entered.index}


def require_write(gate: Gate, statement: Statement, at: datetime) -> None:
    """A decision writes into the register what its command writes.

    1. It is about the one kind of the register that its command decides, and follows its present state.
    2. It writes what its command may, and no more; what is public of it follows from it.

    Raises:
        IntegrityError: when it does not.
        NarrowgateError: when the state moved on.
    """
    about: Mapping[str, Any] = statement.about
    kind, key = WRITES[statement.command], str(about.get("key"))
    if about.get("kind") != kind.value:
        raise IntegrityError(
            f"`{statement.command}` does not decide what stands in the register as {about.get('kind')}"
        )
    require_current(_latest(gate, kind, key), statement.after)  # 1
    before = next((item.body for item in gate.store.registered(kind) if item.key == key), None)
    if problem := overreach(statement.command, about, before, at, gate.jose.thumbprint):  # 2
        raise IntegrityError(problem)


def require_current(now: int, stated: int) -> None:
    """A signature counts for the state it was given over, and for no other.

    Raises:
        NarrowgateError: when the state moved on.
    """
    if now != stated:
        raise NarrowgateError(
            ErrorCode.NOTHING_TO_DO,
            "what this decides has changed since it was signed",
            "look at the present state and sign anew",
        )
