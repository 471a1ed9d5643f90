"""Monitoring: what was confirmed of each batch that left, against the certificate it was answered under.

It tells of released rows alone, and of these only whether they were confirmed, and how those that were confirmed were
weighed: nothing of a row that was not, so that neither a shield nor a rival shows. It is for the custodian's officers,
and a look is entered before it is given (``viewing.inspect``).
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from narrowgate.domain.books import RegisterKind, RequestRecord, utc_text
from narrowgate.domain.certificate import Certificate, weight_bins
from narrowgate.domain.errors import IntegrityError
from narrowgate.domain.ports import Gate
from narrowgate.domain.vocabulary import RowState, Stratum
from narrowgate.flow import casefile
from narrowgate.flow.answering import answer_events, sealed
from narrowgate.linkage.binomial import upper_limit
from narrowgate.notary import unseal
from narrowgate.notary.entry import parse_entry

CONFIDENCE = 0.95
"""Of every limit: chance alone raises an alarm in at most one of twenty batches, each kind of alarm by itself."""
AWAY = 0.10
"""How far a batch may truly be from the cases of the certificate (total variation distance) before it is said."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of one request that left under one certificate.

    Attributes:
        name: of the request, as commands take it.
        certificate: digest of the one they were answered under.
        released, confirmed: rows that left, and those confirmed.
        weights: confirmed rows by weight, ``WEIGHT_BINS``.
        strata: confirmed rows in each stratum, in the order of ``Stratum``.
        left: when the first of them and the last left, as ``books.utc_text`` spells it.
    """

    name: str
    certificate: str
    released: int
    confirmed: int
    weights: tuple[int, ...]
    strata: tuple[int, ...]
    left: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Compared:
    """A batch against its certificate.

    Attributes:
        against: the certificate; None where the register has none of that digest.
        rate_limit: upper limit of the share of its requests that are confirmed.
        true_at_most: upper limit of the share of its requests that are true, by the certificate's recall.
        weights_away: total variation distance of its weights from the certificate's; None where there is nothing to
            compare. ``weights_limit`` is the distance from which on it is said.
        strata_away: by how much at least the share of confirmed rows in each stratum, in the order of ``Stratum``,
            differs from the certificate's: the gap between the two shares' exact confidence intervals.
        alarms: lines for people.
    """

    batch: Batch
    against: Certificate | None
    rate_limit: float
    true_at_most: float
    weights_away: float | None
    weights_limit: float
    strata_away: tuple[float, ...]
    alarms: tuple[str, ...]


def monitored(gate: Gate, request: RequestRecord | None = None) -> list[Compared]:
    """Every batch that left, of one request or of all, in the order of the books, against its certificate."""
    certificates = _certificates(gate)
    requests = [request] if request else gate.store.requests()
    return [compared(b, certificates.get(b.certificate)) for r in requests for b in _batches(gate, r)]


def compared(batch: Batch, against: Certificate | None) -> Compared:
    """A batch against its certificate.

    1. By its recall and the limit of the batch's confirm rate: how many of the requests can be true at most. Below the
       certificate's ``prevalence_floor`` wrong confirmations may exceed the bound.
    2. The weights of its confirmed rows, and their strata, against those of the certificate's confirmed cases.
    """
    rate = upper_limit(batch.confirmed, batch.released, CONFIDENCE)
    if against is None:
        return Compared(batch, None, rate, 1.0, None, 1.0, (), ("the register has no such certificate",))
    true = min(1.0, rate / against.recall) if against.recall else 1.0
    alarms = []
    if true < against.prevalence_floor:  # 1
        floor = against.prevalence_floor
        alarms.append(f"at most {true:.1%} of its requests can be true, and the bound holds down to {floor:.1%}")
    limit, away = _limit(batch.weights, against.weights_seen), _distance(batch.weights, against.weights_seen)  # 2
    if away is not None and away > limit:
        alarms.append(f"the weights of its confirmed rows are {away:.1%} away from the certificate's")
    apart = _strata_away(batch, against)
    for stratum, gap in zip(Stratum, apart, strict=False):
        if gap > AWAY:
            name = stratum.value.replace("_", " ")
            alarms.append(f"the share of {name} among its confirmed rows is at least {gap:.1%} away")
    return Compared(batch, against, rate, true, away, limit, apart, tuple(alarms))


def _certificates(gate: Gate) -> Mapping[str, Certificate]:
    history = gate.store.register_history(RegisterKind.CERTIFICATE)
    return {str(item.body["digest"]): Certificate.from_json(str(item.body["certificate"])) for item in history}


def _batches(gate: Gate, request: RequestRecord) -> Iterator[Batch]:
    """The released rows of a request, by the certificate they were answered under."""
    rows = gate.store.rows(request.ledger_id, states=[RowState.RELEASED.value])
    if not rows:
        return
    answers = _answers(gate, request, {r.row: r.answered_in for r in rows})
    times = [_time(gate, release.entry) for release in gate.store.releases(request.ledger_id)]
    name = f"{request.agency}/{request.request_id}" if request.takes_id else request.ledger_id
    for digest in pc.unique(answers["certificate"]).to_pylist():
        mine = answers.filter(pc.equal(answers["certificate"], digest))
        confirmed = mine.filter(mine["confirmed"])
        mask = np.asarray(pc.fill_null(confirmed["strata"], 0).combine_chunks())
        yield Batch(
            name,
            digest,
            mine.num_rows,
            confirmed.num_rows,
            weight_bins(confirmed["weight"].drop_null().to_pylist()),
            tuple(int((mask >> bit & 1).sum()) for bit in range(len(Stratum))),
            (min(times), max(times)),
        )


def _answers(gate: Gate, request: RequestRecord, answered_in: Mapping[int, int]) -> pa.Table:
    """Row, certificate, bit, weight and strata of every released row, from the seals.

    Raises:
        IntegrityError: when an answer in the books was never entered.
    """
    key, found = casefile.request_key(gate, request), []
    for event in answer_events(gate, request):
        mine = pa.array(sorted(r for r, entry in answered_in.items() if entry == event.entry), pa.uint64())
        if not len(mine):
            continue
        table = unseal.rows(gate, event, key).select(["row", "certificate", "confirmed"])
        table = table.filter(pc.is_in(table["row"], value_set=mine))
        match = sealed(gate, event, key)
        place = pc.index_in(table["row"], value_set=match["row"].combine_chunks())
        found.append(
            table.append_column("weight", match["weight"].take(place)).append_column("strata", _strata(match, place))
        )
    answers = pa.concat_tables(found) if found else pa.table({"row": pa.array([], pa.uint64())})
    if set(answers["row"].to_pylist()) != set(answered_in):
        raise IntegrityError("an answer in the books was never entered", "run `narrowgate ledger fsck`")
    return answers


def _strata(match: pa.Table, place: pa.ChunkedArray) -> pa.ChunkedArray:
    """The strata of the rows at ``place``; null where answers were sealed before strata were."""
    if "strata" in match.column_names:
        return match["strata"].take(place)
    return pa.chunked_array([pa.nulls(len(place), pa.uint8())])


def _time(gate: Gate, entry: int) -> str:
    return next(utc_text(parse_entry(leaf).time) for leaf in gate.store.entries(entry, entry + 1))


def _distance(ones: Sequence[int], others: Sequence[int]) -> float | None:
    """Total variation distance of two histograms; None where either counts nothing."""
    if not sum(ones) or not sum(others) or len(ones) != len(others):
        return None
    return sum(abs(a / sum(ones) - b / sum(others)) for a, b in zip(ones, others, strict=True)) / 2


def _limit(ones: Sequence[int], others: Sequence[int]) -> float:
    """From which distance on two histograms differ by more than ``AWAY``.

    What chance adds is at most its mean, by Jensen's inequality half the sum of the bins' standard deviations, and what
    McDiarmid's inequality allows beyond (*On the method of bounded differences*, 1989).
    """
    if not sum(ones) or not sum(others) or len(ones) != len(others):
        return 1.0
    spread = 1 / sum(ones) + 1 / sum(others)
    pooled = [(a + b) / (sum(ones) + sum(others)) for a, b in zip(ones, others, strict=True)]
    mean = sum(math.sqrt(p * (1 - p) * spread) for p in pooled) / 2
    return AWAY + mean + math.sqrt(math.log(1.0 / (1.0 - CONFIDENCE)) * spread / 2)


def _strata_away(batch: Batch, against: Certificate) -> tuple[float, ...]:
    """Per stratum the gap between the intervals of the two shares; nothing where either confirmed nobody."""
    if not batch.confirmed or not against.confirmed:
        return ()
    seen = {found.stratum: found.confirmed if found.opened else 0 for found in against.strata}
    gaps = []
    for stratum, here in zip(Stratum, batch.strata, strict=True):
        low, high = _interval(here, batch.confirmed)
        least, most = _interval(seen.get(stratum, 0), against.confirmed)
        gaps.append(max(0.0, low - most, least - high))
    return tuple(gaps)


def _interval(count: int, of: int) -> tuple[float, float]:
    """A share's lower and upper confidence limit."""
    return 1.0 - upper_limit(of - count, of, CONFIDENCE), upper_limit(count, of, CONFIDENCE)
