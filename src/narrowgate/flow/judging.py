"""Judging rows of an entered request again, by the law and the registers as they stand now."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import pyarrow as pa

from narrowgate.domain.books import RequestRecord
from narrowgate.domain.decision import Decided
from narrowgate.domain.parties import Agency
from narrowgate.domain.ports import Gate
from narrowgate.domain.request import Admitted
from narrowgate.domain.vocabulary import Element
from narrowgate.flow import casefile, editions, rulings
from narrowgate.law.decide import decide, refuse_unknown_basis
from narrowgate.law.findings import as_found

ONCE = frozenset({Element.REQUEST_TIMELY.value})
"""Elements judged at receipt and not again: a request does not age while it waits for the custodian's people."""


def signed_at(admitted: Admitted, agency: Agency | None, at: datetime) -> Admitted:
    """The request with its signature as it counts at ``at``: a key revoked since signs for nothing more."""
    office = agency.offices.get(admitted.head.office) if agency else None
    signed = admitted.signature_valid and office is not None and office.key.counts_at(at)
    return replace(admitted, signature_valid=signed)


NO_CAUSES: Sequence[Sequence[str]] = ()


def rejudge(
    gate: Gate,
    request: RequestRecord,
    rows: Sequence[int],
    at: datetime,
    causes: Sequence[Sequence[str]] = NO_CAUSES,
) -> Decided:
    """The law on these rows now, and what people found; row i of the result is row ``rows[i]`` of the request.

    Our own limits are not computed anew: what they held, people decided.

    Args:
        gate: an open gate, its lock held.
        request: of the books.
        rows: n indices in it.
        at: the reference time.
        causes: n lists of what still holds the rows (nothing, unless stated); what people found is added or taken out.
    """
    admitted = casefile.only(casefile.reopen(gate, request), rows)
    agency = rulings.agencies(gate).get(request.agency)
    admitted = signed_at(admitted, agency, at)
    circumstances = rulings.circumstances(gate, request.agency, request.basis, at, asked=admitted)
    pack = editions.adopted(gate, request.basis)
    subjects = [b""] * len(rows)
    decided = decide(admitted, circumstances, pack, subjects) if pack else refuse_unknown_basis(admitted, circumstances)
    unmet = [[e for e in elements if e not in ONCE] for elements in decided.unmet.to_pylist()]
    kind = pa.list_(pa.string())
    still = causes or [[]] * len(rows)
    decided = replace(decided, unmet=pa.array(unmet, kind), causes=pa.array(still, kind))
    return as_found(decided, circumstances, pack, gate.keys.pseudonym) if pack else decided
