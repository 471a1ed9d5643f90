"""What waits for people: since when, whose it is, by when, who is told, and what each must do next."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from narrowgate.domain import jcs
from narrowgate.domain.books import EventRow, Json, RegisterKind, RequestRecord, RowRecord, utc_text
from narrowgate.domain.circumstances import Circumstances
from narrowgate.domain.errors import ErrorCode, InvalidInput, Waiting
from narrowgate.domain.ports import Gate
from narrowgate.domain.vocabulary import EventKind, HoldCause, Role, RowState
from narrowgate.flow import casefile, editions, rulings
from narrowgate.flow.deciding import register_statement
from narrowgate.flow.linking import certified
from narrowgate.governance.decisions import Statement
from narrowgate.governance.holds import OWNER, Urgency, urgency
from narrowgate.intake.package import parse_head
from narrowgate.law.findings import findings_accepted, needs_order, open_findings, order_unverified
from narrowgate.notary import unseal
from narrowgate.notary.entry import parse_entry

HELD = (RowState.HELD.value,)


@dataclass(frozen=True, slots=True)
class Waits:
    """Rows of a request that wait for one cause.

    Attributes:
        since: when the first of them began to wait for it.
        owner: the role that must act.
        people: who holds that role now.
        assigned: the one of them who was asked to, or "".
        blocked: people cannot release it yet: no certificate is valid, the order is not verified, or counsel denied
            that the open findings are acceptable.
    """

    request: RequestRecord
    cause: HoldCause
    rows: int
    since: datetime
    owner: Role
    people: tuple[str, ...]
    assigned: str
    urgency: Urgency
    blocked: bool


def waiting(gate: Gate) -> list[Waits]:
    """Everything that waits, most urgent first. For the custodian alone: to a requester every hold reads the same."""
    now, staff = gate.clock.now(), rulings.staff(gate)
    assigned, measured = _assigned(gate), certified(gate, now) is not None
    found = []
    for request in gate.store.requests():
        rows = gate.store.rows(request.ledger_id, states=HELD)
        for cause, (count, since) in _began(gate, request, rows).items():
            owner = OWNER[cause]
            people = tuple(sorted(staff.holders(owner)))
            person = assigned.get(request.ledger_id, {}).get(cause.value, "")
            found.append(
                Waits(
                    request,
                    cause,
                    count,
                    since,
                    owner,
                    people,
                    person if person in people else "",
                    urgency(owner, since, now, gate.hold_days, gate.escalate_days),
                    not measured if cause is HoldCause.CERTIFICATE else _blocked(gate, request, cause, now),
                )
            )
    return sorted(found, key=lambda w: (w.urgency.deadline, w.since))  # then by receipt


def _began(gate: Gate, request: RequestRecord, rows: Sequence[RowRecord]) -> Mapping[HoldCause, tuple[int, datetime]]:
    """Cause to how many rows wait for it, and since when the first of them does without a break.

    A request that was decided once has waited since then. Else its decisions are read in order: a cause that stays on
    a row keeps its age, whatever else of the row was decided anew.
    """
    if not rows:
        return {}
    kinds = (*casefile.DECISION_EVENTS, EventKind.REQUEST_DECLINED)
    events = [e for e in gate.store.events(request=request.ledger_id) if e.kind in kinds]
    wanted = {r.row for r in rows}
    since: dict[int, dict[str, int]] = {row: {} for row in wanted}
    if len(events) > 1:
        for event in events:
            for row, causes in _causes(gate, request, event, wanted):
                since[row] = {cause: since[row].get(cause, event.entry) for cause in causes}
    first: dict[HoldCause, list[int]] = {}
    for held in rows:
        for cause in held.causes.split(";"):
            first.setdefault(HoldCause(cause), []).append(since[held.row].get(cause, events[0].entry))
    return {cause: (len(found), _time(gate, min(found))) for cause, found in first.items()}


def _causes(
    gate: Gate, request: RequestRecord, event: EventRow, wanted: set[int]
) -> Iterable[tuple[int, Sequence[str]]]:
    key = casefile.request_key(gate, request)
    if event.kind is EventKind.REQUEST_DECLINED:
        declined: Any = jcs.parse(unseal.part(gate, event, key, "declined"))
        return [(row, [HoldCause.COUNSEL.value]) for row in declined if row in wanted]
    table = unseal.rows(gate, event, key)
    table = table.filter(pc.is_in(table["row"], value_set=pa.array(sorted(wanted), pa.uint64())))
    return zip(table["row"].to_pylist(), table["causes"].to_pylist(), strict=True)


def _time(gate: Gate, entry: int) -> datetime:
    leaf = next(iter(gate.store.entries(entry, entry + 1)))
    return parse_entry(leaf).time


def _blocked(gate: Gate, request: RequestRecord, cause: HoldCause, now: datetime) -> bool:
    """Whether a determination must come first: counsel have not verified the order, or denied the open findings."""
    agency = rulings.agencies(gate).get(request.agency)
    circumstances = Circumstances(now, agency, "", determinations=rulings.determinations(gate))
    if cause is HoldCause.SAFEGUARDS_OPEN_FINDINGS:
        return open_findings(circumstances) and findings_accepted(circumstances, request.basis) is False
    pack = editions.adopted(gate, request.basis) if cause is HoldCause.COUNSEL else None
    if pack is None or not needs_order(pack):
        return False
    sealed = unseal.part(gate, casefile.received(gate, request), casefile.request_key(gate, request), "request.json")
    return order_unverified(parse_head(sealed), circumstances, pack)


def _assigned(gate: Gate) -> Mapping[str, Mapping[str, str]]:
    """Ledger id to cause to whom it was assigned."""
    found: dict[str, Any] = {i.key: i.body["to"] for i in gate.store.registered(RegisterKind.ASSIGNMENT)}
    return found


def assigned_anew(gate: Gate, statement: Statement) -> Statement:
    """The assignment that a statement makes, worked out anew: one person, for causes of which none was his before.

    Raises:
        InvalidInput, Waiting: as ``hold_assign``.
    """
    about: Mapping[str, Any] = statement.about
    request, to = casefile.find_request(gate, about["key"]), about["body"]["to"]
    known = _assigned(gate).get(request.ledger_id, {})
    changed = [HoldCause(cause) for cause in to if to[cause] != known.get(cause)]
    return hold_assign(gate, request, to[changed[0].value], changed, at=about["body"]["at"])


def hold_assign(gate: Gate, request: RequestRecord, to: str, causes: Sequence[HoldCause], *, at: str = "") -> Statement:
    """One person asks another to act on what a request waits for: all of it, or these causes.

    It changes neither the law nor what leaves: whoever holds the role may still act, and two must. Counsel ask each
    other for what is theirs; disclosure officers see to the rest. It is dated ``at``, or now.

    Raises:
        Waiting: when no row waits so, or he was asked to act on all of it before.
        InvalidInput: when the one who is asked does not hold the role that must act.
    """
    rows = gate.store.rows(request.ledger_id, states=HELD)
    held = {HoldCause(cause) for row in rows for cause in row.causes.split(";")}
    chosen = sorted(held.intersection(causes) if causes else held)
    if not chosen:
        raise Waiting(ErrorCode.NOTHING_TO_DO, "no row of this request waits so", "see `narrowgate hold list`")
    staff = rulings.staff(gate)
    for cause in chosen:
        if to not in staff.holders(OWNER[cause]):
            raise InvalidInput(
                f"who is asked does not hold the role {OWNER[cause]}, which must act on {cause}",
                "`narrowgate hold list` shows who does; choose causes with --cause",
            )
    known = dict(_assigned(gate).get(request.ledger_id, {}))
    changed = [cause for cause in chosen if known.get(cause.value) != to]
    if not changed:
        raise Waiting(ErrorCode.NOTHING_TO_DO, "who is asked was asked before", "see `narrowgate hold list`")
    body: dict[str, Json] = {
        "to": known | {cause.value: to for cause in changed},
        "at": at or utc_text(rulings.gate_time(gate)),
    }
    command = "hold assign counsel" if all(OWNER[c] is Role.COUNSEL for c in changed) else "hold assign"
    return register_statement(gate, command, RegisterKind.ASSIGNMENT, request.ledger_id, body)
