"""When a disclosure was made, against a court's order: a table of named cases."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from narrowgate.domain.circumstances import Stay
from narrowgate.domain.vocabulary import When
from narrowgate.governance.stays import StayRecord

DATED = date(2025, 11, 21)
SERVED = datetime(2025, 11, 21, 21, tzinfo=UTC)
ENTERED = datetime(2025, 11, 21, 23, tzinfo=UTC)
SECOND = timedelta(seconds=1)
LATER = datetime(2025, 12, 1, tzinfo=UTC)
MIDNIGHT = datetime(2025, 11, 21, tzinfo=UTC)
AT_GUAM = datetime(2025, 11, 21, 16, tzinfo=UTC)
GUAM: dict[str, Any] = {"dated": date(2025, 11, 22), "served": AT_GUAM}

CASES: dict[str, tuple[datetime, bool, dict[str, Any], When]] = {
    # name: (released, whether its leaf stands behind the stay's, changes to the order, when)
    "the day before": (MIDNIGHT - SECOND, False, {}, When.BEFORE_DATED),
    "as the day begins": (MIDNIGHT, False, {}, When.BEFORE_NOTICE),
    "the second before notice": (SERVED - SECOND, False, {}, When.BEFORE_NOTICE),
    "the second of notice": (SERVED, False, {}, When.AFTER_NOTICE),
    "the second before entry": (ENTERED - SECOND, False, {}, When.AFTER_NOTICE),
    "the second of entry, entered before it": (ENTERED, False, {}, When.AFTER_NOTICE),
    "the second of entry, entered behind it": (ENTERED, True, {}, When.AFTER_ENTRY),
    "after entry, while the ledger has yet to take it": (ENTERED + SECOND, False, {}, When.AFTER_ENTRY),
    "notice not stated": (SERVED, False, {"served": None}, When.NOTICE_NOT_STATED),
    "notice not stated, the day before": (MIDNIGHT - SECOND, False, {"served": None}, When.BEFORE_DATED),
    "notice not stated, the second of entry": (ENTERED, False, {"served": None}, When.NOTICE_NOT_STATED),
    "before it was effective": (ENTERED + SECOND, True, {"effective": LATER}, When.NOT_YET_EFFECTIVE),
    "once it was effective": (LATER, True, {"effective": LATER}, When.AFTER_ENTRY),
    "after notice, effective later": (SERVED, False, {"effective": LATER}, When.AFTER_NOTICE),
    "after it was lifted": (LATER, True, {"lifted": LATER}, When.AFTER_LIFT),
    "the second before it was lifted": (LATER - SECOND, True, {"lifted": LATER}, When.AFTER_ENTRY),
    "lifted, and before entry": (SERVED, False, {"lifted": SERVED}, When.AFTER_NOTICE),
    "after notice, where the court's day begins before UTC's": (SERVED, False, GUAM, When.AFTER_NOTICE),
    "before notice, there": (AT_GUAM - SECOND, False, GUAM, When.BEFORE_DATED),
}


@pytest.mark.parametrize("case", CASES)
def test_when_a_disclosure_was_made(case: str) -> None:
    released, later, order, expected = CASES[case]
    said: dict[str, Any] = {"dated": DATED, "effective": SERVED, "served": SERVED} | order
    known = StayRecord(Stay("s", "D.D.C.", "1:25-cv-457", **said), ENTERED)
    assert known.when(released, later=later) is expected


def test_an_order_that_says_no_time_is_effective_from_notice_and_never_after_it() -> None:
    stay = Stay("s", "D.D.C.", "1", DATED, ENTERED, served=SERVED)
    assert StayRecord(stay, ENTERED).unless_stated == SERVED
    unserved = Stay("s", "D.D.C.", "1", DATED, ENTERED)
    assert StayRecord(unserved, ENTERED).unless_stated == ENTERED
