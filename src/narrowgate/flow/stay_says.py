"""What the compliance statement says of itself: what a court may take from it, and what it may not."""

from collections.abc import Iterator, Sequence

from narrowgate.domain.vocabulary import StayOf
from narrowgate.governance.stays import StayRecord

TERMS = {
    "gate": "the system in which the custodian decides requests, and through which its answers leave",
    "row": "one person asked about, in one request",
    "held": "waiting for a decision of people at the custodian",
    "leaf": "one entry of the log, by its number in the order of entry",
    "tranche": "what left of one request at one time, on the signatures of two officers",
    "checkpoint": "the log's signed head: how many leaves it has, and a digest (root) of them all",
}
"""Words of the statement that a court does not know."""

_WHAT = """
It shows the records of one gate, the one named above. It says nothing of disclosures made in any other way.

A machine made it from those records, and it is no declaration. A person with knowledge declares it true (28 USC
1746), or certifies the record (Fed. R. Evid. 902(13), (14)).

What the order says, what it reaches, and when the custodian had notice of it stand here as counsel entered them.

Times are those of the custodian's own clock, in UTC. The order's date is read as a day of UTC, which does not begin
with the court's.
"""
_WITNESSED = "The log is witnessed by {}, whose signatures on the checkpoint were not verified here."
_UNWITNESSED = "The log is unwitnessed: no outsider has cosigned it, and its keeper could have replaced its past."
_COUNTS = """
Rows are counted, with distinct persons beside them, by name and birth date as requesters stated them. One person whom
they spelt in two ways counts twice; two whom nothing stated tells apart count once.

Each released row is counted as a disclosure, confirmed or not, which 26 USC 6103(b)(8) suggests. Whether it is one,
and which disclosures were unlawful, is for the court.

A release bears the time at which its command began. When released files were fetched, opened, used or passed on is
not recorded: it may have been at any later time, after notice too. Nor is it recorded whether their recipients were
told of the order.
"""
_HANDS_OUT = """
From {}, and until it is lifted, this gate's commands hand out no sealed file for a requester's officer that holds an
answer which the order reaches. Copies handed out before are not recalled. The custodian's own staff can still look at
answers, and each look is entered in the log.
"""
_USE = "The order is one against use; it is applied here as one against disclosure."
_HOLDERS = "Whether those who hold earlier answers comply is not shown."
_PERSONS = """
The persons whom the order names are kept as keyed pseudonyms. A request that misspells a name is answered with “not
confirmed” where the records know the person by a name of the order; under another name alone, he can escape it here.
"""
_LIFTED = "Releases made after the order was lifted are not listed."


def says(known: StayRecord, witnesses: Sequence[str]) -> list[str]:
    """What a statement of this stay says of itself, a sentence or a few a point.

    Args:
        known: the stay.
        witnesses: who besides the log signed its checkpoint.
    """
    stay = known.stay
    begins = "the time at which it is effective" if stay.effective > known.received else "its entry in this gate"
    return [
        *_points(_WHAT),
        _WITNESSED.format(", ".join(witnesses)) if witnesses else _UNWITNESSED,
        *_points(_COUNTS),
        *_points(_HANDS_OUT.format(begins)),
        f"{_USE} {_HOLDERS}" if stay.of is StayOf.USE else _HOLDERS,
        *(_points(_PERSONS) if stay.persons else ()),
        *((_LIFTED,) if stay.lifted else ()),
    ]


def _points(text: str) -> Iterator[str]:
    """Paragraphs, each on one line."""
    return (" ".join(point.split()) for point in text.strip().split("\n\n"))
