"""The one bit. These types cannot carry a record: their fields are a row index and a boolean, checked exactly."""

from dataclasses import dataclass

import pyarrow as pa

ANSWER_SCHEMA = pa.schema(
    [
        pa.field("row", pa.uint64(), nullable=False),
        pa.field("confirmed", pa.bool_(), nullable=False),
    ]
)


@dataclass(frozen=True, slots=True)
class Answer:
    """One row's answer: *confirmed* or *not confirmed* the address that the requester supplied.

    Raises:
        TypeError: when a field is anything but a non-negative ``int`` and a ``bool``.
    """

    row: int
    confirmed: bool

    def __post_init__(self) -> None:
        if type(self.row) is not int or self.row < 0 or type(self.confirmed) is not bool:
            raise TypeError("an answer is a row index and one bit")


@dataclass(frozen=True, slots=True)
class Answers:
    """A batch of answers: an Arrow table of ``ANSWER_SCHEMA`` and of nothing else.

    Raises:
        TypeError: when the schema differs in any way, metadata included.
    """

    table: pa.Table

    def __post_init__(self) -> None:
        if not isinstance(self.table, pa.Table) or not self.table.schema.equals(ANSWER_SCHEMA, check_metadata=True):
            raise TypeError("answers are row indices and bits")
        if self.table.schema.metadata or any(f.metadata for f in self.table.schema):
            raise TypeError("answers carry no metadata")

    def __iter__(self) -> "AnswerIterator":
        return AnswerIterator(self.table)


class AnswerIterator:
    """Walks a batch as single ``Answer`` values."""

    def __init__(self, table: pa.Table) -> None:
        self._pairs = zip(table["row"].to_pylist(), table["confirmed"].to_pylist(), strict=True)

    def __iter__(self) -> "AnswerIterator":
        return self

    def __next__(self) -> Answer:
        row, confirmed = next(self._pairs)
        return Answer(row, confirmed)
