"""A pack that is not exactly what it should be does not load: every mutant names the file that is wrong."""

import shutil
from pathlib import Path

import pytest

from narrowgate.domain.errors import ErrorCode, NarrowgateError
from narrowgate.flow.editions import named
from narrowgate.law.pack import ROOT, find_pack, list_packs, load_pack, pack_in

PACK = "us.irc.6103.i.2"
POLICY = f"packs/{PACK}/policy.cedar"
SCHEMA = f"packs/{PACK}/schema.cedarschema"
TOML = f"packs/{PACK}/pack.toml"
EXAMPLES = f"packs/{PACK}/examples.toml"
STATUTE = "statutes/us.8.1253.a.1/statute.toml"
STATUTE_POLICY = "statutes/us.8.1253.a.1/policy.cedar"
NAME = "unless { context has name_stated && context.name_stated == true };"
SCOPE = '(principal is Agency, action == Action::"disclose", resource is Custodian)'
DESIGNATES = "designates_us_8_1253_a_1"
IN_PERMIT = {
    name: f"  (context has {name}_stated && context.{name}_stated == true) &&\n" for name in ("name", "address")
}
CITE = '@cite("26 USC 6103(i)(2)(B)(iv)")'
CONDITION = "context has designates_us_8_1253_a_1 && "


@pytest.fixture
def law(tmp_path: Path) -> Path:
    for folder in ("packs", "statutes"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    return tmp_path


def test_the_pack_of_the_first_basis() -> None:
    pack = load_pack(PACK)
    assert {r.element for r in pack.rules if r.condition} == {
        "order_ground_stated",
        "order_final_and_elapsed",
        "willfulness_attested",
    }
    assert pack.facts[-1] == "designates_us_8_1253_a_1"
    assert pack.uses_periods
    assert "7213A" in pack.penalties
    assert "7431" in pack.penalties
    assert len(pack.attestations("8 USC 1253(a)(1)")) == 4
    assert pack.attestations("18 USC 1001") == pack.requires_attestations
    assert PACK in list_packs()


def test_an_unknown_pack() -> None:
    assert find_pack("us.irc.6103.i.9") is None
    for name in ("us.irc.6103.i.9", "", "..", "../packs/us.irc.6103.i.2", "US.IRC.6103.I.2"):
        with pytest.raises(NarrowgateError) as raised:
            load_pack(name)
        assert raised.value.code is ErrorCode.INVALID_INPUT


def test_a_basis_is_found_where_its_pack_lies(law: Path) -> None:
    assert find_pack(PACK) is load_pack(PACK)
    with (law / TOML).open("a") as handle:
        handle.write("\n")
    found = find_pack(PACK, law)
    assert found is not None
    assert (found.id, found.digest != load_pack(PACK).digest) == (PACK, True)
    shutil.rmtree(law / "packs" / PACK)
    assert find_pack(PACK, law) is None


def test_penalties_are_one_law_a_line() -> None:
    pack = load_pack(PACK)
    assert pack.penalties.splitlines() == list(pack.text.penalties)


def test_the_digest_is_over_names_and_bytes_of_all_files(law: Path) -> None:
    before = load_pack(PACK, law).digest
    assert before == load_pack(PACK).digest
    assert len(before) == 64


@pytest.mark.parametrize("file", [POLICY, SCHEMA, TOML, EXAMPLES, STATUTE, STATUTE_POLICY])
def test_a_byte_more_in_any_file_is_another_digest(law: Path, file: str) -> None:
    with (law / file).open("a") as handle:
        handle.write("\n")
    assert load_pack(PACK, law).digest != load_pack(PACK).digest


def test_a_file_more_or_renamed_is_another_digest(law: Path) -> None:
    (law / "packs" / PACK / "notes.txt").write_text("reviewed")
    more = load_pack(PACK, law).digest
    assert more != load_pack(PACK).digest


MUTANTS: dict[str, tuple[str, str | None, str]] = {
    "no schema": (SCHEMA, None, ""),
    "a schema of spaces": (SCHEMA, None, " \n"),
    "a schema that is none": (SCHEMA, None, "entity"),
    "a schema without a fact": (SCHEMA, "    name_stated: Bool,\n", ""),
    "a schema with a fact more": (SCHEMA, "    name_stated: Bool,\n", "    name_stated: Bool,\n    tin: Bool,\n"),
    "an optional fact": (SCHEMA, "name_stated: Bool", "name_stated?: Bool"),
    "a fact that is a text": (SCHEMA, "name_stated: Bool", "name_stated: String"),
    "another entity": (SCHEMA, "entity Agency;", "entity Agency;\nentity Person;"),
    "an element deleted from the forbids": (POLICY, f"forbid {SCOPE}\n{NAME}", ""),
    "a forbid that is negated": (POLICY, NAME, "when { context has name_stated && context.name_stated == true };"),
    "a forbid that wants false": (POLICY, NAME, NAME.replace("== true", "== false")),
    "a forbid without has": (POLICY, NAME, "unless { context.name_stated == true };"),
    "a forbid without a comparison": (POLICY, NAME, "unless { context has name_stated && context.name_stated };"),
    "a forbid weakened by or": (
        POLICY,
        NAME,
        "unless { context has name_stated && context.name_stated == true || context has signature_valid };",
    ),
    "a forbid that is met by another fact": (
        POLICY,
        NAME,
        "unless { context has signature_valid && context.signature_valid == true };",
    ),
    "a forbid with two clauses": (POLICY, NAME, NAME[:-1] + " unless { true };"),
    "a forbid that always holds": (POLICY, NAME, "unless { true };"),
    "a forbid of a narrower scope": (
        POLICY,
        f"forbid {SCOPE}\n{NAME}",
        f'forbid (principal == Agency::"a", action == Action::"disclose", resource is Custodian)\n{NAME}',
    ),
    "a forbid of a wider scope": (POLICY, f"forbid {SCOPE}\n{NAME}", f"forbid (principal, action, resource)\n{NAME}"),
    "a forbid made a permit": (POLICY, f"forbid {SCOPE}\n{NAME}", f"permit {SCOPE}\n{NAME}"),
    "a second permit": (POLICY, None, f'\n@id("permit")\npermit {SCOPE};\n'),
    "a permit of everything": (
        POLICY,
        "permit (principal is",
        "permit (principal, action, resource);\npermit (principal is",
    ),
    "a permit without an element": (POLICY, "  (context has name_stated && context.name_stated == true) &&\n", ""),
    "a permit weakened by or": (
        POLICY,
        "context.name_stated == true) &&\n",
        "context.name_stated == true) ||\n",
    ),
    "a permit in another order": (
        POLICY,
        IN_PERMIT["name"] + IN_PERMIT["address"],
        IN_PERMIT["address"] + IN_PERMIT["name"],
    ),
    "a permit that drops a condition": (
        POLICY,
        f"(context.{DESIGNATES} == false || (context has order_ground_stated && context.order_ground_stated == true))",
        "true",
    ),
    "an element nobody knows": (POLICY, '@id("name_stated")', '@id("name_known")'),
    "an element twice": (POLICY, '@id("name_stated")', '@id("address_stated")'),
    "no citation": (POLICY, f"{CITE}\n", ""),
    "a blank citation": (POLICY, CITE, '@cite(" ")'),
    "an annotation more": (POLICY, CITE, f'{CITE}\n@note("x")'),
    "another edition": (POLICY, '@edition("2026-11-20")', '@edition("2026-06-30")'),
    "a template": (POLICY, None, '\n@id("t")\nforbid (principal == ?principal, action, resource);\n'),
    "no policy at all": (POLICY, None, ""),
    "not Cedar": (POLICY, "forbid", "forbit"),
    "a conditional without its condition": (STATUTE_POLICY, CONDITION, ""),
    "a conditional that does not apply when unknown": (
        STATUTE_POLICY,
        "context has designates_us_8_1253_a_1 && (context.designates_us_8_1253_a_1 == false ||",
        "(!(context has designates_us_8_1253_a_1) || context.designates_us_8_1253_a_1 == false ||",
    ),
    "a conditional turned round": (
        STATUTE_POLICY,
        "context.designates_us_8_1253_a_1 == false ||",
        "context.designates_us_8_1253_a_1 == true ||",
    ),
    "a permit in a statute": (STATUTE_POLICY, None, f'\n@id("permit")\npermit {SCOPE};\n'),
    "an element of the pack in a statute": (STATUTE_POLICY, '@id("order_ground_stated")', '@id("name_stated")'),
    "a statute designated by another fact": (STATUTE, '"designates_us_8_1253_a_1"', '"signature_valid"'),
    "an example that refuses under nothing": (EXAMPLES, 'refused_under = ["not_stayed"]', "refused_under = []"),
    "no example for an element": (EXAMPLES, 'refused_under = ["reason_stated"]', 'refused_under = ["case_stated"]'),
    "no example that passes": (EXAMPLES, "refused_under = []", 'refused_under = ["name_stated"]'),
    "an example without a reason": (EXAMPLES, 'why = "Nobody signs tomorrow\'s request today."', 'why = " "'),
    "no examples": (EXAMPLES, None, "example = []"),
    "not TOML": (TOML, None, "id = "),
    "another id": (TOML, 'id = "us.irc.6103.i.2"', 'id = "us.irc.6103.i.1"'),
    "no penalties": (TOML, "penalties = [", "fines = ["),
    "a key nobody knows": (
        TOML,
        'brings = ["us.8.1253.a.1"]',
        'brings = ["us.8.1253.a.1"]\nwaives = ["address_stated"]',
    ),
    "periods of another type": (TOML, "uses_periods = true", 'uses_periods = "yes"'),
    "an attestation nobody knows": (TOML, '["personally_engaged"]', '["engaged"]'),
    "a purpose nobody knows": (TOML, '"grand_jury"]', '"removal"]'),
    "a statute that is not there": (TOML, '["us.8.1253.a.1"]', '["us.8.1326"]'),
    "a statute no longer brought": (TOML, '["us.8.1253.a.1"]', "[]"),
}
REPLACES = {"no schema", "a schema of spaces", "a schema that is none", "no policy at all", "no examples", "not TOML"}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_does_not_load(law: Path, name: str) -> None:
    file, old, new = MUTANTS[name]
    text = (law / file).read_text()
    if old is None:
        (law / file).write_text(new if name in REPLACES else text + new)
    else:
        assert old in text
        (law / file).write_text(text.replace(old, new))
    with pytest.raises(NarrowgateError) as raised:
        load_pack(PACK, law)
    assert raised.value.code is ErrorCode.PACK_UNSOUND
    folder = file.rsplit("/", 1)[0]
    assert raised.value.message.startswith((folder, "statutes/", "packs/"))


def test_a_statute_that_is_nowhere_is_named_with_the_places_looked_at(law: Path) -> None:
    text = (law / TOML).read_text()
    (law / TOML).write_text(text.replace('["us.8.1253.a.1"]', '["us.18.1542"]'))
    with pytest.raises(NarrowgateError) as raised:
        pack_in(law / "packs" / PACK)
    assert raised.value.message == (
        f"{TOML}, line 5: brings names us.18.1542, and there is no folder of it: "
        "../../statutes/us.18.1542 beside the pack, statutes/us.18.1542 of this release"
    )
    (law / TOML).write_text(text.replace('["us.8.1253.a.1"]', '["../us.18.1542"]'))
    with pytest.raises(NarrowgateError, match=r"line 5: brings names '../us.18.1542', which is no id of a statute"):
        pack_in(law / "packs" / PACK)


FOLDERS = {
    "a folder that does not exist": ("packs/us.example.9", "there is no folder .*packs/us.example.9"),
    "a file": (TOML, "there is no folder .*pack.toml"),
    "a folder that is none of a pack": ("packs", "this folder is no pack"),
}


@pytest.mark.parametrize("name", FOLDERS)
def test_a_folder_that_is_no_pack(law: Path, name: str) -> None:
    folder, says = FOLDERS[name]
    with pytest.raises(NarrowgateError, match=says) as raised:
        named(str(law / folder))
    assert raised.value.code is ErrorCode.INVALID_INPUT


def test_text_without_a_policy_in_it_is_named_by_its_first_line(law: Path) -> None:
    (law / POLICY).write_text("forbit\n\nforbid\n")
    with pytest.raises(NarrowgateError, match=r"policy\.cedar, line 1: the policies cannot be parsed"):
        load_pack(PACK, law)


def test_a_policy_without_an_id_is_named_by_the_line_on_which_it_begins(law: Path) -> None:
    (law / POLICY).write_text("\n\nforbid (principal, action, resource);\n")
    with pytest.raises(NarrowgateError, match=r"policy\.cedar, line 3: expected the id of an element, got ''"):
        load_pack(PACK, law)


def test_what_is_wrong_on_no_line_is_named_by_the_first(law: Path) -> None:
    (law / SCHEMA).write_text("")
    with pytest.raises(NarrowgateError, match=r"schema\.cedarschema, line 1: the schema is empty"):
        load_pack(PACK, law)


def test_bytes_that_are_no_text(law: Path) -> None:
    (law / POLICY).write_bytes(b"\xff")
    with pytest.raises(NarrowgateError, match="UTF-8"):
        load_pack(PACK, law)


def test_a_file_that_is_gone(law: Path) -> None:
    (law / SCHEMA).unlink()
    with pytest.raises(NarrowgateError, match="is missing"):
        load_pack(PACK, law)


@pytest.mark.parametrize("element", [rule.element for rule in load_pack(PACK).rules])
def test_no_element_can_be_taken_out_of_one_place_alone(law: Path, element: str) -> None:
    for file in (POLICY, STATUTE_POLICY):
        text = (law / file).read_text()
        (law / file).write_text(text.replace(f"context.{element} == true", f"context.{element} == false", 1))
    with pytest.raises(NarrowgateError) as raised:
        load_pack(PACK, law)
    assert raised.value.code is ErrorCode.PACK_UNSOUND
