"""Every pack of the release: what its elements, settings, lists and words must be besides proved; and the guide."""

import importlib.util
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import ModuleType

import pytest

from narrowgate.domain.errors import ErrorCode, NarrowgateError
from narrowgate.domain.request import SUBJECT_COLUMNS
from narrowgate.domain.vocabulary import Attests, Element
from narrowgate.flow.editions import named
from narrowgate.flow.proving import proofs, require_examples, world
from narrowgate.law.compare import compare
from narrowgate.law.facts import REGISTER
from narrowgate.law.pack import FORM, IN_EVERY_PACK, ROOT, Pack, list_packs, load_pack, pack_from
from narrowgate.law.toml import ClosedList, PackText, StatuteText

DOCS = Path(__file__).parents[2] / "docs"
GUIDE = DOCS / "guide-add-a-pack.md"
PACKS = {name: load_pack(name) for name in list_packs()}
LISTS = {
    "court_order_valid": {"findings", "courts"},
    "authority_stated": {"no_authority"},
    "items_permitted": {"items"},
    "subject_role_stated": {"subject_roles"},
    "restricted_data_absent": {"blank_columns"},
}
"""Element to the closed lists that its fact compares with."""
NEEDS = {
    "name_stated": {"surname", "given_name"},
    "address_stated": {"address_line_1", "city", "state", "zip"},
    "taxable_period_stated": {"taxable_periods"},
    "case_stated": {"case_number", "case_opened"},
    "reason_stated": {"reason"},
    "officer_engaged": {"officer"},
    "subject_role_stated": {"x_subject_role"},
    "submission_stated": {"x_submitted_on"},
    "order_ground_stated": {"order_ground"},
    "order_final_and_elapsed": {"removal_order_date"},
}
"""Element to the columns that its fact reads."""

each_pack = pytest.mark.parametrize("pack", PACKS.values(), ids=PACKS)


def elements(pack: Pack) -> set[str]:
    return {rule.element for rule in pack.rules}


def test_these_are_the_packs() -> None:
    assert list(PACKS) == ["us.dppa.2721.b.3", "us.hipaa.164.512.f.2", "us.irc.6103.i.1", "us.irc.6103.i.2"]


@each_pack
def test_every_element_has_a_fact_that_says_what_it_looks_at(pack: Pack) -> None:
    assert elements(pack) <= set(REGISTER.facts)
    assert {rule.condition for rule in pack.rules if rule.condition} == set(pack.designated_by)
    assert elements(pack) >= {e.value for e in IN_EVERY_PACK}


@each_pack
def test_settings_and_lists_are_those_its_elements_need(pack: Pack) -> None:
    assert set(pack.text.allowed) == {word for e, words in LISTS.items() if e in elements(pack) for word in words}
    assert all(pack.text.allowed.values())
    assert (pack.designation is not None) == ("statute_designated" in elements(pack))
    assert pack.uses_periods == ("taxable_period_stated" in elements(pack))
    assert Attests.PERSONALLY_ENGAGED in pack.requires_attestations
    assert all(c in SUBJECT_COLUMNS or c.startswith("x_") for c in pack.text.columns)
    brought = {c for statute in pack.statutes for c in statute.columns}
    needed = {column for e, columns in NEEDS.items() if e in elements(pack) for column in columns}
    assert needed | {"row"} <= set(pack.text.columns) | brought


def test_every_list_is_one_that_a_fact_compares_with() -> None:
    assert {word for words in LISTS.values() for word in words} == set(ClosedList)


@each_pack
def test_an_element_quotes_the_law_it_cites_or_says_that_it_is_form(pack: Pack) -> None:
    for rule in pack.rules:
        cite, text = rule.citation.cite, rule.citation.text
        assert text.count("“") == text.count("”"), rule.element
        assert ("“" in text) == (cite != FORM), rule.element
        assert re.fullmatch(r"[^“]*(“[^“”]+”[^“]*)*", text), rule.element


@each_pack
def test_it_says_where_its_words_are_from_and_that_counsel_compares_them(pack: Pack) -> None:
    texts: list[PackText | StatuteText] = [pack.text, *pack.statutes]
    for text in texts:
        assert date.fromisoformat(text.edition) <= date(2026, 11, 20)
        assert any("not compared with an official print by us" in source for source in text.sources)
        assert text.disputed
        assert text.adverse
    assert pack.text.penalties
    assert pack.text.retention
    assert "form" in pack.text.rationale


@each_pack
def test_examples_are_told_apart_and_argued(pack: Pack) -> None:
    names = [example.name for example in pack.examples.examples]
    changes = [repr(example.changes) for example in pack.examples.examples]
    assert len(set(names)) == len(names)
    assert len(set(changes)) == len(changes)
    assert sum(1 for example in pack.examples.examples if not example.refused_under) >= 5
    assert all(example.why.endswith((".", ".”")) for example in pack.examples.examples)


def test_paragraphs_1_and_2_designate_by_the_same_lists() -> None:
    ones = [PACKS[f"us.irc.6103.i.{n}"] for n in (1, 2)]
    assert ones[0].designation == ones[1].designation


# --- mutants that are not of one element (law/mutants.py makes those) ------------------------------------------------

SCHEMA_SLIPS: dict[str, Callable[[str], str]] = {
    "no schema": lambda _text: "",
    "a fact more": lambda text: text.replace("  context: {\n", "  context: {\n    tin: Bool,\n"),
    "an entity more": lambda text: text + "entity Person;\n",
    "every fact optional": lambda text: text.replace(": Bool", "?: Bool"),
    "every fact a text": lambda text: text.replace(": Bool", ": String"),
    "another action": lambda text: text.replace('"disclose"', '"inspect"'),
}


@each_pack
@pytest.mark.parametrize("name", SCHEMA_SLIPS)
def test_an_altered_schema_does_not_load(pack: Pack, name: str) -> None:
    file = f"packs/{pack.id}/schema.cedarschema"
    altered = SCHEMA_SLIPS[name](pack.files[file].decode()).encode()
    assert altered != pack.files[file]
    with pytest.raises(NarrowgateError) as raised:
        pack_from(pack.id, {**pack.files, file: altered})
    assert raised.value.code is ErrorCode.PACK_UNSOUND


@each_pack
@pytest.mark.parametrize("element", IN_EVERY_PACK)
def test_no_pack_loads_without_what_every_gate_relies_on(pack: Pack, element: Element) -> None:
    policy, schema = f"packs/{pack.id}/policy.cedar", f"packs/{pack.id}/schema.cedarschema"
    forbid = re.compile(rf'@id\("{element}"\)\n.*?\}};\n', re.DOTALL)
    text = forbid.sub("", pack.files[policy].decode(), count=1)
    text = text.replace(f"  (context has {element} && context.{element} == true) &&\n", "")
    facts = pack.files[schema].decode().replace(f"    {element}: Bool,\n", "")
    with pytest.raises(NarrowgateError, match=f"no policy states {element}, which every pack has"):
        pack_from(pack.id, {**pack.files, policy: text.encode(), schema: facts.encode()})


def test_a_list_that_a_fact_compares_with_is_missed_by_the_examples() -> None:
    for pack in PACKS.values():
        for name in pack.text.allowed:
            allowed = {k: v for k, v in pack.text.allowed.items() if k != name}
            with pytest.raises(NarrowgateError, match="everything is met"):
                require_examples(replace(pack, text=replace(pack.text, allowed=allowed)))


# --- federal district courts -----------------------------------------------------------------------------------------

COURTS = [
    "United States District Court for the Eastern District of Virginia",
    "U.S. District Court, Eastern District of Virginia",
    "US District Court for the District of Columbia",
    "EASTERN DISTRICT OF VIRGINIA",
    "E.D. Va.",
    "E. D. Va",
    "D.D.C.",
    "D. Mass.",
    "S.D.N.Y.",
    "United States District Court for the Northern District of West Virginia",
    "United States District Court for the District of the Northern Mariana Islands",
    "United States District Court for the Northern Mariana Islands",
    "U.S. District Court for the Northern Mariana Islands",
    "District Court for the Northern Mariana Islands",
    "District Court of Guam",
    "United States District Court of Guam",
    "District Court of the Virgin Islands",
    "United States District Court for the Eastern District of Virginia, Alexandria Division",
    "UNITED STATES DISTRICT COURT FOR THE NORTHERN DISTRICT OF ILLINOIS, EASTERN DIVISION",
    "Northern District of Illinois Eastern Division",
    "W.D. Tex., Midland-Odessa Division",
    "Eastern District of Virginia (Newport News Division)",
]
NO_COURTS = [
    "Superior Court of the District of Columbia",
    "District of Columbia Court of Appeals",
    "Supreme Court of Virginia",
    "United States Court of Appeals for the Fourth Circuit",
    "United States Court of International Trade",
    "United States Bankruptcy Court for the Eastern District of Virginia",
    "Immigration Court, Arlington, Virginia",
    "District Court of Harris County, Texas",
    "Guam",
    "Superior Court of Guam",
    "Superior Court of the Virgin Islands",
    "Supreme Court of the Northern Mariana Islands",
    "Eastern District of North Carolina, General Court of Justice, Superior Court Division",
    "Eastern District of North Carolina, Superior Court Division",
    "Circuit Court of Cook County, Eastern Division",
    "Alexandria Division",
    "Division",
    "United States District Court",
    "Northern District of Virginia",
    "Eastern District of Virginia; Superior Court",
    "pending",
    "",
]


def order_is_met(court: str) -> bool:
    pack = PACKS["us.irc.6103.i.1"]
    admitted, around = world(pack, {"request": {"order": {"court": court}}})
    return bool(REGISTER.facts["court_order_valid"](admitted, around, pack)[0])


@pytest.mark.parametrize("court", COURTS)
def test_a_federal_district_court_by_any_of_its_names(court: str) -> None:
    assert order_is_met(court)


@pytest.mark.parametrize("court", NO_COURTS)
def test_another_court_grants_no_order(court: str) -> None:
    assert not order_is_met(court)


def test_there_are_94_districts_each_with_an_abbreviation() -> None:
    courts = PACKS["us.irc.6103.i.1"].allowed(ClosedList.COURTS)
    by_own_names = {court for court in courts if court.startswith("district court ")}
    assert len(by_own_names) == 3
    assert len(courts - by_own_names) == 2 * 94
    assert sum("district of" in court for court in courts) == 94


# --- the guide -------------------------------------------------------------------------------------------------------


def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("facts", DOCS / "generate" / "facts.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def test_the_guide_lists_the_facts_of_this_release() -> None:
    """``python docs/generate/facts.py`` makes the list anew."""
    text = GUIDE.read_text(encoding="utf-8")
    assert generator().page(text) == text
    assert all(f"| `{name}` |" in text for name in REGISTER.facts)


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """The pack of the guide, written as its reader would write it."""
    folder = tmp_path / "packs" / "us.example.1"
    folder.mkdir(parents=True)
    blocks = re.findall(r"<!-- file: (\S+) -->\n```\w+\n(.*?)```\n", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    for name, text in blocks:
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_the_pack_of_the_guide_is_proved(written: Path) -> None:
    pack = named(str(written))
    found = proofs(pack, 200, 1, lambda _stage, _done, _total: None)
    assert [proof.claim for proof in found if not proof.holds] == []


STATUTE = """id = "us.18.1001"
edition = "2026-11-20"
title = "Statements or entries generally"
citation = "18 USC 1001(a)"
designated_by = "designates_us_18_1001"
requires_attestations = []
columns = ["x_submitted_on"]
rationale = "For the guide's test."
sources = []
disputed = []
adverse = []
"""
FORBID = """@id("submission_stated")
@cite("18 USC 1001(a)(2)")
@text("“makes any materially false, fictitious, or fraudulent statement”: the day of the statement is stated")
@edition("2026-11-20")
forbid (principal is Agency, action == Action::"disclose", resource is Custodian)
"""
BROUGHT = """
[[example]]
name = "18 USC 1001 is designated, and the day of the statement stated"
why = "What it brings is there."
request = { criminal_statute = "18 USC 1001" }
row = { x_submitted_on = "2026-06-01" }
refused_under = []

[[example]]
name = "18 USC 1001 is designated, and no day of the statement stated"
why = "It brings one more element."
request = { criminal_statute = "18 USC 1001(a)(2)" }
refused_under = ["submission_stated"]
"""
LEFT = re.compile(r"<!-- left for i.2 -->\n(.*?)<!-- end -->", re.DOTALL)


def edited(folder: Path, file: str, old: str, new: str) -> None:
    """Writes a file of a pack anew."""
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new), encoding="utf-8")


def bring(folder: Path) -> None:
    """Adds the statute of the guide to a draft, step by step as the guide says."""
    guide = GUIDE.read_text(encoding="utf-8")
    offence = re.search(r"```toml\n(\[offence\]\n.*?)```", guide, re.DOTALL)
    condition = re.search(r"unless \{ (context has designates_us_18_1001 .*) \};", guide)
    assert offence
    assert condition
    statute = folder.parents[1] / "statutes" / "us.18.1001"
    statute.mkdir(parents=True)
    (statute / "statute.toml").write_text(STATUTE + offence[1], encoding="utf-8")
    (statute / "policy.cedar").write_text(f"{FORBID}unless {{ {condition[1]} }};\n", encoding="utf-8")
    brings = re.search(r"brings = \[(.*)\]", (folder / "pack.toml").read_text(encoding="utf-8"))
    assert brings
    listed = ", ".join(filter(None, (brings[1], '"us.18.1001"')))
    edited(folder, "pack.toml", brings[0], f"brings = [{listed}]")
    policy = (folder / "policy.cedar").read_text(encoding="utf-8")
    edited(folder, "policy.cedar", policy[policy.rindex("\n};") :], f" &&\n  ({condition[1]})\n}};\n")
    declared = "  context: {\n    submission_stated: Bool,\n    designates_us_18_1001: Bool,\n"
    edited(folder, "schema.cedarschema", "  context: {\n", declared)
    with (folder / "examples.toml").open("a", encoding="utf-8") as handle:
        handle.write(BROUGHT)


def test_a_statute_of_the_case_is_added_as_the_guide_says(written: Path) -> None:
    bring(written)
    pack = named(str(written))
    assert [rule.condition for rule in pack.rules if rule.condition] == ["designates_us_18_1001"]
    require_examples(pack)


def test_the_statute_of_the_guide_is_brought_into_an_edition_of_6103_i_2(tmp_path: Path) -> None:
    """What else the pack brings is found in the release; columns and attestations join by themselves."""
    folder = tmp_path / "packs" / "us.irc.6103.i.2"
    shutil.copytree(ROOT / "packs" / folder.name, folder)
    bring(folder)
    pack = named(str(folder))
    assert {rule.condition for rule in pack.rules} == {"", "designates_us_8_1253_a_1", "designates_us_18_1001"}
    require_examples(pack)
    assert "x_submitted_on" in pack.columns("18 USC 1001")
    assert "x_submitted_on" not in pack.columns("8 USC 1253")
    settings = compare(PACKS[pack.id], pack).lines()
    assert "setting: brings: with us.18.1001" in settings


def test_the_guide_names_what_is_left_to_bring_into_6103_i_2() -> None:
    found = LEFT.search(GUIDE.read_text(encoding="utf-8"))
    assert found
    assert set(re.findall(r"`(\w+)`", found[1])) == set(REGISTER.facts) - elements(PACKS["us.irc.6103.i.2"])
