"""From what linkage found to the one bit. Every reason for a *not confirmed* looks the same from outside."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from narrowgate.domain.answer import ANSWER_SCHEMA, Answers
from narrowgate.domain.decision import Mandate
from narrowgate.domain.match import Match
from narrowgate.domain.vocabulary import Verdict

MEANS_CONFIRMED = "The record agrees with the address supplied. It does not say that the person lives there."
MEANS_NOT_CONFIRMED = (
    "No confirmation is given. This is not evidence of anything: not of absence, moving, evasion or non-filing. "
    "It must not be cited."
)


@dataclass(frozen=True, slots=True)
class Withheld:
    """Row indices whose answer is *not confirmed* whatever the records say: shielded, or over the persons' budget."""

    shielded: AbstractSet[int]
    over_budget: AbstractSet[int]


def answer(match: Match, mandate: Mandate, withheld: Withheld) -> Answers:
    """One bit a row: confirmed where the match is unique, at or above the certified weight, and nothing withholds it.

    Raises:
        ValueError: when the match is not over exactly the mandate's rows.
    """
    rows = match.table["row"].combine_chunks()
    if not rows.equals(mandate.rows):
        raise ValueError("a match answers for exactly the rows of its mandate")
    unique = pc.equal(match.table["verdict"], Verdict.UNIQUE.value)
    heavy = pc.fill_null(pc.greater_equal(match.table["weight"], match.threshold), False)
    kept_back = pa.array(sorted(withheld.shielded | withheld.over_budget), pa.uint64())
    open_ = pc.invert(pc.is_in(rows, value_set=kept_back))
    confirmed = pc.and_(pc.and_(unique, heavy), open_)
    return Answers(pa.table([rows, confirmed], schema=ANSWER_SCHEMA))
