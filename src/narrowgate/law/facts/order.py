"""The court order that a request rests on: 26 USC 6103(i)(1)(B)."""

import numpy as np

from narrowgate.domain.circumstances import Circumstances
from narrowgate.domain.fold import fold
from narrowgate.domain.request import Admitted
from narrowgate.domain.vocabulary import DeterminationKind
from narrowgate.law.days import later_date, requested_at
from narrowgate.law.orders import CourtOrder, read_order
from narrowgate.law.pack import Pack
from narrowgate.law.registry import REGISTER
from narrowgate.law.values import Bools, by_value, everywhere


@REGISTER.fact(people="counsel verifies the order with the clerk of the court; until then the request is held")
def court_order_valid(admitted: Admitted, circumstances: Circumstances, pack: Pack) -> Bools:
    """``order``: its file attached, of the digest stated; granted, not expired, with every finding the law asks for.

    Its names and taxable periods cover the row; and counsel did not find that it is not what it says.
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
    findings = pack.allowed("findings")
    doubted = circumstances.found(DeterminationKind.COURT_ORDER_VERIFIED, pack.id, order.sha256) is False
    return granted and running and bool(findings) and order.findings >= findings and not doubted
