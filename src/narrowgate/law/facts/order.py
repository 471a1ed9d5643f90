"""The court order that a request rests on: 26 USC 6103(i)(1)(B)."""

import re

import numpy as np

from narrowgate.domain.circumstances import Circumstances
from narrowgate.domain.fold import fold
from narrowgate.domain.request import Admitted
from narrowgate.domain.vocabulary import DeterminationKind
from narrowgate.law.acts import cover
from narrowgate.law.days import later_date, requested_at
from narrowgate.law.orders import CourtOrder, digest_of, read_order
from narrowgate.law.pack import Pack
from narrowgate.law.registry import REGISTER
from narrowgate.law.toml import ClosedList
from narrowgate.law.values import Bools, by_value, everywhere

_DISTRICT_COURT = re.compile("(?:UNITED STATES|U ?S) DISTRICT COURT(?: FOR)?(?: THE)? ")
_OF_THE_UNITED_STATES = re.compile("(?:UNITED STATES|U ?S) ")
_DIVISION_WORDS = range(1, 5)


@REGISTER.fact(people="counsel verifies the order with the clerk of the court; until then the request is held")
def court_order_valid(admitted: Admitted, circumstances: Circumstances, pack: Pack) -> Bools:
    """``order``: its file attached, of the digest stated; granted, not expired, with every finding the law asks for.

    Of a court that the pack lists under ``allowed.courts``, with every finding under ``allowed.findings``; dated not
    after the request's day, and its last day not past. Every criminal statute of the request lies at or beneath one
    that the order states. Its recipients list the agency, or the row's officer; its names, letter for letter once
    folded, and its taxable periods cover the row. And counsel did not deny it.
    """
    order = read_order(admitted.head.order)
    if order is None or not admitted.order_attached or not _stands(order, admitted, circumstances, pack):
        return everywhere(admitted.rows, False)
    named = by_value(admitted.subjects, ("surname", "given_name"), lambda *name: tuple(map(fold, name)) in order.names)
    if admitted.head.agency not in order.recipients:
        named &= by_value(admitted.subjects, ("officer",), lambda officer: officer in order.recipients)
    periods = np.asarray(admitted.typed["periods"], np.uint64)
    found: Bools = named & (periods != 0) & ((periods & ~np.uint64(order.periods)) == 0)
    return found


def _stands(order: CourtOrder, admitted: Admitted, circumstances: Circumstances, pack: Pack) -> bool:
    """Whether the order is one: 6103(i)(1)(A) and (B), granted before the request, and not expired now.

    (B)(i) and (iii): for "a specific criminal act", and for use "concerning such act": the statutes designated.
    """
    granted = order.dated <= later_date(requested_at(admitted))
    running = later_date(circumstances.at) <= order.expires
    wanted = pack.allowed(ClosedList.FINDINGS)
    found = bool(wanted) and order.findings >= wanted
    doubted = _doubted(order, admitted, circumstances, pack)
    of_the_act = cover(order.statutes, admitted.head.criminal_statute, pack)
    return _is_listed(order.court, pack) and granted and running and found and of_the_act and not doubted


def _doubted(order: CourtOrder, admitted: Admitted, circumstances: Circumstances, pack: Pack) -> bool:
    """Whether counsel denied the order: its file, or what the request states of it."""
    about = (order.sha256, digest_of(admitted.head.order or {}))
    return circumstances.found(DeterminationKind.COURT_ORDER_VERIFIED, pack.id, *about) is False


def _is_listed(court: str, pack: Pack) -> bool:
    """Whether a court is one of the pack's list, by its district or the district's abbreviation.

    "U.S. District Court for the Eastern District of Virginia", "Eastern District of Virginia" and "E.D. Va." are one;
    what division it sits in may stand behind.
    """
    listed = {fold(one).replace(" ", "") for one in pack.allowed(ClosedList.COURTS)}
    return any(
        prefix.sub("", name, count=1).replace(" ", "") in listed
        for name in _without_division(fold(court))
        for prefix in (_DISTRICT_COURT, _OF_THE_UNITED_STATES)
    )


def _without_division(court: str) -> list[str]:
    """A folded name, and what is left of it before the words of a division, as far as those may go.

    "Superior Court Division" is another court, and no division of one.
    """
    words = court.split()
    if not words or words[-1] != "DIVISION":
        return [court]
    divided = [(words[: -n - 1], words[-n - 1 :]) for n in _DIVISION_WORDS]
    return [court, *(" ".join(district) for district, division in divided if "COURT" not in division)]
