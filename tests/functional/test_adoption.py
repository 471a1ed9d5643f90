"""Editions of the law at a gate: adopted by two after every proof, kept whole, compared, explained long after."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from kit import BASIS, Done, Kit, subject
from narrowgate.law.pack import ROOT, load_pack, pack_in

RELEASED = load_pack(BASIS).edition
LATER = "2027-01-01"


def draft(kit: Kit, *changes: tuple[str, str, str]) -> Path:
    """A later edition in a folder of its own: the release's pack with changes (file, old, new)."""
    folder = kit.root / "draft" / BASIS
    shutil.copytree(ROOT / "packs" / BASIS, folder)
    for file, old, new in (("pack.toml", RELEASED, LATER), ("policy.cedar", RELEASED, LATER), *changes):
        text = (folder / file).read_text()
        assert old in text, old
        (folder / file).write_text(text.replace(old, new))
    return folder


def without_reason(kit: Kit) -> Path:
    """An edition that no longer asks for a reason, nor has examples of one."""
    policy = (ROOT / "packs" / BASIS / "policy.cedar").read_text().replace(RELEASED, LATER)
    start = policy.index('@id("reason_stated")')
    return draft(
        kit,
        ("policy.cedar", policy[start : policy.index("@id(", start + 1)], ""),
        ("policy.cedar", "  (context has reason_stated && context.reason_stated == true) &&\n", ""),
        ("schema.cedarschema", "    reason_stated: Bool,\n", ""),
        ("examples.toml", '"reason_stated", ', ""),
        ("examples.toml", '"reason_stated"', ""),
    )


def adopt(kit: Kit, folder: Path, *people: str) -> Done:
    return kit.run("pack", "adopt", kit.gate, folder, "--why", "a later edition", *kit.signs(*people))


def test_an_edition_from_a_folder_is_adopted_by_two_kept_and_compared(kit: Kit) -> None:
    folder = without_reason(kit)
    first = kit.run("pack", "adopt", kit.gate, folder, "--why", "reasons are asked for elsewhere", *kit.signs("ada"))
    assert first.code == 2, first.err
    shown = kit.run("sign-off", kit.gate, first.document["id"])
    public = shown.document["statement"]["about"]["public"]
    assert [line for line in public["compared"] if "reason_stated" in line and line.startswith("now allowed")]
    shutil.rmtree(folder)  # what was signed for is kept; the draft is not read again
    kit.done("sign-off", kit.gate, first.document["id"], *kit.signs("ben"))
    kit.submit([subject(kit.people[0], 1, reason="")])
    assert kit.view() == {"1": ("awaiting_release", "")}
    kit.fsck()


def test_a_refusal_is_explained_by_the_edition_it_was_made_under(kit: Kit) -> None:
    kit.submit([subject(kit.people[0], 1, reason="")])
    adopted = adopt(kit, without_reason(kit))
    assert adopted.code == 0, adopted.err
    explained = kit.run("explain", kit.gate, "r-1", 1, *kit.signs("ada"))
    assert explained.code == 0, explained.err
    assert "reason_stated" in explained.out


UNSOUND: dict[str, tuple[str, str, str]] = {
    "an attribute nobody knows": ("policy.cedar", '@id("reason_stated")', '@id("reason_known")'),
    "a policy without citation": ("policy.cedar", "@cite(", "@site("),
    "or where the law says and": ("policy.cedar", "context.case_stated == true) &&", "context.case_stated == true) ||"),
    "a missing example": ("examples.toml", 'refused_under = ["not_stayed"]', 'refused_under = ["case_stated"]'),
    "an example that does not hold": ("examples.toml", 'row = { tin = "" }', 'row = { surname = "" }'),
    "no schema": ("schema.cedarschema", "entity Agency;", ""),
}


@pytest.mark.parametrize("name", UNSOUND)
def test_an_unsound_pack_is_refused_with_file_and_line_and_nothing_is_entered(kit: Kit, name: str) -> None:
    file, old, new = UNSOUND[name]
    before = (kit.gate / "ledger" / "checkpoint").read_bytes()
    ended = adopt(kit, draft(kit, (file, old, new)))
    assert ended.code == 1
    error = ended.document["error"]
    assert error["code"] == "pack_unsound"
    assert f"packs/{BASIS}/{file}, line " in error["message"]
    assert (kit.gate / "ledger" / "checkpoint").read_bytes() == before


def test_a_pack_is_adopted_for_a_reason(kit: Kit) -> None:
    ended = kit.run("pack", "adopt", kit.gate, BASIS, "--why", "  ", *kit.signs())
    assert (ended.code, ended.document["error"]["code"]) == (3, "invalid_input")


def test_a_folder_that_is_no_pack(kit: Kit) -> None:
    ended = kit.run("pack", "adopt", kit.gate, kit.root / "packages", "--why", "x", *kit.signs())
    assert (ended.code, ended.document["error"]["code"]) == (3, "invalid_input")


def test_the_files_of_an_adopted_edition_cannot_be_altered_unseen(kit: Kit) -> None:
    (edition,) = (kit.gate / "packs").iterdir()
    policy = edition / "packs" / BASIS / "policy.cedar"
    policy.write_text(policy.read_text() + "\n// as reviewed\n")
    ended = kit.run("submit", kit.gate, kit.package([subject(kit.people[0], 1)]))
    assert (ended.code, ended.document["error"]["code"]) == (4, "integrity")


def test_the_files_of_an_adopted_edition_that_are_gone_shut_its_basis(kit: Kit) -> None:
    adopted = adopt(kit, draft(kit, ("examples.toml", "Nobody signs", "No one signs")))
    assert adopted.code == 0, adopted.err
    for edition in (kit.gate / "packs").iterdir():
        shutil.rmtree(edition)
    ended = kit.run("submit", kit.gate, kit.package([subject(kit.people[0], 1)]))
    assert (ended.code, ended.document["error"]["code"]) == (4, "integrity")


def test_a_forged_adoption_shuts_the_gate(kit: Kit) -> None:
    with sqlite3.connect(kit.gate / "operations.sqlite") as db:
        body = db.execute("SELECT body FROM register WHERE kind = 'pack'").fetchone()[0]
        db.execute(
            "INSERT INTO register (kind, key, body, entry) VALUES ('pack', ?, ?, 1)", (BASIS, body.replace("a", "b"))
        )
    ended = kit.run("submit", kit.gate, kit.package([subject(kit.people[0], 1)]))
    assert (ended.code, ended.document["error"]["code"]) == (4, "integrity")


def test_what_is_adopted_is_listed_beside_what_is_released(kit: Kit) -> None:
    (adopted,) = kit.done("pack", "list", "--gate", kit.gate)["adopted"]
    assert (adopted["id"], adopted["edition"], adopted["digest"]) == (BASIS, RELEASED, load_pack(BASIS).digest)
    assert "adopted" not in kit.done("pack", "list")


def test_rows_in_flight_wait_for_counsel_when_a_new_edition_is_adopted(kit: Kit) -> None:
    """No row leaves by a decision under an edition that is no longer adopted: counsel has it judged anew first."""
    kit.submit([subject(kit.people[0], 1), subject(kit.people[1], 2, reason="")])
    assert kit.view() == {"1": ("awaiting_release", ""), "2": ("refused", "reason_stated")}
    later = without_reason(kit)
    adopted = adopt(kit, later)
    assert adopted.code == 0, adopted.err
    approved = kit.done("approve", kit.gate, "r-1", *kit.signs())
    assert (approved["released"], approved["held_anew"], approved["refused_anew"]) == (0, 1, 0)
    assert kit.view()["1"] == ("held", "")
    released = kit.done("hold", "release", kit.gate, "r-1", *kit.signs())
    assert released["result"]["went_on"] == 1
    assert kit.done("approve", kit.gate, "r-1", *kit.signs())["released"] == 1
    digest = kit.done("pack", "list", "--gate", kit.gate)["adopted"][0]["digest"]
    assert kit.done("explain", kit.gate, "r-1", 1, *kit.signs("ada"))["basis"]["digest"] == digest
    kit.fsck()


def test_files_planted_under_an_editions_digest_are_not_taken_for_it(kit: Kit) -> None:
    folder = without_reason(kit)
    planted = kit.gate / "packs" / pack_in(folder).digest / "packs" / BASIS
    planted.mkdir(parents=True)
    (planted / "pack.toml").write_text("id = ")
    ended = adopt(kit, folder)
    assert (ended.code, ended.document["error"]["code"]) == (4, "integrity")
