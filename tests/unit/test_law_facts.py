"""Facts by themselves, at the edges where a slip would show in no example."""

from dataclasses import replace
from datetime import UTC, datetime

import pyarrow as pa
import pytest
from test_law_decide import AGENCY, HEAD, NOW, PACK, admitted

from narrowgate.domain.circumstances import Circumstances
from narrowgate.domain.request import Admitted
from narrowgate.flow.casefile import only
from narrowgate.law.facts import REGISTER
from narrowgate.law.facts.statute import designates
from narrowgate.law.pack import Pack, load_pack

HIPAA, DPPA = load_pack("us.hipaa.164.512.f.2"), load_pack("us.dppa.2721.b.3")


def said(fact: str, request: Admitted, now: Circumstances = NOW, pack: Pack = PACK) -> list[bool]:
    found: list[bool] = REGISTER.facts[fact](request, now, pack).tolist()
    return found


def test_every_fact_says_one_boolean_a_row_of_any_request_and_of_none() -> None:
    two = admitted({}, {"surname": ""})
    nobody = only(two, [])
    for pack in (PACK, HIPAA, DPPA, load_pack("us.irc.6103.i.1")):
        for name in REGISTER.facts:
            assert len(said(name, two, pack=pack)) == 2
            assert said(name, nobody, pack=pack) == []


@pytest.mark.parametrize("year", [2025, 2026, 2027])
def test_a_period_may_be_of_the_years_that_have_begun(year: int) -> None:
    at = datetime(year, 3, 1, tzinfo=UTC)
    head = replace(HEAD, made_at=at)
    rows = [
        {"taxable_periods": periods}
        for periods in ("1990", f"1990;{year}", str(year), str(year + 1), f"{year};{year + 1}")
    ]
    request = replace(admitted(*rows, head=head), received_at=at)
    assert said("taxable_period_stated", request) == [True, True, True, False, False]


def test_a_row_of_which_it_is_not_known_whether_it_can_be_read_cannot() -> None:
    request = replace(admitted({}, {}), well_formed=pa.array([None, True], pa.bool_()))
    assert said("row_well_formed", request) == [False, True]


@pytest.mark.parametrize("agency", ["aa.agency", "us.dhs.ice.office", "zz.agency"])
def test_another_agency_than_the_requester_counts_for_nothing(agency: str) -> None:
    now = replace(NOW, agency=replace(AGENCY, id=agency))
    for fact in ("signer_is_authorized", "safeguards_clear", "officer_engaged"):
        assert said(fact, admitted({})) == [True]
        assert said(fact, admitted({}), now) == [False]


@pytest.mark.parametrize("basis", ["us.irc.6103.i.1", "us.irc.6103.i.20", "zz", ""])
def test_an_edition_adopted_for_one_basis_is_none_for_another(basis: str) -> None:
    assert said("basis_adopted", admitted({}, head=replace(HEAD, basis=basis))) == [False]


@pytest.mark.parametrize("statute", ["us.18.1001", "us.8.1253.a", "us.8.1253.a.10", "us.9.1"])
def test_a_request_designates_the_very_statute(statute: str) -> None:
    request = admitted({})
    assert designates("us.8.1253.a.1")(request, NOW, PACK).tolist() == [True]
    assert designates(statute)(request, NOW, PACK).tolist() == [False]


def test_no_ground_is_one_where_no_statute_says_which() -> None:
    assert said("order_ground_stated", admitted({}), pack=HIPAA) == [False]


@pytest.mark.parametrize(("stated", "met"), [(False, True), (True, False), (0, False), ("", False), (None, False)])
def test_that_no_law_requires_it_is_said_in_so_many_words(stated: object, met: bool) -> None:
    request = admitted({}, head=replace(HEAD, details={"required_by_law": stated}))
    assert said("not_required_by_law", request, pack=HIPAA) == [met]


@pytest.mark.parametrize(
    "items", [None, [], "name_and_address", ["name_and_address", "dna"], [1], {"name_and_address": 1}]
)
def test_items_that_may_not_be_asked_for(items: object) -> None:
    assert said("items_permitted", admitted({}, head=replace(HEAD, details={"items": items})), pack=HIPAA) == [False]


def test_items_that_may() -> None:
    request = admitted({}, head=replace(HEAD, details={"items": ["name_and_address"]}))
    assert said("items_permitted", request, pack=HIPAA) == [True]
    assert said("items_permitted", request, pack=PACK) == [False]


def test_a_closed_list_that_is_not_there_gives_no_answer() -> None:
    assert said("restricted_data_absent", admitted({"tin": ""})) == [False]
    assert said("restricted_data_absent", admitted({"tin": ""}, {"tin": "9"}), pack=DPPA) == [True, False]
    assert said("authority_stated", admitted({}), pack=HIPAA) == [False]
    assert said("subject_role_stated", admitted({}), pack=PACK) == [False]
    assert said("order_final_and_elapsed", admitted({}), pack=HIPAA) == [False]
    assert said("court_order_valid", admitted({}), pack=PACK) == [False]
