"""The measured hazards of cedarpy 4.12.2, each shown to be real, and each guarded."""

import json

import cedarpy
import pytest

from narrowgate.domain.errors import ErrorCode, IntegrityError, NarrowgateError
from narrowgate.domain.vocabulary import Element
from narrowgate.law.cedar import Engine, Said, ask
from narrowgate.law.evaluate import facts_of, judge
from narrowgate.law.facts import REGISTER
from narrowgate.law.pack import ROOT, load_pack
from narrowgate.law.registry import Register
from narrowgate.law.values import everywhere

PACK = load_pack("us.irc.6103.i.2")
TEXT = "\n".join(
    (ROOT / file).read_text() for file in ("packs/us.irc.6103.i.2/policy.cedar", "statutes/us.8.1253.a.1/policy.cedar")
)
MET = dict.fromkeys(PACK.facts, True)
LAX = """
entity Agency; entity Custodian;
action "disclose" appliesTo { principal: [Agency], resource: [Custodian], context: { name_stated?: Bool } };
"""
REQUEST = {
    "principal": {"type": "Agency", "id": "a"},
    "action": {"type": "Action", "id": "disclose"},
    "resource": {"type": "Custodian", "id": "records"},
}
WITHOUT_HAS = """
@id("name_stated") forbid (principal, action, resource) unless { context.name_stated == true };
@id("permit") permit (principal, action, resource);
"""


def test_everything_met_is_allowed() -> None:
    assert ask(PACK.engine, "a", "a", [MET]) == [Said(allowed=True, reasons=("permit",), failed=False)]


def test_hazard_a_forbid_that_errs_vanishes_without_a_schema() -> None:
    raw = cedarpy.is_authorized({**REQUEST, "context": {}}, WITHOUT_HAS, [])
    assert raw.allowed  # the hazard
    assert raw.diagnostics.errors


@pytest.mark.parametrize("missing", PACK.facts)
def test_guard_a_missing_fact_is_no_answer(missing: str) -> None:
    context = {name: True for name in PACK.facts if name != missing}
    assert ask(PACK.engine, "a", "a", [context]) == [Said(allowed=False, reasons=(), failed=True)]


@pytest.mark.parametrize("missing", PACK.facts)
def test_guard_a_missing_fact_is_refused_by_the_policies_themselves(missing: str) -> None:
    """Were the schema lost, ``context has`` would still refuse."""
    context = {name: True for name in PACK.facts if name != missing}
    raw = cedarpy.is_authorized({**REQUEST, "context": context}, TEXT, [])
    assert not raw.allowed
    assert not raw.diagnostics.errors


@pytest.mark.parametrize("value", ["true", 1, None, [], {}])
def test_guard_a_fact_of_another_type_is_no_answer(value: object) -> None:
    context: dict[str, object] = {**MET, "name_stated": value}
    assert ask(PACK.engine, "a", "a", [context])[0].failed  # type: ignore[list-item]


def test_guard_a_fact_nobody_declared_is_no_answer() -> None:
    assert ask(PACK.engine, "a", "a", [{**MET, "tin": True}])[0].failed


def test_hazard_an_empty_schema_counts_as_none() -> None:
    raw = cedarpy.is_authorized({**REQUEST, "context": {}}, WITHOUT_HAS, [], "")
    assert raw.allowed  # the hazard; the pack's loader refuses an empty schema


def test_hazard_an_agency_nobody_registered_is_an_agency() -> None:
    raw = cedarpy.is_authorized({**REQUEST, "context": MET}, TEXT, [], PACK.engine.schema)
    assert raw.allowed  # the hazard


@pytest.mark.parametrize(("agency", "registered"), [("a", ""), ("", ""), ("a", "b"), ("", "b")])
def test_guard_the_principal_must_be_in_the_store(agency: str, registered: str) -> None:
    assert ask(PACK.engine, agency, registered, [MET, MET]) == [Said(allowed=False, reasons=(), failed=True)] * 2


def test_guard_an_error_beside_an_allow_is_no_answer() -> None:
    schema = cedarpy.Schema.from_str(LAX)
    engine = Engine(cedarpy.PolicySet.from_str(WITHOUT_HAS), schema)
    assert cedarpy.is_authorized({**REQUEST, "context": {}}, engine.policies, [], schema).allowed  # the hazard
    assert ask(engine, "a", "a", [{}])[0].failed


STRANGE = {
    "no policy": "",
    "nothing that permits": '@id("x") forbid (principal, action, resource) unless { true };',
    "a forbid without an id": "forbid (principal, action, resource);",
    "a permit without an id": "permit (principal, action, resource);",
    "a permit by another name": '@id("anything") permit (principal, action, resource);',
    "two permits": '@id("permit") permit (principal, action, resource);' * 2,
    "a forbid that is named permit": '@id("permit") forbid (principal, action, resource);',
    "a forbid without an id beside one that has it": (
        '@id("x") forbid (principal, action, resource); forbid (principal, action, resource);'
    ),
    "one id for two forbids": '@id("x") forbid (principal, action, resource);' * 2,
}


@pytest.mark.parametrize("name", STRANGE)
def test_guard_a_verdict_without_a_proper_reason_is_no_answer(name: str) -> None:
    engine = Engine(cedarpy.PolicySet.from_str(STRANGE[name]), PACK.engine.schema)
    assert ask(engine, "a", "a", [MET])[0].failed


def test_a_refusal_is_no_failure() -> None:
    said = ask(PACK.engine, "a", "a", [{**MET, "name_stated": False}])
    assert said == [Said(allowed=False, reasons=("name_stated",), failed=False)]


def test_guard_an_agency_that_cedar_cannot_read_is_no_answer() -> None:
    assert ask(PACK.engine, "\ud800", "\ud800", [MET, MET]) == [Said(allowed=False, reasons=(), failed=True)] * 2


def test_reasons_are_sorted_by_id() -> None:
    nothing = dict.fromkeys(PACK.facts, False) | {"designates_us_8_1253_a_1": True}
    for said in ask(PACK.engine, "a", "a", [nothing] * 20):
        assert said.reasons == tuple(sorted(rule.element for rule in PACK.rules))


def test_no_question_no_answer() -> None:
    assert ask(PACK.engine, "a", "a", []) == []


def test_an_engine_that_fails_refuses_under_what_is_not_met_or_under_row_well_formed() -> None:
    failed = Said(allowed=False, reasons=(), failed=True)
    assert judge(PACK, MET, failed) == ("row_well_formed",)
    assert judge(PACK, {**MET, "reason_stated": False, "name_stated": False}, failed) == (
        "name_stated",
        "reason_stated",
    )


DISAGREE = {
    "an allow where an element is unmet": ({**MET, "name_stated": False}, Said(True, ("permit",), False)),
    "an allow where a fact is missing": ({}, Said(True, ("permit",), False)),
    "a deny where everything is met": (MET, Said(False, ("name_stated",), False)),
    "a deny under another element": ({**MET, "name_stated": False}, Said(False, ("case_stated",), False)),
    "a deny under too few": ({**MET, "name_stated": False, "case_stated": False}, Said(False, ("case_stated",), False)),
    "a deny without a reason": ({**MET, "name_stated": False}, Said(False, (), False)),
}


@pytest.mark.parametrize("name", DISAGREE)
def test_two_evaluations_that_disagree_are_broken_integrity(name: str) -> None:
    facts, said = DISAGREE[name]
    with pytest.raises(IntegrityError):
        judge(PACK, facts, said)


def test_an_unknown_condition_applies() -> None:
    context = {name: True for name in PACK.facts if not name.startswith("designates")} | {"order_ground_stated": False}
    failed = Said(allowed=False, reasons=(), failed=True)
    assert judge(PACK, context, failed) == ("order_ground_stated",)


def test_vectors_are_spelt_out() -> None:
    assert facts_of(0b101, PACK) == {name: bit in (0, 2) for bit, name in enumerate(PACK.facts)}


def test_every_element_has_its_fact_and_every_fact_is_documented() -> None:
    assert set(REGISTER.facts) == {element.value for element in Element}
    assert all(REGISTER.looked_at(name) for name in REGISTER.facts)


def test_a_fact_without_documentation_or_with_a_taken_name_is_refused() -> None:
    register = Register()

    def silent(admitted, circumstances, pack):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, ARG001
        return everywhere(admitted.rows, True)

    with pytest.raises(NarrowgateError) as raised:
        register.fact(silent)
    assert raised.value.code is ErrorCode.PACK_UNSOUND
    silent.__doc__ = "Looks at nothing."
    register.fact(silent)
    with pytest.raises(NarrowgateError):
        register.fact(silent)


def test_the_context_is_json() -> None:
    assert json.loads(json.dumps(MET)) == MET
