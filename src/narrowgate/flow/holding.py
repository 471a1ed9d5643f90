"""What waits for people: released by two (it resumes where it stopped and skips no element), or refused by one."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import pyarrow as pa

from narrowgate.domain.books import Debit, Json, RequestRecord, RowRecord
from narrowgate.domain.decision import Decided
from narrowgate.domain.errors import ErrorCode, InvalidInput, Waiting
from narrowgate.domain.ports import Gate, Transaction
from narrowgate.domain.vocabulary import Element, EventKind, HoldCause, RowState
from narrowgate.flow import casefile, editions
from narrowgate.flow.audit_books import held_digest
from narrowgate.flow.deciding import require_current
from narrowgate.flow.judging import rejudge
from narrowgate.flow.linking import certified, go_on, link_entered
from narrowgate.governance.decisions import Statement
from narrowgate.governance.holds import release_command
from narrowgate.law.decide import citations
from narrowgate.minimise.budgets import address_pseudonyms
from narrowgate.notary.commit import Draft, enter

HELD = (RowState.HELD.value,)
BY_CERTIFICATE_ALONE = HoldCause.CERTIFICATE
"""The cause that no people waive: it ends by a certificate."""


def _held(gate: Gate, request: RequestRecord, causes: Sequence[HoldCause]) -> list[RowRecord]:
    rows = gate.store.rows(request.ledger_id, states=HELD)
    wanted = {c.value for c in causes}
    return [r for r in rows if not wanted or wanted & set(r.causes.split(";"))]


def hold_release(gate: Gate, request: RequestRecord, causes: Sequence[HoldCause]) -> Statement:
    """Two people let held rows go on: all of them, or those that wait for these causes.

    They waive what holds the rows now and nothing else: what comes to hold them later is no part of what they signed.
    What a killed release left half way goes on first: it was signed for and entered.

    Raises:
        Waiting: when none does.
    """
    go_on(gate, request)
    return release_of(gate, request, causes)


def release_of(gate: Gate, request: RequestRecord, causes: Sequence[HoldCause]) -> Statement:
    """The statement that releases what is held now. It is counsel's where one of the causes is theirs.

    Raises:
        Waiting: when no row waits so.
    """
    rows = _held(gate, request, causes)
    if not rows:
        raise Waiting(ErrorCode.NOTHING_TO_DO, "no row of this request waits so", "see `narrowgate hold list`")
    wanted = {c.value for c in causes or HoldCause}
    waived = sorted(wanted.intersection(c for r in rows for c in r.causes.split(";")))
    about: dict[str, Json] = {"request": request.ledger_id, "waived": waived, "rows_digest": held_digest(rows)}
    return Statement(gate.keys.vkey, release_command(waived), about, rows[-1].decided_in)


def release_held(gate: Gate, statement: Statement, draft: Draft, at: datetime) -> Mapping[str, Json]:
    """Lets held rows go on.

    1. They are still the rows that were signed for (worked out anew before: ``recomputing``).
    2. The law judges them again, as it stands now: an unmet element refuses.
    3. What was waived no longer holds, save what people cannot waive: the certificate's hold ends only where a
       certificate is valid now; while counsel have not verified a court's order, or a determination is in force that
       something is not so, that holds, of rows too that it did not hold before.
    4. The new decisions are entered; rows that are free are linked like any other.
    """
    request = casefile.request_of(gate, statement)
    waived = statement.about["waived"]
    assert isinstance(waived, Sequence)
    held = _held(gate, request, [HoldCause(str(c)) for c in waived])
    require_current(0 if held_digest(held) == statement.about["rows_digest"] else 1, 0)  # 1
    numbers = [r.row for r in held]
    ended = {str(c) for c in waived} - {BY_CERTIFICATE_ALONE.value}
    ended |= {BY_CERTIFICATE_ALONE.value} if certified(gate, at) else set()
    causes = [sorted(set(r.causes.split(";")) - ended) for r in held]  # 3
    decided = rejudge(gate, request, numbers, at, causes)  # 2
    debits = _late_debits(gate, decided, held)
    table = casefile.decision_table(decided, numbers)
    key = casefile.request_key(gate, request)
    counts: dict[str, Json] = {"request": request.ledger_id, "rows": len(held), "waived": list(waived)}
    drafts = [
        draft,
        Draft(EventKind.HOLD_RELEASED, counts, request.ledger_id, request.digest, key),
        Draft(EventKind.REQUEST_RECHECKED, counts, request.ledger_id, request.digest, key, table),
    ]
    changed = _states(held, decided)

    def apply(transaction: Transaction, index: int) -> None:
        transaction.put_rows(request.ledger_id, [row.having(decided_in=index) for row in changed])
        transaction.put_debits("subject", request.ledger_id, request.agency, debits, at)
        transaction.drop_pending(statement.id)

    enter(gate, at, drafts, apply=apply)  # 4
    link_entered(gate, request, at)
    states = [row.state for row in changed]
    return {
        "went_on": states.count(RowState.ENTERED.value),
        "refused": states.count(RowState.REFUSED.value),
        "still_held": states.count(RowState.HELD.value),
    }


def _states(held: Sequence[RowRecord], decided: Decided) -> list[RowRecord]:
    rows = []
    for row, unmet, causes in zip(held, decided.unmet.to_pylist(), decided.causes.to_pylist(), strict=True):
        state = RowState.REFUSED if unmet else RowState.HELD if causes else RowState.ENTERED
        waits = "" if unmet else ";".join(causes)
        rows.append(row.having(state=state.value, unmet=";".join(unmet), causes=waits))
    return rows


def _late_debits(gate: Gate, decided: Decided, held: Sequence[RowRecord]) -> list[Debit]:
    """Guesses that people allowed beyond the budget are spent like any other."""
    over = HoldCause.BUDGET.value
    places = [i for i, r in enumerate(held) if over in r.causes.split(";") and decided.refusal(i) is None]
    addresses = address_pseudonyms(decided.admitted, gate.keys.pseudonym) if places else []
    return [Debit(held[i].subject, addresses[i], held[i].row) for i in places]


def hold_refuse(gate: Gate, request: RequestRecord, element: Element, why: str, labels: Sequence[str]) -> Statement:
    """One officer finds an element unmet for held rows: all, or those with these labels.

    Raises:
        InvalidInput: for a label that no held row has.
        Waiting: when no row of the request is held.
    """
    rows = _held(gate, request, [])
    if not rows:
        raise Waiting(ErrorCode.NOTHING_TO_DO, "no row of this request is held", "see `narrowgate hold list`")
    if labels:
        known = casefile.reopen(gate, request).subjects["row"].to_pylist()
        chosen = [r for r in rows if known[r.row] in labels]
        if len(chosen) != len(set(labels)):
            raise InvalidInput("a label names no held row of this request", "see `narrowgate answers`")
        rows = chosen
    return refusal_of(gate, request, element, why, rows)


def refusal_of(gate: Gate, request: RequestRecord, element: Element, why: str, rows: Sequence[RowRecord]) -> Statement:
    """The statement that refuses these held rows, at least one, under an element of the edition that judges them now.

    Raises:
        InvalidInput: when the edition has no such element.
    """
    known = {c.element for c in citations(editions.adopted(gate, request.basis))}
    if element not in known:
        raise InvalidInput(f"{element} is no element of {request.basis}", f"use {', '.join(sorted(known))}")
    about: dict[str, Json] = {
        "element": element.value,
        "request": request.ledger_id,
        "rows": [r.row for r in rows],
        "rows_digest": held_digest(rows),
        "why": why,
    }
    return Statement(gate.keys.vkey, "hold refuse", about, rows[-1].decided_in)


def refused_anew(gate: Gate, statement: Statement) -> Statement:
    """The refusal that a statement makes, worked out anew: an element by its name, rows that are held.

    Raises:
        InvalidInput: as ``refusal_of``.
        Waiting: when none of the rows is held.
    """
    about: Mapping[str, Any] = statement.about
    request, wanted = casefile.request_of(gate, statement), set(about["rows"])
    rows = [r for r in _held(gate, request, []) if r.row in wanted]
    if not rows:
        raise Waiting(ErrorCode.NOTHING_TO_DO, "none of these rows is held", "see `narrowgate hold list`")
    return refusal_of(gate, request, Element(about["element"]), about["why"], rows)


def refuse_held(gate: Gate, statement: Statement, draft: Draft, at: datetime) -> Mapping[str, Json]:
    """Enters an officer's finding that an element is unmet: the held rows it names are refused under it."""
    about = statement.about
    request = casefile.request_of(gate, statement)
    wanted = about["rows"]
    assert isinstance(wanted, Sequence)
    rows = [r for r in _held(gate, request, []) if r.row in set(wanted)]
    require_current(0 if held_digest(rows) == about["rows_digest"] else 1, 0)
    decided = rejudge(gate, request, [r.row for r in rows], at)
    unmet = [sorted({*found, str(about["element"])}) for found in decided.unmet.to_pylist()]
    decided = replace(decided, unmet=pa.array(unmet, pa.list_(pa.string())))
    table = casefile.decision_table(decided, [r.row for r in rows])
    key = casefile.request_key(gate, request)
    said: dict[str, Json] = {"element": str(about["element"]), "request": request.ledger_id, "why": str(about["why"])}
    refused = Draft(EventKind.HOLD_REFUSED, said, request.ledger_id, request.digest, key, table)

    def apply(transaction: Transaction, index: int) -> None:
        transaction.put_rows(request.ledger_id, [r.having(decided_in=index) for r in _states(rows, decided)])
        transaction.drop_pending(statement.id)

    enter(gate, at, [draft, refused], apply=apply)
    return {"refused": len(rows)}
