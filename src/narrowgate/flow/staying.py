"""Stays: a court's order closes the gate to what it reaches, from the moment counsel hands it in.

``receive`` puts the signed order where every command looks, lock or no lock; ``settle`` has it entered in the ledger.
Two counsel lift it. What it closes and what had left is in ``stay_reach.py``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from narrowgate.domain.books import Pending, RegisterKind
from narrowgate.domain.circumstances import Stay
from narrowgate.domain.errors import ErrorCode, InvalidInput, NarrowgateError
from narrowgate.domain.parties import Jwk
from narrowgate.domain.ports import Gate
from narrowgate.domain.vocabulary import EventKind, StayOf
from narrowgate.flow import rulings
from narrowgate.flow.deciding import go_in, register_statement
from narrowgate.flow.reaching import Protected, person_keys
from narrowgate.governance.decisions import Statement, parse_statement, weigh
from narrowgate.governance.stays import ENTER, LIFT, StayRecord, public_part, record_json, with_id
from narrowgate.law.names import is_name
from narrowgate.law.pack import find_pack
from narrowgate.law.statutes import read
from narrowgate.notary import unseal
from narrowgate.notary.entry import parse_entry

LONGEST_NAME = 300
"""Characters of a court's name, a docket number, an order: they are public, and shown on one line."""
EARLIEST, LATEST = 1900, 9998
"""Years in which a time of an order lies: every calculation with it, and every spelling, can bear it."""
FIRST_DAYBREAK = timedelta(hours=14)
"""How long before UTC's a day begins where it begins first: a court there gives its order on what is yesterday here."""


@dataclass(frozen=True, slots=True)
class Order:
    """A court's order as counsel reads it.

    Attributes:
        dated: the day the court gave it.
        served: aware time at which the custodian had notice of it, by service or otherwise; None where counsel says
            that this is not stated. It is asked for: nobody leaves it out by forgetting it.
        basis, requester, statute: what it reaches, all of them together; "" for any.
        persons: whom it protects by name; () for everybody.
        everything: it reaches all: said, so that nobody closes the gate by leaving something out.
        effective: aware time from which it holds by its own words; None where they say none: from notice, or from its
            entry where notice is not stated.
        document: hex SHA-256 of the order's file, or "".
    """

    court: str
    docket: str
    dated: date
    served: datetime | None
    basis: str = ""
    requester: str = ""
    statute: str = ""
    persons: tuple[Protected, ...] = ()
    everything: bool = False
    of: StayOf = StayOf.DISCLOSURE
    effective: datetime | None = None
    document: str = ""


def record(gate: Gate, order: Order) -> StayRecord:
    """The stay that an order is, received now; the same order again has the same id.

    Raises:
        InvalidInput: for an order that reaches nothing that this gate knows, or says what cannot be.
        IntegrityError: when the database is damaged.
    """
    now = rulings.present(gate)
    _require_sound(gate, order, now)
    keys = sorted({key.hex() for person in order.persons for key in person_keys(person, gate.keys.pseudonym)})
    stay = Stay(
        id="",
        court=order.court.strip(),
        docket=order.docket.strip(),
        dated=order.dated,
        effective=order.effective or order.served or now,
        basis=order.basis,
        requester=order.requester,
        statute=order.statute.strip(),
        of=order.of,
        persons=tuple(keys),
        served=order.served,
    )
    named = len(set(order.persons))
    stated = order.effective is not None
    return with_id(StayRecord(stay, now, named, effective_stated=stated, document=order.document))


def _require_sound(gate: Gate, order: Order, now: datetime) -> None:
    """What counsel types in a hurry: a slip must not leave the gate open, nor close more than the court said."""
    for name, text in (("court", order.court), ("docket", order.docket)):
        require_line(name, text)
    _require_scope(gate, order)
    if order.dated > (now + timedelta(days=1)).date() or order.dated.year < EARLIEST:
        raise InvalidInput("the order is dated in the future, or long ago", "give the day the court gave it")
    if order.served and order.served > now:
        raise InvalidInput("notice of the order lies in the future", "give the time at which you were served")
    for when in (order.effective, order.served):
        if when and not EARLIEST <= when.year <= LATEST:
            raise InvalidInput("a time of the order is out of range", f"give one from {EARLIEST} to {LATEST}")
    if order.served and order.served < datetime.combine(order.dated, time(), UTC) - FIRST_DAYBREAK:
        raise InvalidInput(
            "notice of the order lies before the day of the order",
            "--dated is the day on which the court gave it, from the bench too; --served when you had notice of it",
        )


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
        InvalidInput: without a signature, when the stay was lifted, or with more persons than a statement holds.
    """
    if not signers:
        raise InvalidInput("a stay is entered by counsel: no signature given", "add --sign ID=KEYFILE")
    statement = stay_enter(gate, entered)
    payload = statement.to_bytes()
    parse_statement(payload)  # too large to be read back, it would never count
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


def leaves(gate: Gate, stay: str) -> list[int]:
    """The leaves at which a stay was entered and lifted, in order; [] while it is only received."""
    found = []
    for index in gate.store.register_leaves():
        for leaf in gate.store.entries(index, index + 1):
            public = parse_entry(leaf).public or {}
            found += [index] if public.get("stay") == stay else []
    return found


def signed_by(gate: Gate, leaf: int) -> list[str]:
    """Staff ids of those who signed the decision that a leaf enters."""
    found: set[str] = set()
    for event in gate.store.events(entry=leaf):
        if event.kind is EventKind.DECISION:
            found |= set(unseal.open_event(gate, event).about.get("signatures", {}))
    return sorted(found)


def entered_by(gate: Gate, stay: str) -> list[str]:
    """Staff ids of those who entered a stay, as its leaf says, or what waits to be entered."""
    for leaf in leaves(gate, stay)[:1]:
        return signed_by(gate, leaf)
    ids = {statement.id for statement in rulings.received_stays(gate) if statement.about["key"] == stay}
    return sorted({who for pending in gate.store.pending() if pending.id in ids for who in pending.signatures})


def scope_words(known: StayRecord) -> str:
    """What it reaches, in plain words."""
    stay = known.stay
    parts = [f"requests of {stay.requester}" if stay.requester else "requests of any requester"]
    parts += [f"under {stay.basis}"] if stay.basis else []
    parts += [f"designating {stay.statute}"] if stay.statute else []
    parts += [f"that ask about {known.named} named person{'s' * (known.named > 1)}"] if known.named else []
    return " ".join(parts) if len(parts) > 1 or stay.requester else "every request"
