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
    """Rows of officers who would have more than ``caseload_ceiling`` distinct subjects open."""
    officers = _codes(admitted.subjects["officer"])
    which = np.asarray(officers.indices)
    rows = np.flatnonzero(lawful)
    names = officers.dictionary.to_pylist()
    asked = _distinct(which[rows], [subject_pseudonyms[row] for row in rows.tolist()], len(names))
    for code, officer in enumerate(names):
        if already := circumstances.open_subjects.get(officer):
            mine = {subject_pseudonyms[row] for row in rows[which[rows] == code].tolist()}
            asked[code] = len(already | mine)
    held: Bools = (asked > circumstances.limits.caseload_ceiling)[which]
    return held


def _distinct(groups: npt.NDArray[np.int64], values: Sequence[bytes], many: int) -> npt.NDArray[np.int64]:
    """How many distinct values each of so many groups has."""
    coded = pa.array(values, pa.binary()).dictionary_encode()
    pairs = np.unique(groups.astype(np.int64) * max(len(coded.dictionary), 1) + np.asarray(coded.indices))
    return np.bincount(pairs // max(len(coded.dictionary), 1), minlength=many)


def generic_reasons(admitted: Admitted, limit: int) -> Bools:
    """Rows whose reason stands, case and spaces aside, on more than ``limit`` rows of the package."""
    if "reason" not in admitted.subjects.column_names:
        return everywhere(admitted.rows, False)
    spaced = pc.replace_substring_regex(pc.utf8_upper(admitted.subjects["reason"]), r"\s+", " ")
    reasons = pc.utf8_trim_whitespace(spaced)
    which = np.asarray(_codes(reasons).indices)
    if not len(which):
        return np.zeros(0, np.bool_)
    held: Bools = (np.bincount(which) > limit)[which] & np.asarray(pc.not_equal(reasons, ""))
    return held


def _codes(column: pa.ChunkedArray) -> pa.DictionaryArray:
    return column.combine_chunks().dictionary_encode()
