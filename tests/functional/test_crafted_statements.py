"""Statements that no command makes, signed all the same: refused at the first signature, and found if they went in.

Whoever has the library and his own key can put any statement together. Each of these once took effect.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from kit import AGENCY, BASIS, Kit, Person, subject
from narrowgate import wiring
from narrowgate.domain.books import Json, Pending, RegisterKind, utc_text
from narrowgate.domain.errors import NarrowgateError
from narrowgate.domain.ports import Gate
from narrowgate.domain.vocabulary import DeterminationKind, Element, EventKind, HoldCause, Role
from narrowgate.flow import casefile, changes, determining, editions, holding, means, rulings, sealing, waiting
from narrowgate.flow.audit import audit
from narrowgate.flow.deciding import decide, decision_draft, register_statement
from narrowgate.flow.determining import Grounds
from narrowgate.flow.effects import EFFECTS
from narrowgate.flow.recomputing import RECOMPUTED
from narrowgate.flow.release import decline
from narrowgate.governance.decisions import BY_ONE, Statement, parse_statement
from narrowgate.governance.determinations import determination_json
from narrowgate.governance.staff import ROLE_OF, WRITES
from narrowgate.governance.writes import overreach
from narrowgate.law import pack as law_pack
from narrowgate.law.pack import pack_in
from narrowgate.notary.commit import Draft, enter

UNTIL = (datetime.now(UTC) + timedelta(days=100)).date()
OFFICERS_OF_DISCLOSURE = ("dora", "emil")
Craft = Callable[[Gate], Statement]


def key(kit: Kit, person: str) -> Any:
    return json.loads((kit.keys / f"{person}.jwk").read_text())


def having(statement: Statement, **about: Any) -> Statement:
    """The statement with other members; None takes one out."""
    changed = {name: value for name, value in {**statement.about, **about}.items() if value is not None}
    return replace(statement, about=changed)


def with_body(statement: Statement, **body: Any) -> Statement:
    stated = statement.about["body"]
    assert isinstance(stated, Mapping)
    return having(statement, body={**stated, **body})


def named(kit: Kit, role: str, *people: str) -> None:
    for person in people:
        key_file = kit.keys / f"{person}.pub.jwk"
        kit.done("staff", "add", kit.gate, person, "--role", role, "--key", key_file, *kit.signs())


def signed(gate: Gate, kit: Kit, statement: Statement, *people: str) -> Draft:
    payload = statement.to_bytes()
    return decision_draft(statement, {p: gate.jose.sign(payload, key(kit, p), detached=True) for p in people})


def forced(gate: Gate, kit: Kit, statement: Statement, *people: str) -> None:
    """Enters a decision past every check, as whoever can write the gate's files can."""
    about: Any = statement.about
    with gate.files.writing():
        enter(
            gate,
            rulings.gate_time(gate),
            [signed(gate, kit, statement, *people)],
            apply=lambda tx, i: tx.register(RegisterKind(about["kind"]), about["key"], about["body"], i),
            public=about.get("public"),
        )


def carried_out(gate: Gate, kit: Kit, statement: Statement, *people: str) -> None:
    """Carries a decision out without asking whether its command makes it."""
    with gate.files.writing():
        draft = signed(gate, kit, statement, *people)
        EFFECTS[statement.command](gate, statement, draft, rulings.gate_time(gate))


def found(gate: Gate, word: str) -> None:
    problems = audit(gate)
    assert any(word in problem for problem in problems), problems


def test_every_command_is_worked_out_anew_or_said_not_to_be() -> None:
    by_what_it_writes = {"party revoke", "shield add", "shield remove", "stay enter", "stay lift"}
    assert set(ROLE_OF) - set(RECOMPUTED) == by_what_it_writes | {"approve"}
    assert by_what_it_writes <= set(WRITES)


# --- rows that wait ---------------------------------------------------------------------------------------------------


def with_findings(kit: Kit) -> None:
    kit.done("party", "add", kit.gate, kit.write_parties("open_findings"), *kit.signs())
    kit.submit([subject(kit.people[0], 1)])


@pytest.mark.parametrize("element", ["CONFIRMED at 12 Maple St", "", "court_order_valid", None, ["case_stated"]])
def test_rows_are_refused_under_an_element_of_their_basis_alone(kit: Kit, element: Any) -> None:
    with_findings(kit)
    with wiring.opened(kit.gate) as gate:
        request = casefile.find_request(gate, "r-1")
        crafted = having(holding.hold_refuse(gate, request, Element.CASE_STATED, "x", []), element=element)
        with pytest.raises(NarrowgateError):
            decide(gate, crafted, {"ada": key(kit, "ada")})
        assert gate.store.pending() == []
    assert kit.view() == {"1": ("held", "")}


def test_a_text_for_an_element_is_neither_entered_nor_told(kit: Kit) -> None:
    with_findings(kit)
    with wiring.opened(kit.gate) as gate:
        request = casefile.find_request(gate, "r-1")
        crafted = having(holding.hold_refuse(gate, request, Element.CASE_STATED, "x", []), element="12 Maple St")
        with pytest.raises(NarrowgateError, match="no element"):
            carried_out(gate, kit, crafted, "ada")
        with pytest.raises(NarrowgateError, match="no element"):
            sealing.refusals(gate, request, [("1", ["12 Maple St"])])


def test_the_audit_finds_rows_refused_under_an_element_of_another_basis(kit: Kit) -> None:
    with_findings(kit)
    with wiring.opened(kit.gate) as gate:
        request = casefile.find_request(gate, "r-1")
        true = holding.hold_refuse(gate, request, Element.CASE_STATED, "x", [])
        carried_out(gate, kit, having(true, element="court_order_valid"), "ada")
        found(gate, "no element of their basis")


def test_officers_do_not_release_what_waits_for_counsel(kit: Kit) -> None:
    named(kit, "disclosure_officer", *OFFICERS_OF_DISCLOSURE)
    kit.submit([subject(kit.people[0], 1)])
    kit.done("decline", kit.gate, "r-1", "--why", "ask counsel", *kit.signs("dora"))
    with wiring.opened(kit.gate) as gate:
        true = holding.hold_release(gate, casefile.find_request(gate, "r-1"), [])
        assert (true.command, true.about["waived"]) == ("hold release counsel", ["counsel"])
        crafted = replace(true, command="hold release")
        with pytest.raises(NarrowgateError, match="not what follows"):
            decide(gate, crafted, {p: key(kit, p) for p in OFFICERS_OF_DISCLOSURE})
        carried_out(gate, kit, crafted, *OFFICERS_OF_DISCLOSURE)
        found(gate, "waived what is not theirs")


def test_nothing_is_waived_that_does_not_hold_the_rows(kit: Kit) -> None:
    named(kit, "disclosure_officer", *OFFICERS_OF_DISCLOSURE)
    first, other = kit.people[:2]
    away = {"address_line_1": other.address_line_1, "city": other.city, "zip": other.zip}
    kit.submit([subject(first, 1), subject(first, 2, **away)])
    with wiring.opened(kit.gate) as gate:
        true = holding.hold_release(gate, casefile.find_request(gate, "r-1"), [])
        crafted = having(true, waived=[*map(str, true.about["waived"]), "caseload"])  # type: ignore[arg-type]
        with pytest.raises(NarrowgateError, match="not what follows"):
            decide(gate, crafted, {p: key(kit, p) for p in OFFICERS_OF_DISCLOSURE})
        carried_out(gate, kit, crafted, *OFFICERS_OF_DISCLOSURE)
        found(gate, "did not hold the rows")


def test_open_findings_are_counsels_to_waive(kit: Kit) -> None:
    named(kit, "disclosure_officer", *OFFICERS_OF_DISCLOSURE)
    with_findings(kit)
    for cause in ([], ["--cause", "safeguards_open_findings"]):
        ended = kit.run("hold", "release", kit.gate, "r-1", *cause, *kit.signs(*OFFICERS_OF_DISCLOSURE))
        assert (ended.code, ended.document["error"]["code"]) == (1, "not_authorised")
    said = kit.done("hold", "release", kit.gate, "r-1", *kit.signs())
    assert (said["command"], said["result"]["went_on"]) == ("hold release counsel", 1)
    kit.fsck()


@pytest.mark.parametrize("forged", [{"rows_digest": "0" * 64}, {"more": 1}, {"why": None}])
def test_a_decline_says_what_decline_says(kit: Kit, forged: Mapping[str, Any]) -> None:
    kit.submit([subject(kit.people[0], 1)])
    with wiring.opened(kit.gate) as gate:
        crafted = having(decline(gate, casefile.find_request(gate, "r-1"), "x"), **forged)
        with pytest.raises(NarrowgateError):
            decide(gate, crafted, {"ada": key(kit, "ada")})


ASSIGNED: dict[str, tuple[str, Mapping[str, Any]]] = {
    # name: (key, body); {} stands for the request's ledger id
    "nobody": ("{}", {"nobody": 1}),
    "no request": ("junk", {"to": {"safeguards_open_findings": "ada"}, "at": "2026-01-01T00:00:00Z"}),
    "no cause": ("{}", {"to": {"weather": "ada"}, "at": "2026-01-01T00:00:00Z"}),
    "no person": ("{}", {"to": {"safeguards_open_findings": "a text of any length"}, "at": "2026-01-01T00:00:00Z"}),
    "no role": ("{}", {"to": {"safeguards_open_findings": "dora"}, "at": "2026-01-01T00:00:00Z"}),
    "no time": ("{}", {"to": {"safeguards_open_findings": "ada"}, "at": "soon"}),
    "not yet": ("{}", {"to": {"safeguards_open_findings": "ada"}, "at": "9998-01-01T00:00:00Z"}),
    "another's cause": ("{}", {"to": {"budget": "ada"}, "at": "2026-01-01T00:00:00Z"}),
    "a list": ("{}", {"to": ["ada"], "at": "2026-01-01T00:00:00Z"}),
}


@pytest.mark.long
@pytest.mark.parametrize("name", ASSIGNED)
def test_an_assignment_asks_one_who_may_act_on_what_waits(kit: Kit, name: str) -> None:
    with_findings(kit)
    with wiring.opened(kit.gate) as gate:
        request, (of, body) = gate.store.requests()[0], ASSIGNED[name]
        true = waiting.hold_assign(gate, request, "ada", [])
        assert true.command == "hold assign counsel"
        crafted = register_statement(gate, true.command, RegisterKind.ASSIGNMENT, of.format(request.ledger_id), body)
        with pytest.raises(NarrowgateError):
            decide(gate, crafted, {"ada": key(kit, "ada")})
        assert decide(gate, true, {"ada": key(kit, "ada")}).complete
        if name != "no role":  # whose role it was is not written down
            stands = {item.key: item.seq for item in gate.store.registered(RegisterKind.ASSIGNMENT)}
            about: Any = crafted.about
            forced(gate, kit, replace(crafted, after=stands.get(about["key"], 0)), "ada")
            found(gate, "hold assign counsel")


def test_who_was_asked_before_is_not_asked_again(kit: Kit) -> None:
    with_findings(kit)
    kit.done("hold", "assign", kit.gate, "r-1", "--to", "ada", *kit.signs("ben"))
    assert kit.run("hold", "assign", kit.gate, "r-1", "--to", "ada", *kit.signs("ben")).code == 2
    kit.done("hold", "assign", kit.gate, "r-1", "--to", "ben", *kit.signs("ada"))
    assert [w["assigned"] for w in kit.done("hold", "list", kit.gate)["held"]] == ["ben"]
    kit.fsck()


# --- what is public ---------------------------------------------------------------------------------------------------

LIES: dict[str, Mapping[str, Json]] = {
    "a stay is lifted": {"kind": "stay_lifted", "stay": "S", "order": "vacated", "lifted": "2026-11-23T00:00:00Z"},
    "a pack is adopted": {"kind": "pack_adopted", "pack": BASIS, "digest": "0" * 64, "why": "12 Maple St"},
    "a certificate": {"kind": "certificate", "certificate": "{}", "digest": "0" * 64},
    "nothing": {"kind": "config_adopted"},
}


def assigned(gate: Gate) -> Statement:
    return waiting.hold_assign(gate, gate.store.requests()[0], "ada", [])


def denied(gate: Gate) -> Statement:
    matter = determining.of_agency(gate, DeterminationKind.SAFEGUARDS_ACCEPTED, AGENCY)
    return determining.deny(gate, matter, Grounds("D", "no"))


@pytest.mark.parametrize("craft", [assigned, pytest.param(denied, marks=pytest.mark.long)])
@pytest.mark.parametrize("lie", LIES)
def test_one_person_says_nothing_in_public(kit: Kit, lie: str, craft: Craft) -> None:
    with_findings(kit)
    with wiring.opened(kit.gate) as gate:
        true = craft(gate)
        assert true.command in BY_ONE
        crafted, size = having(true, public=LIES[lie]), gate.store.head().size
        with pytest.raises(NarrowgateError):
            decide(gate, crafted, {"ada": key(kit, "ada")})
        assert gate.store.head().size == size
        forced(gate, kit, crafted, "ada")
        found(gate, "does not follow from it")


def test_the_audit_finds_what_is_public_and_was_decided_by_nobody(kit: Kit) -> None:
    with wiring.opened(kit.gate) as gate:
        with gate.files.writing():
            said: Mapping[str, Json] = {"command": "answers", "request": "", "by": "unsigned, demo gate"}
            enter(gate, rulings.gate_time(gate), [Draft(EventKind.INSPECTION, said)], public=LIES["a certificate"])
        found(gate, "nobody decided what is public")


def test_a_certificate_says_in_public_what_it_says(kit: Kit) -> None:
    with wiring.opened(kit.gate) as gate:
        certificate = rulings.certificate(gate)
        assert certificate is not None
        true = means.adopt_certificate(gate, certificate)
        crafted = having(true, public=LIES["a certificate"])
        with pytest.raises(NarrowgateError, match="follow"):
            decide(gate, crafted, {"ada": key(kit, "ada")})
        forced(gate, kit, crafted, "ada", "ben")
        found(gate, "does not follow from it")


def test_the_audit_finds_a_certificate_that_was_never_measured(kit: Kit) -> None:
    with wiring.opened(kit.gate) as gate:
        true = rulings.certificate(gate)
        assert true is not None
        crafted = means.adopt_certificate(gate, replace(true, threshold=1))
        forced(gate, kit, crafted, "ada", "ben")
        found(gate, "measured no such certificate")


# --- editions and orders ----------------------------------------------------------------------------------------------


def draft_edition(tmp_path: Path) -> Path:
    """An edition that allows a purpose more."""
    folder = tmp_path / "draft"
    shutil.copytree(law_pack.ROOT / "packs" / BASIS, folder / "packs" / BASIS)
    shutil.copytree(law_pack.ROOT / "statutes", folder / "statutes")
    text = folder / "packs" / BASIS / "pack.toml"
    text.write_text(text.read_text().replace("purposes = [", 'purposes = ["identify_or_locate", ', 1))
    return folder / "packs" / BASIS


EDITIONS: dict[str, Mapping[str, Any]] = {
    "it changes nothing": {"compared": ["says what the adopted edition says"]},
    "nothing is compared": {"compared": []},
    "another edition": {"edition": "2099-01-01"},
    "another pack": {"pack": "us.irc.6103.i.1"},
    "another reason": {"why": "x"},
}


@pytest.mark.parametrize("name", EDITIONS)
def test_what_is_said_of_an_edition_follows_from_its_files(kit: Kit, tmp_path: Path, name: str) -> None:
    folder = draft_edition(tmp_path)
    with wiring.opened(kit.gate) as gate:
        true = changes.pack_adopt(gate, str(folder), "a typing error")
        public: Any = true.about["public"]
        assert any("identify_or_locate" in line for line in public["compared"])
        crafted = having(true, public={**public, **EDITIONS[name]})
        with pytest.raises(NarrowgateError, match="follow"):
            decide(gate, crafted, {"ada": key(kit, "ada")})
        waits = Pending(crafted.id, crafted.to_bytes(), {"ada": "x"}, gate.clock.now())
        gate.store.put_pending(waits)
    for signs in ([], kit.signs("ada", "ben")):
        ended = kit.run("sign-off", kit.gate, crafted.id, *signs)
        assert ended.code in (1, 4)
        assert "follow" in ended.document["error"]["message"]


def test_an_edition_is_tried_again_by_each_who_signs_for_it(kit: Kit, tmp_path: Path) -> None:
    folder = draft_edition(tmp_path)
    examples = folder / "examples.toml"
    text = examples.read_text()
    examples.write_text(text.replace('refused_under = ["', 'refused_under = ["row_well_formed", "', 1))
    with wiring.opened(kit.gate) as gate:
        pack = pack_in(folder)
        with gate.files.writing():
            editions.keep(gate, pack)
        body = {"digest": pack.digest, "edition": str(pack.edition), "why": "x"}
        public = {"kind": "pack_adopted", "pack": BASIS, **body, "compared": ["x"]}
        crafted = register_statement(gate, "pack adopt", RegisterKind.PACK, BASIS, body, public=public)
        with pytest.raises(NarrowgateError, match="example"):
            decide(gate, crafted, {"ada": key(kit, "ada")})


def test_an_edition_that_the_gate_does_not_keep_is_not_adopted(kit: Kit) -> None:
    with wiring.opened(kit.gate) as gate:
        true = changes.pack_adopt(gate, BASIS, "x")
        public: Any = true.about["public"]
        crafted = having(with_body(true, digest="0" * 64), public={**public, "digest": "0" * 64})
        with pytest.raises(NarrowgateError, match="keeps no such edition"):
            decide(gate, crafted, {"ada": key(kit, "ada")})


# --- determinations ---------------------------------------------------------------------------------------------------


def accepted(kit: Kit) -> str:
    words = ("determination", "enter", kit.gate, "safeguards_accepted", "--agency", AGENCY)
    kit.done(*words, "--reference", "D-1", "--why", "ok", "--until", UNTIL.isoformat(), *kit.signs())
    (known,) = kit.done("determination", "list", kit.gate)["determinations"]
    return str(known["id"])


@pytest.mark.parametrize("ended", [datetime(9998, 1, 1, tzinfo=UTC), datetime(2001, 1, 1, tzinfo=UTC)])
def test_a_determination_ends_as_it_is_ended(kit: Kit, ended: datetime) -> None:
    accepted(kit)
    with wiring.opened(kit.gate) as gate:
        (known,) = rulings.determinations(gate)
        body = determination_json(replace(known, ended=ended))
        command = "determination end safeguards_accepted"
        crafted = register_statement(gate, command, RegisterKind.DETERMINATION, known.id, body, why="x")
        with pytest.raises(NarrowgateError, match="by now"):
            decide(gate, crafted, {"ada": key(kit, "ada")})
        forced(gate, kit, crafted, "ada")
        found(gate, "by now")


def test_a_determination_that_was_ended_is_ended(kit: Kit) -> None:
    known = accepted(kit)
    kit.done("determination", "end", kit.gate, known, "--why", "over", *kit.signs("ben"))
    assert kit.done("determination", "list", kit.gate)["determinations"] == []
    kit.fsck()


MADE: dict[str, Mapping[str, Any]] = {
    "of a requester that is unknown": {"about": "somebody.else"},
    "from a time to come": {"made": "2999-01-01T00:00:00Z", "until": "2999-01-02T00:00:00Z"},
    "in the middle of a day": {"until": f"{UNTIL}T12:00:00Z"},
    "under no basis": {"basis": "no.such.basis"},
    "with a document by another name": {"document_digest": "letter.pdf"},
    "with a reference that steers a terminal": {"document": "D\x1b[2J"},
}


@pytest.mark.parametrize("name", MADE)
def test_a_determination_is_one_that_could_be_entered(kit: Kit, name: str) -> None:
    with wiring.opened(kit.gate) as gate:
        matter = determining.of_agency(gate, DeterminationKind.SAFEGUARDS_ACCEPTED, AGENCY)
        true = determining.enter(gate, matter, Grounds("D-1", "ok", UNTIL))
        with pytest.raises(NarrowgateError):
            decide(gate, with_body(true, **MADE[name]), {"ada": key(kit, "ada")})


ORDERED = "us.irc.6103.i.1"


def ordered(kit: Kit, person: Person, request: str) -> Path:
    """A package under a court's order that names this person."""
    today = datetime.now(UTC).date()
    stated = {
        "file": "order.pdf",
        "sha256": hashlib.sha256(b"an order\n").hexdigest(),
        "court": "United States District Court for the Eastern District of Virginia",
        "judge": "The Honorable Ruth Calloway, United States Magistrate Judge",
        "docket": "1:26-mj-00481",
        "dated": (today - timedelta(days=20)).isoformat(),
        "expires": (today + timedelta(days=90)).isoformat(),
        "statute": "18 USC 1343",
        "findings": ["criminal_act", "relevance", "exclusive_use", "no_other_source"],
        "recipients": [AGENCY],
        "names": [{"surname": person.surname, "given_name": person.given_name}],
        "periods": [2022, 2023, 2024],
    }
    rows = [subject(person, 1)]
    folder = kit.write_package(rows, request, basis=ORDERED, criminal_statute="18 USC 1343", order=stated)
    (folder / "order.pdf").write_bytes(b"an order\n")
    kit.attest(folder, "officer-1", ["personally_engaged"])
    kit.sign(folder)
    return folder


def test_an_order_is_verified_as_the_request_says_that_its_signers_were_told_of(kit: Kit) -> None:
    path = kit.write_parties()
    path.write_text(path.read_text().replace(f'["{BASIS}"]', f'["{BASIS}", "{ORDERED}"]'))
    kit.done("party", "add", kit.gate, path, *kit.signs())
    kit.done("pack", "adopt", kit.gate, ORDERED, "--why", "x", *kit.signs())
    for person, request in zip(kit.people, ("o-1", "o-2"), strict=False):
        kit.done("submit", kit.gate, ordered(kit, person, request))
    with wiring.opened(kit.gate) as gate:
        first, other = (determining.of_order(gate, casefile.find_request(gate, name)) for name in ("o-1", "o-2"))
        grounds = Grounds("clerk's docket", "compared with the papers of o-1")
        for crafted in (replace(other, seen=first.seen), replace(other, seen={})):
            with pytest.raises(NarrowgateError):
                decide(gate, determining.enter(gate, crafted, grounds), {"ada": key(kit, "ada")})
        true = determining.enter(gate, other, grounds)
        later = utc_text(datetime.now(UTC).replace(hour=0, minute=0, second=0) + timedelta(days=399))
        with pytest.raises(NarrowgateError, match="until"):
            decide(gate, with_body(true, until=later), {"ada": key(kit, "ada")})
        assert decide(gate, true, {p: key(kit, p) for p in ("ada", "ben")}).complete
    kit.fsck()


# --- parties, staff, means --------------------------------------------------------------------------------------------


def _party(gate: Gate, kit: Kit) -> Statement:
    return changes.party_add(gate, kit.write_parties())


def _officer(gate: Gate, kit: Kit, **of_key: Any) -> Statement:
    true = _party(gate, kit)
    body: Any = json.loads(json.dumps(true.about["body"]))
    body["officers"][0]["key"] |= of_key
    return with_body(true, officers=body["officers"])


def _staff(gate: Gate, kit: Kit, **body: Any) -> Statement:
    return with_body(changes.staff_add(gate, "dora", Role.AUDITOR, kit.keys / "dora.pub.jwk"), **body)


def _means(gate: Gate, **body: Any) -> Statement:
    (stands,) = gate.store.registered(RegisterKind.SNAPSHOT)
    changed = {**stands.body, **body}
    return register_statement(gate, "records load", RegisterKind.SNAPSHOT, rulings.CURRENT, changed)


def _config(gate: Gate, **body: Any) -> Statement:
    (stands,) = gate.store.registered(RegisterKind.CONFIG)
    changed = {**stands.body, **body}
    public: Mapping[str, Json] = {"kind": "config_adopted", "config": changed}
    return register_statement(gate, "config adopt", RegisterKind.CONFIG, rulings.CURRENT, changed, public=public)


def _shield(gate: Gate, until: str, name: str = "0" * 32) -> Statement:
    return register_statement(gate, "shield add", RegisterKind.SHIELD, name, {"until": until}, why="x")


def _unrevoked(gate: Gate, kit: Kit) -> Statement:
    """A revocation that gives the office another key."""
    true = changes.party_revoke(gate, kit.write_parties())
    body: Any = json.loads(json.dumps(true.about["body"]))
    body["offices"][0]["may_sign"] = []
    return with_body(true, offices=body["offices"])


WRITTEN: dict[str, Callable[[Gate, Kit], Statement]] = {
    "an agency under another's id": lambda g, k: having(_party(g, k), key="another.agency"),
    "an agency of another shape": lambda g, k: with_body(_party(g, k), more=1),
    "an officer whose key has a false thumbprint": lambda g, k: _officer(g, k, thumbprint="x"),
    "an officer with a private key": lambda g, k: _officer(g, k, jwk=key(k, "officer-1")),
    "an officer with a colleague's key": lambda g, k: _officer(
        g, k, jwk=(pub := json.loads((k.keys / "officer-2.pub.jwk").read_text())), thumbprint=g.jose.thumbprint(pub)
    ),
    "a suspension without its document": lambda g, k: with_body(_party(g, k), safeguards="suspended"),
    "a revocation that changes more": _unrevoked,
    "two roles at once": lambda g, k: _staff(g, k, roles=["administrator", "auditor"]),
    "a role that there is not": lambda g, k: _staff(g, k, roles=["king"]),
    "a key with a false thumbprint": lambda g, k: _staff(g, k, thumbprint="x"),
    "somebody else's key": lambda g, k: _staff(
        g, k, jwk=(pub := json.loads((k.keys / "ada.pub.jwk").read_text())), thumbprint=g.jose.thumbprint(pub)
    ),
    "an id that is none": lambda g, k: having(_staff(g, k), key="dora\x1b[2J"),
    "records of more persons": lambda g, _k: _means(g, persons=10**6),
    "records that are not there": lambda g, _k: _means(g, digest="0" * 64),
    "records and more": lambda g, _k: _means(g, more=1),
    "another custodian": lambda g, _k: _config(g, custodian="another"),
    "no demo": lambda g, _k: _config(g, demo=False),
    "a limit beyond its bounds": lambda g, _k: _config(g, person_budget=0),
    "a limit that there is not": lambda g, _k: _config(g, more=1),
    "a configuration under another key": lambda g, _k: having(_config(g), key="other"),
    "a shield without an end": lambda g, _k: _shield(g, "z"),
    "a shield that ends at noon": lambda g, _k: _shield(g, "2090-01-01T12:00:00Z"),
    "a shield of a name": lambda g, _k: _shield(g, "2090-01-01T00:00:00Z", "Albert Abernathy"),
    "more than is decided": lambda g, k: having(_party(g, k), more="12 Maple St"),
}
BY_STATE = frozenset({"records of more persons", "records that are not there", "somebody else's key"})
"""What no body tells: these the audit takes as they were signed."""


@pytest.mark.long
@pytest.mark.parametrize("name", WRITTEN)
def test_the_register_gets_what_its_commands_write(kit: Kit, name: str) -> None:
    with wiring.opened(kit.gate) as gate:
        crafted, size = WRITTEN[name](gate, kit), gate.store.head().size
        signers = {p: key(kit, p) for p in ("ada", "ben")}
        with pytest.raises(NarrowgateError):
            decide(gate, crafted, signers)
        assert (gate.store.head().size, gate.store.pending()) == (size, [])
        about: Any = crafted.about
        stands = [i.body for i in gate.store.registered(RegisterKind(about["kind"])) if i.key == about["key"]]
        at, thumbprint = rulings.gate_time(gate), gate.jose.thumbprint
        said = overreach(crafted.command, about, stands[0] if stands else None, at, thumbprint)
        assert bool(said) is (name not in BY_STATE)


# --- what waits -------------------------------------------------------------------------------------------------------

JUNK: Sequence[bytes] = (
    b"[]", b"{}", b"\xff", b"[" * 50_000, b'"x"', b"1",
    b'{"about":{},"after":0,"command":"no such","format":"narrowgate-decision/1","log":"x"}',
    b'{"about":[],"after":0,"command":"approve","format":"narrowgate-decision/1","log":"x"}',
    b'{"about":{},"after":true,"command":"approve","format":"narrowgate-decision/1","log":"x"}',
    b'{"about":{},"after":0,"command":[],"format":"narrowgate-decision/1","log":"x"}',
)  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize("junk", JUNK, ids=range(len(JUNK)))
def test_what_cannot_be_read_is_said_so_among_what_waits(kit: Kit, junk: bytes) -> None:
    with pytest.raises(NarrowgateError):
        parse_statement(junk)
    key_file = f"{kit.keys / 'dora'}.pub.jwk"
    words = ("staff", "add", kit.gate, "dora", "--role", "auditor", "--key", key_file)
    good = kit.run(*words, *kit.signs("ada")).document["id"]
    with wiring.opened(kit.gate) as gate:
        gate.store.put_pending(Pending("0" * 16, junk, {"ada": "x"}, gate.clock.now()))
    listed = {p["id"]: p for p in kit.done("sign-off", kit.gate)["pending"]}
    assert (listed[good]["command"], listed[good]["problem"]) == ("staff add", "")
    assert (listed["0" * 16]["command"], listed["0" * 16]["signed_by"]) == ("", ["ada"])
    assert "cannot be read" in listed["0" * 16]["problem"]
    assert kit.run("sign-off", kit.gate, "0" * 16).code == 4
    kit.done("sign-off", kit.gate, good, *kit.signs("ben"))
    assert kit.run("ledger", "fsck", kit.gate).code == 4


def test_each_cause_is_waived_by_those_whose_it_is(kit: Kit) -> None:
    with_findings(kit)
    with wiring.opened(kit.gate) as gate:
        request = casefile.find_request(gate, "r-1")
        true = holding.hold_release(gate, request, [HoldCause.SAFEGUARDS_OPEN_FINDINGS])
        assert ROLE_OF[true.command] is Role.COUNSEL
