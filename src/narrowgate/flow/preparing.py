"""The requester's side: attest, sign, and see what the package still wants before it is handed in."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from narrowgate.domain.errors import InvalidInput
from narrowgate.domain.parties import Jwk
from narrowgate.domain.ports import Jose
from narrowgate.domain.request import RequestHead
from narrowgate.domain.vocabulary import Attests
from narrowgate.intake.attestations import attestation_payload, officer_digests, stated_words
from narrowgate.intake.package import Package, read_package
from narrowgate.intake.typed import typed_columns
from narrowgate.law.pack import find_pack
from narrowgate.notary.files import replace_file


@dataclass(frozen=True, slots=True)
class Wants:
    """What a package still wants; empty where it is ready.

    Attributes:
        signed: whether ``request.jws`` is there.
        unattested: officer to the words he has yet to attest over his rows as they are now.
        without_officer: rows that name no officer.
        ill_formed: rows with a cell that cannot be used.
        blank: column to rows in which it is blank, of the columns the pack judges.
    """

    signed: bool
    unattested: dict[str, list[str]]
    without_officer: int
    ill_formed: int
    blank: dict[str, int]


_JUDGED = ("surname", "given_name", "address_line_1", "taxable_periods", "case_number", "case_opened", "reason")


def _read(folder: Path) -> Package:
    """The package, with the columns that the pack of this release wants; the gate may have adopted another edition."""

    def wanted(head: RequestHead) -> tuple[str, ...]:
        pack = find_pack(head.basis)
        return pack.columns(head.criminal_statute) if pack else ()

    return read_package(folder, wanted)


def attest(folder: Path, officer: str, key: Jwk, words: Iterable[Attests], jose: Jose) -> Package:
    """Writes an officer's attestation over exactly the rows that name him.

    Raises:
        InvalidInput: when no row names him.
    """
    package = _read(folder)
    digest = officer_digests(package.table).get(officer)
    if digest is None or not officer:
        raise InvalidInput("no row of the package names this officer", "see the column officer")
    if "/" in officer or officer.startswith("."):
        raise InvalidInput("an officer's id cannot name a file", "use letters, digits, dots and hyphens")
    signed = jose.sign(attestation_payload(package.head, officer, digest, words), key, detached=False)
    replace_file(folder / "attestations" / f"{officer}.jws", [signed.encode()], mode=0o644)
    return _read(folder)


def sign(folder: Path, key: Jwk, jose: Jose) -> Package:
    """Writes the office's signature over the bytes of ``request.json``."""
    package = _read(folder)
    replace_file(folder / "request.jws", [jose.sign(package.request_bytes, key, detached=True).encode()], mode=0o644)
    return _read(folder)


def wants(package: Package) -> Wants:
    """What the package still wants. Signatures are judged by the gate alone, which knows the registered keys."""
    pack = find_pack(package.head.basis)
    needed = pack.attestations(package.head.criminal_statute) if pack else frozenset()
    digests = officer_digests(package.table)
    unattested = {}
    for officer, digest in sorted(digests.items()):
        words = stated_words(package.attestations.get(officer, b""), package.head, officer, digest)
        if officer and needed - words:
            unattested[officer] = sorted(word.value for word in needed - words)
    _, unusable = typed_columns(package.table)
    bad = pc.invert(package.subjects.well_formed)
    for cells in unusable.values():
        bad = pc.or_(bad, cells)
    blanks = {name: _blanks(package.table[name]) for name in _JUDGED}
    return Wants(
        bool(package.signature),
        unattested,
        _blanks(package.table["officer"]),
        int(pc.sum(bad).as_py() or 0),
        {name: number for name, number in blanks.items() if number},
    )


def _blanks(column: pa.ChunkedArray) -> int:
    return int(pc.sum(pc.equal(pc.utf8_trim_whitespace(column), "")).as_py() or 0)
