"""Arrays on disk: a folder written whole or not at all, named by its digest, mapped into memory.

The manifest names the SHA-256 and size of the one file of arrays; the digest of the manifest is the folder's name.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from narrowgate.domain.errors import IntegrityError

MANIFEST = "manifest.json"
ARRAYS = "arrays.bin"
_ALIGNED = 64
_AT_ONCE = 1 << 24  # bytes


@dataclass(frozen=True, slots=True)
class Joined:
    """An array of one dimension that lies in pieces, joined only while it is written.

    Attributes:
        dtype: of its items.
        length: items of all pieces.
        pieces: makes them, in order.
    """

    dtype: np.dtype[Any]
    length: int
    pieces: Callable[[], Iterator[NDArray[Any]]]

    @property
    def shape(self) -> tuple[int, ...]:
        """One dimension."""
        return (self.length,)


View = Mapping[str, NDArray[Any]]
"""Arrays mapped into memory, read only."""
Arrays = Mapping[str, NDArray[Any] | Joined]
"""Arrays to be written."""
Places = Mapping[str, Mapping[str, Any]]
"""Of each array its offset in the file, type and shape."""


def write_folder(parent: Path, building: Path, arrays: Arrays, facts: Mapping[str, int | str]) -> str:
    """Write arrays and facts as a folder beneath ``parent``.

    1. Everything goes to a folder of another name, synced to the disk.
    2. The manifest is written last, and its digest becomes the name.
    3. One rename makes the folder appear; ``parent`` is synced.

    Args:
        parent: where it is to appear.
        building: where it is written, on the same file system; gone afterwards.
        arrays: by name.
        facts: further entries of the manifest.

    Returns:
        The digest. A folder of that name already there is left as it is.
    """
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(mode=0o700, parents=True)
    try:
        total = hashlib.sha256()
        places, size = write_arrays(building / ARRAYS, arrays, total.update, durable=True)  # 1
        written = {"sha256": total.hexdigest(), "bytes": size}
        manifest = json.dumps({**facts, "arrays": places, "files": {ARRAYS: written}}, sort_keys=True, indent=1)
        with (building / MANIFEST).open("xb") as out:  # 2
            out.write(manifest.encode())
            out.flush()
            os.fsync(out.fileno())
        sync_folder(building)
        digest = hashlib.sha256(manifest.encode()).hexdigest()
        if not (parent / digest).exists():
            building.rename(parent / digest)  # 3
            sync_folder(parent)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return digest


def read_manifest(folder: Path, digest: str) -> Mapping[str, Any]:
    """The manifest of ``folder / digest``.

    Raises:
        IntegrityError: when it is missing or its bytes are not those the digest stands for.
    """
    try:
        written = (folder / digest / MANIFEST).read_bytes()
    except OSError as e:
        raise IntegrityError("snapshot manifest is missing", "load the records again") from e
    found = hashlib.sha256(written).hexdigest()
    if found != digest:
        raise IntegrityError(f"snapshot manifest has digest {found[:16]}, expected {digest[:16]}")
    manifest: Mapping[str, Any] = json.loads(written)
    return manifest


def map_arrays(folder: Path, manifest: Mapping[str, Any], *, verify: bool) -> View:
    """Map the arrays of a manifest into memory, read only.

    Args:
        folder: where they lie.
        manifest: names size and SHA-256 of the file, and of each array offset, type and shape.
        verify: compute the SHA-256; else the size alone is compared.

    Raises:
        IntegrityError: when the file is missing, of another size or, with ``verify``, altered.
    """
    path, said = folder / ARRAYS, manifest["files"][ARRAYS]
    try:
        size = path.stat().st_size
        if size != said["bytes"]:
            raise IntegrityError(f"snapshot file {ARRAYS} has {size} bytes, expected {said['bytes']}")
        if verify and _sha256(path) != said["sha256"]:
            raise IntegrityError(f"snapshot file {ARRAYS} was altered")
        return view_arrays(path, manifest["arrays"])
    except OSError as e:
        raise IntegrityError(f"snapshot file {ARRAYS} cannot be read") from e


def view_arrays(path: Path, places: Places) -> View:
    """Map a file of arrays into memory, read only."""
    mapped = np.memmap(path, np.uint8, "r").view(np.ndarray) if path.stat().st_size else np.zeros(0, np.uint8)
    return {name: _view(mapped, where) for name, where in places.items()}


def write_arrays(
    path: Path, arrays: Arrays, told: Callable[[memoryview], None] = lambda _data: None, *, durable: bool = False
) -> tuple[Places, int]:
    """Write arrays behind one another, by name.

    Args:
        path: a file that is not there.
        arrays: what to write.
        told: is told every byte that is written.
        durable: sync the file to the disk.

    Returns:
        Where each array lies, and the size of the file.
    """
    places: dict[str, Mapping[str, Any]] = {}
    offset = 0
    with path.open("xb") as out:
        for name, array in sorted(arrays.items()):
            places[name] = {"offset": offset, "type": array.dtype.str, "shape": list(array.shape)}
            for data in _bytes_of(array):
                told(data)
                out.write(data)
                offset += len(data)
        out.flush()
        if durable:
            os.fsync(out.fileno())
    return places, offset


def sync_folder(folder: Path) -> None:
    """Make names within ``folder`` durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _bytes_of(array: NDArray[Any] | Joined) -> Iterator[memoryview]:
    """An array's bytes, a part at a time, and what aligns the next."""
    written = 0
    for piece in array.pieces() if isinstance(array, Joined) else (array,):
        data = np.ascontiguousarray(piece, array.dtype).reshape(-1).view(np.uint8).data
        for start in range(0, len(data), _AT_ONCE):
            yield data[start : start + _AT_ONCE]
        written += len(data)
    if written != array.dtype.itemsize * int(np.prod(array.shape)):
        raise ValueError("pieces are not as long as they were said to be")
    yield memoryview(bytes(-written % _ALIGNED))


def _sha256(path: Path) -> str:
    with path.open("rb") as read:
        return hashlib.file_digest(read, "sha256").hexdigest()


def _view(mapped: NDArray[np.uint8], where: Mapping[str, Any]) -> NDArray[Any]:
    kind, shape = np.dtype(where["type"]), tuple(where["shape"])
    size = kind.itemsize * int(np.prod(shape))
    array: NDArray[Any] = mapped[where["offset"] : where["offset"] + size].view(kind).reshape(shape)
    return array
