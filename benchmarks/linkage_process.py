"""Work in a process of its own, so that its peak memory is its own; and seconds by what was done."""

import multiprocessing
import resource
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

SAMPLE_SECONDS = 0.1


class Ran(NamedTuple):
    """What a process gave back, and its peak resident memory in MiB: with mapped files, and (as sampled) without."""

    result: Any
    peak: float
    own: float


class Stopwatch:
    """Seconds by what was done, by the wall and by the processor, all threads together; the same again adds to it.

    Processor time is what to compare where others work on the same machine.
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.processor: dict[str, float] = {}

    @contextmanager
    def of(self, what: str) -> Iterator[None]:
        """Times a block."""
        began, busy = time.perf_counter(), time.process_time()
        yield
        self.seconds[what] = self.seconds.get(what, 0.0) + time.perf_counter() - began
        self.processor[what] = self.processor.get(what, 0.0) + time.process_time() - busy

    def all(self) -> dict[str, dict[str, float]]:
        """Both, for a report."""
        return {"wall": self.seconds, "processor": self.processor}


def alone(work: Callable[..., Any], *arguments: object, **named: object) -> Ran:
    """Runs ``work(*arguments, **named)`` in a fresh process.

    Raises:
        RuntimeError: when the work failed there, or the process was ended from outside.
    """
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_child, args=(theirs, work, arguments, named))
    process.start()
    theirs.close()
    try:
        found, failed, *peaks = ours.recv()
    except EOFError:
        found, failed, peaks = None, "ended from outside", [0.0, 0.0]
    process.join()
    if failed:
        raise RuntimeError(f"{work.__name__}: {failed}")
    return Ran(found, *peaks)


def _child(pipe: Connection, work: Callable[..., Any], arguments: tuple[object, ...], named: dict[str, object]) -> None:
    result, failed, sampled = None, "", [0.0]
    threading.Thread(target=_sample, args=(sampled,), daemon=True).start()
    try:
        result = work(*arguments, **named)
    except BaseException as e:
        failed = f"{type(e).__name__}: {e}"
        raise
    finally:
        pipe.send((result, failed, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, sampled[0]))


def _sample(peak: list[float]) -> None:
    """Keeps the highest resident memory that is no file's, where the system says it (proc(5), ``RssAnon``)."""
    status = Path("/proc/self/status")
    while status.exists():
        lines = status.read_text(encoding="ascii").splitlines()
        own = next((line.split()[1] for line in lines if line.startswith("RssAnon:")), "0")
        peak[0] = max(peak[0], int(own) / 1024)
        time.sleep(SAMPLE_SECONDS)


def percentiles(seconds: list[float]) -> dict[str, float]:
    """Median and 99th percentile in milliseconds, by rank."""
    ordered = sorted(seconds)
    at = {"p50": 0.50, "p99": 0.99}
    return {name: 1e3 * ordered[min(len(ordered) - 1, int(part * len(ordered)))] for name, part in at.items()}


def one_by_one(work: Callable[[int], object], calls: int, *, before: int, most_seconds: float) -> dict[str, Any]:
    """Times ``work(0)``, ``work(1)``, …: percentiles in milliseconds by the wall and by the processor.

    Args:
        before: so many calls first, to be left out, as whoever serves is warm; ``first`` is the very first.
        most_seconds: no further call is begun after that.
    """
    wall, busy, until = [], [], time.perf_counter() + most_seconds
    for n in range(before + calls):
        began, ran = time.perf_counter(), time.process_time()
        work(n)
        wall.append(time.perf_counter() - began)
        busy.append(time.process_time() - ran)
        if n > before and time.perf_counter() > until:
            break
    counted = wall[before:], busy[before:]
    both = {"wall": percentiles(counted[0]), "processor": percentiles(counted[1])}
    return {**both, "calls": len(counted[0]), "first": 1e3 * wall[0]}
