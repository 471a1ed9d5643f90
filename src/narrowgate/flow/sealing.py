"""What leaves: the answers file of one officer, and the refusals of a request. Nothing else does."""

from collections.abc import Mapping, Sequence
from typing import Any

from narrowgate.domain import jcs
from narrowgate.domain.books import Json, RequestRecord
from narrowgate.domain.ports import Gate
from narrowgate.domain.request import RequestHead
from narrowgate.flow import editions
from narrowgate.flow.casefile import require_elements
from narrowgate.minimise.answer import MEANS_CONFIRMED, MEANS_NOT_CONFIRMED
from narrowgate.notary.receipt import split

ANSWERS_FORMAT = "narrowgate-answers/1"
REFUSALS_FORMAT = "narrowgate-refusals/1"
PAD_TO = 4096


def file_name(officer: str, tranche: int) -> str:
    """The name of an officer's sealed answers of a tranche."""
    return f"{officer}.{tranche:04d}.jwe"


def sealed_answers(
    gate: Gate,
    request: RequestRecord,
    head: RequestHead,
    officer: str,
    receipts: Sequence[Mapping[str, Any]],
    tranche: int,
) -> bytes:
    """The plaintext for one officer, padded: its length tells nothing of the answers.

    Each row's outcome stands in its receipt's body (and nowhere else); every body has one length.
    """
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for receipt in receipts:
        groups.setdefault(str(receipt["entry"]["index"]), []).append(receipt)
    parts = [split(group) for group in groups.values()]
    pack = editions.edition(gate, request.basis, request.pack_digest)
    content: dict[str, Json] = {
        "format": ANSWERS_FORMAT,
        "custodian": gate.custodian,
        "agency": request.agency,
        "request_id": request.request_id,
        "ledger_id": request.ledger_id,
        "basis": request.basis,
        "officer": officer,
        "purpose": head.purpose,
        "criminal_statute": head.criminal_statute,
        "penalties": pack.penalties if pack else "",
        "confirmed_means": MEANS_CONFIRMED,
        "not_confirmed_means": MEANS_NOT_CONFIRMED,
        "tranche": tranche,
        "answers": [{"shared": dict(shared), "rows": [dict(r) for r in rows]} for shared, rows in parts],
        "pad": "",
    }
    bare = len(jcs.canonical(content))
    content["pad"] = " " * (-bare % PAD_TO)
    return jcs.canonical(content)


def refusals(gate: Gate, request: RequestRecord, rows: Sequence[tuple[str, Sequence[str]]]) -> bytes:
    """The refusals of a request, each with the elements that failed and where the law says them, signed by the log.

    A flattened JWS by the log's key (ADR 0004): the office verifies it with the vkey it holds.

    Args:
        gate: the gate.
        request: the request.
        rows: (row label, unmet element ids) in the request's order.

    Raises:
        IntegrityError: when one of them is no element: nothing else is told.
    """
    pack = editions.edition(gate, request.basis, request.pack_digest)
    cites = {c.element.value: {"cite": c.cite, "text": c.text} for c in pack.citations} if pack else {}
    used = sorted({element for _, unmet in rows for element in unmet})
    require_elements(used)
    content: dict[str, Json] = {
        "format": REFUSALS_FORMAT,
        "custodian": gate.custodian,
        "agency": request.agency,
        "request_id": request.request_id,
        "ledger_id": request.ledger_id,
        "basis": request.basis,
        "pack": request.pack_digest,
        "elements": {element: cites.get(element, {"cite": "", "text": ""}) for element in used},
        "refused": [{"row": label, "refused_under": list(unmet)} for label, unmet in rows],
        "remedy": "a corrected request that names this one in supersedes is judged anew",
    }
    return gate.jose.sign(jcs.canonical(content), gate.keys.log_jwk(), detached=False).encode()
