"""A request's whole way, by the commands: in at one end, one bit a person out at the other, everything entered."""

import json

from kit import OFFICERS, Kit, subject


def test_a_lawful_row_is_confirmed_and_a_wrong_address_is_not(kit: Kit) -> None:
    asked, other = kit.people[0], kit.people[1]
    wrong = {"address_line_1": other.address_line_1, "city": other.city, "zip": other.zip}
    rows = [subject(asked, 1), subject(kit.people[2], 2, **wrong), subject(kit.people[3], 3, zip="", city="")]
    done = kit.submit(rows)
    assert (done["persons"], done["refused"], done["held"], done["awaiting_release"]) == (3, 1, 0, 2)
    assert kit.view()["1"] == ("awaiting_release", "")
    released = kit.approve()
    assert (released["released"], released["remaining"]) == (2, 0)
    assert kit.view() == {"1": ("confirmed", ""), "2": ("not_confirmed", ""), "3": ("refused", "address_stated")}
    kit.fsck()


def test_the_officer_opens_his_answers_offline_and_each_receipt_holds(kit: Kit) -> None:
    kit.submit([subject(kit.people[0], 1), subject(kit.people[5], 2, officer=OFFICERS[1])])
    kit.approve()
    out = kit.root / "out"
    kit.done("answers", kit.gate, "r-1", "--sealed", "--out", out)
    opened = kit.done("open", out / "officer-1.0001.jwe", "--key", kit.keys / "officer-1.enc.jwk", "--vkey", kit.vkey())
    assert opened["answers"] == [{"row": "1", "outcome": "confirmed", "receipt": "holds"}]
    foreign = kit.run("open", out / "officer-1.0001.jwe", "--key", kit.keys / "officer-2.enc.jwk", "--vkey", kit.vkey())
    assert foreign.code == 3
    again = kit.root / "again"
    kit.done("answers", kit.gate, "r-1", "--sealed", "--out", again)
    for name in ("officer-1.0001.jwe", "officer-2.0001.jwe", "refusals.json"):
        assert (again / name).read_bytes() == (out / name).read_bytes()


def test_a_receipt_verifies_and_an_altered_one_does_not(kit: Kit) -> None:
    kit.submit([subject(kit.people[0], 1)])
    kit.approve()
    receipt = kit.root / "receipt.json"
    kit.done("ledger", "prove", kit.gate, "r-1", "1", "--out", receipt)
    assert kit.done("verify", receipt, "--vkey", kit.vkey())["row"]["outcome"] == "confirmed"
    altered = json.loads(receipt.read_text())
    altered["row"]["body"]["outcome"] = "not_confirmed"
    receipt.write_text(json.dumps(altered))
    assert kit.run("verify", receipt, "--vkey", kit.vkey()).code == 4


def test_the_refusals_are_signed_by_the_log_and_cite_the_law(kit: Kit) -> None:
    kit.submit([subject(kit.people[0], 1, address_line_1="Failed to Provide"), subject(kit.people[1], 2)])
    out = kit.root / "out"
    kit.done("answers", kit.gate, "r-1", "--sealed", "--out", out)
    opened = kit.done("open", out / "refusals.json", "--vkey", kit.vkey())
    assert opened["refused"] == [{"row": "1", "refused_under": ["address_stated"]}]
    assert "6103(i)(2)(B)(i)" in opened["elements"]["address_stated"]


def test_the_same_package_again_gives_its_first_result(kit: Kit) -> None:
    package = kit.package([subject(kit.people[0], 1)])
    first = kit.done("submit", kit.gate, package)
    again = kit.done("submit", kit.gate, package)
    assert again == first | {"again": True}
    kit.fsck()


def test_explain_shows_elements_and_after_release_the_waterfall(kit: Kit) -> None:
    kit.submit([subject(kit.people[0], 1), subject(kit.people[1], 2, taxable_periods="")])
    before = kit.done("explain", kit.gate, "r-1", "1", *kit.signs("ada"))
    assert before["waterfall"] is None
    assert {e["status"] for e in before["elements"]} == {"met"}
    refused = kit.done("explain", kit.gate, "r-1", "2", *kit.signs("ada"))
    assert [e["element"] for e in refused["elements"] if e["status"] == "not_met"] == ["taxable_period_stated"]
    kit.approve()
    after = kit.done("explain", kit.gate, "r-1", "1", *kit.signs("ada"))
    assert after["waterfall"]["weight"] >= after["waterfall"]["threshold"]
    assert kit.run("explain", kit.gate, "r-1", "1").code == 1
