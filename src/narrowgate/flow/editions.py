"""Editions of packs at a gate: what is adopted is kept whole, so that old decisions can be explained and replayed.

An adopted edition's files lie in the gate under their digest, whatever later releases ship. A basis that was never
adopted is judged by the edition of this release, and refused under ``basis_adopted``.
"""

from pathlib import Path

from narrowgate.domain.errors import IntegrityError
from narrowgate.domain.ports import Gate
from narrowgate.flow import rulings
from narrowgate.law.pack import Pack, find_pack, load_pack, pack_in


def named(pack: str) -> Pack:
    """The pack that ``PACK`` names: an id of this release, or a folder.

    Raises:
        InvalidInput: where it is neither.
        NarrowgateError: ``pack_unsound``.
    """
    return pack_in(Path(pack)) if "/" in pack or Path(pack).is_dir() else load_pack(pack)


def keep(gate: Gate, pack: Pack) -> None:
    """Keeps an edition's files in the gate, whole, under its digest; before it is adopted, and for good."""
    gate.files.put_edition(pack.digest, pack.files)


def edition(gate: Gate, basis: str, digest: str) -> Pack | None:
    """The edition of a digest: as the gate keeps it, else that of this release; None where neither has it.

    Raises:
        IntegrityError: when the files that the gate keeps are not those of the digest.
    """
    root = gate.files.edition(digest) if digest else None
    if root is None:
        pack = find_pack(basis)
        return pack if pack and pack.digest == digest else None
    pack = load_pack(basis, root)
    if pack.digest != digest:
        raise IntegrityError("the files of an adopted pack were altered", "restore the folder packs from a backup")
    return pack


def adopted(gate: Gate, basis: str) -> Pack | None:
    """The edition by which requests under a basis are judged now; None where no pack is of that basis.

    Raises:
        IntegrityError: when an edition is adopted and its files are gone.
    """
    digest = rulings.adopted_pack(gate, basis)
    if not digest:
        return find_pack(basis)
    pack = edition(gate, basis, digest)
    if pack is None:
        raise IntegrityError("the files of an adopted pack are missing", "restore the folder packs from a backup")
    return pack
