"""A request's case file: what is sealed when it is entered, and what is read back to go on with it later."""

import base64
import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from narrowgate.domain import jcs
from narrowgate.domain.books import EventRow, RequestRecord, utc_text, utc_time
from narrowgate.domain.decision import Decided
from narrowgate.domain.errors import ErrorCode, IntegrityError, InvalidInput
from narrowgate.domain.ports import Gate
from narrowgate.domain.request import Admitted, row_texts
from narrowgate.domain.vocabulary import Attests, Element, EventKind
from narrowgate.governance.decisions import Statement
from narrowgate.intake.package import Package, parse_head
from narrowgate.intake.typed import typed_columns
from narrowgate.notary import unseal
from narrowgate.notary.rows import DECISION_SCHEMA
from narrowgate.notary.tables import from_bytes, to_bytes

_WELL_FORMED = "well formed"


def sealed_parts(package: Package, admitted: Admitted) -> dict[str, bytes]:
    """Label to bytes: the package as it came, and what was found at receipt."""
    findings = {
        "attested": {officer: sorted(words) for officer, words in admitted.attested.items()},
        "order_attached": admitted.order_attached,
        "received_at": utc_text(admitted.received_at),
        "signature_valid": admitted.signature_valid,
    }
    attestations = {k: base64.b64encode(v).decode() for k, v in package.attestations.items() if k.isascii()}
    return {
        "request.json": package.request_bytes,
        "request.jws": package.signature,
        "attestations": jcs.canonical(attestations),
        "findings": jcs.canonical(findings),
        "subjects": to_bytes(admitted.subjects.append_column(_WELL_FORMED, admitted.well_formed)),
    } | ({"order": package.order} if package.order else {})


def request_key(gate: Gate, request: RequestRecord) -> bytes:
    """The request's own key."""
    return gate.keys.unwrap(request.wrapped_key)


def received(gate: Gate, request: RequestRecord) -> EventRow:
    """The event that entered the request."""
    return next(e for e in gate.store.events(request=request.ledger_id) if e.kind is EventKind.REQUEST_RECEIVED)


def reopen(gate: Gate, request: RequestRecord) -> Admitted:
    """The request as it was admitted, from its sealed parts."""
    event, key = received(gate, request), request_key(gate, request)

    def sealed(label: str) -> bytes:
        return unseal.part(gate, event, key, label)

    findings: Any = jcs.parse(sealed("findings"))
    subjects = from_bytes(sealed("subjects"))
    well_formed = subjects[_WELL_FORMED].combine_chunks()
    subjects = subjects.drop_columns([_WELL_FORMED])
    return Admitted(
        parse_head(sealed("request.json")),
        subjects,
        typed_columns(subjects)[0],
        well_formed,
        findings["signature_valid"],
        {k: frozenset(Attests(w) for w in words) for k, words in findings["attested"].items()},
        utc_time(findings["received_at"]),
        findings["order_attached"],
    )


def only(admitted: Admitted, rows: Sequence[int]) -> Admitted:
    """The same request with these rows alone; row i of the result is row ``rows[i]``."""
    chosen = pa.array(rows, pa.uint64())
    return Admitted(
        admitted.head,
        admitted.subjects.take(chosen),
        admitted.typed.take(chosen),
        admitted.well_formed.take(chosen),
        admitted.signature_valid,
        admitted.attested,
        admitted.received_at,
        admitted.order_attached,
    )


def decision_table(decided: Decided, rows: Sequence[int]) -> pa.Table:
    """What is entered of a decision: ``rows`` are the indices in the request of the decided rows.

    Causes of rows that are refused are left out: a refusal waits for nobody.

    Raises:
        IntegrityError: when a row is refused under what is no element: the requester is told of elements alone.
    """
    require_elements(pc.unique(pc.list_flatten(decided.unmet)).to_pylist())
    subjects = decided.admitted.subjects
    digests = [hashlib.sha256(text).digest() for text in row_texts(subjects)]
    empty = pa.scalar([], pa.list_(pa.string()))
    causes = pc.if_else(decided.lawful(), decided.causes, empty)
    return pa.table(
        [
            pa.array(rows, pa.uint64()),
            subjects["row"],
            pa.array(digests, pa.binary(32)),
            decided.facts,
            decided.unmet,
            causes,
            pa.repeat(pa.scalar(decided.pack_digest), len(digests)),
        ],
        schema=DECISION_SCHEMA,
    ).combine_chunks()


def require_elements(unmet: Iterable[str]) -> None:
    """What rows are refused under are elements.

    Raises:
        IntegrityError: when one is not.
    """
    if set(unmet) - set(Element):
        raise IntegrityError("a row is refused under what is no element", "run `narrowgate ledger fsck`")


def find_request(gate: Gate, name: str) -> RequestRecord:
    """The request that ``REQUEST`` names: a ledger id, else ``AGENCY/request_id``, else a request_id of one agency.

    Raises:
        InvalidInput: when none or several do.
    """
    requests = gate.store.requests()
    found = [r for r in requests if r.ledger_id == name]
    found = found or [r for r in requests if r.takes_id and f"{r.agency}/{r.request_id}" == name]
    found = found or [r for r in requests if r.takes_id and r.request_id == name]
    if len(found) == 1:
        return found[0]
    if found:
        raise InvalidInput(
            "several agencies used this request id", "name it AGENCY/request_id", ErrorCode.UNKNOWN_REQUEST
        )
    raise InvalidInput(
        "no such request on this gate", "`narrowgate submit` prints the name to use", ErrorCode.UNKNOWN_REQUEST
    )


def request_of(gate: Gate, statement: Statement) -> RequestRecord:
    """The request that a statement is about, by its ledger id alone.

    Raises:
        InvalidInput: when this gate has none of that ledger id.
    """
    ledger_id = statement.about.get("request")
    for request in gate.store.requests():
        if request.ledger_id == ledger_id:
            return request
    raise InvalidInput("no such request on this gate", code=ErrorCode.UNKNOWN_REQUEST)


DECISION_EVENTS = (EventKind.REQUEST_RECEIVED, EventKind.REQUEST_RECHECKED, EventKind.HOLD_REFUSED)
"""Events whose rows are decisions."""

ANSWER_EVENTS = (EventKind.ANSWERS_ENTERED,)
"""Events whose rows are answers."""
