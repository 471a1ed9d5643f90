"""Why a row was decided as it was: a table of the elements, for the custodian. No cell of the request is repeated."""

from dataclasses import dataclass

from narrowgate.domain.decision import Decided
from narrowgate.domain.errors import IntegrityError
from narrowgate.law.facts import REGISTER
from narrowgate.law.pack import Pack


@dataclass(frozen=True, slots=True)
class Explained:
    """One element of one row.

    Attributes:
        element, cite, text: the element and its law.
        applies: False where the statute that brings it is not designated.
        met: its fact was true.
        refused: the row was refused under it.
        looked_at: what its fact looks at.
    """

    element: str
    cite: str
    text: str
    applies: bool
    met: bool
    refused: bool
    looked_at: str


def explain(decided: Decided, pack: Pack, row: int) -> tuple[Explained, ...]:
    """Every element of the pack for the row of this index, in the pack's order.

    Raises:
        IntegrityError: when the row was decided under another edition, whose elements this pack cannot speak for.
    """
    if decided.pack_digest != pack.digest or decided.fact_ids != pack.facts:
        raise IntegrityError("the row was decided under another edition of the pack")
    vector = int(decided.facts[row].as_py())
    true = {name for bit, name in enumerate(decided.fact_ids) if vector >> bit & 1}
    unmet = set(decided.unmet[row].as_py())
    return tuple(
        Explained(
            element=rule.element,
            cite=rule.citation.cite,
            text=rule.citation.text,
            applies=not rule.condition or rule.condition in true,
            met=rule.element in true,
            refused=rule.element in unmet,
            looked_at=REGISTER.looked_at(rule.element),
        )
        for rule in pack.rules
    )
