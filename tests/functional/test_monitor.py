"""monitor: for named roles, entered, of released rows alone, and nothing of a row that is not confirmed."""

import json
from pathlib import Path
from typing import Any

import pytest

from kit import Kit, subject
from narrowgate import wiring
from narrowgate.domain.errors import NarrowgateError
from narrowgate.domain.vocabulary import EventKind
from narrowgate.flow.viewing import LOOKERS, inspect
from narrowgate.notary import unseal
from paper import Paper


def monitor(kit: Kit, *words: object) -> Any:
    return kit.done("monitor", kit.gate, *words, *kit.signs("ada"))


def three(kit: Kit) -> None:
    """Two whose address is on record, and one asked for at another's."""
    other = kit.people[4]
    elsewhere = {"address_line_1": other.address_line_1, "city": other.city, "zip": other.zip}
    kit.submit([subject(kit.people[1], 1), subject(kit.people[2], 2), subject(kit.people[3], 3, **elsewhere)])


def test_a_batch_is_told_after_its_release_and_not_before(kit: Kit) -> None:
    assert monitor(kit)["batches"] == []
    three(kit)
    assert monitor(kit)["batches"] == []
    kit.approve()
    (batch,) = monitor(kit)["batches"]
    assert (batch["released"], batch["confirmed"]) == (3, 2)
    assert sum(batch["weights"]["confirmed"]) == 2
    assert batch["certificate"] == kit.run("certificate", kit.gate).document["certificate"]["digest"]
    assert batch["strata"]["no_birth_date"]["confirmed"] == 0
    assert batch["strata"]["common_name"]["confirmed"] == 2


def test_rows_that_still_wait_are_not_told_beside_those_that_left(kit: Kit) -> None:
    (kit.gate / "narrowgate.toml").write_text(
        (kit.gate / "narrowgate.toml").read_text().replace("release_tranche = 1000", "release_tranche = 1")
    )
    kit.done("config", "adopt", kit.gate, *kit.signs())
    three(kit)
    for left in (1, 2, 3):
        kit.done("approve", kit.gate, "r-1", *kit.signs())
        assert [b["released"] for b in monitor(kit)["batches"]] == [left]


def test_each_certificate_makes_a_batch_of_its_own_and_one_request_can_be_looked_at(kit: Kit) -> None:
    three(kit)
    kit.approve()
    kit.certify()
    kit.submit([subject(kit.people[5], 1)], "r-2")
    kit.approve("r-2")
    both = monitor(kit)["batches"]
    assert [b["released"] for b in both] == [3, 1]
    assert len({b["certificate"] for b in both}) == 2
    assert monitor(kit, "r-2")["batches"] == both[1:]
    assert kit.run("monitor", kit.gate, "r-9").code == 3


def test_a_shielded_person_shows_no_more_than_anybody_who_is_not_confirmed(kit: Kit) -> None:
    """His row looks as if linkage had found nobody; his weight is in no histogram."""
    three(kit)
    kit.approve()
    (before,) = monitor(kit)["batches"]
    until = ("--until", "2099-12-31", "--why", "informant")
    kit.done("shield", "add", kit.gate, "--person", kit.people[6].id, *until, *kit.signs())
    other = kit.people[9]
    elsewhere = {"address_line_1": other.address_line_1, "city": other.city, "zip": other.zip}
    for name, asked in (("r-2", subject(kit.people[6], 1)), ("r-3", subject(kit.people[7], 1, **elsewhere))):
        kit.submit([asked], name)
        kit.approve(name)
    first, shielded, nobody = monitor(kit)["batches"]
    assert first == before
    same = {name: value for name, value in shielded.items() if name not in ("request", "left")}
    assert same == {name: value for name, value in nobody.items() if name not in ("request", "left")}


def test_the_look_is_entered_and_for_two_roles(kit: Kit) -> None:
    three(kit)
    kit.approve()
    kit.done(
        "staff", "add", kit.gate, "cleo", "--role", "counsel", "--key", f"{kit.keys / 'cleo'}.pub.jwk", *kit.signs()
    )
    assert kit.run("monitor", kit.gate, *kit.signs("cleo")).code == 1
    with wiring.opened(kit.gate) as gate:
        before = [e for e in gate.store.events() if e.kind is EventKind.INSPECTION]
    assert monitor(kit, "r-1")["shown_to"] == "disclosure_officer"
    with wiring.opened(kit.gate) as gate:
        after = [e for e in gate.store.events() if e.kind is EventKind.INSPECTION]
        said = unseal.open_event(gate, after[-1]).about
        assert len(after) == len(before) + 1
        assert (said["command"], said["by"], said["request"] != "") == ("monitor", "ada", True)
        key = {"ada": json.loads((kit.keys / "cleo.jwk").read_text())}
        with pytest.raises(NarrowgateError, match="monitor"):
            inspect(gate, "monitor", None, {}, key)
    assert [role.value for role in LOOKERS["monitor"]] == ["disclosure_officer", "auditor"]
    kit.fsck()


def test_the_page_names_no_person_and_no_row(kit: Kit, tmp_path: Path) -> None:
    three(kit)
    kit.approve()
    page = tmp_path / "monitor.html"
    monitor(kit, "--page", page)
    html = page.read_text(encoding="utf-8")
    assert Paper(html).wrong == []
    for person in kit.people[:5]:
        for cell in (person.id, person.surname, person.given_name, person.address_line_1, person.tin):
            assert cell not in html
    assert kit.run("monitor", kit.gate, "--page", tmp_path).code == 3
