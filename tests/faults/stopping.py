"""A command that stops itself at a chosen place of its work, as if the machine had forgotten it; SIGCONT lets it go on.

Run as a program: ``stopping.py GATE STAGE TIMES MORE -- submit PACKAGE`` or ``… -- approve REQUEST KEYS``. The place
is the ``TIMES``-th call of the progress port for ``STAGE``; with ``MORE`` only calls that tell of something done count.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Place:
    """Where to stop.

    Attributes:
        stage: of the progress port.
        times: how many calls of that stage have come.
        more: whether only calls that tell of something done count.
    """

    stage: str
    times: int = 1
    more: bool = False


def start(gate: Path, place: Place, words: Sequence[object]) -> subprocess.Popen[str]:
    """Starts a command and returns once it has stopped."""
    where = [str(gate), place.stage, str(place.times), str(int(place.more))]
    command = [sys.executable, "-B", __file__, *where, "--", *map(str, words)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    _, status = os.waitpid(process.pid, os.WUNTRACED)
    assert os.WIFSTOPPED(status), process.communicate()
    return process


def go_on(process: subprocess.Popen[str]) -> dict[str, object]:
    """Lets it go on to its end; what it printed."""
    process.send_signal(signal.SIGCONT)
    out, err = process.communicate(timeout=120)
    assert "Traceback" not in err, err
    found = json.loads(out)
    assert isinstance(found, dict)
    return found


def _main(gate_path: str, stage: str, times: str, more: str, command: str, what: str, *keys: str) -> None:
    from narrowgate import wiring  # noqa: PLC0415 - the client need not load what the program does
    from narrowgate.domain.errors import NarrowgateError  # noqa: PLC0415 - likewise
    from narrowgate.flow.casefile import find_request  # noqa: PLC0415 - likewise
    from narrowgate.flow.deciding import decide  # noqa: PLC0415 - likewise
    from narrowgate.flow.release import page  # noqa: PLC0415 - likewise
    from narrowgate.flow.submit import submit  # noqa: PLC0415 - likewise
    from narrowgate.surfaces.cli.common import signers  # noqa: PLC0415 - likewise

    left = int(times)

    def progress(at: str, done: int, _total: int) -> None:
        nonlocal left
        if at == stage and (done or not int(more)):
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGSTOP)
                time.sleep(1.1)  # the gate looks out for stays once a second

    with wiring.opened(Path(gate_path), progress) as gate:
        try:
            if command == "submit":
                said: dict[str, object] = {"refused": submit(gate, Path(what)).refused}
            else:
                statement = page(gate, find_request(gate, what)).statement
                said = dict(decide(gate, statement, signers(keys)).result)
        except NarrowgateError as error:
            said = {"error": error.code.value}
    sys.stdout.write(json.dumps(said, default=str))


if __name__ == "__main__":
    options, words = sys.argv[1:5], sys.argv[6:]
    _main(*options, *words)
