"""A court's stay while other commands are at work: in force at once, and nothing that it reaches leaves afterwards."""

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from faults import stopping
from faults.stopping import Place
from kit import AGENCY, OFFICERS, Kit, subject
from narrowgate import wiring
from narrowgate.notary.note import VerifierKey
from narrowgate.notary.replay import verify_public

PROMPTLY = 20.0
"""Seconds in which a stay must be in force while another command holds the gate; the machine may be busy."""
SEALS = 5
"""How often a release of one officer's rows tells of its sealing: before and after its answers, each file, the end."""
ORDER = ("--court", "D.D.C.", "--docket", "1:25-cv-457", "--dated", "2025-11-21", "--not-served")


def entering(kit: Kit, *scope: object, wait: int = 120) -> subprocess.Popen[str]:
    """``stay enter`` in a process of its own."""
    words = ["stay", "enter", kit.gate, *ORDER, *(scope or ("--all",)), "--wait", wait, *kit.signs("ada"), "--json"]
    command = [sys.executable, "-m", "narrowgate", *map(str, words)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def ended(process: subprocess.Popen[str]) -> Any:
    """Its document; it must have succeeded."""
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, (out, err)
    return json.loads(out)


def until_in_force(kit: Kit) -> None:
    """Waits until the gate says that a stay is in force."""
    start = time.monotonic()
    while not (stays := kit.done("stay", "list", kit.gate)["stays"]):
        assert time.monotonic() - start < PROMPTLY, "the stay is not in force"
    assert [(stay["standing"], stay["leaves"]) for stay in stays] == [("in_force", [])]


def rows(kit: Kit, number: int) -> list[dict[str, str]]:
    """Lawful rows, by turns of two officers."""
    return [subject(kit.people[i], i + 1, officer=OFFICERS[i % 2]) for i in range(number)]


def named(kit: Kit, number: int) -> list[str]:
    """The option that names a person of the records."""
    who = kit.people[number]
    return ["--person", f"{who.surname}, {who.given_name}, {who.date_of_birth}"]


SCOPES: dict[str, tuple[int | None, Sequence[str], Sequence[str]]] = {
    # name: (the person whom the stay protects, rows refused, rows that await release)
    "everybody": (None, ["1", "2", "3", "4"], []),
    "one person": (2, ["3"], ["1", "2", "4"]),
    "somebody else": (9, [], ["1", "2", "3", "4"]),
}
PLACES = {
    "before it links": Place("link"),
    "between two chunks": Place("link", more=True),
    "when all is linked": Place("link", times=3),
}


QUICK = {
    ("before it links", "everybody"),
    ("between two chunks", "one person"),
    ("when all is linked", "somebody else"),
}
"""One of each; the others are for the long run."""
EACH = [
    pytest.param(place, scope, marks=[] if (place, scope) in QUICK else [pytest.mark.long])
    for place in PLACES
    for scope in SCOPES
]


@pytest.mark.parametrize(("place", "scope"), EACH)
def test_a_stay_that_comes_while_a_package_is_linked(kit: Kit, place: str, scope: str) -> None:
    person, refused, waiting = SCOPES[scope]
    package = kit.package(rows(kit, 4))
    submitting = stopping.start(kit.gate, PLACES[place], ["submit", package])
    counsel = entering(kit, *([] if person is None else named(kit, person)))
    until_in_force(kit)
    assert counsel.poll() is None, "it waits for the ledger"
    assert stopping.go_on(submitting) == {"refused": len(refused)}
    said = ended(counsel)
    assert (said["in_ledger"], len(said["leaves"])) == (True, 1)
    outcomes = kit.view()
    assert [row for row, (outcome, under) in outcomes.items() if under == "not_stayed"] == refused
    assert [row for row, (outcome, _) in outcomes.items() if outcome == "awaiting_release"] == waiting
    approved = kit.run("approve", kit.gate, "r-1", *kit.signs())
    if waiting:
        assert approved.document["released"] == len(waiting)
    else:
        assert approved.code == 2
        assert not list(kit.gate.glob("outbox/*/*.jwe"))
    kit.fsck()


def test_the_command_that_writes_enters_the_stay_itself_and_tells_who_waits(kit: Kit) -> None:
    """A stay that reaches others: the submission goes on, and has it in the ledger before its answers."""
    package = kit.package(rows(kit, 2))
    submitting = stopping.start(kit.gate, PLACES["between two chunks"], ["submit", package])
    counsel = entering(kit, "--statute", "18 USC 1546")
    until_in_force(kit)
    assert stopping.go_on(submitting) == {"refused": 0}
    leaf = ended(counsel)["leaves"][0]
    with wiring.opened(kit.gate) as gate:
        kinds = {event.entry: event.kind for event in gate.store.events()}
    assert kinds[leaf] == "decision"
    assert kinds[leaf + 1] == "answers_entered"
    kit.fsck()


def test_counsel_who_does_not_wait_is_told_at_once_and_the_stay_stands(kit: Kit) -> None:
    package = kit.package(rows(kit, 1))
    submitting = stopping.start(kit.gate, PLACES["before it links"], ["submit", package])
    said = ended(entering(kit, wait=0))
    assert (said["standing"], said["in_ledger"]) == ("in_force", False)
    assert stopping.go_on(submitting) == {"refused": 1}
    assert [len(stay["leaves"]) for stay in kit.done("stay", "list", kit.gate)["stays"]] == [1]


def test_counsels_process_may_die_and_the_stay_stands(kit: Kit) -> None:
    package = kit.package(rows(kit, 1))
    submitting = stopping.start(kit.gate, PLACES["before it links"], ["submit", package])
    counsel = entering(kit)
    until_in_force(kit)
    counsel.kill()
    counsel.communicate()
    assert stopping.go_on(submitting) == {"refused": 1}
    kit.fsck()


@pytest.mark.parametrize(
    "scope", ["everybody", *(pytest.param(s, marks=pytest.mark.long) for s in SCOPES if s != "everybody")]
)
def test_a_stay_that_comes_between_check_and_commit_of_a_release(kit: Kit, scope: str) -> None:
    """The tranche is checked, its answers are entered as they leave, it is sealed: then the court speaks."""
    person, refused, _ = SCOPES[scope]
    kit.submit(rows(kit, 4))
    approving = stopping.start(kit.gate, Place("seal", times=SEALS), ["approve", "r-1", *kit.signs()[1::2]])
    said = ended(entering(kit, *([] if person is None else named(kit, person)), wait=0))
    assert (said["standing"], said["in_ledger"]) == ("in_force", False)
    released = stopping.go_on(approving)
    if refused:
        assert released == {"error": "stayed"}
        assert nothing_left(kit)
        again = kit.approve()
        assert (again["released"], again["refused_anew"]) == (4 - len(refused), len(refused))
    else:
        assert released["released"] == 4
    out = kit.root / "out"
    files = kit.done("answers", kit.gate, "r-1", "--sealed", "--out", out)["files"]
    assert len([file for file in files if file.endswith(".jwe")]) == (0 if len(refused) == 4 else 2)
    found = kit.done("stay", "statement", kit.gate, said["stay"])["disclosures"]
    assert (found["rows"], found["by_time"]["after_entry"]["rows"]) == (0, 0)
    kit.fsck()


def test_a_stay_that_names_whom_a_misspelt_row_found_stops_the_release_too(kit: Kit) -> None:
    """No row names him; a record does, and it is compared again inside the transaction that releases."""
    kit.submit([row | {"surname": row["surname"][:-1] + "e", "tin": ""} for row in rows(kit, 4)])
    approving = stopping.start(kit.gate, Place("seal", times=SEALS), ["approve", "r-1", *kit.signs()[1::2]])
    ended(entering(kit, *named(kit, 2), wait=0))
    assert stopping.go_on(approving) == {"error": "stayed"}
    assert nothing_left(kit)
    assert kit.approve()["released"] == 4
    assert [row for row, (outcome, _) in kit.view().items() if outcome != "confirmed"] == ["3"]
    kit.fsck()


def nothing_left(kit: Kit) -> bool:
    """No release is in the books, no answer can be fetched, and the published ledger holds."""
    with wiring.opened(kit.gate) as gate:
        released = [r for request in gate.store.requests() for r in gate.store.releases(request.ledger_id)]
        verify_public(gate.files.ledger, VerifierKey.parse(gate.keys.vkey))
    files = kit.done("answers", kit.gate, "r-1", "--sealed", "--out", kit.root / "none")["files"]
    return not released and [Path(file).name for file in files] == ["refusals.json"]


def test_the_same_order_entered_by_two_at_once_is_one_stay(kit: Kit) -> None:
    said = [ended(process) for process in [entering(kit) for _ in range(3)]]
    assert len({one["stay"] for one in said}) == 1
    assert all(one["in_ledger"] for one in said)
    stays = kit.done("stay", "list", kit.gate)["stays"]
    assert [len(stay["leaves"]) for stay in stays] == [1]
    assert kit.done("sign-off", kit.gate)["pending"] == []
    kit.fsck()


def test_two_orders_entered_at_once_are_two_stays(kit: Kit) -> None:
    processes = [entering(kit, "--requester", AGENCY), entering(kit, "--statute", "18 USC 1546")]
    assert all(ended(process)["in_ledger"] for process in processes)
    assert len(kit.done("stay", "list", kit.gate)["stays"]) == 2
    kit.fsck()


@pytest.mark.long
def test_a_stay_at_every_place_of_a_release_lets_nothing_leave_or_comes_after_it(kit: Kit) -> None:
    """Wherever the approval stands when the court speaks: it has left, and is listed; or it does not leave."""
    kit.submit(rows(kit, 2), "r-1")
    for times in range(1, SEALS + 1):
        request = f"r-{times}"
        approving = stopping.start(kit.gate, Place("seal", times=times), ["approve", request, *kit.signs()[1::2]])
        said = ended(entering(kit, "--effective", f"2026-01-0{times}T00:00:00Z", "--all", wait=0))
        assert stopping.go_on(approving) == {"error": "stayed"}, times
        kit.done("stay", "lift", kit.gate, said["stay"], "--order", "vacated", *kit.signs())
        people = kit.people[2 * times : 2 * times + 2]
        kit.submit([subject(who, i, officer=OFFICERS[i % 2]) for i, who in enumerate(people)], f"r-{times + 1}")
        assert kit.approve(request)["released"] == 2
    kit.fsck()
