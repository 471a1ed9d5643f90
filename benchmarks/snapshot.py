"""Building a snapshot, measured stage by stage.

    python benchmarks/snapshot.py RECORDS [--folder FOLDER] [--json] [--rows-at-once 524288]

RECORDS is a file as the custodian has it (``benchmarks/world.py`` makes one). The snapshot is built in a process of
its own, from reading the file to the folder's rename, within FOLDER (else where temporary files lie), and removed.
Said of each stage: the seconds by the clock and by the processors (both threads), and the peak memory so far; of the
whole: how large the folder is, how much the disk had to hold at most, and how long opening takes. By the clock means
little on a machine that does other work as well: ``load`` says how much there was when it began.
"""

import argparse
import json
import multiprocessing
import os
import resource
import shutil
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from rich.console import Console
from rich.table import Table

from narrowgate.intake.records import read_records
from narrowgate.linkage.building import ROWS_AT_ONCE
from narrowgate.linkage.snapshot import Snapshot, build_snapshot

MIB = 1 << 20
STAGES = {
    "records": "read, check and standardise the rows",
    "words": "gather words and addresses",
    "places": "part the rows by person",
    "persons": "sort, residences, keys",
    "keys": "merge the keys",
    "write": "join, digest, sync",
}


@dataclass
class Clock:
    """What the stages took, told of their progress."""

    stages: dict[str, dict[str, float]] = field(default_factory=dict)
    now: str = ""
    since: tuple[float, float] = (0.0, 0.0)

    def __call__(self, stage: str, _done: int, _total: int) -> None:
        """A stage goes on; the first of another ends the one before."""
        if stage != self.now:
            self.end()
            self.now, self.since = stage, (time.perf_counter(), time.process_time())

    def end(self) -> None:
        """The present stage is over."""
        if self.now:
            wall, processors = time.perf_counter() - self.since[0], time.process_time() - self.since[1]
            self.stages[self.now] = {"seconds": wall, "processor_seconds": processors, "peak_mib": peak()}
        self.now = ""


def peak() -> float:
    """The most memory that this process ever held, mapped files included, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(records: Path, folder: Path, rows_at_once: int) -> dict[str, Any]:
    """Build and open a snapshot; what it took."""
    clock, began, used, load = Clock(), time.perf_counter(), time.process_time(), os.getloadavg()[0]
    clock("records", 0, 0)
    with watched(folder) as disk:
        made = build_snapshot(read_records(records), folder, progress=clock, rows_at_once=rows_at_once)
    clock.end()
    seconds, processors = time.perf_counter() - began, time.process_time() - used
    began = time.perf_counter()
    Snapshot.open(folder, made.digest, verify=False)
    opened = time.perf_counter() - began
    began = time.perf_counter()
    Snapshot.open(folder, made.digest, verify=True)
    return {
        "rows": made.rows,
        "persons": made.persons,
        "addresses": made.addresses,
        "digest": made.digest,
        "load": load,
        "processors": os.cpu_count(),
        "rows_at_once": rows_at_once,
        "stages": clock.stages,
        "seconds": seconds,
        "processor_seconds": processors,
        "peak_mib": peak(),
        "snapshot_mib": size_of(folder) / MIB,
        "most_on_disk_mib": disk.most / MIB,
        "open_seconds": opened,
        "verify_seconds": time.perf_counter() - began,
    }


class watched(threading.Thread):  # noqa: N801 - reads as what it is: the disk, watched
    """How much a folder holds at most, looked at twice a second."""

    def __init__(self, folder: Path) -> None:
        super().__init__(daemon=True)
        self.folder, self.most, self._ended = folder, 0, threading.Event()

    def __enter__(self) -> Self:
        """Begin to look."""
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        """Look no longer."""
        self._ended.set()
        self.join()

    def run(self) -> None:
        """Look until told to end."""
        while not self._ended.wait(0.5):
            self.most = max(self.most, size_of(self.folder))


def size_of(folder: Path) -> int:
    """Bytes of all files beneath a folder, as far as they are still there."""
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except OSError:
            continue
    return total


def in_a_process(records: Path, folder: Path, rows_at_once: int) -> dict[str, Any]:
    """``measure`` in a process of its own, so that memory and processor time are the build's alone."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        found: dict[str, Any] = pool.apply(measure, (records, folder, rows_at_once))
    return found


def shown(found: dict[str, Any]) -> Table:
    """The figures as a table."""
    table = Table(title=f"{found['rows']:,} rows, {found['persons']:,} persons, {found['addresses']:,} addresses")
    for column in ("stage", "seconds", "processor s", "peak MiB"):
        table.add_column(column, justify="left" if column == "stage" else "right")
    rows = [(STAGES[name], said) for name, said in found["stages"].items()]
    for name, said in [*rows, ("whole", found)]:
        figures = (f"{said[key]:,.1f}" for key in ("seconds", "processor_seconds"))
        table.add_row(name, *figures, f"{said['peak_mib']:,.0f}", end_section=name == STAGES["write"])
    table.caption = (
        f"folder {found['snapshot_mib']:,.0f} MiB, at most {found['most_on_disk_mib']:,.0f} MiB on disk; opened in "
        f"{found['open_seconds'] * 1000:.1f} ms, read whole in {found['verify_seconds']:.1f} s; "
        f"{found['processors']} processors, load {found['load']:.1f} at the start"
    )
    return table


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="Builds a snapshot and says what every stage took.")
    parser.add_argument("records", type=Path)
    parser.add_argument("--folder", type=Path, help="where to build; it needs about a kilobyte a row")
    parser.add_argument("--rows-at-once", type=int, default=ROWS_AT_ONCE)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="snapshot-", dir=asked.folder))
    try:
        found = in_a_process(asked.records, folder, asked.rows_at_once)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if asked.json:
        sys.stdout.write(json.dumps(found, indent=1) + "\n")
    else:
        Console().print(shown(found))


if __name__ == "__main__":
    main()
