"""The whole gate, measured: a package of 100,000 people against 1 million records, each stage's share.

    python benchmarks/gate.py FOLDER [--records 1000000] [--requests 100000]

Timed: ``submit`` up to *awaiting release*, sealing and ledger included, in a process of its own, so that its peak
memory is its own. Reported apart: the world, keys, snapshot, certificate, attesting and signing, approvals. The same
run also checks the answers against the truth.
"""

import argparse
import json
import multiprocessing
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from rich.console import Console
from rich.table import Table

if __name__ == "__main__":  # as a script: the path begins with this folder, not with the repository
    sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.world import AGENCY, CUSTODIAN, OFFICE, World, make_world

from narrowgate import wiring
from narrowgate.domain.certificate import Certificate
from narrowgate.domain.ports import Gate
from narrowgate.domain.vocabulary import Attests, Outcome, Provenance
from narrowgate.flow.casefile import find_request
from narrowgate.flow.changes import pack_adopt, party_add
from narrowgate.flow.deciding import decide
from narrowgate.flow.means import adopt_certificate, load_records, measure
from narrowgate.flow.release import page
from narrowgate.flow.submit import submit
from narrowgate.flow.viewing import view
from narrowgate.intake.attestations import attestation_payload, officer_digests
from narrowgate.intake.package import read_package

BASIS = "us.irc.6103.i.2"
FOUNDERS = ("ada", "ben")
SEED = 7


class Stopwatch:
    """Seconds by what was done."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def of(self, what: str) -> Iterator[None]:
        """Times a block."""
        began = time.perf_counter()
        yield
        self.seconds[what] = time.perf_counter() - began


class Stages:
    """A ``Progress`` that times the stages of a submit: from one stage's first call to the next one's."""

    def __init__(self) -> None:
        self._seen: list[tuple[str, float]] = []

    def __call__(self, stage: str, _done: int, _total: int) -> None:
        if not self._seen or self._seen[-1][0] != stage:
            self._seen.append((stage, time.perf_counter()))

    def seconds(self) -> dict[str, float]:
        """Stage to seconds."""
        ends = [began for _, began in self._seen[1:]] + [time.perf_counter()]
        found: Counter[str] = Counter()
        for (stage, began), end in zip(self._seen, ends, strict=True):
            found[stage] += end - began  # type: ignore[assignment]  # a counter of seconds
        return dict(found)


def make_keys(folder: Path, world: World) -> dict[str, dict[str, str]]:
    """Keys of everybody, and the agency's parties file; private keys by person."""
    folder.mkdir(parents=True, exist_ok=True)
    private: dict[str, dict[str, str]] = {}
    lines = [
        "[agency]",
        f'id = "{AGENCY}"',
        'name = "made up"',
        'safeguards = "clear"',
        "[[office]]",
        f'id = "{OFFICE}"',
    ]
    lines += [f'may_sign = ["{BASIS}"]', 'key = "office.pub.jwk"']
    for person in (*FOUNDERS, "office", *world.officers):
        secret, public = wiring.jose.new_pair("sign")
        private[person] = dict(secret)
        (folder / f"{person}.pub.jwk").write_text(json.dumps(dict(public)), encoding="utf-8")
    for officer in world.officers:
        _, public = wiring.jose.new_pair("encrypt")
        (folder / f"{officer}.enc.pub.jwk").write_text(json.dumps(dict(public)), encoding="utf-8")
        lines += ["[[officer]]", f'id = "{officer}"', f'key = "{officer}.pub.jwk"']
        lines += [f'encryption_key = "{officer}.enc.pub.jwk"']
    (folder / "agency.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return private


def attest_and_sign(package: Path, private: dict[str, dict[str, str]]) -> None:
    """Every registered officer attests his rows; the office signs."""
    read = read_package(package, lambda _head: ())
    (package / "attestations").mkdir(exist_ok=True)
    for officer, digest in officer_digests(read.table).items():
        if officer in private:
            payload = attestation_payload(read.head, officer, digest, list(Attests))
            signed = wiring.jose.sign(payload, private[officer], detached=False)
            (package / "attestations" / f"{officer}.jws").write_text(signed, encoding="utf-8")
    signed = wiring.jose.sign(read.request_bytes, private["office"], detached=True)
    (package / "request.jws").write_text(signed, encoding="utf-8")


def in_own_process(work: Callable[..., Any], *arguments: object) -> Any:  # noqa: ANN401 - what the work returns
    """Runs work in a fresh process and returns (result, seconds, peak resident MiB)."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_child, args=(theirs, work, arguments))
    process.start()
    found = ours.recv()
    process.join()
    return found


def _child(pipe: Any, work: Callable[..., Any], arguments: tuple[object, ...]) -> None:  # noqa: ANN401 - a connection
    began = time.perf_counter()
    result = work(*arguments)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    pipe.send((result, time.perf_counter() - began, peak))


def submitted(gate_path: Path, package: Path) -> tuple[dict[str, int], dict[str, float]]:
    """Submits; the counts, and seconds by stage."""
    stages = Stages()
    with wiring.opened(gate_path, stages) as gate:
        done = submit(gate, package)
        seconds = stages.seconds()
    counts = {n: getattr(done, n) for n in ("persons", "refused", "held", "awaiting_release")}
    return counts, seconds


def loaded(gate_path: Path, records: Path, private: dict[str, dict[str, str]]) -> int:
    """Builds and adopts the snapshot; how many rows."""
    with wiring.opened(gate_path) as gate:
        statement = load_records(gate, records)
        decide(gate, statement, {p: private[p] for p in FOUNDERS})
        body: Any = statement.about["body"]
        return int(body["rows"])


def certified(gate: Gate, labelled: Path, bound: float, private: dict[str, dict[str, str]]) -> Certificate:
    """Certifies and adopts."""
    found = measure(gate, labelled, bound, 0.95, Provenance.SYNTHETIC)
    if not isinstance(found, Certificate):
        raise SystemExit(f"not certified: {'; '.join(found.reasons)}")
    decide(gate, adopt_certificate(gate, found), {p: private[p] for p in FOUNDERS})
    return found


def approved(gate_path: Path, name: str, private: dict[str, dict[str, str]], most: int) -> tuple[int, int]:
    """Releases up to ``most`` tranches; how many, and how many rows left."""
    tranches = rows = 0
    with wiring.opened(gate_path) as gate:
        request = find_request(gate, name)
        while tranches < most:
            shown = page(gate, request)
            result = decide(gate, shown.statement, {p: private[p] for p in FOUNDERS}).result
            tranches, rows = tranches + 1, rows + int(str(result["released"]))
            if not shown.remaining:
                break
    return tranches, rows


def outcomes(gate_path: Path, name: str, truth: Path) -> Counter[str]:
    """Released rows: confirmed, wrong and missed, against the truth."""
    true = {row["row"]: row["person_id"] for row in pq.read_table(truth).to_pylist() if row["request_id"] == name}
    found: Counter[str] = Counter()
    with wiring.opened(gate_path) as gate:
        for row in view(gate, find_request(gate, name)):
            if row.outcome in (Outcome.CONFIRMED, Outcome.NOT_CONFIRMED):
                right = bool(true[row.row]) == (row.outcome is Outcome.CONFIRMED)
                found[f"{row.outcome}, {'rightly' if right else 'wrongly'}"] += 1
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--bound", type=float, default=0.005)
    parser.add_argument("--tranches", type=int, default=3)
    given = parser.parse_args()
    watch, console = Stopwatch(), Console()
    at = datetime.now(UTC).date()
    with watch.of("world"):
        world = make_world(given.folder / "world", records=given.records, requests=given.requests, seed=SEED, at=at)
    with watch.of("keys"):
        private = make_keys(given.folder / "keys", world)
    with watch.of("attest and sign"):
        attest_and_sign(world.packages[0], private)
    gate_path = given.folder / "gate"
    signers = {p: private[p] for p in FOUNDERS}
    public = {p: wiring.jose.public_part(private[p]) for p in FOUNDERS}
    wiring.make_gate(gate_path, CUSTODIAN, public, demo=True)
    with wiring.opened(gate_path) as gate:
        with watch.of("register"):
            decide(gate, party_add(gate, given.folder / "keys" / "agency.toml"), signers)
        decide(gate, pack_adopt(gate, BASIS, "measured"), signers)
    rows, watch.seconds["snapshot"], snapshot_peak = in_own_process(loaded, gate_path, world.records, private)
    with wiring.opened(gate_path) as gate, watch.of("certify"):
        certificate = certified(gate, world.labelled, given.bound, private)
    (counts, stages), seconds, peak = in_own_process(submitted, gate_path, world.packages[0])
    name = json.loads((world.packages[0] / "request.json").read_text(encoding="utf-8"))["request_id"]
    with watch.of("approve"):
        tranches, released = approved(gate_path, name, private, given.tranches)
    report = Table(title=f"{given.requests:,} persons against {rows:,} records, {len(world.officers):,} officers")
    report.add_column("stage of submit")
    report.add_column("seconds", justify="right")
    report.add_column("share", justify="right")
    for stage, took in stages.items():
        report.add_row(stage, f"{took:.2f}", f"{took / seconds:.0%}")
    report.add_row("open, import, the rest", f"{seconds - sum(stages.values()):.2f}", "")
    report.add_row("submit, in all", f"{seconds:.2f}", "100%")
    console.print(report)
    console.print(f"peak memory of submit {peak:,.0f} MiB, of the snapshot's build {snapshot_peak:,.0f} MiB")
    console.print("apart: " + ", ".join(f"{what} {took:.1f} s" for what, took in watch.seconds.items()))
    console.print(f"counts {counts}; lawful share of the world {world.shares['defects']['lawful']:.1%}")
    console.print(
        f"certificate: {certificate.wrong} wrong of {certificate.confirmed:,}, limit {certificate.share_limit:.3%}, "
        f"recall {certificate.recall:.1%}; approved {tranches} tranches, {released:,} rows"
    )
    console.print(dict(outcomes(gate_path, name, world.truth)))


if __name__ == "__main__":
    main()
