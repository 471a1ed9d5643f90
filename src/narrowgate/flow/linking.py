"""Linking: mandate and entered in hand, the records are touched; what comes out is one bit a row, entered."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pyarrow as pa

from narrowgate.domain.books import Json, RequestRecord, RowRecord
from narrowgate.domain.certificate import Certificate
from narrowgate.domain.decision import Decided, Mandate
from narrowgate.domain.entered import Entered
from narrowgate.domain.errors import IntegrityError
from narrowgate.domain.match import Match
from narrowgate.domain.merkle import HASH_SIZE
from narrowgate.domain.ports import Gate, Transaction
from narrowgate.domain.vocabulary import Element, EventKind, HoldCause, Provenance, RowState
from narrowgate.flow import casefile, editions, rulings
from narrowgate.flow.answering import (
    SHIELDED,
    STAYED,
    Answered,
    Notes,
    Places,
    enter_answers,
    first_results,
    sealed_match,
    unless_shielded,
)
from narrowgate.flow.deciding import enter_received, go_in
from narrowgate.flow.judging import rejudge
from narrowgate.flow.record_stays import ProtectedRecords
from narrowgate.flow.watching import Watch
from narrowgate.law.decide import citations
from narrowgate.linkage.certify import is_valid
from narrowgate.linkage.link import link
from narrowgate.linkage.snapshot import Snapshot
from narrowgate.minimise.answer import Withheld, answer
from narrowgate.minimise.budgets import PersonBudget, address_pseudonyms, person_budget
from narrowgate.notary import unseal
from narrowgate.notary.commit import Draft, enter, last_time

Fresh = tuple[Decided, Entered]


def certified(gate: Gate, at: datetime) -> tuple[Snapshot, Certificate] | None:
    """The records and the certificate that holds for them now; None where nothing may be answered."""
    certificate = rulings.certificate(gate)
    snapshot = rulings.snapshot(gate) if certificate else None
    if snapshot is None or certificate is None or not is_valid(certificate, snapshot, at):
        return None
    counts = gate.demo or certificate.provenance is not Provenance.SYNTHETIC
    return (snapshot, certificate) if counts else None


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

    def leaf(self, place: int) -> bytes:
        """Leaf hash of the decision's row ``place``."""
        return self.leaves[place * HASH_SIZE : (place + 1) * HASH_SIZE]

    def labels(self) -> Iterator[tuple[int, str, bytes]]:
        """(index in the request, label, digest of the row) of every row of the decision."""
        columns = (self.table[name].to_pylist() for name in ("row", "label", "request_row"))
        yield from zip(*columns, strict=True)


def link_entered(gate: Gate, request: RequestRecord, at: datetime, fresh: Fresh | None = None) -> None:
    """Links every row that is lawful, entered and not yet linked, one decision event after the other.

    1. A stay may have come since the rows were judged, or come while they are linked: what it reaches is refused anew,
       and never linked further.
    2. The others are linked, or held where no certificate holds any more.

    The caller holds the one-writer lock. Killed half way, it goes on where it stood when called again.
    """
    while waiting := gate.store.rows(request.ledger_id, states=[RowState.ENTERED.value]):
        index = min(row.decided_in for row in waiting)
        rows = {row.row: row for row in waiting if row.decided_in == index}
        docket = _docket(gate, request, index, rows, fresh)
        watch = Watch(gate, docket.decided.admitted)
        stayed = [n for n, reached in zip(docket.numbers, watch.reached(), strict=True) if reached and n in rows]
        if stayed:  # 1
            _refuse_stayed(gate, docket, stayed)
            continue
        at = max(at, last_time(gate))
        means = certified(gate, at)
        if means is None:
            hold_for_certificate(gate, docket, at)
        else:
            with suppress(StayCameError):
                _link(gate, docket, means, at, watch)  # 2


def go_on(gate: Gate, request: RequestRecord) -> None:
    """Links the rows that a killed command left entered and not yet linked; where there are none, takes no lock.

    Raises:
        NarrowgateError: ``gate_busy`` when another command is at it.
    """
    if gate.store.rows(request.ledger_id, states=[RowState.ENTERED.value]):
        with gate.files.writing():
            go_in(gate)
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
    digest = table["pack"][0].as_py() if table.num_rows else request.pack_digest
    return Decided(
        admitted,
        request.basis,
        digest,
        (),
        table["facts"].combine_chunks(),
        table["unmet"].combine_chunks(),
        table["causes"].combine_chunks(),
        citations(editions.edition(gate, request.basis, digest)),
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


class StayCameError(Exception):
    """A stay that reaches rows which are being linked has come: nothing of them is entered."""


def _refuse_stayed(gate: Gate, docket: Docket, stayed: Sequence[int]) -> None:
    """Refuses rows, by index in the request, that a stay in force reaches; all that is unmet of them now is entered."""
    request, at = docket.request, rulings.gate_time(gate)
    decided = rejudge(gate, request, stayed, at)
    if any(Element.NOT_STAYED.value not in unmet for unmet in decided.unmet.to_pylist()):
        raise IntegrityError("the law does not find a row stayed that a stay reaches", "report it; nothing was linked")
    table = casefile.decision_table(decided, stayed)
    draft = Draft(
        EventKind.REQUEST_RECHECKED,
        {"rows": table.num_rows},
        request.ledger_id,
        request.digest,
        casefile.request_key(gate, request),
        table,
    )

    def apply(transaction: Transaction, index: int) -> None:
        refused = [
            docket.waiting[n].having(state=RowState.REFUSED.value, unmet=";".join(unmet), causes="", decided_in=index)
            for n, unmet in zip(stayed, decided.unmet.to_pylist(), strict=True)
        ]
        transaction.put_rows(request.ledger_id, refused)

    enter(gate, at, [draft], apply=apply)


def _look_out(gate: Gate, docket: Docket, watch: Watch) -> None:
    """Enters the stays that came meanwhile.

    Raises:
        StayCameError: when one in force reaches a row that is being linked.
    """
    enter_received(gate)
    if any(reached and n in docket.waiting for n, reached in zip(docket.numbers, watch.reached(), strict=True)):
        raise StayCameError


def _link(gate: Gate, docket: Docket, means: tuple[Snapshot, Certificate], at: datetime, watch: Watch) -> None:
    """Links a docket's rows and enters their answers; between chunks, and before the answers, it looks out for stays.

    1. Rows that repeat an earlier question take its first result; the others are linked.
    2. Shields, stays that name the person found, and the persons' budget withhold, unseen.
    3. The one bit a row is entered, with the guesses it spends; only then does the row await release.

    Raises:
        StayCameError: when one in force reaches a row of it; nothing was entered then.
    """
    snapshot, certificate = means
    request, rows = docket.request, docket.waiting
    subjects = docket.decided.admitted.subjects
    earlier = first_results(gate, request, subjects, docket.numbers, rows, certificate.digest)  # 1
    places = [i for i, n in enumerate(docket.numbers) if n in rows and n not in earlier]
    mandate = Mandate(docket.decided, pa.array(places, pa.uint64()))
    total = len(places)
    gate.progress("link", 0, total)
    looked = gate.clock.now()

    def progress(done: int) -> None:
        nonlocal looked
        gate.progress("link", done, total)
        if (now := gate.clock.now()) != looked:  # once a second
            looked = now
            _look_out(gate, docket, watch)

    match = link(mandate, docket.entered, snapshot, certificate, progress=progress)
    gate.progress("link", total, total)
    named = ProtectedRecords(gate, docket.decided.admitted, max(at, rulings.present(gate)))
    stayed = _named(named, match, snapshot)
    withheld, budget = _withheld(gate, docket, match, snapshot, at, stayed)  # 2
    bits = [a.confirmed for a in answer(match, mandate, withheld)]
    sealed = sealed_match(gate, match, snapshot, docket.numbers)
    fresh = [
        Answered(sealed[i]["row"], match.certificate_digest, bit, cause, sealed[i])
        for i, (bit, cause) in enumerate(zip(bits, _causes(match, withheld, stayed), strict=True))
    ]
    repeated = [unless_shielded(gate, again, named, at) for again in earlier.values()]
    debits = [replace(d, row=docket.numbers[d.row]) for d in budget.debits]
    about: dict[str, Json] = {
        "certificate": match.certificate_digest,
        "decision": docket.entered.ledger_id,
        "snapshot": match.snapshot_digest,
    }
    notes = Notes(about, ",".join(match.comparisons), match.threshold, debits)
    leaves = {n: docket.leaf(i) for i, n in enumerate(docket.numbers)}
    known = {n: (label, digest) for n, label, digest in docket.labels()}
    _look_out(gate, docket, watch)
    at = max(at, last_time(gate))  # a stay that reaches others may have been entered meanwhile
    enter_answers(gate, request, [*fresh, *repeated], Places(rows, known, leaves), notes, at)  # 3


def _named(named: ProtectedRecords, match: Match, snapshot: Snapshot) -> frozenset[int]:
    """Rows, by index in the decision, whose person found a stay names."""
    pairs = zip(match.table["row"].to_pylist(), match.table["person"].to_pylist(), strict=True)
    return frozenset(row for row, person in pairs if person is not None and named.naming(snapshot, person))


def _withheld(
    gate: Gate, docket: Docket, match: Match, snapshot: Snapshot, at: datetime, stayed: frozenset[int]
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
    return Withheld(shielded | stayed, budget.over), budget


def _causes(match: Match, withheld: Withheld, stayed: frozenset[int]) -> list[str]:
    """The true cause a row, for the seals: linkage's verdict, or what withheld it."""
    causes = []
    for row, verdict in zip(match.table["row"].to_pylist(), match.table["verdict"].to_pylist(), strict=True):
        if row in stayed:
            causes.append(STAYED)
        elif row in withheld.shielded:
            causes.append(SHIELDED)
        elif row in withheld.over_budget:
            causes.append("person_budget")
        else:
            causes.append(verdict)
    return causes
