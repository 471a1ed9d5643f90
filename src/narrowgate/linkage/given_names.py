"""Given names: which are forms of one another, and which are names of their own."""

import json
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import NamedTuple

_ENDINGS, _STEM = ("IE", "EY", "Y"), 3
_TELLS_SEX = ("A", "E", "O", "I", "IA", "INA", "INE", "ELLE", "LE", "NE", "ETTE", "TTE", "ETTA", "LLE")


class GivenNames(NamedTuple):
    """The table of forms.

    Attributes:
        groups: name to the groups it belongs to.
        formal: per group the name that stands for it in keys.
        known: every name of the table.
    """

    groups: dict[str, frozenset[int]]
    formal: tuple[str, ...]
    known: frozenset[str]


@cache
def given_names() -> GivenNames:
    """The table shipped as ``nicknames.json``, which says where it comes from."""
    read = json.loads((files("narrowgate.linkage") / "nicknames.json").read_text("utf-8"))
    rows = [line.split() for line in read["groups"]]
    groups: dict[str, set[int]] = {}
    for number, names in enumerate(rows):
        for name in names:
            groups.setdefault(name, set()).add(number)
    own = {name for line in read["given_names"] for name in line.split()}
    for name in tuple(groups):
        for variant in _spellings(name):
            if variant not in own and variant not in groups:
                groups[variant] = groups[name]
    return GivenNames(
        {name: frozenset(numbers) for name, numbers in groups.items()},
        tuple(names[0] for names in rows),
        frozenset(own | set(groups)),
    )


def _spellings(name: str) -> Iterator[str]:
    """Other spellings of a name that ends in the sound of Benny: Bennie, Benney."""
    for ending in _ENDINGS:
        if name.endswith(ending) and len(name) - len(ending) >= _STEM:
            yield from (name.removesuffix(ending) + other for other in _ENDINGS if other != ending)


def are_forms(one: str, other: str) -> bool:
    """Whether the two are forms of one name: Bill and Will, Pat and Patrick; not Patrick and Patricia."""
    groups = given_names().groups
    return not groups.get(one, frozenset()).isdisjoint(groups.get(other, frozenset()))


def roots(name: str) -> tuple[str, ...]:
    """What a name may be a form of; itself where the table does not know it."""
    table = given_names()
    return tuple(table.formal[number] for number in sorted(table.groups.get(name, ()))) or (name,)


def differ_by_sex_alone(one: str, other: str) -> bool:
    """Whether only an ending that tells the sex parts them: Daniel and Danielle, Mario and Maria."""
    if len(one) > len(other):
        one, other = other, one
    if one == other:
        return False
    if other.startswith(one):
        return other[len(one) :] in _TELLS_SEX
    return one[:-1] == other[:-1] and {one[-1:], other[-1:]} in ({"A", "O"}, {"A", "E"}, {"E", "I"})
