"""Arrays on disk: a folder written whole or not at all, named by its digest, mapped into memory.

The manifest names the SHA-256 and size of the one file of arrays; the digest of the manifest is the folder's name.
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from narrowgate.domain.errors import IntegrityError

MANIFEST = "manifest.json"
ARRAYS = "arrays.bin"
_ALIGNED = 64

Arrays = Mapping[str, NDArray[Any]]


def write_folder(parent: Path, arrays: Arrays, facts: Mapping[str, int | str]) -> str:
    """Write arrays and facts as a folder beneath ``parent``.

    1. Everything goes to a folder of another name, synced to the disk.
    2. The manifest is written last, and its digest becomes the name.
    3. One rename makes the folder appear; ``parent`` is synced.

    Returns:
        The digest. A folder of that name already there is left as it is.
    """
    parent.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(prefix=".building-", dir=parent))
    try:
        places, written = _write(building / ARRAYS, arrays)  # 1
        said = {**facts, "arrays": places, "files": {ARRAYS: written}}
        manifest = json.dumps(said, sort_keys=True, indent=1).encode()  # 2
        with (building / MANIFEST).open("xb") as out:
            out.write(manifest)
            out.flush()
            os.fsync(out.fileno())
        sync_folder(building)
        digest = hashlib.sha256(manifest).hexdigest()
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


def map_arrays(folder: Path, manifest: Mapping[str, Any], *, verify: bool) -> Arrays:
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
        mapped = np.memmap(path, np.uint8, "r").view(np.ndarray)
    except OSError as e:
        raise IntegrityError(f"snapshot file {ARRAYS} cannot be read") from e
    return {name: _view(mapped, where) for name, where in manifest["arrays"].items()}


def sync_folder(folder: Path) -> None:
    """Make names within ``folder`` durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _write(path: Path, arrays: Arrays) -> tuple[Mapping[str, Mapping[str, Any]], Mapping[str, int | str]]:
    """Write arrays behind one another; where each lies, and size and SHA-256 of the whole."""
    places: dict[str, Mapping[str, Any]] = {}
    total = hashlib.sha256()
    offset = 0
    with path.open("xb") as out:
        for name, array in sorted(arrays.items()):
            data = np.ascontiguousarray(array)
            places[name] = {"offset": offset, "type": data.dtype.str, "shape": list(data.shape)}
            raw = data.tobytes() + bytes(-data.nbytes % _ALIGNED)
            total.update(raw)
            out.write(raw)
            offset += len(raw)
        out.flush()
        os.fsync(out.fileno())
    return places, {"sha256": total.hexdigest(), "bytes": offset}


def _sha256(path: Path) -> str:
    with path.open("rb") as read:
        return hashlib.file_digest(read, "sha256").hexdigest()


def _view(mapped: NDArray[np.uint8], where: Mapping[str, Any]) -> NDArray[Any]:
    kind, shape = np.dtype(where["type"]), tuple(where["shape"])
    size = kind.itemsize * int(np.prod(shape))
    array: NDArray[Any] = mapped[where["offset"] : where["offset"] + size].view(kind).reshape(shape)
    return array
