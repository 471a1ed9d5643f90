"""Linking: mandate and entered in hand, the records are touched; what comes out is one bit a row, entered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa

from narrowgate.domain.books import EventRow, RequestRecord, RowRecord
from narrowgate.domain.certificate import Certificate
from narrowgate.domain.decision import Decided, Mandate
from narrowgate.domain.entered import Entered
from narrowgate.domain.errors import IntegrityError
from narrowgate.domain.match import Match
from narrowgate.domain.merkle import HASH_SIZE
from narrowgate.domain.ports import Gate, Transaction
from narrowgate.domain.vocabulary import EventKind, HoldCause, RowState
from narrowgate.flow import casefile, rulings
from narrowgate.law.decide import citations
from narrowgate.linkage.certify import is_valid
from narrowgate.linkage.link import link
from narrowgate.linkage.snapshot import Snapshot
from narrowgate.minimise.answer import Withheld, answer
from narrowgate.minimise.budgets import PersonBudget, address_pseudonyms, person_budget
from narrowgate.notary import unseal
from narrowgate.notary.commit import Draft, enter, recover
from narrowgate.notary.rows import ANSWER_ROW_SCHEMA
from narrowgate.notary.tables import to_bytes

Fresh = tuple[Decided, Entered]


def certified(gate: Gate, at: datetime) -> tuple[Snapshot, Certificate] | None:
    """The records and the certificate that holds for them now; None where nothing may be answered."""
    certificate = rulings.certificate(gate)
    snapshot = rulings.snapshot(gate) if certificate else None
    return (snapshot, certificate) if snapshot and certificate and is_valid(certificate, snapshot, at) else None


@dataclass(frozen=True, slots=True)
class Docket:
    """One decision event of a request, and its rows that wait to be linked.

    Attributes:
        decided: the decision's rows; ``numbers[i]`` is the index in the request of its row i.
        waiting: the books' records of the rows to link, by index in the request.
        leaves: 32-byte leaf hashes of the decision's row tree, in its order.
    """

    request: RequestRecord
    decided: Decided
    entered: Entered
    numbers: Sequence[int]
    waiting: Mapping[int, RowRecord]
    table: pa.Table
    leaves: bytes


def link_entered(gate: Gate, request: RequestRecord, at: datetime, fresh: Fresh | None = None) -> None:
    """Links every row that is lawful, entered and not yet linked, one decision event after the other.

    The caller holds the one-writer lock. Killed half way, it goes on where it stood when called again.
    """
    waiting = gate.store.rows(request.ledger_id, states=[RowState.ENTERED.value])
    for index in sorted({row.decided_in for row in waiting}):
        rows = {row.row: row for row in waiting if row.decided_in == index}
        docket = _docket(gate, request, index, rows, fresh)
        means = certified(gate, at)
        if means is None:
            hold_for_certificate(gate, docket, at)
        else:
            _link(gate, docket, means, at)


def go_on(gate: Gate, request: RequestRecord) -> None:
    """Links the rows that a killed command left entered and not yet linked; where there are none, takes no lock.

    Raises:
        NarrowgateError: ``gate_busy`` when another command is at it.
    """
    if gate.store.rows(request.ledger_id, states=[RowState.ENTERED.value]):
        with gate.files.writing():
            recover(gate)
            link_entered(gate, request, rulings.gate_time(gate))


def _docket(
    gate: Gate, request: RequestRecord, index: int, waiting: Mapping[int, RowRecord], fresh: Fresh | None
) -> Docket:
    """The decision at leaf ``index``, from memory where it was just made, else from its seals."""
    events = [e for e in gate.store.events(entry=index) if e.request == request.ledger_id]
    event = next(e for e in events if e.kind in casefile.DECISION_EVENTS)
    key = casefile.request_key(gate, request)
    table = unseal.rows(gate, event, key)
    numbers = table["row"].to_pylist()
    tree = unseal.tree_of(event, key, table)
    if fresh and fresh[1].index == index:
        decided, entered = fresh
    else:
        decided = restore(gate, request, table)
        entered = Entered(event.entry_id, index, event.position, request.digest, tree.root.hex())
    return Docket(request, decided, entered, numbers, waiting, table, tree.tree.leaves())


def restore(gate: Gate, request: RequestRecord, table: pa.Table) -> Decided:
    """The decision that a sealed table says, over the request as it was admitted."""
    admitted = casefile.only(casefile.reopen(gate, request), table["row"].to_pylist())
    return Decided(
        admitted,
        request.basis,
        table["pack"][0].as_py() if table.num_rows else request.pack_digest,
        (),
        table["facts"].combine_chunks(),
        table["unmet"].combine_chunks(),
        table["causes"].combine_chunks(),
        citations(request.basis),
    )


def hold_for_certificate(gate: Gate, docket: Docket, at: datetime) -> None:
    """Rows that were free to be linked wait: the certificate they counted on no longer holds."""
    places = [i for i, number in enumerate(docket.numbers) if number in docket.waiting]
    held = docket.table.take(pa.array(places, pa.uint64()))
    causes = pa.array([[HoldCause.CERTIFICATE.value]] * held.num_rows, pa.list_(pa.string()))
    held = held.set_column(held.column_names.index("causes"), held.schema.field("causes"), causes)
    request = docket.request
    draft = Draft(
        EventKind.REQUEST_RECHECKED,
        {"rows": held.num_rows},
        request.ledger_id,
        request.digest,
        casefile.request_key(gate, request),
        held,
    )

    def apply(transaction: Transaction, index: int) -> None:
        changes = {"state": RowState.HELD.value, "causes": HoldCause.CERTIFICATE.value, "decided_in": index}
        transaction.put_rows(request.ledger_id, [row.having(**changes) for row in docket.waiting.values()])

    enter(gate, at, [draft], apply=apply)


def _link(gate: Gate, docket: Docket, means: tuple[Snapshot, Certificate], at: datetime) -> None:
    """Links a docket's rows and enters their answers.

    1. Rows that repeat an earlier question take its answer; the others are linked.
    2. Shields and the persons' budget withhold, unseen.
    3. The one bit a row is entered, with the guesses it spends; only then does the row await release.
    """
    snapshot, certificate = means
    earlier = _earlier_answers(gate, docket)  # 1
    places = [i for i, n in enumerate(docket.numbers) if n in docket.waiting and not _repeats(docket, n, earlier)]
    mandate = Mandate(docket.decided, pa.array(places, pa.uint64()))
    total = len(places)
    gate.progress("link", 0, total)
    match = link(
        mandate, docket.entered, snapshot, certificate, progress=lambda done: gate.progress("link", done, total)
    )
    gate.progress("link", total, total)
    withheld, budget = _withheld(gate, docket, match, snapshot, at)  # 2
    answers = answer(match, mandate, withheld)
    found = {
        docket.numbers[a.row]: (a.confirmed, cause) for a, cause in zip(answers, _causes(match, withheld), strict=True)
    }
    table = _answer_table(docket, found, earlier, certificate.digest)
    _enter_answers(gate, docket, table, match, budget, at)  # 3


def _first(docket: Docket, number: int) -> tuple[str, int]:
    row = docket.waiting[number]
    return row.first_request or docket.request.ledger_id, row.first_row


def _repeats(docket: Docket, number: int, earlier: Mapping[tuple[str, int], bool]) -> bool:
    """Whether a row takes the answer of another: one already given, or one given in this docket."""
    row = docket.waiting[number]
    if row.first_row < 0:
        return False
    here = not row.first_request and row.first_row in docket.waiting
    return here or _first(docket, number) in earlier


def _earlier_answers(gate: Gate, docket: Docket) -> dict[tuple[str, int], bool]:
    """(request, row) to the bit, for every earlier row that a row of this docket repeats and that has an answer."""
    wanted: dict[str, set[int]] = {}
    for number, row in docket.waiting.items():
        if row.first_row >= 0:
            ledger_id, first = _first(docket, number)
            wanted.setdefault(ledger_id, set()).add(first)
    found: dict[tuple[str, int], bool] = {}
    for request in gate.store.requests():
        if request.ledger_id in wanted:
            for answered, sealed in answers_of(gate, request, wanted[request.ledger_id]).items():
                found[request.ledger_id, answered] = sealed["confirmed"]
    return found


def answers_of(gate: Gate, request: RequestRecord, rows: set[int]) -> dict[int, dict[str, Any]]:
    """Row to its sealed answer, for those of ``rows`` that have one.

    Raises:
        IntegrityError: when the books name an answer that was not entered.
    """
    answered_in = {r.row: r.answered_in for r in gate.store.rows(request.ledger_id) if r.row in rows}
    leaves = {index for index in answered_in.values() if index >= 0}
    key = casefile.request_key(gate, request)
    found: dict[int, dict[str, Any]] = {}
    for event in answer_events(gate, request):
        if event.entry in leaves:
            table = unseal.rows(gate, event, key).to_pylist()
            found |= {a["row"]: a for a in table if answered_in.get(a["row"]) == event.entry}
    if {row for row, index in answered_in.items() if index >= 0} - set(found):
        raise IntegrityError("an answer in the books was never entered", "run `narrowgate ledger fsck`")
    return found


def answer_events(gate: Gate, request: RequestRecord) -> list[EventRow]:
    """The events that entered answers of a request."""
    return [e for e in gate.store.events(request=request.ledger_id) if e.kind is EventKind.ANSWERS_ENTERED]


def _withheld(
    gate: Gate, docket: Docket, match: Match, snapshot: Snapshot, at: datetime
) -> tuple[Withheld, PersonBudget]:
    """Rows whose answer is withheld, by index in the decision, and the guesses spent.

    Persons leave this function as keyed pseudonyms; no record string reaches ``minimise``.
    """
    seen = sorted({*match.name_passes["person"].to_pylist(), *match.table["person"].drop_null().to_pylist()})
    of_person = {p: snapshot.person_id(p).encode() for p in seen}
    shields = rulings.shielded(gate, at)
    hidden = (
        {p for p, name in of_person.items() if gate.keys.pseudonym("shield", name) in shields} if shields else set()
    )
    rows, persons = match.table["row"].to_pylist(), match.table["person"].to_pylist()
    persons_of = {p: gate.keys.pseudonym("person", name) for p, name in of_person.items()}
    window = at - timedelta(days=gate.limits.subject_window_days)
    budget = person_budget(
        match.name_passes,
        persons_of,
        address_pseudonyms(docket.decided.admitted, gate.keys.pseudonym),
        gate.store.spent("person", sorted(set(persons_of.values())), window),
        gate.limits.person_budget,
    )
    shielded = frozenset(row for row, person in zip(rows, persons, strict=True) if person in hidden)
    return Withheld(shielded, budget.over), budget


def _causes(match: Match, withheld: Withheld) -> list[str]:
    """The true cause a row, for the seals: linkage's verdict, or what withheld it."""
    causes = []
    for row, verdict in zip(match.table["row"].to_pylist(), match.table["verdict"].to_pylist(), strict=True):
        if row in withheld.shielded:
            causes.append("shielded")
        elif row in withheld.over_budget:
            causes.append("person_budget")
        else:
            causes.append(verdict)
    return causes


def _answer_table(
    docket: Docket,
    found: Mapping[int, tuple[bool, str]],
    earlier: Mapping[tuple[str, int], bool],
    certificate: str,
) -> pa.Table:
    """The answers to enter, in the order of the decision; ``found`` and rows by index in the request."""
    labels, digests = docket.table["label"].to_pylist(), docket.table["request_row"].to_pylist()
    rows = []
    for place, number in enumerate(docket.numbers):
        if number not in docket.waiting:
            continue
        if number in found:
            confirmed, cause = found[number]
        else:
            first = _first(docket, number)
            confirmed, cause = earlier[first] if first in earlier else found[first[1]][0], "repeats"
        leaf = docket.leaves[place * HASH_SIZE : (place + 1) * HASH_SIZE]
        rows.append((number, labels[place], digests[place], leaf, certificate, confirmed, cause))
    columns = list(zip(*rows, strict=True)) or [()] * len(ANSWER_ROW_SCHEMA)
    return pa.table([pa.array(c, f.type) for c, f in zip(columns, ANSWER_ROW_SCHEMA, strict=True)], ANSWER_ROW_SCHEMA)


def _enter_answers(
    gate: Gate, docket: Docket, table: pa.Table, match: Match, budget: PersonBudget, at: datetime
) -> None:
    request = docket.request
    about = {
        "answers": table.num_rows,
        "certificate": match.certificate_digest,
        "decision": docket.entered.ledger_id,
        "request": request.ledger_id,
        "snapshot": match.snapshot_digest,
    }
    numbers = pa.array(docket.numbers, pa.uint64())
    sealed = match.table.set_column(0, match.table.schema.field("row"), numbers.take(match.table["row"]))
    metadata = {"comparisons": ",".join(match.comparisons), "threshold": str(match.threshold)}
    draft = Draft(
        EventKind.ANSWERS_ENTERED,
        about,
        request.ledger_id,
        request.digest,
        casefile.request_key(gate, request),
        table,
        {"match": to_bytes(sealed.replace_schema_metadata(metadata))},
    )
    debits = [replace(d, row=docket.numbers[d.row]) for d in budget.debits]
    answered = table["row"].to_pylist()

    def apply(transaction: Transaction, index: int) -> None:
        changes = {"state": RowState.AWAITING_RELEASE.value, "answered_in": index}
        transaction.put_rows(request.ledger_id, [docket.waiting[n].having(**changes) for n in answered])
        transaction.put_debits("person", request.ledger_id, request.agency, debits, at)

    gate.progress("seal", 0, 1)
    enter(gate, at, [draft], apply=apply)
    gate.progress("seal", 1, 1)
