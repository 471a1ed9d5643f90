"""Stays: a court's order closes the gate to what it reaches, from the moment counsel hands it in.

``receive`` puts the signed order where every command looks, lock or no lock; ``settle`` has it entered in the ledger.
``closes`` counts what it closes, ``affected`` lists what had left before. Two counsel lift it.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

import numpy as np
import pyarrow as pa

from narrowgate.domain import jcs
from narrowgate.domain.books import Pending, RegisterKind, RequestRecord, utc_text
from narrowgate.domain.circumstances import Stay
from narrowgate.domain.errors import ErrorCode, InvalidInput, NarrowgateError
from narrowgate.domain.parties import Jwk
from narrowgate.domain.ports import Gate
from narrowgate.domain.request import Admitted
from narrowgate.domain.vocabulary import Element, RowState, StayOf
from narrowgate.flow import casefile, editions, rulings
from narrowgate.flow.deciding import go_in, register_statement
from narrowgate.flow.reaching import Protected, meets, person_keys, rows_reached
from narrowgate.governance.decisions import Statement, weigh
from narrowgate.governance.stays import ENTER, LIFT, StayRecord, public_part, record_json
from narrowgate.intake.package import parse_head
from narrowgate.law.names import is_name
from narrowgate.law.pack import find_pack
from narrowgate.law.statutes import read
from narrowgate.law.values import Bools
from narrowgate.notary import unseal
from narrowgate.notary.entry import parse_entry

LONGEST_NAME = 300
"""Characters of a court's name, a docket number, an order: they are public, and shown on one line."""
EARLIEST, LATEST = 1900, 9998
"""Years in which a time of an order lies: every calculation with it, and every spelling, can bear it."""


@dataclass(frozen=True, slots=True)
class Order:
    """A court's order as counsel reads it.

    Attributes:
        dated: the day the court gave it.
        basis, requester, statute: what it reaches, all of them together; "" for any.
        persons: whom it protects by name; () for everybody.
        everything: it reaches all: said, so that nobody closes the gate by leaving something out.
        effective: aware time from which it holds by its own words; None for at once.
        served: aware time at which the custodian was served, or None.
    """

    court: str
    docket: str
    dated: date
    basis: str = ""
    requester: str = ""
    statute: str = ""
    persons: tuple[Protected, ...] = ()
    everything: bool = False
    of: StayOf = StayOf.DISCLOSURE
    effective: datetime | None = None
    served: datetime | None = None


def record(gate: Gate, order: Order) -> StayRecord:
    """The stay that an order is, received now; the same order again has the same id.

    Raises:
        InvalidInput: for an order that reaches nothing that this gate knows, or says what cannot be.
        IntegrityError: ``clock`` when the gate is shut by its clock.
    """
    now = rulings.gate_time(gate)
    _require_sound(gate, order, now)
    keys = sorted({key.hex() for person in order.persons for key in person_keys(person, gate.keys.pseudonym)})
    served = utc_text(order.served) if order.served else ""
    said = {
        "court": order.court.strip(),
        "docket": order.docket.strip(),
        "dated": order.dated.isoformat(),
        "basis": order.basis,
        "requester": order.requester,
        "statute": order.statute.strip(),
        "persons": keys,
        "of": order.of.value,
        "effective": utc_text(order.effective) if order.effective else "",
        "served": served,
    }
    stay = Stay(
        id="stay-" + hashlib.sha256(jcs.canonical(said)).hexdigest()[:12],
        court=order.court.strip(),
        docket=order.docket.strip(),
        dated=order.dated,
        effective=order.effective or now,
        basis=order.basis,
        requester=order.requester,
        statute=order.statute.strip(),
        of=order.of,
        persons=tuple(keys),
        served=order.served,
    )
    return StayRecord(stay, now, len(set(order.persons)))


def _require_sound(gate: Gate, order: Order, now: datetime) -> None:
    """What counsel types in a hurry: a slip must not leave the gate open, nor close more than the court said."""
    for name, text in (("court", order.court), ("docket", order.docket)):
        require_line(name, text)
    _require_scope(gate, order)
    if order.dated > (now + timedelta(days=1)).date() or order.dated.year < EARLIEST:
        raise InvalidInput("the order is dated in the future, or long ago", "give the day the court gave it")
    if order.served and order.served > now:
        raise InvalidInput("the order was served in the future", "give the time at which you were served")
    for when in (order.effective, order.served):
        if when and not EARLIEST <= when.year <= LATEST:
            raise InvalidInput("a time of the order is out of range", f"give one from {EARLIEST} to {LATEST}")


def _require_scope(gate: Gate, order: Order) -> None:
    scopes = (order.basis, order.requester, order.statute.strip(), order.persons)
    if order.everything == any(scopes):
        raise InvalidInput(
            "a stay says what it reaches: expected a scope, or everything, and not both",
            "give --basis, --requester, --statute or --person, which narrow one another; or --all",
        )
    adopted = {item.key for item in gate.store.registered(RegisterKind.PACK)}
    if order.basis and order.basis not in adopted and find_pack(order.basis) is None:
        raise InvalidInput("no basis of that name is adopted here", "`narrowgate pack list` lists them")
    asked = {request.agency for request in gate.store.requests()}
    if order.requester and order.requester not in {*rulings.agencies(gate), *asked}:
        raise InvalidInput("no agency of that id is registered here", "see the id in its parties file")
    if order.statute.strip() and not read(order.statute):
        raise InvalidInput("the statute cannot be read", 'write it as TITLE USC SECTION: "8 USC 1253(a)(1)"')
    if not all(is_name(person.surname, person.given_name) for person in order.persons):
        raise InvalidInput("a person is named by surname and given name", "give both; a birth date and a TIN help")


def require_line(name: str, text: str) -> None:
    """What is public and shown: one line of printable text, not too long.

    Raises:
        InvalidInput: for any other.
    """
    if not text.strip() or len(text) > LONGEST_NAME or not text.isprintable():
        raise InvalidInput(f"{name} is no line of 1 to {LONGEST_NAME} printable characters", "it is public")


def stay_enter(gate: Gate, entered: StayRecord) -> Statement:
    """The statement that enters a stay; one counsel signs it."""
    body = record_json(entered)
    public = public_part(ENTER, entered.stay.id, body)
    return register_statement(gate, ENTER, RegisterKind.STAY, entered.stay.id, body, public=public)


def receive(gate: Gate, entered: StayRecord, signers: Mapping[str, Jwk]) -> StayRecord:
    """Takes a stay from counsel. From here on it holds, whoever is writing to this gate: it needs no lock.

    1. Counsel signed it; one suffices, for it only closes.
    2. The same order again is the stay that is known; once lifted, it is not entered again.
    3. It lies among what waits, where every command looks before anything is judged, linked or leaves.

    Returns:
        The stay as it is known from now on.

    Raises:
        NarrowgateError: ``not_authorised``.
        InvalidInput: without a signature, or when the stay was lifted.
    """
    if not signers:
        raise InvalidInput("a stay is entered by counsel: no signature given", "add --sign ID=KEYFILE")
    statement = stay_enter(gate, entered)
    payload = statement.to_bytes()
    fresh = {person: gate.jose.sign(payload, key, detached=True) for person, key in signers.items()}
    signatures = weigh(statement, {}, fresh, rulings.staff(gate), gate.jose).counting  # 1
    for known in rulings.stay_records(gate):  # 2
        if known.stay.id == entered.stay.id:
            if known.stay.lifted:
                raise InvalidInput("this very stay was lifted", "a new order has a date or a time of its own")
            return known
    gate.store.put_pending(Pending(statement.id, payload, signatures, entered.received))  # 3
    return entered


def settle(gate: Gate, stay: str, wait: Callable[[], bool]) -> bool:
    """Has a received stay entered in the ledger: by us when nobody writes, else by whoever does.

    Args:
        gate: an open gate, its lock not held.
        stay: its id.
        wait: lets some time pass; False when there is none left.

    Returns:
        Whether it is entered. It is in force in any case.
    """
    while not is_entered(gate, stay):
        try:
            with gate.files.writing():
                go_in(gate)
                return is_entered(gate, stay)
        except NarrowgateError as error:
            if error.code is not ErrorCode.GATE_BUSY:
                raise
        if not wait():
            return is_entered(gate, stay)
    return True


def is_entered(gate: Gate, stay: str) -> bool:
    """Whether the ledger has it."""
    return any(item.key == stay for item in gate.store.registered(RegisterKind.STAY))


def stay_lift(gate: Gate, stay: str, order: str) -> Statement:
    """The statement that lifts a stay from now on; two counsel sign it, and the order that lifts it is public.

    Raises:
        InvalidInput: when no stay of that id stands.
        NarrowgateError: ``gate_busy`` when it has yet to be entered and another command is writing.
    """
    require_line("order", order)
    known = find(gate, stay)
    if known.stay.lifted:
        raise InvalidInput("this stay is lifted already", "`narrowgate stay list` lists them")
    if not is_entered(gate, stay):
        with gate.files.writing():
            go_in(gate)
    lifted = replace(known, stay=replace(known.stay, lifted=rulings.gate_time(gate)), order=order.strip())
    body = record_json(lifted)
    return register_statement(gate, LIFT, RegisterKind.STAY, stay, body, public=public_part(LIFT, stay, body))


def find(gate: Gate, stay: str) -> StayRecord:
    """The stay of that id.

    Raises:
        InvalidInput: when there is none.
    """
    for known in rulings.stay_records(gate):
        if known.stay.id == stay:
            return known
    raise InvalidInput("no stay of that id on this gate", "`narrowgate stay list` lists them")


def standing(stay: Stay, at: datetime) -> str:
    """Where it stands at ``at``: ``lifted``, ``not_yet_effective`` or ``in_force``."""
    if stay.lifted and stay.lifted <= at:
        return "lifted"
    return "in_force" if stay.effective <= at else "not_yet_effective"


def scope_words(known: StayRecord) -> str:
    """What it reaches, in plain words."""
    stay = known.stay
    parts = [f"requests of {stay.requester}" if stay.requester else "requests of any requester"]
    parts += [f"under {stay.basis}"] if stay.basis else []
    parts += [f"designating {stay.statute}"] if stay.statute else []
    parts += [f"that ask about {known.named} named person{'s' * (known.named > 1)}"] if known.named else []
    return " ".join(parts) if len(parts) > 1 or stay.requester else "every request"


# --- what it reaches --------------------------------------------------------------------------------------------------


def leaves(gate: Gate, stay: str) -> list[int]:
    """The leaves at which a stay was entered and lifted, in order; [] while it is only received."""
    found = []
    for index in gate.store.register_leaves():
        for leaf in gate.store.entries(index, index + 1):
            public = parse_entry(leaf).public or {}
            found += [index] if public.get("stay") == stay else []
    return found


def scope_of(gate: Gate, request: RequestRecord) -> Admitted:
    """A request without its rows: as much as the scope of a stay looks at."""
    event, key = casefile.received(gate, request), casefile.request_key(gate, request)
    head = parse_head(unseal.part(gate, event, key, "request.json"))
    none = pa.array([], pa.bool_())
    return Admitted(head, pa.table({}), pa.table({}), none, request.takes_id, {}, request.received_at)


def requests_reached(gate: Gate, stay: Stay) -> Iterator[tuple[RequestRecord, Bools]]:
    """Each request whose scope it meets, with n booleans: the rows that it reaches. When it holds is not asked."""
    for request in gate.store.requests():
        pack = editions.edition(gate, request.basis, request.pack_digest)
        if not meets(stay, scope_of(gate, request), pack):
            continue
        if not stay.persons:
            yield request, np.ones(request.rows, np.bool_)
            continue
        reached = rows_reached([stay], casefile.reopen(gate, request), pack, gate.keys.pseudonym)
        if stay.id in reached:
            yield request, reached[stay.id]


@dataclass(frozen=True, slots=True)
class Closed:
    """Rows of one request that a stay reaches and that have not left.

    Attributes:
        held, entered, awaiting_release: rows by where they stand; ``entered`` are lawful and not yet linked.
        refused: rows that were refused under ``not_stayed``.
    """

    request: RequestRecord
    held: int
    entered: int
    awaiting_release: int
    refused: int

    @property
    def open(self) -> int:
        """Rows that are open, and closed to whoever asks."""
        return self.held + self.entered + self.awaiting_release


def closes(gate: Gate, stay: Stay) -> list[Closed]:
    """What a stay closes, by request; requests of which it closes nothing are left out.

    A lifted one closes nothing more: what was refused under it stays so.
    """
    found = []
    for request, reached in requests_reached(gate, stay):
        counts = dict.fromkeys(("held", "entered", "awaiting_release"), 0)
        for group in gate.store.standing(request.ledger_id):
            if group.state in counts and not stay.lifted:
                counts[group.state] += int(reached[group.rows.to_numpy()].sum())
        refused = sum(
            Element.NOT_STAYED.value in row.unmet.split(";") and bool(reached[row.row])
            for row in gate.store.rows(request.ledger_id, states=[RowState.REFUSED.value])
        )
        one = Closed(request, refused=refused, **counts)
        found += [one] if one.open or one.refused else []
    return found


class When(StrEnum):
    """When a disclosure was made, against the stay that reaches it."""

    BEFORE = "before"  # it took effect
    AFTER_EFFECT = "after_effect"  # and before the custodian received it
    AFTER_RECEIPT = "after_receipt"  # while it was in force: there must be none


@dataclass(frozen=True, slots=True)
class Disclosed:
    """Released rows of one tranche and officer that a stay reaches: confirmed or not, each made something known.

    Attributes:
        released: aware UTC time of the release.
        leaf: index of the leaf that entered it.
        rows: n row indices in the request (uint64), in order. Who was asked about, and under which label, stands in the
            sealed package (``casefile.reopen``): looking there is an inspection.
    """

    request: RequestRecord
    tranche: int
    officer: str
    released: datetime
    leaf: int
    when: When
    rows: pa.UInt64Array


def affected(gate: Gate, stay: Stay) -> list[Disclosed]:
    """Every disclosure that a stay possibly affects, in the ledger's order; none made after it was lifted.

    Which of them were unlawful is for counsel and the court. A release is dated by its leaf; where stay and release
    have the same second, the order of their leaves decides.

    Args:
        gate: an open gate; the lock is not needed.
        stay: as ``rulings.stays`` gives it, one that was never entered included: what it would affect.

    Raises:
        IntegrityError: when a release is not in the ledger.
    """
    entered = next(iter(leaves(gate, stay.id)), -1)
    received = next((known.received for known in rulings.stay_records(gate) if known.stay.id == stay.id), None)
    found = []
    for request, reached in requests_reached(gate, stay):
        left = {release.tranche: release.entry for release in gate.store.releases(request.ledger_id)}
        times = {tranche: _time_of(gate, leaf) for tranche, leaf in left.items()}
        for group in gate.store.standing(request.ledger_id):
            if group.state != RowState.RELEASED.value:
                continue
            rows = np.sort(group.rows.to_numpy())
            rows = rows[reached[rows]]
            released, leaf = times[group.tranche], left[group.tranche]
            if not len(rows) or (stay.lifted and released >= stay.lifted and leaf > entered >= 0):
                continue
            later = leaf > entered >= 0
            when = _when(stay, received, released, later=later)
            found.append(Disclosed(request, group.tranche, group.officer, released, leaf, when, pa.array(rows)))
    return sorted(found, key=lambda one: (one.leaf, one.officer))


def _time_of(gate: Gate, leaf: int) -> datetime:
    return next(parse_entry(data).time for data in gate.store.entries(leaf, leaf + 1))


def _when(stay: Stay, received: datetime | None, released: datetime, *, later: bool) -> When:
    """Against effect and receipt; ``later``: its leaf stands behind that of the stay."""
    at_once = received is not None and stay.effective == received
    if released < stay.effective or (released == stay.effective and at_once and not later):
        return When.BEFORE
    if received is None or released < received or (released == received and not later):
        return When.AFTER_EFFECT
    return When.AFTER_RECEIPT


def total(found: Sequence[Disclosed], when: When | None = None) -> int:
    """How many rows: all of them, or those of one time."""
    return sum(len(one.rows) for one in found if when in (None, one.when))
