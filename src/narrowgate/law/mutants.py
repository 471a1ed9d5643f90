"""Mutants of a pack: the slips and tricks that its proofs must catch, made from the pack's own text.

Each element is deleted, negated, weakened, disjoined: in its forbid, in the permit, in the schema, and everywhere at
once. A mutant that still loads, and whose examples hold, would be a hole.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from narrowgate.law.pack import Pack
from narrowgate.law.prove import Rule

Files = Mapping[str, bytes]
Change = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Mutant:
    """A pack that is wrong in one way.

    Attributes:
        what: the slip.
        element: whose.
        files: as ``Pack.files``.
    """

    what: str
    element: str
    files: Files


def mutants(pack: Pack) -> Iterator[Mutant]:
    """Every mutant of a pack, element by element in its order; a slip that changes nothing there is none."""
    for place, rule in enumerate(pack.rules):
        other = pack.rules[place - 1].element
        for what, change in _slips(pack, rule, other).items():
            changed = _changed(pack.files, change)
            if changed != pack.files:
                yield Mutant(what, rule.element, changed)


def _slips(pack: Pack, rule: Rule, other: str) -> dict[str, Change]:
    name = rule.element
    met = f"(context has {name} && context.{name} == true)"
    bare = f"context has {name} && context.{name} == true"
    another = f"context has {other} && context.{other} == true"
    forbid = _forbid_of(pack, name)
    leaf = _leaf_of(rule, met)
    no_fact = _drop_line(f"    {name}: Bool,\n")
    return {
        "deleted from the forbids": _swap(forbid, ""),
        "deleted from the permit": _drop_leaf(leaf),
        "deleted from both": _then(_swap(forbid, ""), _drop_leaf(leaf)),
        "deleted from forbid, permit and schema": _then(_swap(forbid, ""), _drop_leaf(leaf), no_fact),
        "deleted from the schema": no_fact,
        "optional in the schema": _swap(f"    {name}: Bool,", f"    {name}?: Bool,"),
        "negated in the forbid": _swap(forbid, forbid.replace(f"context.{name} == true", f"context.{name} == false")),
        "negated everywhere": _swap(f"context.{name} == true", f"context.{name} == false"),
        "weakened to being known": _swap(bare, f"context has {name}"),
        "weakened to being known, in the forbid": _swap(forbid, forbid.replace(bare, f"context has {name}")),
        "without asking whether it is known": _swap(bare, f"context.{name} == true"),
        "disjoined with another element": _swap(bare, f"{bare} || {another}"),
        "disjoined in the permit": _swap(leaf, f"({leaf} || ({another}))"),
        "or for and behind it, in the permit": _swap(f"{leaf} &&", f"{leaf} ||"),
        "met by another element's fact": _swap(forbid, forbid.replace(bare, another)),
        "always met": _swap(bare, "true"),
        "when for unless": _swap(forbid, forbid.replace("unless {", "when {")),
        "permit for forbid": _swap(forbid, forbid.replace("forbid (", "permit (")),
        "of one agency alone": _swap(forbid, forbid.replace("principal is Agency", 'principal == Agency::"a"')),
        "without its citation": _swap(forbid, re.sub(r"@cite\(.*\)\n", "", forbid)),
        "without the statute's words": _swap(forbid, re.sub(r"@text\(.*\)\n", "", forbid)),
        "without an example": _forget_examples(name),
    }


def _forbid_of(pack: Pack, element: str) -> str:
    """The text of an element's policy, annotations included."""
    for name, data in pack.files.items():
        if name.endswith(".cedar"):
            found = re.search(rf'@id\("{element}"\)\n.*?\}};\n', data.decode(), re.DOTALL)
            if found:
                return found[0]
    raise KeyError(element)


def _leaf_of(rule: Rule, met: str) -> str:
    """The element's conjunct in the permit."""
    if not rule.condition:
        return met
    return f"(context has {rule.condition} && (context.{rule.condition} == false || {met}))"


def _swap(old: str, new: str) -> Change:
    return lambda text: text.replace(old, new)


def _drop_line(line: str) -> Change:
    return _swap(line, "")


def _drop_leaf(leaf: str) -> Change:
    """Takes a conjunct out of the permit, with one of the operators beside it."""
    return lambda text: text.replace(f"  {leaf} &&\n", "").replace(f" &&\n  {leaf}\n", "\n")


def _then(*changes: Change) -> Change:
    def all_of_them(text: str) -> str:
        for change in changes:
            text = change(text)
        return text

    return all_of_them


def _forget_examples(element: str) -> Change:
    """Every example that is refused under the element alone says that it passes."""
    return _swap(f'refused_under = ["{element}"]', "refused_under = []")


def _changed(files: Files, change: Change) -> Files:
    return {name: change(data.decode()).encode() for name, data in files.items()}
