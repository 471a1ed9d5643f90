"""Every element, deleted, blanked or negated in turn, on every path: the refusal names exactly what it must."""

import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from narrowgate.domain.circumstances import Circumstances, PolicyLimits, Stay
from narrowgate.domain.errors import IntegrityError
from narrowgate.domain.parties import Agency, Office, Officer, RegisteredKey
from narrowgate.domain.request import PERIOD_EPOCH, SUBJECT_COLUMNS, TYPED_SCHEMA, Admitted, RequestHead
from narrowgate.domain.vocabulary import Attests, Element, HoldCause, Safeguards
from narrowgate.law.days import earlier_date, later_date
from narrowgate.law.decide import citations, decide, refuse_all, refuse_unknown_basis
from narrowgate.law.evaluate import derive
from narrowgate.law.explain import explain
from narrowgate.law.pack import load_pack
from narrowgate.law.policy import generic_reasons

PACK = load_pack("us.irc.6103.i.2")
AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
KEY = RegisteredKey({"kty": "OKP"}, "thumb")
ALL = frozenset(Attests)
CELLS = {
    "row": "1",
    "surname": "Ng",
    "given_name": "Bo",
    "address_line_1": "12 Main St",
    "city": "Springfield",
    "state": "VA",
    "zip": "22150",
    "taxable_periods": "2023;2024",
    "removal_order_date": "2026-01-02",
    "order_ground": "1227(a)(1)(B)",
    "case_number": "24-1182",
    "case_opened": "2026-02-01",
    "officer": "officer-17",
    "reason": "last known address of the person charged",
}
HEAD = RequestHead(
    request_id="r-1",
    custodian="gate",
    agency="us.dhs.ice",
    basis="us.irc.6103.i.2",
    office="us.dhs.ice.director",
    signer_name="A Director",
    made_at=AT - timedelta(days=1),
    purpose="criminal_investigation",
    criminal_statute="8 USC 1253(a)(1)",
    statutory_authority="8 USC 1357",
    order=None,
    supersedes="",
    details={},
    digest="00",
)
AGENCY = Agency(
    id="us.dhs.ice",
    name="ICE",
    safeguards=Safeguards.CLEAR,
    safeguards_document="",
    offices={"us.dhs.ice.director": Office("us.dhs.ice.director", frozenset({"us.irc.6103.i.2"}), KEY)},
    officers={"officer-17": Officer("officer-17", KEY, KEY)},
)
NOW = Circumstances(AT, AGENCY, PACK.digest)
WITH_TIN, WITHOUT_TIN = {"tin": "900-12-3456"}, {"tin": ""}


def day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def admitted(*rows: dict[str, str], head: RequestHead = HEAD, signed: bool = True) -> Admitted:
    whole = [{name: CELLS.get(name, "") for name in SUBJECT_COLUMNS} | row for row in rows]
    typed = [
        {
            "birth_date": None,
            "order_date": day(row["removal_order_date"]),
            "case_opened": day(row["case_opened"]),
            "periods": sum(1 << int(y) - PERIOD_EPOCH for y in row["taxable_periods"].split(";") if y),
        }
        for row in whole
    ]
    return Admitted(
        head=head,
        subjects=pa.table({name: pa.array([row[name] for row in whole], pa.string()) for name in SUBJECT_COLUMNS}),
        typed=pa.Table.from_pylist(typed, TYPED_SCHEMA),
        well_formed=pa.array([True] * len(whole), pa.bool_()),
        signature_valid=signed,
        attested={"officer-17": ALL},
        received_at=AT,
    )


def unmet(request: Admitted, now: Circumstances = NOW) -> list[list[str]]:
    decided = decide(request, now, PACK, [bytes([i]) for i in range(request.rows)])
    return list(decided.unmet.to_pylist())


CELL_DEFECTS: dict[str, tuple[dict[str, str], list[str]]] = {
    "no surname": ({"surname": ""}, ["name_stated"]),
    "no given name": ({"given_name": ""}, ["name_stated"]),
    "an initial for a given name": ({"given_name": "B."}, ["name_stated"]),
    "a filler for a surname": ({"surname": "Unknown"}, ["name_stated"]),
    "no address": ({"address_line_1": ""}, ["address_stated"]),
    "a filler for an address": ({"address_line_1": "Failed to Provide"}, ["address_stated"]),
    "a ZIP Code for an address": ({"address_line_1": "22150"}, ["address_stated"]),
    "an address that lies nowhere": ({"city": "", "state": "", "zip": ""}, ["address_stated"]),
    "no period": ({"taxable_periods": ""}, ["taxable_period_stated"]),
    "a period that has not begun": ({"taxable_periods": "2027"}, ["taxable_period_stated"]),
    "a good period and one that has not begun": ({"taxable_periods": "2024;2027"}, ["taxable_period_stated"]),
    "no reason": ({"reason": ""}, ["reason_stated"]),
    "a filler for a reason": ({"reason": "N/A"}, ["reason_stated"]),
    "no case number": ({"case_number": ""}, ["case_stated"]),
    "a filler for a case number": ({"case_number": "pending"}, ["case_stated"]),
    "no opening date": ({"case_opened": ""}, ["case_stated"]),
    "a case opened in the future": ({"case_opened": "2026-11-21"}, ["case_stated"]),
    "no officer": ({"officer": ""}, ["officer_engaged", "willfulness_attested"]),
    "another officer": ({"officer": "officer-18"}, ["officer_engaged", "willfulness_attested"]),
    "no ground": ({"order_ground": ""}, ["order_ground_stated"]),
    "a ground of inadmissibility": ({"order_ground": "8 USC 1182(a)(2)"}, ["order_ground_stated"]),
    "no order date": ({"removal_order_date": ""}, ["order_final_and_elapsed"]),
    "the 89th day": ({"removal_order_date": "2026-08-22"}, ["order_final_and_elapsed"]),
    "the 90th day": ({"removal_order_date": "2026-08-21"}, ["order_final_and_elapsed"]),
    "the 91st day": ({"removal_order_date": "2026-08-20"}, []),
    "everything stated": ({}, []),
    "a year that has just begun": ({"taxable_periods": "2026"}, []),
}


@pytest.mark.parametrize("name", CELL_DEFECTS)
@pytest.mark.parametrize("tin", [WITH_TIN, WITHOUT_TIN], ids=["with tin", "without tin"])
def test_a_defect_of_a_cell_refuses_its_row_alone_under_exactly_its_elements(name: str, tin: dict[str, str]) -> None:
    cells, expected = CELL_DEFECTS[name]
    assert unmet(admitted(tin, tin | cells, tin)) == [[], expected, []]


HEAD_DEFECTS: dict[str, tuple[dict[str, object], list[str]]] = {
    "no date": ({"made_at": None}, ["request_timely"]),
    "a date in the future": ({"made_at": AT + timedelta(seconds=1)}, ["request_timely"]),
    "31 days old": ({"made_at": AT - timedelta(days=30, seconds=1)}, ["request_timely"]),
    "30 days old": ({"made_at": AT - timedelta(days=30)}, []),
    "no office": ({"office": ""}, ["signer_is_authorized"]),
    "an office nobody registered": ({"office": "us.dhs.ice.deputy"}, ["signer_is_authorized"]),
    "another basis": ({"basis": "us.irc.6103.i.1"}, ["basis_adopted"]),
    "no authority": ({"statutory_authority": ""}, ["authority_stated"]),
    "a filler for an authority": ({"statutory_authority": "N/A"}, ["authority_stated"]),
    "the confidentiality section for an authority": (
        {"statutory_authority": "26 USC 6103(i)(2)"},
        ["authority_stated"],
    ),
    "no statute": ({"criminal_statute": ""}, ["statute_designated"]),
    "a title without a section": ({"criminal_statute": "8 USC"}, ["statute_designated"]),
    "a tax statute": ({"criminal_statute": "26 USC 7201"}, ["statute_designated"]),
    "a civil removal statute": ({"criminal_statute": "8 USC 1229a"}, ["statute_designated"]),
    "no purpose": ({"purpose": ""}, ["purpose_exclusive"]),
    "another purpose": ({"purpose": "civil_enforcement"}, ["purpose_exclusive"]),
}


@pytest.mark.parametrize("name", HEAD_DEFECTS)
@pytest.mark.parametrize("tin", [WITH_TIN, WITHOUT_TIN], ids=["with tin", "without tin"])
def test_a_defect_of_the_request_refuses_every_row_under_exactly_its_elements(name: str, tin: dict[str, str]) -> None:
    changes, expected = HEAD_DEFECTS[name]
    head = replace(HEAD, **changes)  # type: ignore[arg-type]
    assert unmet(admitted(tin, tin, head=head)) == [expected] * 2


CIRCUMSTANCES: dict[str, tuple[Circumstances, list[str]]] = {
    "another edition adopted": (replace(NOW, adopted_pack="ab" * 32), ["basis_adopted"]),
    "nothing adopted": (replace(NOW, adopted_pack=""), ["basis_adopted"]),
    "safeguards suspended": (
        replace(NOW, agency=replace(AGENCY, safeguards=Safeguards.SUSPENDED)),
        ["safeguards_clear"],
    ),
    "open findings": (replace(NOW, agency=replace(AGENCY, safeguards=Safeguards.OPEN_FINDINGS)), []),
    "the office may sign nothing": (
        replace(
            NOW,
            agency=replace(AGENCY, offices={HEAD.office: Office(HEAD.office, frozenset(), KEY)}),
        ),
        ["signer_is_authorized"],
    ),
    "the officer is not registered": (replace(NOW, agency=replace(AGENCY, officers={})), ["officer_engaged"]),
    "the officer's key is revoked": (
        replace(
            NOW,
            agency=replace(AGENCY, officers={"officer-17": Officer("officer-17", replace(KEY, revoked_at=AT), KEY)}),
        ),
        ["officer_engaged"],
    ),
    "the requester is not registered": (
        replace(NOW, agency=None),
        ["officer_engaged", "safeguards_clear", "signer_is_authorized"],
    ),
    "another agency is registered": (
        replace(NOW, agency=replace(AGENCY, id="us.irs")),
        ["officer_engaged", "safeguards_clear", "signer_is_authorized"],
    ),
}


@pytest.mark.parametrize("name", CIRCUMSTANCES)
def test_what_stands_outside_the_request_decides_too(name: str) -> None:
    now, expected = CIRCUMSTANCES[name]
    assert unmet(admitted(WITH_TIN, WITHOUT_TIN), now) == [expected] * 2


def stay(statute: str = "", basis: str = "", requester: str = "", lifted: datetime | None = None) -> Stay:
    dated = date(2025, 11, 21)
    return Stay("s", "D.D.C.", "25-1", dated, AT - timedelta(days=1), basis, requester, statute, lifted)


STAYS = {
    "everything": (stay(), True),
    "this basis": (stay(basis=HEAD.basis), True),
    "another basis": (stay(basis="us.irc.6103.i.1"), False),
    "this requester": (stay(requester=HEAD.agency), True),
    "another requester": (stay(requester="us.irs"), False),
    "this statute, otherwise spelt": (stay("8 U.S.C. § 1253(a)(1)"), True),
    "this statute, by the act": (stay("INA 243(a)(1)"), True),
    "this statute, more coarsely": (stay("8 USC 1253"), True),
    "its prong (A), which an unnamed one is": (stay("8 USC 1253(a)(1)(A)"), True),
    "its prong (B), which an unnamed one may be": (stay("8 USC 1253(a)(1)(B)"), True),
    "another statute": (stay("18 USC 1001"), False),
    "a statute that cannot be read": (stay("the removal statute"), True),
    "lifted": (stay(lifted=AT), False),
    "lifted later": (stay(lifted=AT + timedelta(seconds=1)), True),
    "not yet in force": (replace(stay(), effective=AT + timedelta(seconds=1)), False),
}


@pytest.mark.parametrize("name", STAYS)
def test_a_stay_closes_what_it_covers(name: str) -> None:
    order, closes = STAYS[name]
    other = stay("18 USC 1546", lifted=AT)
    expected = [["not_stayed"]] if closes else [[]]
    assert unmet(admitted({}), replace(NOW, stays=(other, order))) == expected


@pytest.mark.parametrize("coarse", ["8 USC 1253", "8 U.S.C. 1253(a)", "INA § 243(a)(1)", "8 USC 1253(a)(1)(A)"])
def test_naming_the_statute_coarsely_brings_no_fewer_elements_and_escapes_no_stay(coarse: str) -> None:
    request = admitted(
        {"order_ground": "", "removal_order_date": "2026-08-22"}, head=replace(HEAD, criminal_statute=coarse)
    )
    stays = (stay("8 USC 1253(a)(1)(A)"),)
    assert unmet(request, replace(NOW, stays=stays)) == [
        ["not_stayed", "order_final_and_elapsed", "order_ground_stated"]
    ]


def test_a_request_whose_statute_cannot_be_read_is_taken_to_be_stayed() -> None:
    request = admitted({}, head=replace(HEAD, criminal_statute="that one"))
    assert unmet(request, replace(NOW, stays=(stay("18 USC 1001"),))) == [["not_stayed", "statute_designated"]]


PRONGS = {
    "8 USC 1253(a)(1)": ["order_final_and_elapsed"],
    "8 USC 1253(a)(1)(A)": ["order_final_and_elapsed"],
    "8 USC 1253(a)(1)(B)": [],
    "8 U.S.C. § 1253(a)(1)(c)": [],
    "8 USC 1253(a)(1)(D)": [],
    "8 USC 1253(a)(1)(B); 8 USC 1253(a)(1)(A)": ["order_final_and_elapsed"],
    "8 USC 1253(a)(1)(B) and 18 USC 1001": [],
    "18 USC 1001": [],
}


@pytest.mark.parametrize("statute", PRONGS)
def test_only_prong_a_waits_90_days(statute: str) -> None:
    young = {"removal_order_date": "2026-11-01"}
    assert unmet(admitted(young, head=replace(HEAD, criminal_statute=statute))) == [PRONGS[statute]]


def test_no_prong_takes_an_order_of_the_future() -> None:
    head = replace(HEAD, criminal_statute="8 USC 1253(a)(1)(B)")
    rows = ({"removal_order_date": "2026-11-19"}, {"removal_order_date": "2026-11-20"}, {"removal_order_date": ""})
    assert unmet(admitted(*rows, head=head)) == [[], ["order_final_and_elapsed"], ["order_final_and_elapsed"]]


def test_another_statute_brings_none_of_these_elements() -> None:
    head = replace(HEAD, criminal_statute="18 USC 1001")
    bare = {"removal_order_date": "", "order_ground": ""}
    request = replace(admitted(bare, head=head), attested={"officer-17": frozenset({Attests.PERSONALLY_ENGAGED})})
    assert unmet(request) == [[]]


@pytest.mark.parametrize("word", sorted(Attests))
def test_every_attestation_counts(word: Attests) -> None:
    request = replace(admitted({}), attested={"officer-17": ALL - {word}})
    expected = "officer_engaged" if word is Attests.PERSONALLY_ENGAGED else "willfulness_attested"
    assert unmet(request) == [[expected]]


def test_a_signature_that_does_not_hold_and_a_row_that_cannot_be_read() -> None:
    assert unmet(admitted({}, signed=False)) == [["signature_valid"]]
    request = replace(admitted({}, {}), well_formed=pa.array([True, False]))
    assert unmet(request) == [[], ["row_well_formed"]]


def test_the_request_date_is_the_earlier_of_made_and_received() -> None:
    opened = {"case_opened": "2026-11-20"}
    assert unmet(admitted(opened)) == [["case_stated"]]
    assert unmet(admitted(opened, head=replace(HEAD, made_at=AT))) == [[]]


def test_a_second_look_sees_the_present_but_the_request_does_not_age() -> None:
    later = replace(NOW, at=AT + timedelta(days=60))
    assert unmet(admitted({}), later) == [[]]
    revoked = Officer("officer-17", replace(KEY, revoked_at=AT + timedelta(days=10)), KEY)
    assert unmet(admitted({}), replace(later, agency=replace(AGENCY, officers={"officer-17": revoked}))) == [
        ["officer_engaged"]
    ]


def test_a_package_without_rows_is_decided_too() -> None:
    decided = decide(admitted(), NOW, PACK, [])
    assert len(decided.unmet) == 0
    assert decided.mandate().rows.to_pylist() == []


def test_a_refusal_cites_the_law() -> None:
    refusal = decide(admitted({"reason": ""}), NOW, PACK, [b"1"]).refusal(0)
    assert refusal is not None
    assert [(c.element, c.cite) for c in refusal.unmet] == [(Element.REASON_STATED, "26 USC 6103(i)(2)(B)(iv)")]


def test_facts_are_recorded_bit_by_bit() -> None:
    decided = decide(admitted({"reason": ""}), NOW, PACK, [b"1"])
    false = [name for bit, name in enumerate(decided.fact_ids) if not decided.facts[0].as_py() >> bit & 1]
    assert false == ["reason_stated"]


def test_the_mandate_covers_lawful_rows_that_do_not_wait() -> None:
    request = admitted({}, {"surname": ""}, {})
    extra = {HoldCause.COUNSEL: pa.array([False, True, True])}
    decided = decide(request, NOW, PACK, [b"1", b"2", b"3"], extra)
    assert decided.causes.to_pylist() == [[], [], ["counsel"]]
    assert decided.mandate().rows.to_pylist() == [0]


def test_a_hold_that_is_unknown_holds() -> None:
    decided = decide(admitted({}), NOW, PACK, [b"1"], {HoldCause.CERTIFICATE: pa.array([None], pa.bool_())})
    assert decided.causes.to_pylist() == [["certificate"]]


def limits(**changes: int) -> Circumstances:
    return replace(NOW, limits=PolicyLimits(**changes))


def causes(request: Admitted, now: Circumstances, subjects: list[bytes]) -> list[list[str]]:
    return list(decide(request, now, PACK, subjects).causes.to_pylist())


def test_over_the_caseload_all_rows_of_the_officer_wait_and_repeats_count_once() -> None:
    rows = admitted({"reason": "reason number one here"}, {"reason": "reason number two here"}, {"surname": ""})
    assert causes(rows, limits(caseload_ceiling=2), [b"1", b"2", b"3"]) == [[], [], []]
    assert causes(rows, limits(caseload_ceiling=1), [b"1", b"1", b"3"]) == [[], [], []]
    assert causes(rows, limits(caseload_ceiling=1), [b"1", b"2", b"3"]) == [["caseload"], ["caseload"], []]
    opened = replace(limits(caseload_ceiling=2), open_subjects={"officer-17": frozenset({b"1", b"9"})})
    assert causes(rows, opened, [b"1", b"1", b"3"]) == [[], [], []]
    assert causes(rows, opened, [b"1", b"2", b"3"]) == [["caseload"], ["caseload"], []]


def test_a_copied_reason_waits_and_digits_tell_reasons_apart() -> None:
    copied = ("Ties to the  subject", "ties to THE subject ", "TIES to the subject", "ties to the subject 4")
    rows = admitted(*({"reason": text} for text in copied))
    subjects = [b"1", b"2", b"3", b"4"]
    assert causes(rows, limits(reason_repeats=3), subjects) == [[]] * 4
    assert causes(rows, limits(reason_repeats=2), subjects) == [["reason_generic"]] * 3 + [[]]


def test_open_findings_hold_every_lawful_row() -> None:
    now = replace(NOW, agency=replace(AGENCY, safeguards=Safeguards.OPEN_FINDINGS))
    assert causes(admitted({}, {"surname": ""}), now, [b"1", b"2"]) == [["safeguards_open_findings"], []]


def test_a_pseudonym_for_every_row() -> None:
    with pytest.raises(IntegrityError):
        decide(admitted({}, {}), NOW, PACK, [b"1"])
    with pytest.raises(IntegrityError):
        decide(admitted({}), NOW, PACK, [b"1"], {HoldCause.COUNSEL: pa.array([], pa.bool_())})


def test_an_unknown_basis_is_refused() -> None:
    request = admitted({}, {}, head=replace(HEAD, basis="us.irc.9999"))
    decided = refuse_unknown_basis(request, NOW)
    assert decided.unmet.to_pylist() == [["basis_adopted"]] * 2
    assert decided.mandate().rows.to_pylist() == []
    refusal = decided.refusal(0)
    assert refusal is not None
    assert refusal.unmet[0].element is Element.BASIS_ADOPTED
    unsigned = refuse_unknown_basis(replace(request, signature_valid=False), NOW)
    assert unsigned.unmet.to_pylist() == [["basis_adopted", "signature_valid"]] * 2
    with pytest.raises(IntegrityError):
        refuse_all(request, ())


def test_a_verdict_names_its_pack() -> None:
    decided = decide(admitted({}), NOW, PACK, [b"1"])
    assert (decided.pack_id, decided.pack_digest, decided.fact_ids) == (PACK.id, PACK.digest, PACK.facts)


def test_a_cause_of_our_own_and_one_from_outside_hold_together() -> None:
    request = admitted(*({"reason": "the same reason for every person"} for _ in range(7)))
    outside = {HoldCause.REASON_GENERIC: pa.array([None] + [False] * 6, pa.bool_())}
    decided = decide(request, NOW, PACK, [bytes([i]) for i in range(7)], outside)
    assert decided.causes.to_pylist() == [["reason_generic"]] * 7
    only_outside = decide(admitted({}, {}), NOW, PACK, [b"1", b"2"], {HoldCause.BUDGET: pa.array([None, False])})
    assert only_outside.causes.to_pylist() == [["budget"], []]


@pytest.mark.parametrize("wrong", [np.zeros(2, np.int8), np.zeros(1, np.bool_), np.zeros((2, 1), np.bool_)])
def test_a_fact_that_is_not_one_boolean_a_row_stops_the_batch(wrong: Any) -> None:
    with pytest.raises(IntegrityError, match="the fact name_stated is not one boolean a row"):
        derive(admitted({}, {}), NOW, PACK, {"name_stated": lambda *_: wrong})


def test_rows_without_a_column_of_reasons_are_held_for_none() -> None:
    request = admitted(*({} for _ in range(9)))
    request = replace(request, subjects=request.subjects.drop_columns(["reason"]))
    assert generic_reasons(request, 5).tolist() == [False] * 9


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/Los_Angeles"])
def test_no_date_depends_on_where_the_machine_stands(zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    made = datetime(2026, 6, 1, 21, tzinfo=timezone(timedelta(hours=-5)))
    assert (earlier_date(made), later_date(made)) == (date(2026, 6, 1), date(2026, 6, 2))
    monkeypatch.undo()
    time.tzset()


def test_a_refusal_of_everything_says_so_and_names_no_pack() -> None:
    request = admitted({}, {})
    cited = citations(None)
    decided = refuse_all(request, cited)
    assert decided.admitted is request
    assert (decided.pack_id, decided.pack_digest, decided.fact_ids) == ("", "", ())
    assert decided.citations == cited
    assert decided.unmet.to_pylist() == [["basis_adopted", "signature_valid"]] * 2
    assert decided.causes.to_pylist() == [[], []]
    assert decided.causes.type == decided.unmet.type == pa.list_(pa.string())
    assert decided.facts.equals(pa.array([0, 0], pa.uint64()))
    with pytest.raises(IntegrityError, match="a refusal has at least one element"):
        refuse_all(request, ())


def test_citations_cover_every_refusal_of_a_basis() -> None:
    assert {c.element for c in citations(PACK)} == {c.element for c in PACK.citations}
    assert {c.element for c in citations(None)} == {Element.BASIS_ADOPTED, Element.SIGNATURE_VALID}


def test_explain_tells_element_by_element_what_was_looked_at() -> None:
    decided = decide(admitted({"reason": "", "order_ground": ""}), NOW, PACK, [b"1"])
    table = {e.element: e for e in explain(decided, PACK, 0)}
    assert [name for name, e in table.items() if e.refused] == ["reason_stated", "order_ground_stated"]
    assert table["reason_stated"].looked_at.startswith("``reason``")
    assert all(e.cite and e.text and e.looked_at for e in table.values())
    other = decide(admitted({}, head=replace(HEAD, criminal_statute="18 USC 1001")), NOW, PACK, [b"1"])
    assert not {e.element: e for e in explain(other, PACK, 0)}["order_ground_stated"].applies
    with pytest.raises(IntegrityError):
        explain(replace(decided, pack_digest=""), PACK, 0)


def test_columns_may_come_in_chunks_and_cells_with_separators() -> None:
    request = admitted({"reason": "a\x1fb"}, {}, {})
    chunks = pa.concat_tables([request.subjects.slice(0, 1), request.subjects.slice(1)])
    typed = pa.concat_tables([request.typed.slice(0, 2), request.typed.slice(2)])
    assert unmet(replace(request, subjects=chunks, typed=typed)) == [["reason_stated"], [], []]


def test_a_column_that_is_absent_is_blank() -> None:
    request = admitted({}, {})
    assert (
        unmet(replace(request, subjects=request.subjects.drop_columns(["order_ground"])))
        == [["order_ground_stated"]] * 2
    )


def test_every_element_of_the_pack_has_failed_alone_above() -> None:
    tables = [*CELL_DEFECTS.values(), *HEAD_DEFECTS.values(), *CIRCUMSTANCES.values()]
    alone = {expected[0] for _, expected in tables if len(expected) == 1}
    alone |= {"not_stayed", "signature_valid", "row_well_formed", "willfulness_attested"}
    assert alone == {c.element.value for c in PACK.citations}


def test_vectors_are_unsigned() -> None:
    assert decide(admitted({}), NOW, PACK, [b"1"]).facts.to_numpy().dtype == np.uint64
