"""Why a row was decided so: the elements of the edition it was decided under, and what our own limits made of it.

An explanation holds no cell of the request but the row's label. It is made for the custodian's officers; a look is
entered before it is given (``viewing.inspect``).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from narrowgate.domain import jcs
from narrowgate.domain.books import EventRow, RequestRecord, RowRecord
from narrowgate.domain.errors import ErrorCode, IntegrityError, NarrowgateError
from narrowgate.domain.ports import Gate
from narrowgate.domain.vocabulary import EventKind, HoldCause, Outcome, Role, RowState
from narrowgate.flow import casefile, editions
from narrowgate.flow.linking import restore
from narrowgate.flow.viewing import Waterfall, outcome, waterfall
from narrowgate.law.explain import Explained, explain, explain_without_pack, failing_first
from narrowgate.notary import unseal


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in the ledger.

    Attributes:
        leaf: index of the leaf.
        at: time of the commit, as ``books.utc_text`` spells it.
        event: what was entered there.
    """

    leaf: int
    at: str
    event: EventKind


@dataclass(frozen=True, slots=True)
class Held:
    """A limit of our own that touched the row.

    Attributes:
        since: the entry from which it waited.
        until: the entry from which it waited for this no more; None while it waits.
    """

    cause: HoldCause
    since: Place
    until: Place | None


@dataclass(frozen=True, slots=True)
class Edition:
    """The edition that a row was decided under; all but ``basis`` are "" where no pack is of that basis."""

    basis: str
    title: str
    citation: str
    edition: str
    digest: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """One row.

    Attributes:
        decided: the entry with its latest decision.
        elements: the law: those not met first.
        policy: our own limits, which are not the law, in the order in which they came.
        waterfall: how linkage weighed it, where the rules allow it to be seen; else None.
        withheld: why there is no waterfall; "" where there is one.
    """

    request: RequestRecord
    row: str
    outcome: Outcome
    under: Edition
    decided: Place
    elements: tuple[Explained, ...]
    policy: tuple[Held, ...]
    waterfall: Waterfall | None
    withheld: str


def explained(gate: Gate, request: RequestRecord, row: RowRecord, role: Role | None) -> Explanation:
    """A row, for someone who looks with this role.

    1. Every decision on the row, in the order of the ledger; the one that the books name is its latest.
    2. The elements of the edition of that decision, from the facts as they were sealed with it.
    3. Our own limits, from what each decision says and from officers' noes.
    4. The waterfall, where the rules allow it.

    Raises:
        NarrowgateError: when the gate does not keep the edition that the row was decided under.
        IntegrityError: when the decision that the books name was never entered.
    """
    decisions = list(_decisions(gate, request, row))  # 1
    latest = next((event for event, _ in reversed(decisions) if event.entry == row.decided_in), None)
    table = _table(gate, request, latest, row) if latest else None
    if latest is None or table is None:
        raise IntegrityError("a decision in the books was never entered", "run `narrowgate ledger fsck`")
    under, elements = _elements(gate, request, row, table)  # 2
    policy = _policy(gate, decisions)  # 3
    falls = waterfall(gate, request, row, role) if role else None  # 4
    became = outcome(gate, request, row)
    return Explanation(
        request,
        table["label"][0].as_py(),
        became,
        under,
        _place(gate, latest),
        failing_first(elements),
        policy,
        falls,
        "" if falls else _withheld(became, role),
    )


def _decisions(gate: Gate, request: RequestRecord, row: RowRecord) -> Iterator[tuple[EventRow, Sequence[str]]]:
    """Each event that decided on a row, and what it waited for after it."""
    for event in gate.store.events(request=request.ledger_id):
        if event.kind in casefile.DECISION_EVENTS:
            table = _table(gate, request, event, row)
            if table is not None:
                yield event, table["causes"][0].as_py()
        elif event.kind is EventKind.REQUEST_DECLINED:
            declined: Any = jcs.parse(unseal.part(gate, event, casefile.request_key(gate, request), "declined"))
            if row.row in declined:
                yield event, [HoldCause.COUNSEL.value]


def _table(gate: Gate, request: RequestRecord, event: EventRow, row: RowRecord) -> pa.Table | None:
    """The one line of a decision that is about a row; None where the decision is not about it."""
    if event.kind not in casefile.DECISION_EVENTS:
        return None
    table = unseal.rows(gate, event, casefile.request_key(gate, request))
    mine = table.filter(pc.equal(table["row"], pa.scalar(row.row, pa.uint64())))
    return mine if mine.num_rows else None


def _elements(
    gate: Gate, request: RequestRecord, row: RowRecord, table: pa.Table
) -> tuple[Edition, tuple[Explained, ...]]:
    decided = restore(gate, request, table)
    if not decided.pack_digest:
        return Edition(request.basis, "", "", "", ""), explain_without_pack(decided, 0)
    pack = editions.edition(gate, request.basis, decided.pack_digest)
    if pack is None:
        raise NarrowgateError(
            ErrorCode.NOTHING_TO_DO,
            f"row was {RowState(row.state).value} under an edition that this gate does not keep",
            "explain it with the release that holds that edition",
        )
    under = Edition(pack.id, pack.text.title, pack.text.citation, pack.edition, pack.digest)
    return under, explain(decided.under(pack.facts), pack, 0)


def _policy(gate: Gate, decisions: Sequence[tuple[EventRow, Sequence[str]]]) -> tuple[Held, ...]:
    """From when to when a row waited for what."""
    found: list[Held] = []
    waits: dict[str, Place] = {}
    for event, causes in decisions:
        ended = [cause for cause in waits if cause not in causes]
        begun = [cause for cause in causes if cause not in waits]
        here = _place(gate, event) if ended or begun else None
        if here:
            found += [Held(HoldCause(cause), waits.pop(cause), here) for cause in ended]
            waits |= dict.fromkeys(begun, here)
    found += [Held(HoldCause(cause), since, None) for cause, since in waits.items()]
    return tuple(sorted(found, key=lambda held: (held.since.leaf, held.cause)))


def _place(gate: Gate, event: EventRow) -> Place:
    return Place(event.entry, str(unseal.open_event(gate, event).about["time"]), event.kind)


def _withheld(became: Outcome, role: Role | None) -> str:
    """Why there is no waterfall. It says nothing that the outcome does not say, and of shields nothing at all."""
    match became:
        case Outcome.CONFIRMED:
            return "None is kept with this answer."
        case Outcome.NOT_CONFIRMED if role is Role.SHIELD_OFFICIAL:
            return "Linkage found nobody to weigh."
        case Outcome.NOT_CONFIRMED:
            return "It is not shown of a row that is not confirmed."
        case Outcome.REFUSED:
            return "There is none for a row that the law refuses."
        case _:
            return "Before release there is none: whether it is shown would tell the answer."
