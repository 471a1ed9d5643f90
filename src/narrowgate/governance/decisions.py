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
from narrowgate.domain.errors import ErrorCode, NarrowgateError
from narrowgate.domain.ports import Jose
from narrowgate.domain.vocabulary import Role
from narrowgate.governance.staff import ROLE_OF, Staff

STATEMENT_FORMAT = "narrowgate-decision/1"
BY_ONE = frozenset({"stay enter", "decline", "hold refuse"})
"""What one person decides: each only closes the gate."""


@dataclass(frozen=True, slots=True)
class Statement:
    """Exactly what is decided.

    Attributes:
        command: a key of ``staff.ROLE_OF``.
        about: everything the decision takes effect with; no file is read again afterwards.
        after: the state it follows: the register's sequence number of its object, or the tranche before.
    """

    custodian: str
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
                "custodian": self.custodian,
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
    """The statement of signed bytes."""
    found: Any = jcs.parse(data)
    return Statement(found["custodian"], found["command"], found["about"], found["after"])


def sufficient(statement: Statement, signatures: Mapping[str, str], staff: Staff, jose: Jose) -> bool:
    """Whether these signatures complete the statement.

    1. Every signer holds the role now.
    2. Every signature holds over the statement's bytes by his registered key.
    3. Two different people signed, with two different keys; one, for what only closes the gate.

    Raises:
        NarrowgateError: ``not_authorised`` at 1 and 2, naming the signer.
    """
    payload = statement.to_bytes()
    holders = staff.holders(statement.role)
    keys = set()
    for person, signature in signatures.items():
        member = holders.get(person)
        if member is None:  # 1
            raise NarrowgateError(
                ErrorCode.NOT_AUTHORISED,
                f"{person} does not hold the role {statement.role}",
                f"`{statement.command}` is decided by two of: {', '.join(sorted(holders)) or 'nobody yet'}",
            )
        if not jose.verify_detached(signature.encode(), payload, member.jwk):  # 2
            raise NarrowgateError(
                ErrorCode.NOT_AUTHORISED, f"the signature of {person} does not hold", "sign with the registered key"
            )
        keys.add(member.thumbprint)
    return len(keys) >= (1 if statement.command in BY_ONE else 2)  # 3
