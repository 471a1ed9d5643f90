"""Killed at any write, a command leaves a gate that rolls forward; given again, it ends as if nothing had happened."""

import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from faults.killing import OPERATIONS, Outcome, quiet_kit, start_worker, trace, work
from faults.strace import launcher, missing

REASON = missing()

pytestmark = [pytest.mark.long, pytest.mark.skipif(bool(REASON), reason=REASON)]


@pytest.fixture(scope="module")
def workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Executor]:
    """Two processes that kill and check."""
    folder = tmp_path_factory.mktemp("workers")
    with ProcessPoolExecutor(2, get_context("spawn"), start_worker, (folder,)) as pool:
        yield pool


def prepared(template: Path, operation: str, folder: Path) -> Path:
    """A gate on which the operation is about to be run."""
    root = folder / "prepared"
    shutil.copytree(template, root)
    with quiet_kit(root) as kit:
        OPERATIONS[operation].prepare(kit)
    return root


@pytest.mark.parametrize("operation", OPERATIONS)
def test_killed_at_each_write_it_rolls_forward_and_goes_on(
    operation: str, template: Path, tmp_path: Path, workers: Executor
) -> None:
    ready = prepared(template, operation, tmp_path)
    with launcher() as traced:
        expected = trace(traced, ready, operation, tmp_path / "traced")
    jobs = [workers.submit(work, ready, (operation, "SIGKILL", call), expected) for call in expected.calls]
    outcomes = [job.result() for job in jobs]
    report(outcomes)
    assert [o for o in outcomes if o.wrong] == []
    assert sum(o.ended == "killed" for o in outcomes) >= 0.9 * len(jobs) > 45
    assert {o.entered for o in outcomes} == set(range(max(o.entered for o in outcomes) + 1)), "every state was met"


def report(outcomes: list[Outcome]) -> None:
    """Prints a table: where the fault struck, how often, what was entered by then, how the command ended again."""
    keys = ([o.operation, o.fault, o.at, o.ended, f"{o.entered}", f"{o.again}", o.wrong or o.books]
            for o in outcomes)  # fmt: skip
    for key, number in Counter(map(tuple, keys)).items():
        sys.stdout.write(f"| {' | '.join(key[:3])} | {number} | {' | '.join(key[3:])} |\n")
