"""What a signed decision may write into the register: what its command writes, and no more; and what is public of it.

Whoever has this library at hand can have anything signed. So nothing that stands in a statement is taken as it stands:
the body must be one that the gate itself writes, and the public part the one that follows from it. The same is looked
at when a decision takes effect and when the ledger is audited; what needs the gate's present state besides is worked
out anew as it takes effect (``flow/recomputing``).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from narrowgate.domain import jcs
from narrowgate.domain.books import Json, utc_time
from narrowgate.domain.certificate import Certificate
from narrowgate.domain.errors import NarrowgateError
from narrowgate.domain.parties import Agency, Jwk, RegisteredKey, is_id
from narrowgate.domain.vocabulary import HoldCause, PublicKind, Role, Safeguards
from narrowgate.governance import stays
from narrowgate.governance.config import config_from
from narrowgate.governance.determinations import COMMANDS as DETERMINATIONS
from narrowgate.governance.determinations import overreach as determined_too_much
from narrowgate.governance.holds import OWNER
from narrowgate.governance.parties import (
    PUBLIC_MEMBERS,
    Thumbprint,
    agency_from,
    agency_json,
    no_shared_keys,
    thumbprints,
)
from narrowgate.governance.staff import member_json

CURRENT = "current"
"""The key of what there is one of: configuration, snapshot, certificate."""

_DIGEST = re.compile(r"[0-9a-f]{64}")
_NAME_16 = re.compile(r"[0-9a-f]{32}")
_WITH_WHY = frozenset({"shield add", "shield remove"}) | DETERMINATIONS.keys()


@dataclass(frozen=True, slots=True)
class Write:
    """One write into the register.

    Attributes:
        key, body: what the register gets.
        before: the body that it has there, or None.
        at: aware UTC time at which it is entered.
        thumbprint: RFC 7638.
    """

    command: str
    key: str
    body: Mapping[str, Any]
    before: Mapping[str, Any] | None
    at: datetime
    thumbprint: Thumbprint


def certificate_public(body: Mapping[str, Json]) -> dict[str, Json]:
    """What is public of a certificate: all of it."""
    return {"kind": PublicKind.CERTIFICATE.value, **body}


def config_public(body: Mapping[str, Json]) -> dict[str, Json]:
    """What is public of a configuration: all of it."""
    return {"kind": PublicKind.CONFIG_ADOPTED.value, "config": dict(body)}


def pack_public(key: str, body: Mapping[str, Json], compared: Json) -> dict[str, Json]:
    """What is public of an adoption: all of it, and how the edition differs from the one adopted before."""
    return {"kind": PublicKind.PACK_ADOPTED.value, "pack": key, **body, "compared": compared}


def overreach(
    command: str,
    about: Mapping[str, Any],
    before: Mapping[str, Any] | None,
    at: datetime,
    thumbprint: Thumbprint,
) -> str:
    """How a signed decision writes more than its command may, or "".

    1. It says what its command says, and nothing besides.
    2. What is public of it follows from it; of most commands nothing is.
    3. The body is one that the gate itself writes for this command.

    Args:
        command: a key of ``staff.WRITES``.
        about: of the statement.
        before: the body that the register has under that key, or None.
        at: aware UTC time at which it is entered.
        thumbprint: RFC 7638.
    """
    try:
        write = Write(command, about["key"], about["body"], before, at, thumbprint)
        if command in stays.PUBLIC:
            return stays.overreach(command, write.key, write.body, about.get("public"), before)
        if set(about) - {"kind", "key", "body", "public", *_besides(command)} or not isinstance(write.key, str):  # 1
            return f"`{command}` says more than it decides"
        if about.get("public") != _public(write, about):  # 2
            return f"what is public of `{command}` does not follow from it"
        if command in DETERMINATIONS:
            return determined_too_much(command, write.key, write.body, before, at)
        return "" if _CHECKS[command](write) else f"`{command}` writes what it may not"  # 3
    except (NarrowgateError, KeyError, ValueError, TypeError, AttributeError, RecursionError):
        return f"`{command}` is malformed: not as this gate writes it"


def _besides(command: str) -> set[str]:
    return ({"why"} if command in _WITH_WHY else set()) | ({"seen"} if command in DETERMINATIONS else set())


def _public(write: Write, about: Mapping[str, Any]) -> Mapping[str, Json] | None:
    """The public part that follows from a body; how two editions differ follows from their files, and is taken here."""
    if write.command == "certify":
        return certificate_public(write.body)
    if write.command == "config adopt":
        return config_public(write.body)
    if write.command == "pack adopt":
        compared = about["public"]["compared"]
        lines = isinstance(compared, list) and compared and all(isinstance(line, str) for line in compared)
        return pack_public(write.key, write.body, compared if lines else [])
    return None


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return jcs.canonical(one) == jcs.canonical(other)


def _party_add(write: Write) -> bool:
    """An agency as a parties file states one: every key its own, of somebody, public, under its true thumbprint."""
    agency = agency_from(write.body)
    ids = [agency.id, *agency.offices, *agency.officers]
    keys = [o.key for o in agency.offices.values()] + [o.key for o in agency.officers.values()]
    sealing = [o.encryption_key for o in agency.officers.values()]
    no_shared_keys(thumbprints(agency), "the decision")
    suspended = agency.safeguards is Safeguards.SUSPENDED
    return (
        _same(agency_json(agency), write.body)
        and agency.id == write.key
        and all(is_id(name) for name in ids)
        and all(_true_key(key.jwk, key.thumbprint, write.thumbprint) for key in keys + sealing)
        and all(key.jwk["kty"] == "EC" for key in sealing)
        and bool(agency.safeguards_document or not suspended)
    )


def _true_key(jwk: Jwk, thumbprint: str, of: Thumbprint) -> bool:
    return jwk.keys() <= PUBLIC_MEMBERS and of(jwk) == thumbprint


def _party_revoke(write: Write) -> bool:
    """What stood, but that keys are revoked: by the time it is entered, and never later than they were."""
    was, now = agency_from(write.before or {}), agency_from(write.body)
    pairs = list(zip(_keys(was), _keys(now), strict=True))
    return (
        _same(agency_json(now), write.body)
        and _same(_unrevoked(write.body), _unrevoked(write.before or {}))
        and all(new.revoked_at == old.revoked_at or _revoked(old, new, write.at) for old, new in pairs)
    )


def _keys(agency: Agency) -> list[RegisteredKey]:
    found = [office.key for office in agency.offices.values()]
    return found + [key for o in agency.officers.values() for key in (o.key, o.encryption_key)]


def _revoked(old: RegisteredKey, new: RegisteredKey, at: datetime) -> bool:
    return new.revoked_at is not None and new.revoked_at <= min(old.revoked_at or at, at)


def _unrevoked(body: Mapping[str, Any]) -> dict[str, Any]:
    def bare(key: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in key.items() if name != "revoked_at"}

    def every(people: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
        return [{k: bare(v) if isinstance(v, Mapping) else v for k, v in one.items()} for one in people]

    return {**body, "offices": every(body["offices"]), "officers": every(body["officers"])}


def _staff(write: Write) -> bool:
    """A person with his own key, and one role more or one less."""
    body, before = write.body, write.before
    roles, had = {Role(r) for r in body["roles"]}, {Role(r) for r in before["roles"]} if before else set()
    one = roles - had if write.command == "staff add" else had - roles
    kept = roles >= had if write.command == "staff add" else roles <= had and one
    return (
        _same(member_json(body["jwk"], body["thumbprint"], roles), body)
        and is_id(write.key)
        and _true_key(body["jwk"], body["thumbprint"], write.thumbprint)
        and (before is None or before["jwk"] == body["jwk"])
        and bool(kept)
        and len(one) <= 1
    )


def _shield(write: Write) -> bool:
    """A pseudonym, and the day at whose start the shield ends; none, where it is ended."""
    until = write.body["until"]
    ends = until == "" if write.command == "shield remove" else utc_time(until).time() == time()
    return set(write.body) == {"until"} and ends and _NAME_16.fullmatch(write.key) is not None


def _snapshot(write: Write) -> bool:
    counts = [write.body[name] for name in ("addresses", "persons", "rows")]
    numbers = all(type(count) is int and count >= 0 for count in counts)
    named = _DIGEST.fullmatch(write.body["digest"]) is not None
    return write.key == CURRENT and len(write.body) == len(counts) + 1 and numbers and named


def _certificate(write: Write) -> bool:
    made = Certificate.from_json(write.body["certificate"])
    return write.key == CURRENT and _same({"certificate": made.to_json(), "digest": made.digest}, write.body)


def _config(write: Write) -> bool:
    before = write.before or {}
    fixed = all(write.body[name] == before[name] for name in ("custodian", "demo"))
    return write.key == CURRENT and fixed and _same(config_from(write.body).to_json(), write.body)


def _pack(write: Write) -> bool:
    texts = all(isinstance(text, str) and text.strip() for text in write.body.values())
    whole = set(write.body) == {"digest", "edition", "why"} and texts
    return is_id(write.key) and whole and _DIGEST.fullmatch(write.body["digest"]) is not None


def _assignment(write: Write) -> bool:
    """Who was asked to act on which cause: what stood, and more; ``hold assign counsel`` on what is counsel's alone."""
    to, at = write.body["to"], utc_time(write.body["at"])
    had = write.before["to"] if write.before else {}
    changed = [HoldCause(cause) for cause in to if to[cause] != had.get(cause)]
    counsels = all(OWNER[cause] is Role.COUNSEL for cause in changed)
    return (
        set(write.body) == {"to", "at"}
        and at <= write.at
        and _NAME_16.fullmatch(write.key) is not None
        and set(had) <= set(to) <= set(HoldCause)
        and all(is_id(person) for person in to.values())
        and (counsels or write.command != "hold assign counsel")
    )


_CHECKS: Mapping[str, Callable[[Write], bool]] = {
    "certify": _certificate,
    "config adopt": _config,
    "hold assign": _assignment,
    "hold assign counsel": _assignment,
    "pack adopt": _pack,
    "party add": _party_add,
    "party revoke": _party_revoke,
    "records load": _snapshot,
    "shield add": _shield,
    "shield remove": _shield,
    "staff add": _staff,
    "staff remove": _staff,
}
