"""What one insider does to the gate's files: `ledger fsck` and `ledger verify` find each edit, and name it."""

import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from kit import CUSTODIAN, OFFICERS, Captured, Kit, subject
from narrowgate import wiring
from narrowgate.domain.books import Json, Pending, RegisterKind
from narrowgate.flow.audit import audit, audit_register
from narrowgate.governance.decisions import Statement


@pytest.fixture(scope="module")
def busy(template: Path, tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Path:
    """A gate on which everything was done once; the requests are named by what became of them."""
    root = tmp_path_factory.mktemp("busy")
    kit = Kit(root, Captured(pytestconfig))
    kit.copy_from(template)
    p = kit.people
    elsewhere = {"address_line_1": p[30].address_line_1, "city": p[30].city, "zip": p[30].zip}
    one = ("--sign", f"ada={kit.keys / 'ada'}.jwk")
    kit.done("shield", "add", kit.gate, "--person", p[40].id, "--until", "2090-01-01", "--why", "x", *kit.signs())
    for who in ("dora", "emil"):
        key = kit.keys / f"{who}.pub.jwk"
        kit.done("staff", "add", kit.gate, who, "--role", "auditor", "--key", key, *kit.signs())
    kit.submit([subject(p[0], 1), subject(p[1], 2, officer=OFFICERS[1]), subject(p[2], 3, zip="", city="")], "released")
    kit.approve("released")
    kit.submit([subject(p[0], 1), subject(p[31], 2, **elsewhere)], "repeated")
    kit.submit([subject(p[4], 1), subject(p[5], 2, **elsewhere)], "declined")
    kit.done("decline", kit.gate, "declined", "--why", "x", *one)
    kit.submit([subject(p[6], 1)], "counsel")
    kit.done("decline", kit.gate, "counsel", "--why", "x", *one)
    kit.done("hold", "release", kit.gate, "counsel", *kit.signs())
    kit.approve("counsel")
    kit.submit([subject(p[0], 1, **elsewhere), subject(p[7], 2)], "budget")
    kit.done("hold", "release", kit.gate, "budget", *kit.signs())
    kit.submit([subject(p[8], 1)], "refused")
    kit.done("decline", kit.gate, "refused", "--why", "x", *one)
    kit.done("hold", "refuse", kit.gate, "refused", "--element", "address_stated", "--why", "x", *one)
    kit.submit([subject(p[i], i) for i in range(10, 14)], "superseded")
    kit.submit([subject(p[i], i) for i in range(10, 12)], "superseding", supersedes="superseded")
    kit.submit([subject(p[20], 1)], "refused-anew")
    kit.done("party", "add", kit.gate, kit.write_parties("suspended"), *kit.signs())
    kit.approve("refused-anew")
    kit.done("party", "add", kit.gate, kit.write_parties(), *kit.signs())
    kit.submit([subject(p[21], 1), subject(p[22], 2)], "waiting")
    return root


@pytest.fixture
def gate(busy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Kit:
    """A copy of the busy gate."""
    made = Kit(tmp_path, capsys)
    shutil.copytree(busy / "gate", made.gate)
    shutil.copytree(busy / "keys", made.keys)
    return made


def test_a_busy_gate_that_nobody_touched_is_clean(gate: Kit) -> None:
    gate.fsck()
    said = gate.done("ledger", "verify", gate.gate)
    assert said["problems"] == []
    assert "register, books, files and records against them" in said["checked"]
    with wiring.opened(gate.gate) as opened:
        assert audit(opened) == audit_register(opened) == []


# --- the database -----------------------------------------------------------------------------------------------------

ROWS_OF = "where request = (select ledger_id from request where request_id = '{}')"


def of(request: str) -> str:
    """The rows of a request, as SQL says it."""
    return ROWS_OF.format(request)


def sql(kit: Kit, *statements: str) -> None:
    """What somebody with the database at hand can do."""
    db = sqlite3.connect(kit.gate / wiring.STORE)
    with db:
        changed = [db.execute(statement).rowcount for statement in statements]
    db.close()
    assert all(changed), "a tampering that changes nothing tests nothing"


def mallory(kit: Kit) -> str:
    """A member's body with somebody else's key."""
    jwk = json.loads((kit.keys / "cleo.pub.jwk").read_text())
    return json.dumps({"jwk": jwk, "thumbprint": wiring.jose.thumbprint(jwk), "roles": []})


EDITS: dict[str, tuple[str, tuple[str, ...]]] = {
    # name: (a word of the problem, statements)
    "a shield is deleted": ("shield that entry", ("delete from register where kind = 'shield'",)),
    "an agency's last body is deleted": (
        "party that entry",
        ("delete from register where seq = (select max(seq) from register where kind = 'party')",),
    ),
    "the certificate is deleted": ("certificate that entry", ("delete from register where kind = 'certificate'",)),
    "the snapshot is deleted": ("snapshot that entry", ("delete from register where kind = 'snapshot'",)),
    "a limit is raised": (
        "config that entry 0",
        (
            (
                "update register set body = replace(body, '\"release_tranche\": ', '\"release_tranche\": 9') "
                "where kind = 'config'"
            ),
        ),
    ),
    "a role is added": (
        "staff that entry",
        ("update register set body = replace(body, '\"auditor\"', '\"auditor\", \"counsel\"') where kind = 'staff'",),
    ),
    "a member is added": (
        "nobody decided the staff",
        (
            (
                "insert into register (kind, key, body, entry) select kind, 'eve', body, entry from register "
                "where key = 'dora'"
            ),
        ),
    ),
    "two decisions change places": (
        "was altered",
        ("update register set seq = 900 where key = 'dora'", "update register set seq = seq - 1 where key = 'emil'"),
    ),
    "a decision passes for a look": (
        "the books call its event inspection",
        (
            "delete from register where kind = 'shield'",
            (
                "update event set kind = 'inspection' where entry = (select min(entry) from event where entry > "
                "(select entry from register where kind = 'certificate') and kind = 'decision')"
            ),
        ),
    ),
    "answers go to another officer": ("officer", (f"update request_row set officer = 'officer-2' {of('waiting')}",)),
    "a row is free to repeat a confirmation": (
        "repeats a row that is not the same question",
        (
            (
                "update request_row set state = 'entered', first_row = 0, first_request = "
                f"(select ledger_id from request where request_id = 'released') {of('waiting')}"
            ),
        ),
    ),
    "a declined row awaits release": (
        "another state",
        (f"update request_row set state = 'awaiting_release', causes = '' {of('declined')}",),
    ),
    "a row refused anew awaits release": (
        "another decided_in",
        (
            (
                "update request_row set state = 'awaiting_release', unmet = '', decided_in = answered_in - 1 "
                f"{of('refused-anew')}"
            ),
        ),
    ),
    "a refusal of one is lifted": (
        "another unmet",
        (f"update request_row set state = 'held', unmet = '', causes = 'counsel' {of('refused')}",),
    ),
    "a withdrawn row awaits release": (
        "another state",
        (f"update request_row set state = 'awaiting_release' {of('superseded')} and state = 'withdrawn'",),
    ),
    "a row that left may leave again": (
        "another state",
        (f"update request_row set state = 'awaiting_release', tranche = 0 {of('released')} and row = 0",),
    ),
    "an answer takes another's place": (
        "answered_in",
        (f"update request_row set answered_in = answered_in - 1 {of('waiting')} and row = 0",),
    ),
    "a subject is another": ("subject", (f"update request_row set subject = zeroblob(16) {of('waiting')}",)),
    "a row is deleted": ("is missing", (f"delete from request_row {of('waiting')} and row = 1",)),
    "a request is another agency's": ("its agency", ("update request set agency = 'x' where request_id = 'waiting'",)),
    "a request takes another basis": ("its basis", ("update request set basis = 'x' where request_id = 'waiting'",)),
    "a request is received later": (
        "its received_at",
        ("update request set received_at = '2026-01-01T00:00:00Z' where request_id = 'waiting'",),
    ),
    "guesses are forgotten": ("missing from the books", ("delete from debit where kind = 'subject'",)),
    "a guess is forgotten that people allowed": (
        "missing from the books",
        (f"delete from debit {of('budget')} and kind = 'subject' and row = 0",),
    ),
    "guesses grow old": ("missing from the books", ("update debit set at = '2020-01-01T00:00:00Z'",)),
    "a guess was somebody else's": ("never spent", ("update debit set agency = 'x' where kind = 'subject'",)),
    "a guess is made up": (
        "never spent",
        (
            (
                "insert into debit (kind, pseudonym, address, agency, request, row, at) select a.kind, a.pseudonym, "
                "b.address, a.agency, b.request, b.row, b.at from debit a, debit b where a.kind = 'subject' "
                "and b.kind = 'subject' and a.pseudonym != b.pseudonym limit 1"
            ),
        ),
    ),
    "a release is another tranche": ("releases", (f"update release set rows = 1 {of('released')}",)),
}


def found(kit: Kit, word: str, *commands: str) -> None:
    """The commands (both by default) end with 4 and name it, without a name of anybody."""
    for command in commands or ("fsck", "verify"):
        done = kit.run("ledger", command, kit.gate)
        assert done.code == 4, (command, done)
        problems = done.document.get("problems") or [done.document["error"]["message"]]
        assert any(word in problem for problem in problems), (command, problems)
        assert not any(name in done.out for p in kit.people for name in (p.surname, p.tin, p.address_line_1))


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_of_the_database_is_found(gate: Kit, name: str) -> None:
    word, statements = EDITS[name]
    sql(gate, *statements)
    found(gate, word, "verify")  # fsck's own checks come on top of the same audit


def test_a_founder_with_another_key_is_found_before_he_signs_and_after(gate: Kit) -> None:
    db = sqlite3.connect(gate.gate / wiring.STORE)
    with db:
        db.execute("update register set body = ? where kind = 'founder' and key = 'ben'", (mallory(gate),))
    db.close()
    found(gate, "the founder that entry 0 decided was altered")
    with wiring.opened(gate.gate) as opened:
        assert audit_register(opened) == ["register: the founder that entry 0 decided was altered"]
    forged = ["--sign", f"ada={gate.keys / 'ada.jwk'}", "--sign", f"ben={gate.keys / 'cleo.jwk'}"]
    if gate.run("approve", gate.gate, "waiting", *forged).code == 0:  # unless the gate looked when it was opened
        found(gate, "its decision does not hold")


def test_a_fabricated_confirmation_is_found_after_it_left_and_the_books_were_put_back(gate: Kit) -> None:
    sql(
        gate,
        "update request_row set state = 'entered', first_row = 0, answered_in = -1, first_request = "
        f"(select ledger_id from request where request_id = 'released') {of('waiting')}",
    )
    gate.run("submit", gate.gate, gate.root / "packages" / "waiting")
    gate.run("approve", gate.gate, "waiting", *gate.signs())
    sql(gate, f"update request_row set first_row = -1, first_request = '' {of('waiting')}")
    found(gate, "was not free to be")


# --- the other files --------------------------------------------------------------------------------------------------


def _flip_demo(kit: Kit) -> None:
    sql(kit, "update register set body = replace(body, '\"demo\": true', '\"demo\": false') where kind = 'config'")
    config = kit.gate / wiring.CONFIG
    shutil.copy(kit.gate / wiring.DEMO_PASSPHRASE, kit.root / "passphrase")
    config.write_text(config.read_text().replace("demo = true", "demo = false"))


def _swap_outbox(kit: Kit) -> None:
    tranche = next(t for t in sorted((kit.gate / "outbox").glob("*")) if len(list(t.iterdir())) > 1)
    one, other = sorted(tranche.iterdir())[:2]
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second)
    other.write_bytes(first)


def _alter_snapshot(kit: Kit) -> None:
    arrays = next((kit.gate / "snapshots").glob("*/arrays.bin"))
    arrays.chmod(0o600)
    data = bytearray(arrays.read_bytes())
    data[len(data) // 2] ^= 1
    arrays.write_bytes(data)


FILES: dict[str, tuple[str, Callable[[Kit], None]]] = {
    "demo is flipped in register and file": ("config that entry 0", _flip_demo),
    "files of the outbox are swapped": ("files of tranche 1 are not those entered", _swap_outbox),
    "the records are altered": ("arrays.bin was altered", _alter_snapshot),
}


@pytest.mark.parametrize("name", FILES)
def test_an_edit_of_another_file_is_found(gate: Kit, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    word, tamper = FILES[name]
    tamper(gate)
    if (gate.root / "passphrase").exists():
        monkeypatch.setenv(wiring.PASSPHRASE_FILE, str(gate.root / "passphrase"))
    found(gate, word)


def test_the_file_alone_may_not_name_another_gate(gate: Kit) -> None:
    config = gate.gate / wiring.CONFIG
    config.write_text(config.read_text().replace(CUSTODIAN, "another"))
    found(gate, "names another gate")


def test_what_one_may_sign_writes_nothing_but_its_own_kind(gate: Kit) -> None:
    """A statement that one person signs, laid among what waits: were it carried out, the audit would name it."""
    with wiring.opened(gate.gate) as opened:
        after = next(item.seq for item in opened.store.registered(RegisterKind.FOUNDER) if item.key == "ben")
        about: dict[str, Json] = {"kind": "founder", "key": "ben", "body": json.loads(mallory(gate))}
        laid = Statement(opened.keys.vkey, "stay enter", about, after)
        opened.store.put_pending(Pending(laid.id, laid.to_bytes(), {}, opened.clock.now()))
    signed = gate.run("sign-off", gate.gate, laid.id, *gate.signs("ada"))
    if signed.code == 0:  # unless it is refused when it is signed
        found(gate, "`stay enter` wrote the register's founder")
