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
from narrowgate.law.statutes import Citing, read

_DIGEST = re.compile("[0-9a-f]{64}")
_YEARS = 64


@dataclass(frozen=True, slots=True)
class CourtOrder:
    """A court order.

    Attributes:
        sha256: hex digest of its file.
        court, judge, docket: who granted it, and under which number.
        dated, expires: the day it was granted, and the last day on which it may be used.
        statutes: the criminal statutes of the act that the judge found.
        findings: what the judge found.
        recipients: ids of the agencies and officers to whom it opens.
        names: (surname, given name), folded, of everybody it opens.
        periods: mask of taxable years, bit n for 1990 + n.
    """

    sha256: str
    court: str
    judge: str
    docket: str
    dated: date
    expires: date
    statutes: tuple[Citing, ...]
    findings: frozenset[str]
    recipients: frozenset[str]
    names: frozenset[tuple[str, str]]
    periods: int


def read_order(stated: Mapping[str, object] | None) -> CourtOrder | None:
    """The order that a request states; None where anything of it is missing or unusable."""
    if not stated:
        return None
    texts = [stated.get(name) for name in ("sha256", "court", "judge", "docket", "dated", "expires", "statute")]
    if not all(isinstance(text, str) and not is_filler(text) for text in texts):
        return None
    digest, court, judge, docket, dated, expires, statute = (str(text).strip() for text in texts)
    days = iso_day(dated), iso_day(expires)
    statutes, names, periods = read(statute), _names(stated), _periods(stated)
    findings, recipients = (_words(stated.get(name)) for name in ("findings", "recipients"))
    if days[0] is None or days[1] is None or not _DIGEST.fullmatch(digest):
        return None
    if not statutes or not names or not periods or findings is None or not recipients:
        return None
    return CourtOrder(digest, court, judge, docket, days[0], days[1], statutes, findings, recipients, names, periods)


def digest_of(stated: Mapping[str, object]) -> str:
    """Hex SHA-256 of all that a request states of its order, the digest of its file in it: what counsel verify."""
    return hashlib.sha256(jcs.canonical(dict(stated))).hexdigest()


def _words(listed: object) -> frozenset[str] | None:
    """A list of texts as a set; None where it is anything else."""
    if not isinstance(listed, list) or not all(isinstance(word, str) for word in listed):
        return None
    return frozenset(listed)


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
