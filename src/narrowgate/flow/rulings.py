"""What is in force now, read from the register; and the gate's time."""

from dataclasses import replace
from datetime import datetime, timedelta

from narrowgate.domain.books import RegisterKind, utc_text
from narrowgate.domain.certificate import Certificate
from narrowgate.domain.circumstances import Circumstances, Determination, Stay
from narrowgate.domain.errors import ErrorCode, IntegrityError
from narrowgate.domain.parties import Agency
from narrowgate.domain.ports import Gate
from narrowgate.domain.request import Admitted
from narrowgate.flow.reaching import in_force, persons_reached
from narrowgate.governance.decisions import Statement
from narrowgate.governance.determinations import determination_from
from narrowgate.governance.parties import agency_from
from narrowgate.governance.staff import Staff
from narrowgate.governance.stays import StayRecord, received_stay, record_from, record_of
from narrowgate.linkage.snapshot import Snapshot
from narrowgate.notary.commit import last_time

CURRENT = "current"


def gate_time(gate: Gate) -> datetime:
    """One reference time for a batch: the clock's, never behind the last commit, nor the receipt of a stay.

    Raises:
        IntegrityError: ``clock`` when the clock jumped beyond the set limits: the gate is shut.
    """
    now, last = gate.clock.now(), last_time(gate)
    back, forward = timedelta(minutes=gate.clock_back_minutes), timedelta(days=gate.clock_forward_days)
    if last - now > back or now - last > forward:
        raise IntegrityError(
            f"the clock is out of line with the ledger: now {utc_text(now)}, last commit {utc_text(last)}",
            "set the clock; for a gate long unused, raise clock_forward_days in narrowgate.toml and adopt it",
            ErrorCode.CLOCK,
        )
    return _since_receipt(gate, max(now, last))


def configuring_time(gate: Gate) -> datetime:
    """The reference time of ``config adopt``, the one decision that a gate shut by its clock takes.

    Two administrators so set right a gate that lay long unused: without it, no limit could be raised to open it again.
    """
    return max(gate.clock.now(), last_time(gate))


def present(gate: Gate) -> datetime:
    """This very moment, by which a stay may have come: never behind the last commit, nor the receipt of one.

    It shuts nothing.
    """
    return _since_receipt(gate, configuring_time(gate))


def _since_receipt(gate: Gate, at: datetime) -> datetime:
    """``at``, or the later time at which a stay was received: the clock was set back since.

    A receipt that is further ahead than a clock may go back says nothing of the time: the clock was wrong then, or
    whoever signed it lied, and nobody alone carries the ledger into the future. It holds all the same (``stays_at``).
    """
    latest = at + timedelta(minutes=gate.clock_back_minutes)
    return max([at, *(r.received for r in stay_records(gate) if r.received <= latest)])


def staff(gate: Gate) -> Staff:
    """Who may decide what."""
    return Staff(gate.store.registered(RegisterKind.FOUNDER), gate.store.registered(RegisterKind.STAFF))


def agencies(gate: Gate) -> dict[str, Agency]:
    """Registered requesters by id."""
    return {item.key: agency_from(item.body) for item in gate.store.registered(RegisterKind.PARTY)}


def received_stays(gate: Gate) -> list[Statement]:
    """The stays that counsel signed and the ledger has yet to take, in order of receipt."""
    waiting = gate.store.pending()
    known = staff(gate) if waiting else Staff([], [])
    found = [received_stay(pending, gate.keys.vkey, known, gate.jose) for pending in waiting]
    return [statement for statement in found if statement]


def stay_records(gate: Gate) -> list[StayRecord]:
    """Every stay, lifted ones included: those in the register, then those received and not yet entered.

    What waits is read first: a stay moves from there into the register in one transaction, so that none is missed.
    """
    received = [record_of(statement) for statement in received_stays(gate)]
    entered = [record_from(item.key, item.body) for item in gate.store.registered(RegisterKind.STAY)]
    known = {record.stay.id for record in entered}
    return entered + [record for record in received if record.stay.id not in known]


def stays(gate: Gate) -> tuple[Stay, ...]:
    """Every stay, lifted ones and those just received included."""
    return tuple(record.stay for record in stay_records(gate))


def stays_at(gate: Gate, at: datetime) -> tuple[Stay, ...]:
    """Every stay as it counts at ``at``; one that was effective when it was received is so whatever the clock says."""
    return tuple(
        replace(r.stay, effective=min(r.stay.effective, at)) if r.stay.effective <= r.received else r.stay
        for r in stay_records(gate)
    )


def determinations(gate: Gate) -> tuple[Determination, ...]:
    """Every determination of the custodian's people, ended and expired ones included."""
    return tuple(determination_from(i.key, i.body) for i in gate.store.registered(RegisterKind.DETERMINATION))


def adopted_pack(gate: Gate, basis: str) -> str:
    """Digest of the adopted edition of a basis, or ""."""
    found = {item.key: str(item.body["digest"]) for item in gate.store.registered(RegisterKind.PACK)}
    return found.get(basis, "")


def shielded(gate: Gate, at: datetime) -> frozenset[bytes]:
    """Pseudonyms of the record persons who are shielded at ``at``."""
    items = gate.store.registered(RegisterKind.SHIELD)
    return frozenset(bytes.fromhex(i.key) for i in items if i.body["until"] and utc_text(at) < str(i.body["until"]))


def certificate(gate: Gate) -> Certificate | None:
    """The adopted certificate, valid or not."""
    items = gate.store.registered(RegisterKind.CERTIFICATE)
    return Certificate.from_json(str(items[-1].body["certificate"])) if items else None


def snapshot(gate: Gate, *, verify: bool = False) -> Snapshot | None:
    """The adopted snapshot of the records, opened; with ``verify``, read whole and compared with its name."""
    items = gate.store.registered(RegisterKind.SNAPSHOT)
    if not items:
        return None
    return Snapshot.open(gate.files.snapshots(), str(items[-1].body["digest"]), verify=verify)


def circumstances(gate: Gate, agency: str, basis: str, at: datetime, *, asked: Admitted | None = None) -> Circumstances:
    """All that the law may look at besides the request.

    Args:
        gate: an open gate.
        agency: of the request.
        basis: of the request.
        at: the reference time.
        asked: the rows that are judged. Without them nobody can tell whom they are about, and a stay that protects
            named persons reaches every row.
    """
    known = stays_at(gate, at)
    reached = persons_reached(in_force(known, at), asked, gate.keys.pseudonym) if asked else {}
    return Circumstances(
        at=at,
        agency=agencies(gate).get(agency),
        adopted_pack=adopted_pack(gate, basis),
        stays=known,
        determinations=determinations(gate),
        persons_reached=reached,
        limits=gate.limits,
        open_subjects=gate.store.open_subjects(agency),
    )
