"""What a court's order reaches in the books: what it closes, and what had left; counts, and no answer."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa

from narrowgate.domain.books import RegisterKind, RequestRecord
from narrowgate.domain.circumstances import Stay
from narrowgate.domain.ports import Gate
from narrowgate.domain.request import Admitted
from narrowgate.domain.vocabulary import Element, RowState, When
from narrowgate.flow import casefile, editions
from narrowgate.flow.reaching import meets, rows_reached
from narrowgate.flow.staying import leaves
from narrowgate.governance.stays import StayRecord
from narrowgate.intake.package import parse_head
from narrowgate.law.values import Bools
from narrowgate.notary import unseal
from narrowgate.notary.entry import parse_entry


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
        held, entered, awaiting_release: rows by where they stand; ``entered`` are lawful and await linkage.
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


@dataclass(frozen=True, slots=True)
class Disclosed:
    """Released rows of one tranche and officer that a stay reaches: confirmed or not, each made something known.

    Attributes:
        released: aware UTC time of the release.
        leaf: index of the leaf that entered it.
        pack: digest of the edition under which they were decided and left.
        rows: n row indices in the request (uint64), in order. Who was asked about, and under which label, stands in the
            sealed package (``casefile.reopen``): looking there is an inspection.
        subjects: pseudonyms of whom they ask about, as the requester stated him, each once.
    """

    request: RequestRecord
    tranche: int
    officer: str
    released: datetime
    leaf: int
    pack: str
    when: When
    rows: pa.UInt64Array
    subjects: frozenset[bytes]


def affected(gate: Gate, known: StayRecord) -> list[Disclosed]:
    """Every disclosure that a stay possibly affects, in the ledger's order; none made after it was lifted.

    Which of them were unlawful is for counsel and the court. A release is dated by its leaf.

    Args:
        gate: an open gate; the lock is not needed.
        known: as ``rulings.stay_records`` gives it, or one that was never entered: what it would affect.

    Raises:
        IntegrityError: when a release is not in the ledger.
    """
    entered = next(iter(leaves(gate, known.stay.id)), -1)
    found = []
    for request, reached in requests_reached(gate, known.stay):
        standing = gate.store.standing(request.ledger_id)
        left = {release.tranche: release.entry for release in gate.store.releases(request.ledger_id)}
        times = {tranche: _time_of(gate, leaf) for tranche, leaf in left.items()}
        packs = {leaf: _edition_at(gate, request.basis, leaf) for leaf in left.values()}
        subjects = _subjects(gate, request) if left else {}
        for group in standing:
            if group.state != RowState.RELEASED.value:
                continue
            rows = np.sort(group.rows.to_numpy())
            rows = rows[reached[rows]]
            released, leaf = times[group.tranche], left[group.tranche]
            when = known.when(released, later=leaf > entered >= 0)
            if not len(rows) or when is When.AFTER_LIFT:
                continue
            whom = frozenset(subjects[row] for row in rows.tolist())
            one = Disclosed(
                request, group.tranche, group.officer, released, leaf, packs[leaf], when, pa.array(rows), whom
            )
            found.append(one)
    return sorted(found, key=lambda one: (one.leaf, one.officer))


def _time_of(gate: Gate, leaf: int) -> datetime:
    return next(parse_entry(data).time for data in gate.store.entries(leaf, leaf + 1))


def _edition_at(gate: Gate, basis: str, leaf: int) -> str:
    """Digest of the edition adopted as a tranche left: no row leaves that was decided under another."""
    return {i.key: str(i.body["digest"]) for i in gate.store.as_of(leaf).registered(RegisterKind.PACK)}.get(basis, "")


def _subjects(gate: Gate, request: RequestRecord) -> Mapping[int, bytes]:
    """Released rows, to the pseudonyms of whom they ask about."""
    return {row.row: row.subject for row in gate.store.rows(request.ledger_id, states=[RowState.RELEASED.value])}


@dataclass(frozen=True, slots=True)
class Counted:
    """How much some disclosures are.

    Attributes:
        persons: distinct ones, as requesters stated their names and birth dates.
        officers: distinct ones, to whom they were released.
    """

    rows: int
    persons: int
    officers: int

    @classmethod
    def of(cls, found: Iterable[Disclosed]) -> "Counted":
        """The counts of these."""
        listed = list(found)
        persons = frozenset[bytes]().union(*(one.subjects for one in listed))
        officers = {(one.request.agency, one.officer) for one in listed}
        return cls(sum(len(one.rows) for one in listed), len(persons), len(officers))


def buckets(known: StayRecord, found: Sequence[Disclosed]) -> dict[When, Counted]:
    """Disclosures by when they were made: each time that can be, empty ones too, so that a nought is said."""
    middle = [When.BEFORE_NOTICE, When.AFTER_NOTICE] if known.stay.served else [When.NOTICE_NOT_STATED]
    late = [When.NOT_YET_EFFECTIVE] if known.stay.effective > known.received else []
    told = [When.BEFORE_DATED, *middle, *late, When.AFTER_ENTRY]
    return {when: Counted.of(one for one in found if one.when is when) for when in told}
