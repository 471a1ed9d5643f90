"""What a row tree commits to: the canonical bytes of each row's decision and of each row's answer.

The sealed table of an event and these functions give back exactly the bytes that were committed to: ``fsck`` and
receipts rely on it. Bodies of answers have one length whatever the answer, so that nothing can be told from a size.
"""

import json
from collections.abc import Iterator

import pyarrow as pa

from narrowgate.domain.vocabulary import Outcome
from narrowgate.notary.commitments import RowTree

DECISION_SCHEMA = pa.schema(
    [
        pa.field("row", pa.uint64(), nullable=False),  # index in the request
        pa.field("label", pa.string(), nullable=False),  # the requester's row label
        pa.field("request_row", pa.binary(32), nullable=False),  # SHA-256 of the row's JCS array
        pa.field("facts", pa.uint64(), nullable=False),
        pa.field("unmet", pa.list_(pa.string()), nullable=False),
        pa.field("causes", pa.list_(pa.string()), nullable=False),
        pa.field("pack", pa.string(), nullable=False),  # digest of the edition
    ]
)

ANSWER_ROW_SCHEMA = pa.schema(
    [
        pa.field("row", pa.uint64(), nullable=False),
        pa.field("label", pa.string(), nullable=False),
        pa.field("request_row", pa.binary(32), nullable=False),
        pa.field("decision", pa.binary(32), nullable=False),  # hash of the decision's leaf
        pa.field("certificate", pa.string(), nullable=False),
        pa.field("confirmed", pa.bool_(), nullable=False),
        pa.field("cause", pa.string(), nullable=False),  # the true cause: sealed, and no part of the body
    ]
)

_WIDTH = max(len(Outcome.CONFIRMED), len(Outcome.NOT_CONFIRMED))
_OUTCOME = {
    bit: f'"outcome":"{name}","pad":"{" " * (_WIDTH - len(name))}"'
    for bit, name in ((True, Outcome.CONFIRMED), (False, Outcome.NOT_CONFIRMED))
}
_quote = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def decision_bodies(table: pa.Table) -> Iterator[tuple[int, bytes]]:
    """(row, JCS bytes) of each decision; ``table`` is of ``DECISION_SCHEMA``."""
    columns = (table[name].to_pylist() for name in DECISION_SCHEMA.names)
    for row, label, request_row, facts, unmet, causes, pack in zip(*columns, strict=True):
        yield (
            row,
            (
                f'{{"causes":{_quote(causes)},"facts":"{facts:016x}","label":{_quote(label)},"pack":"{pack}",'
                f'"request_row":"{request_row.hex()}","row":{row},"unmet":{_quote(unmet)}}}'
            ).encode(),
        )


def answer_bodies(table: pa.Table) -> Iterator[tuple[int, bytes]]:
    """(row, JCS bytes) of each answer; ``table`` is of ``ANSWER_ROW_SCHEMA``."""
    columns = (table[name].to_pylist() for name in ANSWER_ROW_SCHEMA.names[:-1])
    for row, label, request_row, decision, certificate, confirmed in zip(*columns, strict=True):
        yield (
            row,
            (
                f'{{"certificate":"{certificate}","decision":"{decision.hex()}","label":{_quote(label)},'
                f'{_OUTCOME[confirmed]},"request_row":"{request_row.hex()}","row":{row}}}'
            ).encode(),
        )


def row_tree(key: bytes, label: str, table: pa.Table) -> RowTree:
    """The row tree of a sealed table of decisions or of answers."""
    bodies = decision_bodies(table) if table.schema.equals(DECISION_SCHEMA) else answer_bodies(table)
    return RowTree.build(key, label, bodies)
