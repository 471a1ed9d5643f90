"""Two editions compared, rule by rule, against enumerating every world."""

from collections.abc import Sequence
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.domain.decision import Citation
from narrowgate.domain.vocabulary import Element
from narrowgate.law.compare import compare, not_implied
from narrowgate.law.pack import Pack, load_pack, pack_from
from narrowgate.law.prove import Rule, unmet

PACK = load_pack("us.irc.6103.i.2")
POLICY, TOML = "packs/us.irc.6103.i.2/policy.cedar", "packs/us.irc.6103.i.2/pack.toml"
ELEMENTS = list(Element)[:4]
CONDITIONS = ["", "designates_a", "designates_b"]


def rule(element: Element, condition: str) -> Rule:
    return Rule(Citation(element, "a law", "its words"), condition)


RULES = st.lists(
    st.builds(rule, st.sampled_from(ELEMENTS), st.sampled_from(CONDITIONS)), unique_by=lambda r: r.element, max_size=4
)
WORLDS = [
    dict(zip([e.value for e in ELEMENTS] + CONDITIONS[1:], bits, strict=True))
    for bits in product((False, True), repeat=len(ELEMENTS) + 2)
]


def some_world_is_refused_by_the_first_alone(first: Sequence[Rule], second: Sequence[Rule]) -> bool:
    return any(unmet(first, world) and not unmet(second, world) for world in WORLDS)


@given(RULES, RULES)
def test_rule_by_rule_says_what_enumerating_every_world_says(old: list[Rule], new: list[Rule]) -> None:
    assert bool(not_implied(old, new)) == some_world_is_refused_by_the_first_alone(old, new)
    assert bool(not_implied(new, old)) == some_world_is_refused_by_the_first_alone(new, old)


def edited(*changes: tuple[str, str, str]) -> Pack:
    files = dict(PACK.files)
    for file, old, new in changes:
        assert old in files[file].decode()
        files[file] = files[file].decode().replace(old, new).encode()
    return pack_from(PACK.id, files)


def without(element: str) -> Pack:
    policy = PACK.files[POLICY].decode()
    start = policy.index(f'@id("{element}")')
    end = policy.index("@id(", start + 1)
    schema = f"packs/{PACK.id}/schema.cedarschema"
    return edited(
        (POLICY, policy[start:end], ""),
        (POLICY, f"  (context has {element} && context.{element} == true) &&\n", ""),
        (schema, f"    {element}: Bool,\n", ""),
    )


def test_the_same_edition_says_the_same() -> None:
    assert list(compare(PACK, PACK).lines()) == []


@pytest.mark.parametrize("element", ["case_stated", "address_stated", "safeguards_clear"])
def test_an_element_left_out_is_shown_with_a_witness_in_plain_words(element: str) -> None:
    found = compare(PACK, without(element))
    cite = next(r.citation for r in PACK.rules if r.element == element)
    assert found.allows == (f"a request that meets every element but {element} ({cite.cite}: {cite.text})",)
    assert found.refuses == ()
    assert compare(without(element), PACK).refuses == found.allows


SETTINGS: dict[str, tuple[str, str, str]] = {
    "a purpose more": (
        '"grand_jury"]',
        '"grand_jury", "verify_accuracy"]',
        "purposes: with verify_accuracy",
    ),
    "an attestation more": (
        'requires_attestations = ["personally_engaged"]',
        'requires_attestations = ["personally_engaged", "no_proper_steps"]',
        "requires_attestations: with no_proper_steps",
    ),
    "a title that may now designate": (
        '    { title = 1, why = "rules of construction" },\n',
        "",
        "designation.never_titles: without 1",
    ),
    "a column less": (', "reason"]', "]", "columns: without reason"),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_what_facts_look_at_besides_the_rules_is_shown(name: str) -> None:
    old, new, line = SETTINGS[name]
    found = compare(PACK, edited((TOML, old, new)))
    assert found.settings == (line,)
    assert (found.allows, found.refuses) == ((), ())


def test_a_list_that_changes_both_ways_and_one_in_another_order() -> None:
    found = compare(
        PACK, edited((TOML, '"grand_jury"]', '"verify_accuracy"]'), (TOML, '["row", "surname"', '["surname", "row"'))
    )
    assert found.settings == ("purposes: without grand_jury; with verify_accuracy", "columns: in another order")
    assert list(found.lines()) == [f"setting: {line}" for line in found.settings]


def test_a_condition_that_comes_and_goes_is_told_by_the_world_where_it_shows() -> None:
    under, always = rule(Element.CASE_STATED, "designates_a"), rule(Element.CASE_STATED, "")
    assert [r.condition for r, _ in not_implied([always], [under])] == [""]
    assert not_implied([under], [always]) == ()


def test_a_statute_whose_own_text_changed_is_named() -> None:
    statute = "statutes/us.8.1253.a.1/statute.toml"
    words = '"willful_failure_to_depart", "no_proper_steps", '
    found = compare(PACK, edited((statute, "A = 90", "A = 60"), (statute, words, '"willful_failure_to_depart", ')))
    assert found.settings == (
        "statute us.8.1253.a.1.requires_attestations: without no_proper_steps",
        "statute us.8.1253.a.1.offence.elapsed_days.A: 90 is now 60",
    )


def test_other_words_for_an_element_are_shown() -> None:
    assert compare(PACK, edited((POLICY, '@cite("5 USC 705', '@cite("5 USC 706'))).reworded == ("not_stayed",)
