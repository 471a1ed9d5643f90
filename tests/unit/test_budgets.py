"""Whom and which address the guess budgets count as one; and the attack that spelling and titles made, end to end."""

from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pytest

from kit import Kit, subject
from narrowgate.domain.circumstances import PolicyLimits
from narrowgate.domain.request import SUBJECT_COLUMNS, TYPED_SCHEMA, Admitted
from narrowgate.minimise.budgets import address_pseudonyms, subject_pseudonyms

ALBERT = {"surname": "de la Cruz", "given_name": "Albert", "date_of_birth": "1950-01-01"}
HOME = {"address_line_1": "12 N Main St", "city": "Springvale", "state": "WA", "zip": "98101"}
LIMIT = PolicyLimits().person_budget


def admitted(*rows: dict[str, str]) -> Admitted:
    columns = {c: pa.array([row.get(c, "") for row in rows], pa.string()) for c in SUBJECT_COLUMNS}
    born = [date.fromisoformat(row["date_of_birth"]) if row.get("date_of_birth") else None for row in rows]
    nothing = pa.nulls(len(rows), pa.date32())
    periods = pa.array([0] * len(rows), pa.uint64())
    typed = pa.table([pa.array(born, pa.date32()), nothing, nothing, periods], TYPED_SCHEMA)
    true = pa.array([True] * len(rows))
    head: Any = None
    at = datetime.fromisoformat("2026-01-01T00:00:00+00:00")
    return Admitted(head, pa.table(columns), typed, true, signature_valid=True, attested={}, received_at=at)


def plain(purpose: str, text: bytes) -> bytes:
    return purpose.encode() + text


@pytest.mark.parametrize(
    "spelling",
    [
        {"given_name": "MR MR Albert"},
        {"given_name": "dr. ALBERT"},
        {"given_name": "Albert J."},
        {"given_name": "Albert Jr"},
        {"given_name": "Jr. Albert"},
        {"given_name": "Albert MD"},
        {"surname": "DELACRUZ"},
        {"surname": "De-La Cruz, Jr."},
        {"surname": "Mr. de la Cruz Jr Jr"},
        {"surname": "de  la  CRUZ III"},
        {"suffix": "Jr"},
        {"middle_name": "Q"},
        {"tin": "123-45-6789"},
    ],
)
def test_what_linkage_ignores_makes_no_new_subject(spelling: dict[str, str]) -> None:
    one, other = subject_pseudonyms(admitted(ALBERT, ALBERT | spelling), plain)
    assert one == other


@pytest.mark.parametrize("other", [{"surname": "Cruz"}, {"given_name": "Alice"}, {"date_of_birth": "1950-01-02"}])
def test_another_name_or_birth_date_is_another_subject(other: dict[str, str]) -> None:
    assert len(set(subject_pseudonyms(admitted(ALBERT, ALBERT | other), plain))) == 2


def test_two_spellings_of_an_address_are_one() -> None:
    spelt = HOME | {"address_line_1": "12 north main street", "city": "SPRINGVALE", "zip": "98101-0001"}
    assert len(set(address_pseudonyms(admitted(HOME, spelt), plain))) == 1


@pytest.mark.parametrize("other", [{"city": "Harborton"}, {"zip": "98225"}, {"address_line_2": "Apt 2"}])
def test_every_part_that_could_confirm_makes_another_address(other: dict[str, str]) -> None:
    assert len(set(address_pseudonyms(admitted(HOME, HOME | other), plain))) == 2


@pytest.mark.parametrize("surname", ["Obernathy", "Abbernathy", "Bernathy", "Aebrnathy", "Abrenathy", "Mr Abernathy"])
@pytest.mark.parametrize("born", ["", "1950-01-01"])
def test_slips_and_titles_buy_no_guess_beyond_the_budget(kit: Kit, surname: str, born: str) -> None:
    asked = kit.people[0]
    rows = [
        subject(asked, i, surname=surname, given_name="MR " * i + "Albert", date_of_birth=born, tin="")
        | ({"address_line_1": f"{200 + i} Maple St"} if i < 11 else {})
        for i in range(12)
    ]
    done = kit.submit(rows)
    if done["awaiting_release"]:
        kit.approve()
    outcomes = [kit.view()[str(i)][0] for i in range(12)]
    assert outcomes[-1] in ("held", "not_confirmed")
    assert "confirmed" not in outcomes


@pytest.mark.parametrize("slips", [["Obernathy", "Ubernathy", "Ebernathy", "Ibernathy", "Abernathi", "Abernatha"]])
def test_a_new_slip_for_every_guess_is_counted_on_the_person(kit: Kit, slips: list[str]) -> None:
    """Each row is another subject, so that only the budget of the record person can see the guesser."""
    asked, right = kit.people[0], len(slips) - 1
    rows = [
        subject(asked, i, surname=slip, date_of_birth="", tin="")
        | ({"address_line_1": f"{200 + i} Maple St"} if i < right else {})
        for i, slip in enumerate(slips)
    ]
    assert len(slips) > LIMIT
    kit.submit(rows)
    kit.approve()
    assert {outcome for outcome, _ in kit.view().values()} == {"not_confirmed"}
