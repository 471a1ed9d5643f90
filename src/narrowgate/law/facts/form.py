"""The request as such: that it can be read, is timely and signed, and for what it says it is."""

from datetime import timedelta

import numpy as np
import pyarrow.compute as pc

from narrowgate.domain.circumstances import Circumstances
from narrowgate.domain.request import Admitted
from narrowgate.law.pack import Pack
from narrowgate.law.registry import REGISTER
from narrowgate.law.toml import ClosedList
from narrowgate.law.values import Bools, everywhere

MAX_AGE = timedelta(days=30)


@REGISTER.fact
def row_well_formed(admitted: Admitted, _circumstances: Circumstances, _pack: Pack) -> Bools:
    """Whether every cell of the row could be read; intake marks rows with cells that could not."""
    found: Bools = np.asarray(pc.fill_null(admitted.well_formed, False), np.bool_)
    return found


@REGISTER.fact
def request_timely(admitted: Admitted, _circumstances: Circumstances, _pack: Pack) -> Bools:
    """``made_at``: stated, not after receipt, and at most 30 days before it."""
    made = admitted.head.made_at
    timely = made is not None and timedelta(0) <= admitted.received_at - made <= MAX_AGE
    return everywhere(admitted.rows, timely)


@REGISTER.fact
def signature_valid(admitted: Admitted, _circumstances: Circumstances, _pack: Pack) -> Bools:
    """``request.jws``: whether the office's registered key, in force at receipt, signed these bytes."""
    return everywhere(admitted.rows, admitted.signature_valid)


@REGISTER.fact
def purpose_exclusive(admitted: Admitted, _circumstances: Circumstances, pack: Pack) -> Bools:
    """``purpose``: one of those this basis allows, and no other."""
    return everywhere(admitted.rows, admitted.head.purpose in pack.purposes)


@REGISTER.fact
def items_permitted(admitted: Admitted, _circumstances: Circumstances, pack: Pack) -> Bools:
    """``details.items``: a list, not empty, of items that the pack lists under ``allowed.items``, and no other."""
    asked = admitted.head.details.get("items")
    listed = pack.allowed(ClosedList.ITEMS)
    permitted = isinstance(asked, list) and bool(asked) and all(isinstance(i, str) and i in listed for i in asked)
    return everywhere(admitted.rows, permitted)


@REGISTER.fact
def not_required_by_law(admitted: Admitted, _circumstances: Circumstances, _pack: Pack) -> Bools:
    """``details.required_by_law``: stated, as ``false``: a disclosure that other law requires goes another way."""
    return everywhere(admitted.rows, admitted.head.details.get("required_by_law") is False)
