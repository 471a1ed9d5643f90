"""The decisions that change the register, as statements: parties, staff, packs, shields, configuration."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from narrowgate.domain.books import Json, RegisterKind
from narrowgate.domain.errors import IntegrityError, InvalidInput
from narrowgate.domain.parties import ID_RULE, Agency, Jwk, is_id
from narrowgate.domain.ports import Gate, Transaction
from narrowgate.domain.vocabulary import EventKind, PublicKind, Role
from narrowgate.flow import editions, rulings
from narrowgate.flow.deciding import register_statement
from narrowgate.flow.proving import require_examples
from narrowgate.governance.config import Configuration
from narrowgate.governance.decisions import INIT, Statement
from narrowgate.governance.parties import agency_json, no_shared_keys, read_key, read_parties, revoked, thumbprints
from narrowgate.governance.staff import member_json
from narrowgate.governance.writes import config_public, pack_public
from narrowgate.law.compare import compare
from narrowgate.law.pack import Pack
from narrowgate.notary.commit import Draft, enter


def found(gate: Gate, founders: dict[str, Jwk]) -> None:
    """Enters the first leaf: the gate, its founders, its configuration.

    Raises:
        InvalidInput: unless two people with two keys found it.
    """
    _require_ids(gate.custodian, *founders)
    keys = {person: gate.jose.thumbprint(jwk) for person, jwk in founders.items()}
    if len(keys) < 2:  # noqa: PLR2004 - the rule of two
        raise InvalidInput("a gate is founded by two different people", "give --founder ID=PUB twice")
    no_shared_keys([(thumbprint, person) for person, thumbprint in keys.items()], "founders")
    config = Configuration(gate.custodian, gate.demo, gate.limits)
    at = gate.clock.now()
    public: dict[str, Json] = {"kind": PublicKind.GATE_FOUNDED.value, "custodian": gate.custodian, "demo": gate.demo}

    first: list[tuple[RegisterKind, str, Mapping[str, Json]]] = [
        (RegisterKind.FOUNDER, person, member_json(jwk, keys[person], ())) for person, jwk in founders.items()
    ]
    first.append((RegisterKind.CONFIG, rulings.CURRENT, config.to_json()))

    def apply(transaction: Transaction, index: int) -> None:
        for kind, key, body in first:
            transaction.register(kind, key, body, index)

    stated: list[Json] = [{"kind": kind.value, "key": key, "body": dict(body)} for kind, key, body in first]
    about: dict[str, Json] = {"command": INIT, "founders": dict(sorted(keys.items())), "register": stated}
    with gate.files.writing():
        enter(gate, at, [Draft(EventKind.DECISION, about)], apply=apply, public=public)


def _require_ids(*ids: str) -> None:
    if not all(is_id(text) for text in ids):
        raise InvalidInput("an id is not plain", ID_RULE)


def party_add(gate: Gate, file: Path) -> Statement:
    """Registers an agency, or replaces what is registered of it.

    Raises:
        InvalidInput: for a bad file, a key that someone else has, or a key that was revoked before.
    """
    return party_of(gate, read_parties(file, gate.jose.thumbprint), file.name)


def party_of(gate: Gate, agency: Agency, where: str) -> Statement:
    """The statement that registers an agency, whatever it was read from.

    Raises:
        InvalidInput: as ``party_add``; it names ``where``.
    """
    others = [pair for other in rulings.agencies(gate).values() if other.id != agency.id for pair in thumbprints(other)]
    staff = [(member.thumbprint, member.id) for member in rulings.staff(gate)]
    no_shared_keys([*thumbprints(agency), *others, *staff], where)
    known = rulings.agencies(gate).get(agency.id)
    if known:
        keys = [k for o in known.officers.values() for k in (o.key, o.encryption_key)]
        gone = {k.thumbprint for k in [*keys, *(o.key for o in known.offices.values())] if k.revoked_at}
        if again := [owner for thumbprint, owner in thumbprints(agency) if thumbprint in gone]:
            raise InvalidInput(f"{where}: a key of {again[0]} was revoked", "register a new key")
    return register_statement(gate, "party add", RegisterKind.PARTY, agency.id, agency_json(agency))


def party_revoke(gate: Gate, file: Path) -> Statement:
    """Revokes the keys of those whom the file lists (of all, where it lists none), from now on."""
    named = read_parties(file, gate.jose.thumbprint)
    known = rulings.agencies(gate).get(named.id)
    if known is None:
        raise InvalidInput(f"{file.name}: the agency is not registered", "`narrowgate party add` registers one")
    body = agency_json(revoked(known, named, rulings.gate_time(gate)))
    return register_statement(gate, "party revoke", RegisterKind.PARTY, named.id, body)


def staff_add(gate: Gate, person: str, role: Role, key_file: Path) -> Statement:
    """Gives a person a role; the first time with his public key."""
    return member_of(gate, person, role, read_key(key_file, gate.jose.thumbprint)[0], key_file.name)


def member_of(gate: Gate, person: str, role: Role, jwk: Jwk, where: str) -> Statement:
    """The statement that gives a person with that public key a role.

    Raises:
        InvalidInput: for an id that is not plain, or a key that is not his alone; it names ``where``.
    """
    _require_ids(person)
    thumbprint = gate.jose.thumbprint(jwk)
    members = {member.id: member for member in rulings.staff(gate)}
    member = members.get(person)
    if member and member.thumbprint != thumbprint:
        raise InvalidInput(f"{person} is registered with another key", "remove him first, or name his own key")
    others = [(m.thumbprint, m.id) for m in members.values() if m.id != person]
    parties = [pair for agency in rulings.agencies(gate).values() for pair in thumbprints(agency)]
    no_shared_keys([(thumbprint, person), *others, *parties], where)
    roles = {role, *(member.roles if member else ())}
    return register_statement(gate, "staff add", RegisterKind.STAFF, person, member_json(jwk, thumbprint, roles))


def staff_remove(gate: Gate, person: str, role: Role) -> Statement:
    """Takes a role from a person."""
    member = rulings.staff(gate).get(person)
    if member is None or role not in member.roles:
        raise InvalidInput(f"{person} does not hold the role {role}")
    body = member_json(member.jwk, member.thumbprint, member.roles - {role})
    return register_statement(gate, "staff remove", RegisterKind.STAFF, person, body)


def _compared(before: Pack | None, pack: Pack) -> list[str]:
    if before is None:
        return ["the first edition of this basis here"]
    return list(compare(before, pack).lines()) or ["says what the adopted edition says"]


def pack_adopt(gate: Gate, name: str, why: str) -> Statement:
    """Adopts an edition of a pack, by its id in this release or by its folder.

    1. Its proofs are run, its examples tried; a pack that fails any is not adopted.
    2. Its files are kept in the gate under their digest, and read from there ever after.
    3. What it allows that the adopted edition refuses is part of what two people sign, and public.

    Raises:
        InvalidInput: without a rationale.
        NarrowgateError: ``pack_unsound``.
    """
    if not why.strip():
        raise InvalidInput("an edition is adopted for a reason", "say it with --why; it is public")
    pack = editions.named(name)
    require_examples(pack)
    with gate.files.writing():
        editions.keep(gate, pack)
    return _adoption(gate, pack, why)


def adoption_of_kept(gate: Gate, basis: str, digest: str, why: str) -> Statement:
    """The statement that adopts an edition whose files the gate keeps: read, tried and compared anew.

    Raises:
        IntegrityError: when the gate keeps none of that digest, or its files were altered.
        NarrowgateError: ``pack_unsound``.
    """
    pack = editions.edition(gate, basis, digest) if gate.files.edition(digest) else None
    if pack is None:
        raise IntegrityError("the gate keeps no such edition", "run `narrowgate pack adopt` again")
    require_examples(pack)
    return _adoption(gate, pack, why)


def _adoption(gate: Gate, pack: Pack, why: str) -> Statement:
    adopted = rulings.adopted_pack(gate, pack.id)
    before = editions.adopted(gate, pack.id) if adopted else None
    body: dict[str, Json] = {"digest": pack.digest, "edition": str(pack.edition), "why": why}
    public = pack_public(pack.id, body, _compared(before, pack))
    return register_statement(gate, "pack adopt", RegisterKind.PACK, pack.id, body, public=public)


def shield(gate: Gate, command: str, person: str, until: date | None, why: str) -> Statement:
    """Shields a record person until a day, or ends his shield; only his pseudonym is kept."""
    if until is not None and until <= rulings.gate_time(gate).date():
        raise InvalidInput("a shield ends on a day to come", "give --until YYYY-MM-DD")
    pseudonym = gate.keys.pseudonym("shield", person.encode()).hex()
    ends = f"{until.isoformat()}T00:00:00Z" if until else ""
    return register_statement(gate, command, RegisterKind.SHIELD, pseudonym, {"until": ends}, why=why)


def config_adopt(gate: Gate, config: Configuration) -> Statement:
    """Adopts what ``narrowgate.toml`` says now."""
    if (config.custodian, config.demo) != (gate.custodian, gate.demo):
        raise InvalidInput("custodian and demo are fixed when a gate is made", "put them back in narrowgate.toml")
    body = config.to_json()
    public = config_public(body)
    return register_statement(gate, "config adopt", RegisterKind.CONFIG, rulings.CURRENT, body, public=public)
