"""Who of the custodian's staff may decide what: roles, founders, and the rule of two."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from narrowgate.domain.books import Json, Registered, RegisterKind
from narrowgate.domain.parties import Jwk
from narrowgate.domain.vocabulary import Role
from narrowgate.governance.determinations import COMMANDS, DETERMINED_BY

ROLE_OF = {
    "party add": Role.ADMINISTRATOR,
    "party revoke": Role.ADMINISTRATOR,
    "staff add": Role.ADMINISTRATOR,
    "staff remove": Role.ADMINISTRATOR,
    "records load": Role.ADMINISTRATOR,
    "certify": Role.ADMINISTRATOR,
    "config adopt": Role.ADMINISTRATOR,
    "pack adopt": Role.COUNSEL,
    "stay enter": Role.COUNSEL,
    "stay lift": Role.COUNSEL,
    "shield add": Role.SHIELD_OFFICIAL,
    "shield remove": Role.SHIELD_OFFICIAL,
    "hold release": Role.DISCLOSURE_OFFICER,
    "hold release counsel": Role.COUNSEL,
    "hold refuse": Role.DISCLOSURE_OFFICER,
    "hold assign": Role.DISCLOSURE_OFFICER,
    "hold assign counsel": Role.COUNSEL,
    "approve": Role.DISCLOSURE_OFFICER,
    "decline": Role.DISCLOSURE_OFFICER,
} | {command: DETERMINED_BY[kind] for command, (_, kind) in COMMANDS.items()}
"""Command to the role that decides it."""

WRITES = {
    "party add": RegisterKind.PARTY,
    "party revoke": RegisterKind.PARTY,
    "staff add": RegisterKind.STAFF,
    "staff remove": RegisterKind.STAFF,
    "records load": RegisterKind.SNAPSHOT,
    "certify": RegisterKind.CERTIFICATE,
    "config adopt": RegisterKind.CONFIG,
    "pack adopt": RegisterKind.PACK,
    "stay enter": RegisterKind.STAY,
    "stay lift": RegisterKind.STAY,
    "shield add": RegisterKind.SHIELD,
    "shield remove": RegisterKind.SHIELD,
    "hold assign": RegisterKind.ASSIGNMENT,
    "hold assign counsel": RegisterKind.ASSIGNMENT,
} | dict.fromkeys(COMMANDS, RegisterKind.DETERMINATION)
"""Command to the one kind of the register that it may write."""


@dataclass(frozen=True, slots=True)
class Member:
    """A person of the custodian's staff."""

    id: str
    jwk: Jwk
    thumbprint: str
    roles: frozenset[Role]
    founder: bool = False


class Staff:
    """The staff at one moment, as the register says."""

    def __init__(self, founders: Iterable[Registered], staff: Iterable[Registered]) -> None:
        self._members = {item.key: _member(item.key, item.body, founder=True) for item in founders}
        for item in staff:
            founder = self._members.get(item.key)
            named = _member(item.key, item.body, founder=founder is not None)
            self._members[item.key] = named

    def __iter__(self) -> Iterator[Member]:
        return iter(self._members.values())

    def get(self, person: str) -> Member | None:
        """The member of that id, whatever his roles."""
        return self._members.get(person)

    def holders(self, role: Role) -> dict[str, Member]:
        """Who holds a role: those named for it; the founders as well until two people are named."""
        named = {m.id: m for m in self._members.values() if role in m.roles}
        if len(named) >= 2:  # noqa: PLR2004 - the rule of two
            return named
        return named | {m.id: m for m in self._members.values() if m.founder}


def _member(person: str, body: Mapping[str, Any], *, founder: bool) -> Member:
    return Member(person, body["jwk"], body["thumbprint"], frozenset(Role(r) for r in body["roles"]), founder)


def member_json(jwk: Jwk, thumbprint: str, roles: Iterable[Role]) -> dict[str, Json]:
    """A member as the register keeps him."""
    return {"jwk": dict(jwk), "thumbprint": thumbprint, "roles": sorted(roles)}
