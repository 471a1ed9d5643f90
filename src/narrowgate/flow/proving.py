"""A pack's examples, each put to the law as a request of its own: what ``pack prove`` shows and adoption asks for.

An example is a request for one person that differs from the pack's complete one. Its world has one agency with one
office and one officer, and a gate of its own at the time of receipt that the example states.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pyarrow as pa

from narrowgate.domain import jcs
from narrowgate.domain.books import utc_time
from narrowgate.domain.circumstances import Circumstances, Determination, Stay
from narrowgate.domain.parties import Agency, Office, Officer, RegisteredKey
from narrowgate.domain.request import REQUEST_FORMAT, SUBJECT_COLUMNS, Admitted
from narrowgate.domain.vocabulary import Attests, DeterminationKind, Safeguards
from narrowgate.intake.package import parse_head
from narrowgate.intake.typed import typed_columns
from narrowgate.law import prove
from narrowgate.law.decide import decide
from narrowgate.law.pack import Pack
from narrowgate.law.toml import SECTIONS, Changes, Example

AGENCY, OFFICE, OFFICER, CUSTODIAN = "example.agency", "example.agency.head", "officer-1", "example.custodian"
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
    said: dict[str, dict[str, Any]] = {s: {**pack.examples.complete.get(s, {}), **changes.get(s, {})} for s in SECTIONS}
    for section, known in _KNOWN.items():
        if surplus := set(said[section]) - known:
            raise ValueError(f"{section} has no {min(surplus)}")
    return _admitted(pack, said), _circumstances(pack, said)


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
    about = {"agency": AGENCY, "officer": f"{AGENCY}/{OFFICER}", "order": order.get("sha256", "")}
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
