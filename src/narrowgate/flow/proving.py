"""What ``pack prove`` proves of a pack, and adoption asks for: its proofs, its examples, an oracle, its mutants.

An example is a request for one person that differs from the pack's complete one. Its world has one agency with one
office and one officer, and a gate of its own at the time of receipt that the example states.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar

import pyarrow as pa

from narrowgate.domain import jcs
from narrowgate.domain.books import utc_time
from narrowgate.domain.circumstances import Circumstances, Determination, Stay
from narrowgate.domain.errors import InvalidInput, NarrowgateError
from narrowgate.domain.parties import Agency, Office, Officer, RegisteredKey
from narrowgate.domain.request import REQUEST_FORMAT, SUBJECT_COLUMNS, Admitted
from narrowgate.domain.vocabulary import Attests, DeterminationKind, Safeguards
from narrowgate.intake.package import parse_head
from narrowgate.intake.typed import typed_columns
from narrowgate.law import oracle, prove
from narrowgate.law.cedar import ask
from narrowgate.law.decide import decide
from narrowgate.law.mutants import Mutant, mutants
from narrowgate.law.orders import digest_of
from narrowgate.law.pack import Pack, pack_from
from narrowgate.law.toml import SECTIONS, Changes, Example

AGENCY, OFFICE, OFFICER, CUSTODIAN = "example.agency", "example.agency.head", "officer-1", "example.custodian"
_BATCH = 1000
_KEY = RegisteredKey({}, "example")
_KNOWN: Mapping[str, Mapping[str, type]] = {
    "requester": {
        "safeguards": str, "may_sign": bool, "registered": bool, "officer_registered": bool, "attests": list,
    },
    "custodian": {
        "received": str, "adopted": bool, "signature_valid": bool, "well_formed": bool, "order_attached": bool,
        "stayed": bool, "determinations": list,
    },
}  # fmt: skip
_DETERMINED: Mapping[str, type] = {"kind": str, "about": str, "met": bool, "days_ago": int, "days_left": int}
_PLAIN = {str: "a text", bool: "true or false", list: "a list", int: "a whole number"}
W = TypeVar("W", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Tried:
    """An example, and what the law refused it under."""

    example: Example
    refused_under: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether the law said what the example says."""
        return self.refused_under == self.example.refused_under

    @property
    def against(self) -> str:
        """What was expected, and what the law said instead."""
        return f"expected {_under(self.example.refused_under)}, got {_under(self.refused_under)}"


def tried(pack: Pack) -> list[Tried]:
    """Every example of a pack, put to the law.

    Raises:
        NarrowgateError: ``pack_unsound`` where an example changes what no request has.
    """
    return [Tried(example, _refused_under(pack, example)) for example in pack.examples.examples]


def require_examples(pack: Pack) -> None:
    """Every example holds.

    Raises:
        NarrowgateError: ``pack_unsound``, naming the first that does not.
    """
    for one in tried(pack):
        if not one.holds:
            what = f"the example {one.example.name!r}: {one.against}"
            raise prove.unsound(f"packs/{pack.id}/examples.toml", what, one.example.line)


def _refused_under(pack: Pack, example: Example) -> tuple[str, ...]:
    file = f"packs/{pack.id}/examples.toml"
    try:
        admitted, circumstances = world(pack, example.changes)
    except (InvalidInput, ValueError, TypeError, KeyError, AttributeError) as error:
        what = f"the example {example.name!r} is no request: {error}"
        raise prove.unsound(file, what, example.line) from error
    unmet = decide(admitted, circumstances, pack, [b""]).unmet[0].as_py()
    return tuple(unmet)


def world(pack: Pack, changes: Changes) -> tuple[Admitted, Circumstances]:
    """The request of an example, and what stands around it.

    Raises:
        ValueError: where it says what no request and no world has.
    """
    said = {s: _changed(pack.examples.complete.get(s, {}), changes.get(s, {})) for s in SECTIONS}
    for section, known in _KNOWN.items():
        _require_keys(section, said[section], known)
    return _admitted(pack, said), _circumstances(pack, said)


def _require_keys(what: str, said: Mapping[str, object], known: Mapping[str, type]) -> None:
    """Nothing is said that there is not, and what is said is of its kind."""
    if surplus := set(said) - set(known):
        raise ValueError(f"{what} has no {min(surplus)}; it has {', '.join(known)}")
    if wrong := [key for key, value in said.items() if type(value) is not known[key]]:
        raise ValueError(f"{what}.{wrong[0]}: expected {_PLAIN[known[wrong[0]]]}, got {said[wrong[0]]!r}")


def _word(what: str, said: object, words: type[W]) -> W:
    """A word of a closed vocabulary."""
    found = next((word for word in words if word == said), None)
    if found is None:
        raise ValueError(f"{what} knows no {said!r}; its words are {', '.join(sorted(words))}")
    return found


def _received(custodian: Mapping[str, Any]) -> datetime:
    """When the example's request came in."""
    if "received" not in custodian:
        raise ValueError("custodian.received is missing")
    try:
        return utc_time(custodian["received"])
    except ValueError as error:
        wanted = "a time such as 2026-11-17T13:00:00Z"
        raise ValueError(f"custodian.received: expected {wanted}, got {custodian['received']!r}") from error


def _changed(complete: Mapping[str, object], changes: Mapping[str, object]) -> dict[str, Any]:
    """A section with its changes; a table in it (``order``, ``details``) is changed key by key, too."""
    made = {**complete, **changes}
    for key, change in changes.items():
        whole = complete.get(key)
        if isinstance(change, dict) and isinstance(whole, dict):
            made[key] = {**whole, **change}
    return made


def _admitted(pack: Pack, said: Mapping[str, Mapping[str, Any]]) -> Admitted:
    request, row, custodian = said["request"], said["row"], said["custodian"]
    whole = {
        "format": REQUEST_FORMAT, "request_id": "example", "custodian": CUSTODIAN, "agency": AGENCY, "basis": pack.id,
        "signed_by": {"office": OFFICE, "name": "A. Head"},
        "subjects": {"file": "subjects.csv", "sha256": "0" * 64, "rows": 1}, **request,
    }  # fmt: skip
    cells = {"row": "1", "officer": OFFICER, **row}
    if surplus := [c for c in cells if c not in SUBJECT_COLUMNS and not c.startswith("x_")]:
        raise ValueError(f"a row has no {surplus[0]}")
    if wrong := [c for c, cell in cells.items() if not isinstance(cell, str)]:
        raise ValueError(f"row.{wrong[0]}: expected a text, got {cells[wrong[0]]!r}")
    columns = [*SUBJECT_COLUMNS, *sorted(c for c in cells if c.startswith("x_"))]
    subjects = pa.table({c: pa.array([cells.get(c, "")], pa.string()) for c in columns})
    typed, unusable = typed_columns(subjects)
    readable = custodian.get("well_formed", True) and not any(bad[0].as_py() for bad in unusable.values())
    attests = frozenset(_word("requester.attests", word, Attests) for word in said["requester"].get("attests", ()))
    return Admitted(
        parse_head(jcs.canonical(whole)),
        subjects,
        typed,
        pa.array([readable], pa.bool_()),
        custodian.get("signature_valid", True),
        {OFFICER: attests},
        _received(custodian),
        custodian.get("order_attached", False),
    )


def _circumstances(pack: Pack, said: Mapping[str, Mapping[str, Any]]) -> Circumstances:
    requester, custodian = said["requester"], said["custodian"]
    at = _received(custodian)
    officers = {OFFICER: Officer(OFFICER, _KEY, _KEY)} if requester.get("officer_registered", True) else {}
    may_sign = frozenset({pack.id} if requester.get("may_sign", True) else ())
    safeguards = _word("requester.safeguards", requester.get("safeguards", "clear"), Safeguards)
    agency = Agency(AGENCY, "Example", safeguards, "", {OFFICE: Office(OFFICE, may_sign, _KEY)}, officers)
    order = said["request"].get("order") or {}
    about = {"agency": AGENCY, "officer": f"{AGENCY}/{OFFICER}", "order": digest_of(order)}
    determinations = tuple(
        _determination(str(i), d, about, pack.id, at) for i, d in enumerate(custodian.get("determinations", ()))
    )
    stay = Stay("s", "a court", "1", at.date(), at)
    return Circumstances(
        at,
        agency if requester.get("registered", True) else None,
        pack.digest if custodian.get("adopted", True) else "",
        (stay,) if custodian.get("stayed", False) else (),
        determinations,
    )


def _determination(
    name: str, said: Mapping[str, Any], about: Mapping[str, str], basis: str, at: datetime
) -> Determination:
    what = "a determination"
    _require_keys(what, said, _DETERMINED)
    if without := [key for key in ("kind", "about") if key not in said]:
        raise ValueError(f"{what} has no {without[0]} stated")
    if said["about"] not in about:
        raise ValueError(f"{what} is about {said['about']!r}; it is about one of {', '.join(about)}")
    kind = _word("a determination's kind", said["kind"], DeterminationKind)
    begins, ends = (timedelta(days=said.get(key, 1)) for key in ("days_ago", "days_left"))
    met = said.get("met", True)
    return Determination(name, kind, about[said["about"]], basis, met, "a document", "", at - begins, at + ends)


@dataclass(frozen=True, slots=True)
class Proof:
    """One thing that was proved of a pack, or was not.

    Attributes:
        claim: what is claimed.
        holds: whether it was found so.
        how: what was done to see it, with numbers.
        against: what speaks against it, a line each.
    """

    claim: str
    holds: bool
    how: str
    against: tuple[str, ...] = ()


Step = Callable[[str, int, int], None]


def proofs(pack: Pack, vectors: int, seed: int, progress: Step) -> list[Proof]:
    """Everything that can be proved of a pack that loads; that it loads is the first of it (``law/pack.py``).

    1. By its shape: permit implies each element, each can be the only one that fails, all can be met.
    2. Every example is answered as it says.
    3. Over random facts Cedar and a reader of the bare text agree.
    4. Every mutant is caught: it does not load, or an example of the pack speaks against it.

    Args:
        pack: the edition.
        vectors: how many random vectors of facts.
        seed: of the random vectors.
        progress: told how far each step is.
    """
    return [_by_shape(pack), _by_examples(pack), _by_oracle(pack, vectors, seed, progress), _by_mutants(pack, progress)]


def _by_shape(pack: Pack) -> Proof:
    conditional = sum(1 for rule in pack.rules if rule.condition)
    how = (
        f"{len(pack.rules)} forbids of one shape ({conditional} under a statute of the case), one permit that is their "
        f"conjunction; Cedar asked {len(pack.rules) + 2} times: all met, each alone unmet, none met"
    )
    claim = "permit implies every element; each can be the only one that fails; all can be met"
    return Proof(claim, holds=True, how=how)


def _by_examples(pack: Pack) -> Proof:
    found = tried(pack)
    wrong = tuple(f"the example {one.example.name!r}: {one.against}" for one in found if not one.holds)
    passing = sum(1 for one in found if not one.example.refused_under)
    how = f"{len(found)} requests put to facts and law: {passing} that must pass, {len(found) - passing} that must fail"
    return Proof("every example is answered as it says", not wrong, how, wrong)


def _under(elements: tuple[str, ...]) -> str:
    return ", ".join(elements) or "no refusal"


def _by_oracle(pack: Pack, vectors: int, seed: int, progress: Step) -> Proof:
    """Random vectors, half of them with few facts missing: there the verdicts are most various."""
    stated, chance = oracle.elements(pack.files), random.Random(seed)  # noqa: S311 - a draw of cases, no secret
    contexts = []
    for _ in range(vectors):
        missing = chance.choice((0.5, 1.5 / len(pack.facts)))
        contexts.append({fact: chance.random() >= missing for fact in pack.facts})
    against = []
    for start in range(0, vectors, _BATCH):
        progress("oracle", start, vectors)
        some = contexts[start : start + _BATCH]
        for context, said in zip(some, ask(pack.engine, "a", "a", some), strict=True):
            expected = oracle.refused_under(stated, context)
            if said.failed or said.allowed != (not expected) or (expected and list(said.reasons) != expected):
                against.append("without " + ", ".join(sorted(fact for fact, met in context.items() if not met)))
    progress("oracle", vectors, vectors)
    claim = "Cedar says what a reader of the bare text says"
    return Proof(
        claim, not against, f"{vectors:,} random vectors of {len(pack.facts)} facts, seed {seed}", tuple(against)
    )


def _by_mutants(pack: Pack, progress: Step) -> Proof:
    made = list(mutants(pack))
    survive = []
    for place, mutant in enumerate(made):
        progress("mutants", place, len(made))
        if not _caught(pack, mutant):
            survive.append(f"{mutant.element}: {mutant.what}")
    progress("mutants", len(made), len(made))
    how = f"{len(made)} mutants, {len(made) - len(survive)} caught"
    return Proof("every mutant is caught", not survive, how, tuple(survive))


def _caught(pack: Pack, mutant: Mutant) -> bool:
    """Whether a mutant does not load, or an example of the pack itself speaks against it."""
    try:
        changed = pack_from(pack.id, mutant.files)
    except NarrowgateError:
        return True
    return any(_refused_under(changed, example) != example.refused_under for example in pack.examples.examples)
