"""Days: the date of a request, where its signer was and in UTC.

A request is of the earlier of ``made_at`` and receipt. The instant has a date in UTC and one by the offset that was
signed with it, and they differ for a part of every day. What must have passed has passed only where it has by both;
what must not lie in the future may be of either.
"""

import re
from datetime import UTC, date, datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from narrowgate.domain.request import Admitted
from narrowgate.law.values import Bools

_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def requested_at(admitted: Admitted) -> datetime:
    """The earlier of ``made_at`` and receipt; aware."""
    made, received = admitted.head.made_at, admitted.received_at
    return min(made, received) if made else received


def earlier_date(when: datetime) -> date:
    """The earlier of an instant's dates, by its own offset and in UTC."""
    return min(when.date(), when.astimezone(UTC).date())


def later_date(when: datetime) -> date:
    """The later of an instant's dates, by its own offset and in UTC."""
    return max(when.date(), when.astimezone(UTC).date())


def no_later(days: pa.ChunkedArray, last: date) -> Bools:
    """Where a day is stated and is not after ``last``; n booleans."""
    found: Bools = np.asarray(pc.fill_null(pc.less_equal(days, pa.scalar(last, pa.date32())), False))
    return found


def iso_day(cell: str) -> date | None:
    """The day that a cell spells as ``YYYY-MM-DD``; None where it spells none."""
    try:
        return date.fromisoformat(cell.strip()) if _ISO_DAY.fullmatch(cell.strip()) else None
    except ValueError:
        return None
