"""A request as the law means it: an officer a case, reasons of their own, and the few slips that people make.

About three quarters of the addresses are true, the rest stale or wrong. Among the rows: eight that each lack one
element, a person who is shielded, a row sent twice, and a second address for somebody asked about already.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from difflib import SequenceMatcher

from narrowgate.domain.vocabulary import Attests
from narrowgate.surfaces.demo.cases import Asked, CaseBook
from narrowgate.surfaces.demo.chance import Chance
from narrowgate.surfaces.demo.package import Duty, Line
from narrowgate.surfaces.demo.places import STATE, Written, write_clean
from narrowgate.surfaces.demo.prose import CaseFacts, long_date, reason
from narrowgate.surfaces.demo.simulated import Sighting

GROUNDS = ("8 USC 1227(a)(1)(B)", "8 USC 1227(a)(1)(C)(i)", "8 USC 1227(a)(2)(A)(i)", "8 USC 1227(a)(2)(B)(i)")
SUBJECTS = 298
OFFICERS = tuple(f"officer-{n:02}" for n in range(1, 16))
_STALE, _WRONG = 40, 30
_DEFECTS = ("zip_only", "order_young", "period_missing", "initial_only")
_LIKE = 0.7


@dataclass(frozen=True, slots=True)
class Careful:
    """The rows, and the one whose subject the demo shields."""

    lines: tuple[Line, ...]
    duties: tuple[Duty, ...]
    shielded_person: str
    shielded_row: int


def careful_request(households: Iterable[Sequence[Sighting]], book: CaseBook, at: date) -> Careful:
    """Builds the request.

    1. Cases: stale ones first, for few people have moved; then wrong ones; the rest true.
    2. Officers, dealt out in turn: at most 20 distinct subjects each.
    3. Two true rows are altered for each way of failing one element.
    4. Of the true rows that agree with the records to the letter, one's subject is the shielded one, one is repeated,
       and one's subject is asked about anew.

    Args:
        households: whose residents may be asked about.
        book: makes the cases.
        at: the day the request is made.
    """
    people = _shuffled(households, book.chance)
    cases = book.chance.shuffled(_cases(people, book), "order of rows")
    lines = [_line(asked, n, at, book.chance) for n, asked in enumerate(cases)]
    true = [n for n, line in enumerate(lines) if line.kind == "true"]
    for n, defect in zip(true, _DEFECTS * 2, strict=False):
        lines[n] = _spoilt(lines[n], defect, at)
    shielded, repeated, guessed = [n for n in true[len(_DEFECTS) * 2 :] if _spotless(lines[n].asked, book)][-3:]
    lines[shielded] = replace(lines[shielded], kind="shielded")
    other = next(line for line in lines if line.kind == "wrong")
    lines.append(replace(lines[repeated], kind="duplicate"))
    lines.append(replace(lines[guessed], kind="second_guess").untrue(at=other.asked.at))
    duties = tuple(Duty(officer, frozenset(Attests)) for officer in OFFICERS)
    return Careful(tuple(lines), duties, lines[shielded].asked.subject, shielded + 1)


def _shuffled(households: Iterable[Sequence[Sighting]], chance: Chance) -> list[Sighting]:
    by_id = {seen.person: seen for residents in households for seen in residents if seen.grown and _presentable(seen)}
    return [by_id[person] for person in chance.shuffled(by_id, "careful")]


def _presentable(seen: Sighting) -> bool:
    """Whether a careful requester would send it so: a likely name, a whole address."""
    likely = all(
        SequenceMatcher(None, said.lower(), true.lower()).ratio() >= _LIKE
        for said, true in ((seen.given, seen.clean_given), (seen.surname, seen.clean_surname))
    )
    return likely and seen.stated.number.isdecimal() and bool(seen.stated.street) and _placed(seen)


def _placed(seen: Sighting) -> bool:
    return seen.state == STATE and bool(seen.city) and seen.zip.isdecimal()


def _spotless(asked: Asked, book: CaseBook) -> bool:
    """Whether the latest form of the stated years says letter for letter what the row says."""
    forms = [seen for seen in book.register.sightings[asked.subject] if str(seen.year) in asked.periods]
    seen = forms[-1]
    same_name = (seen.surname, seen.given, seen.middle) == (asked.surname, asked.given, asked.middle)
    return same_name and seen.stated == seen.clean and asked.at == write_clean(seen.clean) and bool(asked.birth_date)


def _cases(people: Sequence[Sighting], book: CaseBook) -> Iterator[Asked]:
    chosen: dict[str, Asked] = {}
    for kind, wanted in (("stale", _STALE), ("wrong", _WRONG), ("true", SUBJECTS)):
        made = (
            asked
            for person in people
            if person.person not in chosen
            and (asked := book.wrong(person) if kind == "wrong" else book.make(kind, person)) is not None
            and _whole(asked.at)
        )
        fresh = [
            replace(asked, kind=kind)
            for asked, _ in zip(made, range(min(wanted, SUBJECTS - len(chosen))), strict=False)
        ]
        chosen |= {asked.subject: asked for asked in fresh}
    return iter(chosen.values())


def _whole(at: Written) -> bool:
    return bool(at.line_1 and at.city and at.zip) and at.state == STATE and any(c.isdecimal() for c in at.line_1)


def _line(asked: Asked, n: int, at: date, chance: Chance) -> Line:
    final = at - timedelta(days=150 + chance.below(700, "final", n))
    opened = final + timedelta(days=91 + chance.below(40, "opened", n))
    number = f"DM-{opened.year}-{10_000 + 7 * n + chance.below(7, 'number', n)}"
    event = opened + timedelta(days=chance.below((at - opened).days, "event", n))
    facts = CaseFacts(number, final, opened, event, asked.at.city, asked.periods)
    return Line(
        asked=asked,
        kind=asked.kind,
        order_date=final.isoformat(),
        ground=chance.one_of(GROUNDS, "ground", n),
        case_number=number,
        case_opened=opened.isoformat(),
        officer=OFFICERS[n % len(OFFICERS)],
        reason=reason(facts, chance),
    )


def _spoilt(line: Line, defect: str, at: date) -> Line:
    """The row with one element missing. No address is stated where there is a ZIP alone, so none can be true."""
    spoilt = replace(line, kind=defect)
    match defect:
        case "zip_only":
            return spoilt.untrue(at=Written(zip=line.asked.at.zip))
        case "order_young":
            young, said = at - timedelta(days=60), date.fromisoformat(line.order_date)
            told = line.reason.replace(long_date(said), long_date(young))
            return replace(spoilt, order_date=young.isoformat(), reason=told)
        case "period_missing":
            return spoilt.untrue(periods="")
        case _:
            return replace(spoilt, asked=replace(line.asked, given=line.asked.given[:1]))
