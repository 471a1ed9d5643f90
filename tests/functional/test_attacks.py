"""Attacks that once worked, each by its name: what an insider, a requester or a clock could do, and now cannot."""

import hashlib
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kit import OFFICERS, Kit, subject
from narrowgate import wiring
from narrowgate.domain.certificate import Certificate
from narrowgate.domain.errors import IntegrityError, InvalidInput, NarrowgateError
from narrowgate.domain.vocabulary import EventKind, Role
from narrowgate.flow import rulings
from narrowgate.flow.deciding import decide
from narrowgate.flow.means import adopt_certificate
from narrowgate.governance.decisions import Statement
from narrowgate.intake.package import read_package

UNTIL = (datetime.now(UTC) + timedelta(days=300)).date().isoformat()


def shield(kit: Kit, person: str) -> None:
    kit.done("shield", "add", kit.gate, "--person", person, "--until", UNTIL, "--why", "protected", *kit.signs())


def test_no_receipt_tells_an_answer_before_its_release_and_asking_is_entered(kit: Kit) -> None:
    kit.submit([subject(kit.people[0], 1)])
    receipt = kit.done("ledger", "prove", kit.gate, "r-1", "1")
    assert "outcome" not in json.dumps(receipt)
    with wiring.opened(kit.gate) as gate:
        assert gate.store.events()[-1].kind is EventKind.INSPECTION
    kit.approve()
    assert kit.done("ledger", "prove", kit.gate, "r-1", "1")["row"]["body"]["outcome"] == "confirmed"


def test_a_held_row_has_no_receipt_that_tells_why_it_is_held(kit: Kit) -> None:
    first, other = kit.people[0], kit.people[1]
    elsewhere = {"address_line_1": other.address_line_1, "city": other.city, "zip": other.zip}
    kit.submit([subject(first, 1), subject(first, 2, **elsewhere)])
    ended = kit.run("ledger", "prove", kit.gate, "r-1", "1")
    assert ended.code == 2
    assert "budget" not in ended.out + ended.err


def test_a_shield_reaches_what_was_answered_but_has_not_left(kit: Kit) -> None:
    kit.submit([subject(kit.people[0], 1), subject(kit.people[1], 2)])
    shield(kit, kit.people[0].id)
    kit.approve()
    assert kit.view() == {"1": ("not_confirmed", ""), "2": ("confirmed", "")}
    kit.fsck()


def test_a_shield_reaches_a_question_asked_again(kit: Kit) -> None:
    kit.submit([subject(kit.people[0], 1)], "r-1")
    kit.approve("r-1")
    shield(kit, kit.people[0].id)
    kit.submit([subject(kit.people[0], 1)], "r-2")
    kit.approve("r-2")
    assert kit.view("r-2") == {"1": ("not_confirmed", "")}


def test_the_same_question_gets_its_first_result_again(kit: Kit) -> None:
    for request in ("r-1", "r-2"):
        kit.submit([subject(kit.people[0], 1)], request)
        kit.approve(request)
        assert kit.view(request) == {"1": ("confirmed", "")}
    kit.fsck()


@pytest.mark.parametrize(
    "change",
    [{"taxable_periods": "2001"}, {"suffix": "JR", "tin": "999-88-7777", "middle_name": "Q"}],
    ids=["another period", "another person in all but name"],
)
def test_another_question_about_the_same_name_and_address_is_no_repetition(kit: Kit, change: dict[str, str]) -> None:
    kit.submit([subject(kit.people[0], 1)], "r-1")
    kit.approve("r-1")
    kit.submit([subject(kit.people[0], 1, **change)], "r-2")
    kit.approve("r-2")
    assert kit.view("r-2") == {"1": ("not_confirmed", "")}


def test_a_request_named_like_a_ledger_id_is_not_taken(kit: Kit) -> None:
    victim = kit.submit([subject(kit.people[0], 1)], "r-1")
    ended = kit.run("submit", kit.gate, kit.write_package([subject(kit.people[1], 1)], victim["ledger_id"]))
    assert (ended.code, ended.document["error"]["code"]) == (3, "invalid_input")
    kit.approve("r-1")


def test_a_first_signature_that_no_longer_counts_does_not_block(kit: Kit) -> None:
    for person in ("dora", "emil", "cleo"):
        role = ("--role", "disclosure_officer", "--key", f"{kit.keys / person}.pub.jwk")
        kit.done("staff", "add", kit.gate, person, *role, *kit.signs())
    kit.submit([subject(kit.people[0], 1)])
    assert kit.run("approve", kit.gate, "r-1", *kit.signs("dora")).code == 2
    kit.done("staff", "remove", kit.gate, "dora", "--role", "disclosure_officer", *kit.signs())
    assert kit.done("approve", kit.gate, "r-1", *kit.signs("emil", "cleo"))["released"] == 1


def test_sign_off_shows_all_that_is_signed_and_refuses_what_was_altered(kit: Kit) -> None:
    key = f"{kit.keys / 'dora'}.pub.jwk"
    add = ("staff", "add", kit.gate, "dora", "--role", "auditor", "--key", key)
    pending = kit.run(*add, *kit.signs("ada")).document["id"]
    shown = kit.run("sign-off", kit.gate, pending)
    assert shown.code == 2
    assert shown.document["statement"]["about"]["key"] == "dora"
    assert "auditor" in shown.err
    with wiring.opened(kit.gate) as gate:
        waits = gate.store.pending()[0]
        altered = waits.statement.replace(b"auditor", b"administrator")
        gate.store.put_pending(type(waits)(waits.id, altered, waits.signatures, waits.since))
    assert kit.run("sign-off", kit.gate, pending, *kit.signs("ben")).code == 4


def test_a_statement_of_another_gate_is_not_signed(kit: Kit) -> None:
    with wiring.opened(kit.gate) as gate:
        other = Statement("another+00000000+AAAA", "staff add", {"kind": "staff", "key": "x", "body": {}}, 0)
        assert other.log != gate.keys.vkey
        assert other.role is Role.ADMINISTRATOR
        with pytest.raises(IntegrityError, match="another gate"):
            decide(gate, other, {"ada": json.loads((kit.keys / "ada.jwk").read_text())})


def test_a_certificate_that_was_never_measured_is_not_adopted(kit: Kit) -> None:
    with wiring.opened(kit.gate) as gate:
        true = rulings.certificate(gate)
        assert true is not None
        text = json.loads(true.to_json()) | {"threshold": 1, "confirmed": 1_000_000}
        forged = Certificate.from_json(json.dumps(text, sort_keys=True, separators=(",", ":")))
        statement = adopt_certificate(gate, forged)
        keys = {p: json.loads((kit.keys / f"{p}.jwk").read_text()) for p in ("ada", "ben")}
        with pytest.raises(NarrowgateError, match="measured no such certificate"):
            decide(gate, statement, keys)


def test_refused_rows_withdraw_nothing_and_another_office_corrects_nothing(kit: Kit) -> None:
    kit.submit([subject(kit.people[0], 1), subject(kit.people[1], 2)], "r-1")
    junk = [subject(kit.people[0], 1, reason=""), subject(kit.people[1], 2, reason="")]
    assert kit.submit(junk, "r-2", supersedes="r-1")["refused"] == 2
    assert kit.view("r-1") == {"1": ("awaiting_release", ""), "2": ("awaiting_release", "")}


def test_markup_and_escapes_in_a_row_label_or_a_request_steer_no_terminal(kit: Kit) -> None:
    kit.submit([subject(kit.people[0], "[/bold][red]1[/x]")], "evil[red]")
    page = kit.run("approve", kit.gate, "evil[red]")
    assert page.code == 2
    assert "evil[red]" in page.err or page.document["rows"] == 1
    assert kit.run("hold", "list", kit.gate).code == 0
    signed = {"office": "test.agency.head", "name": "\x1b[2J"}
    escaped = kit.run("submit", kit.gate, kit.write_package([subject(kit.people[1], 1)], "r-2", signed_by=signed))
    assert escaped.code == 3


@pytest.mark.long
def test_a_parquet_file_that_unpacks_to_more_rows_than_stated_is_not_unpacked(kit: Kit) -> None:
    folder = kit.write_package([subject(kit.people[0], 1)])
    row = subject(kit.people[0], 1)
    many = pa.table({name: pa.array(["x" * 4000] * 200_000).dictionary_encode() for name in row})
    pq.write_table(many, folder / "subjects.parquet", compression="zstd")
    _refer_to(folder, "subjects.parquet", rows=1)
    with pytest.raises(InvalidInput, match="expected 1 rows"):
        read_package(folder, lambda _head: ())


def test_an_attestation_of_nobody_named_is_not_read(kit: Kit) -> None:
    folder = kit.package([subject(kit.people[0], 1)])
    (folder / "attestations" / "stranger.jws").write_bytes(b"x" * 2**21)
    assert list(read_package(folder, lambda _head: ()).attestations) == [OFFICERS[0]]


def test_a_pipe_in_a_package_is_no_file(kit: Kit) -> None:
    folder = kit.package([subject(kit.people[0], 1)])
    (folder / "request.json").unlink()
    os.mkfifo(folder / "request.json")
    assert kit.run("submit", kit.gate, folder).code == 3


def _refer_to(folder: Path, name: str, rows: int) -> None:
    request = json.loads((folder / "request.json").read_text())
    digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    request["subjects"] = {"file": name, "sha256": digest, "rows": rows}
    (folder / "request.json").write_text(json.dumps(request))
