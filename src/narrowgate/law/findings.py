"""What people of the custodian found, and how it moves our own holds: beside the elements, never in a pack.

| cause | kind | found | found that it is not | nothing found |
| --- | --- | --- | --- | --- |
| ``counsel`` | ``court_order_verified`` | not held for it | refused, ``court_order_valid`` | held |
| ``safeguards_open_findings`` | ``safeguards_accepted`` | not held | held | held where findings are open |
| ``reason_generic`` | ``reason_accepted`` | not held | held | held where it is copied |

What is held here is held whatever two people waived before: such a hold ends by a determination alone.
"""

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from narrowgate.domain.circumstances import Circumstances
from narrowgate.domain.decision import Decided
from narrowgate.domain.request import Admitted, RequestHead
from narrowgate.domain.vocabulary import DeterminationKind, Element, HoldCause, Safeguards
from narrowgate.law.orders import digest_of
from narrowgate.law.pack import Pack

REASON = "reason"
Pseudonym = Callable[[str, bytes], bytes]


def as_found(decided: Decided, circumstances: Circumstances, pack: Pack, pseudonym: Pseudonym) -> Decided:
    """The holds of a batch, moved by what people found.

    1. A basis that rests on a court's order: every row waits for counsel until they verified the order.
    2. Open findings that counsel judged acceptable hold nothing; those that they judged not to be hold everything.
    3. So for each reason.

    Args:
        decided: n rows, with the causes that would hold them otherwise.
        circumstances: the determinations, at the batch's reference time.
        pack: the edition that decided.
        pseudonym: ``Keys.pseudonym``.
    """
    admitted = decided.admitted
    everywhere = pa.array([True] * admitted.rows, pa.bool_())
    if order_unverified(admitted.head, circumstances, pack):
        decided = decided.with_hold(HoldCause.COUNSEL, everywhere)  # 1
    if open_findings(circumstances):
        accepted = findings_accepted(circumstances, pack.id)
        if accepted is not None:
            move = decided.without_hold if accepted else decided.with_hold
            decided = move(HoldCause.SAFEGUARDS_OPEN_FINDINGS, everywhere)  # 2
    for met, rows in _reasons(admitted, circumstances, pack, pseudonym).items():  # 3
        move = decided.without_hold if met else decided.with_hold
        decided = move(HoldCause.REASON_GENERIC, rows)
    return decided


def needs_order(pack: Pack) -> bool:
    """Whether requests under a basis rest on a court's order."""
    return any(citation.element is Element.COURT_ORDER_VALID for citation in pack.citations)


def order_unverified(head: RequestHead, circumstances: Circumstances, pack: Pack) -> bool:
    """Whether counsel has yet to verify the order that a request rests on, as the request states it.

    The machine compares rows with what the request *states* of the order; that this is what the judge ordered, counsel
    alone can see. So what they verify is the statement, the file's digest in it: the same file under wider names is
    another order to them.
    """
    if not needs_order(pack):
        return False
    return circumstances.found(DeterminationKind.COURT_ORDER_VERIFIED, pack.id, digest_of(head.order or {})) is not True


def open_findings(circumstances: Circumstances) -> bool:
    """Whether findings on the requester's safeguards are open."""
    return circumstances.agency is not None and circumstances.agency.safeguards is Safeguards.OPEN_FINDINGS


def findings_accepted(circumstances: Circumstances, basis: str) -> bool | None:
    """What counsel found of the requester's open findings, or None."""
    about = circumstances.agency.id if circumstances.agency else ""
    return circumstances.found(DeterminationKind.SAFEGUARDS_ACCEPTED, basis, about)


def reason_pseudonym(agency: str, reason: str, pseudonym: Pseudonym) -> str:
    """What a reason is known under: hex, keyed, of one agency, the same for any case and any spaces."""
    folded = " ".join(reason.upper().split())
    return pseudonym(REASON, f"{agency}\0{folded}".encode()).hex()


def _reasons(
    admitted: Admitted, circumstances: Circumstances, pack: Pack, pseudonym: Pseudonym
) -> dict[bool, pa.BooleanArray]:
    """Which rows have a reason that was accepted (under True), which one that was not (under False)."""
    kind, at = DeterminationKind.REASON_ACCEPTED, circumstances.at
    known = {d.about for d in circumstances.determinations if d.kind is kind and d.in_force(at)}
    if not known or REASON not in admitted.subjects.column_names:
        return {}
    column = admitted.subjects[REASON].combine_chunks()
    said: dict[bool, list[str]] = {True: [], False: []}
    for reason in column.unique().to_pylist():
        about = reason_pseudonym(admitted.head.agency, reason, pseudonym)
        found = circumstances.found(kind, pack.id, about) if about in known else None
        if found is not None:
            said[found].append(reason)
    return {met: pc.is_in(column, value_set=pa.array(reasons, pa.string())) for met, reasons in said.items() if reasons}
