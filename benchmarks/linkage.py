"""Our linkage stage beside Splink 5 on DuckDB: seconds, peak memory, recall at one wrong share, single look-ups.

    python benchmarks/linkage.py FOLDER [--world WORLD] [--records 1000000] [--requests 100000]

1. A world is made (``world.py``, no request lacks an element), or ``--world`` names one that is there.
2. Our snapshot is built, and the same rows are written out, standardised alike, for Splink.
3. The world's labelled cases certify a threshold; Splink trains its model.
4. Each contender links all requests in a process of its own, ``--repeats`` times; then single rows, one by one.
5. Both are judged by the truth; ratios are of the best run of each. All figures go to ``FOLDER/linkage.json``.
"""

import argparse
import json
import platform
import shutil
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Console

if __name__ == "__main__":  # as a script: the path begins with this folder, not with the repository
    sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import linkage_inputs, linkage_ours, linkage_splink
from benchmarks.linkage_curve import our_outcomes
from benchmarks.linkage_outcome import splink_outcomes
from benchmarks.linkage_process import alone
from benchmarks.linkage_report import print_report
from benchmarks.world import make_world

AT = date(2026, 6, 15)
VARIANTS = ("two", "four")
Step = Callable[..., Any]
CASES_A_RECORD = 0.012


def made(folder: Path, records: int, requests: int, seed: int) -> Path:
    """The world of these sizes: one that is there if it was made with the same, else a new one."""
    world, asked = folder / "world", {"records": records, "requests": requests, "seed": seed}
    noted = folder / "world.asked.json"
    if not noted.exists() or json.loads(noted.read_text(encoding="utf-8")) != asked:
        shutil.rmtree(world, ignore_errors=True)
        cases = int(records * CASES_A_RECORD) + 10_000
        alone(make_world_quietly, world, records, requests, seed, cases)
        noted.write_text(json.dumps(asked), encoding="utf-8")
    return world


def make_world_quietly(world: Path, records: int, requests: int, seed: int, cases: int) -> None:
    """In a process of its own, whose memory goes with it."""
    make_world(world, records=records, requests=requests, seed=seed, at=AT, lawful_share=1.0, cases=cases)


def race(given: argparse.Namespace, world: Path, console: Console) -> dict[str, Any]:
    """Runs everything, each part in a process of its own; the figures."""
    requests, noted = given.requests, given.folder / "linkage.json"
    figures: dict[str, Any] = json.loads(noted.read_text(encoding="utf-8")) if given.only and noted.exists() else {}
    counts = json.loads((world / "world.json").read_text(encoding="utf-8"))["counts"]
    figures |= {"requests": requests, "records": counts["records"], "machine": platform.machine()}

    def of(name: str, work: Any, *arguments: object, **named: object) -> Any:  # noqa: ANN401 - any function
        console.print(f"… {name}")
        ran = alone(work, *arguments, **named)
        figures[name] = {**ran.result, "peak_mib": round(ran.peak), "own_mib": round(ran.own)}
        noted.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
        return ran.result

    if given.only != "splink":
        run_ours(given, world, figures, of)
    if given.only != "ours":
        run_splink(given, world, figures, of)
    noted.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return figures


def run_ours(given: argparse.Namespace, world: Path, figures: dict[str, Any], of: Step) -> None:
    """Snapshot, certificate, batch, single rows."""
    folder, requests = given.folder, given.requests
    snapshot = of("snapshot", linkage_inputs.snapshot_of, world, folder, keep=given.keep)
    ours = (world, folder, snapshot["digest"])
    certified = of("certificate", linkage_ours.certified, *ours, given.bound)
    threshold = certified["threshold"] or linkage_ours.FALLBACK
    batch = of("ours", linkage_ours.batch, *ours, requests, certified, given.repeats)
    figures["ours"]["recall_at"] = our_outcomes(batch["outcomes"], batch["trues"])
    of("ours, single", linkage_ours.single, *ours, given.calls, threshold)


def run_splink(given: argparse.Namespace, world: Path, figures: dict[str, Any], of: Step) -> None:
    """Tables, training, batches, single rows."""
    folder, requests = given.folder, given.requests
    of("inputs", linkage_inputs.write_inputs, world, folder, requests, keep=given.keep)
    if not (folder / linkage_inputs.MODEL).exists():
        of("splink, training", linkage_splink.train, folder)
    for variant in given.variants.split(","):
        of(f"splink, {variant}", linkage_splink.predict, folder, variant, given.repeats)
        figures[f"splink, {variant}"]["recall_at"] = alone(splink_outcomes, folder, variant).result
    of("splink, single", linkage_splink.single, folder, "two", given.calls, given.single_seconds)


def arguments() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path, help="for snapshots, tables and figures")
    parser.add_argument("--world", type=Path, help="a world that is there; else one is made")
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--bound", type=float, default=0.001, help="of the certificate")
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--calls", type=int, default=1000, help="single look-ups")
    parser.add_argument("--single-seconds", type=float, default=60.0, help="for Splink's single look-ups at most")
    parser.add_argument("--variants", default=",".join(VARIANTS), help="of Splink's blocking")
    parser.add_argument("--only", choices=("ours", "splink"), help="the other's figures stay as they were noted")
    parser.add_argument("--keep", action="store_true", help="snapshot and tables, though the code has changed")
    return parser.parse_args()


def main() -> None:
    given, console = arguments(), Console(stderr=True)
    given.folder.mkdir(parents=True, exist_ok=True)
    world = given.world or made(given.folder, given.records, given.requests, given.seed)
    figures = race(given, world.resolve(), console)
    print_report(figures)


if __name__ == "__main__":
    main()
