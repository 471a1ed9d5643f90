"""Which file and which line an unsound pack is named by, where the slip is in a policy, a file or a setting."""

import re

import pytest
from test_law_proofs import EXAMPLES, OWN, PACK, POLICY, SCHEMA, STATUTE, STATUTE_POLICY, TOML, with_file

from narrowgate.domain.decision import Citation
from narrowgate.domain.errors import ErrorCode, NarrowgateError
from narrowgate.domain.vocabulary import Element
from narrowgate.law.cedar import ask
from narrowgate.law.pack import pack_from
from narrowgate.law.prove import unmet

SCOPE = '(principal is Agency, action == Action::"disclose", resource is Custodian)'
PERMIT, CASE = '@id("permit")\n', '@id("case_stated")\n'
FORBIDS_CASE = CASE + PACK.files[POLICY].decode().split(CASE)[1].split("\n\n")[0]
PERMITS = PACK.files[POLICY].decode().split(PERMIT)[1]
GROUND = "context has order_ground_stated && context.order_ground_stated == true"
BAD: dict[str, tuple[str, str, str, str, str]] = {
    # name: (file, text of it, what stands in its place, what the named line begins with, what the error says)
    "an element twice, the second set in": (
        POLICY,
        PERMIT,
        f"  {FORBIDS_CASE}\n{PERMIT}",
        '  @id("case_stated")',
        "a second policy states case_stated",
    ),
    "no id, behind policies with one": (
        POLICY,
        PERMIT,
        f"forbid (principal, action, resource) unless {{ true }};\n{PERMIT}",
        "forbid (principal, action",
        "expected the id of an element, got ''",
    ),
    "an annotation more": (
        POLICY,
        CASE,
        f'{CASE}@note("x")\n',
        CASE,
        "case_stated must be annotated with id, cite, text and edition alone",
    ),
    "another edition": (
        POLICY,
        FORBIDS_CASE,
        FORBIDS_CASE.replace("2026-11-20", "2026-06-30"),
        CASE,
        "case_stated is of another edition than the pack",
    ),
    "a statute of another edition": (
        STATUTE,
        'edition = "2026-11-20"',
        'edition = "2026-06-30"',
        "",
        "order_ground_stated is of another edition than the pack",
    ),
    "three annotations too few": (
        POLICY,
        FORBIDS_CASE,
        f"{CASE}forbid {SCOPE};",
        CASE,
        "case_stated has no cite and no edition and no text",
    ),
    "a permit of another name": (POLICY, PERMIT, '@id("permits")\n', '@id("permits")', "the permit does not have the"),
    "a permit of everybody": (
        POLICY,
        f"permit {SCOPE}",
        "permit (principal, action, resource)",
        PERMIT,
        "the permit does not have the one shape that is allowed",
    ),
    "a permit of two conditions": (
        POLICY,
        "\nwhen {",
        "\nwhen { true } when {",
        PERMIT,
        "the permit does not have the one shape that is allowed",
    ),
    "a permit by exception": (
        POLICY,
        "\nwhen {",
        "\nunless {",
        PERMIT,
        "in their order: expected row_well_formed behind when {",
    ),
    "a permit of one condition": (
        POLICY,
        PERMITS,
        f"permit {SCOPE}\nwhen {{ true }};\n",
        PERMIT,
        "in their order: expected row_well_formed behind when {",
    ),
    "an element nobody knows, behind a policy set in": (
        POLICY,
        f'{FORBIDS_CASE}\n\n@id("purpose_exclusive")',
        f'  {FORBIDS_CASE}\n\n@id("purpose_known")',
        '@id("purpose_known")',
        "expected the id of an element, got 'purpose_known'",
    ),
    "what is no policy above the first": (POLICY, "// 26", "forbit // 26", "forbit", "the policies cannot be parsed"),
    "a second permit before the first": (
        POLICY,
        CASE,
        f'@id("more")\npermit {SCOPE};\n{CASE}',
        PERMIT,
        "expected one permit, got 2",
    ),
    "a conditional of the pack's own element": (
        STATUTE_POLICY,
        '@id("order_ground_stated")',
        '@id("name_stated")',
        '@id("name_stated")',
        "name_stated is stated again: the pack has it, or another statute that it brings",
    ),
    "periods that nothing asks for": (
        TOML,
        "uses_periods = true",
        "uses_periods = false",
        "id =",
        "uses_periods is",
    ),
    "an engagement that nobody attests": (
        TOML,
        'requires_attestations = ["personally_engaged"]',
        "requires_attestations = []",
        "id =",
        "officer_engaged is an element, and requires_attestations has no personally_engaged",
    ),
    "a schema that is none": (SCHEMA, "entity Agency;", "entity;", "entity;", "the schema cannot be parsed"),
    "a fact that is a text, behind a principal without brackets": (
        SCHEMA,
        PACK.files[SCHEMA].decode(),
        PACK.files[SCHEMA].decode().replace("[Agency]", "Agency").replace("case_stated: Bool", "case_stated: String"),
        "    case_stated: String",
        "use: not Bool, or optional: case_stated",
    ),
    "no example that passes": (EXAMPLES, "refused_under = []", 'refused_under = ["x"]', "#", "no example passes"),
}
IN_STATUTE = {"a conditional of the pack's own element": (GROUND, GROUND.replace("order_ground_stated", "name_stated"))}
EVERYWHERE = {"no example that passes"}
"""Names of the slips that are made wherever the text stands."""


def slipped(name: str) -> dict[str, bytes]:
    """The files of the pack with one slip."""
    file, old, new, _, _ = BAD[name]
    files = with_file(file, old, new)
    for before, after in [IN_STATUTE[name]] if name in IN_STATUTE else [(old, new)] if name in EVERYWHERE else []:
        files[file] = files[file].replace(before.encode(), after.encode())
    return files


@pytest.mark.parametrize("name", BAD)
def test_the_line_of_the_slip_is_named(name: str) -> None:
    file, _, _, begins, says = BAD[name]
    files = slipped(name)
    named = STATUTE_POLICY if file == STATUTE else file
    lines = files[named].decode().splitlines()
    begins = begins or '@id("order_ground_stated")'
    line = next(number for number, text in enumerate(lines, 1) if text.startswith(begins.strip("\n")))
    with pytest.raises(NarrowgateError) as raised:
        pack_from(PACK.id, files)
    assert raised.value.code is ErrorCode.PACK_UNSOUND
    assert raised.value.message.startswith(f"{named}, line {line}: ")
    assert says in raised.value.message


FILES = (POLICY, TOML, EXAMPLES, SCHEMA, STATUTE, STATUTE_POLICY)


@pytest.mark.parametrize("file", FILES)
def test_a_file_that_is_missing_is_named(file: str) -> None:
    with pytest.raises(NarrowgateError, match=f"^{re.escape(file)}, line 1: the file is missing"):
        pack_from(PACK.id, {name: text for name, text in PACK.files.items() if name != file})


@pytest.mark.parametrize("file", [*FILES, f"{OWN}/notes.txt"])
def test_bytes_that_are_no_text_are_named_by_their_line(file: str) -> None:
    with pytest.raises(NarrowgateError, match=f"^{re.escape(file)}, line 3: expected UTF-8"):
        pack_from(PACK.id, {**PACK.files, file: b"a\nb\n\xff\n"})


def test_a_file_without_a_policy_is_named_by_its_first_line() -> None:
    with pytest.raises(NarrowgateError, match=f"^{re.escape(POLICY)}, line 1: expected one permit, got 0"):
        pack_from(PACK.id, {**PACK.files, POLICY: b"// nothing\n"})


def test_policies_without_a_permit_are_named_by_the_first() -> None:
    text = PACK.files[POLICY].decode()
    line = text.splitlines().index('@id("row_well_formed")') + 1
    with pytest.raises(NarrowgateError, match=f"^{re.escape(POLICY)}, line {line}: expected one permit, got 0"):
        pack_from(PACK.id, {**PACK.files, POLICY: text.split(PERMIT)[0].encode()})


def test_a_rule_cites_what_its_policy_says() -> None:
    own, brought = (f"packs/{PACK.id}", "2 USC 1"), ("statutes/us.8.1253.a.1", "3 USC 1")
    files = dict(PACK.files)
    for (folder, cite), element in ((own, "case_stated"), (brought, "order_ground_stated")):
        policy = f"{folder}/policy.cedar"
        annotated = rf'@id\("{element}"\)\n@cite\(".*"\)\n@text\(".*"\)'
        said = f'@id("{element}")\n@cite("{cite}")\n@text("words of {element}")'
        files[policy] = re.sub(annotated, said, files[policy].decode()).encode()
    cited = pack_from(PACK.id, files).citations
    assert Citation(Element.CASE_STATED, "2 USC 1", "words of case_stated") in cited
    assert Citation(Element.ORDER_GROUND_STATED, "3 USC 1", "words of order_ground_stated") in cited
    assert len(cited) == len(PACK.citations)


def test_the_second_opinion_refuses_under_every_fact_that_is_missing() -> None:
    assert unmet(PACK.rules, {}) == tuple(sorted(rule.element for rule in PACK.rules))


def test_a_pack_asks_cedar_by_its_schema() -> None:
    met = dict.fromkeys(PACK.facts, True)
    without = {fact: True for fact in PACK.facts if fact != "name_stated"}
    said = ask(pack_from(PACK.id, PACK.files).engine, "agency", "agency", [met, without, {**met, "tin": True}])
    assert [(one.allowed, one.failed) for one in said] == [(True, False), (False, True), (False, True)]
