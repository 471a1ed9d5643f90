"""What two people decide: a statement, their signatures over exactly it, its effect, all in one entry."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from narrowgate.domain.books import Json, Pending, RegisterKind
from narrowgate.domain.errors import ErrorCode, IntegrityError, InvalidInput, NarrowgateError
from narrowgate.domain.parties import Jwk
from narrowgate.domain.ports import Gate, Transaction
from narrowgate.domain.vocabulary import EventKind
from narrowgate.flow import rulings
from narrowgate.flow.audit import go_in
from narrowgate.governance.decisions import Statement, parse_statement, weigh
from narrowgate.governance.determinations import overreach
from narrowgate.governance.staff import WRITES
from narrowgate.notary.commit import Draft, enter

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


def decide(gate: Gate, statement: Statement, signers: Mapping[str, Jwk]) -> Decision:
    """Signs a statement with the given private keys, and carries it out when that completes it.

    1. The statement is about this gate. Signatures given before over the same bytes count.
    2. Every fresh signature must hold, by a person with the role; earlier ones count where they still do.
    3. Complete: the effect, entered with statement and signatures. Not yet: it waits.

    Raises:
        NarrowgateError: ``not_authorised``; ``invalid_input`` without any signature, or where the state moved on.
    """
    from narrowgate.flow.effects import EFFECTS  # noqa: PLC0415 - the effects are built on this module

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
        if not weighed.complete:
            gate.store.put_pending(Pending(statement.id, payload, signatures, at))
            return Decision(statement.id, statement.command, complete=False, signed_by=tuple(signatures), result={})
        result = EFFECTS[statement.command](gate, statement, _draft(statement, signatures), at)  # 3
        return Decision(statement.id, statement.command, complete=True, signed_by=tuple(signatures), result=result)


def waiting_statement(gate: Gate, pending: str) -> Statement:
    """What waits under an id, to be shown to whoever signs it next.

    Raises:
        InvalidInput: when nothing of that id waits.
        IntegrityError: when what waits there is not what the first signer signed.
    """
    found = next((p for p in gate.store.pending() if p.id == pending), None)
    if found is None:
        raise InvalidInput("nothing of that id waits", "`narrowgate sign-off GATE` lists what does")
    statement = parse_statement(found.statement)
    if statement.id != pending or statement.to_bytes() != found.statement:
        raise IntegrityError("what waits is not what was signed: it was altered", "run `narrowgate ledger fsck`")
    return statement


def _draft(statement: Statement, signatures: Mapping[str, str]) -> Draft:
    about: dict[str, Json] = {
        "command": statement.command,
        "signatures": dict(signatures),
        "statement": statement.to_bytes().decode(),
    }
    return Draft(EventKind.DECISION, about)


def register(gate: Gate, statement: Statement, draft: Draft, at: datetime) -> Mapping[str, Json]:
    """The effect of every decision that changes the register."""
    about = dict(statement.about)
    kind, key, body, public = RegisterKind(str(about["kind"])), str(about["key"]), about["body"], about.get("public")
    assert isinstance(body, Mapping)
    if kind is not WRITES[statement.command]:
        raise IntegrityError(f"`{statement.command}` does not decide what stands in the register as {kind}")
    if statement.command == "stay enter" and (statement.after or body.get("lifted")):
        raise IntegrityError("one person enters a stay, and neither changes nor lifts one")
    require_current(_latest(gate, kind, key), statement.after)
    before = next((item.body for item in gate.store.registered(kind) if item.key == key), None)
    if problem := overreach(statement.command, key, body, before):
        raise IntegrityError(problem)
    assert public is None or isinstance(public, Mapping)

    def apply(transaction: Transaction, index: int) -> None:
        transaction.register(kind, key, body, index)
        transaction.drop_pending(statement.id)

    entered = enter(gate, at, [draft], apply=apply, public=public)[0]
    return {"entered": entered.index}


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
