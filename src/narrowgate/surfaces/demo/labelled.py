"""Labelled cases for a certificate: one a household, somewhat more than half of them true.

Where the wished kind cannot be made about any adult of a household, the other kinds are tried (people on record first,
for a case about somebody who is not tests little), and a household about which nothing can be asked is left out. A
noised subject stays as he is, unreadable ones included: a certificate that saw only clean requests would promise too
much.
"""

from collections.abc import Iterator, Sequence

from narrowgate.domain.request import SUBJECT_COLUMNS
from narrowgate.surfaces.demo.cases import Asked, CaseBook
from narrowgate.surfaces.demo.simulated import Sighting

LABELLED_COLUMNS = (*SUBJECT_COLUMNS[: SUBJECT_COLUMNS.index("taxable_periods") + 1], "person_id", "household")
TRUE_SHARE = 0.57
_NEGATIVES = (
    ("stale", 0.3),
    ("namesake", 0.2),
    ("same_surname", 0.26),
    ("not_on_record", 0.12),
    ("same_town", 0.09),
    ("next_door", 0.03),
)


def labelled_cases(households: Sequence[Sequence[Sighting]], book: CaseBook) -> list[Asked]:
    """One case a household, in the households' order."""
    return [asked for residents in households if (asked := _case(residents, book)) is not None]


def labelled_lines(cases: Sequence[Asked]) -> Iterator[tuple[str, ...]]:
    """Lines of ``labelled.csv``, in the order of ``LABELLED_COLUMNS``."""
    for row, asked in enumerate(cases, start=1):
        yield (str(row), *asked.stated(), asked.truth, asked.household)


def _case(residents: Sequence[Sighting], book: CaseBook) -> Asked | None:
    home = residents[0].household
    negatives = book.chance.by_weight(_NEGATIVES, "negative", home)
    wished_true = book.chance.unit("labelled true", home) < TRUE_SHARE
    kinds = ["true", *negatives] if wished_true else [*negatives, "true"]
    by_id = {seen.person: seen for seen in residents if seen.grown}
    people = [by_id[person] for person in book.chance.shuffled(by_id, "whom", home)]
    people.sort(key=lambda seen: seen.person not in book.register.history)
    return next(filter(None, (book.make(kind, person) for kind in kinds for person in people)), None)
