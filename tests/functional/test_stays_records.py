"""Stays that name persons, where the request misspells them: the record that it leads to is compared instead."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from kit import BASIS, OFFICERS, Kit, Person, subject
from narrowgate import wiring
from narrowgate.domain.books import RequestRecord
from narrowgate.domain.errors import InvalidInput
from narrowgate.domain.ports import Gate
from narrowgate.domain.vocabulary import RowState
from narrowgate.flow import casefile, rulings
from narrowgate.flow.answering import answers_of
from narrowgate.flow.reaching import Protected
from narrowgate.flow.record_stays import ProtectedRecords
from narrowgate.flow.staying import Order, receive, record
from narrowgate.surfaces.cli.common import private_key

ORDER = ("--court", "D.D.C.", "--docket", "1:25-cv-457", "--dated", "2025-11-21", "--not-served")
CONFIRMED, NOT_CONFIRMED = ("confirmed", ""), ("not_confirmed", "")


def named(person: Person, *, tin: bool = False) -> str:
    """A person of the records as ``--person`` takes him."""
    return ", ".join([person.surname, person.given_name, person.date_of_birth, *([person.tin] if tin else [])])


def stay(kit: Kit, *scope: object) -> str:
    """One counsel enters it."""
    return str(kit.done("stay", "enter", kit.gate, *ORDER, *scope, *kit.signs("ada"))["stay"])


def misspelt(person: Person, row: object, **changes: str) -> dict[str, str]:
    """A row that linkage finds in spite of a slip in the surname, and no pseudonym of its names does."""
    return subject(person, row, surname=person.surname[:-1] + "e", **({"tin": ""} | changes))


def sealed_causes(kit: Kit, request: str) -> dict[int, str]:
    """Row to the true cause of its answer."""
    with wiring.opened(kit.gate) as gate:
        found = casefile.find_request(gate, request)
        return {row: a["cause"] for row, a in answers_of(gate, found, gate.store.rows(found.ledger_id)).items()}


SLIPS: dict[str, dict[str, str]] = {
    "a letter of the surname": {},
    "a letter of the surname, a digit of the number": {"tin": "100-10-1001"},
    "a letter of the given name": {"surname": "Abernathy", "given_name": "Albart"},
}


@pytest.mark.parametrize("case", SLIPS)
def test_who_is_found_in_spite_of_a_slip_is_not_confirmed_and_nothing_tells_it(kit: Kit, case: str) -> None:
    who, other = kit.people[0], kit.people[1]
    rows = [misspelt(who, 1) | SLIPS[case], misspelt(other, 2)]
    kit.submit(rows, "before")
    kit.approve("before")
    assert kit.view("before") == {"1": CONFIRMED, "2": CONFIRMED}
    stay(kit, "--person", named(who))
    kit.submit([subject(who, 0), *({**row, "case_number": "CR-2026-9"} for row in rows)], "after")
    assert kit.approve("after")["released"] == 2
    assert kit.view("after") == {"0": ("refused", "not_stayed"), "1": NOT_CONFIRMED, "2": CONFIRMED}
    assert sealed_causes(kit, "after")[1] == "stayed"
    kit.fsck()


def test_a_stay_that_comes_while_answers_wait_withholds_them_as_they_leave(kit: Kit) -> None:
    kit.submit([misspelt(kit.people[0], 1), misspelt(kit.people[1], 2)])
    stay(kit, "--person", named(kit.people[0]))
    assert kit.approve()["released"] == 2
    assert kit.view() == {"1": NOT_CONFIRMED, "2": CONFIRMED}
    assert sealed_causes(kit, "r-1") == {0: "stayed", 1: "unique"}
    kit.fsck()


def test_a_first_result_is_withheld_too_when_it_is_given_again(kit: Kit) -> None:
    row = misspelt(kit.people[0], 1)
    kit.submit([row], "first")
    kit.approve("first")
    stay(kit, "--person", named(kit.people[0]))
    kit.submit([row], "again")
    kit.approve("again")
    assert (kit.view("first"), kit.view("again")) == ({"1": CONFIRMED}, {"1": NOT_CONFIRMED})
    kit.fsck()


def test_a_file_with_an_answer_about_him_is_not_handed_out(kit: Kit) -> None:
    rows = [misspelt(kit.people[i], i, officer=OFFICERS[i]) for i in range(2)]
    kit.submit(rows)
    kit.approve()
    entered = stay(kit, "--person", named(kit.people[0]))
    ended = kit.run("answers", kit.gate, "r-1", "--sealed", "--out", kit.root / "out")
    assert (ended.code, ended.document["withheld"]) == (1, {f"{OFFICERS[0]}.0001.jwe": [entered]})
    assert sorted(path.name for path in (kit.root / "out").iterdir()) == [f"{OFFICERS[1]}.0001.jwe", "refusals.json"]


SCOPES: dict[str, tuple[tuple[object, ...], bool]] = {
    "his number alone": (("--person", "Someone, Else, 1900-01-01, TIN"), True),
    "him, on this basis": (("--person", "HIM", "--basis", BASIS), True),
    "him, for the statute": (("--person", "HIM", "--statute", "INA 243"), True),
    "him, for another statute": (("--person", "HIM", "--statute", "18 USC 1546"), False),
    "a namesake of another birth date": (("--person", "NAME, 1900-01-01"), False),
    "his name, no birth date": (("--person", "NAME"), True),
}


QUICK = ("him, for the statute", "him, for another statute")


@pytest.mark.parametrize("case", [pytest.param(c, marks=() if c in QUICK else pytest.mark.long) for c in SCOPES])
def test_only_a_stay_whose_scope_reaches_the_request_and_who_is_found(kit: Kit, case: str) -> None:
    scope, reaches = SCOPES[case]
    who = kit.people[3]
    words = {"HIM": named(who), "NAME": f"{who.surname}, {who.given_name}", "TIN": who.tin}
    spelt = []
    for word in map(str, scope):
        for mark, value in words.items():
            word = word.replace(mark, value)  # noqa: PLW2901 - one mark after the other
        spelt.append(word)
    stay(kit, *spelt)
    kit.submit([misspelt(who, 1)])
    kit.approve()
    assert kit.view() == {"1": NOT_CONFIRMED if reaches else CONFIRMED}


def awaiting(gate: Gate) -> tuple[RequestRecord, Mapping[str, Any]]:
    """The one request, and its one sealed match that awaits release."""
    request = casefile.find_request(gate, "r-1")
    rows = gate.store.rows(request.ledger_id, states=[RowState.AWAITING_RELEASE.value])
    (answer,) = answers_of(gate, request, rows).values()
    return request, answer["match"]


def test_a_person_found_is_known_again_in_records_loaded_since(kit: Kit) -> None:
    kit.submit([misspelt(kit.people[5], 1)])
    entered = stay(kit, "--person", named(kit.people[5]))
    lines = [p.record(day) for p in kit.people[4:] for day in ("2023-12-31", "2024-12-31")]
    kit.load(lines)  # four persons fewer: everybody stands elsewhere
    with wiring.opened(kit.gate) as gate:
        request, match = awaiting(gate)
        records = ProtectedRecords(gate, casefile.reopen(gate, request), rulings.present(gate))
        assert records.naming_found(match) == {entered}
        other = {**match, "person": match["person"] + 1}
        assert records.naming_found(other) == {entered}, "who cannot be found again is taken to be named"
        assert records.naming_found(None) == {entered}
        snapshot = rulings.snapshot(gate)
        assert snapshot is not None
        names = [snapshot.person_id(n) for n in range(snapshot.manifest.persons) if records.naming(snapshot, n)]
        assert names == [kit.people[5].id]


def test_where_no_stay_names_anybody_nobody_is_looked_up(kit: Kit) -> None:
    kit.submit([misspelt(kit.people[5], 1)])
    stay(kit, "--requester", "test.agency")
    with wiring.opened(kit.gate) as gate:
        request, match = awaiting(gate)
        records = ProtectedRecords(gate, casefile.reopen(gate, request), rulings.present(gate))
        assert (records.stays, records.naming_found(match), records.naming_found(None)) == (frozenset(),) * 3


@pytest.mark.long
def test_an_order_too_large_to_be_read_back_is_not_taken(kit: Kit) -> None:
    """Counsel are told, and nothing is laid where it would not count."""
    many = tuple(Protected(" ".join(f"Sur{p}x{n}" for n in range(50)), " ".join(f"Giv{n}en" for n in range(50)),
                           date(1980, 1, 1)) for p in range(16))  # fmt: skip
    order = Order("D.D.C.", "1:25-cv-457", date(2025, 11, 21), None, persons=many)
    with wiring.opened(kit.gate) as gate:
        with pytest.raises(InvalidInput, match="too large"):
            receive(gate, record(gate, order), {"ada": private_key(kit.keys / "ada.jwk")})
        assert gate.store.pending() == []


def test_what_is_handed_out_and_shown_does_not_speak_of_it(kit: Kit) -> None:
    kit.submit([misspelt(kit.people[0], 1)])
    stay(kit, "--person", named(kit.people[0]))
    kit.approve()
    shown = kit.run("answers", kit.gate, "r-1", "--out", kit.root / "view.csv")
    handed = kit.done("answers", kit.gate, "r-1", "--sealed", "--out", kit.root / "out")
    assert "stay" not in shown.out + (kit.root / "view.csv").read_text()
    assert (len(handed["files"]), handed["withheld"]) == (2, {})
    assert b"stay" not in (kit.root / "out" / "refusals.json").read_bytes()
