"""The requester's side: attest, sign, and see what the package still wants before it is handed in."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from narrowgate.domain.circumstances import Circumstances
from narrowgate.domain.errors import InvalidInput
from narrowgate.domain.parties import Agency, Jwk
from narrowgate.domain.ports import Jose
from narrowgate.domain.request import Admitted, RequestHead
from narrowgate.domain.vocabulary import Attests, Element, Safeguards
from narrowgate.intake.attestations import attestation_payload, officer_digests, stated_words
from narrowgate.intake.package import Package, read_package
from narrowgate.intake.typed import typed_columns
from narrowgate.law.decide import decide
from narrowgate.law.facts import REGISTER
from narrowgate.law.pack import Pack, find_pack
from narrowgate.notary.files import replace_file


@dataclass(frozen=True, slots=True)
class Wants:
    """What a package still wants; empty where it is ready.

    Attributes:
        known: whether this release has a pack of the basis; without one nothing below but the signature can be told.
        signed: whether ``request.jws`` is there.
        unattested: officer to the words he has yet to attest over his rows as they are now.
        without_officer: rows that name no officer.
        ill_formed: rows with a cell that cannot be used.
        unmet: element to rows that would be refused under it by what the package itself says, were it received now.
    """

    known: bool
    signed: bool
    unattested: Mapping[str, list[str]]
    without_officer: int
    ill_formed: int
    unmet: Mapping[str, int]


_CUSTODIAN_KNOWS = frozenset(
    {
        Element.SIGNER_IS_AUTHORIZED,
        Element.SIGNATURE_VALID,
        Element.BASIS_ADOPTED,
        Element.NOT_STAYED,
        Element.SAFEGUARDS_CLEAR,
        Element.REQUESTER_VERIFIED,
    }
)
_TOLD_APART = frozenset({Element.ROW_WELL_FORMED, Element.OFFICER_ENGAGED, Element.WILLFULNESS_ATTESTED})
"""Elements whose defects ``Wants`` names more closely: by cell and by officer."""


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


def wants(package: Package, at: datetime) -> Wants:
    """What the package still wants, by the pack of this release.

    The law is asked as the gate will ask it, about a requester of whom nothing is known but what the package says.
    Registers, stays, determinations and signatures are judged by the gate alone.

    Args:
        package: as it is now.
        at: aware UTC time.
    """
    pack = find_pack(package.head.basis)
    needed = pack.attestations(package.head.criminal_statute) if pack else frozenset()
    digests = officer_digests(package.table)
    stated = {
        officer: stated_words(package.attestations.get(officer, b""), package.head, officer, digest)
        for officer, digest in sorted(digests.items())
    }
    typed, unusable = typed_columns(package.table)
    bad = pc.invert(package.subjects.well_formed)
    for cells in unusable.values():
        bad = pc.or_(bad, cells)
    admitted = Admitted(
        package.head, package.table, typed, pc.invert(bad), True, stated, at, bool(package.order)
    )  # fmt: skip
    return Wants(
        pack is not None,
        bool(package.signature),
        {
            officer: sorted(w.value for w in needed - words)
            for officer, words in stated.items()
            if officer and needed - words
        },
        _blanks(package.table["officer"]),
        int(pc.sum(bad).as_py() or 0),
        _unmet(admitted, pack) if pack else {},
    )


def _unmet(admitted: Admitted, pack: Pack) -> dict[str, int]:
    """Element to rows, of what the package itself decides."""
    unknown = Agency(admitted.head.agency, "", Safeguards.CLEAR, "", {}, {})
    around = Circumstances(admitted.received_at, unknown, pack.digest)
    decided = decide(admitted, around, pack, [b""] * admitted.rows)
    counts = Counter(element for unmet in decided.unmet.to_pylist() for element in unmet)
    return {e: n for e, n in sorted(counts.items()) if e not in _CUSTODIAN_KNOWS | _TOLD_APART}


def looked_at(element: str) -> str:
    """What is looked at for an element, in a line."""
    return " ".join(REGISTER.looked_at(element).split("\n\n")[0].split()).replace("``", "")


def _blanks(column: pa.ChunkedArray) -> int:
    return int(pc.sum(pc.equal(pc.utf8_trim_whitespace(column), "")).as_py() or 0)
