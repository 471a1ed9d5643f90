"""Submit: intake to decision, entered; then linkage to answers, entered. What leaves waits for two people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa

from narrowgate.domain.books import Json, RequestRecord, RowRecord
from narrowgate.domain.decision import Decided
from narrowgate.domain.entered import Entered
from narrowgate.domain.errors import ErrorCode, InvalidInput
from narrowgate.domain.ports import Gate, Transaction
from narrowgate.domain.request import Admitted, RequestHead
from narrowgate.domain.vocabulary import EventKind, HoldCause, RowState
from narrowgate.flow import casefile, editions, rulings
from narrowgate.flow.deciding import go_in
from narrowgate.flow.linking import certified, link_entered
from narrowgate.intake.admit import admit
from narrowgate.intake.package import Package, read_package
from narrowgate.law.decide import decide, refuse_unknown_basis
from narrowgate.law.findings import as_found
from narrowgate.law.pack import Pack
from narrowgate.minimise.budgets import StatedBudget, address_pseudonyms, stated_budget, subject_pseudonyms
from narrowgate.notary.commit import Draft, enter, new_entry_id

OPEN_STATES = (RowState.HELD, RowState.ENTERED, RowState.AWAITING_RELEASE)


@dataclass(frozen=True, slots=True)
class Submitted:
    """What the requester is told: persons, and what became of them; no count of the confirmed.

    Attributes:
        ledger_id: names the request where it took no id.
        again: the same package as before: the first result.
    """

    ledger_id: str
    agency: str
    request_id: str
    takes_id: bool
    persons: int
    refused: int
    held: int
    awaiting_release: int
    again: bool


def submit(gate: Gate, folder: Path) -> Submitted:
    """Takes a package.

    1. Read it once, whole, into our own copy.
    2. Under the one-writer lock, one reference time: judge signatures, parse cells.
    3. The same request again gives its first result; another content under a taken id is an error.
    4. The law, element by element; then what our own policy holds.
    5. Enter the request, with its decisions and the guesses it spends.
    6. Link what is lawful and does not wait, and enter the answers.

    Raises:
        InvalidInput: for what cannot be taken at all; nothing was entered then.
    """
    gate.progress("read", 0, 1)
    package = read_package(folder, lambda head: wanted(editions.adopted(gate, head.basis), head))  # 1
    gate.progress("read", 1, 1)
    with gate.files.writing():
        go_in(gate)
        at = rulings.gate_time(gate)
        agency = rulings.agencies(gate).get(package.head.agency)
        gate.progress("admit", 0, 1)
        admitted = admit(package, gate.custodian, agency, at, gate.jose)  # 2
        gate.progress("admit", 1, 1)
        known = _known(gate, package) if admitted.signature_valid else None  # 3
        if known:
            link_entered(gate, known, at)
            return summary(gate, known, again=True)
        gate.progress("law", 0, 1)
        judged = judge(gate, admitted, at)  # 4
        gate.progress("law", 1, 1)
        request, entered = _enter(gate, package, judged, at)  # 5
        link_entered(gate, request, at, (judged.decided, entered))  # 6
        return summary(gate, request, again=False)


def wanted(pack: Pack | None, head: RequestHead) -> tuple[str, ...]:
    """The columns that a request's basis cannot do without."""
    return pack.columns(head.criminal_statute) if pack else ()


def summary(gate: Gate, request: RequestRecord, *, again: bool) -> Submitted:
    """Where a request stands."""
    counts = gate.store.row_counts(request.ledger_id)
    return Submitted(
        request.ledger_id,
        request.agency,
        request.request_id,
        request.takes_id,
        request.rows,
        counts.get(RowState.REFUSED, 0),
        counts.get(RowState.HELD, 0) + counts.get(RowState.ENTERED, 0),
        counts.get(RowState.AWAITING_RELEASE, 0),
        again,
    )


def _known(gate: Gate, package: Package) -> RequestRecord | None:
    head = package.head
    taken = [
        r for r in gate.store.requests() if r.takes_id and (r.agency, r.request_id) == (head.agency, head.request_id)
    ]
    if taken and taken[0].digest != head.digest:
        raise InvalidInput(
            "this request_id was used for another content",
            "give the request an id of its own; to correct one, name it in supersedes",
            ErrorCode.REQUEST_ID_TAKEN,
        )
    return taken[0] if taken else None


@dataclass(frozen=True, slots=True)
class Judged:
    """The law's verdicts with our own holds, and what budget (a) says."""

    decided: Decided
    subjects: Sequence[bytes]
    budget: StatedBudget


def judge(gate: Gate, admitted: Admitted, at: datetime) -> Judged:
    """The law on every row; then the holds that need the gate's books.

    1. The law, and our own limits.
    2. What people found, which moves those limits; a court's order that they have yet to verify.
    3. The certificate, and the guess budget.
    """
    head = admitted.head
    subjects = subject_pseudonyms(admitted, gate.keys.pseudonym)
    addresses = address_pseudonyms(admitted, gate.keys.pseudonym)
    circumstances = rulings.circumstances(gate, head.agency, head.basis, at, asked=admitted)
    pack = editions.adopted(gate, head.basis)
    if pack:
        decided = decide(admitted, circumstances, pack, subjects)  # 1
        decided = as_found(decided, circumstances, pack, gate.keys.pseudonym)  # 2
    else:
        decided = refuse_unknown_basis(admitted, circumstances)
    if certified(gate, at) is None:
        decided = decided.with_hold(HoldCause.CERTIFICATE, pa.array([True] * admitted.rows))  # 3
    lawful = [row for row, is_lawful in enumerate(decided.lawful().to_pylist()) if is_lawful]
    window = at - timedelta(days=gate.limits.subject_window_days)
    budget = stated_budget(
        lawful,
        subjects,
        addresses,
        gate.store.spent("subject", sorted({subjects[row] for row in lawful}), window),
        agency=head.agency,
        names_per_address=gate.limits.names_per_address,
    )
    waits = pa.array([row in budget.held for row in range(admitted.rows)], pa.bool_())
    return Judged(decided.with_hold(HoldCause.BUDGET, waits) if budget.held else decided, subjects, budget)


def _enter(gate: Gate, package: Package, judged: Judged, at: datetime) -> tuple[RequestRecord, Entered]:
    """Enters the request: sealed package, decisions row by row, states, guesses; what it supersedes is withdrawn."""
    head, decided = package.head, judged.decided
    key, wrapped = gate.keys.new_key()
    ledger_id = new_entry_id()
    request = RequestRecord(
        ledger_id,
        head.agency,
        head.request_id,
        head.digest,
        head.basis,
        decided.admitted.signature_valid,
        decided.admitted.rows,
        head.office,
        decided.pack_digest,
        at,
        wrapped,
    )
    table = casefile.decision_table(decided, range(decided.admitted.rows))
    about: dict[str, Json] = {
        "agency": head.agency,
        "basis": head.basis,
        "criminal_statute": head.criminal_statute,
        "office": head.office,
        "pack": decided.pack_digest,
        "purpose": head.purpose,
        "request_digest": head.digest,
        "request_id": head.request_id,
        "rows": decided.admitted.rows,
        "supersedes": head.supersedes,
    }
    parts = casefile.sealed_parts(package, decided.admitted)
    received = Draft(EventKind.REQUEST_RECEIVED, about, ledger_id, head.digest, key, table, parts)
    withdrawn = _superseded(gate, request, head.supersedes, table)
    drafts = [received, *([_withdrawal(withdrawn, ledger_id, key)] if withdrawn else [])]

    def apply(transaction: Transaction, index: int) -> None:
        transaction.put_request(request)
        transaction.put_rows(ledger_id, row_records(judged, table, index))
        transaction.put_debits("subject", ledger_id, head.agency, judged.budget.debits, at)
        for earlier, rows in withdrawn.items():
            transaction.put_rows(earlier, [r.having(state=RowState.WITHDRAWN.value, causes="") for r in rows])

    gate.progress("enter", 0, 1)
    entered = enter(gate, at, drafts, apply=apply, entry_id=ledger_id)[0]
    gate.progress("enter", 1, 1)
    return request, entered


def row_records(judged: Judged, table: pa.Table, index: int) -> list[RowRecord]:
    """The rows as the books keep them.

    What a refused row says of its officer is not kept: it may be anything that stood in that cell, a name too.
    """
    officers = judged.decided.admitted.subjects["officer"].to_pylist()
    rows = []
    columns = (table[name].to_pylist() for name in ("row", "unmet", "causes"))
    for place, (row, unmet, causes) in enumerate(zip(*columns, strict=True)):
        state = RowState.REFUSED if unmet else RowState.HELD if causes else RowState.ENTERED
        first, first_row = judged.budget.repeats.get(place, ("", -1))
        rows.append(
            RowRecord(
                row,
                state.value,
                ";".join(unmet),
                ";".join(causes),
                "" if unmet else officers[place],
                judged.subjects[place],
                index,
                first_request=first,
                first_row=first_row,
            )
        )
    return rows


def _superseded(gate: Gate, request: RequestRecord, earlier_id: str, table: pa.Table) -> Mapping[str, list[RowRecord]]:
    """Rows of the superseded request that have not left and carry the label of a row here: they are withdrawn.

    Only the office that signed the earlier request corrects it, and only a row that is lawful takes another's place.
    """
    if not (earlier_id and request.takes_id):
        return {}
    earlier = [
        r
        for r in gate.store.requests()
        if r.takes_id
        and (r.agency, r.request_id, r.office) == (request.agency, earlier_id, request.office)
        and r.digest != request.digest
    ]
    if not earlier:
        return {}
    pairs = zip(table["label"].to_pylist(), table["unmet"].to_pylist(), strict=True)
    labels = {label for label, unmet in pairs if not unmet}
    sealed = casefile.reopen(gate, earlier[0]).subjects["row"].to_pylist()
    open_rows = gate.store.rows(earlier[0].ledger_id, states=[s.value for s in OPEN_STATES])
    return {earlier[0].ledger_id: [r for r in open_rows if sealed[r.row] in labels]}


def _withdrawal(withdrawn: Mapping[str, list[RowRecord]], ledger_id: str, key: bytes) -> Draft:
    counts = {earlier: len(rows) for earlier, rows in withdrawn.items()}
    return Draft(EventKind.ROWS_WITHDRAWN, {"withdrawn": counts, "superseded_by": ledger_id}, ledger_id, key=key)
