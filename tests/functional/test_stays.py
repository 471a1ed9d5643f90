"""Stays, by the commands that counsel types: what each closes, what it lists, what the court is told."""

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import sleep
from typing import Any

import pytest
from _pytest.mark import ParameterSet

from kit import AGENCY, BASIS, OFFICERS, Done, Kit, subject
from narrowgate import wiring
from narrowgate.domain.books import Json, Pending, RegisterKind, utc_text
from narrowgate.domain.circumstances import Stay
from narrowgate.domain.vocabulary import EventKind, When
from narrowgate.flow import rulings, staying
from narrowgate.flow.audit import audit, audit_register
from narrowgate.flow.stay_reach import Counted, affected, buckets
from narrowgate.governance.decisions import Statement
from narrowgate.governance.stays import (
    ENTER,
    LIFT,
    StayRecord,
    overreach,
    public_part,
    record_from,
    record_json,
    stay_id,
    with_id,
)
from narrowgate.law.pack import load_pack
from narrowgate.notary.entry import parse_entry
from narrowgate.surfaces.cli.common import private_key
from narrowgate.surfaces.cli.stay_text import WHEN

NAMED = ("--court", "D.D.C.", "--docket", "1:25-cv-457")
ORDER = (*NAMED, "--dated", "2025-11-21", "--served", "2025-11-21T16:00:00-05:00")
CRIMES = {"removal": "8 USC 1253(a)(1)", "fraud": "18 USC 1546"}
OTHER_BASIS = "us.hipaa.164.512.f.2"


def enter(kit: Kit, *scope: object, by: str = "ada") -> Any:
    """One counsel enters a stay."""
    return kit.done("stay", "enter", kit.gate, *ORDER, *scope, *kit.signs(by))


def lift(kit: Kit, stay: str) -> Any:
    """Two counsel lift it."""
    return kit.done("stay", "lift", kit.gate, stay, "--order", "vacated 3 July 2026", *kit.signs())


def listed(kit: Kit) -> list[dict[str, Any]]:
    """What ``stay list`` says."""
    return list(kit.done("stay", "list", kit.gate)["stays"])


def person(kit: Kit, number: int, *, born: bool = True) -> str:
    """A person of the records as ``--person`` takes him."""
    who = kit.people[number]
    return ", ".join([who.surname, who.given_name, *([who.date_of_birth] if born else [])])


def refused(kit: Kit, request: str) -> list[str]:
    """Labels of the rows that are refused under ``not_stayed`` alone."""
    return [row for row, (outcome, under) in kit.view(request).items() if (outcome, under) == ("refused", "not_stayed")]


# --- scope ------------------------------------------------------------------------------------------------------------

SCOPES: dict[str, tuple[tuple[object, ...], dict[str, str]]] = {
    # name: (options, request to the rows it refuses)
    "everything": (("--all",), {"removal": "1 2", "fraud": "1 2"}),
    "the basis": (("--basis", BASIS), {"removal": "1 2", "fraud": "1 2"}),
    "the requester": (("--requester", AGENCY), {"removal": "1 2", "fraud": "1 2"}),
    "a statute": (("--statute", "8 USC 1253(a)(1)"), {"removal": "1 2", "fraud": ""}),
    "a statute, by the act": (("--statute", "INA 243(a)(1)"), {"removal": "1 2", "fraud": ""}),
    "a statute, more coarsely": (("--statute", "18 U.S.C. § 1546"), {"removal": "", "fraud": "1 2"}),
    "another statute": (("--statute", "18 USC 1001"), {"removal": "", "fraud": ""}),
    "another basis": (("--basis", OTHER_BASIS), {"removal": "", "fraud": ""}),
    "requester and statute": (("--requester", AGENCY, "--statute", "18 USC 1546"), {"removal": "", "fraud": "1 2"}),
    "requester and another basis": (("--requester", AGENCY, "--basis", OTHER_BASIS), {"removal": "", "fraud": ""}),
    "of use": (("--all", "--of", "use"), {"removal": "1 2", "fraud": "1 2"}),
    "from tomorrow": (("--all", "--effective", "TOMORROW"), {"removal": "", "fraud": ""}),
    "since long": (("--all", "--effective", "2025-11-21T17:00:00-05:00"), {"removal": "1 2", "fraud": "1 2"}),
    "a person": (("--person", "P0"), {"removal": "1", "fraud": "1"}),
    "a person without his birth date": (("--person", "P0 NAME"), {"removal": "1", "fraud": "1"}),
    "two persons": (("--person", "P0", "--person", "P1"), {"removal": "1 2", "fraud": "1 2"}),
    "a person and a statute": (("--person", "P0", "--statute", "18 USC 1546"), {"removal": "", "fraud": "1"}),
    "a person nobody asks about": (("--person", "P9"), {"removal": "", "fraud": ""}),
}


def spelt(kit: Kit, options: Sequence[object]) -> list[object]:
    """Options with the persons and times that a table names."""
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    words = {f"P{n}": person(kit, n) for n in range(10)} | {"TOMORROW": utc_text(tomorrow)}
    words["P0 NAME"] = person(kit, 0, born=False)
    return [words.get(str(option), option) for option in options]


def few(cases: Iterable[str], *quick: str) -> list[ParameterSet]:
    """The cases of a table: these few are quick, the others run with the long tests."""
    return [pytest.param(case, marks=() if case in quick else pytest.mark.long) for case in cases]


@pytest.mark.parametrize("case", few(SCOPES, "a person and a statute"))
def test_a_stay_refuses_what_comes_after_it_and_is_in_its_scope(kit: Kit, case: str) -> None:
    options, expected = SCOPES[case]
    said = enter(kit, *spelt(kit, options))
    assert said["in_ledger"]
    for name, statute in CRIMES.items():
        kit.submit([subject(kit.people[0], 1), subject(kit.people[1], 2)], name, criminal_statute=statute)
    assert {name: " ".join(refused(kit, name)) for name in CRIMES} == expected
    kit.fsck()


@pytest.mark.parametrize("case", few(SCOPES, "everything", "a person and a statute"))
def test_a_stay_refuses_at_release_what_awaited_it_in_its_scope(kit: Kit, case: str) -> None:
    options, expected = SCOPES[case]
    for name, statute in CRIMES.items():
        rows = [subject(kit.people[0], 1), subject(kit.people[1], 2, officer=OFFICERS[1])]
        kit.submit(rows, name, criminal_statute=statute)
    said = enter(kit, *spelt(kit, options))
    waiting = {one["request"].split("/")[1]: one["awaiting_release"] for one in said["closed"]}
    in_force = said["standing"] == "in_force"
    for name in CRIMES:
        stayed = expected[name].split()
        assert waiting.get(name, 0) == (len(stayed) if in_force else 2)
        shown = kit.run("approve", kit.gate, name)
        assert (shown.code, shown.document["stayed"]) == (2, len(stayed))
        assert kit.approve(name)["released"] == 2 - len(stayed)
        assert refused(kit, name) == stayed
        files = kit.done("answers", kit.gate, name, "--sealed", "--out", kit.root / name)["files"]
        assert len([file for file in files if file.endswith(".jwe")]) == 2 - len(stayed)
    kit.fsck()


# --- from entering to lifting -----------------------------------------------------------------------------------------


def test_from_entering_to_lifting(kit: Kit) -> None:
    kit.submit([subject(kit.people[0], 1), subject(kit.people[1], 2)], "before")
    kit.approve("before")
    kit.submit([subject(kit.people[2], 1)], "waiting")
    kit.submit([subject(kit.people[3], 1)], "patient")
    said = enter(kit, "--requester", AGENCY)
    assert (said["standing"], said["scope"]) == ("in_force", f"requests of {AGENCY}")
    assert said["served"] == said["effective"] == "2025-11-21T21:00:00Z"
    assert (said["entered_by"], said["effective_stated"]) == (["ada"], False)
    told = {"before_dated": 0, "before_notice": 0, "after_notice": 2, "after_entry": 0}
    assert by_time(said["possibly_affected"]) == told
    assert [(d["request"], d["tranche"], d["rows"]) for d in said["disclosures"]] == [(f"{AGENCY}/before", 1, 2)]
    assert enter(kit, "--requester", AGENCY)["stay"] == said["stay"]
    assert [one["standing"] for one in listed(kit)] == ["in_force"]

    assert kit.approve("waiting") | {"id": ""} == {
        "complete": True, "id": "", "signed_by": ["ada", "ben"], "released": 0, "refused_anew": 1, "held_anew": 0,
        "remaining": 0, "tranche": 1,
    }  # fmt: skip
    alone = kit.run("stay", "lift", kit.gate, said["stay"], "--order", "vacated", *kit.signs("ada"))
    assert alone.code == 2
    assert [one["standing"] for one in listed(kit)] == ["in_force"]
    pending = alone.document["id"]
    kit.done("sign-off", kit.gate, pending, *kit.signs("ben"))
    (one,) = listed(kit)
    assert (one["standing"], one["order"], len(one["leaves"])) == ("lifted", "vacated", 2)
    assert kit.approve("patient")["released"] == 1
    assert refused(kit, "waiting") == ["1"]  # for good
    assert kit.submit([subject(kit.people[4], 1)], "after")["awaiting_release"] == 1
    again = kit.run("stay", "lift", kit.gate, said["stay"], "--order", "vacated", *kit.signs())
    assert again.code == 3
    same = kit.run("stay", "enter", kit.gate, *ORDER, "--requester", AGENCY, *kit.signs("ada"))
    assert (same.code, "lifted" in same.document["error"]["message"]) == (3, True)
    kit.fsck()
    found = kit.done("stay", "statement", kit.gate, said["stay"])
    assert by_time(found["disclosures"]) == told
    assert [one["signed_by"] for one in found["entered"]] == [["ada"], ["ada", "ben"]]
    assert "Releases made after the order was lifted are not listed." in found["says"]
    assert {c["request"].split("/")[1]: c["refused_under_not_stayed"] for c in found["closed"]} == {"waiting": 1}


@pytest.mark.long
def test_a_stay_takes_effect_when_it_says_so(kit: Kit) -> None:
    kit.submit([subject(kit.people[0], 1)], "first")
    kit.submit([subject(kit.people[1], 1)], "second")
    soon = datetime.now(UTC) + timedelta(seconds=8)
    said = enter(kit, "--all", "--effective", utc_text(soon))
    assert said["standing"] == "not_yet_effective"
    assert kit.approve("first")["released"] == 1
    while datetime.now(UTC) <= soon + timedelta(seconds=1):
        sleep(0.1)
    assert [one["standing"] for one in listed(kit)] == ["in_force"]
    assert kit.approve("second")["released"] == 0
    out = kit.root / "statement.json"
    found = kit.done("stay", "statement", kit.gate, said["stay"], "--out", out)
    counts = {"before_dated": 0, "before_notice": 0, "after_notice": 0, "not_yet_effective": 1, "after_entry": 0}
    assert by_time(found["disclosures"]) == counts
    assert [one["effective_then"] for one in found["disclosures"]["releases"]] == [False]
    text = (kit.root / "statement.json.txt").read_text()
    assert "(the gate refuses once it is effective)" in text
    assert "(by the order's own words)" in text
    assert "after entry, before it was effective" in text
    assert "From the time at which it is effective, and until it is lifted" in " ".join(text.split())


def test_rows_that_wait_for_people_are_refused_when_they_are_released_from_their_hold(kit: Kit) -> None:
    kit.submit([subject(kit.people[0], 1)])
    kit.done("decline", kit.gate, "r-1", "--why", "a look", *kit.signs("ada"))
    assert [one["held"] for one in enter(kit, "--all")["closed"]] == [1]
    kit.done("hold", "release", kit.gate, "r-1", *kit.signs())
    assert refused(kit, "r-1") == ["1"]
    kit.fsck()


# --- when it left -----------------------------------------------------------------------------------------------------


def by_time(counts: Any) -> dict[str, int]:
    """When, to how many rows."""
    return {when: count["rows"] for when, count in counts["by_time"].items()}


def ago(**span: float) -> str:
    """A time so long ago, as counsel types it."""
    return utc_text(datetime.now(UTC) - timedelta(**span))


YESTERDAY, TOMORROW, NOW = "yesterday", "tomorrow", "now"
LEFT: dict[str, tuple[str, str, str, dict[str, int], str]] = {
    # name: (dated, notice or "" for none stated, effective by its own words or "", rows by time, effective is from)
    "served before it was entered, and left between": (
        YESTERDAY, "1 hour ago", "", {"before_dated": 0, "before_notice": 0, "after_notice": 1, "after_entry": 0},
        "not stated by the order; taken from notice",
    ),
    "left after its date, and before notice": (
        YESTERDAY, NOW, "", {"before_dated": 0, "before_notice": 1, "after_notice": 0, "after_entry": 0},
        "not stated by the order; taken from notice",
    ),
    "left after its date, notice is not stated": (
        YESTERDAY, "", "", {"before_dated": 0, "notice_not_stated": 1, "after_entry": 0},
        "not stated by the order; taken from entry in the gate, for notice is not stated",
    ),
    "left before it was dated": (
        TOMORROW, "", "", {"before_dated": 1, "notice_not_stated": 0, "after_entry": 0},
        "not stated by the order; taken from entry in the gate, for notice is not stated",
    ),
    "effective before it was served, by its own words": (
        YESTERDAY, NOW, "1 hour ago", {"before_dated": 0, "before_notice": 1, "after_notice": 0, "after_entry": 0},
        "by the order's own words",
    ),
}  # fmt: skip


def timed(word: str) -> str:
    """A time that a table names."""
    return ago(seconds=0) if word == NOW else ago(hours=1)


@pytest.mark.parametrize("case", few(LEFT, "effective before it was served, by its own words"))
def test_what_left_is_told_by_the_orders_date_notice_and_entry(kit: Kit, case: str) -> None:
    dated, notice, effective, expected, taken = LEFT[case]
    rows = [subject(kit.people[0], 1)]
    kit.submit(rows)
    kit.approve()
    released = datetime.now(UTC)
    while datetime.now(UTC) <= released + timedelta(seconds=1):  # notice that is now lies in a later second
        pass
    day = (released + timedelta(days=1 if dated == TOMORROW else -1)).date().isoformat()
    served = ["--served", timed(notice)] if notice else ["--not-served"]
    words = ["--effective", timed(effective)] if effective else []
    said = kit.done("stay", "enter", kit.gate, *NAMED, "--dated", day, *served, *words, "--all", *kit.signs("ada"))
    assert by_time(said["possibly_affected"]) == expected
    assert not said["served"] or said["effective"] <= said["served"]
    out = kit.root / "statement.json"
    found = kit.done("stay", "statement", kit.gate, said["stay"], "--out", out)
    assert by_time(found["disclosures"]) == expected
    (when,) = (when for when, count in expected.items() if count)
    assert [one["when"] for one in found["disclosures"]["releases"]] == [when]
    text = (kit.root / "statement.json.txt").read_text()
    assert f"  {WHEN[When(when)]}\n" in text
    assert f"({taken})" in " ".join(text.split())
    assert ("Custodian had notice  NOT STATED BY THE CUSTODIAN" in text) == (not notice)
    assert ("on or after its date; notice not stated" in text) == (not notice)
    again = kit.done("replay", kit.gate, "--stay", said["stay"])
    assert (again["possibly_affected"], again["possibly_affected_by_time"]) == (1, {when: 1})
    kit.fsck()


# --- persons ----------------------------------------------------------------------------------------------------------


def test_a_persons_stay_reaches_his_rows_and_his_officers_file_and_nobody_else(kit: Kit) -> None:
    rows = [subject(kit.people[i], i + 1, officer=OFFICERS[i % 2]) for i in range(4)]
    kit.submit(rows, "left")
    kit.approve("left")
    kit.submit([subject(p, i + 1, officer=OFFICERS[i % 2]) for i, p in enumerate(kit.people[1:5])], "waiting")
    file = kit.root / "persons.csv"
    who = kit.people[1]
    file.write_text(
        f"surname,given_name,date_of_birth,tin\n{who.surname},{who.given_name},{who.date_of_birth},{who.tin}\n"
    )
    said = enter(kit, "--persons", file)
    assert (said["persons"], said["scope"]) == (1, "requests of any requester that ask about 1 named person")
    assert said["possibly_affected"]["rows"] == 1
    assert [(c["request"], c["awaiting_release"]) for c in said["closed"]] == [(f"{AGENCY}/waiting", 1)]
    assert kit.approve("waiting")["released"] == 3
    assert refused(kit, "waiting") == ["1"]
    ended = kit.run("answers", kit.gate, "left", "--sealed", "--out", kit.root / "out")
    assert (ended.code, list(ended.document["withheld"])) == (1, [f"{OFFICERS[1]}.0001.jwe"])
    assert sorted(path.name for path in (kit.root / "out").iterdir()) == [f"{OFFICERS[0]}.0001.jwe", "refusals.json"]
    assert len(kit.done("answers", kit.gate, "waiting", "--sealed", "--out", kit.root / "w")["files"]) == 3
    kit.fsck()


def test_the_public_ledger_says_how_many_persons_and_nothing_of_them(kit: Kit) -> None:
    said = enter(kit, "--person", person(kit, 0), "--person", person(kit, 1, born=False))
    who = kit.people[0]
    with wiring.opened(kit.gate) as gate:
        (known,) = rulings.stay_records(gate)
        leaf = next(iter(gate.store.entries(said["leaves"][0], said["leaves"][0] + 1)))
    public = parse_entry(leaf).public
    assert public is not None
    assert (public["persons"], known.named) == (2, 2)
    published = b"".join(path.read_bytes() for path in (kit.gate / "ledger").rglob("*") if path.is_file())
    statement = kit.root / "s.json"
    kit.done("stay", "statement", kit.gate, said["stay"], "--out", statement)
    out = published + statement.read_bytes() + (kit.root / "s.json.txt").read_bytes()
    out += json.dumps([said, listed(kit)]).encode()
    for secret in (*known.stay.persons, who.surname, who.date_of_birth, who.tin):
        assert secret.encode() not in out
    with sqlite3.connect(kit.gate / wiring.STORE) as db:
        kept = str(db.execute("select body from register where kind = 'stay'").fetchall())
    db.close()
    assert who.surname not in kept
    assert who.surname.upper() not in kept


# --- bad input --------------------------------------------------------------------------------------------------------

MARK = "Marked"
BAD: dict[str, tuple[tuple[str, ...], int]] = {
    # name: (options beside court, docket and date, exit code)
    "no scope": ((), 3),
    "everything, and a scope": (("--all", "--basis", BASIS), 3),
    "everything, and a person": (("--all", "--person", f"{MARK}, Anna"), 3),
    "a statute of spaces": (("--statute", "  "), 3),
    "a basis nobody knows": (("--basis", "us.irc.6103.i.22"), 3),
    "an agency nobody knows": (("--requester", f"{AGENCY}.x"), 3),
    "a statute that cannot be read": (("--statute", "the removal offence"), 3),
    "a time without an offset": (("--all", "--effective", "2026-07-01T12:00:00"), 3),
    "a time that is none": (("--all", "--effective", "tomorrow"), 3),
    "a time in another age": (("--all", "--effective", "0001-01-01T00:00:00+14:00"), 3),
    "a time too early": (("--all", "--effective", "0200-01-01T00:00:00Z"), 3),
    "a time too late": (("--all", "--effective", "9999-01-01T00:00:00Z"), 3),
    "served in the future": (("--all", "--served", "2090-01-01T00:00:00Z"), 3),
    "served before the court gave it": (("--all", "--served", "2025-11-20T04:00:00-05:00"), 3),
    "served, and not served": (("--all", "--not-served"), 3),
    "a document that is missing": (("--all", "--document", "none.pdf"), 3),
    "a document that is a folder": (("--all", "--document", "."), 3),
    "dated in the future": (("--all", "--dated", "2090-01-01"), 3),
    "a day that is none": (("--all", "--dated", "2026-02-30"), 3),
    "a day in words": (("--all", "--dated", "last Friday"), 3),
    "a court of two lines": (("--all", "--court", "D.D.C.\nor so"), 3),
    "a court that steers the terminal": (("--all", "--court", "D.D.C.\x1b[2J"), 3),
    "a court too long": (("--all", "--court", "D" * 301), 3),
    "no docket": (("--all", "--docket", " "), 3),
    "of something else": (("--all", "--of", "everything"), 3),
    "a person without a given name": (("--person", MARK), 3),
    "a person's birth date that is none": (("--person", f"{MARK}, Anna, 1980"), 3),
    "a file of persons that is missing": (("--persons", "none.csv"), 3),
    "patience below none": (("--all", "--wait", "-1"), 3),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_enters_nothing_and_says_what_is_wrong(kit: Kit, case: str) -> None:
    options, code = BAD[case]
    done = kit.run("stay", "enter", kit.gate, *ORDER, *options, *kit.signs("ada"))
    assert (done.code, "error" in done.document) == (code, True)
    assert done.document["error"]["message"]
    assert done.document["error"]["advice"]
    assert "Traceback" not in done.err
    assert MARK not in done.out + done.err
    with wiring.opened(kit.gate) as gate:
        assert rulings.stay_records(gate) == []
        assert gate.store.pending() == []


def test_counsel_is_asked_when_the_custodian_had_notice(kit: Kit) -> None:
    done = kit.run("stay", "enter", kit.gate, *NAMED, "--dated", "2025-11-21", "--all", *kit.signs("ada"))
    assert done.code == 3
    assert "--served" in done.document["error"]["message"]
    assert "--not-served" in done.document["error"]["message"]
    assert listed(kit) == []


def signed_by_nobody(_kit: Kit) -> list[str]:
    """No signature."""
    return []


def signed_by_a_stranger(kit: Kit) -> list[str]:
    """Somebody who is no staff."""
    return kit.signs("dora")


def signed_by_another_role(kit: Kit) -> list[str]:
    """A disclosure officer, on a gate that has named two counsel."""
    for who, role in (("dora", "counsel"), ("emil", "counsel"), ("cleo", "disclosure_officer")):
        kit.done("staff", "add", kit.gate, who, "--role", role, "--key", kit.keys / f"{who}.pub.jwk", *kit.signs())
    return kit.signs("cleo")


def signed_with_anothers_key(kit: Kit) -> list[str]:
    """Counsel's name, somebody else's key."""
    return ["--sign", f"ada={kit.keys / 'dora'}.jwk"]


@pytest.mark.parametrize(
    "signing", [signed_by_nobody, signed_by_a_stranger, signed_by_another_role, signed_with_anothers_key]
)
def test_who_is_no_counsel_closes_nothing(kit: Kit, signing: Callable[[Kit], list[str]]) -> None:
    done = kit.run("stay", "enter", kit.gate, *ORDER, "--all", *signing(kit))
    assert (done.code, done.document["error"]["code"]) in [(3, "invalid_input"), (1, "not_authorised")]
    assert listed(kit) == []


def test_lifting_what_is_not_there_or_for_no_order_is_refused(kit: Kit) -> None:
    stay = enter(kit, "--all")["stay"]
    assert kit.run("stay", "lift", kit.gate, "stay-0", "--order", "x", *kit.signs()).code == 3
    assert kit.run("stay", "lift", kit.gate, stay, "--order", " ", *kit.signs()).code == 3
    assert kit.run("stay", "lift", kit.gate, stay, *kit.signs()).code == 3
    assert kit.run("stay", "lift", kit.gate, stay, "--order", "x").code == 3
    assert kit.run("stay", "statement", kit.gate, "stay-0").code == 3


# --- what is handed out -----------------------------------------------------------------------------------------------


def test_while_a_stay_is_in_force_answers_are_withheld_and_refusals_are_not(kit: Kit) -> None:
    kit.submit([subject(kit.people[0], 1), subject(kit.people[1], 2, taxable_periods="")])
    kit.approve()
    stay = enter(kit, "--all")["stay"]
    out = kit.root / "out"
    done = kit.run("answers", kit.gate, "r-1", "--sealed", "--out", out)
    assert (done.code, done.document["withheld"]) == (1, {f"{OFFICERS[0]}.0001.jwe": [stay]})
    assert [path.name for path in out.iterdir()] == ["refusals.json"]
    lift(kit, stay)
    kit.done("answers", kit.gate, "r-1", "--sealed", "--out", out)
    assert len(list(out.iterdir())) == 2


# --- received, and not yet entered ------------------------------------------------------------------------------------


def received(kit: Kit, *scope: object) -> Done:
    """A stay entered while somebody else writes, by a counsel who does not wait."""
    with wiring.opened(kit.gate) as gate, gate.files.writing():
        return kit.run("stay", "enter", kit.gate, *ORDER, *(scope or ("--all",)), "--wait", "0", *kit.signs("ada"))


def test_a_stay_is_in_force_before_the_ledger_has_it_and_whoever_writes_next_enters_it(kit: Kit) -> None:
    kit.submit([subject(kit.people[0], 1)])
    kit.approve()
    package = kit.package([subject(kit.people[1], 1)], "r-2")
    done = received(kit)
    assert (done.code, done.document["in_ledger"], done.document["leaves"]) == (0, False, [])
    assert [(one["standing"], one["leaves"]) for one in listed(kit)] == [("in_force", [])]
    assert kit.run("answers", kit.gate, "r-1", "--sealed", "--out", kit.root / "out").code == 1
    kit.fsck()  # it rolls files forward, and finds nothing wrong with what was received
    stay = done.document["stay"]
    told = kit.done("stay", "statement", kit.gate, stay, "--out", kit.root / "s.json")
    assert (told["entered"], told["standing"]) == ([], "in_force")
    assert not kit.done("stay", "verify", kit.root / "s.json", "--vkey", kit.vkey())["entered"]
    assert kit.done("submit", kit.gate, package)["refused"] == 1
    assert [len(one["leaves"]) for one in listed(kit)] == [1]
    assert kit.done("sign-off", kit.gate)["pending"] == []
    kit.fsck()


def test_a_received_stay_is_lifted_like_any_other(kit: Kit) -> None:
    stay = received(kit).document["stay"]
    lift(kit, stay)
    assert [one["standing"] for one in listed(kit)] == ["lifted"]
    kit.fsck()


def test_the_counsel_who_signed_may_go_and_his_stay_stands(kit: Kit) -> None:
    for who in ("dora", "emil", "cleo"):
        kit.done("staff", "add", kit.gate, who, "--role", "counsel", "--key", kit.keys / f"{who}.pub.jwk", *kit.signs())
    with wiring.opened(kit.gate) as gate, gate.files.writing():
        kit.done("stay", "enter", kit.gate, *ORDER, "--all", "--wait", "0", *kit.signs("dora"))
    kit.done("staff", "remove", kit.gate, "dora", "--role", "counsel", *kit.signs())
    assert [len(one["leaves"]) for one in listed(kit)] == [1]
    kit.fsck()


def test_the_same_order_received_twice_is_one_stay(kit: Kit) -> None:
    first, again = received(kit).document["stay"], received(kit).document["stay"]
    assert first == again
    assert len(listed(kit)) == 1
    assert enter(kit, "--all")["stay"] == first
    kit.fsck()


def test_a_gate_shut_by_its_clock_takes_no_entry_and_holds_the_stay(kit: Kit) -> None:
    received(kit)
    from dataclasses import replace  # noqa: PLC0415 - of this one test

    from faults.test_clock import FakeClock  # noqa: PLC0415 - likewise
    from narrowgate.flow.deciding import go_in  # noqa: PLC0415 - likewise

    with wiring.opened(kit.gate) as gate:
        size = gate.store.head().size
        late = replace(gate, clock=FakeClock(gate.clock.now() + timedelta(days=900)))
        with late.files.writing():
            go_in(late)
        assert late.store.head().size == size
        assert [stay.in_force(late.clock.now()) for stay in rulings.stays(late)] == [True]


# --- forged and broken ------------------------------------------------------------------------------------------------


def laid(
    kit: Kit, change: Callable[[dict[str, Any]], None], by: str = "ada", *, log: str = "", after: int = 0
) -> Pending:
    """A stay as somebody who can write the database lays it among what waits."""
    with wiring.opened(kit.gate) as gate:
        now = gate.clock.now()
        record = with_id(StayRecord(Stay("", "a court", "1", now.date(), now), now))
        body = record_json(record)
        about: dict[str, Any] = {"kind": "stay", "key": record.stay.id, "body": dict(body)}
        about["public"] = public_part(ENTER, record.stay.id, body)
        change(about)
        statement = Statement(log or gate.keys.vkey, ENTER, about, after)
        signature = gate.jose.sign(statement.to_bytes(), private_key(kit.keys / f"{by}.jwk"), detached=True)
        return Pending(statement.id, statement.to_bytes(), {by: signature}, now)


def as_signed(_about: dict[str, Any]) -> None:
    """Nothing is changed."""


def test_a_stay_that_counsel_signed_counts_wherever_it_was_laid(kit: Kit) -> None:
    with wiring.opened(kit.gate) as gate:
        gate.store.put_pending(laid(kit, as_signed))
    assert [one["standing"] for one in listed(kit)] == ["in_force"]
    assert kit.submit([subject(kit.people[0], 1)])["refused"] == 1
    kit.fsck()


def set_body(**values: Any) -> Callable[[dict[str, Any]], None]:
    """Body and public part, with other values."""

    def change(about: dict[str, Any]) -> None:
        about["body"] |= values
        about["public"] = public_part(ENTER, about["key"], about["body"])

    return change


def set_about(**values: Any) -> Callable[[dict[str, Any]], None]:
    """The statement, with other values."""
    return lambda about: about.update(values)


LAID: dict[str, Callable[[Kit], Pending]] = {
    "signed by a stranger": lambda k: laid(k, as_signed, "dora"),
    "of another gate": lambda k: laid(k, as_signed, log="another+00000000+AAAA"),
    "after another state": lambda k: laid(k, as_signed, after=1),
    "lifted already": lambda k: laid(k, set_body(lifted="2026-01-01T00:00:00Z", order="x")),
    "of another kind of the register": lambda k: laid(k, set_about(kind="founder")),
    "with persons in public": lambda k: laid(k, lambda about: about["public"].update(persons=["00" * 16])),
    "with another public part": lambda k: laid(k, lambda about: about["public"].update(court="another")),
    "with an id that is none": lambda k: laid(k, set_about(key="../x")),
    "with a text too long": lambda k: laid(k, set_body(court="D" * 1001)),
    "with a member too many": lambda k: laid(k, set_body(more="x")),
    "with a time that is none": lambda k: laid(k, set_body(effective="soon")),
    "effective before notice, by nobody's words": lambda k: laid(
        k, set_body(effective="2020-01-01T00:00:00Z", effective_stated=False)
    ),
    "with notice after its entry": lambda k: laid(k, set_body(served="2090-01-01T00:00:00Z")),
    "with a document that is none": lambda k: laid(k, set_body(document="order.pdf")),
    "with persons and no number": lambda k: laid(k, set_body(persons=["00" * 16])),
    "with a body that is none": lambda k: laid(k, set_about(body=[])),
}


def assert_opens_and_closes_nothing(kit: Kit, word: str = "pending 1") -> None:
    """The gate works as if it were not there, and fsck names it."""
    assert listed(kit) == []
    assert kit.submit([subject(kit.people[0], 1)])["awaiting_release"] == 1
    assert kit.approve()["released"] == 1
    report = kit.run("ledger", "fsck", kit.gate)
    assert report.code == 4
    assert any(word in problem for problem in report.document["problems"]), report.document["problems"]


@pytest.mark.long
@pytest.mark.parametrize("case", LAID)
def test_a_forged_stay_opens_nothing_closes_nothing_and_is_reported(kit: Kit, case: str) -> None:
    with wiring.opened(kit.gate) as gate:
        gate.store.put_pending(LAID[case](kit))
    assert_opens_and_closes_nothing(kit)


EDITS = {
    "no statement": "update pending set statement = x'00ff'",
    "a number": "update pending set statement = x'31'",
    "text where bytes belong": "update pending set statement = 'text'",
    "another statement under the id": "update pending set statement = replace(statement, 'a court', 'b court')",
    "another id": "update pending set id = 'x'",
    "no signature": "update pending set signatures = '{}'",
    "signatures of another shape": "update pending set signatures = '[1]'",
    "a signature that is none": "update pending set signatures = '{\"ada\": 7}'",
    "a signature of nothing": 'update pending set signatures = \'{"ada": "{}"}\'',
}


@pytest.mark.parametrize("case", EDITS)
def test_a_received_stay_that_was_altered_is_reported(kit: Kit, case: str) -> None:
    with wiring.opened(kit.gate) as gate:
        gate.store.put_pending(laid(kit, as_signed))
    sql(kit, EDITS[case])
    assert_opens_and_closes_nothing(kit)


def sql(kit: Kit, statement: str) -> None:
    """What somebody with the database at hand can do."""
    db = sqlite3.connect(kit.gate / wiring.STORE)
    with db:
        assert db.execute(statement).rowcount
    db.close()


def test_what_the_store_cannot_even_read_shuts_the_gate(kit: Kit) -> None:
    received(kit)
    sql(kit, "update pending set signatures = '{'")
    package = kit.package([subject(kit.people[0], 1)])
    for words in (
        ["submit", kit.gate, package],
        ["stay", "list", kit.gate],
        ["stay", "enter", kit.gate, *ORDER, "--all"],
    ):
        done = kit.run(*words, *([] if words[0] == "submit" or "list" in words else kit.signs("ada")))
        assert (done.code, "Traceback" in done.err) == (4, False)
    assert kit.run("ledger", "fsck", kit.gate).code == 4


BODIES: dict[str, tuple[str, str, dict[str, Json], dict[str, Json] | None]] = {
    # name: (a word of the problem, command, changes to the new body, changes to the old one or None for no old one)
    "enters over one that stands": ("may only enter", ENTER, {}, {}),
    "enters a lifted one": ("may only enter", ENTER, {"lifted": "2026-07-01T00:00:00Z"}, None),
    "lifts one that is not there": ("that stands", LIFT, {"lifted": "2026-07-01T00:00:00Z", "order": "x"}, None),
    "lifts one twice": (
        "that stands",
        LIFT,
        {"lifted": "2026-07-01T00:00:00Z", "order": "x"},
        {"lifted": "2026-06-01T00:00:00Z", "order": "y"},
    ),
    "lifts by no order": ("that stands", LIFT, {"lifted": "2026-07-01T00:00:00Z"}, {}),
    "lifts none": ("that stands", LIFT, {"order": "x"}, {}),
    "lifts, and narrows": (
        "nothing but",
        LIFT,
        {"lifted": "2026-07-01T00:00:00Z", "order": "x", "basis": BASIS},
        {},
    ),
    "persons that nobody counts": ("not about a stay", ENTER, {"persons": ["00"]}, None),
    "a count without persons": ("not about a stay", ENTER, {"named": 1}, None),
}


@pytest.mark.parametrize("case", BODIES)
def test_a_signed_stay_does_no_more_than_its_command_may(case: str) -> None:
    word, command, new, old = BODIES[case]
    now = datetime(2026, 5, 1, tzinfo=UTC)
    record = StayRecord(Stay("", "a court", "1", now.date(), now), now)
    body = record_json(record)
    after = body | new
    key = stay_id(record_from("", after))
    public = public_part(command, key, after)
    assert word in overreach(command, key, after, public, None if old is None else body | old)
    assert overreach("party add", key, after, public, None) == ""


def test_a_stay_is_entered_under_the_id_that_follows_from_the_order_alone() -> None:
    """Nobody takes the id of an order that is to come, to have it pass for one that does not hold yet."""
    now, later = datetime(2026, 5, 1, tzinfo=UTC), datetime(9998, 1, 1, tzinfo=UTC)
    order = StayRecord(Stay("", "a court", "1", now.date(), now), now, effective_stated=False)
    key = stay_id(order)
    assert stay_id(replace(order, received=later, stay=replace(order.stay, effective=later))) == key
    squatted = record_json(replace(order, effective_stated=True, stay=replace(order.stay, effective=later)))
    assert "not about this stay" in overreach(ENTER, key, squatted, public_part(ENTER, key, squatted), None)
    others: list[dict[str, Any]] = [
        {"court": "b"},
        {"docket": "2"},
        {"basis": "b"},
        {"requester": "r"},
        {"statute": "18 USC 1"},
    ]
    others += [{"of": "use"}, {"document": "0" * 64}, {"dated": "2026-04-30"}, {"persons": ["00"], "named": 1}]
    assert len({key, *(stay_id(record_from("", record_json(order) | other)) for other in others)}) == len(others) + 1


def test_a_stays_body_is_read_as_it_was_written() -> None:
    now = datetime(2026, 5, 1, tzinfo=UTC)
    record = StayRecord(
        Stay("S", "a court", "1", now.date(), now, persons=("0a",), served=now, lifted=now), now, 1, "x"
    )
    assert record_from("S", record_json(record)) == record


REGISTER_EDITS = {
    "lifted by hand": 'update register set body = replace(body, \'"lifted": ""\', \'"lifted": "2026-01-01T00:00:00Z"\')'
    " where kind = 'stay'",
    "narrowed by hand": 'update register set body = replace(body, \'"statute": ""\', \'"statute": "18 USC 1"\')'
    " where kind = 'stay'",
    "another person by hand": 'update register set body = replace(body, \'"persons": ["\', \'"persons": ["00\')'
    " where kind = 'stay'",
    "deleted": "delete from register where kind = 'stay'",
}


@pytest.mark.parametrize("case", REGISTER_EDITS)
def test_an_entered_stay_that_was_altered_shuts_the_gate(kit: Kit, case: str) -> None:
    enter(kit, "--person", person(kit, 0))
    sql(kit, REGISTER_EDITS[case])
    with wiring.opened(kit.gate) as gate:
        assert audit(gate)
        assert any("stay" in problem for problem in audit_register(gate))
    assert kit.run("submit", kit.gate, kit.package([subject(kit.people[0], 1)])).code == 4


# --- the statement for the court --------------------------------------------------------------------------------------


def looks(kit: Kit) -> int:
    """Inspections that were entered."""
    with wiring.opened(kit.gate) as gate:
        return sum(event.kind is EventKind.INSPECTION for event in gate.store.events())


def busy(kit: Kit) -> str:
    """A gate with something in every place, and a stay on all of it."""
    kit.submit([subject(kit.people[i], i + 1, officer=OFFICERS[i % 2]) for i in range(3)], "left")
    kit.approve("left")
    kit.submit([subject(kit.people[5], 1)], "waiting")
    return str(enter(kit, "--basis", BASIS)["stay"])


def test_the_statement_counts_and_is_no_look(kit: Kit) -> None:
    stay, before = busy(kit), looks(kit)
    out = kit.root / "statement.json"
    found = kit.done("stay", "statement", kit.gate, stay, "--out", out)
    assert looks(kit) == before
    assert "rows" not in found
    assert [(r["request"], r["tranche"], r["rows"], r["when"]) for r in found["disclosures"]["releases"]] == [
        (f"{AGENCY}/left", 1, 3, "after_notice")
    ]
    assert [(c["request"], c["awaiting_release"]) for c in found["closed"]] == [(f"{AGENCY}/waiting", 1)]
    held = kit.done("stay", "verify", out, "--vkey", kit.vkey())
    assert held["entered"]
    assert held["statement"] == {name: value for name, value in found.items() if name != "jws"}
    text = (kit.root / "statement.json.txt").read_text()
    for said in ("D.D.C.", "1:25-cv-457", stay, "in force", kit.vkey(), found["checkpoint"]["root"], "leaf "):
        assert said in text
    assert OFFICERS[0] not in text
    assert all(len(line) <= 110 for line in text.splitlines() if "SHA-256" not in line)


def test_the_statement_says_what_it_is_and_what_it_is_not(kit: Kit) -> None:
    kit.submit([subject(kit.people[0], i + 1, officer=OFFICERS[i]) for i in range(2)], "left")  # one person, twice
    kit.approve("left")
    order = kit.root / "order.pdf"
    order.write_bytes(b"It is so ordered.")
    digest = hashlib.sha256(order.read_bytes()).hexdigest()
    stay = enter(kit, "--basis", BASIS, "--of", "use", "--document", order)["stay"]
    found = kit.done("stay", "statement", kit.gate, stay, "--out", kit.root / "s.json")
    assert (found["entered_by"], found["order"]["document"]) == (["ada"], digest)
    with wiring.opened(kit.gate) as gate:
        adopted = rulings.adopted_pack(gate, BASIS)
    (left,) = found["disclosures"]["releases"]
    assert (left["rows"], left["persons"], left["officers"]) == (2, 1, 2)
    assert (left["edition"], left["edition_digest"]) == (load_pack(BASIS).edition, adopted)
    text = " ".join((kit.root / "s.json.txt").read_text().split())
    for said in (
        "no declaration", "28 USC 1746", "Fed. R. Evid. 902(13), (14)", "unwitnessed", "26 USC 6103(b)(8) suggests",
        "fetched, opened, used or passed on is not recorded", "Copies handed out before are not recalled",
        "order is one against use; it is applied here as one against disclosure", digest, adopted,
        ", by ada (the gate refuses from here; the order may bind earlier)", "records of one gate",
        "leaf: ", "tranche: ", "checkpoint: ", "the custodian's own clock", "in all 2 1",
    ):  # fmt: skip
        assert said in text, said
    assert "misspells" not in text
    named = enter(kit, "--person", person(kit, 0))["stay"]
    assert any("misspells" in said for said in kit.done("stay", "statement", kit.gate, named)["says"])


def test_its_rows_are_a_look_and_entered(kit: Kit) -> None:
    stay, before = busy(kit), looks(kit)
    found = kit.done("stay", "statement", kit.gate, stay, "--rows", *kit.signs("ada"))
    assert looks(kit) == before + 1
    rows = [(r["request"], r["row"], r["state"], r["officer"], r.get("when")) for r in found["rows"]]
    assert rows == [
        (f"{AGENCY}/left", "1", "released", OFFICERS[0], "after_notice"),
        (f"{AGENCY}/left", "2", "released", OFFICERS[1], "after_notice"),
        (f"{AGENCY}/left", "3", "released", OFFICERS[0], "after_notice"),
        (f"{AGENCY}/waiting", "1", "awaiting_release", OFFICERS[0], None),
    ]
    kit.fsck()


def test_who_may_not_look_is_shown_no_rows(kit: Kit) -> None:
    stay = busy(kit)
    done = kit.run("stay", "statement", kit.gate, stay, "--rows", *kit.signs("dora"))
    assert (done.code, done.document["error"]["code"]) == (1, "not_authorised")


def test_a_statement_that_was_altered_or_is_of_another_log_does_not_hold(kit: Kit) -> None:
    stay, out = busy(kit), kit.root / "statement.json"
    kit.done("stay", "statement", kit.gate, stay, "--out", out)
    jws = json.loads(out.read_text())
    other = kit.root / "other"
    founders = [word for p in ("ada", "ben") for word in ("--founder", f"{p}={kit.keys / p}.pub.jwk")]
    kit.done("init", other, "--custodian", "another", *founders, "--demo")
    another = kit.done("ledger", "key", other)["vkey"]
    assert kit.run("stay", "verify", out, "--vkey", another).code == 4
    out.write_text(json.dumps(jws | {"payload": jws["payload"][:-8] + "AAAAAAAA"}))
    assert kit.run("stay", "verify", out, "--vkey", kit.vkey()).code == 4
    kit.done("answers", kit.gate, "left", "--out", kit.root / "view.csv")
    refusals = kit.root / "out"
    kit.run("answers", kit.gate, "left", "--sealed", "--out", refusals)
    assert kit.run("stay", "verify", refusals / "refusals.json", "--vkey", kit.vkey()).code == 3
    assert kit.run("stay", "verify", kit.root / "none", "--vkey", kit.vkey()).code == 3


def test_affected_tells_rows_by_tranche_and_officer(kit: Kit) -> None:
    stay = busy(kit)
    with wiring.opened(kit.gate) as gate:
        known = staying.find(gate, stay)
        found = affected(gate, known)
        assert [(d.request.request_id, d.tranche, d.officer, d.rows.to_pylist(), d.when) for d in found] == [
            ("left", 1, OFFICERS[0], [0, 2], When.AFTER_NOTICE),
            ("left", 1, OFFICERS[1], [1], When.AFTER_NOTICE),
        ]
        assert all(d.released <= known.received and d.leaf < staying.leaves(gate, stay)[0] for d in found)
        assert Counted.of(found) == buckets(known, found)[When.AFTER_NOTICE] == Counted(3, 3, 2)
        assert gate.store.registered(RegisterKind.STAY)[0].key == stay


def test_a_file_beside_a_folder_of_that_name_is_refused(kit: Kit, tmp_path: Path) -> None:
    stay = enter(kit, "--all")["stay"]
    assert kit.run("stay", "statement", kit.gate, stay, "--out", tmp_path).code == 3
