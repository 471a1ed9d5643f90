"""A command that ends between entering rows and linking them leaves nothing stuck: the next command goes on."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from kit import FOUNDERS, Kit, subject
from narrowgate import wiring
from narrowgate.domain.ports import Gate
from narrowgate.flow.casefile import find_request
from narrowgate.flow.deciding import decide
from narrowgate.flow.holding import hold_release
from narrowgate.flow.submit import submit


def interrupted(kit: Kit, stage: str, work: Callable[[Gate], object]) -> None:
    """Does the work until a stage begins; there somebody presses Ctrl-C."""

    def progress(name: str, _done: int, _total: int) -> None:
        if name == stage:
            raise KeyboardInterrupt

    with wiring.opened(kit.gate, progress) as gate, pytest.raises(KeyboardInterrupt):
        work(gate)


def one_row(kit: Kit) -> Path:
    return kit.package([subject(kit.people[0], 1)])


def test_an_interrupted_submission_goes_on_when_the_package_is_submitted_again(kit: Kit) -> None:
    package = one_row(kit)
    interrupted(kit, "link", lambda gate: submit(gate, package))
    kit.fsck()
    again = kit.done("submit", kit.gate, package)
    assert (again["again"], again["awaiting_release"], again["held"]) == (True, 1, 0)
    kit.fsck()


def test_an_interrupted_submission_goes_on_when_officers_come_to_approve_it(kit: Kit) -> None:
    package = one_row(kit)
    interrupted(kit, "link", lambda gate: submit(gate, package))
    assert kit.approve()["released"] == 1
    assert kit.view() == {"1": ("confirmed", "")}
    kit.fsck()


@pytest.mark.parametrize("then", ["hold release", "approve"])
def test_an_interrupted_release_of_held_rows_goes_on(kit: Kit, then: str) -> None:
    kit.submit([subject(kit.people[0], 1)])
    kit.done("decline", kit.gate, "r-1", "--why", "counsel should look", *kit.signs("ada"))
    keys = {person: json.loads((kit.keys / f"{person}.jwk").read_text()) for person in FOUNDERS}
    interrupted(kit, "link", lambda gate: decide(gate, hold_release(gate, find_request(gate, "r-1"), []), keys))
    kit.fsck()
    if then == "hold release":
        again = kit.run("hold", "release", kit.gate, "r-1", *kit.signs())
        assert (again.code, again.document["error"]["code"]) == (2, "nothing_to_do")
        assert kit.view() == {"1": ("awaiting_release", "")}
    assert kit.approve()["released"] == 1
    kit.fsck()
