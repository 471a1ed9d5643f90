"""Why a row was decided as it was: a table of the elements, for the custodian. No cell of the request is repeated."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from narrowgate.domain.decision import Citation, Decided
from narrowgate.domain.errors import IntegrityError
from narrowgate.domain.vocabulary import HoldCause
from narrowgate.law.facts import REGISTER
from narrowgate.law.pack import Pack


class Status(StrEnum):
    """How an element stands for a row."""

    NOT_MET = "not_met"
    MET = "met"
    DOES_NOT_APPLY = "does_not_apply"


class FoundBy(StrEnum):
    """Who found an element unmet."""

    MACHINE = "machine"
    PEOPLE = "people"


POLICY: Mapping[HoldCause, str] = MappingProxyType(
    {
        HoldCause.CASELOAD: "The officer named has more persons open than our ceiling allows.",
        HoldCause.REASON_GENERIC: "The same reason stands on more rows than our limit allows.",
        HoldCause.BUDGET: "The requester has tried more addresses for this person than our budget allows.",
        HoldCause.BREAKER: "Our breaker is open: what leaves is looked at before any more does.",
        HoldCause.CERTIFICATE: "No certificate was in force that bounds how often a confirmation is wrong.",
        HoldCause.SAFEGUARDS_OPEN_FINDINGS: "The requester's safeguards have findings still open.",
        HoldCause.COUNSEL: "Counsel looks at it before it goes on.",
    }
)
"""What each of our own limits means. They hold a row for people, never refuse it, and are not the law."""


@dataclass(frozen=True, slots=True)
class Explained:
    """One element of one row.

    Attributes:
        element, cite, text: the element and its law.
        of: id of the pack or of the statute of the case that states it.
        status: how it stands; a person's finding counts like the machine's.
        looked_at: what its fact looks at: its documentation, with its markup.
        people: what people decide of it; "" where the machine decides alone.
        found_by: where it is not met, who found so; else None.
    """

    element: str
    cite: str
    text: str
    of: str
    status: Status
    looked_at: str
    people: str
    found_by: FoundBy | None = None

    @property
    def applies(self) -> bool:
        """Whether it does: a statute's own elements apply where that statute is designated."""
        return self.status is not Status.DOES_NOT_APPLY

    @property
    def refused(self) -> bool:
        """Whether the row is refused under it."""
        return self.status is Status.NOT_MET


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
    found = []
    for rule in pack.rules:
        of = pack.designated_by[rule.condition] if rule.condition else pack.id
        applies = not rule.condition or rule.condition in true
        found.append(
            _explained(rule.citation, of, applies=applies, unmet=rule.element in unmet, true=rule.element in true)
        )
    return tuple(found)


def explain_without_pack(decided: Decided, row: int) -> tuple[Explained, ...]:
    """The elements under which a row was refused whose basis no pack knew: there was nothing else to judge it by."""
    unmet = set(decided.unmet[row].as_py())
    cited = [citation for citation in decided.citations if citation.element.value in unmet]
    return tuple(_explained(citation, "", applies=True, unmet=True, true=False) for citation in cited)


def failing_first(elements: Sequence[Explained]) -> tuple[Explained, ...]:
    """What is not met before what is met before what does not apply; else in the pack's order."""
    order = list(Status)
    return tuple(sorted(elements, key=lambda e: order.index(e.status)))


def _explained(citation: Citation, of: str, *, applies: bool, unmet: bool, true: bool) -> Explained:
    """An element that is unmet though its fact is true was found so by a person."""
    element = citation.element.value
    by = (FoundBy.PEOPLE if true else FoundBy.MACHINE) if unmet else None
    status = Status.NOT_MET if unmet else Status.MET if applies else Status.DOES_NOT_APPLY
    looked_at, people = REGISTER.looked_at(element), REGISTER.people(element)
    return Explained(element, citation.cite, citation.text, of, status, looked_at, people, by)
