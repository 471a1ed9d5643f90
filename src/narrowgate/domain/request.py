"""A request as it is after intake: what was said, who said it, and what of it could be used.

Columns and formats: the request package, narrowgate-request/1.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from narrowgate.domain.vocabulary import Attests

REQUEST_FORMAT = "narrowgate-request/1"

SUBJECT_COLUMNS = (
    "row",
    "surname",
    "given_name",
    "middle_name",
    "suffix",
    "date_of_birth",
    "tin",
    "address_line_1",
    "address_line_2",
    "city",
    "state",
    "zip",
    "taxable_periods",
    "removal_order_date",
    "order_ground",
    "case_number",
    "case_opened",
    "officer",
    "reason",
)

RECORD_COLUMNS = (
    "person_id",
    "surname",
    "given_name",
    "middle_name",
    "suffix",
    "date_of_birth",
    "tin",
    "address_line_1",
    "address_line_2",
    "city",
    "state",
    "zip",
    "as_of",
)

PERIOD_EPOCH = 1990
"""Bit n of a period mask is the taxable year 1990 + n; 64 years fit."""

TYPED_SCHEMA = pa.schema(
    [
        pa.field("birth_date", pa.date32()),
        pa.field("order_date", pa.date32()),
        pa.field("case_opened", pa.date32()),
        pa.field("periods", pa.uint64(), nullable=False),
    ]
)
"""What intake parsed once: null (or no period bit) where the cell was blank or unusable."""


@dataclass(frozen=True, slots=True)
class RequestHead:
    """``request.json``, parsed. Blank or missing statements are empty strings; the law judges them.

    Attributes:
        digest: hex SHA-256 of the bytes of ``request.json``.
        made_at: aware time with the offset that was signed, or None when missing or unreadable.
    """

    request_id: str
    custodian: str
    agency: str
    basis: str
    office: str
    signer_name: str
    made_at: datetime | None
    purpose: str
    criminal_statute: str
    statutory_authority: str
    order: Mapping[str, object] | None
    supersedes: str
    details: Mapping[str, object]
    digest: str


@dataclass(frozen=True, slots=True)
class Admitted:
    """What intake lets through to the law: one row a person, defects as data.

    Attributes:
        head: the request's statements.
        subjects: n rows of non-null strings, ``SUBJECT_COLUMNS`` then ``x_`` columns sorted; blank and unusable
            cells are ``""``.
        typed: n rows of ``TYPED_SCHEMA``.
        well_formed: n booleans; False where a cell was unusable.
        signature_valid: the office's signature over ``request.json`` held at receipt.
        attested: officer id to the words he attested over exactly his rows, valid signatures only.
        received_at: aware UTC reference time of the batch.
        order_attached: the file that ``order`` names came with the package, and is of the digest stated there.
    """

    head: RequestHead
    subjects: pa.Table
    typed: pa.Table
    well_formed: pa.BooleanArray
    signature_valid: bool
    attested: Mapping[str, frozenset[Attests]]
    received_at: datetime
    order_attached: bool = False

    @property
    def rows(self) -> int:
        """How many persons are asked about."""
        return int(self.subjects.num_rows)


_encode_row = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def row_texts(subjects: pa.Table) -> Iterator[bytes]:
    """Each row as the JCS array of its cells (RFC 8785: for strings, plain minimal JSON), in file order.

    What attestations and ledger entries are over: columns as in ``SUBJECT_COLUMNS``, then ``x_`` columns sorted.
    """
    for batch in subjects.to_batches(max_chunksize=2**16):
        columns = [column.to_pylist() for column in batch.columns]
        for cells in zip(*columns, strict=True):
            yield _encode_row(cells).encode()
