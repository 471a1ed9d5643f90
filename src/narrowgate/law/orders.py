"""A court order as ``request.json`` states it: what the order says of itself, read once into a type."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from narrowgate.domain import jcs
from narrowgate.domain.fillers import is_filler
from narrowgate.domain.fold import fold
from narrowgate.domain.request import PERIOD_EPOCH
from narrowgate.law.days import iso_day

_DIGEST = re.compile("[0-9a-f]{64}")
_YEARS = 64


@dataclass(frozen=True, slots=True)
class CourtOrder:
    """A court order.

    Attributes:
        sha256: hex digest of its file.
        court, judge, docket: who granted it, and under which number.
        dated, expires: the day it was granted, and the last day on which it may be used.
        findings: what the judge found.
        names: (surname, given name), folded, of everybody it opens.
        periods: mask of taxable years, bit n for 1990 + n.
    """

    sha256: str
    court: str
    judge: str
    docket: str
    dated: date
    expires: date
    findings: frozenset[str]
    names: frozenset[tuple[str, str]]
    periods: int


def read_order(stated: Mapping[str, object] | None) -> CourtOrder | None:
    """The order that a request states; None where anything of it is missing or unusable."""
    if not stated:
        return None
    texts = [stated.get(name) for name in ("sha256", "court", "judge", "docket", "dated", "expires")]
    if not all(isinstance(text, str) and not is_filler(text) for text in texts):
        return None
    digest, court, judge, docket, dated, expires = (str(text).strip() for text in texts)
    days = iso_day(dated), iso_day(expires)
    names, periods, findings = _names(stated), _periods(stated), stated.get("findings")
    if days[0] is None or days[1] is None or not _DIGEST.fullmatch(digest) or not names or not periods:
        return None
    if not isinstance(findings, list) or not all(isinstance(word, str) for word in findings):
        return None
    return CourtOrder(digest, court, judge, docket, days[0], days[1], frozenset(findings), names, periods)


def digest_of(stated: Mapping[str, object]) -> str:
    """Hex SHA-256 of all that a request states of its order, the digest of its file in it: what counsel verify."""
    return hashlib.sha256(jcs.canonical(dict(stated))).hexdigest()


def _names(stated: Mapping[str, object]) -> frozenset[tuple[str, str]]:
    listed = stated.get("names")
    found = set()
    for one in listed if isinstance(listed, list) else ():
        if isinstance(one, dict) and all(isinstance(one.get(k), str) for k in ("surname", "given_name")):
            found.add((fold(one["surname"]), fold(one["given_name"])))
    return frozenset(name for name in found if all(name))


def _periods(stated: Mapping[str, object]) -> int:
    listed = stated.get("periods")
    years = listed if isinstance(listed, list) else []
    if not all(type(year) is int and 0 <= year - PERIOD_EPOCH < _YEARS for year in years):
        return 0
    return sum(1 << (int(year) - PERIOD_EPOCH) for year in set(years))
