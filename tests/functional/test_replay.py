"""Replay: past decisions run again under another edition, a stay, the present code; nothing changes but the ledger."""

import csv
import hashlib
import re
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kit import AGENCY, BASIS, OFFICERS, Kit, Row, subject
from narrowgate import wiring
from narrowgate.domain.circumstances import Circumstances, Stay
from narrowgate.domain.ports import Gate
from narrowgate.domain.request import Admitted
from narrowgate.flow.casefile import find_request, reopen
from narrowgate.flow.deciding import decide
from narrowgate.flow.replaying import Against, Replayed, edition_named, of_the_time, replay
from narrowgate.flow.staying import stay_enter
from narrowgate.governance.stays import StayRecord, with_id
from narrowgate.law.facts import REGISTER
from narrowgate.law.pack import ROOT, Pack, load_pack
from narrowgate.law.values import Bools, everywhere
from narrowgate.oversight.replay import Kind
from narrowgate.surfaces.cli import group
from narrowgate.surfaces.cli.common import private_key, run

pytestmark = pytest.mark.long

RELEASED = load_pack(BASIS).edition
LATER = "2027-01-01"
NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)
COLUMNS = [
    "request", "row", "officer", "decided", "state", "left", "when",
    "refused_then", "refused_now", "facts_met_now", "facts_unmet_now",
]  # fmt: skip


# --- what is replayed -------------------------------------------------------------------------------------------------


def rows_of(kit: Kit, *, role: str = "suspect") -> list[Row]:
    """Six rows: three lawful, one of them without a role; one each without an address, a reason, a known officer."""
    rows = [subject(kit.people[i], i, x_subject_role=role) for i in range(6)]
    rows[2]["x_subject_role"] = ""
    rows[3] |= {"address_line_1": "Unknown Address"}
    rows[4] |= {"reason": ""}
    rows[5] |= {"officer": "officer-9"}
    return rows


def released(kit: Kit) -> None:
    """A request of which three rows left."""
    kit.submit(rows_of(kit))
    assert kit.approve()["released"] == 3


def lived_in(kit: Kit) -> None:
    """A gate with decisions of every sort: at receipt, by a person, of a release of a hold, as a tranche left."""
    released(kit)
    path = kit.gate / "narrowgate.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r"(?m)^reason_repeats = \d+$", "reason_repeats = 1", text), encoding="utf-8")
    same = "The indictment charges failure to depart"
    kit.submit([subject(kit.people[10 + i], f"h{i}", reason=same) for i in range(4)], "held")
    refuse = ("hold", "refuse", kit.gate, "held", "--element", "reason_stated", "--row", "h1", "--why", "copied")
    kit.done(*refuse, *kit.signs("ada"))
    kit.done("hold", "release", kit.gate, "held", *kit.signs())
    kit.submit([subject(kit.people[20 + i], f"o{i}", officer=OFFICERS[i]) for i in range(2)], "officers")
    kit.done("party", "add", kit.gate, kit.write_parties(officers=OFFICERS[:1]), *kit.signs())
    assert kit.approve("officers")["refused_anew"] == 1
    kit.submit([subject(kit.people[30], "w0"), subject(kit.people[31], "w1")], "early")
    kit.submit([subject(kit.people[30], "w0")], "late", supersedes="early")
    kit.submit([subject(kit.people[40], "u0")], "elsewhere", basis="us.unknown")
    kit.done("submit", kit.gate, kit.write_package([subject(kit.people[41], "n0")], "unsigned"))


def draft(kit: Kit, name: str, *changes: tuple[str, str, str]) -> Path:
    """A later edition in a folder of its own: the release's pack with changes (file, old, new)."""
    folder = kit.root / name / BASIS
    shutil.copytree(ROOT / "packs" / BASIS, folder)
    for file, old, new in (("pack.toml", RELEASED, LATER), ("policy.cedar", RELEASED, LATER), *changes):
        text = (folder / file).read_text(encoding="utf-8")
        assert old in text, old
        (folder / file).write_text(text.replace(old, new), encoding="utf-8")
    return folder


def without_reason(kit: Kit) -> Path:
    """An edition that no longer asks for a reason."""
    policy = (ROOT / "packs" / BASIS / "policy.cedar").read_text(encoding="utf-8").replace(RELEASED, LATER)
    start = policy.index('@id("reason_stated")')
    return draft(
        kit,
        "without",
        ("policy.cedar", policy[start : policy.index("@id(", start + 1)], ""),
        ("policy.cedar", "  (context has reason_stated && context.reason_stated == true) &&\n", ""),
        ("schema.cedarschema", "    reason_stated: Bool,\n", ""),
        ("examples.toml", '"reason_stated", ', ""),
        ("examples.toml", '"reason_stated"', ""),
    )


def with_role(kit: Kit) -> Path:
    """An edition that asks for the subject's role, first of all: every bit of a vector moves."""
    place, scope = (
        '@id("row_well_formed")',
        '(principal is Agency, action == Action::"disclose", resource is Custodian)',
    )
    met = "context has subject_role_stated && context.subject_role_stated == true"
    cited = f'@id("subject_role_stated")\n@cite("a cite")\n@text("a text")\n@edition("{LATER}")\n'
    example = '\n[[example]]\nname = "no role"\nwhy = "w"\nrow = { x_subject_role = "" }\n'
    last = (ROOT / "packs" / BASIS / "examples.toml").read_text(encoding="utf-8")
    return draft(
        kit,
        "with",
        ("policy.cedar", place, f"{cited}forbid {scope}\nunless {{ {met} }};\n\n{place}"),
        ("policy.cedar", "when {\n", f"when {{\n  ({met}) &&\n"),
        (
            "schema.cedarschema",
            "    taxable_period_stated",
            "    subject_role_stated: Bool,\n    taxable_period_stated",
        ),
        ("pack.toml", "[allowed]\n", '[allowed]\nsubject_roles = ["suspect"]\n'),
        ("examples.toml", last, last + example + 'refused_under = ["subject_role_stated"]\n'),
    )


@contextmanager
def opened(kit: Kit) -> Iterator[Gate]:
    with wiring.opened(kit.gate) as gate:
        yield gate


ENTERED = "the id of the stay that was entered"


def enter_stay(kit: Kit, effective: datetime, **scope: Any) -> str:
    """Enters a stay; returns its id."""
    stay = Stay("", "D.D.C.", "1:26-cv-1", (NOW - 2 * DAY).date(), effective, **scope)
    with opened(kit) as gate:
        signer = {"ada": private_key(kit.keys / "ada.jwk")}
        received = datetime.now(UTC).replace(microsecond=0)
        record = with_id(StayRecord(stay, received))
        assert decide(gate, stay_enter(gate, record), signer).complete
    return record.stay.id


def listed(kit: Kit, *words: object) -> tuple[Any, list[dict[str, str]]]:
    """The document of a replay, and the rows it lists."""
    out = kit.root / "rows.csv"
    document = kit.done("replay", kit.gate, *words, "--out", out)
    with out.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        assert reader.fieldnames == COLUMNS
        return document, list(reader)


def by_code(kit: Kit, **facts: Any) -> Replayed:
    """A replay with some facts' code changed."""
    with opened(kit) as gate:
        return replay(gate, Against(code=True), facts={**REGISTER.facts, **facts}, detail=True)


def states(found: Mapping[str, Any]) -> list[tuple[str, str, int]]:
    return [(c["state"], c["change"], c["rows"]) for c in found["changes"]]


# --- editions ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["id", "digest", "code", "code and edition"])
def test_under_the_very_edition_nothing_differs(kit: Kit, how: str) -> None:
    lived_in(kit)
    words = {
        "id": ("--pack", BASIS),
        "digest": ("--pack", load_pack(BASIS).digest),
        "code": ("--code",),
        "code and edition": ("--code", "--pack", BASIS),
    }[how]
    found, rows = listed(kit, *words)
    assert (found["differ"], found["changes"], found["facts"], rows) == (0, [], [], [])
    assert (found["possibly_affected"], found["derived_now"], found["settings"]) == (0, [], [])
    left_out = [(o["request"], o["rows"]) for o in found["left_out"]]
    assert left_out == [(f"{AGENCY}/elsewhere", 1)]
    assert found["decisions"] == 16


def test_an_edition_that_drops_an_element_would_allow_the_rows_refused_under_it_alone(kit: Kit) -> None:
    released(kit)
    found, rows = listed(kit, "--pack", without_reason(kit))
    assert states(found) == [("refused", "allowed_now", 1)]
    assert found["possibly_affected"] == 0
    assert [(r["row"], r["refused_then"], r["refused_now"], r["left"]) for r in rows] == [
        ("4", "reason_stated", "", "")
    ]


def test_an_edition_that_adds_an_element_lists_the_released_rows_that_lack_it(kit: Kit) -> None:
    released(kit)
    found, rows = listed(kit, "--pack", with_role(kit))
    assert found["derived_now"] == ["subject_role_stated"]
    assert states(found) == [("released", "refused_now", 1)]
    assert found["possibly_affected_by_element"] == {"subject_role_stated": 1}
    row = rows[0]
    assert (row["row"], row["officer"], row["state"]) == ("2", OFFICERS[0], "released")
    assert (row["refused_then"], row["refused_now"]) == ("", "subject_role_stated")
    assert row["left"].startswith(str(NOW.year))
    assert int(row["decided"]) == 6


def test_both_answers_are_disclosures_and_neither_is_told(kit: Kit) -> None:
    other = kit.people[150]
    moved = {"address_line_1": other.address_line_1, "city": other.city, "state": other.state, "zip": other.zip}
    rows = [subject(kit.people[0], 0), subject(kit.people[1], 1, **moved)]
    kit.submit(rows)
    kit.approve()
    assert {outcome for outcome, _ in kit.view().values()} == {"confirmed", "not_confirmed"}
    ended = kit.run("replay", kit.gate, "--pack", with_role(kit), "--out", kit.root / "rows.csv")
    assert ended.document["possibly_affected"] == 2
    said = ended.out + ended.err + (kit.root / "rows.csv").read_text(encoding="utf-8")
    assert "confirmed" not in said
    for person in kit.people[:2]:
        assert not any(cell in said for cell in (person.surname, person.address_line_1, person.tin))


def test_a_replay_of_settings_says_that_stored_facts_do_not_show_them(kit: Kit) -> None:
    released(kit)
    folder = draft(kit, "purposes", ("pack.toml", '"grand_jury"', '"identify_or_locate"'))
    assert any("purposes" in line for line in kit.done("replay", kit.gate, "--pack", folder)["settings"])


def test_an_edition_kept_by_the_gate_is_named_by_its_digest(kit: Kit) -> None:
    released(kit)
    folder = without_reason(kit)
    kit.done("pack", "adopt", kit.gate, folder, "--why", "a later edition", *kit.signs())
    shutil.rmtree(folder)
    kit.submit([subject(kit.people[50], "later", reason="")], "r-2")
    with opened(kit) as gate:
        digest = find_request(gate, "r-2").pack_digest
    assert states(kit.done("replay", kit.gate, "--pack", digest)) == [("refused", "allowed_now", 1)]
    back = kit.done("replay", kit.gate, "--pack", load_pack(BASIS).digest)
    assert states(back) == [("awaiting_release", "refused_now", 1)]


def test_days_and_request_narrow_what_is_looked_at(kit: Kit) -> None:
    released(kit)
    kit.submit([subject(kit.people[60], "x", reason="")], "r-2")
    folder = without_reason(kit)
    today, tomorrow = NOW.date().isoformat(), (datetime.now(UTC) + DAY).date().isoformat()
    assert kit.done("replay", kit.gate, "--pack", folder, "--request", "r-2")["decisions"] == 1
    assert kit.done("replay", kit.gate, "--pack", folder, "--since", today)["decisions"] == 7
    assert kit.done("replay", kit.gate, "--pack", folder, "--since", tomorrow)["decisions"] == 0
    assert kit.done("replay", kit.gate, "--pack", folder, "--until", "2020-01-01")["decisions"] == 0


# --- stays ------------------------------------------------------------------------------------------------------------


def test_a_stay_in_force_when_answers_left_affects_them(kit: Kit) -> None:
    released(kit)
    stay = enter_stay(kit, NOW - DAY, basis=BASIS, served=NOW - DAY)
    found, rows = listed(kit, "--stay", stay)
    assert (found["possibly_affected"], found["possibly_affected_by_element"]) == (3, {"not_stayed": 3})
    assert states(found) == [("refused", "other_elements", 3), ("released", "refused_now", 3)]
    assert found["possibly_affected_by_time"] == {"after_notice": 3}
    assert {r["when"] for r in rows if r["state"] == "released"} == {"after_notice"}
    assert {r["when"] for r in rows if r["state"] == "refused"} == {""}


def test_what_left_before_notice_or_after_a_stay_was_lifted_is_told_apart(kit: Kit) -> None:
    second = enter_stay(kit, NOW - DAY, requester=AGENCY)
    kit.done("stay", "lift", kit.gate, second, "--order", "vacated", *kit.signs())
    released(kit)
    first = enter_stay(kit, NOW + DAY, basis=BASIS)
    for stay, when, affected in ((first, "notice_not_stated", 3), (second, "after_lift", 0)):
        found, rows = listed(kit, "--stay", stay)
        assert found["possibly_affected"] == affected
        assert found["possibly_affected_by_time"] == ({when: affected} if affected else {})
        assert ("released", "refused_now", 3) in states(found)
        assert {r["when"] for r in rows if r["state"] == "released"} == {when}


def test_a_stay_that_reaches_another_basis_changes_nothing(kit: Kit) -> None:
    released(kit)
    stay = enter_stay(kit, NOW - DAY, requester="another.agency")
    assert kit.done("replay", kit.gate, "--stay", stay)["differ"] == 0


def test_a_row_that_awaits_release_would_be_refused_under_a_stay(kit: Kit) -> None:
    kit.submit([subject(kit.people[0], 0)])
    stay = enter_stay(kit, NOW - DAY)
    found = kit.done("replay", kit.gate, "--stay", stay)
    assert states(found) == [("awaiting_release", "refused_now", 1)]
    assert found["possibly_affected"] == 0


# --- the code of facts ------------------------------------------------------------------------------------------------


def never(admitted: Admitted, _circumstances: Circumstances, _pack: Pack) -> Bools:
    """Met nowhere."""
    return everywhere(admitted.rows, False)


def always(admitted: Admitted, _circumstances: Circumstances, _pack: Pack) -> Bools:
    """Met everywhere."""
    return everywhere(admitted.rows, True)


def many_officers(admitted: Admitted, circumstances: Circumstances, _pack: Pack) -> Bools:
    """Whether the agency has two officers at least."""
    agency = circumstances.agency
    return everywhere(admitted.rows, agency is not None and len(agency.officers) > 1)


def test_a_fact_that_was_wrong_lists_what_left_by_it(kit: Kit) -> None:
    released(kit)
    found = by_code(kit, address_stated=never)
    assert sorted((c.state, c.kind, c.unmet_now, c.rows) for c in found.changes) == [
        ("refused", Kind.OTHER_ELEMENTS, ("address_stated",), 1),
        ("refused", Kind.OTHER_ELEMENTS, ("address_stated",), 1),
        ("released", Kind.REFUSED_NOW, ("address_stated",), 3),
    ]
    rows = [row for table in found.rows for row in table.to_pylist()]
    assert {r["facts_unmet_now"] for r in rows} == {"address_stated"}
    assert [r["row"] for r in rows if r["state"] == "released"] == ["0", "1", "2"]


def test_a_fact_that_was_too_strict_lists_what_was_refused_by_it(kit: Kit) -> None:
    released(kit)
    found = by_code(kit, address_stated=always)
    assert [(c.state, c.kind, c.met_now, c.rows) for c in found.changes] == [
        ("refused", Kind.ALLOWED_NOW, ("address_stated",), 1)
    ]


def test_an_officer_gone_since_does_not_count_as_gone_then(kit: Kit) -> None:
    released(kit)
    kit.submit([subject(kit.people[9], "two", officer=OFFICERS[1])], "r-2")
    assert kit.approve("r-2")["released"] == 1
    kit.done("party", "add", kit.gate, kit.write_parties(officers=OFFICERS[:1]), *kit.signs())
    kit.done("party", "add", kit.gate, kit.write_parties("suspended"), *kit.signs())
    kit.done("pack", "adopt", kit.gate, without_reason(kit), "--why", "a later edition", *kit.signs())
    assert kit.done("replay", kit.gate, "--code")["differ"] == 0


def test_what_left_is_judged_as_it_was_decided_and_as_it_left(kit: Kit) -> None:
    kit.submit([subject(kit.people[0], 0)])
    kit.done("party", "add", kit.gate, kit.write_parties(officers=OFFICERS[:1]), *kit.signs())
    assert by_code(kit, officer_engaged=many_officers).changes == []
    assert kit.approve()["released"] == 1
    changes = by_code(kit, officer_engaged=many_officers).changes
    assert [(c.kind, c.refused_now, c.unmet_now) for c in changes] == [
        (Kind.REFUSED_NOW, ("officer_engaged",), ("officer_engaged",))
    ]


def test_a_fact_derived_now_is_derived_as_it_was_decided_and_as_it_left(kit: Kit) -> None:
    kit.submit([subject(kit.people[0], 0)])
    kit.done("party", "add", kit.gate, kit.write_parties(officers=OFFICERS[:1]), *kit.signs())
    facts = {**REGISTER.facts, "subject_role_stated": many_officers}
    folder = with_role(kit)
    found = []
    for approve in (False, True):
        if approve:
            kit.approve()
        with opened(kit) as gate:
            found.append(replay(gate, Against(pack=edition_named(gate, str(folder))), facts=facts).changes)
    assert found[0] == []
    assert [(c.state, c.refused_now) for c in found[1]] == [("released", ("subject_role_stated",))]


def test_facts_that_say_they_look_at_no_circumstances_do_not(kit: Kit) -> None:
    class Untouchable:
        def __getattr__(self, name: str) -> object:
            raise AssertionError(name)

    released(kit)
    with opened(kit) as gate:
        admitted = reopen(gate, find_request(gate, "r-1"))
    pack: Any = load_pack(BASIS)
    nothing: Any = Untouchable()
    apart = REGISTER.facts.keys() - of_the_time(REGISTER.facts).keys()
    assert {"address_stated", "name_stated", "willfulness_attested"} <= apart
    for name in apart:
        assert REGISTER.facts[name](admitted, nothing, pack).dtype == np.bool_, name


# --- it is a look -----------------------------------------------------------------------------------------------------


def everything(kit: Kit) -> tuple[dict[str, list[tuple[Any, ...]]], dict[str, str]]:
    """Every row of every table, and the digest of every file but the database's own."""
    with closing(sqlite3.connect(f"file:{kit.gate / 'operations.sqlite'}?mode=ro", uri=True)) as db:
        tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = {name: db.execute(f'SELECT * FROM "{name}"').fetchall() for name in tables}
    files = sorted(p for p in kit.gate.rglob("*") if p.is_file() and not p.name.startswith("operations.sqlite"))
    return rows, {str(p.relative_to(kit.gate)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


@pytest.mark.parametrize("words", [("--pack", BASIS), ("--code",), ("--stay", ENTERED)], ids=["pack", "code", "stay"])
def test_nothing_changes_but_one_inspection_in_the_ledger(kit: Kit, words: tuple[str, ...]) -> None:
    lived_in(kit)
    stay = enter_stay(kit, NOW - DAY)
    rows, files = everything(kit)
    kit.done("replay", kit.gate, *(stay if word == ENTERED else word for word in words))
    after, later = everything(kit)
    changed = {name for name in rows if rows[name] != after[name]}
    assert changed == {"entry", "event", "tree_head"}
    assert after["entry"][:-1] == rows["entry"]
    assert after["event"][:-1] == rows["event"]
    assert after["event"][-1][3:5] == ("inspection", "")
    gone = {name for name in files if name not in later}
    assert all(name.startswith("ledger/") for name in gone), gone
    touched = {name for name in later if files.get(name) != later[name]}
    assert [Path(name).stem for name in touched if not name.startswith("ledger/")] == [after["entry"][-1][1]]
    kit.fsck()


def test_who_may_look(kit: Kit) -> None:
    released(kit)
    for person, role, code in (("dora", "administrator", 1), ("emil", "auditor", 0), ("cleo", "counsel", 0)):
        public = kit.keys / f"{person}.pub.jwk"
        kit.done("staff", "add", kit.gate, person, "--role", role, "--key", public, *kit.signs())
        before = everything(kit)[0]["entry"]
        ended = kit.run("replay", kit.gate, "--pack", BASIS, *kit.signs(person))
        assert (ended.code, len(everything(kit)[0]["entry"])) == (code, len(before) + 1 - code), role


def test_books_that_name_another_decision_are_an_integrity_failure(kit: Kit) -> None:
    released(kit)
    with closing(sqlite3.connect(kit.gate / "operations.sqlite")) as db:
        db.execute("UPDATE request_row SET decided_in = 1 WHERE row = 0")
        db.commit()
    ended = kit.run("replay", kit.gate, "--pack", BASIS)
    assert (ended.code, ended.document["error"]["code"]) == (4, "integrity")


BAD: dict[str, tuple[str, ...]] = {
    "nothing to replay against": (),
    "a stay and an edition": ("--stay", ENTERED, "--pack", BASIS),
    "a stay and the code": ("--stay", ENTERED, "--code"),
    "a stay that nobody entered": ("--stay", "S-9"),
    "a pack that does not exist": ("--pack", "us.no.such"),
    "a folder that is no pack": ("--pack", "/"),
    "a digest that the gate does not keep": ("--pack", "0" * 64),
    "a day that is none": ("--code", "--since", "yesterday"),
    "a day that does not exist": ("--code", "--until", "2026-02-30"),
    "until before since": ("--code", "--since", "2026-02-02", "--until", "2026-02-01"),
    "a request that is not there": ("--code", "--request", "r-9"),
    "a file that is a folder": ("--code", "--out", "."),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_enters_nothing(kit: Kit, name: str) -> None:
    stay = enter_stay(kit, NOW)
    before = everything(kit)
    ended = kit.run("replay", kit.gate, *(stay if word == ENTERED else word for word in BAD[name]))
    assert ended.code == 3, ended.err
    assert ended.document["error"]["code"] in {"invalid_input", "unknown_request"}
    assert everything(kit) == before


def test_people_are_told_what_was_run_and_what_differs(kit: Kit, capsys: pytest.CaptureFixture[str]) -> None:
    lived_in(kit)
    stay = enter_stay(kit, NOW - DAY)
    with_role(kit)
    said = []
    for words in (("--pack", str(kit.root / "with" / BASIS)), ("--stay", stay), ("--code",)):
        assert run(group, ["replay", str(kit.gate), *words]) == 0
        said.append(" ".join(capsys.readouterr().err.split()))
    assert f"edition {LATER}" in said[0]
    assert "derived now from the sealed rows: subject_role_stated" in said[0]
    assert "possibly affected: 2 rows that left" in said[0]
    assert f"against stay {stay}: D.D.C., 1:26-cv-1" in said[1]
    assert "possibly affected" in said[1]
    assert "on or after its date; notice not stated" in said[1]
    assert "nothing differs" in said[2]
    assert all("left out: 1 rows of test.agency/elsewhere" in text for text in said)


def test_a_gate_without_decisions(kit: Kit) -> None:
    found, rows = listed(kit, "--code")
    assert (found["decisions"], found["requests"], rows) == (0, 0, [])


def test_against_is_entered_as_it_was_asked() -> None:
    pack = load_pack(BASIS)
    asked = Against(pack=pack, code=True, since=NOW.date(), until=NOW.date())
    assert sorted(asked.to_json()) == ["code", "pack", "since", "until"]
    assert replace(asked, since=None, until=None, code=False).to_json() == {"pack": pack.digest}
