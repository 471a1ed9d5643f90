"""What pack prove proves: examples, oracle, mutants; and that every error of a pack names its file and line."""

import pytest

from narrowgate.domain.errors import ErrorCode, NarrowgateError
from narrowgate.flow.proving import proofs, require_examples, tried
from narrowgate.law import oracle
from narrowgate.law.mutants import mutants
from narrowgate.law.pack import IN_EVERY_PACK, Pack, list_packs, load_pack, pack_from
from narrowgate.law.prove import unmet

PACK = load_pack("us.irc.6103.i.2")
OWN = f"packs/{PACK.id}"
POLICY, TOML, EXAMPLES, SCHEMA = (
    f"{OWN}/{n}" for n in ("policy.cedar", "pack.toml", "examples.toml", "schema.cedarschema")
)
STATUTE = "statutes/us.8.1253.a.1/statute.toml"
STATUTE_POLICY = "statutes/us.8.1253.a.1/policy.cedar"


def quiet(_stage: str, _done: int, _total: int) -> None:
    """Shows nothing."""


@pytest.mark.parametrize("name", list_packs())
def test_every_example_of_every_pack_holds(name: str) -> None:
    require_examples(load_pack(name))


@pytest.mark.long
@pytest.mark.parametrize("name", list_packs())
def test_everything_is_proved_of_every_pack(name: str) -> None:
    found = proofs(load_pack(name), 10_000, 7, quiet)
    assert [proof.claim for proof in found if not proof.holds] == []
    assert len(found) == 4


@pytest.mark.parametrize("name", list_packs())
def test_each_element_has_its_mutants(name: str) -> None:
    pack = load_pack(name)
    made = list(mutants(pack))
    for rule in pack.rules:
        assert len([m for m in made if m.element == rule.element]) >= 20
    assert all(m.files != pack.files for m in made)


def with_file(file: str, old: str, new: str) -> dict[str, bytes]:
    text = PACK.files[file].decode()
    assert old in text
    return {**PACK.files, file: text.replace(old, new, 1).encode()}


def edited(file: str, old: str, new: str) -> Pack:
    return pack_from(PACK.id, with_file(file, old, new))


def test_an_element_deleted_everywhere_loads_and_its_example_speaks_against_it() -> None:
    weak = [m for m in mutants(PACK) if m.what == "deleted from forbid, permit and schema"]
    assert len(weak) == len(PACK.rules)
    for mutant in weak:
        if mutant.element in {*IN_EVERY_PACK, "taxable_period_stated"}:
            with pytest.raises(NarrowgateError, match=r"which every pack has|uses_periods is true"):
                pack_from(PACK.id, mutant.files)
            continue
        changed = pack_from(PACK.id, mutant.files)
        assert mutant.element not in {r.element for r in changed.rules}
        with pytest.raises(NarrowgateError, match=f"expected .*{mutant.element}.*, got "):
            require_examples(changed)


def test_the_oracle_reads_what_the_proofs_read() -> None:
    for name in list_packs():
        pack = load_pack(name)
        assert sorted(oracle.elements(pack.files)) == sorted((r.element, r.condition) for r in pack.rules)


def test_the_oracle_cites_what_is_missing_false_or_unknown() -> None:
    stated = oracle.elements(PACK.files)
    assert oracle.refused_under(stated, {}) == sorted(r.element for r in PACK.rules)
    facts = dict.fromkeys(PACK.facts, True)
    assert oracle.refused_under(stated, facts) == []
    without = {**facts, "case_stated": False, "order_ground_stated": False}
    assert oracle.refused_under(stated, without) == ["case_stated", "order_ground_stated"]
    elsewhere = {**without, "designates_us_8_1253_a_1": False}
    assert oracle.refused_under(stated, elsewhere) == ["case_stated"]
    assert oracle.refused_under(stated, elsewhere) == list(unmet(PACK.rules, elsewhere))


CITES = next(line for line in PACK.files[POLICY].decode().splitlines() if line.startswith('@cite("5 USC 705'))
WORDS = next(rule.citation.text for rule in PACK.rules if rule.element == "not_stayed")
IN_PERMIT = {
    name: f"  (context has {fact} && context.{fact} == true) &&\n"
    for name, fact in (("case", "case_stated"), ("purpose", "purpose_exclusive"))
}
CASE, STAYED, PERMIT = '@id("case_stated")', '@id("not_stayed")', '@id("permit")'
BAD: dict[str, tuple[str, str, str, str, str]] = {
    "an attribute nobody knows": (POLICY, CASE, '@id("case_known")', "expected the id of an element", "case_known"),
    "no citation": (POLICY, f"{CITES}\n", "", "not_stayed has no cite", STAYED),
    "a blank citation": (POLICY, CITES, '@cite(" ")', "not_stayed has no cite", STAYED),
    "no words": (POLICY, f'@text("{WORDS}")\n', "", "not_stayed has no text", STAYED),
    "or for and in the permit": (
        POLICY,
        "context.case_stated == true) &&",
        "context.case_stated == true) ||",
        "in their order: expected && between them, got ||",
        PERMIT,
    ),
    "an element of the permit misspelt": (
        POLICY,
        IN_PERMIT["case"],
        IN_PERMIT["case"].replace("has case_stated", "has case_started"),
        "expected case_stated behind officer_engaged, where it is missing, or not of the one shape",
        PERMIT,
    ),
    "an element that the permit is without": (
        POLICY,
        IN_PERMIT["case"],
        "",
        "expected case_stated behind officer_engaged, where it is missing, or not of the one shape",
        PERMIT,
    ),
    "an element of the permit in another place": (
        POLICY,
        IN_PERMIT["case"] + IN_PERMIT["purpose"],
        IN_PERMIT["purpose"] + IN_PERMIT["case"],
        "expected case_stated behind officer_engaged, where it stands elsewhere",
        PERMIT,
    ),
    "an element of a statute that the permit is without": (
        POLICY,
        "(context has order_ground_stated && context.order_ground_stated == true)",
        "true",
        "expected order_ground_stated behind ",
        PERMIT,
    ),
    "an element of the permit twice": (
        POLICY,
        "when {\n",
        f"when {{\n{IN_PERMIT['case']}",
        "expected row_well_formed behind when {, where it stands elsewhere",
        PERMIT,
    ),
    "more in the permit than elements": (
        POLICY,
        "context.willfulness_attested == true)))\n",
        "context.willfulness_attested == true))) &&\n  context.tin\n",
        "expected nothing behind willfulness_attested",
        PERMIT,
    ),
    "or for and in a forbid": (
        POLICY,
        "context has case_stated && context.case_stated",
        "context has case_stated || context.case_stated",
        "case_stated does not have the one shape",
        CASE,
    ),
    "no Cedar": (POLICY, "{ context has case_stated &&", "{ context has case_stated &", "cannot be parsed", CASE),
    "a template": (POLICY, "(principal is Agency", "(principal == ?principal", "got templates", "?principal"),
    "a second permit": (
        POLICY,
        PERMIT,
        f'@id("more")\npermit (principal, action, resource);\n{PERMIT}',
        "expected one permit, got 2",
        PERMIT,
    ),
    "an attribute more": (
        SCHEMA,
        "    case_stated: Bool,",
        "    tin: Bool,\n    case_stated: Bool,",
        "exactly the facts that the policies use: too many: tin",
        "tin:",
    ),
    "an attribute of another type": (
        SCHEMA,
        "case_stated: Bool",
        "case_stated: String",
        "use: not Bool, or optional: case_stated",
        "String",
    ),
    "an attribute that may be absent": (
        SCHEMA,
        "case_stated: Bool",
        "case_stated?: Bool",
        "use: not Bool, or optional: case_stated",
        "case_stated?",
    ),
    "an attribute less, and another misspelt": (
        SCHEMA,
        "    address_stated: Bool,\n    authority_stated: Bool,\n",
        "    adress_stated: Bool,\n",
        "use: missing: address_stated, authority_stated; too many: adress_stated",
        "adress_stated",
    ),
    "an entity more": (
        SCHEMA,
        "entity Agency;",
        "entity Agency; entity Person;",
        "other entities or actions",
        "entity",
    ),
    "a key of another type": (TOML, "uses_periods = true", "uses_periods = 1", "of type bool", "uses_periods"),
    "a key nobody knows": (TOML, "uses_periods = true", "uses_periods = true\nwaives = 1", "nobody knows", "waives"),
    "a key that is missing": (TOML, "retention = ", "# ", "retention is missing", "id = "),
    "a column that no file has": (
        TOML,
        '"surname", ',
        '"surname", "ssn", ',
        "columns has 'ssn', which no",
        "columns =",
    ),
    "a column of ours without a name": (
        TOML,
        '"surname", ',
        '"surname", "x_", ',
        "columns has 'x_', which",
        "columns =",
    ),
    "a column in capitals": (TOML, '"surname", ', '"surname", "Zip", ', "columns are row, surname, ", "columns ="),
    "a column twice": (TOML, '"surname", ', '"surname", "surname", ', "columns has surname twice", "columns ="),
    "no column of officers": (TOML, '"officer", ', "", "without officer, which every basis wants", "columns ="),
    "no column of labels": (TOML, '["row", ', "[", "columns is without row, which every basis wants", "columns ="),
    "a column of a statute that no file has": (
        STATUTE,
        '"order_ground"]',
        '"order_grounds"]',
        "columns has 'order_grounds', which no file has",
        "columns =",
    ),
    "a list that no fact compares with": (
        TOML,
        "[allowed]\n",
        '[allowed]\nfinding = ["criminal_act"]\n',
        "no fact compares with a list finding; lists are subject_roles, items, ",
        "finding =",
    ),
    "a blank column that no file has": (
        TOML,
        "[allowed]\n",
        '[allowed]\nblank_columns = ["ssn"]\n',
        "blank_columns has 'ssn', which no file has",
        "blank_columns =",
    ),
    "a blank column in capitals": (
        TOML,
        "[allowed]\n",
        '[allowed]\nblank_columns = ["x_SSN"]\n',
        "expected blank_columns in lower case, got 'x_SSN'",
        "blank_columns =",
    ),
    "an authority that is no citation": (
        TOML,
        'no_authority = ["26 USC 6103"]',
        'no_authority = ["section 6103"]',
        "expected no_authority to list whole sections as TITLE USC SECTION, got 'section 6103'",
        "no_authority =",
    ),
    "a part of a section, of which the rest would count": (
        TOML,
        'no_authority = ["26 USC 6103"]',
        'no_authority = ["26 USC 6103(i)(2)"]',
        "got '26 USC 6103(i)(2)'",
        "no_authority =",
    ),
    "a title that the Code has not": (
        TOML,
        "{ title = 28,",
        "{ title = 82,",
        "82 USC 1, which is no citation",
        "never_",
    ),
    "a section as no citation is read": (
        TOML,
        '"2000e"',
        '"2000E"',
        "which is read as 42 USC 2000e",
        "never_sections =",
    ),
    "the same title in two entries": (
        TOML,
        "    { title = 31, sections",
        "    { title = 18, sections",
        "never_sections has title 18 twice",
        "never_sections =",
    ),
    "a civil subdivision as no citation is read": (
        TOML,
        '"13106", below = [["a", "1"]]',
        '"13106", below = [["A", "1"]]',
        "below comes to 5 USC 13106(A)(1), which is read as 5 USC 13106(a)(1)",
        "civil =",
    ),
    "a civil subdivision that is the whole section": (
        TOML,
        '"1325", below = [["b"]]',
        '"1325", below = [[]]',
        "expected below to list subdivisions of the section, got none",
        "civil =",
    ),
    "no civil subdivision": (
        TOML,
        '"1325", below = [["b"]]',
        '"1325", below = []',
        "expected below to list subdivisions of the section, got none",
        "civil =",
    ),
    "an exception as no citation is read": (
        STATUTE,
        '["a", "1", "E", "iii"]',
        '["a", "1", "e", "iii"]',
        "below comes to 8 USC 1227(a)(1)(e)(iii), which is read as 8 USC 1227(a)(1)(E)(iii)",
        "exceptions =",
    ),
    "no TOML": (TOML, "uses_periods = true", "uses_periods = ", "this is no TOML", "uses_periods"),
    "a purpose nobody knows": (
        TOML,
        '"grand_jury"]',
        '"removal"]',
        "purposes knows no 'removal'; its words are criminal_investigation, ",
        "purposes =",
    ),
    "an attestation nobody knows": (
        TOML,
        'requires_attestations = ["personally_engaged"]',
        'requires_attestations = ["engaged"]',
        "requires_attestations knows no 'engaged'; its words are no_proper_steps, not_in_custody_nor_departed, ",
        "requires_attestations",
    ),
    "an element of the pack in a statute": (
        STATUTE_POLICY,
        '@id("order_ground_stated")',
        '@id("name_stated")',
        "name_stated does not have the one shape",
        '@id("name_stated")',
    ),
    "an example without a reason": (
        EXAMPLES,
        'name = "everything is met"\nwhy = "Each',
        'name = "everything is met"\nwhy = " "\n# "Each',
        "says why",
        "[[example]]",
    ),
    "a statute under another fact": (
        STATUTE,
        "designates_us_8_1253_a_1",
        "signature_valid",
        "expected",
        "signature_valid",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_with_a_pack_is_named_with_file_and_line(name: str) -> None:
    file, old, new, says, stands_at = BAD[name]
    with pytest.raises(NarrowgateError) as raised:
        edited(file, old, new)
    lines = with_file(file, old, new)[file].decode().splitlines()
    line = next(number for number, text in enumerate(lines, 1) if stands_at in text)
    assert raised.value.code is ErrorCode.PACK_UNSOUND
    assert raised.value.message.startswith(f"{file}, line {line}: ")
    assert says in raised.value.message


@pytest.mark.parametrize("element", [rule.element for rule in PACK.rules])
def test_an_element_without_an_example_of_its_own_is_named(element: str) -> None:
    text = PACK.files[EXAMPLES].decode().replace(f'refused_under = ["{element}"]', "refused_under = []")
    with pytest.raises(NarrowgateError, match=f"no example is refused under {element} alone"):
        pack_from(PACK.id, {**PACK.files, EXAMPLES: text.encode()})


def test_an_example_that_does_not_hold_is_named_with_its_line() -> None:
    pack = edited(
        EXAMPLES, 'row = { tin = "" }\nrefused_under = []', 'row = { tin = "" }\nrefused_under = ["name_stated"]'
    )
    with pytest.raises(
        NarrowgateError, match=r"examples.toml, line \d+: the example 'everything is met, and no identif"
    ) as raised:
        require_examples(pack)
    against = [line for proof in proofs(pack, 1, 1, quiet)[:2] for line in proof.against]
    assert against == [raised.value.message.split(": ", 1)[1]]
    assert against[0].endswith(": expected name_stated, got no refusal")


STAYED_WORLD = "custodian = { stayed = true }"
UNREAL: dict[str, tuple[str, str, str]] = {
    "a column that no file has": ('row = { tin = "" }', 'row = { ssn = "" }', "a row has no ssn"),
    "a custodian's state that there is none of": (
        STAYED_WORLD,
        "custodian = { closed = true }",
        "custodian has no closed; it has received, adopted, ",
    ),
    "an attestation that there is none of": (
        'attests = ["personally_engaged"] }',
        'attests = ["engaged"] }',
        "requester.attests knows no 'engaged'; its words are no_proper_steps, ",
    ),
    "a safeguard state that there is none of": (
        'safeguards = "suspended"',
        'safeguards = "poor"',
        "requester.safeguards knows no 'poor'; its words are clear, open_findings, suspended",
    ),
    "a state that is a text": (
        STAYED_WORLD,
        'custodian = { stayed = "no" }',
        "stayed: expected true or false, got 'no'",
    ),
    "a cell that is no text": ('row = { tin = "" }', "row = { tin = 5 }", "row.tin: expected a text, got 5"),
    "a time that is none": (
        'received = "2026-06-16T13:00:00Z"',
        'received = "yesterday"',
        "custodian.received: expected a time such as 2026-11-17T13:00:00Z, got 'yesterday'",
    ),
    "a purpose that is no text": (STAYED_WORLD, "request = { purpose = 5 }", "purpose"),
    "a determination of an unknown kind": (
        STAYED_WORLD,
        'custodian = { determinations = [{ kind = "verified", about = "agency" }] }',
        "kind knows no 'verified'; its words are court_order_verified, reason_accepted, requester_verified, ",
    ),
    "a determination about nobody": (
        STAYED_WORLD,
        'custodian = { determinations = [{ kind = "requester_verified" }] }',
        "a determination has no about stated",
    ),
    "a determination about somebody else": (
        STAYED_WORLD,
        'custodian = { determinations = [{ kind = "requester_verified", about = "person" }] }',
        "a determination is about 'person'; it is about one of agency, officer, order",
    ),
    "a determination with a key that there is none of": (
        STAYED_WORLD,
        'custodian = { determinations = [{ kind = "requester_verified", about = "agency", days = 1 }] }',
        "a determination has no days; it has kind, about, met, days_ago, days_left",
    ),
}


@pytest.mark.parametrize("name", UNREAL)
def test_an_example_of_what_no_request_has_is_refused(name: str) -> None:
    old, new, says = UNREAL[name]
    pack = edited(EXAMPLES, old, new)
    with pytest.raises(NarrowgateError) as raised:
        tried(pack)
    assert raised.value.code is ErrorCode.PACK_UNSOUND
    assert raised.value.message.startswith(f"{EXAMPLES}, line ")
    assert "is no request: " in raised.value.message
    assert says in raised.value.message
    assert "docs/guide-add-a-pack.md" in raised.value.advice


def test_a_time_of_receipt_that_is_missing() -> None:
    pack = edited(EXAMPLES, "received = ", "# ")
    with pytest.raises(NarrowgateError, match=r"is no request: custodian.received is missing"):
        tried(pack)
