"""Judging rows of an entered request again, by the law and the registers as they stand now."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import pyarrow as pa

from narrowgate.domain.books import RequestRecord
from narrowgate.domain.decision import Decided
from narrowgate.domain.ports import Gate
from narrowgate.domain.vocabulary import Element
from narrowgate.flow import casefile, editions, rulings
from narrowgate.law.decide import decide, refuse_unknown_basis

ONCE = frozenset({Element.REQUEST_TIMELY.value})
"""Elements judged at receipt and not again: a request does not age while it waits for the custodian's people."""


def rejudge(gate: Gate, request: RequestRecord, rows: Sequence[int], at: datetime) -> Decided:
    """The law on these rows now, without holds; row i of the result is row ``rows[i]`` of the request."""
    admitted = casefile.only(casefile.reopen(gate, request), rows)
    agency = rulings.agencies(gate).get(request.agency)
    office = agency.offices.get(request.office) if agency else None
    signed = admitted.signature_valid and office is not None and office.key.counts_at(at)
    admitted = replace(admitted, signature_valid=signed)  # a key revoked since signs for nothing more
    circumstances = rulings.circumstances(gate, request.agency, request.basis, at)
    pack = editions.adopted(gate, request.basis)
    subjects = [b""] * len(rows)
    decided = decide(admitted, circumstances, pack, subjects) if pack else refuse_unknown_basis(admitted, circumstances)
    unmet = [[e for e in elements if e not in ONCE] for elements in decided.unmet.to_pylist()]
    kind = pa.list_(pa.string())
    return replace(decided, unmet=pa.array(unmet, kind), causes=pa.array([[]] * len(rows), kind))
