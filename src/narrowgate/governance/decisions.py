"""What two people decide: a statement of exactly what, and signatures over its bytes.

A decision is complete when two different people, with different keys, both holding the role, signed the same bytes.
The statement names what it follows (``after``), so a signature given once can never be used for a later state.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from narrowgate.domain import jcs
from narrowgate.domain.books import Json
from narrowgate.domain.errors import ErrorCode, IntegrityError, NarrowgateError
from narrowgate.domain.ports import Jose
from narrowgate.domain.vocabulary import Role
from narrowgate.governance.determinations import ALONE
from narrowgate.governance.determinations import COMMANDS as DETERMINATIONS
from narrowgate.governance.staff import ROLE_OF, Staff

STATEMENT_FORMAT = "narrowgate-decision/1"
INIT = "init"
"""The command that founds a gate: its event holds all that it writes into the register."""

_CLOSING = frozenset({"stay enter", "decline", "hold refuse"}) | {
    c for c, (w, _) in DETERMINATIONS.items() if w in ALONE
}
BY_ONE = _CLOSING | {"hold assign", "hold assign counsel"}
"""What one person decides: each only closes the gate, or asks a colleague to look and moves nothing."""


@dataclass(frozen=True, slots=True)
class Statement:
    """Exactly what is decided.

    Attributes:
        log: the vkey of the gate's log: a statement counts for one gate alone.
        command: a key of ``staff.ROLE_OF``.
        about: everything the decision takes effect with; no file is read again afterwards.
        after: the state it follows: the register's sequence number of its object, or the tranche before.
    """

    log: str
    command: str
    about: Mapping[str, Json]
    after: int

    @property
    def role(self) -> Role:
        """Who decides this."""
        return ROLE_OF[self.command]

    def to_bytes(self) -> bytes:
        """JCS; what is signed."""
        return jcs.canonical(
            {
                "format": STATEMENT_FORMAT,
                "log": self.log,
                "command": self.command,
                "about": self.about,
                "after": self.after,
            }
        )

    @property
    def id(self) -> str:
        """16 hex digits that name it while it waits."""
        return hashlib.sha256(self.to_bytes()).hexdigest()[:16]


def parse_statement(data: bytes) -> Statement:
    """The statement of signed bytes.

    Raises:
        NarrowgateError: when they are none.
    """
    if not isinstance(data, bytes):  # a database keeps whatever somebody wrote into it
        raise IntegrityError("what was signed is no statement")
    found: Any = jcs.parse(data)
    members = {"format", "log", "command", "about", "after"}
    if not isinstance(found, dict) or set(found) != members or found["format"] != STATEMENT_FORMAT:
        raise IntegrityError("what was signed is no statement")
    statement = Statement(found["log"], found["command"], found["about"], found["after"])
    texts = isinstance(statement.log, str) and isinstance(statement.command, str) and statement.command in ROLE_OF
    if not (texts and isinstance(statement.about, dict) and type(statement.after) is int):
        raise IntegrityError("what was signed is no statement")
    return statement


@dataclass(frozen=True, slots=True)
class Weighed:
    """Signatures over a statement: those that count now, and whether they complete it."""

    counting: Mapping[str, str]
    complete: bool


def weigh(
    statement: Statement, before: Mapping[str, str], fresh: Mapping[str, str], staff: Staff, jose: Jose
) -> Weighed:
    """Which signatures count, and whether they complete the statement.

    1. A signer holds the role now, and his signature holds over the statement's bytes by his registered key.
    2. An earlier signature of someone who no longer does is left out; a fresh one is an error.
    3. Two different people signed, with two different keys; one, for what only closes the gate.

    Raises:
        NarrowgateError: ``not_authorised`` for a fresh signature that does not count, naming the signer.
    """
    counting = {p: s for p, s in before.items() if not _fault(statement, p, s, staff, jose)}  # 1, 2
    for person, signature in fresh.items():
        fault = _fault(statement, person, signature, staff, jose)
        if fault:
            holders = ", ".join(sorted(staff.holders(statement.role))) or "nobody yet"
            advice = f"`{statement.command}` is decided by: {holders}; each signs with his registered key"
            raise NarrowgateError(ErrorCode.NOT_AUTHORISED, fault, advice)
        counting[person] = signature
    holders_now = staff.holders(statement.role)
    keys = {holders_now[person].thumbprint for person in counting}
    return Weighed(counting, len(keys) >= (1 if statement.command in BY_ONE else 2))  # 3


def _fault(statement: Statement, person: str, signature: str, staff: Staff, jose: Jose) -> str:
    """Why a signature does not count, or ""."""
    member = staff.holders(statement.role).get(person)
    if member is None:
        return f"{person} does not hold the role {statement.role}"
    if not jose.verify_detached(signature.encode(), statement.to_bytes(), member.jwk):
        return f"the signature of {person} does not hold"
    return ""
