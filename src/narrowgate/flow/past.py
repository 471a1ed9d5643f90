"""Past decisions as they were entered: each row's latest, from the seals, and what it looked at.

The books say where a row stands, the ledger what was decided of it; where they disagree nothing is told.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from narrowgate.domain.books import EventRow, RequestRecord
from narrowgate.domain.circumstances import Circumstances
from narrowgate.domain.errors import ErrorCode, IntegrityError, NarrowgateError
from narrowgate.domain.ports import Gate
from narrowgate.domain.vocabulary import RowState
from narrowgate.flow import casefile, rulings
from narrowgate.notary import unseal
from narrowgate.notary.commit import last_time
from narrowgate.notary.entry import parse_entry
from narrowgate.oversight.replay import STATES, Bools, Ints, Words

_STATES = tuple(RowState)
_RELEASED = _STATES.index(RowState.RELEASED)


@dataclass(frozen=True, slots=True)
class _Standing:
    """Where the n rows of a request stand, by index; ``state`` counts in ``RowState``, ``officer`` in ``officers``."""

    state: Ints
    decided_in: Ints
    tranche: Ints
    officer: Ints
    officers: tuple[str, ...]

    @classmethod
    def of(cls, gate: Gate, request: RequestRecord) -> "_Standing":
        """As the books say.

        Raises:
            IntegrityError: when they say it of rows that there are not.
        """
        groups = gate.store.standing(request.ledger_id)
        officers = tuple(sorted({g.officer for g in groups} | {""}))
        known = {officer: place for place, officer in enumerate(officers)}
        said = np.full((request.rows, 4), -1, np.int64)
        for g in groups:
            rows = np.asarray(g.rows)
            if (rows >= request.rows).any():
                raise IntegrityError("the books tell of rows that a request has not", "run `narrowgate ledger fsck`")
            said[rows] = (_STATES.index(RowState(g.state)), g.decided_in, g.tranche, known[g.officer])
        return cls(said[:, 0], said[:, 1], said[:, 2], said[:, 3], officers)


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows that were last decided beneath one leaf, under one edition; each array has one member a row.

    Attributes:
        at: time of that leaf.
        rows: indices in the request.
        table: of ``notary.rows.DECISION_SCHEMA``.
        left: tranche to leaf and time of the release, for the request.
    """

    request: RequestRecord
    event: EventRow
    at: datetime
    digest: str
    rows: Words
    table: pa.Table
    state: Ints
    tranche: Ints
    officer: pa.DictionaryArray
    left: Mapping[int, tuple[int, datetime]]

    @property
    def name(self) -> str:
        """The request's name, as commands take it."""
        request = self.request
        return f"{request.agency}/{request.request_id}" if request.takes_id else request.ledger_id

    @property
    def released(self) -> Bools:
        """N booleans: the row left."""
        found: Bools = self.state == _RELEASED
        return found

    @property
    def states(self) -> pa.StringArray:
        """The rows' states, as they are shown."""
        return pa.array([STATES[state] for state in _STATES]).take(pa.array(self.state))

    @property
    def facts(self) -> Words:
        """The vectors, as they were sealed."""
        return np.asarray(self.table["facts"].combine_chunks())


def batches(gate: Gate, request: RequestRecord, size: int, wanted: Callable[[datetime], bool]) -> Iterator[Batch]:
    """The latest decisions of a request's rows, by leaf and edition.

    Args:
        gate: an open gate.
        request: of the books.
        size: leaves of the ledger when reading began.
        wanted: whether decisions of a time are.

    Raises:
        NarrowgateError: ``gate_busy`` when the books grew meanwhile.
        IntegrityError: when the books name another decision of a row than the ledger has.
    """
    key = casefile.request_key(gate, request)
    events = [e for e in gate.store.events(request=request.ledger_id) if e.kind in casefile.DECISION_EVENTS]
    tables = [unseal.rows(gate, event, key) for event in events]
    latest = np.full(request.rows, -1)
    for place, table in enumerate(tables):
        latest[np.asarray(table["row"])] = place
    standing = _Standing.of(gate, request)
    entries = np.array([event.entry for event in events] or [-1])
    if (latest < 0).any() or not np.array_equal(entries[latest], standing.decided_in):
        if gate.store.head().size != size:
            raise NarrowgateError(ErrorCode.GATE_BUSY, "the books grew while they were read", "try again")
        raise IntegrityError("the books name another decision than the ledger", "run `narrowgate ledger fsck`")
    left = {r.tranche: (r.entry, _time(gate, r.entry)) for r in gate.store.releases(request.ledger_id)}
    for place, (event, table) in enumerate(zip(events, tables, strict=True)):
        at = _time(gate, event.entry)
        mine = latest[np.asarray(table["row"])] == place
        if not mine.any() or not wanted(at):
            continue
        current = table if mine.all() else table.filter(pa.array(mine))
        for digest in pc.unique(current["pack"]).to_pylist():
            under = pc.equal(current["pack"], digest)
            some = (current if pc.all(under).as_py() else current.filter(under)).combine_chunks()
            rows = np.asarray(some["row"].combine_chunks())
            officer = pa.DictionaryArray.from_arrays(
                pa.array(standing.officer[rows].astype(np.int32)), pa.array(standing.officers)
            )
            state, tranche = standing.state[rows], standing.tranche[rows]
            yield Batch(request, event, at, digest, rows, some, state, tranche, officer, left)


def _time(gate: Gate, entry: int) -> datetime:
    return next(parse_entry(leaf).time for leaf in gate.store.entries(entry, entry + 1))


class Past:
    """The circumstances of decisions: the register as it was before their leaf."""

    def __init__(self, gate: Gate) -> None:
        self._gate, self._leaves = gate, gate.store.register_leaves()
        self._read = lru_cache(maxsize=8)(self._circumstances)

    def at(self, entry: int, request: RequestRecord, at: datetime) -> Circumstances:
        """What a decision on a request at a leaf looked at, but for the persons that stays name."""
        known = bisect_left(self._leaves, entry)
        before = self._leaves[known - 1] + 1 if known else 0
        return replace(self._read(before, request.agency, request.basis), at=at)

    def _circumstances(self, before: int, agency: str, basis: str) -> Circumstances:
        past = replace(self._gate, store=self._gate.store.as_of(before))
        return rulings.circumstances(past, agency, basis, last_time(self._gate))
