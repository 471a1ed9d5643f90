"""What linkage found, row by row: sealed, never part of an answer."""

from dataclasses import dataclass

import pyarrow as pa

MATCH_SCHEMA = pa.schema(
    [
        pa.field("row", pa.uint64(), nullable=False),  # index of the row in the request
        pa.field("verdict", pa.string(), nullable=False),  # vocabulary.Verdict
        pa.field("person", pa.int64()),  # index in the snapshot; null unless unique, ambiguous or uncertified
        pa.field("weight", pa.int32()),  # log2 Bayes factor in thousandths, quantised
        pa.field("runner_up", pa.int32()),  # likewise, of the best rival person; null when there is none
        pa.field("waterfall", pa.list_(pa.int32())),  # weight in thousandths per comparison, order of ``comparisons``
        pa.field("strata", pa.uint8()),  # a bit a stratum, order of vocabulary.Stratum; null like ``person``
    ]
)


@dataclass(frozen=True, slots=True)
class Match:
    """Verdicts of linkage for the rows of a mandate.

    Attributes:
        table: m rows of ``MATCH_SCHEMA``, in the mandate's order.
        comparisons: names of the waterfall's columns.
        name_passes: two columns ``row`` (uint64) and ``person`` (int64): every record person whose name passes for
            that row, whatever the address; what the guess budget of minimise counts.
        snapshot_digest, certificate_digest: what was used.
        threshold: the certified weight in thousandths.
    """

    table: pa.Table
    comparisons: tuple[str, ...]
    name_passes: pa.Table
    snapshot_digest: str
    certificate_digest: str
    threshold: int
