"""Two editions of a pack compared: what the new one allows that the old one refused, with a witness in plain words.

Both are conjunctions of rules in one shape (``prove.py``), so this can be decided rule by rule: the new edition allows
something the old one refused exactly where a rule of the old one is not implied by the new one's. The witness is then a
request that meets everything but that element. What facts look at besides the rules (closed lists, designated statutes,
purposes, attestations, columns) is compared as settings, for a person to read.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from narrowgate.law.pack import Pack
from narrowgate.law.prove import Rule
from narrowgate.law.statutes import Designation

_SETTINGS = ("purposes", "requires_attestations", "uses_periods", "columns", "allowed", "brings", "designation")


@dataclass(frozen=True, slots=True)
class Compared:
    """Two editions.

    Attributes:
        allows: per rule that the new edition dropped or narrowed: a request that it allows and the old one refused.
        refuses: per rule that it added or widened: a request that it refuses and the old one allowed.
        reworded: elements whose citation or words differ.
        settings: what differs besides the rules, a line each.
    """

    allows: tuple[str, ...]
    refuses: tuple[str, ...]
    reworded: tuple[str, ...]
    settings: tuple[str, ...]

    def lines(self) -> Iterator[str]:
        """A line a difference; none where the editions say the same."""
        yield from (f"now allowed: {witness}" for witness in self.allows)
        yield from (f"now refused: {witness}" for witness in self.refuses)
        yield from (f"other words: {element}" for element in self.reworded)
        yield from (f"setting: {line}" for line in self.settings)


def compare(old: Pack, new: Pack) -> Compared:
    """What changes with the new edition."""
    before = {rule.element: rule for rule in old.rules}
    after = {rule.element: rule for rule in new.rules}
    shared = before.keys() & after.keys()
    return Compared(
        tuple(_witness(rule, other) for rule, other in not_implied(old.rules, new.rules)),
        tuple(_witness(rule, other) for rule, other in not_implied(new.rules, old.rules)),
        tuple(sorted(e for e in shared if before[e].citation != after[e].citation)),
        tuple(_settings(old, new)),
    )


def not_implied(rules: Sequence[Rule], others: Sequence[Rule]) -> tuple[tuple[Rule, Rule | None], ...]:
    """Each rule that the others do not imply, with the other rule about its element, if there is one.

    The others imply a rule where they state its element without condition, or under the same one. Where they do not, a
    request that meets everything but that element, under the rule's condition alone, is refused by it and not by them.
    """
    known = {rule.element: rule for rule in others}
    pairs = [(rule, known.get(rule.element)) for rule in rules]
    return tuple((r, other) for r, other in pairs if other is None or other.condition not in ("", r.condition))


def _witness(rule: Rule, other: Rule | None) -> str:
    """A request that one edition refuses under this rule alone, and the other does not."""
    where = f" where {_plain(rule.condition)}" if rule.condition else ""
    where += f" where not {_plain(other.condition)}" if other and other.condition else ""
    cite = rule.citation
    return f"a request{where} that meets every element but {rule.element} ({cite.cite}: {cite.text})"


def _plain(condition: str) -> str:
    return condition.replace("_", " ")


def _settings(old: Pack, new: Pack) -> Iterator[str]:
    for name in _SETTINGS:
        a, b = getattr(old.text, name), getattr(new.text, name)
        if isinstance(a, Designation) and isinstance(b, Designation):
            yield from (
                _changed(f"designation.{f.name}", getattr(a, f.name), getattr(b, f.name))
                for f in fields(Designation)
                if getattr(a, f.name) != getattr(b, f.name)
            )
        elif isinstance(a, dict) and isinstance(b, dict):
            keys = sorted(a.keys() | b.keys())
            yield from (_changed(f"{name}.{k}", a.get(k, ()), b.get(k, ())) for k in keys if a.get(k) != b.get(k))
        elif a != b:
            yield _changed(name, a, b)
    before = {statute.id: statute for statute in old.statutes}
    for statute in new.statutes:
        if statute.id in before:
            yield from _fields(f"statute {statute.id}", before[statute.id], statute)


def _fields(name: str, old: Any, new: Any) -> Iterator[str]:  # noqa: ANN401 - two dataclasses of one type
    """What differs, field by field, down to the last setting."""
    for field in fields(old):
        a, b = getattr(old, field.name), getattr(new, field.name)
        if a != b and is_dataclass(a) and is_dataclass(b):
            yield from _fields(f"{name}.{field.name}", a, b)
        elif a != b and isinstance(a, dict) and isinstance(b, dict):
            keys = sorted({*a, *b})
            changed = (k for k in keys if a.get(k) != b.get(k))
            yield from (_changed(f"{name}.{field.name}.{k}", a.get(k), b.get(k)) for k in changed)
        elif a != b:
            yield _changed(f"{name}.{field.name}", a, b)


def _changed(name: str, old: object, new: object) -> str:
    if isinstance(old, frozenset | tuple) and isinstance(new, frozenset | tuple):
        gone = sorted(str(word) for word in set(old) - set(new))
        come = sorted(str(word) for word in set(new) - set(old))
        parts = [f"without {', '.join(gone)}"] * bool(gone) + [f"with {', '.join(come)}"] * bool(come)
        return f"{name}: {'; '.join(parts) or 'in another order'}"
    return f"{name}: {old} is now {new}"
