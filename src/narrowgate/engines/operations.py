"""The operations store over SQLAlchemy Core: SQLite in WAL mode, flushed at every commit."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, fields
from datetime import datetime
from operator import attrgetter
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import (
    Connection,
    Engine,
    String,
    bindparam,
    case,
    cast,
    create_engine,
    delete,
    event,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.exc import SQLAlchemyError

from narrowgate.domain.books import (
    Debit,
    EventRow,
    Json,
    Pending,
    Registered,
    RegisterKind,
    Release,
    RequestRecord,
    RowRecord,
    Spent,
    Standing,
    TreeHead,
    utc_text,
    utc_time,
)
from narrowgate.domain.errors import ErrorCode, IntegrityError, NarrowgateError
from narrowgate.domain.vocabulary import EventKind, RowState
from narrowgate.engines import schema as t

_HASH = 32
_OPEN = (RowState.HELD, RowState.ENTERED, RowState.AWAITING_RELEASE)
_ROW_FIELDS = tuple(f.name for f in fields(RowRecord))
_ROW_VALUES = attrgetter(*_ROW_FIELDS)
_DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_ERROR")
"""SQLite's names for a file that is no database, no sound one, or (``no such table``) not ours."""
_RESTORE = "restore it from its backup"
_CHUNK = 20_000  # pseudonyms a query: below SQLite's limit on bound values


def sqlite_store(path: Path, *, create: TreeHead | None = None) -> "SqlStore":
    """Opens (or with ``create``, makes) the store in a file.

    Raises:
        NarrowgateError: ``storage`` when it cannot be opened.
        IntegrityError: when it is damaged, or of another format version.
    """
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 30})

    @event.listens_for(engine, "connect")
    def _settings(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own type
        connection.isolation_level = None  # transactions begin where we say
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("writes") else "BEGIN")

    store = SqlStore(engine)
    with _translated():
        if create is not None:
            store.create(create)
        store.require_version()
    return store


@contextmanager
def _translated() -> Iterator[None]:
    """Foreign errors as ours: a damaged file, or a system that refuses."""
    try:
        yield
    except SQLAlchemyError as error:
        orig = getattr(error, "orig", None)
        cause = str(orig or type(error).__name__)
        if str(getattr(orig, "sqlite_errorname", "")).startswith(_DAMAGED):
            raise IntegrityError(f"the operations store is damaged: {cause}", _RESTORE) from error
        raise NarrowgateError(
            ErrorCode.STORAGE, f"the operations store failed: {cause}", "nothing was changed; see `ledger fsck`"
        ) from error


T = TypeVar("T")


def _made(rows: Iterable[Any], make: Callable[[Any], T]) -> list[T]:
    """Rows as values of ours.

    Raises:
        IntegrityError: when a row cannot have been written by this store.
    """
    try:
        return [make(row) for row in rows]
    except (ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
        raise IntegrityError("the operations store holds what it never wrote", _RESTORE) from error


def _bytes(row: Any) -> bytes:  # noqa: ANN401 - a row of a query
    if not isinstance(row.bytes, bytes):
        raise TypeError("an entry is bytes")
    return row.bytes


def _numbers(text: str) -> pa.UInt64Array:
    """The numbers of a ``,`` list."""
    return pc.cast(pc.split_pattern(pa.array([text]), ",").flatten(), pa.uint64())


def _head(row: Any) -> TreeHead:  # noqa: ANN401 - a row of a query
    frontier = tuple(row.frontier[i : i + _HASH] for i in range(0, len(row.frontier), _HASH))
    return TreeHead(row.size, row.root, frontier, utc_time(row.time))


class SqlTransaction:
    """The port ``Transaction`` on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def append(self, entry: bytes, entry_id: str, before: TreeHead, after: TreeHead) -> None:
        """Appends a leaf by compare and swap of the head."""
        same = (t.TREE_HEAD.c.size == before.size) & (t.TREE_HEAD.c.root == before.root)
        moved = self._db.execute(update(t.TREE_HEAD).where(same).values(**_head_values(after)))
        if moved.rowcount != 1:
            raise IntegrityError("the ledger moved under a commit", "retry; if it recurs, run `ledger fsck`")
        self._db.execute(insert(t.ENTRY).values(idx=before.size, id=entry_id, bytes=entry))

    def put_events(self, events: Sequence[EventRow]) -> None:
        """Records the events beneath a leaf."""
        self._rows(insert(t.EVENT), [tuple(asdict(e).values()) for e in events], [f.name for f in fields(EventRow)])

    def register(self, kind: RegisterKind, key: str, body: Mapping[str, Json], entry: int) -> None:
        """A new body for a key."""
        text = json.dumps(body, sort_keys=True)
        self._db.execute(insert(t.REGISTER).values(kind=kind, key=key, body=text, entry=entry))

    def put_request(self, request: RequestRecord) -> None:
        """Records a request."""
        values = asdict(request) | {"received_at": utc_text(request.received_at)}
        self._db.execute(insert(t.REQUEST).values(**values))

    def put_rows(self, request: str, rows: Sequence[RowRecord]) -> None:
        """Records rows, or replaces them."""
        keys = [(request, r.row) for r in rows]
        known = self._db.execute(select(func.count()).where(t.ROW.c.request == request)).scalar_one()
        if known:
            gone = (t.ROW.c.request == bindparam("b_request")) & (t.ROW.c.row == bindparam("b_row"))
            self._rows(delete(t.ROW).where(gone), keys, ("b_request", "b_row"))
        self._rows(insert(t.ROW), [(request, *_ROW_VALUES(r)) for r in rows], ("request", *_ROW_FIELDS))

    def put_debits(self, kind: str, request: str, agency: str, debits: Sequence[Debit], at: datetime) -> None:
        """Spends guesses."""
        columns = ("kind", "pseudonym", "address", "agency", "request", "row", "at")
        when = utc_text(at)
        values = [(kind, d.pseudonym, d.address, agency, request, d.row, when) for d in debits]
        self._rows(insert(t.DEBIT), values, columns)

    def put_release(self, release: Release) -> None:
        """Records a tranche that left."""
        values = asdict(release) | {"files": json.dumps(release.files)}
        self._db.execute(insert(t.RELEASE).values(**values))

    def drop_pending(self, pending: str) -> None:
        """A pending decision is complete."""
        self._db.execute(delete(t.PENDING).where(t.PENDING.c.id == pending))

    def _rows(self, statement: Any, values: Sequence[tuple[Any, ...]], names: Sequence[str]) -> None:  # noqa: ANN401 - insert or delete
        """Runs a statement for many rows by the driver's own ``executemany``: the types need no conversion."""
        if not values:
            return
        compiled = statement.compile(dialect=self._db.dialect, column_keys=list(names))
        if compiled.positiontup is not None:
            order = [list(names).index(name) for name in compiled.positiontup]
            values = values if order == list(range(len(names))) else [tuple(v[i] for i in order) for v in values]
            self._db.exec_driver_sql(str(compiled), list(values))
        else:
            self._db.exec_driver_sql(str(compiled), [dict(zip(names, v, strict=True)) for v in values])


def _request(row: Any) -> RequestRecord:  # noqa: ANN401 - a row of a query
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name
    return RequestRecord(**(values | {"received_at": utc_time(row.received_at), "takes_id": bool(row.takes_id)}))


def _head_values(head: TreeHead) -> dict[str, object]:
    return {"size": head.size, "root": head.root, "frontier": b"".join(head.frontier), "time": utc_text(head.time)}


class SqlStore:
    """The port ``Store`` on an SQLAlchemy engine; with ``before``, its register as it was before that leaf."""

    def __init__(self, engine: Engine, before: int | None = None) -> None:
        self._engine, self._before = engine, before

    def close(self) -> None:
        """Lets the database go; its write-ahead log is folded into it."""
        self._engine.dispose()

    def create(self, head: TreeHead) -> None:
        """Makes the tables, and an empty log."""
        t.METADATA.create_all(self._engine)
        with self._engine.execution_options(writes=True).begin() as db:
            db.execute(insert(t.META).values(key="schema", value=str(t.SCHEMA_VERSION)))
            db.execute(insert(t.TREE_HEAD).values(id=1, **_head_values(head)))

    def require_version(self) -> None:
        """Refuses a store of another format version."""
        found = self._all(select(t.META.c.value).where(t.META.c.key == "schema"))
        if [row.value for row in found] != [str(t.SCHEMA_VERSION)]:
            raise IntegrityError("the operations store is of another format", "use the release that made this gate")

    @contextmanager
    def begin(self) -> Iterator[SqlTransaction]:
        """A write transaction."""
        with _translated(), self._engine.execution_options(writes=True).begin() as db:
            yield SqlTransaction(db)

    def head(self) -> TreeHead:
        """The head of the public log."""
        heads = _made(self._all(select(t.TREE_HEAD)), _head)
        if len(heads) != 1:
            raise IntegrityError("the operations store has lost its tree head", _RESTORE)
        return heads[0]

    def entries(self, start: int, stop: int) -> Iterable[bytes]:
        """Leaves in order."""
        wanted = (t.ENTRY.c.idx >= start) & (t.ENTRY.c.idx < stop)
        return _made(self._all(select(t.ENTRY.c.bytes).where(wanted).order_by(t.ENTRY.c.idx)), _bytes)

    def events(self, *, request: str = "", entry: int = -1) -> list[EventRow]:
        """Events in ledger order."""
        query = select(t.EVENT).order_by(t.EVENT.c.entry, t.EVENT.c.position)
        query = query.where(t.EVENT.c.request == request) if request else query
        query = query.where(t.EVENT.c.entry == entry) if entry >= 0 else query
        return _made(self._all(query), lambda r: EventRow(**(dict(r._mapping) | {"kind": EventKind(r.kind)})))  # noqa: SLF001 - SQLAlchemy's public name

    def registered(self, kind: RegisterKind) -> list[Registered]:
        """The newest body per key."""
        newest = {item.key: item for item in self.register_history(kind)}
        return sorted(newest.values(), key=lambda item: item.seq)

    def register_history(self, kind: RegisterKind) -> list[Registered]:
        """Every body of a kind."""
        query = select(t.REGISTER).where(t.REGISTER.c.kind == kind).order_by(t.REGISTER.c.seq)
        query = query if self._before is None else query.where(t.REGISTER.c.entry < self._before)
        return _made(self._all(query), lambda r: Registered(r.seq, kind, r.key, json.loads(r.body)))

    def register_leaves(self) -> list[int]:
        """The leaves that changed the register."""
        found = self._all(select(t.REGISTER.c.entry).distinct().order_by(t.REGISTER.c.entry))
        return _made(found, lambda row: int(row.entry))

    def as_of(self, entry: int) -> "SqlStore":
        """This store with its register as it was before a leaf."""
        return SqlStore(self._engine, entry)

    def requests(self) -> list[RequestRecord]:
        """Every request."""
        columns = [c for c in t.REQUEST.columns if c.name != "seq"]
        rows = self._all(select(*columns).order_by(t.REQUEST.c.seq))
        return _made(rows, _request)

    def rows(self, request: str, *, states: Sequence[str] = ()) -> list[RowRecord]:
        """Rows of a request by index."""
        query = select(*(t.ROW.c[name] for name in _ROW_FIELDS)).where(t.ROW.c.request == request).order_by(t.ROW.c.row)
        query = query.where(t.ROW.c.state.in_(list(states))) if states else query
        return _made(self._all(query), lambda row: RowRecord(*row))

    def standing(self, request: str) -> list[Standing]:
        """Rows of a request by how they stand: the database joins their numbers, one text a group."""
        c = t.ROW.c
        officer = case((c.state == RowState.RELEASED.value, c.officer), else_="")
        rows = func.aggregate_strings(cast(c.row, String), ",")
        alike = (c.state, c.decided_in, c.tranche, officer)
        query = select(*alike, rows).where(c.request == request).group_by(*alike)
        return _made(self._all(query), lambda r: Standing(RowState(r[0]).value, r[1], r[2], r[3], _numbers(r[4])))

    def row_counts(self, request: str) -> Mapping[str, int]:
        """State to number of rows."""
        query = select(t.ROW.c.state, func.count()).where(t.ROW.c.request == request).group_by(t.ROW.c.state)
        return {state: number for state, number in self._all(query)}  # noqa: C416 - rows are not pairs to mypy

    def open_subjects(self, agency: str) -> Mapping[str, set[bytes]]:
        """Officer to pseudonyms of open subjects; of none in the past."""
        if self._before is not None:
            return {}
        of_agency = t.ROW.c.request == t.REQUEST.c.ledger_id
        query = select(t.ROW.c.officer, t.ROW.c.subject).distinct().join(t.REQUEST, of_agency)
        query = query.where(t.REQUEST.c.agency == agency, t.ROW.c.state.in_([str(s) for s in _OPEN]))
        found: dict[str, set[bytes]] = {}
        for officer, subject in self._all(query):
            found.setdefault(officer, set()).add(subject)
        return found

    def spent(self, kind: str, pseudonyms: Sequence[bytes], since: datetime) -> list[Spent]:
        """Every guess spent on these pseudonyms since, oldest first."""
        c = t.DEBIT.c
        found: list[Any] = []
        for start in range(0, len(pseudonyms), _CHUNK):
            some = list(pseudonyms[start : start + _CHUNK])
            query = select(c.seq, c.pseudonym, c.address, c.agency, c.request, c.row)
            found += self._all(query.where(c.kind == kind, c.at >= utc_text(since), c.pseudonym.in_(some)))
        found.sort(key=lambda r: int(r.seq))
        return [Spent(r.pseudonym, r.address, r.agency, r.request, r.row) for r in found]

    def releases(self, request: str) -> list[Release]:
        """Tranches that left."""
        query = select(t.RELEASE).where(t.RELEASE.c.request == request).order_by(t.RELEASE.c.tranche)
        rows = self._all(query)
        return _made(rows, lambda r: Release(r.request, r.tranche, r.entry, r.rows, tuple(json.loads(r.files))))

    def pending(self) -> list[Pending]:
        """Decisions that wait; none in the past."""
        if self._before is not None:
            return []
        rows = self._all(select(t.PENDING).order_by(t.PENDING.c.since, t.PENDING.c.id))
        return _made(rows, lambda r: Pending(r.id, r.statement, json.loads(r.signatures), utc_time(r.since)))

    def put_pending(self, pending: Pending) -> None:
        """Keeps a first signature."""
        values = asdict(pending) | {
            "since": utc_text(pending.since),
            "signatures": json.dumps(dict(pending.signatures)),
        }
        with _translated(), self._engine.execution_options(writes=True).begin() as db:
            db.execute(delete(t.PENDING).where(t.PENDING.c.id == pending.id))
            db.execute(insert(t.PENDING).values(**values))

    def check(self) -> list[str]:
        """SQLite's own integrity check."""
        with _translated(), self._engine.connect() as db:
            found = [str(row[0]) for row in db.exec_driver_sql("PRAGMA integrity_check")]
        return [] if found == ["ok"] else found

    def _all(self, query: Any) -> list[Any]:  # noqa: ANN401 - any select
        with _translated(), self._engine.connect() as db:
            return list(db.execute(query))
