"""Answers as they are entered, read back, and entered anew when they leave."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pyarrow as pa

from narrowgate.domain.books import Debit, EventRow, Json, RequestRecord, RowRecord
from narrowgate.domain.errors import IntegrityError
from narrowgate.domain.match import MATCH_SCHEMA, Match
from narrowgate.domain.ports import Gate, Transaction
from narrowgate.domain.vocabulary import EventKind, RowState
from narrowgate.flow import casefile, rulings
from narrowgate.flow.record_stays import ProtectedRecords
from narrowgate.linkage.snapshot import Snapshot
from narrowgate.notary import unseal
from narrowgate.notary.commit import Draft, enter
from narrowgate.notary.rows import ANSWER_ROW_SCHEMA
from narrowgate.notary.tables import from_bytes, to_bytes

SEALED_MATCH_SCHEMA = pa.schema([*MATCH_SCHEMA, pa.field("shield", pa.binary(16))])
"""A match as it is sealed: ``row`` is the index in the request, ``shield`` the pseudonym of the person found."""

DEBIT_SCHEMA = pa.schema(
    [
        pa.field("pseudonym", pa.binary(16)),
        pa.field("address", pa.binary(16)),
        pa.field("row", pa.uint64()),
    ]
)

SHIELDED, STAYED, REPEATS = "shielded", "stayed", "repeats"

ASKED = ("surname", "given_name", "middle_name", "suffix", "date_of_birth", "tin",
         "address_line_1", "address_line_2", "city", "state", "zip", "taxable_periods")  # fmt: skip
"""The cells that make a question: only where all of them are the same does it get its first result again."""


@dataclass(frozen=True, slots=True)
class Answered:
    """One row's answer before it is entered.

    Attributes:
        certificate: digest of the one it was answered under.
        cause: the true cause, for the seals.
        match: a row of ``SEALED_MATCH_SCHEMA``, or None where the earlier answer had none.
    """

    row: int
    certificate: str
    confirmed: bool
    cause: str
    match: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Places:
    """Where answers belong: the books' rows, their labels and digests, the leaf hashes of their decisions."""

    rows: Mapping[int, RowRecord]
    labels: Mapping[int, tuple[str, bytes]]
    leaves: Mapping[int, bytes]


@dataclass(frozen=True, slots=True)
class Notes:
    """What is entered beside a batch of answers: what is said of it, how it was weighed, the guesses it spends."""

    about: Mapping[str, Json]
    comparisons: str
    threshold: int
    debits: Sequence[Debit] = ()


def answer_events(gate: Gate, request: RequestRecord) -> list[EventRow]:
    """The events that entered answers of a request."""
    return [e for e in gate.store.events(request=request.ledger_id) if e.kind is EventKind.ANSWERS_ENTERED]


def answers_of(gate: Gate, request: RequestRecord, rows: Iterable[RowRecord]) -> dict[int, dict[str, Any]]:
    """Row to its sealed answer (with ``match``: its sealed match), for those of ``rows`` that have one.

    Raises:
        IntegrityError: when the books name an answer that was not entered.
    """
    answered_in = {r.row: r.answered_in for r in rows if r.answered_in >= 0}
    leaves = set(answered_in.values())
    key = casefile.request_key(gate, request)
    found: dict[int, dict[str, Any]] = {}
    for event in answer_events(gate, request) if leaves else ():
        if event.entry not in leaves:
            continue
        mine = pa.array(sorted(r for r, index in answered_in.items() if index == event.entry), pa.uint64())
        table, match = (_only(t, mine) for t in (unseal.rows(gate, event, key), sealed(gate, event, key)))
        matches = {m["row"]: m for m in match.to_pylist()}
        found |= {a["row"]: {**a, "match": matches.get(a["row"])} for a in table.to_pylist()}
    if set(answered_in) - set(found):
        raise IntegrityError("an answer in the books was never entered", "run `narrowgate ledger fsck`")
    return found


def sealed(gate: Gate, event: EventRow, key: bytes) -> pa.Table:
    """The sealed matches of an event of answers."""
    return from_bytes(unseal.part(gate, event, key, "match"))


def _only(table: pa.Table, rows: pa.UInt64Array) -> pa.Table:
    return table.filter(pa.compute.is_in(table["row"], value_set=rows))


def first_results(
    gate: Gate,
    request: RequestRecord,
    subjects: pa.Table,
    numbers: Sequence[int],
    rows: Mapping[int, RowRecord],
    certificate: str,
) -> dict[int, Answered]:
    """Row to the first result, for the rows that ask, cell for cell, what the same agency asked before on this basis.

    What was asked in other words, has no answer yet, or was answered on another basis (which may look at other periods)
    or under another certificate (from other records) is linked like any other row. Within one request the same question
    is linked twice, and so answered alike.
    """
    wanted: dict[str, dict[int, int]] = {}
    for number, row in rows.items():
        if row.first_row >= 0 and row.first_request not in ("", request.ledger_id):
            wanted.setdefault(row.first_request, {})[number] = row.first_row
    place = {number: i for i, number in enumerate(numbers)}
    found: dict[int, Answered] = {}
    for earlier in gate.store.requests() if wanted else ():
        alike = (earlier.agency, earlier.basis) == (request.agency, request.basis)
        if earlier.ledger_id not in wanted or not alike:
            continue
        before = casefile.reopen(gate, earlier).subjects
        same = {
            number: first
            for number, first in wanted[earlier.ledger_id].items()
            if all(subjects[c][place[number]] == before[c][first] for c in ASKED)
        }
        firsts = [r for r in gate.store.rows(earlier.ledger_id) if r.row in set(same.values())]
        answers = answers_of(gate, earlier, firsts)
        for number, first in same.items():
            if first in answers and answers[first]["certificate"] == certificate:
                a = answers[first]
                match = {**a["match"], "row": number} if a["match"] else None
                found[number] = Answered(number, a["certificate"], a["confirmed"], REPEATS, match)
    return found


def sealed_match(gate: Gate, match: Match, snapshot: Snapshot, numbers: Sequence[int]) -> list[dict[str, Any]]:
    """The match's rows as they are sealed."""
    pseudonyms: dict[int, bytes] = {}
    rows = match.table.to_pylist()
    for row in rows:
        person = row["person"]
        if person is not None and person not in pseudonyms:
            pseudonyms[person] = gate.keys.pseudonym("shield", snapshot.person_id(person).encode())
    return [{**r, "row": numbers[r["row"]], "shield": pseudonyms.get(r["person"])} for r in rows]


def unless_shielded(gate: Gate, answered: Answered, named: ProtectedRecords, at: datetime) -> Answered:
    """The answer as it may be given at ``at``: a shield, or a stay that names the person found, makes it a no.

    Args:
        gate: an open gate.
        answered: as it was.
        named: whom stays in force at ``at`` name.
        at: the reference time.
    """
    person = answered.match["shield"] if answered.match else None
    if answered.confirmed and (person is None or person in rulings.shielded(gate, at)):
        return replace(answered, confirmed=False, cause=SHIELDED)
    if answered.confirmed and named.naming_found(answered.match):
        return replace(answered, confirmed=False, cause=STAYED)
    return answered


def enter_answers(
    gate: Gate,
    request: RequestRecord,
    answered: Sequence[Answered],
    places: Places,
    notes: Notes,
    at: datetime,
) -> list[RowRecord]:
    """Enters answers with the guesses they spend; their rows await release. Returns the rows as they are then."""
    ordered = sorted(answered, key=lambda a: a.row)
    cells = [(a.row, *places.labels[a.row], places.leaves[a.row], a.certificate, a.confirmed, a.cause) for a in ordered]
    columns = list(zip(*cells, strict=True)) or [()] * len(ANSWER_ROW_SCHEMA)
    table = pa.table([pa.array(c, f.type) for c, f in zip(columns, ANSWER_ROW_SCHEMA, strict=True)], ANSWER_ROW_SCHEMA)
    metadata = {"comparisons": notes.comparisons, "threshold": str(notes.threshold)}
    match = pa.Table.from_pylist([dict(a.match) for a in ordered if a.match], SEALED_MATCH_SCHEMA)
    draft = Draft(
        EventKind.ANSWERS_ENTERED,
        {
            **notes.about,
            "answers": table.num_rows,
            "debits": len(notes.debits),
            "request": request.ledger_id,
        },
        request.ledger_id,
        request.digest,
        casefile.request_key(gate, request),
        table,
        {"match": to_bytes(match.replace_schema_metadata(metadata)), "debits": to_bytes(_debit_table(notes.debits))},
    )
    changed: list[RowRecord] = []

    def apply(transaction: Transaction, index: int) -> None:
        state = RowState.AWAITING_RELEASE.value
        changed.extend(places.rows[a.row].having(state=state, answered_in=index) for a in ordered)
        transaction.put_rows(request.ledger_id, changed)
        transaction.put_debits("person", request.ledger_id, request.agency, notes.debits, at)

    gate.progress("seal", 0, 1)
    enter(gate, at, [draft], apply=apply)
    gate.progress("seal", 1, 1)
    return changed


def _debit_table(debits: Sequence[Debit]) -> pa.Table:
    """The guesses as they are sealed, so that the books can be worked out anew from the ledger."""
    columns = ([d.pseudonym for d in debits], [d.address for d in debits], [d.row for d in debits])
    return pa.table([pa.array(c, f.type) for c, f in zip(columns, DEBIT_SCHEMA, strict=True)], DEBIT_SCHEMA)


def answer_anew(
    gate: Gate, request: RequestRecord, rows: Sequence[RowRecord], named: ProtectedRecords, at: datetime
) -> list[RowRecord]:
    """Enters the answers of a tranche once more as it leaves, with shields and stays as they stand then.

    Every tranche is entered anew, shielded persons in it or not: so nothing tells that there is one. It also gives a
    tranche a row tree of its own, and its receipts one event.
    """
    if not rows:
        return []
    sealed_answers = answers_of(gate, request, rows)
    answered = [
        unless_shielded(gate, Answered(r, a["certificate"], a["confirmed"], a["cause"], a["match"]), named, at)
        for r, a in sealed_answers.items()
    ]
    places = Places(
        {r.row: r for r in rows},
        {r: (a["label"], a["request_row"]) for r, a in sealed_answers.items()},
        {r: a["decision"] for r, a in sealed_answers.items()},
    )
    first = next(e for e in answer_events(gate, request) if e.entry == rows[0].answered_in)
    metadata = sealed(gate, first, casefile.request_key(gate, request)).schema.metadata
    notes = Notes({"leaving": True}, metadata[b"comparisons"].decode(), int(metadata[b"threshold"]))
    return enter_answers(gate, request, answered, places, notes, at)
