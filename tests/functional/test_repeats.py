"""The same question asked again: its first result, but never an answer of other records or of another basis."""

from datetime import UTC, datetime

from test_other_bases import HIPAA, head_of, let_ask, package, row_of, verify_requester

from kit import Kit, Person, subject

MOVED = {"address_line_1": "777 Prospect Ter"}


def load(kit: Kit, person: Person, **changes: str) -> None:
    """The records as of two years, one person's changed; certified."""
    kit.load(
        [
            other.record(day, **(changes if other is person else {}))
            for other in kit.people
            for day in ("2023-12-31", "2024-12-31")
        ]
    )
    kit.certify()


def test_the_same_question_gives_its_first_result(kit: Kit) -> None:
    person = kit.people[0]
    for request in ("r-1", "r-2"):
        kit.submit([subject(person, 1)], request)
        kit.approve(request)
        assert kit.view(request) == {"1": ("confirmed", "")}


def test_records_that_were_corrected_since_are_looked_at_again(kit: Kit) -> None:
    person = kit.people[0]
    kit.submit([subject(person, 1)], "r-1")
    kit.approve("r-1")
    assert kit.view("r-1") == {"1": ("confirmed", "")}
    load(kit, person, **MOVED)
    kit.submit([subject(person, 1)], "r-2")
    kit.approve("r-2")
    assert kit.view("r-2") == {"1": ("not_confirmed", "")}


def test_an_answer_that_awaits_release_is_held_when_the_records_change(kit: Kit) -> None:
    person = kit.people[0]
    kit.submit([subject(person, 1)], "r-1")
    kit.approve("r-1")
    kit.submit([subject(person, 1)], "r-2")
    load(kit, person, **MOVED)
    approved = kit.done("approve", kit.gate, "r-2", *kit.signs())
    assert (approved["released"], approved["held_anew"]) == (0, 1)
    kit.done("hold", "release", kit.gate, "r-2", *kit.signs())
    kit.approve("r-2")
    assert kit.view("r-2") == {"1": ("not_confirmed", "")}
    kit.fsck()


def test_another_basis_is_answered_from_its_own_period(kit: Kit) -> None:
    """What was confirmed for a taxable year is not repeated under a basis that looks at the latest address."""
    person, today = kit.people[0], datetime.now(UTC).date().isoformat()
    lines = [other.record(day) for other in kit.people for day in ("2023-12-31", "2024-12-31")]
    lines += [other.record(today, **(MOVED if other is person else {})) for other in kit.people]
    kit.load(lines)
    kit.certify()
    asked = subject(person, 1)
    kit.submit([asked], "r-1")
    kit.approve("r-1")
    assert kit.view("r-1") == {"1": ("confirmed", "")}
    let_ask(kit, HIPAA)
    verify_requester(kit, HIPAA)
    cells = {name: text for name, text in asked.items() if name not in ("officer", "case_number", "case_opened")}
    row = {**cells, **row_of(HIPAA, person, 1), "taxable_periods": asked["taxable_periods"]}
    kit.done("submit", kit.gate, package(kit, HIPAA, [row], "h-1", head_of(HIPAA, [person])))
    kit.approve("h-1")
    assert kit.view("h-1") == {"1": ("not_confirmed", "")}
