"""The records as an immutable, digest-named snapshot of memory-mapped arrays (docs/adr/0020)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from narrowgate.domain.errors import IntegrityError
from narrowgate.domain.ports import Progress, no_progress
from narrowgate.linkage.arrays import I32, I64, U64, Bools
from narrowgate.linkage.blocks import Blocks
from narrowgate.linkage.building import FORMAT, ROWS_AT_ONCE, built
from narrowgate.linkage.compare import Sides
from narrowgate.linkage.scratch import scratch
from narrowgate.linkage.standardise import Addresses, Names
from narrowgate.linkage.storage import View, map_arrays, read_manifest, write_folder
from narrowgate.linkage.words import Words, strings_from


@dataclass(frozen=True, slots=True)
class SnapshotManifest:
    """What a snapshot is: its digest is the SHA-256 of the manifest, which names the SHA-256 of its arrays.

    Attributes:
        digest: hex; also the name of the snapshot's folder.
        rows, persons, addresses: what was loaded, exact repetitions once.
    """

    digest: str
    rows: int
    persons: int
    addresses: int


@dataclass(frozen=True, slots=True)
class Known:
    """How many of the persons bear each name.

    Attributes:
        hashes: of the names, sorted.
        holders: of each.
        persons: of the snapshot.
    """

    hashes: U64
    holders: I32
    persons: int

    def holders_of(self, hashes: U64) -> I64:
        """How many persons bear names of these hashes; 0 where nobody does."""
        found = np.zeros(len(hashes), np.int64)
        if len(self.hashes):
            at = np.minimum(np.searchsorted(self.hashes, hashes), len(self.hashes) - 1)
            found = np.where(self.hashes[at] == hashes, self.holders[at], 0).astype(np.int64)
        return found


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An open snapshot, read only: n rows sorted by person and date, each array mapped into memory.

    Attributes:
        words: what codes stand for.
        names: who the rows are about, each combination of a person once, sorted by person.
        dates: the birth dates of ``names``, packed (``keys.packed_dates``).
        who_start: where each person's ``names`` begin, and one past the last.
        addresses: the distinct addresses.
        address: of each row.
        as_of: days since 1970 of each row.
        residence: number of the residence of each row (``residence.residences``).
        person_start: where each person's rows begin, and one past the last.
        given_holders, surname_holders: per word, how many persons bear it.
        given_known, surname_known: the same by the hash of the word.
        given_borne: per word, whether so many persons bear it as a given name that it is no slip of the pen.
        borne_hashes: hashes of those words, sorted.
        occupants: per address, how many persons have it on any row.
        blocks: the persons under each key.
        near_given, near_surnames: the names on record under what a slip of the pen leaves of each (``near``).
    """

    manifest: SnapshotManifest
    words: Words
    names: Names
    dates: I32
    who_start: I64
    addresses: Addresses
    address: I32
    as_of: I32
    residence: I32
    person_start: I64
    person_ids: pa.LargeStringArray
    given_holders: I32
    surname_holders: I32
    given_known: Known
    surname_known: Known
    given_borne: Bools
    borne_hashes: U64
    occupants: I32
    blocks: Blocks
    near_given: Blocks
    near_surnames: Blocks

    @classmethod
    def open(cls, folder: Path, digest: str, *, verify: bool) -> "Snapshot":
        """Open ``folder / digest``.

        Args:
            folder: where snapshots lie.
            digest: which one.
            verify: compute the digest of the arrays; else only the manifest's digest and their size are checked.

        Raises:
            IntegrityError: when a file is missing, cut short or, with ``verify``, altered.
        """
        said = read_manifest(folder, digest)
        if said.get("format") != FORMAT:
            raise IntegrityError(f"snapshot is not of format {FORMAT}", "load the records again")
        arrays = map_arrays(folder / digest, said, verify=verify)
        return _assembled(_manifest(digest, said), arrays)

    @property
    def digest(self) -> str:
        """The snapshot's name."""
        return self.manifest.digest

    def person_id(self, index: int) -> str:
        """The custodian's own identifier of person ``index``."""
        found: str = self.person_ids[index].as_py()
        return found

    def beside(self, words: Words) -> Sides:
        """The words of a request and these, for comparing."""
        return Sides(words, self.words, self.are_borne(words), self.given_borne)

    def are_borne(self, words: Words) -> Bools:
        """Whether so many persons bear each of ``words`` (of a request) that it is a name of its own."""
        at = np.minimum(np.searchsorted(self.borne_hashes, words.hashes), len(self.borne_hashes) - 1)
        if not len(self.borne_hashes):
            return np.zeros(len(words.hashes), np.bool_)
        found: Bools = self.borne_hashes[at] == words.hashes
        return found


def build_snapshot(
    batches: Iterable[pa.RecordBatch],
    folder: Path,
    *,
    progress: Progress = no_progress,
    source: str = "",
    rows_at_once: int = ROWS_AT_ONCE,
) -> SnapshotManifest:
    """Build a snapshot and let it appear, whole, as ``folder / digest``. Whatever serves there is left alone.

    Args:
        batches: ``RECORD_COLUMNS`` as strings, ``as_of`` as date32; ``person_id`` and ``as_of`` are never blank.
        folder: where snapshots lie.
        progress: told stage by stage what is done.
        source: names the bytes that are loaded and the code that loads them: a killed build of the same is taken up.
        rows_at_once: bounds memory; it changes nothing else.

    Raises:
        NarrowgateError: ``storage`` when the disk is full or fails, ``gate_busy`` when the same is being built.
    """
    with scratch(folder, source) as room:
        arrays, facts = built(batches, room, progress, rows_at_once)
        progress("write", 0, 1)
        digest = write_folder(folder, room.folder / "whole", arrays, facts)
        progress("write", 1, 1)
    return _manifest(digest, read_manifest(folder, digest))


def _manifest(digest: str, said: Mapping[str, Any]) -> SnapshotManifest:
    return SnapshotManifest(digest, said["rows"], said["persons"], said["addresses"])


def _assembled(manifest: SnapshotManifest, arrays: View) -> Snapshot:
    try:
        words = Words(strings_from(arrays, "word"), arrays["word_hashes"])
        names = Names(*(arrays[f"name_{f.name}"] for f in fields(Names)))
        addresses = Addresses(*(arrays[f"home_{f.name}"] for f in fields(Addresses)))
        ids = strings_from(arrays, "person")
        made: dict[str, Any] = {f.name: arrays[f.name] for f in fields(Snapshot) if f.name in arrays}
        for name in ("given", "surname"):
            holders = arrays[f"{name}_hash_holders"]
            made[f"{name}_known"] = Known(arrays[f"{name}_hashes"], holders, manifest.persons)
        for name in ("blocks", "near_given", "near_surnames"):
            made[name] = Blocks(*(arrays[f"{name}_{f.name}"] for f in fields(Blocks)))
        made |= {"manifest": manifest, "words": words, "names": names, "addresses": addresses}
        return Snapshot(person_ids=ids, **made)
    except (KeyError, TypeError) as e:
        raise IntegrityError("snapshot lacks an array of its format", "load the records again") from e
