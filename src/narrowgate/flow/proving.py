"""What ``pack prove`` proves of a pack, and adoption asks for: its proofs, its examples, an oracle, its mutants.

An example is a request for one person that differs from the pack's complete one. Its world has one agency with one
office and one officer, and a gate of its own at the time of receipt that the example states.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pyarrow as pa

from narrowgate.domain import jcs
from narrowgate.domain.books import utc_time
from narrowgate.domain.circumstances import Circumstances, Determination, Stay
from narrowgate.domain.errors import NarrowgateError
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
_KNOWN = {
    "requester": {"safeguards", "may_sign", "registered", "officer_registered", "attests"},
    "custodian": {
        "received", "adopted", "signature_valid", "well_formed", "order_attached", "stayed", "determinations",
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tried:
    """An example, and what the law refused it under."""

    example: Example
    refused_under: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether the law said what the example says."""
        return self.refused_under == self.example.refused_under


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
            under = ", ".join(one.refused_under) or "nothing"
            what = f"the example {one.example.name!r} is refused under {under}"
            raise prove.unsound(f"packs/{pack.id}/examples.toml", what, one.example.line)


def _refused_under(pack: Pack, example: Example) -> tuple[str, ...]:
    file = f"packs/{pack.id}/examples.toml"
    try:
        admitted, circumstances = world(pack, example.changes)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
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
        if surplus := set(said[section]) - known:
            raise ValueError(f"{section} has no {min(surplus)}")
    return _admitted(pack, said), _circumstances(pack, said)


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
    columns = [*SUBJECT_COLUMNS, *sorted(c for c in cells if c.startswith("x_"))]
    subjects = pa.table({c: pa.array([cells.get(c, "")], pa.string()) for c in columns})
    typed, unusable = typed_columns(subjects)
    readable = custodian.get("well_formed", True) and not any(bad[0].as_py() for bad in unusable.values())
    attests = frozenset(Attests(word) for word in said["requester"].get("attests", ()))
    return Admitted(
        parse_head(jcs.canonical(whole)),
        subjects,
        typed,
        pa.array([readable], pa.bool_()),
        custodian.get("signature_valid", True),
        {OFFICER: attests},
        utc_time(custodian["received"]),
        custodian.get("order_attached", False),
    )


def _circumstances(pack: Pack, said: Mapping[str, Mapping[str, Any]]) -> Circumstances:
    requester, custodian = said["requester"], said["custodian"]
    at = utc_time(custodian["received"])
    officers = {OFFICER: Officer(OFFICER, _KEY, _KEY)} if requester.get("officer_registered", True) else {}
    may_sign = frozenset({pack.id} if requester.get("may_sign", True) else ())
    safeguards = Safeguards(requester.get("safeguards", "clear"))
    agency = Agency(AGENCY, "Example", safeguards, "", {OFFICE: Office(OFFICE, may_sign, _KEY)}, officers)
    order = said["request"].get("order") or {}
    about = {"agency": AGENCY, "officer": f"{AGENCY}/{OFFICER}", "order": digest_of(order)}
    determinations = tuple(
        Determination(
            str(i), DeterminationKind(d["kind"]), about[d["about"]], pack.id, d.get("met", True), "a document", "",
            at - timedelta(days=d.get("days_ago", 1)), at + timedelta(days=d.get("days_left", 1)),
        )
        for i, d in enumerate(custodian.get("determinations", ()))
    )  # fmt: skip
    stay = Stay("s", "a court", "1", at.date(), at)
    return Circumstances(
        at,
        agency if requester.get("registered", True) else None,
        pack.digest if custodian.get("adopted", True) else "",
        (stay,) if custodian.get("stayed", False) else (),
        determinations,
    )


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
    wrong = tuple(
        f"{one.example.name}: expected {_under(one.example.refused_under)}, got {_under(one.refused_under)}"
        for one in found
        if not one.holds
    )
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
