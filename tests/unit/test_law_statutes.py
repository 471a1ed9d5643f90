"""A statute of the case, brought into an edition of 26 USC 6103(i)(2): with prongs, without, and written badly."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from narrowgate.domain.errors import ErrorCode, NarrowgateError
from narrowgate.domain.vocabulary import Attests
from narrowgate.flow.proving import require_examples, world
from narrowgate.law.acts import meet
from narrowgate.law.facts import REGISTER
from narrowgate.law.facts.requester import reaches
from narrowgate.law.pack import Pack, list_packs, load_pack, pack_from
from narrowgate.law.statutes import WHOLE, designated

RELEASED = load_pack("us.irc.6103.i.2")
OWN = f"packs/{RELEASED.id}"
WHOLE_OFFENCE = 'title = 8\nsection = "1306"\nparagraph = ["c"]\nno_offence = [["d"]]\n'
WITH_PRONGS = """title = 18
section = "1001"
paragraph = ["a"]
unnamed = "1"
elapsed_days = { 1 = 0, 2 = 0 }
no_offence = [["b"], ["c"]]
"""


def statute(name: str, offence: str, element: str) -> dict[str, bytes]:
    """The files of a statute of the case that brings one element."""
    fact = f"designates_{name.replace('.', '_')}"
    toml = f"""id = "{name}"
edition = "{RELEASED.edition}"
title = "A statute of the case"
citation = "made up for a test"
designated_by = "{fact}"
requires_attestations = ["no_proper_steps"]
columns = ["x_submitted_on"]
rationale = "For a test."
sources = []
disputed = []
adverse = []

[offence]
{offence}"""
    policy = f"""@id("{element}")
@cite("a statute of the case")
@text("“files an application”")
@edition("{RELEASED.edition}")
forbid (principal is Agency, action == Action::"disclose", resource is Custodian)
unless {{ {brought(fact, element)} }};
"""
    return {f"statutes/{name}/statute.toml": toml.encode(), f"statutes/{name}/policy.cedar": policy.encode()}


def brought(fact: str, element: str) -> str:
    """The condition of an element that a statute brings."""
    return f"context has {fact} && (context.{fact} == false || (context has {element} && context.{element} == true))"


def bringing(name: str, offence: str, cited: str, element: str = "submission_stated") -> Pack:
    """An edition of 6103(i)(2) that brings one statute more, as the guide says, and that a request may cite."""
    fact = f"designates_{name.replace('.', '_')}"
    policy, schema, toml, examples = (
        RELEASED.files[f"{OWN}/{n}"].decode()
        for n in ("policy.cedar", "schema.cedarschema", "pack.toml", "examples.toml")
    )
    last = policy.rindex("\n};")
    example = f"""
[[example]]
name = "the statute is designated, and what it brings is missing"
why = "A statute of the case brings its own elements."
request = {{ criminal_statute = "{cited}" }}
refused_under = ["{element}"]
"""
    files: Mapping[str, str] = {
        f"{OWN}/policy.cedar": f"{policy[:last]} &&\n  ({brought(fact, element)}){policy[last:]}",
        f"{OWN}/schema.cedarschema": schema.replace(
            "context: {\n", f"context: {{\n {element}: Bool,\n {fact}: Bool,\n"
        ),
        f"{OWN}/pack.toml": toml.replace('brings = ["us.8.1253.a.1"]', f'brings = ["us.8.1253.a.1", "{name}"]'),
        f"{OWN}/examples.toml": examples + example,
    }
    changed = {file: text.encode() for file, text in files.items()}
    assert all(changed[file] != RELEASED.files[file] for file in changed)
    return pack_from(RELEASED.id, {**RELEASED.files, **changed, **statute(name, offence, element)})


@pytest.fixture(scope="module")
def without_prongs() -> Pack:
    return bringing("us.8.1306.c", WHOLE_OFFENCE, "8 USC 1306(c)")


@pytest.fixture(scope="module")
def with_prongs() -> Pack:
    return bringing("us.18.1001", WITH_PRONGS, "18 USC 1001(a)(2)")


def test_the_examples_of_both_hold(without_prongs: Pack, with_prongs: Pack) -> None:
    require_examples(without_prongs)
    require_examples(with_prongs)


NOT_PRONGED = {
    # what is cited: (whether it designates, whether the offence is designated)
    "8 USC 1306(c)": (True, True),
    "8 U.S.C. § 1306(C)": (True, True),
    "8 USC 1306(c)(1)": (True, True),
    "8 USC 1306(c)(1)(A)": (True, True),
    "8 USC 1306": (True, True),
    "18 USC 1542; 8 USC 1306(c)": (True, True),
    "8 USC 1306(a)": (True, False),
    "8 USC 1306(d)": (False, False),
    "8 USC 1305(c)": (False, False),
    "18 USC 1306(c)": (True, False),
}


@pytest.mark.parametrize("text", NOT_PRONGED)
def test_an_offence_without_prongs_is_designated_whole(text: str, without_prongs: Pack) -> None:
    judged = designated(text, without_prongs.designation, without_prongs.offences)
    designates, reached = NOT_PRONGED[text]
    assert judged.designates == designates
    assert judged.prongs == ((("us.8.1306.c", WHOLE),) if reached else ())
    assert (Attests.NO_PROPER_STEPS in without_prongs.attestations(text)) == reached
    assert ("x_submitted_on" in without_prongs.columns(text)) == reached


PRONGED = {
    "18 USC 1001": (True, "1"),
    "18 USC 1001(a)": (True, "1"),
    "18 USC 1001(a)(2)": (True, "2"),
    "18 USC 1001(a)(3)": (False, ""),  # is not listed
    "18 USC 1001(a)(2)(A)": (False, ""),
    "18 USC 1001(b)": (False, None),
    "18 USC 1001(d)": (True, None),
}


@pytest.mark.parametrize("text", PRONGED)
def test_a_prong_that_is_not_listed_designates_nothing_and_brings_its_elements(text: str, with_prongs: Pack) -> None:
    judged = designated(text, with_prongs.designation, with_prongs.offences)
    designates, prong = PRONGED[text]
    assert judged.designates == designates
    assert judged.prongs == (() if prong is None else (("us.18.1001", prong),))


def is_stayed(pack: Pack, stayed: str, designates: str) -> bool:
    """Whether a court's stay of a statute meets a request that designates one."""
    admitted, around = world(pack, {"request": {"criminal_statute": designates}, "custodian": {"stayed": True}})
    return reaches(replace(around.stays[0], statute=stayed), admitted, pack)


STAYED = {
    # (the court's words, the request's): whether the stay meets it
    ("8 USC 1306(c)", "8 USC 1306(c)"): True,
    ("8 USC 1306(c)", "8 USC 1306"): True,
    ("8 USC 1306", "8 USC 1306(c)"): True,
    ("8 USC 1306(a)", "8 USC 1306"): True,
    ("8 USC 1306(a)", "8 USC 1306(c)"): False,
    ("8 USC 1253(a)(1)", "8 USC 1253(a)(1)(B)"): True,
    ("8 USC 1253", "INA 243(a)(1)(D)"): True,
    ("INA 243", "8 USC 1253(a)(1)(C)"): True,
    ("INA 243(a)(1)", "8 USC 1253(a)(1)(B)"): True,
    ("8 USC 1253", "8 USC 1253(b)"): True,
    ("INA 243", "8 USC 1253(b)"): True,
    ("8 USC 1253(a)(1)(B)", "8 USC 1253(a)(1)"): True,  # names no prong: it may be any
    ("8 USC 1253(a)(1)(B)", "INA 243"): True,
    ("8 USC 1253(a)(1)(B)", "8 USC 1253(a)(1)(C)"): False,
    ("8 USC 1253(a)(1)", "8 USC 1253(b)"): False,
    ("8 USC 1253(a)(1)", "18 USC 1546; INA 243(a)(1)(D)"): True,
    ("INA 237", "8 USC 1227(a)"): True,
    ("INA 276", "8 USC 1326"): True,  # whose number in the Code is not known here
    ("8 USC 1326", "INA 276"): True,
    ("INA 276", "18 USC 1546"): True,
    ("INA 276", "INA 275"): False,
    ("8 USC 1253(a)(1)(A)", "8 USC 1253"): True,
    ("99 USC 1", "18 USC 1001"): True,  # cannot be read
}


@pytest.mark.parametrize("pair", STAYED)
def test_a_stay_reaches_all_that_lies_beneath_what_the_court_names(pair: tuple[str, str], without_prongs: Pack) -> None:
    assert is_stayed(without_prongs, *pair) == STAYED[pair]


BASES = tuple(load_pack(name) for name in list_packs())
NONE_BROUGHT = replace(RELEASED, statutes=())


@pytest.mark.parametrize("pack", [*BASES, NONE_BROUGHT], ids=lambda pack: f"{pack.id} with {len(pack.statutes)}")
@pytest.mark.parametrize("prong", ["", "(A)", "(B)", "(C)", "(D)"])
@pytest.mark.parametrize("stayed", ["8 USC 1253", "8 USC 1253(a)", "8 USC 1253(a)(1)", "INA 243(a)(1)"])
def test_code_and_act_are_one_on_every_basis_whatever_it_brings(pack: Pack, prong: str, stayed: str) -> None:
    for designates in (f"8 USC 1253(a)(1){prong}", f"INA 243(a)(1){prong}"):
        assert meet(stayed, designates, pack)
        assert meet(designates, stayed, pack)
    assert not meet(stayed, "18 USC 1546", pack)
    assert not meet(stayed, "INA 237", pack)


def test_a_section_with_two_offences_is_stayed_by_either(with_prongs: Pack) -> None:
    first = with_prongs.statutes[-1]
    offence = replace(first.offence, paragraph=("b",), no_offence=())
    second = replace(first, id="us.18.1001.b", designated_by="designates_us_18_1001_b", offence=offence)
    pack = replace(with_prongs, statutes=(*with_prongs.statutes, second))
    assert is_stayed(pack, "18 USC 1001(a)(1)", "18 USC 1001")
    assert is_stayed(pack, "18 USC 1001(b)(2)", "18 USC 1001")
    assert is_stayed(pack, "18 USC 1001(b)(1)", "18 USC 1001(b)")
    assert not is_stayed(pack, "18 USC 1001(a)", "18 USC 1001(b)(1)")


def test_where_no_days_are_stated_no_order_is_final_and_elapsed() -> None:
    """The fact asks for the term of 8 USC 1253(a)(1): an edition of that statute without prongs has none."""
    named = RELEASED.statutes[0]
    none = replace(named, offence=replace(named.offence, unnamed="", elapsed_days={}))
    for statutes in ((none,), ()):
        pack = replace(RELEASED, statutes=statutes)
        met = REGISTER.facts["order_final_and_elapsed"](*world(pack, {}), pack)
        assert not met.any()
    assert REGISTER.facts["order_final_and_elapsed"](*world(RELEASED, {}), RELEASED).all()


def test_a_statute_brings_no_element_that_the_pack_has() -> None:
    with pytest.raises(NarrowgateError, match=r"line 1: name_stated is stated again: the pack has it, or another"):
        bringing("us.8.1306.c", WHOLE_OFFENCE, "8 USC 1306(c)", "name_stated")


BAD: dict[str, tuple[str, str, str, str]] = {
    # (old, new, what it says, the key whose line it names)
    "prongs, and none that is read unnamed": ('unnamed = "1"\n', "", "go together", "elapsed_days"),
    "a prong read unnamed, and no prongs": ("elapsed_days = { 1 = 0, 2 = 0 }\n", "", "go together", "unnamed"),
    "a blank prong": ('unnamed = "1"', 'unnamed = ""', "a prong that elapsed_days lists (1, 2), got ''", "unnamed"),
    "a prong that is not listed": (
        'unnamed = "1"',
        'unnamed = "3"',
        "expected unnamed to be a prong that elapsed_days lists (1, 2), got '3'",
        "unnamed",
    ),
    "no prong listed": ("{ 1 = 0, 2 = 0 }", "{}", "a prong that elapsed_days lists (none), got '1'", "unnamed"),
    "days below 0": ("2 = 0", "2 = -91", "below 0", "elapsed_days"),
    "days that are a text": ("2 = 0", '2 = "0"', "expected 2 to be of type int", "elapsed_days"),
    "a paragraph that no citation is read as": (
        'paragraph = ["a"]',
        'paragraph = ["A"]',
        "paragraph comes to 18 USC 1001(A), which is read as 18 USC 1001(a)",
        "paragraph",
    ),
    "a paragraph with its parentheses": ('["a"]', '["(a)"]', "which is no citation of the Code", "paragraph"),
    "a prong that no citation is read as": (
        'unnamed = "1"\nelapsed_days = { 1 = 0, 2 = 0 }',
        'unnamed = "A"\nelapsed_days = { A = 0 }',
        "elapsed_days comes to 18 USC 1001(a)(A), which is read as 18 USC 1001(a)(a)",
        "elapsed_days",
    ),
    "what is no offence, as no citation is read": (
        '["b"]',
        '["B"]',
        "no_offence comes to 18 USC 1001(B)",
        "no_offence",
    ),
    "a title that the Code has not": ("title = 18", "title = 55", "which is no citation of the Code", "paragraph"),
    "a section in capitals": ('"1001"', '"1001A"', "which is read as 18 USC 1001a(a)", "paragraph"),
    "a section that is none": ('"1001"', '"1001 et seq"', "which is no citation of the Code", "paragraph"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_offence_is_named_with_its_line(name: str) -> None:
    old, new, says, key = BAD[name]
    assert old in WITH_PRONGS
    offence = WITH_PRONGS.replace(old, new)
    with pytest.raises(NarrowgateError) as raised:
        bringing("us.18.1001", offence, "18 USC 1001(a)(2)")
    lines = statute("us.18.1001", offence, "submission_stated")["statutes/us.18.1001/statute.toml"].decode()
    offending = lines.splitlines().index("[offence]")
    line = next(n for n, text in enumerate(lines.splitlines(), 1) if n > offending and text.startswith(key))
    assert raised.value.code is ErrorCode.PACK_UNSOUND
    assert raised.value.message.startswith(f"statutes/us.18.1001/statute.toml, line {line}: ")
    assert says in raised.value.message
