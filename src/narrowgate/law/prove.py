"""Proof that a pack is what it says: a conjunction of elements, in one canonical shape, over Cedar's syntax tree.

Cedar skips a policy that errs, so a forbid that can err can vanish and the gate would fail open. Therefore nothing but
this is allowed, and any other node of the tree is refused without asking what it means:

    forbid SCOPE unless { context has F && context.F == true };
    forbid SCOPE unless { context has C && (context.C == false || (context has F && context.F == true)) };
    permit SCOPE when { the same conditions, in order, joined by && };

with SCOPE always ``(principal is Agency, action == Action::"disclose", resource is Custodian)``. In this shape no
policy can err, permit implies every element, each element can be the only one that fails, and all can be met.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cedarpy
from cedarpy import pst

from narrowgate.domain.decision import Citation
from narrowgate.domain.errors import ErrorCode, NarrowgateError
from narrowgate.domain.vocabulary import Element

AGENCY, CUSTODIAN, DISCLOSE = "Agency", "Custodian", "disclose"
_ANNOTATIONS = frozenset({"id", "cite", "text", "edition"})
_CONTEXT = pst.Var("context")
_ELEMENTS = frozenset(e.value for e in Element)
_SCOPE = (
    pst.ScopeIs(pst.EntityType(AGENCY)),
    pst.ActionEq(pst.EntityUid(pst.EntityType("Action"), DISCLOSE)),
    pst.ScopeIs(pst.EntityType(CUSTODIAN)),
)


@dataclass(frozen=True, slots=True)
class Rule:
    """One element as the policies state it.

    Attributes:
        citation: element, cite and text.
        condition: the fact under which the element applies; "" where it always does.
    """

    citation: Citation
    condition: str

    @property
    def element(self) -> str:
        """The element's id, which is its fact's id too."""
        return self.citation.element.value

    def expression(self) -> pst.Expr:
        """The condition of this rule's forbid."""
        met = _is(self.element, value=True)
        if not self.condition:
            return pst.BinaryOp("and", _has(self.element), met)
        either = pst.BinaryOp("or", _is(self.condition, value=False), pst.BinaryOp("and", _has(self.element), met))
        return pst.BinaryOp("and", _has(self.condition), either)


def _has(fact: str) -> pst.Expr:
    return pst.HasAttr(_CONTEXT, (fact,))


def _is(fact: str, *, value: bool) -> pst.Expr:
    return pst.BinaryOp("eq", pst.GetAttr(_CONTEXT, fact), pst.BoolLit(value))


def unsound(file: str, what: str, line: int = 1) -> NarrowgateError:
    """The error of a pack that cannot be used, with the file and the line."""
    return NarrowgateError(
        ErrorCode.PACK_UNSOUND,
        f"{file}, line {line}: {what}",
        "see docs/guide-add-a-pack.md; no request is decided under an unsound pack",
    )


@dataclass(frozen=True, slots=True)
class Policies:
    """The policies of a file, in its order, and the line on which each begins."""

    file: str
    policies: Sequence[pst.Template]
    lines: Sequence[int]

    def unsound(self, what: str, place: int = 0) -> NarrowgateError:
        """The error of the policy at a place."""
        return unsound(self.file, what, self.lines[place] if place < len(self.lines) else 1)


_BEGINS = re.compile(r"^\s*(?:@id\(|forbid\b|permit\b)")


def parse(file: str, text: str) -> Policies:
    """The policies of a file.

    Raises:
        NarrowgateError: (``pack_unsound``) when the text cannot be parsed, or holds templates.
    """
    try:
        tree = cedarpy.policies_to_pst(text)
    except ValueError as error:
        raise unsound(file, "the policies cannot be parsed", _first_unparsed(text)) from error
    if tree.templates or tree.template_links:
        raise unsound(file, "expected policies, got templates", _line_of(text, "?"))
    return Policies(file, list(tree.static_policies.values()), _lines_of_policies(text))


def _lines_of_policies(text: str) -> list[int]:
    """The line of each ``forbid`` or ``permit``, or of the ``@id`` before it."""
    found, annotated = [], 0
    for number, line in enumerate(text.splitlines(), 1):
        begins = _BEGINS.match(line)
        if begins and begins[0].lstrip().startswith("@"):
            annotated = number
        elif begins:
            found.append(annotated or number)
            annotated = 0
    return found


def _first_unparsed(text: str) -> int:
    """The line of the first policy that cannot be parsed by itself; 1 where that cannot be told."""
    lines = text.splitlines()
    starts = [n for n, line in enumerate(lines) if line.startswith("@id(")] or [0]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        try:
            cedarpy.policies_to_pst("\n".join(lines[start:end]))
        except ValueError:
            return start + 1
    return 1


def _line_of(text: str, part: str) -> int:
    return next((n for n, line in enumerate(text.splitlines(), 1) if part in line), 1)


def rules(found: Policies, edition: str, condition: str = "") -> tuple[Rule, ...]:
    """The rules that the forbids state, in order, each of the one shape.

    Args:
        found: of one file; its permits are not looked at here.
        edition: what each must be annotated with.
        condition: the fact under which they must stand; "" where they always apply.

    Raises:
        NarrowgateError: (``pack_unsound``) naming the file, the line and the policy.
    """
    made: list[Rule] = []
    for place, policy in enumerate(found.policies):
        if policy.effect != "permit" or condition:
            rule = _rule(found, place, edition, condition)
            if any(rule.element == other.element for other in made):
                raise found.unsound(f"a second policy states {rule.element}", place)
            made.append(rule)
    return tuple(made)


def _rule(found: Policies, place: int, edition: str, condition: str) -> Rule:
    policy = found.policies[place]
    element = policy.annotations.get("id", "")
    if element not in _ELEMENTS:
        raise found.unsound(f"expected the id of an element, got {element!r}", place)
    wanting = sorted(name for name in _ANNOTATIONS if not policy.annotations.get(name, "").strip())
    if wanting:
        raise found.unsound(f"{element} has no {' and no '.join(wanting)}", place)
    if set(policy.annotations) != _ANNOTATIONS:
        raise found.unsound(f"{element} must be annotated with id, cite, text and edition alone", place)
    if policy.annotations["edition"] != edition:
        raise found.unsound(f"{element} is of another edition than the pack", place)
    rule = Rule(Citation(Element(element), policy.annotations["cite"], policy.annotations["text"]), condition)
    if policy.effect != "forbid" or _scope(policy) != _SCOPE or policy.clauses != (pst.Unless(rule.expression()),):
        raise found.unsound(f"{element} does not have the one shape that is allowed", place)
    return rule


def _scope(policy: pst.Template) -> tuple[object, object, object]:
    return (policy.principal, policy.action, policy.resource)


def prove_permit(policies: Policies, found: Sequence[Rule]) -> None:
    """One permit, whose conjunction is exactly the rules in their order.

    Raises:
        NarrowgateError: (``pack_unsound``).
    """
    places = [place for place, policy in enumerate(policies.policies) if policy.effect == "permit"]
    if len(places) != 1:
        raise policies.unsound(f"expected one permit, got {len(places)}", places[1] if places else 0)
    permit = policies.policies[places[0]]
    if dict(permit.annotations) != {"id": "permit"} or _scope(permit) != _SCOPE or len(permit.clauses) != 1:
        raise policies.unsound("the permit does not have the one shape that is allowed", places[0])
    clause = permit.clauses[0]
    given = _conjuncts(clause.expr) if isinstance(clause, pst.When) else []
    if not found or given != [leaf for rule in found for leaf in _conjuncts(rule.expression())]:
        what = f"the permit is not the conjunction of the elements in their order: {_first_otherwise(given, found)}"
        raise policies.unsound(what, places[0])


def _first_otherwise(given: Sequence[pst.Expr], found: Sequence[Rule]) -> str:
    """Where a permit that is not their conjunction first departs from the rules."""
    if len(given) == 1 and isinstance(given[0], pst.BinaryOp) and given[0].op == "or":
        return "expected && between them, got ||"
    place, before = 0, "when {"
    for rule in found:
        wanted = _conjuncts(rule.expression())
        if list(given[place : place + len(wanted)]) != wanted:
            how = "stands elsewhere" if all(leaf in given for leaf in wanted) else "is missing, or not of the one shape"
            return f"expected {rule.element} behind {before}, where it {how}"
        place, before = place + len(wanted), rule.element
    return f"expected nothing behind {before}"


def _conjuncts(expression: pst.Expr) -> list[pst.Expr]:
    if isinstance(expression, pst.BinaryOp) and expression.op == "and":
        return _conjuncts(expression.left) + _conjuncts(expression.right)
    return [expression]


def facts_of(found: Sequence[Rule]) -> tuple[str, ...]:
    """The facts that rules use: elements in order, then conditions."""
    return tuple(dict.fromkeys([r.element for r in found] + [r.condition for r in found if r.condition]))


def prove_schema(file: str, text: str, facts: Sequence[str]) -> cedarpy.Schema:
    """A schema that declares exactly these facts, each a required boolean, and nothing else.

    Without a schema Cedar allowed what lacked a fact (measured with cedarpy 4.12.2); an empty one counts as none.

    Raises:
        NarrowgateError: (``pack_unsound``).
    """
    if not text.strip():
        raise unsound(file, "the schema is empty")
    try:
        given, wanted = cedarpy.Schema.from_str(text), cedarpy.Schema.from_str(_schema(facts))
    except ValueError as error:
        raise unsound(file, "the schema cannot be parsed") from error
    if str(given) != str(wanted):
        what = f"the schema does not declare exactly the facts that the policies use: {_other(text, facts)}"
        raise unsound(file, what, _first_other(text, facts))
    return given


_DECLARES = re.compile(r"\s*(\w+)\??\s*:\s*(\w+)")
_NO_FACTS = frozenset({"principal", "resource", "context"})


def _other(text: str, facts: Sequence[str]) -> str:
    """What a schema has too few and too many, or otherwise, as far as its lines tell."""
    lines = [(declares, line) for line in text.splitlines() if (declares := _DECLARES.match(line))]
    declared = {d[1]: d[2] == "Bool" and "?" not in line for d, line in lines if d[1] not in _NO_FACTS}
    said = {
        "missing": [fact for fact in facts if fact not in declared],
        "too many": [name for name in declared if name not in facts],
        "not Bool, or optional": [name for name, plain in declared.items() if name in facts and not plain],
    }
    listed = "; ".join(f"{how}: {', '.join(sorted(names))}" for how, names in said.items() if names)
    return listed or "other entities or actions, or a line with several facts"


def _first_other(text: str, facts: Sequence[str]) -> int:
    """The first line of a schema that declares what no policy uses, or otherwise than as a boolean; else 1."""
    for number, line in enumerate(text.splitlines(), 1):
        declares = _DECLARES.match(line)
        if declares and declares[1] not in _NO_FACTS:
            plain = declares[2] == "Bool" and "?" not in line
            if declares[1] not in facts or not plain:
                return number
    return 1


def _schema(facts: Sequence[str]) -> str:
    context = ", ".join(f"{fact}: Bool" for fact in sorted(facts))
    applies = f"principal: [{AGENCY}], resource: [{CUSTODIAN}], context: {{ {context} }}"
    return f'entity {AGENCY};\nentity {CUSTODIAN};\naction "{DISCLOSE}" appliesTo {{ {applies} }};\n'


def prove_valid(file: str, text: str, schema: cedarpy.Schema) -> None:
    """Cedar's own validator agrees.

    Raises:
        NarrowgateError: (``pack_unsound``).
    """
    if not cedarpy.validate_policies(text, schema).validation_passed:
        raise unsound(file, "the policies are not valid under the schema")


def unmet(found: Sequence[Rule], facts: Mapping[str, bool]) -> tuple[str, ...]:
    """What a sound pack must refuse under, computed without Cedar: the second opinion on every verdict."""
    return tuple(
        sorted(
            rule.element
            for rule in found
            if not facts.get(rule.element, False) and (not rule.condition or facts.get(rule.condition) is not False)
        )
    )
