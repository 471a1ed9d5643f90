"""Explaining a row: what is not met comes first, our policy stands apart from the law, and no cell is ever repeated."""

import json
from pathlib import Path
from typing import Any

import pytest

from kit import OFFICERS, Kit, Row, subject
from narrowgate.surfaces.cli import group
from narrowgate.surfaces.cli.common import run
from narrowgate.surfaces.cli.explain import FORMAT
from paper import Paper

pytestmark = pytest.mark.long

MARK = "Qzxv"
LOOKERS = ("disclosure_officer", "counsel", "auditor", "shield_official")
STATUS = ("not_met", "met", "does_not_apply")


def marked(kit: Kit, place: int, row: object, **changes: str) -> Row:
    """A lawful row about a person of the records, with a mark in each cell that linkage does not read."""
    case = {"case_number": f"26-{MARK}case-{row}", "reason": f"{MARK}reason: service of the indictment on case {row}"}
    return subject(kit.people[place], row, **case, **changes)


def stranger(kit: Kit, row: object, **changes: str) -> Row:
    """A lawful row about nobody in the records, with a mark in each cell."""
    return marked(kit, 90, row, surname=f"{MARK}son", given_name=f"{MARK}a", middle_name=f"{MARK}middle",
                  tin="912-34-5678", date_of_birth="1961-02-03", address_line_1=f"77 {MARK} Rd", city=f"{MARK}ville",
                  **changes)  # fmt: skip


@pytest.fixture
def rows(kit: Kit) -> dict[str, Row]:
    """Rows of every outcome, submitted; label to row."""
    first = [
        marked(kit, 0, "confirmed"),
        stranger(kit, "not-confirmed"),
        marked(kit, 2, "refused", address_line_1=f"{MARK}", taxable_periods="", order_ground=f"{MARK}ground"),
    ]
    kit.submit(first)
    kit.approve()
    waiting = [marked(kit, 5, "awaiting")]
    kit.submit(waiting, "r-2")
    same = [subject(kit.people[20 + i], f"held-{i}", reason=f"{MARK}reason the same for all") for i in range(6)]
    kit.submit(same, "r-3")
    return {row["row"]: row for row in (*first, *waiting, *same)}


REQUESTS = {"awaiting": "r-2", "held-0": "r-3"}


def explain(kit: Kit, label: str, who: str = "ada", page: Path | None = None, request: str = "") -> Any:
    words = ["--html", str(page)] if page else []
    named = request or REQUESTS.get(label, "r-1")
    return kit.done("explain", kit.gate, named, label, *words, *kit.signs(who))


def text(kit: Kit, label: str, *words: str, request: str = "") -> str:
    """What people are shown."""
    kit._capsys.readouterr()
    named = request or REQUESTS.get(label, "r-1")
    assert run(group, ["explain", str(kit.gate), named, label, *words, *kit.signs("ada")]) == 0
    return str(kit._capsys.readouterr().err)


def cells(row: Row) -> set[str]:
    """The cells of a row that could be told from anything else on a page, but its label."""
    told = {value for name, value in row.items() if name != "row" and len(value) > 4}
    return (told | {MARK}) - {"2023;2024"}


OUTCOMES = {
    "confirmed": ("confirmed", []),
    "not-confirmed": ("not_confirmed", []),
    "refused": ("refused", ["address_stated", "taxable_period_stated", "order_ground_stated"]),
    "awaiting": ("awaiting_release", []),
    "held-0": ("held", []),
}


def test_each_outcome_is_explained_in_json_text_and_page(kit: Kit, rows: dict[str, Row]) -> None:
    for label, (outcome, unmet) in OUTCOMES.items():
        page = kit.root / f"{label}.html"
        document = explain(kit, label, page=page)
        said, read = text(kit, label), Paper(page.read_text(encoding="utf-8"))
        assert (document["format"], document["outcome"], document["row"]) == (FORMAT, outcome, label)
        elements = document["elements"]
        assert [e["element"] for e in elements if e["status"] == "not_met"] == unmet
        assert [STATUS.index(e["status"]) for e in elements] == sorted(STATUS.index(e["status"]) for e in elements)
        assert document["basis"]["digest"][:16] in said
        assert document["decided"]["at"] in said
        assert read.wrong == []
        assert f"Row {label} {outcome.replace('_', ' ')}" in read.text
        assert document["basis"]["digest"] in read.text
        assert f"{document['decided']['at']}, leaf {document['decided']['leaf']}" in read.text
        for element in elements:
            for words in (element["element"], element["cite"], element["text"], element["looked_at"]):
                assert words in read.text
        for shown in (json.dumps(document), said, text(kit, label, "--long"), page.read_text(encoding="utf-8")):
            assert "`" not in shown
            assert [cell for cell in cells(rows[label]) if cell in shown] == [], label
            assert not [officer for officer in OFFICERS if officer in shown]


def test_what_is_not_met_stands_on_top_with_its_law_and_the_rest_is_short(kit: Kit, rows: dict[str, Row]) -> None:
    assert rows
    said = text(kit, "refused")
    assert said.index("row refused: refused") < said.index("3 of 19 elements that apply are not met")
    assert (
        said.index("NOT MET: address_stated") < said.index("NOT MET: taxable_period_stated") < said.index("name_stated")
    )
    failing, rest = said.split("the law ", 1)
    assert "law: 26 USC 6103(i)(2)(B)(i), (p)(1); form of the request" in failing
    assert "the machine looked at: " in failing
    assert "people decide: the officer attests the ground" in failing
    assert "looked at" not in rest
    long = text(kit, "refused", "--long")
    assert len(said.splitlines()) < 60 < len(long.splitlines())
    assert long.count("the machine looked at: ") == 19
    page = kit.root / "page.html"
    explain(kit, "refused", page=page)
    read = Paper(page.read_text(encoding="utf-8")).text
    assert read.index("Not met: the row is refused under each of these") < read.index("✓ Met")
    assert "Refused under address_stated, taxable_period_stated, order_ground_stated." in read


def test_policy_stands_apart_from_the_law_and_its_end_is_told(kit: Kit, rows: dict[str, Row]) -> None:
    assert rows
    held = explain(kit, "held-0")
    assert [(p["cause"], p["until"]) for p in held["policy"]] == [("reason_generic", None)]
    assert {e["status"] for e in held["elements"]} == {"met"}
    assert "reason_generic" not in json.dumps(held["elements"])
    kit.done("hold", "release", kit.gate, "r-3", *kit.signs())
    page = kit.root / "page.html"
    freed = explain(kit, "held-0", page=page)
    (limit,) = freed["policy"]
    assert limit["since"] == held["policy"][0]["since"] == held["decided"]
    assert limit["until"] == freed["decided"]
    assert freed["outcome"] == "awaiting_release"
    read = Paper(page.read_text(encoding="utf-8")).text
    assert "Our own policy, which is not the law" in read
    assert "no requester is shown them" in read
    assert explain(kit, "confirmed")["policy"] == []
    assert "None of them touched this row." in Paper(_page(kit, "confirmed")).text


def _page(kit: Kit, label: str, who: str = "ada") -> str:
    page = kit.root / "again.html"
    explain(kit, label, who, page)
    return page.read_text(encoding="utf-8")


def test_an_officers_no_and_a_persons_finding_are_told_as_such(kit: Kit) -> None:
    kit.submit([marked(kit, 0, "1")])
    kit.done("decline", kit.gate, "r-1", "--why", "look again", *kit.signs("ada"))
    held = explain(kit, "1")
    assert [(p["cause"], p["since"]["event"]) for p in held["policy"]] == [("counsel", "request_declined")]
    refuse = ("--element", "officer_engaged", "--why", f"{MARK} found so")
    kit.done("hold", "refuse", kit.gate, "r-1", *refuse, *kit.signs("ada"))
    page = _page(kit, "1")
    refused = explain(kit, "1")
    first = refused["elements"][0]
    assert (first["element"], first["status"], first["found_by"]) == ("officer_engaged", "not_met", "people")
    assert refused["policy"][0]["until"] == refused["decided"]
    assert "A person found it unmet." in Paper(page).text
    assert MARK not in page
    assert "NOT MET (a person found so): officer_engaged" in text(kit, "1")


def test_a_statute_that_is_not_designated_brings_nothing(kit: Kit) -> None:
    plain = {"removal_order_date": "", "order_ground": ""}
    kit.submit([marked(kit, 0, "1", **plain)], criminal_statute="18 USC 371", statutory_authority="18 USC 3052")
    apart = [e for e in explain(kit, "1")["elements"] if e["status"] == "does_not_apply"]
    assert [e["of"] for e in apart] == ["us.8.1253.a.1"] * 3
    assert "all 16 elements are met" in text(kit, "1")


def test_a_basis_that_no_pack_knows(kit: Kit) -> None:
    kit.submit([marked(kit, 0, "1")], basis="us.none")
    document = explain(kit, "1")
    assert document["basis"] == {"id": "us.none", "title": "", "citation": "", "edition": "", "digest": ""}
    assert [(e["element"], e["status"]) for e in document["elements"]] == [("basis_adopted", "not_met")]
    assert "no edition of this basis is known" in Paper(_page(kit, "1")).text


def test_each_role_sees_what_is_its_own(kit: Kit, rows: dict[str, Row]) -> None:
    assert rows
    for role, person in zip(LOOKERS, ("rita", "sara", "tom", "uma"), strict=True):
        kit.done("key", "new", kit.keys / person)
        public = kit.keys / f"{person}.pub.jwk"
        kit.done("staff", "add", kit.gate, person, "--role", role, "--key", public, *kit.signs())
        confirmed, not_confirmed = explain(kit, "confirmed", person), explain(kit, "not-confirmed", person)
        assert confirmed["shown_to"] == role
        assert confirmed["waterfall"]["weight"] >= confirmed["waterfall"]["threshold"]
        assert confirmed["no_waterfall"] == ""
        assert not_confirmed["waterfall"] is None
        shields = role == "shield_official"
        assert not_confirmed["no_waterfall"] == (
            "Linkage found nobody to weigh." if shields else "It is not shown of a row that is not confirmed."
        )
        told = json.dumps(not_confirmed) + Paper(_page(kit, "not-confirmed", person)).text
        assert ("shield" in told) == shields
        for label in ("refused", "awaiting", "held-0"):
            assert explain(kit, label, person)["waterfall"] is None
        assert f"Shown to a {role.replace('_', ' ')}" in Paper(_page(kit, "confirmed", person)).text
    kit.done("key", "new", kit.keys / "tech")
    admin = ("staff", "add", kit.gate, "tech", "--role", "administrator", "--key", kit.keys / "tech.pub.jwk")
    kit.done(*admin, *kit.signs())
    refused = kit.run("explain", kit.gate, "r-1", "confirmed", "--html", kit.root / "no.html", *kit.signs("tech"))
    assert (refused.code, refused.document["error"]["code"]) == (1, "not_authorised")
    assert not (kit.root / "no.html").exists()


def test_the_waterfall_is_drawn_and_told_in_numbers(kit: Kit, rows: dict[str, Row]) -> None:
    assert rows
    falls = explain(kit, "confirmed")["waterfall"]
    page = _page(kit, "confirmed")
    read = Paper(page)
    assert read.wrong == []
    assert f"Total +{falls['weight'] / 1000:.3f}" in read.text
    assert f"Certified weight +{falls['threshold'] / 1000:.3f}" in read.text
    assert page.count('class="rises"') + page.count('class="falls"') == len(falls["steps"])
    assert 'class="waterfall"' not in _page(kit, "not-confirmed")


def test_a_hostile_label_is_escaped_on_the_page(kit: Kit) -> None:
    label = "<script>alert(1)</script>&\"'"
    kit.submit([marked(kit, 0, label)])
    page = kit.root / "page.html"
    kit.done("explain", kit.gate, "r-1", label, "--html", page, *kit.signs("ada"))
    read = Paper(page.read_text(encoding="utf-8"))
    assert read.wrong == []
    assert f"Row {label}" in read.text


def test_a_look_is_entered_before_it_is_given_page_or_not(kit: Kit) -> None:
    kit.submit([marked(kit, 0, "1")])
    before = kit.fsck()
    explain(kit, "1", page=kit.root / "page.html")
    explain(kit, "1")
    assert kit.fsck()["entries"] == before["entries"] + 2
    assert kit.run("explain", kit.gate, "r-1", "1", "--html", kit.root, *kit.signs("ada")).code == 3
