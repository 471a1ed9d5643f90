"""From a package to what the law may judge: who signed, what was attested, which cells can be used."""

from datetime import datetime

import pyarrow.compute as pc

from narrowgate.domain.errors import ErrorCode, InvalidInput
from narrowgate.domain.parties import Agency
from narrowgate.domain.ports import Jose
from narrowgate.domain.request import Admitted
from narrowgate.intake.attestations import attested
from narrowgate.intake.package import Package
from narrowgate.intake.typed import typed_columns


def admit(package: Package, custodian: str, agency: Agency | None, at: datetime, jose: Jose) -> Admitted:
    """Judges signatures at receipt and parses the cells.

    1. The package is meant for this gate.
    2. The office's registered key, counting at ``at``, signed ``request.json``.
    3. Dates and periods are parsed; an unusable cell counts as missing.
    4. Attestations are checked against the officers' registered keys, over exactly their rows.

    Raises:
        InvalidInput: at 1 only. Everything else is a finding that the law judges.
    """
    if package.head.custodian != custodian:  # 1
        raise InvalidInput(
            "the package is meant for another custodian",
            f"this gate is {custodian}; hand it to the one that request.json names",
            ErrorCode.WRONG_CUSTODIAN,
        )
    office = agency.offices.get(package.head.office) if agency else None  # 2
    signed = (
        office is not None
        and office.key.counts_at(at)
        and jose.verify_detached(package.signature, package.request_bytes, office.key.jwk)
    )
    typed, unusable = typed_columns(package.table)  # 3
    well_formed = package.subjects.well_formed
    subjects = package.table
    for name, bad in unusable.items():
        well_formed = pc.and_not(well_formed, bad)
        subjects = subjects.set_column(subjects.column_names.index(name), name, pc.if_else(bad, "", subjects[name]))
    words = attested(package.head, package.table, package.attestations, agency, jose)  # 4
    return Admitted(package.head, subjects, typed, well_formed, signed, words, at, bool(package.order))
