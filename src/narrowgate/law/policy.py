"""Our own limits, computed beside the elements: they hold a row for people, never refuse, and are never cited as law.

- ``caseload``: an officer's open subjects and those of his lawful rows here exceed the ceiling; all his rows wait.
- ``reason_generic``: the same reason, case and spaces aside, on more rows of the package than the limit; digits count.
  A blank one holds nothing: where the law asks for a reason its row is refused, and elsewhere none is due.
- ``safeguards_open_findings``: the requester's safeguards have open findings; every row waits.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from narrowgate.domain.circumstances import Circumstances
from narrowgate.domain.request import Admitted
from narrowgate.domain.vocabulary import HoldCause, Safeguards
from narrowgate.law.values import Bools, everywhere


def holds(
    admitted: Admitted, circumstances: Circumstances, lawful: Bools, subject_pseudonyms: Sequence[bytes]
) -> Mapping[HoldCause, Bools]:
    """Which rows each limit would hold; rows that are refused are never held."""
    agency = circumstances.agency
    findings = agency is not None and agency.safeguards is Safeguards.OPEN_FINDINGS
    found = {
        HoldCause.CASELOAD: over_caseload(admitted, circumstances, lawful, subject_pseudonyms),
        HoldCause.REASON_GENERIC: generic_reasons(admitted, circumstances.limits.reason_repeats),
        HoldCause.SAFEGUARDS_OPEN_FINDINGS: everywhere(admitted.rows, findings),
    }
    return {cause: held & lawful for cause, held in found.items()}


def over_caseload(
    admitted: Admitted, circumstances: Circumstances, lawful: Bools, subject_pseudonyms: Sequence[bytes]
) -> Bools:
    """Rows of officers who would have more than ``caseload_ceiling`` distinct subjects open.

    1. An officer whose lawful rows and open subjects together are no more than that has no more subjects either.
    2. Of the others, each subject counts once, whether he is asked about here, open already, or both.
    """
    which, officers = _distinct(admitted.subjects["officer"])
    opened = [circumstances.open_subjects.get(officer, frozenset()) for officer in officers.to_pylist()]
    ceiling = circumstances.limits.caseload_ceiling
    rows_each = np.bincount(which[lawful], minlength=len(opened))
    over = rows_each + np.array([len(subjects) for subjects in opened], np.int64) > ceiling  # 1
    counted = {code: set(opened[code]) for code in np.flatnonzero(over).tolist()}
    rows = np.flatnonzero(lawful & over[which])
    for code, row in zip(which[rows].tolist(), rows.tolist(), strict=True):  # 2
        counted[code].add(subject_pseudonyms[row])
    for code, subjects in counted.items():
        over[code] = len(subjects) > ceiling
    held: Bools = over[which]
    return held


def generic_reasons(admitted: Admitted, limit: int) -> Bools:
    """Rows whose reason stands, case and spaces aside, on more than ``limit`` rows of the package."""
    if "reason" not in admitted.subjects.column_names:
        return everywhere(admitted.rows, False)
    which, stated = _distinct(admitted.subjects["reason"])
    reasons = pc.utf8_upper(stated)
    spaced = pc.match_substring_regex(reasons, r"\s\s|[^\S ]")
    if pc.any(spaced).as_py():  # replacing costs ten times as much as looking
        reasons = pc.if_else(spaced, pc.replace_substring_regex(reasons, r"\s+", " "), reasons)
    alike = pc.utf8_trim_whitespace(reasons).dictionary_encode()
    which = alike.indices.to_numpy()[which]
    copied = np.bincount(which, minlength=len(alike.dictionary)) > limit
    copied &= np.asarray(pc.not_equal(alike.dictionary, ""))
    held: Bools = copied[which]
    return held


def _distinct(column: pa.ChunkedArray) -> tuple[npt.NDArray[np.int32], pa.LargeStringArray]:
    """Of n texts, n indices into the distinct ones, and these; 64-bit offsets, for reasons may exceed 2 GiB."""
    coded = column.cast(pa.large_string()).combine_chunks().dictionary_encode()
    return coded.indices.to_numpy(), coded.dictionary
