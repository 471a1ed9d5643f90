"""Proof that a pack is what it says: a conjunction of elements, in one canonical shape, over Cedar's syntax tree.

Cedar skips a policy that errs, so a forbid that can err can vanish and the gate would fail open. Therefore nothing but
this is allowed, and any other node of the tree is refused without asking what it means:

    forbid SCOPE unless { context has F && context.F == true };
    forbid SCOPE unless { context has C && (context.C == false || (context has F && context.F == true)) };
    permit SCOPE when { the same conditions, in order, joined by && };

with SCOPE always ``(principal is Agency, action == Action::"disclose", resource is Custodian)``. In this shape no
policy can err, permit implies every element, each element can be the only one that fails, and all can be met.
"""

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


def unsound(file: str, what: str) -> NarrowgateError:
    """The error of a pack that cannot be used."""
    return NarrowgateError(ErrorCode.PACK_UNSOUND, f"{file}: {what}", "no request is decided under an unsound pack")


def parse(file: str, text: str) -> Sequence[pst.Template]:
    """The policies of a file.

    Raises:
        NarrowgateError: (``pack_unsound``) when the text cannot be parsed, or holds templates.
    """
    try:
        tree = cedarpy.policies_to_pst(text)
    except ValueError as error:
        raise unsound(file, "the policies cannot be parsed") from error
    if tree.templates or tree.template_links:
        raise unsound(file, "expected policies, got templates")
    return list(tree.static_policies.values())


def rules(file: str, policies: Sequence[pst.Template], edition: str, condition: str = "") -> tuple[Rule, ...]:
    """The rules that forbids state, in order, each of the one shape.

    Args:
        file: for messages.
        policies: forbids alone.
        edition: what each must be annotated with.
        condition: the fact under which they must stand; "" where they always apply.

    Raises:
        NarrowgateError: (``pack_unsound``) naming the file and the policy.
    """
    found = tuple(_rule(file, policy, edition, condition) for policy in policies)
    ids = [rule.element for rule in found]
    if len(set(ids)) < len(ids):
        raise unsound(file, "two policies state the same element")
    return found


def _rule(file: str, policy: pst.Template, edition: str, condition: str) -> Rule:
    element = policy.annotations.get("id", "")
    if element not in _ELEMENTS:
        raise unsound(file, f"expected the id of an element, got {element!r}")
    if set(policy.annotations) != _ANNOTATIONS or not all(text.strip() for text in policy.annotations.values()):
        raise unsound(file, f"{element} must be annotated with id, cite, text and edition")
    if policy.annotations["edition"] != edition:
        raise unsound(file, f"{element} is of another edition than the pack")
    rule = Rule(Citation(Element(element), policy.annotations["cite"], policy.annotations["text"]), condition)
    if policy.effect != "forbid" or _scope(policy) != _SCOPE or policy.clauses != (pst.Unless(rule.expression()),):
        raise unsound(file, f"{element} does not have the one shape that is allowed")
    return rule


def _scope(policy: pst.Template) -> tuple[object, object, object]:
    return (policy.principal, policy.action, policy.resource)


def prove_permit(file: str, permits: Sequence[pst.Template], found: Sequence[Rule]) -> None:
    """One permit, whose conjunction is exactly the rules in their order.

    Raises:
        NarrowgateError: (``pack_unsound``).
    """
    if len(permits) != 1:
        raise unsound(file, f"expected one permit, got {len(permits)}")
    (permit,) = permits
    if dict(permit.annotations) != {"id": "permit"} or _scope(permit) != _SCOPE or len(permit.clauses) != 1:
        raise unsound(file, "the permit does not have the one shape that is allowed")
    clause = permit.clauses[0]
    wanted = [leaf for rule in found for leaf in _conjuncts(rule.expression())]
    if not found or not isinstance(clause, pst.When) or _conjuncts(clause.expr) != wanted:
        raise unsound(file, "the permit is not the conjunction of the elements in their order")


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
        raise unsound(file, "the schema does not declare exactly the facts that the policies use")
    return given


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
