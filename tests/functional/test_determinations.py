"""What people found, for a time: orders, requesters, reasons, open findings; and holds with an owner and a deadline."""

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from kit import AGENCY, BASIS, FOUNDERS, OFFICE, OFFICERS, Captured, Kit, Person, Row, subject
from narrowgate import wiring
from narrowgate.domain.books import Json
from narrowgate.domain.errors import IntegrityError
from narrowgate.domain.parties import Jwk
from narrowgate.domain.ports import Gate
from narrowgate.domain.vocabulary import HoldCause
from narrowgate.flow import determining
from narrowgate.flow.audit import audit, audit_register
from narrowgate.flow.casefile import find_request
from narrowgate.flow.deciding import Decision, decide
from narrowgate.flow.holding import hold_release
from narrowgate.flow.release import decline, page
from narrowgate.flow.submit import submit
from narrowgate.flow.waiting import Waits, waiting
from narrowgate.governance.decisions import Statement
from narrowgate.surfaces.cli.common import private_key

ORDERED, HOSPITAL = "us.irc.6103.i.1", "us.hipaa.164.512.f.2"
TODAY = datetime.now(UTC).date()
ORDER_FILE = b"%PDF-1.7 an order of a court, made up"
COPIED = "The indictment charges failure to depart in case 12"
WHY = ("--reference", "letter 2026-114", "--why", "spoke with the clerk of the court")


def day(ahead: int) -> str:
    return (TODAY + timedelta(days=ahead)).isoformat()


def limits(kit: Kit, **values: int) -> None:
    """Sets keys of narrowgate.toml; a demo gate takes them at once."""
    path = kit.gate / "narrowgate.toml"
    lines = path.read_text(encoding="utf-8").splitlines()
    changed = [f"{n} = {values[n]}" if (n := line.split(" = ")[0]) in values else line for line in lines]
    assert changed != lines
    path.write_text("\n".join(changed) + "\n", encoding="utf-8")


def failed(kit: Kit, *words: object) -> tuple[int, str]:
    ended = kit.run(*words)
    return ended.code, ended.document.get("error", {}).get("code", "")


def outcomes(kit: Kit, request: str = "r-1") -> list[str]:
    return [outcome for outcome, _ in kit.view(request).values()]


def holds(kit: Kit, *options: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = kit.done("hold", "list", kit.gate, *options)["held"]
    return found


def causes(kit: Kit) -> dict[str, int]:
    return {wait["cause"]: wait["rows"] for wait in holds(kit)}


def adopt(kit: Kit, *packs: str) -> None:
    """Adopts packs, and lets the agency's office sign for them."""
    path = kit.write_parties()
    signs = ", ".join(f'"{name}"' for name in (BASIS, *packs))
    text = path.read_text(encoding="utf-8").replace(f'may_sign = ["{BASIS}"]', f"may_sign = [{signs}]")
    path.write_text(text, encoding="utf-8")
    kit.done("party", "add", kit.gate, path, *kit.signs())
    for name in packs:
        kit.done("pack", "adopt", kit.gate, name, "--why", "reviewed by two counsel", *kit.signs())


@pytest.fixture(scope="module")
def opened(template: Path, tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Path:
    """A gate that has adopted the packs of orders and of hospitals too."""
    root = tmp_path_factory.mktemp("determinations")
    made = Kit(root, Captured(pytestconfig))
    made.copy_from(template)
    adopt(made, ORDERED, HOSPITAL)
    return root


@pytest.fixture
def kit(opened: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Kit:
    """A copy of that gate, for one test."""
    made = Kit(tmp_path, capsys)
    made.copy_from(opened)
    return made


def order(people: Sequence[Person], **changes: Any) -> dict[str, Any]:
    """A court's order as a request states it."""
    return {
        "file": "order.pdf",
        "sha256": hashlib.sha256(ORDER_FILE).hexdigest(),
        "court": "United States District Court for the Eastern District of Virginia",
        "judge": "The Honorable Ruth Calloway, United States Magistrate Judge",
        "docket": "1:26-mj-00481",
        "dated": day(-20),
        "expires": day(90),
        "statute": "18 USC 1343",
        "findings": ["criminal_act", "relevance", "exclusive_use", "no_other_source"],
        "recipients": [AGENCY],
        "names": [{"surname": p.surname, "given_name": p.given_name} for p in people],
        "periods": [2022, 2023, 2024],
    } | changes


def ordered(kit: Kit, people: Sequence[Person], request_id: str = "r-1", file: bytes = ORDER_FILE, **head: Any) -> Path:
    """A package under a court's order that names these people."""
    stated = head.pop("order", None) or order(people)
    rows = [subject(person, i) for i, person in enumerate(people)]
    made = {"basis": ORDERED, "criminal_statute": "18 USC 1343", "order": stated}
    folder = kit.write_package(rows, request_id, **(made | head))
    (folder / "order.pdf").write_bytes(file)
    kit.attest(folder, OFFICERS[0], ["personally_engaged"])
    kit.sign(folder)
    return folder


def verify(kit: Kit, request: str = "r-1", *more: str, by: Sequence[str] = FOUNDERS) -> Any:
    return kit.run(
        "determination", "enter", kit.gate, "court_order_verified", "--order", request, *WHY, *more, *kit.signs(*by)
    )


def release(kit: Kit, request: str = "r-1", *more: str) -> dict[str, int]:
    result: dict[str, int] = kit.done("hold", "release", kit.gate, request, *more, *kit.signs())["result"]
    return result


def in_force(kit: Kit, *options: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = kit.done("determination", "list", kit.gate, *options)["determinations"]
    return found


class Later:
    """The port ``Clock``: a time that is set."""

    def __init__(self, ahead: timedelta) -> None:
        self.ahead = ahead

    def now(self) -> datetime:
        return datetime.now(UTC).replace(microsecond=0) + self.ahead


@contextmanager
def later(kit: Kit, days: int) -> Iterator[Gate]:
    """The gate in some days."""
    with wiring.opened(kit.gate) as gate:
        yield replace(gate, clock=Later(timedelta(days=days)))


def both(kit: Kit) -> Mapping[str, Jwk]:
    return {person: private_key(Path(f"{kit.keys / person}.jwk")) for person in FOUNDERS}


def release_later(kit: Kit, gate: Gate, *causes: HoldCause) -> Decision:
    return decide(gate, hold_release(gate, find_request(gate, "r-1"), causes), both(kit))


def approve_later(kit: Kit, gate: Gate) -> Mapping[str, Json]:
    return decide(gate, page(gate, find_request(gate, "r-1")).statement, both(kit)).result


def verify_later(kit: Kit, gate: Gate, until: date | None = None) -> None:
    matter = determining.of_order(gate, find_request(gate, "r-1"))
    decide(gate, determining.enter(gate, matter, determining.Grounds("letter", "asked again", until)), both(kit))


# --- a court's order -------------------------------------------------------------------------------------------------


def test_what_rests_on_an_order_waits_until_two_counsel_verified_it(kit: Kit) -> None:
    done = kit.done("submit", kit.gate, ordered(kit, kit.people[:2]))
    assert (done["refused"], done["held"]) == (0, 2)
    (wait,) = holds(kit)
    assert (wait["cause"], wait["rows"], wait["owner"], wait["blocked"]) == ("counsel", 2, "counsel", True)
    assert [step.split()[1:3] for step in wait["next"]] == [
        ["determination", "order"],
        ["determination", "enter"],
        ["hold", "release"],
    ]
    stays = {"went_on": 0, "refused": 0, "still_held": 2}
    assert release(kit) == release(kit, "r-1", "--cause", "counsel") == stays  # no one waives it
    first = verify(kit, by=["ada"])
    assert (first.code, first.document["complete"]) == (2, False)
    assert release(kit) == stays  # one signature is not enough
    kit.done("sign-off", kit.gate, first.document["id"], *kit.signs("ben"))
    (found,) = in_force(kit)
    assert (found["kind"], found["met"], found["basis"]) == ("court_order_verified", True, ORDERED)
    assert found["until"] == f"{day(30)}T00:00:00Z"
    assert outcomes(kit) == ["held", "held"]  # it is people who let the rows go on
    (wait,) = holds(kit)
    assert (wait["blocked"], [step.split()[1:3] for step in wait["next"]]) == (False, [["hold", "release"]])
    assert release(kit) == {"went_on": 2, "refused": 0, "still_held": 0}
    assert kit.approve()["released"] == 2
    assert outcomes(kit) == ["confirmed", "confirmed"]
    kit.done("submit", kit.gate, ordered(kit, kit.people[:2], "r-2"))
    assert outcomes(kit, "r-2") == ["awaiting_release"] * 2
    kit.fsck()


def test_counsel_read_the_order_and_what_is_stated_of_it_and_the_look_is_entered(kit: Kit) -> None:
    kit.done("submit", kit.gate, ordered(kit, kit.people[:1]))
    size = _entries(kit)
    out = kit.root / "papers"
    words = ("determination", "order", kit.gate, "r-1", "--out", out)
    assert failed(kit, *words, *kit.signs(OFFICERS[0])) == (1, "not_authorised")
    assert (out.exists(), _entries(kit)) == (False, size)
    shown = kit.done(*words, *kit.signs("ada"))
    assert (out / "order.pdf").read_bytes() == ORDER_FILE
    stated = json.loads((out / "stated.json").read_text(encoding="utf-8"))
    assert stated == order(kit.people[:1])
    assert {oct(path.stat().st_mode & 0o777) for path in out.iterdir()} == {"0o600"}
    assert _entries(kit) == size + 1
    assert verify(kit).code == 0
    assert in_force(kit)[0]["about"] == shown["about"]
    kit.fsck()


OTHERWISE: dict[str, dict[str, Any]] = {
    # name: what a second request states otherwise of the same file
    "one more name": {"names": [{"surname": p, "given_name": g} for p, g in (("Abernathy", "Albert"), ("X", "Y"))]},
    "one more period": {"periods": [2021, 2022, 2023, 2024]},
    "a later last day": {"expires": day(91)},
    "one more recipient": {"recipients": [AGENCY, "another.agency"]},
    "one more statute": {"statute": "18 USC 1343; 18 USC 1956"},
    "another docket": {"docket": "1:26-mj-00482"},
}


def test_an_order_is_verified_as_it_is_stated_and_not_as_another_request_states_the_same_file(kit: Kit) -> None:
    person = kit.people[0]
    kit.done("submit", kit.gate, ordered(kit, [person]))
    assert verify(kit).code == 0
    found = {}
    for number, (name, changes) in enumerate(OTHERWISE.items(), 2):
        folder = ordered(kit, [person], f"r-{number}", order=order([person], **changes))
        found[name] = kit.done("submit", kit.gate, folder)["held"]
    assert found == dict.fromkeys(OTHERWISE, 1)
    kit.done("submit", kit.gate, ordered(kit, [person], "same"))
    assert outcomes(kit, "same") == ["awaiting_release"]


def test_a_verification_that_expired_holds_again_at_release_of_a_hold_and_at_approval(kit: Kit) -> None:
    kit.done("submit", kit.gate, ordered(kit, kit.people[:1]))
    assert verify(kit).code == 0
    with later(kit, 29) as gate:
        assert release_later(kit, gate).result == {"went_on": 1, "refused": 0, "still_held": 0}
    with later(kit, 31) as gate:
        assert approve_later(kit, gate)["held_anew"] == 1
        assert [(w.cause.value, w.blocked) for w in waiting(gate)] == [("counsel", True)]
        assert release_later(kit, gate).result == {"went_on": 0, "refused": 0, "still_held": 1}
        verify_later(kit, gate)
        assert release_later(kit, gate).result == {"went_on": 1, "refused": 0, "still_held": 0}
        assert approve_later(kit, gate)["released"] == 1
        assert audit(gate) == []


def test_a_row_held_for_something_else_is_held_for_its_order_too_once_that_is_due(kit: Kit) -> None:
    limits(kit, caseload_ceiling=1)
    first = kit.done("submit", kit.gate, ordered(kit, kit.people[:2]))
    assert (first["held"], causes(kit)) == (2, {"caseload": 2, "counsel": 2})
    assert verify(kit).code == 0
    again = ordered(kit, kit.people[:2], "r-2")
    kit.done("submit", kit.gate, again)
    assert [(w["request"], w["cause"]) for w in holds(kit)][-1] == (f"{AGENCY}/r-2", "caseload")
    (found,) = in_force(kit)
    kit.done("determination", "end", kit.gate, found["id"], "--why", "the clerk called", *kit.signs("ben"))
    assert release(kit, "r-2", "--cause", "caseload") == {"went_on": 0, "refused": 0, "still_held": 2}
    assert {w["cause"] for w in holds(kit) if w["request"].endswith("r-2")} == {"counsel"}


def test_one_counsel_ends_a_verification_and_what_awaited_release_waits_again(kit: Kit) -> None:
    kit.done("submit", kit.gate, ordered(kit, kit.people[:1]))
    assert verify(kit).code == 0
    release(kit)
    (found,) = in_force(kit)
    ended = kit.done("determination", "end", kit.gate, found["id"], "--why", "vacated", *kit.signs("ada"))
    assert ended["complete"]
    assert kit.approve()["held_anew"] == 1
    assert release(kit)["still_held"] == 1
    assert (in_force(kit), [d["standing"] for d in in_force(kit, "--all")]) == ([], ["ended"])
    kit.fsck()


def test_an_order_that_one_counsel_denied_refuses_and_two_lift_it(kit: Kit) -> None:
    file = kit.root / "order.pdf"
    file.write_bytes(ORDER_FILE)
    kit.done("submit", kit.gate, ordered(kit, kit.people[:1]))
    assert verify(kit).code == 0
    denied = kit.done(
        "determination", "deny", kit.gate, "court_order_verified", "--order-file", file, *WHY, *kit.signs("ada")
    )
    assert denied["complete"]
    assert release(kit) == {"went_on": 0, "refused": 1, "still_held": 0}
    kit.done("submit", kit.gate, ordered(kit, kit.people[1:2], "r-2"))
    assert [kit.view(r) for r in ("r-1", "r-2")] == [{"0": ("refused", "court_order_valid")}] * 2
    denial = next(d for d in in_force(kit) if not d["met"])
    lift = ("determination", "lift", kit.gate, denial["id"], "--why", "it was another's copy")
    assert kit.run(*lift, *kit.signs("ada")).code == 2
    kit.done("submit", kit.gate, ordered(kit, kit.people[:1], "r-3"))
    assert kit.view("r-3") == {"0": ("refused", "court_order_valid")}
    pending = kit.done("sign-off", kit.gate)["pending"][0]["id"]
    kit.done("sign-off", kit.gate, pending, *kit.signs("ben"))
    kit.done("submit", kit.gate, ordered(kit, kit.people[:1], "r-4"))
    assert outcomes(kit, "r-4") == ["awaiting_release"]
    kit.fsck()


def test_what_was_declined_and_rests_on_a_verified_order_is_counsels_to_release(kit: Kit) -> None:
    kit.done("submit", kit.gate, ordered(kit, kit.people[:1]))
    assert verify(kit).code == 0
    release(kit)
    kit.done("decline", kit.gate, "r-1", "--why", "is it the right person?", *kit.signs("ada"))
    (wait,) = holds(kit)
    assert (wait["cause"], wait["blocked"]) == ("counsel", False)
    assert release(kit)["went_on"] == 1
    assert kit.approve()["released"] == 1


def test_a_verification_counts_no_longer_than_its_order(kit: Kit) -> None:
    people = kit.people[:1]
    kit.done("submit", kit.gate, ordered(kit, people, order=order(people, expires=day(10))))
    assert failed(kit, *_words(kit, "court_order_verified", "--order", "r-1", "--until", day(12))) == (
        3,
        "invalid_input",
    )
    assert verify(kit).code == 0
    assert in_force(kit)[0]["until"] == f"{day(11)}T00:00:00Z"


# --- who may, and what cannot be entered -----------------------------------------------------------------------------


def _words(kit: Kit, *words: object, word: str = "enter", by: Sequence[str] = FOUNDERS) -> list[object]:
    return ["determination", word, kit.gate, *words, *WHY, *kit.signs(*by)]


BAD: dict[str, tuple[object, ...]] = {
    "an agency that is not registered": ("requester_verified", "--agency", "nobody", "--until", day(9)),
    "an officer of nobody": ("requester_verified", "--agency", AGENCY, "--officer", "officer-9", "--until", day(9)),
    "an officer's safeguards": (
        "safeguards_accepted", "--agency", AGENCY, "--officer", OFFICERS[0], "--until", day(9),
    ),
    "an officer without his agency": ("requester_verified", "--officer", OFFICERS[0], "--until", day(9)),
    "about nothing": ("requester_verified", "--until", day(9)),
    "about two things": ("requester_verified", "--agency", AGENCY, "--order", "r-1", "--until", day(9)),
    "a kind about something else": ("reason_accepted", "--agency", AGENCY, "--until", day(9)),
    "an order of an agency": ("court_order_verified", "--agency", AGENCY),
    "an order of a basis without orders": ("court_order_verified", "--order", "r-1"),
    "an order of no request": ("court_order_verified", "--order", "r-99"),
    "a reason of no row": ("reason_accepted", "--reason", "r-1", "99", "--until", day(9)),
    "a row without a reason": ("reason_accepted", "--reason", "r-1", "blank", "--until", day(9)),
    "no day": ("requester_verified", "--agency", AGENCY),
    "a day that is today": ("requester_verified", "--agency", AGENCY, "--until", day(0)),
    "a day gone by": ("requester_verified", "--agency", AGENCY, "--until", day(-1)),
    "a day too far": ("requester_verified", "--agency", AGENCY, "--until", day(402)),
    "the last day there is": ("requester_verified", "--agency", AGENCY, "--until", "9999-12-31"),
    "a basis of no pack": ("requester_verified", "--agency", AGENCY, "--until", day(9), "--basis", "us.no.such"),
    "a document that is not there": (
        "requester_verified", "--agency", AGENCY, "--until", day(9), "--document", "/nowhere/x",
    ),
    "a document that is a folder": ("requester_verified", "--agency", AGENCY, "--until", day(9), "--document", "/"),
    "a reference that steers a terminal": (
        "requester_verified", "--agency", AGENCY, "--until", day(9), "--reference", "\x1b[2J",
    ),
    "a blank reference": ("requester_verified", "--agency", AGENCY, "--until", day(9), "--reference", "  "),
    "a reference too long": ("requester_verified", "--agency", AGENCY, "--until", day(9), "--reference", "x" * 201),
    "a blank reason why": ("requester_verified", "--agency", AGENCY, "--until", day(9), "--why", " "),
    "a kind that is none": ("gate_open", "--agency", AGENCY, "--until", day(9)),
}  # fmt: skip


def test_what_cannot_be_entered_is_said_and_nothing_is(kit: Kit) -> None:
    kit.submit([subject(kit.people[0], 1), subject(kit.people[1], "blank", reason="")])
    size = _entries(kit)
    found = {}
    for name, words in BAD.items():
        given = ["determination", "enter", kit.gate, *words]
        given += [w for flag, text in (WHY[:2], WHY[2:]) if flag not in words for w in (flag, text)]
        found[name] = failed(kit, *given, *kit.signs())
    expected = dict.fromkeys(BAD, (3, "invalid_input")) | {"an order of no request": (3, "unknown_request")}
    assert found == expected
    assert (_entries(kit), in_force(kit, "--all"), kit.done("sign-off", kit.gate)["pending"]) == (size, [], [])


def _entries(kit: Kit) -> int:
    with closing(sqlite3.connect(f"file:{kit.gate / wiring.STORE}?mode=ro", uri=True)) as db:
        return int(db.execute("SELECT count(*) FROM entry").fetchone()[0])


def test_an_order_whose_file_did_not_come_or_that_has_expired_is_not_verified(kit: Kit) -> None:
    people = kit.people[:1]
    kit.done("submit", kit.gate, ordered(kit, people, "gone", order=order(people, expires=day(-1))))
    bare = kit.write_package([subject(people[0], 0)], "bare", basis=ORDERED, order=order(people))
    kit.attest(bare, OFFICERS[0], ["personally_engaged"])
    kit.sign(bare)
    kit.done("submit", kit.gate, bare)
    for request in ("gone", "bare"):
        assert verify(kit, request).code == 3, request


ROLES = {
    # kind: (who finds it, who does not, about whom or what)
    "requester_verified": ("counsel", ("--agency", AGENCY)),
    "safeguards_accepted": ("counsel", ("--agency", AGENCY)),
    "reason_accepted": ("disclosure_officer", ("--reason", "r-1", "1")),
}


@pytest.mark.long
def test_each_kind_is_found_by_its_role_and_by_no_other(kit: Kit) -> None:
    kit.done("key", "new", kit.keys / "carl")
    for role, people in (("counsel", ("cleo", "carl")), ("disclosure_officer", ("dora", "emil"))):
        for person in people:
            key = kit.keys / f"{person}.pub.jwk"
            kit.done("staff", "add", kit.gate, person, "--role", role, "--key", key, *kit.signs())
    people_of = {"counsel": ("cleo", "carl"), "disclosure_officer": ("dora", "emil")}
    kit.submit([subject(kit.people[0], 1)])
    for kind, (role, about) in ROLES.items():
        right = people_of[role]
        (wrong,) = (people for other, people in people_of.items() if other != role)
        for word in ("enter", "deny"):
            words = (kind, *about, "--until", day(9))
            assert failed(kit, *_words(kit, *words, word=word, by=wrong)) == (1, "not_authorised"), (kind, word)
        kit.done(*_words(kit, kind, *about, "--until", day(9), by=right))
        entered = in_force(kit)[-1]["id"]
        end = ("determination", "end", kit.gate, entered, "--why", "over")
        assert failed(kit, *end, *kit.signs(wrong[0])) == (1, "not_authorised"), kind
        assert failed(kit, "determination", "lift", kit.gate, entered, "--why", "x", *kit.signs(*right)) == (
            3,
            "invalid_input",
        )
        kit.done(*end, *kit.signs(right[0]))
        assert failed(kit, *end, *kit.signs(right[0])) == (3, "invalid_input"), "ended twice"
    assert in_force(kit) == []
    kit.fsck()


FORGED: dict[str, tuple[str, dict[str, Json]]] = {
    # name: (command that one person signs, what he writes instead)
    "a denial that is met": ("determination deny requester_verified", {"met": True}),
    "a denial of another kind": ("determination deny requester_verified", {"kind": "safeguards_accepted", "met": True}),
    "an end that prolongs": ("determination end requester_verified", {"until": f"{day(300)}T00:00:00Z"}),
    "an end that does not end": ("determination end requester_verified", {"ended": ""}),
    "an end about another": ("determination end requester_verified", {"about": "other"}),
    "an end that makes one": ("determination end requester_verified", {"met": False}),
    "a denial for ever": ("determination deny requester_verified", {"met": False, "until": "9000-01-01T00:00:00Z"}),
}


def test_one_person_does_no_more_than_the_command_says_whatever_he_signs(kit: Kit) -> None:
    kit.done(*_words(kit, "requester_verified", "--agency", AGENCY, "--until", day(9)))
    (known,) = in_force(kit)
    one = {"ada": both(kit)["ada"]}
    with wiring.opened(kit.gate) as gate:
        end = determining.finish(gate, "end", known["id"], "over")
        body = end.about["body"]
        assert isinstance(body, Mapping)
        for name, (command, changes) in FORGED.items():
            fresh = command.split()[1] == "deny"
            start = dict(body) | ({"ended": ""} if fresh else {})
            about = dict(end.about) | {"body": start | changes, "key": "new" if fresh else known["id"]}
            forged = Statement(end.log, command, about, 0 if fresh else end.after)
            with pytest.raises(IntegrityError):
                decide(gate, forged, one)
            assert audit_register(gate) == [], name
        assert decide(gate, end, one).complete
    kit.fsck()


EDITS = {
    "a determination is deleted": "delete from register where kind = 'determination'",
    "a denial is turned": "update register set body = replace(body, 'false', 'true') where kind = 'determination'",
    "one counts for longer": (
        "update register set body = replace(body, '\"until\": \"20', '\"until\": \"30') where kind = 'determination'"
    ),
    "one is about another": "update register set body = replace(body, 'test.agency', 'x') where kind = 'determination'",
    "an assignment is another's": "update register set body = replace(body, 'ada', 'ben') where kind = 'assignment'",
}


@pytest.mark.parametrize("name", EDITS)
def test_an_edited_determination_shuts_the_gate(kit: Kit, name: str) -> None:
    limits(kit, reason_repeats=1)
    kit.submit([subject(kit.people[i], i, reason=COPIED) for i in (0, 1)])
    kit.done(*_words(kit, "requester_verified", "--agency", AGENCY, word="deny", by=["ada"]))
    kit.done("hold", "assign", kit.gate, "r-1", "--to", "ada", *kit.signs("ben"))
    with closing(sqlite3.connect(kit.gate / wiring.STORE)) as db, db:
        assert db.execute(EDITS[name]).rowcount == 1
    assert kit.run("ledger", "fsck", kit.gate).document["clean"] is False
    assert failed(kit, "approve", kit.gate, "r-1", *kit.signs())[0] in (2, 4)
    assert failed(kit, "submit", kit.gate, kit.package([subject(kit.people[3], 3)], "r-2")) == (4, "integrity")


def test_a_determination_is_nowhere_public_and_a_reason_nowhere_in_clear(kit: Kit) -> None:
    marked = f"{COPIED} about Zzyzxian"
    kit.submit([subject(kit.people[0], 1, reason=marked)])
    kit.done(*_words(kit, "reason_accepted", "--reason", "r-1", "1", "--until", day(9)))
    (found,) = in_force(kit)
    assert len(found["about"]) == 32
    for path in kit.gate.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert b"Zzyzxian" not in data, path
            if "ledger" in path.parts:
                assert b"determination" not in data
                assert found["about"].encode() not in data


# --- reasons ---------------------------------------------------------------------------------------------------------


def copies(kit: Kit, start: int, reason: str = COPIED, officer: str = OFFICERS[0]) -> list[Row]:
    return [subject(kit.people[i], i, reason=reason, officer=officer) for i in (start, start + 1)]


def test_a_reason_that_officers_accepted_is_not_held_in_any_spelling_and_another_is(kit: Kit) -> None:
    limits(kit, reason_repeats=1)
    kit.submit(copies(kit, 0))
    kit.done(*_words(kit, "reason_accepted", "--reason", "r-1", "0", "--until", day(9)))
    kit.submit(copies(kit, 10, f"  {COPIED.upper()} ") + copies(kit, 20, COPIED.replace("12", "13")), "r-2")
    assert outcomes(kit, "r-2") == ["awaiting_release"] * 2 + ["held"] * 2
    assert outcomes(kit) == ["held"] * 2
    assert release(kit)["went_on"] == 2
    (found,) = in_force(kit)
    kit.done("determination", "end", kit.gate, found["id"], "--why", "too many", *kit.signs("ada"))
    kit.submit(copies(kit, 30), "r-3")
    assert outcomes(kit, "r-3") == ["held"] * 2
    kit.fsck()


def test_an_accepted_reason_expires(kit: Kit) -> None:
    limits(kit, reason_repeats=1)
    kit.submit(copies(kit, 0))
    kit.done(*_words(kit, "reason_accepted", "--reason", "r-1", "0", "--until", day(9)))
    found = {}
    for days in (8, 9):
        made_at = (datetime.now(UTC) + timedelta(days=days - 1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        folder = kit.package(copies(kit, 10 * days), f"r-{days}", made_at=made_at)
        with later(kit, days) as gate:
            found[days] = submit(gate, folder).held
    assert found == {8: 0, 9: 2}


def test_an_accepted_reason_holds_no_more_when_its_rows_are_released_for_another_cause(kit: Kit) -> None:
    limits(kit, reason_repeats=1, caseload_ceiling=1)
    kit.submit(copies(kit, 0))
    assert causes(kit) == {"caseload": 2, "reason_generic": 2}
    kit.done(*_words(kit, "reason_accepted", "--reason", "r-1", "0", "--until", day(9)))
    assert release(kit, "r-1", "--cause", "caseload") == {"went_on": 2, "refused": 0, "still_held": 0}
    kit.fsck()


def test_a_reason_accepted_for_one_agency_is_not_accepted_for_another(kit: Kit) -> None:
    limits(kit, reason_repeats=1)
    kit.submit(copies(kit, 0))
    kit.done(*_words(kit, "reason_accepted", "--reason", "r-1", "0", "--until", day(9), "--basis", "any"))
    lines = ["[agency]", 'id = "other.agency"', 'name = "Other Agency"', 'safeguards = "clear"']
    lines += ["[[office]]", 'id = "other.head"', f'may_sign = ["{BASIS}"]', 'key = "dora.pub.jwk"']
    lines += ["[[officer]]", 'id = "emil"', 'key = "emil.pub.jwk"', 'encryption_key = "emil.enc.pub.jwk"']
    (kit.keys / "other.toml").write_text("\n".join(lines), encoding="utf-8")
    kit.done("party", "add", kit.gate, kit.keys / "other.toml", *kit.signs())
    rows = copies(kit, 10, officer="emil")
    folder = kit.write_package(
        rows, "r-2", agency="other.agency", signed_by={"office": "other.head", "name": "Other Head"}
    )
    kit.attest(folder, "emil")
    kit.done("sign", folder, "--key", f"{kit.keys / 'dora'}.jwk")
    assert kit.done("submit", kit.gate, folder)["held"] == 2


def test_a_reason_that_one_officer_denied_holds_even_once_and_is_not_waived(kit: Kit) -> None:
    kit.submit([subject(kit.people[0], 1, reason=COPIED)])
    kit.done(*_words(kit, "reason_accepted", "--reason", "r-1", "1", word="deny", by=["ada"]))
    kit.submit([subject(kit.people[1], 1, reason=COPIED), subject(kit.people[2], 2)], "r-2")
    assert outcomes(kit, "r-2") == ["held", "awaiting_release"]
    assert causes(kit) == {"reason_generic": 1}
    assert release(kit, "r-2")["still_held"] == 1
    assert kit.approve()["held_anew"] == 1
    (found,) = in_force(kit)
    kit.done("determination", "lift", kit.gate, found["id"], "--why", "it is specific", *kit.signs())
    assert [release(kit, r)["went_on"] for r in ("r-1", "r-2")] == [1, 1]
    kit.fsck()


# --- open findings ---------------------------------------------------------------------------------------------------


def findings(kit: Kit, *, accepted: bool) -> None:
    kit.done("party", "add", kit.gate, kit.write_parties("open_findings"), *kit.signs())
    if accepted:
        kit.done(*_words(kit, "safeguards_accepted", "--agency", AGENCY, "--until", day(20)))


def test_open_findings_that_counsel_accepted_hold_nothing_until_that_ends(kit: Kit) -> None:
    kit.submit([subject(kit.people[0], 1)])
    findings(kit, accepted=True)
    kit.submit([subject(kit.people[1], 1)], "r-2")
    assert outcomes(kit, "r-2") == ["awaiting_release"]
    assert kit.approve("r-2")["released"] == 1
    with later(kit, 21) as gate:
        assert approve_later(kit, gate)["held_anew"] == 1
        assert [w.cause.value for w in waiting(gate)] == ["safeguards_open_findings"]
        assert audit(gate) == []


def test_open_findings_that_counsel_denied_are_not_waived(kit: Kit) -> None:
    findings(kit, accepted=False)
    kit.submit([subject(kit.people[0], 1)])
    assert [w["blocked"] for w in holds(kit)] == [False]
    kit.done(*_words(kit, "safeguards_accepted", "--agency", AGENCY, word="deny", by=["ada"]))
    assert [w["blocked"] for w in holds(kit)] == [True]
    assert release(kit)["still_held"] == 1
    (found,) = in_force(kit)
    kit.done("determination", "lift", kit.gate, found["id"], "--why", "mended", *kit.signs())
    assert release(kit)["went_on"] == 1
    assert kit.approve()["released"] == 1  # waived by two for these rows
    kit.fsck()


def test_what_two_people_waived_they_saw(kit: Kit) -> None:
    """A release of one hold is no waiver of a cause that comes later."""
    limits(kit, reason_repeats=1)
    kit.submit(copies(kit, 0))
    assert release(kit)["went_on"] == 2
    findings(kit, accepted=False)
    assert kit.approve()["held_anew"] == 2
    assert causes(kit) == {"safeguards_open_findings": 2}


# --- requesters ------------------------------------------------------------------------------------------------------


def test_a_hospitals_requester_is_verified_for_a_time_himself_or_by_his_agency(kit: Kit) -> None:
    made = {"basis": HOSPITAL, "purpose": "identify_or_locate", "criminal_statute": None, "statutory_authority": None}
    made |= {"details": {"items": ["name_and_address"], "required_by_law": False}}  # type: ignore[dict-item]

    def ask(request_id: str) -> list[tuple[str, str]]:
        rows = [
            subject(kit.people[i], i, officer=officer, x_subject_role="fugitive", taxable_periods="")
            for i, officer in enumerate(OFFICERS)
        ]
        folder = kit.write_package(rows, request_id, **made)
        for officer in OFFICERS:
            kit.attest(folder, officer, ["personally_engaged"])
        kit.sign(folder)
        kit.done("submit", kit.gate, folder)
        return list(kit.view(request_id).values())

    no, yes = ("refused", "requester_verified"), ("awaiting_release", "")
    assert ask("r-0") == [no, no]
    until = ("--until", day(20))
    kit.done(*_words(kit, "requester_verified", "--agency", AGENCY, "--officer", OFFICERS[0], *until))
    assert ask("r-1") == [yes, no]
    kit.done(*_words(kit, "requester_verified", "--agency", AGENCY, *until, "--basis", BASIS))
    assert ask("r-2") == [yes, no]  # for another basis
    kit.done(*_words(kit, "requester_verified", "--agency", AGENCY, *until))
    assert ask("r-3") == [yes, yes]
    words = ("requester_verified", "--agency", AGENCY, "--officer", OFFICERS[1])
    kit.done(*_words(kit, *words, word="deny", by=["ada"]))
    assert ask("r-4") == [yes, no]
    with later(kit, 21) as gate:
        assert approve_later(kit, gate)["refused_anew"] == 1
        assert audit(gate) == []


# --- holds with an owner and a deadline ------------------------------------------------------------------------------

URGENCY: dict[int, tuple[int, str]] = {
    # days on: (days overdue, who is told), with hold_days = 4, escalate_days = 3, of a disclosure officer's hold
    0: (0, ""),
    4: (0, ""),
    5: (1, "counsel"),
    7: (3, "administrator"),
    9: (5, "administrator"),
    10: (6, "auditor"),
    25: (21, "auditor"),
}


def test_a_hold_has_an_owner_a_deadline_and_someone_who_is_told(kit: Kit) -> None:
    limits(kit, reason_repeats=1, hold_days=4, escalate_days=3)
    kit.submit(copies(kit, 0))
    (wait,) = holds(kit)
    assert (wait["owner"], wait["people"], wait["deadline"]) == ("disclosure_officer", ["ada", "ben"], day(4))
    assert (wait["days"], wait["overdue"], wait["assigned"]) == (0, 0, "")
    found = {}
    for days in URGENCY:
        with later(kit, days) as gate:
            (one,) = waiting(gate)
            found[days] = (one.urgency.overdue, one.urgency.escalated_to or "")
    assert found == URGENCY
    assert holds(kit, "--overdue") == []
    assert kit.run("hold", "list", kit.gate).code == 0


def test_what_waits_longest_stands_first_and_age_refuses_nothing(kit: Kit) -> None:
    limits(kit, reason_repeats=1, hold_days=4)
    kit.submit(copies(kit, 0))
    made_at = (datetime.now(UTC) + timedelta(days=300)).strftime("%Y-%m-%dT%H:%M:%SZ")
    folder = kit.package(copies(kit, 10), "r-2", made_at=made_at)
    with later(kit, 301) as gate:
        submit(gate, folder)
        found: list[Waits] = waiting(gate)
        assert [(w.request.request_id, w.urgency.days) for w in found] == [("r-1", 301), ("r-2", 0)]
        assert release_later(kit, gate).result["went_on"] == 2


def test_a_hold_keeps_its_age_when_its_rows_are_decided_anew_for_another_cause(kit: Kit) -> None:
    limits(kit, reason_repeats=1, caseload_ceiling=1)
    kit.submit(copies(kit, 0))
    with later(kit, 6) as gate:
        assert release_later(kit, gate, HoldCause.CASELOAD).result["still_held"] == 2
        assert [(w.cause.value, w.urgency.days) for w in waiting(gate)] == [("reason_generic", 6)]
        assert release_later(kit, gate).result["went_on"] == 2
    with later(kit, 8) as gate:
        request = find_request(gate, "r-1")
        decide(gate, decline(gate, request, "look again"), both(kit))
    with later(kit, 9) as gate:
        assert [(w.cause.value, w.urgency.days) for w in waiting(gate)] == [("counsel", 1)]


def test_a_hold_is_assigned_to_one_who_may_act_by_one_who_may(kit: Kit) -> None:
    limits(kit, reason_repeats=1)
    for person in ("dora", "emil"):
        key = kit.keys / f"{person}.pub.jwk"
        kit.done("staff", "add", kit.gate, person, "--role", "disclosure_officer", "--key", key, *kit.signs())
    kit.submit(copies(kit, 0))
    assign = ("hold", "assign", kit.gate, "r-1")
    assert failed(kit, *assign, "--to", "ada", *kit.signs("dora")) == (3, "invalid_input")  # no officer any more
    assert failed(kit, *assign, "--to", "dora", *kit.signs("ada")) == (1, "not_authorised")
    assert failed(kit, *assign, "--to", "dora", "--cause", "budget", *kit.signs("emil")) == (2, "nothing_to_do")
    kit.done(*assign, "--to", "dora", *kit.signs("emil"))
    assert [w["assigned"] for w in holds(kit)] == ["dora"]
    kit.done("hold", "release", kit.gate, "r-1", *kit.signs("dora", "emil"))  # anyone of the role may still act
    kit.done("decline", kit.gate, "r-1", "--why", "look", *kit.signs("dora"))
    assert failed(kit, *assign, "--to", "ada", *kit.signs("dora")) == (1, "not_authorised")  # counsel's own
    kit.done(*assign, "--to", "ada", *kit.signs("ben"))
    assert [(w["cause"], w["assigned"]) for w in holds(kit)] == [("counsel", "ada")]
    kit.fsck()


# --- corrected requests ----------------------------------------------------------------------------------------------


def test_a_correction_withdraws_the_rows_it_corrects_and_only_these(kit: Kit) -> None:
    limits(kit, reason_repeats=1)
    rows = [subject(kit.people[i], i) for i in range(6)]
    held = [row | {"reason": COPIED} for row in rows[:2]]
    kit.submit([*held, rows[2], rows[3], rows[4] | {"address_line_1": ""}, rows[5]])
    before = kit.view()
    assert [o for o, _ in before.values()] == ["held", "held", "awaiting_release", "awaiting_release", "refused",
                                               "awaiting_release"]  # fmt: skip
    corrected = [rows[0], rows[2], rows[3] | {"reason": ""}, rows[4], subject(kit.people[9], 9)]
    done = kit.submit(corrected, "r-2", supersedes="r-1")
    assert (done["refused"], done["awaiting_release"]) == (1, 4)
    assert kit.view() == before | {"0": ("withdrawn", ""), "2": ("withdrawn", "")}  # refused stays refused
    assert causes(kit) == {"reason_generic": 1}
    kit.approve("r-2")
    kit.submit([rows[0], rows[1]], "r-3", supersedes="r-2")  # what left, and what it never asked, stays
    assert outcomes(kit, "r-2") == ["confirmed", "confirmed", "refused", "confirmed", "confirmed"]
    assert outcomes(kit)[1] == "held"  # r-3 corrects r-2, not r-1
    kit.fsck()


def test_a_correction_by_another_office_of_the_same_agency_withdraws_nothing(kit: Kit) -> None:
    path = kit.write_parties()
    more = ["[[office]]", 'id = "test.agency.inspector"', f'may_sign = ["{BASIS}"]', 'key = "dora.pub.jwk"']
    path.write_text(path.read_text(encoding="utf-8") + "\n".join(more) + "\n", encoding="utf-8")
    kit.done("party", "add", kit.gate, path, *kit.signs())
    rows = [subject(kit.people[0], 1)]
    kit.submit(rows)
    signer = {"office": "test.agency.inspector", "name": "The Inspector"}
    folder = kit.write_package(rows, "r-2", supersedes="r-1", signed_by=signer)
    kit.attest(folder, OFFICERS[0])
    kit.done("sign", folder, "--key", f"{kit.keys / 'dora'}.jwk")
    kit.done("submit", kit.gate, folder)
    assert outcomes(kit) == ["awaiting_release"]
    assert signer["office"] != OFFICE


def test_a_correction_that_waits_for_its_order_takes_the_place_of_what_waited(kit: Kit) -> None:
    kit.done("submit", kit.gate, ordered(kit, kit.people[:2]))
    assert verify(kit).code == 0
    release(kit)
    wider = order(kit.people[:3])
    kit.done("submit", kit.gate, ordered(kit, kit.people[:1], "r-2", order=wider, supersedes="r-1"))
    assert (outcomes(kit), outcomes(kit, "r-2")) == (["withdrawn", "awaiting_release"], ["held"])
    assert kit.approve()["released"] == 1
    kit.fsck()
