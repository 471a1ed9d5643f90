"""The compliance statement: what a gate's records say of a court's order, signed by the log's key, verified offline.

It may be read by a judge. So it says nothing that the gate does not know, and says what it does not know. It counts;
whoever is to see rows as well makes an inspection, and is entered.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from narrowgate.domain import jcs
from narrowgate.domain.books import Json, RequestRecord, utc_text
from narrowgate.domain.errors import IntegrityError, InvalidInput
from narrowgate.domain.merkle import leaf_hash, verify_inclusion
from narrowgate.domain.parties import Jwk
from narrowgate.domain.ports import Gate, Jose
from narrowgate.flow import casefile, editions, rulings
from narrowgate.flow.stay_reach import Closed, Counted, Disclosed, affected, buckets, closes, requests_reached
from narrowgate.flow.stay_says import TERMS, says
from narrowgate.flow.staying import entered_by, find, leaves, scope_words, signed_by, standing
from narrowgate.flow.viewing import inspect
from narrowgate.governance.stays import StayRecord, public_part, record_json
from narrowgate.notary.checkpoint import open_checkpoint
from narrowgate.notary.commit import published
from narrowgate.notary.entry import parse_entry
from narrowgate.notary.note import VerifierKey
from narrowgate.notary.tiles import TileReader

STAY_STATEMENT_FORMAT = "narrowgate-stay-statement/1"
_LARGEST = 2**28


def statement(gate: Gate, stay: str, signer: Mapping[str, Jwk], *, rows: bool = False) -> Mapping[str, Any]:
    """The content of the compliance statement, as things stand now.

    1. With rows it is a look: entered, before it is given.
    2. The order, and what the ledger says of it: its leaf, on the way to the published checkpoint.
    3. What it closed and closes, and what had left; by request and tranche.

    Raises:
        InvalidInput: when there is no such stay.
        NarrowgateError: ``not_authorised`` where rows are wanted and nobody signs who may look.
    """
    known = find(gate, stay)
    if rows:
        inspect(gate, "stay statement", None, {"stay": stay}, signer)  # 1
    at = rulings.present(gate)
    found = affected(gate, known)
    content: dict[str, Json] = {
        "format": STAY_STATEMENT_FORMAT,
        "custodian": gate.custodian,
        "stay": stay,
        "order": _public(known),
        "entered_by": list(entered_by(gate, stay)),
        "scope": scope_words(known),
        "standing": standing(known.stay, at),
        "as_of": utc_text(at),
        "vkey": gate.keys.vkey,
        **_ledger(gate, stay),  # 2
        "closed": [closed_json(one) for one in closes(gate, known.stay)],  # 3
        "disclosures": counts_json(known, found) | {"releases": releases(gate, known, found)},
        "terms": dict(TERMS),
    }
    content["says"] = list(says(known, _witnesses(gate, content)))
    return content | ({"rows": _rows(gate, known, found)} if rows else {})


def _public(known: StayRecord) -> dict[str, Json]:
    command = "stay lift" if known.stay.lifted else "stay enter"
    return {k: v for k, v in public_part(command, known.stay.id, record_json(known)).items() if k != "kind"}


def _witnesses(gate: Gate, content: Mapping[str, Any]) -> list[str]:
    """Who besides the log's own key signed the checkpoint, by the names that they give themselves."""
    own = VerifierKey.parse(gate.keys.vkey)
    _, note = open_checkpoint(content["checkpoint"]["note"].encode(), own)
    return sorted({s.name for s in note.signatures if (s.name, s.key_id) != (own.name, own.key_id)})


def closed_json(one: Closed) -> dict[str, Json]:
    """What it closes of one request, as it is printed."""
    return {
        "request": f"{one.request.agency}/{one.request.request_id}",
        "ledger_id": one.request.ledger_id,
        "held": one.held,
        "awaiting_linkage": one.entered,
        "awaiting_release": one.awaiting_release,
        "refused_under_not_stayed": one.refused,
    }


def _counted(count: Counted) -> dict[str, Json]:
    return {"rows": count.rows, "persons": count.persons, "officers": count.officers}


def counts_json(known: StayRecord, found: Sequence[Disclosed]) -> dict[str, Json]:
    """How much is possibly affected, in all and by when it was disclosed."""
    return {
        **_counted(Counted.of(found)),
        "by_time": {when.value: _counted(count) for when, count in buckets(known, found).items()},
    }


def _ledger(gate: Gate, stay: str) -> dict[str, Json]:
    """The published checkpoint, and the stay's leaves with their way to it."""
    size, checkpoint = published(gate)
    reader = TileReader(gate.files.ledger.read, size)
    entries: list[Json] = []
    for index in leaves(gate, stay):
        data = next(iter(gate.store.entries(index, index + 1)))
        path = [node.hex() for node in reader.inclusion(index)] if index < size else []
        entry: dict[str, Json] = {
            "leaf": index,
            "time": utc_text(parse_entry(data).time),
            "signed_by": list(signed_by(gate, index)),
            "entry": base64.b64encode(data).decode(),
            "inclusion": path,
        }
        entries.append(entry)
    root = open_checkpoint(checkpoint, VerifierKey.parse(gate.keys.vkey))[0].root.hex()
    return {"entered": entries, "checkpoint": {"size": size, "root": root, "note": checkpoint.decode()}}


def releases(gate: Gate, known: StayRecord, found: Sequence[Disclosed]) -> list[Json]:
    """Disclosures by request and tranche: an officer's share is for those who look at rows."""
    groups: dict[tuple[int, str], list[Disclosed]] = {}
    for one in found:
        groups.setdefault((one.leaf, one.request.ledger_id), []).append(one)
    return [
        {
            "request": f"{first.request.agency}/{first.request.request_id}",
            "ledger_id": first.request.ledger_id,
            "basis": first.request.basis,
            "edition": _edition(gate, first),
            "edition_digest": first.pack,
            "tranche": first.tranche,
            "released": utc_text(first.released),
            "leaf": first.leaf,
            "when": first.when.value,
            "effective_then": known.stay.effective <= first.released if known.effective_stated else None,
            **_counted(Counted.of(group)),
        }
        for group in groups.values()
        for first in group[:1]
    ]


def _edition(gate: Gate, one: Disclosed) -> str:
    pack = editions.edition(gate, one.request.basis, one.pack)
    return pack.edition if pack else ""


def _rows(gate: Gate, known: StayRecord, found: Sequence[Disclosed]) -> list[Json]:
    """Every row that it reaches, by its label: those that left, with officer and time, and those that did not."""
    left: dict[tuple[str, int], Disclosed] = {(d.request.ledger_id, n): d for d in found for n in d.rows.to_pylist()}
    listed: list[Json] = []
    for request, reached in requests_reached(gate, known.stay):
        labels = casefile.reopen(gate, request).subjects["row"].to_pylist()
        for row in gate.store.rows(request.ledger_id):
            if reached[row.row]:
                one = left.get((request.ledger_id, row.row))
                listed.append(_row(request, labels[row.row], row.state, row.officer, one))
    return listed


def _row(request: RequestRecord, label: str, state: str, officer: str, left: Disclosed | None) -> dict[str, Json]:
    said: dict[str, Json] = {
        "request": f"{request.agency}/{request.request_id}",
        "ledger_id": request.ledger_id,
        "row": label,
        "state": state,
        "officer": officer,
    }
    if left is None:
        return said
    return said | {"tranche": left.tranche, "released": utc_text(left.released), "when": left.when.value}


def signed(gate: Gate, content: Mapping[str, Json]) -> bytes:
    """The statement as a flattened JWS by the log's key, its payload attached (as refusals are, docs/adr/0004)."""
    return gate.jose.sign(jcs.canonical(dict(content)), gate.keys.log_jwk(), detached=False).encode()


@dataclass(frozen=True, slots=True)
class Verified:
    """A statement that the log's key signed.

    Attributes:
        entered: its leaves lead to the checkpoint in it, and are about this stay; False for one not yet entered.
    """

    content: Mapping[str, Any]
    entered: bool


def verify_statement(data: bytes, vkey: VerifierKey, jose: Jose) -> Verified:
    """Verifies a statement with nothing but the log's verifier key.

    1. The log's key signed it.
    2. Its checkpoint is of that log.
    3. Each of its leaves is in that log, and says in public what the statement says of the order.

    Raises:
        InvalidInput: when it is no statement.
        IntegrityError: when one of these does not hold.
    """
    x = base64.urlsafe_b64encode(vkey.public).rstrip(b"=").decode()
    payload = jose.verify_attached(data, {"kty": "OKP", "crv": "Ed25519", "x": x})
    if payload is None:
        raise IntegrityError(
            "the statement is not signed by this log's key", "get the vkey from the custodian anew"
        )  # 1
    found: Any = jcs.parse(payload, limit=_LARGEST)
    if not isinstance(found, dict) or found.get("format") != STAY_STATEMENT_FORMAT:
        raise InvalidInput(f"not of the format {STAY_STATEMENT_FORMAT}")
    try:
        checkpoint, _ = open_checkpoint(found["checkpoint"]["note"].encode(), vkey)  # 2
        last: Mapping[str, Any] = {}
        for entry in found["entered"]:  # 3
            data = base64.b64decode(entry["entry"])
            path = [bytes.fromhex(node) for node in entry["inclusion"]]
            last = dict(parse_entry(data).public or {})
            verify_inclusion(leaf_hash(data), entry["leaf"], checkpoint.size, path, checkpoint.root)
            if last.get("stay") != found["stay"]:
                raise IntegrityError("a leaf of the statement is of another stay")
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise IntegrityError("the statement is malformed") from error
    if last and {k: v for k, v in last.items() if k != "kind"} != found["order"]:
        raise IntegrityError("the statement says another order than the ledger")
    return Verified(found, bool(found["entered"]))
