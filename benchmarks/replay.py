"""Replay, measured: a million past decisions run again, by the command, end to end.

    python benchmarks/replay.py FOLDER [--rows 1000000] [--requests 10] [--again 3]

The gate is made once, by real submits, and kept in FOLDER: it has neither records nor certificate, so that nothing is
linked, and every row is refused or held. Timed: ``narrowgate replay`` in a process of its own, from start to exit, the
look entered; the best and the median of several runs, and the peak memory. The shares are of one more run, profiled.
"""

import argparse
import cProfile
import json
import os
import pstats
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

if __name__ == "__main__":  # as a script: the path begins with this folder, not with the repository
    sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.gate import BASIS, FOUNDERS, SEED, attest_and_sign, make_keys
from benchmarks.world import AGENCY, CUSTODIAN, make_world

from narrowgate import wiring
from narrowgate.domain.circumstances import Stay
from narrowgate.flow import rulings
from narrowgate.flow.changes import pack_adopt, party_add
from narrowgate.flow.deciding import decide
from narrowgate.flow.replaying import Against, edition_named, replay, stay_named
from narrowgate.flow.staying import stay_enter
from narrowgate.flow.submit import submit
from narrowgate.governance.stays import StayRecord, with_id
from narrowgate.law.pack import ROOT, load_pack

DOCKET = "a docket"
SHARES = {
    "read the books": "standing",
    "unseal": "part",
    "decode": "from_bytes",
    "reopen the rows": "reopen",
    "derive facts": "derive",
    "evaluate": "evaluate",
    "compare": "changes",
}
"""What is shown of a profile, and the function whose time it is."""


def make_gate(folder: Path, rows: int, requests: int) -> None:
    """A gate with that many decisions, and a stay that reaches them all."""
    at = datetime.now(UTC)
    world = make_world(
        folder / "world", records=200_000, requests=rows, seed=SEED, at=at.date(), packages=requests,
        subjects_per_officer=100, cases=100,
    )  # fmt: skip
    private = make_keys(folder / "keys", world)
    gate_path = folder / "gate.part"
    shutil.rmtree(gate_path, ignore_errors=True)
    public = {p: wiring.jose.public_part(private[p]) for p in FOUNDERS}
    wiring.make_gate(gate_path, CUSTODIAN, public, demo=True)
    signers = {p: private[p] for p in FOUNDERS}
    with wiring.opened(gate_path) as gate:
        decide(gate, party_add(gate, folder / "keys" / "agency.toml"), signers)
        decide(gate, pack_adopt(gate, BASIS, "measured"), signers)
        for package in world.packages:
            began = time.perf_counter()
            attest_and_sign(package, private)
            print(package.name, submit(gate, package), f"{time.perf_counter() - began:.1f} s", flush=True)
        stay = Stay("", "a court", DOCKET, date(2026, 1, 1), at, requester=AGENCY)
        decide(gate, stay_enter(gate, with_id(StayRecord(stay, at))), {FOUNDERS[0]: private[FOUNDERS[0]]})
    gate_path.rename(folder / "gate")


def later_edition(folder: Path) -> Path:
    """An edition that no longer asks for a reason."""
    made = folder / "edition" / BASIS
    shutil.rmtree(made, ignore_errors=True)
    shutil.copytree(ROOT / "packs" / BASIS, made)
    released, later = load_pack(BASIS).edition, "2099-01-01"
    texts = {path.name: path.read_text(encoding="utf-8").replace(released, later) for path in made.iterdir()}
    policy = texts["policy.cedar"]
    start = policy.index('@id("reason_stated")')
    policy = policy[:start] + policy[policy.index("@id(", start + 1) :]
    line = "  (context has reason_stated && context.reason_stated == true) &&\n"
    texts["policy.cedar"] = policy.replace(line, "")
    texts["schema.cedarschema"] = texts["schema.cedarschema"].replace("    reason_stated: Bool,\n", "")
    examples = texts["examples.toml"].replace('"reason_stated", ', "")
    texts["examples.toml"] = examples.replace('"reason_stated"', "")
    for name, text in texts.items():
        (made / name).write_text(text, encoding="utf-8")
    return made


def timed(gate: Path, words: tuple[str, ...]) -> tuple[float, float, float, Mapping[str, Any]]:
    """Seconds, seconds of processor, peak resident MiB and the document of one ``narrowgate replay``."""
    command = [sys.executable, "-m", "narrowgate", "replay", str(gate), *words, "--json"]
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout is not None
    said = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    if os.waitstatus_to_exitcode(status):
        raise SystemExit(said.decode())
    return seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, json.loads(said)


def shares(gate_path: Path, name: str, edition: Path) -> dict[str, float]:
    """Seconds of one more run, in this process, by what was done."""
    with wiring.opened(gate_path) as gate:
        against = {
            "--pack": Against(pack=edition_named(gate, str(edition))),
            "--stay": Against(stay=stay_named(gate, rulings.stays(gate)[0].id)),
            "--code": Against(code=True),
        }[name]
        with cProfile.Profile() as profile:
            began = time.perf_counter()
            replay(gate, against)
            whole = time.perf_counter() - began
    times: Any = pstats.Stats(profile).stats  # type: ignore[attr-defined]  # the only way to its numbers
    found = {
        what: sum(t[3] for (_, _, called), t in times.items() if called == function)
        for what, function in SHARES.items()
    }
    if found["reopen the rows"]:
        found["unseal"] = found["decode"] = 0.0  # within it, for the most part
    return found | {"the rest": whole - sum(found.values())}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--requests", type=int, default=10)
    parser.add_argument("--again", type=int, default=3)
    given = parser.parse_args()
    gate = given.folder / "gate"
    if not gate.is_dir():
        make_gate(given.folder, given.rows, given.requests)
    edition = later_edition(given.folder)
    console, report = Console(), Table(title="narrowgate replay, end to end")
    for column in ("against", "best s", "median s", "cpu s", "rows/s", "peak MiB", "differ"):
        report.add_column(column, justify="right")
    with wiring.opened(gate) as opened:
        stay = rulings.stays(opened)[0].id
    runs = {"--pack": ("--pack", str(edition)), "--stay": ("--stay", stay), "--code": ("--code",)}
    runs["--pack --out"] = (*runs["--pack"], "--out", str(given.folder / "rows.csv"))
    for name, words in runs.items():
        times, work, peaks, documents = zip(*(timed(gate, words) for _ in range(given.again)), strict=True)
        rows, best = documents[0]["decisions"], min(times)
        report.add_row(
            name, f"{best:.2f}", f"{statistics.median(times):.2f}", f"{min(work):.2f}", f"{rows / best:,.0f}",
            f"{max(peaks):,.0f}", f"{documents[0]['differ']:,}",
        )  # fmt: skip
    console.print(report)
    for name in ("--pack", "--stay", "--code"):
        found = shares(gate, name, edition)
        whole = sum(found.values())
        console.print(f"{name}: " + ", ".join(f"{w} {s:.2f} s ({s / whole:.0%})" for w, s in found.items() if s))


if __name__ == "__main__":
    main()
