"""The ledger's files: a folder or a memory that keeps them, and how files are written so that they last.

Paths are relative, with ``/``: ``checkpoint``, ``tile/0/000``, ``tile/entries/000.p/7`` (C2SP tlog-tiles).
"""

import contextlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol

from narrowgate.domain.errors import ErrorCode, IntegrityError, NarrowgateError

CHECKPOINT = "checkpoint"
_TEMPORARY = ".part"
"""Suffix of what is being written; such a file is never part of a ledger."""


class ReadableLedger(Protocol):
    """A place that keeps a ledger's files, as far as verifying it goes."""

    def read(self, path: str) -> bytes:
        """The bytes at ``path``.

        Raises:
            IntegrityError: when there is no such file.
        """
        ...

    def paths(self) -> Iterable[str]:
        """Every path there is, in no order."""
        ...


class FolderFiles:
    """A ledger in a folder, as any web server can serve it.

    Args:
        root: the folder; made when first written to.
        durable: fsync every file and its folder; off for made-up gates in tests only.
    """

    def __init__(self, root: Path, *, durable: bool = True) -> None:
        self.root = root
        self._durable = durable

    def read(self, path: str) -> bytes:
        """See ``domain.ports.LedgerFiles``."""
        with storage_errors():
            try:
                return (self.root / path).read_bytes()
            except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
                raise IntegrityError(f"ledger file is missing: {path}") from None

    def write(self, path: str, data: bytes) -> None:
        """See ``domain.ports.LedgerFiles``: temporary name, fsync, rename, fsync of the folder."""
        replace_file(self.root / path, [data], mode=0o644, durable=self._durable)

    def paths(self) -> Iterator[str]:
        """See ``domain.ports.LedgerFiles``."""
        for path in self.root.rglob("*"):
            if path.is_file() and not path.name.endswith(_TEMPORARY):
                yield path.relative_to(self.root).as_posix()

    def delete(self, path: str) -> None:
        """See ``domain.ports.LedgerFiles``."""
        with storage_errors():
            (self.root / path).unlink(missing_ok=True)


class MemoryFiles:
    """A ledger in memory, for tests and for trying a publication out."""

    def __init__(self, files: dict[str, bytes] | None = None) -> None:
        self.files = dict(files or {})

    def read(self, path: str) -> bytes:
        """See ``domain.ports.LedgerFiles``."""
        if path not in self.files:
            raise IntegrityError(f"ledger file is missing: {path}")
        return self.files[path]

    def write(self, path: str, data: bytes) -> None:
        """See ``domain.ports.LedgerFiles``."""
        self.files[path] = data

    def paths(self) -> list[str]:
        """See ``domain.ports.LedgerFiles``."""
        return list(self.files)

    def delete(self, path: str) -> None:
        """See ``domain.ports.LedgerFiles``."""
        self.files.pop(path, None)


def replace_file(path: Path, pieces: Iterable[bytes], *, mode: int = 0o600, durable: bool = True) -> None:
    """Write a file whole or not at all.

    1. Make the folders. 2. Write a temporary file beside it. 3. fsync it. 4. Rename. 5. fsync the folder.

    Raises:
        NarrowgateError: ``storage``, when the system refuses; the temporary file is removed.
    """
    temporary = path.with_name(path.name + _TEMPORARY)
    with storage_errors():
        make_folders(path.parent, durable=durable)
        try:
            temporary.unlink(missing_ok=True)  # left by a crash
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
            with os.fdopen(descriptor, "wb") as file:
                for piece in pieces:
                    file.write(piece)
                file.flush()
                if durable:
                    os.fsync(file.fileno())
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        if durable:
            sync_folder(path.parent)


def make_folders(folder: Path, *, durable: bool = True) -> None:
    """Make a folder and those above it, and make their names last."""
    if folder.is_dir():
        return
    make_folders(folder.parent, durable=durable)
    folder.mkdir(exist_ok=True)
    if durable:
        sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Make renames and new names in a folder last."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def storage_errors() -> Iterator[None]:
    """Turn the system's refusals into one ``storage`` error."""
    try:
        yield
    except OSError as error:
        reason = os.strerror(error.errno).lower() if error.errno else "unknown cause"
        raise NarrowgateError(
            ErrorCode.STORAGE, f"storage failed: {reason}", "free space or mend it, then try again"
        ) from None
