"""Release: two disclosure officers sign a tranche; it is checked again, sealed to the engaged officers, entered."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from narrowgate.domain import jcs
from narrowgate.domain.books import Json, Release, RequestRecord, RowRecord
from narrowgate.domain.decision import Decided
from narrowgate.domain.errors import ErrorCode, IntegrityError, NarrowgateError, Waiting
from narrowgate.domain.ports import Gate, Transaction
from narrowgate.domain.request import Admitted
from narrowgate.domain.vocabulary import EventKind, HoldCause, RowState
from narrowgate.flow import casefile, rulings
from narrowgate.flow.answering import answer_anew, answers_of
from narrowgate.flow.audit_books import answers_digest
from narrowgate.flow.deciding import require_current
from narrowgate.flow.judging import rejudge
from narrowgate.flow.linking import certified, go_on
from narrowgate.flow.receipts import receipts_of
from narrowgate.flow.record_stays import ProtectedRecords
from narrowgate.flow.sealing import file_name, sealed_answers
from narrowgate.flow.watching import Watch
from narrowgate.governance.decisions import Statement
from narrowgate.law.findings import findings_accepted, open_findings
from narrowgate.notary import unseal
from narrowgate.notary.commit import Draft, enter

AWAITING = (RowState.AWAITING_RELEASE.value,)


@dataclass(frozen=True, slots=True)
class Page:
    """What the officers sign for: everything but the answers.

    Attributes:
        statement: what the signatures are over.
        officers: officer to how many of his rows are in the tranche.
        stayed: rows of the tranche that a stay in force reaches: signing refuses them, and does not wait for its end.
    """

    statement: Statement
    request: RequestRecord
    about: Mapping[str, str]
    officers: Mapping[str, int]
    states: Mapping[str, int]
    refused_under: Mapping[str, int]
    tranche: int
    rows: int
    remaining: int
    stayed: int = 0


def page(gate: Gate, request: RequestRecord) -> Page:
    """The next tranche of a request, as it is shown to those who sign; rows that a killed command left go on first.

    Raises:
        Waiting: when no row awaits release.
    """
    go_on(gate, request)
    return _page(gate, request)


def _page(gate: Gate, request: RequestRecord) -> Page:
    waiting = gate.store.rows(request.ledger_id, states=AWAITING)
    if not waiting:
        raise Waiting(ErrorCode.NOTHING_TO_DO, "no row of this request awaits release", "see `narrowgate hold list`")
    tranche = waiting[: gate.limits.release_tranche]
    before = len(gate.store.releases(request.ledger_id))
    admitted = casefile.reopen(gate, request)
    head = admitted.head
    about: dict[str, Json] = {
        "request": request.ledger_id,
        "request_digest": request.digest,
        "pack": request.pack_digest,
        "rows": len(tranche),
        "rows_digest": answers_digest(tranche),
        "tranche": before + 1,
    }
    officers: dict[str, int] = defaultdict(int)
    for row in tranche:
        officers[row.officer] += 1
    refused: dict[str, int] = defaultdict(int)
    for row in gate.store.rows(request.ledger_id, states=[RowState.REFUSED.value]):
        for element in row.unmet.split(";"):
            refused[element] += 1
    return Page(
        Statement(gate.keys.vkey, "approve", about, before),
        request,
        {
            "signed by": f"{head.signer_name}, {head.office}",
            "purpose": head.purpose,
            "statute": head.criminal_statute,
            "authority": head.statutory_authority,
        },
        dict(sorted(officers.items())),
        gate.store.row_counts(request.ledger_id),
        dict(sorted(refused.items())),
        before + 1,
        len(tranche),
        len(waiting) - len(tranche),
        int(Watch(gate, casefile.only(admitted, [r.row for r in tranche])).reached().sum()),
    )


@dataclass(frozen=True, slots=True)
class Checked:
    """A tranche checked again: what may go, and the rows that may not, with their new decision."""

    good: tuple[RowRecord, ...]
    refused: tuple[RowRecord, ...]
    held: tuple[RowRecord, ...]
    decided: Decided | None
    numbers: tuple[int, ...]


def check_again(gate: Gate, request: RequestRecord, rows: Sequence[RowRecord], at: datetime) -> Checked:
    """The law once more, as it stands now, what people found, and the certificate that the answers were entered under.

    An unmet element refuses the row, entered anew; a policy failure holds it; the others go on. So is a row held for
    counsel that was decided under an edition that is no longer the adopted one: it meets the new one too, or it would
    be refused, but no decision under it is entered. Timeliness was judged at receipt and is not judged again.
    """
    editions = require_standing(gate, request, rows)
    decided = rejudge(gate, request, [r.row for r in rows], at)
    agency = rulings.agencies(gate).get(request.agency)
    circumstances = rulings.circumstances(gate, request.agency, request.basis, at)
    findings = open_findings(circumstances) and findings_accepted(circumstances, request.basis) is not True
    accepted = _waived(gate, request, HoldCause.SAFEGUARDS_OPEN_FINDINGS) if findings else frozenset()
    means = certified(gate, at)
    digest = means[1].digest if means else ""
    sealed = answers_of(gate, request, rows)
    good, refused, held = [], [], []
    officers = agency.officers if agency else {}
    named = decided.admitted.subjects["officer"].to_pylist()
    found = decided.causes.to_pylist()
    for row, unmet, officer, causes_found in zip(rows, decided.unmet.to_pylist(), named, found, strict=True):
        answer = sealed[row.row]
        current = means is not None and answer["certificate"] == digest
        causes = ([] if current else [HoldCause.CERTIFICATE]) + (
            [HoldCause.SAFEGUARDS_OPEN_FINDINGS] if findings and row.decided_in not in accepted else []
        )
        sealable = officer in officers and officers[officer].encryption_key.counts_at(at)
        causes += [] if sealable and editions[row.row] == decided.pack_digest else [HoldCause.COUNSEL]
        causes += [HoldCause(cause) for cause in causes_found]
        if unmet:
            refused.append(row.having(state=RowState.REFUSED.value, unmet=";".join(unmet), causes=""))
        elif causes:
            held.append(row.having(state=RowState.HELD.value, causes=";".join(sorted(set(causes)))))
        else:
            good.append(row)
    return Checked(tuple(good), tuple(refused), tuple(held), decided, tuple(r.row for r in rows))


def require_standing(gate: Gate, request: RequestRecord, rows: Sequence[RowRecord]) -> Mapping[int, str]:
    """Each row may leave by what the ledger says, whatever the books say.

    Its latest decision is the one in the books, without an unmet element and without a cause to wait; and its answer
    was entered after that, and after any officer's no.

    Returns:
        Row to the digest of the edition that its latest decision was made under.

    Raises:
        IntegrityError: when the books say otherwise.
    """
    wanted = {r.row for r in rows}
    mine = pa.array(sorted(wanted), pa.uint64())
    key = casefile.request_key(gate, request)
    decided: dict[int, tuple[int, bool]] = {}
    editions: dict[int, str] = {}
    said_no: dict[int, int] = {}
    for event in gate.store.events(request=request.ledger_id):
        if event.kind in casefile.DECISION_EVENTS:
            table = unseal.rows(gate, event, key)
            table = table.filter(pc.is_in(table["row"], value_set=mine))
            columns = [table[name].to_pylist() for name in ("row", "unmet", "causes", "pack")]
            for number, unmet, causes, pack in zip(*columns, strict=True):
                decided[number], editions[number] = (event.entry, not unmet and not causes), pack
        elif event.kind is EventKind.REQUEST_DECLINED:
            found: Any = jcs.parse(unseal.part(gate, event, key, "declined"))
            said_no |= {r: event.entry for r in found if r in wanted}
    for row in rows:
        entry, free = decided.get(row.row, (-1, False))
        if not free or entry != row.decided_in or row.answered_in <= max(entry, said_no.get(row.row, -1)):
            raise IntegrityError(f"row {row.row} is not to leave by what was entered", "run `narrowgate ledger fsck`")
    return editions


def _waived(gate: Gate, request: RequestRecord, cause: HoldCause) -> frozenset[int]:
    """Leaves with a decision in which two people let rows go on in spite of this cause."""
    events = [e for e in gate.store.events(request=request.ledger_id) if e.kind is EventKind.REQUEST_RECHECKED]
    return frozenset(e.entry for e in events if cause.value in unseal.open_event(gate, e).about.get("waived", ()))


def approve_tranche(gate: Gate, statement: Statement, draft: Draft, at: datetime) -> Mapping[str, Json]:
    """Releases one tranche.

    1. It is still the tranche that was signed for.
    2. It is checked again; what fails is refused or held, entered anew.
    3. The answers of what may go are entered anew, with shields and stays that name whom they found as they stand now.
    4. They are sealed to the engaged officers and staged.
    5. The release is entered: with it the rows have left. A stay may have been received since 2; it waits or stands in
       the register, and none can come while the transaction that releases is open: what it reaches does not leave. Nor
       does a confirmed answer about a person of the records whom it names.

    Raises:
        NarrowgateError: ``stayed`` when a stay came that reaches a row of the tranche: nothing left.
    """
    request = casefile.request_of(gate, statement)
    now = _page(gate, request)  # 1
    require_current(0 if now.statement == statement else 1, 0)
    waiting = gate.store.rows(request.ledger_id, states=AWAITING)
    checked = check_again(gate, request, waiting[: now.rows], at)  # 2
    asked = casefile.reopen(gate, request)
    named = ProtectedRecords(gate, asked, at)
    good = answer_anew(gate, request, checked.good, named, at)  # 3
    files = _seal(gate, request, good, now.tranche)  # 4
    gate.files.put_outbox(request.ledger_id, now.tranche, files)
    drafts = [draft, *_recheck_drafts(gate, request, checked)]
    about: dict[str, Json] = {
        "files": {name: hashlib.sha256(data).hexdigest() for name, data in files.items()},
        "released": len(good),
        "request": request.ledger_id,
        "rows_digest": answers_digest(good),
        "tranche": now.tranche,
    }
    key = casefile.request_key(gate, request)
    drafts.append(Draft(EventKind.ANSWERS_RELEASED, about, request.ledger_id, request.digest, key))

    watch = Watch(gate, casefile.only(asked, [r.row for r in good]))

    def apply(transaction: Transaction, index: int) -> None:
        if watch.reached().any() or _named_since(gate, request, good, named, asked):
            raise NarrowgateError(
                ErrorCode.STAYED,
                "a court's stay came before the tranche left: nothing left",
                "look at the release page again and sign anew; what the stay reaches is refused then",
            )
        changed = [r.having(state=RowState.RELEASED.value, tranche=now.tranche) for r in good]
        again = [r.having(decided_in=index) for r in (*checked.refused, *checked.held)]
        transaction.put_rows(request.ledger_id, [*changed, *again])
        released = Release(request.ledger_id, now.tranche, index, len(good), tuple(sorted(files)))
        transaction.put_release(released)
        transaction.drop_pending(statement.id)

    enter(gate, at, drafts, apply=apply)  # 5
    return {
        "released": len(good),
        "refused_anew": len(checked.refused),
        "held_anew": len(checked.held),
        "remaining": now.remaining,
        "tranche": now.tranche,
    }


def _named_since(
    gate: Gate, request: RequestRecord, rows: Sequence[RowRecord], before: ProtectedRecords, asked: Admitted
) -> bool:
    """Whether a stay that came since ``before`` names a person of the records about whom an answer is confirmed."""
    now = ProtectedRecords(gate, asked, rulings.present(gate))
    if now.stays <= before.stays:
        return False
    answers = answers_of(gate, request, rows).values()
    return any(answer["confirmed"] and now.naming_found(answer["match"]) for answer in answers)


def _recheck_drafts(gate: Gate, request: RequestRecord, checked: Checked) -> list[Draft]:
    """The event that enters what failed the second check, row by row."""
    failed = {r.row: r for r in (*checked.refused, *checked.held)}
    if not failed or checked.decided is None:
        return []
    table = casefile.decision_table(checked.decided, checked.numbers)
    places = [i for i, number in enumerate(checked.numbers) if number in failed]
    table = table.take(pa.array(places, pa.uint64()))
    causes = [failed[n].causes.split(";") if failed[n].causes else [] for n in table["row"].to_pylist()]
    place = table.column_names.index("causes")
    table = table.set_column(place, table.schema.field("causes"), pa.array(causes, pa.list_(pa.string())))
    key = casefile.request_key(gate, request)
    about: dict[str, Json] = {"rows": table.num_rows}
    return [Draft(EventKind.REQUEST_RECHECKED, about, request.ledger_id, request.digest, key, table)]


def _seal(gate: Gate, request: RequestRecord, rows: Sequence[RowRecord], tranche: int) -> dict[str, bytes]:
    """One JWE an officer: his rows' answers, each with its receipt, for his key alone."""
    admitted = casefile.reopen(gate, request)
    agency = rulings.agencies(gate)[request.agency]
    named = admitted.subjects["officer"]
    by_officer: dict[str, list[RowRecord]] = defaultdict(list)
    for row in rows:
        by_officer[named[row.row].as_py()].append(row)
    receipts = {e.entry: receipts_of(gate, request, e) for e in gate.store.events(request=request.ledger_id)
                if e.kind in casefile.ANSWER_EVENTS and e.entry in {r.answered_in for r in rows}}  # fmt: skip
    files = {}
    for done, (officer, own) in enumerate(sorted(by_officer.items())):
        gate.progress("seal", done, len(by_officer))
        opened: list[dict[str, Any]] = [receipts[r.answered_in].receipt(r.row) for r in own]
        plaintext = sealed_answers(gate, request, admitted.head, officer, opened, tranche)
        key = agency.officers[officer].encryption_key
        files[file_name(officer, tranche)] = gate.jose.encrypt(plaintext, key.jwk, kid=key.thumbprint).encode()
    gate.progress("seal", len(by_officer), len(by_officer))
    return files


def decline(gate: Gate, request: RequestRecord, why: str) -> Statement:
    """One officer sends every row that awaits release back: it waits for counsel.

    Raises:
        Waiting: when no row awaits release.
    """
    rows = gate.store.rows(request.ledger_id, states=AWAITING)
    if not rows:
        raise Waiting(ErrorCode.NOTHING_TO_DO, "no row of this request awaits release")
    about: dict[str, Json] = {"request": request.ledger_id, "rows_digest": answers_digest(rows), "why": why}
    return Statement(gate.keys.vkey, "decline", about, len(gate.store.releases(request.ledger_id)))


def decline_request(gate: Gate, statement: Statement, draft: Draft, at: datetime) -> Mapping[str, Json]:
    """Enters an officer's no: what awaited release waits for counsel."""
    request = casefile.request_of(gate, statement)
    rows = gate.store.rows(request.ledger_id, states=AWAITING)
    require_current(0 if answers_digest(rows) == statement.about["rows_digest"] else 1, 0)
    key = casefile.request_key(gate, request)
    about: dict[str, Json] = {"request": request.ledger_id, "rows": len(rows), "why": str(statement.about["why"])}
    parts = {"declined": jcs.canonical([r.row for r in rows])}
    declined = Draft(EventKind.REQUEST_DECLINED, about, request.ledger_id, request.digest, key, parts=parts)

    def apply(transaction: Transaction, _index: int) -> None:
        held = [r.having(state=RowState.HELD.value, causes=HoldCause.COUNSEL.value) for r in rows]
        transaction.put_rows(request.ledger_id, held)
        transaction.drop_pending(statement.id)

    enter(gate, at, [draft, declined], apply=apply)
    return {"held": len(rows)}
