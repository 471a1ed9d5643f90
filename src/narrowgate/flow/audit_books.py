"""The books of requests worked out anew from their events: where rows stand, what left, which guesses were spent."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from narrowgate.domain import jcs
from narrowgate.domain.books import EventRow, Release, RequestRecord, RowRecord, utc_time
from narrowgate.domain.errors import IntegrityError, InvalidInput
from narrowgate.domain.ports import Gate
from narrowgate.domain.vocabulary import EventKind, HoldCause, RowState
from narrowgate.flow import casefile, editions
from narrowgate.governance.decisions import Statement
from narrowgate.governance.holds import release_command
from narrowgate.law.decide import citations
from narrowgate.minimise.budgets import address_pseudonyms, subject_pseudonyms
from narrowgate.notary import unseal
from narrowgate.notary.tables import from_bytes

OPEN = frozenset({RowState.HELD.value, RowState.ENTERED.value, RowState.AWAITING_RELEASE.value})
DECIDED_BY = {
    EventKind.REQUEST_DECLINED: ("decline",),
    EventKind.HOLD_REFUSED: ("hold refuse",),
    EventKind.ANSWERS_RELEASED: ("approve",),
}
"""Events that stand beneath the leaf of a signed statement, and of which."""
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_BUDGET = HoldCause.BUDGET.value


@dataclass(frozen=True, slots=True)
class Opened:
    """An event with its key, and its body: what it is and says, whatever the books call it."""

    row: EventRow
    key: bytes
    kind: EventKind
    about: Mapping[str, Any]


@dataclass(slots=True)
class Case:
    """One request as its events make it.

    Attributes:
        rows: index to where the row stands.
        labels, addresses: by index.
        bits: index to the answer last entered.
        leaving: leaf of the last answers entered to leave, and where the answers of those rows stood before.
        left: the tranches that left.
        debits: index to the time from which a guess must be found.
    """

    request: RequestRecord
    labels: Sequence[str]
    addresses: Sequence[bytes]
    rows: dict[int, RowRecord] = field(default_factory=dict)
    bits: dict[int, bool] = field(default_factory=dict)
    leaving: tuple[int, dict[int, int]] = (-1, {})
    left: list[Release] = field(default_factory=list)
    debits: dict[int, datetime] = field(default_factory=dict)

    def those(self, *states: str) -> list[RowRecord]:
        """Rows in these states, by index."""
        return [self.rows[n] for n in sorted(self.rows) if self.rows[n].state in states]

    def question(self, row: int) -> tuple[str, bytes, bytes]:
        """Who asked about whom at which address."""
        return self.request.agency, self.rows[row].subject, self.addresses[row]


Question = tuple[str, bytes, bytes]
Take = Callable[["Books", Case, Opened, Statement | None], None]


class Books:
    """Requests, rows, releases and guesses as the events in the ledger make them."""

    def __init__(self, gate: Gate, problems: list[str]) -> None:
        self._gate, self._problems = gate, problems
        self._requests = {r.ledger_id: r for r in gate.store.requests()}
        self._stored: dict[str, dict[int, RowRecord]] = {}
        self._cases: dict[str, Case] = {}
        self._first: dict[Question, set[tuple[str, int]]] = {}
        self._faults: dict[tuple[str, str], list[int]] = {}

    def take(self, event: Opened, statement: Statement | None) -> None:
        """The next event in ledger order, and the statement that was signed beneath the same leaf, if one was."""
        try:
            if event.kind is EventKind.REQUEST_RECEIVED:
                self._received(event)
            elif event.kind in _TAKE:
                case = self._cases[event.row.request]
                self._require_signed(event, case.request, statement)
                _TAKE[event.kind](self, case, event, statement)
        except (IntegrityError, InvalidInput) as error:
            self._problems.append(f"entry {event.row.entry}: {error}")
        except (KeyError, ValueError, TypeError, AttributeError, IndexError, StopIteration):
            self._problems.append(f"entry {event.row.entry}: its event does not go with those before it")

    def _require_signed(self, event: Opened, request: RequestRecord, statement: Statement | None) -> None:
        commands = DECIDED_BY.get(event.kind)
        if commands is None:
            return
        if statement is None or statement.command not in commands or statement.about["request"] != request.ledger_id:
            self._problems.append(f"entry {event.row.entry}: nobody signed for its {event.kind}")

    def _fault(self, request: str, what: str, row: int) -> None:
        self._faults.setdefault((request, what), []).append(row)

    # --- what each event changes --------------------------------------------------------------------------------------

    def _received(self, event: Opened) -> None:
        """A request is entered.

        1. The books' record of it says what was entered.
        2. Its rows stand as decided; officer and pseudonyms are those of the sealed package.
        3. Every row that is free to ask, or waits for something else than the budget, spends a guess or repeats one.
        """
        gate, entry, about = self._gate, event.row.entry, event.about
        request = self._requests[event.row.request]
        admitted = casefile.reopen(gate, request)
        stated = RequestRecord(
            event.row.entry_id, about["agency"], about["request_id"], about["request_digest"], about["basis"],
            admitted.signature_valid, about["rows"], about["office"], about["pack"], utc_time(about["time"]),
            request.wrapped_key,
        )  # fmt: skip
        for wrong in (
            f.name for f in fields(RequestRecord) if getattr(stated, f.name) != getattr(request, f.name)
        ):  # 1
            self._problems.append(f"request {event.row.entry_id}: its {wrong} is not as it was entered")
        subjects = subject_pseudonyms(admitted, gate.keys.pseudonym)
        table = unseal.rows(gate, event.row, event.key)
        case = Case(stated, table["label"].to_pylist(), address_pseudonyms(admitted, gate.keys.pseudonym))
        self._cases[stated.ledger_id] = case
        stored = self._stored[stated.ledger_id] = {r.row: r for r in gate.store.rows(stated.ledger_id)}
        officers = admitted.subjects["officer"].to_pylist()
        for row, unmet, causes in _decisions(table):  # 2
            officer = "" if unmet else officers[row]
            case.rows[row] = _decided(RowRecord(row, "", "", "", officer, subjects[row], entry), unmet, causes)
            if not unmet and _BUDGET not in causes:  # 3
                self._asks(case, stored.get(row, case.rows[row]), stated.received_at)

    def _asks(self, case: Case, stored: RowRecord, at: datetime) -> None:
        """A row that is free to ask: what it repeats must have been the same question, else it spends a guess."""
        row, ledger_id = stored.row, case.request.ledger_id
        firsts = self._first.setdefault(case.question(row), set())
        if stored.first_row < 0:
            firsts.add((ledger_id, row))
            case.debits[row] = at
        elif (stored.first_request or ledger_id, stored.first_row) in firsts:
            again = {"first_request": stored.first_request, "first_row": stored.first_row}
            case.rows[row] = case.rows[row].having(**again)
        else:
            self._fault(ledger_id, "repeats a row that is not the same question", row)

    def _rechecked(self, case: Case, event: Opened, statement: Statement | None) -> None:
        """Rows are decided anew; unless people released them, they may only wait or be refused."""
        table, freed = unseal.rows(self._gate, event.row, event.key), False
        before = [case.rows[row] for row in table["row"].to_pylist()]
        signed = "" if statement is None else statement.command
        if (
            statement is not None
            and signed.startswith("hold")
            and statement.about["rows_digest"] != held_digest(before)
        ):
            self._problems.append(f"entry {event.row.entry}: other rows were decided than were signed for")
        waived = None if statement is None else statement.about.get("waived")
        if "waived" in event.about and event.about["waived"] != waived:
            self._problems.append(f"entry {event.row.entry}: more was waived than was signed for")
        if statement is not None and signed.startswith("hold release"):
            self._waived(event.row.entry, statement, before)
        if event.kind is EventKind.HOLD_REFUSED and statement is not None:
            self._refused(case, event, statement, table)
        for old, (row, unmet, causes) in zip(before, _decisions(table), strict=True):
            case.rows[row] = new = _decided(old, unmet, causes).having(decided_in=event.row.entry)
            freed = freed or new.state == RowState.ENTERED
            if signed.startswith("hold release") and not unmet and _BUDGET in old.causes.split(";"):
                case.debits[row] = utc_time(event.about["time"])
                self._first.setdefault(case.question(row), set()).add((case.request.ledger_id, row))
        if freed and not signed.startswith("hold release"):
            self._problems.append(f"entry {event.row.entry}: rows went on for which nobody signed")

    def _waived(self, entry: int, statement: Statement, before: Sequence[RowRecord]) -> None:
        """What was waived held the rows that went on, each of them, and was theirs to waive who signed."""
        waived = set(map(str, statement.about["waived"]))  # type: ignore[arg-type]  # a list, or this raises
        held = [set(row.causes.split(";")) if row.state == RowState.HELD else set() for row in before]
        if waived - set().union(*held) or not all(waived & causes for causes in held):
            self._problems.append(f"entry {entry}: what was waived did not hold the rows")
        if statement.command != release_command(waived):
            self._problems.append(f"entry {entry}: `{statement.command}` waived what is not theirs who signed it")

    def _refused(self, case: Case, event: Opened, statement: Statement, table: pa.Table) -> None:
        """Rows were refused under the element that was signed for, and the edition that refused them has it."""
        element = statement.about["element"]
        editions_of = set(table["pack"].to_pylist())
        packs = [editions.edition(self._gate, case.request.basis, digest) for digest in editions_of]
        known = {c.element.value for pack in packs if pack for c in citations(pack)}
        if event.about["element"] != element or not all(element in unmet for unmet in table["unmet"].to_pylist()):
            self._problems.append(f"entry {event.row.entry}: rows were refused under another element than signed for")
        if all(packs) and element not in known:
            self._problems.append(f"entry {event.row.entry}: rows were refused under what is no element of their basis")

    def _answered(self, case: Case, event: Opened, _statement: Statement | None) -> None:
        """Answers are entered: of rows that are free; or anew as they leave, when none may turn to confirmed."""
        table, ledger_id = unseal.rows(self._gate, event.row, event.key), case.request.ledger_id
        leaving = event.about.get("leaving") is True
        free = RowState.AWAITING_RELEASE if leaving else RowState.ENTERED
        columns = (table[name].to_pylist() for name in ("row", "confirmed", "cause"))
        before = {}
        for row, confirmed, cause in zip(*columns, strict=True):
            old = case.rows[row]
            before[row] = old.answered_in
            if old.state != free:
                self._fault(ledger_id, f"was answered at entry {event.row.entry} and was not free to be", row)
            if leaving and confirmed and not case.bits.get(row):
                self._fault(ledger_id, "turned to confirmed as it left", row)
            if not leaving and confirmed and cause == "repeats" and not self._was_confirmed(case.question(row)):
                self._fault(ledger_id, "repeats a confirmation that was never given", row)
            case.bits[row] = confirmed
            case.rows[row] = old.having(state=RowState.AWAITING_RELEASE.value, answered_in=event.row.entry)
        case.leaving = (event.row.entry, before) if leaving else case.leaving
        if "debits" in event.about:
            self._person_debits(case, event)

    def _was_confirmed(self, question: Question) -> bool:
        return any(self._cases[name].bits.get(row) for name, row in self._first.get(question, ()))

    def _person_debits(self, case: Case, event: Opened) -> None:
        """Guesses on record persons, as they were sealed with the answers."""
        sealed = from_bytes(unseal.part(self._gate, event.row, event.key, "debits")).to_pylist()
        persons = sorted({d["pseudonym"] for d in sealed})
        at, ledger_id = utc_time(event.about["time"]), case.request.ledger_id
        spent = {
            (s.pseudonym, s.address, s.agency, s.row)
            for s in self._gate.store.spent("person", persons, at)
            if s.request == ledger_id
        }
        for d in sealed:
            if (d["pseudonym"], d["address"], case.request.agency, d["row"]) not in spent:
                self._fault(ledger_id, "spent a guess on a person that is missing from the books", d["row"])

    def _declined(self, case: Case, event: Opened, statement: Statement | None) -> None:
        """Every row that awaits release waits for counsel."""
        rows = case.those(RowState.AWAITING_RELEASE)
        if statement is not None and statement.about["rows_digest"] != answers_digest(rows):
            self._problems.append(f"entry {event.row.entry}: other rows were declined than were signed for")
        for row in rows:
            case.rows[row.row] = row.having(state=RowState.HELD.value, causes=HoldCause.COUNSEL.value)

    def _released(self, case: Case, event: Opened, statement: Statement | None) -> None:
        """A tranche leaves.

        1. What was signed for are the first rows that awaited release, with the answers they had then.
        2. Those of them that were not refused or held beneath this leaf left.
        3. The books have the release, and its files are those entered.
        """
        entry, about = event.row.entry, event.about
        tranche = [r for r in case.rows.values() if r.state == RowState.AWAITING_RELEASE or r.decided_in == entry]
        was = case.leaving[1] if case.leaving[0] == entry - 1 else {}
        signed = [r.having(answered_in=was.get(r.row, r.answered_in)) for r in sorted(tranche, key=lambda r: r.row)]
        if statement is not None:
            signed = signed[: int(str(statement.about["rows"]))]
            if answers_digest(signed) != statement.about["rows_digest"]:  # 1
                self._problems.append(f"entry {entry}: other rows or answers left than were signed for")
        good = [case.rows[r.row] for r in signed if r.decided_in != entry]
        if answers_digest(good) != about["rows_digest"] or len(good) != about["released"]:  # 2
            self._problems.append(f"entry {entry}: the rows that left do not follow from it")
        for row in good:
            case.rows[row.row] = row.having(state=RowState.RELEASED.value, tranche=about["tranche"])
        files: Mapping[str, str] = about["files"]
        ledger_id = case.request.ledger_id
        case.left.append(Release(ledger_id, about["tranche"], entry, len(good), tuple(sorted(files))))  # 3
        outbox = self._gate.files.outbox(ledger_id, about["tranche"])
        if {name: hashlib.sha256(data).hexdigest() for name, data in outbox.items()} != files:
            self._problems.append(f"request {ledger_id}: the files of tranche {about['tranche']} are not those entered")

    def _withdrawn(self, case: Case, event: Opened, _statement: Statement | None) -> None:
        """Rows of an earlier request that have not left and carry the label of a lawful row here are withdrawn."""
        labels = {case.labels[n] for n, row in case.rows.items() if row.state != RowState.REFUSED}
        for earlier, said in event.about["withdrawn"].items():
            other = self._cases[earlier]
            rows = [r for r in other.those(*OPEN) if other.labels[r.row] in labels]
            same = (other.request.agency, other.request.office) == (case.request.agency, case.request.office)
            if not same or said not in (len(rows), [r.row for r in rows]):
                self._problems.append(f"entry {event.row.entry}: the rows withdrawn do not follow from it")
            for row in rows:
                other.rows[row.row] = row.having(state=RowState.WITHDRAWN.value, causes="")

    # --- the end ------------------------------------------------------------------------------------------------------

    def compare(self) -> None:
        """The books against what the events made: requests, rows, releases, guesses."""
        self._problems += [
            f"request {r.ledger_id}: the ledger never received it" for r in self._requests.values()
            if r.ledger_id not in self._cases
        ]  # fmt: skip
        for ledger_id, case in self._cases.items():
            self._compare_rows(ledger_id, case)
            if list(self._gate.store.releases(ledger_id)) != case.left:
                self._problems.append(f"request {ledger_id}: its releases are not those entered")
            self._compare_debits(case)
        self._false_debits()
        for (ledger_id, what), rows in self._faults.items():
            which = f"row {rows[0]}" if len(rows) == 1 else f"{len(rows)} rows, row {rows[0]} the first,"
            self._problems.append(f"request {ledger_id}: {which} {what}")

    def _compare_rows(self, ledger_id: str, case: Case) -> None:
        stored = self._stored[ledger_id]
        for row in sorted(set(stored) ^ set(case.rows)):
            self._fault(ledger_id, "is missing" if row in case.rows else "was never entered", row)
        for row, expected in case.rows.items():
            found = stored.get(row, expected)
            if found != expected:
                for name in differing(found, expected):
                    self._fault(ledger_id, f"has another {name} than follows from the ledger", row)

    def _compare_debits(self, case: Case) -> None:
        """Every guess that was spent is in the books, from the time it was spent."""
        ledger_id = case.request.ledger_id
        for at in sorted(set(case.debits.values())):
            rows = [row for row, when in case.debits.items() if when == at]
            subjects = sorted({case.rows[row].subject for row in rows})
            spent = {
                (s.row, s.agency, s.pseudonym, s.address)
                for s in self._gate.store.spent("subject", subjects, at)
                if s.request == ledger_id
            }
            for row in rows:
                if (row, *case.question(row)) not in spent:
                    self._fault(ledger_id, "spent a guess that is missing from the books", row)

    def _false_debits(self) -> None:
        """No guess stands in the books that a row did not spend."""
        subjects = sorted({r.subject for case in self._cases.values() for r in case.rows.values()})
        for s in self._gate.store.spent("subject", subjects, _BEGINNING):
            case = self._cases.get(s.request)
            if case is None or s.row not in case.debits or case.question(s.row) != (s.agency, s.pseudonym, s.address):
                self._fault(s.request, "has a guess in the books that it never spent", s.row)


_TAKE: Mapping[EventKind, Take] = {
    EventKind.REQUEST_RECHECKED: Books._rechecked,  # noqa: SLF001 - a table of the class's own steps
    EventKind.HOLD_REFUSED: Books._rechecked,  # noqa: SLF001
    EventKind.ANSWERS_ENTERED: Books._answered,  # noqa: SLF001
    EventKind.REQUEST_DECLINED: Books._declined,  # noqa: SLF001
    EventKind.ANSWERS_RELEASED: Books._released,  # noqa: SLF001
    EventKind.ROWS_WITHDRAWN: Books._withdrawn,  # noqa: SLF001
}


def differing(one: RowRecord | RequestRecord, other: RowRecord | RequestRecord) -> list[str]:
    """Names of the fields in which two records differ."""
    return [f.name for f in fields(one) if getattr(one, f.name) != getattr(other, f.name)]


def _decisions(table: pa.Table) -> Iterable[tuple[int, list[str], list[str]]]:
    casefile.require_elements(pc.unique(pc.list_flatten(table["unmet"])).to_pylist())
    columns = (table[name].to_pylist() for name in ("row", "unmet", "causes"))
    return zip(*columns, strict=True)


def _decided(row: RowRecord, unmet: Sequence[str], causes: Sequence[str]) -> RowRecord:
    state = RowState.REFUSED if unmet else RowState.HELD if causes else RowState.ENTERED
    return row.having(state=state.value, unmet=";".join(unmet), causes="" if unmet else ";".join(causes))


def answers_digest(rows: Sequence[RowRecord]) -> str:
    """What binds signatures to rows and their entered answers (``release`` signs it)."""
    return hashlib.sha256(jcs.canonical([[r.row, r.answered_in] for r in rows])).hexdigest()


def held_digest(rows: Sequence[RowRecord]) -> str:
    """What binds signatures to rows that wait (``holding`` signs it)."""
    return hashlib.sha256(jcs.canonical([[r.row, r.causes, r.decided_in] for r in rows])).hexdigest()
