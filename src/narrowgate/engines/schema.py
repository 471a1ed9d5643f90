"""The tables of the operations store, once for every database that SQLAlchemy Core speaks to."""

from sqlalchemy import Column, Index, Integer, LargeBinary, MetaData, String, Table, Text

SCHEMA_VERSION = 1

METADATA = MetaData()

META = Table("meta", METADATA, Column("key", String, primary_key=True), Column("value", String, nullable=False))

TREE_HEAD = Table(
    "tree_head",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("size", Integer, nullable=False),
    Column("root", LargeBinary, nullable=False),
    Column("frontier", LargeBinary, nullable=False),
    Column("time", String, nullable=False),
)

ENTRY = Table(
    "entry",
    METADATA,
    Column("idx", Integer, primary_key=True, autoincrement=False),
    Column("id", String, nullable=False, unique=True),
    Column("bytes", LargeBinary, nullable=False),
)

EVENT = Table(
    "event",
    METADATA,
    Column("entry", Integer, primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("entry_id", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("request", String, nullable=False, index=True),
    Column("wrapped_key", LargeBinary, nullable=False),
)

REGISTER = Table(
    "register",
    METADATA,
    Column("seq", Integer, primary_key=True),
    Column("kind", String, nullable=False),
    Column("key", String, nullable=False),
    Column("body", Text, nullable=False),
    Column("entry", Integer, nullable=False),
)

PENDING = Table(
    "pending",
    METADATA,
    Column("id", String, primary_key=True),
    Column("statement", LargeBinary, nullable=False),
    Column("signatures", Text, nullable=False),
    Column("since", String, nullable=False),
)

REQUEST = Table(
    "request",
    METADATA,
    Column("seq", Integer, primary_key=True),
    Column("ledger_id", String, nullable=False, unique=True),
    Column("agency", String, nullable=False),
    Column("request_id", String, nullable=False),
    Column("digest", String, nullable=False),
    Column("basis", String, nullable=False),
    Column("takes_id", Integer, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("office", String, nullable=False),
    Column("pack_digest", String, nullable=False),
    Column("received_at", String, nullable=False),
    Column("wrapped_key", LargeBinary, nullable=False),
)

ROW = Table(
    "request_row",
    METADATA,
    Column("request", String, primary_key=True),
    Column("row", Integer, primary_key=True, autoincrement=False),
    Column("state", String, nullable=False),
    Column("unmet", String, nullable=False),
    Column("causes", String, nullable=False),
    Column("officer", String, nullable=False),
    Column("subject", LargeBinary, nullable=False),
    Column("decided_in", Integer, nullable=False),
    Column("answered_in", Integer, nullable=False),
    Column("first_request", String, nullable=False),
    Column("first_row", Integer, nullable=False),
    Column("tranche", Integer, nullable=False),
)

DEBIT = Table(
    "debit",
    METADATA,
    Column("seq", Integer, primary_key=True),
    Column("kind", String, nullable=False),
    Column("pseudonym", LargeBinary, nullable=False),
    Column("address", LargeBinary, nullable=False),
    Column("agency", String, nullable=False),
    Column("request", String, nullable=False),
    Column("row", Integer, nullable=False),
    Column("at", String, nullable=False),
    Index("debit_by_pseudonym", "kind", "pseudonym"),
)

RELEASE = Table(
    "release",
    METADATA,
    Column("request", String, primary_key=True),
    Column("tranche", Integer, primary_key=True, autoincrement=False),
    Column("entry", Integer, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("files", Text, nullable=False),
)
