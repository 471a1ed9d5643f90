"""From facts to verdicts: one vector of facts a row, one question to Cedar for each distinct vector.

1. Every fact of the pack is derived for all rows; a fact nobody derives is False, so its element is unmet.
2. Rows become unsigned 64-bit vectors: bit k is fact k of ``pack.facts``.
3. Cedar is asked once for each distinct vector.
4. Where the engine failed, the row is refused under every element that applies and whose fact is not true, or, if there
   is none, under ``row_well_formed``: a row that could not be judged was not well formed for us.
5. Each verdict is compared with a second opinion computed without Cedar. They must agree; Allow counts only if both say
   so. Disagreement is no refusal but broken integrity.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from narrowgate.domain.circumstances import Circumstances
from narrowgate.domain.errors import IntegrityError
from narrowgate.domain.request import Admitted
from narrowgate.domain.vocabulary import Element
from narrowgate.law import prove
from narrowgate.law.cedar import Said, ask
from narrowgate.law.facts import REGISTER
from narrowgate.law.facts.statute import designates
from narrowgate.law.pack import Pack
from narrowgate.law.registry import Fact
from narrowgate.law.values import Bools

Vectors = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Verdicts:
    """One verdict a row.

    Attributes:
        facts: n vectors; bit k is fact k of the pack.
        unmet: n sorted lists of element ids.
    """

    facts: pa.UInt64Array
    unmet: pa.ListArray


def derive(
    admitted: Admitted, circumstances: Circumstances, pack: Pack, facts: Mapping[str, Fact] = REGISTER.facts
) -> Vectors:
    """The vector of facts of every row.

    Raises:
        IntegrityError: when a fact yields anything but one boolean a row.
    """
    vectors = np.zeros(admitted.rows, np.uint64)
    for bit, name in enumerate(pack.facts):
        fact = designates(pack.designated_by[name]) if name in pack.designated_by else facts.get(name)
        if fact is not None:
            column: Bools = fact(admitted, circumstances, pack)
            if column.dtype != np.bool_ or column.shape != vectors.shape:
                raise IntegrityError(f"the fact {name} is not one boolean a row")
            vectors |= column.astype(np.uint64) << np.uint64(bit)
    return vectors


def evaluate(vectors: Vectors, pack: Pack, agency: str, registered: str) -> Verdicts:
    """Judge vectors under a pack.

    Args:
        vectors: n vectors of facts.
        pack: the edition.
        agency: id that the request gives.
        registered: id of the registered agency, or "".

    Raises:
        IntegrityError: when Cedar and the second opinion disagree.
    """
    distinct, which = np.unique(vectors, return_inverse=True)
    contexts = [facts_of(int(vector), pack) for vector in distinct]
    said = ask(pack.engine, agency, registered, contexts)
    lists = [list(judge(pack, context, one)) for context, one in zip(contexts, said, strict=True)]
    unmet = pa.array(lists, pa.list_(pa.string())).take(pa.array(which))
    return Verdicts(pa.array(vectors), unmet)


def facts_of(vector: int, pack: Pack) -> Mapping[str, bool]:
    """A vector, spelt out."""
    return {name: bool(vector >> bit & 1) for bit, name in enumerate(pack.facts)}


def judge(pack: Pack, facts: Mapping[str, bool], said: Said) -> tuple[str, ...]:
    """The elements that are unmet, sorted: steps 4 and 5 of this module.

    Raises:
        IntegrityError: when Cedar and the second opinion disagree.
    """
    expected = prove.unmet(pack.rules, facts)
    if said.failed:
        return expected or (Element.ROW_WELL_FORMED.value,)
    if said.allowed != (not expected) or (not said.allowed and said.reasons != expected):
        raise IntegrityError(
            "the law's two evaluations disagree", "keep the gate shut and report this: no row was decided"
        )
    return expected
