"""Determinations and holds, the pure parts: what a command may do, what is in force, whose a hold is and since when."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from narrowgate.domain.circumstances import Circumstances, Determination
from narrowgate.domain.vocabulary import DeterminationKind, HoldCause, Role
from narrowgate.governance.decisions import BY_ONE
from narrowgate.governance.determinations import (
    COMMANDS,
    LONGEST,
    command_of,
    determination_from,
    determination_json,
    overreach,
    standing,
)
from narrowgate.governance.holds import ABOVE, OWNER, urgency
from narrowgate.law.findings import reason_pseudonym

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
KIND = DeterminationKind.REQUESTER_VERIFIED
FOUND = Determination("d", KIND, "agency", "", True, "letter", "", NOON, NOON + timedelta(days=30))
DENIED = replace(FOUND, met=False)


def ended(found: Determination) -> Determination:
    return replace(found, ended=NOON + timedelta(days=1))


CASES: dict[str, tuple[str, Determination, Determination | None, bool]] = {
    # name: (word, what it writes, what stood, whether it may)
    "entered": ("enter", FOUND, None, True),
    "denied": ("deny", DENIED, None, True),
    "ended": ("end", ended(FOUND), FOUND, True),
    "a denial lifted": ("lift", ended(DENIED), DENIED, True),
    "for as long as may be": ("enter", replace(FOUND, until=NOON + LONGEST), None, True),
    "for longer": ("enter", replace(FOUND, until=NOON + LONGEST + timedelta(seconds=1)), None, False),
    "for no time": ("enter", replace(FOUND, until=NOON), None, False),
    "entered as ended": ("enter", ended(FOUND), None, False),
    "entered over one": ("enter", FOUND, DENIED, False),
    "entered, not met": ("enter", DENIED, None, False),
    "denied, met": ("deny", FOUND, None, False),
    "denied over one": ("deny", DENIED, FOUND, False),
    "another kind": ("enter", replace(FOUND, kind=DeterminationKind.REASON_ACCEPTED), None, False),
    "a denial ended by one": ("end", ended(DENIED), DENIED, False),
    "one that was met, lifted": ("lift", ended(FOUND), FOUND, False),
    "ended where nothing stood": ("end", ended(FOUND), None, False),
    "ended twice": ("end", replace(FOUND, ended=NOON + timedelta(days=2)), ended(FOUND), False),
    "ended before it was made": ("end", replace(FOUND, ended=NOON - timedelta(seconds=1)), FOUND, False),
    "ended on a day to come": ("end", replace(FOUND, ended=NOON + timedelta(days=3)), FOUND, False),
    "lifted on a day to come": ("lift", replace(DENIED, ended=NOON + timedelta(days=3)), DENIED, False),
    "entered for a time to come": ("enter", replace(FOUND, made=NOON + timedelta(days=3)), None, False),
    "ended and not": ("end", FOUND, FOUND, False),
    "ended and prolonged": ("end", replace(ended(FOUND), until=NOON + LONGEST), FOUND, False),
    "ended and about another": ("end", replace(ended(FOUND), about="other"), FOUND, False),
    "ended and turned": ("end", ended(FOUND), DENIED, False),
}


@pytest.mark.parametrize("name", CASES)
def test_a_command_does_no_more_than_its_word_says(name: str) -> None:
    word, found, before, may = CASES[name]
    was = determination_json(before) if before else None
    said = overreach(command_of(word, KIND), "d", determination_json(found), was, NOON + timedelta(days=2))
    assert (said == "") is may, said


def test_a_body_with_more_in_it_is_no_determination() -> None:
    body: Mapping[str, object] = determination_json(FOUND) | {"more": True}
    assert overreach(command_of("enter", KIND), "d", body, None, NOON)


def test_other_commands_are_none_of_its_business() -> None:
    assert overreach("stay enter", "s", {}, None, NOON) == ""


def test_a_determination_is_read_as_it_was_written() -> None:
    for found in (FOUND, DENIED, ended(FOUND)):
        assert determination_from("d", determination_json(found)) == found


def test_one_person_closes_and_two_open() -> None:
    alone = {word for command, (word, _) in COMMANDS.items() if command in BY_ONE}
    assert alone == {"deny", "end"}
    assert len(COMMANDS) == 4 * len(DeterminationKind)


TIMES = {
    "before it was made": (timedelta(seconds=-1), FOUND, False, "expired"),
    "as it is made": (timedelta(), FOUND, True, "in_force"),
    "a moment before it ends": (timedelta(days=30, seconds=-1), FOUND, True, "in_force"),
    "as it ends": (timedelta(days=30), FOUND, False, "expired"),
    "as it is ended": (timedelta(days=1), ended(FOUND), False, "ended"),
}


@pytest.mark.parametrize("name", TIMES)
def test_a_determination_counts_from_then_until_then(name: str) -> None:
    after, found, counts, stands = TIMES[name]
    assert found.in_force(NOON + after) is counts
    assert standing(found, NOON + after) == stands


OF_OTHERS = {
    "another kind": replace(DENIED, kind=DeterminationKind.SAFEGUARDS_ACCEPTED),
    "another agency": replace(DENIED, about="other"),
    "another basis": replace(DENIED, basis="us.other"),
    "expired": replace(DENIED, until=NOON),
    "ended": replace(DENIED, ended=NOON),
}


def test_a_denial_outweighs_and_what_is_not_about_it_counts_nothing() -> None:
    def found(*determinations: Determination) -> bool | None:
        return Circumstances(NOON, None, "", determinations=determinations).found(KIND, "us.basis", "agency", "a/b")

    assert found() is None
    assert found(FOUND) is True
    assert found(FOUND, DENIED) is False
    assert found(FOUND, replace(DENIED, about="a/b")) is False
    assert [found(other) for other in OF_OTHERS.values()] == [None] * len(OF_OTHERS)


def test_a_reason_is_known_in_any_case_and_spacing_for_one_agency_alone() -> None:
    def name(agency: str, reason: str) -> str:
        return reason_pseudonym(agency, reason, lambda purpose, value: f"{purpose}:".encode() + value)

    assert name("a", " The Case  12 ") == name("a", "the case\t12")
    assert len({name("a", "x y"), name("b", "x y"), name("a", "xy"), name("a x", "y")}) == 4


def test_every_cause_has_an_owner_and_every_chain_of_roles_ends_with_the_auditor() -> None:
    assert set(OWNER) == set(HoldCause)
    for owner in OWNER.values():
        role: Role = owner
        for _ in Role:
            role = ABOVE.get(role, role)
        assert role is Role.AUDITOR


def test_a_hold_is_overdue_from_the_day_after_its_deadline_and_told_step_by_step() -> None:
    late = datetime(2026, 11, 20, 23, 59, tzinfo=UTC)
    told = []
    for days in range(12):
        found = urgency(Role.COUNSEL, late, late + timedelta(days=days), 3, 2)
        told.append((found.overdue, found.escalated_to))
    assert found.deadline == (late + timedelta(days=3)).date()
    none, up, last = (None, Role.ADMINISTRATOR, Role.AUDITOR)
    assert told == list(zip([0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8], [none] * 4 + [up] + [last] * 7, strict=True))
