"""The law stage: what intake admitted becomes a verdict a row, under one edition of one basis.

1. Derive the facts and evaluate them: each row is lawful, or refused under every element that is unmet.
2. Compute our own limits: lawful rows that touch one wait for people.
3. Both go into ``Decided``, the only source of a ``Mandate``.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from narrowgate.domain.circumstances import Circumstances
from narrowgate.domain.decision import Citation, Decided
from narrowgate.domain.errors import IntegrityError
from narrowgate.domain.request import Admitted
from narrowgate.domain.vocabulary import Element, HoldCause
from narrowgate.law.evaluate import derive, evaluate
from narrowgate.law.pack import Pack
from narrowgate.law.policy import holds
from narrowgate.law.values import Bools

Extra = Mapping[HoldCause, pa.BooleanArray]
_NO_EXTRA: Extra = {}


def decide(
    admitted: Admitted,
    circumstances: Circumstances,
    pack: Pack,
    subject_pseudonyms: Sequence[bytes],
    extra_holds: Extra = _NO_EXTRA,
) -> Decided:
    """Decide every row.

    Args:
        admitted: n rows.
        circumstances: who is registered, adopted, stayed and limited at the batch's reference time.
        pack: the edition to judge under; an edition that is not the adopted one refuses under ``basis_adopted``.
        subject_pseudonyms: n pseudonyms of the persons as stated, for the caseload.
        extra_holds: further causes, n booleans each; they hold lawful rows only.

    Raises:
        IntegrityError: when lengths do not agree, or the law's two evaluations do not.
    """
    if len(subject_pseudonyms) != admitted.rows or any(len(held) != admitted.rows for held in extra_holds.values()):
        raise IntegrityError("pseudonyms and holds must be one a row")
    registered = circumstances.agency.id if circumstances.agency else ""
    verdicts = evaluate(derive(admitted, circumstances, pack), pack, admitted.head.agency, registered)
    lawful: Bools = np.asarray(pc.equal(pc.list_value_length(verdicts.unmet), 0), np.bool_)
    found = dict(holds(admitted, circumstances, lawful, subject_pseudonyms))
    for cause, held in extra_holds.items():
        found[cause] = found.get(cause, np.zeros_like(lawful)) | (
            np.asarray(pc.fill_null(held, True), np.bool_) & lawful
        )
    return Decided(
        admitted=admitted,
        pack_id=pack.id,
        pack_digest=pack.digest,
        fact_ids=pack.facts,
        facts=verdicts.facts,
        unmet=verdicts.unmet,
        causes=_lists(found, admitted.rows),
        citations=pack.citations,
    )


def _lists(found: Mapping[HoldCause, Bools], rows: int) -> pa.ListArray:
    """Booleans per cause, as one sorted list of causes a row."""
    causes = sorted(found)
    vectors = np.zeros(rows, np.uint64)
    for bit, cause in enumerate(causes):
        vectors |= found[cause].astype(np.uint64) << np.uint64(bit)
    distinct, which = np.unique(vectors, return_inverse=True)
    lists = [[cause.value for bit, cause in enumerate(causes) if int(vector) >> bit & 1] for vector in distinct]
    return pa.array(lists, pa.list_(pa.string())).take(pa.array(which))


_FORM = "form of the request, narrowgate-request/1"
_NOT_ADOPTED = Citation(
    Element.BASIS_ADOPTED,
    _FORM,
    "the basis is a paragraph of law that this custodian has adopted; the records are closed",
)
_NOT_SIGNED = Citation(Element.SIGNATURE_VALID, _FORM, "the registered key of the office named signed this request")


def citations(pack: Pack | None) -> tuple[Citation, ...]:
    """Every citation that a refusal under a pack can need; without one, those of ``refuse_unknown_basis``."""
    return pack.citations if pack else (_NOT_ADOPTED, _NOT_SIGNED)


def refuse_unknown_basis(admitted: Admitted, _circumstances: Circumstances) -> Decided:
    """Refuse every row of a request whose basis no pack knows; for its signature too where that does not hold."""
    return refuse_all(admitted, (_NOT_ADOPTED,) if admitted.signature_valid else (_NOT_ADOPTED, _NOT_SIGNED))


def refuse_all(admitted: Admitted, elements: Sequence[Citation]) -> Decided:
    """Refuse every row under the same elements, each with where the law says it.

    No fact is derived and no limit is computed, for there is no pack that would say which.

    Raises:
        IntegrityError: when no element is given; a refusal has a reason.
    """
    if not elements:
        raise IntegrityError("a refusal has at least one element")
    unmet = sorted({citation.element.value for citation in elements})
    kind = pa.list_(pa.string())
    return Decided(
        admitted=admitted,
        pack_id="",
        pack_digest="",
        fact_ids=(),
        facts=pa.array(np.zeros(admitted.rows, np.uint64)),
        unmet=pa.array([unmet] * admitted.rows, kind),
        causes=pa.array([[]] * admitted.rows, kind),
        citations=tuple(elements),
    )
