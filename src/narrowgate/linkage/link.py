"""The door of linkage: Mandate + Entered -> Match."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa

from narrowgate.domain.certificate import Certificate
from narrowgate.domain.decision import Mandate
from narrowgate.domain.entered import Entered
from narrowgate.domain.match import MATCH_SCHEMA, Match
from narrowgate.domain.vocabulary import Element, Verdict
from narrowgate.linkage.arrays import I32, I64
from narrowgate.linkage.decide import NO_WEIGHT, NOBODY, Found
from narrowgate.linkage.residence import When
from narrowgate.linkage.search import search
from narrowgate.linkage.snapshot import Snapshot
from narrowgate.linkage.strata import Mask, mask_of, strata_of
from narrowgate.linkage.weights import COMPARISONS

DAYS_A_YEAR = 365.25
OLDEST_YEARS = 3
"""How old a confirmable address may be where the pack has no periods."""
_SHOWN = frozenset({Verdict.UNIQUE, Verdict.AMBIGUOUS, Verdict.UNCERTIFIED})
"""Verdicts of which it is kept who was found, and how he was weighed."""


def link(
    mandate: Mandate,
    entered: Entered,
    snapshot: Snapshot,
    certificate: Certificate,
    *,
    oldest_years: int = OLDEST_YEARS,
    progress: Callable[[int], None] = lambda _rows: None,
) -> Match:
    """Link every row of the mandate, and no other.

    1. The request must be in the ledger, with its rows: ``entered`` proves it.
    2. Rows are searched; which dates count follows from the pack (domain/law.md, *Period*).
    3. The certified threshold makes verdicts of what was found; where a row lies in a stratum that the certificate
       leaves closed, nobody is confirmed (docs/adr/0061).

    Whether the certificate is valid is the caller's question (``certify.is_valid``); this uses its threshold.

    Raises:
        ValueError: when ``entered`` is about another request, or proves no rows.
    """
    if entered.request_digest != mandate.request_digest or not entered.row_root:  # 1
        raise ValueError("linkage needs the entry of this very request, with its rows")
    admitted = mandate.decided.admitted
    subjects, typed = admitted.subjects.take(mandate.rows), admitted.typed.take(mandate.rows)
    when = _when(mandate, typed, oldest_years)
    found, passes = search(subjects, typed, snapshot, when, certificate.threshold, progress)  # 2
    strata = strata_of(typed, found, snapshot, when)
    numbers = mandate.rows.to_numpy().astype(np.int64)
    return Match(  # 3
        _table(found, numbers, strata, certificate),
        COMPARISONS,
        pa.table({"row": pa.array(numbers[passes.row], pa.uint64()), "person": pa.array(passes.person, pa.int64())}),
        snapshot.digest,
        certificate.digest,
        certificate.threshold,
    )


def _when(mandate: Mandate, typed: pa.Table, oldest_years: int) -> When:
    by_period = any(c.element is Element.TAXABLE_PERIOD_STATED for c in mandate.decided.citations)
    at = np.datetime64(mandate.decided.admitted.received_at.date(), "D").astype(np.int64)
    oldest = int(at - round(oldest_years * DAYS_A_YEAR))
    return When(typed["periods"].to_numpy().astype(np.uint64), oldest, np.full(len(typed), by_period))


def _table(found: Found, rows: I64, strata: Mask, certificate: Certificate) -> pa.Table:
    verdicts = _verdicts(found, strata, certificate)
    shown = np.array([v in _SHOWN for v in verdicts], np.bool_)
    rivalled = shown & (found.runner_up > NO_WEIGHT)
    columns = [
        pa.array(rows, pa.uint64()),
        pa.array([v.value for v in verdicts], pa.string()),
        pa.array(found.person, pa.int64(), mask=~shown | (found.person == NOBODY)),
        pa.array(found.weight, pa.int32(), mask=~shown),
        pa.array(found.runner_up, pa.int32(), mask=~rivalled),
        _lists(found.waterfall, shown),
        pa.array(strata, pa.uint8(), mask=~shown),
    ]
    return pa.Table.from_arrays(columns, schema=MATCH_SCHEMA)


def _verdicts(found: Found, strata: Mask, certificate: Certificate) -> list[Verdict]:
    """The verdict on each row; nobody is unique in a stratum that is closed."""
    outside = (strata & mask_of(certificate.closed)) != 0
    verdicts = found.verdicts(certificate.threshold)
    return [
        Verdict.UNCERTIFIED if closed and verdict is Verdict.UNIQUE else verdict
        for verdict, closed in zip(verdicts, outside.tolist(), strict=True)
    ]


def _lists(waterfall: I32, shown: np.typing.NDArray[np.bool_]) -> pa.ListArray:
    """Lists of the rows shown, null elsewhere."""
    offsets = np.concatenate((np.zeros(1, np.int64), np.cumsum(np.where(shown, waterfall.shape[1], 0))))
    starts = pa.array(offsets.astype(np.int32), pa.int32(), mask=np.append(~shown, False))
    return pa.ListArray.from_arrays(starts, pa.array(waterfall[shown].ravel(), pa.int32()))
