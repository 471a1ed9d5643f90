"""Kills a command, or has the system refuse it, at one chosen call: strace's tampering with system calls.

A launcher process has loaded the program and nothing else. For each command it forks a child that stops at once, has
strace seize it, and lets it go: a real process on a real file system, without a second of start-up.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import click

WRITES = (
    "openat,creat,mkdir,mkdirat,write,pwrite64,writev,pwritev,pwritev2,fsync,fdatasync,sync_file_range,rename,renameat,"
    "renameat2,unlink,unlinkat,rmdir,ftruncate,truncate,fallocate,link,linkat,symlink,symlinkat,chmod,fchmod,fchmodat,"
    "utimensat,flock"
)
"""Every call by which a file system changes, and the lock."""

STRACE = ("strace", "-f", "-qq", "-y", "-s", "0", "--seccomp-bpf")
_LINE = re.compile(r"(?P<thread>[0-9]+) +(?P<name>[a-z0-9_]+)\((?P<rest>.*)")
_RANDOM = re.compile(r"[0-9a-f]{32}(-[0-9]{6})?")


@dataclass(frozen=True)
class Call:
    """One system call of a command.

    Attributes:
        name, number: the ``number``-th call of that name, from 1, in its thread.
        path: what it touches, relative to the gate; random names as ``*``.
    """

    name: str
    number: int
    path: str


@dataclass(frozen=True)
class Ended:
    """How a traced command ended.

    Attributes:
        killed: by SIGKILL.
        code: its exit code, where it was not killed.
        calls: what it wrote inside the gate's folder, in order, the last one perhaps not done.
        out: its standard output.
    """

    killed: bool
    code: int
    calls: tuple[Call, ...]
    out: str


def missing() -> str:
    """Why nothing can be traced here; "" where it can."""
    if shutil.which("strace") is None:
        return "needs strace (Debian package: strace)"
    tried = subprocess.run([*STRACE, "-o", os.devnull, "true"], capture_output=True, text=True, check=False)
    return "" if tried.returncode == 0 else f"strace may not trace here: {tried.stderr.strip()[:80]}"


def read_log(log: Path, gate: Path) -> Iterator[Call]:
    """The calls in a log of strace that change something inside the gate's folder."""
    counted: Counter[tuple[str, str]] = Counter()
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        found = _LINE.match(line)
        if not found:
            continue  # a resumed call, a signal, an exit
        name, rest = found["name"], found["rest"]
        counted[found["thread"], name] += 1
        touched = re.findall(re.escape(str(gate)) + r"/?([^>\"]*)", rest)
        if touched and (name != "openat" or "O_CREAT" in rest or "O_TRUNC" in rest):
            yield Call(name, counted[found["thread"], name], _plain(touched[0]))


def _plain(path: str) -> str:
    plain = _RANDOM.sub("*", path)
    return re.sub(r"sealed/[0-9a-f]{2}", "sealed/**", plain) or "."


class Launcher:
    """The client's side of a launcher process."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-B", __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(self, gate: Path, words: Sequence[object], *tampering: str) -> Ended:
        """Runs a command, traced; ``tampering`` are options of strace."""
        log, out = gate.with_name("strace.log"), gate.with_name("stdout")
        job = {"words": [*map(str, words), "--json"], "log": str(log), "out": str(out), "strace": tampering}
        stdin, stdout = _pipes(self._process)
        stdin.write(json.dumps(job) + "\n")
        stdin.flush()
        status = int(json.loads(stdout.readline())["status"])
        killed = os.WIFSIGNALED(status)
        calls = tuple(read_log(log, gate))
        return Ended(killed, -1 if killed else os.WEXITSTATUS(status), calls, out.read_text(encoding="utf-8"))

    def close(self) -> None:
        """Ends it."""
        stdin, stdout = _pipes(self._process)
        stdin.close()
        self._process.wait()
        stdout.close()


def _pipes(process: subprocess.Popen[str]) -> tuple[IO[str], IO[str]]:
    assert process.stdin is not None
    assert process.stdout is not None
    return process.stdin, process.stdout


@contextmanager
def launcher() -> Iterator[Launcher]:
    """A launcher, ended afterwards."""
    made = Launcher()
    try:
        yield made
    finally:
        made.close()


def all_writes() -> tuple[str, ...]:
    """Options that trace every write and tamper with none."""
    return ("-e", f"trace={WRITES}")


def kill_at(call: Call) -> tuple[str, ...]:
    """Options that kill the process when it enters a call; the call is not done."""
    return ("-e", f"trace={WRITES}", "-e", f"inject={call.name}:signal=SIGKILL:when={call.number}")


def refuse_from(call: Call, error: str) -> tuple[str, ...]:
    """Options that have the system refuse a call, and every later call of that name."""
    return ("-e", f"trace={WRITES}", "-e", f"inject={call.name}:error={error}:when={call.number}+")


# --- the launcher's side ----------------------------------------------------------------------------------------------


def _serve() -> None:
    import pyarrow as pa  # noqa: PLC0415 - the client need not load what the launcher does

    from narrowgate.surfaces.cli import COMMANDS, group  # noqa: PLC0415 - likewise
    from narrowgate.surfaces.cli.common import run  # noqa: PLC0415 - likewise

    for name in COMMANDS:
        group.get_command(click.Context(group), name)
    pa.array([""])  # has it load what it loads with its first array
    for line in sys.stdin:
        job = json.loads(line)
        child = os.fork()
        if child == 0:
            descriptor = os.open(job["out"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            null = os.open(os.devnull, os.O_RDWR)
            for target, source in ((0, null), (1, descriptor), (2, null)):
                os.dup2(source, target)
            os.kill(os.getpid(), signal.SIGSTOP)
            code = run(group, job["words"])
            sys.stdout.flush()
            os._exit(code)
        sys.stdout.write(json.dumps({"status": _trace(child, job)}) + "\n")
        sys.stdout.flush()


def _trace(child: int, job: dict[str, object]) -> int:
    os.waitpid(child, os.WUNTRACED)
    options = [*STRACE, "-o", str(job["log"]), *map(str, job["strace"])]  # type: ignore[call-overload]  # a list
    tracer = subprocess.Popen([*options, "-p", str(child)], stderr=subprocess.DEVNULL)
    status = Path(f"/proc/{child}/status")
    while "TracerPid:\t0" in status.read_text(encoding="ascii") and tracer.poll() is None:
        time.sleep(0.001)
    os.kill(child, signal.SIGCONT)
    _, ended = os.waitpid(child, 0)
    tracer.wait()
    return ended


if __name__ == "__main__":
    _serve()
