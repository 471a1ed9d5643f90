"""What the law stage says: a mandate, a refusal that cites, or a hold. Verdicts are values with their reasons.

Per batch a ``Decided`` carries one verdict a row; ``Mandate`` is the only key to linkage, and covers lawful rows alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc

from narrowgate.domain.request import Admitted
from narrowgate.domain.vocabulary import Element, HoldCause


@dataclass(frozen=True, slots=True)
class Citation:
    """An element and where the law says it."""

    element: Element
    cite: str
    text: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """No answer, and every element that failed, sorted by id."""

    unmet: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Hold:
    """No answer yet: people decide. Our policy, never dressed as law."""

    causes: tuple[HoldCause, ...]


@dataclass(frozen=True, slots=True)
class Decided:
    """The law's verdict on each row of a batch.

    Attributes:
        admitted: what was judged.
        pack_id, pack_digest: the edition it was judged under.
        facts: n unsigned 64-bit vectors; bit k is the k-th fact of ``fact_ids``.
        unmet: n sorted lists of element ids; an empty list is lawful.
        causes: n sorted lists of hold causes; an empty list does not wait.
        citations: one per element of the pack, for refusals.
    """

    admitted: Admitted
    pack_id: str
    pack_digest: str
    fact_ids: tuple[str, ...]
    facts: pa.UInt64Array
    unmet: pa.ListArray
    causes: pa.ListArray
    citations: tuple[Citation, ...]

    def lawful(self) -> pa.BooleanArray:
        """N booleans: no element is unmet."""
        return pc.equal(pc.list_value_length(self.unmet), 0)

    def waiting(self) -> pa.BooleanArray:
        """N booleans: lawful, and held by policy."""
        return pc.and_(self.lawful(), pc.greater(pc.list_value_length(self.causes), 0))

    def refusal(self, row: int) -> Refusal | None:
        """The refusal of row index ``row``, or None where every element is met."""
        ids = self.unmet[row].as_py()
        known = {c.element.value: c for c in self.citations}
        return Refusal(tuple(known[i] for i in ids)) if ids else None

    def hold(self, row: int) -> Hold | None:
        """The hold on row index ``row``, or None."""
        ids = self.causes[row].as_py()
        return Hold(tuple(HoldCause(i) for i in ids)) if ids and self.refusal(row) is None else None

    def with_hold(self, cause: HoldCause, rows: pa.BooleanArray) -> "Decided":
        """The same, with a further cause on the rows where ``rows`` (n booleans) is true."""
        return self._moved(rows, lambda known: sorted({*known, cause.value}))

    def without_hold(self, cause: HoldCause, rows: pa.BooleanArray) -> "Decided":
        """The same, without a cause on the rows where ``rows`` (n booleans) is true."""
        return self._moved(rows, lambda known: [other for other in known if other != cause.value])

    def _moved(self, rows: pa.BooleanArray, change: Callable[[list[str]], list[str]]) -> "Decided":
        """The same, with the causes of some rows changed: once a distinct list of causes, not once a row."""
        codes = pc.dictionary_encode(pc.binary_join(self.causes, ";"))
        distinct = [text.split(";") if text else [] for text in codes.dictionary.to_pylist()]
        lists = pa.array(distinct + [change(known) for known in distinct], pa.list_(pa.string()))
        moved = pc.multiply(pc.cast(pc.fill_null(rows, False), pa.int32()), len(distinct))
        return replace(self, causes=lists.take(pc.add(codes.indices, moved)))

    def under(self, fact_ids: tuple[str, ...]) -> "Decided":
        """The same, with the facts of its vectors named."""
        return replace(self, fact_ids=fact_ids)

    def mandate(self) -> "Mandate":
        """The mandate over every row that is lawful and does not wait."""
        free = pc.and_(self.lawful(), pc.invert(self.waiting()))
        return Mandate(self, pa.array(pc.indices_nonzero(free), pa.uint64()))


@dataclass(frozen=True, slots=True)
class Mandate:
    """Leave to touch the records, for exactly these rows of this request.

    Raises:
        ValueError: when a row is refused, waits, or does not exist. A mandate over such a row cannot be made.

    Attributes:
        decided: the batch.
        rows: m sorted, distinct row indices (uint64).
    """

    decided: Decided
    rows: pa.UInt64Array

    def __post_init__(self) -> None:
        indices: Sequence[int] = self.rows.to_pylist()
        if list(indices) != sorted(set(indices)) or (indices and indices[-1] >= self.decided.admitted.rows):
            raise ValueError("a mandate names each existing row once, in order")
        free = pc.and_(self.decided.lawful(), pc.invert(self.decided.waiting()))
        if not pc.all(free.take(self.rows), min_count=0).as_py():
            raise ValueError("no mandate over a row that is refused or held")

    @property
    def request_digest(self) -> str:
        """Hex SHA-256 of the request this mandate stands on."""
        return self.decided.admitted.head.digest
