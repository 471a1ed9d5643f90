"""Where a snapshot is built: a folder of finished steps, each whole or absent, taken up again after a kill.

A step is a folder of arrays that takes its name last. What is finished is not synced to the disk: a kill leaves it
whole, a power failure may not, so a scratch folder is bound to the running of the machine as well as to its source.
"""

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from narrowgate.domain.errors import ErrorCode, NarrowgateError
from narrowgate.linkage.storage import ARRAYS, MANIFEST, Arrays, View, view_arrays, write_arrays

PREFIX = ".building-"
_UNFINISHED = ".part"
_LOCK = "lock"
_BOOT = Path("/proc/sys/kernel/random/boot_id")


class Scratch:
    """A folder of finished steps.

    Attributes:
        folder: where they lie.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def has(self, step: str) -> bool:
        """Whether a step is finished."""
        return (self.folder / step).is_dir()

    def save(self, step: str, arrays: Arrays) -> None:
        """Finish a step: its arrays are kept under its name, all or none."""
        unfinished = self.folder / f"{step}{_UNFINISHED}"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        places, _ = write_arrays(unfinished / ARRAYS, arrays)
        (unfinished / MANIFEST).write_text(json.dumps(places))
        unfinished.rename(self.folder / step)

    def load(self, step: str) -> View:
        """A finished step's arrays, mapped read only."""
        folder = self.folder / step
        return view_arrays(folder / ARRAYS, json.loads((folder / MANIFEST).read_text()))

    def drop(self, step: str) -> None:
        """Forget the arrays of a step that nothing needs any more; it stays finished."""
        (self.folder / step / ARRAYS).unlink(missing_ok=True)


@contextmanager
def scratch(parent: Path, source: str) -> Iterator[Scratch]:
    """Scratch room beneath ``parent``, as private as a snapshot.

    1. What a killed build of another source left is removed; what one of this source left is taken up.
    2. Whether the build ends well or in an error, everything is removed; a kill alone leaves it.

    Args:
        parent: where snapshots lie.
        source: what is built, by a name that follows from its bytes and from the code; "" cannot be taken up.

    Raises:
        NarrowgateError: ``gate_busy`` where the same source is being built; ``storage`` where the disk refuses.
    """
    with storage_errors():
        parent.mkdir(parents=True, exist_ok=True)
        folder, lock = _entered(parent, source)  # 1
        try:
            yield Scratch(folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)  # 2
            os.close(lock)


@contextmanager
def storage_errors() -> Iterator[None]:
    """Turn the system's refusals, a full disk before all, into one ``storage`` error."""
    try:
        yield
    except OSError as error:
        reason = os.strerror(error.errno).lower() if error.errno else "unknown cause"
        raise NarrowgateError(
            ErrorCode.STORAGE,
            f"storage failed while building the snapshot: {reason}",
            "nothing was loaded, and the present records serve on: free space or mend it, then try again",
        ) from None


def _entered(parent: Path, source: str) -> tuple[Path, int]:
    """The folder to build in, and its lock, held. Nobody else sweeps or enters meanwhile: ``parent`` is locked."""
    place = os.open(parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(place, fcntl.LOCK_EX)
        _sweep(parent, keep=_name(source) if source else "")
        folder = parent / _name(source) if source else Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
        folder.mkdir(mode=0o700, exist_ok=True)
        lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        if not _taken(lock):
            os.close(lock)
            raise NarrowgateError(ErrorCode.GATE_BUSY, "these records are being built already", "wait for that to end")
        return folder, lock
    finally:
        os.close(place)


def _name(source: str) -> str:
    boot = _BOOT.read_text() if _BOOT.exists() else ""
    return PREFIX + hashlib.sha256(f"{source}\n{boot}".encode()).hexdigest()[:32]


def _taken(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _sweep(parent: Path, keep: str) -> None:
    """Remove the folders of builds that were killed; one whose lock is held goes on."""
    for folder in parent.glob(f"{PREFIX}*"):
        if folder.name == keep:
            continue
        try:
            with (folder / _LOCK).open("a") as lock:
                if _taken(lock.fileno()):
                    shutil.rmtree(folder, ignore_errors=True)
        except OSError:  # gone already, or a folder of an earlier kind
            shutil.rmtree(folder, ignore_errors=True)
