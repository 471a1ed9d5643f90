"""Parties files: an agency, its offices and officers, their keys and its safeguards status."""

import json
import tomllib
from collections.abc import Callable, Iterable, Mapping
from datetime import MAXYEAR, MINYEAR, UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from narrowgate.domain.books import Json, utc_text, utc_time
from narrowgate.domain.errors import InvalidInput
from narrowgate.domain.parties import ID_RULE, Agency, Jwk, Office, Officer, RegisteredKey, is_id
from narrowgate.domain.vocabulary import Safeguards

Thumbprint = Callable[[Jwk], str]
T = TypeVar("T", Office, Officer)
PUBLIC_MEMBERS = frozenset({"kty", "crv", "x", "y", "kid", "use"})
"""What a registered JWK may say."""


def read_key(path: Path, thumbprint: Thumbprint, use: str = "sig") -> tuple[Jwk, str]:
    """A public key file: its JWK and thumbprint.

    Args:
        path: the file.
        thumbprint: RFC 7638.
        use: ``sig`` or ``enc``: what it is wanted for (RFC 7517, 4.2); a key that says another use is refused.

    Raises:
        InvalidInput: when it is missing, no JWK, of another use, or holds private parts.
    """
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise InvalidInput(
            f"cannot read key file {path.name}", "expected a public JWK, as `narrowgate key new` makes"
        ) from error
    if not isinstance(found, dict) or not all(isinstance(v, str) for v in found.values()):
        raise InvalidInput(f"key file {path.name} is no JWK of text members")
    if "d" in found:
        raise InvalidInput(f"key file {path.name} holds a private key", "name the .pub.jwk file")
    jwk = {k: v for k, v in found.items() if k in PUBLIC_MEMBERS}
    if jwk.get("use", use) != use:
        kind, named = ("an encryption", "NAME.pub.jwk") if use == "sig" else ("a signing", "NAME.enc.pub.jwk")
        raise InvalidInput(f"{path.name} is {kind} key", f"name the file {named}")
    return jwk, thumbprint(jwk)


def read_parties(path: Path, thumbprint: Thumbprint) -> Agency:
    """Reads a parties file with the keys it names.

    Raises:
        InvalidInput: naming the file and what is wrong: broken TOML, a missing or unknown field, a bad key, or one
            key or id that stands twice.
    """
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise InvalidInput(f"cannot read parties file {path.name}: {type(error).__name__}", "expected TOML") from error
    reader = _Reader(path, thumbprint)
    head = reader.table(found.get("agency"), "agency", {"id", "name", "safeguards", "safeguards_document"})
    try:
        safeguards = Safeguards(reader.text(head, "safeguards", "agency"))
    except ValueError as error:
        raise InvalidInput(f"{path.name}: safeguards must be one of {', '.join(Safeguards)}") from error
    offices = [reader.office(item) for item in reader.tables(found, "office")]
    officers = [reader.officer(item) for item in reader.tables(found, "officer")]
    document = str(head.get("safeguards_document", ""))
    if safeguards is Safeguards.SUSPENDED and not document:
        raise InvalidInput(f"{path.name}: a suspension names its document: safeguards_document is missing")
    agency = Agency(
        reader.id(head, "agency"),
        reader.text(head, "name", "agency"),
        safeguards,
        document,
        _by_id(offices, path.name),
        _by_id(officers, path.name),
    )
    no_shared_keys(thumbprints(agency), path.name)
    return agency


class _Reader:
    """One parties file; every error names it."""

    def __init__(self, path: Path, thumbprint: Thumbprint) -> None:
        self._path, self._thumbprint = path, thumbprint

    def table(self, value: object, where: str, allowed: set[str]) -> Mapping[str, Any]:
        if not isinstance(value, dict):
            raise InvalidInput(f"{self._path.name}: [{where}] is missing")
        if set(value) - allowed:
            raise InvalidInput(f"{self._path.name}: unknown key in {where}: {min(set(value) - allowed)}")
        return value

    def tables(self, found: Mapping[str, Any], where: str) -> list[Any]:
        if set(found) - {"agency", "office", "officer"}:
            raise InvalidInput(f"{self._path.name}: unknown table; expected agency, office, officer")
        value = found.get(where, [])
        if not isinstance(value, list):
            raise InvalidInput(f"{self._path.name}: write [[{where}]], one table each")
        return value

    def text(self, table: Mapping[str, Any], key: str, where: str) -> str:
        value = table.get(key)
        if not isinstance(value, str) or not value.strip():
            raise InvalidInput(f"{self._path.name}: {key} is missing in {where}")
        return value

    def id(self, table: Mapping[str, Any], where: str) -> str:
        value = self.text(table, "id", where)
        if not is_id(value):
            raise InvalidInput(f"{self._path.name}: id in {where} is not plain", ID_RULE)
        return value

    def office(self, item: object) -> Office:
        table = self.table(item, "office", {"id", "may_sign", "key", "valid_from", "revoked_at"})
        may_sign = table.get("may_sign", [])
        if not isinstance(may_sign, list) or not all(isinstance(basis, str) for basis in may_sign):
            raise InvalidInput(f"{self._path.name}: may_sign must be a list of packs")
        return Office(self.id(table, "office"), frozenset(may_sign), self._key(table, "key", "office"))

    def officer(self, item: object) -> Officer:
        table = self.table(item, "officer", {"id", "key", "encryption_key", "valid_from", "revoked_at"})
        key, encryption = (self._key(table, name, "officer") for name in ("key", "encryption_key"))
        return Officer(self.id(table, "officer"), key, encryption)

    def _key(self, table: Mapping[str, Any], name: str, where: str) -> RegisteredKey:
        use = "enc" if name == "encryption_key" else "sig"
        jwk, thumbprint = read_key(self._path.parent / self.text(table, name, where), self._thumbprint, use)
        if name == "encryption_key" and jwk.get("kty") != "EC":
            raise InvalidInput(f"{self._path.name}: encryption_key must be P-256, the .enc.pub.jwk file")
        return RegisteredKey(jwk, thumbprint, self._time(table, "valid_from"), self._time(table, "revoked_at"))

    def _time(self, table: Mapping[str, Any], name: str) -> datetime | None:
        value = table.get(name)
        if value is None:
            return None
        if not isinstance(value, datetime) or not MINYEAR < value.year < MAXYEAR:
            raise InvalidInput(f"{self._path.name}: {name} must be a date-time, such as 2026-01-31T00:00:00Z")
        return value.replace(tzinfo=value.tzinfo or UTC)


def _by_id(items: Iterable[T], where: str) -> dict[str, T]:
    found: dict[str, T] = {}
    for item in items:
        if item.id in found:
            raise InvalidInput(f"{where}: the id {item.id} stands twice")
        found[item.id] = item
    return found


def thumbprints(agency: Agency) -> list[tuple[str, str]]:
    """(thumbprint, whose) of every key of an agency."""
    found = [(office.key.thumbprint, office.id) for office in agency.offices.values()]
    for officer in agency.officers.values():
        found += [(officer.key.thumbprint, officer.id), (officer.encryption_key.thumbprint, officer.id)]
    return found


def no_shared_keys(owners: Iterable[tuple[str, str]], where: str) -> None:
    """No two people share a key.

    Raises:
        InvalidInput: naming the two.
    """
    seen: dict[str, str] = {}
    for thumbprint, owner in owners:
        if thumbprint in seen:
            raise InvalidInput(f"{where}: {seen[thumbprint]} and {owner} share a key", "each person has his own")
        seen[thumbprint] = owner


def revoked(agency: Agency, named: Agency, at: datetime) -> Agency:
    """The agency with the keys of those whom ``named`` lists revoked at ``at``; all of them where it lists none."""
    listed = set(named.offices) | set(named.officers) or set(agency.offices) | set(agency.officers)
    offices = {k: Office(o.id, o.may_sign, _revoke(o.key, at)) if k in listed else o for k, o in agency.offices.items()}
    officers = {
        k: Officer(o.id, _revoke(o.key, at), _revoke(o.encryption_key, at)) if k in listed else o
        for k, o in agency.officers.items()
    }
    return Agency(agency.id, agency.name, agency.safeguards, agency.safeguards_document, offices, officers)


def _revoke(key: RegisteredKey, at: datetime) -> RegisteredKey:
    return RegisteredKey(key.jwk, key.thumbprint, key.valid_from, min(key.revoked_at or at, at))


def agency_json(agency: Agency) -> dict[str, Json]:
    """An agency as the register keeps it."""
    return {
        "id": agency.id,
        "name": agency.name,
        "safeguards": agency.safeguards.value,
        "safeguards_document": agency.safeguards_document,
        "offices": [
            {"id": o.id, "may_sign": sorted(o.may_sign), "key": _key_json(o.key)} for o in agency.offices.values()
        ],
        "officers": [
            {"id": o.id, "key": _key_json(o.key), "encryption_key": _key_json(o.encryption_key)}
            for o in agency.officers.values()
        ],
    }


def agency_from(body: Mapping[str, Any]) -> Agency:
    """The agency that ``agency_json`` wrote."""
    offices = [Office(o["id"], frozenset(o["may_sign"]), _key_from(o["key"])) for o in body["offices"]]
    officers = [Officer(o["id"], _key_from(o["key"]), _key_from(o["encryption_key"])) for o in body["officers"]]
    return Agency(
        body["id"],
        body["name"],
        Safeguards(body["safeguards"]),
        body["safeguards_document"],
        {o.id: o for o in offices},
        {o.id: o for o in officers},
    )


def _key_json(key: RegisteredKey) -> dict[str, Json]:
    times = {"valid_from": key.valid_from, "revoked_at": key.revoked_at}
    stated: dict[str, Json] = {k: utc_text(v) for k, v in times.items() if v}
    stated["jwk"] = dict(key.jwk)
    stated["thumbprint"] = key.thumbprint
    return stated


def _key_from(body: Mapping[str, Any]) -> RegisteredKey:
    times = [utc_time(body[name]) if name in body else None for name in ("valid_from", "revoked_at")]
    return RegisteredKey(body["jwk"], body["thumbprint"], *times)
