"""Folders of arrays on disk: written whole or not at all, named by their digest, mapped into memory.

The manifest names the SHA-256 and size of every file; the digest of the manifest is the folder's name.
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

Arrays = Mapping[str, NDArray[Any]]


def write_folder(parent: Path, arrays: Arrays, facts: Mapping[str, int | str]) -> str:
    """Write arrays and facts as a folder beneath ``parent``.

    1. Everything goes to a folder of another name, each file synced to the disk.
    2. The manifest is written last, and its digest becomes the name.
    3. One rename makes the folder appear; ``parent`` is synced.

    Returns:
        The digest. A folder of that name already there is left as it is.
    """
    parent.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(prefix=".building-", dir=parent))
    try:
        files = {name: _write(building / f"{name}.npy", array) for name, array in sorted(arrays.items())}  # 1
        manifest = json.dumps({**facts, "files": files}, sort_keys=True, indent=1).encode()  # 2
        with (building / MANIFEST).open("xb") as out:
            out.write(manifest)
            _sync(out.fileno())
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


def map_files(folder: Path, files: Mapping[str, Mapping[str, Any]], *, verify: bool) -> Arrays:
    """Map the files of a manifest into memory, read only.

    Args:
        folder: where they lie.
        files: name to ``sha256`` and ``bytes``.
        verify: compute every file's SHA-256; else sizes alone are compared.

    Raises:
        IntegrityError: when one is missing, of another size or, with ``verify``, altered.
    """
    return {name: _map(folder / f"{name}.npy", said, verify=verify) for name, said in files.items()}


def sync_folder(folder: Path) -> None:
    """Make names within ``folder`` durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        _sync(handle)
    finally:
        os.close(handle)


def _sync(handle: int) -> None:
    os.fsync(handle)


def _write(path: Path, array: NDArray[Any]) -> Mapping[str, int | str]:
    with path.open("xb") as out:
        np.save(out, np.ascontiguousarray(array), allow_pickle=False)
        out.flush()
        _sync(out.fileno())
    return {"sha256": _sha256(path), "bytes": path.stat().st_size}


def _sha256(path: Path) -> str:
    with path.open("rb") as read:
        return hashlib.file_digest(read, "sha256").hexdigest()


def _map(path: Path, said: Mapping[str, Any], *, verify: bool) -> NDArray[Any]:
    try:
        size = path.stat().st_size
        if size != said["bytes"]:
            raise IntegrityError(f"snapshot file {path.name} has {size} bytes, expected {said['bytes']}")
        if verify and _sha256(path) != said["sha256"]:
            raise IntegrityError(f"snapshot file {path.name} was altered")
        mapped: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False).view(np.ndarray)
    except (OSError, ValueError) as e:
        raise IntegrityError(f"snapshot file {path.name} cannot be read") from e
    return mapped
