"""The court order that a request rests on: 26 USC 6103(i)(1)(B)."""

import re

import numpy as np

from narrowgate.domain.circumstances import Circumstances
from narrowgate.domain.fold import fold
from narrowgate.domain.request import Admitted
from narrowgate.domain.vocabulary import DeterminationKind
from narrowgate.law.days import later_date, requested_at
from narrowgate.law.orders import CourtOrder, digest_of, read_order
from narrowgate.law.pack import Pack
from narrowgate.law.registry import REGISTER
from narrowgate.law.toml import ClosedList
from narrowgate.law.values import Bools, by_value, everywhere

_DISTRICT_COURT = re.compile("(?:UNITED STATES|U ?S) DISTRICT COURT(?: FOR)?(?: THE)? ")


@REGISTER.fact(people="counsel verifies the order with the clerk of the court; until then the request is held")
def court_order_valid(admitted: Admitted, circumstances: Circumstances, pack: Pack) -> Bools:
    """``order``: its file attached, of the digest stated; granted, not expired, with every finding the law asks for.

    Of a court that the pack lists under ``allowed.courts``, with every finding under ``allowed.findings``; dated not
    after the request's day, and its last day not past. Its names, letter for letter once folded, and its taxable
    periods cover the row. And counsel did not deny it.
    """
    order = read_order(admitted.head.order)
    if order is None or not admitted.order_attached or not _stands(order, admitted, circumstances, pack):
        return everywhere(admitted.rows, False)
    named = by_value(admitted.subjects, ("surname", "given_name"), lambda *name: tuple(map(fold, name)) in order.names)
    periods = np.asarray(admitted.typed["periods"], np.uint64)
    found: Bools = named & (periods != 0) & ((periods & ~np.uint64(order.periods)) == 0)
    return found


def _stands(order: CourtOrder, admitted: Admitted, circumstances: Circumstances, pack: Pack) -> bool:
    """Whether the order is one: 6103(i)(1)(A) and (B), granted before the request, and not expired now."""
    granted = order.dated <= later_date(requested_at(admitted))
    running = later_date(circumstances.at) <= order.expires
    wanted = pack.allowed(ClosedList.FINDINGS)
    found = bool(wanted) and order.findings >= wanted
    doubted = _doubted(order, admitted, circumstances, pack)
    return _is_listed(order.court, pack) and granted and running and found and not doubted


def _doubted(order: CourtOrder, admitted: Admitted, circumstances: Circumstances, pack: Pack) -> bool:
    """Whether counsel denied the order: its file, or what the request states of it."""
    about = (order.sha256, digest_of(admitted.head.order or {}))
    return circumstances.found(DeterminationKind.COURT_ORDER_VERIFIED, pack.id, *about) is False


def _is_listed(court: str, pack: Pack) -> bool:
    """Whether a court is one of the pack's list, by its district or the district's abbreviation.

    "U.S. District Court for the Eastern District of Virginia", "Eastern District of Virginia" and "E.D. Va." are one.
    """
    district = _DISTRICT_COURT.sub("", fold(court), count=1).replace(" ", "")
    return district in {fold(listed).replace(" ", "") for listed in pack.allowed(ClosedList.COURTS)}
