"""A request shaped like the failure of 2025: one officer named for all, one sentence copied, and rows without elements.

Shares, of about 1,200 rows: TIN without name or address 30 %, ZIP alone 20 %, filler for an address 15 %, order not
yet 90 days final 12 %, no taxable period 8 %, an officer who attests nothing 5 %, rows sent twice 3 %, and 7 % that
lack nothing but an officer with fewer than a thousand cases.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta

from narrowgate.domain.vocabulary import Attests
from narrowgate.surfaces.demo.careful import GROUNDS
from narrowgate.surfaces.demo.cases import Asked, CaseBook
from narrowgate.surfaces.demo.chance import Chance
from narrowgate.surfaces.demo.package import Duty, Line
from narrowgate.surfaces.demo.places import Written
from narrowgate.surfaces.demo.prose import COPIED_REASON
from narrowgate.surfaces.demo.simulated import Sighting

ROWS = 1_200
NAMED_FOR_ALL, NEVER_ATTESTS = "officer-91", "officer-92"
FILLERS = ("Failed to Provide", "Unknown Address", "Don't Care 12345", "No Fixed Address", "Not Available")
_SHARES = (
    ("tin_only", 0.3),
    ("zip_only", 0.5),
    ("filler", 0.65),
    ("order_young", 0.77),
    ("period_missing", 0.85),
    ("unattested", 0.9),
    ("duplicate", 0.93),
    ("complete", 1.0),
)
_CASE_NUMBER = "BULK-2025"


def bulk_request(
    households: Iterable[Sequence[Sighting]], book: CaseBook, at: date
) -> tuple[tuple[Line, ...], tuple[Duty, ...]]:
    """Builds the request about these households, children included, in at most ``ROWS`` rows.

    Returns:
        Its rows, and its two officers: one attests everything, one nothing.
    """
    by_id = {seen.person: seen for residents in households for seen in residents}
    people = [by_id[person] for person in book.chance.shuffled(by_id, "bulk")]
    lines: list[Line] = []
    for n in range(ROWS):
        kind = _kind(n, book.chance)
        if kind == "duplicate" and lines:
            lines.append(replace(book.chance.one_of(lines, "sent twice", n), kind=kind))
        elif people:
            asked = _asked(people.pop(), book)
            lines.append(_row(asked, _possible(kind, asked), n, at, book.chance))
    duties = (Duty(NAMED_FOR_ALL, frozenset(Attests)), Duty(NEVER_ATTESTS, frozenset()))
    return tuple(lines), duties


def _kind(n: int, chance: Chance) -> str:
    drawn = chance.unit("bulk kind", n)
    return next(kind for kind, below in _SHARES if drawn < below)


def _possible(kind: str, asked: Asked) -> str:
    return "zip_only" if kind == "tin_only" and not asked.tin else kind


def _asked(person: Sighting, book: CaseBook) -> Asked:
    """The address is true, stale or wrong as it comes: whoever sends 1,200 rows has not looked."""
    kinds = book.chance.by_weight(
        (("true", 0.6), ("stale", 0.2), ("same_surname", 0.1), ("same_town", 0.1)), "bulk address", person.person
    )
    made = (book.make(kind, person) for kind in (*kinds, "not_on_record", "next_door"))
    asked = next(asked for asked in made if asked is not None)
    return replace(asked, tin=book.register.tin(person.person))


def _row(asked: Asked, kind: str, n: int, at: date, chance: Chance) -> Line:
    line = Line(
        asked=asked,
        kind=kind,
        order_date=(at - timedelta(days=95 + chance.below(900, "bulk final", n))).isoformat(),
        ground=GROUNDS[0],
        case_number=_CASE_NUMBER,
        case_opened=(at - timedelta(days=30)).isoformat(),
        officer=NAMED_FOR_ALL,
        reason=COPIED_REASON,
    )
    return _spoilt(line, n, at, chance)


def _spoilt(line: Line, n: int, at: date, chance: Chance) -> Line:
    """The row as its kind has it. Where no address or no period is left, nothing stated can be true."""
    stated = line.asked.at
    match line.kind:
        case "tin_only":
            line = _tin_only(line, chance.below(3, "tin only", n))
        case "zip_only":
            line = line.untrue(at=Written(zip=stated.zip or "98211"))
        case "filler":
            line = line.untrue(at=replace(stated, line_1=chance.one_of(FILLERS, "filler", n), line_2=""))
        case "order_young":
            line = replace(line, order_date=(at - timedelta(days=5 + chance.below(80, "young", n))).isoformat())
        case "period_missing":
            line = line.untrue(periods="")
        case "unattested":
            line = replace(line, officer=NEVER_ATTESTS)
    return line


def _tin_only(line: Line, which: int) -> Line:
    """Name blank, address blank, or both."""
    nameless = replace(line, asked=replace(line.asked, surname="", given="", middle=""))
    return (nameless, line.untrue(at=Written()), nameless.untrue(at=Written()))[which]
