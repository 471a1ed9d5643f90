"""What people of the custodian find, for a time: entered, denied, ended, lifted; about whom or what, and until when."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from narrowgate.domain import jcs
from narrowgate.domain.books import Json, RegisterKind, RequestRecord
from narrowgate.domain.circumstances import Determination
from narrowgate.domain.errors import InvalidInput
from narrowgate.domain.parties import Jwk
from narrowgate.domain.ports import Gate
from narrowgate.domain.vocabulary import DeterminationKind
from narrowgate.flow import casefile, editions, rulings
from narrowgate.flow.deciding import register_statement
from narrowgate.flow.viewing import inspect
from narrowgate.governance.decisions import Statement
from narrowgate.governance.determinations import (
    COMMANDS,
    DENY,
    END,
    ENTER,
    LIFT,
    LONGEST,
    command_of,
    determination_from,
    determination_json,
)
from narrowgate.law.findings import REASON, needs_order, reason_pseudonym
from narrowgate.law.orders import digest_of, read_order
from narrowgate.notary import unseal

ORDER_DAYS = timedelta(days=30)
"""How long a verified order counts unless stated; never longer than the order itself."""

_LONGEST_REFERENCE, _LONGEST_WHY = 200, 2000
_CHUNK = 2**20
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Matter:
    """Whom or what a determination is about.

    Attributes:
        about: as ``Determination.about``.
        basis: the basis of the request it was read from, or "".
        last_day: the last day on which what it is about can be used, or None.
        seen: what the signers are told of it besides; no person's data.
    """

    kind: DeterminationKind
    about: str
    basis: str = ""
    last_day: date | None = None
    seen: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Grounds:
    """What a determination rests on, and for how long.

    Attributes:
        reference: names the document; it stands in the register, so it names no person.
        document: its file, or None.
        document_digest: of its file, where that is not at hand.
        why: the finding; sealed.
        until: the day at whose start it ends, UTC; None for what the kind's rule says.
        basis: the basis it counts under; "" for every one, None for that of the matter.
    """

    reference: str
    why: str
    until: date | None = None
    document: Path | None = None
    basis: str | None = None
    document_digest: str = ""


def of_agency(gate: Gate, kind: DeterminationKind, agency: str, officer: str = "") -> Matter:
    """A requester, or one of its officers.

    Raises:
        InvalidInput: when the kind is about something else, or they are not registered.
    """
    if kind not in (DeterminationKind.REQUESTER_VERIFIED, DeterminationKind.SAFEGUARDS_ACCEPTED):
        raise InvalidInput(f"{kind} is not about an agency", "name --order or --reason")
    known = rulings.agencies(gate).get(agency)
    if known is None:
        raise InvalidInput("the agency is not registered", "`narrowgate party add` registers one")
    if not officer:
        return Matter(kind, agency)
    if kind is not DeterminationKind.REQUESTER_VERIFIED:
        raise InvalidInput("safeguards are an agency's, not an officer's", "leave --officer out")
    if officer not in known.officers:
        raise InvalidInput("the agency has no such officer", "name one who is registered")
    return Matter(kind, f"{agency}/{officer}")


def of_order(gate: Gate, request: RequestRecord) -> Matter:
    """The court's order that a request rests on, as the request states it.

    Raises:
        InvalidInput: when it states none that can be read, did not bring its file, or its basis asks for none.
    """
    pack = editions.adopted(gate, request.basis)
    if pack is None or not needs_order(pack):
        raise InvalidInput("the basis of this request rests on no court's order", "there is nothing to verify")
    admitted = casefile.reopen(gate, request)
    order = read_order(admitted.head.order)
    if order is None or not admitted.order_attached or not admitted.head.order:
        raise InvalidInput(
            "this request brought no order that can be read", "its rows were refused under court_order_valid"
        )
    seen: dict[str, Json] = {"request": request.ledger_id, "order_file": order.sha256}
    about = digest_of(admitted.head.order)
    return Matter(DeterminationKind.COURT_ORDER_VERIFIED, about, request.basis, order.expires, seen)


def order_papers(gate: Gate, request: RequestRecord, signer: Mapping[str, Jwk]) -> tuple[str, dict[str, bytes]]:
    """The order's file and what the request states of it, for counsel to hold against each other; the look is entered.

    Returns:
        The hex digest that `enter` would be about, and name to bytes: the file as it came, and ``stated.json``.
    """
    matter = of_order(gate, request)
    stated = casefile.reopen(gate, request).head.order or {}
    inspect(gate, "determination order", request, {"order": matter.about}, signer)
    sealed = unseal.part(gate, casefile.received(gate, request), casefile.request_key(gate, request), "order")
    shown = json.dumps(stated, indent=1, ensure_ascii=False, sort_keys=True).encode() + b"\n"
    return matter.about, {str(stated["file"]): sealed, "stated.json": shown}


def of_order_file(digest: str) -> Matter:
    """A court's order by the digest of its file, whatever a request states of it: to deny, never to verify."""
    return Matter(DeterminationKind.COURT_ORDER_VERIFIED, digest)


def of_reason(gate: Gate, request: RequestRecord, label: str) -> Matter:
    """The reason that a row of a request states, for its agency; only its pseudonym is kept.

    Raises:
        InvalidInput: when no row has that label, or it states no reason.
    """
    labels = casefile.reopen(gate, request).subjects["row"].to_pylist()
    if label not in labels:
        raise InvalidInput("a label names no row of this request", "see `narrowgate answers`")
    return _of_row(gate, request, labels.index(label))


def _of_row(gate: Gate, request: RequestRecord, row: int) -> Matter:
    subjects = casefile.reopen(gate, request).subjects
    reason = subjects[REASON][row].as_py() if REASON in subjects.column_names else ""
    if not reason.strip():
        raise InvalidInput("the row states no reason", "it was refused under reason_stated")
    about = reason_pseudonym(request.agency, reason, gate.keys.pseudonym)
    seen: dict[str, Json] = {"request": request.ledger_id, "row": row}
    return Matter(DeterminationKind.REASON_ACCEPTED, about, request.basis, seen=seen)


def enter(gate: Gate, matter: Matter, grounds: Grounds) -> Statement:
    """Two people find that it is so.

    1. It ends on a day to come, at most 400 days ahead; a verified order after 30 days, unless stated, and never
       later than the order.
    2. It counts under the basis stated, else under that of the request it was read from, else under every one.

    Raises:
        InvalidInput: for a day, a basis, a text or a file that cannot be used.
    """
    return _entered(gate, matter, grounds, rulings.gate_time(gate))


def _entered(gate: Gate, matter: Matter, grounds: Grounds, at: datetime) -> Statement:
    until = grounds.until
    if matter.kind is DeterminationKind.COURT_ORDER_VERIFIED:
        until = _until_of_order(matter, until, at)
    if until is None:
        raise InvalidInput("a determination ends on a day to come", "give --until YYYY-MM-DD")
    basis = matter.basis if grounds.basis is None else grounds.basis
    return _new(gate, ENTER, matter, replace(grounds, until=until, basis=basis), at)


def _until_of_order(matter: Matter, until: date | None, at: datetime) -> date:
    if matter.last_day is None:
        raise InvalidInput("an order is verified as a request states it", "name the request with --order")
    end = min(matter.last_day, at.date() + LONGEST) + timedelta(days=1)
    if end <= at.date():
        raise InvalidInput("the order has expired", "its rows are refused under court_order_valid")
    if until is not None and until > end:
        raise InvalidInput(f"the order may be used until {matter.last_day}: no finding on it counts longer")
    return until or min(end, at.date() + ORDER_DAYS)


def deny(gate: Gate, matter: Matter, grounds: Grounds) -> Statement:
    """One person finds that it is not so.

    1. It counts for 400 days, unless stated: a no does not lapse because a day was not thought of.
    2. It counts under every basis, unless stated; of an order it is about the file, whatever is stated of it.
    """
    return _denied(gate, matter, grounds, rulings.gate_time(gate))


def _denied(gate: Gate, matter: Matter, grounds: Grounds, at: datetime) -> Statement:
    if file := matter.seen.get("order_file"):
        matter = replace(matter, about=str(file))
    longest = at.date() + LONGEST
    return _new(gate, DENY, matter, replace(grounds, until=grounds.until or longest, basis=grounds.basis or ""), at)


def _new(gate: Gate, word: str, matter: Matter, grounds: Grounds, at: datetime) -> Statement:
    assert grounds.until is not None  # `enter` and `deny` see to it
    assert grounds.basis is not None
    if not at.date() < grounds.until <= at.date() + LONGEST:
        raise InvalidInput(f"a determination ends on a day to come, at most {LONGEST.days} days ahead")
    if grounds.basis and editions.adopted(gate, grounds.basis) is None:
        raise InvalidInput("no pack is of that basis", "`narrowgate pack list` shows them")
    found = Determination(
        id="",
        kind=matter.kind,
        about=matter.about,
        basis=grounds.basis,
        met=word == ENTER,
        document=_plain("reference", grounds.reference, _LONGEST_REFERENCE),
        document_digest=file_digest(grounds.document) if grounds.document else grounds.document_digest,
        made=at,
        until=datetime.combine(grounds.until, time.min, UTC),
    )
    body = determination_json(found)
    key = hashlib.sha256(jcs.canonical(body)).hexdigest()[:12]
    if any(known.id == key for known in rulings.determinations(gate)):
        raise InvalidInput("this very determination was entered a moment ago", "`narrowgate determination list`")
    return _statement(gate, word, matter, key, body, grounds.why)


def finish(gate: Gate, word: str, determination: str, why: str) -> Statement:
    """Ends one that was entered (``end``: one person), or one that was denied (``lift``: two).

    Raises:
        InvalidInput: when none of that id is in force, or it is of the other sort.
    """
    at = rulings.gate_time(gate)
    found = next((d for d in rulings.determinations(gate) if d.id == determination), None)
    if found is None or not found.in_force(at):
        raise InvalidInput("no determination of that id is in force", "`narrowgate determination list` shows them")
    if found.met is not (word == END):
        other = END if found.met else LIFT
        raise InvalidInput(
            f"it was found {'met' if found.met else 'not met'}: `{word}` does not end it",
            f"`narrowgate determination {other}` does",
        )
    body = determination_json(replace(found, ended=at))
    return _statement(gate, word, Matter(found.kind, found.about), found.id, body, why)


def determined_anew(gate: Gate, statement: Statement) -> Statement:
    """The determination that a statement makes, worked out anew from what it says that it is about.

    1. ``enter`` and ``deny``: the matter is read again, from the request that its signers were told of, else from the
       parties; its day, basis, reference and reason are those stated, under the same rules as when they were given.
    2. ``end`` and ``lift``: what stands, ended at the time stated.

    Raises:
        InvalidInput: for what could not have been entered so.
    """
    about: Mapping[str, Any] = statement.about
    word, kind = COMMANDS[statement.command]
    found = determination_from(about["key"], about["body"])
    if word in (END, LIFT):  # 2
        standing = next((d for d in rulings.determinations(gate) if d.id == found.id), None)
        if standing is None:
            raise InvalidInput("no determination of that id is in force", "`narrowgate determination list` shows them")
        body = determination_json(replace(standing, ended=found.ended))
        return _statement(gate, word, Matter(kind, standing.about), found.id, body, about["why"])
    matter = _matter_again(gate, kind, word, found.about, about.get("seen"))  # 1
    if found.document_digest and _DIGEST.fullmatch(found.document_digest) is None:
        raise InvalidInput("the document is named by no SHA-256")
    grounds = Grounds(
        found.document, about["why"], found.until.date(), basis=found.basis, document_digest=found.document_digest
    )
    make = _entered if word == ENTER else _denied
    return make(gate, matter, grounds, found.made)


def _matter_again(gate: Gate, kind: DeterminationKind, word: str, about: str, seen: Mapping[str, Any] | None) -> Matter:
    """What it is about, read again."""
    if kind in (DeterminationKind.REQUESTER_VERIFIED, DeterminationKind.SAFEGUARDS_ACCEPTED):
        agency, _, officer = about.partition("/")
        return of_agency(gate, kind, agency, officer)
    if seen is None:
        if kind is DeterminationKind.COURT_ORDER_VERIFIED and word == DENY and _DIGEST.fullmatch(about):
            return of_order_file(about)
        raise InvalidInput("it does not say which request it was read from")
    request = casefile.find_request(gate, seen["request"])
    return (
        of_order(gate, request)
        if kind is DeterminationKind.COURT_ORDER_VERIFIED
        else _of_row(gate, request, seen["row"])
    )


def _statement(gate: Gate, word: str, matter: Matter, key: str, body: Mapping[str, Json], why: str) -> Statement:
    command = command_of(word, matter.kind)
    why = _plain("why", why, _LONGEST_WHY)
    made = register_statement(gate, command, RegisterKind.DETERMINATION, key, body, why=why)
    return replace(made, about=dict(made.about) | {"seen": dict(matter.seen)}) if matter.seen else made


def _plain(name: str, text: str, most: int) -> str:
    """A text that is shown as it is written.

    Raises:
        InvalidInput: when it is blank, too long, or holds what would steer a terminal.
    """
    text = text.strip()
    if not 1 <= len(text) <= most or any(unicodedata.category(c).startswith("C") for c in text):
        raise InvalidInput(f"{name} must be 1 to {most} characters of plain text")
    return text


def file_digest(path: Path) -> str:
    """Hex SHA-256 of a file.

    Raises:
        InvalidInput: when it is no file that can be read.
    """
    digest = hashlib.sha256()
    try:
        if not path.is_file():
            raise OSError(0, "not a file")  # noqa: TRY301 - refused like any file that cannot be read
        with path.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
    except OSError as error:
        raise InvalidInput(f"cannot read {path.name}: {error.strerror}", "name the document's file") from error
    return digest.hexdigest()
