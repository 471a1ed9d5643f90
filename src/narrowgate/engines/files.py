"""The gate's folder on a local file system: one place knows where bytes live.

Every write goes to a temporary name, is flushed to the disk, takes its name by an atomic rename, and the folder is
flushed: a reader sees the old bytes or the new ones. A full disk, or a folder that cannot be written, is an error of
its own with nothing changed.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from narrowgate.domain.errors import ErrorCode, NarrowgateError

PRIVATE_FILE, PRIVATE_FOLDER, PUBLIC_FILE = 0o600, 0o700, 0o644
_UNFINISHED = ".unfinished"


def flush_folder(folder: Path) -> None:
    """Makes the names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_atomically(path: Path, data: bytes, mode: int = PRIVATE_FILE) -> None:
    """Writes ``data`` at ``path``, whole or not at all.

    Raises:
        NarrowgateError: ``storage`` when the disk is full or the folder cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}{_UNFINISHED}")
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
        flush_folder(path.parent)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise NarrowgateError(
            ErrorCode.STORAGE,
            f"cannot write {path.name}: {error.strerror}",
            "free space or repair the volume, then retry",
        ) from error


class GateFolder:
    """The files of one gate."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def ledger_read(self, path: str) -> bytes | None:
        """A file of the public ledger, or None."""
        try:
            return (self.root / "ledger" / path).read_bytes()
        except FileNotFoundError:
            return None

    def ledger_write(self, path: str, data: bytes) -> None:
        """Writes a file of the public ledger, readable by any web server."""
        write_atomically(self.root / "ledger" / path, data, PUBLIC_FILE)

    def sealed(self, entry_id: str) -> Path:
        """Where the sealed segment of a commit lies."""
        folder = self.root / "sealed" / entry_id[:2]
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"{entry_id}.seg"

    def sealed_ids(self) -> list[str]:
        """Entry ids that have a segment."""
        return sorted(path.stem for path in (self.root / "sealed").glob("*/*.seg"))

    def drop_sealed(self, entry_id: str) -> None:
        """Removes the segment of a commit that never happened."""
        self.sealed(entry_id).unlink(missing_ok=True)

    def put_outbox(self, request: str, tranche: int, files: Mapping[str, bytes]) -> None:
        """Stages a tranche's files in a folder that takes its name last."""
        final = self._outbox(request, tranche)
        temporary = final.with_name(final.name + _UNFINISHED)
        for stale in (temporary, final):
            shutil.rmtree(stale, ignore_errors=True)
        for name, data in files.items():
            write_atomically(temporary / name, data)
        temporary.rename(final)
        flush_folder(final.parent)

    def outbox(self, request: str, tranche: int) -> Mapping[str, bytes]:
        """A tranche's staged files."""
        return {path.name: path.read_bytes() for path in sorted(self._outbox(request, tranche).iterdir())}

    def outbox_ids(self) -> list[tuple[str, int]]:
        """Every staged (request, tranche)."""
        names = [path.name for path in (self.root / "outbox").glob("*") if not path.name.endswith(_UNFINISHED)]
        return sorted((name.rpartition("-")[0], int(name.rpartition("-")[2])) for name in names)

    def drop_outbox(self, request: str, tranche: int) -> None:
        """Removes a tranche that never left."""
        shutil.rmtree(self._outbox(request, tranche), ignore_errors=True)

    def snapshots(self) -> Path:
        """The folder of record snapshots."""
        folder = self.root / "snapshots"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Holds the one-writer lock of the gate; the kernel frees it when the process dies."""
        with (self.root / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise NarrowgateError(
                    ErrorCode.GATE_BUSY, "another command is writing to this gate", "wait for it to end, then retry"
                ) from error
            self._sweep()
            yield

    def _sweep(self) -> None:
        """Removes what a killed writer left unfinished; nobody else writes while the lock is held."""
        for stale in self.root.rglob(f"*{_UNFINISHED}"):
            if stale.is_dir():
                shutil.rmtree(stale, ignore_errors=True)
            else:
                stale.unlink(missing_ok=True)

    def _outbox(self, request: str, tranche: int) -> Path:
        return self.root / "outbox" / f"{request}-{tranche:06d}"
