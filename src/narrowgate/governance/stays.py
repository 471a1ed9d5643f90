"""Stays as the register keeps them: what is public of one, what one person may do with it, and which one is received.

A stay is received once one counsel signed it and the statement lies among what waits: from then on it counts, though
the ledger has yet to take it (docs/adr/0050). The persons whom it names are kept as keyed pseudonyms, and never leave
the gate's own books: the public part says how many there are.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Any

from narrowgate.domain import jcs
from narrowgate.domain.books import Json, Pending, RegisterKind, utc_text, utc_time
from narrowgate.domain.circumstances import Stay
from narrowgate.domain.errors import NarrowgateError
from narrowgate.domain.ports import Jose
from narrowgate.domain.vocabulary import PublicKind, StayOf, When
from narrowgate.governance.decisions import Statement, parse_statement, weigh
from narrowgate.governance.staff import Staff

ENTER, LIFT = "stay enter", "stay lift"
PUBLIC = {ENTER: PublicKind.STAY_ENTERED, LIFT: PublicKind.STAY_LIFTED}
"""Command to the kind of its public part."""

LONGEST = 1000
"""Characters of one text of a stay: all of them together fit into a leaf."""
_DOCUMENT = re.compile(r"([0-9a-f]{64})?")


@dataclass(frozen=True, slots=True)
class StayRecord:
    """A stay, and what the gate notes beside it.

    Attributes:
        received: aware UTC time at which counsel's signature was taken: its entry in the gate.
        named: how many persons it names; 0 where it protects everybody.
        order: the order that lifted it, or "".
        effective_stated: the order itself says from when it holds; else that is notice, or entry where none is stated.
        document: hex SHA-256 of the order's file, or "".
    """

    stay: Stay
    received: datetime
    named: int = 0
    order: str = ""
    effective_stated: bool = True
    document: str = ""

    @property
    def unless_stated(self) -> datetime:
        """From when it holds if the order does not say: from notice, never later than its entry."""
        return min(self.stay.served or self.received, self.received)

    def when(self, released: datetime, *, later: bool) -> When:
        """When a disclosure was made, against this order.

        1. After its entry, which the order of leaves decides within one second: lifted, not yet effective, or in force.
        2. Before it: after notice, where notice is stated. That comes first, for a court's day may begin before UTC's.
        3. Before notice: before the day of UTC on which the order was dated, or not.

        Args:
            released: aware UTC time of the release.
            later: its leaf stands behind that which entered the stay.
        """
        stay = self.stay
        if released > self.received or (released == self.received and later):  # 1
            if stay.lifted and released >= stay.lifted and later:
                return When.AFTER_LIFT
            return When.AFTER_ENTRY if stay.effective <= released else When.NOT_YET_EFFECTIVE
        if stay.served and released >= stay.served:  # 2
            return When.AFTER_NOTICE
        if released < datetime.combine(stay.dated, time(), UTC):  # 3
            return When.BEFORE_DATED
        return When.BEFORE_NOTICE if stay.served else When.NOTICE_NOT_STATED


def stay_id(record: StayRecord) -> str:
    """The id that a stay has: a digest of what the court ordered, and of nothing that whoever enters it chooses.

    So the same order has the same id, and no other stay can be entered under it beforehand.
    """
    said = record_json(record)
    for name in ("received", "effective_stated", "named", "lifted", "order"):
        del said[name]
    said |= {} if record.effective_stated else {"effective": ""}
    return "stay-" + hashlib.sha256(jcs.canonical(said)).hexdigest()[:20]


def with_id(record: StayRecord) -> StayRecord:
    """The same stay under the id that follows from it."""
    return replace(record, stay=replace(record.stay, id=stay_id(record)))


def record_json(record: StayRecord) -> dict[str, Json]:
    """A stay as the register keeps it."""
    stay = record.stay
    return {
        "court": stay.court,
        "docket": stay.docket,
        "dated": stay.dated.isoformat(),
        "served": utc_text(stay.served) if stay.served else "",
        "received": utc_text(record.received),
        "effective": utc_text(stay.effective),
        "effective_stated": record.effective_stated,
        "document": record.document,
        "of": stay.of.value,
        "basis": stay.basis,
        "requester": stay.requester,
        "statute": stay.statute,
        "persons": sorted(stay.persons),
        "named": record.named,
        "lifted": utc_text(stay.lifted) if stay.lifted else "",
        "order": record.order,
    }


def record_from(key: str, body: Mapping[str, Any]) -> StayRecord:
    """The stay that ``record_json`` wrote.

    Raises:
        KeyError, ValueError, TypeError: for any other body.
    """
    stay = Stay(
        id=key,
        court=body["court"],
        docket=body["docket"],
        dated=date.fromisoformat(body["dated"]),
        effective=utc_time(body["effective"]),
        basis=body["basis"],
        requester=body["requester"],
        statute=body["statute"],
        lifted=utc_time(body["lifted"]) if body["lifted"] else None,
        of=StayOf(body["of"]),
        persons=tuple(body["persons"]),
        served=utc_time(body["served"]) if body["served"] else None,
    )
    return StayRecord(
        stay, utc_time(body["received"]), body["named"], body["order"], body["effective_stated"], body["document"]
    )


def public_part(command: str, key: str, body: Mapping[str, Json]) -> dict[str, Json]:
    """What the leaf says of it in clear: all but the persons, of whom it says how many they are."""
    said = {name: value for name, value in body.items() if name not in ("persons", "named")}
    return {"kind": PUBLIC[command].value, "stay": key, **said, "persons": body["named"]}


def overreach(command: str, key: str, body: Mapping[str, Any], public: object, before: Mapping[str, Any] | None) -> str:
    """How a signed stay does more than its command may, or "".

    1. It is a stay as the gate writes one, under the id that follows from it; its times agree, and what is public of it
       is what follows from it.
    2. ``stay enter`` makes a new one that is not lifted: one person closes the gate, and opens nothing.
    3. ``stay lift`` changes nothing but that it is lifted, and by which order.

    Args:
        command: any command that writes the register; all but two are none of its business.
        key: of the register.
        body: what it gives the register under that key.
        public: the public part that was signed with it.
        before: the body that the register has there, or None.
    """
    if command not in PUBLIC:
        return ""
    record = record_from(key, body)
    problem = _unsound(command, record, body) if stay_id(record) == key else f"`{command}` is not about this stay"  # 1
    if not problem and public != public_part(command, key, body):
        problem = f"what is public of `{command}` does not follow from it"
    if problem:
        return problem
    if command == ENTER:  # 2
        ended = record.stay.lifted is not None or record.order
        return "one person changed a stay, and may only enter one" if before is not None or ended else ""
    was = record_from(key, before) if before is not None else None  # 3
    if was is None or was.stay.lifted or not record.stay.lifted or not record.order:
        return "`stay lift` lifts a stay that stands, by an order"
    same = replace(record, stay=replace(record.stay, lifted=None), order="") == was
    return "" if same else "`stay lift` changes nothing but that it is lifted"


def _unsound(command: str, record: StayRecord, body: Mapping[str, Any]) -> str:
    """How a stay is not as the gate writes one, or its times disagree, or ""."""
    sized = all(len(value) <= LONGEST for value in body.values() if isinstance(value, str))
    counted = bool(record.named) == bool(record.stay.persons)
    if record_json(record) != dict(body) or not (sized and counted and _DOCUMENT.fullmatch(record.document)):
        return f"`{command}` is not about a stay"
    if record.stay.served and record.stay.served > record.received:
        return f"`{command}` tells of notice after the entry in the gate"
    taken = record.effective_stated or record.stay.effective == record.unless_stated
    return "" if taken else f"`{command}` tells of an effect that neither the order nor notice gives"


def received_stay(pending: Pending, log: str, staff: Staff, jose: Jose) -> Statement | None:
    """The stay that waits to be entered, or None where what waits is none, or nobody's signature makes it one.

    What is malformed or forged is None and no error: it opens nothing, and whoever can write it can delete it too.

    Args:
        pending: what waits.
        log: the vkey of this gate's log.
        staff: who holds which role now.
        jose: verifies signatures.
    """
    try:
        statement = parse_statement(pending.statement)
        if (statement.command, statement.log, statement.after) != (ENTER, log, 0):
            return None
        if (statement.id, statement.to_bytes()) != (pending.id, pending.statement):
            return None
        about: Mapping[str, Any] = statement.about
        if about["kind"] != RegisterKind.STAY or overreach(ENTER, about["key"], about["body"], about["public"], None):
            return None
        complete = weigh(statement, pending.signatures, {}, staff, jose).complete
    except (NarrowgateError, KeyError, ValueError, TypeError, AttributeError, RecursionError):
        return None
    return statement if complete else None


def record_of(statement: Statement) -> StayRecord:
    """The stay that a statement enters or lifts."""
    about: Mapping[str, Any] = statement.about
    return record_from(about["key"], about["body"])
