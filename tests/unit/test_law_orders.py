"""A court order as a request states it: read whole, or not at all; and the days by which requests are judged."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pyarrow as pa
import pytest

from narrowgate.law.days import earlier_date, iso_day, later_date, no_later
from narrowgate.law.orders import CourtOrder, digest_of, read_order
from narrowgate.law.statutes import Citing

ORDER: dict[str, Any] = {
    "file": "order.pdf",
    "sha256": "0b" * 32,
    "court": "E.D. Va.",
    "judge": "J. Roe",
    "docket": "1:26-mc-17",
    "dated": "2026-05-01",
    "expires": "2026-07-30",
    "statute": "18 USC 1343; INA 275(a)",
    "findings": ["criminal_act", "relevance"],
    "recipients": ["an.agency", "officer-7"],
    "names": [{"surname": "Núñez", "given_name": "Ana"}, {"surname": "Ng", "given_name": "Bo"}],
    "periods": [1990, 2024, 2053],
}


def test_an_order_is_read_into_its_type() -> None:
    assert read_order(ORDER) == CourtOrder(
        "0b" * 32,
        "E.D. Va.",
        "J. Roe",
        "1:26-mc-17",
        date(2026, 5, 1),
        date(2026, 7, 30),
        (Citing(18, "", "1343", ()), Citing(0, "INA", "275", ("a",))),
        frozenset({"criminal_act", "relevance"}),
        frozenset({"an.agency", "officer-7"}),
        frozenset({("NUNEZ", "ANA"), ("NG", "BO")}),
        1 | 1 << 34 | 1 << 63,
    )


BAD: dict[str, dict[str, Any]] = {
    "no digest": {"sha256": ""},
    "a digest that is none": {"sha256": "0b" * 31},
    "a digest in capitals": {"sha256": "0B" * 32},
    "a digest that is a number": {"sha256": 7},
    "no court": {"court": ""},
    "a filler for a court": {"court": "unknown"},
    "no judge": {"judge": None},
    "a filler for a docket": {"docket": "N/A"},
    "no day": {"dated": ""},
    "a day that does not exist": {"dated": "2026-02-30"},
    "a day in another order": {"dated": "05/01/2026"},
    "no last day": {"expires": ""},
    "a last day that is none": {"expires": "soon after"},
    "findings that are a text": {"findings": "criminal_act"},
    "findings that are numbers": {"findings": ["criminal_act", 2]},
    "no findings": {"findings": None},
    "no statute": {"statute": ""},
    "a filler for a statute": {"statute": "N/A"},
    "a statute that is no citation": {"statute": "wire fraud"},
    "a statute beside a word": {"statute": "18 USC 1343 and others"},
    "statutes that are a list": {"statute": ["18 USC 1343"]},
    "no recipients": {"recipients": None},
    "recipients that are nobody": {"recipients": []},
    "recipients that are a text": {"recipients": "an.agency"},
    "recipients that are numbers": {"recipients": ["an.agency", 7]},
    "no names": {"names": []},
    "names that are a text": {"names": "Ng"},
    "names that are a number": {"names": 3},
    "names that are texts": {"names": ["Ng", "Bo"]},
    "a name without a surname": {"names": [{"given_name": "Bo"}]},
    "a name whose parts are blank": {"names": [{"surname": " ", "given_name": "Bo"}]},
    "a name whose parts are numbers": {"names": [{"surname": 1, "given_name": 2}]},
    "no periods": {"periods": []},
    "periods that are a number": {"periods": 2024},
    "a period that is a text": {"periods": [2024, "2023"]},
    "a period that is true": {"periods": [True]},
    "a period before the first": {"periods": [1989]},
    "a period after the last": {"periods": [2024, 2054]},
}


@pytest.mark.parametrize("name", BAD)
def test_an_order_that_is_not_whole_is_none(name: str) -> None:
    assert read_order({**ORDER, **BAD[name]}) is None


def test_no_order() -> None:
    assert read_order(None) is None
    assert read_order({}) is None


def test_a_name_that_is_none_is_left_out_and_opens_nobody() -> None:
    order = read_order({**ORDER, "names": [*ORDER["names"], {"surname": "Doe"}, 7]})
    assert order is not None
    assert order.names == {("NUNEZ", "ANA"), ("NG", "BO")}


def test_what_counsel_verify_changes_with_every_statement_of_the_order() -> None:
    changed = [digest_of({**ORDER, **change}) for change in BAD.values()]
    assert len({digest_of(ORDER), *changed}) == len(BAD) + 1
    assert digest_of(dict(reversed(ORDER.items()))) == digest_of(ORDER)


EAST, GUAM = timezone(timedelta(hours=-5)), timezone(timedelta(hours=10))
DATES: dict[str, tuple[datetime, date, date]] = {
    "noon, the same day everywhere": (datetime(2026, 6, 2, 12, tzinfo=UTC), date(2026, 6, 2), date(2026, 6, 2)),
    "an evening in the east is tomorrow in UTC": (
        datetime(2026, 6, 1, 21, tzinfo=EAST),
        date(2026, 6, 1),
        date(2026, 6, 2),
    ),
    "a morning in Guam was yesterday in UTC": (
        datetime(2026, 6, 2, 6, tzinfo=GUAM),
        date(2026, 6, 1),
        date(2026, 6, 2),
    ),
}


@pytest.mark.parametrize("name", DATES)
def test_an_instant_has_two_dates(name: str) -> None:
    when, earlier, later = DATES[name]
    assert (earlier_date(when), later_date(when)) == (earlier, later)


def test_no_later_than_a_day() -> None:
    days = pa.chunked_array([[date(2026, 6, 1), date(2026, 6, 2), None, date(2026, 6, 3)]], pa.date32())
    assert no_later(days, date(2026, 6, 2)).tolist() == [True, True, False, False]


@pytest.mark.parametrize(
    "cell", ["", "2026-6-1", "20260601", "2026-06-31", "٢٠٢٦-٠٦-٠١", "2026-06-01T00:00", "x 2026-06-01"]
)
def test_what_is_no_day(cell: str) -> None:
    assert iso_day(cell) is None


def test_a_day_with_spaces_around() -> None:
    assert iso_day(" 2026-06-01\t") == date(2026, 6, 1)
