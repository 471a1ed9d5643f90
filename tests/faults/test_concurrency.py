"""Several commands at one gate: one writes, the others wait their turn or read; nothing is broken or done twice."""

import json
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from kit import Done, Kit, subject
from narrowgate import wiring
from narrowgate.notary.commit import recover


def start(words: Sequence[object], cwd: Path) -> subprocess.Popen[str]:
    """Starts a command in a process of its own."""
    command = [sys.executable, "-m", "narrowgate", *map(str, words), "--json"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=cwd)


def end(process: subprocess.Popen[str]) -> Done:
    out, err = process.communicate(timeout=120)
    assert "Traceback" not in err, err
    return Done(process.returncode, json.loads(out) if out.strip() else None, out, err)


def together(kit: Kit, *commands: Sequence[object]) -> list[Done]:
    """Starts all at once."""
    return [end(process) for process in [start(words, kit.root) for words in commands]]


def is_busy(done: Done) -> bool:
    return done.code == 1 and done.document["error"]["code"] == "gate_busy"


def test_two_submissions_at_once_take_turns_or_one_is_told_to_retry(kit: Kit) -> None:
    packages = [kit.package([subject(kit.people[i], 1)], f"r-{i}") for i in range(2)]
    ended = together(kit, *(["submit", kit.gate, package] for package in packages))
    for package, done in zip(packages, ended, strict=True):
        assert done.code == 0 or is_busy(done), done
        assert kit.done("submit", kit.gate, package)["awaiting_release"] == 1
    assert any(done.code == 0 for done in ended)
    assert kit.fsck()["requests"] == 2


def test_the_same_package_submitted_twice_at_once_is_entered_once(kit: Kit) -> None:
    package = kit.package([subject(kit.people[0], 1)])
    ended = together(kit, ["submit", kit.gate, package], ["submit", kit.gate, package])
    assert all(done.code == 0 or is_busy(done) for done in ended), ended
    first = [done.document for done in ended if done.code == 0]
    assert len({document["ledger_id"] for document in first}) == 1
    assert kit.fsck()["requests"] == 1


def test_two_approvals_at_once_release_once(kit: Kit) -> None:
    kit.submit([subject(kit.people[0], 1), subject(kit.people[1], 2)])
    ended = together(kit, *(["approve", kit.gate, "r-1", *kit.signs()] for _ in range(3)))
    released = [done for done in ended if done.code == 0]
    assert [done.document["released"] for done in released] == [2]
    for done in ended:
        assert done in released or is_busy(done) or done.document["error"]["code"] == "nothing_to_do", done
    assert kit.fsck()["releases"] == 1
    assert len(list(kit.gate.glob("outbox/*/*.jwe"))) == 1


@pytest.mark.long
def test_while_somebody_writes_every_command_that_writes_is_told_so_and_works_afterwards(kit: Kit) -> None:
    kit.submit([subject(kit.people[0], 1)])
    package = kit.package([subject(kit.people[1], 1)], "r-2")
    writing: list[Sequence[object]] = [
        ["submit", kit.gate, package],
        ["approve", kit.gate, "r-1", *kit.signs()],
        ["decline", kit.gate, "r-1", "--why", "a reason", *kit.signs("ada")],
        ["answers", kit.gate, "r-1", "--out", kit.root / "view.csv"],
        ["ledger", "prove", kit.gate, "r-1", "1", *kit.signs("ada")],
        ["ledger", "fsck", kit.gate],
    ]
    with wiring.opened(kit.gate) as gate, gate.files.writing():
        for words in writing:
            done = end(start(words, kit.root))
            assert is_busy(done), (words, done)
            assert "retry" in done.document["error"]["advice"]
    assert [kit.run(*words).code for words in writing] == [0, 0, 2, 0, 0, 0]


READING: dict[str, list[object]] = {
    "ledger verify": ["ledger", "verify", "gate"],
    "ledger key": ["ledger", "key", "gate"],
    "answers --sealed": ["answers", "gate", "r-1", "--sealed", "--out", "out"],
    "hold list": ["hold", "list", "gate"],
    "approve, to look": ["approve", "gate", "r-2"],
}


class NotCommittedError(Exception):
    """Rolls a transaction back."""


QUICK = ("ledger verify", "approve, to look")


@pytest.mark.parametrize("reading", [pytest.param(r, marks=() if r in QUICK else pytest.mark.long) for r in READING])
def test_who_reads_is_not_disturbed_by_an_open_write(kit: Kit, reading: str) -> None:
    kit.submit([subject(kit.people[0], 1)])
    kit.approve()
    kit.submit([subject(kit.people[1], 1)], "r-2")
    expected = 2 if reading.startswith("approve") else 0
    with wiring.opened(kit.gate) as gate, gate.files.writing():
        recover(gate)
        head = gate.store.head()
        with suppress(NotCommittedError), gate.store.begin() as transaction:
            transaction.append(b"not committed when the reader looks", "f" * 32, head, head)
            done = end(start(READING[reading], kit.root))
            raise NotCommittedError
        assert gate.store.head() == head
    assert done.code == expected, done


@pytest.mark.long
def test_the_ledger_holds_for_a_reader_at_every_moment_of_other_peoples_writes(kit: Kit) -> None:
    kit.submit([subject(kit.people[0], 1)])
    kit.approve()
    packages = [kit.package([subject(kit.people[i], 1)], f"w-{i}") for i in range(1, 4)]
    looks = 0
    for package in packages:
        writer = start(["submit", kit.gate, package], kit.root)
        while writer.poll() is None:
            for words in (
                ["ledger", "verify", kit.gate],
                ["answers", kit.gate, "r-1", "--sealed", "--out", kit.root / "out"],
            ):
                done = kit.run(*words)
                assert done.code == 0, (words, done)
                looks += 1
        assert end(writer).code == 0
    assert looks > len(packages)
    kit.fsck()
