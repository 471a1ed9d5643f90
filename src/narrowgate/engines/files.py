"""The gate's folder on a local file system: one place knows where bytes live.

Every file is written by ``notary.files.replace_file``: temporary name, flushed, renamed, the folder flushed. A reader
sees the old bytes or the new ones, and a full disk changes nothing.
"""

import fcntl
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from narrowgate.domain.errors import ErrorCode, IntegrityError, NarrowgateError
from narrowgate.notary.files import FolderFiles, make_folders, replace_file, storage_errors, sync_folder

_UNFINISHED = ".part"


class GateFolder:
    """The files of one gate."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.ledger = FolderFiles(root / "ledger")

    def sealed(self, entry_id: str) -> Path:
        """Where the sealed segment of a commit lies."""
        folder = self.root / "sealed" / entry_id[:2]
        make_folders(folder)
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
        with storage_errors():
            make_folders(temporary)  # a tranche whose rows are all refused anew has no files
        for name, data in files.items():
            replace_file(temporary / name, [data])
        with storage_errors():
            temporary.rename(final)
            sync_folder(final.parent)

    def outbox(self, request: str, tranche: int) -> Mapping[str, bytes]:
        """A tranche's staged files."""
        with storage_errors():
            try:
                return {path.name: path.read_bytes() for path in sorted(self._outbox(request, tranche).iterdir())}
            except FileNotFoundError:
                raise IntegrityError("the files of a tranche are missing", "restore them from a backup") from None

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
        make_folders(folder)
        return folder

    def edition(self, digest: str) -> Path | None:
        """Where the files of an adopted edition lie; None where the gate keeps none of that digest."""
        folder = self.root / "packs" / digest
        return folder if folder.is_dir() else None

    def put_edition(self, digest: str, files: Mapping[str, bytes]) -> None:
        """Keeps an edition's files in a folder that takes its name last; the same again changes nothing."""
        final = self.root / "packs" / digest
        if final.is_dir():
            kept = {p.relative_to(final).as_posix(): p.read_bytes() for p in final.rglob("*") if p.is_file()}
            if kept != files:
                raise IntegrityError("the files kept of this edition are not its own", "move them out of the way")
            return
        temporary = final.with_name(final.name + _UNFINISHED)
        shutil.rmtree(temporary, ignore_errors=True)
        for name, data in files.items():
            with storage_errors():
                make_folders((temporary / name).parent)
            replace_file(temporary / name, [data])
        with storage_errors():
            temporary.rename(final)
            sync_folder(final.parent)

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
        places = [self.root.glob(f"{folder}*{_UNFINISHED}") for folder in ("", "outbox/", "packs/")]
        places += [(self.root / folder).rglob(f"*{_UNFINISHED}") for folder in ("ledger", "sealed")]
        for stale in [path for place in places for path in place]:
            if stale.is_dir():
                shutil.rmtree(stale, ignore_errors=True)
            else:
                stale.unlink(missing_ok=True)

    def _outbox(self, request: str, tranche: int) -> Path:
        return self.root / "outbox" / f"{request}-{tranche:06d}"
