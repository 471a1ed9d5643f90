"""The records as an immutable, digest-named snapshot of memory-mapped arrays (docs/adr/0020)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa


@dataclass(frozen=True, slots=True)
class SnapshotManifest:
    """What a snapshot is: its digest is the SHA-256 of the canonical manifest, which names each file's SHA-256.

    Attributes:
        digest: hex; also the name of the snapshot's folder.
        rows, persons, addresses: what was loaded, exact repetitions once.
    """

    digest: str
    rows: int
    persons: int
    addresses: int


class Snapshot:
    """An open snapshot, read only."""

    manifest: SnapshotManifest

    @classmethod
    def open(cls, folder: Path, digest: str, *, verify: bool) -> "Snapshot":
        """Open ``folder / digest``.

        Raises:
            IntegrityError: when a file is missing, cut short or (``verify``) altered.
        """
        raise NotImplementedError

    @property
    def digest(self) -> str:
        """The snapshot's name."""
        return self.manifest.digest

    def person_id(self, index: int) -> str:
        """The custodian's own identifier of person ``index``."""
        raise NotImplementedError


def build_snapshot(
    batches: Iterable[pa.RecordBatch], folder: Path, *, progress: Callable[[int], None] = lambda _rows: None
) -> SnapshotManifest:
    """Build a snapshot beneath ``folder``; ``progress`` is told the rows read so far."""
    raise NotImplementedError
